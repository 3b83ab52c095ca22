//! Hides secrets in whatever is shown.

/// How a secret looks.
const VEILED: &str = "***";

/// What is cut off at its end is taken for the beginning of a secret from so many characters on.
const LEAST: usize = 6;

/// All secrets that are known. No `Debug`.
pub struct Veil(Vec<String>);

impl Veil {
    /// One over these secrets.
    pub fn over(mut secrets: Vec<String>) -> Veil {
        // A secret within another must not leave the rest of that one in sight.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Veil(secrets)
    }

    /// The text without them, also where a message was cut (`…`) in the middle of one.
    pub fn drawn(&self, text: &str) -> String {
        let mut text =
            self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), VEILED));
        if let Some(cut) = text.strip_suffix('…') {
            let beginning = |secret: &String| {
                let ends = secret.char_indices().map(|(at, _)| at).rev().filter(|at| *at >= LEAST);
                ends.into_iter().find(|at| cut.ends_with(&secret[..*at]))
            };
            if let Some(length) = self.0.iter().filter_map(beginning).max() {
                text = format!("{}{VEILED}…", &cut[..cut.len() - length]);
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_a_secret_nor_its_beginning_is_left() {
        let veil = Veil::over(vec!["abcdef123456".into(), "abcdef123456-more".into()]);
        assert_eq!(veil.drawn("x abcdef123456-more y abcdef123456"), "x *** y ***");
        assert_eq!(veil.drawn("token=abcdef12…"), "token=***…");
        assert_eq!(veil.drawn("the abc…"), "the abc…");
        assert_eq!(veil.drawn("料abcdef123456料"), "料***料");
    }
}
