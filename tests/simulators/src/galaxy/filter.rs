//! `FilterString`: the small SQL that Galaxy takes (`vendors/kingdee.md` 1.8), bound to columns and
//! applied to values with SQL's three-valued logic. `parse` reads it.

use std::cmp::Ordering;

use super::cell::{Cell, Kind, parse_date};

/// A filter over columns of type `C`: names when parsed, numbers when compiled.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Filter<C, L> {
    Constant(bool),
    All(Vec<Filter<C, L>>),
    Any(Vec<Filter<C, L>>),
    Not(Box<Filter<C, L>>),
    Compare(C, Compare, L),
    In(C, Vec<L>),
    Like(C, Vec<char>),
    IsNull(C),
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Compare {
    /// Whether it holds for an ordering of left to right.
    pub fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Eq => ordering.is_eq(),
            Self::Ne => ordering.is_ne(),
            Self::Lt => ordering.is_lt(),
            Self::Le => ordering.is_le(),
            Self::Gt => ordering.is_gt(),
            Self::Ge => ordering.is_ge(),
        }
    }
}

/// A literal as written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Number(String),
    Text(String),
}

impl Literal {
    /// What is between the quotes, or the digits.
    pub fn text(&self) -> &str {
        match self {
            Self::Number(text) | Self::Text(text) => text,
        }
    }
}

/// A literal made ready for the kind of its column.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ready {
    Whole(i64),
    Real(f64),
    Seconds(i64),
    Text(String),
}

/// A filter as written.
pub(super) type Parsed = Filter<String, Literal>;
/// A filter ready to be applied.
pub(super) type Compiled = Filter<usize, Ready>;

/// Why a filter was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FilterError {
    /// It is not SQL, or a literal does not fit its column.
    Syntax(String),
    /// A field that the form does not have.
    UnknownField(String),
}

impl Parsed {
    /// Binds the names to columns and the literals to their kinds.
    pub fn compile(
        &self,
        column: &mut dyn FnMut(&str) -> Option<(usize, Kind)>,
    ) -> Result<Compiled, FilterError> {
        let mut find = |name: &str| column(name).ok_or_else(|| FilterError::UnknownField(name.to_owned()));
        Ok(match self {
            Self::Constant(value) => Filter::Constant(*value),
            Self::All(parts) => {
                Filter::All(parts.iter().map(|p| p.compile(column)).collect::<Result<_, _>>()?)
            }
            Self::Any(parts) => {
                Filter::Any(parts.iter().map(|p| p.compile(column)).collect::<Result<_, _>>()?)
            }
            Self::Not(part) => Filter::Not(Box::new(part.compile(column)?)),
            Self::Compare(name, compare, literal) => {
                let (column, kind) = find(name)?;
                Filter::Compare(column, *compare, ready(kind, literal)?)
            }
            Self::In(name, literals) => {
                let (column, kind) = find(name)?;
                Filter::In(column, literals.iter().map(|l| ready(kind, l)).collect::<Result<_, _>>()?)
            }
            Self::Like(name, pattern) => Filter::Like(find(name)?.0, pattern.clone()),
            Self::IsNull(name) => Filter::IsNull(find(name)?.0),
        })
    }
}

fn ready(kind: Kind, literal: &Literal) -> Result<Ready, FilterError> {
    let text = literal.text();
    let misfit = |what: &str| FilterError::Syntax(format!("从字符串“{text}”转换{what}失败。"));
    match kind {
        Kind::Text => Ok(Ready::Text(text.to_owned())),
        Kind::Number => match text.trim().parse() {
            Ok(whole) => Ok(Ready::Whole(whole)),
            Err(_) => text.trim().parse().map(Ready::Real).map_err(|_| misfit("数值")),
        },
        Kind::Date => match literal {
            Literal::Text(text) => parse_date(text)
                .map(|date| Ready::Seconds(date.and_utc().timestamp()))
                .ok_or_else(|| misfit("日期和/或时间")),
            Literal::Number(_) => Err(misfit("日期和/或时间")),
        },
    }
}

