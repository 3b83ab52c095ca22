//! `cargo xtask doctor`: whether each account of the enabled flows works, and what to do where it does not.
//!
//! One call that only reads is made to each account (`design.md` 8), with the call for a token that it needs, from
//! here, natively: through `ferry_platforms`' requests and answers, with the variables that Spin would use. It
//! needs the variables of the flows in use and no others.
//!
//! | file | does |
//! |---|---|
//! | [`variables`] | the environment, `.env`, and the defaults of `spin.toml` |
//! | [`flows`] | which accounts the flows use, and what for |
//! | [`app`] | the app's own variables, and where Spin lets it call |
//! | [`ask`] | calls over the network, and what it means when none comes through |
//! | [`visit`] | what a platform's examination works with |
//! | [`diagnosis`] | from what a system answers to what is wrong |
//! | [`finding`] | what is wrong, in words for people |
//! | [`veil`] | hides the secrets |
//! | [`mod@print`] | for people, and as JSON |
//!
//! and one file per platform, all of one shape: `SYSTEM`, `OWN`, `examine`. Those that can only be examined with
//! a token whose fetching might end the running app's wait for `--fresh-token`, and say so.
//!
//! What is shown never holds a secret: addresses without their queries, the systems' own words, and over all of it
//! a last look for every secret that is known here, those that came back included.
//!
//! Exit codes: 0 no problems (warnings alone are none); 1 problems; 2 something could not be read.

pub mod app;
pub mod ask;
pub mod diagnosis;
pub mod finding;
pub mod flows;
mod galaxy;
mod jdy;
mod jushuitan;
mod mysql;
mod okki;
pub mod print;
pub mod variables;
pub mod veil;
pub mod visit;
mod wangdiantong;
mod wise;

use crate::flow_file::{self, Unreadable};
use crate::lang::Lang;
use crate::{Result, root, show};
use ask::Asker;
use finding::{Finding, Severity, Text};
use flows::{Flow, Place, places};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;
use variables::Variables;
use veil::Veil;
use visit::{Stopped, Visit};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Names of flows, or paths of flow files: only these, enabled or not. All that are enabled, if empty.
    pub flows: Vec<String>,
    /// Whether tokens may be fetched where that could end the one that a running app has.
    pub fresh_token: bool,
    /// How long to wait for an answer.
    pub timeout: Duration,
    /// The language of the messages.
    pub lang: Lang,
    /// One JSON document instead of text.
    pub json: bool,
}

/// All that was found.
pub struct Report {
    /// About the app as a whole.
    pub app: Vec<Finding>,
    /// About each account.
    pub accounts: Vec<Examined>,
    /// Flows that are not enabled.
    pub not_enabled: Vec<String>,
    /// What could not be read.
    pub unreadable: Vec<Unreadable>,
}

/// An account, and what was found there.
pub struct Examined {
    /// `galaxy`
    pub platform: String,
    /// Its name for people.
    pub system: String,
    /// The account: `galaxy`.
    pub account: String,
    /// Where it is; empty where that is not known.
    pub host: String,
    /// Flows, and what they use it for.
    pub uses: Vec<(String, String)>,
    /// Whether it works.
    pub status: Status,
    /// What was called.
    pub calls: Vec<String>,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// Whether an account works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It does, as far as was tried.
    Good,
    /// It does not.
    Problems,
    /// None of its variables is set.
    NotSetUp,
}

/// A platform, by the shape of its file.
struct Platform {
    key: &'static str,
    system: &'static str,
    own: &'static [&'static str],
    examine: fn(&mut Visit<'_>) -> std::result::Result<(), Stopped>,
}

macro_rules! platforms {
    ($($name:ident),+) => {
        &[$(Platform { key: stringify!($name), system: $name::SYSTEM, own: $name::OWN, examine: $name::examine }),+]
    };
}

const PLATFORMS: &[Platform] = platforms![galaxy, jdy, jushuitan, mysql, okki, wangdiantong, wise];

/// Examines, and prints what was found; the exit code.
///
/// # Errors
/// When the repository's own folders cannot be read.
pub fn run(options: &Options) -> Result<u8> {
    let files = flow_file::all()?;
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let report = match Variables::load(root(), environment) {
        Ok(variables) => examine(&files, &variables, options),
        Err(unreadable) => Report {
            app: Vec::new(),
            accounts: Vec::new(),
            not_enabled: Vec::new(),
            unreadable: vec![unreadable],
        },
    };
    let text = match options.json {
        true => format!("{:#}\n", print::json(&report)),
        false => print::text(&report, options.lang),
    };
    show::print(&text);
    Ok(report.exit_code())
}

