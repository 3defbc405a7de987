//! One POST to a receiver: no redirects, a short wait, few bytes of the answer, and only to an address that may be
//! reached from here.
//!
//! A name is resolved once, and the connection goes to the addresses that were looked at: a name that leads elsewhere
//! at the second look leads nowhere.

use std::fmt;
use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use openidconnect::url::{Host, Url};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

/// How long a receiver may take, from its name to the first bytes of its answer.
pub const TIME_MAX: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read and kept.
pub const ANSWER_BYTES_MAX: usize = 512;
/// Longest body that is sent, bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// Which receivers the operator allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Receivers {
    /// By TLS, at addresses of the public network.
    #[default]
    Public,
    /// By TLS, at any address.
    Private,
    /// At any address, without TLS too.
    Any,
}

impl Receivers {
    /// The receivers of a setting's text.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        match code {
            "public" => Some(Receivers::Public),
            "private" => Some(Receivers::Private),
            "any" => Some(Receivers::Any),
            _ => None,
        }
    }
}

/// Why an address cannot be that of a receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlFault {
    /// Not an address with a host, or one with a user, a password or a fragment.
    Form,
    TooLong,
    NoTls,
    /// Not of the public network.
    Inside,
}

/// Looks at the address of a receiver. A name is resolved at each attempt, not here.
///
/// # Errors
/// [`UrlFault`].
pub fn check(text: &str, receivers: Receivers) -> Result<(), UrlFault> {
    if text.chars().count() > super::URL_CHARS_MAX {
        return Err(UrlFault::TooLong);
    }
    let url = Url::parse(text).map_err(|_| UrlFault::Form)?;
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let Some(host) = url.host().filter(|_| plain) else { return Err(UrlFault::Form) };
    match url.scheme() {
        "https" => {}
        "http" if receivers == Receivers::Any => {}
        "http" => return Err(UrlFault::NoTls),
        _ => return Err(UrlFault::Form),
    }
    let address = match host {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some(IpAddr::V4(address)),
        Host::Ipv6(address) => Some(IpAddr::V6(address)),
    };
    match address {
        Some(address) if receivers == Receivers::Public && !is_public(address) => Err(UrlFault::Inside),
        _ => Ok(()),
    }
}

/// Whether an address is of the public network: not of this machine, a private network, a link, a test or a group
/// (RFC 6890 and the registries of IANA that it set up). An IPv4 address inside an IPv6 address counts as itself.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || a >= 240
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b)))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, third, ..] = address.segments();
    let [.., seventh, eighth] = address.segments();
    let inner = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    match first {
        // Translated (RFC 6052), and 6to4 (RFC 3056).
        0x64 if second == 0xff9b => inner(seventh, eighth),
        0x2002 => inner(second, third),
        // Teredo, test networks, and what else of 2001::/23 is no host's.
        0x2001 if second < 0x200 || second == 0xdb8 => false,
        0x3fff => false,
        // Only 2000::/3 is given out to hosts.
        _ => (0x2000..0x4000).contains(&first),
    }
}

/// The name leads to an address that is not of the public network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Inside(IpAddr);

impl fmt::Display for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is no address of the public network", self.0)
    }
}

impl std::error::Error for Inside {}

/// Resolves as usual, and refuses a name of which any address may not be reached.
#[derive(Debug)]
struct Guarded {
    usual: DefaultResolver,
    receivers: Receivers,
}

impl Resolver for Guarded {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.usual.resolve(uri, config, timeout)?;
        if self.receivers == Receivers::Public
            && let Some(inside) = found.iter().find(|address| !is_public(address.ip()))
        {
            return Err(ureq::Error::Io(io::Error::other(Inside(inside.ip()))));
        }
        Ok(found)
    }
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub status: Option<u16>,
    pub latency_ms: i64,
    /// The first bytes of the answer, what is no text replaced.
    pub answer: String,
    /// Why there is no answer: `address`, `timeout`, `tls` or `connection`.
    pub trouble: Option<&'static str>,
}

impl Attempt {
    /// Whether the receiver took it.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether the receiver says that there will never be anybody (410).
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.status == Some(410)
    }
}

/// Asks receivers.
pub struct Wire(ureq::Agent);

impl Wire {
    #[must_use]
    pub fn new(receivers: Receivers, patience: Duration) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .https_only(receivers != Receivers::Any)
            // A redirect could lead to an address inside, and a proxy would look names up by itself.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .max_idle_connections(0)
            .timeout_global(Some(patience))
            .user_agent("xinji-webhooks/1")
            .tls_config(node::tls::asking())
            .build();
        let guarded = Guarded { usual: DefaultResolver::default(), receivers };
        Self(ureq::Agent::with_parts(config, DefaultConnector::default(), guarded))
    }

    /// Sends a body; `headers` are the names and values beside the content type.
    #[must_use]
    pub fn post(&self, url: &str, headers: &[(&str, String)], body: &[u8]) -> Attempt {
        let began = Instant::now();
        let mut request = self.0.post(url).header("content-type", super::event::MEDIA_TYPE);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let answered = request.send(body);
        let (status, answer, trouble) = match answered {
            Ok(answer) => {
                let status = answer.status().as_u16();
                (Some(status), first_bytes(answer), None)
            }
            Err(error) => (None, String::new(), Some(trouble(&error))),
        };
        let latency_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        Attempt { status, latency_ms, answer, trouble }
    }
}

/// An answer that breaks off was an answer all the same.
fn first_bytes(answer: ureq::http::Response<ureq::Body>) -> String {
    let mut bytes = Vec::new();
    let most = u64::try_from(ANSWER_BYTES_MAX).unwrap_or(0);
    let _ = answer.into_body().into_reader().take(most).read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    // Neither database keeps NUL, and a terminal that shows the log does not obey it.
    text.replace(|sign: char| sign.is_control() && sign != '\n', "\u{fffd}")
}

fn trouble(error: &ureq::Error) -> &'static str {
    match error {
        ureq::Error::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<Inside>()) => "address",
        ureq::Error::HostNotFound => "address",
        ureq::Error::Timeout(_) => "timeout",
        ureq::Error::Rustls(_) | ureq::Error::Tls(_) | ureq::Error::RequireHttpsOnly(_) => "tls",
        _ => "connection",
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_network_are_reached() {
        for inside in [
            "127.0.0.1",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fec0::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::101:101"] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn an_address_that_cannot_be_a_receivers_is_named() {
        let public = |text: &str| check(text, Receivers::Public);
        assert_eq!(public("https://hooks.example/a?b=c"), Ok(()));
        for (text, fault) in [
            ("http://hooks.example/", UrlFault::NoTls),
            ("https://10.1.2.3/", UrlFault::Inside),
            ("https://[::1]/", UrlFault::Inside),
            // The same address in other spellings.
            ("https://0x7f.1/", UrlFault::Inside),
            ("https://2130706433/", UrlFault::Inside),
            ("https://user:word@hooks.example/", UrlFault::Form),
            ("https://hooks.example/#part", UrlFault::Form),
            ("ftp://hooks.example/", UrlFault::Form),
            ("hooks.example", UrlFault::Form),
        ] {
            assert_eq!(public(text), Err(fault), "{text}");
        }
        assert_eq!(public(&format!("https://h.example/{}", "a".repeat(2_000))), Err(UrlFault::TooLong));
        assert_eq!(check("https://10.1.2.3/", Receivers::Private), Ok(()));
        assert_eq!(check("http://10.1.2.3/", Receivers::Private), Err(UrlFault::NoTls));
        assert_eq!(check("http://10.1.2.3/", Receivers::Any), Ok(()));
    }
}
