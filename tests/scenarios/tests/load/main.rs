//! Many records, many calls, many dead letters, long documents.
//!
//! | file | about |
//! |---|---|
//! | `backlog` | each flow's backlog: memory and store do not grow with it |
//! | `dead_letters` | ten thousand of them: what a run costs, retries, retention, the state route |
//! | `documents` | a document of 5,000 lines |
//! | `ledger` | the allocator that counts what an engine takes |
//! | `webhook` | fifty calls a second over all flows |
//! | `worlds` | a flow's engine between simulated systems, natively |

mod backlog;
mod dead_letters;
mod documents;
mod ledger;
mod webhook;
mod worlds;
