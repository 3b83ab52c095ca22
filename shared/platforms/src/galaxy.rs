//! 金蝶云星空 (Kingdee Galaxy, the K3Cloud WebAPI), from `vendors/kingdee.md` 1.
//!
//! Everything is `POST {scheme}://{host}{path}<service>.common.kdsvc` with a JSON body in the form of
//! the vendor's Python SDK. Two kinds of credentials: with [`Auth::Signed`] each call carries its own
//! signature and there is no login; with [`Auth::Session`] the caller logs in by
//! [`login_by_app_secret`], keeps the [`Session`] that [`read_login`] reads, and renews it when an
//! answer's class is [`Credentials`](crate::Class::Credentials).
//!
//! HTTP 200 says nothing here: an error is an ordinary answer in an odd shape (1.7), so
//! [`read_query`] looks for those shapes in the same pass that reads the rows.
//!
//! ```
//! use ferry_platforms::galaxy::{self, Account, Query};
//!
//! let variables = |name: &str| {
//!     match name {
//!         "galaxy_scheme" => "https",
//!         "galaxy_host" => "erp.example.com",
//!         "galaxy_path" => "/k3cloud/",
//!         "galaxy_auth" => "signed",
//!         "galaxy_acct_id" => "5f0000000000aa",
//!         "galaxy_user" => "demo",
//!         "galaxy_app_id" => "100001_422C1/iIyuH4R+Ws526A2/yLyrX6RrOs",
//!         "galaxy_app_secret" => "00112233445566778899aabbccddeeff",
//!         "galaxy_lcid" => "2052",
//!         "galaxy_org" => "0",
//!         _ => "",
//!     }
//!     .to_owned()
//! };
//! let account = Account::from_variables("galaxy", variables).unwrap();
//! let query = Query {
//!     form_id: "BD_MATERIAL".into(),
//!     field_keys: vec!["FMATERIALID".into(), "FNumber".into()],
//!     filter: format!("FNumber='{}'", galaxy::quote("7/8' pipe")),
//!     order: "FMATERIALID ASC".into(),
//!     limit: galaxy::MAX_ROWS,
//!     start_row: 0,
//!     top_row_count: 0,
//! };
//! let request = galaxy::execute_bill_query(&account, None, 1_700_000_000, &query);
//! assert_eq!(request.uri().host(), Some("erp.example.com"));
//!
//! let answer = http::Response::new(br#"[[100001,"7/8' pipe"]]"#.to_vec());
//! let rows = galaxy::read_query(&answer, query.field_keys.len()).unwrap();
//! assert_eq!(rows[0][1], "7/8' pipe");
//! ```
//!
//! # Writing
//!
//! [`batch_save`] and [`read_batch_save`], which says of each data packet what became of it. The bill number is
//! the only key against saving twice, so that whatever the answer leaves open is looked up before it is sent
//! again: [`find_bills`] through [`execute_bill_query`], then [`read_bills`]. A bill that is to be audited is
//! delivered when its [`DocumentStatus`] is C; below that, [`operate`] does what
//! [`DocumentStatus::until_audited`] names, and [`read_operation`] reads the answer.
//!
//! ```
//! use ferry_platforms::galaxy::{self, DocumentStatus, Operation, RowOutcome};
//!
//! let answer = http::Response::new(
//!     r#"{"Result":{"ResponseStatus":{"ErrorCode":500,"IsSuccess":false,
//!         "Errors":[{"FieldName":"FBillNo","Message":"违反字段唯一性要求：编码唯一。[T2]在当前系统中已经被使用。","DIndex":1}],
//!         "SuccessEntitys":[{"Id":100029,"Number":"T1","DIndex":0}],"SuccessMessages":[],"MsgCode":11}}}"#.as_bytes().to_vec(),
//! );
//! let rows = galaxy::read_batch_save(&answer, &["T1", "T2"]).unwrap();
//! assert!(matches!(&rows[0], RowOutcome::Saved(bill) if bill.id == "100029"));
//! assert!(matches!(&rows[1], RowOutcome::Refused(error) if error.code == "duplicate_number"));
//!
//! let query = galaxy::find_bills("SAL_RETURNSTOCK", &["T1", "T2"]);
//! assert_eq!(query.filter, "FBillNo in ('T1','T2')");
//! let answer = http::Response::new(br#"[["T1",100029,"C"],["T2",100007,"B"]]"#.to_vec());
//! let bills = galaxy::read_bills(&answer).unwrap();
//! assert_eq!(bills[0].status, DocumentStatus::Audited);
//! assert_eq!(bills[1].status.until_audited(), Some(&[Operation::Audit][..]));
//! ```

mod account;
mod answer;
mod classify;
mod request;
mod sign;

pub use crate::response::server_time;
pub use account::{Account, Auth};
pub use answer::{
    Bill, DocumentStatus, Entity, OperationOutcome, RowOutcome, read_batch_save, read_bills, read_login,
    read_operation, read_query, read_view,
};
pub use classify::classify;
pub use request::{
    MAX_BILLS, MAX_NUMBERS, MAX_ROWS, Operation, Query, SaveOptions, Session, any_of, batch_save,
    execute_bill_query, find_bills, login_by_app_secret, operate, quote, view,
};
pub use sign::sign;
