//! The console as people see it: in a browser, over the real components, with what came of it in the simulated systems.
//!
//! | file | about |
//! |---|---|
//! | `runs` | in and out, watching runs, in both languages |
//! | `letters` | a dead letter is found, understood and retried |
//! | `mapping` | an expression is edited, saved, used by the next run, and put back |
//! | `doors` | wrong tokens, other sites, one who may only look and run |
//! | `eyes` | what `axe-core` says of every page in both themes; a phone's width; no script at all |
//! | `quick` | the first page with 10,000 dead letters and 50 runs |

mod doors;
mod driver;
mod eyes;
mod letters;
mod mapping;
mod quick;
mod runs;

use driver::Browser;
use ferry_scenarios::app::Flow;

/// The flow of most scenarios.
const MATERIALS: &str = "/console/flows/galaxy-materials-to-mysql";

/// A browser before the app of this flow.
fn browser(flow: &Flow, language: &str) -> Browser {
    Browser::start(flow.app.base(), language)
}
