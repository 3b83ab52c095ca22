//! Who has access, and until when (`vendors/sources.md` 1.3, 1.8).

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::answer::Refusal;
use super::config::{LegacyExpired, OldToken, Refresh, RefreshExpired, Switches};

/// All tokens of the app.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    /// Access tokens and their ends in milliseconds.
    access: HashMap<String, i64>,
    /// Refresh tokens and what each renews.
    refresh: HashMap<String, String>,
    /// The end of the legacy token.
    legacy_end_ms: i64,
    /// How often tokens were given out, renewed or extended.
    pub given: usize,
}

impl Tokens {
    pub fn new(switches: &Switches, now_ms: i64) -> Self {
        Self { legacy_end_ms: now_ms + life_ms(switches), ..Self::default() }
    }

    pub fn is_good(&self, access_token: &str, now_ms: i64) -> bool {
        self.access.get(access_token).is_some_and(|end| now_ms < *end)
    }

    pub fn is_legacy_good(&self, now_ms: i64) -> bool {
        now_ms < self.legacy_end_ms
    }

    /// A new pair.
    pub fn give(&mut self, switches: &Switches, now_ms: i64, rng: &mut fastrand::Rng) -> Map<String, Value> {
        if switches.old_token == OldToken::Dies {
            self.access.clear();
            self.refresh.clear();
        }
        let mut fresh = || format!("{:032x}", rng.u128(..));
        let (access, refresh) = (fresh(), fresh());
        self.refresh.insert(refresh.clone(), access.clone());
        self.told(access, refresh, switches, now_ms)
    }

    /// The pair after this one.
    pub fn renew(
        &mut self,
        refresh_token: &str,
        switches: &Switches,
        now_ms: i64,
        rng: &mut fastrand::Rng,
    ) -> Result<Map<String, Value>, Refusal> {
        let access = self.refresh.get(refresh_token).cloned().ok_or(Refusal::RefreshToken)?;
        if switches.refresh_expired == RefreshExpired::Refused && !self.is_good(&access, now_ms) {
            return Err(Refusal::RefreshToken);
        }
        Ok(match switches.refresh {
            Refresh::SameValues => self.told(access, refresh_token.to_owned(), switches, now_ms),
            Refresh::NewValues => {
                self.refresh.remove(refresh_token);
                self.give(switches, now_ms, rng)
            }
        })
    }

    fn told(
        &mut self,
        access: String,
        refresh: String,
        switches: &Switches,
        now_ms: i64,
    ) -> Map<String, Value> {
        self.given += 1;
        self.access.insert(access.clone(), now_ms + life_ms(switches));
        let told = [
            ("access_token", json!(access)),
            ("expires_in", json!(switches.token_life_s)),
            ("refresh_token", json!(refresh)),
            ("scope", json!("all")),
        ];
        told.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The new end of the legacy token, in milliseconds.
    pub fn extend(&mut self, switches: &Switches, now_ms: i64) -> Result<i64, Refusal> {
        if switches.legacy_expired == LegacyExpired::Refused && !self.is_legacy_good(now_ms) {
            return Err(Refusal::Token);
        }
        self.given += 1;
        self.legacy_end_ms = now_ms + life_ms(switches);
        Ok(self.legacy_end_ms)
    }

    /// Ends them all, as time would.
    pub fn expire(&mut self, now_ms: i64) {
        self.access.values_mut().for_each(|end| *end = now_ms.min(*end));
        self.legacy_end_ms = now_ms.min(self.legacy_end_ms);
    }
}

fn life_ms(switches: &Switches) -> i64 {
    i64::try_from(switches.token_life_s).unwrap_or(i64::MAX / 1000).saturating_mul(1000)
}
