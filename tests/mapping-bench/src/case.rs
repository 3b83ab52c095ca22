//! The mappings of the articles, each with what the four contenders make it from.

use crate::by_hand::{self, Company};
use crate::contenders::by_hand::Function;
use crate::records;
use serde_json::Value;

/// One mapping.
pub struct Case {
    pub name: &'static str,
    /// The whole flow file.
    pub flow: &'static str,
    pub vrl: &'static str,
    pub jq: &'static str,
    pub by_hand: Function,
    pub company: &'static Company,
    pub records: fn(usize) -> Vec<Value>,
    /// A required field of the line, a number field of it and its list, for the records that must be refused.
    pub line: Line,
}

/// Where a record can be broken.
pub struct Line {
    pub list: &'static str,
    pub required: &'static str,
    pub number: &'static str,
}

pub const CASES: [Case; 3] = [
    Case {
        name: "jushuitan-returns-to-galaxy",
        flow: include_str!("../flows/jushuitan-returns-to-galaxy.json"),
        vrl: include_str!("../programs/jushuitan-returns-to-galaxy.vrl"),
        jq: include_str!("../programs/jushuitan-returns-to-galaxy.jq"),
        by_hand: by_hand::jushuitan::document,
        company: &Company { stock_org: "100", department: "BM000032", employee: "" },
        records: records::jushuitan::records,
        line: Line { list: "items", required: "sku_id", number: "qty" },
    },
    Case {
        name: "wangdiantong-stockouts-to-galaxy",
        flow: include_str!("../flows/wangdiantong-stockouts-to-galaxy.json"),
        vrl: include_str!("../programs/wangdiantong-stockouts-to-galaxy.vrl"),
        jq: include_str!("../programs/wangdiantong-stockouts-to-galaxy.jq"),
        by_hand: by_hand::wangdiantong::document,
        company: &Company { stock_org: "100", department: "BM000032", employee: "" },
        records: records::wangdiantong::records,
        line: Line { list: "detail_list", required: "spec_no", number: "num" },
    },
    Case {
        name: "okki-orders-to-wise",
        flow: include_str!("../flows/okki-orders-to-wise.json"),
        vrl: include_str!("../programs/okki-orders-to-wise.vrl"),
        jq: include_str!("../programs/okki-orders-to-wise.jq"),
        by_hand: by_hand::okki::document,
        company: &Company { stock_org: "", department: "03.01", employee: "0086" },
        records: records::okki::records,
        line: Line { list: "product_list", required: "product_no", number: "count" },
    },
];

/// The flow that is in the repository besides, for the time it takes to compile.
pub const MATERIALS: &str = include_str!("../../../functions/galaxy-materials-to-mysql/flow.json");
