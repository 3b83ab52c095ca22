//! The base data and bills that records of other systems name: a company's Galaxy knows them before the records
//! come.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::materials::{Material, Reference};
use super::state::Simulated;
use crate::system::Held;

/// Records that shall be carried into Galaxy, as the control APIs of their systems list them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Records {
    /// 聚水潭's, of any type: their materials become base data, and each 其它退货 gets a return notice
    /// (`SAL_RETURNNOTICE`), whose number is its `so_id`.
    pub returns: Vec<Value>,
    /// 旺店通's: their materials become base data.
    pub stockouts: Vec<Value>,
}

/// What [`Running::fit`](super::Running::fit) added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fitted {
    /// Materials.
    pub materials: usize,
    /// Return notices.
    pub notices: usize,
}

/// Those who send goods back, in turn.
const CUSTOMERS: &[(&str, &str)] = &[
    ("CUST0001", "线下零售客户"),
    ("CUST0002", "天猫旗舰店"),
    ("CUST0003", "O'Neil & Sons GmbH"),
    ("CUST0004", "上海晨光\"国际\"贸易有限公司"),
    ("CUST0005", "深圳市龙岗区㐂福五金厂"),
];
/// Most returns are sold by the first organisation.
const SALE_ORGS: &[&str] = &["100", "100", "100", "T01"];

impl Held<Simulated> {
    /// Adds what the records name and is not there yet.
    pub(super) fn fit(&mut self, records: &Records) -> Result<Fitted, String> {
        for (number, name) in CUSTOMERS {
            if self.lacks_base("BD_Customer", number) {
                self.add_base("BD_Customer", number, name)?;
            }
        }
        let materials = self.fit_materials(records);
        let mut notices = 0;
        let mut known: HashSet<String> = HashSet::new();
        for notice in self.stored_bills("SAL_RETURNNOTICE")? {
            known.extend(notice["FBillNo"].as_str().map(str::to_owned));
        }
        for record in records.returns.iter().filter(|record| record["type"] == "其它退货") {
            let number = record["so_id"].as_str().unwrap_or_default();
            if !number.is_empty() && known.insert(number.to_owned()) {
                self.add_bill("SAL_RETURNNOTICE", &notice(number, record), 'C')?;
                notices += 1;
            }
        }
        Ok(Fitted { materials, notices })
    }

    fn lacks_base(&self, form: &str, number: &str) -> bool {
        super::forms::Form::find(form).is_none_or(|form| self.system.bills.by_number(form, number).is_none())
    }

    fn fit_materials(&mut self, records: &Records) -> usize {
        let materials = &mut self.system.materials;
        let mut known: HashSet<String> = materials.0.values().map(|m| m.number.clone()).collect();
        let of_returns = lines(&records.returns, "items").map(|line| (&line["sku_id"], &line["name"]));
        let of_stockouts =
            lines(&records.stockouts, "details").map(|line| (&line["spec_no"], &line["goods_name"]));
        let mut added = Vec::new();
        for (number, name) in of_returns.chain(of_stockouts) {
            let number = number.as_str().unwrap_or_default();
            if !number.is_empty() && known.insert(number.to_owned()) {
                let (number, name) = (number.to_owned(), name.as_str().unwrap_or_default().to_owned());
                let org = Reference::fixed(100_100, "100", "演示公司");
                added.push(Material {
                    number,
                    name,
                    use_org: org.clone(),
                    create_org: org,
                    ..Material::default()
                });
            }
        }
        let count = added.len();
        materials.add(added);
        count
    }
}

fn lines<'a>(records: &'a [Value], list: &'a str) -> impl Iterator<Item = &'a Value> {
    records.iter().filter_map(move |record| record[list].as_array()).flatten()
}

/// The return notice that a record refers to.
fn notice(number: &str, record: &Value) -> Value {
    let at = usize::try_from(record["io_id"].as_i64().unwrap_or(0)).unwrap_or(0);
    let rows: Vec<Value> = lines(std::slice::from_ref(record), "items")
        .map(|line| {
            json!({"FMaterialId": {"FNumber": line["sku_id"]}, "FUnitID": {"FNumber": "Pcs"}, "FQty": line["qty"]})
        })
        .collect();
    json!({
        "FBillNo": number, "FDate": record["created"],
        "FSaleOrgId": {"FNumber": SALE_ORGS[at % SALE_ORGS.len()]},
        "FRetcustId": {"FNumber": CUSTOMERS[at % CUSTOMERS.len()].0},
        "FSettleCurrId": {"FNumber": "PRE001"}, "FEntity": rows,
    })
}
