//! Looks for secrets where they must not be: as they are, in base64 and in hexadecimal; also where the text around
//! them is escaped once or twice more, as JSON, in percent or as HTML, whichever of its characters that touches.

use aho_corasick::AhoCorasick;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use std::borrow::Cow;
use std::path::Path;

/// Secrets, each with the name of its variable.
#[derive(Debug, Default, Clone)]
pub struct Secrets(Vec<(String, String)>);

impl Secrets {
    /// One more to look for. Values of less than 8 characters are not secret enough to be told apart.
    pub fn add(&mut self, name: &str, value: &str) {
        assert!(value.len() >= 8, "{name} is too short to be looked for");
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The name of the first secret found in these bytes.
    pub fn find(&self, bytes: &[u8]) -> Option<&str> {
        self.search().find(bytes)
    }

    /// The first secret found in the files under a directory: its name, and the file's.
    ///
    /// # Panics
    /// When the directory cannot be read.
    pub fn find_in_files(&self, directory: &Path) -> Option<String> {
        let search = self.search();
        let mut found = None;
        each_file(directory, &mut |path, bytes| {
            if found.is_none()
                && let Some(name) = search.find(bytes)
            {
                found = Some(format!("{name} in {}", path.display()));
            }
        });
        found
    }

    fn search(&self) -> Search<'_> {
        let mut traces = Vec::new();
        let mut names = Vec::new();
        for (name, value) in &self.0 {
            for trace in traces_of(value) {
                traces.push(trace);
                names.push(name.as_str());
            }
        }
        Search { traces: AhoCorasick::new(traces).expect("patterns of some megabytes at most"), names }
    }
}

/// What a secret looks like on its own, and within a longer text that is encoded.
fn traces_of(value: &str) -> Vec<Vec<u8>> {
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut traces = vec![value.as_bytes().to_vec(), hex.to_uppercase().into_bytes(), hex.into_bytes()];
    for engine in [STANDARD, URL_SAFE] {
        // Within a longer text it may begin at any of three places of a group.
        for before in 0..3 {
            let mut bytes = vec![0; before];
            bytes.extend_from_slice(value.as_bytes());
            let whole = bytes.len() * 8 / 6;
            let encoded = engine.encode(&bytes);
            traces.push(encoded.as_bytes()[(before * 8).div_ceil(6)..whole].to_vec());
        }
    }
    traces
}

struct Search<'s> {
    traces: AhoCorasick,
    names: Vec<&'s str>,
}

impl<'s> Search<'s> {
    fn find(&self, bytes: &[u8]) -> Option<&'s str> {
        self.find_within(bytes, 2)
    }

    /// Looks in the bytes as they are, and with one layer of escapes after the other taken off.
    fn find_within(&self, bytes: &[u8], layers: usize) -> Option<&'s str> {
        if let Some(found) = self.traces.find(bytes) {
            return Some(self.names[found.pattern().as_usize()]);
        }
        let less = layers.checked_sub(1)?;
        [without_json_escapes, without_percent, without_html_escapes].iter().find_map(|plain| {
            match plain(bytes) {
                Cow::Owned(plain) => self.find_within(&plain, less),
                Cow::Borrowed(_) => None,
            }
        })
    }
}

/// Replaces what `decode` knows at each `sign`; borrowed when that is nothing.
fn decoded(bytes: &[u8], sign: u8, decode: impl Fn(&[u8]) -> Option<(char, usize)>) -> Cow<'_, [u8]> {
    let mut plain = Vec::new();
    let (mut rest, mut changed) = (bytes, false);
    while let Some(at) = memchr::memchr(sign, rest) {
        plain.extend_from_slice(&rest[..at]);
        match decode(&rest[at..]) {
            Some((char, length)) => {
                // Up to 255 it is a byte: a percent escape is one of several that make a character.
                match u8::try_from(char) {
                    Ok(byte) if sign == b'%' => plain.push(byte),
                    _ => plain.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
                }
                rest = &rest[at + length..];
                changed = true;
            }
            None => {
                plain.push(sign);
                rest = &rest[at + 1..];
            }
        }
    }
    if !changed {
        return Cow::Borrowed(bytes);
    }
    plain.extend_from_slice(rest);
    Cow::Owned(plain)
}

fn number(digits: Option<&[u8]>, radix: u32) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits?).ok()?, radix).ok()
}

fn without_json_escapes(bytes: &[u8]) -> Cow<'_, [u8]> {
    decoded(bytes, b'\\', |rest| {
        let plain = match rest.get(1)? {
            escaped @ (b'"' | b'\\' | b'/') => char::from(*escaped),
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => return Some((char::from_u32(number(rest.get(2..6), 16)?)?, 6)),
            _ => return None,
        };
        Some((plain, 2))
    })
}

