//! Numbers as text, digit by digit: never through a float.

use serde_json::Number;

/// Integers written with an exponent are expanded to at most so many digits: `1e999999999` is an error,
/// not a gigabyte.
const MOST_DIGITS: usize = 80;

/// Reads a number from text and keeps its digits: `1.50` stays `1.50`. Blanks around it, a leading plus,
/// leading zeros, `.5` and `5.` are forgiven, since vendors write them; thousands separators are not.
pub(crate) fn read(text: &str) -> Option<Number> {
    let text = text.trim();
    if let Ok(number) = text.parse::<Number>() {
        return Some(number);
    }
    let (sign, unsigned) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    // Only a number may follow: "+-5" and "NaN" are none.
    let end = unsigned.find(['e', 'E']).unwrap_or(unsigned.len());
    let (digits, exponent) = unsigned.split_at(end);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.starts_with(|c: char| c.is_ascii_digit()) { whole } else { zero(whole)? };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}{exponent}").parse().ok()
}

/// `0` for the empty rest of a number that was all zeros.
fn zero(rest: &str) -> Option<&'static str> {
    rest.is_empty().then_some("0")
}

/// The number as an integer where it is one: `12.0` → `12`, `1.2e3` → `1200`; `None` for `1.5`.
pub(crate) fn integer(number: &Number) -> Option<Number> {
    let text = number.as_str();
    let (sign, unsigned) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    if !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(if text == "-0" { Number::from(0) } else { number.clone() });
    }
    let end = unsigned.find(['e', 'E']).unwrap_or(unsigned.len());
    let exponent: i64 = match unsigned.get(end + 1..) {
        Some(exponent) => exponent.parse().ok()?,
        None => 0,
    };
    let (whole, fraction) = unsigned[..end].split_once('.').unwrap_or((&unsigned[..end], ""));
    let digits = format!("{whole}{}", fraction.trim_end_matches('0'));
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some(Number::from(0));
    }
    // How many zeros follow the digits; below zero, some digits stand behind the point.
    let zeros = exponent.checked_sub(i64::try_from(fraction.trim_end_matches('0').len()).ok()?)?;
    let significant = digits.trim_end_matches('0');
    let zeros = zeros.checked_add(i64::try_from(digits.len() - significant.len()).ok()?)?;
    let zeros = usize::try_from(zeros).ok()?;
    if significant.len().checked_add(zeros)? > MOST_DIGITS {
        return None;
    }
    format!("{sign}{significant}{}", "0".repeat(zeros)).parse().ok()
}
