//! One request: who makes it, in which language, and what it may ask.

use crate::catalogue::FlowEntry;
use crate::form::Form;
use crate::session::{self, Session};
use crate::texts::{Language, Texts};
use crate::{Answer, Console, Role};
use http::Request;
use serde_json::Value;

/// Light, dark, or as the system has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// In the cookie, the form and the page.
    pub fn code(self) -> &'static str {
        match self {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// From its code.
    pub fn of(code: &str) -> Theme {
        match code {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::Auto,
        }
    }
}

/// A request that is being answered.
pub struct Visit<'v> {
    /// The world.
    pub console: &'v Console<'v>,
    /// The path, as it came.
    pub path: &'v str,
    /// What follows the `?`.
    pub query: Form,
    /// The body of a POST.
    pub form: Form,
    /// Of one who has logged in.
    pub session: Option<Session>,
    /// What is read.
    pub language: Language,
    /// How it looks.
    pub theme: Theme,
    request: &'v Request<Vec<u8>>,
}

impl<'v> Visit<'v> {
    /// Reads what a request says of its sender.
    pub fn new(console: &'v Console<'v>, request: &'v Request<Vec<u8>>) -> Visit<'v> {
        let cookie = |name: &str| cookie(request, name);
        let language = cookie("ferry_lang").as_deref().and_then(Language::of);
        let language = language.unwrap_or_else(|| Language::preferred(header(request, "accept-language")));
        let theme = Theme::of(&cookie("ferry_theme").unwrap_or_default());
        let session =
            cookie(session::COOKIE).and_then(|value| Session::open(&value, console.variables, console.now));
        let form = match *request.method() {
            http::Method::POST => Form::read(&String::from_utf8_lossy(request.body())),
            _ => Form::default(),
        };
        Visit {
            console,
            path: request.uri().path(),
            query: Form::read(request.uri().query().unwrap_or_default()),
            form,
            session,
            language,
            theme,
            request,
        }
    }

    /// The texts.
    pub fn t(&self) -> &'static Texts {
        self.language.texts()
    }

    /// Unix seconds.
    pub fn now(&self) -> i64 {
        self.console.now
    }

    /// Whether this is a POST.
    pub fn posts(&self) -> bool {
        self.request.method() == http::Method::POST
    }

    /// Whether everything is allowed.
    pub fn is_admin(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.role == Role::Admin)
    }

    /// A flow's answer, in the name of who is logged in.
    pub fn ask(&self, flow: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let role = self.session.as_ref().map_or(Role::Runner, |session| session.role);
        self.console.flows.ask(role, flow, method, path, body)
    }

    /// The flow of this name, if it is enabled.
    pub fn flow(&self, name: &str) -> Option<&'v FlowEntry> {
        self.flows().find(|flow| flow.name == name)
    }

    /// The enabled flows.
    pub fn flows(&self) -> impl Iterator<Item = &'v FlowEntry> {
        let variables = self.console.variables;
        self.console.catalogue.iter().filter(move |flow| ferry_sync::flow::is_enabled(flow.name, variables))
    }

    /// Whether the browser came by https, perhaps to a proxy before us.
    pub fn is_https(&self) -> bool {
        header(self.request, "x-forwarded-proto").split(',').next().map(str::trim) == Some("https")
            || header(self.request, "origin").starts_with("https://")
            || self.request.uri().scheme_str() == Some("https")
    }

    /// Whether a POST was sent by a page of ours. A browser says so in `Origin` and `Sec-Fetch-Site`, which no page can
    /// forge; one that says neither is refused.
    pub fn is_same_origin(&self) -> bool {
        let origin = header(self.request, "origin");
        let site = header(self.request, "sec-fetch-site");
        let own = |host: &str| {
            ["host", "x-forwarded-host"].iter().any(|name| {
                let ours = header(self.request, name);
                !ours.is_empty() && ours.eq_ignore_ascii_case(host)
            })
        };
        let origin_is_ours = origin.split_once("://").is_some_and(|(_, host)| own(host));
        match (origin, site) {
            ("", "") => false,
            (_, "") => origin_is_ours,
            ("", site) => site == "same-origin",
            (_, site) => origin_is_ours && site == "same-origin",
        }
    }

    /// What the last action left to be told, once.
    pub fn flash(&self) -> Option<String> {
        cookie(self.request, crate::act::flash::COOKIE)
    }
}

fn header<'r>(request: &'r Request<Vec<u8>>, name: &str) -> &'r str {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn cookie(request: &Request<Vec<u8>>, name: &str) -> Option<String> {
    let lines = request.headers().get_all("cookie").iter().filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}
