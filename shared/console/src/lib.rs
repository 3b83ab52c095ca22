//! The console: the pages that an operator looks at, made on the server.
//!
//! [`handle`] takes a request and gives a response; it knows nothing of Spin. What it needs of the world stands in
//! [`Console`]: a way to ask flows ([`Flows`]), the clock, the app's variables.
//!
//! Where to begin:
//! - `handle` is the table of paths; `visit` is one request with its language, theme and session.
//! - `pages` has one module a page: it asks the flows, and makes HTML with `maud`, which escapes all that it is given.
//!   `page` is the frame around them, `parts` what several of them show, `chart` the drawings (SVG).
//! - `act` is all that changes something: each action has a page that asks first, and a POST that does it.
//! - `session` is the login: a sealed cookie, and the token in every form that other sites cannot know.
//! - `texts` has all that is read, in one table per language.

mod act;
mod assets;
mod catalogue;
mod chart;
mod fleet;
mod flow_file;
mod form;
mod handle;
mod page;
mod pages;
mod parts;
mod respond;
mod session;
mod texts;
mod visit;
mod words;

pub use catalogue::{FlowEntry, Sample};
pub use handle::handle;
pub use session::Role;

use ferry_sync::host::{Random, Variables};
use ferry_watch::alerts::Record;
use serde_json::Value;

/// What a flow answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The JSON body; null where there was none.
    pub body: Value,
}

/// The flows of this app.
pub trait Flows {
    /// Asks `/flows/<flow><path>` in the name of `role`.
    fn ask(&self, role: Role, flow: &str, method: &str, path: &str, body: Option<&Value>) -> Answer;

    /// What the alerts keep: what is open, what they sent.
    fn alerts(&self) -> Record {
        Record::default()
    }
}

/// What a request is answered with.
pub struct Console<'c> {
    /// The flows, to be asked.
    pub flows: &'c dyn Flows,
    /// The flows that this app was built with.
    pub catalogue: &'c [FlowEntry],
    /// The app's variables: tokens, `state_key`, `flows_enabled`.
    pub variables: &'c dyn Variables,
    /// For nonces.
    pub random: &'c dyn Random,
    /// Unix seconds.
    pub now: i64,
}
