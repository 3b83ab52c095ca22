//! 其它出入库查询 (`vendors/sources.md` 1.7), by windows of the modification time (`source::windows`).
//!
//! Its quota is dear, 100 calls a minute of at most 50 rows: so sub-windows of up to twenty pages are read in a
//! pass, which costs one call more than they have pages.

use super::super::parameters::{Engines, PageOf, Parameters, name, text, wrong};
use super::super::windows::{Answer, Request, Way, Window};
use super::super::{Ask, NO_SINGLE_RECORDS, Page, Rows, Source, SourcePart, Then, Walks, no_everything};
use super::{all_pages, whole};
use crate::client::{Client, Doing, jushuitan::Jushuitan};
use crate::host::CallId;
use crate::problem::{Failure, Problem};
use crate::shanghai;
use crate::tally::Interface;
use crate::target::Opening;
use ferry_mapping::{FlowFile, Map, Problem as FileProblem, Value};
use ferry_platforms::Class;
use ferry_platforms::jushuitan::{self as platform, Account, Api, INOUT, Inout, Which};
use std::collections::BTreeMap;
use std::time::Duration;

const READING: Doing = Doing {
    interface: "/open/other/inout/query",
    en: "reading from 聚水潭 by other.inout.query",
    zh: "用其它出入库查询（other.inout.query）读取聚水潭",
};

/// The same, by the name that the interface has for this account.
fn reading(api: Api) -> Doing {
    Doing { interface: INOUT.names[usize::from(api == Api::Legacy)], ..READING }
}

const ENGINES: Engines =
    Engines { window: Some(["modified_begin", "modified_end"]), page: Some(["page_index", "page_size"]) };
const KNOWN: [&str; 5] = ["status", "types", "wms_co_id", "owner_co_id", "date_type"];
/// Pages of a pass.
const MOST_PAGES: u32 = 20;

/// The flow file's source, compiled.
pub(super) struct Spec {
    parameters: Parameters,
    way: Way,
    id: String,
}

impl Spec {
    pub fn compile(file: &FlowFile) -> Result<Self, Vec<FileProblem>> {
        let parameters = Parameters::compile(file, ENGINES, &KNOWN)?;
        let page_size = file.source.pagination.page_size.clamp(1, INOUT.largest_page);
        let spec = Spec {
            parameters,
            way: Way { first_page: platform::FIRST_PAGE, page_size, most_pages: MOST_PAGES },
            id: file.source.id.clone(),
        };
        let more = spec
            .more(&file.params, Request { window: Window { begin: 0, end: 1 }, page: 1 })
            .map_err(|failure| wrong("*", &failure.problem.message, &failure.problem.message_zh))?;
        if more.get("date_type").is_some_and(|date_type| text(date_type) != "0") {
            return Err(wrong(
                "date_type",
                "is 0, the time of the last modification, which the flow's windows are of: by io_date, what is modified later is never seen",
                "应为 0（修改时间），即流程时间窗口所用的时间：按单据日期（io_date）会漏掉之后的修改",
            ));
        }
        Ok(spec)
    }

    /// What the flow asks for besides window and page.
    fn more(
        &self,
        params: &BTreeMap<String, Value>,
        request: Request,
    ) -> Result<Map<String, Value>, Failure> {
        let Window { begin, end } = request.window;
        let page = PageOf { begin, end, page: request.page, page_size: self.way.page_size };
        let mut more = self.parameters.render(params, page)?;
        for engines in ENGINES.window.into_iter().chain(ENGINES.page).flatten() {
            more.remove(engines);
        }
        // One kind, or several between commas, is a list all the same.
        if let Some(Value::String(types)) = more.get("types") {
            let types: Vec<Value> = types
                .split([',', '，'])
                .map(str::trim)
                .filter(|kind| !kind.is_empty())
                .map(Value::from)
                .collect();
            more.insert("types".to_owned(), types.into());
        }
        Ok(more)
    }
}

/// The flow file's part and the account.
pub(super) struct Part {
    spec: Spec,
    account: Account,
}

impl Part {
    pub fn new(spec: Spec, account: Account) -> Self {
        Part { spec, account }
    }
}

impl SourcePart for Part {
    fn open<'h>(&'h self, opening: &Opening<'h>) -> Box<dyn Source + 'h> {
        let client = Client::new(opening, &opening.file.source.account, &self.account);
        Box::new(InoutSource { spec: &self.spec, params: &opening.file.params, client })
    }

