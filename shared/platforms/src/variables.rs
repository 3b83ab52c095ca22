//! Reading the variables of an account (`design.md` 8): all that is wrong with them, at once.

use http::uri::{Authority, Scheme};

use crate::Problem;

/// Reads variables and gathers what is wrong with them.
pub(crate) struct Reader<'a, F> {
    name: &'a str,
    variable: F,
    /// What is wrong with those read so far.
    pub problems: Vec<Problem>,
}

impl<'a, F: Fn(&str) -> String> Reader<'a, F> {
    /// A reader of the variables `<name>_…`; `variable` gives their values.
    pub fn new(name: &'a str, variable: F) -> Self {
        Reader { name, variable, problems: Vec::new() }
    }

    /// Whether a variable is set at all.
    pub fn is_set(&self, field: &str) -> bool {
        is_set(&(self.variable)(&format!("{}_{field}", self.name)))
    }

    /// A variable that may hold anything but nothing; `en` and `zh` say what it is.
    pub fn text(&mut self, field: &str, en: &str, zh: &str) -> Option<String> {
        self.parsed(field, en, zh, |text| Some(text.to_owned()))
    }

    /// A variable of a certain form; `None`, and a problem, when it is not set or malformed.
    pub fn parsed<T>(
        &mut self,
        field: &str,
        en: &str,
        zh: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let about = format!("{}_{field}", self.name);
        let value = (self.variable)(&about);
        let (en_state, zh_state) = if !is_set(&value) {
            ("not set", "未设置")
        } else if value.trim() != value {
            ("begins or ends with a blank", "首尾有空白字符")
        } else if let Some(parsed) = parse(&value) {
            return Some(parsed);
        } else {
            ("malformed", "格式不正确")
        };
        self.problems.push(Problem::new(
            &about,
            format!("{en_state}. It is {en}"),
            format!("{zh_state}。应为：{zh}"),
        ));
        None
    }
}

/// The harmless default of a variable is nothing, or a host that cannot be (`design.md` 8).
fn is_set(value: &str) -> bool {
    !value.is_empty() && value != "unset.invalid"
}

/// `https` or `http`.
pub(crate) fn scheme(text: &str) -> Option<Scheme> {
    match text {
        "https" => Some(Scheme::HTTPS),
        "http" => Some(Scheme::HTTP),
        _ => None,
    }
}

/// A host, or host:port.
pub(crate) fn host(text: &str) -> Option<Authority> {
    let host: Authority = text.parse().ok()?;
    (!host.as_str().contains('@') && !host.host().is_empty()).then_some(host)
}
