//! Before anything is timed: all contenders make the same documents, and refuse the same records.
//!
//! Ours and the hand-written must agree to the letter: the order of the keys and every digit. VRL and jaq
//! calculate with floats, and VRL sorts its keys; with them the order of keys does not count, and numbers
//! (also those that stand in texts) are compared by value: they may be one unit of the exact one's last
//! decimal apart, since floats round halves either way.

use crate::case::Case;
use crate::contenders::{Contender, documents};
use serde_json::{Value, json};

type Documents = Vec<Result<Value, String>>;

/// Compares what four contenders make of the case's records.
///
/// # Panics
/// When they do not agree: the bench would compare unlike things.
pub fn assert(
    case: &Case,
    records: &[Value],
    ours: &mut impl Contender,
    by_hand: &mut impl Contender,
    vrl: &mut impl Contender,
    jaq: &mut impl Contender,
) {
    let text = Value::from(records.to_vec()).to_string();
    let made = |all: Documents, by: &str| -> Vec<Value> {
        let all: Result<Vec<Value>, String> = all.into_iter().collect();
        all.unwrap_or_else(|error| panic!("{}: {by} refuses a good record: {error}", case.name))
    };
    let exact = made(documents(by_hand, &text), "by hand");
    for (index, (exact, ours)) in exact.iter().zip(made(documents(ours, &text), "ours")).enumerate() {
        let (exact, ours) = (pretty(exact), pretty(&ours));
        let line = exact.lines().zip(ours.lines()).find(|(a, b)| a != b);
        assert!(exact == ours, "{} record {index}: by hand and ours disagree: {line:?}", case.name);
    }
    let mut read = ours.read(&text);
    let written = ours.written(&mut read).unwrap_or_else(|error| panic!("{}: {error}", case.name));
    let same = written == Value::from(exact.clone()).to_string().as_bytes();
    assert!(same, "{}: what ours writes is not the documents' text", case.name);
    for (by, made) in
        [("vrl", made(documents(vrl, &text), "vrl")), ("jaq", made(documents(jaq, &text), "jaq"))]
    {
        assert_eq!(exact.len(), made.len());
        for (index, (exact, other)) in exact.iter().zip(&made).enumerate() {
            if let Some(where_) = difference(exact, other) {
                panic!("{} record {index}: by hand and {by} disagree at {where_}", case.name);
            }
        }
    }
    for (what, broken) in broken(case, &records[0]) {
        let text = Value::from(vec![broken]).to_string();
        let answers = [
            ("ours", documents(ours, &text)),
            ("by hand", documents(by_hand, &text)),
            ("vrl", documents(vrl, &text)),
            ("jaq", documents(jaq, &text)),
        ];
        for (by, answer) in answers {
            assert!(answer[0].is_err(), "{}: {by} takes a record with {what}", case.name);
        }
    }
}

/// The same record with something wrong in its last line.
fn broken(case: &Case, record: &Value) -> Vec<(&'static str, Value)> {
    let line = &case.line;
    let with = |field: &str, value: Value| {
        let mut record = record.clone();
        let rows = record[line.list].as_array_mut().expect("the record has lines");
        rows.last_mut().expect("the record has lines")[field] = value;
        record
    };
    let mut without_lines = record.clone();
    without_lines[line.list] = json!([]);
    vec![
        ("a required field missing", with(line.required, Value::Null)),
        ("a required field that is an empty text", with(line.required, json!(""))),
        ("a text that is no number", with(line.number, json!("abc"))),
        ("no lines", without_lines),
    ]
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("a value is JSON")
}

/// Where and how two documents differ, or nothing.
fn difference(exact: &Value, other: &Value) -> Option<String> {
    match (exact, other) {
        (Value::Object(a), Value::Object(b)) => {
            if let Some(key) = b.keys().find(|key| !a.contains_key(*key)) {
                return Some(format!("{key} (too much)"));
            }
            a.iter().find_map(|(key, exact)| match b.get(key) {
                None => Some(format!("{key} (missing)")),
                Some(other) => difference(exact, other).map(|where_| format!("{key}.{where_}")),
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut both = a.iter().zip(b).enumerate();
            both.find_map(|(at, (a, b))| difference(a, b).map(|where_| format!("{at}.{where_}")))
        }
        (Value::Number(a), Value::Number(b)) if near(a.as_str(), b.as_str()) => None,
        (Value::String(a), Value::String(b)) if a == b || near(a, b) => None,
        (a, b) if a == b => None,
        (a, b) => Some(format!(" {a} is not {b}")),
    }
}

/// Whether `float` is `exact`, give or take a unit of the last decimal that `exact` has.
fn near(exact: &str, float: &str) -> bool {
    let decimals = exact.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let (Ok(exact), Ok(float)) = (exact.parse::<f64>(), float.parse::<f64>()) else { return false };
    let last_place = 10f64.powi(-(decimals as i32));
    (exact - float).abs() <= last_place * 1.000_001
}
