//! `allowed_outbound_hosts`: Spin's rules (spin.md 4.1; Spin 4.0.2,
//! `crates/outbound-networking-config/src/allowed_hosts.rs`).

use std::ops::Range;

use anyhow::{Context as _, Result, bail, ensure};
use ip_network::IpNetwork;
use url::{Host, Url};

use crate::variables::{Template, Variables};

/// The domain below which components answer each other.
const CHAINING_SUFFIX: &str = ".spin.internal";

/// One component's list, resolved.
#[derive(Debug, PartialEq, Eq)]
pub struct AllowedHosts(Vec<AllowedHost>);

/// A list as written, its templates still open.
pub struct Unresolved(Vec<Entry>);

enum Entry {
    Exact(AllowedHost),
    Template(Template),
}

impl Unresolved {
    /// Reads a list; literal entries are checked here, templates when they are resolved.
    ///
    /// As in Spin a template is also tried with the variables' defaults, so an empty default fails at load.
    ///
    /// # Errors
    /// A malformed literal entry or template, or defaults that make a malformed entry.
    pub fn parse(entries: &[String], variables: &Variables) -> Result<Self> {
        ensure!(
            entries != ["insecure:allow-all"],
            "'insecure:allow-all' is not allowed - use '*://*:*' instead if you really want to allow all outbound traffic"
        );
        entries
            .iter()
            .map(|text| {
                let template = Template::parse(text)?;
                if template.is_literal() {
                    return Ok(Entry::Exact(AllowedHost::parse(text)?));
                }
                if let Some(resolved) = variables.resolve_defaults(&template) {
                    AllowedHost::parse(&resolved).with_context(|| {
                        format!(
                            "using default variable value(s) with template {text:?} results in invalid config {resolved:?}"
                        )
                    })?;
                }
                Ok(Entry::Template(template))
            })
            .collect::<Result<_>>()
            .map(Self)
    }

    /// Whether a literal entry asks for `*.spin.internal`, which the cron trigger has not (spin.md 3.3).
    #[must_use]
    pub fn asks_for_chaining(&self) -> bool {
        self.0.iter().any(|entry| matches!(entry, Entry::Exact(host) if host.host.is_chaining()))
    }

    /// Fills in all templates together: one bad entry spoils the list, literal entries and all.
    ///
    /// `components` are the ids that `*.spin.internal` stands for.
    ///
    /// # Errors
    /// The first entry that does not resolve to a valid one.
    pub fn resolve(self, variables: &Variables, components: &[String]) -> Result<AllowedHosts> {
        let mut hosts = Vec::new();
        for entry in self.0 {
            let host = match entry {
                Entry::Exact(host) => host,
                Entry::Template(template) => AllowedHost::parse(&variables.resolve(&template)?)?,
            };
            if host.host == HostRule::Subdomains(CHAINING_SUFFIX.to_owned()) {
                hosts.extend(components.iter().map(|id| AllowedHost {
                    host: HostRule::Literal(Host::Domain(format!("{id}{CHAINING_SUFFIX}"))),
                    ..host.clone()
                }));
            } else {
                hosts.push(host);
            }
        }
        Ok(AllowedHosts(hosts))
    }
}

impl AllowedHosts {
    /// Whether a URL may be reached. `scheme` is put before a URL that has none.
    #[must_use]
    pub fn allows(&self, url: &str, scheme: &str) -> bool {
        let Some(url) = parse_url(url, scheme) else {
            return false;
        };
        let Some(host) = url.host_str() else {
            return false;
        };
        self.0.iter().any(|allowed| {
            allowed.scheme.allows(url.scheme())
                && allowed.host.allows(host)
                && allowed.port.allows(url.port(), url.scheme())
        })
    }

    /// Whether requests to the application itself are allowed over one of these schemes.
    #[must_use]
    pub fn allows_self(&self, schemes: &[&str]) -> bool {
        self.0.iter().any(|allowed| {
            schemes.iter().any(|scheme| allowed.scheme.allows(scheme))
                && matches!(allowed.host, HostRule::Any | HostRule::ToSelf)
        })
    }
}

