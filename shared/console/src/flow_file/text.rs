//! A flow file's text with one value replaced, and all else as its author wrote it.

use std::ops::Range;

/// The text with the value of one field replaced, and all else as it was written. `None` where there is no such value.
pub fn replaced(text: &str, path: &str, value: &str) -> Option<String> {
    let place = span(text, &format!("{path}.value"))?;
    let quoted = serde_json::to_string(value).ok()?;
    Some(format!("{}{quoted}{}", &text[..place.start], &text[place.end..]))
}

/// Where the value at a path stands in a JSON text that has been accepted as such.
fn span(text: &str, path: &str) -> Option<Range<usize>> {
    serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
    let mut walk = Walk { bytes: text.as_bytes(), at: 0 };
    for segment in path.replace('[', ".[").split('.') {
        match segment.strip_prefix('[').and_then(|index| index.strip_suffix(']')) {
            Some(index) => walk.enter_element(index.parse().ok()?)?,
            None => walk.enter_member(segment)?,
        }
    }
    walk.blanks();
    let start = walk.at;
    walk.pass();
    Some(start..walk.at)
}

struct Walk<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Walk<'_> {
    fn here(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn blanks(&mut self) {
        while self.here().is_ascii_whitespace() {
            self.at += 1;
        }
    }

    /// Steps over one value.
    fn pass(&mut self) {
        self.blanks();
        match self.here() {
            b'"' => self.pass_text(),
            b'{' | b'[' => {
                self.at += 1;
                let mut depth = 1;
                while depth > 0 && self.at < self.bytes.len() {
                    match self.here() {
                        b'"' => self.pass_text(),
                        byte => {
                            depth += i32::from(matches!(byte, b'{' | b'['))
                                - i32::from(matches!(byte, b'}' | b']'));
                            self.at += 1;
                        }
                    }
                }
            }
            _ => {
                while !matches!(self.here(), b',' | b'}' | b']' | 0) && !self.here().is_ascii_whitespace() {
                    self.at += 1;
                }
            }
        }
    }

    fn pass_text(&mut self) {
        self.at += 1;
        while !matches!(self.here(), b'"' | 0) {
            self.at += if self.here() == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
    }

    fn enter_member(&mut self, name: &str) -> Option<()> {
        self.blanks();
        if self.here() != b'{' {
            return None;
        }
        self.at += 1;
        loop {
            self.blanks();
            if self.here() != b'"' {
                return None;
            }
            let start = self.at;
            self.pass_text();
            let key: String = serde_json::from_slice(&self.bytes[start..self.at]).ok()?;
            self.blanks();
            self.at += 1;
            if key == name {
                return Some(());
            }
            self.pass();
            self.blanks();
            if self.here() != b',' {
                return None;
            }
            self.at += 1;
        }
    }

    fn enter_element(&mut self, index: usize) -> Option<()> {
        self.blanks();
        if self.here() != b'[' {
            return None;
        }
        self.at += 1;
        for _ in 0..index {
            self.pass();
            self.blanks();
            if self.here() != b',' {
                return None;
            }
            self.at += 1;
        }
        self.blanks();
        (self.here() != b']').then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::differences;
    use super::super::tests::FILE;
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_is_replaced_in_place() {
        let path = "target.request[2].children[1]";
        let changed = replaced(FILE, path, "a \"b\"\n").expect("it is there");
        assert_eq!(changed.replace(r#""a \"b\"\n""#, r#""_function {{items.qty}} * 2 + {{no|date}}""#), FILE);
        let differ = differences(
            &serde_json::from_str(FILE).expect("JSON"),
            &serde_json::from_str(&changed).expect("JSON"),
            9,
        );
        assert_eq!(differ.len(), 1);
        assert_eq!(
            (differ[0].0.as_str(), &differ[0].2),
            ("target.request[2].children[1].value", &json!("a \"b\"\n"))
        );
        for path in ["target.request[3]", "target.request[2].children[3]", "nowhere", "params"] {
            assert_eq!(replaced(FILE, path, "x"), None, "{path}");
        }
        assert_eq!(replaced("{", "target.request[0]", "x"), None);
    }
}
