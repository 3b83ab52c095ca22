//! What concerns the app as a whole: its own secrets, which flows are enabled, and where Spin lets it call.

use super::finding::{Finding, Severity, Text};
use super::flows::Flow;
use super::variables::Variables;
use ferry_sync::flow::TOKEN_LENGTH;
use std::collections::BTreeMap;
use ureq::http::uri::Authority;

/// What is wrong with the app's own variables, as far as these flows are concerned.
pub fn examine(variables: &Variables, enabled: &[&Flow], all: &[Flow]) -> Vec<Finding> {
    let mut findings = secrets(variables);
    findings.extend(unknown_flows(variables, all));
    findings.extend(outbound(variables, enabled));
    findings
}

/// Tokens may be left out, and close their routes then; `state_key` may not.
fn secrets(variables: &Variables) -> Vec<Finding> {
    let mut findings = Vec::new();
    let length = |name: &str| variables.value(name).chars().count();
    let generate = |name: &str| {
        let upper = name.to_uppercase();
        Text::new(
            format!("For example: export SPIN_VARIABLE_{upper}=$(openssl rand -hex 24)"),
            format!("例如：export SPIN_VARIABLE_{upper}=$(openssl rand -hex 24)"),
        )
    };
    if length("state_key") < TOKEN_LENGTH {
        let means = Text::new(
            format!(
                "state_key has {} characters; it needs at least {TOKEN_LENGTH}, and no flow runs without it: it seals sessions and dead letters.",
                length("state_key")
            ),
            format!(
                "state_key 只有 {} 个字符，至少需要 {TOKEN_LENGTH} 个；它用于加密会话与死信，没有它任何流程都不能运行。",
                length("state_key")
            ),
        );
        let keep = Text::new(
            "Keep it: with another key, dead letters can no longer be read.",
            "请妥善保存：更换后将无法查看已有死信。",
        );
        findings.push(Finding::problem("state_key", means, generate("state_key").line(keep)));
    }
    for name in ["run_token", "admin_token", "tick_token"] {
        if (1..TOKEN_LENGTH).contains(&length(name)) {
            let means = Text::new(
                format!(
                    "{name} has {} characters; with fewer than {TOKEN_LENGTH} its routes stay closed.",
                    length(name)
                ),
                format!("{name} 只有 {} 个字符；少于 {TOKEN_LENGTH} 个时其接口保持关闭。", length(name)),
            );
            findings.push(Finding::problem("token_too_short", means, generate(name)));
        }
    }
    if ["run_token", "admin_token", "tick_token"].iter().all(|name| length(name) == 0) {
        let means = Text::new(
            "Neither run_token nor admin_token nor tick_token is set: flows run on their schedule, and nobody can call or look at them.",
            "run_token、admin_token、tick_token 均未设置：流程只会按计划运行，无人可以调用或查看。",
        );
        findings.push(Finding::new(Severity::Warning, "no_token", means, generate("admin_token")));
    }
    findings
}

/// Names in `flows_enabled` that no flow has.
fn unknown_flows(variables: &Variables, all: &[Flow]) -> Vec<Finding> {
    let enabled = variables.value("flows_enabled");
    let names =
        enabled.split([',', ' ', '，']).map(str::trim).filter(|name| !name.is_empty() && *name != "all");
    let known: Vec<&str> = all.iter().map(|flow| flow.name.as_str()).collect();
    let unknown = names.filter(|name| !known.contains(name)).map(|name| {
        let list = known.join(", ");
        Finding::problem(
            "unknown_flow",
            Text::new(
                format!("flows_enabled names {name}, and there is no such flow."),
                format!("flows_enabled 中的 {name} 不存在。"),
            ),
            Text::new(format!("There are: {list}."), format!("可用的流程：{list}。")),
        )
    });
    unknown.collect()
}

/// One malformed entry of `allowed_outbound_hosts` makes Spin deny a component all calls, the good ones too.
fn outbound(variables: &Variables, enabled: &[&Flow]) -> Vec<Finding> {
    // An entry is named once, with all components that have it.
    let mut bad: BTreeMap<(&str, String), Vec<&str>> = BTreeMap::new();
    for flow in enabled {
        for entry in variables.allowed_outbound_hosts(&flow.name) {
            let resolved = fill(entry, variables);
            if !is_entry(&resolved) {
                bad.entry((entry, resolved)).or_default().push(&flow.name);
            }
        }
    }
    let finding = |((entry, resolved), flows): ((&str, String), Vec<&str>)| {
        let flows = flows.join(", ");
        Finding::problem(
            "outbound_denied",
            Text::new(
                format!(
                    "{entry} in allowed_outbound_hosts becomes {resolved}, which is malformed. Then Spin denies *all* calls of {flows}, those to other hosts too."
                ),
                format!(
                    "allowed_outbound_hosts 中的 {entry} 变为 {resolved}，格式不正确。此时 Spin 会拒绝 {flows} 的*全部*出站调用，包括其他主机。"
                ),
            ),
            Text::new(
                "Correct the variables in it: a scheme is http or https, a host has neither https:// nor a path nor blanks, a port is a number from 1 to 65535.",
                "请修正其中的变量：协议为 http 或 https；主机名不含 https://、路径和空格；端口为 1 到 65535 的数字。",
            ),
        )
    };
    bad.into_iter().map(finding).collect()
}

/// `{{ name }}` replaced by values.
fn fill(entry: &str, variables: &Variables) -> String {
    let mut filled = String::new();
    let mut rest = entry;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        filled += before;
        filled += &variables.value(name.trim());
        rest = after;
    }
    filled + rest
}

/// `<scheme>://<host>[:<port>]`, as far as a scheme, a host and a port of ours can spoil it (`spin.md` 4.1).
fn is_entry(entry: &str) -> bool {
    let Some((scheme, place)) = entry.trim().split_once("://") else { return false };
    let authority = place.parse::<Authority>();
    let is_host = authority.is_ok_and(|it| {
        let port = it.as_str().strip_prefix(it.host()).unwrap_or(it.as_str());
        let port = port.strip_prefix(':').map(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
        !it.host().is_empty() && !it.as_str().contains('@') && port.unwrap_or(true)
    });
    !scheme.is_empty() && scheme.chars().all(char::is_alphabetic) && (is_host || place == "*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_spin_would_not_understand_is_no_entry() {
        for good in ["https://erp.example.com", "http://127.0.0.1:8080", "mysql://db:3306", "http://[::1]:80"]
        {
            assert!(is_entry(good), "{good}");
        }
        for bad in [
            "https://https://erp.example.com",
            "https://erp.example.com/k3cloud",
            "https://",
            "://erp",
            "https://erp example",
            "mysql://db:",
            "mysql://db:33o6",
            "mysql://db:99999",
        ] {
            assert!(!is_entry(bad), "{bad}");
        }
    }
}
