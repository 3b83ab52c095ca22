//! What is held, how it looks in a list and in a detail, how it changes (`vendors/sources.md` 3.3, 3.4, 7).

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Simulated;
use super::answer::{TIME, bad_parameter, failure, success};
use super::config::{DeletedDetail, NotFound};
use crate::system::{Answer, Call};

/// The fields of a row in a list; a detail has more (3.3).
const ROW: &[&str] = &[
    "order_id",
    "order_no",
    "account_date",
    "name",
    "exchange_rate",
    "exchange_rate_usd",
    "currency",
    "amount",
    "amount_rmb",
    "amount_usd",
    "addition_cost_amount",
    "product_total_amount",
    "product_total_count",
    "price_contract",
    "price_contract_remark",
    "receive_remittance_way",
    "receive_remittance_remark",
    "insurance_remark",
    "order_contract",
    "company_name",
    "company_phone",
    "company_fax",
    "company_address",
    "country",
    "opportunity_id",
    "shipment_deadline",
    "shipment_deadline_remark",
    "users",
    "company",
    "customer_name",
    "customer_phone",
    "customer_email",
    "customer_address",
    "transport_mode",
    "shipment_port",
    "target_port",
    "more_or_less",
    "package_remark",
    "marked",
    "create_user",
    "create_time",
    "update_user",
    "update_time",
    "archive_type",
    "remark",
    "source_type",
];

/// An order.
pub(super) struct Order {
    /// As a detail shows it.
    pub detail: Map<String, Value>,
    pub deleted: Option<NaiveDateTime>,
    /// `update_time`, read once: each page of a list looks at that of every order.
    pub updated: Option<NaiveDateTime>,
}

impl Order {
    fn new(detail: Map<String, Value>) -> Self {
        let mut order = Self { detail, deleted: None, updated: None };
        order.updated = order.read_time("update_time");
        order
    }

    /// A field that is a time or a date.
    pub fn time(&self, field: &str) -> Option<NaiveDateTime> {
        if field == "update_time" { self.updated } else { self.read_time(field) }
    }

    fn read_time(&self, field: &str) -> Option<NaiveDateTime> {
        NaiveDateTime::parse_from_str(self.detail.get(field)?.as_str()?, TIME).ok()
    }

    /// As a list shows it.
    pub fn row(&self, with_status: bool) -> Value {
        let status = with_status.then_some("status");
        let fields = ROW.iter().copied().chain(status);
        let mut row: Map<String, Value> =
            fields.filter_map(|name| Some((name.to_owned(), self.detail.get(name)?.clone()))).collect();
        if let Some(company) = row.get_mut("company").and_then(Value::as_object_mut) {
            company.retain(|name, _| matches!(name.as_str(), "company_id" | "name" | "serial_id"));
        }
        Value::Object(row)
    }
}

/// A change of the orders.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Adds orders in the shape of a detail, or replaces those with the same `order_id`. `create_time` and
    /// `update_time` are now where they are not given.
    Add {
        /// The details.
        orders: Vec<Value>,
    },
    /// Sets fields of these orders; none, where a workflow merely touched them.
    Modify {
        /// By `order_id`.
        ids: Vec<i64>,
        /// The fields.
        set: Map<String, Value>,
        /// Whether `update_time` becomes now: some operations of the system leave it (3.3).
        #[serde(default = "stamps")]
        stamp: bool,
    },
    /// Deletes these orders.
    Delete {
        /// By `order_id`.
        ids: Vec<i64>,
    },
}

fn stamps() -> bool {
    true
}

/// Orders and customers by id.
pub(super) struct Orders {
    orders: BTreeMap<i64, Order>,
    companies: Vec<Value>,
}

impl Orders {
    pub fn new(companies: Vec<Value>) -> Self {
        Self { orders: BTreeMap::new(), companies }
    }

    pub fn all(&self) -> impl Iterator<Item = &Order> {
        self.orders.values()
    }

    pub fn count(&self) -> usize {
        self.orders.len()
    }

