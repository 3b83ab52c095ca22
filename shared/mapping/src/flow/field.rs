//! A field object (qeasy-metadata 3.2).

use super::keys::{Keys, Node};
use super::refused;
#[cfg(feature = "schema")]
use super::schema::{extras, kinds};
use crate::Value;
use crate::problem::{Problems, shorten, suggestion};
#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};
use std::collections::BTreeMap;

/// A parameter of a request, or a field of the target document.
/// 请求参数，或目标单据的字段。
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields, transform = extras::field))]
pub struct Field {
    /// Name in the request or document.
    /// 在请求或单据中的名称。
    #[cfg_attr(feature = "schema", schemars(with = "kinds::Text"))]
    pub field: String,
    /// Name for people.
    /// 供人阅读的名称。
    pub label: Option<String>,
    /// `type`: what the value becomes. Absent: constants are texts, a single reference keeps its type.
    /// 值的类型。缺省时常量为文本，单个引用保持原类型。
    #[cfg_attr(feature = "schema", schemars(rename = "type"))]
    pub kind: Option<Kind>,
    /// Remarks.
    /// 备注。
    #[cfg_attr(feature = "schema", schemars(with = "Option<kinds::Scalar>"))]
    pub describe: Option<String>,
    /// The value string, uncompiled. For arrays: the name of the source list, or `1`.
    /// Absent: the field is not delivered.
    /// 取值：常量、`{{字段}}`、`_function …`。数组写源列表名，或写 1。缺省则不投递该字段。
    #[cfg_attr(feature = "schema", schemars(with = "Option<kinds::Scalar>"))]
    pub value: Option<String>,
    /// Fields of an object, or of the rows of an array.
    /// 对象的字段，或数组各行的字段。
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<Field>>"))]
    pub children: Vec<Field>,
    /// Whether null, an empty text or an empty list is an error of the row.
    /// 空值、空文本或空列表是否算作该行出错。
    #[cfg_attr(feature = "schema", schemars(with = "Option<kinds::Flag>"))]
    pub is_required: bool,
    /// What the finished value is wrapped in or turned into.
    /// 解析器：把值包装或转换成什么。
    pub parser: Option<Parser>,
    /// Value table, applied before `type`.
    /// 值对照表，先于 type 应用。
    pub mapping: Option<ValueTable>,
}

/// The types of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `string`.
    String,
    /// `int`: a whole number of any length.
    Int,
    /// `float`: a decimal, digit by digit.
    Float,
    /// `bool` (or `boolean`).
    Bool,
    /// `object`.
    Object,
    /// `array`.
    Array,
    /// `datetime`: text `2024-01-01 10:11:12`, Asia/Shanghai.
    Datetime,
}

pub(super) const KINDS: [(&str, Kind); 8] = [
    ("string", Kind::String),
    ("int", Kind::Int),
    ("float", Kind::Float),
    ("bool", Kind::Bool),
    ("boolean", Kind::Bool),
    ("object", Kind::Object),
    ("array", Kind::Array),
    ("datetime", Kind::Datetime),
];

/// What is done with a finished value (qeasy-metadata 3.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parser {
    /// `ConvertObjectParser`, `params: "FNumber"`: `v` → `{"FNumber": v}`; null stays null.
    Object(String),
    /// `ConvertTwoStageObjectParser`, `params1`, `params2`: `v` → `{params1: {params2: v}}`; null stays.
    TwoStageObject(String, String),
    /// `StringToArray`, `params: ","` (the default): a text is split at the separator and its parts are
    /// trimmed; "" → `[]`; a list stays. A scalar `type` is that of the elements.
    StringToArray(String),
    /// `ArrayToString`, `params: ","` (the default): a list of scalars is joined; a scalar stays.
    ArrayToString(String),
    /// `ConvertJson`: a text is read as JSON; other values stay. `type` is not applied.
    Json,
}

/// A table of values: what the source calls `1` the target calls `A`.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueTable {
    /// From the text of the source value to the target value.
    pub table: BTreeMap<String, Value>,
    /// What becomes of a value that the table does not have. Null is looked up as the empty text, and
    /// stays null where the table has none.
    pub unmatched: Unmatched,
}

