//! Saving bills: `BatchSave` and its options (`vendors/kingdee.md` 1.3, 1.6).

use http::Request;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{Account, Session, form_service, post, prove};
use crate::Problem;

/// The most bills that one [`batch_save`] should hold. The vendor names no limit; this keeps an answer
/// well within any gateway's patience (`vendors/kingdee.md` 1.6 `[INF]`).
pub const MAX_BILLS: usize = 100;

/// What `Save` and `BatchSave` do with the data packets, beside storing them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaveOptions {
    /// `IsVerifyBaseDataField`: refuse a packet that refers to base data which is not there, or is
    /// forbidden. Without it such a reference counts as empty, and the row may vanish from the bill.
    pub verify_base_data: bool,
    /// `IsAutoSubmitAndAudit`: save, submit and audit. A bill whose audit fails may stay saved.
    pub submit_and_audit: bool,
    /// `NumberSearch`: references name base data by number.
    pub number_search: bool,
    /// `ValidateFlag`: check what the form requires.
    pub validate: bool,
    /// `IsDeleteEntry`: an update removes the entries that the packet does not have.
    pub delete_entries: bool,
    /// `IsEntryBatchFill`
    pub entry_batch_fill: bool,
    /// `IsAutoAdjustField`: bring the keys of a packet into the form's order.
    pub auto_adjust_fields: bool,
    /// `IsControlPrecision`: refuse amounts and quantities with more digits than the form has.
    pub control_precision: bool,
    /// `IgnoreInterationFlag` (the vendor's spelling): answer the ERP's questions with yes.
    pub ignore_interactions: bool,
    /// `InterationFlags`: which questions, joined by `;`: `STK_InvCheckResult` allows negative stock.
    pub interaction_flags: String,
    /// `NeedUpDateFields`: what an update may change; all, when empty. Needs the bill's `FID`.
    pub update_fields: Vec<String>,
    /// `NeedReturnFields`: what to give back of each bill, as [`Entity::returned`](super::super::Entity::returned).
    pub return_fields: Vec<String>,
    /// `SubSystemId`
    pub sub_system_id: String,
}

impl Default for SaveOptions {
    /// The vendor's defaults.
    fn default() -> Self {
        SaveOptions {
            verify_base_data: false,
            submit_and_audit: false,
            number_search: true,
            validate: true,
            delete_entries: true,
            entry_batch_fill: true,
            auto_adjust_fields: false,
            control_precision: false,
            ignore_interactions: true,
            interaction_flags: String::new(),
            update_fields: Vec::new(),
            return_fields: Vec::new(),
            sub_system_id: String::new(),
        }
    }
}

impl SaveOptions {
    /// The options by the vendor's names, as a flow file's `otherRequest` has them (beside `FormId`).
    pub const NAMES: [&str; 13] = [
        "IsVerifyBaseDataField",
        "IsAutoSubmitAndAudit",
        "NumberSearch",
        "ValidateFlag",
        "IsDeleteEntry",
        "IsEntryBatchFill",
        "IsAutoAdjustField",
        "IsControlPrecision",
        "IgnoreInterationFlag",
        "InterationFlags",
        "NeedUpDateFields",
        "NeedReturnFields",
        "SubSystemId",
    ];

    /// Sets one option by the vendor's name. Flags may be `true` or `"true"`; lists an array, or a text
    /// with commas; an empty text leaves the default.
    ///
    /// # Errors
    /// A value of another kind, or a name that is none of [`Self::NAMES`], `about` that name. `BatchCount`
    /// and `ValidateRepeatJson` are among those on purpose: the first makes the row numbers of an answer
    /// doubtful, the second refuses every retry.
    pub fn set(&mut self, name: &str, value: &Value) -> Result<(), Problem> {
        if value.is_null() || value == "" {
            return if Self::NAMES.contains(&name) { Ok(()) } else { Err(unknown(name)) };
        }
        match name {
            "IsVerifyBaseDataField" => self.verify_base_data = flag(name, value)?,
            "IsAutoSubmitAndAudit" => self.submit_and_audit = flag(name, value)?,
            "NumberSearch" => self.number_search = flag(name, value)?,
            "ValidateFlag" => self.validate = flag(name, value)?,
            "IsDeleteEntry" => self.delete_entries = flag(name, value)?,
            "IsEntryBatchFill" => self.entry_batch_fill = flag(name, value)?,
            "IsAutoAdjustField" => self.auto_adjust_fields = flag(name, value)?,
            "IsControlPrecision" => self.control_precision = flag(name, value)?,
            "IgnoreInterationFlag" => self.ignore_interactions = flag(name, value)?,
            "InterationFlags" => self.interaction_flags = text(name, value)?,
            "NeedUpDateFields" => self.update_fields = list(name, value)?,
            "NeedReturnFields" => self.return_fields = list(name, value)?,
            "SubSystemId" => self.sub_system_id = text(name, value)?,
            _ => return Err(unknown(name)),
        }
        Ok(())
    }
}

