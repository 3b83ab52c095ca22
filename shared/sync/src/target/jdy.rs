//! 金蝶云星辰 V2 as a target: customers, each known by its number (`vendors/kingdee.md` 2.3 to 2.5).
//!
//! A customer goes in two steps: its number is looked for, and what is missing (or, where the flow updates, differs)
//! is saved. There is no key against saving twice but the number, and whether 星辰 refuses a number that is taken or
//! overwrites the customer that has it is unconfirmed: so nothing is saved without a look of the same page.
//!
//! Where customers are left alone, the list of all spares looks: what is in it is there. What is not in it may be
//! there all the same, since the list shows what the integration user may see, and is looked for by its number.

mod compare;
mod write;

use super::{Document, Existing, Opening, Outcome, Target, TargetPart};
use crate::client::{Client, jdy::Jdy};
use crate::flow::Unloaded;
use crate::host::Variables;
use crate::problem::Failure;
use ferry_mapping::{
    Context, Field, FlowFile, Kind, Mapping, Parser, Problem as FileProblem, Record, RowError,
};
use ferry_platforms::jdy::Account;
use std::collections::HashSet;
use std::time::Duration;

/// The interface that saves a customer (`vendors/kingdee.md` 2.3).
const CUSTOMER: &str = "/jdy/v2/bd/customer";
/// The field that identifies a customer.
const NUMBER: &str = "number";

/// The fields of a save but the contacts (`vendors/kingdee.md` 2.3). `id` is not among them: it is Ferry's to set.
const FIELDS: &str = "name number ignore_warn account_open_addr addr bank bank_account c_level_id city_id country_id
    province_id district_id credit_limit custom_field deduct def_currency_id group_id group_number invoice_email
    invoice_name invoice_phone invoice_type mul_label rate remark sale_dept_id sale_dept_number saler_id saler_number
    setting_term_id setting_term_number taxpayer_no";
/// Each has an id of its own, which an update must name.
const CONTACTS: &str = "contact_persons";

/// The vendor answers within 30 s (`ferry_platforms::jdy::LONGEST_ANSWER`); as much again for what a gateway holds.
const SETTLES_AFTER: Duration = Duration::from_secs(60);

/// The flow file's target, compiled.
#[derive(Debug)]
pub struct Spec {
    mapping: Mapping,
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
        if target.api != CUSTOMER {
            problems.push(problem(
                "target.api",
                &format!("{:?} is no interface that Ferry writes to; there is: {CUSTOMER}", target.api),
                &format!("Ferry 不写入接口 {:?}；可用：{CUSTOMER}", target.api),
            ));
        }
        for (index, field) in target.request.iter().enumerate() {
            problems.extend(of_field(index, field, target.id_check));
        }
        if !target.request.iter().any(|field| field.field == NUMBER) {
            problems.push(problem(
                "target.request",
                "nothing is mapped to number: the customer's number tells whether a record was saved before",
                "没有映射 number：要靠客户编码判断记录是否已保存",
            ));
        }
        if let Some(field) = target.other_request.first() {
            problems.push(problem(
                "target.otherRequest",
                &format!(
                    "a customer has no otherRequest ({}): it is flat, and all belongs into request",
                    field.field
                ),
                &format!("客户接口没有 otherRequest（{}）：单据是平铺的，请全部写在 request 中", field.field),
            ));
        }
        if problems.is_empty() { Ok(Spec { mapping }) } else { Err(problems) }
    }
}

/// What is wrong with a field.
fn of_field(index: usize, field: &Field, id_check: bool) -> Option<FileProblem> {
    let name = field.field.as_str();
    let path = format!("target.request[{index}]");
    if name == NUMBER && !is_text(field) {
        return Some(problem(
            &format!("{path}.type"),
            "number must be a text (\"type\": \"string\"): 星辰 takes no other, although the source's id may be a number",
            "number 必须为文本（\"type\": \"string\"）：即使来源的编号是数字，星辰也只接受文本",
        ));
    }
    if name == CONTACTS && !id_check {
        return Some(problem(
            &format!("{path}.field"),
            "contacts are not updated: each has an id in 星辰, without which an update adds it once more. Leave contact_persons out, or set idCheck to true",
            "不支持更新联系人：更新时必须带上每个联系人在星辰中的 id，否则会重复添加。请删除 contact_persons，或将 idCheck 设为 true",
        ));
    }
    if name == CONTACTS || FIELDS.split_whitespace().any(|known| known == name) {
        return None;
    }
    let known: Vec<&str> = FIELDS.split_whitespace().collect();
    let like = known.iter().find(|known| known.replace('_', "").eq_ignore_ascii_case(&name.replace('_', "")));
    let (en, zh) = match (name, like) {
        ("id", _) => ("; Ferry finds the id by the number".to_owned(), "；id 由 Ferry 按编码查得".to_owned()),
        (_, Some(like)) => (format!("; did you mean {like}?"), format!("；是否应为 {like}？")),
        (_, None) => {
            let known = known.join(", ");
            (format!("; there are: {known}, {CONTACTS}"), format!("；可用：{known}、{CONTACTS}"))
        }
    };
    Some(problem(
        &format!("{path}.field"),
        &format!("a customer has no field {name:?}, and 星辰 passes over what it does not know{en}"),
        &format!("客户没有字段 {name:?}，而星辰会忽略未知字段{zh}"),
    ))
}

fn is_text(field: &Field) -> bool {
    matches!(field.kind, Some(Kind::String)) && matches!(field.parser, None | Some(Parser::ArrayToString(_)))
}

fn problem(path: &str, en: &str, zh: &str) -> FileProblem {
    FileProblem::new("jdy_target", path, en.to_owned(), zh.to_owned())
}

/// The flow file's part and the account.
struct Part {
    spec: Spec,
    account: Account,
}

/// Loads the target of a flow that writes customers of 金蝶云星辰.
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
        Box::new(JdyTarget { spec: &self.spec, existing: opening.existing, client, looks: 0, listed: None })
    }

    fn settles_after(&self) -> Duration {
        SETTLES_AFTER
    }
}

/// The target, for one invocation.
struct JdyTarget<'h> {
    spec: &'h Spec,
    existing: Existing,
    client: Client<'h, Jdy>,
    /// Calls that only looked.
    looks: u64,
    /// Keys of numbers that are there, by the list of all customers, once it was read.
    listed: Option<HashSet<String>>,
}

impl Target for JdyTarget<'_> {
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
        self.listed = None;
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

    fn used_keys(&mut self) -> Vec<String> {
        self.client.used_keys()
    }
}
