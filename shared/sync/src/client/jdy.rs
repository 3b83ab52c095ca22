//! 金蝶云星辰 V2: every call is signed, and carries a token of a day.

use super::{Doing, Moment, Platform, Wire};
use crate::problem::Failure;
use ferry_platforms::Class;
use ferry_platforms::jdy::{
    self, Account, Authorisation, CALLS_PER_MINUTE, Stamp, TOKEN_CALLS_PER_MINUTE, Token,
};

/// The platform.
#[derive(Debug)]
pub struct Jdy;

const AUTHORISE: Doing = Doing {
    interface: "/jdyconnector/app_management/push_app_authorize",
    en: "asking 星辰 which account sets have granted access (push_app_authorize)",
    zh: "查询金蝶云星辰的授权账套（push_app_authorize）",
};
const TOKEN: Doing = Doing {
    interface: "/jdyconnector/app_management/kingdee_auth_token",
    en: "fetching an app-token of 星辰 (kingdee_auth_token)",
    zh: "获取金蝶云星辰的 app-token（kingdee_auth_token）",
};

/// The number and time in a call's signature.
pub(crate) fn stamp(moment: Moment) -> Stamp {
    Stamp { unix_ms: moment.ms, nonce: moment.nonce.into() }
}

impl Platform for Jdy {
    type Account = Account;
    type Token = Token;
    const NAME: &'static str = "jdy";
    const NAMES: [&'static str; 2] = ["星辰", "金蝶云星辰"];
    const PER_MINUTE: Option<u32> = Some(CALLS_PER_MINUTE);

    fn needs_token(_: &Account) -> bool {
        true
    }

    fn log_in(
        wire: &Wire<'_>,
        account: &Account,
        _: Option<&Token>,
    ) -> Result<(Token, Option<i64>), Failure> {
        let token = match app_token(wire, account, &authorise(wire, account)?) {
            // Changed between the two calls, as it is once a day.
            Err(failure) if failure.class == Class::Credentials => {
                app_token(wire, account, &authorise(wire, account)?)?
            }
            other => other?,
        };
        // A little before its end.
        let until = token.expires_ms.div_euclid(1000) - 600;
        Ok((token, Some(until)))
    }
}

fn authorise(wire: &Wire<'_>, account: &Account) -> Result<Authorisation, Failure> {
    wire.call(
        AUTHORISE,
        |moment| jdy::authorise(account, stamp(moment)),
        |response| jdy::read_authorisation(account, response),
    )
}

fn app_token(wire: &Wire<'_>, account: &Account, granted: &Authorisation) -> Result<Token, Failure> {
    wire.take_slot("token", TOKEN_CALLS_PER_MINUTE)?;
    let now = wire.moment().ms;
    wire.call(
        TOKEN,
        |moment| jdy::app_token(account, granted, stamp(moment)),
        |response| jdy::read_app_token(response, granted, now),
    )
}
