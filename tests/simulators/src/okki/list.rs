//! `/v1/invoices/order/list` (`vendors/sources.md` 3.3).

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use serde_json::json;

use super::answer::{TIME, bad_parameter, success};
use super::config::{EndDay, OverCount, Removed, Sort, Switches, TimeOfDay, Total};
use super::orders::{Order, Orders};
use super::{Misbehaviour, Simulated};
use crate::system::{Answer, Call};

/// What is asked for.
struct Ask {
    begin: Option<NaiveDateTime>,
    end: Option<NaiveDateTime>,
    /// `update_time`, `create_time`, `account_date`; none for the time of the deletion.
    time_field: Option<&'static str>,
    page: usize,
    count: usize,
    removed: bool,
    approved: bool,
    with_drafts: bool,
    status: Option<i64>,
}

pub(super) fn answer(call: &Call<'_, Simulated>, orders: &Orders, rng: &mut fastrand::Rng) -> Answer {
    let ask = match Ask::read(call.request.parameters(), call.switches) {
        Ok(ask) => ask,
        Err(message) => return bad_parameter(call, &message),
    };
    let mut found: Vec<&Order> = orders.all().filter(|order| ask.matches(order, call.switches)).collect();
    match call.switches.sort {
        Sort::Id => {}
        Sort::LatestFirst => {
            found.reverse();
            found.sort_by_key(|order| std::cmp::Reverse(order.time("update_time")));
        }
        Sort::LatestLast => found.sort_by_key(|order| order.time("update_time")),
        Sort::Shuffled => rng.shuffle(&mut found),
    }
    let total = found.len();
    let page = found.into_iter().skip((ask.page - 1).saturating_mul(ask.count)).take(ask.count);
    let is_empty = call.what == Some(&Misbehaviour::EmptyPage);
    let rows: Vec<_> = page.filter(|_| !is_empty).map(|order| order.row(call.switches.list_status)).collect();
    let count = match call.switches.total {
        Total::Number => json!(total),
        Total::Text => json!(total.to_string()),
    };
    let (n, code) = (rows.len(), call.switches.success_code);
    let answer = success(call, code, json!({"count": count, "list": rows}), format!("rows {n} of {total}"));
    Answer { rows: n, ..answer }
}

impl Ask {
    fn read(parameters: Vec<(String, String)>, switches: &Switches) -> Result<Self, String> {
        let mut ask = Self {
            begin: None,
            end: None,
            time_field: Some("update_time"),
            page: 1,
            count: 10,
            removed: false,
            approved: false,
            with_drafts: false,
            status: None,
        };
        let mut seen: Vec<String> = Vec::new();
        for (name, value) in parameters {
            let bad = || format!("{name}={value}");
            match name.as_str() {
                "start_time" => ask.begin = Some(moment(&value, false, switches).ok_or_else(bad)?),
                "end_time" => ask.end = Some(moment(&value, true, switches).ok_or_else(bad)?),
                "time_type" => {
                    ask.time_field = match value.as_str() {
                        "1" => Some("update_time"),
                        "2" => Some("create_time"),
                        "3" => Some("account_date"),
                        "4" => None,
                        _ => return Err(bad()),
                    }
                }
                "start_index" => ask.page = positive(&value).ok_or_else(bad)?,
                "count" => ask.count = positive(&value).ok_or_else(bad)?,
                "removed" => ask.removed = flag(&value).ok_or_else(bad)?,
                "approval" => ask.approved = flag(&value).ok_or_else(bad)?,
                "approval_with_draft" => ask.with_drafts = flag(&value).ok_or_else(bad)?,
                "status" => ask.status = Some(value.parse().map_err(|_| bad())?),
                // What the real one does with a parameter that it does not know is unknown; here it is an error,
                // so that a misspelt one is noticed.
                _ => return Err(format!("{name}未知")),
            }
            if seen.contains(&name) {
                return Err(format!("{name}重复"));
            }
            seen.push(name);
        }
        if ask.count > switches.largest_count {
            match switches.over_count {
                OverCount::Clamp => ask.count = switches.largest_count,
                OverCount::Refuse => return Err(format!("count不能超过{}", switches.largest_count)),
            }
        }
        Ok(ask)
    }

    fn matches(&self, order: &Order, switches: &Switches) -> bool {
        let time = match self.time_field {
            Some(field) => order.time(field),
            None => order.deleted,
        };
        let in_time = (self.begin.is_none() && self.end.is_none())
            || time.is_some_and(|time| {
                self.begin.is_none_or(|begin| begin <= time) && self.end.is_none_or(|end| time <= end)
            });
        let listed = match (order.deleted, self.removed) {
            (Some(_), removed) => removed,
            (None, true) => switches.removed == Removed::Too,
            (None, false) => true,
        };
        let field = |name: &str| order.detail.get(name).and_then(serde_json::Value::as_i64);
        // That 1 is approved and 0 a draft is ours; the published example has -1, for no approval at all.
        let approved = || match field("approval_status") {
            Some(1) => true,
            Some(0) => self.with_drafts,
            _ => false,
        };
        in_time
            && listed
            && (!self.approved || approved())
            && (self.status.is_none() || self.status == field("status"))
    }
}

/// A date, or a date and a time of day.
fn moment(text: &str, is_end: bool, switches: &Switches) -> Option<NaiveDateTime> {
    let date = match NaiveDateTime::parse_from_str(text, TIME) {
        Ok(moment) if switches.time_of_day == TimeOfDay::Counts => return Some(moment),
        Ok(moment) => moment.date(),
        Err(_) => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?,
    };
    let last = NaiveTime::from_hms_opt(23, 59, 59)?;
    let ends = is_end && switches.end_day == EndDay::Ends;
    Some(date.and_time(if ends { last } else { NaiveTime::MIN }))
}

fn positive(text: &str) -> Option<usize> {
    text.parse().ok().filter(|number| *number > 0)
}

fn flag(text: &str) -> Option<bool> {
    match text {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    }
}
