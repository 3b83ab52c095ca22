//! 聚水潭: one row of each interface that the flows read.
//!
//! An app of the merchant's own has a token that only the running app knows. Whether fetching another one ends it
//! is unconfirmed (`vendors/sources.md` 1.3), and another program with the same app may not be ready for that. So
//! without `--fresh-token` the calls are made with a token that cannot be good: that it is *this* which is refused
//! shows that the rest is accepted, as far as 聚水潭 looks at the rest first.

use super::ask::now_ms;
use super::diagnosis;
use super::finding::{Finding, Text};
use super::flows::Role;
use super::visit::{Stopped, Visit};
use ferry_platforms::Error;
use ferry_platforms::jushuitan::{self, Account, Inout, Renewal, SHOPS, Shops, Token, Which};
use ferry_sync::shanghai;
use std::hash::{BuildHasher, Hasher, RandomState};

/// Its name for people.
pub const SYSTEM: &str = "聚水潭";

/// The fields of an account's variables that have no default.
pub const OWN: &[&str] = &["host", "app_key", "app_secret", "access_token"];

/// Examines an account.
///
/// # Errors
/// A finding has told why it went no further.
pub fn examine(visit: &mut Visit<'_>) -> Result<(), Stopped> {
    let account = visit.account(|name, value| Account::from_variables(name, value))?;
    visit.host = account.host().to_owned();
    let fetched = account.renewal() == Renewal::Tokens;
    let untried = fetched && !visit.fresh_token;
    let token = match fetched {
        false => None,
        true if untried => Some(no_token()),
        true => Some(fetch(visit, &account)?),
    };
    for facts in interfaces(visit) {
        let now = now_ms() / 1000;
        let what = format!("one row of {}", facts.names[0]);
        let request = if facts.names == SHOPS.names {
            let query = Shops { page_index: jushuitan::FIRST_PAGE, page_size: 1, shop_ids: Vec::new() };
            jushuitan::query_shops(&account, token.as_ref(), now, &query)
        } else {
            let (begin, end) = (shanghai::text(now - 3600), shanghai::text(now));
            let which = Which::Modified { begin, end };
            let (page_index, page_size) = (jushuitan::FIRST_PAGE, 1);
            let query = Inout { which, page_index, page_size, more: serde_json::Map::new() };
            jushuitan::query_inout(&account, token.as_ref(), now, &query)
        };
        let answer = visit.ask(&what, request)?;
        match jushuitan::read_page(account.api(), &answer.response) {
            Err(error) if untried && error.code == "token_expired" => {
                token_untried(visit);
                // The next interface would say the same.
                return Ok(());
            }
            Err(error) if !fetched && error.code == "token_expired" => {
                return Err(own_token_refused(visit, &answer.call, &error));
            }
            read => visit.read(&answer.call, read)?,
        };
    }
    Ok(())
}

/// The interfaces that the flows read.
fn interfaces(visit: &Visit<'_>) -> Vec<&'static jushuitan::Facts> {
    let mut interfaces = Vec::new();
    for used in visit.place.uses.iter().filter(|used| used.role != Role::Target) {
        let facts = jushuitan::facts(used.api()).unwrap_or(&SHOPS);
        if !interfaces.contains(&facts) {
            interfaces.push(facts);
        }
    }
    interfaces
}

/// The token of the variables: Ferry extends that of the legacy interface, and cannot renew that of a service
/// provider's app.
fn own_token_refused(visit: &mut Visit<'_>, call: &str, error: &Error) -> Stopped {
    let name = visit.place.account;
    let means = Text::new(
        format!("聚水潭 does not, or no longer, accept the token in {name}_access_token."),
        format!("聚水潭不接受（或不再接受）{name}_access_token 中的令牌。"),
    );
    let advice = Text::new(
        format!(
            "Have the merchant authorise the app again on the open platform (legacy interface: fetch a new token), and set {name}_access_token to it. With the legacy interface a running Ferry first tries to extend the old one."
        ),
        format!(
            "请让商家在开放平台重新授权（旧版接口：重新获取令牌），并填入 {name}_access_token。旧版接口下，运行中的 Ferry 会先尝试延期。"
        ),
    );
    visit.stop(Finding::problem("token_refused", means, advice).at(call).said(diagnosis::words(error)))
}

/// One that no vendor has given.
fn no_token() -> Token {
    Token { access_token: "0".repeat(32), refresh_token: None, expires_at: 0, renew_at: 0 }
}

fn fetch(visit: &mut Visit<'_>, account: &Account) -> Result<Token, Stopped> {
    let now = now_ms() / 1000;
    let bytes = RandomState::new().build_hasher().finish().to_le_bytes();
    let random = [bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5]];
    let answer = visit.ask("a first token", jushuitan::get_init_token(account, now, random))?;
    let token = visit.read(&answer.call, jushuitan::read_token(&answer.response, now))?;
    visit.secrets.push(token.access_token.clone());
    visit.secrets.extend(token.refresh_token.clone());
    visit.note(
        "token_fetched",
        Text::new(
            "A token was fetched. Whether 聚水潭 has ended an older one is not known; a running Ferry notices and renews its own.",
            "已获取令牌。聚水潭是否因此作废旧令牌尚不确定；运行中的 Ferry 会自行察觉并续期。",
        ),
        Text::new(
            "If another program uses the same app, look whether it still works.",
            "若有其他程序使用同一应用，请确认其仍正常。",
        ),
    );
    Ok(token)
}

fn token_untried(visit: &mut Visit<'_>) {
    visit.note(
        "token_untried",
        Text::new(
            "聚水潭 refused nothing but the token, which was none on purpose: address, key, signature, clock and whitelist are good as far as it looks at them before the token. Token and permission were not tried: fetching a token could end the one that the running app has.",
            "聚水潭只拒绝了令牌（故意未提供有效令牌）：地址、密钥、签名、时钟和白名单在其校验令牌之前均已通过。令牌与接口权限未试：获取令牌可能作废运行中应用的令牌。",
        ),
        Text::new(
            "To try them too, run this with --fresh-token: best before the app runs for the first time, or when no other program uses this app. A running Ferry renews its token by itself.",
            "如需一并检查，请加 --fresh-token 运行：最好在首次启动前，或没有其他程序使用该应用时。运行中的 Ferry 会自行续期令牌。",
        ),
    );
}
