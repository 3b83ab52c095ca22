//! The four steps of a page.

use super::bill::{Bill, Found, bills, compare_versions, text};
use super::{BILL_NO, GalaxyTarget};
use crate::client::Doing;
use crate::problem::{Failure, Problem};
use crate::target::{Document, Existing, Outcome};
use ferry_mapping::Value;
use ferry_platforms::galaxy::{
    self, DocumentStatus, MAX_NUMBERS, MAX_ROWS, Operation, OperationOutcome, Query, RowOutcome, any_of,
};
use ferry_platforms::{Class, Error};
use std::cmp::Ordering;
use std::collections::HashMap;

const LOOKING: Doing = Doing {
    interface: "executeBillQuery",
    en: "looking which bills are in Galaxy (executeBillQuery)",
    zh: "查询金蝶云星空中已有的单据（executeBillQuery）",
};
const SAVING: Doing = Doing {
    interface: "batchSave",
    en: "saving bills in Galaxy by BatchSave",
    zh: "用 BatchSave 向金蝶云星空保存单据",
};
const SUBMITTING: Doing =
    Doing { interface: "submit", en: "submitting bills in Galaxy", zh: "在金蝶云星空提交单据" };
const AUDITING: Doing =
    Doing { interface: "audit", en: "auditing bills in Galaxy", zh: "在金蝶云星空审核单据" };

