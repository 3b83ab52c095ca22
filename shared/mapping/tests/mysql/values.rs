//! The domain: the leaves that expressions are made of.

use crate::expression::{Node, Piece, Scalar, Written};
use crate::random::Random;

const WHOLE: &[&str] =
    &["0", "1", "1", "2", "2", "3", "5", "7", "10", "12", "100", "1255", "-1", "-2", "-3", "-7"];

const DECIMAL: &[&str] = &[
    "0.0",
    "0.00",
    "0.5",
    "1.0",
    "1.5",
    "1.50",
    "2.25",
    "2.345",
    "-0.5",
    "-1.50",
    "-2.5",
    "0.1",
    "0.3333",
    "99.99",
    "1255.5",
    "12.345678901",
    "0.000000001",
    "-19.90",
    "3.000",
];

/// Thirty digits, and the ends of the machine's integers.
const LONG: &[&str] = &[
    "123456789012345678901234567890",
    "0.123456789012345678901234567890",
    "-1.123456789012345678901234567891",
    "123456789012345.678901234567890123",
    "9223372036854775807",
    "-9223372036854775808",
    "99999999999999999999999999999999999",
    "1.000000000000000000000000000001",
];

const EXPONENT: &[&str] = &["1e3", "1.5e-2", "-2E2", "1.50e1"];

const NUMERIC_TEXT: &[&str] = &[
    "0", "1", "2", "-3", "10", "1.5", "1.50", "0.0", " 2 ", "7 ", "1e3", "2.5e-1", "+4", ".5", "007.10",
    "1255.5",
];

const TEXT: &[&str] = &[
    "",
    "",
    " ",
    "   ",
    "abc",
    "abc",
    "ABC",
    "Abc ",
    " abc",
    "  a b ",
    "a",
    "B",
    "b",
    "z",
    "_",
    "a%c",
    "100%",
    "订单",
    "订单号",
    "中",
    "国",
    "é",
    "E",
    "😀",
    "a😀b",
    "😁",
    "it's",
    "''",
    "say \"hi\"",
    "\"",
    "back\\slash",
    "\\",
    "\\'",
    "a\\%",
    "two\nlines",
    "tab\there",
    "' or '1'='1",
    "1abc",
    "-",
    "M8 x 20",
    "2024-01-01",
    "DS-20240101-007",
    "SO\u{3000}1",
    "--",
    "/* */",
    "NULL",
    "true",
    "FALSE",
];

/// Only in records: in the text of a flow file braces are references.
const BRACES: &[&str] = &["{{v1}}", "{v1}", "}}", "{", "_function 1/0"];

const PATTERN: &[&str] = &[
    "%", "_", "a%", "%b%", "a_c", "ABC", "%c", "__", "", "订%", "_单%", "%😀%", "a\\%c", "%\\_%", "\\\\",
    "%'%", "abc ", "%%b", "\\a%", "100\\%",
];

const TIME: &[&str] = &[
    "2024-01-01 10:11:12",
    "2024-01-01",
    "2024-02-29 23:59:59",
    "2023-12-31 00:00:00",
    "2026-11-05T13:04:05",
    "2024-01-01 10:11:12.123456",
    "2021-03-07 12:00:00.5",
    "20240102",
    "20240102030405",
    "2024-1-2",
    "24-1-2",
    "2024/01/02 03:04",
    "2000-01-01 00:00:01",
    "2012-12-31",
    "1999-10-09 08:07:06",
];

const NO_TIME: &[&str] = &["", "abc", "2024-02-30", "2024-13-01", "2024-01-01 25:00:00", "订单", "2024"];

const FORMAT: &[&str] = &[
    "%Y-%m-%d %H:%i:%s",
    "%Y%m%d",
    "%Y年%m月%d日",
    "%y/%c/%e",
    "%a %b %D %W %M",
    "%h:%i %p",
    "%r|%T",
    "%I %l %k %S",
    "%f",
    "%j",
    "%U %u",
    "%V %X",
    "%v %x",
    "%w %%",
    "%q%z",
    "plain",
    "%",
    "😀%Y'",
];

const SECONDS: &[&str] = &[
    "0",
    "1",
    "1704075072",
    "1704075072.123",
    "1704075072.5",
    "-1",
    "1000000000",
    "2147483647",
    "1704075072.123456789",
];

const PLAIN: &[&str] = &["a", "-", " ", "单号", "it's ", "%", "\\", "0", "."];

