//! Reading an object key by key: wrong kinds, missing and unknown keys become problems with their path,
//! and reading goes on.

use crate::problem::{Problems, shorten, suggestion};
use crate::{Map, Value};

/// A value and its JSON path.
pub(super) struct Node<'v> {
    pub value: &'v Value,
    pub path: String,
}

/// An object being read. Every key asked for counts as known; `finish` reports the others.
pub(super) struct Keys<'v> {
    map: &'v Map<String, Value>,
    pub path: String,
    known: Vec<&'static str>,
    /// Keys that are asked for only to be refused.
    #[cfg(feature = "schema")]
    refused: Vec<&'static str>,
}

impl<'v> Node<'v> {
    fn wrong(&self, problems: &mut Problems, en: &str, zh: &str) {
        let (found_en, found_zh) = match self.value {
            Value::Null => ("null", "null"),
            Value::Bool(_) => ("a boolean", "布尔值"),
            Value::Number(_) => ("a number", "数字"),
            Value::String(_) => ("a text", "文本"),
            Value::Array(_) => ("a list", "列表"),
            Value::Object(_) => ("an object", "对象"),
        };
        problems.add(
            "wrong_kind",
            &self.path,
            format!("must be {en}, not {found_en}"),
            format!("应为{zh}，而不是{found_zh}"),
        );
    }

    pub fn object(&self, problems: &mut Problems) -> Option<Keys<'v>> {
        match self.value {
            Value::Object(map) => Some(Keys {
                map,
                path: self.path.clone(),
                known: Vec::new(),
                #[cfg(feature = "schema")]
                refused: Vec::new(),
            }),
            _ => {
                self.wrong(problems, "an object", "对象");
                None
            }
        }
    }

    pub fn text(&self, problems: &mut Problems) -> Option<String> {
        match self.value {
            Value::String(text) => Some(text.clone()),
            _ => {
                self.wrong(problems, "a text", "文本");
                None
            }
        }
    }

    /// A text, or a scalar's text: the wild writes `"value": 100` as well as `"value": "100"`.
    pub fn scalar(&self, problems: &mut Problems) -> Option<String> {
        match self.value {
            Value::Number(number) => Some(number.as_str().to_owned()),
            Value::Bool(flag) => Some(flag.to_string()),
            Value::String(text) => Some(text.clone()),
            _ => {
                self.wrong(problems, "a text, a number or a boolean", "文本、数字或布尔值");
                None
            }
        }
    }

    pub fn flag(&self, problems: &mut Problems) -> Option<bool> {
        match self.value {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) if number.as_str() == "1" => Some(true),
            Value::Number(number) if number.as_str() == "0" => Some(false),
            Value::String(text) if text == "true" || text == "1" => Some(true),
            Value::String(text) if text == "false" || text == "0" => Some(false),
            _ => {
                self.wrong(problems, "true or false", " true 或 false");
                None
            }
        }
    }

    /// A whole number from 1.
    pub fn count(&self, problems: &mut Problems) -> Option<u32> {
        let text = match self.value {
            Value::Number(number) => number.as_str(),
            Value::String(text) => text,
            _ => {
                self.wrong(problems, "a whole number", "整数");
                return None;
            }
        };
        let count = text.parse().ok().filter(|count| *count > 0);
        if count.is_none() {
            let text = shorten(text);
            problems.add(
                "bad_number",
                &self.path,
                format!("`{text}` is not a whole number from 1 to {}", u32::MAX),
                format!("“{text}”不是 1 到 {} 之间的整数", u32::MAX),
            );
        }
        count
    }

    pub fn list(&self, problems: &mut Problems) -> Vec<Node<'v>> {
        let Value::Array(list) = self.value else {
            self.wrong(problems, "a list", "列表");
            return Vec::new();
        };
        list.iter()
            .enumerate()
            .map(|(index, value)| Node { value, path: format!("{}[{index}]", self.path) })
            .collect()
    }
}

impl<'v> Keys<'v> {
    fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value of a key; null counts as absent.
    pub fn take(&mut self, key: &'static str) -> Option<Node<'v>> {
        self.known.push(key);
        let value = self.map.get(key).filter(|value| !value.is_null())?;
        Some(Node { value, path: self.at(key) })
    }

    /// The value of a key that must be there.
    pub fn need(&mut self, key: &'static str, problems: &mut Problems) -> Option<Node<'v>> {
        let node = self.take(key);
        if node.is_none() {
            problems.add(
                "missing_key",
                &self.at(key),
                format!("the key `{key}` is missing"),
                format!("缺少“{key}”"),
            );
        }
        node
    }

    pub fn need_text(&mut self, key: &'static str, problems: &mut Problems) -> String {
        let Some(node) = self.need(key, problems) else { return String::new() };
        let text = node.text(problems);
        if text.as_deref() == Some("") {
            problems.add("empty_text", &node.path, "must not be empty", "不能为空");
        }
        text.unwrap_or_default()
    }

    pub fn text(&mut self, key: &'static str, problems: &mut Problems) -> Option<String> {
        self.take(key)?.text(problems)
    }

    /// A construct that does not exist here, and what to do instead. An empty one changes nothing and
    /// passes.
    pub fn refuse(&mut self, key: &'static str, en: &str, zh: &str, problems: &mut Problems) {
        let empty = |value: &Value| match value {
            Value::Array(list) => list.is_empty(),
            Value::Object(map) => map.is_empty(),
            Value::String(text) => text.is_empty(),
            _ => false,
        };
        #[cfg(feature = "schema")]
        self.refused.push(key);
        if let Some(node) = self.take(key).filter(|node| !empty(node.value)) {
            problems.not_here(&node.path, key, en, zh);
        }
    }

    /// Every key and value, for objects whose keys are the author's own.
    pub fn entries(&self) -> impl Iterator<Item = (&'v String, Node<'v>)> {
        self.map.iter().map(|(key, value)| (key, Node { value, path: self.at(key) }))
    }

    /// Reports the keys that nobody asked for.
    pub fn finish(self, problems: &mut Problems) {
        #[cfg(feature = "schema")]
        {
            let known = self.known.iter().copied().filter(|key| !self.refused.contains(key));
            problems.keys_read.push((self.path.clone(), known.collect()));
        }
        for key in self.map.keys().filter(|key| !self.known.contains(&key.as_str())) {
            let (en, zh) = suggestion(key, self.known.iter().copied());
            let shown = shorten(key);
            problems.add(
                "unknown_key",
                &self.at(key),
                format!("there is no key `{shown}` here{en}"),
                format!("这里没有“{shown}”这个键{zh}"),
            );
        }
    }
}
