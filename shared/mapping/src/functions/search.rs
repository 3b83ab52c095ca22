//! Functions that look for one text in another.

use super::number::of;
use super::{Call, Function, Group};
use crate::language::Fault;
use crate::language::expression::{Item, LONGEST_TEXT, TOO_LONG, bounded, folded};

pub(super) const INSTR: Function = Function {
    name: "INSTR",
    aliases: &[],
    group: Group::Text,
    usage: "INSTR(text, part)",
    en: "Where the part first stands in the text, counted in characters from 1; 0 where it does not. Letter \
         case makes no difference.",
    zh: "子串在文本中首次出现的位置（按字符，从 1 起）；没有则为 0。不区分大小写。",
    source: "https://mariadb.com/kb/en/instr/",
    examples: &[("INSTR({{shop}}, '店')", "3")],
    arity: 2..=2,
    call: Call::Values(|arguments| {
        let (text, part) = (arguments.item(0)?, arguments.item(1)?);
        let (Some(text), Some(part)) = (text.text()?, part.text()?) else { return Ok(Item::Null) };
        Ok(of(position(&text, &part, 0)))
    }),
};

pub(super) const LOCATE: Function = Function {
    name: "LOCATE",
    aliases: &[],
    group: Group::Text,
    usage: "LOCATE(part, text[, from])",
    en: "Where the part first stands in the text (from a position on), counted in characters from 1; 0 where \
         it does not. Letter case makes no difference.",
    zh: "子串在文本中（从某位置起）首次出现的位置（按字符，从 1 起）；没有则为 0。不区分大小写。",
    source: "https://mariadb.com/kb/en/locate/",
    examples: &[
        ("LOCATE('旗舰', {{shop}})", "1"),
        ("LOCATE('x', {{shop}})", "0"),
        ("LOCATE('a', 'abca', 2)", "4"),
    ],
    arity: 2..=3,
    call: Call::Values(|arguments| {
        let (part, text) = (arguments.item(0)?, arguments.item(1)?);
        let (Some(part), Some(text)) = (part.text()?, text.text()?) else { return Ok(Item::Null) };
        if arguments.len() < 3 {
            return Ok(of(position(&text, &part, 0)));
        }
        let Some(from) = arguments.whole(2)? else { return Ok(Item::Null) };
        let length = text.chars().count();
        match usize::try_from(from) {
            Ok(from) if from >= 1 && from <= length => Ok(of(position(&text, &part, from - 1))),
            _ => Ok(of(0)),
        }
    }),
};

pub(super) const REPLACE: Function = Function {
    name: "REPLACE",
    aliases: &[],
    group: Group::Text,
    usage: "REPLACE(text, part, by)",
    en: "The text with every occurrence of the part replaced. Here letter case does make a difference.",
    zh: "把文本中所有的子串替换掉。此处区分大小写。",
    source: "https://mariadb.com/kb/en/replace-function/",
    examples: &[("REPLACE('{{no}}', '-', '')", "\"SO001\""), ("REPLACE('aAa', 'a', 'b')", "\"bAb\"")],
    arity: 3..=3,
    call: Call::Values(|arguments| {
        let (text, part, by) = (arguments.item(0)?, arguments.item(1)?, arguments.item(2)?);
        let (Some(text), Some(part), Some(by)) = (text.text()?, part.text()?, by.text()?) else {
            return Ok(Item::Null);
        };
        if part.is_empty() {
            return bounded(text.into_owned());
        }
        // Known before it is made: a text of one letter could grow a millionfold.
        let growth = text.matches(&*part).count().saturating_mul(by.len());
        if growth > LONGEST_TEXT {
            return Err(Fault::new(&TOO_LONG));
        }
        bounded(text.replace(&*part, &by))
    }),
};

/// Where `part` stands in `text` from the character `from` (0 is the first), counted from 1; 0 for nowhere.
fn position(text: &str, part: &str, from: usize) -> usize {
    let text: String = text.chars().map(folded).skip(from).collect();
    let part: String = part.chars().map(folded).collect();
    text.find(&part).map_or(0, |at| from + text[..at].chars().count() + 1)
}
