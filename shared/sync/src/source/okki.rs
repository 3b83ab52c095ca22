//! 小满 OKKI as a source: the list of orders, and the detail of each (`vendors/sources.md` 3.3, 3.4).
//!
//! The list is asked for by days and holds no lines; what lies outside the window is left out by `update_time`, and
//! each order that is left is asked for by itself, a few at a time. How the list is gone through: `listing`.

mod listing;

use super::parameters::{Engines, PageOf, Parameters, text};
use super::{Ask, Page, Rows, Source, SourcePart, Then, Walks};
use crate::client::{Client, Doing, okki::Okki};
use crate::flow::Unloaded;
use crate::host::{CallId, Variables};
use crate::problem::{Failure, Problem};
use crate::shanghai;
use crate::tally::Interface;
use crate::target::Opening;
use ferry_mapping::{FlowFile, Problem as FileProblem, Value};
use ferry_platforms::Class;
use ferry_platforms::okki::{self as platform, Account, OrderList, OrderPage, OrderRef, TimeType};
use listing::{Listing, Row, Unsettled};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

const LISTING: Doing = Doing {
    interface: "/v1/invoices/order/list",
    en: "listing the orders of OKKI (/v1/invoices/order/list)",
    zh: "查询小满 OKKI 订单列表（/v1/invoices/order/list）",
};
const READING: Doing = Doing {
    interface: "/v1/invoices/order/info",
    en: "reading an order of OKKI (/v1/invoices/order/info)",
    zh: "读取小满 OKKI 订单详情（/v1/invoices/order/info）",
};

const ENGINES: Engines =
    Engines { window: Some(["start_time", "end_time"]), page: Some(["start_index", "count"]) };
const KNOWN: [&str; 5] = ["time_type", "removed", "approval", "approval_with_draft", "status"];

/// The list is asked for by days: a window of a week keeps it short enough to be read in one answer as a rule.
const WIDEST: Duration = Duration::from_secs(7 * 86_400);
/// Orders in one request of the engine for single ones.
const IDS_PER_CALL: usize = 20;
/// 2000-01-01 and 2100-01-01, for a full scan.
const ALL_TIME: [i64; 2] = [946_656_000, 4_102_416_000];

/// The flow file's source, compiled.
#[derive(Debug)]
pub struct Spec {
    parameters: Parameters,
    listing: Listing,
}

impl Spec {
    /// Compiles the source part of a flow file.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn compile(file: &FlowFile) -> Result<Self, Vec<FileProblem>> {
        let source = &file.source;
        if source.api != platform::ORDER_LIST {
            return Err(super::unknown_api(&source.api, &[platform::ORDER_LIST]));
        }
        if let Some(field) = source.full_scan.as_ref().and_then(|scan| scan.take_over_request.first()) {
            return Err(super::parameters::wrong(
                &field.field,
                "cannot be taken over by the full scan, which asks for all days with the parameters as they are: leave takeOverRequest empty",
                "不能由 fullScan 接管：全量扫描按原有参数查询全部日期，请将 takeOverRequest 留空",
            ));
        }
        let parameters = Parameters::compile_with_full_scan(file, ENGINES, &KNOWN)?;
        let any = PageOf { begin: 0, end: 1, page: 1, page_size: 1 };
        let rendered = parameters.render(&file.params, any);
        if rendered
            .is_ok_and(|fields| fields.get("time_type").is_some_and(|time_type| text(time_type) != "1"))
        {
            return Err(super::parameters::wrong(
                "time_type",
                "is 1, the time of the last update, which the flow's windows are of: by another time later changes are never seen",
                "应为 1（更新时间），即流程时间窗口所用的时间：按其他时间会漏掉之后的修改",
            ));
        }
        let page_size = source.pagination.page_size.clamp(1, platform::LARGEST_PAGE);
        Ok(Spec { parameters, listing: Listing { page_size, largest: platform::LARGEST_PAGE } })
    }
}

/// The flow file's part and the account.
struct Part {
    spec: Spec,
    account: Account,
}

/// Loads the source of a flow that reads 小满 OKKI.
///
/// # Errors
/// What is wrong with the flow file or the variables.
pub fn load(file: &FlowFile, variables: &dyn Variables) -> Result<Box<dyn SourcePart>, Unloaded> {
    let spec = Spec::compile(file)?;
    let variable = |name: &str| variables.get(name).unwrap_or_default();
    Ok(Box::new(Part { spec, account: Account::from_variables(&file.source.account, variable)? }))
}

impl SourcePart for Part {
    fn open<'h>(&'h self, opening: &Opening<'h>) -> Box<dyn Source + 'h> {
        let client = Client::new(opening, &opening.file.source.account, &self.account);
        Box::new(OkkiSource { spec: &self.spec, params: &opening.file.params, client })
    }

