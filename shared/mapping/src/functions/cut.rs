//! Functions that cut pieces out of texts. They count characters, not bytes.

use super::{Arguments, Call, Evaluated, Function, Group};
use crate::Value;
use crate::language::expression::Item;
use std::borrow::Cow;

pub(super) const LEFT: Function = Function {
    name: "LEFT",
    aliases: &[],
    group: Group::Text,
    usage: "LEFT(text, count)",
    en: "So many characters from the beginning.",
    zh: "从开头取若干字符。",
    source: "https://mariadb.com/kb/en/left/",
    examples: &[
        ("LEFT('{{no}}', 2)", "\"SO\""),
        ("LEFT('单据编号', 2)", "\"单据\""),
        ("LEFT('a', 0)", "\"\""),
    ],
    arity: 2..=2,
    call: Call::Values(|arguments| piece(arguments, |_, characters, _| (0, characters))),
};

pub(super) const RIGHT: Function = Function {
    name: "RIGHT",
    aliases: &[],
    group: Group::Text,
    usage: "RIGHT(text, count)",
    en: "So many characters from the end.",
    zh: "从结尾取若干字符。",
    source: "https://mariadb.com/kb/en/right/",
    examples: &[("RIGHT('{{no}}', 3)", "\"001\""), ("RIGHT('abc', 99)", "\"abc\"")],
    arity: 2..=2,
    call: Call::Values(|arguments| {
        piece(arguments, |have, characters, _| (have.saturating_sub(characters.max(0)).max(0), characters))
    }),
};

pub(super) const SUBSTRING: Function = Function {
    name: "SUBSTRING",
    aliases: &["SUBSTR", "MID"],
    group: Group::Text,
    usage: "SUBSTRING(text, position[, count])",
    en: "So many characters (all that follow) from a position, counted from 1; below zero, counted from the \
         end. Position 0 gives the empty text.",
    zh: "从某位置（从 1 起；为负时从末尾数）取若干字符（默认取到末尾）。位置为 0 时得空文本。",
    source: "https://mariadb.com/kb/en/substring/",
    examples: &[
        ("SUBSTRING('{{no}}', 4)", "\"001\""),
        ("SUBSTRING('abcdef', -3, 2)", "\"de\""),
        ("SUBSTRING('abc', 0)", "\"\""),
    ],
    arity: 2..=3,
    call: Call::Values(|arguments| {
        piece(arguments, |have, position, count| {
            let start = match position {
                0 => have,
                1.. => position - 1,
                // Before the beginning there is nothing.
                _ if -position > have => have,
                _ => have + position,
            };
            (start, count)
        })
    }),
};

pub(super) const TRIM: Function = Function {
    name: "TRIM",
    aliases: &[],
    group: Group::Text,
    usage: "TRIM(text)",
    en: "The text without the spaces at both ends. Only spaces: tabs, line breaks and full-width blanks \
         stay, as in MySQL. NULL gives NULL; a number gives its text.",
    zh: "去掉文本两端的空格。与 MySQL 一致，只去空格：制表符、换行和全角空格保留。NULL 得 NULL；数字得其文本。",
    source: "https://mariadb.com/kb/en/trim/",
    examples: &[
        ("TRIM('  M8 x 20  ')", "\"M8 x 20\""),
        ("TRIM('\t规格　')", "\"\\t规格　\""),
        ("TRIM('   ')", "\"\""),
        ("TRIM(1.50)", "\"1.50\""),
        ("TRIM(NULL)", "null"),
        ("TRIM(TRIM(' It''s '))", "\"It's\""),
    ],
    arity: 1..=1,
    call: Call::Values(|arguments| trimmed(arguments, true, true)),
};

pub(super) const LTRIM: Function = Function {
    name: "LTRIM",
    aliases: &[],
    group: Group::Text,
    usage: "LTRIM(text)",
    en: "The text without the spaces at its beginning.",
    zh: "去掉文本开头的空格。",
    source: "https://mariadb.com/kb/en/ltrim/",
    examples: &[("LTRIM(' a ')", "\"a \"")],
    arity: 1..=1,
    call: Call::Values(|arguments| trimmed(arguments, true, false)),
};

pub(super) const RTRIM: Function = Function {
    name: "RTRIM",
    aliases: &[],
    group: Group::Text,
    usage: "RTRIM(text)",
    en: "The text without the spaces at its end.",
    zh: "去掉文本结尾的空格。",
    source: "https://mariadb.com/kb/en/rtrim/",
    examples: &[("RTRIM(' a ')", "\" a\"")],
    arity: 1..=1,
    call: Call::Values(|arguments| trimmed(arguments, false, true)),
};

/// The piece that `range` names: from its length, the second argument and the third (or all) to where it
/// starts and how many characters it has.
fn piece<'r>(arguments: &Arguments<'_, 'r>, range: fn(i64, i64, i64) -> (i64, i64)) -> Evaluated<'r> {
    let Some(text) = arguments.item(0)?.into_text()? else { return Ok(Item::Null) };
    let Some(second) = arguments.whole(1)? else { return Ok(Item::Null) };
    let third = if arguments.len() > 2 { arguments.whole(2)? } else { Some(i64::MAX) };
    let Some(third) = third else { return Ok(Item::Null) };
    // Counted only where the position depends on it.
    let have = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    let (start, count) = range(have, second, third);
    let byte = |characters: i64| {
        let characters = usize::try_from(characters.max(0)).unwrap_or(usize::MAX);
        text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at)
    };
    let from = byte(start);
    let to = byte(start.saturating_add(count.max(0)));
    Ok(Item::Text(part(text, from, to)))
}

fn trimmed<'r>(arguments: &Arguments<'_, 'r>, left: bool, right: bool) -> Evaluated<'r> {
    let item = arguments.item(0)?;
    if let Item::Value(Value::String(text)) = &item
        && !(left && text.starts_with(' ') || right && text.ends_with(' '))
    {
        return Ok(item);
    }
    let Some(text) = item.into_text()? else { return Ok(Item::Null) };
    let mut kept: &str = &text;
    if left {
        kept = kept.trim_start_matches(' ');
    }
    let from = text.len() - kept.len();
    if right {
        kept = kept.trim_end_matches(' ');
    }
    let to = from + kept.len();
    Ok(Item::Text(part(text, from, to)))
}

/// A part of a text, borrowed where the text is.
fn part(text: Cow<'_, str>, from: usize, to: usize) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[from..to]),
        Cow::Owned(mut text) => {
            text.truncate(to);
            text.drain(..from);
            Cow::Owned(text)
        }
    }
}
