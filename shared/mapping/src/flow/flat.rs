//! `beatFlat`: one record per row of a list (qeasy-metadata 3.9).

use super::keys::{Keys, Node};
use crate::Value;
use crate::problem::{Problems, shorten};

/// Which list becomes records, one per row.
///
/// A row's field `goods` becomes `details_list_goods` of the record, beside the fields of the head; a row that is
/// no object becomes `details_list` itself. The record's id gets the number of the row at the source: `OUT1-1`,
/// `OUT1-2`; where a list inside the rows is flattened too, `OUT1-1-1`.
///
/// A list that is missing or has no rows makes no record, and no record may vanish: the record stays one, as it
/// is, for the condition to leave out, and becomes a dead letter (`empty_list`) where the condition does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BeatFlat {
    /// The list, then a list inside its rows by the name it has once the first is flat, and so on:
    /// `["details", "details_batches"]`. At least one.
    pub lists: Vec<String>,
    /// `beatFlatStart`: the number of the first row in the id's suffix. 1, as most of the incumbent's
    /// documents have it; 0 is the other reading, for targets that were filled by it.
    pub start: u32,
}

pub(super) fn beat_flat(keys: &mut Keys<'_>, problems: &mut Problems) -> Option<BeatFlat> {
    let start = keys.take("beatFlatStart").and_then(|node| start(&node, problems)).unwrap_or(1);
    let node = keys.take("beatFlat")?;
    let mut lists: Vec<String> = Vec::new();
    for node in node.list(problems) {
        let Some(name) = node.text(problems) else { continue };
        if name.is_empty() {
            problems.add("empty_text", &node.path, "must not be empty", "不能为空");
            continue;
        }
        if let Some(outer) = lists.last()
            && name.strip_prefix(outer.as_str()).is_none_or(|rest| rest.len() < 2 || !rest.starts_with('_'))
        {
            beside(&node.path, outer, &name, problems);
            continue;
        }
        lists.push(name);
    }
    (!lists.is_empty()).then_some(BeatFlat { lists, start })
}

/// The incumbent allows two lists side by side and does not say what comes of it: every pair of rows, most
/// likely, so that quantities are delivered several times.
fn beside(path: &str, outer: &str, name: &str, problems: &mut Problems) {
    let (outer, name) = (shorten(outer), shorten(name));
    problems.add(
        "lists_side_by_side",
        path,
        format!(
            "`{name}` is no list inside the rows of `{outer}`: flattened as well, each of its rows would be \
             delivered once for every row of `{outer}`. Keep one list; a list inside the rows is named \
             `{outer}_…`"
        ),
        format!(
            "“{name}”不是“{outer}”行内的列表：若同时拍扁，它的每一行都会随“{outer}”的每一行重复投递。\
             请只保留一个列表；行内的列表应写成“{outer}_…”"
        ),
    );
}

fn start(node: &Node<'_>, problems: &mut Problems) -> Option<u32> {
    let text = match node.value {
        Value::Number(number) => number.as_str(),
        Value::String(text) => text,
        _ => "",
    };
    let start = text.parse().ok().filter(|start| *start <= 1);
    if start.is_none() {
        problems.add("bad_number", &node.path, "must be 0 or 1", "只能是 0 或 1");
    }
    start
}
