//! A flow file as a picture: what is read, what is made of it, and the lines between. Read leniently, since it is drawn
//! also while it is being edited; whether it is right is the flow's business to say.

mod difference;
mod text;

pub use difference::differences;
pub use text::replaced;

use serde_json::Value;

/// Both sides of the picture.
#[derive(Debug, Default)]
pub struct Picture {
    /// What is read, in the order in which it is first used.
    pub sources: Vec<Source>,
    /// What is made, in the order of the file.
    pub targets: Vec<Target>,
}

/// Something that expressions refer to.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// As expressions write it.
    pub name: String,
    /// For people, where the file has one.
    pub label: String,
    /// What it is.
    pub group: Group,
}

/// What a reference means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// A field of the record.
    Field,
    /// A param of the flow file.
    Param,
    /// A time of the run.
    System,
    /// Something looked up.
    Lookup,
}

/// A field of the target document.
#[derive(Debug)]
pub struct Target {
    /// In the flow file: `target.request[3].children[0]`.
    pub path: String,
    /// In the document, without row numbers: `FEntity.FQty`.
    pub place: String,
    /// How deep it lies.
    pub depth: usize,
    /// Its name.
    pub field: String,
    /// For people.
    pub label: String,
    /// What makes its value; empty for one that only holds others.
    pub value: String,
    /// How it is made.
    pub make: Make,
    /// Indices of what it refers to.
    pub from: Vec<usize>,
    /// The whole field object, without its children.
    pub rules: Value,
}

/// How a value comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Make {
    /// It holds others.
    Holder,
    /// Always the same.
    Constant,
    /// As it is read.
    Reference,
    /// Computed.
    Function,
    /// Looked up.
    Lookup,
}

/// Draws a flow file's text. `None` where it is no JSON.
pub fn picture(text: &str) -> Option<Picture> {
    let file: Value = serde_json::from_str(text).ok()?;
    let mut picture = Picture::default();
    fields(&file["target"]["request"], "target.request", "", 0, &file, &mut picture);
    Some(picture)
}

fn fields(list: &Value, path: &str, place: &str, depth: usize, file: &Value, picture: &mut Picture) {
    for (at, field) in list.as_array().into_iter().flatten().enumerate() {
        let path = format!("{path}[{at}]");
        let name = field["field"].as_str().unwrap_or_default();
        let place = if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
        let value = match &field["value"] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let holds = field["children"].is_array();
        let mut names =
            if holds && value != "1" && !value.is_empty() { vec![value.clone()] } else { Vec::new() };
        names.extend(references(&value));
        let make = if holds {
            Make::Holder
        } else if value.starts_with("_findCollection") {
            names.extend(looked_up(&value));
            Make::Lookup
        } else if value.starts_with("_function") {
            Make::Function
        } else if names.is_empty() {
            Make::Constant
        } else {
            Make::Reference
        };
        let from = names.iter().map(|name| picture.source(name, file)).collect();
        let mut rules = field.clone();
        if let Some(rules) = rules.as_object_mut() {
            rules.remove("children");
        }
        picture.targets.push(Target {
            path: path.clone(),
            place: place.clone(),
            depth,
            field: name.to_owned(),
            label: field["label"].as_str().unwrap_or_default().to_owned(),
            value,
            make,
            from,
            rules,
        });
        fields(&field["children"], &format!("{path}.children"), &place, depth + 1, file, picture);
    }
}

impl Picture {
    /// The field at a path of the flow file; without one, that which has most to tell.
    pub fn open(&self, path: &str) -> Option<&Target> {
        let function = || self.targets.iter().find(|one| one.make == Make::Function);
        self.targets.iter().find(|one| one.path == path).or_else(function).or(self.targets.first())
    }

    fn source(&mut self, name: &str, file: &Value) -> usize {
        if let Some(at) = self.sources.iter().position(|source| source.name == name) {
            return at;
        }
        let group = if name.starts_with("params.") {
            Group::Param
        } else if name.starts_with("lookups.") {
            Group::Lookup
        } else if !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit())
            && name.contains('_')
        {
            Group::System
        } else {
            Group::Field
        };
        let label = file["source"]["request"]
            .as_array()
            .and_then(|all| all.iter().find(|field| field["field"] == name))
            .and_then(|field| field["label"].as_str())
            .unwrap_or_default();
        self.sources.push(Source { name: name.to_owned(), label: label.to_owned(), group });
        self.sources.len() - 1
    }
}

/// The names in `{{x}}`, `{x}` and `{{x|pipe}}`, each once.
pub fn references(value: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut rest = value;
    while let Some(at) = rest.find('{') {
        rest = rest[at..].trim_start_matches('{');
        let Some(end) = rest.find('}') else { break };
        let name = rest[..end].split('|').next().unwrap_or_default().trim();
        let is_name = !name.is_empty() && !name.contains(['"', '\'', '{', ' ', ',', ':']);
        if is_name && names.iter().all(|known| known != name) {
            names.push(name.to_owned());
        }
        rest = rest[end..].trim_start_matches('}');
    }
    names
}

/// Which lookups a `_findCollection` asks: `from return-notice` is `lookups.return-notice`.
fn looked_up(value: &str) -> Vec<String> {
    let words: Vec<&str> = value.split_whitespace().collect();
    let after = words.windows(2).filter(|pair| pair[0].eq_ignore_ascii_case("from"));
    after.map(|pair| format!("lookups.{}", pair[1])).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(super) const FILE: &str = r#"{
  "params": {"org": "100"},
  "source": {"request": [{"field": "no", "label": "编号"}]},
  "target": {"request": [
    {"field": "Type", "value": "X\"}]"},
    {"field": "No", "label": "单号", "value": "{no}", "is_required": true},
    {"field": "Rows", "type": "array", "value": "items", "children": [
      {"field": "Org", "value": "{{params.org}}"},
      {"field": "Qty", "value": "_function {{items.qty}} * 2 + {{no|date}}"},
      {"field": "Who", "value": "_findCollection find A from people where B={{items.who}}"}
    ]}
  ]}
}"#;

    #[test]
    fn lines_lead_from_what_is_referred_to() {
        let picture = picture(FILE).expect("JSON");
        let names: Vec<&str> = picture.sources.iter().map(|source| source.name.as_str()).collect();
        assert_eq!(names, ["no", "items", "params.org", "items.qty", "items.who", "lookups.people"]);
        assert_eq!(picture.sources[0].label, "编号");
        let made: Vec<(&str, Make, usize)> =
            picture.targets.iter().map(|one| (one.place.as_str(), one.make, one.from.len())).collect();
        assert_eq!(
            made,
            [
                ("Type", Make::Constant, 0),
                ("No", Make::Reference, 1),
                ("Rows", Make::Holder, 1),
                ("Rows.Org", Make::Reference, 1),
                ("Rows.Qty", Make::Function, 2),
                ("Rows.Who", Make::Lookup, 2),
            ]
        );
        assert_eq!(picture.targets[4].path, "target.request[2].children[1]");
    }

    #[test]
    fn braces_that_hold_no_name_are_text() {
        assert_eq!(references("{{a.b|date}}-{c} {\"x\": 1} {{a.b}} {"), ["a.b", "c"]);
    }
}
