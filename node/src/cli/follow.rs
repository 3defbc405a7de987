//! `node follow`: an agency's node.

use super::keygen::read_key;
use super::tls::TlsArguments;
use super::{CommandError, print, read_file};
use actix_web::{App, HttpServer};
use credit_core::scorecard::Scorecard;
use ledger::note::{KeyKind, Signer, Vkey};
use ledger::policy::Policy;
use ledger::store::FREE_BYTES_MIN;
use metrics_exporter_prometheus::PrometheusBuilder;
use node::SystemClock;
use node::follow::{Disclosed, FollowConfig, FollowError, Follower, Phase, Syncing, Zone, http, refusal};
use node::log_policy::{LogPolicy, POLICY_FILE_BYTES_MAX};
use node::tiles::tiles_at;
use node::witness::http::KEEP_ALIVE;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// Threads that serve readers and the operator's questions.
const WORKERS: usize = 2;
/// Longest scorecard or key file read, in bytes.
const SMALL_FILE_BYTES_MAX: usize = 1024 * 1024;
/// Longest file with an API key read, in bytes.
const API_KEY_BYTES_MAX: usize = 1024;
/// How often a long replay says how far it is.
const PROGRESS_EVERY: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Follow a ledger as an agency: store, re-execute and cosign it, or refuse it
///
/// Reads the log's checkpoint and entries, re-executes every block, and keeps its own copy of what it found right.
/// Serves that copy under /ledger/, two witnesses (C2SP tlog-witness) for the operator to ask, and a status page:
///
///   /          status page, /status.json, /healthz, /metrics
///   POST /add-checkpoint          cosigned with the witness key: consistent with what was cosigned before
///   POST /replay/add-checkpoint   cosigned with the replay key: every entry up to there was re-executed here
///   POST /mirror/add-checkpoint, /mirror/add-entries   with --accept-entries: the log is pushed, then as /replay
///
/// Give the zone both verifier keys (as `node keygen` prints them) and the address for its policy. A log that cannot
/// be read is tried again. A log that signed what one history cannot hold is refused: evidence-….json in the folder
/// proves it to anybody (`node verify`), nothing more is cosigned, /healthz is 503, and every later start ends with
/// exit code 3 until a person has looked into it.
///
/// With --disclosed-from the node also fetches the statements that the zone discloses to the agency and computes each
/// score again.
///
/// Exit code 0: stopped. 1: failed. 2: used wrongly. 3: it refuses the log.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Where the log is read: URL of its tiles, such as https://zone.example/ledger, or a folder.
    /// May be left out with --accept-entries.
    #[arg(long, env = "XINJI_FOLLOW_LOG", value_name = "URL", required_unless_present = "accept_entries")]
    log: Option<String>,
    /// Let the log be pushed to this node, below /mirror (C2SP tlog-mirror), beside what is fetched or without --log.
    /// Pushed entries are proven and re-executed like fetched ones.
    #[arg(long, env = "XINJI_FOLLOW_ACCEPT_ENTRIES")]
    accept_entries: bool,
    /// The zone's witness policy (C2SP tlog-policy), with the log's key in it or beside --log-key.
    #[arg(long, env = "XINJI_POLICY", value_name = "FILE", required_unless_present = "log_key")]
    policy: Option<PathBuf>,
    /// The log's key, as a verifier key or a file that holds it. Not needed where the policy names one log only.
    #[arg(long, env = "XINJI_FOLLOW_LOG_KEY", value_name = "VKEY|FILE")]
    log_key: Option<String>,
    /// Folder of this node: its copy, what it cosigned, evidence.
    #[arg(long, env = "XINJI_FOLLOW_DIR", default_value = "./data/follow")]
    dir: PathBuf,
    /// Key that cosigns what is consistent (`node keygen --kind witness`).
    #[arg(long, env = "XINJI_FOLLOW_WITNESS_KEY", value_name = "FILE")]
    witness_key: PathBuf,
    /// Key that cosigns what was re-executed (`node keygen --kind replay`).
    #[arg(long, env = "XINJI_FOLLOW_REPLAY_KEY", value_name = "FILE")]
    replay_key: PathBuf,
    /// Names under which the two keys cosign are NAME/witness and NAME/replay. Only for keys that are not in the
    /// policy, which otherwise has their names.
    #[arg(long, env = "XINJI_FOLLOW_NAME")]
    name: Option<String>,
    /// Address to serve on.
    #[arg(long, env = "XINJI_FOLLOW_LISTEN", default_value = "127.0.0.1:8091")]
    listen: SocketAddr,
    #[command(flatten)]
    tls: TlsArguments,
    /// Milliseconds between two looks at the log when nobody says that there is something new.
    #[arg(long, default_value_t = 1000, value_name = "MS", value_parser = clap::value_parser!(u64).range(10..=60_000))]
    poll_ms: u64,
    /// Folder of receipts that were disclosed to this agency; their scores are recomputed, and the replay key stops
    /// where one differs.
    #[arg(long, env = "XINJI_FOLLOW_DISCLOSED", value_name = "DIR")]
    disclosed: Option<PathBuf>,
    /// Fetch them into that folder from this zone, such as https://zone.example: the receipt of every rating that its
    /// feed tells this agency of. Needs a key, and a standing request in force for the purpose.
    #[arg(
        long, env = "XINJI_FOLLOW_DISCLOSED_FROM", value_name = "URL", requires_all = ["disclosed", "disclosed_key"]
    )]
    disclosed_from: Option<String>,
    /// File with the agency's API key, of scopes read and share; only its owner may be able to read it.
    #[arg(long, env = "XINJI_FOLLOW_DISCLOSED_KEY", value_name = "FILE", requires = "disclosed_from")]
    disclosed_key: Option<PathBuf>,
    /// Purpose that is named to the zone with each look.
    #[arg(long, env = "XINJI_FOLLOW_DISCLOSED_PURPOSE", value_name = "CODE", default_value = "supervision")]
    disclosed_purpose: String,
    /// Seconds between two looks at the zone's feed.
    #[arg(long, default_value_t = 30, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    disclosed_every_s: u64,
    /// Scorecard to recompute with, when it is not the one that this program brings along.
    #[arg(long, value_name = "FILE", requires = "disclosed")]
    scorecard: Option<PathBuf>,
    /// A person has looked into the evidence with this digest and decided to follow the log again.
    #[arg(long, value_name = "DIGEST")]
    accept_after_review: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let (tls, scheme) = arguments.tls.read()?;
    if let Some(digest) = &arguments.accept_after_review {
        refusal::lift(&arguments.dir, digest)
            .map_err(|error| CommandError::Usage(format!("--accept-after-review: {error}")))?;
        tracing::warn!(digest, "a person lifted the refusal; the log is followed again");
    }
    let node = Follower::open(config(arguments)?, arguments.log.as_deref().map(tiles_at)).map_err(failed)?;
    let status = node.status();
    print(&format!(
        "log      {}\nreading  {}\nserving  {scheme}://{}/\nwitness  {}\nreplay   {}\n",
        status.origin, status.log, arguments.listen, status.witness_key, status.replay_key
    ))?;
    serve(arguments.listen, tls, &node)
}

