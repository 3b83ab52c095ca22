//! Exact decimals with a scale, as SQL has them: `1.50` is 150 units of scale 2, and stays so.
//!
//! At most 65 digits, at most 38 of them behind the point, as in MariaDB; what needs more is an error
//! (`None`), never a clamped or rounded-off number. The width comes from `ethnum` (256 bits, 76 digits), the
//! rules of scale are MariaDB's.

mod wide;

use ethnum::{I256, U256};
use serde_json::Number;
use std::cmp::Ordering;
use std::fmt;

/// Digits in all.
pub(crate) const MOST_DIGITS: usize = 65;

/// Digits behind the point.
pub(crate) const MOST_SCALE: u32 = 38;

/// Digits behind the point that a product of small factors goes on with: eight words.
const MOST_WORKING_SCALE: u32 = 8 * WORD;

/// How many digits a quotient has behind the point beyond those of the dividend
/// (`div_precision_increment`).
const QUOTIENT_DIGITS: u32 = 4;

/// MariaDB keeps decimals in words of so many digits, and a quotient to the end of its last word.
const WORD: u32 = 9;

/// A decimal: `units` × 10^-`scale`, written with `shown` digits behind the point.
///
/// The two differ after a division, as in MariaDB: `1/3` is written 0.3333, but goes on with nine digits, so
/// that `1/3*3` is 1.0000.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal {
    units: I256,
    scale: u32,
    shown: u32,
}

/// Why a text gives no decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    NotANumber,
    TooLong,
}

/// What happens to digits that are cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rounding {
    /// Half a unit and more goes away from zero.
    HalfUp,
    Truncate,
    Floor,
    Ceiling,
}

impl Decimal {
    pub(crate) const ZERO: Decimal = Decimal { units: I256::ZERO, scale: 0, shown: 0 };

    /// Reads `-12.50`, `+.5`, `5.`, `1.2e3`; blanks around it are forgiven. Digits beyond the 38th behind
    /// the point are rounded.
    pub(crate) fn read(text: &str) -> Result<Decimal, Unreadable> {
        let text = text.trim();
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        // Most numbers are short: no second look at them.
        let (units, digits, scale) = match short(unsigned.as_bytes()) {
            Some((units, scale)) => (I256::from(units), 0, scale),
            None => long(unsigned)?,
        };
        let units = if negative { -units } else { units };
        let decimal = Decimal { units, scale, shown: scale };
        if digits <= MOST_DIGITS { Ok(decimal) } else { Err(Unreadable::TooLong) }
    }

    pub(crate) fn is_zero(self) -> bool {
        self.units == I256::ZERO
    }

    /// Digits behind the point when it is written.
    pub(crate) fn shown(self) -> u32 {
        self.shown
    }

    /// Written with `shown` digits behind the point.
    pub(crate) fn with_shown(self, shown: u32) -> Decimal {
        Decimal { shown: shown.min(MOST_SCALE), ..self }
    }

    pub(crate) fn negated(self) -> Decimal {
        Decimal { units: -self.units, ..self }
    }

    pub(crate) fn absolute(self) -> Decimal {
        Decimal { units: self.units.abs(), ..self }
    }

    pub(crate) fn plus(self, other: Decimal) -> Option<Decimal> {
        let (a, b, scale) = self.at_one_scale(other)?;
        Decimal { units: a.checked_add(b)?, scale, shown: self.shown.max(other.shown) }.fitting()
    }

    pub(crate) fn minus(self, other: Decimal) -> Option<Decimal> {
        self.plus(other.negated())
    }

    /// Written with the digits of both behind the point, at most 38.
    pub(crate) fn times(self, other: Decimal) -> Option<Decimal> {
        let shown = (self.shown + other.shown).min(MOST_SCALE);
        let scale = self.scale + other.scale;
        let (units, scale) = match product(self.units, other.units) {
            Some(units) => (units, scale),
            None => {
                let (units, cut) = wide::product(self.units, other.units);
                (units, scale.checked_sub(cut).filter(|scale| *scale >= shown)?)
            }
        };
        Decimal { units, scale, shown }.fitting()
    }

