//! The variables of a 星辰 account, and what can be wrong with them.

use std::fmt;

use http::uri::{Authority, Scheme};

use crate::Problem;
use crate::variables::{Reader, host, scheme};

/// The credentials of one application for one account set (账套), checked.
#[derive(Clone)]
pub struct Account {
    pub(super) scheme: Scheme,
    pub(super) host: Authority,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) outer_instance_id: String,
    pub(super) app_key: Option<String>,
}

impl Account {
    /// Reads the variables `<name>_scheme`, `_host`, `_client_id`, `_client_secret`, `_outer_instance_id` and,
    /// only needed where one instance has granted access to several account sets, `_app_key`. `variable` gives
    /// the value of the variable so named, empty when it is not set.
    ///
    /// # Errors
    /// All malformed variables at once, each by its name and with what it is for.
    pub fn from_variables(name: &str, variable: impl Fn(&str) -> String) -> Result<Account, Vec<Problem>> {
        let mut read = Reader::new(name, variable);

        let scheme = read.parsed(
            "scheme",
            "https or http, how to reach Kingdee's gateway",
            "https 或 http，访问金蝶网关的协议",
            scheme,
        );
        let host = read.parsed(
            "host",
            "the gateway's host, api.kingdee.com for everybody; not the tenant's own domain, which it finds by itself",
            "网关主机名，所有租户均为 api.kingdee.com；不是租户自己的域名，后者由系统自动获取",
            host,
        );
        let client_id = read.parsed(
            "client_id",
            "the id of the application on open.jdy.com (应用ID), digits",
            "云星辰开放平台的应用ID（client_id），由数字组成",
            |text| plain(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit())),
        );
        let client_secret = read.parsed(
            "client_secret",
            "the secret of the application on open.jdy.com (client_secret)",
            "云星辰开放平台的应用密钥（client_secret）",
            plain,
        );
        let outer_instance_id = read.parsed(
            "outer_instance_id",
            "the id under which the tenant has granted the application access (第三方实例ID, outerInstanceId)",
            "租户授权该应用时的第三方实例ID（outerInstanceId）",
            plain,
        );
        let app_key = match read.is_set("app_key") {
            false => Some(None),
            true => read
                .parsed(
                    "app_key",
                    "the appKey of the account set to write to, where one instance has several; else not set",
                    "要写入的账套的 appKey；仅当一个实例授权了多个账套时填写",
                    plain,
                )
                .map(Some),
        };

        match (scheme, host, client_id, client_secret, outer_instance_id, app_key) {
            (
                Some(scheme),
                Some(host),
                Some(client_id),
                Some(client_secret),
                Some(outer_instance_id),
                Some(app_key),
            ) => Ok(Account { scheme, host, client_id, client_secret, outer_instance_id, app_key }),
            _ => Err(read.problems),
        }
    }

    /// Host, or host:port, as for a log line.
    pub fn host(&self) -> &str {
        self.host.as_str()
    }

    /// The id of the granted instance: with the client id it tells accounts apart.
    pub fn outer_instance_id(&self) -> &str {
        &self.outer_instance_id
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("url", &format_args!("{}://{}", self.scheme, self.host))
            .field("client_id", &self.client_id)
            .field("outer_instance_id", &self.outer_instance_id)
            .field("app_key", &self.app_key)
            .finish_non_exhaustive()
    }
}

/// What a header can carry.
fn plain(text: &str) -> Option<String> {
    text.bytes().all(|byte| byte.is_ascii_graphic()).then(|| text.to_owned())
}