/// The component that `http://<component>.spin.internal` means.
#[must_use]
pub fn chaining_target(host: &str) -> Option<&str> {
    let (first, rest) = host.split_once('.')?;
    (format!(".{rest}") == CHAINING_SUFFIX).then_some(first)
}

/// Parses a URL without its user and password: they do not matter here and need not be URL-encoded.
/// As in Spin a `/` in the password breaks it.
fn parse_url(text: &str, scheme: &str) -> Option<Url> {
    let start = text.find("://").map_or(0, |at| at + 3);
    let mut text = text.to_owned();
    if let Some(at) = text.find('@') {
        let path = text[start..].find('/').map_or(usize::MAX, |slash| start + slash);
        if start <= at && at < path {
            text.replace_range(start..=at, "");
        }
    }
    match Url::parse(&text) {
        Ok(url) if url.has_host() => Some(url),
        _ => Url::parse(&format!("{scheme}://{text}")).ok(),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct AllowedHost {
    scheme: SchemeRule,
    host: HostRule,
    port: PortRule,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum SchemeRule {
    Any,
    Only(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum HostRule {
    Any,
    /// With its leading dot.
    Subdomains(String),
    ToSelf,
    Literal(Host),
    Network(IpNetwork),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum PortRule {
    Any,
    Only(u16),
    /// The end is exclusive.
    Range(Range<u16>),
}

impl AllowedHost {
    fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").with_context(|| {
            format!(
                "{text:?} is not an allowed outbound host: write <scheme>://<host>[:<port>], each may be '*'"
            )
        })?;
        let (host, port) = match rest.rsplit_once(':') {
            None => (rest, ""),
            // The last colon may belong to an IPv6 address.
            Some((_, tail)) if !tail.is_empty() && HostRule::parse(rest).is_ok() => (rest, ""),
            Some((host, tail)) => match tail.split_once('/') {
                None => (host, tail),
                Some((port, "")) => (host, port),
                Some(_) => bail!("{text:?} has a path but is not allowed to"),
            },
        };
        Ok(Self {
            port: PortRule::parse(port, scheme)
                .with_context(|| format!("invalid allowed host port {port:?}"))?,
            scheme: SchemeRule::parse(scheme)
                .with_context(|| format!("invalid allowed host scheme {scheme:?}"))?,
            host: HostRule::parse(host).with_context(|| format!("invalid allowed host {host:?}"))?,
        })
    }
}

impl SchemeRule {
    fn parse(scheme: &str) -> Result<Self> {
        if scheme == "*" {
            return Ok(Self::Any);
        }
        ensure!(scheme.chars().all(char::is_alphabetic), "only alphabetic characters are allowed");
        Ok(Self::Only(scheme.to_owned()))
    }

    fn allows(&self, scheme: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(only) => only == scheme,
        }
    }
}

impl HostRule {
    fn parse(host: &str) -> Result<Self> {
        let host = host.trim();
        match host {
            "*" => return Ok(Self::Any),
            "self" | "self.alt" => return Ok(Self::ToSelf),
            _ => {}
        }
        ensure!(!host.starts_with('{'), "host lists are not supported");
        if let Ok(network) = IpNetwork::from_str_truncate(host) {
            return Ok(Self::Network(network));
        }
        let host = host.strip_suffix('/').unwrap_or(host);
        ensure!(!host.contains('/'), "must not include a path");
        if let Some(domain) = host.strip_prefix("*.") {
            ensure!(!domain.contains('*'), "wildcards are allowed only as prefixes");
            return match Host::parse(domain)? {
                Host::Domain(domain) => Ok(Self::Subdomains(format!(".{domain}"))),
                _ => bail!("wildcard suffix must be a domain"),
            };
        }
        ensure!(!host.contains('*'), "wildcards are allowed only as subdomains");
        Ok(Self::Literal(Host::parse(host)?))
    }

    fn allows(&self, host: &str) -> bool {
        let Ok(host) = Host::parse(host) else {
            return false;
        };
        match (self, host) {
            (Self::Any, _) => true,
            (Self::Subdomains(suffix), Host::Domain(domain)) => domain.ends_with(suffix),
            (Self::Literal(literal), host) => *literal == host,
            (Self::Network(network), Host::Ipv4(ip)) => network.contains(ip),
            (Self::Network(network), Host::Ipv6(ip)) => network.contains(ip),
            (Self::Subdomains(_) | Self::Network(_), _) => false,
            // Asked separately, by `allows_self`.
            (Self::ToSelf, _) => false,
        }
    }

    fn is_chaining(&self) -> bool {
        match self {
            Self::Literal(Host::Domain(domain)) => domain.ends_with(CHAINING_SUFFIX),
            Self::Subdomains(suffix) => suffix == CHAINING_SUFFIX,
            _ => false,
        }
    }
}

impl PortRule {
    fn parse(port: &str, scheme: &str) -> Result<Self> {
        match port {
            "" => well_known_port(scheme).map(Self::Only).with_context(|| {
                format!(
                    "no port was provided and the scheme {scheme:?} does not have a known default port number"
                )
            }),
            "*" => Ok(Self::Any),
            _ => match port.split_once("..") {
                Some((start, end)) => Ok(Self::Range(start.parse()?..end.parse()?)),
                None => Ok(Self::Only(port.parse()?)),
            },
        }
    }

    fn allows(&self, port: Option<u16>, scheme: &str) -> bool {
        let Some(port) = port.or_else(|| well_known_port(scheme)) else {
            return *self == Self::Any;
        };
        match self {
            Self::Any => true,
            Self::Only(only) => *only == port,
            Self::Range(range) => range.contains(&port),
        }
    }
}

fn well_known_port(scheme: &str) -> Option<u16> {
    match scheme {
        "postgres" => Some(5432),
        "mysql" => Some(3306),
        "redis" => Some(6379),
        "mqtt" => Some(1883),
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn variables(pairs: &[(&str, &str, &str)]) -> Variables {
        let declared: BTreeMap<String, crate::manifest::Variable> = pairs
            .iter()
            .map(|(name, default, _)| {
                let toml = format!("default = {default:?}");
                ((*name).to_owned(), toml::from_str(&toml).unwrap())
            })
            .collect();
        Variables::load(&declared, |source| {
            Ok(pairs
                .iter()
                .find(|(name, _, _)| source == format!("SPIN_VARIABLE_{}", name.to_uppercase()))
                .map(|(_, _, value)| (*value).to_owned()))
        })
        .unwrap()
    }

    fn resolve(entries: &[&str], variables: &Variables) -> Result<AllowedHosts> {
        let entries: Vec<String> = entries.iter().map(|&entry| entry.to_owned()).collect();
        let components = ["web".to_owned(), "api".to_owned()];
        Unresolved::parse(&entries, variables)?.resolve(variables, &components)
    }

    /// entry, URL, whether it is allowed
    const TABLE: &[(&str, &str, bool)] = &[
        ("https://a.b", "https://a.b/x", true),
        ("https://a.b/", "https://a.b", true),
        ("https://a.b", "http://a.b", false),
        ("https://a.b", "https://a.b:8443", false),
        ("https://a.b:8443", "https://a.b:8443", true),
        ("*://a.b:*", "http://a.b:1", true),
        ("http://*:80", "http://anything/", true),
        ("http://*.b.c", "http://a.b.c", true),
        ("http://*.b.c", "http://x.a.b.c", true),
        ("http://*.b.c", "http://b.c", false),
        ("http://*.b.c", "http://ab.c", false),
        ("http://a.b:4000..5000", "http://a.b:4999", true),
        ("http://a.b:4000..5000", "http://a.b:5000", false),
        ("http://10.0.0.0/8:*", "http://10.1.2.3:9/", true),
        ("http://10.0.0.0/8:*", "http://11.0.0.1/", false),
        ("http://10.0.0.0/8:*", "http://ten.example/", false),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/", true),
        ("http://[::1]:8080", "http://[::1]:8080/", true),
        ("mysql://db", "mysql://u:p@db/x", true),
        ("mysql://db:3307", "mysql://u:p?%@db:3307/x", true),
        ("mysql://db", "mysql://u:p/q@db/x", false),
        ("mysql://db", "mysql://db:3307", false),
        ("http://self", "http://self/", false),
    ];

    #[test]
    fn each_entry_allows_what_spin_allows() {
        let none = variables(&[]);
        for (entry, url, expected) in TABLE {
            let hosts = resolve(&[entry], &none).unwrap();
            assert_eq!(hosts.allows(url, "https"), *expected, "{entry} and {url}");
        }
    }

    #[test]
    fn malformed_entries_are_refused() {
        for bad in [
            "a.b",
            "",
            "*",
            "http://a.b/path",
            "http://a.b:80/path",
            "http://a.*.c",
            "http://*.*.c",
            "ftp://a.b",
            "http://a.b:x",
            "http://{a,b}",
            "ht-tp://a.b:1",
            "insecure:allow-all",
            "http://",
        ] {
            assert!(resolve(&[bad], &variables(&[])).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_templated_host_may_carry_its_port() {
        let variables = variables(&[("host", "unset.invalid", "a.b:8443")]);
        let hosts = resolve(&["https://{{ host }}"], &variables).unwrap();
        assert!(hosts.allows("https://a.b:8443/", "https"));
        assert!(!hosts.allows("https://a.b/", "https"));
    }

    #[test]
    fn one_bad_template_spoils_the_literal_entries_too() {
        let bad = variables(&[("host", "unset.invalid", "a.b/c")]);
        resolve(&["https://good.example", "https://{{ host }}"], &bad).unwrap_err();
        let undeclared = variables(&[]);
        resolve(&["https://good.example", "https://{{ nobody }}"], &undeclared).unwrap_err();
    }

    #[test]
    fn an_empty_default_fails_at_load_even_when_a_value_is_given() {
        let variables = variables(&[("host", "", "a.b")]);
        let entries = ["https://{{ host }}".to_owned()];
        let error = Unresolved::parse(&entries, &variables).err().unwrap();
        assert!(error.to_string().contains("using default variable value(s)"), "{error}");
    }

    #[test]
    fn the_chaining_wildcard_stands_for_the_components_of_the_application() {
        let none = variables(&[]);
        let hosts = resolve(&["http://*.spin.internal"], &none).unwrap();
        assert!(hosts.allows("http://web.spin.internal/x", "http"));
        assert!(!hosts.allows("http://other.spin.internal/x", "http"));
        assert_eq!(chaining_target("web.spin.internal"), Some("web"));
        assert_eq!(chaining_target("a.web.spin.internal"), None);
        assert_eq!(chaining_target("spin.internal"), None);
    }

    #[test]
    fn only_literal_chaining_entries_are_seen_at_load() {
        let variables = variables(&[("host", "web.spin.internal", "web.spin.internal")]);
        let parse = |entry: &str| Unresolved::parse(&[entry.to_owned()], &variables).unwrap();
        assert!(parse("http://*.spin.internal").asks_for_chaining());
        assert!(parse("http://web.spin.internal").asks_for_chaining());
        assert!(!parse("http://{{ host }}").asks_for_chaining());
        assert!(!parse("http://*").asks_for_chaining());
    }

    #[test]
    fn self_is_asked_separately() {
        let none = variables(&[]);
        assert!(resolve(&["http://self"], &none).unwrap().allows_self(&["http", "https"]));
        assert!(resolve(&["*://*:*"], &none).unwrap().allows_self(&["http"]));
        assert!(!resolve(&["http://a.b"], &none).unwrap().allows_self(&["http"]));
        assert!(!resolve(&["mysql://self"], &none).unwrap().allows_self(&["http"]));
    }
}
