//! The variables of a K3 WISE account, and what can be wrong with them.

use std::fmt;

use http::uri::{Authority, Scheme};

use crate::Problem;
use crate::variables::{Reader, host, scheme};

/// The access to one account set (账套), checked.
#[derive(Clone)]
pub struct Account {
    pub(super) scheme: Scheme,
    pub(super) host: Authority,
    pub(super) path: String,
    pub(super) authority_code: String,
}

impl Account {
    /// Reads the variables `<name>_scheme`, `_host`, `_path` and `_authority_code`. `variable` gives the
    /// value of the variable so named, empty when it is not set.
    ///
    /// # Errors
    /// All malformed variables at once, each by its name and with what it is for.
    pub fn from_variables(name: &str, variable: impl Fn(&str) -> String) -> Result<Account, Vec<Problem>> {
        let mut read = Reader::new(name, variable);

        let scheme = read.parsed(
            "scheme",
            "http or https, how to reach the ERP; the token stands in the address, so use https outside a network of your own",
            "http 或 https，访问 ERP 的协议；令牌在地址中传递，经过外网时请用 https",
            scheme,
        );
        let host = read.parsed(
            "host",
            "the ERP's host, or host:port, without scheme and path, as 192.168.19.205:800",
            "ERP 的主机名或 主机:端口，不含协议和路径，例如 192.168.19.205:800",
            host,
        );
        let path = read.parsed(
            "path",
            "the path of the API's site, beginning and ending with '/', usually /K3API/",
            "API 站点路径，以 / 开头并以 / 结尾，通常为 /K3API/",
            path,
        );
        let authority_code = read.parsed(
            "authority_code",
            "the authority code (授权码) of the enterprise made in EBDI → API平台: letters and digits",
            "在 EBDI → API平台 中新建企业时生成的授权码：仅字母和数字",
            authority_code,
        );

        match (scheme, host, path, authority_code) {
            (Some(scheme), Some(host), Some(path), Some(authority_code)) => {
                Ok(Account { scheme, host, path, authority_code })
            }
            _ => Err(read.problems),
        }
    }

    /// Host, or host:port, as for a log line.
    pub fn host(&self) -> &str {
        self.host.as_str()
    }

    /// The path of the API's site, as for a log line.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("url", &format_args!("{}://{}{}", self.scheme, self.host, self.path))
            .finish_non_exhaustive()
    }
}

/// Only what needs no percent-encoding.
fn path(text: &str) -> Option<String> {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte));
    (plain && text.starts_with('/') && text.ends_with('/')).then(|| text.to_owned())
}

fn authority_code(text: &str) -> Option<String> {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric()).then(|| text.to_owned())
}
