//! Save, BatchSave and Draft (`vendors/kingdee.md` 1.6, 1.7).

use chrono::NaiveDateTime;
use serde_json::{Map, Value, json};

use super::answer::{self, Failure, MsgCode, RowError};
use super::bills::{Bill, Bills, id_value};
use super::config::{AuditFailure, BatchFailure, PartialFailure, Switches};
use super::envelope::{Op, get};
use super::forms::Form;
use super::materials::Materials;
use super::operate;
use super::packet::{self, Options, Packet, Problem};

/// What a save works on.
pub(super) struct Saving<'a> {
    pub op: Op,
    pub form: &'static Form,
    pub bills: &'a mut Bills,
    pub materials: &'a Materials,
    pub switches: &'a Switches,
    pub now: NaiveDateTime,
}

/// A bill that was saved.
pub(super) struct Saved {
    pub id: i64,
    /// Why the audit that came with it failed.
    pub unaudited: Option<Problem>,
}

impl Saving<'_> {
    /// Saves what the data hold and answers.
    pub fn run(&mut self, data: &Map<String, Value>) -> Result<Value, Failure> {
        let bad = |message: &str| Err(Failure::new(MsgCode::BadParameter, message));
        if self.form.is_base() {
            return Err(Failure::new(MsgCode::NotAllowed, format!("没有{}的保存权限", self.form.name)));
        }
        let options = Options::read(data)?;
        let models: Vec<&Value> = match (self.op, get(data, "Model")) {
            (Op::BatchSave, Some(Value::Array(models))) => models.iter().collect(),
            (Op::BatchSave, _) => return bad("批量保存的Model应为数组"),
            (_, Some(model @ Value::Object(_))) => vec![model],
            _ => return bad("Model应为JSON对象"),
        };
        if models.is_empty() {
            return bad("Model不能为空");
        }
        if let Some(most) = self.switches.batch_max.filter(|most| models.len() > *most) {
            return bad(&format!("单次批量保存不能超过{most}张单据"));
        }
        let mut errors = Vec::new();
        let mut entities = Vec::new();
        let mut returned = Vec::new();
        let mut code = MsgCode::Invalid;
        let whole = self.op == Op::BatchSave && self.switches.batch_failure != BatchFailure::RowByRow;
        let before = whole.then(|| self.bills.clone());
        for (index, model) in models.into_iter().enumerate() {
            let (saved, problems) = match self.one(model, &options) {
                Ok(Saved { id, unaudited: None }) => (Some(id), Vec::new()),
                Ok(Saved { id, unaudited: Some(problem) }) => match self.switches.audit_failure {
                    AuditFailure::Refusal => (None, vec![problem]),
                    AuditFailure::Both => (Some(id), vec![problem]),
                    AuditFailure::Silence => (Some(id), Vec::new()),
                },
                Err((failed, problems)) => {
                    if self.op != Op::BatchSave {
                        code = failed;
                    }
                    (None, problems)
                }
            };
            if let Some(bill) = saved.and_then(|id| self.bills.of(self.form).get(&id)) {
                entities.push(entity(bill, index, self.switches));
                returned.push(return_data(self.form, bill, &options.return_fields));
            }
            let error = |Problem { field, message }| RowError { field: Some(field), message, index };
            errors.extend(problems.into_iter().map(error));
        }
        if let Some(before) = before.filter(|_| !errors.is_empty()) {
            *self.bills = before;
            entities.clear();
            returned.clear();
            if self.switches.batch_failure == BatchFailure::WholeUnnamed {
                errors.truncate(1);
                errors[0].index = 0;
            }
        }
        let error_code = outcome(&errors, &entities, self.switches);
        let code = if error_code.is_some() { code } else { MsgCode::Ok };
        let single = entities.first().filter(|_| self.op != Op::BatchSave).cloned();
        let mut result =
            json!({"ResponseStatus": answer::partly(error_code, code, &errors, entities, Vec::new())});
        if let Some(entity) = single {
            result["Id"] = entity["Id"].clone();
            result["Number"] = entity["Number"].clone();
        }
        if !returned.is_empty() {
            result["NeedReturnData"] = returned.into();
        }
        Ok(json!({"Result": result}))
    }

    /// Saves one bill.
    pub fn one(&mut self, model: &Value, options: &Options) -> Result<Saved, (MsgCode, Vec<Problem>)> {
        let fail = |code, field: &str, message: String| Err((code, vec![Problem::new(field, message)]));
        let text = format!("{}{model}", self.form.id);
        if options.refuse_repeat && self.bills.packets.contains(&text) {
            return fail(MsgCode::Invalid, "", "数据包重复：相同的数据包已经提交过".into());
        }
        let packet = packet::read(self.form, model, options, self.bills, self.materials, self.switches)
            .map_err(|problems| (MsgCode::Invalid, problems))?;
        let old = self.bills.of(self.form).get(&packet.id).cloned();
        if packet.id != 0 && old.is_none() {
            return fail(
                MsgCode::NotFound,
                self.form.id_key,
                format!("内码为{}的{}不存在", packet.id, self.form.name),
            );
        }
        if let Some(old) = old.as_ref().filter(|old| matches!(old.status, 'B' | 'C')) {
            let state = if old.status == 'C' { "已经审核" } else { "正在审核" };
            let message = format!("单据编号为“{}”的{}，单据{state}，不能修改！", old.number, self.form.name);
            return fail(MsgCode::NotOperable, "", message);
        }
        if let Some(number) = &packet.number
            && self.bills.by_number(self.form, number).is_some_and(|other| other.id != packet.id)
        {
            let message = format!("违反字段唯一性要求：编码唯一。[{number}]在当前系统中已经被使用。");
            return fail(MsgCode::Invalid, self.form.number_key, message);
        }
        let bill = self.merge(old, packet, options)?;
        if options.validate && self.op != Op::Draft {
            let problems = packet::missing(self.form, &bill, self.switches);
            if !problems.is_empty() {
                return Err((MsgCode::Invalid, problems));
            }
        }
        let (id, number) = (bill.id, bill.number.clone());
        self.bills.store(self.form, bill);
        if options.refuse_repeat {
            self.bills.packets.insert(text);
        }
        let mut unaudited = None;
        if options.submit_and_audit && self.op != Op::Draft {
            // A refused audit leaves the bill saved and submitted: design.md 7 "saved but not audited".
            let refused = self.bills.refuse_audit.contains(&number);
            if let Some(bill) = self.bills.of(self.form).get_mut(&id) {
                bill.status = 'B';
                if refused {
                    unaudited = Some(Problem::new("", operate::audit_refused(self.form, &number)));
                } else {
                    operate::stamp_audit(bill, self.now, self.switches);
                }
            }
        }
        Ok(Saved { id, unaudited })
    }

    /// The bill that an old one (if any) and a packet give.
    fn merge(
        &mut self,
        old: Option<Bill>,
        packet: Packet,
        options: &Options,
    ) -> Result<Bill, (MsgCode, Vec<Problem>)> {
        let is_new = old.is_none();
        let mut bill = match old {
            Some(old) => Bill { modified: self.now, ..old },
            None => {
                let id = self.bills.next_id();
                Bill {
                    id,
                    number: packet.number.clone().unwrap_or_else(|| self.free_number(id)),
                    status: 'A',
                    fields: Map::new(),
                    entries: Vec::new(),
                    created: self.now,
                    modified: self.now,
                    approved: None,
                }
            }
        };
        bill.status = match (self.op, bill.status) {
            (Op::Draft, 'A' | 'Z') => 'Z',
            (_, 'Z') => 'A',
            (_, status) => status,
        };
        let updates = |key: &str| is_new || options.updates(key);
        if let Some(number) = packet.number.filter(|_| updates(self.form.number_key)) {
            bill.number = number;
        }
        bill.fields.extend(packet.fields.into_iter().filter(|(key, _)| updates(key)));
        let Some((entry_key, _)) = self.form.entry else { return Ok(bill) };
        let Some(rows) = packet.entries.filter(|_| updates(entry_key)) else { return Ok(bill) };
        let mut kept = Vec::new();
        for (id, row) in rows {
            let position = bill.entries.iter().position(|e| id != 0 && e["FEntryID"].as_i64() == Some(id));
            let mut entry = match position {
                Some(at) if options.delete_entry => bill.entries.remove(at),
                Some(at) => std::mem::take(&mut bill.entries[at]),
                None if id != 0 => {
                    let message = format!("分录内码为{id}的行不存在");
                    return Err((MsgCode::NotFound, vec![Problem::new("FEntryID", message)]));
                }
                None => Map::from_iter([("FEntryID".to_owned(), self.bills.next_id().into())]),
            };
            entry.extend(row.into_iter().filter(|(key, _)| position.is_none() || updates(key)));
            match position {
                Some(at) if !options.delete_entry => bill.entries[at] = entry,
                _ => kept.push(entry),
            }
        }
        if options.delete_entry {
            bill.entries = kept;
        } else {
            bill.entries.extend(kept);
        }
        Ok(bill)
    }

    fn free_number(&self, id: i64) -> String {
        (id % 1_000_000..)
            .map(|serial| format!("{}{serial:06}", self.form.prefix))
            .find(|number| self.bills.by_number(self.form, number).is_none())
            .unwrap_or_default()
    }
}

