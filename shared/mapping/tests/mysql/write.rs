//! Writes a tree down twice: for us with references and a record, for MariaDB with literals in their place.

use crate::expression::{Node, Piece, Scalar, Written};
use crate::random::Random;
use ferry_mapping::{Map, Value};

/// How tightly MariaDB binds (<https://mariadb.com/kb/en/operator-precedence/>), loosest first.
const OR: u8 = 1;
const XOR: u8 = 2;
const AND: u8 = 3;
const NOT: u8 = 4;
const COMPARISON: u8 = 5;
const PREDICATE: u8 = 6;
const SUM: u8 = 7;
const PRODUCT: u8 = 8;
const SIGN: u8 = 9;
const ATOM: u8 = 10;

/// An expression in both languages.
#[derive(Debug)]
pub struct Written2 {
    /// What stands after `_function`.
    pub ours: String,
    pub record: Value,
    /// What stands after `SELECT`.
    pub server: String,
}

/// Writes the tree with no more parentheses than MariaDB's precedence needs, but for a few.
pub fn write(tree: &Node, random: &mut Random) -> Written2 {
    let mut pen = Pen { record: Map::new(), list: String::new(), random };
    let (ours, server) = pen.write(tree, 0);
    Written2 { ours, record: Value::Object(pen.record), server }
}

struct Pen<'r> {
    record: Map<String, Value>,
    /// The list whose aggregate is being written.
    list: String,
    random: &'r mut Random,
}

/// The same text for us and for the server.
type Both = (String, String);

impl Pen<'_> {
    /// Writes a node where something that binds at least as tightly as `least` is needed.
    fn write(&mut self, node: &Node, least: u8) -> Both {
        let (written, level) = match node {
            Node::Leaf(value, written) => self.leaf(value, *written),
            Node::Joined(pieces) => (self.joined(pieces), ATOM),
            Node::Unary(operator @ "NOT", of) => {
                (around(&format!("{operator} "), self.write(of, NOT), ""), NOT)
            }
            Node::Unary(operator, of) => (around(&format!("{operator} "), self.write(of, SIGN), ""), SIGN),
            Node::Binary(operator, left, right) => {
                let (level, right_level) = level(operator);
                let left = self.write(left, if level == PREDICATE { SUM } else { level });
                let right = self.write(right, right_level);
                (join(left, &format!(" {operator} "), right), level)
            }
            Node::Is(of, what) => {
                (around("", self.write(of, COMPARISON), &format!(" IS {what}")), COMPARISON)
            }
            Node::In { not, of, items } => {
                let of = self.write(of, SUM);
                let items = self.list(items);
                (around("", join(of, if *not { " NOT IN (" } else { " IN (" }, items), ")"), PREDICATE)
            }
            Node::Between { not, of } => {
                let [of, low, high] = &**of;
                let (of, low, high) = (self.write(of, SUM), self.write(low, SUM), self.write(high, SUM));
                let word = if *not { " NOT BETWEEN " } else { " BETWEEN " };
                (join(join(of, word, low), " AND ", high), PREDICATE)
            }
            Node::Call(name, arguments) => {
                let arguments = self.list(arguments);
                (around(&format!("{}(", self.case(name)), arguments, ")"), ATOM)
            }
            Node::Case { operand, whens, otherwise } => {
                let mut text = same("CASE");
                if let Some(operand) = operand {
                    text = join(text, " ", self.write(operand, 0));
                }
                for (when, then) in whens {
                    text = join(text, " WHEN ", self.write(when, 0));
                    text = join(text, " THEN ", self.write(then, 0));
                }
                if let Some(otherwise) = otherwise {
                    text = join(text, " ELSE ", self.write(otherwise, 0));
                }
                (around("", text, " END"), ATOM)
            }
            Node::Aggregate { function, over, rows } => (self.aggregate(function, over, rows), ATOM),
            Node::Column(column) => {
                ((format!("{{{{{}.x{column}}}}}", self.list), format!("x{column}")), ATOM)
            }
        };
        if level < least || self.random.chance(5) { around("(", written, ")") } else { written }
    }

    fn list(&mut self, nodes: &[Node]) -> Both {
        let written: Vec<Both> = nodes.iter().map(|node| self.write(node, 0)).collect();
        written.into_iter().reduce(|left, right| join(left, ", ", right)).unwrap_or_default()
    }

    /// Function names may be written in any case.
    fn case(&mut self, name: &str) -> String {
        if self.random.chance(30) { name.to_lowercase() } else { name.to_owned() }
    }

    fn leaf(&mut self, value: &Scalar, written: Written) -> (Both, u8) {
        let server = literal(value);
        match written {
            Written::Literal => {
                let ours = match value {
                    // MySQL's other quotes, and its other way to double them.
                    Scalar::Text(text) if self.random.chance(30) => {
                        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\"\""))
                    }
                    Scalar::Text(text) if self.random.chance(30) => {
                        format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
                    }
                    _ => server.clone(),
                };
                let level = if server.starts_with('-') { SIGN } else { ATOM };
                ((ours, server), level)
            }
            Written::Bare => {
                let server = if server.starts_with('-') { format!("({server})") } else { server };
                ((format!("{{{{{}}}}}", self.name(value)), server), ATOM)
            }
            Written::Quoted => {
                let server = literal(&Scalar::Text(text(value)));
                ((format!("'{{{{{}}}}}'", self.name(value)), server), ATOM)
            }
        }
    }

    fn joined(&mut self, pieces: &[Piece]) -> Both {
        let (mut ours, mut server) = (String::new(), String::new());
        for piece in pieces {
            match piece {
                Piece::Plain(plain) => {
                    ours.push_str(&quoted(plain));
                    server.push_str(plain);
                }
                Piece::Reference(value) => {
                    ours.push_str(&format!("{{{{{}}}}}", self.name(value)));
                    server.push_str(&text(value));
                }
            }
        }
        (format!("'{ours}'"), literal(&Scalar::Text(server)))
    }

    fn aggregate(&mut self, function: &str, over: &Node, rows: &[Vec<Scalar>]) -> Both {
        let json = rows.iter().map(|row| {
            let fields = row.iter().enumerate().map(|(column, value)| (format!("x{column}"), json(value)));
            Value::Object(fields.collect())
        });
        self.list = format!("l{}", self.record.len());
        self.record.insert(self.list.clone(), Value::Array(json.collect()));
        let over = self.write(over, 0);
        let (ours, over) = around(&format!("{function}("), over, ")");
        (ours, format!("(SELECT {over} FROM {} t)", table(rows, literal)))
    }

    /// Puts a value into the record.
    fn name(&mut self, value: &Scalar) -> String {
        let name = format!("v{}", self.record.len());
        self.record.insert(name.clone(), json(value));
        name
    }
}

