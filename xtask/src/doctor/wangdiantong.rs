//! 旺店通旗舰版: one 生产出库单 of the last minute.

use super::ask::now_ms;
use super::visit::{Stopped, Visit};
use ferry_platforms::wangdiantong::{self, Account, FIRST_PAGE, Pager, Search, TimeType, Window};

/// Its name for people.
pub const SYSTEM: &str = "旺店通";

/// The fields of an account's variables that have no default.
pub const OWN: &[&str] = &["host", "sid", "app_key", "app_secret"];

/// Examines an account.
///
/// # Errors
/// A finding has told why it went no further.
pub fn examine(visit: &mut Visit<'_>) -> Result<(), Stopped> {
    let account = visit.account(|name, value| Account::from_variables(name, value))?;
    visit.host = account.host().to_owned();
    let now = now_ms() / 1000;
    let search = Search::window(Window { begin: now - 60, end: now }, TimeType::Modified);
    let pager = Pager { page_no: FIRST_PAGE, page_size: 1, calc_total: false };
    let request = wangdiantong::query_with_detail(&account, now, &search, pager);
    let answer = visit.ask(wangdiantong::QUERY_WITH_DETAIL, request)?;
    visit.read(&answer.call, wangdiantong::read_page(&answer.response, pager))?;
    Ok(())
}