/// Examines the accounts of the flows in `files`, as `options` narrows them down.
pub fn examine(files: &[PathBuf], variables: &Variables, options: &Options) -> Report {
    let (all, mut unreadable) = read(files);
    let (named, broken) = read(&options.flows.iter().map(|it| flow_file::named(it)).collect::<Vec<_>>());
    unreadable.extend(broken);
    let is_enabled = |flow: &&Flow| ferry_sync::flow::is_enabled(&flow.name, variables);
    let (chosen, left): (Vec<&Flow>, Vec<&Flow>) = match options.flows.is_empty() {
        true => all.iter().partition(is_enabled),
        false => (named.iter().collect(), Vec::new()),
    };
    let places = places(chosen.iter().copied());
    let mut app = app::examine(variables, &chosen, &all);
    let asker = Asker::new(options.timeout);
    let all_by_default = options.flows.is_empty() && variables.value("flows_enabled").trim() == "all";
    let someone_is = places.iter().any(|place| is_set_up(place, variables));
    let absent = match all_by_default && someone_is {
        true => Severity::Warning,
        false => Severity::Problem,
    };
    let mut secrets = variables.secrets();
    let mut accounts: Vec<Examined> = Vec::new();
    for place in &places {
        let (examined, fetched) = account(place, variables, &asker, options.fresh_token, absent);
        secrets.extend(fetched);
        accounts.push(examined);
    }
    let veil = Veil::over(secrets);
    let clean = |findings: &mut Vec<Finding>| {
        *findings = std::mem::take(findings).into_iter().map(|it| it.map(|text| veil.drawn(text))).collect();
    };
    clean(&mut app);
    accounts.iter_mut().for_each(|it| clean(&mut it.findings));
    let not_enabled = left.iter().map(|flow| flow.name.clone()).collect();
    Report { app, accounts, not_enabled, unreadable }
}

fn read(files: &[PathBuf]) -> (Vec<Flow>, Vec<Unreadable>) {
    let (mut flows, mut unreadable) = (Vec::new(), Vec::new());
    for file in files {
        match Flow::read(file) {
            Ok(flow) => flows.push(flow),
            Err(error) => unreadable.push(error),
        }
    }
    (flows, unreadable)
}

fn platform(key: &str) -> Option<&'static Platform> {
    PLATFORMS.iter().find(|platform| platform.key == key)
}

/// Whether the operator has set any of an account's variables that are his own to set.
fn is_set_up(place: &Place<'_>, variables: &Variables) -> bool {
    let own = platform(place.platform).map_or(&["host"][..], |platform| platform.own);
    own.iter().any(|field| variables.is_set(&format!("{}_{field}", place.account)))
}

/// Examines one account; also what must not be shown.
fn account(
    place: &Place<'_>,
    variables: &Variables,
    asker: &Asker,
    fresh_token: bool,
    absent: Severity,
) -> (Examined, Vec<String>) {
    let known = platform(place.platform);
    let system = known.map_or(place.platform, |platform| platform.system);
    let mut visit = Visit::new(place, system, variables, asker);
    visit.fresh_token = fresh_token;
    let is_set_up = is_set_up(place, variables);
    if let Some(platform) = known {
        // Why it stopped is among the findings.
        let _ = (platform.examine)(&mut visit);
    } else {
        visit.findings.push(Finding::problem(
            "unknown_platform",
            Text::new(
                format!("There is no platform {} here.", place.platform),
                format!("不支持平台 {}。", place.platform),
            ),
            Text::new("Correct `platform` in the flow file.", "请修正流程文件中的 platform。"),
        ));
    }
    visit.end();
    if known.is_some() && !is_set_up {
        visit.findings = vec![not_set_up(place, absent, &visit.findings)];
    }
    let has_problems = visit.findings.iter().any(|finding| finding.severity == Severity::Problem);
    let status = match (is_set_up || known.is_none(), has_problems) {
        (false, _) => Status::NotSetUp,
        (true, true) => Status::Problems,
        (true, false) => Status::Good,
    };
    let uses = place.uses.iter().map(|used| (used.flow.name.clone(), used.role.to_string())).collect();
    let examined = Examined {
        platform: place.platform.to_owned(),
        system: system.to_owned(),
        account: place.account.to_owned(),
        host: visit.host,
        uses,
        status,
        calls: visit.calls,
        findings: visit.findings,
    };
    (examined, visit.secrets)
}

/// None of the account's variables is set: what each is for, from what is wrong with them.
fn not_set_up(place: &Place<'_>, severity: Severity, missing: &[Finding]) -> Finding {
    let mut flows: Vec<&str> = place.uses.iter().map(|used| used.flow.name.as_str()).collect();
    flows.dedup();
    let flows = flows.join(", ");
    let account = place.account;
    let means = Text::new(
        format!("None of the variables of the account {account} is set, and {flows} cannot run without it."),
        format!("账号 {account} 的变量均未设置，{flows} 无法运行。"),
    );
    let advice = match severity {
        Severity::Warning => Text::new(
            "If you do not use these flows, name those that you do in SPIN_VARIABLE_FLOWS_ENABLED (separated by commas). Otherwise set:",
            "若不使用这些流程，请在 SPIN_VARIABLE_FLOWS_ENABLED 中列出要使用的流程（逗号分隔）；否则请设置：",
        ),
        _ => Text::new("Set these as SPIN_VARIABLE_<NAME>:", "请以 SPIN_VARIABLE_<名称> 设置："),
    };
    let advice = missing.iter().fold(advice, |list, finding| list.line(finding.means.clone()));
    Finding::new(severity, "not_set_up", means, advice)
}

impl Report {
    /// Everything that was found.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.app.iter().chain(self.accounts.iter().flat_map(|account| &account.findings))
    }

    /// 0 no problems; 1 problems; 2 something could not be read.
    pub fn exit_code(&self) -> u8 {
        match self.unreadable.is_empty() {
            false => 2,
            true => u8::from(self.findings().any(|finding| finding.severity == Severity::Problem)),
        }
    }
}
