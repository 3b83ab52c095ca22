//! MariaDB is asked.

use mysql::consts::ColumnType;
use mysql::prelude::Queryable;
use mysql::{Conn, Opts, Value};
use std::collections::HashMap;

/// The collation of connections that do not choose one: letter case and accents are ignored.
pub const DEFAULT: &str = "utf8mb4_general_ci";

/// Ignores letter case, keeps accents and emoji apart, as we do.
pub const ACCENTS: &str = "utf8mb4_uca1400_as_ci";

/// Orders them by their code points, as we do.
pub const CODE_POINTS: &str = "utf8mb4_bin";

/// `NOW()` for both sides: 2024-01-01 10:11:12 in Shanghai.
pub const NOW: i64 = 1_704_075_072;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Number,
    /// A number that went through floating point.
    Double,
    Text,
}

/// What a SELECT of one expression gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// As it is printed; nothing for NULL.
    pub text: Option<String>,
    pub kind: Kind,
    /// The warnings; for a refused statement the error alone, and no text.
    pub warnings: Vec<Warning>,
    pub refused: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Warning {
    pub code: u16,
    pub message: String,
}

pub const DIVISION_BY_ZERO: u16 = 1365;
pub const TRUNCATED: u16 = 1292;
pub const OUT_OF_RANGE: u16 = 1690;
pub const SYNTAX: u16 = 1064;

impl Answer {
    /// A division by zero, where we answer an error.
    pub fn divides_by_zero(&self) -> bool {
        self.warnings.iter().any(|it| it.code == DIVISION_BY_ZERO)
    }

    /// A text that is no number was taken for one, where we answer an error. (Blanks around a number, which
    /// warn too, we forgive.)
    pub fn casts_badly(&self) -> bool {
        self.warnings.iter().any(|it| {
            it.code == TRUNCATED
                && ["DOUBLE", "DECIMAL", "INTEGER"].iter().any(|kind| {
                    let before = format!("Truncated incorrect {kind} value: '");
                    it.message.strip_prefix(&before).is_some_and(|rest| {
                        crate::number::read(rest.strip_suffix('\'').unwrap_or(rest)).is_none()
                    })
                })
        })
    }

    /// More digits than we keep.
    pub fn overflows(&self) -> bool {
        let digits = |text: &String| text.bytes().filter(u8::is_ascii_digit).count();
        self.warnings.iter().any(|it| it.code == OUT_OF_RANGE)
            || self.kind == Kind::Number && self.text.as_ref().is_some_and(|text| digits(text) > 65)
    }
}

/// A connection, and what has been asked on it.
pub struct Server {
    connection: Conn,
    /// Whether é is asked for as the Cyrillic э, which has as many bytes, a capital letter, and a place of
    /// its own behind the Latin letters; as é has with us.
    accents: bool,
    known: HashMap<String, Answer>,
    pub asked: usize,
}

impl Server {
    /// Connects as a person's client does: utf8mb4, Shanghai time, no strictness (which a SELECT would not
    /// heed), but warnings for divisions by zero.
    pub fn connect(collation: &str, accents: bool) -> Server {
        let address = std::env::var("FERRY_TEST_MYSQL").expect(
            "these tests compare with a real MariaDB: `cargo xtask test` starts one; for single tests, \
             `cargo xtask database` does and prints FERRY_TEST_MYSQL",
        );
        let mut connection =
            Conn::new(Opts::from_url(&address).expect("FERRY_TEST_MYSQL is an address")).expect("a server");
        for statement in [
            &format!("SET NAMES utf8mb4 COLLATE {collation}"),
            "SET time_zone = '+08:00', sql_mode = 'ERROR_FOR_DIVISION_BY_ZERO'",
            &format!("SET timestamp = {NOW}"),
        ] {
            connection.query_drop(statement).expect(statement);
        }
        Server { connection, accents, known: HashMap::new(), asked: 0 }
    }

    /// `SELECT expression`.
    pub fn ask(&mut self, expression: &str) -> Answer {
        if let Some(known) = self.known.get(expression) {
            return known.clone();
        }
        let answer = if self.accents {
            let mut answer = self.select(&expression.replace('é', "э").replace('É', "Э"));
            answer.text = answer.text.map(|text| text.replace('э', "é").replace('Э', "É"));
            answer
        } else {
            self.select(expression)
        };
        self.known.insert(expression.to_owned(), answer.clone());
        answer
    }

    fn select(&mut self, expression: &str) -> Answer {
        self.asked += 1;
        let mut result = match self.connection.query_iter(format!("SELECT {expression}")) {
            Ok(result) => result,
            Err(error) => return Answer::refusal(error),
        };
        let kind = kind(result.columns().as_ref()[0].column_type());
        let row = match result.next().expect("a SELECT without FROM has one row") {
            Ok(row) => row,
            Err(error) => return Answer::refusal(error),
        };
        let text = match row.unwrap().pop() {
            Some(Value::Bytes(bytes)) => {
                // MariaDB's CONCAT_WS can cut characters into pieces.
                Some(String::from_utf8_lossy(&bytes).into_owned())
            }
            Some(Value::NULL) => None,
            other => panic!("{expression}: the text protocol gave {other:?}"),
        };
        drop(result);
        let mut warnings = Vec::new();
        if self.connection.warnings() > 0 {
            let rows: Vec<(String, u16, String)> = self.connection.query("SHOW WARNINGS").expect("warnings");
            warnings = rows.into_iter().map(|(_, code, message)| Warning { code, message }).collect();
        }
        Answer { text, kind, warnings, refused: false }
    }
}

impl Answer {
    fn refusal(error: mysql::Error) -> Answer {
        match error {
            mysql::Error::MySqlError(error) => Answer {
                text: None,
                kind: Kind::Text,
                warnings: vec![Warning { code: error.code, message: error.message }],
                refused: true,
            },
            error => panic!("the connection failed: {error}"),
        }
    }
}

fn kind(column: ColumnType) -> Kind {
    use ColumnType::*;
    match column {
        MYSQL_TYPE_DOUBLE | MYSQL_TYPE_FLOAT => Kind::Double,
        MYSQL_TYPE_DECIMAL
        | MYSQL_TYPE_NEWDECIMAL
        | MYSQL_TYPE_TINY
        | MYSQL_TYPE_SHORT
        | MYSQL_TYPE_INT24
        | MYSQL_TYPE_LONG
        | MYSQL_TYPE_LONGLONG => Kind::Number,
        _ => Kind::Text,
    }
}
