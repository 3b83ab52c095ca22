//! What we must answer where we differ from MariaDB on purpose: MariaDB itself is asked step by step, and
//! between the steps the differences are put in.
//!
//! A text in the place of a number becomes the exact decimal that it is, or the error `bad_cast`; of
//! `IF`, `CASE`, … only the branch that MariaDB chooses is left; whole numbers are decimals; what divides by
//! zero or has more than 65 digits is an error. All else (what is equal, how many digits a quotient has,
//! where a pattern matches) is MariaDB's word. So there is no second evaluator here that could be wrong in
//! the same way as the first.

use crate::expression::{Node, Piece, Scalar, Written};
use crate::number;
use crate::server::{Kind, OUT_OF_RANGE, Server};
use crate::write::{literal, text};
use std::collections::BTreeSet;

/// The differences that were put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Text, or a number with an exponent, is an exact decimal, not a double.
    ExactDecimal,
    /// A branch keeps its own type and scale.
    OwnValue,
    /// A whole number beyond BIGINT.
    NoBigint,
    /// The texts `true` and `false` count as 1 and 0.
    TruthText,
    /// Which texts are times.
    Time,
    /// MariaDB's remainders and quotients can be -0.0, and are then less than 0.
    NegativeZero,
    /// MariaDB has room for nine words of nine digits in a product, and drops the last words of the factors
    /// to keep to it; we keep the digits.
    LongDecimals,
    /// `RPAD(10, 3, '中')` and some `CONCAT_WS` give broken text in MariaDB.
    BrokenText,
    /// A number without places gets none by rounding, though MariaDB may count it among the decimals.
    Whole,
}

impl Cause {
    pub fn name(&self) -> &'static str {
        match self {
            Cause::ExactDecimal => "exact decimals, not doubles",
            Cause::OwnValue => "a branch's own value",
            Cause::NoBigint => "whole numbers beyond BIGINT",
            Cause::TruthText => "the texts true and false",
            Cause::Time => "texts that are times",
            Cause::NegativeZero => "no negative zero",
            Cause::LongDecimals => "all digits of long decimals",
            Cause::BrokenText => "texts that MariaDB breaks",
            Cause::Whole => "whole numbers stay whole",
        }
    }
}

/// Code of a row error.
pub type Code = &'static str;

pub const DIVISION_BY_ZERO: Code = "division_by_zero";
pub const BAD_CAST: Code = "bad_cast";
pub const OVERFLOW: Code = "overflow";
pub const BAD_TIME: Code = "bad_time";

/// SQL for the value of a subtree.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    sql: String,
    /// Nothing for NULL.
    pub value: Option<String>,
    pub kind: Kind,
}

pub struct Reducer<'s> {
    pub server: &'s mut Server,
    pub causes: BTreeSet<Cause>,
    /// Whether operands are evaluated although an earlier one is NULL.
    eager: bool,
    /// All errors that were met.
    pub codes: BTreeSet<Code>,
    row: Vec<Scalar>,
}

type Reduced = Result<Step, Code>;

