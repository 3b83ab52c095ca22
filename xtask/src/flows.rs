//! The flows that can be shown: between which systems, since when there are records, and how one counts, without
//! asking the app, what should have arrived and what did.

use crate::erp::Erp;
use crate::simulator::{Company, Simulators, System};
use crate::stage::{DATABASE, Stage, TABLE};
use crate::{Result, root};
use anyhow::{Context, bail};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use std::time::SystemTime;

/// A flow.
#[derive(Debug, PartialEq, Eq)]
pub struct Flow {
    /// Its name: the folder in `functions`.
    pub name: &'static str,
    /// What it carries, English and Chinese.
    pub about: &'static str,
    /// The system that it reads from.
    pub from: System,
    /// The system that it writes to; `None` is MySQL.
    pub to: Option<System>,
    /// Where it begins. The simulated records are later.
    pub begin: Begin,
}

/// Where a flow without state begins.
#[derive(Debug, PartialEq, Eq)]
pub enum Begin {
    /// At this time, Shanghai time.
    At(&'static str),
    /// So many days ago: a source with narrow windows and a quota takes its time for years.
    DaysAgo(i64),
    /// Nowhere: its source is read whole each time.
    Whole,
}

/// All of them; the first one is shown in detail.
pub const FLOWS: [Flow; 5] = [
    Flow {
        name: "galaxy-materials-to-mysql",
        about: "materials 物料",
        from: System::Galaxy,
        to: None,
        begin: Begin::At("2020-01-01 00:00:00"),
    },
    Flow {
        name: "jushuitan-returns-to-galaxy",
        about: "customers' returns 线下退货",
        from: System::Jushuitan,
        to: Some(System::Galaxy),
        begin: Begin::DaysAgo(31),
    },
    Flow {
        name: "wangdiantong-stockouts-to-galaxy",
        about: "production stock-outs 生产出库",
        from: System::Wangdiantong,
        to: Some(System::Galaxy),
        begin: Begin::DaysAgo(8),
    },
    Flow {
        name: "okki-orders-to-wise",
        about: "sales orders 销售订单",
        from: System::Okki,
        to: Some(System::Wise),
        begin: Begin::DaysAgo(91),
    },
    Flow {
        name: "jushuitan-shops-to-jdy",
        about: "shops as customers 店铺→客户",
        from: System::Jushuitan,
        to: Some(System::Jdy),
        begin: Begin::Whole,
    },
];

/// Rows to look at: the names of the columns, and some of the rows.
pub type Shown = (Vec<&'static str>, Vec<Vec<String>>);

impl Flow {
    /// One by name.
    ///
    /// # Errors
    /// When there is none; the names of those that are.
    pub fn find(name: &str) -> Result<&'static Flow> {
        let names: Vec<&str> = FLOWS.iter().map(|flow| flow.name).collect();
        FLOWS
            .iter()
            .find(|flow| flow.name == name)
            .with_context(|| format!("There is no flow {name:?}, but 没有此流程，可选: {}", names.join(", ")))
    }

    /// Those of this source tree.
    pub fn present() -> Vec<&'static Flow> {
        let folder = |flow: &&Flow| root().join("functions").join(flow.name).join("flow.json").is_file();
        FLOWS.iter().filter(folder).collect()
    }

    /// The variable that says when it begins, with its value, Shanghai time.
    pub fn start(&self) -> Option<(String, String)> {
        let there = DateTime::<Utc>::from(SystemTime::now()) + TimeDelta::hours(8);
        let begin = match self.begin {
            Begin::At(time) => time.to_owned(),
            Begin::DaysAgo(days) => (there - TimeDelta::days(days)).format("%Y-%m-%d 00:00:00").to_string(),
            Begin::Whole => return None,
        };
        Some((format!("{}_start", self.name.replace('-', "_")), begin))
    }

    /// `金蝶云星空 → MySQL`.
    pub fn way(&self) -> String {
        format!("{} → {}", self.from.title(), self.to.map_or("MySQL", System::title))
    }

    /// How many records should have arrived; with `until` (Shanghai time), of those modified by then.
    ///
    /// # Errors
    /// When the simulator does not answer.
    pub fn due(&self, stage: &Stage, until: Option<&str>) -> Result<u64> {
        if self.to.is_none() {
            return Erp::log_in(&stage.simulators)?.count(until);
        }
        let by_then = |record: &&Value| match (until, self.modified(record)) {
            (Some(until), Some(modified)) => modified.as_str() <= until,
            _ => true,
        };
        Ok(self.records(&stage.simulators)?.iter().filter(by_then).count() as u64)
    }