    /// Adds orders, or replaces those with the same id; how many.
    pub fn extend(&mut self, details: Vec<Value>) -> usize {
        let mut added = 0;
        for detail in details {
            if let (Some(id), Value::Object(detail)) = (detail["order_id"].as_i64(), detail) {
                self.orders.insert(id, Order::new(detail));
                added += 1;
            }
        }
        added
    }

    pub fn details(&self) -> Vec<Value> {
        let there = self.orders.values().filter(|order| order.deleted.is_none());
        there.map(|order| Value::Object(order.detail.clone())).collect()
    }

    pub fn detail(&self, id: i64) -> Option<Value> {
        self.orders.get(&id).map(|order| Value::Object(order.detail.clone()))
    }

    /// Changes orders; how many were touched.
    pub fn change(&mut self, change: &Change, now: NaiveDateTime) -> usize {
        let now_text = now.format(TIME).to_string();
        match change {
            Change::Add { orders } => {
                let stamped = orders.iter().cloned().map(|mut detail| {
                    for field in ["create_time", "update_time"] {
                        if detail.is_object() && detail[field].is_null() {
                            detail[field] = now_text.as_str().into();
                        }
                    }
                    detail
                });
                self.extend(stamped.collect())
            }
            Change::Modify { ids, set, stamp } => self.each(ids, |order| {
                order.detail.extend(set.clone());
                if *stamp {
                    order.detail.insert("update_time".into(), now_text.as_str().into());
                }
            }),
            Change::Delete { ids } => self.each(ids, |order| order.deleted = Some(now)),
        }
    }

    fn each(&mut self, ids: &[i64], mut change: impl FnMut(&mut Order)) -> usize {
        let mut touched = 0;
        for id in ids {
            if let Some(order) = self.orders.get_mut(id) {
                change(order);
                order.updated = order.read_time("update_time");
                touched += 1;
            }
        }
        touched
    }

    /// Answers `/v1/invoices/order/info`.
    pub fn info(&self, call: &Call<'_, Simulated>) -> Answer {
        let found = match &call.request.parameters()[..] {
            [(name, id)] if name == "order_id" => match id.parse::<i64>() {
                Ok(id) => self.orders.get(&id),
                Err(_) => return bad_parameter(call, &format!("order_id={id}")),
            },
            [(name, number)] if name == "order_no" => {
                self.orders.values().find(|order| order.detail.get("order_no").is_some_and(|no| no == number))
            }
            _ => return bad_parameter(call, "order_id和order_no必须传其中一个"),
        };
        let given =
            |order: &&Order| order.deleted.is_none() || call.switches.deleted_detail == DeletedDetail::Given;
        match found.filter(given) {
            Some(order) => {
                let code = call.switches.success_code;
                let answer = success(call, code, Value::Object(order.detail.clone()), "detail");
                Answer { rows: 1, ..answer }
            }
            None => missing(call),
        }
    }

    /// Answers `/v1/company/info`. The code of success is 0 in that module's examples.
    pub fn company(&self, call: &Call<'_, Simulated>) -> Answer {
        let found = match &call.request.parameters()[..] {
            [(name, id)] if name == "company_id" => match id.parse::<i64>() {
                Ok(id) => self.companies.iter().find(|company| company["company_id"] == id),
                Err(_) => return bad_parameter(call, &format!("company_id={id}")),
            },
            [(name, number)] if name == "serial_id" => {
                self.companies.iter().find(|company| company["serial_id"] == **number)
            }
            _ => return bad_parameter(call, "company_id和serial_id必须传其中一个"),
        };
        match found {
            Some(company) => Answer { rows: 1, ..success(call, 0, company.clone(), "company") },
            None => missing(call),
        }
    }
}

fn missing(call: &Call<'_, Simulated>) -> Answer {
    let answer = failure(call, 404, "Not Found Resource");
    match call.switches.not_found {
        NotFound::Code => answer,
        NotFound::Http404 => answer.with_status(404),
    }
}
