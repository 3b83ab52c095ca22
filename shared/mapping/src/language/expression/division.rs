//! Which divisions may meet a zero that nobody has thought of.

use super::Expression;
use crate::functions::Function;
use std::collections::BTreeSet;

/// The divisors that no `NULLIF`, `IF` or `CASE` guards: their texts as written.
pub(crate) fn unguarded_divisors(expression: &Expression) -> Vec<&str> {
    let mut found = Vec::new();
    walk(expression, &BTreeSet::new(), &mut found);
    found
}

fn walk<'e>(expression: &'e Expression, guarded: &BTreeSet<&'e str>, found: &mut Vec<&'e str>) {
    let conditions: Vec<&Expression> = match expression {
        Expression::Division(_, operands, text) => {
            let divisor = &operands[1];
            let names = names(divisor);
            let safe =
                is_constant(divisor) || is_nullif(divisor) || names.iter().any(|it| guarded.contains(it));
            if !safe {
                found.push(text);
            }
            Vec::new()
        }
        // Whoever asks about a value has thought of it.
        Expression::Case(case) => {
            case.operand.iter().chain(case.branches.iter().map(|[when, _]| when)).collect()
        }
        Expression::Call { function: Function { name: "IF", .. }, arguments } => {
            arguments.iter().take(1).collect()
        }
        Expression::Binary(super::Binary::And | super::Binary::Or, operands) => vec![&operands[0]],
        _ => Vec::new(),
    };
    let mut inner = guarded.clone();
    conditions.into_iter().for_each(|condition| inner.extend(names(condition)));
    expression.each_operand(&mut |operand| walk(operand, &inner, found));
}

fn names(expression: &Expression) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    expression.each_reference(&mut |reference| {
        names.insert(reference.name.as_str());
    });
    names
}

fn is_constant(expression: &Expression) -> bool {
    matches!(expression, Expression::Number(number) if !number.is_zero())
}

fn is_nullif(expression: &Expression) -> bool {
    matches!(expression, Expression::Call { function: Function { name: "NULLIF", .. }, .. })
}