    /// Written with four digits more behind the point than the dividend. The divisor is not zero.
    pub(crate) fn over(self, divisor: Decimal) -> Option<Decimal> {
        let shown = (self.shown + QUOTIENT_DIGITS).min(MOST_SCALE);
        let words = |scale: u32| scale.div_ceil(WORD) * WORD;
        let (dividend_digits, divisor_digits) = (words(self.scale), words(divisor.scale));
        let spare = (dividend_digits - self.scale) + (divisor_digits - divisor.scale);
        let wanted = words(dividend_digits + divisor_digits + QUOTIENT_DIGITS.saturating_sub(spare));
        // wanted + divisor.scale is never below self.scale.
        let (units, missing) =
            wide::quotient(self.units, divisor.units, wanted + divisor.scale - self.scale)?;
        let scale = wanted.checked_sub(missing).filter(|scale| *scale >= shown)?;
        Decimal { units, scale, shown }.fitting()
    }

    /// What is left of the division; it has the sign of the dividend.
    pub(crate) fn remainder(self, divisor: Decimal) -> Option<Decimal> {
        let scale = self.scale.max(divisor.scale);
        let units = match divisor.units_at(scale) {
            Some(divisor) => wide::remainder(self.units, divisor, scale - self.scale)?,
            // A divisor that is so much longer is greater.
            None => self.units,
        };
        Decimal { units, scale, shown: self.shown.max(divisor.shown) }.fitting()
    }

    /// The quotient without its fraction (`DIV`).
    pub(crate) fn whole_quotient(self, divisor: Decimal) -> Option<Decimal> {
        let scale = self.scale.max(divisor.scale);
        let units = match divisor.units_at(scale) {
            Some(divisor) => {
                wide::quotient(self.units, divisor, scale - self.scale).filter(|it| it.1 == 0)?.0
            }
            None => I256::ZERO,
        };
        Decimal { units, scale: 0, shown: 0 }.fitting()
    }

    /// With at most `places` digits behind the point; below zero, digits before the point become zeros.
    pub(crate) fn rounded(self, places: i32, rounding: Rounding) -> Option<Decimal> {
        let cut = i64::from(self.scale) - i64::from(places);
        if cut <= 0 {
            return Some(self);
        }
        let shown = u32::try_from(places).unwrap_or(0);
        let Some(unit) = u32::try_from(cut).ok().filter(|cut| *cut <= 76).and_then(ten_to) else {
            return Some(Decimal::ZERO.with_shown(shown));
        };
        let units = divided(self.units, unit, rounding)?;
        if places >= 0 {
            return Some(Decimal { units, scale: shown, shown });
        }
        let units = units.checked_mul(ten_to(places.unsigned_abs())?)?;
        Decimal { units, scale: 0, shown }.fitting()
    }

    /// Without the digits that are not written, and with the zeros that are, where there is room for them.
    pub(crate) fn as_written(self) -> Decimal {
        match self.shown.cmp(&self.scale) {
            Ordering::Equal => self,
            Ordering::Less => self.rounded(self.shown as i32, Rounding::HalfUp).unwrap_or(self),
            Ordering::Greater => match self.units_at(self.shown) {
                Some(units) => Decimal { units, scale: self.shown, shown: self.shown },
                None => self,
            },
        }
    }

    /// With exactly `shown` digits behind the point; those beyond are rounded.
    pub(crate) fn with_places(self, shown: u32) -> Option<Decimal> {
        let written = self.with_shown(shown).as_written();
        (written.scale == written.shown).then_some(written)?.fitting()
    }

    /// As a JSON number, digit by digit.
    pub(crate) fn number(self) -> Number {
        Number::from_string_unchecked(self.to_string())
    }

    /// As an `i64`, half away from zero; nothing where it does not fit.
    pub(crate) fn integer(self) -> Option<i64> {
        self.rounded(0, Rounding::HalfUp)?.units.try_into().ok()
    }

    fn units_at(self, scale: u32) -> Option<I256> {
        match scale - self.scale {
            0 => Some(self.units),
            more => product(self.units, ten_to(more)?),
        }
    }

