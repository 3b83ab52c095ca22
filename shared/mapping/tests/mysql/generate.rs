//! Expressions at random: mostly such as people write, with now and then a value of the wrong kind.

use crate::expression::{Node, Scalar};
use crate::random::Random;
use crate::values;

/// What the place wants.
#[derive(Clone, Copy, PartialEq)]
enum Want {
    Number,
    Text,
    Truth,
}

/// A tree with operators nested to `depth` at most.
pub fn expression(random: &mut Random, depth: usize) -> Node {
    let want = random.pick(&[Want::Number, Want::Number, Want::Text, Want::Text, Want::Truth]);
    node(random, want, depth)
}

fn node(random: &mut Random, want: Want, depth: usize) -> Node {
    if depth == 0 || random.chance(12) {
        return leaf(random, want);
    }
    let depth = depth - 1;
    if random.chance(14) {
        return branch(random, want, depth);
    }
    // A value of another kind, for which MySQL has rules.
    let want = match random.below(100) {
        0..2 => Want::Text,
        2..8 => Want::Truth,
        8..14 if want == Want::Text => Want::Number,
        _ => want,
    };
    match want {
        Want::Number => number(random, depth),
        Want::Text => text(random, depth),
        Want::Truth => truth(random, depth),
    }
}

fn leaf(random: &mut Random, want: Want) -> Node {
    match (random.below(100), want) {
        (0..8, _) => values::null(random),
        (8..10, Want::Number) => values::text(random),
        (10..20, Want::Number) => values::numeric_text(random),
        (20..25, Want::Number) | (8..60, Want::Truth) => values::truth(random),
        (8..25, Want::Text) | (60.., Want::Truth) | (_, Want::Number) => values::number(random),
        (_, _) => values::text(random),
    }
}

fn number(random: &mut Random, depth: usize) -> Node {
    if random.chance(5) {
        let operator = random.pick(&["+", "-", "*", "*", "/", "%", "DIV"]);
        let short = node(random, Want::Number, depth);
        return Node::binary(
            operator,
            values::long(random),
            if random.chance(60) { values::long(random) } else { short },
        );
    }
    let one = |random: &mut Random| node(random, Want::Number, depth);
    let words = |random: &mut Random| node(random, Want::Text, depth);
    match random.below(100) {
        0..8 => Node::unary(random.pick(&["-", "-", "+"]), one(random)),
        8..50 => {
            let operator = random.pick(&["+", "-", "-", "*", "*", "/", "/", "/", "%", "DIV", "MOD"]);
            Node::binary(operator, one(random), one(random))
        }
        50..58 => Node::Call("ROUND", vec![one(random), values::count(random)]),
        58..62 => Node::Call(random.pick(&["ROUND", "ABS"]), vec![one(random)]),
        62..66 => Node::Call(random.pick(&["CEIL", "CEILING", "FLOOR"]), vec![one(random)]),
        66..69 => Node::Call("TRUNCATE", vec![one(random), values::count(random)]),
        69..71 => Node::Call("MOD", vec![one(random), one(random)]),
        71..74 => Node::Call("LOCATE", vec![values::text(random), words(random)]),
        74..76 => Node::Call("LOCATE", vec![values::needle(random), words(random), values::count(random)]),
        76..78 => Node::Call("INSTR", vec![words(random), values::text(random)]),
        78..82 => Node::Call(random.pick(&["LENGTH", "CHAR_LENGTH"]), vec![words(random)]),
        82..84 => Node::Call("UNIX_TIMESTAMP", vec![values::time(random)]),
        84..88 => Node::Call(random.pick(&["GREATEST", "LEAST"]), several(random, 2, one)),
        _ => aggregate(random, false),
    }
}

