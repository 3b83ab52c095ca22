//! Decimal(19,4), as the documents have it.

use std::fmt;
use std::iter::Sum;
use std::ops::Mul;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};
use serde_json::Number;

/// A number in ten-thousandths. In JSON a number without trailing zeros: `2`, `0.1168`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(pub i64);

const ONE: i64 = 10_000;

impl Decimal {
    /// A whole number.
    pub const fn whole(number: i64) -> Self {
        Self(number * ONE)
    }

    /// Reads `-12.5`; `None` for more than four decimals, or what is no such number.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) || fraction.len() > 4 {
            return None;
        }
        let fraction: i64 = format!("{fraction:0<4}").parse().ok()?;
        let value = whole.parse::<i64>().ok()?.checked_mul(ONE)?.checked_add(fraction)?;
        Some(Self(if negative { -value } else { value }))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) = (self.0.unsigned_abs() / 10_000, self.0.unsigned_abs() % 10_000);
        match fraction {
            0 => write!(f, "{sign}{whole}"),
            _ => write!(f, "{sign}{whole}.{}", format!("{fraction:04}").trim_end_matches('0')),
        }
    }
}

impl Sum for Decimal {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        Self(all.map(|decimal| decimal.0).fold(0, i64::saturating_add))
    }
}

/// Rounded to four decimals, halves away from zero.
impl Mul for Decimal {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let product = i128::from(self.0) * i128::from(other.0);
        let rounded = (product + product.signum() * i128::from(ONE / 2)) / i128::from(ONE);
        Self(i64::try_from(rounded).unwrap_or(i64::MAX))
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.to_string().parse::<Number>().map_err(S::Error::custom)?.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = Number::deserialize(from)?.to_string();
        Self::parse(&number).ok_or_else(|| D::Error::custom(format!("{number} is no Decimal(19,4)")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_their_digits() {
        for text in ["0", "2", "-2", "0.1168", "-0.5", "123456789012345.6789", "10.001"] {
            let decimal = Decimal::parse(text).unwrap();
            assert_eq!(decimal.to_string(), text);
            assert_eq!(serde_json::to_string(&decimal).unwrap(), text);
            assert_eq!(serde_json::from_str::<Decimal>(text).unwrap(), decimal);
        }
        assert_eq!(Decimal::parse("2.5000").unwrap().to_string(), "2.5");
        for text in ["", "-", "1.", ".5", "1.00001", "1e3", "99999999999999999999"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn products_are_rounded_and_sums_are_exact() {
        let of = |text| Decimal::parse(text).unwrap();
        assert_eq!(of("2") * of("0.1168"), of("0.2336"));
        assert_eq!(of("0.0050") * of("0.01"), of("0.0001"));
        assert_eq!(of("-0.0050") * of("0.01"), of("-0.0001"));
        assert_eq!([of("0.1"), of("0.2"), of("-1")].into_iter().sum::<Decimal>(), of("-0.7"));
    }
}
