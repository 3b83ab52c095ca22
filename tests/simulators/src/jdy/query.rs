//! `GET /jdy/v2/bd/customer` and `GET /jdy/v2/bd/customer_detail` (`vendors/kingdee.md` 2.4, 2.5).

use chrono::DateTime;
use serde_json::{Map, Value, json};

use super::answer::Refusal;
use super::config::{AbsentCustomer, OverPage, Switches, WindowEnd};
use super::customers::{Customer, Customers};
use super::fields::{CONTACT, Field, HEAD, Takes};
use super::private::seal;
use crate::system::Request;

/// Rows of one query.
const MOST_ROWS: usize = 1000;
/// What has been seen in the wild.
const MOST_SEEN: usize = 2000;

/// `data` of a page, and how many rows it has.
pub(super) fn list(
    customers: &Customers,
    request: &Request,
    switches: &Switches,
) -> Result<(Value, usize), Refusal> {
    let page = positive(request, "page", 1)?;
    let asked = positive(request, "page_size", 10)?;
    let page_size = match switches.over_page {
        _ if asked <= MOST_ROWS => asked,
        OverPage::Refused => return Err(Refusal::business(1_030_002_005, "操作对象个数超出限制")),
        OverPage::Clamped => MOST_ROWS,
        OverPage::Served => asked.min(MOST_SEEN),
    };
    let search = request.parameter("search").unwrap_or_default();
    let enabled = match request.parameter("enable").as_deref() {
        None | Some("-1" | "") => None,
        Some("1") => Some(true),
        Some("0") => Some(false),
        Some(_) => return Err(Refusal::business(1_030_002_006, "enable格式不正确")),
    };
    let modified = window(request, "modify", switches)?;
    let created = window(request, "create", switches)?;
    let mut found: Vec<&Customer> = customers
        .by_id
        .values()
        .filter(|customer| {
            customer.name.contains(&search)
                && enabled.is_none_or(|enabled| customer.enabled == enabled)
                && modified(customer.modified_ms)
                && created(customer.created_ms)
        })
        .collect();
    match request.parameter("order_by").as_deref() {
        None | Some("" | "number asc") => found.sort_by(|a, b| a.number.cmp(&b.number)),
        Some("number desc") => found.sort_by(|a, b| b.number.cmp(&a.number)),
        Some("name asc") => found.sort_by(|a, b| a.name.cmp(&b.name)),
        Some("name desc") => found.sort_by(|a, b| b.name.cmp(&a.name)),
        Some(_) => return Err(Refusal::business(1_030_002_006, "order_by格式不正确")),
    }
    let rows: Vec<Value> =
        found.iter().skip((page - 1) * page_size).take(page_size).map(|c| row(c)).collect();
    let count = rows.len();
    let data = json!({
        "count": found.len().to_string(), "current_page": page, "current_page_size": count, "page": page,
        "page_size": page_size, "total_page": found.len().div_ceil(page_size), "rows": rows,
    });
    Ok((data, count))
}

fn row(customer: &Customer) -> Value {
    let text = |name: &str| customer.fields.get(name).cloned().unwrap_or_else(|| "".into());
    json!({
        "id": customer.id, "number": customer.number, "name": customer.name,
        "enable": if customer.enabled { "1" } else { "0" }, "group_name": text("group_number"),
        "c_level_id": text("c_level_id"), "remark": text("remark"),
    })
}

/// `data` of one customer; null where there is none and the switch says so.
pub(super) fn detail(
    customers: &Customers,
    request: &Request,
    client_secret: &str,
    switches: &Switches,
) -> Result<Value, Refusal> {
    let given = |name: &str| request.parameter(name).filter(|value| !value.is_empty());
    let found = match (given("id"), given("number")) {
        (Some(id), _) => customers.by_id.get(&id),
        (None, Some(number)) => customers.by_number(&number),
        (None, None) => return Err(Refusal::business(1_030_002_000, "id、number不能为空")),
    };
    match (found, switches.absent_customer) {
        (Some(customer), _) => Ok(whole(customer, client_secret)),
        (None, AbsentCustomer::Error) => Err(Refusal::business(1_030_002_003, "客户不存在")),
        (None, AbsentCustomer::Null) => Ok(Value::Null),
    }
}

fn whole(customer: &Customer, client_secret: &str) -> Value {
    let mut data = shown(&customer.fields, HEAD, client_secret);
    let time = |ms: i64| {
        let shanghai = DateTime::from_timestamp_millis(ms + 8 * 3_600_000).unwrap_or_default();
        Value::from(shanghai.format("%Y-%m-%d %H:%M:%S").to_string())
    };
    let contacts =
        customer.contacts.iter().map(|contact| Value::Object(shown(contact, CONTACT, client_secret)));
    let head = [
        ("id", customer.id.as_str().into()),
        ("number", customer.number.as_str().into()),
        ("name", customer.name.as_str().into()),
        ("enable", if customer.enabled { "1" } else { "0" }.into()),
        ("create_time", time(customer.created_ms)),
        ("modify_time", time(customer.modified_ms)),
        ("bomentity", contacts.collect()),
    ];
    data.extend(head.map(|(key, value)| (key.to_owned(), value)));
    Value::Object(data)
}

/// Fields as an answer has them: private ones encrypted, absent ones left out.
fn shown(fields: &Map<String, Value>, known: &[Field], client_secret: &str) -> Map<String, Value> {
    let show = |(name, value): (&String, &Value)| {
        let is_private = known.iter().any(|(key, takes)| key == name && *takes == Takes::Private);
        let value = match value.as_str() {
            Some(text) if is_private && !text.is_empty() => seal(client_secret, text).into(),
            _ => value.clone(),
        };
        (name.clone(), value)
    };
    fields.iter().map(show).collect()
}

fn positive(request: &Request, name: &str, default: usize) -> Result<usize, Refusal> {
    match request.parameter(name) {
        None => Ok(default),
        Some(text) => match text.parse() {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(Refusal::business(
                1_030_002_001,
                format!("{name} 类型不正确，请根据字段要求正确传输有效值"),
            )),
        },
    }
}

fn window(
    request: &Request,
    what: &str,
    switches: &Switches,
) -> Result<impl Fn(i64) -> bool + use<>, Refusal> {
    let edge = |name: String| -> Result<Option<i64>, Refusal> {
        let Some(text) = request.parameter(&name) else { return Ok(None) };
        let parsed = text.parse().map(Some);
        parsed.map_err(|_| Refusal::business(1_030_002_006, format!("{name}格式不正确")))
    };
    let begin = edge(format!("{what}_start_time"))?;
    let end = edge(format!("{what}_end_time"))?;
    let inside = switches.window_end == WindowEnd::Inside;
    Ok(move |ms: i64| {
        begin.is_none_or(|begin| begin <= ms) && end.is_none_or(|end| ms < end || (inside && ms == end))
    })
}
