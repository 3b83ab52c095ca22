//! The variables of a 旺店通 account, and what can be wrong with them.

use std::fmt;

use http::uri::{Authority, Scheme};

use crate::Problem;
use crate::variables::{Reader, host, scheme};

/// The credentials of one seller (卖家账号), checked.
#[derive(Clone)]
pub struct Account {
    pub(super) scheme: Scheme,
    pub(super) host: Authority,
    pub(super) path: String,
    pub(super) sid: String,
    pub(super) app_key: String,
    /// The part of the appsecret that signs and is never sent.
    pub(super) secret: String,
    /// The part that is sent.
    pub(super) salt: String,
}

impl Account {
    /// Reads the variables `<name>_scheme`, `_host`, `_path`, `_sid`, `_app_key` and `_app_secret`
    /// (`secret:salt`, as 旺店通 hands it out). `variable` gives the value of the variable so named,
    /// empty when it is not set.
    ///
    /// # Errors
    /// All malformed variables at once, each by its name and with what it is for.
    pub fn from_variables(name: &str, variable: impl Fn(&str) -> String) -> Result<Account, Vec<Problem>> {
        let mut read = Reader::new(name, variable);

        let scheme = read.parsed(
            "scheme",
            "https or http, how to reach 旺店通's open platform",
            "https 或 http，访问旺店通开放平台的协议",
            scheme,
        );
        let host = read.parsed(
            "host",
            "the host, or host:port, without scheme and path: wdt.wangdian.cn, or that of the test environment",
            "主机名或 主机:端口，不含协议和路径：正式环境为 wdt.wangdian.cn，或测试环境的地址",
            host,
        );
        let path = read.parsed(
            "path",
            "the path, beginning with '/', usually /openapi",
            "路径，以 / 开头，通常为 /openapi",
            path,
        );
        let sid =
            read.parsed("sid", "the seller account that 旺店通 assigned", "旺店通分配的卖家账号", printable);
        let app_key = read.parsed(
            "app_key",
            "the appkey of your application; it is an employee number in the ERP too, whose warehouse rights count",
            "应用的 appkey；它在 ERP 中同时是员工编号，仓库权限以该员工为准",
            printable,
        );
        let app_secret = read.parsed(
            "app_secret",
            "the application's appsecret, whole: two parts joined by ':', as secret:salt",
            "应用的完整 appsecret：由冒号连接的两段，形如 secret:salt",
            app_secret,
        );

        match (scheme, host, path, sid, app_key, app_secret) {
            (Some(scheme), Some(host), Some(path), Some(sid), Some(app_key), Some((secret, salt))) => {
                Ok(Account { scheme, host, path, sid, app_key, secret, salt })
            }
            _ => Err(read.problems),
        }
    }

    /// Host, or host:port, as for a log line.
    pub fn host(&self) -> &str {
        self.host.as_str()
    }

    /// The seller account: with the host it tells accounts apart.
    pub fn sid(&self) -> &str {
        &self.sid
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("url", &format_args!("{}://{}{}", self.scheme, self.host, self.path))
            .field("sid", &self.sid)
            .field("app_key", &self.app_key)
            .finish_non_exhaustive()
    }
}

/// Only what needs no percent-encoding.
fn path(text: &str) -> Option<String> {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte));
    (plain && text.starts_with('/')).then(|| text.to_owned())
}

fn printable(text: &str) -> Option<String> {
    text.chars().all(|char| !char.is_control() && !char.is_whitespace()).then(|| text.to_owned())
}

/// What signs, and what is sent.
fn app_secret(text: &str) -> Option<(String, String)> {
    let (secret, salt) = printable(text)?.split_once(':').map(|(a, b)| (a.to_owned(), b.to_owned()))?;
    (!secret.is_empty() && !salt.is_empty() && !salt.contains(':')).then_some((secret, salt))
}
