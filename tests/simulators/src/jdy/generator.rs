//! Customers that look like the shops of a real company.

use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

use super::customers::Customers;

/// What to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Generate {
    /// How many.
    pub customers: usize,
    /// The same seed makes the same customers.
    pub seed: u64,
}

impl Default for Generate {
    fn default() -> Self {
        Self { customers: 100, seed: 1 }
    }
}

const PLATFORMS: &[&str] = &["天猫", "淘宝", "京东", "拼多多", "抖音", "有赞", "1688"];
const OWNERS: &[&str] =
    &["张三", "李四's", "王五“五金”", "赵六 & 子", "O'Brien", "欧阳\"小店\"", "7/8' 管件"];
const KINDS: &[&str] = &["旗舰店", "专营店", "专卖店", "企业店", "C 店"];

/// Makes them, numbered from `KH00001`; each was modified a minute before the next.
pub(super) fn generate(what: &Generate, now_ms: i64) -> Customers {
    let mut rng = fastrand::Rng::with_seed(what.seed);
    let mut pick = |from: &'static [&'static str]| from[rng.usize(..from.len())];
    let mut customers = Customers::default();
    for at in 0..what.customers {
        let name = format!("{}{}{}{at}", pick(PLATFORMS), pick(OWNERS), pick(KINDS));
        let mut fields = Map::new();
        if at % 3 != 0 {
            fields.insert("remark".into(), format!("由{}开店，5' 与 \"A\"", pick(OWNERS)).into());
        }
        if at % 4 == 0 {
            fields.insert("credit_limit".into(), json!(1250.5));
            fields.insert("invoice_phone".into(), format!("1380000{at:04}").into());
        }
        if at % 5 == 0 {
            fields.insert("group_number".into(), "线上店铺".into());
        }
        let age_ms = 60_000 * i64::try_from(what.customers - at).unwrap_or(0);
        customers.add(&format!("KH{:05}", at + 1), &name, fields, now_ms - age_ms);
    }
    customers
}
