//! 小满 OKKI: a bearer token of eight hours.

use super::{Doing, Platform, Wire};
use crate::problem::Failure;
use ferry_platforms::okki::{self, Account, Token};

/// The platform. It publishes no limit of calls (`vendors/sources.md` 3.5).
#[derive(Debug)]
pub struct Okki;

const TOKEN: Doing = Doing {
    interface: "/v1/oauth2/access_token",
    en: "fetching a token of OKKI",
    zh: "获取小满 OKKI 的令牌",
};

impl Platform for Okki {
    type Account = Account;
    type Token = Token;
    const NAME: &'static str = "okki";
    const NAMES: [&'static str; 2] = ["OKKI", "小满 OKKI"];

    fn needs_token(_: &Account) -> bool {
        true
    }

    fn log_in(
        wire: &Wire<'_>,
        account: &Account,
        _: Option<&Token>,
    ) -> Result<(Token, Option<i64>), Failure> {
        let now = wire.moment().seconds();
        let token =
            wire.call(TOKEN, |_| okki::request_token(account), |response| okki::read_token(response, now))?;
        let until = token.renew_at;
        Ok((token, Some(until)))
    }
}