    fn walks(&self) -> Walks {
        Walks::Windows { widest: Some(WIDEST) }
    }
}

/// The source, for one invocation.
struct OkkiSource<'h> {
    spec: &'h Spec,
    params: &'h BTreeMap<String, Value>,
    client: Client<'h, Okki>,
}

impl OkkiSource<'_> {
    fn list(&self, ask: &Ask) -> Result<OrderList, Failure> {
        let ([begin, end], after) = match ask {
            Ask::Window { begin, end, after } => ([*begin, *end], after),
            Ask::Everything { after } => (ALL_TIME, after),
            Ask::Ids(_) => unreachable!("single orders have no list"),
        };
        let request = self.spec.listing.request(after.as_deref());
        let page = PageOf { begin, end, page: request.start_index, page_size: request.count };
        let fields = self.spec.parameters.render(self.params, page)?;
        let mut more: Vec<(String, String)> =
            fields.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        more.retain(|(name, _)| KNOWN.contains(&name.as_str()) && name != "time_type");
        let [start_time, end_time] = platform::days(begin, end);
        let (start_index, count) = (request.start_index, request.count);
        Ok(OrderList { start_time, end_time, time_type: TimeType::Updated, start_index, count, more })
    }

    fn ask_for_order(&mut self, id: &str, patience: Duration) -> Result<CallId, Failure> {
        self.client.start(
            READING,
            |hands| {
                let token = hands.token.expect("calls of this platform need one");
                platform::order_info(hands.account, token, &OrderRef::Id(id.to_owned()))
            },
            patience,
        )
    }

    /// The orders with these ids, in their order; without those that are not there any more. A few are under way at
    /// once; the first may be already.
    fn orders(&mut self, ids: &[String], first: Option<CallId>) -> Result<Vec<(usize, Value)>, Failure> {
        let mut under_way: VecDeque<(usize, CallId)> = first.map(|call| (0, call)).into_iter().collect();
        let mut next = under_way.len();
        let mut orders = Vec::with_capacity(ids.len());
        let result = loop {
            while next < ids.len() && under_way.len() < platform::DETAILS_AT_ONCE {
                match self.ask_for_order(&ids[next], Duration::MAX) {
                    Ok(call) => under_way.push_back((next, call)),
                    Err(failure) => {
                        self.give_up(under_way);
                        return Err(failure);
                    }
                }
                next += 1;
            }
            let Some((at, call)) = under_way.pop_front() else { break Ok(orders) };
            let response = match self.client.wire.finish(READING, call) {
                Ok(response) => response,
                Err(failure) => break Err(failure),
            };
            match platform::read_order_info(&response) {
                Ok(order) if platform::order_id(&order).as_ref() == Some(&ids[at]) => {
                    orders.push((at, order));
                }
                Ok(order) => break Err(another(&ids[at], &order)),
                // Deleted since the list was made.
                Err(error) if error.code == NOT_FOUND => {}
                Err(error) => break Err(self.client.wire.refused(READING, &error)),
            }
        };
        self.give_up(under_way);
        result
    }

    fn give_up(&self, under_way: VecDeque<(usize, CallId)>) {
        for (_, call) in under_way {
            self.client.wire.host.http.cancel(call);
        }
    }

    fn of_the_list(&mut self, page: OrderPage, ask: &Ask) -> Result<Page, Failure> {
        let ([begin, end], after) = match ask {
            Ask::Window { begin, end, after } => ([*begin, *end], after.as_deref()),
            Ask::Everything { after } => ([i64::MIN, i64::MAX], after.as_deref()),
            Ask::Ids(_) => unreachable!("single orders have no list"),
        };
        let row = |order: &Value| Row {
            id: platform::order_id(order).expect("a row without an id is refused"),
            updated: platform::updated_at(order),
        };
        let rows: Vec<Row> = page.orders.iter().map(row).collect();
        if let Ask::Window { .. } = ask
            && let Some(row) =
                rows.iter().find(|row| row.updated.is_some_and(|at| !is_asked_for(at, begin, end)))
        {
            return Err(
                Unsettled::Foreign(row.updated.map(shanghai::text).unwrap_or_default()).failure(LISTING)
            );
        }
        let now = self.client.wire.moment().seconds();
        let step = self
            .spec
            .listing
            .step(after, &rows, page.total, |updated| (begin..=end).contains(&updated), now)
            .map_err(|why| why.failure(LISTING))?;
        let ids: Vec<String> = step.deliver.iter().map(|at| rows[*at].id.clone()).collect();
        let records = self
            .orders(&ids, None)?
            .into_iter()
            .map(|(at, order)| joined(order, &page.orders[step.deliver[at]]))
            .collect();
        Ok(Page { rows: Rows::Records(records), then: step.then, source_now: page.now })
    }
}