/// `ErrorCode` of a call of which some rows may have failed.
pub(super) fn outcome(errors: &[RowError], entities: &[Value], switches: &Switches) -> Option<u16> {
    let partly = !entities.is_empty() && switches.partial_failure == PartialFailure::IsSuccessTrue;
    (!errors.is_empty() && !partly).then_some(500)
}

/// An element of `SuccessEntitys`.
pub(super) fn entity(bill: &Bill, index: usize, switches: &Switches) -> Value {
    json!({"Id": id_value(bill.id, switches), "Number": bill.number, "DIndex": index})
}

/// `NeedReturnData`: `FBillNo` → the value, `FEntity.FEntryID` → `{"FEntity":[{"FEntryID":…}]}`. Keys
/// that are not there are left out (`[INF]`).
fn return_data(form: &Form, bill: &Bill, keys: &[String]) -> Value {
    let mut data = Map::new();
    for key in keys {
        if key == form.number_key {
            data.insert(key.clone(), bill.number.as_str().into());
        } else if key == form.id_key {
            data.insert(key.clone(), bill.id.into());
        } else if let Some((entry, inner)) = key.split_once('.') {
            if form.entry.is_none_or(|(name, _)| name != entry) {
                continue;
            }
            let rows = data
                .entry(entry.to_owned())
                .or_insert_with(|| bill.entries.iter().map(|_| json!({})).collect());
            for (at, row) in bill.entries.iter().enumerate() {
                if let Some(value) = row.get(inner) {
                    rows[at][inner] = value.clone();
                }
            }
        } else if let Some(value) = bill.fields.get(key) {
            data.insert(key.clone(), value.clone());
        }
    }
    Value::Object(data)
}
