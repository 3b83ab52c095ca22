//! What was found, for people and for programs.

use super::finding::{Finding, Severity};
use super::{Examined, Report, Status};
use crate::lang::Lang;
use serde_json::{Value, json};

/// A line per account that is well, a paragraph per finding.
pub fn text(report: &Report, lang: Lang) -> String {
    let mut out = String::new();
    let both = |en: &str, zh: &str| lang.choose(en, zh).collect::<Vec<_>>().join(" ");
    if !report.app.is_empty() {
        out +=
            &format!("{} {}\n", mark(worst(&report.app)), both("the app's own variables", "应用自身的变量"));
        for finding in &report.app {
            out += &paragraph(finding, lang);
        }
    }
    for account in &report.accounts {
        out += &head(account, lang);
        for finding in &account.findings {
            out += &paragraph(finding, lang);
        }
    }
    if !report.not_enabled.is_empty() {
        let label = both("not enabled, not examined:", "未启用，未检查：");
        out += &format!("– {label} {}\n", report.not_enabled.join(", "));
    }
    for unreadable in &report.unreadable {
        for line in lang.choose(&unreadable.en, &unreadable.zh) {
            out += &format!("✗ {line}\n");
        }
    }
    out += &format!("\n{}\n", summary(report, lang));
    out
}

fn head(account: &Examined, lang: Lang) -> String {
    let Examined { platform, system, account: name, host, .. } = account;
    let state = match account.status {
        Status::Good => lang.choose("good", "正常"),
        Status::NotSetUp => lang.choose("not set up", "未配置"),
        Status::Problems => lang.choose("has problems", "有问题"),
    };
    let state = state.collect::<Vec<_>>().join(" ");
    let place = if host.is_empty() { String::new() } else { format!(" {host}") };
    let uses: Vec<String> = account.uses.iter().map(|(flow, role)| format!("{flow} ({role})")).collect();
    let mark = mark(worst(&account.findings));
    format!("{mark} {system} [{platform}/{name}]{place}: {state}\n    {}\n", uses.join(", "))
}

fn paragraph(finding: &Finding, lang: Lang) -> String {
    let labels = |en: &'static str, zh: &'static str| lang.choose(en, zh).collect::<Vec<_>>().join(" ");
    let severity = match finding.severity {
        Severity::Problem => labels("problem", "问题"),
        Severity::Warning => labels("warning", "警告"),
        Severity::Note => labels("note", "说明"),
    };
    let mut out = format!("    {severity} [{}]\n", finding.code);
    if let Some(call) = &finding.call {
        out += &format!("      {}: {call}\n", labels("called", "调用"));
    }
    if let Some(answer) = &finding.answer {
        out += &format!("      {}: {answer}\n", labels("answer", "应答"));
    }
    for line in lang.choose(&finding.means.en, &finding.means.zh) {
        out += &format!("      {line}\n");
    }
    for (arrow, line) in lang.choose(("→", &finding.advice.en), ("→", &finding.advice.zh)) {
        // Under the arrow, where there are several lines.
        out += &format!("      {arrow} {}\n", line.replace('\n', "\n        "));
    }
    out
}

fn summary(report: &Report, lang: Lang) -> String {
    let count = |severity| report.findings().filter(|finding| finding.severity == severity).count();
    let (problems, warnings) = (count(Severity::Problem), count(Severity::Warning));
    let accounts = report.accounts.len();
    let good = report.accounts.iter().filter(|account| account.status == Status::Good).count();
    lang.choose(
        format!("{good} of {accounts} account(s) good, {problems} problem(s), {warnings} warning(s)"),
        format!("{accounts} 个账号中 {good} 个正常；{problems} 个问题，{warnings} 个警告"),
    )
    .collect::<Vec<_>>()
    .join("\n")
}

fn worst(findings: &[Finding]) -> Option<Severity> {
    findings.iter().map(|finding| finding.severity).max()
}

fn mark(worst: Option<Severity>) -> char {
    match worst {
        Some(Severity::Problem) => '✗',
        Some(Severity::Warning) => '!',
        Some(Severity::Note) | None => '✓',
    }
}

/// `{"good", "app": [finding], "accounts": [{"platform", "account", "host", "flows": [{"flow", "role"}], "status",
/// "calls", "findings"}], "not_enabled", "unreadable": [{"en", "zh"}]}`; a finding is
/// `{"code", "severity", "call", "answer", "means": {"en", "zh"}, "advice": {"en", "zh"}}`; `status` is `good`,
/// `problems` or `not_set_up`.
pub fn json(report: &Report) -> Value {
    let accounts: Vec<Value> = report
        .accounts
        .iter()
        .map(|it| {
            let flows: Vec<Value> =
                it.uses.iter().map(|(flow, role)| json!({"flow": flow, "role": role})).collect();
            json!({
                "platform": it.platform, "account": it.account, "host": it.host, "flows": flows,
                "status": it.status, "calls": it.calls, "findings": it.findings,
            })
        })
        .collect();
    let unreadable: Vec<Value> =
        report.unreadable.iter().map(|it| json!({"en": it.en, "zh": it.zh})).collect();
    json!({
        "good": report.exit_code() == 0, "app": report.app, "accounts": accounts,
        "not_enabled": report.not_enabled, "unreadable": unreadable,
    })
}
