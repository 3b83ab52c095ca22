//! What an action leaves to be told on the page that follows: a sealed cookie, read once.

use crate::session;
use crate::visit::Visit;
use serde::{Deserialize, Serialize};

/// The cookie's name.
pub const COOKIE: &str = "ferry_flash";
const SEALED_AS: &str = "console/flash";
/// A browser keeps 4 KB.
const MOST: usize = 700;

/// A message, and whether it is a good one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// It was done.
    pub good: bool,
    /// In the language of who asked.
    pub text: String,
}

impl Flash {
    /// Done.
    pub fn good(text: impl Into<String>) -> Flash {
        Flash { good: true, text: text.into() }
    }

    /// Not done.
    pub fn bad(text: impl Into<String>) -> Flash {
        Flash { good: false, text: text.into() }
    }

    /// As a cookie.
    pub fn cookie(&self, v: &Visit<'_>) -> Option<String> {
        let short = Flash { good: self.good, text: crate::words::shortened(&self.text, MOST) };
        let note = serde_json::to_vec(&short).expect("plain data");
        let value = session::sealed(v.console.variables, v.console.random, SEALED_AS, &note)?;
        Some(format!("{COOKIE}={value}; Path=/console; Max-Age=60; HttpOnly; SameSite=Strict"))
    }
}

/// The message that waits to be told.
pub fn read(v: &Visit<'_>) -> Option<Flash> {
    let note = session::opened(v.console.variables, SEALED_AS, &v.flash()?)?;
    serde_json::from_slice(&note).ok()
}

/// Told: the cookie's end.
pub fn cleared() -> String {
    format!("{COOKIE}=; Path=/console; Max-Age=0; HttpOnly; SameSite=Strict")
}
