//! From a path and a body to an operation and its arguments: the four body forms of
//! `vendors/kingdee.md` 0, 1.3 and 1.4.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An operation that is simulated; in JSON by these names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)] // the vendor's own names, `vendors/kingdee.md` 1.1
pub enum Op {
    ExecuteBillQuery,
    BillQuery,
    Save,
    BatchSave,
    Draft,
    Submit,
    Audit,
    UnAudit,
    Delete,
    View,
    QueryAsyncResult,
    ValidateUser,
    LoginByAppSecret,
    LoginBySign,
    Logout,
}

const FORM_SERVICE: &str = "kingdee.bos.webapi.servicesstub.dynamicformservice.";
const AUTH_SERVICE: &str = "kingdee.bos.webapi.servicesstub.authservice.";
const PREFIX: &str = "/k3cloud/";
const SUFFIX: &str = ".common.kdsvc";

/// Why a path leads nowhere.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoOp {
    /// Not under `/k3cloud/`, or not a service at all.
    NotFound,
    /// A service name that is not simulated.
    Unknown(String),
}

impl Op {
    /// Whether it is ExecuteBillQuery or BillQuery.
    pub fn is_query(self) -> bool {
        matches!(self, Self::ExecuteBillQuery | Self::BillQuery)
    }

    /// Whether it opens a session.
    pub fn is_login(self) -> bool {
        matches!(self, Self::ValidateUser | Self::LoginByAppSecret | Self::LoginBySign)
    }

    /// Reads a path as IIS does, in any case.
    pub(super) fn from_path(path: &str) -> Result<Self, NoOp> {
        let lower = path.to_ascii_lowercase();
        let service =
            lower.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX)).ok_or(NoOp::NotFound)?;
        let op = if let Some(name) = service.strip_prefix(FORM_SERVICE) {
            match name {
                "executebillquery" => Some(Self::ExecuteBillQuery),
                "billquery" => Some(Self::BillQuery),
                "save" => Some(Self::Save),
                "batchsave" => Some(Self::BatchSave),
                "draft" => Some(Self::Draft),
                "submit" => Some(Self::Submit),
                "audit" => Some(Self::Audit),
                "unaudit" => Some(Self::UnAudit),
                "delete" => Some(Self::Delete),
                "view" => Some(Self::View),
                "queryasyncresult" => Some(Self::QueryAsyncResult),
                _ => None,
            }
        } else if let Some(name) = service.strip_prefix(AUTH_SERVICE) {
            match name {
                "validateuser" | "validateuser2" => Some(Self::ValidateUser),
                "loginbyappsecret" | "loginbyappsecret2" => Some(Self::LoginByAppSecret),
                "loginbysign" => Some(Self::LoginBySign),
                "logout" => Some(Self::Logout),
                _ => None,
            }
        } else {
            None
        };
        op.ok_or_else(|| NoOp::Unknown(path[PREFIX.len()..path.len() - SUFFIX.len()].to_owned()))
    }
}

/// A body that was understood.
#[derive(Debug)]
pub(super) struct Envelope {
    /// The arguments in order, each decoded from a JSON string if it came as one.
    args: Option<Vec<Value>>,
    body: Map<String, Value>,
}

impl Envelope {
    /// Reads a body. It is JSON whatever the Content-Type says (Java sends `applicatin/json`), unless it
    /// is form-urlencoded and does not begin like an object.
    pub fn read(content_type: &str, body: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(body).map_err(|e| format!("请求内容不是UTF-8: {e}"))?;
        let is_form = content_type.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
            && !text.trim_start().starts_with('{');
        let body: Map<String, Value> = if is_form {
            form_urlencoded::parse(text.as_bytes())
                .map(|(key, value)| (key.into_owned(), Value::String(value.into_owned())))
                .collect()
        } else if text.trim().is_empty() {
            Map::new()
        } else {
            serde_json::from_str(text).map_err(|e| format!("请求内容不是JSON对象: {e}"))?
        };
        let args = match get(&body, "parameters").cloned().map(decode) {
            None | Some(Value::Null) => None,
            Some(Value::Array(args)) => Some(args.into_iter().map(decode).collect()),
            Some(other) => return Err(format!("parameters应为数组: {other}")),
        };
        Ok(Self { args, body })
    }

