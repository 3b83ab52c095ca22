//! The frame around every page.

use crate::assets;
use crate::form::Form;
use crate::respond;
use crate::texts::{Language, filled};
use crate::visit::{Theme, Visit};
use crate::{Role, act};
use ferry_sync::shanghai;
use http::{Response, StatusCode};
use maud::{DOCTYPE, Markup, html};

/// Where one is, for the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The overview and the flows.
    Overview,
    /// Dead letters of all flows.
    Dead,
    /// API assets.
    Interfaces,
    /// The log.
    Log,
    /// Alerts.
    Alerts,
    /// Nowhere in the navigation.
    Elsewhere,
}

/// What a page is made of.
pub struct Page<'p> {
    /// In the window's title.
    pub title: &'p str,
    /// In the navigation.
    pub place: Place,
    /// Seconds after which the script reads the page again; 0: never.
    pub refresh: u32,
    /// The content.
    pub body: Markup,
}

/// The whole page.
pub fn page(v: &Visit<'_>, title: &str, place: Place, body: Markup) -> Response<Vec<u8>> {
    whole(v, StatusCode::OK, &Page { title, place, refresh: 0, body })
}

/// The whole page with another status, or one that is read again by itself.
pub fn whole(v: &Visit<'_>, status: StatusCode, page: &Page<'_>) -> Response<Vec<u8>> {
    let flash = act::flash::read(v);
    let had_flash = v.flash().is_some();
    let t = v.t();
    let language = v.language.code();
    let markup = html! {
        (DOCTYPE)
        html lang=(language) data-theme=(v.theme.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (page.title) " · Ferry 摆渡" }
                link rel="stylesheet" href=(assets::address(&assets::STYLE));
                link rel="icon" type="image/svg+xml" href=(assets::address(&assets::ICON));
                script src=(assets::address(&assets::SCRIPT)) defer {}
            }
            body data-working=(t.working) data-failed=(t.no_answer) {
                a.skip href="#main" { (t.skip_to_content) }
                (head(v, page.place))
                main #main tabindex="-1" data-refresh=[(page.refresh > 0).then_some(page.refresh)] {
                    @if let Some(flash) = flash {
                        div.notice.(if flash.good { "good" } else { "bad" }) role="status" { p { (flash.text) } }
                    }
                    (page.body)
                }
                footer { (filled(t.shown_at, &[("time", &shanghai::text(v.now()))])) }
                dialog #ask aria-label=(t.confirm) {}
            }
        }
    };
    let response = respond::html(status, markup);
    if had_flash { respond::setting(response, &act::flash::cleared()) } else { response }
}

fn head(v: &Visit<'_>, place: Place) -> Markup {
    let t = v.t();
    let places = [
        (Place::Overview, "/console", t.overview),
        (Place::Dead, "/console/dead", t.tab_dead),
        (Place::Interfaces, "/console/interfaces", t.interfaces),
        (Place::Log, "/console/log", t.tab_log),
        (Place::Alerts, "/console/alerts", t.alerts),
    ];
    html! {
        header.top {
            a.brand href="/console" {
                img src=(assets::address(&assets::ICON)) alt="" width="24" height="24";
                span { "Ferry" } span.zh { "摆渡" }
            }
            @if v.session.is_some() {
                nav.places aria-label=(t.navigation) {
                    @for (one, address, label) in places {
                        a href=(address) aria-current=[(one == place).then_some("page")] { (label) }
                    }
                }
            } @else { span.grow {} }
            (tools(v))
        }
    }
}

fn tools(v: &Visit<'_>) -> Markup {
    let t = v.t();
    let other = match v.language {
        Language::Zh => (Language::En, "English"),
        Language::En => (Language::Zh, "中文"),
    };
    let (next, sign, now) = match v.theme {
        Theme::Auto => (Theme::Light, "◐", t.theme_auto),
        Theme::Light => (Theme::Dark, "☀", t.theme_light),
        Theme::Dark => (Theme::Auto, "☾", t.theme_dark),
    };
    let back = back(v);
    html! {
        div.tools {
            form method="post" action="/console/preferences" {
                input type="hidden" name="back" value=(back);
                button.quiet name="lang" value=(other.0.code()) lang=(other.0.code()) { (other.1) }
                button.quiet name="theme" value=(next.code()) title=(now) aria-label=(now) {
                    span aria-hidden="true" { (sign) }
                }
            }
            @if let Some(session) = &v.session {
                form method="post" action="/console/logout" {
                    input type="hidden" name="form_token" value=(session.form_token);
                    span.role title=(session.role.variable()) {
                        (if session.role == Role::Admin { t.role_admin } else { t.role_runner })
                    }
                    button.quiet { (t.log_out) }
                }
            }
        }
    }
}

/// This page, to come back to; a page that answers a POST has a sister for GET.
fn back(v: &Visit<'_>) -> String {
    let pairs: Vec<(&str, &str)> = Form::without(&v.query, "fragment").collect();
    crate::form::with_query(v.path, &pairs)
}

/// The token that every form of the session holds.
pub fn form_token(v: &Visit<'_>) -> Markup {
    html! {
        @if let Some(session) = &v.session {
            input type="hidden" name="form_token" value=(session.form_token);
        }
    }
}

/// A page that is not there, or a flow.
pub fn not_found(v: &Visit<'_>) -> Response<Vec<u8>> {
    let t = v.t();
    let body = html! { h1 { (t.not_found) } p { (t.not_found_hint) " " a href="/console" { (t.overview) } } };
    whole(v, StatusCode::NOT_FOUND, &Page { title: t.not_found, place: Place::Elsewhere, refresh: 0, body })
}

/// A refusal in words.
pub fn refusal(v: &Visit<'_>, status: StatusCode, message: &str) -> Response<Vec<u8>> {
    let t = v.t();
    let body = html! { h1 { (t.refused) } div.notice.bad role="alert" { p { (message) } } p { a href="/console" { (t.overview) } } };
    whole(v, status, &Page { title: t.refused, place: Place::Elsewhere, refresh: 0, body })
}