pub fn number(random: &mut Random) -> Node {
    let digits = match random.below(100) {
        0..45 => random.pick(WHOLE),
        45..88 => random.pick(DECIMAL),
        88..97 => random.pick(LONG),
        _ => random.pick(EXPONENT),
    };
    let value = Scalar::Number(digits.to_owned());
    let written = random.pick(&[Written::Literal, Written::Bare, Written::Bare]);
    Node::Leaf(value, written)
}

/// A number of many digits.
pub fn long(random: &mut Random) -> Node {
    Node::Leaf(Scalar::Number(random.pick(LONG).to_owned()), random.pick(&[Written::Literal, Written::Bare]))
}

/// A small whole number (or nearly one): a position, a length, a number of digits.
pub fn count(random: &mut Random) -> Node {
    let digits = ["0", "1", "2", "3", "4", "6", "9", "-1", "-2", "-4", "1.5", "2.4", "2.5", "40", "-40"];
    Node::Leaf(
        Scalar::Number(random.pick(&digits).to_owned()),
        random.pick(&[Written::Literal, Written::Bare]),
    )
}

/// A text that is a number, or its like in quotes.
pub fn numeric_text(random: &mut Random) -> Node {
    if random.chance(40) {
        let domain = if random.chance(50) { WHOLE } else { DECIMAL };
        let digits = random.pick(domain).to_owned();
        return Node::Leaf(Scalar::Number(digits), Written::Quoted);
    }
    text_leaf(random, NUMERIC_TEXT)
}

pub fn text(random: &mut Random) -> Node {
    match random.below(100) {
        0..10 => joined(random),
        10..14 => Node::Leaf(Scalar::Text(random.pick(BRACES).to_owned()), in_record(random)),
        _ => text_leaf(random, TEXT),
    }
}

/// What `LOCATE` looks for. Not the empty text, of which MariaDB gives the place in bytes:
/// `LOCATE('', '订单', 3)` is 7.
pub fn needle(random: &mut Random) -> Node {
    text_leaf(random, &["a", "B", "b", " ", "单", "😀", "ab", "é", "\\", "-", "号", "abc", "'"])
}

pub fn pattern(random: &mut Random) -> Node {
    text_leaf(random, PATTERN)
}

pub fn time(random: &mut Random) -> Node {
    let domain = if random.chance(90) { TIME } else { NO_TIME };
    text_leaf(random, domain)
}

pub fn format(random: &mut Random) -> Node {
    text_leaf(random, FORMAT)
}

pub fn seconds(random: &mut Random) -> Node {
    let written = random.pick(&[Written::Literal, Written::Bare]);
    Node::Leaf(Scalar::Number(random.pick(SECONDS).to_owned()), written)
}

pub fn null(random: &mut Random) -> Node {
    Node::Leaf(Scalar::Null, random.pick(&[Written::Literal, Written::Bare, Written::Quoted]))
}

pub fn truth(random: &mut Random) -> Node {
    Node::Leaf(Scalar::Bool(random.chance(50)), random.pick(&[Written::Literal, Written::Bare]))
}

fn text_leaf(random: &mut Random, domain: &[&str]) -> Node {
    let written = random.pick(&[Written::Literal, Written::Bare, Written::Quoted]);
    Node::Leaf(Scalar::Text(random.pick(domain).to_owned()), written)
}

fn in_record(random: &mut Random) -> Written {
    random.pick(&[Written::Bare, Written::Quoted])
}

fn joined(random: &mut Random) -> Node {
    let mut pieces = vec![Piece::Plain(random.pick(PLAIN)), Piece::Reference(any(random))];
    if random.chance(50) {
        pieces.push(Piece::Plain(random.pick(PLAIN)));
    }
    if random.chance(30) {
        pieces.push(Piece::Reference(any(random)));
    }
    Node::Joined(pieces)
}

fn any(random: &mut Random) -> Scalar {
    match random.below(10) {
        0..2 => Scalar::Null,
        2..5 => Scalar::Number(random.pick(DECIMAL).to_owned()),
        _ => Scalar::Text(random.pick(TEXT).to_owned()),
    }
}

/// What a column of a list holds: values of one kind, as in a real list, with NULLs among them.
pub fn column(random: &mut Random, texts: bool) -> impl FnMut(&mut Random) -> Scalar + use<> {
    let domain = match (texts, random.below(3)) {
        (true, 0) => NUMERIC_TEXT,
        (true, _) => TEXT,
        (false, 0) => WHOLE,
        (false, _) => &["0.00", "1.50", "2.25", "19.90", "-3.10", "1255.55"],
    };
    move |random| {
        let value = random.pick(domain).to_owned();
        match (random.chance(15), texts) {
            (true, _) => Scalar::Null,
            (_, true) => Scalar::Text(value),
            (_, false) => Scalar::Number(value),
        }
    }
}
