//! Stored bills and base data, and queries on them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::NaiveDateTime;
use serde_json::{Map, Value, json};

use super::answer::Failure;
use super::cell::{Cell, Kind, parse_date};
use super::config::{IdFormat, Switches, ViewKeys};
use super::envelope::Op;
use super::forms::{Form, Holds, STARTING_BASE};
use super::query::{Query, Twist};

/// One bill (or base-data record). Field values are stored in one shape each: texts, numbers and
/// booleans as such, dates as `2024-01-01 00:00:00`, references as `{"FID", "FNumber", "FName"}`.
#[derive(Clone, Debug)]
pub(super) struct Bill {
    pub id: i64,
    pub number: String,
    /// `FDocumentStatus`: Z, A, B, C or D.
    pub status: char,
    pub fields: Map<String, Value>,
    /// The rows, each with its `FEntryID`.
    pub entries: Vec<Map<String, Value>>,
    pub created: NaiveDateTime,
    pub modified: NaiveDateTime,
    pub approved: Option<NaiveDateTime>,
}

/// Everything that is stored except the materials.
#[derive(Clone, Debug, Default)]
pub(super) struct Bills {
    pub by_form: HashMap<&'static str, BTreeMap<i64, Bill>>,
    /// What was ever stored under a number: what is gone or has another one since is still named here.
    numbered: HashMap<&'static str, HashMap<String, BTreeSet<i64>>>,
    last_id: i64,
    /// Packets saved with ValidateRepeatJson.
    pub packets: HashSet<String>,
    /// Numbers whose audit fails, as if stock were short.
    pub refuse_audit: HashSet<String>,
}

impl Bills {
    /// With the base data of every simulator.
    pub fn new(now: NaiveDateTime) -> Self {
        let mut bills = Self { last_id: 100_000, ..Self::default() };
        for (form, number, name, more) in STARTING_BASE {
            if let Some(form) = Form::find(form) {
                let mut fields = Map::new();
                fields.insert("FName".into(), (*name).into());
                if let Some((key, value)) = more {
                    fields.insert((*key).into(), (*value).into());
                }
                bills.add_base(form, number, fields, now);
            }
        }
        bills
    }

    /// Adds base data, audited; its internal id.
    pub fn add_base(
        &mut self,
        form: &'static Form,
        number: &str,
        fields: Map<String, Value>,
        now: NaiveDateTime,
    ) -> i64 {
        let id = self.next_id();
        let bill = Bill {
            id,
            number: number.to_owned(),
            status: 'C',
            fields,
            entries: Vec::new(),
            created: now,
            modified: now,
            approved: Some(now),
        };
        self.store(form, bill);
        id
    }

    /// A new internal id, unique over all forms.
    pub fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    /// The bills of a form.
    pub fn of(&mut self, form: &Form) -> &mut BTreeMap<i64, Bill> {
        self.by_form.entry(form.id).or_default()
    }

    /// Deletes bills by number; how many.
    pub fn delete(&mut self, form: &str, numbers: &[String]) -> usize {
        let Some(bills) = self.by_form.get_mut(form) else { return 0 };
        let before = bills.len();
        bills.retain(|_, bill| !numbers.contains(&bill.number));
        before - bills.len()
    }

    /// Stores a bill, new or changed.
    pub fn store(&mut self, form: &'static Form, bill: Bill) {
        let numbered = self.numbered.entry(form.id).or_default();
        numbered.entry(bill.number.clone()).or_default().insert(bill.id);
        self.of(form).insert(bill.id, bill);
    }

    /// A bill by number.
    pub fn by_number(&self, form: &Form, number: &str) -> Option<&Bill> {
        let stored = self.by_form.get(form.id)?;
        let ids = self.numbered.get(form.id)?.get(number)?;
        ids.iter().filter_map(|id| stored.get(id)).find(|bill| bill.number == number)
    }

    /// The bills of a form, or of those the ones that have had one of these numbers, by internal id.
    fn candidates(&self, form: &Form, numbers: Option<Vec<&str>>) -> Vec<&Bill> {
        let Some(stored) = self.by_form.get(form.id) else { return Vec::new() };
        let Some(numbers) = numbers else { return stored.values().collect() };
        let of_form = self.numbered.get(form.id);
        let ids = numbers.iter().filter_map(|number| of_form?.get(*number)).flatten();
        let ids: BTreeSet<&i64> = ids.collect();
        ids.into_iter().filter_map(|id| stored.get(id)).collect()
    }
}

