//! A ledger server and an agency's node that speak HTTPS with each other.

use crate::ports::free_address;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use ureq::tls::{RootCerts, TlsConfig};

const ORIGIN: &str = "ledger.example/tls";
const PATIENCE: Duration = Duration::from_secs(120);

struct Desk {
    folder: TempDir,
}

impl Desk {
    /// A folder with a root (`root.pem`), a server's certificate under it, and one under a root that nobody trusts.
    fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        desk.issue("root", "server");
        desk.issue("other-root", "stranger");
        desk
    }

    fn issue(&self, root: &str, name: &str) {
        let mut authority = CertificateParams::new(Vec::<String>::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let server = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        let certificate = server.signed_by(&key, &issuer).unwrap();
        self.write(&format!("{root}.pem"), &issuer.pem());
        self.write(&format!("{name}.pem"), &certificate.pem());
        self.write(&format!("{name}-key.pem"), &key.serialize_pem());
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_node"));
        command.args(arguments).current_dir(self.folder.path()).env_remove("RUST_LOG");
        // The only root that is trusted.
        command.env("SSL_CERT_FILE", self.path("root.pem")).env_remove("SSL_CERT_DIR");
        command
    }

    fn key(&self, kind: &str, name: &[&str]) -> String {
        let file = format!("{kind}.key");
        let arguments = [&["keygen", "--kind", kind, "-o", &file], name].concat();
        let output = self.command(&arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Starts a server and waits until it says where it serves.
    fn start(&self, arguments: &[&str]) -> Server {
        let mut child = self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let serving = lines.find_map(|line| line.unwrap().strip_prefix("serving  ").map(str::to_owned));
        // The rest is read and forgotten, so that the server never waits for us.
        std::thread::spawn(move || lines.for_each(drop));
        Server { child, serving: serving.unwrap_or_default() }
    }

    /// What this address answers to a client that trusts the root alone; the error when there is none.
    fn audit(&self, url: &str) -> String {
        let output = self.command(&["audit", url]).output().unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }

    /// The body of a 200 answer, asked by a client of another making.
    fn get(&self, url: &str) -> Option<String> {
        let root = std::fs::read(self.path("root.pem")).unwrap();
        let root = ureq::tls::Certificate::from_pem(&root).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&[root]))
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let agent: ureq::Agent = ureq::Agent::config_builder().tls_config(tls).build().into();
        agent.get(url).call().ok()?.body_mut().read_to_string().ok()
    }
}

struct Server {
    child: Child,
    serving: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    free_address().rsplit_once(':').unwrap().1.parse().unwrap()
}

#[test]
fn operator_and_node_speak_https_and_entries_become_final() {
    let desk = Desk::new();
    let log_key = desk.key("log", &["--origin", ORIGIN]);
    let witness = desk.key("witness", &["--name", "customs.example/witness"]);
    let replay = desk.key("replay", &["--name", "customs.example/replay"]);
    let (zone, agency) = (free_port(), free_port());
    desk.write(
        "policy.txt",
        &format!(
            "witness w {witness} https://localhost:{agency}/\nwitness r {replay} https://localhost:{agency}/replay/\n\
             group customs all w r\nquorum customs\n"
        ),
    );
    let (zone_at, agency_at) = (format!("127.0.0.1:{zone}"), format!("127.0.0.1:{agency}"));
    let tls = ["--tls-cert", "server.pem", "--tls-key", "server-key.pem", "--policy", "policy.txt"];
    let operator =
        ["operator", "--dir", "ledger", "--origin", ORIGIN, "--key", "log.key", "--listen", &zone_at];
    let operator = desk.start(&[&operator[..], &tls].concat());
    assert_eq!(operator.serving, format!("https://{zone_at}/ledger/checkpoint"));
    let log = format!("https://localhost:{zone}/ledger");
    let node = ["follow", "--log", &log, "--log-key", &log_key, "--dir", "node", "--listen", &agency_at];
    let keys = ["--witness-key", "witness.key", "--replay-key", "replay.key"];
    let node = desk.start(&[&node[..], &keys, &tls].concat());
    assert_eq!(node.serving, format!("https://{agency_at}/"));

    let until = Instant::now() + PATIENCE;
    let mut last_final = None;
    while last_final.is_none() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(50));
        last_final = desk.get(&format!("{log}/final"));
    }
    let last_final = last_final.unwrap();
    assert!(last_final.contains("customs.example/replay"), "{last_final}");
    assert!(desk.audit(&log).contains("SOUND"));
    // The same port does not speak plain HTTP.
    assert!(desk.audit(&format!("http://localhost:{zone}/ledger")).contains("cannot be read"));
}

#[test]
fn a_server_whose_certificate_leads_to_no_trusted_root_is_not_read() {
    let desk = Desk::new();
    desk.key("log", &["--origin", ORIGIN]);
    let (port, tls) = (free_port(), ["--tls-cert", "stranger.pem", "--tls-key", "stranger-key.pem"]);
    let at = format!("127.0.0.1:{port}");
    let operator = ["operator", "--dir", "ledger", "--origin", ORIGIN, "--key", "log.key", "--listen", &at];
    let _server = desk.start(&[&operator[..], &tls].concat());
    let said = desk.audit(&format!("https://localhost:{port}/ledger"));
    assert!(said.to_lowercase().contains("certificate"), "{said}");
}

#[test]
fn files_that_do_not_belong_together_are_named() {
    let desk = Desk::new();
    desk.key("log", &["--origin", ORIGIN]);
    let said = |tls: &[&str]| {
        let operator = ["operator", "--dir", "ledger", "--origin", ORIGIN, "--key", "log.key"];
        let output = desk.command(&[&operator[..], tls].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(said(&["--tls-cert", "server.pem"]).contains("--tls-key"));
    let missing = said(&["--tls-cert", "none.pem", "--tls-key", "server-key.pem"]);
    assert!(missing.starts_with("none.pem: expected a certificate in PEM"), "{missing}");
    let swapped = said(&["--tls-cert", "server-key.pem", "--tls-key", "server.pem"]);
    assert!(swapped.starts_with("server-key.pem: expected a certificate in PEM"), "{swapped}");
    let others = said(&["--tls-cert", "server.pem", "--tls-key", "stranger-key.pem"]);
    assert!(others.starts_with("server.pem with the key stranger-key.pem"), "{others}");
}
