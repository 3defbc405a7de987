//! Fetching what is disclosed: the feed says whose rating changed, the history which ratings this node does not have.
//!
//! The place in the feed is kept in the folder beside the receipts. Whoever empties the folder begins anew; nothing
//! else is lost, since receipts prove themselves.

use super::DISCLOSED_FILES_MAX;
use super::zone::{Rating, Zone, ZoneError};
use crate::clock::Clock;
use credit_core::statement::field;
use credit_core::uscc::Uscc;
use ledger::receipt::Receipt;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Enterprises whose newest rating may wait for the ledger; with more the place in the feed stays where it is.
const WAITING_MAX: usize = 10_000;
/// How often a question is asked again when the zone asks to wait.
const TRIES: usize = 20;
/// The wait after failures, at most.
const BACKOFF_MAX: Duration = Duration::from_secs(300);
/// Where the walk stands. No `.json`, so that nobody takes it for a receipt.
const PLACE_FILE: &str = "sync.place";
/// Longest such file, bytes: a cursor, and a code for each enterprise that waits.
const PLACE_BYTES_MAX: u64 = 1024 * 1024;

/// A folder that is fed from a zone's API.
pub struct Syncing {
    zone: Zone,
    folder: PathBuf,
    every: Duration,
    status: Mutex<SyncStatus>,
}

/// Where the walk stands, for people and monitors.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SyncStatus {
    pub zone: String,
    /// When everything was fetched last, milliseconds since 1970-01-01 UTC.
    pub passed_ms: u64,
    /// Receipts fetched since this node was started.
    pub fetched: u64,
    /// Enterprises whose newest rating is not on the ledger yet.
    pub waiting: usize,
    /// Ratings that the zone told of and whose receipt it did not give, since this node was started.
    pub withheld: u64,
    pub last_error: Option<String>,
}

/// How the walk talks to the node around it.
pub(in crate::follow) struct Around<'a> {
    pub(in crate::follow) clock: &'a dyn Clock,
    /// Waits, and says whether the node was stopped.
    pub(in crate::follow) is_stopped_after: &'a dyn Fn(Duration) -> bool,
    /// There are new files.
    pub(in crate::follow) on_new: &'a dyn Fn(),
}

/// What outlives a restart.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Place {
    /// Of which zone the cursor is.
    zone: String,
    since: Option<String>,
    waiting: BTreeSet<Uscc>,
}

/// One walk through the feed.
struct Walk {
    place: Place,
    /// The newest leaf of each enterprise in the folder.
    newest: HashMap<Uscc, u64>,
    files: usize,
}

/// Why a pass ended early.
#[derive(Debug)]
enum Ended {
    Stopped,
    Failed(String),
}

impl From<ZoneError> for Ended {
    fn from(error: ZoneError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<std::io::Error> for Ended {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(format!("the folder of disclosed statements: {error}"))
    }
}

impl Syncing {
    /// Feeds this folder, and looks for news so often.
    #[must_use]
    pub fn new(zone: Zone, folder: impl Into<PathBuf>, every: Duration) -> Self {
        let status = SyncStatus { zone: zone.address().to_owned(), ..SyncStatus::default() };
        Self { zone, folder: folder.into(), every, status: Mutex::new(status) }
    }

    /// Where it stands.
    #[must_use]
    pub fn status(&self) -> SyncStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, change: impl FnOnce(&mut SyncStatus)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Passes through the feed again and again, until the node is stopped.
    pub(in crate::follow) fn run(&self, around: &Around<'_>) {
        let mut failures = 0_u32;
        loop {
            let ended = Walk::begin(&self.folder, self.zone.address())
                .map_err(Ended::from)
                .and_then(|mut walk| self.pass(&mut walk, around));
            let wait = match ended {
                Ok(()) => {
                    failures = 0;
                    let now_ms = around.clock.now_ms();
                    self.note(|status| (status.passed_ms, status.last_error) = (now_ms, None));
                    self.every
                }
                Err(Ended::Stopped) => return,
                Err(Ended::Failed(why)) => {
                    failures = failures.saturating_add(1);
                    tracing::warn!(
                        why,
                        failures,
                        "disclosed statements cannot be fetched; it is tried again"
                    );
                    metrics::counter!("follow_disclosed_failures_total").increment(1);
                    self.note(|status| status.last_error = Some(why));
                    self.every.saturating_mul(1 << failures.min(10)).min(BACKOFF_MAX.max(self.every))
                }
            };
            if (around.is_stopped_after)(wait) {
                return;
            }
        }
    }

