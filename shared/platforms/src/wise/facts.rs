//! What K3 WISE allows and promises, for the engine and for the check of a flow file.

use std::time::Duration;

/// The object of sales orders (`vendors/kingdee.md` 3.2).
pub const SALES_ORDER: &str = "SO";

/// The order's number at the customer's: where the source's number is carried.
pub const PO_ORD_BILL_NO: &str = "FPOOrdBillNo";

/// The bill's own number. Whether `Save` honours one that is given is unconfirmed (`vendors/kingdee.md` 5).
pub const BILL_NO: &str = "FBillNo";

/// The largest page of `GetList` that has been seen to work (`vendors/kingdee.md` 3.2). No figure is
/// documented, and neither is a limit of calls.
pub const LARGEST_PAGE: u32 = 10_000;

/// How long a token lives where the answer does not say (`vendors/kingdee.md` 3.1).
pub const TOKEN_LIFE: Duration = Duration::from_secs(3600);

/// The object of a flow file's `api`: `SO` of `/SO/Save`; `None` unless it saves something.
pub fn object_of(api: &str) -> Option<&str> {
    let object = api.strip_prefix('/').unwrap_or(api).strip_suffix("/Save")?;
    let is_name = object.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_name && !object.is_empty()).then_some(object)
}