    fn walks(&self) -> Walks {
        Walks::Windows { widest: INOUT.widest_window }
    }
}

/// The source, for one invocation.
struct InoutSource<'h> {
    spec: &'h Spec,
    params: &'h BTreeMap<String, Value>,
    client: Client<'h, Jushuitan>,
}

impl InoutSource<'_> {
    fn query(&self, ask: &Ask) -> Result<Inout, Failure> {
        let spec = self.spec;
        let page_size = spec.way.page_size;
        match ask {
            Ask::Window { begin, end, after } => {
                let request = spec.way.request(Window { begin: *begin, end: *end }, after.as_deref());
                let Window { begin, end } = request.window;
                Ok(Inout {
                    which: Which::Modified { begin: shanghai::text(begin), end: shanghai::text(end) },
                    page_index: request.page,
                    page_size,
                    more: spec.more(self.params, request)?,
                })
            }
            Ask::Ids(ids) => {
                let request = Request { window: Window { begin: 0, end: 0 }, page: platform::FIRST_PAGE };
                Ok(Inout {
                    which: Which::IoIds(whole(ids)),
                    page_index: platform::FIRST_PAGE,
                    page_size,
                    more: spec.more(self.params, request)?,
                })
            }
            Ask::Everything { .. } => Err(no_everything(READING)),
        }
    }

    fn records(&mut self, page: platform::Page, query: &Inout) -> Result<Vec<Value>, Failure> {
        let doing = reading(self.client.account().api());
        all_pages(&mut self.client, doing, page, &|account, token, now, page_index| {
            platform::query_inout(account, token, now, &Inout { page_index, ..query.clone() })
        })
    }
}

/// That `io_ids` may stand without a time range is unconfirmed.
fn no_single_records(failure: &Failure) -> Failure {
    Failure::fatal(
        Problem::new(NO_SINGLE_RECORDS, failure.problem.message.clone(), failure.problem.message_zh.clone()).hint(
            "聚水潭 does not give single records by io_ids alone; what is known of them from before is tried again",
            "聚水潭不支持仅按 io_ids 查询；改用死信中保存的记录重试",
        ),
    )
}

impl Source for InoutSource<'_> {
    fn start(&mut self, ask: &Ask, patience: Duration) -> Result<CallId, Failure> {
        let query = self.query(ask)?;
        let doing = reading(self.client.account().api());
        self.client.start(
            doing,
            |hands| {
                let token = hands.token.and_then(Option::as_ref);
                platform::query_inout(hands.account, token, hands.moment.seconds(), &query)
            },
            patience,
        )
    }

    fn finish(&mut self, call: CallId, ask: &Ask) -> Result<Page, Failure> {
        let doing = reading(self.client.account().api());
        let response = self.client.wire.finish(doing, call)?;
        let page = platform::read_page(self.client.account().api(), &response);
        let refused_as_such = page.as_ref().err().is_some_and(|error| error.code == "wrong_request");
        let page =
            page.map_err(|error| self.client.wire.refused(doing, &error)).map_err(|failure| match ask {
                Ask::Ids(_) if refused_as_such && failure.class == Class::Fatal => {
                    no_single_records(&failure)
                }
                _ => failure,
            })?;
        let source_now = platform::server_time(&response);
        let Ask::Window { begin, end, after } = ask else {
            let records = self.records(page, &self.query(ask)?)?;
            return Ok(Page { rows: Rows::Records(records), then: Then::End, source_now });
        };
        let answer = Answer {
            ids: page.records.iter().map(|row| name(row, &self.spec.id)).collect(),
            total: page.data_count,
            page_size: page.page_size,
            page: page.page_index,
            has_next: page.has_next,
        };
        let now = self.client.wire.moment().seconds();
        let window = Window { begin: *begin, end: *end };
        let step = self.spec.way.step(window, after.as_deref(), &answer, now);
        let step = step.map_err(|doubt| doubt.failure(READING))?;
        let rows = if step.emit { page.records } else { Vec::new() };
        Ok(Page { rows: Rows::Records(rows), then: step.then, source_now })
    }

    fn renew(&mut self) -> Result<bool, Failure> {
        self.client.renew()?;
        Ok(true)
    }

    fn ids_per_call(&self) -> usize {
        platform::MAX_IDS
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
