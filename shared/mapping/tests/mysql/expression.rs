//! An expression as a tree, before anybody writes it down.

/// The value of a leaf, as a record has it.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    Null,
    Bool(bool),
    /// Its digits, as JSON writes them: `-1.50`, `1e3`.
    Number(String),
    Text(String),
}

/// How a leaf is written in the flow file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Written {
    /// As a literal.
    Literal,
    /// `{{x}}`: a value with its type.
    Bare,
    /// `'{{x}}'`: its text.
    Quoted,
}

/// A part of a quoted text.
#[derive(Clone, Debug)]
pub enum Piece {
    Plain(&'static str),
    Reference(Scalar),
}

#[derive(Clone, Debug)]
pub enum Node {
    Leaf(Scalar, Written),
    /// `'a{{x}}b'`: two pieces at least, one of them a reference.
    Joined(Vec<Piece>),
    /// `-`, `+`, `!`, `NOT`.
    Unary(&'static str, Box<Node>),
    /// Arithmetic, comparison, `LIKE`, logic.
    Binary(&'static str, Box<Node>, Box<Node>),
    /// `x IS NOT NULL` and its like: the words after `x`.
    Is(Box<Node>, &'static str),
    /// `x IN (…)`, or `NOT IN`.
    In {
        not: bool,
        of: Box<Node>,
        items: Vec<Node>,
    },
    /// `x BETWEEN low AND high`, or `NOT BETWEEN`: the three in this order.
    Between {
        not: bool,
        of: Box<[Node; 3]>,
    },
    Call(&'static str, Vec<Node>),
    Case {
        operand: Option<Box<Node>>,
        whens: Vec<(Node, Node)>,
        otherwise: Option<Box<Node>>,
    },
    /// `SUM(…)` over the rows of a list. Inside, [`Node::Column`] reads a field of the row.
    Aggregate {
        function: &'static str,
        over: Box<Node>,
        rows: Vec<Vec<Scalar>>,
    },
    /// The field with this number of the row at hand.
    Column(usize),
}

impl Node {
    pub fn literal(value: Scalar) -> Node {
        Node::Leaf(value, Written::Literal)
    }

    pub fn unary(operator: &'static str, of: Node) -> Node {
        Node::Unary(operator, Box::new(of))
    }

    pub fn binary(operator: &'static str, left: Node, right: Node) -> Node {
        Node::Binary(operator, Box::new(left), Box::new(right))
    }
}
