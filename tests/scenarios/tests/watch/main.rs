//! Who watches the flows, each promise a scenario on the real components beside strict simulators of the robots; see
//! `ferry_scenarios::app` for the stage they play on. The tick is a cron event of `console-tick`, and the clock of all of
//! them is moved from minute to minute, so that all but the routes' own scenarios need the local host.
//!
//! | file | about |
//! |---|---|
//! | `stage` | a flow, its systems and the robots, with one clock |
//! | `told` | failures, dead letters, missed schedules, a lost store: what goes out, and what does not |
//! | `robots` | robots that refuse and quote our calls; the heartbeat |
//! | `pages` | `/metrics`, `/healthz`, `/alerts`: exact values after known runs |

mod pages;
mod robots;
mod stage;
mod told;
