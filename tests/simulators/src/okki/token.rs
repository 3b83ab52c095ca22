//! Who is calling (`vendors/sources.md` 3.2).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Map, Value, json};

use super::answer::failure;
use super::config::{MissingScope, Reissue, Switches, Unauthorized};
use super::{Credentials, Simulated};
use crate::system::{Answer, Call, Request};

/// A token that was given.
struct Given {
    token: String,
    client_id: String,
    scope: String,
    ends_ms: i64,
}

#[derive(Default)]
pub(super) struct Tokens(Vec<Given>);

impl Tokens {
    /// Answers `POST /v1/oauth2/access_token`.
    pub fn give(
        &mut self,
        call: &Call<'_, Simulated>,
        accounts: &[Credentials],
        rng: &mut fastrand::Rng,
    ) -> Answer {
        let fields = fields(call.request);
        let field = |name: &str| fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (Some(grant), Some(id), Some(secret), Some(scope)) =
            (field("grant_type"), field("client_id"), field("client_secret"), field("scope"))
        else {
            let sentence = "The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than once, or is otherwise malformed.";
            return refused("invalid_request", sentence);
        };
        if grant != "client_credentials" {
            let sentence = "The authorization grant type is not supported by the authorization server.";
            return refused("unsupported_grant_type", sentence);
        }
        let Some(account) = accounts.iter().find(|a| a.client_id == id && a.client_secret == secret) else {
            return refused("invalid_client", "Client authentication failed");
        };
        if !scope.split_whitespace().all(|one| account.scopes.iter().any(|known| known == one)) {
            return refused("invalid_scope", "The requested scope is invalid, unknown, or malformed");
        }
        let given = self.issue(call.switches, call.now_ms, id, scope, rng);
        let mut body = json!({"token_type": "Bearer", "access_token": given.token});
        if call.switches.expires_in {
            body["expires_in"] = ((given.ends_ms - call.now_ms) / 1000).into();
        }
        Answer::json(&body, "token given").for_caller(format!("login of {id}"))
    }

    fn issue(
        &mut self,
        switches: &Switches,
        now_ms: i64,
        client_id: &str,
        scope: &str,
        rng: &mut fastrand::Rng,
    ) -> &Given {
        self.0.retain(|given| given.ends_ms > now_ms);
        let first = self.0.iter().position(|given| given.client_id == client_id && given.scope == scope);
        // Asked for again, it does not live longer.
        let ends_ms = first.map_or(now_ms + i64::from(switches.token_life_s) * 1000, |at| self.0[at].ends_ms);
        match first {
            Some(at) if switches.reissue == Reissue::Same => &self.0[at],
            _ => {
                let header = json!({"typ": "JWT", "alg": "RS256"}).to_string();
                let scopes: Vec<&str> = scope.split_whitespace().collect();
                let claims =
                    json!({"aud": client_id, "jti": rng.u64(..), "exp": ends_ms / 1000, "scopes": scopes});
                let signature: Vec<u8> = (0..64).map(|_| rng.u8(..)).collect();
                let parts = [header.into_bytes(), claims.to_string().into_bytes(), signature];
                let token = parts.map(|part| BASE64.encode(part)).join(".");
                let (client_id, scope) = (client_id.to_owned(), scope.to_owned());
                self.0.push(Given { token, client_id, scope, ends_ms });
                &self.0[self.0.len() - 1]
            }
        }
    }

    /// Who calls, if the token is good and has the scope.
    pub fn check(&self, call: &Call<'_, Simulated>, scope: &str) -> Result<String, Answer> {
        let found = bearer(call.request).and_then(|token| self.0.iter().find(|given| given.token == token));
        let Some(given) = found else {
            return Err(denied(call).for_caller("refused: no such token"));
        };
        if given.ends_ms <= call.now_ms {
            return Err(denied(call).for_caller("refused: the token has expired"));
        }
        if !given.scope.split_whitespace().any(|one| one == scope) {
            let message = format!("no permission {scope} scopes");
            let refusal = match call.switches.missing_scope {
                MissingScope::Http401 => {
                    Answer::json(&json!({"message": message}), message.clone()).with_status(401)
                }
                MissingScope::Code403 => failure(call, 403, &message),
            };
            return Err(refusal.for_caller(format!("refused: {message}")));
        }
        Ok(given.client_id.clone())
    }

    /// Ends the token that a request carries.
    pub fn end_that_of(&mut self, request: &Request) {
        let token = bearer(request).unwrap_or_default();
        self.0.retain(|given| given.token != token);
    }
}

/// The answer of the server library behind it to a token that is not good.
pub(super) fn denied(call: &Call<'_, Simulated>) -> Answer {
    let sentence = "The resource owner or authorization server denied the request.";
    let body = json!({"error": "access_denied", "error_description": sentence, "hint": "Access token is invalid", "message": sentence});
    let status = match call.switches.unauthorized {
        Unauthorized::Http401 => 401,
        Unauthorized::Http200 => 200,
    };
    Answer::json(&body, "access_denied").with_status(status)
}

fn refused(error: &str, sentence: &str) -> Answer {
    let body = json!({"error": error, "error_description": sentence, "message": sentence});
    Answer::json(&body, error).with_status(400).for_caller(format!("refused: {error}"))
}

fn bearer(request: &Request) -> Option<&str> {
    request.header("authorization").strip_prefix("Bearer ")
}

/// The body as JSON or as a form: clients in the wild send both.
fn fields(request: &Request) -> Map<String, Value> {
    if let Ok(fields) = serde_json::from_slice(&request.body) {
        return fields;
    }
    let form = form_urlencoded::parse(&request.body).into_owned();
    form.map(|(name, value)| (name, Value::String(value))).collect()
}