/// A bill as JSON.
pub(super) fn view(form: &Form, bill: &Bill, switches: &Switches) -> Value {
    let mut view = Map::new();
    let date = |date: NaiveDateTime| Value::from(date.format("%Y-%m-%dT%H:%M:%S").to_string());
    match switches.view_keys {
        ViewKeys::PropertyNames => view.insert("Id".into(), id_value(bill.id, switches)),
        ViewKeys::FieldKeys => view.insert(form.id_key.into(), id_value(bill.id, switches)),
    };
    let mut put = |key: &str, value: Value| {
        view.insert(property(key, switches), value);
    };
    put(form.number_key, bill.number.as_str().into());
    put("FDocumentStatus", bill.status.to_string().into());
    put("FCreateDate", date(bill.created));
    put("FModifyDate", date(bill.modified));
    put("FApproveDate", bill.approved.map_or(Value::Null, date));
    for (key, value) in &bill.fields {
        put(key, shown(value, switches));
    }
    if let Some((entry, _)) = form.entry {
        let rows = bill.entries.iter().map(|row| {
            let fields = row.iter().map(|(key, value)| match key.as_str() {
                "FEntryID" if switches.view_keys == ViewKeys::PropertyNames => {
                    ("Id".to_owned(), value.clone())
                }
                _ => (property(key, switches), shown(value, switches)),
            });
            Value::Object(fields.collect())
        });
        put(entry, rows.collect());
    }
    Value::Object(view)
}

/// `[INF]` The property names of entities are the field keys without their `F`.
fn property(key: &str, switches: &Switches) -> String {
    match switches.view_keys {
        ViewKeys::FieldKeys => key.to_owned(),
        ViewKeys::PropertyNames => key.strip_prefix('F').unwrap_or(key).to_owned(),
    }
}

fn shown(value: &Value, switches: &Switches) -> Value {
    match (value, switches.view_keys) {
        (Value::Object(reference), ViewKeys::PropertyNames) if reference.contains_key("FNumber") => json!({
            "Id": reference["FID"], "Number": reference["FNumber"],
            "Name": [{"Key": 2052, "Value": reference["FName"]}],
        }),
        _ => value.clone(),
    }
}

/// An internal id as the switch has it.
pub(super) fn id_value(id: i64, switches: &Switches) -> Value {
    match switches.ids {
        IdFormat::Number => id.into(),
        IdFormat::Text => id.to_string().into(),
    }
}

/// Where the value of a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Id,
    Number,
    Status,
    Created,
    Modified,
    Approved,
    EntryId,
    Head(Part),
    Entry(Part),
}

/// Which part of a field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Plain,
    Date,
    Id,
    Number,
    Name,
}

struct Column {
    place: Place,
    key: String,
}

type Row<'a> = (&'a Bill, Option<&'a Map<String, Value>>);

/// Answers a query on bills: the body and the number of rows. A field of the entries among the names
/// multiplies the rows; a bill without entries then gives one row of nulls (`[INF]`).
pub(super) fn query(
    op: Op,
    form: &'static Form,
    bills: &Bills,
    query: Query,
    twist: Twist,
    switches: &Switches,
    rng: &mut fastrand::Rng,
) -> Result<(Vec<u8>, usize), Failure> {
    let empty = BTreeMap::new();
    let stored = bills.by_form.get(form.id).unwrap_or(&empty);
    let mut columns: Vec<Column> = vec![Column { place: Place::Id, key: String::new() }];
    let mut bound = query.bind(&mut |name| {
        let (column, kind) = find(form, stored, name)?;
        if column.place == Place::Id {
            return Some((0, kind));
        }
        columns.push(column);
        Some((columns.len() - 1, kind))
    })?;
    match twist {
        Twist::EmptyPage => return Ok((b"[]".to_vec(), 0)),
        Twist::IgnoreKeyFilter => bound.filter = bound.filter.without(0),
        Twist::None => {}
    }
    let joins = columns.iter().any(|c| matches!(c.place, Place::Entry(_) | Place::EntryId));
    let numbers = columns.iter().enumerate().filter(|(_, column)| column.place == Place::Number);
    let numbers = numbers.map(|(at, _)| at).find_map(|at| bound.filter.texts(at));
    let rows = bills.candidates(form, numbers).into_iter().flat_map(|bill| -> Vec<Row<'_>> {
        if joins && !bill.entries.is_empty() {
            bill.entries.iter().map(|entry| (bill, Some(entry))).collect()
        } else {
            vec![(bill, None)]
        }
    });
    let cell = |row, column: usize| cell(row, &columns[column]);
    let rows = bound.pick(rows, cell, switches, rng);
    Ok((bound.write(op, &rows, cell, switches), rows.len()))
}