impl<'s> Reducer<'s> {
    /// Whether `NULL + 'abc'` evaluates the `'abc'` at all is nobody's business: both are right.
    pub fn new(server: &'s mut Server, eager: bool) -> Reducer<'s> {
        Reducer { server, causes: BTreeSet::new(), eager, codes: BTreeSet::new(), row: Vec::new() }
    }

    pub fn reduce(&mut self, node: &Node) -> Reduced {
        let reduced = self.step(node);
        self.codes.extend(reduced.as_ref().err());
        reduced
    }

    fn step(&mut self, node: &Node) -> Reduced {
        match node {
            Node::Leaf(value, Written::Quoted) => self.scalar(&Scalar::Text(text(value))),
            Node::Leaf(value, _) => self.scalar(value),
            Node::Column(column) => self.scalar(&self.row[*column].clone()),
            Node::Joined(pieces) => {
                let texts = pieces.iter().map(|piece| match piece {
                    Piece::Plain(plain) => (*plain).to_owned(),
                    Piece::Reference(value) => text(value),
                });
                self.scalar(&Scalar::Text(texts.collect()))
            }
            Node::Unary("+", of) => self.reduce(of),
            Node::Unary(operator, of) => {
                let of = self.number(of)?;
                self.ask(format!("{operator} ({})", of.sql))
            }
            Node::Binary(operator, left, right) => self.binary(operator, left, right),
            Node::Is(of, what) => {
                let of = if what.ends_with("NULL") { self.reduce(of)? } else { self.number(of)? };
                self.ask(format!("({}) IS {what}", of.sql))
            }
            Node::In { not, of, items } => self.among(*not, of, items),
            Node::Between { not, of } => {
                let [of, low, high] = &**of;
                let mut steps = vec![self.reduce(of)?];
                if steps[0].value.is_none() && !self.eager {
                    return Ok(null());
                }
                steps.extend([self.reduce(low)?, self.reduce(high)?]);
                if steps[0].value.is_none() {
                    return Ok(null());
                }
                self.alike(&mut steps)?;
                let [of, low, high] = [&steps[0], &steps[1], &steps[2]];
                let bound =
                    |bound: &Step| if bound.value.is_some() { bound.sql.clone() } else { of.sql.clone() };
                // A bound that is NULL is left out here: near the end of BIGINT MariaDB is wrong about it.
                let inside = self.holds(format!("{} BETWEEN {} AND {}", of.sql, bound(low), bound(high)))?;
                match inside && steps.iter().any(|it| it.value.is_none()) {
                    true => Ok(null()),
                    false => self.ask(if inside != *not { "1" } else { "0" }.to_owned()),
                }
            }
            Node::Call(name, arguments) => self.call(name, arguments),
            Node::Case { operand, whens, otherwise } => {
                self.causes.insert(Cause::OwnValue);
                let operand = operand.as_ref().map(|it| self.reduce(it)).transpose()?;
                for (when, then) in whens {
                    let holds = match &operand {
                        Some(operand) => {
                            let mut pair = vec![operand.clone(), self.reduce(when)?];
                            self.alike(&mut pair)?;
                            self.holds(format!(
                                "CASE {} WHEN {} THEN 1 ELSE 0 END",
                                pair[0].sql, pair[1].sql
                            ))?
                        }
                        None => self.truth(when)?,
                    };
                    if holds {
                        return self.reduce(then);
                    }
                }
                otherwise.as_ref().map_or(Ok(null()), |it| self.reduce(it))
            }
            Node::Aggregate { function, over, rows } => self.aggregate(function, over, rows),
        }
    }

    fn scalar(&mut self, value: &Scalar) -> Reduced {
        match value {
            Scalar::Number(digits) => self.exact(digits),
            other => self.ask(literal(other)),
        }
    }

    /// The exact decimal that a text or a number's digits are.
    fn exact(&mut self, digits: &str) -> Reduced {
        let sql = number::read(digits).ok_or(BAD_CAST)?;
        let whole = sql.split('.').next().unwrap_or_default().trim_start_matches(['-', '0']);
        if whole.len() > 65 {
            return Err(OVERFLOW);
        }
        if digits.contains(['e', 'E']) {
            self.causes.insert(Cause::ExactDecimal);
        }
        self.ask(sql)
    }

    /// Asks the server for the value so far.
    fn ask(&mut self, sql: String) -> Reduced {
        let answer = self.server.ask(&sql);
        if answer.divides_by_zero() {
            return Err(DIVISION_BY_ZERO);
        }
        if answer.overflows() {
            return Err(OVERFLOW);
        }
        assert!(!answer.refused && !answer.casts_badly(), "{sql}: {answer:?}");
        let Some(text) = answer.text else { return Ok(null()) };
        assert_ne!(answer.kind, Kind::Double, "{sql}");
        let zero = text.trim_start_matches(['-', '0', '.']).is_empty();
        let (sql, value) = match answer.kind {
            Kind::Number if zero && (text.starts_with('-') || sql.contains('/') && self.vanishes(&sql)) => {
                self.causes.insert(Cause::NegativeZero);
                let zero = text.trim_start_matches('-').to_owned();
                (zero.clone(), zero)
            }
            // With a point MariaDB takes it for a decimal without places.
            Kind::Number if text.len() > 18 && !text.contains('.') => {
                self.causes.insert(Cause::NoBigint);
                (format!("{text}."), text)
            }
            _ => (sql, text),
        };
        Ok(Step { sql: format!("({sql})"), value: Some(value), kind: answer.kind })
    }

    /// Whether the digits that are not shown are zeros, too.
    fn vanishes(&mut self, sql: &str) -> bool {
        let all = self.server.ask(&format!("ROUND({sql}, 38)")).text.unwrap_or_default();
        all.trim_start_matches(['-', '0', '.']).is_empty()
    }

    /// A subtree where a number is needed.
    fn number(&mut self, node: &Node) -> Reduced {
        let step = self.reduce(node)?;
        self.cast(step)
    }

    fn cast(&mut self, step: Step) -> Reduced {
        match (step.kind, &step.value) {
            (Kind::Text, Some(text)) if ["true", "false"].iter().any(|it| it.eq_ignore_ascii_case(text)) => {
                self.causes.insert(Cause::TruthText);
                self.ask(text.clone())
            }
            (Kind::Text, Some(text)) => {
                self.causes.insert(Cause::ExactDecimal);
                self.exact(text)
            }
            _ => Ok(step),
        }
    }

    /// Values that are compared: with a number among them, all are numbers.
    fn alike(&mut self, steps: &mut [Step]) -> Result<(), Code> {
        if steps.iter().any(|step| step.kind == Kind::Number && step.value.is_some()) {
            for step in steps {
                *step = self.cast(step.clone())?;
            }
        }
        Ok(())
    }

    fn truth(&mut self, node: &Node) -> Result<bool, Code> {
        let step = self.number(node)?;
        self.holds(format!("{} IS TRUE", step.sql))
    }

    fn holds(&mut self, sql: String) -> Result<bool, Code> {
        Ok(self.ask(sql)?.value.as_deref() == Some("1"))
    }

    fn binary(&mut self, operator: &str, left: &Node, right: &Node) -> Reduced {
        match operator {
            "AND" | "&&" | "OR" | "||" => {
                let left = self.number(left)?;
                let settles = if matches!(operator, "AND" | "&&") { "FALSE" } else { "TRUE" };
                if self.holds(format!("{} IS {settles}", left.sql))? {
                    return self.ask(settles.to_owned());
                }
                let right = self.number(right)?;
                self.ask(format!("{} {operator} {}", left.sql, right.sql))
            }
            "LIKE" | "NOT LIKE" => {
                let left = self.reduce(left)?;
                let right = self.reduce(right)?;
                self.ask(format!("{} {operator} {}", left.sql, right.sql))
            }
            "=" | "<=>" | "<>" | "!=" | "<" | "<=" | ">" | ">=" => {
                let left = self.reduce(left)?;
                if left.value.is_none() && operator != "<=>" && !self.eager {
                    return Ok(null());
                }
                let mut pair = [left, self.reduce(right)?];
                self.alike(&mut pair)?;
                self.ask(format!("{} {operator} {}", pair[0].sql, pair[1].sql))
            }
            _ => {
                let left = self.number(left)?;
                if left.value.is_none() && !self.eager {
                    return Ok(null());
                }
                let right = self.number(right)?;
                self.arithmetic(operator, &left, &right)
            }
        }
    }

    fn arithmetic(&mut self, operator: &str, left: &Step, right: &Step) -> Reduced {
        let digits = |step: &Step| step.value.as_ref().map_or(0, String::len);
        if digits(left) + digits(right) > 40 {
            self.causes.insert(Cause::LongDecimals);
        }
        let sql = format!("{} {operator} {}", left.sql, right.sql);
        if !self.server.ask(&sql).warnings.iter().any(|it| it.code == OUT_OF_RANGE) {
            return self.ask(sql);
        }
        self.causes.insert(Cause::NoBigint);
        if operator == "DIV" {
            return self.ask(format!("TRUNCATE({} / {}, 0)", left.sql, right.sql));
        }
        // Now it is a decimal.
        self.ask(format!("({} + 0.) {operator} {}", left.sql, right.sql))
    }

    /// `IN` compares pair by pair and stops at the first that is equal.
    fn among(&mut self, not: bool, of: &Node, items: &[Node]) -> Reduced {
        let of = self.reduce(of)?;
        if of.value.is_none() && !self.eager {
            return Ok(null());
        }
        let mut unknown = of.value.is_none();
        for item in items {
            let mut pair = [of.clone(), self.reduce(item)?];
            unknown |= pair[1].value.is_none();
            self.alike(&mut pair)?;
            let [of, item] = &pair;
            // With more than one item MariaDB compares the digits that are not shown, too.
            let others = if items.len() > 1 { ", NULL" } else { "" };
            if self.holds(format!("{} IN ({}{others})", of.sql, item.sql))? {
                return self.ask(if not { "0" } else { "1" }.to_owned());
            }
        }
        match (unknown, not) {
            (true, _) => Ok(null()),
            (false, not) => self.ask(if not { "1" } else { "0" }.to_owned()),
        }
    }

    fn call(&mut self, name: &str, arguments: &[Node]) -> Reduced {
        match (name, arguments) {
            ("IF", [condition, yes, no]) => {
                self.causes.insert(Cause::OwnValue);
                let chosen = if self.truth(condition)? { yes } else { no };
                self.reduce(chosen)
            }
            ("IFNULL" | "COALESCE", _) => {
                self.causes.insert(Cause::OwnValue);
                for argument in arguments {
                    let step = self.reduce(argument)?;
                    if step.value.is_some() {
                        return Ok(step);
                    }
                }
                Ok(null())
            }
            ("NULLIF", [of, other]) => {
                self.causes.insert(Cause::OwnValue);
                let of = self.reduce(of)?;
                if of.value.is_none() && !self.eager {
                    return Ok(null());
                }
                let mut pair = [of.clone(), self.reduce(other)?];
                self.alike(&mut pair)?;
                let equal = self.holds(format!("{} <=> {}", pair[0].sql, pair[1].sql))?;
                Ok(if equal { null() } else { of })
            }
            _ => {
                let mut steps = Vec::new();
                for (place, argument) in arguments.iter().enumerate() {
                    let step = match place {
                        _ if numeric(name, place) => self.number(argument),
                        0 if matches!(name, "DATE_FORMAT" | "UNIX_TIMESTAMP") => self.time(argument),
                        _ => self.reduce(argument),
                    };
                    let step = step?;
                    if step.value.is_none() && (name != "CONCAT_WS" || place == 0) && !self.eager {
                        return Ok(null());
                    }
                    steps.push(step);
                }
                if matches!(name, "GREATEST" | "LEAST") {
                    let missing = steps.iter().any(|step| step.value.is_none());
                    return if missing { Ok(null()) } else { self.extreme(name == "GREATEST", steps) };
                }
                if matches!(name, "ROUND" | "TRUNCATE")
                    && let [number, places] = steps.as_mut_slice()
                    && number.value.as_ref().is_some_and(|it| !it.contains('.'))
                {
                    self.causes.insert(Cause::Whole);
                    places.sql = format!("LEAST({}, 0)", places.sql);
                }
                if name == "FROM_UNIXTIME"
                    && !self.holds(format!("{} BETWEEN 0 AND 4294967295", steps[0].sql))?
                {
                    return Err(BAD_TIME);
                }
                if name == "RPAD" || name == "CONCAT_WS" {
                    self.causes.insert(Cause::BrokenText);
                    for (place, step) in steps.iter_mut().enumerate() {
                        if let (Some(value), false) = (&step.value, numeric(name, place)) {
                            step.sql = literal(&Scalar::Text(value.clone()));
                        }
                    }
                }
                let list: Vec<&str> = steps.iter().map(|step| step.sql.as_str()).collect();
                self.ask(format!("{name}({})", list.join(", ")))
            }
        }
    }

    /// A subtree where a time is needed.
    fn time(&mut self, node: &Node) -> Reduced {
        let step = self.reduce(node)?;
        let Some(text) = &step.value else { return Ok(step) };
        let text = text.trim();
        if text.is_empty() {
            return Ok(null());
        }
        self.causes.insert(Cause::Time);
        let is_digit = |byte: &u8| byte.is_ascii_digit();
        if text.bytes().all(|byte| is_digit(&byte)) {
            let number: u64 = text.parse().map_err(|_| BAD_TIME)?;
            return match number {
                100_000_000..4_102_444_800 => self.ask(format!("FROM_UNIXTIME({number})")),
                _ => Err(BAD_TIME),
            };
        }
        // MariaDB takes 24-1-2 and 2024/01/02, too.
        let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
        let (before, fraction) = shape.split_once('.').unwrap_or((&shape, "9"));
        let known = matches!(before, "9999-99-99" | "9999-99-99 99:99:99" | "9999-99-99T99:99:99")
            && fraction.chars().all(|c| c == '9');
        if !known || self.ask(format!("DATE_FORMAT({}, '%Y')", step.sql))?.value.is_none() {
            return Err(BAD_TIME);
        }
        Ok(step)
    }

    /// Row by row, then over all of them.
    fn aggregate(&mut self, function: &str, over: &Node, rows: &[Vec<Scalar>]) -> Reduced {
        let mut steps = Vec::new();
        for row in rows {
            self.row.clone_from(row);
            let step = if matches!(function, "SUM" | "AVG") { self.number(over) } else { self.reduce(over) }?;
            if step.value.is_some() {
                steps.push(vec![step]);
            }
        }
        match (function, steps.is_empty()) {
            ("COUNT", _) => self.ask(steps.len().to_string()),
            (_, true) => Ok(null()),
            ("MAX" | "MIN", false) => self.extreme(function == "MAX", steps.into_iter().flatten().collect()),
            _ => {
                // Not over a table: its columns would round a quotient to the digits that are shown.
                let sum = steps.iter().map(|row| row[0].sql.as_str()).collect::<Vec<_>>().join(" + ");
                let count = steps.len();
                self.ask(if function == "AVG" { format!("({sum}) / {count}") } else { sum })
            }
        }
    }
}

impl Reducer<'_> {
    /// The first of the greatest or least, as it is.
    fn extreme(&mut self, greatest: bool, mut steps: Vec<Step>) -> Reduced {
        self.causes.insert(Cause::OwnValue);
        let mut keys = steps.clone();
        self.alike(&mut keys)?;
        let mut best = 0;
        for (index, key) in keys.iter().enumerate().skip(1) {
            // BETWEEN compares all digits of a quotient, as these functions do; a column would round them.
            let (low, high) =
                if greatest { (&key.sql, &keys[best].sql) } else { (&keys[best].sql, &key.sql) };
            if self.holds(format!("{} NOT BETWEEN {low} AND {high}", key.sql))? {
                best = index;
            }
        }
        Ok(steps.swap_remove(best))
    }
}

