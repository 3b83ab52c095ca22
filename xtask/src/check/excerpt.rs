//! The line of a problem, with a caret under its place.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The line `line` of `text` (from 1) and below it carets under what begins at `column` (in characters,
/// from 1), indented by two and at most `width` columns wide. Nothing where there is no such line.
pub fn excerpt(text: &str, line: usize, column: usize, width: usize) -> Option<String> {
    let source = text.split('\n').nth(line.checked_sub(1)?)?.trim_end_matches('\r');
    // One column each, so that the caret below stands where it should.
    let source: Vec<char> = source.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let at = column.checked_sub(1)?.min(source.len());
    let gutter = format!("  {line} | ");
    let room = width.saturating_sub(gutter.len()).max(20);
    let (from, to) = window(&source, at, room);
    let shown: String = source[from..to].iter().collect();
    let (left, right) = (if from > 0 { "…" } else { "" }, if to < source.len() { "…" } else { "" });
    let before: String = source[from..at].iter().collect();
    let token: String = source[at..token_end(&source, at).min(to)].iter().collect();
    let blank = " ".repeat(gutter.len() - 2);
    let skip = " ".repeat(left.width() + before.width());
    let carets = "^".repeat(token.width().max(1));
    Some(format!("{gutter}{left}{shown}{right}\n{blank}| {skip}{carets}"))
}

/// Where the JSON token at `at` ends: a text with its quotes, a number or word, else one character.
fn token_end(source: &[char], at: usize) -> usize {
    match source.get(at) {
        Some('"') => {
            let mut end = at + 1;
            while end < source.len() && source[end] != '"' {
                end += if source[end] == '\\' { 2 } else { 1 };
            }
            (end + 1).min(source.len())
        }
        Some(c) if c.is_alphanumeric() || *c == '-' => {
            let word = |c: &&char| c.is_alphanumeric() || "+-.".contains(**c);
            at + source[at..].iter().take_while(word).count()
        }
        _ => at + 1,
    }
}

/// The part of a line that fits into `room` columns and has `at` in it, about a third from the left.
fn window(source: &[char], at: usize, room: usize) -> (usize, usize) {
    let width = |part: &[char]| part.iter().map(|c| c.width().unwrap_or(0)).sum::<usize>();
    if width(source) <= room {
        return (0, source.len());
    }
    // A column on either side is for the ellipses.
    let room = room - 2;
    let mut from = at;
    while from > 0 && width(&source[from - 1..at]) <= room / 3 {
        from -= 1;
    }
    let mut to = at;
    while to < source.len() && width(&source[from..=to]) <= room {
        to += 1;
    }
    while from > 0 && width(&source[from - 1..to]) <= room {
        from -= 1;
    }
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_place_also_after_chinese() {
        let text = "{\n  \"物料\": \"名称\", \"x\": 12.5}\n";
        assert_eq!(
            excerpt(text, 2, 15, 80).unwrap(),
            "  2 |   \"物料\": \"名称\", \"x\": 12.5}\n    |                   ^^^"
        );
        let number = excerpt(text, 2, 20, 80).unwrap();
        assert!(number.ends_with("   ^^^^"), "{number}");
    }

    #[test]
    fn tabs_and_carriage_returns_do_not_shift_it() {
        assert_eq!(excerpt("\t\"a\": tru,\r\n", 1, 7, 80).unwrap(), "  1 |  \"a\": tru,\n    |       ^^^");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{}\"here\"{}", "甲".repeat(200), "乙".repeat(200));
        let shown = excerpt(&text, 1, 201, 60).unwrap();
        let (line, carets) = shown.split_once('\n').unwrap();
        assert!(line.width() <= 60 && line.contains("\"here\""), "{shown}");
        assert!(line.contains('…') && line.ends_with('…'), "{shown}");
        let before = line.split("\"here\"").next().unwrap();
        assert_eq!(carets.find('^'), Some(before.width()), "{shown}");
        assert_eq!(carets.matches('^').count(), 6);
    }

    #[test]
    fn a_place_at_the_end_or_none_at_all() {
        assert_eq!(excerpt("", 1, 1, 80).unwrap(), "  1 | \n    | ^");
        assert_eq!(excerpt("ab", 1, 9, 80).unwrap(), "  1 | ab\n    |   ^");
        assert_eq!(excerpt("ab", 0, 0, 80), None);
        assert_eq!(excerpt("ab", 2, 1, 80), None);
    }
}
