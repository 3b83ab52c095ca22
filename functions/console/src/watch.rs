//! The routes over all flows and the tick of the alerts (`ferry_watch::routes`), over what the flows keep in the store.

macro_rules! flow {
    ($name:literal) => {
        ($name, include_str!(concat!("../../", $name, "/flow.json")))
    };
}

/// Every flow's name and built-in flow file.
pub const FLOWS: [(&str, &str); 5] = [
    flow!("galaxy-materials-to-mysql"),
    flow!("jushuitan-returns-to-galaxy"),
    flow!("wangdiantong-stockouts-to-galaxy"),
    flow!("okki-orders-to-wise"),
    flow!("jushuitan-shops-to-jdy"),
];

#[cfg(target_arch = "wasm32")]
pub use component::{answer, are_for};

#[cfg(target_arch = "wasm32")]
mod component {
    use super::FLOWS;
    use ferry_spin::bindings::cron::{Error as CronError, Guest, Metadata, export_cron};
    use ferry_spin::entry::{reply, tick_failed, with_host};
    use ferry_spin::variables::SpinVariables;
    use ferry_sync::host::Host;
    use ferry_sync::{flow, view, webhook};
    use ferry_watch::fleet::Watched;
    use ferry_watch::routes;
    use spin_sdk::http::{IncomingRequest, Response};

    pub use ferry_watch::routes::are_for;

    /// Answers a request to one of these paths.
    pub fn answer(request: IncomingRequest) -> Response {
        reply(match ferry_spin::http::read_request(request, webhook::BODY_LIMIT) {
            Ok(request) => {
                with_host(|host| routes::answer(host, &SpinVariables, &|| enabled(host), &request))
            }
            Err((status, problem)) => webhook::refusal(status, &problem),
        })
    }

    fn enabled(host: Host<'_>) -> Vec<Watched> {
        let enabled = FLOWS.iter().filter(|(name, _)| flow::is_enabled(name, &SpinVariables));
        enabled.map(|(_, file)| Watched::new(file, view::flow(host, file, &SpinVariables))).collect()
    }

    struct Tick;
    impl Guest for Tick {
        fn handle_cron_event(_: Metadata) -> Result<(), CronError> {
            with_host(|host| routes::tick(host, &SpinVariables, &|| enabled(host))).map_err(tick_failed)
        }
    }
    export_cron!(Tick);
}

#[cfg(test)]
mod tests {
    use super::FLOWS;
    use std::collections::BTreeSet;

    #[test]
    fn no_flow_is_forgotten() {
        let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap();
        let with_flow_file = |folder: std::io::Result<std::fs::DirEntry>| {
            let folder = folder.unwrap();
            folder.path().join("flow.json").exists().then(|| folder.file_name().into_string().unwrap())
        };
        let folders: BTreeSet<String> = folders.filter_map(with_flow_file).collect();
        let watched: BTreeSet<String> = FLOWS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(watched, folders);
        for (name, file) in FLOWS {
            let file: serde_json::Value = serde_json::from_str(file).unwrap();
            assert_eq!(file["name"], name);
        }
    }
}
