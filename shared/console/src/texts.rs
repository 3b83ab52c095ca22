//! All that is read, in one table per language.

mod en;
mod zh;

pub use en::Texts;

/// Declares the texts and the table of the language that declares them.
macro_rules! texts {
    ($($name:ident: $text:literal,)*) => {
        /// The texts of one language.
        #[allow(missing_docs, reason = "a text says what it is")]
        pub struct Texts { $(pub $name: &'static str),* }

        /// English.
        pub const EN: Texts = Texts { $($name: $text),* };

        #[cfg(test)]
        impl Texts {
            /// Each text with its name.
            pub fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name)),*]
            }
        }
    };
}
use texts;

/// The languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Chinese.
    Zh,
}

impl Language {
    /// Its table.
    pub fn texts(self) -> &'static Texts {
        static TABLES: (Texts, Texts) = (en::EN, zh::ZH);
        match self {
            Language::En => &TABLES.0,
            Language::Zh => &TABLES.1,
        }
    }

    /// In cookies, forms and the page.
    pub fn code(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Zh => "zh",
        }
    }

    /// From its code.
    pub fn of(code: &str) -> Option<Language> {
        match code {
            "en" => Some(Language::En),
            "zh" => Some(Language::Zh),
            _ => None,
        }
    }

    /// What a browser prefers (`Accept-Language`): the first of ours, by weight; English where it wants neither.
    pub fn preferred(header: &str) -> Language {
        let mut wanted: Vec<(u32, Language)> = header
            .split(',')
            .filter_map(|part| {
                let mut pieces = part.trim().split(';');
                let language = Language::of(pieces.next()?.trim().get(..2)?.to_ascii_lowercase().as_str())?;
                let weight = pieces.find_map(|piece| piece.trim().strip_prefix("q="));
                // "0.8" as thousandths.
                let weight = weight.map_or(1000, |weight| {
                    let digits = weight.trim().replace('.', "");
                    format!("{digits:0<4}").get(..4).and_then(|digits| digits.parse().ok()).unwrap_or(0)
                });
                Some((weight, language))
            })
            .collect();
        wanted.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        wanted.first().map_or(Language::En, |(_, language)| *language)
    }
}

/// The text with its places filled: `{n}`.
pub fn filled(text: &str, places: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(places.iter().find(|(place, _)| *place == name).map_or("", |(_, value)| value));
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn places(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
    }

    #[test]
    fn both_tables_have_every_text_with_the_same_places() {
        let (en, zh) = (Language::En.texts().all(), Language::Zh.texts().all());
        assert_eq!(en.len(), zh.len());
        for ((name, en), (_, zh)) in en.iter().zip(&zh) {
            assert!(!en.trim().is_empty() && !zh.trim().is_empty(), "{name} is empty");
            assert_eq!(places(en), places(zh), "{name}");
            assert!(!en.chars().any(|one| ('\u{4e00}'..='\u{9fff}').contains(&one)), "{name} is not English");
        }
    }

    #[test]
    fn the_browser_chooses_the_language() {
        let chosen = [
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::Zh),
            ("en-US,en;q=0.9,zh-CN;q=0.8", Language::En),
            ("fr, zh;q=0.5, en;q=0.4", Language::Zh),
            ("en;q=0.1,zh", Language::Zh),
            ("fr", Language::En),
            ("", Language::En),
        ];
        for (header, language) in chosen {
            assert_eq!(Language::preferred(header), language, "{header}");
        }
    }

    #[test]
    fn a_value_that_looks_like_a_place_is_no_place() {
        assert_eq!(filled("{a} and {b}.", &[("a", "{b}"), ("b", "2")]), "{b} and 2.");
    }
}