fn failed(error: FollowError) -> CommandError {
    match error {
        FollowError::Refused { .. } => CommandError::LogRefused(error.to_string()),
        FollowError::SameKey => CommandError::Usage(error.to_string()),
        error => CommandError::Refused(error.to_string()),
    }
}

fn config(arguments: &Arguments) -> Result<FollowConfig, CommandError> {
    let (policy, log_key) = policy(arguments)?;
    let signer = |path: &Path, role: &str| signer(path, role, arguments.name.as_deref(), policy.policy());
    Ok(FollowConfig {
        folder: arguments.dir.clone(),
        origin: log_key.name().to_owned(),
        witness_key: signer(&arguments.witness_key, "witness")?,
        replay_key: signer(&arguments.replay_key, "replay")?,
        policy,
        log_key,
        clock: Arc::new(SystemClock),
        poll: Duration::from_millis(arguments.poll_ms),
        free_bytes_min: FREE_BYTES_MIN,
        disclosed: disclosed(arguments)?,
        accept_entries: arguments.accept_entries,
    })
}

/// The policy, and the key with which the log began.
fn policy(arguments: &Arguments) -> Result<(LogPolicy, Vkey), CommandError> {
    let named = arguments.log_key.as_deref().map(log_key).transpose()?;
    let Some(path) = &arguments.policy else {
        let key = named.ok_or_else(|| CommandError::Usage("give --policy or --log-key".to_owned()))?;
        return Ok((LogPolicy::of_log(&key), key));
    };
    let usage = |reason: String| CommandError::Usage(format!("{}: {reason}", path.display()));
    let bytes = read_file(path, POLICY_FILE_BYTES_MAX)?;
    let text = String::from_utf8(bytes).map_err(|_| usage("it is not UTF-8".to_owned()))?;
    let parsed = Policy::parse(text.as_bytes()).map_err(|error| usage(error.to_string()))?;
    let mut logs = parsed.logs().iter().map(|log| &log.vkey);
    let key = match (named, logs.next()) {
        (Some(key), _) => key,
        (None, Some(first)) if logs.all(|other| other.name() == first.name()) => first.clone(),
        (None, Some(_)) => return Err(usage("it names several logs; say which with --log-key".to_owned())),
        (None, None) => return Err(usage("it names no log; give the log's key with --log-key".to_owned())),
    };
    let policy =
        LogPolicy::read(&text, std::slice::from_ref(&key)).map_err(|error| usage(error.to_string()))?;
    Ok((policy, key))
}

