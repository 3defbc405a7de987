//! `node operator`: the ledger server alone, for a zone that keeps its signing key on a separate machine.

use super::keygen::{public_key, random, read_key, read_secret, write_secret};
use super::tls::TlsArguments;
use super::{CommandError, print, read_file};
use actix_web::{App, HttpServer, web};
#[cfg(any(feature = "pq", feature = "gm"))]
use ledger::extra::ExtraSigner;
use node::cosigning::Cosigning;
use node::http::append::{AppendAccess, append_scope};
use node::http::ledger_scope;
use node::log_policy::POLICY_FILE_BYTES_MAX;
use node::{Clock, FileTip, LedgerView, Operator, OperatorConfig, Sequencer, SystemClock};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Threads that serve readers.
const WORKERS: usize = 2;
const TOKEN_FILE: &str = "append-token";
pub(super) const TIP_FILE: &str = "tip";

/// Write a ledger and serve it
///
/// Opens the ledger folder, or begins a new ledger in an empty one, and serves it read-only under /ledger/ as
/// C2SP tiles. Entries are appended by POST /append from this machine only, with the bearer token in the file
/// append-token of the ledger folder (written on the first start):
///
///   {"entries": [{"cause": "<64 hex digits>", "entry": "<base64 SCALE>"}]}
///
/// answers {"results": [{"index": …, "block": …, "size": …, "duplicate": …}]} once the entries are durable and
/// under a published checkpoint. The same cause is appended once.
///
/// With a policy, each published checkpoint is taken to the policy's witnesses that have a URL; /ledger/final shows
/// the newest one that the quorum has cosigned, /ledger/witnesses how far each witness is.
///
/// It refuses to sign when the folder is older than the tip file or the sign guard, and stops for ever when
/// another operator has taken the log over. Ctrl-C stops it cleanly.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folder of the ledger.
    #[arg(long, env = "XINJI_LEDGER_DIR", default_value = "./data/ledger")]
    dir: PathBuf,
    /// Name of the log, such as xinji.example/yibin; cannot be changed later.
    #[arg(long, env = "XINJI_ORIGIN")]
    origin: String,
    /// Zone code; cannot be changed later.
    #[arg(long, env = "XINJI_ZONE", default_value = "yibin")]
    zone: String,
    /// Signing key, as `node keygen` writes it. An encrypted one is opened with the passphrase in the file that
    /// XINJI_KEY_PASSPHRASE_FILE names, or in XINJI_KEY_PASSPHRASE.
    #[arg(long, env = "XINJI_LEDGER_KEY", value_name = "FILE")]
    key: PathBuf,
    /// A further key of the log: the next one before a rotation, the old one until it is revoked. May be repeated.
    #[arg(long, value_name = "FILE")]
    more_key: Vec<PathBuf>,
    /// Public key of the offline root, 64 hexadecimal digits or a file that holds them. Taken when a log begins,
    /// and fixed with it: without a root no key of the log can ever be changed.
    #[arg(long, env = "XINJI_OFFLINE_ROOT", value_name = "HEX|FILE")]
    offline_root: Option<String>,
    /// ML-DSA-44 key for an extra line on every checkpoint.
    #[cfg(feature = "pq")]
    #[arg(long, value_name = "FILE")]
    pq_key: Option<PathBuf>,
    /// SM2 key for an extra line on every checkpoint.
    #[cfg(feature = "gm")]
    #[arg(long, value_name = "FILE")]
    gm_key: Option<PathBuf>,
    /// Address to serve on.
    #[arg(long, env = "XINJI_LEDGER_LISTEN", default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    #[command(flatten)]
    tls: TlsArguments,
    /// Witness policy (C2SP tlog-policy): whom to ask for cosignatures, and whose make an entry final. Served as
    /// witnesses.txt. The log alone when absent.
    #[arg(long, env = "XINJI_POLICY", value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Tip file, the second memory of the log's end; keep it on another disk. `tip` in the ledger folder when absent.
    #[arg(long, value_name = "FILE")]
    tip: Option<PathBuf>,
    /// Hours after which an empty block is sealed.
    #[arg(long, default_value_t = 24, value_name = "HOURS", value_parser = clap::value_parser!(u32).range(1..=744))]
    heartbeat: u32,
    /// The tip file was lost and this folder is known to be the newest copy: take its tip. For one start only.
    #[arg(long)]
    adopt_tip: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let failed = |error: std::io::Error| CommandError::Refused(error.to_string());
    let (tls, scheme) = arguments.tls.read()?;
    std::fs::create_dir_all(&arguments.dir).map_err(failed)?;
    let operator = Arc::new(open(arguments)?);
    let token_path = arguments.dir.join(TOKEN_FILE);
    if !token_path.exists() {
        write_secret(&token_path, &hex::encode(random()?))?;
    }
    let token = hex::encode(read_secret(&token_path)?);
    let view = Arc::clone(operator.view());
    let sequencer = Arc::new(Sequencer::start(operator).map_err(failed)?);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let _cosigning = Cosigning::start(&view, &clock).map_err(failed)?;
    print(&format!(
        "log      {}\nserving  {scheme}://{}/ledger/checkpoint\nappend   POST {scheme}://{}/append, token in {}\n",
        view.vkey(),
        arguments.listen,
        arguments.listen,
        token_path.display()
    ))?;
    serve(arguments.listen, tls, &view, AppendAccess::new(sequencer, &token)).map_err(failed)
}