impl Compiled {
    /// Whether a row passes: unknown counts as no, as in a WHERE.
    pub fn matches<'a>(&self, cell: &impl Fn(usize) -> Cell<'a>) -> bool {
        self.truth(cell) == Some(true)
    }

    fn truth<'a>(&self, cell: &impl Fn(usize) -> Cell<'a>) -> Option<bool> {
        match self {
            Self::Constant(value) => Some(*value),
            Self::All(parts) => {
                let mut all = Some(true);
                for part in parts {
                    match part.truth(cell) {
                        Some(false) => return Some(false),
                        None => all = None,
                        Some(true) => {}
                    }
                }
                all
            }
            Self::Any(parts) => {
                let mut any = Some(false);
                for part in parts {
                    match part.truth(cell) {
                        Some(true) => return Some(true),
                        None => any = None,
                        Some(false) => {}
                    }
                }
                any
            }
            Self::Not(part) => part.truth(cell).map(|value| !value),
            Self::Compare(column, compare, value) => order(&cell(*column), value).map(|o| compare.holds(o)),
            Self::In(column, values) => {
                let cell = cell(*column);
                if matches!(cell, Cell::Null) {
                    return None;
                }
                Some(values.iter().any(|value| order(&cell, value) == Some(Ordering::Equal)))
            }
            Self::Like(column, pattern) => match cell(*column) {
                Cell::Null => None,
                cell => Some(like(&cell.text().chars().collect::<Vec<_>>(), pattern)),
            },
            Self::IsNull(column) => Some(matches!(cell(*column), Cell::Null)),
        }
    }

    /// The closed range of a whole-number column that every match lies in, if the filter says so at its
    /// top level.
    pub fn range(&self, key: usize) -> (i64, i64) {
        match self {
            Self::All(parts) => parts.iter().fold((i64::MIN, i64::MAX), |(low, high), part| {
                let (l, h) = part.range(key);
                (low.max(l), high.min(h))
            }),
            Self::Compare(column, compare, Ready::Whole(n)) if *column == key => match compare {
                Compare::Eq => (*n, *n),
                Compare::Gt => (n.saturating_add(1), i64::MAX),
                Compare::Ge => (*n, i64::MAX),
                Compare::Lt => (i64::MIN, n.saturating_sub(1)),
                Compare::Le => (i64::MIN, *n),
                Compare::Ne => (i64::MIN, i64::MAX),
            },
            _ => (i64::MIN, i64::MAX),
        }
    }

    /// The texts of which a column has one in every match, if the filter says so at its top level.
    pub fn texts(&self, key: usize) -> Option<Vec<&str>> {
        fn text(value: &Ready) -> Option<&str> {
            match value {
                Ready::Text(text) => Some(text),
                _ => None,
            }
        }
        match self {
            Self::All(parts) => parts.iter().find_map(|part| part.texts(key)),
            Self::Compare(column, Compare::Eq, value) if *column == key => Some(vec![text(value)?]),
            Self::In(column, values) if *column == key => values.iter().map(text).collect(),
            _ => None,
        }
    }

    /// The same without its conditions on one column: the misbehaviour "ignore the key filter".
    pub fn without(self, key: usize) -> Self {
        match self {
            Self::All(parts) => Self::All(parts.into_iter().map(|p| p.without(key)).collect()),
            Self::Any(parts) => Self::Any(parts.into_iter().map(|p| p.without(key)).collect()),
            Self::Not(part) => Self::Not(Box::new(part.without(key))),
            Self::Compare(column, ..) | Self::In(column, _) if column == key => Self::Constant(true),
            other => other,
        }
    }
}

fn order(cell: &Cell<'_>, value: &Ready) -> Option<Ordering> {
    match (cell, value) {
        (Cell::Null, _) => None,
        (Cell::Id(have), Ready::Whole(want)) => Some(have.cmp(want)),
        // Whole seconds, whatever the fraction: vendors/kingdee.md 1.8 gives no other literal.
        (Cell::Date(have), Ready::Seconds(want)) => Some(have.and_utc().timestamp().cmp(want)),
        (Cell::Text(have), Ready::Text(want)) => Some((*have).cmp(want.as_str())),
        (cell, Ready::Text(want)) => Some(cell.text().as_ref().cmp(want.as_str())),
        (cell, Ready::Whole(want)) => cell.number()?.partial_cmp(&(*want as f64)),
        (cell, Ready::Real(want)) => cell.number()?.partial_cmp(want),
        (_, Ready::Seconds(_)) => None,
    }
}

