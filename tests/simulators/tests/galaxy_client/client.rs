//! Ferry's requests and answers, and a real connection between them.

use std::time::Duration;

use ferry_platforms::Error;
use ferry_platforms::galaxy::{
    self, Account, Bill, Operation, OperationOutcome, RowOutcome, SaveOptions, Session,
};
use ferry_simulators::galaxy::{Config, Galaxy, Material, Running};
use http::{Request, Response};
use serde_json::{Value, json};
use ureq::Agent;

pub const FORM: &str = "SAL_RETURNSTOCK";

/// A simulator with the material `M-1`, and an account of it.
pub struct Client {
    pub galaxy: Running,
    pub account: Account,
    pub session: Option<Session>,
    agent: Agent,
}

impl Client {
    /// With signed headers.
    pub fn signed() -> Client {
        Client::new("signed")
    }

    /// With a session.
    pub fn logged_in() -> Client {
        let mut client = Client::new("session");
        client.log_in();
        client
    }

    fn new(auth: &str) -> Client {
        let galaxy = Galaxy::start(Config::default()).unwrap();
        galaxy.add(vec![
            Material { number: "M-1".into(), name: "螺栓 7/8' \"A\"".into(), ..Material::default() },
            Material { number: "M-2".into(), forbid_status: 'B', ..Material::default() },
        ]);
        let known = galaxy.credentials();
        let variables = |name: &str| match name {
            "erp_scheme" => "http".to_owned(),
            "erp_host" => galaxy.address().to_string(),
            "erp_path" => "/k3cloud/".to_owned(),
            "erp_auth" => auth.to_owned(),
            "erp_acct_id" => known.acct_id.clone(),
            "erp_user" => known.user.clone(),
            "erp_app_id" => known.app_id.clone(),
            "erp_app_secret" => known.app_secret.clone(),
            "erp_lcid" => "2052".to_owned(),
            "erp_org" => "100".to_owned(),
            _ => String::new(),
        };
        let account = Account::from_variables("erp", variables).unwrap();
        let config = Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let config = config.max_redirects_will_error(false).timeout_global(Some(Duration::from_secs(20)));
        Client { galaxy, account, session: None, agent: config.build().new_agent() }
    }

    pub fn log_in(&mut self) {
        let response = self.send(galaxy::login_by_app_secret(&self.account)).unwrap();
        self.session = Some(galaxy::read_login(&response).unwrap());
    }

    /// `None` where the connection broke.
    pub fn send(&self, request: Request<Vec<u8>>) -> Option<Response<Vec<u8>>> {
        let (head, mut body) = self.agent.run(request).ok()?.into_parts();
        Some(Response::from_parts(head, body.read_to_vec().ok()?))
    }

    pub fn now(&self) -> i64 {
        self.galaxy.now_ms() / 1000
    }

    /// `None` where the connection broke: the batch is in doubt.
    pub fn save(&self, options: &SaveOptions, models: &[Value]) -> Option<Result<Vec<RowOutcome>, Error>> {
        let request =
            galaxy::batch_save(&self.account, self.session.as_ref(), self.now(), FORM, options, models);
        let numbers: Vec<&str> = models.iter().map(|model| model["FBillNo"].as_str().unwrap()).collect();
        self.send(request).map(|response| galaxy::read_batch_save(&response, &numbers))
    }

    pub fn find(&self, numbers: &[&str]) -> Vec<Bill> {
        let query = galaxy::find_bills(FORM, numbers);
        let request = galaxy::execute_bill_query(&self.account, self.session.as_ref(), self.now(), &query);
        galaxy::read_bills(&self.send(request).unwrap()).unwrap()
    }

    pub fn operate(&self, operation: Operation, numbers: &[&str]) -> Result<Vec<OperationOutcome>, Error> {
        let request =
            galaxy::operate(&self.account, self.session.as_ref(), self.now(), operation, FORM, numbers);
        galaxy::read_operation(&self.send(request).unwrap(), operation, numbers)
    }

    pub fn stored(&self) -> Vec<Value> {
        self.galaxy.bills(FORM).unwrap()
    }
}

/// A 销售退货单 with all that section 1.9 requires.
pub fn bill(number: &str) -> Value {
    json!({
        "FBillTypeID": {"FNUMBER": "XSTHD01_SYS"}, "FBillNo": number, "FDate": "2026-11-01 10:11:12",
        "FSaleOrgId": {"FNumber": "100"}, "FStockOrgId": {"FNumber": "100"}, "FRetcustId": {"FNumber": "CUST0001"},
        "FHeadNote": "张三说：“5' 管”", "SubHeadEntity": {"FSettleCurrId": {"FNumber": "PRE001"}},
        "FEntity": [entry("M-1", "2"), entry("M-1", "0.125")],
    })
}

pub fn entry(material: &str, quantity: &str) -> Value {
    json!({
        "FMaterialId": {"FNumber": material}, "FUnitID": {"FNumber": "Pcs"}, "FRealQty": quantity,
        "FStockId": {"FNumber": "CK001"}, "FReturnType": {"FNumber": "THLX01_SYS"},
        "FOwnerTypeId": "BD_OwnerOrg", "FOwnerId": {"FNumber": "100"},
    })
}

pub fn bills(numbers: &[&str]) -> Vec<Value> {
    numbers.iter().map(|number| bill(number)).collect()
}

/// Verified; submitted and audited.
pub fn audited() -> SaveOptions {
    SaveOptions { verify_base_data: true, submit_and_audit: true, ..SaveOptions::default() }
}

pub fn is_saved(outcome: &RowOutcome) -> bool {
    matches!(outcome, RowOutcome::Saved(_))
}

pub fn refusal(outcome: &RowOutcome) -> &'static str {
    match outcome {
        RowOutcome::Refused(error) => error.code,
        other => panic!("{other:?}"),
    }
}
