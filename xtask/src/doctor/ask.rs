//! Calls over the network, and what it means when none comes through.

use super::finding::{Finding, Text};
use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use ureq::http::{Request, Response};

/// How calls are made: directly and without following anybody, as Spin's host makes them.
pub struct Asker {
    agent: ureq::Agent,
    timeout: Duration,
}

/// What came back, and when.
pub struct Answer {
    /// What of the call must not be shown, should the system repeat it: tokens and signatures.
    pub secrets: Vec<String>,
    /// The call, as it may be shown.
    pub call: String,
    /// The answer.
    pub response: Response<Vec<u8>>,
    /// The middle between sending and receiving, Unix seconds.
    pub at: i64,
}

impl Asker {
    /// One that waits so long at most.
    pub fn new(timeout: Duration) -> Asker {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(timeout))
            // Spin knows no proxies.
            .proxy(None);
        Asker { agent: config.build().into(), timeout }
    }

    /// How long it waits.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Sends a request. `what` says in a few words what it asks for; the query of the address is never shown, since
    /// tokens and signatures stand there.
    ///
    /// # Errors
    /// No answer came.
    pub fn ask(&self, what: &str, request: Request<Vec<u8>>) -> Result<Answer, Box<Finding>> {
        let call = shown(what, &request);
        let secrets = secrets(&request);
        let (head, body) = request.into_parts();
        let sent = now_ms();
        let answer = match body.is_empty() {
            true => self.agent.run(Request::from_parts(head, ())),
            false => self.agent.run(Request::from_parts(head, body)),
        };
        let read = answer.and_then(|response| {
            let received = now_ms();
            let (head, mut body) = response.into_parts();
            Ok((Response::from_parts(head, body.read_to_vec()?), received))
        });
        match read {
            Ok((response, received)) => {
                Ok(Answer { secrets, call, response, at: (sent + received) / 2 / 1000 })
            }
            Err(error) => Err(Box::new(no_answer(&error, self.timeout).at(&call))),
        }
    }

    /// Opens a connection and closes it again.
    ///
    /// # Errors
    /// It could not be opened.
    pub fn reach(&self, host: &str, port: u16) -> Result<(), Box<Finding>> {
        let call = format!("TCP {host}:{port}");
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let addresses =
            (name, port).to_socket_addrs().map_err(|error| unresolvable().said(error.to_string()));
        let addresses = addresses.map_err(|finding| Box::new(finding.at(&call)))?;
        let mut failure = unresolvable();
        for address in addresses {
            match TcpStream::connect_timeout(&address, self.timeout) {
                Ok(_) => return Ok(()),
                Err(error) => failure = of_io(&error, self.timeout),
            }
        }
        Err(Box::new(failure.at(&call)))
    }
}

