//! 店铺查询 (`vendors/sources.md` 1.6): the whole list every time, since no shop says when it was modified.
//!
//! A shop that goes while the list is read may hide another one from this list, not from the next.

use super::super::parameters::{Engines, Parameters, name};
use super::super::{Ask, Page, Rows, Source, SourcePart, Then, Walks};
use super::{all_pages, endless, whole};
use crate::client::{Client, Doing, jushuitan::Jushuitan};
use crate::host::CallId;
use crate::problem::{Failure, Problem};
use crate::tally::Interface;
use crate::target::Opening;
use ferry_mapping::{FlowFile, Problem as FileProblem, Value};
use ferry_platforms::Class;
use ferry_platforms::jushuitan::{self as platform, Account, Api, SHOPS, Shops};
use serde::{Deserialize, Serialize};
use std::time::Duration;

const READING: Doing = Doing {
    interface: "/open/shops/query",
    en: "reading from 聚水潭 by shops.query",
    zh: "用店铺查询（shops.query）读取聚水潭",
};

/// The same, by the name that the interface has for this account.
fn reading(api: Api) -> Doing {
    Doing { interface: SHOPS.names[usize::from(api == Api::Legacy)], ..READING }
}

const ENGINES: Engines = Engines { window: None, page: Some(["page_index", "page_size"]) };
/// No merchant has half a million shops.
const MOST_PAGES: u32 = 5000;

/// The flow file's source, compiled.
pub(super) struct Spec {
    page_size: u32,
    id: String,
}

impl Spec {
    pub fn compile(file: &FlowFile) -> Result<Self, Vec<FileProblem>> {
        // All that there may be is the engine's, and is compared with what it sets.
        Parameters::compile(file, ENGINES, &[])?;
        let page_size = file.source.pagination.page_size.clamp(1, SHOPS.largest_page);
        Ok(Spec { page_size, id: file.source.id.clone() })
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
        Box::new(ShopsSource { spec: &self.spec, client })
    }

    fn walks(&self) -> Walks {
        Walks::FullList
    }
}

/// Which page comes next, and what is known from those before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Cursor {
    page: u32,
    /// The most rows on a page so far.
    largest: usize,
    /// Digests of the first page and of the last one.
    first: String,
    last: String,
}

/// The source, for one invocation.
struct ShopsSource<'h> {
    spec: &'h Spec,
    client: Client<'h, Jushuitan>,
}

impl ShopsSource<'_> {
    fn is_legacy(&self) -> bool {
        self.client.account().api() == Api::Legacy
    }

    fn query(&self, ask: &Ask) -> Shops {
        let page_size = self.spec.page_size;
        match ask {
            Ask::Ids(ids) => Shops { page_index: platform::FIRST_PAGE, page_size, shop_ids: whole(ids) },
            Ask::Window { after, .. } | Ask::Everything { after } => {
                let page_index = cursor(after.as_deref()).map_or(platform::FIRST_PAGE, |cursor| cursor.page);
                Shops { page_index, page_size, shop_ids: Vec::new() }
            }
        }
    }

    /// What comes after a page. Its signs of the end must agree: nothing follows it says, and it is not full.
    fn then(&self, page: &platform::Page, before: Option<Cursor>) -> Result<Then, Failure> {
        let rows = page.records.len();
        if self.is_legacy() {
            return Ok(if rows == 0 { Then::PerhapsEnd } else { Then::End });
        }
        let index = before.as_ref().map_or(platform::FIRST_PAGE, |cursor| cursor.page);
        if page.page_index.is_some_and(|told| told != u64::from(index)) {
            return Err(doubtful(
                format!("page {index} was asked for, and another one came"),
                format!("请求第 {index} 页，返回的却是另一页"),
            ));
        }
        if rows == 0 {
            return match page.has_next {
                Some(true) => Err(doubtful(
                    format!("page {index} is empty, and says that another one follows"),
                    format!("第 {index} 页为空，却称还有下一页"),
                )),
                // The page before it was full, or said that this one follows: two signs that it was the last.
                _ if before.is_some() => Ok(Then::End),
                _ => Ok(Then::PerhapsEnd),
            };
        }
        let ids: Vec<String> = page.records.iter().map(|row| name(row, &self.spec.id)).collect();
        let digest = crate::dead::hash(&ids.join("\n"));
        if before.as_ref().is_some_and(|before| before.first == digest || before.last == digest)
            || index >= MOST_PAGES
        {
            return Err(endless(READING));
        }
        let largest = before.as_ref().map_or(0, |before| before.largest);
        let told = page.page_size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size > 0);
        let is_full = rows >= told.unwrap_or(usize::MAX).min(self.spec.page_size as usize)
            || before.is_some() && rows >= largest;
        if page.has_next == Some(false) && !is_full {
            return Ok(Then::End);
        }
        let first = before.map_or_else(|| digest.clone(), |before| before.first);
        let next = Cursor { page: index + 1, largest: largest.max(rows), first, last: digest };
        Ok(Then::More(serde_json::to_string(&next).expect("a cursor is plain data")))
    }
}

fn cursor(after: Option<&str>) -> Option<Cursor> {
    after.and_then(|after| serde_json::from_str(after).ok())
}

fn doubtful(en: String, zh: String) -> Failure {
    let problem =
        Problem::new("pages_contradict", format!("{}: {en}", READING.en), format!("{}：{zh}", READING.zh));
    Failure::new(
        Class::Transport,
        problem.hint(
            "nothing was skipped: it is asked again, now and by the next runs. If it lasts, report the answer to 聚水潭",
            "没有数据被跳过：本次和之后的运行会再次请求。若持续出现，请反馈给聚水潭",
        ),
    )
}

impl Source for ShopsSource<'_> {
    fn start(&mut self, ask: &Ask, patience: Duration) -> Result<CallId, Failure> {
        let query = self.query(ask);
        let doing = reading(self.client.account().api());
        self.client.start(
            doing,
            |hands| {
                let token = hands.token.and_then(Option::as_ref);
                platform::query_shops(hands.account, token, hands.moment.seconds(), &query)
            },
            patience,
        )
    }

    fn finish(&mut self, call: CallId, ask: &Ask) -> Result<Page, Failure> {
        let doing = reading(self.client.account().api());
        let response = self.client.wire.finish(doing, call)?;
        let page = platform::read_page(self.client.account().api(), &response)
            .map_err(|error| self.client.wire.refused(doing, &error))?;
        let source_now = platform::server_time(&response);
        let (records, then) = match ask {
            Ask::Ids(ids) if self.is_legacy() => {
                let asked = |row: &Value| ids.contains(&name(row, &self.spec.id));
                (page.records.into_iter().filter(asked).collect(), Then::End)
            }
            Ask::Ids(_) => {
                let query = self.query(ask);
                let make = |account: &Account, token: Option<&platform::Token>, now, page_index| {
                    platform::query_shops(account, token, now, &Shops { page_index, ..query.clone() })
                };
                (all_pages(&mut self.client, doing, page, &make)?, Then::End)
            }
            Ask::Window { after, .. } | Ask::Everything { after } => {
                let then = self.then(&page, cursor(after.as_deref()))?;
                (page.records, then)
            }
        };
        Ok(Page { rows: Rows::Records(records), then, source_now })
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
