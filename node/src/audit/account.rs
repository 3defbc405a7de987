//! What a log says of itself: leaves by kind, gaps in time, changes of keys, and who cosigned when. Nothing is
//! verified here; that is done before.

use ledger::entry::{Entry, KeyAction};
use ledger::note::SignatureLine;
use ledger::store::{Store, StoreError};
use ledger::tile;
use serde::Serialize;
use std::collections::BTreeMap;

/// Time between two blocks after which a daily heartbeat is missing, milliseconds: a day, and an hour of patience.
pub const HEARTBEAT_MISSING_MS: u64 = 25 * 60 * 60 * 1000;
/// Gaps named in a report; the others are counted.
pub const GAPS_SHOWN_MAX: usize = 20;
/// Variant indices of entries and what they are called, in the order in which a report shows them.
const KINDS: [(u8, &str); 9] = [
    (0, "genesis"),
    (1, "rating"),
    (2, "listing"),
    (3, "scorecard"),
    (4, "key"),
    (5, "statement"),
    (6, "erasure"),
    (7, "digest"),
    (15, "seal"),
];
const KEY_EVENT: u8 = 4;

/// A time without a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The block that ended it.
    pub before_block: u32,
    /// Milliseconds since 1970-01-01 UTC.
    pub from_ms: u64,
    pub until_ms: u64,
}

impl Gap {
    /// How long it was, milliseconds.
    #[must_use]
    pub fn length_ms(&self) -> u64 {
        self.until_ms.saturating_sub(self.from_ms)
    }
}

/// A change of the log's keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyLine {
    pub leaf: u64,
    pub block: u32,
    /// Time of the seal, milliseconds since 1970-01-01 UTC.
    pub at_ms: u64,
    /// `add`, `rotate` or `revoke`.
    pub action: &'static str,
    pub name: String,
    /// The key, in hexadecimal.
    pub key: String,
    /// SHA-256 of the key that a rotation replaces, in hexadecimal.
    pub replaces: Option<String>,
    /// Whether the old key signed beside the offline root, which always does.
    pub is_signed_by_old_key: bool,
}

/// What one witness cosigned, as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CosignerLine {
    pub name: String,
    /// In hexadecimal, as in signature lines.
    pub key_id: String,
    /// Checkpoints it cosigned.
    pub checkpoints: u64,
    /// Leaves of the last one.
    pub last_size: u64,
    /// When it cosigned that one, seconds since 1970-01-01 UTC, as it signed.
    pub last_time_s: u64,
    /// Leaves after that one.
    pub lag: u64,
    /// Longest time from a seal to its cosignature, seconds.
    pub longest_delay_s: u64,
}

/// What a log says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Account {
    /// Leaves of each kind that there is.
    pub kinds: Vec<(&'static str, u64)>,
    /// Leaves that are none of these; their first byte names no kind.
    pub unknown: u64,
    pub first_seal_ms: u64,
    pub last_seal_ms: u64,
    pub longest_gap: Option<Gap>,
    /// Gaps in which a daily heartbeat is missing; the first [`GAPS_SHOWN_MAX`].
    pub missing_heartbeats: Vec<Gap>,
    pub missing_heartbeats_count: u64,
    pub key_events: Vec<KeyLine>,
    pub cosigners: Vec<CosignerLine>,
}