/// Saves bills, each a data packet in the shape of its form (`vendors/kingdee.md` 1.9); a packet with an
/// `FID` other than 0 updates that bill. `unix_seconds` is now. The answer is for
/// [`read_batch_save`](super::super::read_batch_save).
///
/// The ERP has no key against repetition other than the bill number: after an answer of class
/// [`Transport`](crate::Class::Transport) ask for the numbers ([`find_bills`](super::find_bills)) before
/// sending a bill again.
pub fn batch_save(
    account: &Account,
    session: Option<&Session>,
    unix_seconds: i64,
    form_id: &str,
    options: &SaveOptions,
    models: &[Value],
) -> Request<Vec<u8>> {
    let body = Body { formid: form_id, data: Data { options, models } };
    let body = serde_json::to_vec(&body).expect("texts, flags and JSON values can be written as JSON");
    let mut request = post(account, &form_service("BatchSave"), body);
    prove(&mut request, account, session, unix_seconds);
    request
}

#[derive(Serialize)]
struct Body<'a> {
    formid: &'a str,
    data: Data<'a>,
}

struct Data<'a> {
    options: &'a SaveOptions,
    models: &'a [Value],
}

impl Serialize for Data<'_> {
    /// In the order and with the quoted flags of `vendors/kingdee.md` 1.3.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let flag = |set: bool| if set { "true" } else { "false" };
        let options = self.options;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("NumberSearch", flag(options.number_search))?;
        map.serialize_entry("ValidateFlag", flag(options.validate))?;
        map.serialize_entry("IsDeleteEntry", flag(options.delete_entries))?;
        map.serialize_entry("IsEntryBatchFill", flag(options.entry_batch_fill))?;
        map.serialize_entry("NeedUpDateFields", &options.update_fields)?;
        map.serialize_entry("NeedReturnFields", &options.return_fields)?;
        map.serialize_entry("SubSystemId", &options.sub_system_id)?;
        map.serialize_entry("InterationFlags", &options.interaction_flags)?;
        map.serialize_entry("Model", self.models)?;
        map.serialize_entry("BatchCount", &0)?;
        map.serialize_entry("IsVerifyBaseDataField", flag(options.verify_base_data))?;
        map.serialize_entry("IsAutoAdjustField", flag(options.auto_adjust_fields))?;
        map.serialize_entry("IsControlPrecision", flag(options.control_precision))?;
        map.serialize_entry("IsAutoSubmitAndAudit", flag(options.submit_and_audit))?;
        map.serialize_entry("IgnoreInterationFlag", flag(options.ignore_interactions))?;
        map.end()
    }
}

fn flag(name: &str, value: &Value) -> Result<bool, Problem> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(Problem::new(
            name,
            format!("{value} is neither true nor false"),
            format!("{value} 不是 true 或 false"),
        )),
    }
}

fn text(name: &str, value: &Value) -> Result<String, Problem> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(Problem::new(name, format!("{value} is not a text"), format!("{value} 不是文本"))),
    }
}

fn list(name: &str, value: &Value) -> Result<Vec<String>, Problem> {
    let parts = |text: &str| {
        text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
    };
    match value {
        Value::String(text) => Ok(parts(text)),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            Ok(items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect())
        }
        _ => Err(Problem::new(
            name,
            format!("{value} is not a list of field keys, as FBillNo,FDate"),
            format!("{value} 不是字段键列表，例如 FBillNo,FDate"),
        )),
    }
}

fn unknown(name: &str) -> Problem {
    let (en, zh) = match name {
        "BatchCount" => (
            "Ferry saves one batch at a time: with threads in the ERP the row numbers of an answer are not \
             reliable. Remove it; `operation.rows` sets the size of a batch"
                .to_owned(),
            "Ferry 逐批保存：ERP 多线程保存时应答中的行号不可靠。请删除该参数；批次大小由 operation.rows 设定"
                .to_owned(),
        ),
        "ValidateRepeatJson" => (
            "it would refuse every retry, which sends the same packet again. Remove it: the bill number \
             already keeps a bill from being saved twice"
                .to_owned(),
            "该参数会拒绝重试时再次发送的相同数据包。请删除：单据编号已能防止重复保存".to_owned(),
        ),
        _ => (
            format!("no option of BatchSave. There are {}", SaveOptions::NAMES.join(", ")),
            format!("不是 BatchSave 的参数。可用参数：{}", SaveOptions::NAMES.join("、")),
        ),
    };
    Problem::new(name, en, zh)
}
