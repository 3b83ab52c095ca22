//! What is sent: SQL texts and their parameters.

use std::fmt::Write;

use serde_json::Value;

use super::Insert;
use super::parse::same_name;

/// The most placeholders that one prepared statement may have (`spin.md` 1.6).
pub const MAX_PLACEHOLDERS: usize = 65_535;

/// Run each of these after connecting, in this order.
///
/// * The whole `sql_mode`, whatever the server's own: bad values are errors, never silently cut or
///   changed (`design.md` 7), and neither `ANSI_QUOTES` nor `NO_BACKSLASH_ESCAPES` is on.
/// * `TIMESTAMP` columns take and give China's time, as Galaxy's dates are.
/// * Nobody is waited for longer than 10 seconds, so that a run ends within its budget.
/// * `autocommit=0` instead of `BEGIN`, which MySQL does not prepare: error 1295 (`spin.md` 1.6).
pub const OPEN: &[&str] = &[
    "SET NAMES utf8mb4",
    "SET SESSION sql_mode='STRICT_ALL_TABLES,STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION'",
    "SET SESSION time_zone='+08:00', innodb_lock_wait_timeout=10, lock_wait_timeout=10",
    "SET SESSION autocommit=0",
];

/// A parameter of a statement, or a cell of its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SqlValue {
    /// NULL.
    Null,
    /// Any integer type, signed or not, as far as it fits.
    Int(i64),
    /// A text. Also how dates and decimals are written: the server converts, strictly.
    Text(String),
    /// Bytes that are no text.
    Bytes(Vec<u8>),
}

/// One statement, to be prepared and run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// With a `?` for each parameter.
    pub sql: String,
    /// In the order of the `?`.
    pub params: Vec<SqlValue>,
}

impl Insert {
    /// Asks for the table's columns. The answer is the `columns` of
    /// [`check_table`](super::check_table).
    pub fn columns_sql(&self) -> Statement {
        self.information(
            "CAST(COLUMN_NAME AS CHAR(64)), CAST(COLUMN_TYPE AS CHAR(255)), CAST(IS_NULLABLE AS CHAR(3)), \
             CAST(EXTRA AS CHAR(255)), CAST(CHARACTER_SET_NAME AS CHAR(64)), CAST(COLLATION_NAME AS CHAR(64))",
            "COLUMNS",
            "ORDER BY ORDINAL_POSITION",
        )
    }

    /// Asks for the columns of the table's unique keys. The answer is the `keys` of
    /// [`check_table`](super::check_table).
    pub fn keys_sql(&self) -> Statement {
        self.information(
            "CAST(INDEX_NAME AS CHAR(64)), CAST(COLUMN_NAME AS CHAR(64)), CAST(SUB_PART AS SIGNED)",
            "STATISTICS",
            "AND NON_UNIQUE = 0 ORDER BY INDEX_NAME, SEQ_IN_INDEX",
        )
    }

    /// The casts: Spin's host reads only some types (`spin.md` 1.6).
    fn information(&self, fields: &str, view: &str, tail: &str) -> Statement {
        let (schema, database) = match &self.database {
            Some(database) => ("?", Some(SqlValue::Text(database.clone()))),
            None => ("DATABASE()", None),
        };
        Statement {
            sql: format!(
                "SELECT {fields} FROM information_schema.{view} WHERE TABLE_SCHEMA = {schema} AND TABLE_NAME = ? {tail}"
            ),
            params: database.into_iter().chain([SqlValue::Text(self.table.clone())]).collect(),
        }
    }

    /// The table with its quotes.
    pub(super) fn quoted_table(&self) -> String {
        let database = self.database.iter().map(|database| quoted(database) + ".");
        database.chain([quoted(&self.table)]).collect()
    }
}

/// A table that has been looked at by [`check_table`](super::check_table), with all that is needed to
/// write to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The flow's statement.
    pub insert: Insert,
    /// The one unique key.
    pub key: Key,
    /// The column that tells older data from newer, one of the statement's, where the flow names one.
    pub version: Option<String>,
}

/// The unique key that makes writing idempotent: one column, NOT NULL. Keys of several columns are
/// refused for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The column, spelled as in the statement.
    pub column: String,
    /// How the server compares its values.
    pub key_type: KeyType,
}

/// How the server compares the values of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// TINYINT to BIGINT.
    Integer {
        /// Whether it is UNSIGNED.
        unsigned: bool,
    },
    /// CHAR or VARCHAR, by the rules of its collation: case, accents and trailing blanks may not count.
    Text {
        /// As `utf8mb4`.
        charset: String,
        /// As `utf8mb4_general_ci`.
        collation: String,
    },
    /// Any other type, as the server spells it.
    Other(String),
}

impl Target {
    /// How many rows a statement may have at most.
    pub fn max_rows(&self) -> usize {
        MAX_PLACEHOLDERS / self.insert.columns.len()
    }