/// LIKE with `%` and `_`.
fn like(text: &[char], pattern: &[char]) -> bool {
    let (mut t, mut p) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&'%') {
            star = Some((p + 1, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '_' || pattern[p] == text[t]) {
            t += 1;
            p += 1;
        } else if let Some((after, from)) = star {
            p = after;
            t = from + 1;
            star = Some((after, t));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '%')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::galaxy::parse::{parse_text, read};
    use serde_json::{Value, json};

    const COLUMNS: &[(&str, Kind)] = &[
        ("FID", Kind::Number),
        ("FName", Kind::Text),
        ("FUseOrgId.FNumber", Kind::Text),
        ("FModifyDate", Kind::Date),
        ("FLine", Kind::Text),
        ("FQty", Kind::Number),
    ];

    fn find(name: &str) -> Option<(usize, Kind)> {
        COLUMNS.iter().position(|(n, _)| n.eq_ignore_ascii_case(name)).map(|at| (at, COLUMNS[at].1))
    }

    fn passes(filter: &Value) -> Result<bool, FilterError> {
        let compiled = read(Some(filter))?.compile(&mut find)?;
        let quantity = json!(12.5);
        Ok(compiled.matches(&|column| match column {
            0 => Cell::Id(7),
            1 => Cell::Text("O'Neil 螺栓_10%"),
            2 => Cell::Text("T00"),
            3 => Cell::Date(parse_date("2024-01-01 10:11:12.987").unwrap()),
            5 => Cell::Json(&quantity),
            _ => Cell::Null,
        }))
    }

    #[test]
    fn filters_say_what_sql_says() {
        for (filter, expected) in [
            ("", true),
            ("FID=7", true),
            ("fid = '7' AND fuseorgid.fnumber='T00'", true),
            ("FID>7", false),
            ("FID>=7 and FID<=7 and FID<>8 and FID!=9 and FID<8 and FID>-1", true),
            ("FName='O''Neil 螺栓_10%'", true),
            ("FName like '%螺栓%'", true),
            ("FName like '%螺栓\\%'", false),
            ("FName like '_''Neil%'", true),
            ("FName not like 'O%'", false),
            ("FModifyDate>='2024-01-01 10:11:12' and FModifyDate<='2024-01-01 10:11:12'", true),
            ("FModifyDate>'2024-01-01'", true),
            ("FModifyDate<'2024-01-01T10:11:12'", false),
            ("FID in (1, 7,'9')", true),
            ("FID not in (1,2)", true),
            ("FLine is null", true),
            ("FLine is not null", false),
            ("FLine='x'", false),
            ("not FLine='x'", false),
            ("not (FLine='x') or FID=7", true),
            ("FLine not in ('x')", false),
            ("FID=1 or FID=7 and FQty=12.5", true),
            ("(FID=1 or FID=7) and FQty>12.5", false),
            ("FID between 7 and 8", true),
            ("1=1", true),
            ("1=2 or FID=1", false),
        ] {
            assert_eq!(passes(&json!(filter)), Ok(expected), "{filter}");
        }
    }

    #[test]
    fn the_array_form_is_the_same_language() {
        let row = |left, field, compare, value, right, logic| json!({"Left": left, "FieldName": field, "Compare": compare, "Value": value, "Right": right, "Logic": logic});
        let rows = json!([
            row("(", "FID", "=", "1", "", "OR"),
            row("", "FName", "like", "O'N%", ")", "AND"),
            row("", "FUseOrgId.FNumber", "=", "T00", "", "AND"),
        ]);
        assert_eq!(passes(&rows), Ok(true));
        assert_eq!(passes(&json!(rows.to_string())), Ok(true));
        assert_eq!(passes(&json!([])), Ok(true));
        assert!(passes(&json!([row("", "FID", "~", "1", "", "")])).is_err());
    }

    #[test]
    fn what_is_not_sql_is_refused() {
        for filter in [
            "FID=",
            "FID",
            "=7",
            "FID=7 and",
            "(FID=7",
            "FID=7)",
            "FName='x",
            "FID=abc",
            "FModifyDate>'yesterday'",
            "FModifyDate>2024",
            "FID='x'",
            "FID in ()",
            "FID not 7",
            "FID=7; drop",
            "FID==7",
            "FID=1.2.3",
            "FID=7 FID=8",
        ] {
            assert!(matches!(passes(&json!(filter)), Err(FilterError::Syntax(_))), "{filter}");
        }
        assert_eq!(passes(&json!("FNope=1")), Err(FilterError::UnknownField("FNope".into())));
        assert!(passes(&json!(7)).is_err());
    }

    #[test]
    fn the_range_of_the_key_is_found_only_where_it_binds_every_row() {
        let range = |text: &str| parse_text(text).unwrap().compile(&mut find).unwrap().range(0);
        assert_eq!(range("FName='x' and FID>10 and (FID<=20)"), (11, 20));
        assert_eq!(range("FID=5"), (5, 5));
        assert_eq!(range("FID>10 or FName='x'"), (i64::MIN, i64::MAX));
        assert_eq!(range("not FID>10"), (i64::MIN, i64::MAX));
    }
}
