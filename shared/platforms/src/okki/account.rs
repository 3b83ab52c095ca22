//! The variables of an OKKI account, and what can be wrong with them.

use std::fmt;

use http::uri::{Authority, Scheme};

use super::SCOPE;
use crate::Problem;
use crate::variables::{Reader, host, scheme};

/// The credentials of one company's application, checked.
#[derive(Clone)]
pub struct Account {
    pub(super) scheme: Scheme,
    pub(super) host: Authority,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) scope: String,
}

impl Account {
    /// Reads the variables `<name>_scheme`, `_host`, `_client_id`, `_client_secret` and `_scope`, the last of
    /// which may be left out. `variable` gives the value of the variable so named, empty when it is not set.
    ///
    /// # Errors
    /// All malformed variables at once, each by its name and with what it is for.
    pub fn from_variables(name: &str, variable: impl Fn(&str) -> String) -> Result<Account, Vec<Problem>> {
        let mut read = Reader::new(name, variable);

        let scheme = read.parsed(
            "scheme",
            "https or http, how to reach OKKI: https but for tests",
            "https 或 http，访问 OKKI 的协议：除测试外均为 https",
            scheme,
        );
        let host = read.parsed(
            "host",
            "OKKI's host, without scheme and path: api-sandbox.xiaoman.cn, which is the production system in spite of its name",
            "OKKI 的主机名，不含协议和路径：api-sandbox.xiaoman.cn（虽名为 sandbox，实为正式环境）",
            host,
        );
        let client_id = read.text(
            "client_id",
            "the client_id from 企业管理 → 外部对接 → API对接, seen by the main account",
            "client_id，用主账号登录后见 企业管理 → 外部对接 → API对接",
        );
        let client_secret = read.text(
            "client_secret",
            "the client_secret from 企业管理 → 外部对接 → API对接",
            "client_secret，见 企业管理 → 外部对接 → API对接",
        );
        let scope = if read.is_set("scope") {
            read.parsed(
                "scope",
                "the modules that the token is for, separated by one blank: invoices for orders (and if not set), company too where customers are looked up",
                "令牌授权的模块，以一个空格分隔：订单为 invoices（不填时的默认值），需要查询客户时加上 company",
                scope,
            )
        } else {
            Some(SCOPE.to_owned())
        };

        match (scheme, host, client_id, client_secret, scope) {
            (Some(scheme), Some(host), Some(client_id), Some(client_secret), Some(scope)) => {
                Ok(Account { scheme, host, client_id, client_secret, scope })
            }
            _ => Err(read.problems),
        }
    }

    /// Host, or host:port, as for a log line.
    pub fn host(&self) -> &str {
        self.host.as_str()
    }

    /// The client id: with the host it tells accounts apart.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("url", &format_args!("{}://{}", self.scheme, self.host))
            .field("client_id", &self.client_id)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

fn scope(text: &str) -> Option<String> {
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    text.split(' ').all(is_name).then(|| text.to_owned())
}
