//! Products and quotients of which 256 bits hold only the first digits.

use super::ten_to;
use ethnum::I256;

/// The product without its last digits, as many as must go (none, mostly), and how many those are.
pub(super) fn product(a: I256, b: I256) -> (I256, u32) {
    let mut limbs = [0u64; 8];
    let (x, y) = (limbs_of(a), limbs_of(b));
    for (i, x) in x.iter().enumerate() {
        let mut carry = 0u128;
        for (j, y) in y.iter().enumerate() {
            let sum = u128::from(*x) * u128::from(*y) + u128::from(limbs[i + j]) + carry;
            limbs[i + j] = low(sum);
            carry = sum >> 64;
        }
        limbs[i + 4] = low(carry);
    }
    let mut cut = 0;
    // The sign takes a bit.
    while limbs[4..].iter().any(|limb| *limb != 0) || limbs[3] >> 63 == 1 {
        let mut rest = 0u128;
        for limb in limbs.iter_mut().rev() {
            let part = rest << 64 | u128::from(*limb);
            *limb = low(part / 10);
            rest = part % 10;
        }
        cut += 1;
    }
    let words = |high: u64, low: u64| u128::from(high) << 64 | u128::from(low);
    let magnitude = I256::from_words(
        i128::from_be_bytes(words(limbs[3], limbs[2]).to_be_bytes()),
        i128::from_be_bytes(words(limbs[1], limbs[0]).to_be_bytes()),
    );
    (if (a < I256::ZERO) == (b < I256::ZERO) { magnitude } else { -magnitude }, cut)
}

/// a / b × 10^`digits`, cut off; without the last of its digits where there is no room for them, and how
/// many those are. Nothing for b = 0.
pub(super) fn quotient(a: I256, b: I256, digits: u32) -> Option<(I256, u32)> {
    let mut quotient = a.checked_div(b)?;
    let mut rest = a.checked_rem(b)?;
    let mut missing = digits;
    while missing > 0 {
        let step = missing.min(room(rest)).min(room(quotient));
        if step == 0 {
            break;
        }
        let power = ten_to(step)?;
        let dividend = rest.checked_mul(power)?;
        quotient = quotient.checked_mul(power)?.checked_add(dividend / b)?;
        rest = dividend % b;
        missing -= step;
    }
    Some((quotient, missing))
}

/// What is left of a × 10^`digits` / b. Nothing where b is too long to tell, or 0.
pub(super) fn remainder(a: I256, b: I256, digits: u32) -> Option<I256> {
    let mut rest = a.checked_rem(b)?;
    let mut missing = digits;
    while missing > 0 {
        let step = missing.min(room(rest));
        if step == 0 {
            return None;
        }
        rest = rest.checked_mul(ten_to(step)?)? % b;
        missing -= step;
    }
    Some(rest)
}

/// By how many digits a number may grow.
fn room(units: I256) -> u32 {
    // One bit is the sign's; 1233 / 4096 is a little less than the logarithm of 2.
    let bits = units.unsigned_abs().leading_zeros().saturating_sub(1);
    (bits * 1233 / 4096).min(76)
}

/// Four words of 64 bits, the lowest first.
fn limbs_of(units: I256) -> [u64; 4] {
    let (high, low_half) = units.unsigned_abs().into_words();
    [low(low_half), low(low_half >> 64), low(high), low(high >> 64)]
}

fn low(word: u128) -> u64 {
    (word & u128::from(u64::MAX)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> I256 {
        text.parse().unwrap()
    }

    #[test]
    fn products_lose_the_last_digits_only() {
        assert_eq!(product(of("-12"), of("12")), (of("-144"), 0));
        let nines = of(&"9".repeat(60));
        let (units, cut) = product(nines, nines);
        assert_eq!(units.to_string().len() + cut as usize, 120);
        assert!(units.to_string().starts_with(&"9".repeat(59)));
        let (units, cut) = product(of(&"1".repeat(70)), of("-1000000000000000000000"));
        assert_eq!(
            units.to_string(),
            format!("-{}", &"1".repeat(70)[..]).to_owned() + &"0".repeat(units.to_string().len() - 71)
        );
        assert_eq!(units.to_string().len() - 1 + cut as usize, 91);
    }

    #[test]
    fn quotients_go_on_as_long_as_there_is_room() {
        assert_eq!(quotient(of("-1"), of("3"), 9), Some((of("-333333333"), 0)));
        assert_eq!(quotient(of("1"), of("0"), 9), None);
        let (units, missing) = quotient(of(&"9".repeat(65)), of("7"), 40).unwrap();
        assert!(units.to_string().starts_with("14285714285714285714285714"));
        assert_eq!(units.to_string().len() + missing as usize, 65 + 40);
        assert_eq!(quotient(of("1"), of(&"9".repeat(76)), 100), Some((ten_to(24).unwrap(), 0)));
    }

    #[test]
    fn remainders_are_exact() {
        assert_eq!(remainder(of("-7"), of("3"), 0), Some(of("-1")));
        assert_eq!(remainder(of("-7"), of("3"), 1), Some(of("-1")));
        // 10^70 is 4 modulo 7 (10^6 is 1).
        assert_eq!(remainder(of("1"), of("7"), 70), Some(of("4")));
        assert_eq!(remainder(of("1"), of("7"), 700), Some(of("4")));
        assert_eq!(remainder(of("1"), of("0"), 0), None);
    }
}
