//! `LIKE`: `%` is any text, `_` any character, and a backslash takes the next one as it is. Letter case makes
//! no difference, trailing spaces do.

use super::folded;

/// What stands between two `%`.
struct Segment {
    characters: Vec<Option<char>>,
    /// The same as text, where no character is open.
    plain: Option<String>,
}

/// Whether the pattern describes the whole text.
pub(super) fn like(text: &str, pattern: &str) -> bool {
    let mut segments = segments(pattern);
    let text: String = text.chars().map(folded).collect();
    let (Some(last), first) = (segments.pop(), segments.first()) else { return false };
    let Some(first) = first else {
        return last.length_at(&text) == Some(text.len());
    };
    // The first stands at the beginning, the last at the end; each of the others as far left as it can.
    let Some(mut at) = first.length_at(&text) else { return false };
    for segment in &segments[1..] {
        match segment.find(&text[at..]) {
            Some(end) => at += end,
            None => return false,
        }
    }
    let rest = &text[at..];
    let start = match last.characters.len() {
        0 => Some(rest.len()),
        // Of as many characters as it has.
        count => rest.char_indices().rev().nth(count - 1).map(|(start, _)| start),
    };
    start.is_some_and(|start| last.length_at(&rest[start..]) == Some(rest.len() - start))
}

impl Segment {
    /// How many bytes at the beginning of the text it describes.
    fn length_at(&self, text: &str) -> Option<usize> {
        if let Some(plain) = &self.plain {
            return text.starts_with(plain).then_some(plain.len());
        }
        let mut rest = text.chars();
        for wanted in &self.characters {
            let next = rest.next()?;
            if wanted.is_some_and(|wanted| wanted != next) {
                return None;
            }
        }
        Some(text.len() - rest.as_str().len())
    }

    /// Where the first piece of the text that it describes ends.
    fn find(&self, text: &str) -> Option<usize> {
        if let Some(plain) = &self.plain {
            return text.find(plain).map(|at| at + plain.len());
        }
        let mut starts = text.char_indices().map(|(at, _)| at);
        starts.find_map(|at| Some(at + self.length_at(&text[at..])?))
    }
}

/// Never empty.
fn segments(pattern: &str) -> Vec<Segment> {
    let mut segments = vec![Vec::new()];
    let mut characters = pattern.chars();
    while let Some(c) = characters.next() {
        let piece = match c {
            '%' => {
                segments.push(Vec::new());
                continue;
            }
            '_' => None,
            '\\' => Some(folded(characters.next().unwrap_or('\\'))),
            other => Some(folded(other)),
        };
        if let Some(segment) = segments.last_mut() {
            segment.push(piece);
        }
    }
    let segment = |characters: Vec<Option<char>>| {
        let plain = characters.iter().copied().collect();
        Segment { characters, plain }
    };
    segments.into_iter().map(segment).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_describe_the_whole_text() {
        for (text, pattern, expected) in [
            ("", "", true),
            ("", "%", true),
            ("", "_", false),
            ("a", "", false),
            ("abc", "ABC", true),
            ("abc", "a%c", true),
            ("abc", "a%bc%", true),
            ("abc", "ab%bc", false),
            ("aab", "%ab", true),
            ("abab", "%ab", true),
            ("ab", "%%b%%", true),
            ("中文字", "中__", true),
            ("中文字", "%_文_", true),
            ("中文字", "_%_%_%_", false),
            ("a%c", "a\\%c", true),
            ("abc", "a\\%c", false),
            ("a\\", "a\\", true),
            ("aXbXc", "a%_b_%c", true),
            ("aXbc", "a%_b_%c", false),
            ("aXbXc", "a%b_%c", true),
        ] {
            assert_eq!(like(text, pattern), expected, "{text:?} LIKE {pattern:?}");
        }
    }
}