    /// A record's time of modification as `2026-11-20 10:00:00`; `None` where the source is read whole.
    fn modified(&self, record: &Value) -> Option<String> {
        if self.begin == Begin::Whole {
            return None;
        }
        let field = if self.from == System::Okki { "update_time" } else { "modified" };
        Some(record[field].as_str()?.replace('T', " "))
    }

    /// All that the source holds and the flow should carry, as the source's control API lists it.
    fn records(&self, simulators: &Simulators) -> Result<Vec<Value>> {
        let list = |path: &str| simulators.list(self.from, path);
        Ok(match self.name {
            "jushuitan-returns-to-galaxy" => {
                let mut records = list("/records")?;
                records.retain(|record| record["type"] == "其它退货" && record["status"] == "Confirmed");
                records
            }
            "wangdiantong-stockouts-to-galaxy" => {
                let path = "/stockouts?limit=1000000";
                let mut answer = simulators.get(self.from, path)?;
                let Value::Array(mut records) = answer["stockouts"].take() else {
                    bail!("the simulator's answer to {path} has no list")
                };
                records.retain(|record| record["status"] == 110);
                records
            }
            "okki-orders-to-wise" => list("/orders")?,
            "jushuitan-shops-to-jdy" => list("/shops")?,
            other => bail!("{other} has no list of records"),
        })
    }

    /// What the target's control API calls the flow's documents: its path there. Empty for MySQL.
    pub fn path(&self) -> &'static str {
        match self.name {
            "jushuitan-returns-to-galaxy" => "/bills/SAL_RETURNSTOCK",
            "wangdiantong-stockouts-to-galaxy" => "/bills/STK_MisDelivery",
            "okki-orders-to-wise" => "/orders",
            "jushuitan-shops-to-jdy" => "/customers",
            _ => "",
        }
    }

    /// What has arrived, as the target's control API lists it. Of Galaxy's bills, those that are audited.
    fn documents(&self, simulators: &Simulators) -> Result<Vec<Value>> {
        let Some(target) = self.to else { bail!("{} has no list of documents", self.name) };
        let mut documents = simulators.list(target, self.path())?;
        documents.retain(|document| target != System::Galaxy || document["FDocumentStatus"] == "C");
        Ok(documents)
    }

    /// How many records have arrived.
    ///
    /// # Errors
    /// When the target does not answer.
    pub fn landed(&self, stage: &Stage) -> Result<u64> {
        match self.to {
            None => stage.landed(),
            Some(_) => Ok(self.documents(&stage.simulators)?.len() as u64),
        }
    }

    /// The first of what has arrived, at most so many.
    ///
    /// # Errors
    /// When the target does not answer.
    pub fn shown(&self, stage: &Stage, rows: usize) -> Result<Shown> {
        if self.to.is_none() {
            let columns = vec!["data_id", "number", "name", "specification_model", "unit", "modified_at"];
            let select = format!(
                "SELECT {} FROM {TABLE} ORDER BY modified_at DESC, data_id LIMIT {rows};",
                columns.join(", ")
            );
            let rows = stage.database.query(DATABASE, &select)?;
            return Ok((columns, rows));
        }
        let documents = self.documents(&stage.simulators)?;
        let documents = documents.iter().take(rows);
        Ok(match self.name {
            "jushuitan-returns-to-galaxy" => (
                vec!["FBillNo", "status 状态", "FDate", "FSaleOrgId", "FRetcustId", "FEntity"],
                documents.map(returned).collect(),
            ),
            "wangdiantong-stockouts-to-galaxy" => (
                vec!["FBillNo", "status 状态", "FDate", "FDeptId", "FNote", "FEntity"],
                documents.map(delivered).collect(),
            ),
            "okki-orders-to-wise" => (
                vec!["FBillNo", "FPOOrdBillNo", "FCustID", "FCurrencyID", "FExchangeRate", "Page2"],
                documents.map(ordered).collect(),
            ),
            _ => (
                vec!["number", "name", "remark"],
                documents
                    .map(|customer| {
                        let remark = text(&customer["fields"]["remark"]);
                        vec![text(&customer["number"]), text(&customer["name"]), remark]
                    })
                    .collect(),
            ),
        })
    }

    /// A record of the source as the flow reads it.
    ///
    /// # Errors
    /// When the source does not answer, or has none.
    pub fn record(&self, stage: &Stage) -> Result<Value> {
        if self.to.is_none() {
            return Erp::log_in(&stage.simulators)?.first();
        }
        let records = self.records(&stage.simulators)?;
        let Some(record) = records.into_iter().next() else { bail!("{} has no record", self.from.title()) };
        Ok(if self.from == System::Wangdiantong { as_answered(record) } else { record })
    }

    /// What its source has in a company of the demo's size. `rows` is the number of materials.
    pub fn fill(&self, company: &mut Company, rows: u64) {
        for system in std::iter::once(self.from).chain(self.to) {
            if !company.systems.contains(&system) {
                company.systems.push(system);
            }
        }
        match self.name {
            "galaxy-materials-to-mysql" => company.materials = rows,
            "jushuitan-returns-to-galaxy" => company.returns = 300,
            "wangdiantong-stockouts-to-galaxy" => company.stockouts = 150,
            "okki-orders-to-wise" => company.orders = 60,
            _ => company.shops = 30,
        }
    }
}