fn without_percent(bytes: &[u8]) -> Cow<'_, [u8]> {
    decoded(bytes, b'%', |rest| Some((char::from_u32(number(rest.get(1..3), 16)?)?, 3)))
}

fn without_html_escapes(bytes: &[u8]) -> Cow<'_, [u8]> {
    decoded(bytes, b'&', |rest| {
        let end = rest.iter().take(10).position(|byte| *byte == b';')?;
        let plain = match &rest[1..end] {
            b"amp" => '&',
            b"lt" => '<',
            b"gt" => '>',
            b"quot" => '"',
            b"apos" => '\'',
            [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(Some(digits), 16)?)?,
            [b'#', digits @ ..] => char::from_u32(number(Some(digits), 10)?)?,
            _ => return None,
        };
        Some((plain, end + 1))
    })
}

/// Every file under a directory with its content, symbolic links left out.
///
/// # Panics
/// When the directory cannot be read.
pub fn each_file(directory: &Path, look: &mut dyn FnMut(&Path, &[u8])) {
    for entry in std::fs::read_dir(directory).expect("the directory can be read") {
        let path = entry.expect("the directory can be read").path();
        let kind = std::fs::symlink_metadata(&path).map(|metadata| metadata.file_type());
        match kind {
            Ok(kind) if kind.is_dir() => each_file(&path, look),
            Ok(kind) if kind.is_file() => look(&path, &std::fs::read(&path).unwrap_or_default()),
            // A journal that was there a moment ago.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_every_dress() {
        let mut secrets = Secrets::default();
        secrets.add("password", "p@ss/w:rd%mark");
        for text in [
            "mysql://ferry:p@ss/w:rd%mark@127.0.0.1",
            "mysql://ferry:p%40ss%2Fw%3Ard%25mark@127.0.0.1",
            "mysql://ferry:p%40ss%2fw%3ard%25mark@127.0.0.1",
            "mysql://ferry:p@ss%2Fw:rd%25mark@127.0.0.1",
            r#"{"password":"p@ss\/w:rd%mark"}"#,
            r#"{"password":"p@ss\u002fw:rd%mark"}"#,
            r#"{"password":"\u0070\u0040\u0073\u0073\u002F\u0077\u003A\u0072\u0064\u0025\u006D\u0061\u0072\u006B"}"#,
            r#"{"log":"{\"password\":\"p@ss\\/w\\u003ard%mark\"}"}"#,
            r#"{"url":"mysql:\/\/ferry:p%40ss%2Fw%3Ard%25mark@127.0.0.1"}"#,
            "url=p%2540ss%252Fw%253Ard%2525mark",
            "<p>p&#64;ss&#x2F;w:rd%mark</p>",
            "704073732f773a7264256d61726b",
            "704073732F773A7264256D61726B",
        ] {
            assert_eq!(secrets.find(text.as_bytes()), Some("password"), "{text}");
        }
        for before in ["", "a", "ab", "abc", "user:"] {
            for after in ["", "x", "xy", "@host"] {
                let text = format!("{before}p@ss/w:rd%mark{after}");
                for encoded in [STANDARD.encode(&text), URL_SAFE.encode(&text)] {
                    assert_eq!(secrets.find(encoded.as_bytes()), Some("password"), "{text}");
                }
            }
        }
        assert_eq!(secrets.find(b"mysql://ferry@127.0.0.1 password p@ss"), None);
        let mut quoted = Secrets::default();
        quoted.add("key", "a\"b\\c\td/e&f<g");
        for text in [
            r#"a\"b\\c\td/e&f<g"#,
            r#"a\u0022b\u005Cc\u0009d\/e\u0026f\u003cg"#,
            "a&quot;b\\c\td/e&amp;f&lt;g",
        ] {
            assert_eq!(quoted.find(text.as_bytes()), Some("key"), "{text}");
        }
    }

    #[test]
    fn files_are_searched_to_the_bottom() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut secrets = Secrets::default();
        secrets.add("token", "0123456789abcdef");
        std::fs::create_dir(directory.path().join("logs")).expect("a folder");
        std::fs::write(directory.path().join("logs/a.txt"), b"...").expect("a file");
        assert_eq!(secrets.find_in_files(directory.path()), None);
        std::fs::write(directory.path().join("logs/b.txt"), b"\x00token 0123456789abcdef").expect("a file");
        let found = secrets.find_in_files(directory.path()).expect("it is found");
        assert!(found.starts_with("token in ") && found.ends_with("b.txt"), "{found}");
    }
}
