//! In and out, and how the pages look.

use crate::page::{Page, Place, whole};
use crate::respond;
use crate::session::{self, Role, Session};
use crate::texts::Language;
use crate::visit::{Theme, Visit};
use crate::words::told;
use ferry_sync::webhook::{self, Scope};
use http::{Response, StatusCode};
use maud::html;
use serde_json::json;

/// The form; with what was wrong the last time.
pub fn show(v: &Visit<'_>, problem: Option<(StatusCode, &str)>) -> Response<Vec<u8>> {
    let t = v.t();
    let next = if v.posts() { v.form.get("next") } else { v.query.get("next") };
    let body = html! {
        section.login {
            h1 { (t.log_in) }
            p { (t.log_in_about) }
            @if let Some((_, message)) = problem { div.notice.bad role="alert" { p { (message) } } }
            form method="post" action="/console/login" {
                input type="hidden" name="next" value=(next);
                label for="token" { (t.token) }
                input #token type="password" name="token" required autocomplete="current-password" autofocus spellcheck="false";
                button.button.main { (t.log_in) }
            }
        }
    };
    let status = problem.map_or(StatusCode::OK, |(status, _)| status);
    whole(v, status, &Page { title: t.log_in, place: Place::Elsewhere, refresh: 0, body })
}

/// Compares the token as every route of a flow does, and begins a session.
pub fn log_in(v: &Visit<'_>) -> Response<Vec<u8>> {
    let variables = v.console.variables;
    let role = match webhook::scope_of(v.form.get("token").trim(), variables) {
        Ok(Scope::Admin) => Role::Admin,
        Ok(_) => Role::Runner,
        Err((StatusCode::UNAUTHORIZED, _)) => {
            return show(v, Some((StatusCode::UNAUTHORIZED, v.t().wrong_token)));
        }
        Err((status, problem)) => {
            let problem = json!(problem);
            return show(v, Some((status, told(&problem, "message", v.language))));
        }
    };
    let session = Session::new(role, variables, v.console.random, v.now());
    let Some(value) = session.close(variables, v.console.random) else {
        return show(v, Some((StatusCode::SERVICE_UNAVAILABLE, v.t().no_state_key)));
    };
    let next = own_path(v.form.get("next"));
    respond::setting(respond::see_other(next), &session::cookie(&value, v.is_https()))
}

/// Ends the session.
pub fn log_out(v: &Visit<'_>) -> Response<Vec<u8>> {
    respond::setting(respond::see_other("/console/login"), &session::cookie("", v.is_https()))
}

/// Language or theme, kept by the browser for a year. One of them: a response has one cookie.
pub fn preferences(v: &Visit<'_>) -> Response<Vec<u8>> {
    let (name, value) = match (Language::of(v.form.get("lang")), v.form.find("theme")) {
        (Some(language), _) => ("ferry_lang", language.code()),
        (None, Some(theme)) => ("ferry_theme", Theme::of(theme).code()),
        (None, None) => return respond::see_other("/console"),
    };
    let cookie = format!("{name}={value}; Path=/console; Max-Age=31536000; HttpOnly; SameSite=Lax");
    respond::setting(respond::see_other(own_path(v.form.get("back"))), &cookie)
}

/// A path of the console, and nothing else: where a form may send one.
fn own_path(path: &str) -> &str {
    let own = path == "/console" || path.starts_with("/console/") || path.starts_with("/console?");
    let plain = path.bytes().all(|byte| (0x21..0x7f).contains(&byte) && byte != b'\\');
    if own && plain && !path.starts_with("/console/login") { path } else { "/console" }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn a_form_sends_one_nowhere_else() {
        for path in ["/console", "/console/flows/x?a=1", "/console?x=1"] {
            assert_eq!(own_path(path), path);
        }
        for path in
            ["", "https://evil.example", "//evil.example", "/consolex", "/console/login", "/console/\r\nX: 1"]
        {
            assert_eq!(own_path(path), "/console", "{path}");
        }
    }
}
