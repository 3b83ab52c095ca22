//! The operator's variables for alerts (`README.md` has the table).
//!
//! Spin grants outbound connections by scheme and host, without a path, so those are variables of their own; what
//! follows them, which holds the secret, is another. **One malformed host makes Spin deny all of them**: all are looked
//! at first, those of channels that are not used too, and the wrong one is named.

use crate::robots::{Channel, dingtalk, feishu, webhook, wecom};
use ferry_sync::flow::misconfigured;
use ferry_sync::host::Variables;
use ferry_sync::problem::Problem;
use http::uri::{Authority, PathAndQuery, Scheme};

/// A host that cannot be: the harmless default, which stands for "not set".
const UNSET: &str = "unset.invalid";

/// Where and to whom alerts go.
#[derive(Default)]
pub struct Settings {
    /// The channels that are set up.
    pub channels: Vec<Channel>,
    /// What is called after each good check.
    pub heartbeat: Option<Place>,
    /// Where people find the console: `https://ferry.example.com`, without a slash at its end. Empty: no links.
    pub console_url: String,
    /// What is wrong with the variables; the channels that it concerns are left out.
    pub problems: Vec<Problem>,
}

/// A URL in parts, whose path may be a secret.
#[derive(Clone)]
pub struct Place {
    /// `https`, or `http`.
    pub scheme: Scheme,
    /// Host, or host:port.
    pub host: Authority,
    /// Path and query.
    pub path: PathAndQuery,
}

impl Settings {
    /// Reads the variables. What is wrong with one channel does not keep the others from being used.
    pub fn load(variables: &dyn Variables) -> Self {
        let mut reader = Reader { variables, problems: Vec::new() };
        let mut settings = Settings::default();
        if let Some((origin, token)) = reader.robot("dingtalk", "token", "access_token", "钉钉") {
            let secret = reader.secret("dingtalk_secret");
            settings.channels.push(Channel::DingTalk(dingtalk::Robot { origin, token, secret }));
        }
        if let Some((origin, key)) = reader.robot("wecom", "key", "key", "企业微信") {
            settings.channels.push(Channel::WeCom(wecom::Robot { origin, key }));
        }
        if let Some((origin, hook)) = reader.robot("feishu", "hook", "…/bot/v2/hook/<this>", "飞书") {
            let secret = reader.secret("feishu_secret");
            settings.channels.push(Channel::Feishu(feishu::Robot { origin, hook, secret }));
        }
        if let Some(place) = reader.place("alert_webhook") {
            settings.channels.push(Channel::Webhook(webhook::Webhook { place }));
        }
        settings.heartbeat = reader.place("heartbeat");
        settings.console_url = reader.console_url();
        settings.problems = reader.problems;
        settings
    }
}

/// Scheme and host of a robot.
pub type Origin = (Scheme, Authority);

