//! The routes over all flows and the tick of the alerts (`ferry_watch::routes`), over what the flows keep in the store.

use crate::flows::FLOWS;
use ferry_spin::bindings::cron::{Error as CronError, Guest, Metadata, export_cron};
use ferry_spin::entry::{tick_failed, with_host};
use ferry_spin::variables::SpinVariables;
use ferry_sync::host::Host;
use ferry_sync::{flow, view};
use ferry_watch::fleet::Watched;
use ferry_watch::routes;
use http::{Request, Response};

pub use ferry_watch::routes::are_for;

/// Answers a request to one of these paths.
pub fn answer(host: Host<'_>, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
    routes::answer(host, &SpinVariables, &|| enabled(host), request)
}

fn enabled(host: Host<'_>) -> Vec<Watched> {
    let enabled = FLOWS.iter().filter(|flow| flow::is_enabled(flow.name, &SpinVariables));
    enabled.map(|flow| Watched::new(flow.file, view::flow(host, flow.file, &SpinVariables))).collect()
}

struct Tick;
impl Guest for Tick {
    fn handle_cron_event(_: Metadata) -> Result<(), CronError> {
        with_host(|host| routes::tick(host, &SpinVariables, &|| enabled(host))).map_err(tick_failed)
    }
}
export_cron!(Tick);
