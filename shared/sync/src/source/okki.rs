//! 小满 OKKI as a source: its sales orders (`vendors/sources.md` 3.3, 3.4).
//!
//! The list knows days rather than moments, comes in an order that nobody promises, and lacks the lines. So it is
//! read in passes until two agree ([`passes`]), its rows are filtered by `update_time` here, and every other pass
//! asks for the details of what is left, [`DETAILS_AT_ONCE`] under way at a time.
//!
//! A page is the list's page with its details: the time for one is that of `pageSize` ÷ 4 details, and must fit the
//! flow's budget.

mod passes;

use super::parameters::{Engines, PageOf, Parameters, text, wrong};
use super::{Ask, Page, Rows, Source, SourcePart, Then, Walks};
use crate::client::{Client, Doing, okki::Okki};
use crate::flow::Unloaded;
use crate::host::{CallId, Variables};
use crate::problem::{Failure, Problem};
use crate::target::Opening;
use ferry_mapping::{FlowFile, Map, Problem as FileProblem, Value};
use ferry_platforms::okki::{
    self, Account, DETAILS_AT_ONCE, FIRST_PAGE, LARGEST_PAGE, MODIFIED, ORDER_LIST, OrderList, OrderRef,
    TimeType,
};
use ferry_platforms::{Class, Error};
use http::Response;
use passes::{Cursor, Entry};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

const LISTING: Doing = Doing {
    en: "reading OKKI's list of orders (/v1/invoices/order/list)",
    zh: "读取小满 OKKI 的订单列表（/v1/invoices/order/list）",
};
const READING: Doing = Doing {
    en: "reading an order of OKKI (/v1/invoices/order/info)",
    zh: "读取小满 OKKI 的订单详情（/v1/invoices/order/info）",
};

const ENGINES: Engines =
    Engines { window: Some(["start_time", "end_time"]), page: Some(["start_index", "count"]) };
const KNOWN: [&str; 5] = [TIME_TYPE, "removed", "approval", "approval_with_draft", "status"];
const TIME_TYPE: &str = "time_type";

/// No widest window is documented. A month of orders in their passes is what one may have to begin again with.
const WIDEST: Duration = Duration::from_secs(31 * 86_400);
/// A single order is a call of its own: so many are asked for at a time.
const IDS_AT_ONCE: usize = 20;

/// The flow file's source, compiled.
#[derive(Debug)]
pub struct Spec {
    parameters: Parameters,
    page_size: u32,
}

impl Spec {
    /// Compiles the source part of a flow file.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn compile(file: &FlowFile) -> Result<Self, Vec<FileProblem>> {
        if file.source.api != ORDER_LIST {
            return Err(super::unknown_api(&file.source.api, &[ORDER_LIST]));
        }
        let parameters = Parameters::compile(file, ENGINES, &KNOWN)?;
        let page = PageOf { begin: 0, end: 1, page: FIRST_PAGE, page_size: 1 };
        let fields = parameters.render(&file.params, page).unwrap_or_default();
        if fields.get(TIME_TYPE).is_some_and(|value| text(value) != "1") {
            return Err(wrong(
                TIME_TYPE,
                "is 1, the time of the last modification, which the flow's windows are of: by another time, what is modified later is never seen",
                "应为 1（更新时间），即流程时间窗口所用的时间：按其他时间查询会漏掉之后的修改",
            ));
        }
        Ok(Spec { parameters, page_size: file.source.pagination.page_size.clamp(1, LARGEST_PAGE) })
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
    fn list(&self, begin: i64, end: i64, cursor: &Cursor) -> Result<OrderList, Failure> {
        let (start_index, count) = (cursor.page(), self.spec.page_size);
        let page = PageOf { begin, end, page: start_index, page_size: count };
        let parameters = self.spec.parameters.render(self.params, page)?;
        let is_ours = |name: &str| {
            let [from, to] = ["start_time", "end_time"];
            [from, to, "start_index", "count", TIME_TYPE].contains(&name)
        };
        let more = parameters.iter().filter(|(name, _)| !is_ours(name));
        let [start_time, end_time] = okki::days(begin, end);
        Ok(OrderList {
            start_time,
            end_time,
            time_type: TimeType::Updated,
            start_index,
            count,
            more: more.map(|(name, value)| (name.clone(), text(value))).collect(),
        })
    }

    fn start_detail(&mut self, id: &str, patience: Duration) -> Result<CallId, Failure> {
        let order = OrderRef::Id(id.to_owned());
        // An account of OKKI always has a token by the time a request is made.
        self.client.start(
            |hands| okki::order_info(hands.account, hands.token.expect("OKKI needs a token"), &order),
            patience,
        )
    }

    /// An order, or `None` where it is gone: deleted since it was listed.
    fn finish_detail(&self, id: &str, call: CallId) -> Result<Option<Value>, Failure> {
        let response = self.client.wire.finish(READING, call)?;
        match okki::read_order_info(&response) {
            Ok(order) if okki::order_id(&order).as_deref() == Some(id) => Ok(Some(order)),
            Ok(order) => Err(another(id, okki::order_id(&order))),
            Err(error) if error.class == Class::Row => Ok(None),
            Err(error) => Err(self.client.wire.refused(READING, &error)),
        }
    }

