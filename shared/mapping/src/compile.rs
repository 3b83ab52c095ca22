//! From fields to a [`Mapping`]: every value string compiled, every reference resolved to where it leads.

use crate::flow::{Field, Kind, Parser, ValueTable};
use crate::language::expression::Lookup;
use crate::language::reference::list_bit;
use crate::language::{Place, Program, Reference, shown};
use crate::problem::{Problem, Problems, shorten};
use crate::{Map, Value, run};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// A compiled list of fields. Made once, run for every record.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    pub(crate) entries: Vec<Entry>,
    /// What every document of the mapping begins as a copy of ([`run::blank`]).
    pub(crate) blank: Map<String, Value>,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub name: String,
    pub label: Option<String>,
    /// Path in the target document.
    pub path: String,
    /// JSON path of the field in the flow file.
    pub json_path: String,
    pub expression: String,
    pub required: bool,
    pub node: Node,
    /// The lists whose current row it reads: bit n for the one at depth n.
    pub reads: u32,
    /// Its key and its constant parts as JSON text.
    pub text: run::Text,
}

impl Entry {
    /// Whether it reads the current row of the list at this depth.
    pub fn reads_row(&self, depth: usize) -> bool {
        self.reads & list_bit(depth) != 0
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Node {
    Value { program: Program, table: Option<ValueTable>, kind: Option<Kind>, parser: Option<Parser> },
    Object(Mapping),
    Array { list: List, children: Mapping },
}

/// What an array field walks.
#[derive(Clone, Debug)]
pub(crate) enum List {
    /// `"value": "1"`: exactly one row, made from the head.
    OneRow,
    /// `"value": "items"`.
    Of(Reference),
}

/// Documents are not deeper; a file that is would take the stack down.
const DEEPEST: usize = 24;

impl Mapping {
    /// Compiles fields; `path` is the JSON path of their list (`target.request`), for the problems. All
    /// problems at once. Fields without a value are not delivered, and not part of the mapping.
    pub fn compile(fields: &[Field], path: &str) -> Result<Mapping, Vec<Problem>> {
        let mut problems = Problems::default();
        let mapping = Mapping::compile_into(fields, path, &mut problems);
        if problems.is_empty() { Ok(mapping) } else { Err(problems.into_vec()) }
    }

    /// The same, adding to problems found before.
    pub(crate) fn compile_into(fields: &[Field], path: &str, problems: &mut Problems) -> Mapping {
        let mut all_lists = BTreeSet::new();
        collect_lists(fields, 0, &mut all_lists);
        let mut compiler = Compiler { lists: Vec::new(), all_lists, problems };
        compiler.fields(fields, path, "", 0)
    }

    /// Names of the top-level fields, in the order of the flow file and of [`Mapping::values`].
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// The fields inside an object field, as a mapping of their own (MySQL's `main_params`).
    pub fn object(&self, field: &str) -> Option<&Mapping> {
        self.entries.iter().find_map(|entry| match &entry.node {
            Node::Object(mapping) if entry.name == field => Some(mapping),
            _ => None,
        })
    }

    /// Names of the record fields that the mapping reads, lists included.
    pub fn references(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        self.each_reference(&mut |_, reference| {
            names.extend(reference.record_name());
        });
        names
    }

    /// The paths of the values that are made of these fields of the record, and of no other of its fields.
    pub fn made_of(&self, names: &[&str]) -> BTreeSet<&str> {
        let (mut made_of, mut others) = (BTreeSet::new(), BTreeSet::new());
        self.each_reference(&mut |entry, reference| {
            if let Some(name) = reference.record_name() {
                let paths = if names.contains(&name) { &mut made_of } else { &mut others };
                paths.insert(entry.path.as_str());
            }
        });
        made_of.retain(|path| !others.contains(path));
        made_of
    }

    /// The fields that `_findCollection` finds in the lookup of this name.
    pub fn found_in(&self, name: &str) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        self.each_lookup(&mut |_, lookup| {
            if lookup.from == name {
                found.insert(lookup.find.as_str());
            }
        });
        found
    }

    /// Every `_findCollection`, with the field it stands in.
    pub(crate) fn each_lookup<'m>(&'m self, visit: &mut dyn FnMut(&'m Entry, &'m Lookup)) {
        for entry in &self.entries {
            match &entry.node {
                Node::Value { program: Program::Expression(expression), .. } => {
                    expression.each_lookup(&mut |lookup| visit(entry, lookup));
                }
                Node::Value { .. } => {}
                Node::Object(children) | Node::Array { children, .. } => children.each_lookup(visit),
            }
        }
    }

