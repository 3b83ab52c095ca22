//! Ferry from end to end: what the design promises, shown on the real thing.
//!
//! - [`app`]: the `.wasm` files on a host (`spin`, or the local one where there is none: `FERRY_HOST`), beside
//!   the simulator's process and a real MariaDB. The scenarios are in `tests/app`, one file per subject;
//!   `tests/console` looks at them through a browser.
//! - [`native`]: the same engine as a library, where a test may end it between any two of its effects.
//! - [`killing`]: SIGKILL to the host at random moments, for `tests/kill` and `cargo xtask soak`.
//!
//! # What runs on the local host only
//!
//! Spin has neither a clock that a test can move nor a way to fire a cron event at will, and it does not count
//! what a component does. These scenarios of `tests/app` say so and return when the host is Spin:
//!
//! | scenario | needs | on Spin |
//! |---|---|---|
//! | `carry::a_run_is_frugal_with_writes_and_memory` | counters | – |
//! | `carry::a_full_scan_finds_what_no_date_tells` | the clock at 04:00 of the next day | natively |
//! | `faults::a_false_empty_page_is_healed_by_the_full_scan` | the same | natively |
//! | `dead_letters::a_letter_is_tried_again_after_its_delay_and_parked_after_the_last` | the clock hours ahead | natively |
//! | `contention::of_two_calls_and_a_cron_event_at_the_same_moment_one_runs` | cron events | two calls alone: `contention::of_two_calls_at_the_same_moment_one_runs` |
//! | `contention::a_cron_event_carries_what_there_is_and_shares_the_state_with_the_webhook` | cron events | – |
//!
//! `crashes::killed_again_and_again_it_ends_with_every_row_once` kills once on Spin, not ten times, since each
//! kill leaves a lease of a minute to wait for.

pub mod app;
pub mod killing;
pub mod native;
