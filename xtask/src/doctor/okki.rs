//! 小满 OKKI: a token, then one order of today. Asking again for a token does no harm to the one that the running
//! app has: within its eight hours it stays as it is (`vendors/sources.md` 3.2).

use super::ask::now_ms;
use super::visit::{Stopped, Visit};
use ferry_platforms::okki::{self, Account, OrderList, TimeType};

/// Its name for people.
pub const SYSTEM: &str = "小满 OKKI";

/// The fields of an account's variables that have no default.
pub const OWN: &[&str] = &["host", "client_id", "client_secret"];

/// Examines an account.
///
/// # Errors
/// A finding has told why it went no further.
pub fn examine(visit: &mut Visit<'_>) -> Result<(), Stopped> {
    let account = visit.account(|name, value| Account::from_variables(name, value))?;
    visit.host = account.host().to_owned();
    let now = now_ms() / 1000;
    let answer = visit.ask("a token", okki::request_token(&account))?;
    let token = visit.read(&answer.call, okki::read_token(&answer.response, now))?;
    visit.secrets.push(token.access_token.clone());
    let [start_time, end_time] = okki::days(now, now);
    let list = OrderList {
        start_time,
        end_time,
        time_type: TimeType::Updated,
        start_index: okki::FIRST_PAGE,
        count: 1,
        more: Vec::new(),
    };
    let answer = visit.ask("one order", okki::order_list(&account, &token, &list))?;
    let page = visit.read(&answer.call, okki::read_order_list(&answer.response))?;
    // Its own field is nearer to the truth than the header, which a proxy may have written.
    if let Some(now) = page.now {
        visit.ahead = Some(now - answer.at);
    }
    Ok(())
}