fn log_key(text: &str) -> Result<Vkey, CommandError> {
    let path = Path::new(text);
    let text = if path.is_file() {
        String::from_utf8_lossy(&read_file(path, SMALL_FILE_BYTES_MAX)?).into_owned()
    } else {
        text.to_owned()
    };
    text.trim().parse().map_err(|error| CommandError::Usage(format!("--log-key: {error}")))
}

/// The key in this file, under the name that the policy has for it.
fn signer(path: &Path, role: &str, name: Option<&str>, policy: &Policy) -> Result<Signer, CommandError> {
    let usage = |reason: String| CommandError::Usage(format!("{}: {reason}", path.display()));
    let key = read_key(path)?;
    let known = policy.witnesses().iter().find(|witness| *witness.vkey.key() == key.verifying_key());
    let name = match (known, name) {
        (Some(witness), _) => witness.vkey.name().to_owned(),
        (None, Some(name)) => format!("{name}/{role}"),
        (None, None) => {
            return Err(usage(
                "the policy has no witness with this key; say under which --name it signs".to_owned(),
            ));
        }
    };
    Signer::new(&name, KeyKind::CosignatureV1, key).map_err(|error| usage(error.to_string()))
}

fn disclosed(arguments: &Arguments) -> Result<Option<Disclosed>, CommandError> {
    let Some(folder) = &arguments.disclosed else { return Ok(None) };
    if !folder.is_dir() {
        return Err(CommandError::Usage(format!("{}: it is no folder", folder.display())));
    }
    let card = match &arguments.scorecard {
        None => Scorecard::embedded().map_err(|error| CommandError::Refused(error.to_string()))?,
        Some(path) => {
            let bytes = read_file(path, SMALL_FILE_BYTES_MAX)?;
            let usage = |reason: String| CommandError::Usage(format!("{}: {reason}", path.display()));
            let text = std::str::from_utf8(&bytes).map_err(|error| usage(error.to_string()))?;
            Scorecard::parse(text).map_err(|error| usage(error.to_string()))?
        }
    };
    let disclosed = Disclosed::new(folder.clone(), card);
    Ok(Some(match syncing(arguments, folder)? {
        Some(syncing) => disclosed.fed_by(syncing),
        None => disclosed,
    }))
}

