//! 金蝶 K3 WISE as a target: sales orders, each saved by a call of its own.
//!
//! WISE may number its bills itself, so an order is known by the source's number in `FPOOrdBillNo`. Nothing is
//! saved before a look has shown that it is not there, and a `Save` without a clear answer leaves the page in
//! doubt: the engine waits and comes again, and the look decides (`design.md` 7).

mod look;
mod spec;
mod trace;

pub use spec::Spec;

use self::look::Look;
use self::trace::{Trace, untraceable};
use super::{Document, Existing, Opening, Outcome, Target, TargetPart};
use crate::client::{Client, Doing, wise::Wise};
use crate::flow::Unloaded;
use crate::host::Variables;
use crate::problem::{Failure, Problem};
use crate::tally::Interface;
use ferry_mapping::{Context, FlowFile, Record, RowError, Value};
use ferry_platforms::wise::{self, Account, BILL_NO, By, PO_ORD_BILL_NO};
use ferry_platforms::{Class, Error};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const SAVE: Doing =
    Doing { interface: "/SO/Save", en: "saving an order in K3 WISE", zh: "向金蝶 K3 WISE 保存订单" };

/// A `Save` may be at work for so long after its connection broke. The ERP documents no figure. A minute is ample
/// for one bill in one transaction of an ERP that is well; ASP.NET, which the K3API runs on, gives a request up
/// after 110 s, so where it is slow the operator's `target_timeout_seconds` says more.
const SETTLES_AFTER: Duration = Duration::from_secs(60);

/// The flow file's part and the account.
struct Part {
    spec: Spec,
    name: String,
    account: Account,
}

/// Loads the target of a flow that writes sales orders to K3 WISE.
///
/// # Errors
/// The flow file, or the account's variables, are not as they must be.
pub fn load(file: &FlowFile, variables: &dyn Variables) -> Result<Box<dyn TargetPart>, Unloaded> {
    let spec = Spec::compile(file)?;
    let name = file.target.account.clone();
    let account = Account::from_variables(&name, |name| variables.get(name).unwrap_or_default())?;
    Ok(Box::new(Part { spec, name, account }))
}

impl TargetPart for Part {
    fn open<'h>(&'h self, opening: &Opening<'h>) -> Box<dyn Target + 'h> {
        Box::new(WiseTarget {
            spec: &self.spec,
            client: Client::new(opening, &self.name, &self.account),
            existing: opening.existing,
            look: Look::default(),
            name: &self.name,
            trace: None,
            in_doubt: false,
        })
    }

    fn settles_after(&self) -> Duration {
        SETTLES_AFTER
    }
}

/// The target, for one invocation.
struct WiseTarget<'h> {
    spec: &'h Spec,
    client: Client<'h, Wise>,
    existing: Existing,
    look: Look,
    name: &'h str,
    /// Whether orders are found by the source's number; `None`: not read yet.
    trace: Option<Trace>,
    in_doubt: bool,
}