impl Reducer<'_> {
    /// Fills `codes` with the errors of all subtrees.
    pub fn errors(&mut self, node: &Node) {
        drop(self.reduce(node));
        match node {
            Node::Aggregate { .. } | Node::Leaf(..) | Node::Joined(_) | Node::Column(_) => {}
            Node::Unary(_, of) | Node::Is(of, _) => self.errors(of),
            Node::Binary(_, left, right) => [left, right].into_iter().for_each(|it| self.errors(it)),
            Node::In { of, items, .. } => std::iter::once(&**of).chain(items).for_each(|it| self.errors(it)),
            Node::Between { of, .. } => of.iter().for_each(|it| self.errors(it)),
            Node::Call(_, arguments) => arguments.iter().for_each(|it| self.errors(it)),
            Node::Case { operand, whens, otherwise } => {
                operand.iter().chain(otherwise).for_each(|it| self.errors(it));
                whens.iter().flat_map(|(when, then)| [when, then]).for_each(|it| self.errors(it));
            }
        }
    }
}

fn null() -> Step {
    Step { sql: "NULL".to_owned(), value: None, kind: Kind::Text }
}

/// Whether a function takes a number in this place.
fn numeric(name: &str, place: usize) -> bool {
    match name {
        "ABS" | "ROUND" | "TRUNCATE" | "CEIL" | "CEILING" | "FLOOR" | "MOD" => true,
        "SUBSTRING" | "SUBSTR" | "MID" | "LEFT" | "RIGHT" | "LPAD" | "RPAD" => {
            place > 0 && !(place == 2 && name.ends_with("PAD"))
        }
        "LOCATE" => place == 2,
        "FROM_UNIXTIME" => place == 0,
        _ => false,
    }
}
