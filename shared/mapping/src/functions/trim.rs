use super::Function;
use crate::Value;
use crate::language::{Fault, text_of};
use std::borrow::Cow;

pub(super) const TRIM: Function = Function {
    name: "trim",
    usage: "TRIM(text)",
    en: "The text without the spaces at both ends. Only spaces: tabs, line breaks and full-width \
         blanks stay, as in MySQL. NULL gives NULL; a number gives its text.",
    zh: "去掉文本两端的空格。与 MySQL 一致，只去空格：制表符、换行和全角空格保留。NULL 得 NULL；数字得其文本。",
    source: "https://dev.mysql.com/doc/refman/8.0/en/string-functions.html#function_trim",
    examples: &[
        ("trim('  M8 x 20  ')", "\"M8 x 20\""),
        ("TRIM('\t规格　')", "\"\\t规格　\""),
        ("trim('   ')", "\"\""),
        ("trim(1.50)", "\"1.50\""),
        ("trim(NULL)", "null"),
        ("trim(trim(' It''s '))", "\"It's\""),
    ],
    arity: 1..=1,
    call: trim,
};

fn trim<'r>(arguments: &mut [Cow<'r, Value>]) -> Result<Cow<'r, Value>, Box<Fault>> {
    let value = std::mem::take(&mut arguments[0]);
    match &*value {
        Value::Null => Ok(value),
        Value::String(text) if !text.starts_with(' ') && !text.ends_with(' ') => Ok(value),
        other => Ok(Cow::Owned(Value::from(spaces_off(&text_of(other)?)))),
    }
}

/// Bytes, not characters: a space is one byte, and no part of another character.
fn spaces_off(text: &str) -> &str {
    let is_text = |byte: &u8| *byte != b' ';
    let start = text.bytes().position(|byte| is_text(&byte)).unwrap_or(text.len());
    let end = text.bytes().rposition(|byte| is_text(&byte)).map_or(start, |at| at + 1);
    &text[start..end]
}