fn find(form: &Form, stored: &BTreeMap<i64, Bill>, name: &str) -> Option<(Column, Kind)> {
    let at = |place, kind| Some((Column { place, key: String::new() }, kind));
    let is = |key: &str| name.eq_ignore_ascii_case(key);
    if is(form.id_key) || is("FID") {
        return at(Place::Id, Kind::Number);
    }
    if is(form.number_key) {
        return at(Place::Number, Kind::Text);
    }
    match () {
        () if is("FDocumentStatus") => return at(Place::Status, Kind::Text),
        () if is("FCreateDate") => return at(Place::Created, Kind::Date),
        () if is("FModifyDate") => return at(Place::Modified, Kind::Date),
        () if is("FApproveDate") => return at(Place::Approved, Kind::Date),
        () => {}
    }
    if form.entry.is_some_and(|(entry, _)| is(&format!("{entry}_FEntryID"))) {
        return at(Place::EntryId, Kind::Number);
    }
    let (base, suffix) = name.split_once('.').map_or((name, None), |(base, suffix)| (base, Some(suffix)));
    let same = |key: &str| key.eq_ignore_ascii_case(base);
    let in_head = form.head.iter().find(|f| same(f.key)).map(|f| (f.key, f.holds));
    let in_entry =
        form.entry.and_then(|(_, fields)| fields.iter().find(|f| same(f.key))).map(|f| (f.key, f.holds));
    let (key, holds, is_entry) = if let Some((key, holds)) = in_head {
        (key.to_owned(), holds, false)
    } else if let Some((key, holds)) = in_entry {
        (key.to_owned(), holds, true)
    } else if base.starts_with("F_") {
        // A customer's own field, as far as it has been saved.
        let head = stored.values().flat_map(|bill| bill.fields.keys()).find(|key| same(key));
        let entry = stored.values().flat_map(|b| &b.entries).flat_map(Map::keys).find(|key| same(key));
        head.map(|key| (key.clone(), Holds::Text, false))
            .or(entry.map(|key| (key.clone(), Holds::Text, true)))?
    } else {
        return None;
    };
    let is_reference = matches!(holds, Holds::Base(_) | Holds::Other);
    let (part, kind) = match suffix {
        None if is_reference => (Part::Id, Kind::Number),
        None if holds == Holds::Date => (Part::Date, Kind::Date),
        None => (Part::Plain, holds.kind()),
        Some(s) if s.eq_ignore_ascii_case("FNumber") && is_reference => (Part::Number, Kind::Text),
        Some(s) if s.eq_ignore_ascii_case("FName") && is_reference => (Part::Name, Kind::Text),
        Some(_) => return None,
    };
    Some((Column { place: if is_entry { Place::Entry(part) } else { Place::Head(part) }, key }, kind))
}

fn cell<'a>((bill, entry): Row<'a>, column: &Column) -> Cell<'a> {
    const CODES: &str = "ABCDZ";
    match column.place {
        Place::Id => Cell::Id(bill.id),
        Place::Number => Cell::Text(&bill.number),
        Place::Status => CODES.find(bill.status).map_or(Cell::Null, |at| Cell::Text(&CODES[at..=at])),
        Place::Created => Cell::Date(bill.created),
        Place::Modified => Cell::Date(bill.modified),
        Place::Approved => bill.approved.map_or(Cell::Null, Cell::Date),
        Place::EntryId => entry.and_then(|e| e["FEntryID"].as_i64()).map_or(Cell::Null, Cell::Id),
        Place::Head(part) => field(&bill.fields, &column.key, part),
        Place::Entry(part) => entry.map_or(Cell::Null, |entry| field(entry, &column.key, part)),
    }
}

fn field<'a>(fields: &'a Map<String, Value>, key: &str, part: Part) -> Cell<'a> {
    let Some(value) = fields.get(key) else { return Cell::Null };
    match part {
        Part::Plain => plain(value),
        Part::Date => value.as_str().and_then(parse_date).map_or(Cell::Null, Cell::Date),
        Part::Id => value["FID"].as_i64().map_or(Cell::Null, Cell::Id),
        Part::Number => plain(&value["FNumber"]),
        Part::Name => plain(&value["FName"]),
    }
}

fn plain(value: &Value) -> Cell<'_> {
    match value {
        Value::Null => Cell::Null,
        Value::String(text) => Cell::Text(text),
        other => Cell::Json(other),
    }
}
