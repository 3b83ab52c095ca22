//! From what a system answers to what is wrong.
//!
//! The platforms' own tables (`classify.rs` of each) say what an answer means and what to do about it; here their
//! codes are gathered into a few kinds that are the same everywhere, and what only this machine knows is added:
//! its address, its clock.

use super::finding::{Finding, Severity, Text};
use ferry_platforms::Error;
use std::net::IpAddr;

/// What this machine knows.
pub struct Circumstances<'a> {
    /// The platform's key: `jushuitan`.
    pub platform: &'a str,
    /// Its name for people.
    pub system: &'a str,
    /// The account.
    pub account: &'a str,
    /// Seconds that the server's clock is ahead of ours (behind if negative), where it told.
    pub ahead: Option<i64>,
    /// Our own address on the way there.
    pub local: Option<IpAddr>,
}

/// The kinds, with the codes of the platforms' tables.
#[rustfmt::skip]
const KINDS: &[(&str, &[&str], &str, &str)] = &[
    ("ip_not_whitelisted", &["ip_refused", "address_refused"],
        "accepts no calls from the address that this machine has towards the outside.",
        "不接受来自本机出口 IP 的调用。"),
    ("wrong_credentials",
        &["wrong_signature", "signature_refused", "bad_signature", "client_refused", "app_refused", "login_refused", "login_failed", "wrong_partner", "unknown_sid", "renewal_forbidden", "app_secret_rotated"],
        "does not accept who we say we are: key, secret or the signature that is made with it.",
        "不接受我们的身份：密钥、密码或由其计算的签名有误。"),
    ("token_refused", &["token_expired", "token_refused", "session_lost", "refresh_token_refused"],
        "does not, or no longer, accept the token or session of the call.",
        "不接受（或不再接受）调用所带的令牌或会话。"),
    ("no_permission", &["no_permission", "wrong_scope", "no_warehouse_right", "administrator_refused", "licence"],
        "knows who we are, and does not allow us this.",
        "认识我们的身份，但没有授权该操作。"),
    ("clock", &["clock_skew", "clock_off"],
        "refuses the time of the call.",
        "拒绝了调用所带的时间。"),
    ("quota", &["too_many_requests", "call_limit", "concurrency_limit", "too_many_connections"],
        "says that there were too many calls. The settings are not to blame.",
        "提示调用过多；这不是配置问题。"),
    ("web_page", &["web_page"],
        "answered with a web page in place of data, or something in between did.",
        "（或中间设备）返回了网页而不是数据。"),
    ("no_json", &["garbled_answer", "no_json"],
        "answered with something that is not the JSON of its interface.",
        "返回的内容不是接口的 JSON。"),
    ("wrong_address", &["wrong_path", "redirected"],
        "does not have the interface at this address.",
        "在该地址没有此接口。"),
    ("http_refused", &["http_refused"],
        "or a gateway before it turns the call away.",
        "或其前置网关拒绝了调用。"),
    ("server_error", &["server_error", "server_timeout", "server_busy"],
        "has trouble of its own.",
        "自身出现故障。"),
    ("wrong_data_centre", &[],
        "has no such data centre (账套).",
        "没有该数据中心（账套）。"),
];

/// What the error of an answer says about the account.
pub fn of(error: &Error, call: &str, circumstances: &Circumstances<'_>) -> Finding {
    let kind = KINDS.iter().find(|(_, codes, ..)| codes.contains(&error.code));
    named(kind.map_or(error.code, |(name, ..)| name), error, call, circumstances)
}

/// The same, where the platform knows better what kind it is.
pub fn named(code: &'static str, error: &Error, call: &str, about: &Circumstances<'_>) -> Finding {
    let (en, zh) = match KINDS.iter().find(|(name, ..)| *name == code) {
        Some((_, _, en, zh)) => (*en, *zh),
        None => ("refuses the call, for the reason that it gives.", "拒绝了调用，原因见其应答。"),
    };
    let means = Text::new(format!("{} {en}", about.system), format!("{}{zh}", about.system));
    // The hints name the variables of an account that is called like its platform.
    let own = |hint: &str| match about.platform == about.account {
        true => hint.to_owned(),
        false => hint.replace(&format!("{}_", about.platform), &format!("{}_", about.account)),
    };
    let hint = Text::new(own(&error.hint_en), own(&error.hint_zh));
    let advice = match code {
        "ip_not_whitelisted" => hint.and(outgoing_address(&error.message, about.local)),
        "clock" => hint.and(clock_advice(about.ahead)),
        "quota" => hint.and(Text::new(
            "Wait a minute (旺店通: five to ten) and run this again.",
            "请等待一分钟（旺店通为五到十分钟）后重新运行。",
        )),
        _ => hint,
    };
    Finding::problem(code, means, advice).at(call).said(words(error))
}

