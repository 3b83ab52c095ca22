//! What 星辰 allows (`vendors/kingdee.md` 2.2, 2.7).

use std::time::Duration;

/// The most rows of one query, entries included. 2000 have been seen to work; the norm says this.
pub const LARGEST_PAGE: u32 = 1000;

/// The most rows of one save, entries included: for a customer, itself and its contacts.
pub const LARGEST_SAVE: u32 = 500;

/// Calls of one account set (账套) in any minute, however many flows share it.
pub const CALLS_PER_MINUTE: u32 = 500;

/// Calls of [`app_token`](super::app_token) in any minute.
pub const TOKEN_CALLS_PER_MINUTE: u32 = 2;

/// How long a token lives, where the answer does not say when it ends.
pub const TOKEN_LIFE: Duration = Duration::from_secs(24 * 3600);

/// How far the time of a signature may be off the gateway's clock.
pub const STAMP_TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// The longest that the vendor takes over an answer: after that a save is in doubt.
pub const LONGEST_ANSWER: Duration = Duration::from_secs(30);