impl WiseTarget<'_> {
    /// The bills that carry these numbers, looked for in as few calls as can be.
    fn look(&mut self, by: By, numbers: &[&str]) -> Result<BTreeMap<String, Bill>, Failure> {
        self.look.find(&mut self.client, &self.spec.object, by, numbers)
    }

    /// Saves an order that is not there.
    fn save(&mut self, document: &Value, number: &str) -> Result<Outcome, Failure> {
        let object = &self.spec.object;
        // Between a Save that is sent and its answer, and for good where that leaves open what was done.
        let at_work = Cell::new(false);
        let saved = self.client.call(
            SAVE,
            |hands| {
                at_work.set(true);
                let token = hands.token.expect("calls of WISE have one");
                wise::save(hands.account, token, object, document)
            },
            |response| {
                let answer = match wise::read_save(response) {
                    // Of the row alone: no failure of the call.
                    Err(error) if error.class == Class::Row => Ok(Err(error)),
                    Err(error) if is_server_error(&error) => Err(Error { class: Class::Transport, ..error }),
                    other => other.map(Ok),
                };
                at_work.set(matches!(&answer, Err(error) if error.class == Class::Transport));
                answer
            },
        );
        match saved {
            Ok(Ok(bill_no)) => {
                self.remember(number, bill_no)?;
                Ok(Outcome::Written)
            }
            Ok(Err(error)) => {
                self.client.wire.refused_in_part(SAVE, &error);
                if error.code == ALREADY_EXISTS {
                    return self.taken(document, number, &error);
                }
                Ok(Outcome::Dead(Problem::vendor(SAVE.en, SAVE.zh, &error)))
            }
            Err(failure) => {
                // Not where the host refused to send it: that is of another class.
                self.in_doubt |= at_work.get() && failure.class == Class::Transport;
                Err(failure)
            }
        }
    }

    /// The first order that is saved shows, by the next look, whether this ERP keeps the source's number.
    fn remember(&mut self, number: &str, bill_no: String) -> Result<(), Failure> {
        if self.trace == Some(Trace::Unknown) {
            let sample = Trace::Sample { number: number.to_owned(), bill_no };
            sample.keep(self.client.wire.host, self.name)?;
            self.trace = Some(sample);
        }
        Ok(())
    }

    /// What the look of a page says of the order that was remembered.
    fn heed_trace(&mut self, known: &BTreeMap<String, Bill>) -> Result<(), Failure> {
        let Some(Trace::Sample { number, bill_no }) = self.trace.clone() else { return Ok(()) };
        let trace = match known.get(&number) {
            Some(_) => Trace::Proven,
            // Deleted there, or kept without its number?
            None if self.look(By::BillNo, &[&bill_no])?.contains_key(&bill_no) => {
                return Err(untraceable(&number, &bill_no));
            }
            None => Trace::Unknown,
        };
        trace.keep(self.client.wire.host, self.name)?;
        self.trace = Some(trace);
        Ok(())
    }

    /// After a refusal because the number is taken: whether by this order, which may have come meanwhile, or
    /// by one that has its number only as its own, as orders have that were made before Ferry.
    fn taken(&mut self, document: &Value, number: &str, error: &Error) -> Result<Outcome, Failure> {
        if self.look(By::PoOrdBillNo, &[number])?.get(number) == Some(&Bill::Ours) {
            return Ok(Outcome::AlreadyThere);
        }
        let bill_no = head(document, BILL_NO);
        let refused = Problem::vendor(SAVE.en, SAVE.zh, error);
        let bill = match &*bill_no {
            "" => None,
            bill_no => self.look(By::BillNo, &[bill_no])?.remove(bill_no),
        };
        let (theirs, carries) = match bill {
            Some(Bill::Ours) => return Ok(Outcome::AlreadyThere),
            Some(Bill::Other { bill_no, po_ord_bill_no }) => (bill_no, po_ord_bill_no.unwrap_or_default()),
            None => return Ok(Outcome::Dead(refused)),
        };
        Ok(Outcome::Dead(number_taken(
            number,
            format!(
                "{}; the bill {theirs} has that number, and is another order's ({PO_ORD_BILL_NO} {carries:?})",
                refused.message
            ),
            format!(
                "{}；单据 {theirs} 已占用该编号，且属于另一订单（{PO_ORD_BILL_NO} 为“{carries}”）",
                refused.message_zh
            ),
        )))
    }
}

/// The name of an error in `platforms::wise`'s table.
const ALREADY_EXISTS: &str = "already_exists";

/// An HTTP status or `StatusCode` of 500 and its like says nothing of what was done, whatever words come with it:
/// a mention of a token in them must not have the order sent again without a look.
fn is_server_error(error: &Error) -> bool {
    error.vendor_code.as_deref().is_some_and(|code| code.len() == 3 && code.starts_with('5'))
}

/// What was found under a number.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Bill {
    /// This order.
    Ours,
    /// Another that the ERP's database holds for the same, or that has our number as its own.
    Other { bill_no: String, po_ord_bill_no: Option<String> },
}

/// A text of the head, without blanks around it; empty where there is none.
fn head(document: &Value, name: &str) -> String {
    match &document["Page1"][0][name] {
        Value::Null => String::new(),
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    }
}

fn json(document: &Document) -> &Value {
    match document {
        Document::Json(document) => document,
        Document::Row(_) => unreachable!("this target maps to JSON"),
    }
}

