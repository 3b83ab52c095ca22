//! Base data by kind and number. What is there from the start has the numbers that the orders of the simulated
//! OKKI have, so that the two fit together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A kind of base data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 客户
    Customer,
    /// 物料
    Material,
    /// 部门
    Department,
    /// 职员
    Employee,
    /// 计量单位
    Unit,
    /// 币别
    Currency,
}

impl Kind {
    /// What people call it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Kind::Customer => "客户",
            Kind::Material => "物料",
            Kind::Department => "部门",
            Kind::Employee => "职员",
            Kind::Unit => "计量单位",
            Kind::Currency => "币别",
        }
    }

    /// The kind that a field of a sales order refers to.
    pub(super) fn of(field: &str) -> Option<Kind> {
        Some(match field {
            "FCustID" => Kind::Customer,
            "FItemID" => Kind::Material,
            "FDeptID" => Kind::Department,
            "FEmpID" => Kind::Employee,
            "FUnitID" => Kind::Unit,
            "FCurrencyID" => Kind::Currency,
            _ => return None,
        })
    }
}

pub(super) struct Base(BTreeMap<(Kind, String), String>);

impl Base {
    pub fn new() -> Self {
        let mut base = Self(BTreeMap::new());
        for n in 1..=40 {
            base.add(Kind::Customer, &format!("C{n:04}"), &format!("客户 {n}"));
        }
        for n in 1..=60 {
            base.add(Kind::Material, &format!("ITEM-{n:04}"), &format!("物料 {n}"));
        }
        for (number, name) in [("03.01", "外贸部"), ("03.02", "外贸部跟单组")] {
            base.add(Kind::Department, number, name);
        }
        for (number, name) in [("0086", "乔"), ("0087", "D'Souza")] {
            base.add(Kind::Employee, number, name);
        }
        for (number, name) in [("PCS", "个"), ("kg", "千克"), ("m", "米"), ("套", "套")] {
            base.add(Kind::Unit, number, name);
        }
        for (number, name) in [("RMB", "人民币"), ("USD", "美元"), ("EUR", "欧元")] {
            base.add(Kind::Currency, number, name);
        }
        base
    }

    pub fn add(&mut self, kind: Kind, number: &str, name: &str) {
        self.0.insert((kind, number.to_owned()), name.to_owned());
    }

    pub fn has(&self, kind: Kind, number: &str) -> bool {
        self.0.contains_key(&(kind, number.to_owned()))
    }
}
