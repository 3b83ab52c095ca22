//! A second opinion: asks the ERP itself, by its public web API and not through the app, what the flow
//! should have carried.

use crate::simulator::{Simulators, System, credentials};
use crate::{Result, root};
use anyhow::{Context, bail};
use serde_json::{Map, Value, json};

/// What the flow file's filter demands of a material, besides the dates.
const CARRIED: &str = "FUseOrgId.fnumber='T00' and FDocumentStatus='C' and FForbidStatus='A'";

/// The most rows that one query may ask for (`vendors/kingdee.md` 1.8).
const PAGE: usize = 2000;

/// A session with the ERP.
#[derive(Debug)]
pub struct Erp {
    base: String,
    session: String,
    agent: ureq::Agent,
}

impl Erp {
    /// Logs in with the application's secret (`vendors/kingdee.md` 1.5).
    ///
    /// # Errors
    /// When the ERP does not answer or refuses.
    pub fn log_in(simulators: &Simulators) -> Result<Erp> {
        use credentials::{ACCT_ID, APP_ID, APP_SECRET, USER};
        let mut erp = Erp {
            base: format!(
                "http://{}/k3cloud/Kingdee.BOS.WebApi.ServicesStub.",
                simulators.address(System::Galaxy)
            ),
            session: String::new(),
            agent: crate::app::agent(),
        };
        let parameters = json!({"parameters": [ACCT_ID, USER, APP_ID, APP_SECRET, 2052]});
        let answer = erp.call("AuthService.LoginByAppSecret", &parameters)?;
        match answer["KDSVCSessionId"].as_str() {
            Some(session) if answer["LoginResultType"] == 1 => session.clone_into(&mut erp.session),
            _ => bail!("The ERP refuses the log-in: {}", answer["Message"]),
        }
        Ok(erp)
    }

    /// How many materials the flow should have carried; with `until` (Shanghai time), by then.
    ///
    /// # Errors
    /// When a query fails.
    pub fn count(&self, until: Option<&str>) -> Result<u64> {
        let dated = match until {
            Some(time) => format!(" and (FModifyDate<='{time}' or FApproveDate<='{time}')"),
            None => String::new(),
        };
        let (mut count, mut last) = (0, 0);
        loop {
            let filter = format!("{CARRIED}{dated} and FMATERIALID>{last}");
            let rows = self.query("FMATERIALID", &filter, PAGE)?;
            count += rows.len() as u64;
            match rows.last() {
                Some(row) if rows.len() == PAGE => {
                    last = row[0].as_i64().context("FMATERIALID is no number")?;
                }
                _ => return Ok(count),
            }
        }
    }

    /// The first material that the flow carries, as the flow reads it: its fields by the names that the
    /// flow file gives them.
    ///
    /// # Errors
    /// When the query fails, or there is none.
    pub fn first(&self) -> Result<Value> {
        let file = root().join("functions/galaxy-materials-to-mysql/flow.json");
        let text = std::fs::read_to_string(&file).with_context(|| format!("reading {file:?}"))?;
        let flow: Value = serde_json::from_str(&text).with_context(|| format!("reading {file:?}"))?;
        let fields = flow["source"]["request"].as_array();
        let fields: Vec<(&str, &str)> = fields
            .with_context(|| format!("{file:?} has no source.request"))?
            .iter()
            .filter_map(|field| Some((field["field"].as_str()?, field["value"].as_str()?)))
            .collect();
        let keys: Vec<&str> = fields.iter().map(|(_, key)| *key).collect();
        let mut rows = self.query(&keys.join(","), CARRIED, 1)?;
        if rows.is_empty() {
            bail!("The ERP holds no material that the flow carries; use more --rows.");
        }
        let record: Map<String, Value> =
            fields.iter().zip(rows.remove(0)).map(|((name, _), cell)| ((*name).to_owned(), cell)).collect();
        Ok(record.into())
    }

    fn query(&self, fields: &str, filter: &str, limit: usize) -> Result<Vec<Vec<Value>>> {
        let data = json!({
            "FormId": "BD_MATERIAL", "FieldKeys": fields, "FilterString": filter,
            "OrderString": "FMATERIALID ASC", "StartRow": 0, "Limit": limit, "TopRowCount": 0,
        });
        let answer = self.call("DynamicFormService.ExecuteBillQuery", &json!({ "data": data }))?;
        match serde_json::from_value::<Vec<Vec<Value>>>(answer.clone()) {
            // [[{"Result": …}]] is how this call reports an error (`vendors/kingdee.md` 1.7).
            Ok(rows) if !rows.iter().flatten().any(Value::is_object) => Ok(rows),
            _ => bail!("The ERP answers the query {filter:?} with {answer}"),
        }
    }

    fn call(&self, service: &str, body: &Value) -> Result<Value> {
        let mut request = self.agent.post(format!("{}{service}.common.kdsvc", self.base));
        if !self.session.is_empty() {
            request = request.header("kdservice-sessionid", &self.session);
        }
        let mut answer = request.send_json(body).with_context(|| format!("calling {service} of the ERP"))?;
        let text = answer.body_mut().with_config().limit(1 << 26).read_to_string()?;
        serde_json::from_str(&text)
            .with_context(|| format!("{service} of the ERP answered {}: {text}", answer.status()))
    }
}
