//! Functions that make texts, and measure them.

use super::number::of;
use super::{Arguments, Call, Evaluated, Function, Group};
use crate::language::Fault;
use crate::language::expression::{Item, LONGEST_TEXT, TOO_LONG, bounded};
use std::borrow::Cow;

pub(super) const CHAR_LENGTH: Function = Function {
    name: "CHAR_LENGTH",
    aliases: &["CHARACTER_LENGTH"],
    group: Group::Text,
    usage: "CHAR_LENGTH(text)",
    en: "How many characters the text has.",
    zh: "文本的字符数。",
    source: "https://mariadb.com/kb/en/char_length/",
    examples: &[("CHAR_LENGTH('中😀a')", "3"), ("CHAR_LENGTH({{shop}})", "3")],
    arity: 1..=1,
    call: Call::Values(|arguments| {
        Ok(arguments.item(0)?.text()?.map_or(Item::Null, |text| of(text.chars().count())))
    }),
};

pub(super) const CONCAT: Function = Function {
    name: "CONCAT",
    aliases: &[],
    group: Group::Text,
    usage: "CONCAT(value, …)",
    en: "The texts of all values, one after the other; NULL if one of them is NULL. A quoted reference is \
         never NULL.",
    zh: "依次连接各值的文本；有一个为 NULL 则得 NULL。带引号的引用不会为 NULL。",
    source: "https://mariadb.com/kb/en/concat/",
    examples: &[
        ("CONCAT({{no}}, '-', {{count}})", "\"SO-001-3\""),
        ("CONCAT('a', {{none}})", "null"),
        ("CONCAT('a', '{{none}}')", "\"a\""),
    ],
    arity: 1..=usize::MAX,
    call: Call::Values(|arguments| {
        let mut out = String::new();
        for item in arguments.items() {
            match item?.text()? {
                Some(text) => out.push_str(&text),
                None => return Ok(Item::Null),
            }
            // Not at the end only: there may be hundreds of them.
            if out.len() > LONGEST_TEXT {
                return Err(Fault::new(&TOO_LONG));
            }
        }
        bounded(out)
    }),
};

pub(super) const CONCAT_WS: Function = Function {
    name: "CONCAT_WS",
    aliases: &[],
    group: Group::Text,
    usage: "CONCAT_WS(separator, value, …)",
    en: "The texts of the values that are not NULL, with the separator between them; NULL where the \
         separator is.",
    zh: "用分隔符连接不为 NULL 的各值；分隔符为 NULL 时得 NULL。",
    source: "https://mariadb.com/kb/en/concat_ws/",
    examples: &[("CONCAT_WS('/', {{no}}, {{none}}, 'x')", "\"SO-001/x\"")],
    arity: 2..=usize::MAX,
    call: Call::Values(|arguments| {
        let separator = arguments.item(0)?;
        let Some(separator) = separator.text()? else { return Ok(Item::Null) };
        let mut out: Option<String> = None;
        for item in arguments.items().skip(1) {
            let item = item?;
            let Some(text) = item.text()? else { continue };
            match &mut out {
                None => out = Some(text.into_owned()),
                Some(out) => out.extend([&*separator, &*text]),
            }
            if out.as_ref().is_some_and(|out| out.len() > LONGEST_TEXT) {
                return Err(Fault::new(&TOO_LONG));
            }
        }
        bounded(out.unwrap_or_default())
    }),
};

pub(super) const LENGTH: Function = Function {
    name: "LENGTH",
    aliases: &["OCTET_LENGTH"],
    group: Group::Text,
    usage: "LENGTH(text)",
    en: "How many bytes the text has in UTF-8: three for most Chinese characters. CHAR_LENGTH counts \
         characters.",
    zh: "文本的 UTF-8 字节数：多数汉字为 3。按字符计数请用 CHAR_LENGTH。",
    source: "https://mariadb.com/kb/en/length/",
    examples: &[("LENGTH('中😀a')", "8"), ("LENGTH(12.50)", "5")],
    arity: 1..=1,
    call: Call::Values(|arguments| Ok(arguments.item(0)?.text()?.map_or(Item::Null, |text| of(text.len())))),
};

