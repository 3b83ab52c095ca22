//! MySQL as a target: multi-row statements in one transaction per commit.
//!
//! A statement that fails for the sake of one row is divided until that row stands alone with the database's
//! own message; its neighbours are written. Nothing of a page counts before [`Target::flush`] has committed
//! the transaction, and a lost connection rolls it back.

use super::{Document, Existing, Opening, Outcome, Target, TargetPart};
use crate::flow::Unloaded;
use crate::host::{Connection, Host, SqlFailure, SqlValue, Variables};
use crate::problem::{Failure, Problem};
use crate::tally::{Interface, Ledger};
use ferry_mapping::{Context, FlowFile, Mapping, Problem as FileProblem, Record, RowError, Value};
use ferry_platforms::mysql::{self, Account, Insert, Statement};
use ferry_platforms::{Class, Error as PlatformError};
use std::collections::BTreeSet;

/// The field that holds the parameters of the statement (轻易云's name for it).
const PARAMETERS: &str = "main_params";
const DEFAULT_LIMIT: usize = 1000;

/// The flow file's target, compiled.
#[derive(Debug)]
pub struct Spec {
    /// The mapping, also for the preview.
    pub mapping: Mapping,
    insert: Insert,
    /// For each column of the statement, which of the mapped values it takes.
    order: Vec<usize>,
    /// The column that holds the flow's id.
    id_column: String,
    version: Option<String>,
    limit: usize,
}

impl Spec {
    /// Compiles the target part of a flow file.
    pub fn compile(file: &FlowFile) -> Result<Self, Vec<FileProblem>> {
        let target = &file.target;
        let problem =
            |path: &str, en: String, zh: String| vec![FileProblem::new("mysql_target", path, en, zh)];
        let mapping = Mapping::compile(&target.request, "target.request")?;
        let parameters = mapping.object(PARAMETERS).ok_or_else(|| {
            problem(
                "target.request",
                format!("a MySQL target needs an object field {PARAMETERS}"),
                format!("MySQL 目标需要对象字段 {PARAMETERS}"),
            )
        })?;
        let other = |name: &str| {
            target
                .other_request
                .iter()
                .find(|field| field.field == name)
                .and_then(|field| field.value.as_deref())
        };
        let insert = Insert::parse(other("main_sql").unwrap_or_default())
            .map_err(|error| problem("target.otherRequest", error.en, error.zh))?;
        let names: Vec<&str> = parameters.names().collect();
        let order = insert
            .placeholders
            .iter()
            .map(|placeholder| {
                names.iter().position(|name| name == placeholder).ok_or_else(|| {
                    problem(
                        "target.otherRequest",
                        format!("main_sql uses :{placeholder}, which {PARAMETERS} does not map"),
                        format!("main_sql 使用了 :{placeholder}，但 {PARAMETERS} 未映射它"),
                    )
                })
            })
            .collect::<Result<Vec<usize>, _>>()?;
        let children =
            &target.request.iter().find(|field| field.field == PARAMETERS).expect("compiled above").children;
        let is_id = |value: &str| value.trim_matches(|brace| brace == '{' || brace == '}') == file.source.id;
        let id_column = children
            .iter()
            .find(|field| field.value.as_deref().is_some_and(is_id))
            .and_then(|field| insert.placeholders.iter().position(|name| *name == field.field))
            .map(|index| insert.columns[index].clone())
            .ok_or_else(|| {
                problem(
                    "target.request",
                    format!("no column is mapped from the record's id {}", file.source.id),
                    format!("没有任何列映射自记录的唯一键 {}", file.source.id),
                )
            })?;
        let version = target.version.as_ref().map(|field| {
            insert
                .placeholders
                .iter()
                .position(|name| name == field)
                .map(|index| insert.columns[index].clone())
                .ok_or_else(|| {
                    problem(
                        "target.version",
                        format!("the version field {field} is not in main_sql"),
                        format!("版本字段 {field} 不在 main_sql 中"),
                    )
                })
        });
        let limit = other("limit").and_then(|limit| limit.parse().ok()).unwrap_or(DEFAULT_LIMIT);
        let limit = limit.clamp(1, mysql::MAX_PLACEHOLDERS / insert.columns.len());
        Ok(Spec { version: version.transpose()?, mapping, insert, order, id_column, limit })
    }

    /// The flow's statement.
    pub fn insert(&self) -> &Insert {
        &self.insert
    }

    /// The column that holds the flow's id.
    pub fn id_column(&self) -> &str {
        &self.id_column
    }

    /// The column that tells older data from newer, where the flow names one.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }
}

/// The flow file's part and the account.
struct Part {
    spec: Spec,
    account: Account,
}

