//! Response filters as data: (status, code, text) decides, the first rule that fits wins.

use std::ops::RangeInclusive;

use crate::{Class, Error, excerpt};

/// One line of a platform's table. A condition that is empty fits everything.
pub(crate) struct Rule {
    statuses: RangeInclusive<u16>,
    codes: &'static [i64],
    /// Any of these in the message.
    texts: &'static [&'static str],
    class: Class,
    code: &'static str,
    en: &'static str,
    zh: &'static str,
}

const ANY_STATUS: RangeInclusive<u16> = 0..=u16::MAX;

/// An HTTP status in this range.
pub(crate) const fn status(
    statuses: RangeInclusive<u16>,
    class: Class,
    code: &'static str,
    en: &'static str,
    zh: &'static str,
) -> Rule {
    Rule { statuses, codes: &[], texts: &[], class, code, en, zh }
}

/// One of these vendor codes.
pub(crate) const fn code(
    codes: &'static [i64],
    class: Class,
    code: &'static str,
    en: &'static str,
    zh: &'static str,
) -> Rule {
    Rule { statuses: ANY_STATUS, codes, texts: &[], class, code, en, zh }
}

/// One of these words in the vendor's message.
pub(crate) const fn text(
    texts: &'static [&'static str],
    class: Class,
    code: &'static str,
    en: &'static str,
    zh: &'static str,
) -> Rule {
    Rule { statuses: ANY_STATUS, codes: &[], texts, class, code, en, zh }
}

/// The same, and only with this HTTP status.
pub(crate) const fn status_text(
    only: u16,
    texts: &'static [&'static str],
    class: Class,
    code: &'static str,
    en: &'static str,
    zh: &'static str,
) -> Rule {
    Rule { statuses: only..=only, codes: &[], texts, class, code, en, zh }
}

/// Whatever no rule above has caught: the last line of every table.
pub(crate) const fn otherwise(class: Class, code: &'static str, en: &'static str, zh: &'static str) -> Rule {
    Rule { statuses: ANY_STATUS, codes: &[], texts: &[], class, code, en, zh }
}

impl Rule {
    fn fits(&self, status: u16, code: Option<i64>, message: &str) -> bool {
        self.statuses.contains(&status)
            && (self.codes.is_empty() || code.is_some_and(|code| self.codes.contains(&code)))
            && (self.texts.is_empty() || self.texts.iter().any(|text| message.contains(text)))
    }

    /// Whether it makes an error of this class.
    pub(crate) fn is(&self, class: Class) -> bool {
        self.class == class
    }

    /// The error that this rule makes of it.
    pub(crate) fn error(&self, vendor_code: Option<String>, message: &str) -> Error {
        Error {
            class: self.class,
            code: self.code,
            vendor_code,
            message: excerpt::message(message),
            hint_en: self.en.to_owned(),
            hint_zh: self.zh.to_owned(),
        }
    }
}

/// The first rule of the table that fits.
pub(crate) fn find<'a>(table: &'a [Rule], status: u16, code: Option<i64>, message: &str) -> Option<&'a Rule> {
    table.iter().find(|rule| rule.fits(status, code, message))
}
