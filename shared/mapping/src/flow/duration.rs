//! Durations: `30s`, `5m`, `2h`, `7d`.

use super::keys::Node;
use crate::problem::{Problems, shorten};
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

/// The duration in a node, or the default: where there is none, and where it is wrong.
pub(super) fn span(
    node: Option<Node<'_>>,
    default: Duration,
    zero_allowed: bool,
    problems: &mut Problems,
) -> Duration {
    let Some(node) = node else { return default };
    let Some(text) = node.text(problems) else { return default };
    match read_duration(&text) {
        Some(span) if zero_allowed || !span.is_zero() => span,
        read => {
            let zero = read.is_some();
            let text = shorten(&text);
            problems.add(
                "bad_duration",
                &node.path,
                if zero {
                    "must be longer than nothing".to_owned()
                } else {
                    format!("`{text}` is no duration; write 30s, 5m, 2h or 7d")
                },
                if zero {
                    "必须大于零".to_owned()
                } else {
                    format!("“{text}”不是时长；请写成 30s、5m、2h 或 7d")
                },
            );
            default
        }
    }
}
