//! Queries and forms: `application/x-www-form-urlencoded`, in order, names repeated as they come.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Reads it; what is no UTF-8 is replaced.
    pub fn read(text: &str) -> Form {
        let decoded = |part: &str| {
            percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().replace("\r\n", "\n")
        };
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Form(
            pairs
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (decoded(name), decoded(value)))
                .collect(),
        )
    }

    /// The first value of a name; empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    /// The first value of a name.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of a name.
    pub fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All pairs but those of one name.
    pub fn without(&self, name: &str) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter(move |(key, _)| key != name).map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// A whole number, or the default.
    pub fn number(&self, name: &str, default: usize) -> usize {
        self.get(name).trim().parse().unwrap_or(default)
    }
}

const SAFE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A text as one segment of a path, or one value of a query.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, SAFE).to_string()
}

/// A path with a query; empty values are left out.
pub fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut address = path.to_owned();
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        address.push(if address.contains('?') { '&' } else { '?' });
        address.push_str(name);
        address.push('=');
        address.push_str(&encoded(value));
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let text = "a+b %&=聚水潭\n'\"";
        let address = with_query("/console", &[("x", text), ("none", ""), ("y", "2")]);
        let form = Form::read(address.split_once('?').expect("a query").1);
        assert_eq!((form.get("x"), form.get("y"), form.find("none")), (text, "2", None));
        assert_eq!(Form::read("a=1&a=2&b").all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(Form::read("t=a%0D%0Ab+c").get("t"), "a\nb c");
    }
}
