//! A simulator and a client with an account on it.

use std::time::Duration;

use ferry_platforms::Error;
use ferry_platforms::wangdiantong::{self, Account, Found, Pager, Search, TimeType, Window};
use ferry_simulators::wangdiantong::{Config, Credentials, Generate, Running, Stockout, Wangdiantong};
use http::{Request, Response};
use serde_json::Value;
use ureq::Agent;

pub struct Shop {
    pub platform: Running,
    pub agent: Agent,
    pub account: Account,
}

/// An account of the simulator as the variables of a client.
pub fn account(platform: &Running, credentials: &Credentials) -> Account {
    let address = platform.address().to_string();
    let variable = |name: &str| match name {
        "wangdiantong_scheme" => "http".to_owned(),
        "wangdiantong_host" => address.clone(),
        "wangdiantong_path" => "/openapi".to_owned(),
        "wangdiantong_sid" => credentials.sid.clone(),
        "wangdiantong_app_key" => credentials.app_key.clone(),
        "wangdiantong_app_secret" => credentials.app_secret(),
        _ => panic!("{name} is no variable of wangdiantong"),
    };
    Account::from_variables("wangdiantong", variable).unwrap()
}

impl Shop {
    pub fn start(config: Config) -> Self {
        let platform = Wangdiantong::start(config).unwrap();
        let config = Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let config = config.max_redirects_will_error(false).timeout_global(Some(Duration::from_secs(20)));
        let account = account(&platform, &platform.credentials());
        Self { platform, agent: config.build().new_agent(), account }
    }

    /// One with generated records, spread over the last seven days.
    pub fn with(rows: usize) -> Self {
        let stockouts = (rows > 0).then(|| Generate { rows, ..Generate::default() });
        Self::start(Config { stockouts, ..Config::default() })
    }

    pub fn now(&self) -> i64 {
        self.platform.now_ms() / 1000
    }

    /// The last thirty days.
    pub fn month(&self) -> Window {
        Window { begin: self.now() - 30 * 86_400 + 60, end: self.now() + 60 }
    }

    pub fn everything(&self) -> Search {
        Search::window(self.month(), TimeType::Modified)
    }

    pub fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, ureq::Error> {
        let (head, mut body) = self.agent.run(request)?.into_parts();
        Ok(Response::from_parts(head, body.read_to_vec()?))
    }

    pub fn ask(&self, search: &Search, pager: Pager) -> Result<Found, Error> {
        let request = wangdiantong::query_with_detail(&self.account, self.now(), search, pager);
        wangdiantong::read_page(&self.send(request).unwrap(), pager)
    }

    pub fn find(&self, search: &Search) -> Found {
        self.ask(search, Pager::first(2000)).unwrap()
    }

    /// Sends what the builders cannot, properly signed, and gives the body.
    pub fn raw(&self, more: &[(&str, &str)], body: &str) -> Value {
        let credentials = self.platform.credentials();
        let timestamp = (self.now() - 1_325_347_200).to_string();
        let mut query = vec![
            ("sid", credentials.sid.as_str()),
            ("key", &credentials.app_key),
            ("salt", &credentials.salt),
            ("method", "wms.stockout.Process.queryWithDetail"),
            ("v", "1.0"),
            ("timestamp", &timestamp),
            ("page_no", "0"),
            ("page_size", "10"),
        ];
        for (name, value) in more {
            query.retain(|(known, _)| known != name);
            query.push((name, value));
        }
        query.retain(|(_, value)| *value != "absent");
        let sign = wangdiantong::sign(&self.account, &query, body.as_bytes());
        query.push(("sign", &sign));
        self.post(&query, "application/json", body)
    }

    /// Sends anything, and gives the body.
    pub fn post(&self, query: &[(&str, &str)], content_type: &str, body: &str) -> Value {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let request = self.agent.post(format!("{}?{query}", self.platform.url()));
        let mut response = request.header("Content-Type", content_type).send(body).unwrap();
        assert_eq!(response.status(), 200);
        response.body_mut().read_json().unwrap()
    }

    pub fn control(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let url = format!("http://{}{path}", self.platform.control_address());
        let mut response = match method {
            "GET" => self.agent.get(url).call(),
            "DELETE" => self.agent.delete(url).call(),
            _ => self.agent.post(url).send_json(body),
        }
        .unwrap();
        (response.status().as_u16(), response.body_mut().read_json().unwrap())
    }
}

/// The numbers of records, in ascending order.
pub fn numbers(found: &Found) -> Vec<String> {
    sorted(found.records.iter().map(|record| record["stockout_no"].as_str().unwrap().to_owned()))
}

/// The same of what the simulator holds.
pub fn held(platform: &Running, which: impl Fn(&Stockout) -> bool) -> Vec<String> {
    sorted(platform.stockouts().into_iter().filter(which).map(|stockout| stockout.stockout_no))
}

fn sorted(numbers: impl Iterator<Item = String>) -> Vec<String> {
    let mut numbers: Vec<String> = numbers.collect();
    numbers.sort();
    numbers
}

/// Unix seconds of a wall clock in China.
pub fn unix(time: chrono::NaiveDateTime) -> i64 {
    time.and_utc().timestamp() - 8 * 3600
}