impl Account {
    /// Reads the blocks that lie within the first `size` leaves.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn of(store: &Store, size: u64) -> Result<Self, StoreError> {
        let mut account = Self::default();
        let mut counts: BTreeMap<u8, u64> = BTreeMap::new();
        let mut last_ms = None;
        let mut end = 0;
        for span in store.spans_from(0)? {
            let span = span?;
            if span.first_index >= size {
                break;
            }
            end = span.end();
            let at_ms = store.decoded_header(span.number)?.body.batch.at_ms;
            account.seal(span.number, last_ms.replace(at_ms), at_ms);
            let bundle = store.block_bundle(span.number)?;
            for (leaf, bytes) in (span.first_index..).zip(tile::entries(&bundle)) {
                let bytes = bytes?;
                let Some(kind) = bytes.first() else { continue };
                *counts.entry(*kind).or_default() += 1;
                if *kind == KEY_EVENT
                    && let Ok(Entry::Key(event)) = Entry::decode_strict(bytes)
                {
                    let change = &event.change;
                    account.key_events.push(KeyLine {
                        leaf,
                        block: span.number,
                        at_ms,
                        action: match change.action {
                            KeyAction::Add => "add",
                            KeyAction::Rotate => "rotate",
                            KeyAction::Revoke => "revoke",
                        },
                        name: change.name.as_str().to_owned(),
                        key: hex::encode(change.key.as_slice()),
                        replaces: change.replaces.map(hex::encode),
                        is_signed_by_old_key: event.old_key_signature.is_some(),
                    });
                }
            }
        }
        for (index, name) in KINDS {
            account.kinds.extend(counts.remove(&index).map(|count| (name, count)));
        }
        account.unknown = counts.into_values().sum();
        account.cosigners = cosigners(store, end)?;
        Ok(account)
    }

    fn seal(&mut self, number: u32, before_ms: Option<u64>, at_ms: u64) {
        self.last_seal_ms = at_ms;
        let Some(from_ms) = before_ms else {
            self.first_seal_ms = at_ms;
            return;
        };
        let gap = Gap { before_block: number, from_ms, until_ms: at_ms };
        if self.longest_gap.is_none_or(|longest| longest.length_ms() < gap.length_ms()) {
            self.longest_gap = Some(gap);
        }
        if gap.length_ms() > HEARTBEAT_MISSING_MS {
            self.missing_heartbeats_count = self.missing_heartbeats_count.saturating_add(1);
            if self.missing_heartbeats.len() < GAPS_SHOWN_MAX {
                self.missing_heartbeats.push(gap);
            }
        }
    }
}

/// What each key cosigned of the first `size` leaves, in the order of the keys' names.
fn cosigners(store: &Store, size: u64) -> Result<Vec<CosignerLine>, StoreError> {
    let mut lines: BTreeMap<(String, String), CosignerLine> = BTreeMap::new();
    let mut sealed: Option<(u64, u64)> = None;
    for row in store.cosignatures_from(0)? {
        let row = row?;
        if row.size > size {
            break;
        }
        if sealed.is_none_or(|(of, _)| of != row.size) {
            let span = store.span_ending_at(row.size)?;
            let header = span.map(|span| store.decoded_header(span.number)).transpose()?;
            sealed = Some((row.size, header.map_or(0, |header| header.body.batch.at_ms)));
        }
        let sealed_s = sealed.map_or(0, |(_, ms)| ms) / 1000;
        let time_s = cosigned_at(&row.line);
        let key = (row.line.name.clone(), hex::encode(row.line.key_id));
        let line = lines.entry(key).or_insert_with_key(|(name, key_id)| CosignerLine {
            name: name.clone(),
            key_id: key_id.clone(),
            checkpoints: 0,
            last_size: 0,
            last_time_s: 0,
            lag: 0,
            longest_delay_s: 0,
        });
        line.checkpoints = line.checkpoints.saturating_add(1);
        line.last_size = row.size;
        line.last_time_s = time_s;
        line.lag = size.saturating_sub(row.size);
        line.longest_delay_s = line.longest_delay_s.max(time_s.saturating_sub(sealed_s));
    }
    Ok(lines.into_values().collect())
}

/// The time in a cosignature (C2SP `tlog-cosignature`): its first eight bytes, seconds since 1970-01-01 UTC.
fn cosigned_at(line: &SignatureLine) -> u64 {
    line.signature.first_chunk::<8>().map_or(0, |time| u64::from_be_bytes(*time))
}
