//! What a customer has (`vendors/kingdee.md` 2.3), and what is refused (2.7).

use serde_json::{Map, Value};

use super::answer::Refusal;

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Text,
    /// Encrypted in answers.
    Private,
    Number,
    /// From 0 to the largest.
    Choice(i64),
    Flag,
    Object,
    Labels,
    /// The number of base data.
    Base(&'static [&'static str]),
}
use Takes::{Base, Choice, Flag, Labels, Number, Object, Private, Text};

pub(super) type Field = (&'static str, Takes);

const GROUPS: &[&str] = &["", "001", "XS", "线上店铺"];
const PEOPLE: &[&str] = &["", "YG001", "YG002"];
const DEPARTMENTS: &[&str] = &["", "BM001", "BM002"];
const TERMS: &[&str] = &["", "01", "02"];

/// Of the head. `id`, `number`, `name`, `ignore_warn` and `contact_persons` are looked at apart.
pub(super) const HEAD: &[Field] = &[
    ("account_open_addr", Text),
    ("addr", Private),
    ("bank", Text),
    ("bank_account", Private),
    ("c_level_id", Text),
    ("city_id", Text),
    ("country_id", Text),
    ("province_id", Text),
    ("district_id", Text),
    ("credit_limit", Number),
    ("custom_field", Object),
    ("deduct", Flag),
    ("def_currency_id", Text),
    ("group_id", Text),
    ("group_number", Base(GROUPS)),
    ("invoice_email", Text),
    ("invoice_name", Text),
    ("invoice_phone", Private),
    ("invoice_type", Choice(6)),
    ("mul_label", Labels),
    ("rate", Text),
    ("remark", Text),
    ("sale_dept_id", Text),
    ("sale_dept_number", Base(DEPARTMENTS)),
    ("saler_id", Text),
    ("saler_number", Base(PEOPLE)),
    ("setting_term_id", Text),
    ("setting_term_number", Base(TERMS)),
    ("taxpayer_no", Text),
];

/// Of a contact.
pub(super) const CONTACT: &[Field] = &[
    ("id", Text),
    ("birthday", Private),
    ("contact_address", Private),
    ("contact_country_id", Text),
    ("contact_province_id", Text),
    ("contact_city_id", Text),
    ("contact_district_id", Text),
    ("contact_person", Text),
    ("email", Private),
    ("gender", Choice(2)),
    ("is_default_linkman", Flag),
    ("mobile", Private),
    ("phone", Private),
    ("qq", Text),
    ("wechat", Text),
];

/// The known fields of an object, checked. Unknown ones are passed over (`[INF]`); null is absent.
pub(super) fn read(given: &Map<String, Value>, known: &[Field]) -> Result<Map<String, Value>, Refusal> {
    let mut read = Map::new();
    for (name, takes) in known {
        if let Some(value) = given.get(*name).filter(|value| !value.is_null()) {
            check(name, *takes, value)?;
            read.insert((*name).to_owned(), value.clone());
        }
    }
    Ok(read)
}

fn check(name: &str, takes: Takes, value: &Value) -> Result<(), Refusal> {
    let fits = match takes {
        Text | Private => value.is_string(),
        Number => value.is_number(),
        Choice(largest) => value.as_i64().is_some_and(|choice| (0..=largest).contains(&choice)),
        // The document's table says boolean, its example has 9.
        Flag => value.is_boolean() || value.is_number(),
        Object => value.is_object(),
        Labels => value.as_array().is_some_and(|items| items.iter().all(Value::is_object)),
        Base(numbers) => match value.as_str() {
            None => false,
            Some(number) if numbers.contains(&number) => true,
            Some(number) => {
                return Err(Refusal::business(1_030_002_003, format!("参数number[{number}]不存在")));
            }
        },
    };
    match fits {
        true => Ok(()),
        false => Err(wrong_type(name)),
    }
}

/// 1030002001
pub(super) fn wrong_type(name: &str) -> Refusal {
    Refusal::business(1_030_002_001, format!("{name} 类型不正确，请根据字段要求正确传输有效值"))
}

/// 1030002000
pub(super) fn missing(label: &str) -> Refusal {
    Refusal::business(1_030_002_000, format!("{label}不能为空"))
}

/// A text that must be one if it is there.
pub(super) fn text(given: &Map<String, Value>, name: &str) -> Result<Option<String>, Refusal> {
    match given.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => Err(wrong_type(name)),
    }
}
