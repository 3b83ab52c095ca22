//! 旺店通旗舰版: every call is signed, there is no token.

use super::{Platform, Wire};
use crate::problem::Failure;
use ferry_platforms::wangdiantong::{Account, CALLS_PER_MINUTE, PAUSE_AFTER_REFUSAL};
use std::time::Duration;

/// The platform.
#[derive(Debug)]
pub struct Wangdiantong;

impl Platform for Wangdiantong {
    type Account = Account;
    type Token = ();
    const NAME: &'static str = "wangdiantong";
    const NAMES: [&'static str; 2] = ["旺店通", "旺店通旗舰版"];
    const PER_MINUTE: Option<u32> = Some(CALLS_PER_MINUTE);
    const PAUSE: Duration = PAUSE_AFTER_REFUSAL;

    fn needs_token(_: &Account) -> bool {
        false
    }

    fn log_in(_: &Wire<'_>, _: &Account, _: Option<&()>) -> Result<((), Option<i64>), Failure> {
        Ok(((), None))
    }
}
