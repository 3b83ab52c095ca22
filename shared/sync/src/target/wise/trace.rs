//! Whether this ERP keeps the source's number at all.
//!
//! An order is known by `FPOOrdBillNo`, and that an account set keeps it is taken from a template, not from a
//! document (`vendors/kingdee.md` 3.4). One that drops it, and numbers its bills itself, would get every order again
//! with each look-back. So the first order that is saved is remembered, and nothing more is saved before it has been
//! found by its number once: by the look that every page begins with, at no further call.

use crate::dead::store_failure;
use crate::host::Host;
use crate::problem::{Failure, Problem};
use ferry_platforms::wise::PO_ORD_BILL_NO;
use serde::{Deserialize, Serialize};

/// What is known of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Trace {
    /// Nothing: no order has been saved yet.
    Unknown,
    /// An order that was saved, by the source's number and by the ERP's own.
    Sample { number: String, bill_no: String },
    /// Orders are found by the source's number.
    Proven,
}

impl Trace {
    pub fn read(host: Host<'_>, account: &str) -> Result<Trace, Failure> {
        let key = key(account);
        let bytes = host.store.get(&key).map_err(|error| store_failure(&key, &error.0))?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or(Trace::Unknown))
    }

    pub fn keep(&self, host: Host<'_>, account: &str) -> Result<(), Failure> {
        let key = key(account);
        let json = serde_json::to_vec(self).expect("a trace is plain data");
        host.store.set(&key, &json).map_err(|error| store_failure(&key, &error.0))
    }

    /// The number to look for besides those of the page.
    pub fn number(&self) -> Option<&str> {
        match self {
            Trace::Sample { number, .. } => Some(number),
            Trace::Unknown | Trace::Proven => None,
        }
    }
}

fn key(account: &str) -> String {
    format!("trace/{account}")
}

pub(super) fn untraceable(number: &str, bill_no: &str) -> Failure {
    Failure::fatal(
        Problem::new(
            "order_not_traceable",
            format!("the order {number} was saved as the bill {bill_no}, which does not carry the number in {PO_ORD_BILL_NO}: without it no order can be told from a new one"),
            format!("订单 {number} 已保存为单据 {bill_no}，但该单据的 {PO_ORD_BILL_NO} 中没有这个编号：缺少它便无法判断订单是否已存在"),
        )
        .hint(
            "nothing more is saved, so that none is doubled: have the field 对方订单号 (FPOOrdBillNo) switched on for sales orders in K3 WISE, enter the number in that bill by hand or delete the bill there, and the next run goes on",
            "不会再保存任何订单，以免重复：请在 K3 WISE 的销售订单中启用“对方订单号”（FPOOrdBillNo），并在该单据中手工补录编号或删除该单据，下次运行会继续",
        ),
    )
}