/// What fetches disclosed statements into a folder.
fn syncing(arguments: &Arguments, folder: &Path) -> Result<Option<Syncing>, CommandError> {
    let (Some(address), Some(path)) = (&arguments.disclosed_from, &arguments.disclosed_key) else {
        return Ok(None);
    };
    let usage = |reason: &str| CommandError::Usage(format!("{}: {reason}", path.display()));
    let mode = std::fs::metadata(path).map_err(|error| usage(&error.to_string()))?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(usage("others can read it; chmod 600"));
    }
    let bytes = Zeroizing::new(read_file(path, API_KEY_BYTES_MAX)?);
    let key = std::str::from_utf8(&bytes).map(str::trim).unwrap_or_default();
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(usage("expected an API key on one line"));
    }
    let key = Zeroizing::new(key.to_owned());
    let zone = Zone::at(address, key, &arguments.disclosed_purpose)
        .map_err(|error| CommandError::Usage(format!("--disclosed-from {address}: {error}")))?;
    Ok(Some(Syncing::new(zone, folder, Duration::from_secs(arguments.disclosed_every_s))))
}

/// Serves until Ctrl-C, also while it refuses: then people must be able to see why.
fn serve(
    listen: SocketAddr,
    tls: Option<rustls::ServerConfig>,
    node: &Arc<Follower>,
) -> Result<(), CommandError> {
    let io = |error: std::io::Error| CommandError::Refused(error.to_string());
    // A second recorder in one process is refused; then there are no numbers, and the rest goes on.
    let metrics = PrometheusBuilder::new().install_recorder().ok();
    let system = actix_web::rt::System::new();
    let served = Arc::clone(node);
    let server = system.block_on(async move {
        let server = HttpServer::new(move || {
            App::new().configure(|app| http::configure(app, &served, metrics.as_ref()))
        });
        let server = server.workers(WORKERS).keep_alive(KEEP_ALIVE);
        let server = match tls {
            Some(config) => server.bind_rustls_0_23(listen, config),
            None => server.bind(listen),
        };
        server.map(HttpServer::run)
    });
    let server = server.map_err(io)?;
    let handle = server.handle();
    let follows = Arc::clone(node);
    let following = std::thread::Builder::new().name("follow".to_owned()).spawn(move || {
        let result = follows.run();
        if matches!(result, Err(ref error) if !matches!(error, FollowError::Refused { .. })) {
            drop(handle.stop(true));
        }
        result
    });
    let following = following.map_err(io)?;
    let syncs = Arc::clone(node);
    let syncing = std::thread::Builder::new().name("statements".to_owned());
    let syncing = syncing.spawn(move || syncs.sync_statements()).map_err(io)?;
    let watching = Watching::start(node).map_err(io)?;
    let served = system.block_on(server);
    drop(watching);
    node.stop();
    if syncing.join().is_err() {
        tracing::error!("fetching disclosed statements failed");
    }
    let followed =
        following.join().map_err(|_| CommandError::Refused("following the log failed".to_owned()))?;
    followed.map_err(failed).and_then(|()| served.map_err(io))
}

/// Says how far a long replay is.
struct Watching {
    is_over: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Watching {
    fn start(node: &Arc<Follower>) -> std::io::Result<Self> {
        let (node, is_over) = (Arc::clone(node), Arc::new(AtomicBool::new(false)));
        let over = Arc::clone(&is_over);
        let job = move || {
            let mut said = (Instant::now(), node.status().replayed);
            while !over.load(Ordering::Acquire) {
                std::thread::park_timeout(LOOK_EVERY);
                let status = node.status();
                if status.phase != Phase::Replaying || said.0.elapsed() < PROGRESS_EVERY {
                    continue;
                }
                let leaves = u128::from(status.replayed.saturating_sub(said.1));
                let per_second = leaves * 1000 / said.0.elapsed().as_millis().max(1);
                tracing::info!(leaves = status.replayed, of = status.seen, %per_second, "re-executing the log");
                said = (Instant::now(), status.replayed);
            }
        };
        let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(job)?;
        Ok(Self { is_over, thread: Some(thread) })
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It only reports; its failure changes nothing.
            let _ = thread.join();
        }
    }
}