/// `unmatched` of a value table.
#[derive(Clone, Debug, PartialEq)]
pub enum Unmatched {
    /// The value passes as it is.
    Keep,
    /// This value takes its place.
    Default(Value),
    /// The row is an error (also where the file does not say).
    Error,
}

pub(super) const PARSERS: [&str; 5] =
    ["ConvertObjectParser", "ConvertTwoStageObjectParser", "StringToArray", "ArrayToString", "ConvertJson"];

pub(super) fn list(node: Option<Node<'_>>, problems: &mut Problems) -> Vec<Field> {
    let Some(node) = node else { return Vec::new() };
    node.list(problems).iter().filter_map(|node| one(node, None, problems)).collect()
}

/// Reads a field; `None` (and a problem) when it is no object or has no name.
fn one(node: &Node<'_>, parent: Option<(&str, &str)>, problems: &mut Problems) -> Option<Field> {
    let mut keys = node.object(problems)?;
    let name = keys.need_text("field", problems);
    let id = keys.text("id", problems).unwrap_or_default();
    let field = Field {
        label: keys.text("label", problems),
        describe: keys.take("describe").and_then(|node| node.scalar(problems)),
        kind: keys.take("type").and_then(|node| kind(&node, problems)),
        value: keys.take("value").and_then(|node| node.scalar(problems)),
        is_required: keys.take("is_required").and_then(|node| node.flag(problems)).unwrap_or_default(),
        parser: keys.take("parser").and_then(|node| parser(&node, problems)),
        mapping: keys.take("mapping").and_then(|node| value_table(&node, problems)),
        children: keys.take("children").map_or_else(Vec::new, |node| {
            let children = node.list(problems);
            children.iter().filter_map(|child| one(child, Some((&name, &id)), problems)).collect()
        }),
        field: name,
    };
    keys.refuse(
        "format",
        "write `formatResponse` in the source, or a `_function` (ROUND, DATE_FORMAT) as the value",
        "请在源端写 formatResponse，或在 value 中用 _function（ROUND、DATE_FORMAT）",
        problems,
    );
    for key in ["parent", "parent_id"] {
        let Some(said) = keys.text(key, problems).filter(|said| !said.is_empty()) else { continue };
        let fits = parent.is_some_and(|(name, id)| said == name || (!id.is_empty() && said == id));
        if !fits {
            problems.add(
                "flat_children",
                &format!("{}.{key}", keys.path),
                "fields are nested by position here: move this one into the `children` of its parent",
                "字段按位置嵌套：请把它移到父字段的 children 中",
            );
        }
    }
    keys.finish(problems);
    (!field.field.is_empty()).then_some(field)
}

fn kind(node: &Node<'_>, problems: &mut Problems) -> Option<Kind> {
    let text = node.text(problems)?;
    let found = KINDS.iter().find(|(name, _)| *name == text).map(|(_, kind)| *kind);
    if found.is_none() {
        let (en, zh) = suggestion(&text, KINDS.map(|(name, _)| name));
        let text = shorten(&text);
        problems.add(
            "unknown_type",
            &node.path,
            format!(
                "there is no type `{text}`{en}; the types are string, int, float, bool, object, array, \
                 datetime"
            ),
            format!(
                "没有名为“{text}”的类型{zh}；可用的类型：string、int、float、bool、object、array、datetime"
            ),
        );
    }
    found
}

