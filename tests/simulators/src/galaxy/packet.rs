//! Reading what Save and BatchSave are given: the options (`vendors/kingdee.md` 1.6) and one bill's
//! data packet (1.9), checked field by field.

use serde_json::{Map, Number, Value, json};

use super::answer::{Failure, MsgCode};
use super::bills::{Bill, Bills};
use super::cell::parse_date;
use super::config::{RequiredWording, Switches, UnknownReference};
use super::envelope::get;
use super::forms::{Field, Form, Holds, Need};
use super::materials::{Material, Materials};

/// The options that change something here. The others are accepted and have no effect.
pub(super) struct Options {
    pub validate: bool,
    pub delete_entry: bool,
    pub verify_base: bool,
    pub submit_and_audit: bool,
    pub refuse_repeat: bool,
    pub update_fields: Vec<String>,
    pub return_fields: Vec<String>,
}

impl Options {
    pub fn read(data: &Map<String, Value>) -> Result<Self, Failure> {
        // All are read, so that a malformed one is refused even if it has no effect.
        for (key, default) in [
            ("NumberSearch", true),
            ("IsEntryBatchFill", true),
            ("IgnoreInterationFlag", true),
            ("IsAutoAdjustField", false),
            ("IsControlPrecision", false),
        ] {
            flag(data, key, default)?;
        }
        Ok(Self {
            validate: flag(data, "ValidateFlag", true)?,
            delete_entry: flag(data, "IsDeleteEntry", true)?,
            verify_base: flag(data, "IsVerifyBaseDataField", false)?,
            submit_and_audit: flag(data, "IsAutoSubmitAndAudit", false)?,
            refuse_repeat: flag(data, "ValidateRepeatJson", false)?,
            update_fields: names(data, "NeedUpDateFields")?,
            return_fields: names(data, "NeedReturnFields")?,
        })
    }

    /// Whether an update sets this field.
    pub fn updates(&self, key: &str) -> bool {
        self.update_fields.is_empty() || self.update_fields.iter().any(|k| k.eq_ignore_ascii_case(key))
    }
}

/// `true`, `"true"` and the like; `""` is the default.
fn flag(data: &Map<String, Value>, key: &str, default: bool) -> Result<bool, Failure> {
    match get(data, key) {
        None | Some(Value::Null) => Ok(default),
        Some(Value::Bool(value)) => Ok(*value),
        Some(Value::String(text)) if text.is_empty() => Ok(default),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(true),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(false),
        Some(other) => Err(Failure::new(MsgCode::BadParameter, format!("{key}应为true或false: {other}"))),
    }
}

fn names(data: &Map<String, Value>, key: &str) -> Result<Vec<String>, Failure> {
    match get(data, key) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) if text.is_empty() => Ok(Vec::new()),
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
            Ok(items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect())
        }
        Some(other) => Err(Failure::new(MsgCode::BadParameter, format!("{key}应为字符串数组: {other}"))),
    }
}

/// A problem with one field of a packet.
pub(super) struct Problem {
    pub field: String,
    pub message: String,
}

impl Problem {
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// A data packet in the shapes that [`Bill`] stores. A field that is there but empty holds null.
#[derive(Default)]
pub(super) struct Packet {
    /// `FID`, 0 for a new bill.
    pub id: i64,
    pub number: Option<String>,
    pub fields: Map<String, Value>,
    /// Rows with their `FEntryID`s (0 for new ones); `None` when the packet has no rows at all.
    pub entries: Option<Vec<(i64, Map<String, Value>)>>,
}

/// Reads one Model. Unknown fields are passed over, as Galaxy does (`[INF]`); those that begin with `F_`
/// are a customer's own and kept as they are.
pub(super) fn read(
    form: &Form,
    model: &Value,
    options: &Options,
    bills: &Bills,
    materials: &Materials,
    switches: &Switches,
) -> Result<Packet, Vec<Problem>> {
    let Value::Object(model) = model else {
        return Err(vec![Problem::new("Model", "Model中的单据应为JSON对象")]);
    };
    let drops = !options.verify_base && switches.unknown_reference == UnknownReference::DropsEntry;
    let reader = Reader { verify: options.verify_base, drops, bills, materials };
    let mut packet = Packet::default();
    let mut problems = Vec::new();
    for (key, value) in model {
        let is = |name: &str| key.eq_ignore_ascii_case(name);
        if is(form.id_key) || is("FID") {
            match integer(value) {
                Some(id) => packet.id = id,
                None => problems.push(Problem::new(key, format!("字段[{key}]的值{value}不是整数"))),
            }
        } else if is(form.number_key) {
            packet.number = value.as_str().map(str::to_owned).filter(|number| !number.is_empty());
        } else if form.entry.is_some_and(|(entry, _)| is(entry)) {
            packet.entries = reader.entries(form, value, &mut problems);
        } else if let (true, Value::Object(sub)) = (is("SubHeadEntity"), value) {
            for (key, value) in sub {
                reader.field(form.head, key, value, &mut packet.fields, &mut problems);
            }
        } else {
            reader.field(form.head, key, value, &mut packet.fields, &mut problems);
        }
    }
    if problems.is_empty() { Ok(packet) } else { Err(problems) }
}

struct Reader<'a> {
    verify: bool,
    /// Whether an entry whose material is not found vanishes.
    drops: bool,
    bills: &'a Bills,
    materials: &'a Materials,
}

