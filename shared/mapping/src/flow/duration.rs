//! Durations: `30s`, `5m`, `2h`, `7d`.

use std::time::Duration;

/// Ten years: longer is a mistake, and would overflow sums further on.
const LONGEST: u64 = 3650 * 86_400;

/// Reads a duration as the flow file writes it: a whole number and one unit (`30s`, `5m`, `2h`, `7d`), up
/// to ten years; nothing else.
pub fn read_duration(text: &str) -> Option<Duration> {
    let unit = text.chars().next_back()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let total = digits.parse::<u64>().ok()?.checked_mul(seconds)?;
    (total <= LONGEST).then(|| Duration::from_secs(total))
}
