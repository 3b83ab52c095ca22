//! Ferry's requests and answers, and a real connection between them.

use std::cell::Cell;
use std::time::Duration;

use ferry_platforms::Error;
use ferry_platforms::jdy::{self, Account, Authorisation, CustomerQuery, Customers, Saved, Stamp, Token};
use ferry_simulators::jdy::{Config, Credentials, Generate, Jdy, Running};
use http::{Request, Response};
use serde_json::{Value, json};
use ureq::Agent;

pub struct Client {
    pub jdy: Running,
    pub account: Account,
    pub token: Token,
    nonce: Cell<u64>,
    agent: Agent,
}

/// Who the client says it is.
pub fn account(jdy: &Running, known: &Credentials, app_key: &str) -> Account {
    let variables = |name: &str| match name {
        "jdy_scheme" => "http".to_owned(),
        "jdy_host" => jdy.address().to_string(),
        "jdy_client_id" => known.client_id.clone(),
        "jdy_client_secret" => known.client_secret.clone(),
        "jdy_outer_instance_id" => known.outer_instance_id.clone(),
        "jdy_app_key" => app_key.to_owned(),
        _ => String::new(),
    };
    Account::from_variables("jdy", variables).unwrap()
}

impl Client {
    /// Inside, with a token, and so many customers.
    pub fn new(customers: usize) -> Client {
        let customers = (customers > 0).then(|| Generate { customers, ..Generate::default() });
        Client::with(Config { customers, ..Config::default() })
    }

    pub fn with(config: Config) -> Client {
        let jdy = Jdy::start(config).unwrap();
        let app_key = "bVZgAZOv1";
        let account = account(&jdy, &jdy.credentials(), app_key);
        let config = Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let config = config.max_redirects_will_error(false).timeout_global(Some(Duration::from_secs(20)));
        let token = Token { app_token: "none".into(), domain: "https://tf.jdy.com".into(), expires_ms: 0 };
        let agent = config.build().new_agent();
        let mut client = Client { jdy, account, token, nonce: Cell::new(1), agent };
        client.enter();
        client
    }

    /// `None` where the connection broke.
    pub fn send(&self, request: Request<Vec<u8>>) -> Option<Response<Vec<u8>>> {
        let (head, mut body) = self.agent.run(request).ok()?.into_parts();
        Some(Response::from_parts(head, body.read_to_vec().ok()?))
    }

    pub fn stamp(&self) -> Stamp {
        self.nonce.set(self.nonce.get() + 1);
        Stamp { unix_ms: self.jdy.now_ms(), nonce: self.nonce.get() }
    }

    pub fn authorise(&self) -> Result<Authorisation, Error> {
        let response = self.send(jdy::authorise(&self.account, self.stamp())).unwrap();
        jdy::read_authorisation(&self.account, &response)
    }

    pub fn ask_token(&self, authorisation: &Authorisation) -> Result<Token, Error> {
        let stamp = self.stamp();
        let response = self.send(jdy::app_token(&self.account, authorisation, stamp)).unwrap();
        jdy::read_app_token(&response, authorisation, stamp.unix_ms)
    }

    /// Both steps.
    pub fn enter(&mut self) {
        self.token = self.ask_token(&self.authorise().unwrap()).unwrap();
    }

    /// `None` where the connection broke: the save is in doubt.
    pub fn try_save(&self, customer: &Value) -> Option<Result<Saved, Error>> {
        let request = jdy::save_customer(&self.account, &self.token, self.stamp(), customer);
        self.send(request).map(|response| jdy::read_saved(&response))
    }

    pub fn save(&self, customer: &Value) -> Result<Saved, Error> {
        self.try_save(customer).unwrap()
    }

    pub fn find(&self, number: &str) -> Result<Option<Value>, Error> {
        let request = jdy::find_customer(&self.account, &self.token, self.stamp(), number);
        jdy::read_customer(&self.send(request).unwrap(), number)
    }

    pub fn list(&self, query: &CustomerQuery) -> Result<Customers, Error> {
        let request = jdy::list_customers(&self.account, &self.token, self.stamp(), query);
        jdy::read_customers(&self.send(request).unwrap())
    }
}

pub fn page(page: u32, page_size: u32) -> CustomerQuery {
    CustomerQuery { page, page_size, search: None, modified_ms: None, enabled: None }
}

pub fn shop(number: &str) -> Value {
    json!({"number": number, "name": format!("天猫 O'Brien \"A\" {number}")})
}

pub fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.unwrap_err().code
}