    /// Everything that is new by now.
    fn pass(&self, walk: &mut Walk, around: &Around<'_>) -> Result<(), Ended> {
        loop {
            let since = walk.place.since.clone();
            let feed = match self.patiently(around, || self.zone.changes(since.as_deref()))? {
                Err(ZoneError::Asked(why)) if since.is_some() => {
                    tracing::warn!(
                        why,
                        "the zone does not know the place in its feed; the feed is read anew"
                    );
                    walk.place.since = None;
                    continue;
                }
                answer => answer?,
            };
            let changed = feed.items.iter().filter(|change| change.is_of_rating()).map(|change| change.uscc);
            let codes: BTreeSet<Uscc> = walk.place.waiting.iter().copied().chain(changed).collect();
            for uscc in codes {
                self.enterprise(uscc, walk, around)?;
            }
            walk.place.since = Some(feed.next_cursor);
            walk.keep(&self.folder)?;
            self.note(|status| status.waiting = walk.place.waiting.len());
            if !feed.more {
                return Ok(());
            }
        }
    }

    /// Fetches the ratings of an enterprise that the folder does not have: those after the newest that it has, or the
    /// newest alone where it has none.
    fn enterprise(&self, uscc: Uscc, walk: &mut Walk, around: &Around<'_>) -> Result<(), Ended> {
        let ratings = match self.patiently(around, || self.zone.ratings(uscc))? {
            Err(ZoneError::Absent(why)) => {
                walk.place.waiting.remove(&uscc);
                self.withheld(uscc, &why);
                return Ok(());
            }
            answer => answer?,
        };
        let mut waits = ratings.first().is_some_and(|rating| rating.leaf().is_none());
        for (seq, leaf) in wanted(&ratings, walk.newest.get(&uscc).copied()) {
            match self.patiently(around, || self.zone.receipt(uscc, seq))? {
                Ok(bytes) => match fault(&bytes, uscc, leaf) {
                    None => self.save(walk, (uscc, leaf), &bytes, around)?,
                    Some(why) => self.withheld(uscc, why),
                },
                Err(ZoneError::Absent(why)) => self.withheld(uscc, &why),
                Err(ZoneError::Pending) => waits = true,
                Err(error) => return Err(error.into()),
            }
        }
        if waits && walk.place.waiting.len() >= WAITING_MAX {
            return Err(Ended::Failed(format!("{WAITING_MAX} enterprises wait for the ledger")));
        }
        if waits {
            walk.place.waiting.insert(uscc)
        } else {
            walk.place.waiting.remove(&uscc)
        };
        Ok(())
    }

    fn save(
        &self,
        walk: &mut Walk,
        (uscc, leaf): (Uscc, u64),
        bytes: &[u8],
        around: &Around<'_>,
    ) -> Result<(), Ended> {
        if walk.files >= DISCLOSED_FILES_MAX {
            return Err(Ended::Failed(format!(
                "the folder has {DISCLOSED_FILES_MAX} files; no more are checked"
            )));
        }
        replace(&self.folder.join(format!("{uscc}-{leaf}.json")), bytes)?;
        walk.files += 1;
        let newest = walk.newest.entry(uscc).or_default();
        *newest = leaf.max(*newest);
        metrics::counter!("follow_disclosed_fetched_total").increment(1);
        self.note(|status| status.fetched += 1);
        (around.on_new)();
        Ok(())
    }

    fn withheld(&self, uscc: Uscc, why: &str) {
        tracing::warn!(%uscc, why, "the zone told of a rating, and did not give its receipt");
        self.note(|status| status.withheld += 1);
    }

