//! Configuration: a TOML file, then environment variables `XINJI_…`, then flags; the later wins.
//!
//! Every key is one row of [`KEYS`]. A value that cannot be used is refused at start with the key's name and
//! what was expected; `credit-api config` prints each value with where it came from.

mod urls;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use node::keys::file::read_public_key;

use crate::store::DatabaseUrl;
use crate::webhooks::wire::Receivers;
use urls::{authority, tiles_url, without_password};

/// The configuration file read when none is named and it exists.
pub const DEFAULT_FILE: &str = "xinji.toml";
/// Limit on the configuration file, bytes.
const FILE_BYTES_MAX: u64 = 64 * 1024;
/// Longest that the files of an extract are kept, days.
const EXTRACT_DAYS_MAX: u16 = 3_650;

/// What a configuration file may give a setting as; a text does for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
}

/// One setting.
pub struct Key {
    pub name: &'static str,
    pub default: &'static str,
    pub kind: Kind,
    pub expected: &'static str,
    pub about: &'static str,
}

/// A text that is empty by default.
const fn empty(name: &'static str, expected: &'static str, about: &'static str) -> Key {
    Key { name, default: "", kind: Kind::Text, expected, about }
}

/// All settings. The environment variable of `name` is `XINJI_` and the name in upper case.
pub const KEYS: [Key; 26] = [
    Key {
        name: "data",
        default: "./data",
        kind: Kind::Text,
        expected: "a folder in which this user may write",
        about: "Data folder: database, ledger, evidence, keys.",
    },
    Key {
        name: "listen",
        default: "127.0.0.1:8080",
        kind: Kind::Text,
        expected: "ADDRESS:PORT of this machine, the port free",
        about: "Where the service listens.",
    },
    empty(
        "database_url",
        "sqlite://PATH or postgres://…; empty for credit.db in the data folder",
        "The credit database.",
    ),
    empty(
        "ledger_url",
        "empty: the operator embedded in this process is the only one of this version",
        "A separate ledger operator.",
    ),
    empty(
        "keys",
        "a folder that only this user may read; empty for keys in the data folder",
        "Folder of log.key and label.key; a standby on another machine needs the same two files.",
    ),
    empty(
        "ledger_public_url",
        "http://HOST:PORT/ledger; empty for the address this process listens on",
        "Where a standby reads this process's ledger; written into the lease while it is active.",
    ),
    empty(
        "ledger_peer_url",
        "http://HOST:PORT/ledger; empty for what the lease says",
        "Where this process, while it stands by, reads the active one's ledger.",
    ),
    Key {
        name: "zone",
        default: "yibin",
        kind: Kind::Text,
        expected: "1 to 32 characters a-z, 0-9, -",
        about: "The zone's short name; part of the ledger's origin, fixed at its genesis.",
    },
    empty(
        "log_origin",
        "a name without spaces or +, at most 128 characters; empty for xinji.example/<zone>",
        "The ledger's origin line and key name, fixed at its genesis.",
    ),
    empty(
        "offline_root",
        "a public key of 64 hexadecimal digits, or a file with them; empty for root.pub among the keys",
        "The offline root, which signs every change of the log's keys; fixed at the ledger's genesis.",
    ),
    empty(
        "policy",
        "a file that this user may read (C2SP tlog-policy); empty for no witnesses",
        "Whom to ask for cosignatures, and whose make a rating final.",
    ),
    empty(
        "policies",
        "a folder with policy files *.cedar; empty for those of the program",
        "Who may see what; looked at every five seconds, and at SIGHUP.",
    ),
    empty(
        "mappings",
        "a folder with mapping files *.toml; empty for those of the program",
        "Which class of a department stands beside which grade; looked at as policies are.",
    ),
    empty(
        "alert_rules",
        "a folder with one file of rules *.toml; empty for those of the program",
        "What alerts are raised for (ADR 36); looked at as policies are.",
    ),
    empty(
        "calendars",
        "a folder with calendar files *.toml, each year in one of them; empty for the years of the program",
        "Working days by year, beside or in place of the program's; looked at as policies are.",
    ),
    empty(
        "oidc",
        "a file that this user may read (docs/OPERATIONS.md#sign-in-at-a-provider); empty for none",
        "The provider of OpenID Connect at which people may sign in, and what its claims make them.",
    ),
    empty(
        "tls_certificate",
        "a file in PEM, the server's own certificate first; empty: no TLS, as behind a proxy",
        "The certificate chain with which the service speaks HTTPS.",
    ),
    empty("tls_key", "a file in PEM, given with tls_certificate", "The private key of the certificate."),
    empty(
        "tls_client_ca",
        "a file with certificates in PEM, given with tls_certificate; empty: no client is asked for one",
        "Under whom the certificates of departments and institutions are issued.",
    ),
    empty(
        "tls_client_crl",
        "a file with lists of revoked certificates in PEM (X509 CRL), given with tls_client_ca; empty: none",
        "Which certificates of clients were revoked by their issuers; looked at as policies are.",
    ),
    Key {
        name: "webhook_receivers",
        default: "public",
        kind: Kind::Text,
        expected: "public (TLS, addresses of the public network), private (TLS, any address) or any (without TLS too)",
        about: "Where subscribers may have changes sent to.",
    },
    Key {
        name: "ceb_evidence",
        default: "none",
        kind: Kind::Text,
        expected: "none or sealed",
        about: "Files of customs messages, which hold buyers' data: not kept, or kept encrypted.",
    },
    empty(
        "ceb_certificates",
        "a folder with certificates *.pem (RSA, or SM2 with the feature gm); empty: no key is known",
        "Whose XML signatures of customs messages are valid; a file that cannot be used stops the start.",
    ),
    Key {
        name: "extract_days",
        default: "30",
        kind: Kind::Number,
        expected: "a whole number of days from 1 to 3650",
        about: "How long the files of an extract are kept.",
    },
    Key {
        name: "threads",
        default: "0",
        kind: Kind::Number,
        expected: "a whole number from 0 (one per core) to 256",
        about: "Threads of an evaluation.",
    },
    Key {
        name: "log",
        default: "warn,credit_api=info,node=info",
        kind: Kind::Text,
        expected: "tracing filter directives",
        about: "What is logged to standard error.",
    },
];