/// A stock-out of the control API as 旺店通's own API has it: the lines under their name there, and a blank in times.
fn as_answered(mut record: Value) -> Value {
    let details = record["details"].take();
    for time in ["created", "consign_time", "modified"] {
        if let Some(text) = record[time].as_str() {
            record[time] = text.replace('T', " ").into();
        }
    }
    if let Some(fields) = record.as_object_mut() {
        fields.remove("details");
        fields.insert("detail_list".to_owned(), details);
    }
    record
}

fn returned(bill: &Value) -> Vec<String> {
    let lines = list(&bill["FEntity"], |line| {
        format!("{} × {}", text(&line["FMaterialId"]["FNumber"]), line["FRealQty"])
    });
    vec![
        text(&bill["FBillNo"]),
        text(&bill["FDocumentStatus"]),
        text(&bill["FDate"]),
        text(&bill["FSaleOrgId"]["FNumber"]),
        text(&bill["FRetcustId"]["FNumber"]),
        lines,
    ]
}

fn delivered(bill: &Value) -> Vec<String> {
    let lines = list(&bill["FEntity"], |line| {
        format!("{} × {}", text(&line["FMaterialId"]["FNumber"]), line["FQty"])
    });
    vec![
        text(&bill["FBillNo"]),
        text(&bill["FDocumentStatus"]),
        text(&bill["FDate"]),
        text(&bill["FDeptId"]["FNumber"]),
        text(&bill["FNote"]),
        lines,
    ]
}

fn ordered(order: &Value) -> Vec<String> {
    let head = &order["page1"];
    let lines = list(&order["page2"], |line| {
        format!(
            "{} × {} à {}",
            text(&line["FItemID"]["FNumber"]),
            text(&line["Fauxqty"]),
            text(&line["FAuxTaxPrice"])
        )
    });
    vec![
        text(&order["bill_no"]),
        text(&head["FPOOrdBillNo"]),
        text(&head["FCustID"]["FName"]),
        text(&head["FCurrencyID"]["FNumber"]),
        text(&head["FExchangeRate"]),
        lines,
    ]
}

/// The lines of a document, the first two in words.
fn list(lines: &Value, word: impl Fn(&Value) -> String) -> String {
    let lines = lines.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut words: Vec<String> = lines.iter().take(2).map(word).collect();
    if lines.len() > 2 {
        words.push(format!("… +{}", lines.len() - 2));
    }
    words.join("\n")
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_flow_begins_so_many_days_ago() {
        let (name, time) = FLOWS[1].start().unwrap();
        assert_eq!(name, "jushuitan_returns_to_galaxy_start");
        assert!(time.ends_with(" 00:00:00") && time.starts_with("20"), "{time}");
        assert_eq!(FLOWS[4].start(), None, "a full list has no begin");
    }

    #[test]
    fn a_document_of_many_lines_takes_three() {
        let lines = json!([{"n": 1}, {"n": 2}, {"n": 3}, {"n": 4}]);
        assert_eq!(list(&lines, |line| line["n"].to_string()), "1\n2\n… +2");
    }

    #[test]
    fn a_name_that_is_none_is_answered_with_those_that_are() {
        let error = Flow::find("jushuitan-shop-to-jdy").unwrap_err().to_string();
        assert!(error.contains("jushuitan-shops-to-jdy"), "{error}");
    }
}
