//! 聚水潭 as a source: 其它出入库 (`inout`) and shops (`shops`), by the current interface or the legacy one.

mod inout;
mod shops;

use super::SourcePart;
use crate::client::{Client, Doing, jushuitan::Jushuitan};
use crate::flow::Unloaded;
use crate::host::Variables;
use crate::problem::{Failure, Problem};
use ferry_mapping::{FlowFile, Value};
use ferry_platforms::Class;
use ferry_platforms::jushuitan::{self as platform, Account, Page, Token};
use http::{Request, Response};

/// Loads the source of a flow that reads 聚水潭, whichever of the two interfaces it names.
pub fn load(file: &FlowFile, variables: &dyn Variables) -> Result<Box<dyn SourcePart>, Unloaded> {
    let variable = |name: &str| variables.get(name).unwrap_or_default();
    let account = || Account::from_variables(&file.source.account, variable);
    match platform::facts(&file.source.api) {
        Some(facts) if *facts == platform::INOUT => {
            let spec = inout::Spec::compile(file)?;
            Ok(Box::new(inout::Part::new(spec, account()?)))
        }
        Some(_) => {
            let spec = shops::Spec::compile(file)?;
            Ok(Box::new(shops::Part::new(spec, account()?)))
        }
        None => {
            let names = [platform::INOUT.names, platform::SHOPS.names].concat();
            Err(super::unknown_api(&file.source.api, &names).into())
        }
    }
}

/// A request of an account, with a token where it needs one, at a time.
type Make<'m> = &'m dyn Fn(&Account, Option<&Token>, i64, u32) -> Request<Vec<u8>>;

/// What is left of an answer to ids after its first page, which `page` is: a server may give fewer rows a page than
/// ids may be named.
fn all_pages(
    client: &mut Client<'_, Jushuitan>,
    doing: Doing,
    mut page: Page,
    make: Make<'_>,
) -> Result<Vec<Value>, Failure> {
    let api = client.account().api();
    let mut records = std::mem::take(&mut page.records);
    let mut index = platform::FIRST_PAGE;
    let lacks = |page: &Page, records: &[Value]| {
        page.has_next == Some(true) || page.data_count.is_some_and(|total| total > records.len() as u64)
    };
    while lacks(&page, &records) {
        index += 1;
        if index > platform::MAX_IDS as u32 {
            return Err(endless(doing));
        }
        page = client.call(
            doing,
            |hands| {
                let token = hands.token.and_then(Option::as_ref);
                make(hands.account, token, hands.moment.seconds(), index)
            },
            |response: &Response<Vec<u8>>| platform::read_page(api, response),
        )?;
        records.append(&mut page.records);
    }
    Ok(records)
}

/// Pages that do not come to an end.
fn endless(doing: Doing) -> Failure {
    let problem = Problem::new(
        "pages_without_end",
        format!("{}: the pages do not come to an end, or come again", doing.en),
        format!("{}：分页没有尽头，或重复返回", doing.zh),
    );
    Failure::new(
        Class::Transport,
        problem.hint(
            "nothing was skipped: the list is read again, now or by the next run. If it lasts, report it to 聚水潭",
            "没有数据被跳过：会再次读取该列表。若持续出现，请反馈给聚水潭",
        ),
    )
}

/// Ids of 聚水潭 are whole numbers: what is none is not there. Never none at all, which would mean everything.
fn whole(ids: &[String]) -> Vec<i64> {
    let mut whole: Vec<i64> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    if whole.is_empty() {
        whole.push(0);
    }
    whole
}
