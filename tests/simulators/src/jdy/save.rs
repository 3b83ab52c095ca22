//! `POST /jdy/v2/bd/customer` (`vendors/kingdee.md` 2.3).

use serde_json::{Map, Value, json};

use super::answer::Refusal;
use super::config::{Duplicate, DuplicateWording, NumberMissing, Switches};
use super::customers::{Customer, Customers};
use super::fields::{self, CONTACT, HEAD, missing, text, wrong_type};

/// One save of at most so many rows, contacts included.
const MOST_ROWS: usize = 500;

/// Saves one customer; the answer's `data`.
pub(super) fn save(
    customers: &mut Customers,
    body: &Map<String, Value>,
    switches: &Switches,
    now_ms: i64,
) -> Result<Value, Refusal> {
    let name = text(body, "name")?.ok_or_else(|| missing("客户名称"))?;
    let number = text(body, "number")?;
    let id = text(body, "id")?;
    let ignore_warn = match body.get("ignore_warn") {
        None | Some(Value::Null) => false,
        Some(flag) => flag.as_bool().ok_or_else(|| wrong_type("ignore_warn"))?,
    };
    let head = fields::read(body, HEAD)?;
    let contacts = contacts(body)?;

    let taken = number.as_ref().and_then(|number| customers.by_number(number)).map(|other| other.id.clone());
    let old = match (&id, &taken) {
        (Some(id), _) => {
            let unknown = || Refusal::business(1_030_002_003, "客户不存在");
            let old = customers.by_id.get(id).ok_or_else(unknown)?;
            if number.is_none() {
                return Err(missing("客户编码"));
            }
            if taken.as_ref().is_some_and(|other| other != id) {
                return Err(duplicate(switches));
            }
            Some(old.clone())
        }
        (None, Some(other)) => match switches.duplicate {
            Duplicate::Refused => return Err(duplicate(switches)),
            Duplicate::Updates => customers.by_id.get(other).cloned(),
        },
        (None, None) if number.is_none() && switches.number_missing == NumberMissing::Refused => {
            return Err(missing("客户编码"));
        }
        (None, None) => None,
    };
    let own_id = old.as_ref().map(|old| old.id.clone());
    let mut others = customers.by_id.values().filter(|other| Some(&other.id) != own_id.as_ref());
    if switches.warns_of_names && !ignore_warn && others.any(|other| other.name == name) {
        // Which code a warning has is not documented; it is not that of a taken number.
        return Err(Refusal::business(1_100_002_001, format!("客户名称已存在：{name}")));
    }

    let mut customer = old.unwrap_or_else(|| Customer {
        id: String::new(),
        number: String::new(),
        name: String::new(),
        enabled: true,
        fields: Map::new(),
        contacts: Vec::new(),
        created_ms: now_ms,
        modified_ms: now_ms,
    });
    if customer.id.is_empty() {
        customer.id = customers.next_id();
    }
    customer.number = number.unwrap_or_else(|| format!("KH-AUTO-{}", customer.id));
    customer.name = name;
    customer.modified_ms = now_ms;
    // What an update does not name stays ([INF]).
    customer.fields.extend(head);
    if let Some(contacts) = contacts {
        customer.contacts = merge(&customer.contacts, contacts, customers)?;
    }
    let map = match switches.fills_id_number_map {
        true => json!({&customer.id: customer.number}),
        false => json!({}),
    };
    let data = json!({"id_number_map": map, "ids": [customer.id]});
    customers.store(customer);
    Ok(data)
}

fn contacts(body: &Map<String, Value>) -> Result<Option<Vec<Map<String, Value>>>, Refusal> {
    let rows = match body.get("contact_persons") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(rows)) => rows,
        Some(_) => return Err(wrong_type("contact_persons")),
    };
    if rows.len() + 1 > MOST_ROWS {
        return Err(Refusal::business(1_030_002_005, "操作对象个数超出限制"));
    }
    let read = |row: &Value| match row {
        Value::Object(row) => fields::read(row, CONTACT),
        _ => Err(wrong_type("contact_persons")),
    };
    rows.iter().map(read).collect::<Result<_, _>>().map(Some)
}

/// The contacts that a save leaves: those with an `id` must be there, the others are new.
fn merge(
    old: &[Map<String, Value>],
    given: Vec<Map<String, Value>>,
    customers: &mut Customers,
) -> Result<Vec<Map<String, Value>>, Refusal> {
    let mut kept = Vec::with_capacity(given.len());
    for mut contact in given {
        match text(&contact, "id")? {
            None => {
                contact.insert("id".into(), customers.next_id().into());
            }
            Some(id) => {
                let known = old.iter().find(|known| known["id"] == id.as_str());
                let known = known.ok_or_else(|| Refusal::business(1_030_002_003, "联系人不存在"))?;
                let mut merged = known.clone();
                merged.extend(contact);
                contact = merged;
            }
        }
        kept.push(contact);
    }
    Ok(kept)
}

fn duplicate(switches: &Switches) -> Refusal {
    match switches.duplicate_wording {
        DuplicateWording::CommonCode => Refusal::business(1_030_002_002, "客户已存在，不能重复新增"),
        DuplicateWording::WordsAlone => Refusal::business(1_100_002_002, "编码：组合值重复"),
    }
}