impl Reader<'_> {
    fn entries(
        &self,
        form: &Form,
        value: &Value,
        problems: &mut Vec<Problem>,
    ) -> Option<Vec<(i64, Map<String, Value>)>> {
        let (entry, fields) = form.entry?;
        let Value::Array(rows) = value else {
            problems.push(Problem::new(entry, format!("{entry}应为数组")));
            return None;
        };
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows {
            let Value::Object(row) = row else {
                problems.push(Problem::new(entry, format!("{entry}的行应为JSON对象")));
                continue;
            };
            let id = get(row, "FEntryID").and_then(integer).unwrap_or(0);
            let mut read = Map::new();
            for (key, value) in row {
                self.field(fields, key, value, &mut read, problems);
            }
            let named = get(row, "FMaterialId").is_some_and(Value::is_object);
            if self.drops && named && read.get("FMaterialId").is_none_or(Value::is_null) {
                continue;
            }
            entries.push((id, read));
        }
        Some(entries)
    }

    fn field(
        &self,
        fields: &[Field],
        key: &str,
        value: &Value,
        to: &mut Map<String, Value>,
        problems: &mut Vec<Problem>,
    ) {
        match fields.iter().find(|field| field.key.eq_ignore_ascii_case(key)) {
            Some(field) => match self.value(field, value) {
                Ok(value) => {
                    to.insert(field.key.to_owned(), value);
                }
                Err(message) => problems.push(Problem::new(field.key, message)),
            },
            None if key.starts_with("F_") => {
                to.insert(key.to_owned(), value.clone());
            }
            None => {}
        }
    }

    fn value(&self, field: &Field, value: &Value) -> Result<Value, String> {
        let misfit = |what: &str| Err(format!("字段[{}]的值{value}不是{what}", field.label));
        if value.is_null() || value.as_str().is_some_and(str::is_empty) {
            return Ok(Value::Null);
        }
        match field.holds {
            Holds::Any => Ok(value.clone()),
            Holds::Text => match value {
                Value::String(_) => Ok(value.clone()),
                Value::Number(number) => Ok(number.to_string().into()),
                _ => misfit("文本"),
            },
            Holds::Number => match value {
                Value::Number(_) => Ok(value.clone()),
                Value::String(text) => text.trim().parse::<Number>().map(Value::Number).or(misfit("数值")),
                _ => misfit("数值"),
            },
            Holds::Date => match value.as_str().and_then(parse_date) {
                Some(date) => Ok(date.format("%Y-%m-%d %H:%M:%S").to_string().into()),
                None => misfit("日期"),
            },
            Holds::Flag => match value {
                Value::Bool(flag) => Ok((*flag).into()),
                Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(true.into()),
                Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(false.into()),
                _ => misfit("布尔值"),
            },
            Holds::Base(_) | Holds::Other => self.reference(field, value),
        }
    }

    /// `{"FNumber": "…"}` (or `FNUMBER`, `FName`, `FUserID`, `FStaffNumber`). A number that is not found is an error
    /// with IsVerifyBaseDataField, and leaves the field empty without (`[INF]`).
    fn reference(&self, field: &Field, value: &Value) -> Result<Value, String> {
        let Value::Object(object) = value else {
            return Err(format!("字段[{}]应为{{\"FNumber\":…}}", field.label));
        };
        let given = ["FNumber", "FName", "FUserID", "FStaffNumber"].iter().find_map(|key| get(object, key));
        let number = match given {
            Some(Value::String(number)) if !number.is_empty() => number.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => return Ok(Value::Null),
        };
        let Holds::Base(form) = field.holds else {
            return Ok(json!({"FID": 0, "FNumber": number, "FName": null}));
        };
        let found = if form == "BD_MATERIAL" {
            // What is forbidden or not audited counts as not there when base data are verified.
            let usable = |m: &&Material| !self.verify || (m.forbid_status == 'A' && m.document_status == 'C');
            let mut named = self.materials.0.values().filter(|m| m.number == number);
            named.find(usable).map(|m| (m.id, m.name.clone()))
        } else {
            Form::find(form).and_then(|form| self.bills.by_number(form, &number)).map(|base| {
                (base.id, base.fields.get("FName").and_then(Value::as_str).unwrap_or_default().to_owned())
            })
        };
        match found {
            Some((id, name)) => Ok(json!({"FID": id, "FNumber": number, "FName": name})),
            None if self.verify => Err(format!("字段[{}]的基础资料[{number}]不存在", field.label)),
            None => Ok(Value::Null),
        }
    }
}

/// The fields that a bill lacks.
pub(super) fn missing(form: &Form, bill: &Bill, switches: &Switches) -> Vec<Problem> {
    let say = |key: &str, label: &str| {
        let message = match switches.required_wording {
            RequiredWording::Required => format!("字段[{label}]是必录字段"),
            RequiredWording::NotEmpty => format!("“{label}”不能为空"),
        };
        Problem::new(key, message)
    };
    let absent = |fields: &Map<String, Value>, key: &str| fields.get(key).is_none_or(Value::is_null);
    let lacks = |fields: &Map<String, Value>, of: &'static [Field]| -> Vec<Problem> {
        of.iter()
            .filter(|field| field.need == Need::Required && absent(fields, field.key))
            .map(|field| say(field.key, field.label))
            .collect()
    };
    let mut problems = lacks(&bill.fields, form.head);
    if !form.one_of.is_empty() && form.one_of.iter().all(|key| absent(&bill.fields, key)) {
        let labels: Vec<&str> =
            form.head.iter().filter(|f| form.one_of.contains(&f.key)).map(|f| f.label).collect();
        problems.push(say(form.one_of[0], &labels.join("或")));
    }
    if let Some((key, fields)) = form.entry {
        if bill.entries.is_empty() {
            problems.push(say(key, "明细信息"));
        }
        for entry in &bill.entries {
            problems.extend(lacks(entry, fields));
        }
    }
    problems
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) if text.is_empty() => Some(0),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null => Some(0),
        _ => None,
    }
}