    /// The units of both at the greater scale; where that is too long, at that of the written digits.
    fn at_one_scale(self, other: Decimal) -> Option<(I256, I256, u32)> {
        let at = |a: Decimal, b: Decimal| {
            let scale = a.scale.max(b.scale);
            Some((a.units_at(scale)?, b.units_at(scale)?, scale))
        };
        at(self, other).or_else(|| at(self.as_written(), other.as_written()))
    }

    fn fitting(self) -> Option<Decimal> {
        let most = || ten_to(MOST_DIGITS as u32).expect("256 bits hold 76 digits");
        // 128 bits hold 38 digits: the long way is for the others.
        let fits = |it: &Decimal| i128::try_from(it.units).is_ok() || it.units.abs() < most();
        if self.scale > MOST_WORKING_SCALE {
            return self
                .rounded(MOST_WORKING_SCALE as i32, Rounding::Truncate)
                .map(|it| it.with_shown(self.shown));
        }
        if fits(&self) {
            return Some(self);
        }
        // What is not written does not count.
        fits(&self.as_written()).then_some(self)
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Decimal) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By value: 1.50 equals 1.5.
impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        let scale = self.scale.max(other.scale);
        match (self.units_at(scale), other.units_at(scale)) {
            (Some(a), Some(b)) => a.cmp(&b),
            // What cannot be brought to the other's scale has more digits before the point than it.
            (None, _) => self.units.cmp(&I256::ZERO),
            (_, None) => I256::ZERO.cmp(&other.units),
        }
    }
}

impl From<i64> for Decimal {
    fn from(units: i64) -> Decimal {
        Decimal { units: I256::from(units), scale: 0, shown: 0 }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = self.as_written();
        let sign = if written.units < I256::ZERO { "-" } else { "" };
        let units = written.units.unsigned_abs();
        let scale = written.scale as usize;
        let digits = match u64::try_from(units) {
            Ok(short) => short.to_string(),
            Err(_) => units.to_string(),
        };
        if scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        let (whole, fraction) = digits.split_at(digits.len().saturating_sub(scale));
        let whole = if whole.is_empty() { "0" } else { whole };
        write!(f, "{sign}{whole}.{fraction:0>scale$}")
    }
}

/// 10^`exponent`, up to 76.
fn ten_to(exponent: u32) -> Option<I256> {
    match POWERS.get(exponent as usize) {
        Some(power) => Some(I256::from(*power)),
        None => I256::from(10).checked_pow(exponent),
    }
}

/// The powers of ten that 128 bits hold.
const POWERS: [i128; 39] = {
    let mut powers = [1; 39];
    let mut exponent = 1;
    while exponent < 39 {
        powers[exponent] = powers[exponent - 1] * 10;
        exponent += 1;
    }
    powers
};

/// a × b. Most numbers are short, and 128 bits are several times as fast as 256.
fn product(a: I256, b: I256) -> Option<I256> {
    if let (Ok(a), Ok(b)) = (i128::try_from(a), i128::try_from(b))
        && let Some(product) = a.checked_mul(b)
    {
        return Some(I256::from(product));
    }
    a.checked_mul(b)
}

fn divided(units: I256, divisor: I256, rounding: Rounding) -> Option<I256> {
    let (quotient, rest) = match (i128::try_from(units), i128::try_from(divisor)) {
        (Ok(a), Ok(b)) => (I256::from(a.checked_div(b)?), I256::from(a.checked_rem(b)?)),
        _ => (units.checked_div(divisor)?, units.checked_rem(divisor)?),
    };
    if rest == I256::ZERO {
        return Some(quotient);
    }
    let negative = (units < I256::ZERO) != (divisor < I256::ZERO);
    let away = match rounding {
        Rounding::Truncate => false,
        Rounding::Floor => negative,
        Rounding::Ceiling => !negative,
        Rounding::HalfUp => {
            let rest = rest.unsigned_abs();
            rest >= divisor.unsigned_abs() - rest
        }
    };
    Some(match (away, negative) {
        (false, _) => quotient,
        (true, false) => quotient + I256::from(1),
        (true, true) => quotient - I256::from(1),
    })
}

