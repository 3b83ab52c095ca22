//! What the alerts sent.

use crate::page::{Place, page};
use crate::parts::json;
use crate::visit::Visit;
use http::Response;
use maud::html;

/// The page.
pub fn show(v: &Visit<'_>) -> Response<Vec<u8>> {
    let t = v.t();
    let body = html! {
        h1 { (t.alerts) }
        @match v.console.flows.alerts() {
            Some(document) => (json(&document, t.alerts)),
            None => div.notice { p { (t.no_alerts) } },
        }
    };
    page(v, t.alerts, Place::Alerts, body)
}