    /// Writes `rows` rows, and fails with 1062 if one of their ids is there already, also if two of
    /// the rows have the same id. Parameters: row by row, the columns in the statement's order.
    pub fn insert_sql(&self, rows: usize) -> String {
        let columns = &self.insert.columns;
        let row = format!("({})", vec!["?"; columns.len()].join(","));
        let mut sql = String::with_capacity(64 + columns.len() * 24 + rows * (row.len() + 1));
        let _ = write!(sql, "INSERT INTO {} (", self.insert.quoted_table());
        for (at, column) in columns.iter().enumerate() {
            let _ = write!(sql, "{}{}", if at == 0 { "" } else { "," }, quoted(column));
        }
        sql.push_str(") VALUES ");
        for at in 0..rows {
            sql.push_str(if at == 0 { "" } else { "," });
            sql.push_str(&row);
        }
        sql
    }

    /// Writes `rows` rows; where an id is there already, the row is brought up to date, unless what is
    /// there has a newer version. Where either version is NULL, the new row wins. Of rows with the same
    /// id in one statement, the newest wins, and the last of equals. The key itself keeps its spelling.
    ///
    /// `VALUES()` is the one form that MySQL 8, MySQL 9 and MariaDB all understand.
    pub fn upsert_sql(&self, rows: usize) -> String {
        let is_version =
            |column: &&String| self.version.as_ref().is_some_and(|version| same_name(version, column));
        let is_key = |column: &&String| same_name(&self.key.column, column);
        let columns = &self.insert.columns;
        // MySQL assigns from left to right, each assignment seeing the ones before it: the version
        // comes last, or else the columns after it would be compared with the new one.
        let ordered =
            columns.iter().filter(|column| !is_version(column)).chain(columns.iter().filter(is_version));

        let mut sql = self.insert_sql(rows);
        sql.push_str(" ON DUPLICATE KEY UPDATE ");
        let mut comma = "";
        for column in ordered.filter(|column| !is_key(column)).map(|column| quoted(column)) {
            let _ = match &self.version {
                Some(version) => {
                    let version = quoted(version);
                    write!(sql, "{comma}{column}=IF(VALUES({version})<{version},{column},VALUES({column}))")
                }
                None => write!(sql, "{comma}{column}=VALUES({column})"),
            };
            comma = ",";
        }
        if comma.is_empty() {
            // Nothing but the key: what is there is left alone.
            let key = quoted(&self.key.column);
            let _ = write!(sql, "{key}={key}");
        }
        sql
    }

    /// Asks which of these ids are in the table. The answer, for
    /// [`read_existing`](super::read_existing), is their positions in `ids`, not their texts: whether
    /// `A1`, `a1` and `a1 ` are the same id is for the key's collation to say, and only the server knows
    /// how. So the ids go there as one JSON text and are compared as values of the key's own type.
    ///
    /// An id that no value of the key can equal (NULL, letters for an integer key) is not there.
    pub fn existing(&self, ids: &[SqlValue]) -> Statement {
        let key = quoted(&self.key.column);
        let sql_type = match &self.key.key_type {
            KeyType::Integer { unsigned: false } => "BIGINT".to_owned(),
            KeyType::Integer { unsigned: true } => "BIGINT UNSIGNED".to_owned(),
            // Longer than any key can be, so that no id is cut down to one that is there.
            KeyType::Text { charset, collation } => {
                format!("VARCHAR(4000) CHARACTER SET {charset} COLLATE {collation}")
            }
            KeyType::Other(sql_type) => sql_type.clone(),
        };
        let ids: Value = ids.iter().map(|id| self.key.json(id)).collect();
        Statement {
            sql: format!(
                "SELECT CAST(p.i - 1 AS SIGNED) FROM JSON_TABLE(?, '$[*]' COLUMNS (i FOR ORDINALITY, k {sql_type} PATH '$')) p \
                 STRAIGHT_JOIN {} t ON t.{key} = p.k",
                self.insert.quoted_table()
            ),
            params: vec![SqlValue::Text(ids.to_string())],
        }
    }
}

impl Key {
    /// An id as JSON_TABLE converts it to the key's type; null where that would not be the same value,
    /// since MariaDB clips numbers that are too large and reads `2x` as 2.
    fn json(&self, id: &SqlValue) -> Value {
        let text = match id {
            SqlValue::Null | SqlValue::Bytes(_) => return Value::Null,
            SqlValue::Int(number) => number.to_string(),
            SqlValue::Text(text) => text.clone(),
        };
        match self.key_type {
            KeyType::Integer { unsigned: false } => {
                text.trim().parse::<i64>().map_or(Value::Null, Value::from)
            }
            KeyType::Integer { unsigned: true } => {
                text.trim().parse::<u64>().map_or(Value::Null, Value::from)
            }
            KeyType::Text { .. } | KeyType::Other(_) => Value::String(text),
        }
    }
}

/// An identifier between backticks.
pub(super) fn quoted(identifier: &str) -> String {
    format!("`{}`", identifier.replace('`', "``"))
}
