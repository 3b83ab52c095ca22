//! Closed sets of names, from the tables that the reader looks them up in.

use crate::flow::condition::LOGICS;
use crate::flow::field::KINDS;
use crate::flow::format::NAMES;
use crate::flow::group::ACCUMULATORS;
use crate::flow::{Accumulator, Format, Gathering, Kind, Logic, OnMiss};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;
use std::borrow::Cow;

/// A schema that is one of these names, each with its description.
macro_rules! choices {
    ($($type:ty, $name:literal: $all:expr;)*) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                one_of(&$all)
            }
        }
    )*};
}

choices! {
    Kind, "Type": KINDS.map(|(name, kind)| (name, described_kind(kind)));
    Logic, "Logic": LOGICS.map(|(name, logic)| (name, described_logic(logic)));
    Accumulator, "Accumulator": ACCUMULATORS.map(|(name, it)| (name, described_accumulator(it)));
    OnMiss, "OnMiss": [
        ("fail", "A dead letter that names the key. 进入死信，并写明查找键。"),
        ("wait", "Tried hourly for 7 days, then a dead letter. 每小时重试，7 天后进入死信。"),
        ("default", "The value of `default` takes its place. 使用 default 的值。"),
        ("empty", "Null takes its place. 使用空值。"),
    ];
    Gathering, "Gathering": [
        ("batchArraySave", "Up to `rows` documents in one call. 每次调用最多 rows 条。"),
        ("none", "One document, one call. 每条一次调用。"),
    ];
}

fn one_of(all: &[(&str, &str)]) -> Schema {
    let all: Vec<_> =
        all.iter().map(|(name, description)| json!({"const": name, "description": description})).collect();
    json_schema!({ "oneOf": all })
}

fn described_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "A text; numbers keep their digits. 文本；数字保留原有位数。",
        Kind::Int => "A whole number of any length. 任意长度的整数。",
        Kind::Float => "A decimal, digit by digit. 小数，逐位保留。",
        Kind::Bool => "true or false. 布尔值。",
        Kind::Object => "An object; its fields are the children. 对象，字段写在 children 中。",
        Kind::Array => {
            "A list; with children, value names the source list, or is 1 for one row from the head. \
             列表；有 children 时 value 写源列表名，写 1 表示由表头生成一行。"
        }
        Kind::Datetime => "2024-01-01 10:11:12, Asia/Shanghai. 上海时间。",
    }
}

fn described_logic(logic: Logic) -> &'static str {
    match logic {
        Logic::Eq => "The same text or number. 等于。",
        Logic::Neq => "Not eq; holds for nothing too. 不等于，对空值也成立。",
        Logic::Gt => "Greater. 大于。",
        Logic::Egt => "Equal or greater. 大于等于。",
        Logic::Lt => "Less. 小于。",
        Logic::Elt => "Equal or less. 小于等于。",
        Logic::Like => "The field contains the value; no wildcards. 包含，不支持通配符。",
        Logic::Notlike => "Not like; holds for nothing too. 不包含，对空值也成立。",
        Logic::Between => "\"a,b\", both included. 介于 a,b 之间，含两端。",
        Logic::Notnull => "Something is there. 不为空。",
        Logic::Isnull => "Nothing is there. 为空。",
    }
}

fn described_accumulator(accumulator: Accumulator) -> &'static str {
    match accumulator {
        Accumulator::Sum => "The exact sum. 求和。",
        Accumulator::Avg => "The mean, four digits more behind the point. 平均值。",
        Accumulator::Min => "The least. 最小值。",
        Accumulator::Max => "The greatest. 最大值。",
        Accumulator::Push => "A list with one entry a record. 收集为列表。",
        Accumulator::AddToSet => "A list of the different ones. 去重后收集为列表。",
        Accumulator::First => "That of the first record. 第一条的值。",
        Accumulator::Last => "That of the last record. 最后一条的值。",
    }
}

impl JsonSchema for Format {
    fn schema_name() -> Cow<'static, str> {
        "Format".into()
    }
    /// The names as they are, and those that take something in brackets.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let plain = NAMES.into_iter().filter(|name| !["longText", "round", "implode"].contains(name));
        let plain = plain.collect::<Vec<_>>().join("|");
        json_schema!({
            "examples": ["round(2)", "longText(15)", "implode('|')"],
            "anyOf": [
                {"enum": NAMES},
                {"type": "string", "pattern": format!(r"^\s*({plain})\s*(\(\s*\)\s*)?$")},
                {"type": "string", "pattern": r"^\s*round\s*\(\s*(0*([0-9]|[12][0-9]|30))?\s*\)\s*$"},
                {"type": "string", "pattern": r"^\s*longText\s*\(\s*(0*[1-9][0-9]*)?\s*\)\s*$"},
                {"type": "string", "pattern": r"^\s*implode\s*\(.*\)\s*$"},
                {"type": "string", "pattern": r"^\s*(round|longText|implode)\s*$"},
            ],
        })
    }
}
