//! Ferry's protocol, sent by a plain HTTP client.

use std::cell::RefCell;
use std::time::Duration;

use ferry_platforms::Error;
use ferry_platforms::jushuitan::{self, Account, Api, Inout, Page, Shops, Token, Which};
use ferry_simulators::jushuitan::{Config, Generate, Jushuitan, Running};
use http::{Request, Response};
use serde_json::{Value, json};
use ureq::Agent;

/// The time of the newest record.
pub const UNTIL: &str = "2026-11-01 12:00:00";
/// The beginning of a window of six days that ends with it.
pub const BEGIN: &str = "2026-10-26 12:00:00";
pub const BOTH: [Api; 2] = [Api::Current, Api::Legacy];

/// A client with a token, and 500 records of a month, without call limits.
pub struct Client {
    pub running: Running,
    pub account: Account,
    pub token: RefCell<Option<Token>>,
    agent: Agent,
}

impl Client {
    pub fn new(api: Api) -> Self {
        let until = chrono::NaiveDateTime::parse_from_str(UNTIL, "%Y-%m-%d %H:%M:%S").unwrap();
        let generate = Generate { until: Some(until), ..Generate::default() };
        let running = Jushuitan::start(Config { generate: Some(generate), ..Config::default() }).unwrap();
        running.set(|switches| {
            switches.calls_per_second = None;
            switches.calls_per_minute = None;
        });
        let account = account(&running, api, "");
        let config = Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let config = config.max_redirects_will_error(false).timeout_global(Some(Duration::from_secs(20)));
        let agent = config.build().new_agent();
        let client = Self { running, account, token: RefCell::new(None), agent };
        if api == Api::Current {
            client.fetch_token().unwrap();
        }
        client.running.clear_log();
        client
    }

    pub fn now(&self) -> i64 {
        self.running.now_ms().div_euclid(1000)
    }

    pub fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, ureq::Error> {
        let (head, body) = request.into_parts();
        let mut request = self.agent.post(head.uri.to_string());
        for (name, value) in &head.headers {
            request = request.header(name, value);
        }
        let mut response = request.send(&body[..])?;
        let body = response.body_mut().read_to_vec()?;
        let mut answer = Response::builder().status(response.status().as_u16());
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        Ok(answer.body(body).unwrap())
    }

    pub fn inout(&self, query: &Inout) -> Result<Page, Error> {
        let request = jushuitan::query_inout(&self.account, self.token.borrow().as_ref(), self.now(), query);
        jushuitan::read_page(self.account.api(), &self.send(request).unwrap())
    }

    pub fn shops(&self, page_index: u32, page_size: u32) -> Result<Page, Error> {
        let query = Shops { page_index, page_size, shop_ids: vec![] };
        let request = jushuitan::query_shops(&self.account, self.token.borrow().as_ref(), self.now(), &query);
        jushuitan::read_page(self.account.api(), &self.send(request).unwrap())
    }

    pub fn fetch_token(&self) -> Result<(), Error> {
        let request = jushuitan::get_init_token(&self.account, self.now(), [1, 2, 3, 4, 5, 6]);
        self.keep(jushuitan::read_token(&self.send(request).unwrap(), self.now()))
    }

    pub fn renew_token(&self) -> Result<(), Error> {
        let token = self.token.borrow().clone().expect("a token to renew");
        let request = jushuitan::refresh_token(&self.account, self.now(), &token).expect("a refresh token");
        self.keep(jushuitan::read_token(&self.send(request).unwrap(), self.now()))
    }

    fn keep(&self, token: Result<Token, Error>) -> Result<(), Error> {
        *self.token.borrow_mut() = Some(token?);
        Ok(())
    }

    /// All pages of a window from the first to the last, by `has_next`.
    pub fn scan(&self, query: &Inout) -> Vec<i64> {
        let mut seen = Vec::new();
        for page_index in jushuitan::FIRST_PAGE.. {
            let page = self.inout(&Inout { page_index, ..query.clone() }).unwrap();
            seen.extend(ids(&page));
            if page.has_next != Some(true) {
                break;
            }
        }
        seen
    }
}

pub fn account(running: &Running, api: Api, access_token: &str) -> Account {
    let known = running.credentials();
    let host = running.address().to_string();
    Account::from_variables("jushuitan", |name| {
        let value = match (name.trim_start_matches("jushuitan_"), api) {
            ("scheme", _) => "http",
            ("host", _) => &host,
            ("api", Api::Current) => "current",
            ("api", Api::Legacy) => "legacy",
            ("app_key", Api::Current) => &known.app_key,
            ("app_key", Api::Legacy) => &known.partner_id,
            ("app_secret", Api::Current) => &known.app_secret,
            ("app_secret", Api::Legacy) => &known.partner_key,
            ("access_token", Api::Legacy) if access_token.is_empty() => &known.legacy_token,
            _ => access_token,
        };
        value.to_owned()
    })
    .unwrap()
}

/// The first page of the window.
pub fn window() -> Inout {
    Inout {
        which: Which::Modified { begin: BEGIN.into(), end: UNTIL.into() },
        page_index: 1,
        page_size: 50,
        more: more(json!({"status": "Confirmed"})),
    }
}

pub fn with(more_fields: Value) -> Inout {
    Inout { more: more(more_fields), ..window() }
}

pub fn more(fields: Value) -> serde_json::Map<String, Value> {
    fields.as_object().unwrap().clone()
}

pub fn ids(page: &Page) -> Vec<i64> {
    page.records.iter().map(|record| record["io_id"].as_i64().unwrap()).collect()
}

pub fn sorted(mut ids: Vec<i64>) -> Vec<i64> {
    ids.sort_unstable();
    ids
}
