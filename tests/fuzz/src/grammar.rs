//! Flow-file fields and records made of the fuzzer's bytes.

use arbitrary::{Result, Unstructured};
use ferry_mapping::{Map, Value};
use serde_json::json;

const FIELDS: [&str; 6] = ["a", "b", "n", "items.x", "items.y", "none"];

const OPERATORS: [&str; 27] = [
    "+", "-", "*", "/", "%", "DIV", "MOD", "=", "<=>", "<>", "!=", "<", "<=", ">", ">=", "AND", "&&", "OR",
    "||", "XOR", "LIKE", "NOT LIKE", "+", "*", "/", "=", "AND",
];

/// Name, and the most arguments.
const FUNCTIONS: [(&str, usize); 39] = [
    ("ABS", 1),
    ("CEIL", 1),
    ("FLOOR", 1),
    ("MOD", 2),
    ("ROUND", 2),
    ("TRUNCATE", 2),
    ("CHAR_LENGTH", 1),
    ("CONCAT", 4),
    ("CONCAT_WS", 4),
    ("INSTR", 2),
    ("LEFT", 2),
    ("LENGTH", 1),
    ("LOCATE", 3),
    ("LOWER", 1),
    ("LPAD", 3),
    ("LTRIM", 1),
    ("REPLACE", 3),
    ("RIGHT", 2),
    ("RPAD", 3),
    ("RTRIM", 1),
    ("SUBSTRING", 3),
    ("TRIM", 1),
    ("UPPER", 1),
    ("DATE_FORMAT", 2),
    ("FROM_UNIXTIME", 2),
    ("NOW", 0),
    ("UNIX_TIMESTAMP", 1),
    ("COALESCE", 3),
    ("GREATEST", 3),
    ("IF", 3),
    ("IFNULL", 2),
    ("LEAST", 3),
    ("NULLIF", 2),
    ("AVG", 1),
    ("COUNT", 1),
    ("MAX", 1),
    ("MIN", 1),
    ("SUM", 1),
    ("NO_SUCH", 2),
];

const TOKENS: [&str; 48] = [
    "_function ",
    "_findCollection ",
    "_endFind",
    "find",
    "from",
    "where",
    "case ",
    "when ",
    " then ",
    " else ",
    " end",
    "(",
    ")",
    ",",
    "'",
    "\"",
    "\\",
    "{{",
    "}}",
    "{",
    "}",
    "a",
    "items",
    ".",
    "x",
    "|datetime",
    "|timestamp",
    "LAST_SYNC_TIME",
    "params.",
    "1",
    "1.5",
    "1e9",
    "-",
    "+",
    "*",
    "/",
    " in ",
    " between ",
    " and ",
    " like ",
    " is null",
    "not ",
    "sum(",
    "concat(",
    "。",
    "😀",
    "99999999999999999999999999999999999",
    "%",
];

const NUMBERS: [&str; 16] = [
    "0",
    "1",
    "-1",
    "2",
    "0.5",
    "3.000",
    "1e3",
    "1e-30",
    "1e64",
    "1000000000",
    "-1000000000",
    "9223372036854775807",
    "123456789012345678901234567890",
    "0.00000000000000000000000000000000000001",
    "1048576",
    "99999999999999999999999999999999999999999999999999999999999999999",
];

/// The text of an expression: by the grammar, seldom from its tokens in any order.
pub fn expression(from: &mut Unstructured<'_>) -> Result<String> {
    if from.ratio(1, 8)? {
        let mut text = String::new();
        for _ in 0..from.int_in_range(0..=40)? {
            text.push_str(from.choose(&TOKENS)?);
        }
        return Ok(text);
    }
    let mut text = String::new();
    operand(from, 6, &mut text)?;
    Ok(text)
}

