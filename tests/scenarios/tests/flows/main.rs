//! The promises of the four flows between two systems, each a scenario; see `ferry_scenarios::app` for the stage
//! they play on. One file per flow, and one for what two flows share.
//!
//! | file | about |
//! |---|---|
//! | `returns` | 聚水潭 → 金蝶云星空: lookups that wait, batches, calls counted, the legacy interface |
//! | `stockouts` | 旺店通 → 金蝶云星空: windows halved to a page, times of either kind |
//! | `orders` | OKKI → K3 WISE: details, at most 4 at once; numbers that WISE gives |
//! | `shops` | 聚水潭 → 金蝶云星辰: a full list, `idCheck` both ways |
//! | `shared` | two flows on one 聚水潭 account: its token |

mod orders;
mod returns;
mod shared;
mod shops;
mod stockouts;

use serde_json::Value;

/// The sum of a count over reports.
fn sum(reports: &[Value], pointer: &str) -> u64 {
    reports.iter().map(|report| report.pointer(pointer).and_then(Value::as_u64).expect("a count")).sum()
}