fn text(random: &mut Random, depth: usize) -> Node {
    let one = |random: &mut Random| node(random, Want::Text, depth);
    match random.below(100) {
        0..16 => Node::Call("CONCAT", several(random, 1, one)),
        16..22 => {
            let mut arguments = several(random, 2, one);
            arguments.insert(0, values::text(random));
            Node::Call("CONCAT_WS", arguments)
        }
        22..34 => {
            let mut arguments = vec![one(random), values::count(random)];
            if random.chance(60) {
                arguments.push(values::count(random));
            }
            Node::Call(random.pick(&["SUBSTRING", "SUBSTR", "MID"]), arguments)
        }
        34..44 => Node::Call(random.pick(&["LEFT", "RIGHT"]), vec![one(random), values::count(random)]),
        44..52 => Node::Call(random.pick(&["TRIM", "LTRIM", "RTRIM"]), vec![one(random)]),
        52..60 => Node::Call(random.pick(&["UPPER", "UCASE", "LOWER", "LCASE"]), vec![one(random)]),
        60..68 => Node::Call("REPLACE", vec![one(random), values::text(random), one(random)]),
        68..74 => {
            let mut arguments = vec![one(random), values::count(random)];
            if random.chance(85) {
                arguments.push(values::text(random));
            }
            Node::Call(random.pick(&["LPAD", "RPAD"]), arguments)
        }
        74..84 => Node::Call("DATE_FORMAT", vec![values::time(random), values::format(random)]),
        84..88 => Node::Call("FROM_UNIXTIME", vec![values::seconds(random), values::format(random)]),
        88..92 => {
            let time = match random.below(3) {
                0 => Node::Call("NOW", vec![]),
                _ => Node::Call("FROM_UNIXTIME", vec![values::seconds(random)]),
            };
            // As a text: compared with one, MariaDB would read that as a time.
            match random.below(3) {
                0 => Node::Call("CONCAT", vec![time, values::text(random)]),
                1 => Node::Call("LEFT", vec![time, values::count(random)]),
                _ => Node::Call("DATE_FORMAT", vec![time, values::format(random)]),
            }
        }
        92..95 => {
            let texts = |random: &mut Random| values::text(random);
            Node::Call(random.pick(&["GREATEST", "LEAST"]), several(random, 2, texts))
        }
        _ => aggregate(random, true),
    }
}

fn truth(random: &mut Random, depth: usize) -> Node {
    let want = random.pick(&[Want::Number, Want::Text, Want::Text]);
    let one = |random: &mut Random| node(random, want, depth);
    let yes = |random: &mut Random| node(random, Want::Truth, depth);
    match random.below(100) {
        0..40 => {
            let operator = random.pick(&["=", "=", "=", "<=>", "<>", "!=", "<", "<=", ">", ">="]);
            Node::binary(operator, one(random), one(random))
        }
        40..60 => {
            let operator = random.pick(&["AND", "AND", "&&", "OR", "OR", "||", "XOR"]);
            Node::binary(operator, yes(random), yes(random))
        }
        60..66 => Node::unary(random.pick(&["NOT", "!"]), yes(random)),
        66..74 => {
            let what = random.pick(&["NULL", "NOT NULL", "TRUE", "NOT TRUE", "FALSE", "NOT FALSE"]);
            Node::Is(Box::new(if what.ends_with("NULL") { one(random) } else { yes(random) }), what)
        }
        74..84 => {
            let operator = if random.chance(70) { "LIKE" } else { "NOT LIKE" };
            Node::binary(operator, node(random, Want::Text, depth), values::pattern(random))
        }
        84..92 => {
            Node::In { not: random.chance(30), of: Box::new(one(random)), items: several(random, 1, one) }
        }
        _ => Node::Between { not: random.chance(30), of: Box::new([one(random), one(random), one(random)]) },
    }
}

fn branch(random: &mut Random, want: Want, depth: usize) -> Node {
    let other = if random.chance(30) { random.pick(&[Want::Number, Want::Text]) } else { want };
    let one = |random: &mut Random| {
        let want = if random.chance(50) { want } else { other };
        node(random, want, depth)
    };
    let yes = |random: &mut Random| node(random, Want::Truth, depth);
    match random.below(100) {
        0..25 => Node::Call("IF", vec![yes(random), one(random), one(random)]),
        25..40 => Node::Call("IFNULL", vec![one(random), one(random)]),
        40..50 => Node::Call("COALESCE", several(random, 1, one)),
        50..60 => Node::Call("NULLIF", vec![node(random, want, depth), node(random, want, depth)]),
        case => {
            let key = random.pick(&[Want::Number, Want::Text]);
            let keyed = |random: &mut Random| node(random, key, depth);
            let operand = (case < 80).then(|| Box::new(keyed(random)));
            let whens = (0..1 + random.below(3)).map(|_| {
                let when = if operand.is_some() { keyed(random) } else { yes(random) };
                (when, one(random))
            });
            let whens = whens.collect();
            let otherwise = random.chance(70).then(|| Box::new(one(random)));
            Node::Case { operand, whens, otherwise }
        }
    }
}

