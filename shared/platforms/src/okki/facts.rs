//! What OKKI allows and promises, for the engine and for the check of a flow file.

use std::time::Duration;

/// The list of orders (`vendors/sources.md` 3.3).
pub const ORDER_LIST: &str = "/v1/invoices/order/list";

/// One order with its lines (`vendors/sources.md` 3.4).
pub const ORDER_INFO: &str = "/v1/invoices/order/info";

/// One customer (`vendors/sources.md` 7).
pub const COMPANY_INFO: &str = "/v1/company/info";

/// The parameters of the list. `status` takes a code of the company's own; 0 is none of them and stands for
/// 'any', which is said by sending nothing (`vendors/sources.md` 7).
pub const LIST_PARAMETERS: [&str; 9] = [
    "start_time",
    "end_time",
    "time_type",
    "start_index",
    "count",
    "removed",
    "approval",
    "approval_with_draft",
    "status",
];

/// `start_index` is the number of a page, counted from here (`vendors/sources.md` 3.3).
pub const FIRST_PAGE: u32 = 1;

/// The most rows a page. The vendor names no figure; 500 is what has been seen to work (`vendors/sources.md`
/// 3.3). A server may clamp it to less: the rows of the first page tell.
pub const LARGEST_PAGE: u32 = 500;

/// There is no widest window, and no limit of calls is published (`vendors/sources.md` 3.5): this is our own
/// restraint, the details that may be under way at once (`design.md`, the flow from OKKI).
pub const DETAILS_AT_ONCE: usize = 4;

/// How long OKKI itself takes at most (`vendors/sources.md` 3.1).
pub const TIMEOUT: Duration = Duration::from_secs(60);

/// How long a token lives where the answer does not say (`vendors/sources.md` 3.2).
pub const TOKEN_LIFE: Duration = Duration::from_secs(8 * 3600);

/// The scope that orders need, and that an account has where its variables name none (`vendors/sources.md` 3.2).
pub const SCOPE: &str = "invoices";

/// The field that identifies an order.
pub const ID: &str = "order_id";

/// The field with the number that people know an order by.
pub const NUMBER: &str = "order_no";

/// The time of the last modification (Asia/Shanghai, seconds). Workflows set it too, and some operations of
/// the system do not: so windows overlap, and everything is read now and then (`vendors/sources.md` 3.3).
pub const MODIFIED: &str = "update_time";