/// Now, in milliseconds since 1970.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// This machine's own address on the way to a host. Nothing is sent.
pub fn local_address(host: &str, port: u16) -> Option<IpAddr> {
    let socket = UdpSocket::bind(("0.0.0.0", 0)).ok()?;
    socket.connect((host, port)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// `POST https://host/path (what)`.
fn shown(what: &str, request: &Request<Vec<u8>>) -> String {
    let uri = request.uri();
    let (scheme, host) = (uri.scheme_str().unwrap_or("http"), uri.authority().map_or("", |it| it.as_str()));
    format!("{} {scheme}://{host}{} ({what})", request.method(), uri.path())
}

/// Tokens and signatures in headers, in the query and in a form.
fn secrets(request: &Request<Vec<u8>>) -> Vec<String> {
    const NAMES: [&str; 8] =
        ["sign", "token", "access_token", "refresh_token", "app_signature", "authorityCode", "salt", "code"];
    // Shorter ones are numbers and names.
    const LEAST: usize = 16;
    let headers = request.headers().values().filter(|value| value.is_sensitive());
    let headers = headers.filter_map(|value| value.to_str().ok()).map(str::to_owned);
    let form = std::str::from_utf8(request.body()).unwrap_or_default();
    let pairs =
        [request.uri().query().unwrap_or_default(), form].into_iter().flat_map(|text| text.split('&'));
    let pairs = pairs.filter_map(|pair| pair.split_once('=')).filter(|(name, _)| NAMES.contains(name));
    // As sent, and as meant: only base64 has anything to decode.
    let pairs = pairs.flat_map(|(_, value)| {
        [value.to_owned(), value.replace("%3D", "=").replace("%2B", "+").replace("%2F", "/")]
    });
    // Without the padding of base64 it is the same secret.
    let values = headers.chain(pairs).flat_map(|value| [value.trim_end_matches('=').to_owned(), value]);
    let mut secrets: Vec<String> = values.filter(|secret| secret.len() >= LEAST).collect();
    secrets.sort();
    secrets.dedup();
    secrets
}

fn no_answer(error: &ureq::Error, timeout: Duration) -> Finding {
    match error {
        ureq::Error::HostNotFound => unresolvable(),
        ureq::Error::Timeout(_) => timed_out(timeout),
        ureq::Error::Tls(what) => no_tls(what),
        ureq::Error::Rustls(error) => no_tls(&error.to_string()),
        ureq::Error::Io(error) => of_io(error, timeout),
        ureq::Error::ConnectionFailed => refused(),
        // What they say is about the form of an answer, and never quotes it.
        other => no_http().said(other.to_string()),
    }
}

fn of_io(error: &io::Error, timeout: Duration) -> Finding {
    match error.kind() {
        // What is said instead of TLS, and certificates that are not accepted.
        ErrorKind::InvalidData => no_tls(&error.to_string()),
        ErrorKind::ConnectionRefused => refused().said(error.to_string()),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => timed_out(timeout),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
            unreachable().said(error.to_string())
        }
        _ if error.source().is_none() && error.to_string().contains("lookup") => unresolvable(),
        _ => broken_off().said(error.to_string()),
    }
}

fn unresolvable() -> Finding {
    Finding::problem(
        "unresolvable",
        Text::new("No address is known for this host.", "无法解析该主机名。"),
        Text::new(
            "Check the spelling of {account}_host (a host or host:port, no https:// and no path), then this machine's DNS: `getent hosts HOST`.",
            "请检查 {account}_host 的拼写（主机名或 主机:端口，不含 https:// 和路径），再检查本机 DNS：getent hosts 主机名。",
        ),
    )
}

fn refused() -> Finding {
    Finding::problem(
        "connection_refused",
        Text::new(
            "The machine answers, but nobody listens at this port.",
            "主机可达，但该端口没有服务在监听。",
        ),
        Text::new(
            "Check the port in {account}_host (or {account}_port), that {account}_scheme fits it, and that the service runs; a firewall may refuse, too.",
            "请检查 {account}_host（或 {account}_port）中的端口、{account}_scheme 是否与之相符、服务是否在运行；防火墙也可能拒绝连接。",
        ),
    )
}

fn unreachable() -> Finding {
    Finding::problem(
        "unreachable",
        Text::new("There is no way through the network to this host.", "网络不可达。"),
        Text::new(
            "Check this machine's routes, VPN and firewall; for an ERP in the company's own network, whether this machine is in it.",
            "请检查本机路由、VPN 和防火墙；若 ERP 在公司内网，请确认本机也在该网络中。",
        ),
    )
}

fn timed_out(timeout: Duration) -> Finding {
    let seconds = timeout.as_secs();
    Finding::problem(
        "timed_out",
        Text::new(format!("No answer within {seconds} s."), format!("{seconds} 秒内没有应答。")),
        Text::new(
            "A firewall that drops packets is the usual cause: the outgoing connection here, or the whitelist of the firewall before the system. If the system is merely slow, give it longer: --timeout SECONDS.",
            "常见原因是防火墙丢弃数据包：本机出站规则，或对方防火墙的白名单。若只是对方较慢，可用 --timeout 秒数 延长。",
        ),
    )
}

fn no_tls(said: &str) -> Finding {
    let (en, zh) = if said.contains("certificate") {
        (
            "The server's certificate is not accepted: expired, for another name, or of no public authority. Spin's host does not accept it either. Have the server's administrator renew or complete it (the chain too), or tell Spin about a company's own authority in its runtime configuration (client_tls). Check this machine's clock, too.",
            "服务器证书不被接受：已过期、域名不符，或不是公共机构签发。Spin 同样不会接受。请服务器管理员更换或补全证书（包括证书链），或在 Spin 运行时配置（client_tls）中加入公司自己的 CA；也请检查本机时钟。",
        )
    } else {
        (
            "Does the server speak https at this port at all? If it speaks http, set {account}_scheme to http (within a network of your own only); else correct the port in {account}_host. A proxy that opens TLS connections is another cause.",
            "该端口是否真的提供 https？若为 http，请把 {account}_scheme 设为 http（仅限内网）；否则请修正 {account}_host 中的端口。会拆解 TLS 的代理也可能导致此问题。",
        )
    };
    let means = Text::new("The encrypted connection (TLS) could not be set up.", "无法建立加密连接（TLS）。");
    Finding::problem("tls", means, Text::new(en, zh)).said(said)
}

fn broken_off() -> Finding {
    Finding::problem(
        "broken_off",
        Text::new("The connection was broken off before an answer came.", "应答到达之前连接被中断。"),
        Text::new(
            "Run this again. If it lasts: look at firewalls and proxies in between, and whether {account}_scheme (https or http) fits the port.",
            "请再运行一次。若持续出现，请检查中间的防火墙和代理，以及 {account}_scheme（https 或 http）是否与端口相符。",
        ),
    )
}

fn no_http() -> Finding {
    Finding::problem(
        "no_http",
        Text::new("What answers there does not speak HTTP as it should.", "该地址的应答不是正常的 HTTP。"),
        Text::new(
            "Check {account}_scheme (https or http) and the port in {account}_host, and proxies in between.",
            "请检查 {account}_scheme（https 或 http）、{account}_host 中的端口以及中间的代理。",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_network_says_is_told_apart() {
        let of = |kind, said: &str| of_io(&io::Error::new(kind, said), Duration::from_secs(1));
        assert_eq!(of(ErrorKind::HostUnreachable, "no route").code, "unreachable");
        assert_eq!(of(ErrorKind::NetworkUnreachable, "no network").code, "unreachable");
        assert_eq!(of(ErrorKind::ConnectionReset, "reset").code, "broken_off");
        assert_eq!(of(ErrorKind::TimedOut, "late").code, "timed_out");
        let certificate = of(ErrorKind::InvalidData, "invalid peer certificate: Expired");
        assert_eq!(certificate.code, "tls");
        assert!(certificate.advice.en.contains("client_tls") && certificate.advice.zh.contains("证书"));
    }

    #[test]
    fn tokens_and_signatures_of_a_call_are_known_and_its_address_is_shown_without_them() {
        let mut request = Request::new(b"biz=%7B%7D&sign=0123456789abcdef0123456789abcdef".to_vec());
        *request.uri_mut() =
            "http://h:1/K3API/SO?token=aaaaaaaaaaaaaaaa%3D&method=b.b.b.b.b.b.b.b.b".parse().unwrap();
        assert_eq!(shown("x", &request), "GET http://h:1/K3API/SO (x)");
        assert_eq!(
            secrets(&request),
            [
                "0123456789abcdef0123456789abcdef",
                "aaaaaaaaaaaaaaaa",
                "aaaaaaaaaaaaaaaa%3D",
                "aaaaaaaaaaaaaaaa="
            ]
        );
    }
}
