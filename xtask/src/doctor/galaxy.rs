//! 金蝶云星空: a login where sessions are used, then one row of each business object that the flows use.

use super::diagnosis;
use super::finding::{Finding, Text};
use super::flows::{Role, Use};
use super::visit::{Stopped, Visit};
use ferry_platforms::Error;
use ferry_platforms::galaxy::{self, Account, Auth, Query, Session};
use std::collections::BTreeMap;

/// Its name for people.
pub const SYSTEM: &str = "金蝶云星空";

/// The fields of an account's variables that have no default.
pub const OWN: &[&str] = &["host", "acct_id", "user", "app_id", "app_secret"];

/// A signed call that is this many seconds off is likely to be refused for it; the vendor names no figure.
const SIGNATURE_TOLERANCE: i64 = 120;

/// Examines an account.
///
/// # Errors
/// A finding has told why it went no further.
pub fn examine(visit: &mut Visit<'_>) -> Result<(), Stopped> {
    let account = visit.account(|name, value| Account::from_variables(name, value))?;
    visit.host = account.host().to_owned();
    let session = match account.auth() {
        Auth::Signed => None,
        Auth::Session => Some(login(visit, &account)?),
    };
    let mut stopped = Ok(());
    for (form_id, field_keys) in forms(&visit.place.uses) {
        let what = format!("ExecuteBillQuery, one row of {form_id}");
        let query = Query {
            form_id,
            field_keys,
            filter: String::new(),
            order: String::new(),
            limit: 1,
            start_row: 0,
            top_row_count: 0,
        };
        let now = super::ask::now_ms() / 1000;
        let answer = visit.ask(&what, galaxy::execute_bill_query(&account, session.as_ref(), now, &query))?;
        if let Err(error) = galaxy::read_query(&answer.response, query.field_keys.len()) {
            stopped = Err(refused(visit, &account, &answer.call, &error));
            // What is wrong with one business object says nothing of the next; everything else does.
            if !["no_permission", "unknown_form", "unknown_field"].contains(&error.code) {
                break;
            }
        }
    }
    stopped
}

fn login(visit: &mut Visit<'_>, account: &Account) -> Result<Session, Stopped> {
    let answer = visit.ask("LoginByAppSecret", galaxy::login_by_app_secret(account))?;
    match galaxy::read_login(&answer.response) {
        Ok(session) => {
            visit.secrets.push(session.id.clone());
            visit.secrets.extend(session.asp_net.clone());
            Ok(session)
        }
        Err(error) if error.message.contains("数据中心") || error.message.contains("账套") => {
            Err(visit.refused("wrong_data_centre", &answer.call, &error))
        }
        Err(error) => Err(visit.read::<()>(&answer.call, Err(error)).unwrap_err()),
    }
}

/// A signature that is refused, for whatever reason, is told as a lost session (`vendors/kingdee.md` 1.2).
fn refused(visit: &mut Visit<'_>, account: &Account, call: &str, error: &Error) -> Stopped {
    let signed = account.auth() == Auth::Signed && error.code == "session_lost";
    match visit.ahead {
        Some(ahead) if signed && ahead.abs() > SIGNATURE_TOLERANCE => {
            let means = Text::new(
                "金蝶云星空 does not accept the signed call. It does not say why; but the signature holds the time, and the clocks differ.",
                "金蝶云星空不接受签名调用，且未说明原因；但签名包含时间，而两边时钟不一致。",
            );
            let advice =
                diagnosis::clock_advice(Some(ahead)).and(Text::new("Then run this again.", "然后重新运行。"));
            visit.stop(Finding::problem("clock", means, advice).at(call).said(diagnosis::words(error)))
        }
        _ if signed => {
            let means = Text::new(
                "金蝶云星空 does not accept the signed call. It says the same to a wrong data centre, user, application or secret, and to an address that is not on its whitelist. The clock is not the cause.",
                "金蝶云星空不接受签名调用。数据中心、用户、应用ID、密钥有误或 IP 不在白名单时，它的说法都相同。时钟不是原因。",
            );
            let name = visit.place.account;
            let advice = Text::new(
                format!(
                    "Compare with 第三方系统登录授权 in the ERP, in this order: {name}_acct_id (the data centre's id, not its name), {name}_app_id, {name}_app_secret (shown once when it is made; make a new one if in doubt), {name}_user (the integration user of that application), the IP whitelist. With {name}_auth=session the login names the culprit: set it, run this again, and set it back."
                ),
                format!(
                    "请在 ERP 的第三方系统登录授权中依次核对：{name}_acct_id（数据中心 ID，不是名称）、{name}_app_id、{name}_app_secret（仅在生成时显示一次，不确定请重新生成）、{name}_user（该应用的集成用户）、IP 白名单。设 {name}_auth=session 后登录会说明具体原因：可临时设置并重新运行，再改回。"
                ),
            );
            visit.stop(
                Finding::problem("wrong_credentials", means, advice).at(call).said(diagnosis::words(error)),
            )
        }
        _ => visit.read::<()>(call, Err(error.clone())).unwrap_err(),
    }
}

/// The business objects that the flows use, with fields that prove something: those that are read. The currencies
/// where no flow names an object, as the vendor's own SDK tries an account.
fn forms(uses: &[Use<'_>]) -> BTreeMap<String, Vec<String>> {
    let mut forms: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for used in uses {
        let Some(form) = used.form_id() else { continue };
        let number = if form.starts_with("BD_") { "FNumber" } else { "FBillNo" };
        let keys: Vec<&str> = match &used.role {
            Role::Source => used.part["request"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|it| it["value"].as_str())
                .collect(),
            Role::Lookup(_) => {
                used.part["key"].as_array().into_iter().flatten().filter_map(|key| key.as_str()).collect()
            }
            Role::Target => vec![number],
        };
        let known = forms.entry(form.to_owned()).or_default();
        for key in keys {
            if is_field(key) && !known.iter().any(|it| it == key) {
                known.push(key.to_owned());
            }
        }
        if known.is_empty() {
            known.push(number.to_owned());
        }
    }
    if forms.is_empty() {
        forms.insert("BD_Currency".to_owned(), vec!["FNumber".to_owned()]);
    }
    forms
}

/// A field's name, and no template.
fn is_field(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "_.".contains(c))
}
