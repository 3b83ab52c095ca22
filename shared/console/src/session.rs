//! Who has logged in: a cookie that holds no token but a sealed note, and the token of the forms.
//!
//! The note says which of the two tokens was given, until when it holds, and a digest of that token: whoever changes
//! the token ends all sessions that were begun with it. It is sealed with a key made from `state_key`
//! ([`ferry_sync::seal`]), so nobody else can write or read one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ferry_sync::flow::TOKEN_LENGTH;
use ferry_sync::host::{Random, Variables};
use ferry_sync::seal::Seal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The cookie's name.
pub const COOKIE: &str = "ferry_session";
/// How long a session holds, in seconds: a working day.
pub const LASTS: i64 = 12 * 3600;
/// The name under which notes are sealed.
const SEALED_AS: &str = "console/session";

/// Which token was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// `admin_token`: everything.
    Admin,
    /// `run_token`: look and run.
    Runner,
}

impl Role {
    /// The variable that holds the token.
    pub fn variable(self) -> &'static str {
        match self {
            Role::Admin => "admin_token",
            Role::Runner => "run_token",
        }
    }
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// What it may do.
    pub role: Role,
    /// Unix seconds.
    pub until: i64,
    /// Stands in every form of this session.
    pub form_token: String,
    /// Of the token that was given.
    token_digest: String,
}

impl Session {
    /// A new one for the bearer of this role's token.
    pub fn new(role: Role, variables: &dyn Variables, random: &dyn Random, now: i64) -> Session {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        Session {
            role,
            until: now + LASTS,
            form_token: BASE64.encode(bytes),
            token_digest: digest(role, variables),
        }
    }

    /// The session of a cookie's value, if it was sealed here, holds still, and its token was not changed.
    pub fn open(value: &str, variables: &dyn Variables, now: i64) -> Option<Session> {
        let note = opened(variables, SEALED_AS, value)?;
        let session: Session = serde_json::from_slice(&note).ok()?;
        let token = variables.get(session.role.variable()).unwrap_or_default();
        let holds = session.until > now && session.until <= now + LASTS;
        let same = token.chars().count() >= TOKEN_LENGTH
            && bool::from(session.token_digest.as_bytes().ct_eq(digest(session.role, variables).as_bytes()));
        (holds && same).then_some(session)
    }

    /// As a cookie's value. `None` without a usable `state_key`.
    pub fn close(&self, variables: &dyn Variables, random: &dyn Random) -> Option<String> {
        let note = serde_json::to_vec(self).expect("a session is plain data");
        sealed(variables, random, SEALED_AS, &note)
    }

    /// Whether a form's token is this session's.
    pub fn owns(&self, form_token: &str) -> bool {
        self.form_token.as_bytes().ct_eq(form_token.as_bytes()).into()
    }
}

/// The session's cookie, or with an empty value its end.
pub fn cookie(value: &str, secure: bool) -> String {
    let age = if value.is_empty() { 0 } else { LASTS };
    let secure = if secure { "; Secure" } else { "" };
    format!("{COOKIE}={value}; Path=/console; Max-Age={age}; HttpOnly; SameSite=Strict{secure}")
}

/// A note of ours as a cookie's value. `None` without a usable `state_key`.
pub fn sealed(variables: &dyn Variables, random: &dyn Random, name: &str, note: &[u8]) -> Option<String> {
    Some(BASE64.encode(seal(variables)?.close(name, note, random)))
}

/// The note of a cookie's value, if it was sealed here under this name.
pub fn opened(variables: &dyn Variables, name: &str, value: &str) -> Option<Vec<u8>> {
    seal(variables)?.open(name, &BASE64.decode(value).ok()?)
}

fn seal(variables: &dyn Variables) -> Option<Seal> {
    let key = variables.get("state_key").unwrap_or_default();
    // Not the key of the dead letters: what opens a session opens nothing else.
    (key.chars().count() >= TOKEN_LENGTH).then(|| Seal::new(&format!("console session\0{key}")))
}

fn digest(role: Role, variables: &dyn Variables) -> String {
    let token = variables.get(role.variable()).unwrap_or_default();
    BASE64.encode(&Sha256::digest(format!("console session\0{token}").as_bytes())[..16])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    struct Set(BTreeMap<&'static str, String>);
    impl Variables for Set {
        fn get(&self, name: &str) -> Option<String> {
            self.0.get(name).cloned()
        }
    }
    struct Sevens;
    impl Random for Sevens {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(7);
        }
    }

    fn variables() -> Set {
        let set = [
            ("admin_token", "admin-token-of-thirty-characters"),
            ("run_token", "run-token-of-thirty-characters.."),
            ("state_key", "state-key-of-thirty-characters.."),
        ];
        Set(set.map(|(name, value)| (name, value.to_owned())).into())
    }

    #[test]
    fn a_session_holds_until_its_end_and_no_longer() {
        let variables = variables();
        let session = Session::new(Role::Runner, &variables, &Sevens, 1000);
        let value = session.close(&variables, &Sevens).expect("sealed");
        assert_eq!(Session::open(&value, &variables, 1000 + LASTS - 1), Some(session));
        assert_eq!(Session::open(&value, &variables, 1000 + LASTS), None);
        assert!(!value.contains("run-token"));
    }

    #[test]
    fn a_changed_token_or_key_ends_it() {
        for name in ["run_token", "state_key"] {
            let mut variables = variables();
            let session = Session::new(Role::Runner, &variables, &Sevens, 1000);
            let value = session.close(&variables, &Sevens).expect("sealed");
            variables.0.insert(name, "another-one-of-thirty-characters".to_owned());
            assert_eq!(Session::open(&value, &variables, 1001), None, "{name}");
        }
        let mut variables = variables();
        let session = Session::new(Role::Admin, &variables, &Sevens, 1000);
        let value = session.close(&variables, &Sevens).expect("sealed");
        variables.0.insert("run_token", "another-one-of-thirty-characters".to_owned());
        assert!(Session::open(&value, &variables, 1001).is_some(), "the other token's change is no matter");
        variables.0.insert("admin_token", String::new());
        assert_eq!(Session::open(&value, &variables, 1001), None);
    }

    #[test]
    fn a_forged_or_altered_note_is_none() {
        let variables = variables();
        let session = Session::new(Role::Runner, &variables, &Sevens, 1000);
        let mut sealed = BASE64.decode(session.close(&variables, &Sevens).expect("sealed")).expect("ours");
        *sealed.last_mut().expect("not empty") ^= 1;
        assert_eq!(Session::open(&BASE64.encode(&sealed), &variables, 1001), None);
        let plain = serde_json::to_vec(&session).expect("plain data");
        assert_eq!(Session::open(&BASE64.encode(plain), &variables, 1001), None);
        assert_eq!(Session::open("", &variables, 1001), None);
    }
}