impl Target for WiseTarget<'_> {
    fn map(&self, record: &dyn Record, context: &Context) -> Result<Document, RowError> {
        let mut document = self.spec.mapping.document(record, context)?;
        // As it is looked for: a blank in front would hide it from a look without one.
        let number = head(&document, PO_ORD_BILL_NO);
        document["Page1"][0][PO_ORD_BILL_NO] = number.into();
        Ok(Document::Json(document))
    }

    fn write(&mut self, rows: Vec<Document>) -> Result<Vec<Outcome>, Failure> {
        if self.existing == Existing::Update {
            return Err(Failure::fatal(not_updated()));
        }
        let numbers: Vec<String> = rows.iter().map(|row| head(json(row), PO_ORD_BILL_NO)).collect();
        if self.trace.is_none() && !rows.is_empty() {
            self.trace = Some(Trace::read(self.client.wire.host, self.name)?);
        }
        let mut asked = distinct(&numbers);
        let sample = self.trace.as_ref().and_then(Trace::number).map(str::to_owned);
        asked.extend(sample.as_deref().filter(|sample| !numbers.iter().any(|number| number == sample)));
        let mut known = self.look(By::PoOrdBillNo, &asked)?;
        self.heed_trace(&known)?;
        let mut outcomes = Vec::with_capacity(rows.len());
        for (row, number) in rows.iter().zip(&numbers) {
            outcomes.push(match known.get(number) {
                _ if number.is_empty() => Outcome::Dead(no_number()),
                Some(Bill::Ours) => Outcome::AlreadyThere,
                Some(Bill::Other { bill_no, po_ord_bill_no }) => {
                    Outcome::Dead(alike(number, bill_no, po_ord_bill_no.as_deref().unwrap_or_default()))
                }
                None => {
                    let outcome = self.save(json(row), number)?;
                    if matches!(outcome, Outcome::Written | Outcome::AlreadyThere) {
                        // The same number may come again on this page.
                        known.insert(number.clone(), Bill::Ours);
                    }
                    outcome
                }
            });
        }
        Ok(outcomes)
    }

    fn find(&mut self, rows: &[Document]) -> Result<Vec<bool>, Failure> {
        let numbers: Vec<String> = rows.iter().map(|row| head(json(row), PO_ORD_BILL_NO)).collect();
        let known = self.look(By::PoOrdBillNo, &distinct(&numbers))?;
        Ok(numbers.iter().map(|number| known.get(number) == Some(&Bill::Ours)).collect())
    }

    fn flush(&mut self) -> Result<(), Failure> {
        // What WISE has saved is saved.
        Ok(())
    }

    fn reset(&mut self) {
        self.in_doubt = false;
    }

    fn calls(&self) -> u64 {
        self.client.calls() - self.look.calls()
    }

    fn lookups(&self) -> u64 {
        self.look.calls()
    }

    fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    fn called(&mut self) -> Vec<Interface> {
        self.client.called()
    }

    fn used_keys(&mut self) -> Vec<String> {
        self.client.used_keys()
    }
}

/// Each number once, without the empty one, in the order of the rows.
fn distinct(numbers: &[String]) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    numbers.iter().map(String::as_str).filter(|number| !number.is_empty() && seen.insert(*number)).collect()
}

fn not_updated() -> Problem {
    Problem::new(
        "not_updated",
        "idCheck is false, but orders of K3 WISE are not updated: nothing was sent",
        "idCheck 为 false，但 K3 WISE 的订单不会被更新：未发出任何请求",
    )
    .hint(
        "set the flow's variable id_check to true or leave it empty, and mend an order that is there in the ERP itself",
        "请将该流程的变量 id_check 设为 true 或留空；已存在的订单请在 ERP 中修改",
    )
}

fn no_number() -> Problem {
    Problem::new(
        "no_number",
        format!("the order has no number for Page1.{PO_ORD_BILL_NO}: nobody could tell later whether it was written"),
        format!("订单没有可写入 Page1.{PO_ORD_BILL_NO} 的编号：之后无法判断它是否已写入"),
    )
    .hint(
        "give the order a number at the source; it comes again with its change",
        "请在源系统中为订单填写编号；修改后会再次同步",
    )
}

fn number_taken(number: &str, en: String, zh: String) -> Problem {
    Problem::new("number_taken", en, zh).hint(
        format!("give one of the two another number, or, if that bill is the order {number}, set its {PO_ORD_BILL_NO} to exactly that; then retry the dead letter"),
        format!("请修改其中一方的编号；如果该单据就是订单 {number}，请将其 {PO_ORD_BILL_NO} 改为完全一致；然后重试该死信"),
    )
}

/// SQL Server's usual collation finds numbers that differ in letter case or width: neither to be taken for this
/// order, nor to be passed over.
fn alike(number: &str, bill_no: &str, theirs: &str) -> Problem {
    number_taken(
        number,
        format!(
            "K3 WISE holds the number {number:?} for the same as {theirs:?}, which the bill {bill_no} carries"
        ),
        format!("K3 WISE 把编号“{number}”与单据 {bill_no} 的“{theirs}”视为相同"),
    )
}