impl GalaxyTarget<'_> {
    pub(super) fn deliver(&mut self, rows: Vec<Document>) -> Result<Vec<Outcome>, Failure> {
        let mut bills = bills(rows);
        let all = undecided(&bills);
        let there = self.look(&mut bills, &all)?;
        let missing = self.decide(&mut bills, &there);
        for batch in missing.chunks(self.spec.rows) {
            self.save(&mut bills, batch)?;
        }
        let saved: Vec<usize> = missing.into_iter().filter(|at| bills[*at].outcome.is_none()).collect();
        let found = if saved.is_empty() { HashMap::new() } else { self.look(&mut bills, &saved)? };
        for at in saved.into_iter().filter(|at| bills[*at].outcome.is_none()).collect::<Vec<_>>() {
            let found = found.get(&bills[at].number);
            self.judge(&mut bills[at], found);
        }
        let known: HashMap<String, Found> = there.into_iter().chain(found).collect();
        self.bring_to_audit(&mut bills, &known)?;
        Ok(bills.into_iter().map(|bill| bill.outcome.expect("the last step leaves none open")).collect())
    }

    pub(super) fn are_there(&mut self, rows: &[Document]) -> Result<Vec<bool>, Failure> {
        let mut bills = bills(rows.to_vec());
        let all: Vec<usize> = (0..bills.len()).collect();
        let there = self.look(&mut bills, &all)?;
        let is_there = |bill: &Bill| {
            let found = there.get(&bill.number);
            found.is_some_and(|found| self.is_delivered(found.status))
        };
        Ok(bills.iter().map(is_there).collect())
    }

    fn is_delivered(&self, status: DocumentStatus) -> bool {
        !self.spec.options.submit_and_audit || status == DocumentStatus::Audited
    }

    /// Which of the bills are there, by their number. One that cannot even be asked for is dead.
    fn look(&mut self, bills: &mut [Bill], which: &[usize]) -> Result<HashMap<String, Found>, Failure> {
        let mut found = HashMap::new();
        let numbered: Vec<usize> =
            which.iter().copied().filter(|at| !bills[*at].number.trim().is_empty()).collect();
        let mut parts: Vec<&[usize]> = numbered.chunks(MAX_NUMBERS).collect();
        while let Some(part) = parts.pop() {
            let numbers: Vec<&str> = part.iter().map(|at| bills[*at].number.as_str()).collect();
            match self.query(&numbers) {
                Ok(some) => found.extend(some),
                Err(failure) if &*failure.problem.code == WAF && part.len() > 1 => {
                    let (one, other) = part.split_at(part.len() / 2);
                    parts.extend([one, other]);
                }
                Err(failure) if &*failure.problem.code == WAF => {
                    bills[part[0]].outcome = Some(Outcome::Dead(failure.problem));
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(found)
    }

    fn query(&mut self, numbers: &[&str]) -> Result<Vec<(String, Found)>, Failure> {
        let mut field_keys: Vec<String> = [BILL_NO, "FID", "FDocumentStatus"].map(String::from).into();
        field_keys.extend(self.spec.version.clone());
        let columns = field_keys.len();
        let query = Query {
            form_id: self.spec.form_id.clone(),
            field_keys,
            filter: any_of(BILL_NO, numbers),
            order: "FID ASC".to_owned(),
            limit: MAX_ROWS,
            start_row: 0,
            top_row_count: 0,
        };
        let before = self.client.calls();
        let rows = self.client.call(
            LOOKING,
            |hands| galaxy::execute_bill_query(hands.account, hands.token, hands.moment.seconds(), &query),
            |response| galaxy::read_query(response, columns),
        );
        self.looks += self.client.calls() - before;
        rows?
            .into_iter()
            .map(|row| {
                let status = row[2].as_str().and_then(DocumentStatus::from_letter);
                let status = status.ok_or_else(|| odd_status(&row[0], &row[2]))?;
                let version = row.get(3).cloned().unwrap_or_default();
                Ok((text(&row[0]), Found { id: text(&row[1]), status, version }))
            })
            .collect()
    }

    /// What becomes of bills that are there; those that are to be saved.
    fn decide(&self, bills: &mut [Bill], there: &HashMap<String, Found>) -> Vec<usize> {
        let mut missing = Vec::new();
        for at in undecided(bills) {
            let bill = &mut bills[at];
            let Some(found) = there.get(&bill.number) else {
                missing.push(at);
                continue;
            };
            if self.existing == Existing::Update && self.is_older(found, &bill.document) {
                match found.status {
                    DocumentStatus::Draft | DocumentStatus::Created | DocumentStatus::Reopened => {
                        bill.document["FID"] = found.id.clone().into();
                        missing.push(at);
                    }
                    DocumentStatus::Submitted | DocumentStatus::Audited => {
                        bill.outcome = Some(Outcome::Dead(cannot_update()));
                    }
                }
            } else if self.is_delivered(found.status) {
                bill.outcome = Some(Outcome::AlreadyThere);
            }
        }
        missing
    }

    /// What became of a bill that was sent, by what is in the ERP now. A bill that is there and not audited stays
    /// open.
    fn judge(&self, bill: &mut Bill, found: Option<&Found>) {
        let refusal = bill.refusal.clone();
        bill.outcome = match (found, refusal) {
            (None, Some(refusal)) => Some(Outcome::Dead(refusal)),
            (None, None) => Some(Outcome::Dead(vanished())),
            // What is there is what was there before.
            (Some(found), Some(refusal))
                if self.existing == Existing::Update && self.is_older(found, &bill.document) =>
            {
                Some(Outcome::Dead(refusal))
            }
            (Some(found), _) if self.is_delivered(found.status) => Some(bill.there()),
            (Some(_), _) => None,
        };
    }

    fn is_older(&self, found: &Found, document: &Value) -> bool {
        let Some(version) = &self.spec.version else { return false };
        compare_versions(&found.version, &document[version]) == Ordering::Less
    }

    /// Saves some bills by one call; halves them where the ERP refuses all for the sake of one. A bill whose
    /// outcome stays open is to be looked at.
    fn save(&mut self, bills: &mut [Bill], which: &[usize]) -> Result<(), Failure> {
        let numbers: Vec<String> = which.iter().map(|at| bills[*at].number.clone()).collect();
        let models: Vec<Value> = which.iter().map(|at| bills[*at].document.clone()).collect();
        let spec = self.spec;
        let saved = self.client.change(
            SAVING,
            |hands| {
                let now = hands.moment.seconds();
                galaxy::batch_save(hands.account, hands.token, now, &spec.form_id, &spec.options, &models)
            },
            |response| galaxy::read_batch_save(response, &numbers),
        );
        let outcomes = match saved {
            Ok(outcomes) => outcomes,
            Err(failure) if is_of_a_bill(&failure) && which.len() > 1 => {
                let (one, other) = which.split_at(which.len() / 2);
                self.save(bills, one)?;
                return self.save(bills, other);
            }
            Err(failure) if is_of_a_bill(&failure) => {
                bills[which[0]].outcome = Some(Outcome::Dead(failure.problem));
                return Ok(());
            }
            Err(failure) => return Err(failure),
        };
        let refused = outcomes.iter().find_map(|outcome| match outcome {
            RowOutcome::Saved(_) => None,
            RowOutcome::SavedOnly(_, error) | RowOutcome::Refused(error) | RowOutcome::InDoubt(error) => {
                Some(error)
            }
        });
        if let Some(error) = refused {
            self.client.wire.refused_in_part(SAVING, error);
        }
        for (&at, outcome) in which.iter().zip(outcomes) {
            let bill = &mut bills[at];
            match outcome {
                RowOutcome::Saved(_) => {
                    bill.saved = true;
                    if !spec.options.submit_and_audit {
                        bill.outcome = Some(Outcome::Written);
                    }
                }
                RowOutcome::SavedOnly(_, error) => {
                    bill.saved = true;
                    bill.refusal = Some(Problem::vendor(SAVING.en, SAVING.zh, &error));
                }
                // Not believed yet: a refused audit may be told like this, and a number that is taken may be ours.
                RowOutcome::Refused(error) => {
                    bill.refusal = Some(Problem::vendor(SAVING.en, SAVING.zh, &error));
                    if !spec.options.submit_and_audit && error.code != DUPLICATE {
                        bill.outcome = bill.refusal.clone().map(Outcome::Dead);
                    }
                }
                RowOutcome::InDoubt(error) => {
                    bill.saved = true;
                    bill.refusal = Some(Problem::vendor(SAVING.en, SAVING.zh, &error));
                }
            }
        }
        Ok(())
    }

    /// Submits and audits the bills that are there and not audited: those that are still open.
    fn bring_to_audit(&mut self, bills: &mut [Bill], known: &HashMap<String, Found>) -> Result<(), Failure> {
        let (mut to_submit, mut to_audit) = (Vec::new(), Vec::new());
        for at in undecided(bills) {
            match known.get(&bills[at].number).and_then(|found| found.status.until_audited()) {
                Some([Operation::Submit, ..]) => to_submit.push(at),
                Some(_) => to_audit.push(at),
                None => bills[at].outcome = Some(Outcome::Dead(is_draft())),
            }
        }
        to_audit.extend(self.operate(bills, &to_submit, Operation::Submit)?);
        for at in self.operate(bills, &to_audit, Operation::Audit)? {
            bills[at].outcome = Some(bills[at].there());
        }
        Ok(())
    }

    /// Those that were submitted, or audited. The others are dead, with the ERP's words.
    fn operate(
        &mut self,
        bills: &mut [Bill],
        which: &[usize],
        operation: Operation,
    ) -> Result<Vec<usize>, Failure> {
        let doing = if operation == Operation::Submit { SUBMITTING } else { AUDITING };
        let form_id = &self.spec.form_id;
        let mut done = Vec::new();
        for some in which.chunks(MAX_NUMBERS) {
            let numbers: Vec<String> = some.iter().map(|at| bills[*at].number.clone()).collect();
            let outcomes = self.client.change(
                doing,
                |hands| {
                    let now = hands.moment.seconds();
                    galaxy::operate(hands.account, hands.token, now, operation, form_id, &numbers)
                },
                |response| galaxy::read_operation(response, operation, &numbers),
            )?;
            if let Some(OperationOutcome::Refused(error)) =
                outcomes.iter().find(|outcome| matches!(outcome, OperationOutcome::Refused(_)))
            {
                self.client.wire.refused_in_part(doing, error);
            }
            for (&at, outcome) in some.iter().zip(outcomes) {
                match outcome {
                    OperationOutcome::Done => done.push(at),
                    OperationOutcome::Refused(error) => {
                        bills[at].outcome = Some(Outcome::Dead(not_audited(doing, &error)));
                    }
                    OperationOutcome::Unknown => bills[at].outcome = Some(Outcome::Dead(vanished())),
                }
            }
        }
        Ok(done)
    }
}

/// The names of two errors in `platforms::galaxy`'s table.
const DUPLICATE: &str = "duplicate_number";
const WAF: &str = "waf_refused";

/// Whether a refusal of a whole batch is for the sake of one of its bills: the ERP's, or that of a firewall before it
/// that takes some text in a bill for an attack.
fn is_of_a_bill(failure: &Failure) -> bool {
    failure.class == Class::Row || &*failure.problem.code == WAF
}

fn undecided(bills: &[Bill]) -> Vec<usize> {
    (0..bills.len()).filter(|at| bills[*at].outcome.is_none()).collect()
}

fn odd_status(number: &Value, status: &Value) -> Failure {
    Failure::fatal(
        Problem::new(
            "odd_status",
            format!(
                "Galaxy says that the bill {number} has the status {status}, which is none of Z, A, B, C, D"
            ),
            format!("金蝶云星空返回单据 {number} 的状态为 {status}，不是 Z、A、B、C、D 之一"),
        )
        .hint(
            "nothing was saved; is FormId a kind of bill with FDocumentStatus?",
            "未保存任何单据；请确认 FormId 对应的单据具有 FDocumentStatus 字段",
        ),
    )
}

fn not_audited(doing: Doing, error: &Error) -> Problem {
    let said = Problem::vendor(doing.en, doing.zh, error);
    Problem::new(
        "saved_not_audited",
        format!("the bill is saved in Galaxy but not audited: {}", said.message),
        format!("单据已保存到金蝶云星空，但未审核：{}", said.message_zh),
    )
    .hint(
        format!("{}; a retry audits the bill that is there, and does not save another", said.hint),
        format!("{}；重试时会审核已有的单据，不会重复保存", said.hint_zh),
    )
}

fn cannot_update() -> Problem {
    Problem::new(
        "audited_cannot_be_updated",
        "the record was modified after its bill was submitted or audited in Galaxy, where it cannot be changed any more",
        "记录在其单据于金蝶云星空提交或审核之后又被修改，而该单据已不能更改",
    )
    .hint(
        "un-audit the bill in Galaxy and retry, or delete this dead letter to leave it as it is",
        "请在金蝶云星空反审核该单据后重试；如保持原样，可删除此死信",
    )
}

fn is_draft() -> Problem {
    Problem::new(
        "saved_not_audited",
        "the bill is in Galaxy as a draft (暂存), which cannot be submitted",
        "单据在金蝶云星空中为暂存状态，不能提交",
    )
    .hint(
        "somebody put it aside there: save or delete it in Galaxy, then retry",
        "该单据被人工暂存：请在金蝶云星空保存或删除后重试",
    )
}

fn vanished() -> Problem {
    Problem::new(
        "not_saved",
        "Galaxy answered, but the bill is not there",
        "金蝶云星空已应答，但查不到该单据",
    )
    .hint(
        "it is tried again with the dead letters; if it happens again, look at Galaxy's own log of the WebAPI",
        "会随死信重试；如再次发生，请查看金蝶云星空的 WebAPI 日志",
    )
}