/// The system's own code and words.
pub fn words(error: &Error) -> String {
    let code = error.vendor_code.as_ref().map(|code| format!("[{code}] ")).unwrap_or_default();
    format!("{code}{}", error.message).trim_end().to_owned()
}

/// Our clock is not the server's, and the call went well all the same.
pub fn clock_warning(ahead: i64) -> Finding {
    let means = Text::new(
        format!("The server's clock and this machine's differ by {} s.", ahead.abs()),
        format!("服务器时钟与本机时钟相差 {} 秒。", ahead.abs()),
    );
    Finding::new(Severity::Warning, "clock", means, clock_advice(Some(ahead)))
}

/// What to do about the clock.
pub fn clock_advice(ahead: Option<i64>) -> Text {
    let measured = match ahead {
        Some(ahead) if ahead.abs() > 1 => Text::new(
            format!(
                "By the answer's own time this machine is {} s {}.",
                ahead.abs(),
                if ahead > 0 { "behind" } else { "ahead" }
            ),
            format!(
                "按应答中的时间，本机时钟{} {} 秒。",
                if ahead > 0 { "慢了" } else { "快了" },
                ahead.abs()
            ),
        ),
        _ => Text::new("", ""),
    };
    measured.and(Text::new(
        "Let the clock be set by NTP (`timedatectl set-ntp true`); the time zone does not matter.",
        "请启用 NTP 校时（timedatectl set-ntp true）；与时区无关。",
    ))
}

/// Which address belongs on the whitelist.
fn outgoing_address(said: &str, local: Option<IpAddr>) -> Text {
    if let Some(told) = address_in(said) {
        return Text::new(
            format!("The answer names the address that arrived there: {told}."),
            format!("应答中给出了对方看到的地址：{told}。"),
        );
    }
    let own = local.map(|it| it.to_string()).unwrap_or_else(|| "?".to_owned());
    Text::new(
        format!(
            "The answer does not name the address. This machine's own on the way there is {own}; behind a router or a cloud's NAT the public one is another, to be read from the router's or the cloud's console (公网 IP, NAT 网关), or asked of the network's administrator. It must be a fixed one."
        ),
        format!(
            "应答没有给出地址。本机到对方所用的地址是 {own}；若经过路由器或云 NAT，公网地址会不同，请在路由器或云控制台（公网 IP、NAT 网关）查看，或询问网络管理员。该地址必须是固定的。"
        ),
    )
}

/// An address that a text names.
fn address_in(text: &str) -> Option<IpAddr> {
    let parts = text.split(|c: char| !(c.is_ascii_hexdigit() || c == '.' || c == ':'));
    parts.filter(|part| part.contains(['.', ':'])).find_map(|part| part.trim_matches(':').parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_the_answer_is_the_one_to_put_on_the_list() {
        assert_eq!(address_in("IP 203.0.113.7 不在白名单"), "203.0.113.7".parse().ok());
        assert_eq!(address_in("ip:203.0.113.7:被拒绝"), "203.0.113.7".parse().ok());
        assert_eq!(address_in("IP 不在白名单（1.2）"), None);
        let text = outgoing_address("IP 不在白名单", "10.0.0.5".parse().ok());
        assert!(text.en.contains("10.0.0.5") && text.zh.contains("10.0.0.5"));
    }

    #[test]
    fn the_hint_names_the_variables_of_the_account_at_hand() {
        let error = ferry_platforms::wangdiantong::classify(ureq::http::StatusCode::OK, Some(1), "验证失败");
        let about = Circumstances {
            platform: "wangdiantong",
            system: "旺店通",
            account: "shop2",
            ahead: None,
            local: None,
        };
        let finding = of(&error, "POST …", &about);
        assert_eq!((finding.code, finding.answer.as_deref()), ("wrong_credentials", Some("[1] 验证失败")));
        assert!(finding.advice.en.contains("shop2_app_secret"), "{finding:?}");
        assert!(!finding.advice.zh.contains("wangdiantong_"), "{finding:?}");
    }
}