fn several(random: &mut Random, least: usize, mut one: impl FnMut(&mut Random) -> Node) -> Vec<Node> {
    (0..least + random.below(3)).map(|_| one(random)).collect()
}

/// An aggregate over a list of two columns; one in five lists is empty.
fn aggregate(random: &mut Random, texts: bool) -> Node {
    let texts = texts || random.chance(10);
    let mut columns = [values::column(random, texts), values::column(random, texts)];
    let length = if random.chance(20) { 0 } else { 1 + random.below(4) };
    let rows = (0..length).map(|_| columns.iter_mut().map(|column| column(random)).collect());
    let rows: Vec<Vec<Scalar>> = rows.collect();
    let function = if texts && random.chance(70) {
        random.pick(&["MAX", "MIN"])
    } else {
        random.pick(&["SUM", "SUM", "AVG", "MAX", "MIN", "COUNT"])
    };
    let column = Box::new(Node::Column(0));
    let over = match random.below(10) {
        0..5 => *column,
        _ if texts => Node::Call(random.pick(&["UPPER", "TRIM"]), vec![Node::Column(1)]),
        5..7 => Node::binary("*", *column, Node::Column(1)),
        7 => Node::binary("/", *column, Node::Column(1)),
        8 => Node::Call(
            "IF",
            vec![Node::binary(">", *column, values::number(random)), Node::Column(1), values::count(random)],
        ),
        _ => Node::Call(
            "ROUND",
            vec![
                Node::binary("/", *column, Node::literal(Scalar::Number("3".to_owned()))),
                values::count(random),
            ],
        ),
    };
    Node::Aggregate { function, over: Box::new(over), rows }
}

/// Operators in a row without a parenthesis, to be read as MySQL reads them; some are no expression at all.
pub fn chain(random: &mut Random) -> String {
    let operand = |random: &mut Random| {
        let prefix = random.pick(&["", "", "", "", "", "", "-", "!", "NOT ", "- "]);
        let operand = random.pick(&["0", "1", "2", "3", "5", "NULL", "1.5", "0.0", "TRUE", "(1)"]);
        format!("{prefix}{operand}")
    };
    let mut text = operand(random);
    // MariaDB takes `1 IN (1) IN (1)`; MySQL's grammar has it that what `IN` stands behind is a sum.
    let mut sum = true;
    for _ in 0..1 + random.below(5) {
        match random.below(12) {
            0 => {
                text.push_str(random.pick(&[" IS NULL", " IS NOT NULL", " IS TRUE", " IS NOT FALSE"]));
                sum = false;
            }
            1 if sum => {
                let not = random.pick(&["", " NOT"]);
                text.push_str(&format!("{not} BETWEEN {} AND {}", operand(random), operand(random)));
                sum = false;
            }
            2 if sum => {
                let not = random.pick(&["", " NOT"]);
                text.push_str(&format!("{not} IN ({}, {})", operand(random), operand(random)));
                sum = false;
            }
            3 if sum => {
                let not = random.pick(&["", " NOT"]);
                text.push_str(&format!("{not} LIKE {}", operand(random)));
                sum = false;
            }
            4..7 => {
                let operator = random.pick(&["+", "-", "*", "/", "%", "DIV", "MOD", "-", "*"]);
                // Never 0: which divisions are evaluated at all is not what is asked here.
                let divisor = random.pick(&["1", "2", "-3", "5", "- 2", "TRUE"]);
                let operand = if "+-*".contains(operator) { operand(random) } else { divisor.to_owned() };
                text.push_str(&format!(" {operator} {operand}"));
            }
            _ => {
                let operators =
                    ["=", "<=>", "<>", "!=", "<", "<=", ">", ">=", "AND", "&&", "OR", "||", "XOR"];
                text.push_str(&format!(" {} {}", random.pick(&operators), operand(random)));
                sum = true;
            }
        }
    }
    if text.contains('%') || text.contains("MOD") {
        // A remainder of decimals can be MariaDB's -0.0, which is less than 0.
        text = text.replace("1.5", "4").replace("0.0", "0");
    }
    text
}
