//! Conditions on a record (qeasy-metadata 3.8): the `condition` of a source, and what `quality` demands.

use super::keys::{Keys, Node};
#[cfg(feature = "schema")]
use super::schema::{extras, kinds};
use super::{Title, read};
use crate::problem::{Problems, shorten, suggestion};
#[cfg(feature = "schema")]
use schemars::JsonSchema;

/// One condition on one field.
///
/// *Nothing* is a field that is missing or null, a blank text, a list or an object without content; a list
/// without rows is nothing to a path into its rows.
///
/// Numbers, and texts that hold one, are compared as exact decimals: `'9' < '10'`. Moments are compared as
/// moments, however each is written: after the prefix `timestamp:` (of `"timestamp:a,b"` for both), and where
/// the value is a date or a time such as `2024-01-01 10:00:00`. Other texts are compared character by character,
/// letter case counts. What cannot be compared (`abc` with 5) is an error of the record, not an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields, transform = extras::condition))]
pub struct Condition {
    /// JSON path of this condition in the flow file.
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub path: String,
    /// Path in the record: `type`, `receiver.city`, `items.name` (a field of each row of a list).
    /// 记录中的字段路径；列表路径作用于每一行。
    #[cfg_attr(feature = "schema", schemars(with = "kinds::Text"))]
    pub field: String,
    /// How field and value are compared.
    /// 比较方式。
    pub logic: Logic,
    /// The value string, uncompiled; none where the logic needs none. It may refer to parameters and system
    /// values, not to the record.
    /// 比较值；可引用参数和系统变量，不可引用记录字段。
    #[cfg_attr(feature = "schema", schemars(with = "Option<kinds::Scalar>"))]
    pub value: Option<String>,
    /// `strictMode`, on a list path: one row that does not meet the condition takes the whole record with it.
    /// Absent is false, as the incumbent documents it: only that row is dropped. A record of which no row is
    /// left does not meet the condition.
    /// 用于列表路径：true 表示一行不满足则整条记录不要；false（缺省）只去掉该行。
    #[cfg_attr(feature = "schema", schemars(rename = "strictMode", with = "Option<kinds::Flag>"))]
    pub strict: bool,
}

/// How a field is compared with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logic {
    /// `eq`, and `eqv2`, which is seen in the wild without an explanation: the same text, or the same number
    /// where both are plainly written (`10` and `10.00`; but `007` is a code, not 7). `true` equals `true` and
    /// `1`. Nothing equals only the empty text.
    Eq,
    /// `neq`: not `eq`; so it holds for nothing.
    Neq,
    /// `gt`: greater. Never holds for nothing.
    Gt,
    /// `egt`: equal or greater. Never holds for nothing.
    Egt,
    /// `lt`: less. Never holds for nothing.
    Lt,
    /// `elt`: equal or less. Never holds for nothing.
    Elt,
    /// `like`: the field's text contains the value; no wildcards. Never holds for nothing.
    Like,
    /// `notlike`: not `like`; so it holds for nothing.
    Notlike,
    /// `between`: `"a,b"`, both included. Never holds for nothing.
    Between,
    /// `notnull`: something is there.
    Notnull,
    /// `isnull`: nothing is there.
    Isnull,
}

pub(super) const LOGICS: [(&str, Logic); 12] = [
    ("eq", Logic::Eq),
    ("eqv2", Logic::Eq),
    ("neq", Logic::Neq),
    ("gt", Logic::Gt),
    ("egt", Logic::Egt),
    ("lt", Logic::Lt),
    ("elt", Logic::Elt),
    ("like", Logic::Like),
    ("notlike", Logic::Notlike),
    ("between", Logic::Between),
    ("notnull", Logic::Notnull),
    ("isnull", Logic::Isnull),
];

impl Logic {
    /// The name as flow files write it.
    pub fn name(self) -> &'static str {
        LOGICS.iter().find(|(_, logic)| *logic == self).map_or("", |(name, _)| name)
    }

    fn needs_value(self) -> bool {
        !matches!(self, Logic::Notnull | Logic::Isnull)
    }
}

/// A rule that a record must meet, or it becomes a dead letter (design.md 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QualityRule {
    /// The rule. On a list path every row must meet it.
    pub condition: Condition,
    /// What to tell people when it is not met; the rule itself is told in any case.
    pub message: Option<Title>,
}

/// Outer list: one of them; inner list: all of them.
pub(super) fn any_of(node: &Node<'_>, problems: &mut Problems) -> Vec<Vec<Condition>> {
    let groups = node.list(problems);
    let alone = groups.len() == 1;
    let mut any = Vec::with_capacity(groups.len());
    for group in groups {
        let before = problems.len();
        let all: Vec<Condition> =
            group.list(problems).iter().filter_map(|node| strict_or_not(node, problems)).collect();
        // A form saved without an entry: no condition at all.
        if all.is_empty() && !alone && problems.len() == before {
            problems.add(
                "empty_group",
                &group.path,
                "this group has no conditions, so it would let every record through; remove it",
                "此组没有任何条件，会让所有记录通过；请删除",
            );
        }
        if !all.is_empty() {
            any.push(all);
        }
    }
    any
}

pub(super) fn quality(node: &Node<'_>, problems: &mut Problems) -> Vec<QualityRule> {
    let rule = |node: &Node<'_>, problems: &mut Problems| {
        let mut keys = node.object(problems)?;
        let condition = condition(&mut keys, problems);
        let message = keys.take("message").map(|node| read::title(&node, problems));
        keys.finish(problems);
        Some(QualityRule { condition: condition?, message })
    };
    node.list(problems).iter().filter_map(|node| rule(node, problems)).collect()
}

fn strict_or_not(node: &Node<'_>, problems: &mut Problems) -> Option<Condition> {
    let mut keys = node.object(problems)?;
    let condition = condition(&mut keys, problems);
    let strict = keys.take("strictMode").and_then(|node| node.flag(problems)).unwrap_or_default();
    keys.finish(problems);
    Some(Condition { strict, ..condition? })
}

fn condition(keys: &mut Keys<'_>, problems: &mut Problems) -> Option<Condition> {
    let field = keys.need_text("field", problems);
    let name = keys.need_text("logic", problems);
    let value = keys.take("value").and_then(|node| node.scalar(problems));
    if name.is_empty() {
        return None;
    }
    let Some((_, logic)) = LOGICS.iter().find(|(known, _)| *known == name) else {
        let (en, zh) = suggestion(&name, LOGICS.map(|(name, _)| name));
        let (name, known) = (shorten(&name), LOGICS.map(|(name, _)| name).join(", "));
        problems.add(
            "unknown_logic",
            &format!("{}.logic", keys.path),
            format!("there is no logic `{name}`{en}; it is one of {known}"),
            format!("没有名为“{name}”的 logic{zh}；可用的有：{known}"),
        );
        return None;
    };
    if value.is_none() && logic.needs_value() {
        keys.need("value", problems);
        return None;
    }
    let value = value.filter(|_| logic.needs_value());
    let path = keys.path.clone();
    (!field.is_empty()).then_some(Condition { path, field, logic: *logic, value, strict: false })
}
