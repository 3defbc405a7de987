//! The operator's side of the witness protocol: every published checkpoint is taken to the witnesses of the
//! policy, and what they cosign is kept. A witness whose address begins with `mirror+` is a mirror (C2SP
//! `tlog-mirror`): it is given the entries too, and cosigns when it has them.
//!
//! One thread for each witness that has a URL. Sequencing fails open: nothing here is waited for by the operator,
//! and a witness that does not answer is left to lag, with an alarm. Finality fails closed, see
//! [`crate::finality`].

mod client;
mod mirror_client;
mod push;

pub use push::{MIRROR_SCHEME, STEP_ENTRIES};

use crate::clock::Clock;
use crate::finality::Alarm;
use crate::view::LedgerView;
use client::{Answered, Client};
use ledger::note::{Note, SignatureLine};
use ledger::policy::Witness;
use ledger::store::StoreError;
use ledger::witness::AddCheckpoint;
use mirror_client::Refused;
use push::Pusher;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// All witnesses are asked for one checkpoint until the quorum has cosigned it, or for so long.
pub const ROUND: Duration = Duration::from_millis(250);
/// A witness that has not cosigned what is published for so long is alarmed.
pub const LAG_ALARM: Duration = Duration::from_secs(60);
/// First and longest wait after a failure; each is twice the one before, half of it by chance.
pub const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));
/// How often a process that may not ask looks whether it may now.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often lags are looked at, and what was kept is made durable.
const WATCH_EVERY: Duration = Duration::from_secs(1);
/// Requests for one checkpoint before a witness that contradicts itself is left alone for a while.
const TRIES_MAX: usize = 3;

/// How patient the operator is with witnesses, and how far it goes at once with mirrors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// See [`ROUND`].
    pub round: Duration,
    /// See [`LAG_ALARM`].
    pub lag_alarm: Duration,
    /// See [`BACKOFF`].
    pub backoff: (Duration, Duration),
    /// See [`STEP_ENTRIES`].
    pub step_entries: u64,
}

impl Default for Patience {
    fn default() -> Self {
        Self { round: ROUND, lag_alarm: LAG_ALARM, backoff: BACKOFF, step_entries: STEP_ENTRIES }
    }
}

/// Says whether this process asks the witnesses at present: of all that have the log, only its operator does.
pub type MayAsk = Arc<dyn Fn() -> bool + Send + Sync>;

/// The threads that ask. Dropping it stops them, which may take as long as a witness takes to answer.
#[derive(Debug)]
pub struct Cosigning {
    view: Arc<LedgerView>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

/// Why a checkpoint was not cosigned.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{why}")]
    Refused { why: String, retry_after: Option<Duration> },
    #[error("it answered without its own valid cosignature")]
    NoCosignature,
    #[error("it contradicts itself about what it cosigned last")]
    Contradiction,
    #[error(
        "it has cosigned {theirs} leaves, but only {ours} are published here: this log went back, or another \
         operator writes it"
    )]
    Ahead { theirs: u64, ours: u64 },
    #[error("the store: {0}")]
    Store(#[from] StoreError),
    #[error("the checkpoint of {0} leaves cannot be read")]
    Checkpoint(u64),
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::Refused { why: refused.why, retry_after: refused.retry_after }
    }
}

impl Cosigning {
    /// Begins to ask the witnesses of the view's policy that have a URL.
    ///
    /// # Errors
    /// When the machine gives no thread.
    pub fn start(view: &Arc<LedgerView>, clock: &Arc<dyn Clock>) -> std::io::Result<Self> {
        Self::start_with(view, clock, Patience::default())
    }

