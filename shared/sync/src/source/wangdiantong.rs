//! 旺店通旗舰版 as a source: 生产出库查询 (`vendors/sources.md` 2.3), by windows of the modification time, each
//! narrowed until one page holds it ([`super::windows`]).

use super::parameters::{Engines, PageOf, Parameters, name, wrong};
use super::windows::{Answer, Way, Window};
use super::{Ask, Page, Rows, Source, SourcePart, Then, Walks};
use crate::client::{Client, Doing, wangdiantong::Wangdiantong};
use crate::flow::Unloaded;
use crate::host::{CallId, Variables};
use crate::problem::{Failure, Problem};
use crate::shanghai;
use crate::tally::Interface;
use crate::target::Opening;
use ferry_mapping::{FlowFile, Problem as FileProblem, Value};
use ferry_platforms::Class;
use ferry_platforms::wangdiantong::{self as platform, Account, Found, Pager, Search};
use std::collections::BTreeMap;
use std::time::Duration;

const READING: Doing = Doing {
    interface: "wms.stockout.Process.queryWithDetail",
    en: "reading from 旺店通 by wms.stockout.Process.queryWithDetail",
    zh: "用 wms.stockout.Process.queryWithDetail 读取旺店通",
};

const ENGINES: Engines = Engines { window: Some(["start_time", "end_time"]), page: None };
const KNOWN: [&str; 3] = ["time_type", "warehouse_no", "status"];

/// The flow file's part and the account.
struct Part {
    parameters: Parameters,
    way: Way,
    id: String,
    account: Account,
}

/// Loads the source of a flow that reads 旺店通旗舰版.
pub fn load(file: &FlowFile, variables: &dyn Variables) -> Result<Box<dyn SourcePart>, Unloaded> {
    if file.source.api != platform::QUERY_WITH_DETAIL {
        return Err(super::unknown_api(&file.source.api, &[platform::QUERY_WITH_DETAIL]).into());
    }
    let parameters = Parameters::compile(file, ENGINES, &KNOWN)?;
    let page_size = file.source.pagination.page_size.clamp(1, platform::LARGEST_PAGE);
    let way = Way { first_page: platform::FIRST_PAGE, page_size, most_pages: 1 };
    search(&parameters, &file.params, Window { begin: 0, end: 1 }).map_err(Unwanted::of_the_file)?;
    let variable = |name: &str| variables.get(name).unwrap_or_default();
    let account = Account::from_variables(&file.source.account, variable)?;
    Ok(Box::new(Part { parameters, way, id: file.source.id.clone(), account }))
}

/// Why the parameters make no search.
enum Unwanted {
    Value(Failure),
    Search(Vec<ferry_platforms::Problem>),
}

impl Unwanted {
    fn of_the_file(self) -> Vec<FileProblem> {
        match self {
            Unwanted::Value(failure) => wrong("*", &failure.problem.message, &failure.problem.message_zh),
            Unwanted::Search(problems) => {
                problems.iter().flat_map(|problem| wrong(&problem.about, &problem.en, &problem.zh)).collect()
            }
        }
    }

    fn failure(self) -> Failure {
        let about = match self {
            Unwanted::Value(failure) => return failure,
            Unwanted::Search(problems) => problems
                .first()
                .map(|problem| {
                    let about = &problem.about;
                    (format!("{about} {}", problem.en), format!("{about} {}", problem.zh))
                })
                .unwrap_or_default(),
        };
        Failure::fatal(Problem::new(
            "wrong_parameter",
            format!("source.request: {}", about.0),
            format!("source.request：{}", about.1),
        ))
    }
}