#[cfg(any(feature = "pq", feature = "gm"))]
fn extra(signer: Result<ExtraSigner, ledger::note::NoteError>) -> Result<ExtraSigner, CommandError> {
    signer.map_err(|error| CommandError::Usage(error.to_string()))
}

fn open(arguments: &Arguments) -> Result<Operator, CommandError> {
    let mut config =
        OperatorConfig::new(arguments.origin.as_str(), arguments.zone.as_str(), read_key(&arguments.key)?);
    config.more_keys = arguments.more_key.iter().map(|path| read_key(path)).collect::<Result<_, _>>()?;
    config.offline_root_key =
        arguments.offline_root.as_deref().map(public_key).transpose()?.map(|key| key.to_bytes());
    #[cfg(feature = "pq")]
    if let Some(path) = &arguments.pq_key {
        config.extra_keys.push(extra(ExtraSigner::ml_dsa_44(&arguments.origin, &read_secret(path)?))?);
    }
    #[cfg(feature = "gm")]
    if let Some(path) = &arguments.gm_key {
        config.extra_keys.push(extra(ExtraSigner::sm2_sm3(&arguments.origin, &read_secret(path)?))?);
    }
    config.adopt_tip = arguments.adopt_tip;
    config.heartbeat = Duration::from_secs(u64::from(arguments.heartbeat) * 3600);
    if let Some(path) = &arguments.policy {
        let bytes = read_file(path, POLICY_FILE_BYTES_MAX)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| CommandError::Usage(format!("{}: it is not UTF-8", path.display())))?;
        config.policy = Some(text);
    }
    let tip = arguments.tip.clone().unwrap_or_else(|| arguments.dir.join(TIP_FILE));
    Operator::open(&arguments.dir, config, Arc::new(FileTip::new(tip)), Arc::new(SystemClock))
        .map_err(|error| CommandError::Refused(error.to_string()))
}

fn serve(
    listen: SocketAddr,
    tls: Option<rustls::ServerConfig>,
    view: &Arc<LedgerView>,
    access: AppendAccess,
) -> std::io::Result<()> {
    let view = Arc::clone(view);
    let access = web::Data::new(access);
    actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            App::new().service(ledger_scope(Arc::clone(&view))).service(append_scope(access.clone()))
        });
        let server = server.workers(WORKERS);
        let server = match tls {
            Some(config) => server.bind_rustls_0_23(listen, config)?,
            None => server.bind(listen)?,
        };
        server.run().await
    })
}