/// The rows of a list as a derived table with the columns `x0`, `x1`, …
pub fn table<T>(rows: &[Vec<T>], write: impl Fn(&T) -> String) -> String {
    if rows.is_empty() {
        return "(SELECT 1 x0, 1 x1 FROM DUAL WHERE FALSE)".to_owned();
    }
    let select = |row: &Vec<T>| {
        let columns: Vec<String> =
            row.iter().enumerate().map(|(column, value)| format!("{} x{column}", write(value))).collect();
        format!("SELECT {}", columns.join(", "))
    };
    let selects: Vec<String> = rows.iter().map(select).collect();
    format!("({})", selects.join(" UNION ALL "))
}

/// A literal that the server takes for exactly this value.
pub fn literal(value: &Scalar) -> String {
    match value {
        Scalar::Null => "NULL".to_owned(),
        Scalar::Bool(flag) => if *flag { "TRUE" } else { "FALSE" }.to_owned(),
        Scalar::Number(digits) => digits.clone(),
        Scalar::Text(text) => format!("'{}'", quoted(text)),
    }
}

/// What a quoted reference gives; null is the empty text.
pub fn text(value: &Scalar) -> String {
    match value {
        Scalar::Null => String::new(),
        Scalar::Bool(flag) => flag.to_string(),
        Scalar::Number(text) | Scalar::Text(text) => text.clone(),
    }
}

fn json(value: &Scalar) -> Value {
    match value {
        Scalar::Null => Value::Null,
        Scalar::Bool(flag) => Value::Bool(*flag),
        Scalar::Number(digits) => serde_json::from_str(digits).expect("digits of JSON"),
        Scalar::Text(text) => Value::String(text.clone()),
    }
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "''")
}

/// The level of a binary operator, and what its right side needs.
fn level(operator: &str) -> (u8, u8) {
    match operator {
        "OR" | "||" => (OR, XOR),
        "XOR" => (XOR, AND),
        "AND" | "&&" => (AND, NOT),
        "LIKE" | "NOT LIKE" => (PREDICATE, SUM),
        "+" | "-" => (SUM, PRODUCT),
        "*" | "/" | "%" | "DIV" | "MOD" => (PRODUCT, SIGN),
        _ => (COMPARISON, PREDICATE),
    }
}

fn same(text: &str) -> Both {
    (text.to_owned(), text.to_owned())
}

fn join(left: Both, between: &str, right: Both) -> Both {
    (format!("{}{between}{}", left.0, right.0), format!("{}{between}{}", left.1, right.1))
}

fn around(before: &str, inside: Both, after: &str) -> Both {
    (format!("{before}{}{after}", inside.0), format!("{before}{}{after}", inside.1))
}
