//! 金蝶云星辰 V2 as a target: customers, one by one, each looked up by its number before it is saved.
//!
//! The vendor documents no key against repetition (`vendors/kingdee.md` 2.7), and not even whether a second save of a
//! number errs (5.2): so nothing is saved that was not looked for, and a save whose answer is lost has to be waited
//! for ([`TargetPart::settles_after`]) until a look can tell what became of it.

mod fields;

use super::{Document, Existing, Opening, Outcome, Target, TargetPart};
use crate::client::jdy::{Jdy, stamp};
use crate::client::{Client, Doing};
use crate::flow::Unloaded;
use crate::host::Variables;
use crate::problem::{Failure, Problem};
use crate::tally::Interface;
use ferry_mapping::{Context, FlowFile, Map, Mapping, Problem as FileProblem, Record, RowError, Value};
use ferry_platforms::Class;
use ferry_platforms::jdy::{self, Account};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

/// The interface of customers.
const API: &str = "/jdy/v2/bd/customer";
/// The field that names a customer.
const NUMBER: &str = "number";
/// Answers take 30 s at most (`vendors/kingdee.md` 2.7); as much again for what stands between.
const SETTLES_AFTER: Duration = Duration::from_secs(60);

const LOOKING: Doing = Doing {
    interface: "/jdy/v2/bd/customer_detail",
    en: "looking for a customer in 星辰 (customer_detail)",
    zh: "在金蝶云星辰中查询客户（customer_detail）",
};
const SAVING: Doing =
    Doing {
        interface: "/jdy/v2/bd/customer", en: "saving a customer in 星辰", zh: "向金蝶云星辰保存客户"
    };

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
        if target.api != API {
            problems.push(FileProblem::new(
                "jdy_target",
                "target.api",
                format!("星辰 is written to by {API}, not by {}", target.api),
                format!("金蝶云星辰目前只支持写入 {API}，而不是 {}", target.api),
            ));
        }
        for (name, en, zh) in [
            (NUMBER, "the number tells whether a customer is there", "要靠编码判断客户是否已存在"),
            ("name", "星辰 requires it", "星辰要求填写"),
        ] {
            if !target.request.iter().any(|field| field.field == name) {
                problems.push(FileProblem::new(
                    "jdy_target",
                    "target.request",
                    format!("nothing is mapped to {name}: {en}"),
                    format!("没有映射 {name}：{zh}"),
                ));
            }
        }
        let fields = target.request.iter().enumerate();
        problems.extend(fields.filter_map(|(index, field)| fields::problem(index, field, target.id_check)));
        if problems.is_empty() { Ok(Spec { mapping }) } else { Err(problems) }
    }
}

/// The flow file's part and the account.
struct Part {
    spec: Spec,
    account: Account,
}

/// Loads the target of a flow that writes to 金蝶云星辰.
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
        Box::new(JdyTarget { spec: &self.spec, existing: opening.existing, client, looks: Cell::default() })
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
    looks: Cell<u64>,
}