    /// Every reference, with the JSON path of the field it stands in.
    pub(crate) fn each_reference<'m>(&'m self, visit: &mut dyn FnMut(&'m Entry, &'m Reference)) {
        for entry in &self.entries {
            match &entry.node {
                Node::Value { program, .. } => {
                    program.each_reference(&mut |reference| visit(entry, reference));
                }
                Node::Object(children) => children.each_reference(visit),
                Node::Array { list, children } => {
                    if let List::Of(reference) = list {
                        visit(entry, reference);
                    }
                    children.each_reference(visit);
                }
            }
        }
    }
}

/// The name of the list that an array field walks: `items`, or `{{items}}` as some write it.
fn list_name(field: &Field) -> Option<&str> {
    let is_array = field.kind.is_none_or(|kind| kind == Kind::Array);
    let value = field.value.as_deref()?.trim();
    let bare = value.strip_prefix("{{").and_then(|it| it.strip_suffix("}}"));
    let bare = bare.or_else(|| value.strip_prefix('{').and_then(|it| it.strip_suffix('}')));
    (is_array && !field.children.is_empty() && value != "1").then_some(bare.unwrap_or(value).trim())
}

fn collect_lists(fields: &[Field], depth: usize, lists: &mut BTreeSet<String>) {
    for field in fields.iter().filter(|_| depth <= DEEPEST) {
        lists.extend(list_name(field).map(str::to_owned));
        collect_lists(&field.children, depth + 1, lists);
    }
}

/// Stands for a value that cannot be compiled, so that other checks do not miss the field.
fn nothing() -> Node {
    Node::Value { program: Program::Constant(Value::Null), table: None, kind: None, parser: None }
}

/// The lists whose current row a node reads; `open` of them are open where it stands.
fn reads(node: &Node, open: usize) -> u32 {
    let all = |mapping: &Mapping| mapping.entries.iter().fold(0, |sum, entry| sum | entry.reads);
    match node {
        Node::Value { program, .. } => {
            let mut rows = 0;
            program.each_reference(&mut |reference| rows |= reference.reads());
            rows
        }
        Node::Object(children) => all(children),
        Node::Array { list, children } => {
            let of_the_list = if let List::Of(reference) = list { reference.reads() } else { 0 };
            let own = if let List::Of(_) = list { list_bit(open) } else { 0 };
            of_the_list | (all(children) & !own)
        }
    }
}

struct Compiler<'p> {
    lists: Vec<String>,
    all_lists: BTreeSet<String>,
    problems: &'p mut Problems,
}

