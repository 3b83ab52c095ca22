//! Who is calling (`vendors/kingdee.md` 3.1).

use serde_json::json;

use super::Simulated;
use super::answer::{failure, success};
use super::config::{OlderTokens, Switches, TokenRefusal, Validity};
use crate::system::{Answer, Call, Request};

/// A token that was made.
struct Made {
    token: String,
    ends_ms: i64,
}

#[derive(Default)]
pub(super) struct Tokens(Vec<Made>);

impl Tokens {
    /// Answers `Token/Create`.
    pub fn create(&mut self, call: &Call<'_, Simulated>, authority_codes: &[String]) -> Answer {
        let parameters = call.request.parameters();
        let code = parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorityCode"));
        if !code.is_some_and(|(_, code)| authority_codes.contains(code)) {
            // The body for a code that is not known is unconfirmed: ours.
            return failure(401, "授权码无效").for_caller("refused: no such authority code");
        }
        self.0.retain(|made| made.ends_ms > call.now_ms);
        if call.switches.older_tokens == OlderTokens::End {
            self.0.clear();
        }
        // Eighty hexadecimal digits; never the same twice, also after all tokens were ended.
        let token: String = (0..5).map(|_| format!("{:016x}", fastrand::u64(..))).collect();
        let life = call.switches.token_life_s;
        self.0.push(Made { token: token.clone(), ends_ms: call.now_ms + i64::from(life) * 1000 });
        let created = call.now().format("%Y-%m-%d %H:%M:%S").to_string();
        let mut data = json!({"Token": token, "Code": "Y", "IPAddress": "127.0.0.1", "Language": "chs", "Create": created});
        match call.switches.validity {
            Validity::Number => data["Validity"] = f64::from(life).into(),
            Validity::Text => data["Validity"] = life.to_string().into(),
            Validity::Absent => {}
        }
        success(&data, "token made").for_caller("authority code")
    }

    /// Lets a call with a good token pass.
    pub fn check(&self, call: &Call<'_, Simulated>) -> Result<(), Answer> {
        let token = token(call.request).unwrap_or_default();
        let made = self.0.iter().find(|made| made.token == token);
        let why = match made {
            Some(made) if made.ends_ms > call.now_ms => return Ok(()),
            Some(_) => "refused: the token has expired",
            None => "refused: no such token",
        };
        Err(refused(call.switches).for_caller(why))
    }

    /// Ends the token that a request carries.
    pub fn end_that_of(&mut self, request: &Request) {
        let token = token(request).unwrap_or_default();
        self.0.retain(|made| made.token != token);
    }
}

/// The answer to a token that is not good. All three are ours.
pub(super) fn refused(switches: &Switches) -> Answer {
    match switches.token_refusal {
        TokenRefusal::StatusCode => failure(401, "Token无效或已过期，请重新获取"),
        TokenRefusal::Http401 => Answer::bytes("", "HTTP 401").with_status(401),
        TokenRefusal::PlainText => Answer::text("登录状态已失效", "plain text"),
    }
}

/// `token` in the query, whatever its letter case.
fn token(request: &Request) -> Option<String> {
    let mut parameters = request.parameters().into_iter();
    parameters.find(|(name, _)| name.eq_ignore_ascii_case("token")).map(|(_, token)| token)
}
