//! The operator's variables.

mod world;

use ferry_watch::robots::ChannelName;
use ferry_watch::settings::Settings;
use world::*;

fn names(settings: &Settings) -> Vec<ChannelName> {
    settings.channels.iter().map(|channel| channel.name()).collect()
}

fn wrong(variables: &[(&'static str, &str)]) -> Vec<String> {
    let settings = Settings::load(&given(variables));
    settings.problems.iter().map(|problem| problem.message.to_string()).collect()
}

#[test]
fn nothing_is_set_up_by_default() {
    let defaults = ["dingtalk_host", "wecom_host", "feishu_host", "alert_webhook_host", "heartbeat_host"];
    let defaults: Vec<(&str, &str)> = defaults.iter().map(|name| (*name, "unset.invalid")).collect();
    for variables in [&[][..], &defaults] {
        let settings = Settings::load(&given(variables));
        assert!(settings.channels.is_empty() && settings.heartbeat.is_none() && settings.problems.is_empty());
    }
}

#[test]
fn all_channels_can_be_set_up() {
    let settings = Settings::load(&given(&[
        ("dingtalk_host", "oapi.dingtalk.com"),
        ("dingtalk_token", "0123abc"),
        ("dingtalk_secret", "SEC1"),
        ("wecom_host", "qyapi.weixin.qq.com"),
        ("wecom_key", "693a91f6-7a0c"),
        ("feishu_host", "open.feishu.cn"),
        ("feishu_hook", "db264cc8"),
        ("feishu_secret", ""),
        ("alert_webhook_scheme", "http"),
        ("alert_webhook_host", "10.0.0.7:8080"),
        ("alert_webhook_path", "/a?b=c"),
        ("heartbeat_host", "hc-ping.com"),
        ("heartbeat_path", "/uuid"),
        ("console_url", "https://ferry.example.com/"),
    ]));
    assert_eq!(settings.problems, []);
    assert_eq!(
        names(&settings),
        [ChannelName::Dingtalk, ChannelName::Wecom, ChannelName::Feishu, ChannelName::Webhook]
    );
    assert_eq!(settings.heartbeat.unwrap().uri().to_string(), "https://hc-ping.com/uuid");
    assert_eq!(settings.console_url, "https://ferry.example.com");
}

#[test]
fn a_malformed_host_is_named_though_its_channel_is_not_used() {
    for host in [
        "https://oapi.dingtalk.com",
        "oapi.dingtalk.com/robot/send",
        "a b",
        "*.dingtalk.com",
        "user@host",
        ":80",
    ] {
        let wrong =
            wrong(&[("wecom_host", "qyapi.weixin.qq.com"), ("wecom_key", "k"), ("dingtalk_host", host)]);
        assert_eq!(wrong.len(), 1, "{host}: {wrong:?}");
        assert!(wrong[0].contains("dingtalk_host") && wrong[0].contains("denies all"), "{wrong:?}");
    }
    let wrong = wrong(&[("heartbeat_scheme", "HTTP"), ("heartbeat_host", "unset.invalid")]);
    assert!(wrong[0].contains("heartbeat_scheme"), "{wrong:?}");
}

#[test]
fn half_a_channel_is_named_and_the_others_are_used() {
    let variables = [
        ("dingtalk_token", "0123abc"),
        ("wecom_host", "qyapi.weixin.qq.com"),
        ("feishu_host", "open.feishu.cn"),
        ("feishu_hook", "https://open.feishu.cn/open-apis/bot/v2/hook/db264cc8"),
        ("alert_webhook_host", "hooks.example.com"),
        ("console_url", "ferry.example.com"),
    ];
    let settings = Settings::load(&given(&variables));
    assert_eq!(names(&settings), [ChannelName::Webhook]);
    let wrong = wrong(&variables);
    for (named, message) in ["dingtalk_host", "wecom_key", "feishu_hook", "console_url"].iter().zip(&wrong) {
        assert!(message.starts_with(&format!("the variable {named} ")), "{message}");
    }
    assert_eq!(wrong.len(), 4, "{wrong:?}");
    // What is wrong is said without the secret.
    assert!(
        !wrong.iter().any(|message| message.contains("db264cc8") || message.contains("0123abc")),
        "{wrong:?}"
    );
}