    /// Asks, and waits as long as the zone asks to. The outer error is that the node was stopped.
    fn patiently<T>(
        &self,
        around: &Around<'_>,
        question: impl Fn() -> Result<T, ZoneError>,
    ) -> Result<Result<T, ZoneError>, Ended> {
        let mut wait = Duration::ZERO;
        for _ in 0..TRIES {
            if (around.is_stopped_after)(wait) {
                return Err(Ended::Stopped);
            }
            match question() {
                Err(ZoneError::Wait(asked)) => wait = asked,
                answer => return Ok(answer),
            }
        }
        Ok(Err(ZoneError::Wait(wait)))
    }
}

impl Walk {
    /// Goes on where the folder says.
    fn begin(folder: &Path, zone: &str) -> std::io::Result<Self> {
        let (mut newest, mut files) = (HashMap::new(), 0);
        for file in fs::read_dir(folder)?.flatten().take(DISCLOSED_FILES_MAX) {
            let name = file.file_name();
            let Some((uscc, leaf)) = name.to_str().and_then(named) else { continue };
            files += 1;
            let known = newest.entry(uscc).or_insert(leaf);
            *known = leaf.max(*known);
        }
        let path = folder.join(PLACE_FILE);
        let is_small = fs::metadata(&path).is_ok_and(|meta| meta.len() <= PLACE_BYTES_MAX);
        let kept = is_small.then(|| fs::read(&path).ok()).flatten();
        let kept: Option<Place> = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let place = kept
            .filter(|place| place.zone == zone)
            .unwrap_or_else(|| Place { zone: zone.to_owned(), ..Place::default() });
        Ok(Self { place, newest, files })
    }

    /// Keeps the place, once the files before it are on the disk.
    fn keep(&self, folder: &Path) -> Result<(), Ended> {
        let text = serde_json::to_vec(&self.place).map_err(std::io::Error::from)?;
        replace(&folder.join(PLACE_FILE), &text)?;
        Ok(File::open(folder)?.sync_all()?)
    }
}

/// Ratings that are on the log and not in the folder, the oldest first: number and leaf.
fn wanted(ratings: &[Rating], newest: Option<u64>) -> Vec<(u64, u64)> {
    let logged = ratings.iter().filter_map(|rating| Some((rating.seq, rating.leaf()?)));
    let mut wanted: Vec<(u64, u64)> = match newest {
        None => logged.take(1).collect(),
        Some(newest) => logged.filter(|(_, leaf)| *leaf > newest).collect(),
    };
    wanted.reverse();
    wanted
}

/// What is wrong with an answer that should be the receipt of this leaf. Whether the log holds it, and whether the
/// score is right, is looked at when it is checked.
fn fault(bytes: &[u8], uscc: Uscc, leaf: u64) -> Option<&'static str> {
    let Ok(receipt) = Receipt::parse(bytes) else { return Some("the answer is no receipt") };
    let said = receipt.disclosure.as_ref().and_then(|shown| shown.value(field::USCC));
    if said != Some(uscc.as_str().as_bytes()) {
        return Some("the answer is the receipt of another enterprise, or does not say whose");
    }
    (receipt.proof.index != leaf).then_some("the answer is the receipt of another rating")
}

/// Code and leaf of a file that was fetched.
fn named(name: &str) -> Option<(Uscc, u64)> {
    let (uscc, leaf) = name.strip_suffix(".json")?.split_once('-')?;
    Some((Uscc::parse(uscc).ok()?, leaf.parse().ok()?))
}

/// The whole file or the one before, for its owner only: it holds what is not public.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let unfinished = path.with_extension("part");
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_alone_is_wanted_first_and_then_what_came_after() {
        let ratings =
            [Rating::at(4, None), Rating::at(3, Some(30)), Rating::at(2, Some(20)), Rating::at(1, Some(10))];
        assert_eq!(wanted(&ratings, None), [(3, 30)]);
        assert_eq!(wanted(&ratings, Some(10)), [(2, 20), (3, 30)]);
        assert_eq!(wanted(&ratings, Some(30)), []);
        assert_eq!(wanted(&ratings[..1], None), []);
    }
}
