//! A plain HTTP client with a session, and what the tests send with it.

use std::time::Duration;

use ferry_simulators::galaxy::{Config, Galaxy, Generate, Material, Op, Running};
use serde_json::{Value, json};
use ureq::Agent;

pub const FORM_SERVICE: &str = "Kingdee.BOS.WebApi.ServicesStub.DynamicFormService";
pub const QUERY: &[Op] = &[Op::ExecuteBillQuery];

/// A client with a session.
pub struct Client {
    pub galaxy: Running,
    pub agent: Agent,
    pub session: String,
}

/// Status, body, and the `Date` header of an answer.
pub struct Got {
    pub status: u16,
    pub body: Vec<u8>,
    pub date: String,
    pub location: Option<String>,
}

impl Client {
    pub fn new(rows: usize) -> Self {
        let materials = (rows > 0).then(|| Generate { rows, ..Generate::default() });
        let galaxy = Galaxy::start(Config { materials, ..Config::default() }).unwrap();
        let config = Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let config = config.max_redirects_will_error(false).timeout_global(Some(Duration::from_secs(20)));
        let agent = config.build().new_agent();
        let mut client = Self { galaxy, agent, session: String::new() };
        client.login();
        client.galaxy.clear_log();
        client
    }

    pub fn login(&mut self) -> Value {
        let account = self.galaxy.credentials();
        let body =
            json!({"parameters": [account.acct_id, account.user, account.app_id, account.app_secret, 2052]});
        let url = format!(
            "{}Kingdee.BOS.WebApi.ServicesStub.AuthService.LoginByAppSecret.common.kdsvc",
            self.galaxy.url()
        );
        let answer = self.agent.post(url).send_json(body).unwrap().body_mut().read_json::<Value>().unwrap();
        self.session = answer["KDSVCSessionId"].as_str().unwrap_or_default().to_owned();
        answer
    }

    pub fn send(&self, op: &str, body: &Value) -> Result<Got, ureq::Error> {
        let url = format!("{}{FORM_SERVICE}.{op}.common.kdsvc", self.galaxy.url());
        let cookie = format!("kdservice-sessionid={}", self.session);
        let mut response = self.agent.post(url).header("Cookie", cookie).send_json(body)?;
        let header = |name: &str| response.headers().get(name).map(|v| v.to_str().unwrap().to_owned());
        let (date, location) = (header("date").unwrap(), header("location"));
        let status = response.status().as_u16();
        Ok(Got { status, body: response.body_mut().read_to_vec()?, date, location })
    }

    pub fn call(&self, op: &str, form: &str, data: Value) -> Value {
        let got = self.send(op, &json!({"formid": form, "data": data})).unwrap();
        serde_json::from_slice(&got.body)
            .unwrap_or_else(|e| panic!("{op}: {e}: {}", String::from_utf8_lossy(&got.body)))
    }

    pub fn query(&self, more: Value) -> Value {
        let got = self.send("ExecuteBillQuery", &page(more)).unwrap();
        serde_json::from_slice(&got.body).unwrap()
    }

    pub fn ids(&self, more: Value) -> Vec<i64> {
        self.query(more).as_array().unwrap().iter().map(|row| row[0].as_i64().unwrap()).collect()
    }

    pub fn control(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let url = format!("http://{}{path}", self.galaxy.control_address());
        let mut response = match method {
            "GET" => self.agent.get(url).call(),
            "DELETE" => self.agent.delete(url).call(),
            _ => self.agent.post(url).send_json(body),
        }
        .unwrap();
        (response.status().as_u16(), response.body_mut().read_json().unwrap())
    }
}

pub fn page(more: Value) -> Value {
    let mut data = json!({"FormId": "BD_MATERIAL", "FieldKeys": "FMATERIALID", "OrderString": "FMATERIALID ASC", "Limit": 10});
    for (key, value) in more.as_object().unwrap() {
        data[key] = value.clone();
    }
    json!({"data": data})
}

pub fn code(answer: &Value) -> &Value {
    let error = if answer.is_array() { &answer[0][0] } else { answer };
    &error["Result"]["ResponseStatus"]["MsgCode"]
}

pub fn delivery(number: &str) -> Value {
    json!({
        "FBillNo": number, "FBillTypeID": {"FNUMBER": "QTCKD01_SYS"}, "FStockOrgId": {"FNumber": "100"},
        "FPickOrgId": {"FNumber": "100"}, "FStockDirect": "GENERAL", "FDate": "2024-01-01", "FDeptId": {"FNumber": "BM000032"},
        "FOwnerTypeIdHead": "BD_OwnerOrg", "FBaseCurrId": {"FNumber": "PRE001"},
        "FEntity": [entry("1"), entry("2.50")],
    })
}

pub fn entry(quantity: &str) -> Value {
    json!({"FMaterialId": {"FNumber": "M-1"}, "FUnitID": {"FNumber": "Pcs"}, "FQty": quantity, "FStockId": {"FNumber": "CK001"}})
}

pub fn with_material() -> Client {
    let client = Client::new(0);
    client.galaxy.add(vec![Material { number: "M-1".into(), name: "螺栓".into(), ..Material::default() }]);
    client
}

pub fn status(answer: &Value) -> &Value {
    &answer["Result"]["ResponseStatus"]
}
