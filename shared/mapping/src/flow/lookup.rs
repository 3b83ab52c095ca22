//! `lookups`: where `_findCollection` finds its records (design.md 4).

use super::duration;
use super::keys::Node;
#[cfg(feature = "schema")]
use super::schema::{extras, kinds};
use crate::Value;
use crate::problem::{Problems, shorten};
#[cfg(feature = "schema")]
use schemars::JsonSchema;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// One set of records to look things up in.
/// 一个查找来源。
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields, transform = extras::lookup))]
pub struct Lookup {
    /// One of the known platforms.
    /// 平台。
    #[cfg_attr(feature = "schema", schemars(with = "kinds::Platform"))]
    pub platform: String,
    /// The set of credentials to use.
    /// 使用哪一组凭据：其变量名的前缀。
    #[cfg_attr(feature = "schema", schemars(with = "kinds::Text"))]
    pub account: String,
    /// The interface that reads: `executeBillQuery`, ….
    /// 读取所用的接口。
    #[cfg_attr(feature = "schema", schemars(with = "kinds::Text"))]
    pub api: String,
    /// The form or table to read, where the interface needs one.
    /// 要读取的表单或表。
    #[cfg_attr(feature = "schema", schemars(rename = "formId"))]
    pub form_id: Option<String>,
    /// The fields that a lookup may compare: `["FBillNo"]`.
    /// 可用作查找条件的字段。
    #[cfg_attr(feature = "schema", schemars(with = "Vec<kinds::Text>", length(min = 1)))]
    pub key: Vec<String>,
    /// What becomes of a record whose partner is not found.
    /// 查不到时如何处理。
    pub on_miss: OnMiss,
    /// How long a found record may be used again; 10 minutes.
    /// 查到的记录可复用多久；默认 10 分钟。
    #[cfg_attr(feature = "schema", schemars(with = "Option<kinds::SpanOrNone>", extend("default" = "10m")))]
    pub ttl: Duration,
    /// A value string that narrows what is read, in the platform's own filter language.
    /// 缩小读取范围的过滤条件，使用平台自己的语法。
    pub filter: Option<String>,
}

/// What becomes of a record whose partner is not found (design.md 4).
#[derive(Clone, Debug, PartialEq)]
pub enum OnMiss {
    /// A dead letter that names the key.
    Fail,
    /// The partner may come later: tried hourly for 7 days, then a dead letter.
    Wait,
    /// This value takes its place.
    Default(Value),
    /// Null takes its place.
    Empty,
}

pub(super) fn lookups(node: &Node<'_>, problems: &mut Problems) -> BTreeMap<String, Lookup> {
    let Some(keys) = node.object(problems) else { return BTreeMap::new() };
    keys.entries().filter_map(|(name, node)| Some((name.clone(), lookup(name, &node, problems)?))).collect()
}

fn lookup(name: &str, node: &Node<'_>, problems: &mut Problems) -> Option<Lookup> {
    // It stands in `… from <name> where …`, and in storage keys.
    let usable = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || !name.chars().all(usable) {
        let name = shorten(name);
        problems.add(
            "bad_name",
            &node.path,
            format!("`{name}` is no name for a lookup; use letters, digits, `-` and `_`"),
            format!("“{name}”不能用作 lookup 的名称；请只用字母、数字、- 和 _"),
        );
    }
    let mut keys = node.object(problems)?;
    let lookup = Lookup {
        platform: keys.need_text("platform", problems),
        account: keys.need_text("account", problems),
        api: keys.need_text("api", problems),
        form_id: keys.text("formId", problems),
        key: keys.need("key", problems).map_or_else(Vec::new, |node| key(&node, problems)),
        on_miss: OnMiss::Fail,
        ttl: duration::span(keys.take("ttl"), Duration::from_secs(600), true, problems),
        filter: keys.text("filter", problems).filter(|filter| !filter.is_empty()),
    };
    let default = keys.take("default");
    let said = keys.need_text("on_miss", problems);
    keys.finish(problems);
    Some(Lookup { on_miss: on_miss(&said, default, &node.path, problems)?, ..lookup })
}

fn key(node: &Node<'_>, problems: &mut Problems) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut names = Vec::new();
    let rows = node.list(problems);
    if rows.is_empty() && matches!(node.value, Value::Array(_)) {
        problems.add(
            "empty_list",
            &node.path,
            "name at least one field to look up by",
            "至少要写明一个用于查找的字段",
        );
    }
    for node in rows {
        let Some(name) = node.text(problems) else { continue };
        if name.is_empty() {
            problems.add("empty_text", &node.path, "must not be empty", "不能为空");
        } else if seen.insert(name.clone()) {
            names.push(name);
        } else {
            let name = shorten(&name);
            problems.add(
                "duplicate_field",
                &node.path,
                format!("the field `{name}` stands twice in this list; keep one"),
                format!("字段“{name}”在此列表中出现了两次；请只保留一个"),
            );
        }
    }
    names
}

fn on_miss(said: &str, default: Option<Node<'_>>, path: &str, problems: &mut Problems) -> Option<OnMiss> {
    match (said, default) {
        ("", _) => None,
        ("fail", None) => Some(OnMiss::Fail),
        ("wait", None) => Some(OnMiss::Wait),
        ("empty", None) => Some(OnMiss::Empty),
        ("default", Some(node)) => {
            node.scalar(problems)?;
            Some(OnMiss::Default(node.value.clone()))
        }
        _ => {
            problems.add(
                "bad_on_miss",
                path,
                "`on_miss` is fail, wait, empty, or default together with a `default`",
                "on_miss 只能是 fail、wait、empty，或与 default 值一起使用的 default",
            );
            None
        }
    }
}
