//! What the interface allows, for the checks of a flow file and for whoever paces the calls.

use std::time::Duration;

/// The one interface that is spoken here: 生产出库查询 (`vendors/sources.md` 2.3).
pub const QUERY_WITH_DETAIL: &str = "wms.stockout.Process.queryWithDetail";

/// Its parameters; the page is none of them (2.3).
pub const PARAMETERS: [&str; 7] =
    ["start_time", "end_time", "time_type", "warehouse_no", "stockout_no", "process_no", "status"];

/// The number of the first page: "标准接口page_no从0开始" (2.1).
pub const FIRST_PAGE: u32 = 0;

/// The most rows a page: "分页大小不能超过2000" (2.3). Whether a larger one is refused or clamped is not known.
pub const LARGEST_PAGE: u32 = 2000;

/// From begin to end of a window: "start_time和end_time最大跨度为30天" (2.3).
pub const WIDEST_WINDOW: Duration = Duration::from_secs(30 * 24 * 3600);

/// Calls a minute. The vendor's figure is not known; independent integrators meet the limit at the 61st (2.5).
pub const CALLS_PER_MINUTE: u32 = 60;

/// How long to leave an account alone that was told to call less: the vendor advises 5 to 10 minutes (2.5).
pub const PAUSE_AFTER_REFUSAL: Duration = Duration::from_secs(300);

/// How far our clock may be off the vendor's: "时间与服务器时间差120s内即合法" (2.1).
pub const CLOCK_TOLERANCE: Duration = Duration::from_secs(120);

/// The field that names a record, in every version of the answer, and by which it is asked for again
/// (2.3). The sales interfaces call theirs `order_no`.
pub const NUMBER: &str = "stockout_no";

/// The internal id, which the answers of 2020 lack (2.3).
pub const ID: &str = "stockout_id";

/// The time of the last modification, as a text or as epoch milliseconds (2.3).
pub const MODIFIED: &str = "modified";
