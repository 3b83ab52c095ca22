//! Looks for secrets where they must not be: as they are, in base64, percent-encoded, in hexadecimal.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use memchr::memmem;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::path::Path;

/// Secrets, each with the name of its variable.
#[derive(Debug, Default)]
pub struct Secrets {
    traces: Vec<(String, Vec<u8>)>,
}

impl Secrets {
    /// One more to look for. Values of less than 8 characters are not secret enough to be told apart.
    pub fn add(&mut self, name: &str, value: &str) {
        assert!(value.len() >= 8, "{name} is too short to be looked for");
        let mut trace = |text: String| self.traces.push((name.to_owned(), text.into_bytes()));
        trace(value.to_owned());
        trace(value.replace('/', "\\/"));
        trace(utf8_percent_encode(value, NON_ALPHANUMERIC).to_string());
        trace(utf8_percent_encode(value, NON_ALPHANUMERIC).to_string().to_lowercase());
        let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        trace(hex.to_uppercase());
        trace(hex);
        for engine in [STANDARD, URL_SAFE] {
            // Within a longer text it may begin at any of three places of a group.
            for before in 0..3 {
                let mut bytes = vec![0; before];
                bytes.extend_from_slice(value.as_bytes());
                let whole = bytes.len() * 8 / 6;
                let encoded = engine.encode(&bytes);
                trace(encoded[(before * 8).div_ceil(6)..whole].to_owned());
            }
        }
    }

    /// The name of the first secret found in these bytes.
    pub fn find(&self, bytes: &[u8]) -> Option<&str> {
        let found = self.traces.iter().find(|(_, trace)| memmem::find(bytes, trace).is_some());
        found.map(|(name, _)| name.as_str())
    }

    /// The first secret found in the files under a directory: its name, and the file's.
    ///
    /// # Panics
    /// When the directory cannot be read.
    pub fn find_in_files(&self, directory: &Path) -> Option<String> {
        let mut found = None;
        each_file(directory, &mut |path, bytes| {
            if let (None, Some(name)) = (&found, self.find(bytes)) {
                found = Some(format!("{name} in {}", path.display()));
            }
        });
        found
    }
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
            r#"{"password":"p@ss\/w:rd%mark"}"#,
            "704073732f773a7264256d61726b",
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
