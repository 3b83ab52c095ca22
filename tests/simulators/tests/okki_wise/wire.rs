//! HTTP, and accounts of both systems.

use std::time::Duration;

use ferry_platforms::{Class, Error, okki, wise};
use ferry_simulators::okki::{Generate, Okki};
use ferry_simulators::wise::Wise;
use http::{Request, Response};
use serde_json::{Value, json};
use ureq::Agent;

/// Sends a request as it is; redirects are not followed.
pub fn send(request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, ureq::Error> {
    let config = Agent::config_builder().http_status_as_error(false).max_redirects(0);
    let config = config.max_redirects_will_error(false).timeout_global(Some(Duration::from_secs(20)));
    let agent = config.build().new_agent();
    let (parts, body) = request.into_parts();
    let response = if parts.method == "GET" {
        assert!(body.is_empty(), "a GET has no body");
        agent.run(Request::from_parts(parts, ()))?
    } else {
        agent.run(Request::from_parts(parts, body))?
    };
    let (parts, mut body) = response.into_parts();
    Ok(Response::from_parts(parts, body.read_to_vec()?))
}

/// The answer to a request that must have one.
pub fn answer(request: Request<Vec<u8>>) -> Response<Vec<u8>> {
    send(request).expect("an answer")
}

/// What an error is.
pub fn kind<T: std::fmt::Debug>(result: Result<T, Error>) -> (Class, &'static str) {
    let error = result.expect_err("a refusal");
    (error.class, error.code)
}

/// OKKI with generated orders, and Ferry's account for it.
pub struct AtOkki {
    pub simulator: ferry_simulators::okki::Running,
    pub account: okki::Account,
}

impl AtOkki {
    pub fn new(rows: usize) -> Self {
        Self::with_scope(rows, "invoices company")
    }

    pub fn with_scope(rows: usize, scope: &str) -> Self {
        let simulator = Okki::start(ferry_simulators::okki::Config::default()).unwrap();
        if rows > 0 {
            simulator.generate(&Generate { rows, ..Generate::default() });
        }
        let credentials = simulator.credentials();
        let account = Self::account(&simulator, &credentials.client_secret, scope);
        Self { simulator, account }
    }

    pub fn account(simulator: &ferry_simulators::okki::Running, secret: &str, scope: &str) -> okki::Account {
        let variable = |name: &str| match name {
            "okki_scheme" => "http".into(),
            "okki_host" => simulator.address().to_string(),
            "okki_client_id" => simulator.credentials().client_id,
            "okki_client_secret" => secret.to_owned(),
            _ => scope.to_owned(),
        };
        okki::Account::from_variables("okki", variable).unwrap()
    }

    /// The time by the simulator's clock, in Unix seconds.
    pub fn now(&self) -> i64 {
        self.simulator.now_ms() / 1000
    }

    pub fn token(&self) -> okki::Token {
        okki::read_token(&answer(okki::request_token(&self.account)), self.now()).unwrap()
    }

    pub fn list(&self, token: &okki::Token, list: &okki::OrderList) -> Result<okki::OrderPage, Error> {
        okki::read_order_list(&answer(okki::order_list(&self.account, token, list)))
    }

    pub fn info(&self, token: &okki::Token, order: &okki::OrderRef) -> Result<Value, Error> {
        okki::read_order_info(&answer(okki::order_info(&self.account, token, order)))
    }

    /// A page of everything.
    pub fn page(&self, start_index: u32, count: u32) -> okki::OrderList {
        let [start_time, end_time] = okki::days(self.now() - 400 * 86_400, self.now());
        okki::OrderList {
            start_time,
            end_time,
            time_type: okki::TimeType::Updated,
            start_index,
            count,
            more: vec![],
        }
    }
}

/// K3 WISE, and Ferry's account for it.
pub struct AtWise {
    pub simulator: ferry_simulators::wise::Running,
    pub account: wise::Account,
}

impl AtWise {
    pub fn new() -> Self {
        let simulator = Wise::start(ferry_simulators::wise::Config::default()).unwrap();
        let account = Self::account(&simulator, &simulator.authority_code());
        Self { simulator, account }
    }

    pub fn account(simulator: &ferry_simulators::wise::Running, code: &str) -> wise::Account {
        let variable = |name: &str| match name {
            "wise_scheme" => "http".into(),
            "wise_host" => simulator.address().to_string(),
            "wise_path" => "/K3API/".to_owned(),
            _ => code.to_owned(),
        };
        wise::Account::from_variables("wise", variable).unwrap()
    }

    pub fn now(&self) -> i64 {
        self.simulator.now_ms() / 1000
    }

    pub fn token(&self) -> wise::Token {
        wise::read_token(&answer(wise::request_token(&self.account)), self.now()).unwrap()
    }

    pub fn save(&self, token: &wise::Token, document: &Value) -> Result<String, Error> {
        wise::read_save(&answer(wise::save(&self.account, token, wise::SALES_ORDER, document)))
    }

    pub fn find(&self, token: &wise::Token, by: wise::By, numbers: &[&str]) -> Result<wise::List, Error> {
        wise::read_list(&answer(wise::find_orders(&self.account, token, wise::SALES_ORDER, by, numbers)))
    }

    /// The numbers of the bills that carry the source's number.
    pub fn bills(&self, token: &wise::Token, source: &str) -> Vec<String> {
        let list = self.find(token, wise::By::PoOrdBillNo, &[source]).unwrap();
        assert!(list.is_whole(wise::LARGEST_PAGE));
        list.orders().into_iter().map(|order| order.bill_no).collect()
    }
}

/// An order as Ferry would map it, with two lines, a decimal, a quote, Chinese text and no remark.
pub fn document(number: &str) -> Value {
    json!({
        "Page1": [{"FCancellation": "0", "Fdate": "2024-01-29", "FBillNo": number, "FPOOrdBillNo": number,
            "FCustID": {"FNumber": "C0001"}, "FDeptID": {"FNumber": "03.01"}, "FEmpID": {"FNumber": "0086"},
            "FCurrencyID": {"FNumber": "USD"}, "FExchangeRate": "7.25", "FExplanation": "O'Neil 订单", "FFetchAdd": null}],
        "Page2": [line("ITEM-0001", "2.5"), line("ITEM-0002", "10")],
    })
}

pub fn line(item: &str, quantity: &str) -> Value {
    json!({"FItemID": {"FNumber": item}, "FUnitID": {"FNumber": "PCS"}, "Fauxqty": quantity, "FAuxTaxPrice": "3.3333",
        "FDate1": "2024-02-28", "Fnote": "3/4' \"管\""})
}