    /// The orders with these ids, in their order. The first of them may be under way already.
    fn details(&mut self, ids: &[&str], first: Option<CallId>) -> Result<Vec<Option<Value>>, Failure> {
        let mut under_way: VecDeque<CallId> = first.into_iter().collect();
        let done = self.details_of(ids, &mut under_way);
        // After a failure nobody waits for the others; reading changed nothing.
        under_way.into_iter().for_each(|call| self.client.wire.host.http.cancel(call));
        done
    }

    fn details_of(
        &mut self,
        ids: &[&str],
        under_way: &mut VecDeque<CallId>,
    ) -> Result<Vec<Option<Value>>, Failure> {
        let mut orders = Vec::with_capacity(ids.len());
        for (at, id) in ids.iter().enumerate() {
            while under_way.len() < DETAILS_AT_ONCE && at + under_way.len() < ids.len() {
                let call = self.start_detail(ids[at + under_way.len()], Duration::MAX)?;
                under_way.push_back(call);
            }
            let call = under_way.pop_front().expect("one was sent for");
            orders.push(self.finish_detail(id, call)?);
        }
        Ok(orders)
    }

    fn window(
        &mut self,
        response: &Response<Vec<u8>>,
        [begin, end]: [i64; 2],
        cursor: Cursor,
    ) -> Result<Page, Failure> {
        let refused = |error: Error| self.client.wire.refused(LISTING, &error);
        let list = okki::read_order_list(response).map_err(refused)?;
        let source_now = list.now.or_else(|| okki::server_time(response));
        let entries: Vec<Entry> = list.orders.iter().map(|order| entry(order, begin, end)).collect();
        let now = self.client.wire.moment().seconds();
        let delivers = cursor.delivers();
        let then = cursor.step(self.spec.page_size, &entries, list.total, now);
        let then = then.map_err(|doubt| doubt.failure(LISTING))?;
        let mut records = Vec::new();
        if delivers {
            let wanted = || entries.iter().zip(&list.orders).filter(|(entry, _)| entry.is_inside);
            let ids: Vec<&str> = wanted().map(|(entry, _)| entry.id.as_str()).collect();
            let details = self.details(&ids, None)?;
            let found = details.into_iter().zip(wanted());
            records.extend(found.filter_map(|(detail, (_, row))| Some(completed(detail?, row))));
        }
        Ok(Page { rows: Rows::Records(records), then, source_now })
    }
}

impl Source for OkkiSource<'_> {
    fn start(&mut self, ask: &Ask, patience: Duration) -> Result<CallId, Failure> {
        match ask {
            Ask::Window { begin, end, after } => {
                let list = self.list(*begin, *end, &Cursor::read(after.as_deref()))?;
                self.client.start(
                    |hands| okki::order_list(hands.account, hands.token.expect("OKKI needs a token"), &list),
                    patience,
                )
            }
            Ask::Ids(ids) => self.start_detail(possible(ids)[0], patience),
            Ask::Everything { .. } => Err(super::no_everything(LISTING)),
        }
    }

    fn finish(&mut self, call: CallId, ask: &Ask) -> Result<Page, Failure> {
        match ask {
            Ask::Window { begin, end, after } => {
                let response = self.client.wire.finish(LISTING, call)?;
                self.window(&response, [*begin, *end], Cursor::read(after.as_deref()))
            }
            Ask::Ids(ids) => {
                let orders = self.details(&possible(ids), Some(call))?;
                let rows = Rows::Records(orders.into_iter().flatten().collect());
                Ok(Page { rows, then: Then::End, source_now: None })
            }
            Ask::Everything { .. } => Err(super::no_everything(LISTING)),
        }
    }

    fn renew(&mut self) -> Result<bool, Failure> {
        self.client.renew()?;
        Ok(true)
    }

    fn ids_per_call(&self) -> usize {
        IDS_AT_ONCE
    }

    fn calls(&self) -> u64 {
        self.client.calls()
    }

    fn used_keys(&mut self) -> Vec<String> {
        self.client.used_keys()
    }
}

/// A row of the list. One that does not say when it was modified is taken: it may be of this window.
fn entry(order: &Value, begin: i64, end: i64) -> Entry {
    Entry {
        id: okki::order_id(order).unwrap_or_default(),
        modified: text(&order[MODIFIED]),
        is_inside: okki::updated_at(order).is_none_or(|modified| begin <= modified && modified <= end),
    }
}

/// The detail with what only the row of the list has; inside `company` too, whose `serial_id` is the customer's
/// number.
fn completed(mut detail: Value, row: &Value) -> Value {
    let (Some(fields), Some(row)) = (detail.as_object_mut(), row.as_object()) else { return detail };
    complete(fields, row);
    if let (Some(Value::Object(company)), Some(Value::Object(listed))) =
        (fields.get_mut("company"), row.get("company"))
    {
        complete(company, listed);
    }
    detail
}

fn complete(fields: &mut Map<String, Value>, from: &Map<String, Value>) {
    for (name, value) in from {
        let field = fields.entry(name.clone()).or_insert(Value::Null);
        if field.is_null() {
            field.clone_from(value);
        }
    }
}

/// Ids of orders are whole numbers: what is none is not there, and must not spoil the question for the others.
/// Never none at all.
fn possible(ids: &[String]) -> Vec<&str> {
    let is_id = |id: &&str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    let mut possible: Vec<&str> = ids.iter().map(String::as_str).filter(is_id).collect();
    if possible.is_empty() {
        possible.push("0");
    }
    possible
}

fn another(asked: &str, got: Option<String>) -> Failure {
    let got = got.unwrap_or_default();
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