/// The files of TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
    pub client_ca: Option<PathBuf>,
    pub client_crl: Option<PathBuf>,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Default,
    File(PathBuf),
    Environment(String),
    Flag,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File(path) => write!(f, "file {}", path.display()),
            Origin::Environment(name) => write!(f, "environment {name}"),
            Origin::Flag => f.write_str("flag"),
        }
    }
}

/// The effective settings.
#[derive(Debug, Clone)]
pub struct Config {
    pub data: PathBuf,
    pub listen: SocketAddr,
    pub database_url: DatabaseUrl,
    keys: Option<PathBuf>,
    ledger_public_url: Option<String>,
    pub ledger_peer_url: Option<String>,
    pub zone: String,
    pub log_origin: String,
    /// Public key of the offline root.
    pub offline_root: Option<[u8; 32]>,
    /// The witness policy's file.
    pub policy: Option<PathBuf>,
    /// The folder of access policies.
    pub policies: Option<PathBuf>,
    /// The folder of mappings of grades.
    pub mappings: Option<PathBuf>,
    /// The folder of rules of alerts.
    pub alert_rules: Option<PathBuf>,
    /// The folder of calendars of working days.
    pub calendars: Option<PathBuf>,
    /// The file of the provider at which people may sign in.
    pub oidc: Option<PathBuf>,
    /// With what the service speaks HTTPS.
    pub tls: Option<TlsFiles>,
    /// Where subscribers may have changes sent to.
    pub webhook_receivers: Receivers,
    /// Whether files of customs messages are kept, sealed.
    pub ceb_evidence: bool,
    /// The folder of certificates with which customs messages are signed.
    pub ceb_certificates: Option<PathBuf>,
    /// Days for which the files of an extract are kept.
    pub extract_days: u16,
    pub threads: usize,
    pub log: String,
    origins: BTreeMap<&'static str, (String, Origin)>,
}

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{key} ({origin}): {value:?} cannot be used: {why}; expected {expected}")]
    Value { key: &'static str, origin: Origin, value: String, why: String, expected: &'static str },
    #[error("{file}: unknown key {key:?}; known keys: {known}")]
    UnknownKey { file: String, key: String, known: String },
    #[error("environment variable {0} is not a setting; known: {1}")]
    UnknownVariable(String, String),
    #[error("{file}: {why}")]
    File { file: String, why: String },
}