struct Reader<'v> {
    variables: &'v dyn Variables,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn value(&self, name: &str) -> String {
        self.variables.get(name).unwrap_or_default()
    }

    fn secret(&self, name: &str) -> Option<String> {
        Some(self.value(name).trim().to_owned()).filter(|value| !value.is_empty())
    }

    fn wrong(&mut self, name: &str, en: &str, zh: &str) {
        self.problems.push(misconfigured(name, en, zh));
    }

    /// Scheme and host; `None` where the host is not set, or (with a problem) one of them is malformed.
    fn origin(&mut self, channel: &str) -> Option<Origin> {
        let (scheme_name, host_name) = (format!("{channel}_scheme"), format!("{channel}_host"));
        let (scheme, host) = (self.value(&scheme_name), self.value(&host_name));
        let scheme = match scheme.as_str() {
            // A component that is not granted the variable, or the default.
            "" | "https" => Some(Scheme::HTTPS),
            "http" => Some(Scheme::HTTP),
            _ => {
                self.wrong(
                    &scheme_name,
                    "must be https or http; as it is, the platform denies all outbound calls of the console",
                    "须为 https 或 http；目前的值会使运行平台拒绝控制台的全部外部连接",
                );
                None
            }
        };
        if host.is_empty() || host == UNSET {
            return None;
        }
        let parsed: Option<Authority> = host.parse().ok();
        let parsed = parsed.filter(|host| !host.as_str().contains(['@', '*']) && !host.host().is_empty());
        if parsed.is_none() {
            self.wrong(
                &host_name,
                "must be a host or host:port, without https:// and without a path; as it is, the platform denies all outbound calls of the console",
                "须为 主机 或 主机:端口，不含 https:// 与路径；目前的值会使运行平台拒绝控制台的全部外部连接",
            );
        }
        scheme.zip(parsed)
    }

    /// A robot: its origin, and the part of its address that is a secret.
    fn robot(&mut self, channel: &str, secret: &str, part: &str, vendor: &str) -> Option<(Origin, String)> {
        let before = self.problems.len();
        let origin = self.origin(channel);
        let (host_name, secret_name) = (format!("{channel}_host"), format!("{channel}_{secret}"));
        let secret = self.secret(&secret_name);
        match (origin, secret) {
            (Some(origin), Some(secret)) if secret.chars().all(is_plain) => return Some((origin, secret)),
            (Some(_), Some(_)) => self.wrong(
                &secret_name,
                &format!("is the part of the webhook address of the {vendor} robot behind {part}, not the whole address"),
                &format!("为{vendor}机器人 Webhook 地址中 {part} 的值，而不是整个地址"),
            ),
            (Some(_), None) => self.wrong(
                &secret_name,
                &format!("is not set, while {host_name} is: it is the part of the webhook address of the {vendor} robot behind {part}"),
                &format!("未设置，而 {host_name} 已设置：应为{vendor}机器人 Webhook 地址中 {part} 的值"),
            ),
            (None, Some(_)) if self.problems.len() == before => self.wrong(
                &host_name,
                &format!("is not set, while {secret_name} is: it is the host of the webhook address of the {vendor} robot"),
                &format!("未设置，而 {secret_name} 已设置：应为{vendor}机器人 Webhook 地址的主机"),
            ),
            _ => {}
        }
        None
    }

    /// A URL in three variables.
    fn place(&mut self, name: &str) -> Option<Place> {
        let (scheme, host) = self.origin(name)?;
        let path_name = format!("{name}_path");
        let path = self.value(&path_name);
        let path = if path.is_empty() { "/".to_owned() } else { path };
        match path.parse::<PathAndQuery>() {
            Ok(path) if path.as_str().starts_with('/') => Some(Place { scheme, host, path }),
            _ => {
                self.wrong(
                    &path_name,
                    "must be what follows the host in the address, beginning with a slash; blanks and the like as %20",
                    "须为地址中主机之后的部分，以斜杠开头；空格等须写作 %20",
                );
                None
            }
        }
    }

    fn console_url(&mut self) -> String {
        let url = self.value("console_url");
        let url = url.trim().trim_end_matches('/');
        let fits = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let fits = fits.is_some_and(|rest| {
            !rest.is_empty()
                && !rest.chars().any(|c| c.is_whitespace() || c.is_control() || "<>\"()[]".contains(c))
        });
        if url.is_empty() || fits {
            return url.to_owned();
        }
        self.wrong(
            "console_url",
            "is where people find the console, like https://ferry.example.com; alerts link to it",
            "为控制台的访问地址，形如 https://ferry.example.com；告警中的链接指向它",
        );
        String::new()
    }
}

/// Tokens are letters, digits and a few signs; anything else would change the address.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.~".contains(c)
}

impl Place {
    /// The whole of it.
    ///
    /// # Panics
    /// Never: its parts were parsed.
    pub fn uri(&self) -> http::Uri {
        uri(&(self.scheme.clone(), self.host.clone()), self.path.as_str())
            .expect("a scheme, an authority and a path make an address")
    }
}

/// A path at an origin; `None` where it is no path.
pub fn uri((scheme, host): &Origin, path: &str) -> Option<http::Uri> {
    http::Uri::builder().scheme(scheme.clone()).authority(host.clone()).path_and_query(path).build().ok()
}
