//! The promises of the first flow, each a scenario; see `ferry_scenarios::app` for the stage they play on.
//!
//! | file | about |
//! |---|---|
//! | `carry` | first run, idle run, increments by either date, full scan, insert-only and upsert |
//! | `moving` | rows that are modified, added, deleted while they are read; the ERP's unconfirmed behaviours |
//! | `credentials` | signed headers and sessions, lost and refused |
//! | `faults` | what a source can do wrong |
//! | `dead_letters` | bad rows, and how they are mended |
//! | `tables` | tables that cannot be written to safely, or not at all |
//! | `crashes` | SIGKILL of the app and of the database |
//! | `contention` | webhook calls and cron events at the same moment |
//! | `contract` | the routes, word for word; configuration that is missing or malformed |

mod carry;
mod contention;
mod contract;
mod crashes;
mod credentials;
mod dead_letters;
mod faults;
mod moving;
mod tables;