/// A plain number of at most 18 digits: its units and scale.
fn short(text: &[u8]) -> Option<(u64, u32)> {
    if text.len() > 19 {
        return None;
    }
    let (mut units, mut digits, mut scale) = (0u64, 0, None);
    for byte in text {
        match byte {
            b'0'..=b'9' => {
                units = units * 10 + u64::from(byte - b'0');
                digits += 1;
                scale = scale.map(|scale: u32| scale + 1);
            }
            b'.' if scale.is_none() => scale = Some(0),
            _ => return None,
        }
    }
    (1..=18).contains(&digits).then_some((units, scale.unwrap_or(0)))
}

/// Any other number: units, how many digits they have, and scale.
fn long(text: &str) -> Result<(I256, usize, u32), Unreadable> {
    let end = text.find(['e', 'E']).unwrap_or(text.len());
    let (whole, fraction) = text[..end].split_once('.').unwrap_or((&text[..end], ""));
    let mut digits = whole.bytes().chain(fraction.bytes());
    if whole.len() + fraction.len() == 0 || !digits.all(|byte| byte.is_ascii_digit()) {
        return Err(Unreadable::NotANumber);
    }
    let exponent: i64 = match text.get(end + 1..) {
        // "1e+-5" would pass as a number otherwise.
        Some(exponent) => match exponent.parse() {
            Ok(exponent) => exponent,
            Err(_) => return Err(out_of_range(exponent)),
        },
        None => 0,
    };
    let digits = || whole.bytes().chain(fraction.bytes()).skip_while(|byte| *byte == b'0');
    let count = digits().count();
    if count == 0 {
        let scale = i64::try_from(fraction.len()).unwrap_or(i64::MAX).saturating_sub(exponent);
        return Ok((I256::ZERO, 1, scale.clamp(0, i64::from(MOST_SCALE)) as u32));
    }
    let length = |it: usize| i64::try_from(it).unwrap_or(i64::MAX);
    let scale = length(fraction.len()).saturating_sub(exponent);
    if scale < 0 {
        let zeros = u32::try_from(-scale).ok().filter(|zeros| *zeros <= 65).ok_or(Unreadable::TooLong)?;
        let all = count + zeros as usize;
        let units = (all <= MOST_DIGITS).then(|| sum(digits())).ok_or(Unreadable::TooLong)?;
        return Ok((units * ten_to(zeros).ok_or(Unreadable::TooLong)?, all, 0));
    }
    // What stands beyond the scale is rounded, and may be any number of digits.
    let beyond = scale - i64::from(MOST_SCALE).min(scale);
    let kept = length(count).saturating_sub(beyond);
    if kept < 0 {
        return Ok((I256::ZERO, 1, MOST_SCALE));
    }
    let kept = kept as usize;
    if kept > MOST_DIGITS {
        return Err(Unreadable::TooLong);
    }
    let up = digits().nth(kept).is_some_and(|next| next >= b'5');
    let units = sum(digits().take(kept)) + I256::from(u8::from(up));
    Ok((units, kept, scale.min(i64::from(MOST_SCALE)) as u32))
}

fn sum(digits: impl Iterator<Item = u8>) -> I256 {
    let ten = U256::from(10u8);
    let units = digits.fold(U256::ZERO, |sum, byte| sum * ten + U256::from(byte - b'0'));
    units.as_i256()
}

