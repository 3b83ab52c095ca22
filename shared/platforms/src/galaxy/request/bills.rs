//! What is asked about bills and done to them: their numbers looked up, `View`, `Submit`, `Audit`
//! (`vendors/kingdee.md` 1.3, 1.6, 1.8).

use http::Request;
use serde_json::{Value, json};

use super::{Account, MAX_ROWS, Query, Session, form_service, post, prove, quote};

/// The most numbers that one query should name: a filter of a few kilobytes. Ours, none is documented.
pub const MAX_NUMBERS: usize = 200;

/// What is done to a saved bill on its way to `FDocumentStatus` C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// 提交: A or D becomes B.
    Submit,
    /// 审核: B becomes C.
    Audit,
}

impl Operation {
    /// Its name at the ERP.
    pub fn name(self) -> &'static str {
        match self {
            Operation::Submit => "Submit",
            Operation::Audit => "Audit",
        }
    }
}

/// A filter that lets rows through whose `field` is one of these values: `FBillNo in ('A','B')`. Lets
/// nothing but empty fields through where there are no values.
pub fn any_of<T: AsRef<str>>(field: &str, values: &[T]) -> String {
    let list: Vec<String> = values.iter().map(|value| format!("'{}'", quote(value.as_ref()))).collect();
    match list.is_empty() {
        true => format!("{field} in ('')"),
        false => format!("{field} in ({})", list.join(",")),
    }
}

/// Asks which of these bills there are, and how far they have come, with
/// [`execute_bill_query`](super::execute_bill_query). At most [`MAX_NUMBERS`] at once. The answer is for
/// [`read_bills`](super::super::read_bills).
pub fn find_bills<T: AsRef<str>>(form_id: &str, numbers: &[T]) -> Query {
    Query {
        form_id: form_id.to_owned(),
        field_keys: ["FBillNo", "FID", "FDocumentStatus"].map(String::from).into(),
        filter: any_of("FBillNo", numbers),
        order: "FID ASC".to_owned(),
        limit: MAX_ROWS,
        start_row: 0,
        top_row_count: 0,
    }
}

/// Submits or audits bills by their numbers. The answer is for
/// [`read_operation`](super::super::read_operation).
pub fn operate<T: AsRef<str>>(
    account: &Account,
    session: Option<&Session>,
    unix_seconds: i64,
    operation: Operation,
    form_id: &str,
    numbers: &[T],
) -> Request<Vec<u8>> {
    let numbers: Vec<&str> = numbers.iter().map(AsRef::as_ref).collect();
    let data = match operation {
        Operation::Submit => json!({
            "CreateOrgId": 0, "Numbers": numbers, "Ids": "", "SelectedPostId": 0, "NetworkCtrl": "",
            "IgnoreInterationFlag": "",
        }),
        Operation::Audit => json!({
            "CreateOrgId": 0, "Numbers": numbers, "Ids": "", "InterationFlags": "", "NetworkCtrl": "",
            "IsVerifyProcInst": "", "IgnoreInterationFlag": "",
        }),
    };
    on_form(account, session, unix_seconds, operation.name(), form_id, &data)
}

/// Asks for one bill whole. The answer is for [`read_view`](super::super::read_view).
pub fn view(
    account: &Account,
    session: Option<&Session>,
    unix_seconds: i64,
    form_id: &str,
    number: &str,
) -> Request<Vec<u8>> {
    let data = json!({"CreateOrgId": 0, "Number": number, "Id": "", "IsSortBySeq": "false"});
    on_form(account, session, unix_seconds, "View", form_id, &data)
}

fn on_form(
    account: &Account,
    session: Option<&Session>,
    unix_seconds: i64,
    operation: &str,
    form_id: &str,
    data: &Value,
) -> Request<Vec<u8>> {
    let body = json!({"formid": form_id, "data": data}).to_string();
    let mut request = post(account, &form_service(operation), body.into_bytes());
    prove(&mut request, account, session, unix_seconds);
    request
}
