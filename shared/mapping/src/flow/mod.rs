//! The flow file as types. `read` makes them from JSON, `crate::check` judges them.

mod condition;
mod crontab;
mod duration;
mod field;
mod flat;
mod format;
mod group;
mod keys;
mod lookup;
mod read;
mod refused;
mod rescan;

pub use condition::{Condition, Logic, QualityRule};
pub use crontab::Crontab;
pub use field::{Field, Kind, Parser, Unmatched, ValueTable};
pub use flat::BeatFlat;
pub use format::{Format, FormatRule};
pub use group::{Accumulator, GroupCalculate};
pub use lookup::{Lookup, OnMiss};
pub use read::parse;
pub use rescan::{FullScan, OmissionRemedy};

use crate::problem::{Problem, Problems, suggestion};
use crate::{Value, check};
use std::collections::BTreeMap;
use std::time::Duration;

/// All that is particular to a flow (design.md 4).
#[derive(Clone, Debug, PartialEq)]
pub struct FlowFile {
    /// Lower-case letters, digits and hyphens: it is part of routes and storage keys.
    pub name: String,
    /// For people.
    pub title: Title,
    /// Constants of a company, as `{{params.x}}`: texts, numbers and booleans.
    pub params: BTreeMap<String, Value>,
    /// Where records come from.
    pub source: SourceSpec,
    /// Where they go.
    pub target: TargetSpec,
    /// What `_findCollection` finds its records in, by name.
    pub lookups: BTreeMap<String, Lookup>,
    /// What a record must be like to be delivered.
    pub quality: Vec<QualityRule>,
    /// When, how often, how patiently.
    pub delivery: Delivery,
    /// What the check found that does not stand against running.
    pub warnings: Vec<Problem>,
}

/// A title in both languages. A file that gives one has it in both places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Title {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// The source half of a flow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceSpec {
    /// One of the known platforms: `galaxy`, `jushuitan`, ….
    pub platform: String,
    /// The set of credentials to use: the prefix of its variables.
    pub account: String,
    /// The interface: `executeBillQuery`, `other.inout.query`, ….
    pub api: String,
    /// `QUERY`.
    pub effect: String,
    /// HTTP verb or `SQL`.
    pub method: String,
    /// Field that holds the record's number, for people.
    pub number: String,
    /// Field that holds the record's unique id.
    pub id: String,
    /// Field that holds the record's name.
    pub name: Option<String>,
    /// As in the incumbent's files: whether a record already delivered is left alone.
    pub id_check: bool,
    /// How the rows are paged.
    pub pagination: Pagination,
    /// Parameters of the request; for Galaxy's `executeBillQuery` the fields of the answer
    /// (`field` = our name, `value` = Galaxy's key).
    pub request: Vec<Field>,
    /// Parameters that are not part of the document: form id, filter, limits.
    pub other_request: Vec<Field>,
    /// A second, unfiltered scan now and then.
    pub full_scan: Option<FullScan>,
    /// A past range read again on a schedule.
    pub omission_remedy: Option<OmissionRemedy>,
    /// New fields made from those of the answer.
    pub format_response: Vec<FormatRule>,
    /// The list whose rows become records.
    pub beat_flat: Option<BeatFlat>,
    /// Which records are carried: one of the outer list, of which all hold. Empty: every record.
    pub condition: Vec<Vec<Condition>>,
    /// Records gathered into documents; see [`FlowFile::group_calculate`].
    pub group_calculate: Option<GroupCalculate>,
}

/// How rows are paged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pagination {
    /// Rows a page; 100, or the interface's maximum, where the file gives none.
    pub page_size: u32,
    /// Field of the answer to page by (`key > last`, ordered by it), where the platform allows.
    pub key: Option<String>,
}

/// The target half of a flow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TargetSpec {
    /// One of the known platforms.
    pub platform: String,
    /// The set of credentials to use.
    pub account: String,
    /// The interface: `execute`, `batchSave`, ….
    pub api: String,
    /// `EXECUTE`.
    pub effect: String,
    /// HTTP verb or `SQL`.
    pub method: String,
    /// `true`: what is already there is left alone; `false`: it is updated (design.md 7).
    pub id_check: bool,
    /// The mapped field that tells older data from newer; older never overwrites newer.
    pub version: Option<String>,
    /// The document: the mapping.
    pub request: Vec<Field>,
    /// Parameters beside the document: form id, statement, limits, flags.
    pub other_request: Vec<Field>,
    /// How documents are gathered into calls; one call each where absent.
    pub operation: Option<Operation>,
    /// Records gathered into documents: the incumbent's place for it, see [`FlowFile::group_calculate`].
    pub group_calculate: Option<GroupCalculate>,
}

/// How documents are gathered into calls (qeasy-metadata 3.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Parameter that holds the list, such as `array`.
    pub rows_key: Option<String>,
    /// Documents per call, at least 1.
    pub rows: u32,
    /// What is done with them.
    pub method: Gathering,
}

/// `operation.method`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gathering {
    /// `batchArraySave`: up to `rows` documents in one call.
    Batch,
    /// `none`: one document, one call.
    None,
}

/// When, how often and how patiently records are carried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// How often a run is expected; a run that is late raises the missed-schedule alert.
    pub expect_every: Duration,
    /// How far a window reaches back before the watermark; 10 minutes.
    pub look_back: Duration,
    /// How far a window stays behind now; 30 seconds.
    pub safety_lag: Duration,
    /// Waits before each retry of a dead letter; 5 minutes, 30 minutes, 2 hours.
    pub retries: Vec<Duration>,
    /// Wall time of one invocation; 20 seconds.
    pub budget: Duration,
    /// Longest a single call may take; 30 seconds.
    pub request_timeout: Duration,
}

impl FlowFile {
    /// How records are gathered into documents, with its JSON path. It may stand in the source or, where
    /// the incumbent's documents have it, in the target; never in both.
    pub fn group_calculate(&self) -> Option<(&'static str, &GroupCalculate)> {
        let of_source = self.source.group_calculate.as_ref().map(|it| ("source.groupCalculate", it));
        let of_target = self.target.group_calculate.as_ref().map(|it| ("target.groupCalculate", it));
        of_source.or(of_target)
    }

    /// Overrides parameters (from the flow's variable). A name that the flow file does not define, or a
    /// value that is no text, number or boolean, is a problem (its line is 0: it is not in the file).
    pub fn with_params(mut self, overrides: &BTreeMap<String, Value>) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        for (name, value) in overrides {
            let path = format!("params.{name}");
            if !self.params.contains_key(name) {
                let (en, zh) = suggestion(name, self.params.keys().map(String::as_str));
                problems.add(
                    "unknown_param",
                    &path,
                    format!("the flow has no parameter `{name}` to override{en}"),
                    format!("流程没有名为“{name}”的参数可供覆盖{zh}"),
                );
            } else if check::parameter(&path, value, &mut problems) {
                self.params.insert(name.clone(), value.clone());
            }
        }
        if problems.is_empty() { Ok(self) } else { Err(problems.into_vec()) }
    }
}
