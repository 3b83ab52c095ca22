//! 金蝶 K3 WISE: a token, then the template of each object that the flows write, against which their fields are held.
//!
//! Whether an older token lives on is unconfirmed (`vendors/kingdee.md` 3.1). A token lives for an hour, so that
//! every program that uses one is ready to fetch the next, Ferry too: hence one is fetched here without asking.

use super::ask::now_ms;
use super::finding::{Finding, Text};
use super::flows::Role;
use super::visit::{Stopped, Visit};
use ferry_platforms::wise::{self, Account, Page, Template};
use serde_json::Value;
use std::collections::BTreeMap;

/// Its name for people.
pub const SYSTEM: &str = "金蝶 K3 WISE";

/// The fields of an account's variables that have no default.
pub const OWN: &[&str] = &["host", "authority_code"];

/// Examines an account.
///
/// # Errors
/// A finding has told why it went no further.
pub fn examine(visit: &mut Visit<'_>) -> Result<(), Stopped> {
    let account = visit.account(|name, value| Account::from_variables(name, value))?;
    visit.host = account.host().to_owned();
    let answer = visit.ask("a token", wise::request_token(&account))?;
    let token = visit.read(&answer.call, wise::read_token(&answer.response, now_ms() / 1000))?;
    visit.secrets.push(token.token.clone());
    for (object, written) in written(visit) {
        let what = format!("template of {object}");
        let answer = visit.ask(&what, wise::get_template(&account, &token, &object))?;
        let template = visit.read(&answer.call, wise::read_template(&answer.response))?;
        for (flow, fields) in written {
            compare(visit, &answer.call, flow, &fields, &template);
        }
    }
    Ok(())
}

/// A field that a flow writes, with `{}` behind the name of an object.
type Field = (Page, String);

/// What the flows write, by object and flow.
fn written<'a>(visit: &Visit<'a>) -> BTreeMap<String, Vec<(&'a str, Vec<Field>)>> {
    let mut objects: BTreeMap<String, Vec<(&str, Vec<Field>)>> = BTreeMap::new();
    for used in visit.place.uses.iter().filter(|used| used.role == Role::Target) {
        let object = wise::object_of(used.api()).unwrap_or(wise::SALES_ORDER);
        let flow = used.flow.name.as_str();
        objects.entry(object.to_owned()).or_default().push((flow, fields(used.part)));
    }
    if objects.is_empty() {
        objects.insert(wise::SALES_ORDER.to_owned(), Vec::new());
    }
    objects
}

/// The fields of a flow file's target.
fn fields(target: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for page in list(&target["request"]) {
        let which = match page["field"].as_str() {
            Some("Page1") => Page::Page1,
            Some("Page2") => Page::Page2,
            _ => continue,
        };
        for field in list(&page["children"]) {
            let Some(name) = field["field"].as_str() else { continue };
            let parser = field["parser"]["name"].as_str().unwrap_or_default();
            let is_object = field["type"] == "object" || parser.ends_with("ObjectParser");
            fields.push((which, format!("{name}{}", if is_object { "{}" } else { "" })));
        }
    }
    fields
}

fn compare(visit: &mut Visit<'_>, call: &str, flow: &str, fields: &[Field], template: &Template) {
    for (page, field) in fields {
        if let Some(problem) = template.problem(*page, field) {
            let means = Text::new(
                format!("{flow} writes {}: {}.", problem.about, problem.en),
                format!("{flow} 写入 {}：{}。", problem.about, problem.zh),
            );
            let advice = Text::new(
                format!(
                    "Correct target.request in functions/{flow}/flow.json: WISE refuses or loses the field as it is."
                ),
                format!(
                    "请修正 functions/{flow}/flow.json 的 target.request：按现状 WISE 会拒绝或丢失该字段。"
                ),
            );
            let finding = Finding::problem("unknown_field", means, advice).at(call);
            visit.findings.push(finding);
        }
    }
}