type Values = BTreeMap<&'static str, (String, Origin)>;

impl Config {
    /// Reads the settings. `flags` are those given on the command line; `environment` is the process's.
    ///
    /// # Errors
    /// [`ConfigError`] names the key, where its value came from and what was expected.
    pub fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (OsString, OsString)>,
        flags: &[(&'static str, String)],
    ) -> Result<Self, ConfigError> {
        let mut values: Values =
            KEYS.iter().map(|key| (key.name, (key.default.to_owned(), Origin::Default))).collect();
        let file = file.map(Path::to_path_buf).or_else(|| {
            let default = PathBuf::from(DEFAULT_FILE);
            default.exists().then_some(default)
        });
        if let Some(file) = file {
            read_file(&file, &mut values)?;
        }
        read_environment(environment, &mut values)?;
        for (name, value) in flags {
            values.insert(name, (value.clone(), Origin::Flag));
        }
        build(values)
    }

    /// Name, value (without a password) and origin of every setting, in the order of [`KEYS`].
    pub fn effective(&self) -> impl Iterator<Item = (&'static str, String, &Origin)> {
        KEYS.iter().filter_map(|key| {
            let (value, origin) = self.origins.get(key.name)?;
            Some((key.name, self.in_force(key.name, value), origin))
        })
    }

    /// What a setting that was left empty comes to, else the setting as given.
    fn in_force(&self, name: &str, given: &str) -> String {
        match (name, &self.database_url) {
            ("log_origin", _) => self.log_origin.clone(),
            ("database_url", DatabaseUrl::Sqlite(path)) => format!("sqlite://{}", path.display()),
            _ => without_password(given),
        }
    }

    /// The error for a setting that turned out to be unusable when it was used.
    #[must_use]
    pub fn refuse(&self, name: &str, why: impl std::fmt::Display) -> ConfigError {
        refused(&self.origins, name, why.to_string())
    }

    /// The error for a log name that is not the ledger's. Unless it was given, it was made from the zone.
    #[must_use]
    pub fn refuse_log_name(&self, why: impl std::fmt::Display) -> ConfigError {
        let given = self.origins.get("log_origin").is_some_and(|(name, _)| !name.is_empty());
        self.refuse(if given { "log_origin" } else { "zone" }, why)
    }

    #[must_use]
    pub fn ledger_dir(&self) -> PathBuf {
        self.data.join("ledger")
    }

    #[must_use]
    pub fn keys_dir(&self) -> PathBuf {
        self.keys.clone().unwrap_or_else(|| self.data.join("keys"))
    }

    /// Where others read the ledger that this process serves.
    #[must_use]
    pub fn ledger_url_for_others(&self) -> String {
        self.ledger_public_url.clone().unwrap_or_else(|| format!("http://{}/ledger", self.listen))
    }

    #[must_use]
    pub fn evidence_dir(&self) -> PathBuf {
        self.data.join("evidence")
    }
}

fn known_names() -> String {
    KEYS.iter().map(|key| key.name).collect::<Vec<_>>().join(", ")
}

fn read_file(path: &Path, values: &mut Values) -> Result<(), ConfigError> {
    let name = path.display().to_string();
    let wrong = |why: String| ConfigError::File { file: name.clone(), why };
    let size = std::fs::metadata(path).map_err(|error| wrong(error.to_string()))?.len();
    if size > FILE_BYTES_MAX {
        return Err(wrong(format!("{size} bytes; a configuration has at most {FILE_BYTES_MAX}")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| wrong(error.to_string()))?;
    for (key, value) in table {
        let Some(known) = KEYS.iter().find(|known| known.name == key) else {
            return Err(ConfigError::UnknownKey { file: name, key, known: known_names() });
        };
        let origin = Origin::File(path.to_path_buf());
        let text = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) if known.kind == Kind::Number => number.to_string(),
            other => {
                let why = format!("its type is {}", other.type_str());
                return Err(known.refuse(origin, &other.to_string(), why));
            }
        };
        values.insert(known.name, (text, origin));
    }
    Ok(())
}

/// Variables that other programs of the product read and that are no settings of the service.
const OTHER_VARIABLES: [&str; 9] = [
    "XINJI_CONFIG",
    "XINJI_LEDGER_DIR",
    "XINJI_ORIGIN",
    "XINJI_LEDGER_KEY",
    "XINJI_LEDGER_LISTEN",
    "XINJI_TLS_CERT",
    "XINJI_KEY_PASSPHRASE",
    "XINJI_KEY_PASSPHRASE_FILE",
    "XINJI_BLESS",
];
/// Beginnings of the variables that only tests, or an agency's node, read.
const OTHER_PREFIXES: [&str; 3] = ["XINJI_TEST_", "XINJI_WRITE_", "XINJI_FOLLOW_"];

fn read_environment(
    environment: impl Iterator<Item = (OsString, OsString)>,
    values: &mut Values,
) -> Result<(), ConfigError> {
    for (name, value) in environment {
        // The environment is bytes; a name that is no text is none of ours.
        let Some(name) = name.to_str().map(str::to_owned) else { continue };
        let Some(rest) = name.strip_prefix("XINJI_") else { continue };
        let of_others = OTHER_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        if of_others || OTHER_VARIABLES.contains(&name.as_str()) {
            continue;
        }
        let lower = rest.to_ascii_lowercase();
        let Some(known) = KEYS.iter().find(|key| key.name == lower) else {
            return Err(ConfigError::UnknownVariable(name, known_names()));
        };
        let origin = Origin::Environment(name);
        match value.into_string() {
            Ok(value) => drop(values.insert(known.name, (value, origin))),
            Err(value) => {
                return Err(known.refuse(origin, &value.to_string_lossy(), "it is not UTF-8".to_owned()));
            }
        }
    }
    Ok(())
}

fn build(values: Values) -> Result<Config, ConfigError> {
    let data = PathBuf::from(parse(&values, "data", |text| match text {
        "" => Err("it is empty".to_owned()),
        path => Ok(path.to_owned()),
    })?);
    let listen = parse(&values, "listen", |text| text.parse::<SocketAddr>().map_err(|e| e.to_string()))?;
    let database_url = parse(&values, "database_url", |text| match text {
        "" => Ok(DatabaseUrl::Sqlite(data.join("credit.db"))),
        // The database's own words on such a URL would show a part of the password.
        url if authority(url).matches('@').count() > 1 => {
            Err("an @ in a user name or password is written %40".to_owned())
        }
        // The parser's own words repeat the URL, password and all.
        url => DatabaseUrl::parse(url).map_err(|_| "no such database is known".to_owned()),
    })?;
    parse(&values, "ledger_url", |text| match text {
        "" => Ok(()),
        _ => Err("a separate operator is not available in this version".to_owned()),
    })?;
    let keys = parse(&values, "keys", |text| Ok((!text.is_empty()).then(|| PathBuf::from(text))))?;
    let [ledger_public_url, ledger_peer_url] = ["ledger_public_url", "ledger_peer_url"]
        .map(|name| parse(&values, name, |text| tiles_url(text).map_err(str::to_owned)));
    let (ledger_public_url, ledger_peer_url) = (ledger_public_url?, ledger_peer_url?);
    let zone = parse(&values, "zone", |text| {
        let good = (1..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if good { Ok(text.to_owned()) } else { Err("it is no short name".to_owned()) }
    })?;
    let log_origin = parse(&values, "log_origin", |text| match text {
        "" => Ok(format!("xinji.example/{zone}")),
        name if name.len() > 128 => Err(format!("it has {} bytes", name.len())),
        name if name.contains(|c: char| c.is_whitespace() || c == '+' || c.is_control()) => {
            Err("it holds a space, a + or a control character".to_owned())
        }
        name => Ok(name.to_owned()),
    })?;
    let offline_root = parse(&values, "offline_root", |text| match text {
        "" => Ok(None),
        text => read_public_key(text).map(|key| Some(key.to_bytes())).map_err(|error| error.to_string()),
    })?;
    let [policy, policies, mappings, alert_rules, calendars, oidc, ceb_certificates] =
        ["policy", "policies", "mappings", "alert_rules", "calendars", "oidc", "ceb_certificates"]
            .map(|name| path(&values, name));
    let tls = tls(&values)?;
    let webhook_receivers = parse(&values, "webhook_receivers", |text| {
        Receivers::of_code(text).ok_or_else(|| "it is none of the three".to_owned())
    })?;
    let sealed = |text: &str| ["none", "sealed"].contains(&text).then_some(text == "sealed");
    let ceb_evidence =
        parse(&values, "ceb_evidence", |text| sealed(text).ok_or_else(|| "it is neither".to_owned()))?;
    let extract_days = parse(&values, "extract_days", |text| whole(text, 1, EXTRACT_DAYS_MAX))?;
    let threads = usize::from(parse(&values, "threads", |text| whole(text, 0, 256))?);
    let log = parse(&values, "log", |text| {
        text.parse::<tracing_subscriber::filter::Targets>()
            .map(|_| text.to_owned())
            .map_err(|error| error.to_string())
    })?;
    Ok(Config {
        data,
        listen,
        database_url,
        keys,
        ledger_public_url,
        ledger_peer_url,
        zone,
        log_origin,
        offline_root,
        policy,
        policies,
        mappings,
        alert_rules,
        calendars,
        oidc,
        tls,
        webhook_receivers,
        ceb_evidence,
        ceb_certificates,
        extract_days,
        threads,
        log,
        origins: values,
    })
}

/// A whole number within limits.
fn whole(text: &str, least: u16, most: u16) -> Result<u16, String> {
    match text.parse::<u16>() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        Ok(number) => Err(format!("{number} is not from {least} to {most}")),
        Err(error) => Err(error.to_string()),
    }
}

/// A file or folder; nothing where the setting is empty.
fn path(values: &Values, name: &str) -> Option<PathBuf> {
    let text = values.get(name).map_or("", |(value, _)| value.as_str());
    Some(PathBuf::from(text)).filter(|_| !text.is_empty())
}

/// Certificate and key go together, and nobody is asked for a certificate without TLS.
fn tls(values: &Values) -> Result<Option<TlsFiles>, ConfigError> {
    let [certificate, key, client_ca, client_crl] =
        ["tls_certificate", "tls_key", "tls_client_ca", "tls_client_crl"].map(|name| path(values, name));
    let lacks =
        |missing: &str, given: &str| Err(refused(values, missing, format!("{given} is given without it")));
    match (certificate, key, client_ca, client_crl) {
        (_, _, None, Some(_)) => lacks("tls_client_ca", "tls_client_crl"),
        (Some(certificate), Some(key), client_ca, client_crl) => {
            Ok(Some(TlsFiles { certificate, key, client_ca, client_crl }))
        }
        (Some(_), None, ..) => lacks("tls_key", "tls_certificate"),
        (None, Some(_), ..) => lacks("tls_certificate", "tls_key"),
        (None, None, Some(_), _) => lacks("tls_certificate", "tls_client_ca"),
        (None, None, None, None) => Ok(None),
    }
}

fn parse<T>(
    values: &Values,
    name: &'static str,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, ConfigError> {
    let value = values.get(name).map_or("", |(value, _)| value);
    read(value).map_err(|why| refused(values, name, why))
}

fn refused(values: &Values, name: &str, why: String) -> ConfigError {
    let (value, origin) = values.get(name).cloned().unwrap_or_else(|| (String::new(), Origin::Default));
    match KEYS.iter().find(|key| key.name == name) {
        Some(key) => key.refuse(origin, &value, why),
        None => {
            ConfigError::UnknownKey { file: origin.to_string(), key: name.to_owned(), known: known_names() }
        }
    }
}

impl Key {
    fn refuse(&self, origin: Origin, value: &str, why: String) -> ConfigError {
        ConfigError::Value {
            key: self.name,
            origin,
            value: without_password(value),
            why,
            expected: self.expected,
        }
    }
}
