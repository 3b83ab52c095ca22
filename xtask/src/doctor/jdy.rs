//! 金蝶云星辰: who has granted access; with `--fresh-token` also a token, and one customer.
//!
//! Asking who has granted access is what the running app does before each token, and says nothing of the token it
//! has. A token may be asked for twice a minute only, and whether a new one ends the old is not documented
//! (`vendors/kingdee.md` 2.2): so that is done on demand.

use super::ask::now_ms;
use super::finding::Text;
use super::visit::{Stopped, Visit};
use ferry_platforms::jdy::{self, Account, CustomerQuery, Stamp};
use std::hash::{BuildHasher, Hasher, RandomState};

/// Its name for people.
pub const SYSTEM: &str = "金蝶云星辰";

/// The fields of an account's variables that have no default.
pub const OWN: &[&str] = &["host", "client_id", "client_secret", "outer_instance_id"];

/// Examines an account.
///
/// # Errors
/// A finding has told why it went no further.
pub fn examine(visit: &mut Visit<'_>) -> Result<(), Stopped> {
    let account = visit.account(|name, value| Account::from_variables(name, value))?;
    visit.host = account.host().to_owned();
    let answer = visit.ask("which account sets have granted access", jdy::authorise(&account, stamp()))?;
    let authorisation = visit.read(&answer.call, jdy::read_authorisation(&account, &answer.response))?;
    visit.secrets.push(authorisation.app_secret.clone());
    if !visit.fresh_token {
        visit.note(
            "token_untried",
            Text::new(
                format!(
                    "The account set is {}. Token and permission were not tried: a token may be asked for twice a minute, and could end the one that the running app has.",
                    authorisation.account_name
                ),
                format!(
                    "账套为 {}。token 与接口权限未试：获取 token 每分钟限 2 次，且可能作废运行中应用的 token。",
                    authorisation.account_name
                ),
            ),
            Text::new(
                "To try them too, run this with --fresh-token. A running Ferry renews its token by itself.",
                "如需一并检查，请加 --fresh-token 运行。运行中的 Ferry 会自行更换 token。",
            ),
        );
        return Ok(());
    }
    let at = stamp();
    let answer = visit.ask("an app-token", jdy::app_token(&account, &authorisation, at))?;
    let token =
        visit.read(&answer.call, jdy::read_app_token(&answer.response, &authorisation, at.unix_ms))?;
    visit.secrets.push(token.app_token.clone());
    let query = CustomerQuery { page: 1, page_size: 1, search: None, modified_ms: None, enabled: None };
    let answer = visit.ask("one customer", jdy::list_customers(&account, &token, stamp(), &query))?;
    visit.read(&answer.call, jdy::read_customers(&answer.response))?;
    Ok(())
}

fn stamp() -> Stamp {
    let nonce = RandomState::new().build_hasher().finish() >> 12;
    Stamp { unix_ms: now_ms(), nonce: nonce.max(1) }
}