pub(super) const LOWER: Function = Function {
    name: "LOWER",
    aliases: &["LCASE"],
    group: Group::Text,
    usage: "LOWER(text)",
    en: "The text in lower case, character by character.",
    zh: "逐字符转为小写。",
    source: "https://mariadb.com/kb/en/lower/",
    examples: &[("LOWER('SKU-Ä')", "\"sku-ä\"")],
    arity: 1..=1,
    call: Call::Values(|arguments| {
        cased(arguments, |c| if c == 'İ' { 'i' } else { only(c.to_lowercase()).unwrap_or(c) })
    }),
};

pub(super) const LPAD: Function = Function {
    name: "LPAD",
    aliases: &[],
    group: Group::Text,
    usage: "LPAD(text, length[, filling])",
    en: "The text filled up on the left (with blanks) to so many characters, or cut to them.",
    zh: "在左侧填充（默认空格）到指定字符数，超出则截断。",
    source: "https://mariadb.com/kb/en/lpad/",
    examples: &[("LPAD({{count}}, 4, '0')", "\"0003\""), ("LPAD('abc', 2, 'x')", "\"ab\"")],
    arity: 2..=3,
    call: Call::Values(|arguments| padded(arguments, true)),
};

pub(super) const RPAD: Function = Function {
    name: "RPAD",
    aliases: &[],
    group: Group::Text,
    usage: "RPAD(text, length[, filling])",
    en: "The text filled up on the right (with blanks) to so many characters, or cut to them.",
    zh: "在右侧填充（默认空格）到指定字符数，超出则截断。",
    source: "https://mariadb.com/kb/en/rpad/",
    examples: &[("RPAD('中', 4, 'ab')", "\"中aba\"")],
    arity: 2..=3,
    call: Call::Values(|arguments| padded(arguments, false)),
};

pub(super) const UPPER: Function = Function {
    name: "UPPER",
    aliases: &["UCASE"],
    group: Group::Text,
    usage: "UPPER(text)",
    en: "The text in upper case, character by character.",
    zh: "逐字符转为大写。",
    source: "https://mariadb.com/kb/en/upper/",
    examples: &[("UPPER('sku-ä')", "\"SKU-Ä\"")],
    arity: 1..=1,
    call: Call::Values(|arguments| cased(arguments, |c| only(c.to_uppercase()).unwrap_or(c))),
};

fn cased<'r>(arguments: &Arguments<'_, 'r>, each: fn(char) -> char) -> Evaluated<'r> {
    match arguments.item(0)?.text()? {
        None => Ok(Item::Null),
        Some(text) => bounded(text.chars().map(each).collect()),
    }
}

/// The character that another one becomes, unless it becomes several (ß).
fn only(mut characters: impl Iterator<Item = char>) -> Option<char> {
    let first = characters.next();
    if characters.next().is_none() { first } else { None }
}

fn padded<'r>(arguments: &Arguments<'_, 'r>, left: bool) -> Evaluated<'r> {
    let item = arguments.item(0)?;
    let Some(text) = item.text()? else { return Ok(Item::Null) };
    let Some(length) = arguments.whole(1)? else { return Ok(Item::Null) };
    let filling = if arguments.len() > 2 { arguments.item(2)? } else { Item::Text(Cow::Borrowed(" ")) };
    let Some(filling) = filling.text()? else { return Ok(Item::Null) };
    let Ok(length) = usize::try_from(length) else { return Ok(Item::Null) };
    let have = text.chars().count();
    if length <= have {
        return bounded(text.chars().take(length).collect());
    }
    if filling.is_empty() {
        return Ok(Item::Null);
    }
    if length > LONGEST_TEXT {
        return Err(Fault::new(&TOO_LONG));
    }
    let filling: String = filling.chars().cycle().take(length - have).collect();
    bounded(if left { format!("{filling}{text}") } else { format!("{text}{filling}") })
}
