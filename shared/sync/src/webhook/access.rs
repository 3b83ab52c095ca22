//! Who may do what (`design.md` 6): three tokens, compared in constant time.

use super::{Answer, refuse};
use crate::flow::{TOKEN_LENGTH, misconfigured};
use crate::host::Variables;
use crate::problem::Problem;
use http::{Request, StatusCode};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What a route asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// `run_token` or `admin_token`.
    Run,
    /// `admin_token`.
    Admin,
    /// `tick_token` in the query, for schedulers that can only call a URL; or one of the others.
    Tick,
}

/// Whose token it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    Runner,
    Admin,
    Ticker,
}

impl Caller {
    /// The caller, or the refusal.
    pub fn of(request: &Request<Vec<u8>>, variables: &dyn Variables) -> Result<Self, Answer> {
        let mut lines = request.headers().get_all("authorization").iter();
        // Of two, whatever stands before us may have looked at the other.
        let bearer = lines
            .next()
            .filter(|_| lines.next().is_none())
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim());
        let query = request.uri().query().unwrap_or_default();
        let tick = query.split('&').find_map(|pair| pair.strip_prefix("tick_token="));
        let known = [
            ("admin_token", bearer, Caller::Admin),
            ("run_token", bearer, Caller::Runner),
            ("tick_token", tick, Caller::Ticker),
        ];
        let mut unusable = None;
        for (name, given, caller) in known {
            let token = variables.get(name).unwrap_or_default();
            if token.chars().count() < TOKEN_LENGTH {
                unusable = unusable.or(Some(name).filter(|_| given.is_some()));
            } else if given.is_some_and(|given| same(given, &token)) {
                return Ok(caller);
            }
        }
        Err(match unusable {
            Some(name) => Answer::Refusal(
                StatusCode::SERVICE_UNAVAILABLE,
                misconfigured(
                    name,
                    &format!("is not set or shorter than {TOKEN_LENGTH} characters, so its routes are closed"),
                    &format!("未设置或少于 {TOKEN_LENGTH} 个字符，相应接口保持关闭"),
                ),
            ),
            None => refuse(
                StatusCode::UNAUTHORIZED,
                "unauthorized",
                "this needs the header 'Authorization: Bearer <run_token or admin_token>', and the token given, if any, is neither".into(),
                "需要请求头 Authorization: Bearer <run_token 或 admin_token>，而给出的令牌（如有）与两者都不符".into(),
            ),
        })
    }

    /// Whether this caller may use such a route.
    pub fn may(self, scope: Scope) -> bool {
        match self {
            Caller::Admin => true,
            Caller::Runner => scope != Scope::Admin,
            Caller::Ticker => scope == Scope::Tick,
        }
    }
}

/// What the bearer of a token may do: [`Scope::Admin`] or [`Scope::Run`].
///
/// # Errors
/// The refusal of a request that came with it.
pub fn scope_of(token: &str, variables: &dyn Variables) -> Result<Scope, (StatusCode, Problem)> {
    let request = Request::builder().header("authorization", format!("Bearer {token}")).body(Vec::new());
    // What is no header is no token.
    let request = request.unwrap_or_default();
    match Caller::of(&request, variables) {
        Ok(Caller::Admin) => Ok(Scope::Admin),
        Ok(_) => Ok(Scope::Run),
        Err(Answer::Refusal(status, problem)) => Err((status, problem)),
        Err(_) => unreachable!("a caller is let in or refused"),
    }
}

pub(crate) fn forbidden(scope: Scope) -> Answer {
    let token = if scope == Scope::Admin { "admin_token" } else { "run_token" };
    refuse(
        StatusCode::FORBIDDEN,
        "forbidden",
        format!("the token given may not do this; it needs the {token}"),
        format!("所给令牌无权执行此操作，需要 {token}"),
    )
}

/// Compares the tokens' hashes, so that not even their lengths show in the time it takes.
fn same(given: &str, token: &str) -> bool {
    Sha256::digest(given.as_bytes()).ct_eq(&Sha256::digest(token.as_bytes())).into()
}
