//! A component for the host's tests: it does what a list of steps says, in one instance, and tells what came of
//! each. Over HTTP the list is the body; a cron event takes it from the variable `script`.

mod steps;

use spin_sdk::http::{IntoResponse, Request, Response};
use spin_sdk::http_component;

use steps::{Probe, Step};

/// The cron entry, as Ferry's own components declare it.
mod cron {
    wit_bindgen::generate!({ path: "../../../../wit", world: "cron", generate_all });
    export!(Tick);

    struct Tick;

    impl Guest for Tick {
        fn handle_cron_event(metadata: Metadata) -> Result<(), Error> {
            super::tick(metadata.timestamp).map_err(Error::Other)
        }
    }
}

#[http_component]
async fn handle(request: Request) -> anyhow::Result<impl IntoResponse> {
    let steps: Vec<Step> = match request.body() {
        [] => vec![Step::Headers],
        body => serde_json::from_slice(body)?,
    };
    let mut probe = Probe::new(&request);
    let mut results = Vec::new();
    for step in steps {
        results.push(match probe.take(step).await {
            Ok(value) => serde_json::json!({ "ok": value }),
            Err(error) => serde_json::json!({ "err": error }),
        });
    }
    Ok(Response::new(200, serde_json::to_vec(&results)?))
}

/// Stops at the first step that fails.
fn tick(timestamp: u64) -> Result<(), String> {
    let script = spin_sdk::variables::get("script").map_err(|error| format!("{error:?}"))?;
    let script = script.replace("$timestamp", &timestamp.to_string());
    let steps: Vec<Step> = serde_json::from_str(&script).map_err(|error| error.to_string())?;
    spin_sdk::http::run(async move {
        let mut probe = Probe::new(&Request::get("/").build());
        for step in steps {
            probe.take(step).await?;
        }
        Ok(())
    })
}