/// Loads the target of a flow that writes to MySQL or MariaDB.
pub fn load(file: &FlowFile, variables: &dyn Variables) -> Result<Box<dyn TargetPart>, Unloaded> {
    let spec = Spec::compile(file)?;
    let variable = |name: &str| variables.get(name).unwrap_or_default();
    Ok(Box::new(Part { spec, account: Account::from_variables(&file.target.account, variable)? }))
}

impl TargetPart for Part {
    fn open<'h>(&'h self, opening: &Opening<'h>) -> Box<dyn Target + 'h> {
        let ledger = Ledger::new(opening.host, &opening.file.target.account, "mysql");
        Box::new(MysqlTarget::new(opening.host, &self.spec, &self.account, opening.existing, ledger))
    }
}

/// The target, for one invocation.
pub struct MysqlTarget<'h> {
    host: Host<'h>,
    spec: &'h Spec,
    account: &'h Account,
    existing: Existing,
    open: Option<Open>,
    calls: u64,
    ledger: Ledger<'h>,
}

/// As they are counted: what is sent, and opening a connection to send it by.
const STATEMENT: &str = "statement";
const CONNECT: &str = "connect";

/// A connection that is set up, to a table that has been looked at.
struct Open {
    connection: Box<dyn Connection>,
    table: mysql::Target,
    /// The statement for a full batch: made once, and prepared by the host once.
    full_batch: String,
}

impl<'h> MysqlTarget<'h> {
    /// A target that connects when there is something to write.
    pub fn new(
        host: Host<'h>,
        spec: &'h Spec,
        account: &'h Account,
        existing: Existing,
        ledger: Ledger<'h>,
    ) -> Self {
        MysqlTarget { host, spec, account, existing, open: None, calls: 0, ledger }
    }

    fn open(&mut self) -> Result<(), Failure> {
        if self.open.is_some() {
            return Ok(());
        }
        let opened = self.ledger.time(CONNECT, || self.host.sql.open(&self.account.address()));
        let mut connection = opened.map_err(|failure| {
            let place = self.account.place();
            let doing = (format!("connecting to MySQL at {place}"), format!("连接 MySQL {place}"));
            failed(&self.ledger, CONNECT, (&doing.0, &doing.1), &failure)
        })?;
        for statement in mysql::OPEN {
            self.calls += 1;
            self.ledger
                .time(STATEMENT, || connection.execute(statement, &mut Vec::new()))
                .map_err(|failure| failed(&self.ledger, STATEMENT, SETTING_UP, &failure))?;
        }
        let table = self.look_at_table(connection.as_mut())?;
        let full_batch = statement(&table, self.existing, self.spec.limit);
        self.open = Some(Open { connection, table, full_batch });
        Ok(())
    }

    fn look_at_table(&mut self, connection: &mut dyn Connection) -> Result<mysql::Target, Failure> {
        let Spec { insert, id_column, version, .. } = self.spec;
        let mut ask = |Statement { sql, params }| {
            self.calls += 1;
            self.ledger
                .time(STATEMENT, || connection.query(&sql, params))
                .map_err(|failure| failed(&self.ledger, STATEMENT, READING, &failure))
        };
        let columns = ask(insert.columns_sql())?;
        let keys = ask(insert.keys_sql())?;
        mysql::check_table(insert, id_column, version.as_deref(), &columns, &keys)
            .map_err(|error| Failure::vendor("checking the target table", "检查目标表", &error))
    }

    /// Writes the rows of one statement, dividing them where some are refused.
    fn deliver(&mut self, mut rows: Vec<SqlValue>, outcomes: &mut [Outcome]) -> Result<(), Failure> {
        let count = outcomes.len();
        if count == 0 {
            return Ok(());
        }
        let (existing, limit) = (self.existing, self.spec.limit);
        self.calls += 1;
        self.open()?;
        let open = self.open.as_mut().expect("opened above");
        let result = if count == limit {
            self.ledger.time(STATEMENT, || open.connection.execute(&open.full_batch, &mut rows))
        } else {
            let statement = statement(&open.table, existing, count);
            self.ledger.time(STATEMENT, || open.connection.execute(&statement, &mut rows))
        };
        let result = result.map_err(|failure| mysql::classify(&failure.0));
        let Err(error) = result else {
            outcomes.fill(Outcome::Written);
            return Ok(());
        };
        let duplicate = error.code == DUPLICATE_KEY && existing == Existing::Keep;
        let divisible = error.class == Class::Row || error.code == PACKET_TOO_LARGE;
        // That a row is there already is what one was to find out.
        if !duplicate {
            self.ledger.refused(STATEMENT, ("writing to MySQL", "写入 MySQL"), &error);
        }
        match count {
            1 if duplicate => outcomes[0] = Outcome::AlreadyThere,
            1 if divisible => {
                outcomes[0] =
                    Outcome::Dead(Problem::vendor("MySQL refused the row", "MySQL 拒绝该行", &error))
            }
            _ if duplicate => self.deliver_missing(rows, outcomes)?,
            _ if divisible => {
                // "… at row 17": that one alone, and what is on either side of it.
                let (first, second) = match row_of(&error) {
                    Some(row) if row <= count => (row - 1, 1),
                    _ => (count / 2, count - count / 2),
                };
                self.deliver_in_parts(rows, outcomes, &[first, second, count - first - second])?;
            }
            _ => return Err(Failure::vendor("writing to MySQL", "写入 MySQL", &error)),
        }
        Ok(())
    }

