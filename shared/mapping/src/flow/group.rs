//! `groupCalculate`: records gathered into documents (qeasy-metadata 3.9).

use super::keys::{Keys, Node};
#[cfg(feature = "schema")]
use super::schema::{extras, kinds};
use crate::problem::{Problems, shorten, suggestion};
#[cfg(feature = "schema")]
use schemars::JsonSchema;
#[cfg(feature = "schema")]
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// How records become documents.
///
/// Records with equal `headerGroup` fields make one document, those of them with equal `bodyGroup` fields one row of
/// it; documents and rows come in the order in which their first record came. A document has the `headerGroup` fields
/// and, under `bodyName`, its rows; a row has the `bodyGroup` fields and the calculated ones. **All other fields are
/// gone**, the record's id among them, as the incumbent documents it; `$first` or `$last` keeps a value. Without
/// `headerGroup` there is one document, without `bodyGroup` one row a document.
///
/// Fields are equal by value: 1 and 1.0 are, 1 and "1" are not, what is missing equals null.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename_all = "camelCase", deny_unknown_fields, transform = extras::group_calculate))]
pub struct GroupCalculate {
    /// Records with the same values here make one document, which keeps them.
    /// 这些字段相同的记录合并为一张单据。
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<kinds::Text>>"))]
    pub header_group: Vec<String>,
    /// Records of a document with the same values here make one row, which keeps them.
    /// 单据内这些字段相同的记录合并为一行。
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<kinds::Text>>"))]
    pub body_group: Vec<String>,
    /// The list of a document's rows.
    /// 单据明细列表的名称。
    #[cfg_attr(feature = "schema", schemars(with = "kinds::Text"))]
    pub body_name: String,
    /// The field of the target that holds the rows. Rows are divided before the mapping, so it decides
    /// nothing here; it is checked to be there.
    /// 目标单据中存放明细的字段。
    pub target_body_name: Option<String>,
    /// A document of more rows is divided into several with the same head.
    /// 单据最多行数，超出则拆成多张同表头的单据。
    #[cfg_attr(feature = "schema", schemars(with = "Option<kinds::Count>"))]
    pub body_max_line: Option<u32>,
    /// Fields of a row that are calculated from its records, in the order of the file.
    /// 由各记录计算得到的行字段。
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, Accumulator>"))]
    pub calculate: Vec<(String, Accumulator)>,
}

/// What is made of the values of a row's records: MongoDB's names. Nothing (null, missing, a blank text) is passed over
/// except where said; what is no number is an error where one is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accumulator {
    /// `$sum`: the exact sum; texts that hold a number count. Of none: 0.
    Sum,
    /// `$avg`: the sum by how many there are, four digits more behind the point, as SQL's AVG. Of none: null.
    Avg,
    /// `$min`: by number where all are numbers, else by text. Of none: null.
    Min,
    /// `$max`: by number where all are numbers, else by text. Of none: null.
    Max,
    /// `$push`: a list with one entry a record, null for what is missing.
    Push,
    /// `$addToSet`: a list of the different ones, in the order in which they came.
    AddToSet,
    /// `$first`: that of the first record, whatever it is.
    First,
    /// `$last`: that of the last record, whatever it is.
    Last,
}

pub(super) const ACCUMULATORS: [(&str, Accumulator); 8] = [
    ("$sum", Accumulator::Sum),
    ("$avg", Accumulator::Avg),
    ("$min", Accumulator::Min),
    ("$max", Accumulator::Max),
    ("$push", Accumulator::Push),
    ("$addToSet", Accumulator::AddToSet),
    ("$first", Accumulator::First),
    ("$last", Accumulator::Last),
];

pub(super) fn group(node: &Node<'_>, problems: &mut Problems) -> Option<GroupCalculate> {
    let before = problems.len();
    let mut keys = node.object(problems)?;
    let mut seen = BTreeSet::new();
    let header_group = names(&mut keys, "headerGroup", &mut seen, problems);
    let body_group = names(&mut keys, "bodyGroup", &mut seen, problems);
    let body_name = keys.need_text("bodyName", problems);
    let group = GroupCalculate {
        target_body_name: keys.text("targetBodyName", problems),
        body_max_line: keys.take("bodyMaxLine").and_then(|node| node.count(problems)),
        calculate: keys
            .need("calculate", problems)
            .map_or_else(Vec::new, |node| calculate(&node, &mut seen, problems)),
        header_group,
        body_group,
        body_name,
    };
    keys.finish(problems);
    if group.header_group.is_empty() && group.body_group.is_empty() {
        problems.add(
            "missing_key",
            &node.path,
            "say what to group by: `headerGroup`, `bodyGroup` or both",
            "请写明分组依据：headerGroup、bodyGroup 或两者",
        );
    }
    if group.header_group.contains(&group.body_name) {
        let name = shorten(&group.body_name);
        problems.add(
            "duplicate_field",
            &format!("{}.bodyName", node.path),
            format!("`{name}` is a field of the head already; give the list of rows another name"),
            format!("“{name}”已是表头字段；请给明细列表另起名称"),
        );
    }
    // Half of it would make every field of the mapping look lost.
    (problems.len() == before).then_some(group)
}

fn names(
    keys: &mut Keys<'_>,
    key: &'static str,
    seen: &mut BTreeSet<String>,
    problems: &mut Problems,
) -> Vec<String> {
    let Some(node) = keys.take(key) else { return Vec::new() };
    let mut names = Vec::new();
    for node in node.list(problems) {
        let Some(name) = node.text(problems) else { continue };
        if name.is_empty() {
            problems.add("empty_text", &node.path, "must not be empty", "不能为空");
        } else if !seen.insert(name.clone()) {
            twice(&node.path, &name, problems);
        } else {
            names.push(name);
        }
    }
    names
}

fn calculate(
    node: &Node<'_>,
    seen: &mut BTreeSet<String>,
    problems: &mut Problems,
) -> Vec<(String, Accumulator)> {
    let Some(keys) = node.object(problems) else { return Vec::new() };
    let mut all = Vec::new();
    for (name, node) in keys.entries() {
        let Some(text) = node.text(problems) else { continue };
        let Some((_, accumulator)) = ACCUMULATORS.iter().find(|(known, _)| *known == text) else {
            let (en, zh) = suggestion(&text, ACCUMULATORS.map(|(name, _)| name));
            let (text, known) = (shorten(&text), ACCUMULATORS.map(|(name, _)| name).join(", "));
            problems.add(
                "unknown_operator",
                &node.path,
                format!("there is no operator `{text}`{en}; the operators are {known}"),
                format!("没有名为“{text}”的聚合运算{zh}；可用的有：{known}"),
            );
            continue;
        };
        if seen.insert(name.clone()) {
            all.push((name.clone(), *accumulator));
        } else {
            twice(&node.path, name, problems);
        }
    }
    all
}

fn twice(path: &str, name: &str, problems: &mut Problems) {
    let name = shorten(name);
    problems.add(
        "duplicate_field",
        path,
        format!("`{name}` is grouped or calculated twice; keep one"),
        format!("“{name}”重复参与了分组或计算；请只保留一处"),
    );
}
