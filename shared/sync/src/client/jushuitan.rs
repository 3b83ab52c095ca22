//! 聚水潭: every call is signed and carries a token, which Ferry renews for an app of the merchant's own.

use super::{Doing, Moment, Platform, Wire};
use crate::problem::Failure;
use ferry_platforms::Class;
use ferry_platforms::jushuitan::{self, Account, LIMITS, Renewal, Token};

/// The platform.
#[derive(Debug)]
pub struct Jushuitan;

const FIRST: Doing = Doing {
    interface: "/openWeb/auth/getInitToken",
    en: "fetching a token of 聚水潭 (getInitToken)",
    zh: "获取聚水潭令牌（getInitToken）",
};
const NEXT: Doing = Doing {
    interface: "/openWeb/auth/refreshToken",
    en: "renewing the token of 聚水潭 (refreshToken)",
    zh: "刷新聚水潭令牌（refreshToken）",
};
const EXTEND: Doing = Doing {
    interface: "refresh.token",
    en: "extending the token of 聚水潭 (refresh.token)",
    zh: "延长聚水潭令牌（refresh.token）",
};

impl Platform for Jushuitan {
    type Account = Account;
    /// `None` for an account that has its token among its variables.
    type Token = Option<Token>;
    const NAME: &'static str = "jushuitan";
    const NAMES: [&'static str; 2] = ["聚水潭", "聚水潭"];
    const PER_MINUTE: Option<u32> = Some(LIMITS[1].calls);

    fn needs_token(account: &Account) -> bool {
        account.renewal() != Renewal::Never
    }

    fn log_in(
        wire: &Wire<'_>,
        account: &Account,
        old: Option<&Option<Token>>,
    ) -> Result<(Option<Token>, Option<i64>), Failure> {
        let now = wire.moment().seconds();
        if account.renewal() == Renewal::Extend {
            // The token stays the same; asked once a day, its life never comes to its end. An account that may not
            // ask has a token that lives on by other means, or the next call tells.
            let extend = |moment: Moment| jushuitan::extend_token(account, moment.seconds());
            return match wire.call(EXTEND, extend, jushuitan::read_extension) {
                Err(failure) if failure.class != Class::Fatal => Err(failure),
                _ => Ok((None, Some(now + DAY))),
            };
        }
        let read = |response: &http::Response<Vec<u8>>| jushuitan::read_token(response, now);
        let next = old.and_then(Option::as_ref).and_then(|old| jushuitan::refresh_token(account, now, old));
        if let Some(request) = next {
            match wire.call(NEXT, |_| request, read) {
                // The refresh token has ended, too.
                Err(failure) if failure.class == Class::Credentials => {}
                renewed => return renewed.map(kept),
            }
        }
        let mut random = [0; 6];
        wire.host.random.fill(&mut random);
        let first = |_| jushuitan::get_init_token(account, now, random);
        wire.call(FIRST, first, read).map(kept)
    }
}

const DAY: i64 = 24 * 3600;

fn kept(token: Token) -> (Option<Token>, Option<i64>) {
    let until = token.renew_at;
    (Some(token), Some(until))
}