    /// The form and the data of an operation on a form; queries carry the form inside the data.
    pub fn form_and_data(&self, op: Op) -> (Option<String>, Value) {
        let (form, data) = match &self.args {
            Some(args) if op.is_query() => (None, args.first().cloned()),
            Some(args) => (args.first().cloned(), args.get(1).cloned()),
            None => (get(&self.body, "formid").cloned(), get(&self.body, "data").cloned().map(decode)),
        };
        let data = data.unwrap_or(Value::Null);
        let inside = || data.as_object().and_then(|d| get(d, "FormId")).cloned();
        let form = form
            .or_else(|| if op.is_query() { inside() } else { None })
            .and_then(|form| form.as_str().map(str::to_owned))
            .filter(|form| !form.is_empty());
        (form, data)
    }

    /// Named values of a login: by position in `parameters`, or by name (in any case) in the body.
    pub fn named(&self, names: &[&str]) -> Vec<Option<String>> {
        let text = |value: &Value| match value {
            Value::String(s) => Some(s.clone()),
            Value::Number(n) => Some(n.to_string()),
            _ => None,
        };
        names
            .iter()
            .enumerate()
            .map(|(at, name)| match &self.args {
                Some(args) => args.get(at).and_then(text),
                None => get(&self.body, name).and_then(text),
            })
            .collect()
    }

    /// Whether the caller wants to poll for the answer (`vendors/kingdee.md` 1.3, BatchSaveQuery).
    pub fn is_async(&self) -> bool {
        get(&self.body, "beginmethod").is_some()
    }

    /// The task that is polled for.
    pub fn task_id(&self) -> Option<String> {
        let first = self.args.as_ref().and_then(|args| args.first().cloned());
        let info = first.or_else(|| get(&self.body, "queryInfo").cloned().map(decode))?;
        get(info.as_object()?, "TaskId")?.as_str().map(str::to_owned)
    }
}

/// A JSON string that holds an object or an array is that object or array.
fn decode(value: Value) -> Value {
    match &value {
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
            serde_json::from_str(text).unwrap_or(value)
        }
        _ => value,
    }
}

/// The value under a key in any case.
pub(super) fn get<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    object.get(key).or_else(|| object.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| v))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SAVE: &str = "/k3cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.Save.common.kdsvc";

    #[test]
    fn paths_are_read_in_any_case_and_unknown_ones_are_named() {
        assert_eq!(Op::from_path(SAVE), Ok(Op::Save));
        assert_eq!(Op::from_path(&SAVE.to_uppercase()), Ok(Op::Save));
        assert_eq!(Op::from_path("/other/x"), Err(NoOp::NotFound));
        let push = SAVE.replace(".Save.", ".Push.");
        assert!(matches!(Op::from_path(&push), Err(NoOp::Unknown(name)) if name.ends_with(".Push")));
    }

    #[test]
    fn the_four_body_forms_say_the_same() {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("format", "1")
            .append_pair("parameters", r#"["SAL_RETURNSTOCK","{\"Model\":{\"FBillNo\":\"T1\"}}"]"#)
            .finish();
        for (content_type, body) in [
            ("application/json", r#"{"formid": "SAL_RETURNSTOCK", "data": {"Model":{"FBillNo":"T1"}}}"#),
            ("applicatin/json", r#"{"parameters":["SAL_RETURNSTOCK","{\"Model\":{\"FBillNo\":\"T1\"}}"]}"#),
            (
                "application/json",
                r#"{"rid":"1","parameters":["SAL_RETURNSTOCK",{"Model":{"FBillNo":"T1"}}],"v":"1.0"}"#,
            ),
            ("application/json", r#"{"FORMID":"SAL_RETURNSTOCK","Data":"{\"Model\":{\"FBillNo\":\"T1\"}}"}"#),
            ("application/x-www-form-urlencoded", &form),
        ] {
            let (form, data) = Envelope::read(content_type, body.as_bytes()).unwrap().form_and_data(Op::Save);
            assert_eq!(form.as_deref(), Some("SAL_RETURNSTOCK"), "{body}");
            assert_eq!(data, json!({"Model": {"FBillNo": "T1"}}), "{body}");
        }
    }

    #[test]
    fn a_query_carries_its_form_inside() {
        for body in
            [r#"{"data": {"FormId": "BD_MATERIAL"}}"#, r#"{"parameters":["{\"FormId\":\"BD_MATERIAL\"}"]}"#]
        {
            let read = Envelope::read("", body.as_bytes()).unwrap();
            assert_eq!(read.form_and_data(Op::ExecuteBillQuery).0.as_deref(), Some("BD_MATERIAL"));
        }
        assert!(Envelope::read("", b"{\"parameters\": [").is_err());
        assert!(Envelope::read("", b"\xff").is_err());
    }
}