    fn deliver_in_parts(
        &mut self,
        mut rows: Vec<SqlValue>,
        mut outcomes: &mut [Outcome],
        parts: &[usize],
    ) -> Result<(), Failure> {
        for part in parts {
            let rest = rows.split_off(part * self.spec.order.len());
            let (these, others) = outcomes.split_at_mut(*part);
            self.deliver(rows, these)?;
            (rows, outcomes) = (rest, others);
        }
        Ok(())
    }

    /// After a duplicate key: leaves the rows alone that are there, and writes the others.
    fn deliver_missing(&mut self, rows: Vec<SqlValue>, outcomes: &mut [Outcome]) -> Result<(), Failure> {
        let width = self.spec.order.len();
        let there = self.there(&rows)?;
        if there.is_empty() {
            // Two of the rows share a key: apart, the second meets the first in the table.
            let half = outcomes.len() / 2;
            return self.deliver_in_parts(rows, outcomes, &[half, outcomes.len() - half]);
        }
        let mut missing = Vec::new();
        let mut places = Vec::new();
        let mut rows = rows.into_iter();
        for (place, outcome) in outcomes.iter_mut().enumerate() {
            let row = rows.by_ref().take(width);
            if there.contains(&place) {
                row.for_each(drop);
                *outcome = Outcome::AlreadyThere;
            } else {
                missing.extend(row);
                places.push(place);
            }
        }
        let mut results = vec![Outcome::Written; places.len()];
        self.deliver(missing, &mut results)?;
        for (place, result) in places.into_iter().zip(results) {
            outcomes[place] = result;
        }
        Ok(())
    }

    /// Which of the rows have their key in the table.
    fn there(&mut self, rows: &[SqlValue]) -> Result<BTreeSet<usize>, Failure> {
        let width = self.spec.order.len();
        let id = self.spec.insert.columns.iter().position(|column| *column == self.spec.id_column);
        let id = id.expect("the id's column was taken from these");
        let ids: Vec<SqlValue> = rows.iter().skip(id).step_by(width).cloned().collect();
        self.calls += 1;
        self.open()?;
        let open = self.open.as_mut().expect("opened above");
        let Statement { sql, params } = open.table.existing(&ids);
        let found = self
            .ledger
            .time(STATEMENT, || open.connection.query(&sql, params))
            .map_err(|failure| failed(&self.ledger, STATEMENT, LOOKING, &failure))?;
        let places =
            mysql::read_existing(&found).map_err(|error| Failure::vendor(LOOKING.0, LOOKING.1, &error))?;
        Ok(places.into_iter().collect())
    }
}

/// What the database said, counted as an error.
fn failed(ledger: &Ledger<'_>, interface: &str, doing: (&str, &str), failure: &SqlFailure) -> Failure {
    let error = mysql::classify(&failure.0);
    ledger.refused(interface, doing, &error);
    Failure::vendor(doing.0, doing.1, &error)
}

/// What a statement is for, in both languages.
const SETTING_UP: (&str, &str) = ("setting up the MySQL session", "设置 MySQL 会话");
const READING: (&str, &str) = ("reading the table's definition", "读取表结构");
const LOOKING: (&str, &str) = ("looking for rows that are there", "查询已存在的行");
const COMMITTING: (&str, &str) = ("committing to MySQL", "向 MySQL 提交事务");

/// The names of two errors in `platforms::mysql`'s table.
const DUPLICATE_KEY: &str = "duplicate_key";
const PACKET_TOO_LARGE: &str = "packet_too_large";

fn statement(table: &mysql::Target, existing: Existing, rows: usize) -> String {
    match existing {
        Existing::Keep => table.insert_sql(rows),
        Existing::Update => table.upsert_sql(rows),
    }
}

