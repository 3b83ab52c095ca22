//! 金蝶云星空 as a target: `BatchSave`, and bills that are delivered only when they are audited, where the flow file
//! asks for that (`design.md` 7).
//!
//! A page goes in four steps, each of them for all of its bills at once:
//!
//! 1. *Look* which bill numbers are there, and how far they have come.
//! 2. *Save* what is missing, `operation.rows` bills a call. A batch that is refused as a whole is halved until the
//!    bad bill stands alone.
//! 3. *Look again* at what was saved: an answer of success says nothing sure about the audit, and one that does not
//!    name a bill says nothing at all.
//! 4. *Submit and audit* what is there and not audited, once. What still is not is a dead letter that says so.
//!
//! The bill number is the only key against doubling. Since every page begins with a look, a page that comes again is
//! safe whatever became of it before; only a request that may still be at work has to be waited for
//! ([`TargetPart::settles_after`]).

mod bill;
mod write;

use super::{Document, Existing, Opening, Outcome, Target, TargetPart};
use crate::client::{Client, galaxy::Galaxy};
use crate::flow::Unloaded;
use crate::host::Variables;
use crate::problem::Failure;
use crate::tally::Interface;
use ferry_mapping::{
    Context, Field, FlowFile, Mapping, Problem as FileProblem, Record, RowError, Template, Value,
};
use ferry_platforms::galaxy::{Account, MAX_BILLS, SaveOptions};
use std::time::Duration;

/// The field that names a bill.
const BILL_NO: &str = "FBillNo";

/// A save that lost its connection goes on in the ERP. Its gateways give up after a minute; no document names a
/// figure, so that the variable `target_timeout_seconds` can.
const SETTLES_AFTER: Duration = Duration::from_secs(60);

/// The flow file's target, compiled.
#[derive(Debug)]
pub struct Spec {
    mapping: Mapping,
    form_id: String,
    options: SaveOptions,
    rows: usize,
    /// The field in which the ERP keeps when the source modified the record.
    version: Option<String>,
}

impl Spec {
    /// Compiles the target part of a flow file.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn compile(file: &FlowFile) -> Result<Self, Vec<FileProblem>> {
        let target = &file.target;
        let mapping = Mapping::compile(&target.request, "target.request")?;
        let mut problems = Vec::new();
        let maps = |name: &str| target.request.iter().any(|field| field.field == name);
        if !maps(BILL_NO) {
            problems.push(problem(
                "target.request",
                "nothing is mapped to FBillNo: the bill number tells whether a record was saved before",
                "没有映射 FBillNo：要靠单据编号判断记录是否已保存",
            ));
        }
        if let Some(version) = target.version.as_ref().filter(|version| !maps(version)) {
            problems.push(problem(
                "target.version",
                &format!("the version field {version} is not mapped in the bill's head"),
                &format!("版本字段 {version} 没有在表头中映射"),
            ));
        }
        if !target.id_check && target.version.is_none() {
            problems.push(problem(
                "target.idCheck",
                "bills are to be updated, but nothing tells older data from newer: name in `version` the head field in which the ERP keeps the source's modification time, or set idCheck to true",
                "要更新已存在的单据，但无法判断新旧：请在 version 中写明星空保存来源修改时间的表头字段，或将 idCheck 设为 true",
            ));
        }
        let mut options = SaveOptions::default();
        let mut form_id = String::new();
        for (index, field) in target.other_request.iter().enumerate() {
            let path = format!("target.otherRequest[{index}].value");
            let value = constant(file, field, &path)?;
            if field.field == "FormId" {
                form_id = value;
            } else if let Err(wrong) = options.set(&field.field, &Value::String(value)) {
                problems.push(problem(
                    &path,
                    &format!("{}: {}", wrong.about, wrong.en),
                    &format!("{}：{}", wrong.about, wrong.zh),
                ));
            }
        }
        if form_id.is_empty() {
            problems.push(problem(
                "target.otherRequest",
                "BatchSave needs the parameter FormId: which kind of bill to save",
                "BatchSave 需要参数 FormId：要保存的单据类型",
            ));
        }
        let rows = target.operation.as_ref().map_or(1, |operation| operation.rows as usize);
        if rows > MAX_BILLS {
            problems.push(problem(
                "target.operation.rows",
                &format!("at most {MAX_BILLS} bills go into one BatchSave"),
                &format!("一次 BatchSave 最多 {MAX_BILLS} 张单据"),
            ));
        }
        match problems.is_empty() {
            true => {
                Ok(Spec { mapping, form_id, options, rows: rows.max(1), version: target.version.clone() })
            }
            false => Err(problems),
        }
    }
}

/// A parameter that does not depend on any record.
fn constant(file: &FlowFile, field: &Field, path: &str) -> Result<String, Vec<FileProblem>> {
    let template = Template::compile(field.value.as_deref().unwrap_or_default(), path)?;
    let context = Context {
        params: &file.params,
        last_sync_time: 0,
        current_time: 0,
        page_size: 0,
        start_page: 0,
        start_row: 0,
        lookups: None,
    };
    template
        .render(None, &context, &str::to_owned)
        .map_err(|error| vec![problem(path, &error.en(), &error.zh())])
}

fn problem(path: &str, en: &str, zh: &str) -> FileProblem {
    FileProblem::new("galaxy_target", path, en.to_owned(), zh.to_owned())
}

/// The flow file's part and the account.
struct Part {
    spec: Spec,
    account: Account,
}

/// Loads the target of a flow that writes to 金蝶云星空.
///
/// # Errors
/// What is wrong with the flow file or the variables.
pub fn load(file: &FlowFile, variables: &dyn Variables) -> Result<Box<dyn TargetPart>, Unloaded> {
    let spec = Spec::compile(file)?;
    let variable = |name: &str| variables.get(name).unwrap_or_default();
    Ok(Box::new(Part { spec, account: Account::from_variables(&file.target.account, variable)? }))
}

impl TargetPart for Part {
    fn open<'h>(&'h self, opening: &Opening<'h>) -> Box<dyn Target + 'h> {
        let client = Client::new(opening, &opening.file.target.account, &self.account);
        Box::new(GalaxyTarget { spec: &self.spec, existing: opening.existing, client, looks: 0 })
    }

    fn settles_after(&self) -> Duration {
        SETTLES_AFTER
    }
}

/// The target, for one invocation.
struct GalaxyTarget<'h> {
    spec: &'h Spec,
    existing: Existing,
    client: Client<'h, Galaxy>,
    /// Calls that only looked.
    looks: u64,
}

impl Target for GalaxyTarget<'_> {
    fn map(&self, record: &dyn Record, context: &Context) -> Result<Document, RowError> {
        self.spec.mapping.document(record, context).map(Document::Json)
    }

    fn write(&mut self, rows: Vec<Document>) -> Result<Vec<Outcome>, Failure> {
        self.deliver(rows)
    }

    fn find(&mut self, rows: &[Document]) -> Result<Vec<bool>, Failure> {
        self.are_there(rows)
    }

    fn flush(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    fn reset(&mut self) {
        self.client.forget_doubt();
    }

    fn calls(&self) -> u64 {
        self.client.calls() - self.looks
    }

    fn lookups(&self) -> u64 {
        self.looks
    }

    fn is_in_doubt(&self) -> bool {
        self.client.is_in_doubt()
    }

    fn called(&mut self) -> Vec<Interface> {
        self.client.called()
    }

    fn used_keys(&mut self) -> Vec<String> {
        self.client.used_keys()
    }
}