    /// As [`Cosigning::start`], but no witness is asked, and none is alarmed, while `may_ask` says no.
    ///
    /// # Errors
    /// As [`Cosigning::start`].
    pub fn start_while(
        view: &Arc<LedgerView>,
        clock: &Arc<dyn Clock>,
        patience: Patience,
        may_ask: &MayAsk,
    ) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut cosigning = Self { view: Arc::clone(view), stop: Arc::clone(&stop), threads: Vec::new() };
        let asked = view.witness_policy().witnesses().iter().enumerate();
        for (place, witness, url) in asked.filter_map(|(at, w)| Some((at, w, w.url.as_ref()?))) {
            let asker = Asker {
                view: Arc::clone(view),
                clock: Arc::clone(clock),
                stop: Arc::clone(&stop),
                may_ask: Arc::clone(may_ask),
                witness: witness.clone(),
                place,
                way: match url.strip_prefix(MIRROR_SCHEME) {
                    Some(url) => Way::Mirror(Pusher::new(url, patience.step_entries)),
                    None => Way::Witness { client: Client::new(url), old: last_cosigned(view, witness) },
                },
                is_failing: false,
            };
            cosigning.spawn(format!("witness {place}"), move || asker.run(patience))?;
        }
        if !cosigning.threads.is_empty() {
            let (view, clock, may_ask) = (Arc::clone(view), Arc::clone(clock), Arc::clone(may_ask));
            let watcher = Watcher { view, clock, stop, may_ask };
            cosigning.spawn("witness watch".to_owned(), move || watcher.run(patience))?;
        }
        Ok(cosigning)
    }

    /// As [`Cosigning::start`], with another patience.
    ///
    /// # Errors
    /// As [`Cosigning::start`].
    pub fn start_with(
        view: &Arc<LedgerView>,
        clock: &Arc<dyn Clock>,
        patience: Patience,
    ) -> std::io::Result<Self> {
        let always: MayAsk = Arc::new(|| true);
        Self::start_while(view, clock, patience, &always)
    }

    fn spawn(&mut self, name: String, job: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
        self.threads.push(std::thread::Builder::new().name(name).spawn(job)?);
        Ok(())
    }
}

impl Drop for Cosigning {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.view.finality().wake();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread that asks a witness failed");
            }
        }
    }
}

/// The largest size that this witness has cosigned, as far as is known here.
fn last_cosigned(view: &LedgerView, witness: &Witness) -> u64 {
    view.store().last_cosigned(witness.vkey.id()).ok().flatten().unwrap_or(0)
}

/// Asks one witness.
struct Asker {
    view: Arc<LedgerView>,
    clock: Arc<dyn Clock>,
    stop: Arc<AtomicBool>,
    may_ask: MayAsk,
    witness: Witness,
    /// Place in the policy.
    place: usize,
    way: Way,
    /// The last request failed, which was said.
    is_failing: bool,
}

/// How a witness is asked.
enum Way {
    Witness {
        client: Client,
        /// Size it is thought to have cosigned last.
        old: u64,
    },
    Mirror(Pusher),
}

impl Asker {
    fn run(mut self, patience: Patience) {
        let (view, stop) = (Arc::clone(&self.view), Arc::clone(&self.stop));
        let policy = view.witness_policy();
        let mut wait = patience.backoff.0;
        while let Some(target) = view.finality().next_target(policy, self.place, patience.round, &stop) {
            if !(self.may_ask)() {
                if !view.finality().pause(LOOK_EVERY, &stop) {
                    return;
                }
                // Whoever asks meanwhile gets further; what was copied from there is known here.
                if let Way::Witness { old, .. } = &mut self.way {
                    *old = last_cosigned(&view, &self.witness);
                }
                continue;
            }
            let begun = Instant::now();
            let Err(failure) = self.ask(target) else {
                wait = patience.backoff.0;
                if std::mem::replace(&mut self.is_failing, false) {
                    tracing::info!(witness = self.witness.name, "a witness cosigns again");
                }
                metrics::histogram!("ledger_cosign_seconds", "witness" => self.witness.name.clone())
                    .record(begun.elapsed().as_secs_f64());
                continue;
            };
            self.report(&failure);
            let pause = match failure {
                Failure::Refused { retry_after: Some(time), .. } => time,
                _ => wait,
            };
            wait = wait.saturating_mul(2).min(patience.backoff.1);
            if !view.finality().pause(with_chance(pause), &stop) {
                return;
            }
        }
    }

    /// Takes one checkpoint to the witness, and keeps its cosignature.
    fn ask(&mut self, target: u64) -> Result<(), Failure> {
        let (size, text, lines) = match &mut self.way {
            Way::Witness { client, old } => ask_witness(&self.view, client, old, target)?,
            Way::Mirror(pusher) => {
                let cosigned = pusher.push(&self.view, target)?;
                (cosigned.size, cosigned.text, cosigned.lines)
            }
        };
        let line = self.own_line(&text, lines)?;
        if let Way::Witness { old, .. } = &mut self.way {
            *old = size;
        }
        self.view.add_cosignature(self.place, size, &line, self.clock.now_ms())?;
        Ok(())
    }

    /// The witness's own line, verified; lines of other keys are ignored, as the protocol says.
    fn own_line(&self, text: &str, lines: Vec<SignatureLine>) -> Result<SignatureLine, Failure> {
        let key = &self.witness.vkey;
        let is_ours =
            |line: &SignatureLine| key.verify(text, line).is_ok_and(|time| time.is_some_and(|t| t > 0));
        lines.into_iter().find(is_ours).ok_or(Failure::NoCosignature)
    }

