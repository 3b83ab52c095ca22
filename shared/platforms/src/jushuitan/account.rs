//! The variables of a 聚水潭 account, and what can be wrong with them.

use std::fmt;

use http::uri::{Authority, Scheme};

use crate::Problem;
use crate::variables::{Reader, host, scheme};

/// Which of the two interfaces is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// `/open/…` of the open platform (`vendors/sources.md` 1.1).
    Current,
    /// `/api/open/query.aspx?method=…` (`vendors/sources.md` 1.8).
    Legacy,
}

/// Who renews the token of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// An app that the merchant built itself (自研): Ferry fetches the first token with
    /// [`get_init_token`](super::get_init_token), renews it with [`refresh_token`](super::refresh_token),
    /// and keeps it.
    Tokens,
    /// The legacy interface: [`extend_token`](super::extend_token) makes the same token live longer.
    Extend,
    /// An app of a service provider (服务商): such may not renew since 2023-08-15 (`vendors/sources.md` 1.3).
    /// A person authorises it anew and sets the variable.
    Never,
}

/// The credentials of one app (current) or partner (legacy) for one merchant, checked.
#[derive(Clone)]
pub struct Account {
    pub(super) scheme: Scheme,
    pub(super) host: Authority,
    pub(super) api: Api,
    pub(super) app_key: String,
    pub(super) app_secret: String,
    pub(super) access_token: Option<String>,
}

impl Account {
    /// Reads the variables `<name>_scheme`, `_host`, `_api` (`current` or `legacy`), `_app_key` and
    /// `_app_secret` (legacy: partnerid and partnerkey) and `_access_token` (legacy: the token; current: only
    /// for an app of a service provider, otherwise not set). `variable` gives the value of the variable so
    /// named, empty when it is not set.
    ///
    /// # Errors
    /// All malformed variables at once, each by its name and with what it is for.
    pub fn from_variables(name: &str, variable: impl Fn(&str) -> String) -> Result<Account, Vec<Problem>> {
        let mut read = Reader::new(name, variable);

        let scheme = read.parsed(
            "scheme",
            "https or http, how to reach the open platform",
            "https 或 http，访问开放平台的协议",
            scheme,
        );
        let host = read.parsed(
            "host",
            "the open platform's host, or host:port, without scheme and path: openapi.jushuitan.com, or open.erp321.com for the legacy interface",
            "开放平台的主机名或 主机:端口，不含协议和路径：openapi.jushuitan.com，旧版接口为 open.erp321.com",
            host,
        );
        let api = read.parsed(
            "api",
            "current (/open/…) or legacy (/api/open/query.aspx)",
            "current（新版 /open/…）或 legacy（旧版 /api/open/query.aspx）",
            api,
        );
        let app_key = read.text(
            "app_key",
            "the app's App Key; with the legacy interface the partnerid",
            "应用的 App Key；旧版接口为 partnerid（合作方编号）",
        );
        let app_secret = read.text(
            "app_secret",
            "the app's App Secret; with the legacy interface the partnerkey",
            "应用的 App Secret；旧版接口为 partnerkey（接入密钥）",
        );
        let wanted = api == Some(Api::Legacy) || read.is_set("access_token");
        let access_token = wanted
            .then(|| {
                read.text(
                    "access_token",
                    "the token: needed with the legacy interface and for an app of a service provider; not to be set for an app of one's own, whose token Ferry fetches itself",
                    "授权令牌：旧版接口和服务商应用必填；自研应用请留空，由 Ferry 自行获取",
                )
            })
            .flatten();

        match (scheme, host, api, app_key, app_secret) {
            (Some(scheme), Some(host), Some(api), Some(app_key), Some(app_secret))
                if read.problems.is_empty() =>
            {
                Ok(Account { scheme, host, api, app_key, app_secret, access_token })
            }
            _ => Err(read.problems),
        }
    }

    /// Which interface it uses.
    pub fn api(&self) -> Api {
        self.api
    }

    /// Who renews its token.
    pub fn renewal(&self) -> Renewal {
        match (self.api, &self.access_token) {
            (Api::Legacy, _) => Renewal::Extend,
            (Api::Current, Some(_)) => Renewal::Never,
            (Api::Current, None) => Renewal::Tokens,
        }
    }

    /// Host, or host:port, as for a log line.
    pub fn host(&self) -> &str {
        self.host.as_str()
    }

    /// The app's key or partnerid: with the host it tells accounts apart.
    pub fn app_key(&self) -> &str {
        &self.app_key
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("url", &format_args!("{}://{}", self.scheme, self.host))
            .field("api", &self.api)
            .field("app_key", &self.app_key)
            .field("renewal", &self.renewal())
            .finish_non_exhaustive()
    }
}

fn api(text: &str) -> Option<Api> {
    match text {
        "current" => Some(Api::Current),
        "legacy" => Some(Api::Legacy),
        _ => None,
    }
}
