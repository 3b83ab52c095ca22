//! In which language messages are printed.

use clap::ValueEnum;

/// `--lang`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// Chinese.
    Zh,
    /// English.
    En,
    /// English, then Chinese.
    Both,
}

impl Lang {
    /// What the environment asks for: the first of `LC_ALL`, `LC_MESSAGES`, `LANG` that is set decides.
    /// Chinese alone for a Chinese locale, and both for any other: `en_US.UTF-8` and `C.UTF-8` are what
    /// servers come with, whoever reads their output.
    pub fn from_environment() -> Lang {
        let variables = ["LC_ALL", "LC_MESSAGES", "LANG"];
        Lang::of_locale(
            variables.into_iter().find_map(|name| std::env::var(name).ok().filter(|it| !it.is_empty())),
        )
    }

    fn of_locale(locale: Option<String>) -> Lang {
        let locale = locale.unwrap_or_default().to_lowercase();
        let language = locale.split(['_', '-', '.', '@']).next();
        if language == Some("zh") { Lang::Zh } else { Lang::Both }
    }

    /// The messages that are wanted of these two.
    pub fn choose<T>(self, en: T, zh: T) -> impl Iterator<Item = T> {
        let (en, zh) = match self {
            Lang::En => (Some(en), None),
            Lang::Zh => (None, Some(zh)),
            Lang::Both => (Some(en), Some(zh)),
        };
        en.into_iter().chain(zh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_chinese_locale_names_its_reader() {
        let of = |locale: &str| Lang::of_locale(Some(locale.to_owned()));
        for chinese in ["zh_CN.UTF-8", "zh", "zh-Hans", "ZH_TW"] {
            assert_eq!(of(chinese), Lang::Zh, "{chinese}");
        }
        for other in ["en_US.UTF-8", "C.UTF-8", "POSIX", "zha_CN", "de_DE"] {
            assert_eq!(of(other), Lang::Both, "{other}");
        }
        assert_eq!(Lang::of_locale(None), Lang::Both);
    }

    #[test]
    fn both_languages_come_in_order() {
        assert_eq!(Lang::Both.choose("en", "zh").collect::<Vec<_>>(), ["en", "zh"]);
        assert_eq!(Lang::Zh.choose("en", "zh").collect::<Vec<_>>(), ["zh"]);
        assert_eq!(Lang::En.choose("en", "zh").collect::<Vec<_>>(), ["en"]);
    }
}
