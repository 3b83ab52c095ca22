//! Who asks for what, from the query (`vendors/sources.md` 2.1).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::answer::Refusal;

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Op {
    /// 生产出库查询
    #[serde(rename = "wms.stockout.Process.queryWithDetail")]
    QueryWithDetail,
    /// Any other method, which is refused.
    #[serde(rename = "other")]
    Other,
}

impl Op {
    /// The name of the one method.
    pub const QUERY_WITH_DETAIL: &str = "wms.stockout.Process.queryWithDetail";

    /// What the query of a call asks for.
    pub(super) fn from_query(query: &str) -> Self {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        match pairs.any(|(key, value)| key == "method" && value == Self::QUERY_WITH_DETAIL) {
            true => Self::QueryWithDetail,
            false => Self::Other,
        }
    }
}

/// The query of a call, decoded.
#[derive(Debug)]
pub(super) struct Envelope {
    /// All parameters but `sign`.
    pub parameters: BTreeMap<String, String>,
    pub sign: String,
}

impl Envelope {
    /// Decodes it.
    pub fn read(content_type: &str, query: &str) -> Result<Self, Refusal> {
        // 2.1: "暂不支持Content-Type: application/x-www-form-urlencoded". XML is allowed there, not here.
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/json") {
            return Err(Refusal::new(1, "参数错误"));
        }
        let mut parameters = BTreeMap::new();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            if parameters.insert(key.into_owned(), value.into_owned()).is_some() {
                return Err(Refusal::new(1, "参数错误"));
            }
        }
        let sign = parameters.remove("sign").unwrap_or_default();
        let envelope = Self { parameters, sign };
        if envelope.get("sid").is_empty() {
            return Err(Refusal::new(1, "sid is not found"));
        }
        let required = ["key", "salt", "method", "v", "timestamp"];
        if envelope.sign.is_empty() || required.iter().any(|name| envelope.get(name).is_empty()) {
            return Err(Refusal::new(1, "参数个数错误"));
        }
        Ok(envelope)
    }

    /// A parameter; empty where it is missing.
    pub fn get(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }

    /// A parameter that is a whole number, where there is one.
    pub fn number(&self, name: &str) -> Result<Option<i32>, Refusal> {
        match self.get(name) {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| Refusal::no_number(text)),
        }
    }
}
