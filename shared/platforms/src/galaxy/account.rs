//! The variables of a Galaxy account, and what can be wrong with them.

use std::fmt;

use http::uri::{Authority, Scheme};

use crate::Problem;
use crate::variables::{Reader, host, scheme};

/// How a call proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// A signature in the headers of every call, no login (`vendors/kingdee.md` 1.2).
    Signed,
    /// A session from `LoginByAppSecret` (`vendors/kingdee.md` 1.5).
    Session,
}

/// The credentials of one data centre (账套), checked.
#[derive(Clone)]
pub struct Account {
    pub(super) scheme: Scheme,
    pub(super) host: Authority,
    pub(super) path: String,
    pub(super) auth: Auth,
    pub(super) acct_id: String,
    pub(super) user: String,
    pub(super) app_id: String,
    pub(super) app_secret: String,
    pub(super) lcid: u32,
    pub(super) org: String,
}

impl Account {
    /// Reads the variables `<name>_scheme`, `_host`, `_path`, `_auth` (`signed` or `session`),
    /// `_acct_id`, `_user`, `_app_id`, `_app_secret`, `_lcid` and `_org`. `variable` gives the value
    /// of the variable so named, empty when it is not set.
    ///
    /// # Errors
    /// All malformed variables at once, each by its name and with what it is for.
    pub fn from_variables(name: &str, variable: impl Fn(&str) -> String) -> Result<Account, Vec<Problem>> {
        let mut read = Reader::new(name, variable);

        let scheme = read.parsed(
            "scheme",
            "https or http, how to reach the ERP",
            "https 或 http，访问 ERP 的协议",
            scheme,
        );
        let host = read.parsed(
            "host",
            "the ERP's host, or host:port, without scheme and path, as erp.example.com",
            "ERP 的主机名或 主机:端口，不含协议和路径，例如 erp.example.com",
            host,
        );
        let path = read.parsed(
            "path",
            "the path of the ERP's site, beginning and ending with '/', as /k3cloud/; it is signed exactly as written",
            "ERP 站点路径，以 / 开头并以 / 结尾，例如 /k3cloud/；签名时按原样使用",
            path,
        );
        let auth = read.parsed(
            "auth",
            "signed (a signature in every call) or session (LoginByAppSecret)",
            "signed（每次调用签名）或 session（LoginByAppSecret 登录会话）",
            auth,
        );
        let acct_id = read.text("acct_id", "the id of the data centre", "数据中心（账套）ID");
        let user = read.text(
            "user",
            "the integration user named in 第三方系统登录授权",
            "第三方系统登录授权中指定的集成用户",
        );
        let app_id = read.parsed(
            "app_id",
            "the application id from 第三方系统登录授权: two parts joined by one '_'; with signed headers the second has exactly 32 characters",
            "第三方系统登录授权中的应用ID：由一个 _ 连接的两段；签名方式下第二段必须正好 32 个字符",
            |text| app_id(text, auth.unwrap_or(Auth::Signed)),
        );
        let app_secret = read.text(
            "app_secret",
            "the application's secret from 第三方系统登录授权",
            "第三方系统登录授权中的应用密钥",
        );
        let lcid = read.parsed(
            "lcid",
            "the language: 2052 Chinese, 1033 English",
            "语言：2052 中文，1033 英文",
            |text| text.parse().ok(),
        );
        let org = read.text(
            "org",
            "the number of the organisation to act for, 0 for the user's own",
            "组织编码，0 表示用户默认组织",
        );

        match (scheme, host, path, auth, acct_id, user, app_id, app_secret, lcid, org) {
            (
                Some(scheme),
                Some(host),
                Some(path),
                Some(auth),
                Some(acct_id),
                Some(user),
                Some(app_id),
                Some(app_secret),
                Some(lcid),
                Some(org),
            ) => Ok(Account { scheme, host, path, auth, acct_id, user, app_id, app_secret, lcid, org }),
            _ => Err(read.problems),
        }
    }

    /// Which kind of credentials it uses.
    pub fn auth(&self) -> Auth {
        self.auth
    }

    /// Host, or host:port, as for a log line.
    pub fn host(&self) -> &str {
        self.host.as_str()
    }

    /// The id of the data centre: with the host it tells accounts apart.
    pub fn acct_id(&self) -> &str {
        &self.acct_id
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The second part of app_id is key material too: the signature's secret is made from it.
        f.debug_struct("Account")
            .field("url", &format_args!("{}://{}{}", self.scheme, self.host, self.path))
            .field("auth", &self.auth)
            .field("acct_id", &self.acct_id)
            .field("user", &self.user)
            .field("client_id", &self.client_id())
            .field("lcid", &self.lcid)
            .field("org", &self.org)
            .finish_non_exhaustive()
    }
}

impl Account {
    /// The part of the application id before the `_`, which is no secret.
    pub(super) fn client_id(&self) -> &str {
        self.app_id.split_once('_').map_or("", |(client, _)| client)
    }
}

/// Only what needs no percent-encoding, so that what is signed is what is sent.
fn path(text: &str) -> Option<String> {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte));
    (plain && text.starts_with('/') && text.ends_with('/')).then(|| text.to_owned())
}

fn auth(text: &str) -> Option<Auth> {
    match text {
        "signed" => Some(Auth::Signed),
        "session" => Some(Auth::Session),
        _ => None,
    }
}

fn app_id(text: &str, auth: Auth) -> Option<String> {
    let (client, key) = text.split_once('_')?;
    let two_parts = !client.is_empty() && !key.is_empty() && !key.contains('_');
    let header_safe = text.bytes().all(|byte| byte.is_ascii_graphic());
    let key_fits = match auth {
        Auth::Signed => super::sign::client_secret(key).is_some(),
        Auth::Session => true,
    };
    (two_parts && header_safe && key_fits).then(|| text.to_owned())
}