impl Compiler<'_> {
    fn fields(&mut self, fields: &[Field], json: &str, parent: &str, depth: usize) -> Mapping {
        let mut mapping = Mapping { entries: Vec::with_capacity(fields.len()), blank: Map::new() };
        if depth > DEEPEST {
            self.problems.add(
                "too_deep",
                json,
                format!("fields are nested more than {DEEPEST} deep"),
                format!("字段嵌套超过 {DEEPEST} 层"),
            );
            return mapping;
        }
        let mut names = BTreeSet::new();
        for (index, field) in fields.iter().enumerate() {
            let json_path = format!("{json}[{index}]");
            if !names.insert(field.field.as_str()) {
                let name = shorten(&field.field);
                self.problems.add(
                    "duplicate_field",
                    &format!("{json_path}.field"),
                    format!("the field `{name}` stands twice in this list; keep one"),
                    format!("字段“{name}”在此列表中出现了两次；请只保留一个"),
                );
                continue;
            }
            let path = match parent {
                "" => field.field.clone(),
                parent => format!("{parent}.{}", field.field),
            };
            if let Some(node) = self.node(field, &json_path, &path, depth) {
                mapping.entries.push(Entry {
                    name: field.field.clone(),
                    label: field.label.clone(),
                    path,
                    json_path,
                    expression: field.value.clone().unwrap_or_default(),
                    required: field.is_required,
                    reads: reads(&node, self.lists.len()),
                    text: run::Text::of(&field.field, &node, field.is_required),
                    node,
                });
            }
        }
        mapping.blank = run::blank(&mapping.entries);
        mapping
    }

    fn node(&mut self, field: &Field, json: &str, path: &str, depth: usize) -> Option<Node> {
        if !field.children.is_empty() {
            return self.parent(field, json, path, depth);
        }
        let value_path = format!("{json}.value");
        let Some(value) = &field.value else {
            if field.is_required {
                self.problems.add(
                    "missing_key",
                    &value_path,
                    "the field is required (`is_required`) and has no `value`",
                    "该字段必填（is_required），却没有 value",
                );
            }
            return None;
        };
        let mut place = Place {
            path: &value_path,
            lists: &self.lists,
            all_lists: &self.all_lists,
            problems: self.problems,
        };
        let (table, kind, parser) = (field.mapping.as_ref(), field.kind, field.parser.as_ref());
        let constant = match Program::compile(value, &mut place) {
            Some(Program::Constant(constant)) => constant,
            Some(program) => {
                let (table, parser) = (table.cloned(), parser.cloned());
                return Some(Node::Value { program, table, kind, parser });
            }
            None => return Some(nothing()),
        };
        match run::constant(constant, table, kind, parser) {
            Ok(content) if field.is_required && run::is_missing(&content) => {
                self.problems.add(
                    "missing_required",
                    &value_path,
                    "the field is required (`is_required`) and its constant value is empty",
                    "该字段必填（is_required），其固定值却为空",
                );
                Some(nothing())
            }
            Ok(content) => {
                let value = run::wrap(parser, Cow::Owned(content)).into_owned();
                Some(Node::Value { program: Program::Constant(value), table: None, kind: None, parser: None })
            }
            Err(fault) => {
                let error = run::RowError::of(*fault, path, value);
                self.problems.add("bad_constant", &value_path, error.en(), error.zh());
                Some(nothing())
            }
        }
    }

    /// An object or an array with children.
    fn parent(&mut self, field: &Field, json: &str, path: &str, depth: usize) -> Option<Node> {
        let children_path = format!("{json}.children");
        if field.parser.is_some() || field.mapping.is_some() {
            self.problems.add(
                "wrong_place",
                json,
                "a field with `children` takes neither `parser` nor `mapping`; put them on the children",
                "带 children 的字段不能有 parser 或 mapping；请写在子字段上",
            );
        }
        let value = field.value.as_deref().map(str::trim).filter(|value| !value.is_empty());
        match (field.kind, value) {
            (Some(Kind::Array), None) => {
                self.problems.add(
                    "missing_key",
                    &format!("{json}.value"),
                    "an array with `children` needs the name of the source list as its `value` (or 1 for \
                     one row)",
                    "带 children 的数组须在 value 中写明源列表名（或写 1 表示一行）",
                );
                self.fields(&field.children, &children_path, path, depth + 1);
                None
            }
            (Some(Kind::Object), None | Some("1")) | (None, None) => {
                let children = self.fields(&field.children, &children_path, path, depth + 1);
                Some(Node::Object(children))
            }
            (Some(Kind::Array) | None, Some("1")) => {
                let children = self.fields(&field.children, &children_path, path, depth + 1);
                Some(Node::Array { list: List::OneRow, children })
            }
            (Some(Kind::Array) | None, Some(_)) => {
                let name = list_name(field).unwrap_or_default().to_owned();
                let value_path = format!("{json}.value");
                let mut place = Place {
                    path: &value_path,
                    lists: &self.lists,
                    all_lists: &BTreeSet::new(),
                    problems: self.problems,
                };
                let reference = Reference::compile(&name, &mut place);
                self.lists.push(name);
                let children = self.fields(&field.children, &children_path, path, depth + 1);
                self.lists.pop();
                Some(Node::Array { list: List::Of(reference?), children })
            }
            (Some(Kind::Object), Some(value)) => {
                let value = shown(&Value::from(value));
                self.problems.add(
                    "wrong_place",
                    &format!("{json}.value"),
                    format!("an object with `children` takes no value, here {value}; remove it"),
                    format!("带 children 的对象不取 value（此处为 {value}）；请删除"),
                );
                None
            }
            (Some(_), _) => {
                self.problems.add(
                    "wrong_place",
                    &format!("{json}.type"),
                    "a field with `children` is an object or an array",
                    "带 children 的字段类型只能是 object 或 array",
                );
                None
            }
        }
    }
}
