//! The flow file and its language, pure: text in, values out.
//!
//! A flow file (`flow.json`, design.md 4) says where records come from, where they go and what becomes of
//! each field. It is checked like a program before it runs. The way of one expression, from text to value:
//!
//! 1. **parse**: [`parse`] reads the JSON into a [`FlowFile`] (`flow`), going on after every
//!    [`Problem`]; `position` finds line and column of each.
//! 2. **check**: `check` judges the whole: what the mapping reads must be what the source provides, a
//!    page must not exceed the interface's maximum, and so on; `check::platform` is the table of what is
//!    known about each platform.
//! 3. **compile**: [`Mapping::compile`] turns a list of [`Field`]s into a tree (`compile`), each value
//!    string into a program (`language`): a constant, a template (`{{shop}}-{{no}}`) or an expression
//!    (`_function trim('{x}')`, with the functions of [`functions`], one file each). [`Template`] is the
//!    same for the single strings of a source request.
//! 4. **shape**: [`Shaping`] (`rows`) decides which records are carried, and in what shape: `condition`,
//!    `beatFlat`, `formatResponse`, `groupCalculate`, `quality`.
//! 5. **run**: [`Mapping::values`], [`Mapping::document`] and [`Mapping::explain`] (`run`) evaluate the
//!    tree on a [`Record`] and a [`Context`]. A value is never pasted into text that is read again, so no
//!    value can change an expression. What cannot be made is a [`RowError`] of that row.
//!
//! This version runs level 1 of the grammar and `_function` with the functions in [`functions::TABLE`].
//! What belongs to higher levels is refused by name (`not_supported`), never ignored.
//!
//! ```
//! use ferry_mapping::{Context, Field, Mapping};
//! use serde_json::json;
//!
//! let fields: Vec<Field> = serde_json::from_value(json!([
//!     {"field": "data_id", "type": "string", "value": "{FMasterId}"},
//!     {"field": "specification_model", "type": "string", "value": "_function trim('{FSpecification}')"},
//!     {"field": "modified_at", "type": "string", "value": "{{FModifyDate|datetime}}"}
//! ])).unwrap();
//! let mapping = Mapping::compile(&fields, "target.request").unwrap();
//! let record = json!({
//!     "FMasterId": 100029, "FSpecification": " M8 x 20", "FModifyDate": "2024-01-01T10:11:12.123"
//! });
//! let context = Context {
//!     params: &Default::default(), last_sync_time: 0, current_time: 0,
//!     page_size: 2000, start_page: 1, start_row: 0, lookups: None,
//! };
//! assert_eq!(mapping.document(&record, &context).unwrap(), json!({
//!     "data_id": "100029", "specification_model": "M8 x 20", "modified_at": "2024-01-01 10:11:12"
//! }));
//! ```
//!
//! # What the values mean
//!
//! * A value that is exactly one reference keeps its type; absent and null are null. Inside a
//!   concatenation null is the empty text. The same holds for a quoted reference in an expression, except
//!   that it is always text (or NULL).
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
pub use problem::{Problem, Severity};
pub use record::{Context, Found, Lookups, Record, TableRow};
pub use rows::{Shaped, ShapedRecord, Shaping};
pub use run::{Explained, RowError, Template};
pub use serde_json::{Map, Value};