fn parser(node: &Node<'_>, problems: &mut Problems) -> Option<Parser> {
    let chained = match node.value {
        Value::Array(_) => true,
        Value::String(text) => text.contains(',') || !refused::parser(text, &node.path, problems),
        _ => false,
    };
    if chained {
        refused::chain(&node.path, problems);
    }
    if matches!(node.value, Value::Array(_) | Value::String(_)) {
        return None;
    }
    let mut keys = node.object(problems)?;
    // The newer documents' spelling: `{"type": "regex", "pattern": …}`.
    if let Some(name) = node.value.get("type").and_then(Value::as_str)
        && refused::parser(name, &node.path, problems)
    {
        return None;
    }
    let name = keys.need_text("name", problems);
    let parser = match name.as_str() {
        "ConvertObjectParser" => Some(Parser::Object(keys.need_text("params", problems))),
        "ConvertTwoStageObjectParser" => Some(Parser::TwoStageObject(
            keys.need_text("params1", problems),
            keys.need_text("params2", problems),
        )),
        "StringToArray" => Some(Parser::StringToArray(separator(&mut keys, problems))),
        "ArrayToString" => Some(Parser::ArrayToString(separator(&mut keys, problems))),
        "ConvertJson" => {
            keys.take("params");
            Some(Parser::Json)
        }
        "" => return None,
        unknown => {
            if refused::parser(unknown, &node.path, problems) {
                return None;
            }
            let (en, zh) = suggestion(unknown, PARSERS);
            let (name, known) = (shorten(unknown), PARSERS.join(", "));
            problems.add(
                "unknown_parser",
                &format!("{}.name", node.path),
                format!("there is no parser `{name}`{en}; the parsers are {known}"),
                format!("没有名为“{name}”的解析器{zh}；可用的解析器：{known}"),
            );
            return None;
        }
    };
    keys.finish(problems);
    parser
}

fn separator(keys: &mut Keys<'_>, problems: &mut Problems) -> String {
    let given = keys.text("params", problems).filter(|separator| !separator.is_empty());
    given.unwrap_or_else(|| ",".to_owned())
}

/// `{"table": {"1": "A"}, "unmatched": "keep|default|error", "default": "X"}`. The table may also be the
/// rows of an exported one: `[{"a_value": "1", "b_value": "A", "a_label": …, "b_label": …}]`.
fn value_table(node: &Node<'_>, problems: &mut Problems) -> Option<ValueTable> {
    let mut keys = node.object(problems)?;
    let table = keys.need("table", problems).map(|node| match node.value {
        Value::Array(_) => rows(&node, problems),
        _ => match node.object(problems) {
            Some(own) => own
                .entries()
                .filter_map(|(key, node)| scalar(&node, problems).map(|it| (key.clone(), it)))
                .collect(),
            None => BTreeMap::new(),
        },
    });
    let default = keys.take("default");
    let unmatched = keys.take("unmatched");
    keys.finish(problems);
    let said = unmatched.as_ref().and_then(|node| node.text(problems));
    let unmatched = match (said.as_deref(), default) {
        (Some("keep"), None) => Unmatched::Keep,
        (Some("error") | None, None) => Unmatched::Error,
        (Some("default"), Some(default)) => Unmatched::Default(scalar(&default, problems)?),
        _ => {
            problems.add(
                "bad_value_table",
                &node.path,
                "`unmatched` is keep, error, or default together with a `default`",
                "unmatched 只能是 keep、error，或与 default 值一起使用的 default",
            );
            return None;
        }
    };
    Some(ValueTable { table: table?, unmatched })
}

fn rows(node: &Node<'_>, problems: &mut Problems) -> BTreeMap<String, Value> {
    let mut table = BTreeMap::new();
    for row in node.list(problems) {
        let Some(mut keys) = row.object(problems) else { continue };
        let from = keys.need("a_value", problems).and_then(|node| node.scalar(problems));
        let to = keys.need("b_value", problems).and_then(|node| scalar(&node, problems));
        keys.take("a_label");
        keys.take("b_label");
        keys.finish(problems);
        if let (Some(from), Some(to)) = (from, to)
            && table.insert(from.clone(), to).is_some()
        {
            problems.add(
                "bad_value_table",
                &row.path,
                format!("`{}` stands twice in the table", shorten(&from)),
                format!("表中“{}”出现了两次", shorten(&from)),
            );
        }
    }
    table
}

fn scalar(node: &Node<'_>, problems: &mut Problems) -> Option<Value> {
    node.scalar(problems)?;
    Some(node.value.clone())
}

/// Reads a field as a flow file would have it; all its problems are in the message.
impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let mut problems = Problems::default();
        let field = one(&Node { value: &value, path: "field".to_owned() }, None, &mut problems);
        match field {
            Some(field) if problems.is_empty() => Ok(field),
            _ => {
                let all: Vec<String> = problems.into_vec().iter().map(ToString::to_string).collect();
                Err(de::Error::custom(all.join("; ")))
            }
        }
    }
}