/// An exponent that is no `i64`: far too large, or no number.
fn out_of_range(exponent: &str) -> Unreadable {
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { Unreadable::TooLong } else { Unreadable::NotANumber }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Decimal {
        Decimal::read(text).unwrap_or_else(|_| panic!("{text}"))
    }

    #[test]
    fn texts_keep_their_digits() {
        for (text, written) in [
            ("0", "0"),
            ("-0.50", "-0.50"),
            ("+.5", "0.5"),
            ("5.", "5"),
            (" 007.10 ", "7.10"),
            ("1.2e3", "1200"),
            ("1.25e-3", "0.00125"),
            ("0e5", "0"),
            ("123456789012345678901234567890.123456789", "123456789012345678901234567890.123456789"),
            ("0.00000000000000000000000000000000000000449", "0.00000000000000000000000000000000000000"),
            ("0.00000000000000000000000000000000000000951", "0.00000000000000000000000000000000000001"),
        ] {
            assert_eq!(of(text).to_string(), written, "{text}");
        }
        let nines = "9".repeat(65);
        assert_eq!(of(&nines).to_string(), nines);
    }

    #[test]
    fn what_is_no_number_or_too_long_is_refused() {
        for text in [
            "",
            " ",
            ".",
            "-",
            "+-5",
            "1 2",
            "1,000",
            "abc",
            "1e",
            "1e+-5",
            "FALSE99999999999999999999",
            "0x10",
            "NaN",
            "1.2.3",
            "１",
        ] {
            assert_eq!(Decimal::read(text).unwrap_err(), Unreadable::NotANumber, "{text}");
        }
        for text in ["1e65", "1e999999999999999999999", &"9".repeat(66), "12e64"] {
            assert_eq!(Decimal::read(text).unwrap_err(), Unreadable::TooLong, "{text}");
        }
    }

    #[test]
    fn sums_and_products_have_the_scale_of_sql() {
        assert_eq!(of("1.50").plus(of("1")).unwrap().to_string(), "2.50");
        assert_eq!(of("1.50").minus(of("2.755")).unwrap().to_string(), "-1.255");
        assert_eq!(of("1.50").times(of("2")).unwrap().to_string(), "3.00");
        assert_eq!(of("0.1").times(of("0.1")).unwrap().to_string(), "0.01");
        assert_eq!(of("10").over(of("4")).unwrap().to_string(), "2.5000");
        assert_eq!(of("-2").over(of("3")).unwrap().to_string(), "-0.6667");
        assert_eq!(of("1.00").over(of("0.300")).unwrap().to_string(), "3.333333");
        let third = of("1").over(of("3")).unwrap();
        assert_eq!(third.times(of("3")).unwrap().to_string(), "1.0000");
        assert_eq!(third.over(of("3")).unwrap().to_string(), "0.11111111");
        let two_thirds = of("2").over(of("3")).unwrap();
        assert_eq!(two_thirds.plus(two_thirds).unwrap().to_string(), "1.3333");
        assert_eq!(of("-7").remainder(of("3")).unwrap().to_string(), "-1");
        assert_eq!(of("-7.5").whole_quotient(of("2")).unwrap().to_string(), "-3");
        assert!(of(&"9".repeat(65)).plus(of("1")).is_none());
        assert!(of(&"9".repeat(40)).times(of(&"9".repeat(40))).is_none());
    }

    #[test]
    fn rounding_goes_away_from_zero_at_half() {
        let rounded = |text: &str, places, how| of(text).rounded(places, how).unwrap().to_string();
        assert_eq!(rounded("2.5", 0, Rounding::HalfUp), "3");
        assert_eq!(rounded("-2.5", 0, Rounding::HalfUp), "-3");
        assert_eq!(rounded("1.005", 2, Rounding::HalfUp), "1.01");
        assert_eq!(rounded("1255", -1, Rounding::HalfUp), "1260");
        assert_eq!(rounded("1255", -9, Rounding::HalfUp), "0");
        assert_eq!(rounded("1.5", i32::MAX, Rounding::HalfUp), "1.5");
        assert_eq!(rounded("1.5", i32::MIN, Rounding::HalfUp), "0");
        assert_eq!(rounded("-1.5", 0, Rounding::Truncate), "-1");
        assert_eq!(rounded("-1.5", 0, Rounding::Floor), "-2");
        assert_eq!(rounded("-1.5", 0, Rounding::Ceiling), "-1");
    }

    #[test]
    fn order_is_by_value() {
        assert_eq!(of("1.50"), of("1.5"));
        assert!(of("-2") < of("-1.999"));
        assert!(of(&"9".repeat(65)) > of("0.00000000000000000000000000000000000001"));
        assert!(of(&format!("-{}", "9".repeat(65))) < of("0.00000000000000000000000000000000000001"));
    }
}
