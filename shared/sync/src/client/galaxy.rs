//! 金蝶云星空: signed headers, or a session.

use super::{Doing, Platform, Wire};
use crate::problem::Failure;
use ferry_platforms::galaxy::{self, Account, Auth, Session};

/// The platform.
#[derive(Debug)]
pub struct Galaxy;

const LOGIN: Doing = Doing {
    interface: "loginByAppSecret",
    en: "logging in to Galaxy by LoginByAppSecret",
    zh: "用 LoginByAppSecret 登录金蝶云星空",
};

impl Platform for Galaxy {
    type Account = Account;
    type Token = Session;
    const NAME: &'static str = "galaxy";
    const NAMES: [&'static str; 2] = ["Galaxy", "金蝶云星空"];

    fn needs_token(account: &Account) -> bool {
        account.auth() == Auth::Session
    }

    /// A session ends when the ERP forgets it; until then it is good.
    fn log_in(
        wire: &Wire<'_>,
        account: &Account,
        _: Option<&Session>,
    ) -> Result<(Session, Option<i64>), Failure> {
        let session = wire.call(LOGIN, |_| galaxy::login_by_app_secret(account), galaxy::read_login)?;
        Ok((session, None))
    }
}
