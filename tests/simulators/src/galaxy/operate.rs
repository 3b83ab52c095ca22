//! Submit, Audit, UnAudit, Delete and View (`vendors/kingdee.md` 1.6, 1.7).

use chrono::NaiveDateTime;
use serde_json::{Map, Value, json};

use super::answer::{self, Failure, MsgCode, RowError};
use super::bills::{self, Bill, Bills};
use super::config::{AuditStamps, Switches, ViewStatus};
use super::envelope::{Op, get};
use super::forms::Form;
use super::save::{entity, outcome};

/// Does one operation on the bills that `Numbers` or `Ids` name. Those that do not exist are passed over
/// while at least one is found (1.7 `[LIVE]`).
pub(super) fn run(
    op: Op,
    form: &'static Form,
    data: &Map<String, Value>,
    bills: &mut Bills,
    switches: &Switches,
    now: NaiveDateTime,
) -> Result<Value, Failure> {
    if form.is_base() {
        return Err(Failure::new(MsgCode::NotAllowed, format!("没有{}的操作权限", form.name)));
    }
    let wanted = Wanted::read(data)?;
    let found: Vec<i64> = wanted.find(form, bills);
    if found.is_empty() {
        return Err(Failure::new(MsgCode::NotFound, format!("未找到对应的{}: {wanted}", form.name)));
    }
    let (mut errors, mut entities, mut messages) = (Vec::new(), Vec::new(), Vec::new());
    let refused = bills.refuse_audit.clone();
    let stored = bills.of(form);
    for (index, id) in found.into_iter().enumerate() {
        let Some(bill) = stored.get_mut(&id) else { continue };
        let (deed, refusal) = judge(op, bill);
        let refusal = match refusal {
            None if op == Op::Audit && refused.contains(&bill.number) => {
                Some(audit_refused(form, &bill.number))
            }
            None => None,
            Some(why) => Some(format!("单据编号为“{}”的{}，{why}", bill.number, form.name)),
        };
        if let Some(message) = refusal {
            errors.push(RowError { field: Some(String::new()), message, index });
            continue;
        }
        entities.push(entity(bill, index, switches));
        let message = format!("单据编号为“{}”的{}，{deed}成功！", bill.number, form.name);
        messages.push(json!({"FieldName": null, "Message": message, "DIndex": index}));
        match op {
            Op::Submit => bill.status = 'B',
            Op::Audit => stamp_audit(bill, now, switches),
            Op::UnAudit => {
                bill.status = 'D';
                bill.approved = None;
            }
            _ => {
                stored.remove(&id);
            }
        }
    }
    let error_code = outcome(&errors, &entities, switches);
    let code = if error_code.is_some() { MsgCode::Invalid } else { MsgCode::Ok };
    Ok(json!({"Result": {"ResponseStatus": answer::partly(error_code, code, &errors, entities, messages)}}))
}

/// The operation's name, and why it cannot be done to a bill in this state. Only "audited twice" is
/// recorded; the other sentences are ours.
fn judge(op: Op, bill: &Bill) -> (&'static str, Option<&'static str>) {
    match (op, bill.status) {
        (Op::Submit, 'B') => ("提交", Some("单据已经提交！")),
        (Op::Submit | Op::Audit, 'C') => {
            (if op == Op::Audit { "审核" } else { "提交" }, Some("单据已经审核！"))
        }
        (Op::Submit, _) => ("提交", None),
        (Op::Audit, 'B') => ("审核", None),
        (Op::Audit, _) => ("审核", Some("单据未提交，不能审核！")),
        (Op::UnAudit, 'C') => ("反审核", None),
        (Op::UnAudit, _) => ("反审核", Some("单据未审核，不能反审核！")),
        (_, 'B') => ("删除", Some("单据正在审核，不能删除！")),
        (_, 'C') => ("删除", Some("单据已经审核，不能删除！")),
        _ => ("删除", None),
    }
}

/// Marks a bill as audited.
pub(super) fn stamp_audit(bill: &mut Bill, now: NaiveDateTime, switches: &Switches) {
    bill.status = 'C';
    bill.approved = Some(now);
    if switches.audit_stamps == AuditStamps::BothDates {
        bill.modified = now;
    }
}

/// What an audit says that was told to fail.
pub(super) fn audit_refused(form: &Form, number: &str) -> String {
    format!("单据编号为“{number}”的{}，更新库存不成功：即时库存不足！", form.name)
}

/// View: one bill by `Number` or `Id`.
pub(super) fn view(
    form: &'static Form,
    data: &Map<String, Value>,
    bills: &Bills,
    switches: &Switches,
) -> Result<Value, Failure> {
    let text = |key: &str| match get(data, key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let (number, id) = (text("Number"), text("Id"));
    let bill = if number.is_empty() {
        id.parse().ok().and_then(|id: i64| bills.by_form.get(form.id)?.get(&id))
    } else {
        bills.by_number(form, &number)
    };
    let Some(bill) = bill else {
        return Err(Failure::new(MsgCode::NotFound, format!("未找到对应的{}: {number}{id}", form.name)));
    };
    let status = match switches.view_status {
        ViewStatus::Null => Value::Null,
        ViewStatus::Present => answer::partly(None, MsgCode::Ok, &[], Vec::new(), Vec::new()),
    };
    Ok(json!({"Result": {"ResponseStatus": status, "Result": bills::view(form, bill, switches)}}))
}

/// The bills that a call is about.
enum Wanted {
    Numbers(Vec<String>),
    Ids(Vec<i64>),
}

impl Wanted {
    fn read(data: &Map<String, Value>) -> Result<Self, Failure> {
        let bad = |message: String| Err(Failure::new(MsgCode::BadParameter, message));
        match get(data, "Numbers") {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) if text.is_empty() => {}
            Some(Value::Array(numbers)) if numbers.is_empty() => {}
            Some(Value::Array(numbers)) if numbers.iter().all(Value::is_string) => {
                let numbers = numbers.iter().filter_map(|number| number.as_str().map(str::to_owned));
                return Ok(Self::Numbers(numbers.collect()));
            }
            Some(other) => return bad(format!("Numbers应为字符串数组: {other}")),
        }
        let ids = match get(data, "Ids") {
            Some(Value::String(ids)) if !ids.trim().is_empty() => ids.clone(),
            Some(Value::Number(id)) => id.to_string(),
            _ => return bad("Numbers和Ids不能都为空".into()),
        };
        match ids.split(',').map(|id| id.trim().parse()).collect() {
            Ok(ids) => Ok(Self::Ids(ids)),
            Err(_) => bad(format!("Ids应为逗号分隔的整数: {ids}")),
        }
    }

    fn find(&self, form: &Form, bills: &Bills) -> Vec<i64> {
        match self {
            Self::Numbers(numbers) => numbers
                .iter()
                .filter_map(|number| bills.by_number(form, number))
                .map(|bill| bill.id)
                .collect(),
            Self::Ids(ids) => {
                let stored = bills.by_form.get(form.id);
                ids.iter().copied().filter(|id| stored.is_some_and(|s| s.contains_key(id))).collect()
            }
        }
    }
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Numbers(numbers) => write!(f, "{}", numbers.join(",")),
            Self::Ids(ids) => write!(f, "{ids:?}"),
        }
    }
}