/// Whether the list of the days of a window may have an order of this time: another one belongs to the answer of
/// another question. The day after the window's last is asked for, too ([`platform::days`]).
fn is_asked_for(updated: i64, begin: i64, end: i64) -> bool {
    let day = |time: i64| (time + i64::from(shanghai::OFFSET)).div_euclid(86_400);
    (day(begin)..=day(end) + 1).contains(&day(updated))
}

/// The name of an error in `platforms::okki`'s table.
const NOT_FOUND: &str = "not_found";

/// The detail, with what only the list says: above all the customer's number, `company.serial_id`.
fn joined(mut order: Value, row: &Value) -> Value {
    let (Some(order_fields), Some(row)) = (order.as_object_mut(), row.as_object()) else { return order };
    for (name, ours) in row {
        match order_fields.get_mut(name) {
            None => {
                order_fields.insert(name.clone(), ours.clone());
            }
            Some(Value::Null) => {
                order_fields[name] = ours.clone();
            }
            Some(Value::Object(fields)) if name == "company" => {
                for (name, ours) in ours.as_object().into_iter().flatten() {
                    let is_missing = fields.get(name).is_none_or(|value| value.is_null() || value == "");
                    if is_missing {
                        fields.insert(name.clone(), ours.clone());
                    }
                }
            }
            Some(_) => {}
        }
    }
    order
}

impl Source for OkkiSource<'_> {
    fn start(&mut self, ask: &Ask, patience: Duration) -> Result<CallId, Failure> {
        if let Ask::Ids(ids) = ask {
            return self.ask_for_order(&possible(ids)[0], patience);
        }
        let list = self.list(ask)?;
        self.client.start(
            LISTING,
            |hands| {
                let token = hands.token.expect("calls of this platform need one");
                platform::order_list(hands.account, token, &list)
            },
            patience,
        )
    }

    fn finish(&mut self, call: CallId, ask: &Ask) -> Result<Page, Failure> {
        if let Ask::Ids(ids) = ask {
            let orders = self.orders(&possible(ids), Some(call))?;
            let records = orders.into_iter().map(|(_, order)| order).collect();
            return Ok(Page { rows: Rows::Records(records), then: Then::End, source_now: None });
        }
        let response = self.client.wire.finish(LISTING, call)?;
        let mut page = platform::read_order_list(&response)
            .map_err(|error| self.client.wire.refused(LISTING, &error))?;
        page.now = page.now.or_else(|| platform::server_time(&response));
        self.of_the_list(page, ask)
    }

    fn renew(&mut self) -> Result<bool, Failure> {
        self.client.renew()?;
        Ok(true)
    }

    fn ids_per_call(&self) -> usize {
        IDS_PER_CALL
    }

    fn calls(&self) -> u64 {
        self.client.calls()
    }

    fn called(&mut self) -> Vec<Interface> {
        self.client.called()
    }

    fn used_keys(&mut self) -> Vec<String> {
        self.client.used_keys()
    }
}

/// Ids of orders are whole numbers: what is none is not there, and must not spoil the question for the others. Never
/// none at all.
fn possible(ids: &[String]) -> Vec<String> {
    let is_id = |id: &&String| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    let mut possible: Vec<String> = ids.iter().filter(is_id).cloned().collect();
    if possible.is_empty() {
        possible.push("0".to_owned());
    }
    possible
}

fn another(asked: &str, order: &Value) -> Failure {
    let got = &order[platform::ID];
    Failure::new(
        Class::Transport,
        Problem::new(
            "another_order",
            format!("{}: the order {asked} was asked for, and {got} came", READING.en),
            format!("{}：请求订单 {asked}，却返回了 {got}", READING.zh),
        )
        .hint("nothing was skipped: it is asked for again", "没有数据被跳过：会再次请求"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_detail_without_the_customers_number_gets_it_from_the_list() {
        let row = json!({"order_id": 7, "name": "旧", "company": {"company_id": 1, "serial_id": "C0001"}, "now_only": 1});
        let order = json!({"order_id": 7, "name": "新", "company": {"company_id": 1, "serial_id": ""}, "lines": null});
        let expected = json!({"order_id": 7, "name": "新", "company": {"company_id": 1, "serial_id": "C0001"}, "lines": null, "now_only": 1});
        assert_eq!(joined(order, &row), expected);
        assert_eq!(joined(json!({"order_id": 7}), &row)["company"]["serial_id"], "C0001");
    }
}