fn operand(from: &mut Unstructured<'_>, depth: usize, text: &mut String) -> Result<()> {
    if depth == 0 || from.is_empty() || from.ratio(1, 4)? {
        return leaf(from, text);
    }
    let depth = depth - 1;
    match from.int_in_range(0..=9)? {
        0..=2 => {
            operand(from, depth, text)?;
            let operator = from.choose(&OPERATORS)?;
            text.push_str(&format!(" {operator} "));
            operand(from, depth, text)
        }
        3..=6 => {
            let (name, most) = from.choose(&FUNCTIONS)?;
            text.push_str(name);
            list(from, depth, *most, text)
        }
        7 => {
            let shape = from.int_in_range(0..=5)?;
            text.push_str(["- ", "! ", "NOT ", "(", "", ""][shape]);
            operand(from, depth, text)?;
            match shape {
                3 => text.push(')'),
                4 => text.push_str(" IS NOT NULL"),
                5 => {
                    text.push_str(" IN ");
                    list(from, depth, 3, text)?;
                }
                _ => {}
            }
            Ok(())
        }
        8 => {
            for word in ["", " BETWEEN ", " AND "] {
                text.push_str(word);
                operand(from, depth, text)?;
            }
            Ok(())
        }
        _ => {
            text.push_str("CASE ");
            if from.arbitrary()? {
                operand(from, depth, text)?;
            }
            for word in [" WHEN ", " THEN ", " ELSE "] {
                text.push_str(word);
                operand(from, depth, text)?;
            }
            text.push_str(" END");
            Ok(())
        }
    }
}

fn list(from: &mut Unstructured<'_>, depth: usize, most: usize, text: &mut String) -> Result<()> {
    text.push('(');
    for place in 0..most {
        if place > 0 {
            text.push_str(", ");
        }
        operand(from, depth, text)?;
    }
    text.push(')');
    Ok(())
}

fn leaf(from: &mut Unstructured<'_>, text: &mut String) -> Result<()> {
    match from.int_in_range(0..=5)? {
        0 | 1 => text.push_str(&format!("{{{{{}}}}}", from.choose(&FIELDS)?)),
        2 => text.push_str(&format!("'{{{{{}}}}}'", from.choose(&FIELDS)?)),
        3 => text.push_str(from.choose(&NUMBERS)?),
        4 => {
            let quoted = words(from)?.replace('\\', "\\\\").replace('\'', "''").replace(['{', '}'], "");
            text.push_str(&format!("'{quoted}'"));
        }
        _ => text.push_str(from.choose(&["NULL", "TRUE", "FALSE", "NOW()", "%"])?),
    }
    Ok(())
}

/// A text: something with a meaning, or anything.
pub fn words(from: &mut Unstructured<'_>) -> Result<String> {
    const KNOWN: [&str; 20] = [
        "",
        " ",
        "'",
        "\\",
        "{{a}}",
        "}}",
        "' or '1'='1",
        "中文",
        "😀",
        "1e3",
        "-0.50",
        "1e999999999",
        "2024-01-01",
        "2024-01-01T10:11:12.5Z",
        "%Y-%m-%d %T%",
        "%_%\\%",
        "true",
        "\0",
        "_function 1/0",
        "ß",
    ];
    if from.arbitrary()? { Ok((*from.choose(&KNOWN)?).to_owned()) } else { from.arbitrary() }
}

/// A JSON value, nested a little.
pub fn value(from: &mut Unstructured<'_>, depth: usize) -> Result<Value> {
    Ok(match from.int_in_range(0..=if depth == 0 { 4 } else { 6 })? {
        0 => Value::Null,
        1 => Value::Bool(from.arbitrary()?),
        2 => serde_json::from_str(from.choose(&NUMBERS)?).unwrap_or_default(),
        3 => json!(from.arbitrary::<i64>()?),
        4 => Value::String(words(from)?),
        5 => {
            let mut list = Vec::new();
            for _ in 0..from.int_in_range(0..=3)? {
                list.push(value(from, depth - 1)?);
            }
            Value::Array(list)
        }
        _ => {
            let mut object = Map::new();
            for _ in 0..from.int_in_range(0..=3)? {
                object.insert(
                    (*from.choose(&["a", "b", "n", "x", "y", "items"])?).to_owned(),
                    value(from, depth - 1)?,
                );
            }
            Value::Object(object)
        }
    })
}

/// A record as the expressions expect it, mostly: `items` a list of objects.
pub fn record(from: &mut Unstructured<'_>) -> Result<Value> {
    if from.ratio(1, 8)? {
        return value(from, 3);
    }
    let mut items = Vec::new();
    for _ in 0..from.int_in_range(0..=4)? {
        items.push(json!({"x": value(from, 0)?, "y": value(from, 1)?}));
    }
    Ok(json!({"a": value(from, 0)?, "b": value(from, 1)?, "n": value(from, 0)?, "items": items}))
}
