//! The flow file and its language, pure: text in, values out.
//!
//! A flow file (`flow.json`, design.md 4) says where records come from, where they go and what becomes of
//! each field. It is checked like a program before it runs:
//!
//! 1. **parse**: [`parse`] reads the JSON into a [`FlowFile`] (`flow`), going on after every
//!    [`Problem`]; `position` finds line and column of each.
//! 2. **check**: `check` judges the whole: what the mapping reads must be what the source provides, a
//!    page must not exceed the interface's maximum, and so on; `check::platform` is the table of what is
//!    known about each platform.
//! 3. **compile**: [`Mapping::compile`] turns a list of [`Field`]s into a tree (`compile`), each value
//!    string into a program (`language`). [`Template`] is the same for the single strings of a source
//!    request.
//! 4. **shape**: [`Shaping`] (`rows`) decides which records are carried, and in what shape: `condition`,
//!    `beatFlat`, `formatResponse`, `groupCalculate`, `quality`.
//! 5. **run**: [`Mapping::values`], [`Mapping::document`], [`Mapping::json`] and [`Mapping::explain`] (`run`)
//!    evaluate the tree on a [`Record`] and a [`Context`]. A value is never pasted into text that is read
//!    again, so no value can change an expression. What cannot be made is a [`RowError`] of that row.
//!
//! # The way of one expression, from text to value
//!
//! `"value": "_function ROUND({{items.amount}} / {{items.qty}}, 2)"`, a field inside an array that walks
//! `items`:
//!
//! * `language::program` sees `_function` at the beginning: no constant, no template (`{{shop}}-{{no}}`), but
//!   an expression.
//! * `language::expression::token` cuts the text: a word, a bracket, a reference, an operator, ….
//! * `language::expression::parse` makes the tree: a call of `ROUND` (found in [`functions::TABLE`], its arity
//!   judged), of a division, of two references. `language::reference` resolves each name: `items` is an open
//!   list, so `items.amount` is the field `amount` of its current row. A problem at any step is reported with
//!   its place, and reading goes on with the next field.
//! * `division` sees that nobody guards `{{items.qty}}`, and warns.
//! * For each row, `evaluate` asks the tree for an `Item`: the two references give the record's own values,
//!   unchanged and borrowed; the division reads both as exact decimals (`decimal`, with MariaDB's scales), or
//!   fails with `division_by_zero`; `ROUND` rounds.
//! * `run` applies value table, type and parser, and puts the value into the document; a failure gets the
//!   path of its field (`FEntity[2].FPrice`) and becomes the row's error.
//!
//! ```
//! use ferry_mapping::{Context, Field, Mapping};
//! use serde_json::json;
//!
//! let fields: Vec<Field> = serde_json::from_value(json!([
//!     {"field": "FBillNo", "value": "{io_id}"},
//!     {"field": "FDate", "value": "{{modified|date}}"},
//!     {"field": "FEntity", "type": "array", "value": "items", "children": [
//!         {"field": "FMaterialId", "value": "{{items.sku_id}}",
//!          "parser": {"name": "ConvertObjectParser", "params": "FNumber"}},
//!         {"field": "FPrice", "type": "float", "value": "_function ROUND({{items.amount}} / {{items.qty}}, 2)"}
//!     ]}
//! ])).unwrap();
//! let mapping = Mapping::compile(&fields, "target.request").unwrap();
//! let context = Context {
//!     params: &Default::default(), last_sync_time: 0, current_time: 0,
//!     page_size: 50, start_page: 1, start_row: 0, lookups: None,
//! };
//! let mut record = json!({
//!     "io_id": 812, "modified": "2024-01-01 10:11:12", "items": [{"sku_id": "A'1", "amount": "10.00", "qty": 3}]
//! });
//! assert_eq!(mapping.document(&record, &context).unwrap().to_string(),
//!     r#"{"FBillNo":812,"FDate":"2024-01-01","FEntity":[{"FMaterialId":{"FNumber":"A'1"},"FPrice":3.33}]}"#);
//!
//! record["items"][0]["qty"] = json!(0);
//! let error = mapping.document(&record, &context).unwrap_err();
//! assert_eq!((error.code, error.path.as_str()), ("division_by_zero", "FEntity[0].FPrice"));
//! ```
//!
//! # What the values mean
//!
//! * A value that is exactly one reference keeps its type; absent and null are null. Inside a
//!   concatenation null is the empty text. In an expression `{{x}}` is the value and `'{{x}}'` its text, where
//!   null is empty too: so it was where these expressions come from.
//! * What an expression means is MySQL's business, but for [`functions::DIFFERENCES`].
//! * Numbers keep their digits: they are never a float in between.
//! * The order is: reference, pipes, `_function`; then `mapping` (the value table), `type`, `parser`,
//!   `is_required`. What each type takes: `run::coerce`; what each parser does: [`Parser`].
//! * Times without a zone are Asia/Shanghai wall-clock time (+08:00). Pipes read `2024-01-01T10:11:12` with
//!   or without a fraction, with a blank for the `T`, `2024-01-01`, and epoch seconds or milliseconds
//!   between 1973 and 2100. `datetime`, `date` and `timestamp` drop the fraction, `timestamp_ms` keeps
//!   milliseconds. Null, blank, 0, `0001-01-01…` and `0000-00-00…` are null.
//! * Braces that hold no name are text, and have to pair up: JSON needs no escaping.

mod check;
mod compile;
mod decimal;
mod flow;
pub mod functions;
mod language;
mod number;
mod position;
mod problem;
mod record;
mod rows;
mod run;
mod time;

pub use compile::Mapping;
#[cfg(feature = "schema")]
pub use flow::schema;
pub use flow::{
    Accumulator, BeatFlat, Condition, Crontab, Delivery, Field, FlowFile, Format, FormatRule, FullScan,
    Gathering, GroupCalculate, Kind, Logic, Lookup, OmissionRemedy, OnMiss, Operation, Pagination, Parser,
    QualityRule, SourceSpec, TargetSpec, Title, Unmatched, ValueTable, parse, read_duration,
};
pub use position::locate;
pub use problem::{Problem, Severity, suggestion};
pub use record::{Context, Found, Lookups, Record, TableRow};
pub use rows::{Shaped, ShapedRecord, Shaping};
pub use run::{Explained, RowError, Template};
pub use serde_json::{Map, Value};