/// The search for what was modified within a window, or made or sent out in it where the flow file says so.
fn search(
    parameters: &Parameters,
    params: &BTreeMap<String, Value>,
    window: Window,
) -> Result<Search, Unwanted> {
    let page = PageOf { begin: window.begin, end: window.end, page: 0, page_size: 0 };
    let mut fields = parameters.render(params, page).map_err(Unwanted::Value)?;
    // Another time than that of the modification only where the file says so; the check warns what that misses.
    fields.entry("time_type").or_insert_with(|| "3".into());
    fields.insert("start_time".to_owned(), shanghai::text(window.begin).into());
    fields.insert("end_time".to_owned(), shanghai::text(window.end).into());
    Search::from_fields(&fields).map_err(Unwanted::Search)
}

impl SourcePart for Part {
    fn open<'h>(&'h self, opening: &Opening<'h>) -> Box<dyn Source + 'h> {
        let account = &opening.file.source.account;
        let client = Client::new(opening, account, &self.account);
        Box::new(WangdiantongSource { part: self, params: &opening.file.params, client })
    }

    fn walks(&self) -> Walks {
        Walks::Windows { widest: Some(platform::WIDEST_WINDOW) }
    }
}

/// The source, for one invocation.
struct WangdiantongSource<'h> {
    part: &'h Part,
    params: &'h BTreeMap<String, Value>,
    client: Client<'h, Wangdiantong>,
}

impl WangdiantongSource<'_> {
    fn query(&self, ask: &Ask) -> Result<(Search, Pager), Failure> {
        let way = &self.part.way;
        match ask {
            Ask::Window { begin, end, after } => {
                let window = Window { begin: *begin, end: *end };
                let request = way.request(window, after.as_deref());
                let search =
                    search(&self.part.parameters, self.params, request.window).map_err(Unwanted::failure)?;
                let pager = Pager { page_no: request.page, page_size: way.page_size, calc_total: true };
                Ok((search, pager))
            }
            Ask::Ids(ids) => {
                let window = Window { begin: 0, end: 1 };
                let all = search(&self.part.parameters, self.params, window).map_err(Unwanted::failure)?;
                // An empty number would be that of every record.
                let number = ids.first().map(|id| id.trim()).filter(|id| !id.is_empty()).unwrap_or("?");
                let search = Search { window: None, stockout_no: number.to_owned(), ..all };
                Ok((search, Pager::first(way.page_size)))
            }
            Ask::Everything { .. } => Err(super::no_everything(READING)),
        }
    }
}

impl Source for WangdiantongSource<'_> {
    fn start(&mut self, ask: &Ask, patience: Duration) -> Result<CallId, Failure> {
        let (search, pager) = self.query(ask)?;
        self.client.start(
            READING,
            |hands| platform::query_with_detail(hands.account, hands.moment.seconds(), &search, pager),
            patience,
        )
    }

    fn finish(&mut self, call: CallId, ask: &Ask) -> Result<Page, Failure> {
        let response = self.client.wire.finish(READING, call)?;
        let counted = Pager::first(self.part.way.page_size);
        let found = match platform::read_page(&response, counted) {
            // 未找到符合条件: no rows, in words.
            Err(error) if error.class == Class::Row => Found { records: Vec::new(), total: None },
            read => read.map_err(|error| self.client.wire.refused(READING, &error))?,
        };
        let source_now = platform::server_time(&response);
        let Ask::Window { begin, end, after } = ask else {
            return Ok(Page { rows: Rows::Records(found.records), then: Then::End, source_now });
        };
        let answer = Answer {
            ids: found.records.iter().map(|row| name(row, &self.part.id)).collect(),
            total: found.total,
            ..Answer::default()
        };
        let now = self.client.wire.moment().seconds();
        let window = Window { begin: *begin, end: *end };
        let step = self.part.way.step(window, after.as_deref(), &answer, now);
        let step = step.map_err(|doubt| doubt.failure(READING))?;
        let rows = if step.emit { found.records } else { Vec::new() };
        Ok(Page { rows: Rows::Records(rows), then: step.then, source_now })
    }

    fn renew(&mut self) -> Result<bool, Failure> {
        // Nothing to renew: a signature that is refused stays so.
        Ok(false)
    }

    fn ids_per_call(&self) -> usize {
        1
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
