//! 金蝶 K3 WISE: a token in the address, of an hour.

use super::{Doing, Platform, Wire};
use crate::problem::Failure;
use ferry_platforms::wise::{self, Account, Token};

/// The platform.
#[derive(Debug)]
pub struct Wise;

const TOKEN: Doing =
    Doing {
        interface: "/Token/Create", en: "fetching a token of K3 WISE", zh: "获取金蝶 K3 WISE 的令牌"
    };

impl Platform for Wise {
    type Account = Account;
    type Token = Token;
    const NAME: &'static str = "wise";
    const NAMES: [&'static str; 2] = ["K3 WISE", "金蝶 K3 WISE"];

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
            wire.call(TOKEN, |_| wise::request_token(account), |response| wise::read_token(response, now))?;
        let until = token.renew_at;
        Ok((token, Some(until)))
    }
}
