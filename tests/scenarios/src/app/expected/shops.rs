//! 聚水潭's shops as customers of 星辰 (article `003_…`; `vendors/kingdee.md` 2.3, `vendors/sources.md` 1.6).

use super::super::documents::plain;
use super::joined;
use serde_json::{Value, json};

/// The customer that a shop becomes.
pub fn document(shop: &Value) -> Value {
    let remark = joined(&[&shop["shop_site"], &shop["short_name"]]);
    let number = shop["shop_id"].to_string();
    plain(
        &json!({"number": number, "name": shop["shop_name"], "remark": remark, "enabled": true, "contacts": []}),
    )
}
