//! `SO/GetList` and `SO/GetDetail` (`vendors/kingdee.md` 3.2).

use serde_json::{Map, Value, json};

use super::answer::{failure, success};
use super::config::{Figures, Filters, RowCount};
use super::filter::Filter;
use super::template::{page1, page2};
use super::{Misbehaviour, Order, Simulated};
use crate::system::{Answer, Call};

/// A line with its head, as a list shows it.
type Line<'a> = (&'a Order, &'a Map<String, Value>);

impl Simulated {
    /// Answers `SO/GetList`: a row for each line of each order.
    pub(super) fn list(&self, call: &Call<'_, Self>) -> Answer {
        match self.try_list(call) {
            Ok(answer) => answer,
            // Code and wording of a refusal are ours.
            Err(reason) => failure(201, &reason),
        }
    }

    fn try_list(&self, call: &Call<'_, Self>) -> Result<Answer, String> {
        let body: Value = serde_json::from_slice(&call.request.body).map_err(|_| "JSON格式不正确")?;
        let data = body["Data"].as_object().ok_or("缺少Data")?;
        let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default();
        let number = |name: &str| match data.get(name) {
            Some(Value::String(text)) => text.parse::<usize>().map_err(|_| format!("{name}不正确")),
            Some(value) => {
                value.as_u64().and_then(|n| n.try_into().ok()).ok_or_else(|| format!("{name}不正确"))
            }
            None => Err(format!("缺少{name}")),
        };
        let (top, asked, page) = (number("Top")?, number("PageSize")?, number("PageIndex")?);
        if page == 0 || asked == 0 {
            return Err("PageIndex和PageSize从1开始".into());
        }
        if text("SelectPage") != "2" {
            return Err("SelectPage不正确".into());
        }
        let fields: Vec<&str> = text("Fields").split(',').map(str::trim).filter(|f| !f.is_empty()).collect();
        if fields.is_empty() {
            return Err("缺少Fields".into());
        }
        let known = |name: &str| page1().chain(page2()).any(|field| field.name.eq_ignore_ascii_case(name));
        if let Some(other) = fields.iter().find(|field| !known(field)) {
            return Err(format!("列名{other}无效"));
        }
        let filter = Filter::parse(text("Filter"), call.switches.filters == Filters::OneComparison)?;
        if let Some(other) = filter.fields().into_iter().find(|field| !known(field)) {
            return Err(format!("列名{other}无效"));
        }

        let orders = self.orders.candidates(&filter).into_iter();
        let lines = orders.flat_map(|order| order.page2.iter().map(move |line| (order, line)));
        let mut found: Vec<Line<'_>> =
            lines.filter(|line| filter.matches(&|name| cell(line, name))).collect();
        if top > 0 {
            found.truncate(top);
        }
        let size = call.switches.clamp.map_or(asked, |clamp| asked.min(clamp));
        let shown = found.iter().skip((page - 1).saturating_mul(size)).take(size);
        // The columns have the names that were asked for.
        let row = |line: &Line<'_>| -> Map<String, Value> {
            fields.iter().map(|name| ((*name).to_owned(), cell(line, name).into())).collect()
        };
        let is_empty = call.what == Some(&Misbehaviour::EmptyPage);
        let rows: Vec<Map<String, Value>> = shown.filter(|_| !is_empty).map(row).collect();
        let figure = |number: usize| match call.switches.figures {
            Figures::Number => json!(number),
            Figures::Text => json!(number.to_string()),
        };
        let n = rows.len();
        let counted = match call.switches.row_count {
            RowCount::All => found.len(),
            RowCount::OfThePage => n,
        };
        let data = json!({"ROWCOUNT": figure(counted), "PAGESIZE": figure(size), "PAGEINDEX": figure(page), "DATA": rows});
        Ok(Answer { rows: n, ..success(&data, format!("rows {n} of {}", found.len())) })
    }

    /// Answers `SO/GetDetail`.
    pub(super) fn detail(&self, call: &Call<'_, Self>) -> Answer {
        let body: Value = serde_json::from_slice(&call.request.body).unwrap_or_default();
        let number = body["Data"]["FBillNo"].as_str().unwrap_or_default();
        match self.orders.all().iter().find(|order| order.bill_no == number) {
            Some(order) => success(&json!({"Page1": [order.page1], "Page2": order.page2}), "detail"),
            None => failure(201, &format!("单据[{number}]不存在")),
        }
    }
}

/// A field of the line or its head, whatever the letter case, as SQL Server finds it. Of an object its number.
fn cell(line: &Line<'_>, name: &str) -> String {
    let (order, line) = line;
    let find = |row: &Map<String, Value>| {
        let found = row.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?.1;
        let text = if found.is_object() { &found["FNumber"] } else { found };
        Some(text.as_str().unwrap_or_default().to_owned())
    };
    find(&order.page1).or_else(|| find(line)).unwrap_or_default()
}
