//! The judge: equal, different on purpose, or different.

use crate::expression::Node;
use crate::ours::Ours;
use crate::reduce::{BAD_CAST, Cause, Code, DIVISION_BY_ZERO, OVERFLOW, Reducer};
use crate::server::{Answer, Kind, Server};
use crate::write::Written2;
use std::collections::{BTreeMap, BTreeSet};

/// How many came out how.
#[derive(Debug, Default)]
pub struct Tally {
    pub counts: BTreeMap<&'static str, usize>,
    pub faults: Vec<String>,
}

pub const EQUAL: &str = "equal";

/// Another outcome by digits that MariaDB drops; must stay rare.
pub const TURNED: &str = "another outcome by dropped digits";

impl Tally {
    pub fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    pub fn of(&self, what: &str) -> usize {
        self.counts.get(what).copied().unwrap_or_default()
    }
}

/// MariaDB with its default collation, and with those that keep accents and emoji apart.
pub struct Judges {
    pub default: Server,
    pub apart: [Server; 3],
}

/// Compares our answer to a tree with MariaDB's, and tallies it.
pub fn compare(judges: &mut Judges, tree: &Node, written: &Written2, ours: &Ours, tally: &mut Tally) {
    let theirs = judges.default.ask(&written.server);
    if equal(ours, &theirs) {
        return tally.count(EQUAL);
    }
    let (lazy, reason, causes) = expected(&mut judges.default, tree, false);
    if causes.contains(&Cause::LongDecimals) && &lazy != ours {
        // Dropped digits can also turn a condition, or make a divisor 0.
        let settled = nearly(&lazy, ours);
        return tally.count(if settled { Cause::LongDecimals.name() } else { TURNED });
    }
    if &lazy == ours {
        // MariaDB may have warned of an operand that made no difference.
        return tally.count(if ours == &value(&theirs) { EQUAL } else { reason });
    }
    if let Ours::Error(code) = ours {
        // Where two things are wrong, which comes first is nobody's business, nor whether an operand is
        // evaluated although another is NULL.
        let (eager, ..) = expected(&mut judges.default, tree, true);
        let mut reducer = Reducer::new(&mut judges.default, true);
        reducer.errors(tree);
        let met = reducer.codes.into_iter().chain(warned(&theirs)).find(|it| it == code);
        let undecided = [lazy.clone(), eager].iter().any(|it| matches!(it, Ours::Null | Ours::Error(_)));
        if let (Some(met), true) = (met, undecided) {
            return tally.count(met);
        }
    }
    if written.server.contains(['é', '😀', '😁']) {
        for judge in &mut judges.apart {
            let agrees = |eager: bool, judge: &mut Server| &expected(judge, tree, eager).0 == ours;
            if equal(ours, &judge.ask(&written.server)) || agrees(false, judge) || agrees(true, judge) {
                return tally.count("accents and emoji apart");
            }
        }
    }
    let expected = lazy;
    tally.faults.push(format!(
        "{}\n  record   {}\n  ours     {ours}\n  MariaDB  {}\n  expected {expected} ({reason})\n  SQL      {}",
        written.ours,
        written.record,
        shown(&theirs),
        written.server
    ));
}

/// Whether the two say the same, letter by letter, and neither warns.
pub fn equal(ours: &Ours, theirs: &Answer) -> bool {
    !theirs.divides_by_zero() && !theirs.casts_badly() && !theirs.overflows() && ours == &value(theirs)
}

/// Whether two answers are the same but for what follows the first eight digits of their numbers.
fn nearly(theirs: &Ours, ours: &Ours) -> bool {
    let first = |text: &str| {
        let mut digits = 0;
        let each = text.chars().map(|c| match c {
            '0' if digits == 0 => '0',
            '0'..='9' if digits == 8 => '#',
            '0'..='9' => {
                digits += 1;
                c
            }
            '.' => '.',
            other => {
                digits = 0;
                other
            }
        });
        each.collect::<String>()
    };
    match (theirs, ours) {
        (Ours::Number(theirs), Ours::Number(ours)) | (Ours::Text(theirs), Ours::Text(ours)) => {
            first(theirs) == first(ours)
        }
        _ => false,
    }
}

/// The errors that MariaDB's warnings are to us.
fn warned(theirs: &Answer) -> impl Iterator<Item = Code> {
    let warnings = [
        (theirs.divides_by_zero(), DIVISION_BY_ZERO),
        (theirs.casts_badly(), BAD_CAST),
        (theirs.overflows(), OVERFLOW),
    ];
    warnings.into_iter().filter_map(|(is, code)| is.then_some(code))
}

/// MariaDB's answer as one of ours.
pub fn value(answer: &Answer) -> Ours {
    match (&answer.text, answer.kind) {
        _ if answer.refused => Ours::Refused(answer.warnings[0].message.clone()),
        (None, _) => Ours::Null,
        (Some(text), Kind::Number | Kind::Double) => Ours::Number(text.clone()),
        (Some(text), Kind::Text) => Ours::Text(text.clone()),
    }
}

pub fn shown(answer: &Answer) -> String {
    let warnings: Vec<&str> = answer.warnings.iter().map(|it| it.message.as_str()).collect();
    format!("{}{}{}", value(answer), if warnings.is_empty() { "" } else { "; " }, warnings.join("; "))
}

/// What the differences on purpose make of the tree, which of them mattered.
fn expected(server: &mut Server, tree: &Node, eager: bool) -> (Ours, &'static str, BTreeSet<Cause>) {
    let mut reducer = Reducer::new(server, eager);
    let reduced = reducer.reduce(tree);
    match reduced {
        Ok(step) => {
            let ours = match (step.value, step.kind) {
                (None, _) => Ours::Null,
                (Some(number), Kind::Number | Kind::Double) => Ours::Number(number),
                (Some(text), Kind::Text) => Ours::Text(text),
            };
            (ours, reducer.causes.first().map_or(EQUAL, Cause::name), reducer.causes)
        }
        Err(code) => (Ours::Error(code.to_owned()), code, reducer.causes),
    }
}