    /// Says it once; while it lasts, the lag says it.
    fn report(&mut self, failure: &Failure) {
        let name = self.witness.name.as_str();
        metrics::counter!("ledger_witness_errors_total", "witness" => name.to_owned()).increment(1);
        match failure {
            Failure::Ahead { .. } | Failure::Store(_) => {
                tracing::error!(witness = name, %failure, "a checkpoint was not cosigned");
            }
            _ if self.is_failing => {
                tracing::debug!(witness = name, %failure, "a checkpoint was not cosigned");
            }
            _ => tracing::warn!(witness = name, %failure, "a checkpoint was not cosigned"),
        }
        self.is_failing = true;
        self.view.finality().failed(self.place, failure.to_string());
    }
}

/// Asks a witness for one checkpoint: its size, its text, and lines that are not verified.
fn ask_witness(
    view: &LedgerView,
    client: &mut Client,
    old: &mut u64,
    target: u64,
) -> Result<(u64, String, Vec<SignatureLine>), Failure> {
    let mut size = target;
    for _ in 0..TRIES_MAX {
        if *old > size {
            size = view.published_size();
            if *old > size {
                return Err(Failure::Ahead { theirs: std::mem::take(old), ours: size });
            }
        }
        let store = view.store();
        let note = store.note(size)?.and_then(|note| Note::parse(note.as_bytes()).ok());
        let request = AddCheckpoint {
            old: *old,
            proof: store.consistency_proof(*old, size)?,
            checkpoint: note.ok_or(Failure::Checkpoint(size))?,
        };
        match client.add_checkpoint(&request) {
            Answered::Cosigned(lines) => return Ok((size, request.checkpoint.text, lines)),
            Answered::OtherSize(theirs) => *old = theirs,
            Answered::Refused { why, retry_after } => return Err(Failure::Refused { why, retry_after }),
        }
    }
    Err(Failure::Contradiction)
}

/// Between half of a time and all of it, so that many askers do not come at once.
fn with_chance(time: Duration) -> Duration {
    let mut bytes = [0; 2];
    // Without chance the whole time is waited.
    let share = getrandom::fill(&mut bytes).map_or(u16::MAX, |()| u16::from_be_bytes(bytes));
    let half = time / 2;
    half + half.mul_f64(f64::from(share) / f64::from(u16::MAX))
}

/// Looks at lags, and brings to the disk what was kept.
struct Watcher {
    view: Arc<LedgerView>,
    clock: Arc<dyn Clock>,
    stop: Arc<AtomicBool>,
    may_ask: MayAsk,
}

impl Watcher {
    fn run(self, patience: Patience) {
        let every = WATCH_EVERY.min(patience.lag_alarm);
        let alarm_ms = u64::try_from(patience.lag_alarm.as_millis()).unwrap_or(u64::MAX);
        let mut durable = self.view.final_size();
        loop {
            if !(self.may_ask)() {
                if !self.view.finality().pause(every, &self.stop) {
                    return;
                }
                continue;
            }
            for alarm in self.view.watch_witnesses(self.clock.now_ms(), alarm_ms) {
                let Alarm { name, lag, behind_ms } = alarm;
                tracing::warn!(witness = name, lag, behind_ms, "a witness does not cosign what is published");
            }
            self.count();
            let now_final = self.view.final_size();
            if now_final > durable {
                match self.view.store().make_durable() {
                    Ok(()) => durable = now_final,
                    Err(error) => tracing::error!(%error, "cosignatures cannot be kept"),
                }
            }
            if !self.view.finality().pause(every, &self.stop) {
                return;
            }
        }
    }

    fn count(&self) {
        let count = |number: u64| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
        metrics::gauge!("ledger_final_entries").set(count(self.view.final_size()));
        for status in self.view.witnesses().into_iter().filter(|status| status.is_asked) {
            let label = [("witness", status.name)];
            metrics::gauge!("ledger_witness_lag_entries", &label).set(count(status.lag));
            metrics::gauge!("ledger_witness_behind_seconds", &label).set(count(status.behind_ms / 1000));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_between_half_and_whole() {
        let time = Duration::from_millis(800);
        let waits: Vec<Duration> = (0..100).map(|_| with_chance(time)).collect();
        assert!(waits.iter().all(|wait| (time / 2..=time).contains(wait)));
        assert!(waits.iter().any(|wait| *wait != time));
    }
}
