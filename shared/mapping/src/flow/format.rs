//! `formatResponse`: new fields made from those of the answer (qeasy-metadata 3.9).

use super::keys::Node;
#[cfg(feature = "schema")]
use super::schema::kinds;
use crate::problem::{Problems, shorten, suggestion};
#[cfg(feature = "schema")]
use schemars::JsonSchema;

/// `{"old", "new", "format"}`: a new field, made of another. Rules apply one after another.
/// 由一个字段格式化得到新字段；各规则依次执行。
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct FormatRule {
    /// JSON path of this rule in the flow file.
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub path: String,
    /// Path of the field to format: `created`, `receiver.born`, `details_list.created` (in every row).
    /// 要格式化的字段路径；列表路径作用于每一行。
    #[cfg_attr(feature = "schema", schemars(with = "kinds::Text"))]
    pub old: String,
    /// Name of the new field. For a path into a list it stands in each row, beside the old one.
    /// 新字段名。
    #[cfg_attr(feature = "schema", schemars(with = "kinds::Text"))]
    pub new: String,
    /// What it looks like.
    /// 格式。
    pub format: Format,
}

/// The formats. Moments are read as the pipes read them and written as Asia/Shanghai wall-clock time. Nothing (null,
/// missing, a blank where a time or a number is meant, an empty date) makes null. `intval` and `round` make numbers
/// with exactly their digits, all others texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// `date`: `2024-03-15`.
    Date,
    /// `time`: `14:30:25`.
    Time,
    /// `dateTime`: `2024-03-15 14:30:25`. One of the incumbent's pages leaves the seconds out, another does not.
    DateTime,
    /// `shortDate`: `03-15`.
    ShortDate,
    /// `shortTime`: `14:30`.
    ShortTime,
    /// `shortDateTime`: `03-15 14:30`.
    ShortDateTime,
    /// `dateDescription`: `刚刚`, `一天前`, `3小时前`, `2周后`: the distance from now in the largest whole unit.
    DateDescription,
    /// `longText(n)`: the first n characters (15), then `...` where there are more.
    LongText(usize),
    /// `intval`: the whole part.
    Intval,
    /// `round(n)`: n places (2), halves away from zero.
    Round(u32),
    /// `amount`: `￥1,000,000.00`.
    Amount,
    /// `implode('|')`: a list as text, joined with the separator (`,`).
    Implode(String),
}

pub(super) const NAMES: [&str; 12] = [
    "date",
    "time",
    "dateTime",
    "shortDate",
    "shortTime",
    "shortDateTime",
    "dateDescription",
    "longText",
    "intval",
    "round",
    "amount",
    "implode",
];

/// More places than any amount has, and far from what a hostile file could make of it.
const MOST_PLACES: u32 = 30;

pub(super) fn list(node: &Node<'_>, problems: &mut Problems) -> Vec<FormatRule> {
    node.list(problems).iter().filter_map(|node| one(node, problems)).collect()
}

fn one(node: &Node<'_>, problems: &mut Problems) -> Option<FormatRule> {
    let mut keys = node.object(problems)?;
    let (old, new) = (keys.need_text("old", problems), keys.need_text("new", problems));
    let text = keys.need_text("format", problems);
    let path = keys.path.clone();
    keys.finish(problems);
    let format = if text.is_empty() { None } else { format(&text, &format!("{path}.format"), problems) };
    (!old.is_empty() && !new.is_empty()).then_some(FormatRule { path, old, new, format: format? })
}

/// `date`, `round(2)`, `implode('|')`.
fn format(text: &str, path: &str, problems: &mut Problems) -> Option<Format> {
    let (name, argument) = match text.split_once('(') {
        Some((name, rest)) => (name.trim(), rest.trim_end().strip_suffix(')')),
        None => (text.trim(), Some("")),
    };
    let Some(argument) = argument else {
        let text = shorten(text);
        problems.add(
            "bad_format",
            path,
            format!("`{text}`: the bracket is not closed"),
            format!("“{text}”：括号没有闭合"),
        );
        return None;
    };
    let number = |default: u32, most: u32| match argument.trim() {
        "" => Some(default),
        digits => digits.parse().ok().filter(|number| *number <= most),
    };
    let plain = |format: Format| argument.trim().is_empty().then_some(format);
    let format = match name {
        "date" => plain(Format::Date),
        "time" => plain(Format::Time),
        "dateTime" => plain(Format::DateTime),
        "shortDate" => plain(Format::ShortDate),
        "shortTime" => plain(Format::ShortTime),
        "shortDateTime" => plain(Format::ShortDateTime),
        "dateDescription" => plain(Format::DateDescription),
        "intval" => plain(Format::Intval),
        "amount" => plain(Format::Amount),
        "longText" => {
            number(15, u32::MAX).filter(|most| *most > 0).map(|most| Format::LongText(most as usize))
        }
        "round" => number(2, MOST_PLACES).map(Format::Round),
        "implode" if argument.trim().is_empty() => Some(Format::Implode(",".to_owned())),
        "implode" => Some(Format::Implode(unquoted(argument).to_owned())),
        unknown => {
            let (en, zh) = suggestion(unknown, NAMES);
            let (name, known) = (shorten(unknown), NAMES.join(", "));
            problems.add(
                "unknown_format",
                path,
                format!("there is no format `{name}`{en}; the formats are {known}"),
                format!("没有名为“{name}”的格式{zh}；可用的格式：{known}"),
            );
            return None;
        }
    };
    if format.is_none() {
        let text = shorten(text);
        let (en, zh) = match name {
            "round" => ("round takes the number of places, from 0 to 30", "round 的参数是小数位数，0 到 30"),
            "longText" => ("longText takes a number of characters", "longText 的参数是字符数"),
            _ => ("this format takes nothing in brackets", "此格式不带参数"),
        };
        problems.add("bad_format", path, format!("`{text}`: {en}"), format!("“{text}”：{zh}"));
    }
    format
}

/// What stands between single or double quotes, or the text itself.
fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let between = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    between('\'').or_else(|| between('"')).unwrap_or(text)
}