impl JdyTarget<'_> {
    /// Delivers the customers of these places, which have one number: the last of them counts, and an earlier one only
    /// where all that come after it were refused.
    fn deliver_last(
        &mut self,
        customers: &[Map<String, Value>],
        places: &[usize],
        outcomes: &mut [Outcome],
    ) -> Result<(), Failure> {
        for (of, &place) in places.iter().enumerate().rev() {
            outcomes[place] = self.deliver(&customers[place])?;
            if !matches!(outcomes[place], Outcome::Dead(_)) {
                places[..of].iter().for_each(|&earlier| outcomes[earlier] = Outcome::AlreadyThere);
                break;
            }
        }
        Ok(())
    }

    fn deliver(&mut self, customer: &Map<String, Value>) -> Result<Outcome, Failure> {
        let number = number(customer);
        let there = self.look(&number)?;
        let is_new = there.is_none();
        let refused = match self.settle(customer, there)? {
            Ok(outcome) => return Ok(outcome),
            Err(refused) => refused,
        };
        // Which refusal means that the number is taken is unconfirmed, and whoever took it between our look and our
        // save took the name with it: only another look can tell.
        let says_taken = &*refused.code == DUPLICATE || (is_new && &*refused.code == NAME_TAKEN);
        if says_taken && let Some(there) = self.look(&number)? {
            let settled = match is_new {
                true => self.settle(customer, Some(there))?,
                // It was refused with its id: once more would be no better.
                false => self.left_alone(customer, &there).ok_or(refused),
            };
            return Ok(settled.unwrap_or_else(Outcome::Dead));
        }
        Ok(Outcome::Dead(refused))
    }

    /// Makes the customer be as it should, given what a look has shown; or why 星辰 will not have it so.
    fn settle(
        &mut self,
        customer: &Map<String, Value>,
        there: Option<Value>,
    ) -> Result<Result<Outcome, Problem>, Failure> {
        if let Some(outcome) = there.as_ref().and_then(|there| self.left_alone(customer, there)) {
            return Ok(Ok(outcome));
        }
        let id = there.and_then(|there| there.get("id").cloned());
        match self.save(customer, id) {
            Ok(()) => Ok(Ok(Outcome::Written)),
            Err(failure) if failure.class == Class::Row => Ok(Err(failure.problem)),
            Err(failure) => Err(failure),
        }
    }

    /// The customer with this number, in full.
    fn look(&mut self, number: &str) -> Result<Option<Value>, Failure> {
        let looks = &self.looks;
        self.client.call(
            LOOKING,
            |hands| {
                // Not the calls for a token, which may come before it or between.
                looks.set(looks.get() + 1);
                let token = hands.token.expect("calls of this platform need one");
                jdy::find_customer(hands.account, token, stamp(hands.moment), number)
            },
            |response| jdy::read_customer(response, number),
        )
    }

    /// Saves a customer: the one with this id, or a new one.
    fn save(&mut self, customer: &Map<String, Value>, id: Option<Value>) -> Result<(), Failure> {
        let mut customer = customer.clone();
        customer.extend(id.map(|id| ("id".to_owned(), text(&id).into())));
        let customer = Value::Object(customer);
        let saved = self.client.change(
            SAVING,
            |hands| {
                let token = hands.token.expect("calls of this platform need one");
                jdy::save_customer(hands.account, token, stamp(hands.moment), &customer)
            },
            jdy::read_saved,
        );
        saved.map(|_| ())
    }

    /// What becomes of a customer that is there and is not to be changed; `None` where it is.
    fn left_alone(&self, customer: &Map<String, Value>, there: &Value) -> Option<Outcome> {
        let same = |(name, ours): (&String, &Value)| {
            // Answers of the interface, not fields of a customer.
            name == "ignore_warn" || self.shown(&there[name]) == text(ours)
        };
        let keep = self.existing == Existing::Keep || customer.iter().all(same);
        keep.then_some(Outcome::AlreadyThere)
    }

    /// A field of the customer in clear. One that is sealed for somebody else is like nothing that we have.
    fn shown(&self, field: &Value) -> String {
        let text = text(field);
        jdy::open(self.client.account(), &text).unwrap_or(text)
    }
}

/// The names of two errors in `platforms::jdy`'s table.
const DUPLICATE: &str = "duplicate_number";
const NAME_TAKEN: &str = "name_taken";

fn number(customer: &Map<String, Value>) -> String {
    customer.get(NUMBER).map(text).unwrap_or_default()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The customers of a page as they are sent: without what a record does not have, and the number as a text
/// (`vendors/kingdee.md` 2.3).
fn customers(rows: &[Document]) -> Vec<Map<String, Value>> {
    let customer = |row: &Document| {
        let Document::Json(Value::Object(fields)) = row else { unreachable!("this target maps to objects") };
        let mut fields: Map<String, Value> = fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if let Some(number) = fields.get_mut(NUMBER) {
            *number = text(number).into();
        }
        fields
    };
    rows.iter().map(customer).collect()
}

fn without_number() -> Problem {
    Problem::new("customer_without_number", "the customer has no number", "客户没有编码").hint(
        "look at what the record has in the field that `number` is mapped from, and retry",
        "请检查 number 所映射的来源字段，然后重试",
    )
}

impl Target for JdyTarget<'_> {
    fn map(&self, record: &dyn Record, context: &Context) -> Result<Document, RowError> {
        self.spec.mapping.document(record, context).map(Document::Json)
    }

    fn write(&mut self, rows: Vec<Document>) -> Result<Vec<Outcome>, Failure> {
        let customers = customers(&rows);
        let mut same: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, customer) in customers.iter().enumerate() {
            same.entry(number(customer)).or_default().push(place);
        }
        let mut outcomes = vec![Outcome::AlreadyThere; customers.len()];
        for (place, customer) in customers.iter().enumerate() {
            let number = number(customer);
            if number.trim().is_empty() {
                outcomes[place] = Outcome::Dead(without_number());
            } else if let Some(places) = same.get(&number).filter(|places| places.last() == Some(&place)) {
                self.deliver_last(&customers, places, &mut outcomes)?;
            }
        }
        Ok(outcomes)
    }

    fn find(&mut self, rows: &[Document]) -> Result<Vec<bool>, Failure> {
        let mut found = Vec::with_capacity(rows.len());
        for customer in customers(rows) {
            let number = number(&customer);
            found.push(!number.trim().is_empty() && self.look(&number)?.is_some());
        }
        Ok(found)
    }

    fn flush(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    fn reset(&mut self) {
        self.client.forget_doubt();
    }

    fn calls(&self) -> u64 {
        self.client.calls() - self.looks.get()
    }

    fn lookups(&self) -> u64 {
        self.looks.get()
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