/// MySQL and MariaDB end many messages about a value with `at row 17`, counted from 1.
fn row_of(error: &PlatformError) -> Option<usize> {
    let (_, row) = error.message.rsplit_once(" at row ")?;
    row.parse().ok().filter(|row| *row > 0)
}

impl Target for MysqlTarget<'_> {
    fn map(&self, record: &dyn Record, context: &Context) -> Result<Document, RowError> {
        let parameters = self.spec.mapping.object(PARAMETERS).expect("compiled with it");
        let mut values = Vec::with_capacity(self.spec.order.len());
        parameters.values(record, context, &mut values)?;
        Ok(Document::Row(self.spec.order.iter().map(|index| parameter(&values[*index])).collect()))
    }

    fn write(&mut self, rows: Vec<Document>) -> Result<Vec<Outcome>, Failure> {
        let mut outcomes = vec![Outcome::Written; rows.len()];
        let mut rows = rows.into_iter();
        for outcomes in outcomes.chunks_mut(self.spec.limit) {
            let mut batch = Vec::with_capacity(outcomes.len() * self.spec.order.len());
            for document in rows.by_ref().take(outcomes.len()) {
                match document {
                    Document::Row(values) => batch.extend(values),
                    Document::Json(_) => unreachable!("this target maps to rows"),
                }
            }
            self.deliver(batch, outcomes)?;
        }
        Ok(outcomes)
    }

    fn find(&mut self, rows: &[Document]) -> Result<Vec<bool>, Failure> {
        let mut found = vec![false; rows.len()];
        for (at, rows) in rows.chunks(self.spec.limit).enumerate() {
            let values = rows.iter().flat_map(|document| match document {
                Document::Row(values) => values.clone(),
                Document::Json(_) => unreachable!("this target maps to rows"),
            });
            for place in self.there(&values.collect::<Vec<_>>())? {
                found[at * self.spec.limit + place] = true;
            }
        }
        Ok(found)
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let Some(open) = &mut self.open else { return Ok(()) };
        self.calls += 1;
        self.ledger
            .time(STATEMENT, || open.connection.execute("COMMIT", &mut Vec::new()))
            .map_err(|failure| failed(&self.ledger, STATEMENT, COMMITTING, &failure))
    }

    fn reset(&mut self) {
        self.open = None;
    }

    fn calls(&self) -> u64 {
        self.calls
    }

    fn called(&mut self) -> Vec<Interface> {
        self.ledger.take()
    }
}

/// A mapped value as a parameter: digits are kept, whatever has no type in SQL goes as JSON text.
fn parameter(value: &Value) -> SqlValue {
    match value {
        Value::Null => SqlValue::Null,
        Value::Bool(value) => SqlValue::Int(i64::from(*value)),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| SqlValue::Text(number.to_string()), SqlValue::Int)
        }
        Value::String(text) => SqlValue::Text(text.clone()),
        nested => SqlValue::Text(nested.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_mapping::{Field, TableRow};
    use ferry_platforms::galaxy;

    #[test]
    fn decimals_of_thirty_digits_reach_the_statement_digit_by_digit() {
        let fields: Vec<Field> = serde_json::from_value(serde_json::json!([
            {"field": "a", "value": "{n}"},
            {"field": "b", "type": "float", "value": "{n}"},
            {"field": "c", "type": "string", "value": "{n}"},
            {"field": "d", "type": "float", "value": "{t}"},
            {"field": "e", "value": "_function {n} * 1"},
            {"field": "f", "type": "float", "value": "_function {t} + 0"}
        ]))
        .unwrap();
        let mapping = Mapping::compile(&fields, "target.request").unwrap();
        let params = Default::default();
        let context = Context {
            params: &params,
            last_sync_time: 0,
            current_time: 0,
            page_size: 1,
            start_page: 0,
            start_row: 0,
            lookups: None,
        };
        for digits in [
            "123456789012345678901234567890",
            "-0.123456789012345678901234567890",
            "12345678901234567890.1234567890",
            "999999999999999999999999999999",
            "1.50",
            "0.00",
        ] {
            let answer = http::Response::new(format!(r#"[[{digits},"{digits}"]]"#).into_bytes());
            let rows = galaxy::read_query(&answer, 2).unwrap();
            let names = ["n", "t"].map(str::to_owned);
            let row = TableRow { names: &names, cells: &rows[0] };
            let mut values = Vec::new();
            mapping.values(&row, &context, &mut values).unwrap();
            for value in &values {
                assert_eq!(parameter(value), SqlValue::Text(digits.to_owned()));
            }
            let document = mapping.document(&row, &context).unwrap().to_string();
            assert_eq!(document.matches(digits).count(), fields.len(), "{document}");
        }
    }
}
