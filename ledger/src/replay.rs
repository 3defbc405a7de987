//! Re-execution: what the entries of a log say, computed again. The operator makes its seals with it, an agency's
//! node checks them with it, and so do the scrub and the rebuilding of a lost folder: one reading for all.
//!
//! [`Replay::block`] takes the bytes of one whole block and gives what [`crate::store::Store::commit`] writes. It
//! finds every way in which a block can be wrong, given that its leaves are those of the signed tree. So whoever
//! reads from a network first proves the leaves against a signed checkpoint; then an error here is the operator's
//! doing and no accident of the line. After an error the `Replay` is of no more use.

use parity_scale_codec::{Decode, DecodeAll, Encode};
use std::collections::HashMap;

use crate::authorship::{AuthorshipError, verify_author};
use crate::bounded::Text;
use crate::entry::{Day, Entry, Env, Genesis, MAX_SCORECARD_ID_BYTES};
use crate::header::{Header, HeaderError};
use crate::keyring::{KeyEventError, KeyRing};
use crate::merkle::{self, Hash};
use crate::state::tree::{Change, Page, TreeFull};
use crate::state::{ListState, RatingState, ScorecardOfId, ScorecardState, StateKey, Tree, layout};
use crate::store::{Block, BlockLeaf, ChainRow, StoreError, content_hash};
use crate::tile;

/// Most names of scorecards and rule packs in one log.
pub const MAX_SCORECARD_IDS: usize = 1024;

/// What is wrong with a block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    #[error("the bytes are not a list of entries: {0}")]
    Bundle(String),
    #[error("the block is empty")]
    Empty,
    #[error("leaf {index} is not an entry: {reason}")]
    Entry { index: u64, reason: String },
    #[error("leaf {index} is a {found}, not a {expected}")]
    Kind { index: u64, expected: &'static str, found: &'static str },
    #[error("the genesis names the log `{found}`, not `{expected}`")]
    Origin { expected: String, found: String },
    #[error("the seal of block {number}: {error}")]
    Seal { number: u32, error: HeaderError },
    #[error("the seal of block {number} has another state root than its entries make")]
    StateRoot { number: u32 },
    #[error(
        "leaf {index} is entry {found} of its subject, {expected} follows, or does not link to the one before"
    )]
    Chain { index: u64, expected: u64, found: u64 },
    #[error("leaf {index} has another time than its seal")]
    Time { index: u64 },
    #[error("leaf {index} has a cause that is in the log already")]
    Repeated { index: u64 },
    #[error("leaf {index}: author {author} is not registered")]
    UnknownAuthor { index: u64, author: u32 },
    #[error("leaf {index}: {error}")]
    Author { index: u64, error: AuthorshipError },
    #[error("leaf {index}: {error}")]
    Key { index: u64, error: KeyEventError },
    #[error("leaf {index}: more than {MAX_SCORECARD_IDS} names of scorecards")]
    Scorecards { index: u64 },
    #[error(transparent)]
    Tree(#[from] TreeFull),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a store knows of the entries before a block.
pub trait Known {
    /// The last entries of these subjects, each in its subject's place.
    ///
    /// # Errors
    /// Failures of the store.
    fn last_of_subjects(&self, subjects: &[&Hash]) -> Result<Vec<Option<ChainRow>>, StoreError>;

    /// Whether these causes are in the log, each in its cause's place.
    ///
    /// # Errors
    /// Failures of the store.
    fn has_causes(&self, causes: &[&Hash]) -> Result<Vec<bool>, StoreError>;
}

/// What the entries of one block change in the state map.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StateDelta {
    /// Root of the map after the block.
    pub root: Hash,
    /// Hashes of keys with their new values; of several for one key the last holds.
    pub values: Vec<(Hash, Vec<u8>)>,
    pub pages: Vec<Page>,
    /// SCALE bytes of the [`Registry`] when it changed.
    pub registry: Option<Vec<u8>>,
}

/// What re-execution must remember beside the map, small and changed seldom.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Registry {
    ring: KeyRing,
    scorecards: Vec<InForce>,
}

/// The last published scorecard of a name.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct InForce {
    id: Text<MAX_SCORECARD_ID_BYTES>,
    digest: Hash,
    from_day: Day,
    leaf_index: u64,
}

/// One entry in its place.
#[derive(Debug, Clone, Copy)]
pub struct Placed<'a> {
    pub index: u64,
    pub leaf_hash: Hash,
    pub entry: &'a Entry,
}

/// Where a re-executed log stands: last seal, keys, scorecards, state map.
#[derive(Debug, Clone)]
pub struct Replay {
    origin: String,
    parent: Option<Header>,
    registry: Option<Registry>,
    tree: Tree,
}

impl Replay {
    /// An empty log of this name.
    #[must_use]
    pub fn begin(origin: impl Into<String>) -> Self {
        Self { origin: origin.into(), parent: None, registry: None, tree: Tree::default() }
    }

    /// A log that stands at this seal, with the map's hashes of keys and values.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when these do not make the seal's state root, or the registry does not read.
    pub fn resume(
        origin: impl Into<String>,
        parent: Header,
        registry: &[u8],
        values: Vec<Change>,
    ) -> Result<Self, StoreError> {
        let damaged = |what: &str| StoreError::Damaged { what: what.to_owned() };
        let registry = Registry::read(registry)?;
        let mut tree = Tree::default();
        tree.apply(values).map_err(|_| damaged("the state map"))?;
        if tree.root() != parent.body.state_root {
            return Err(damaged("the state map behind the last seal"));
        }
        Ok(Self { origin: origin.into(), parent: Some(parent), registry: Some(registry), tree })
    }

    /// The last seal.
    #[must_use]
    pub fn parent(&self) -> Option<&Header> {
        self.parent.as_ref()
    }

    /// The keys as the entries so far say; nothing before the genesis.
    #[must_use]
    pub fn ring(&self) -> Option<&KeyRing> {
        self.registry.as_ref().map(|registry| &registry.ring)
    }

    /// The state map after the last block.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Takes the state over what these entries, the next of the log, change; `at_ms` is the time of their seal.
    ///
    /// # Errors
    /// An entry that no log takes, such as a key event without its signatures.
    pub fn execute(&mut self, entries: &[Placed<'_>], at_ms: u64) -> Result<StateDelta, ReplayError> {
        let mut changes = Changes::default();
        let before =
            self.registry.clone().filter(|_| entries.iter().any(|placed| is_registered(placed.entry)));
        for placed in entries {
            self.enter(*placed, at_ms, &mut changes)?;
        }
        let pages = self.tree.apply(changes.hashes)?;
        let registry =
            self.registry.as_ref().filter(|_| entries.iter().any(|placed| is_registered(placed.entry)));
        let registry = registry.filter(|now| before.as_ref() != Some(now)).map(Encode::encode);
        Ok(StateDelta { root: self.tree.root(), values: changes.values, pages, registry })
    }

    /// Goes on from this seal.
    pub fn sealed(&mut self, header: Header) {
        self.parent = Some(header);
    }

    fn enter(&mut self, placed: Placed<'_>, at_ms: u64, changes: &mut Changes) -> Result<(), ReplayError> {
        let Placed { index, leaf_hash, entry } = placed;
        match entry {
            Entry::Genesis(genesis) => self.found(index, genesis, changes)?,
            Entry::Rating { env, .. } => {
                let value = RatingState { seq: env.seq, leaf_index: index, leaf_hash };
                changes.put(StateKey::Rating { label: env.subject }, &value);
            }
            Entry::Listing { env, listing } => {
                let key = StateKey::List { list: listing.list, subject: env.subject };
                changes.put(key, &ListState { listed: listing.listed, leaf_index: index });
            }
            Entry::Scorecard { id, digest, effective_day } => {
                let next =
                    InForce { id: id.clone(), digest: *digest, from_day: *effective_day, leaf_index: index };
                self.registry_at(index)?.publish(next, changes)?;
            }
            Entry::Key(event) => {
                let ring = &mut self.registry_at(index)?.ring;
                let outcome = ring.apply(event, at_ms).map_err(|error| ReplayError::Key { index, error })?;
                for id in outcome.changed {
                    if let Some(state) = ring.state_of(&id) {
                        changes.put(StateKey::Key { id }, &state);
                    }
                }
            }
            Entry::Statement { .. } | Entry::Erasure(_) | Entry::Digest { .. } | Entry::Seal(_) => {}
        }
        Ok(())
    }

    fn found(&mut self, index: u64, genesis: &Genesis, changes: &mut Changes) -> Result<(), ReplayError> {
        let ring = KeyRing::begin(genesis).map_err(|error| ReplayError::Key { index, error })?;
        for (id, state) in ring.states() {
            changes.put(StateKey::Key { id }, &state);
        }
        self.registry = Some(Registry { ring, scorecards: Vec::new() });
        Ok(())
    }

    fn registry_at(&mut self, index: u64) -> Result<&mut Registry, ReplayError> {
        let missing = ReplayError::Kind { index, expected: "genesis", found: "record" };
        self.registry.as_mut().ok_or(missing)
    }

    /// Re-executes one whole block, its seal included. `bundle` is each entry's length (two bytes, big-endian) and
    /// bytes.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn block(&mut self, bundle: &[u8], known: &dyn Known) -> Result<Block, ReplayError> {
        let leaves = tile::entries(bundle)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| ReplayError::Bundle(error.to_string()))?;
        let (seal, records) = leaves.split_last().ok_or(ReplayError::Empty)?;
        let first = self.parent.map_or(0, |parent| parent.tree_size());
        let entries = (first..)
            .zip(records)
            .map(|(index, bytes)| decode(index, bytes))
            .collect::<Result<Vec<_>, _>>()?;
        let hashes: Vec<Hash> = records.iter().map(|bytes| merkle::leaf_hash(bytes)).collect();
        let placed: Vec<Placed<'_>> = (first..)
            .zip(&entries)
            .zip(&hashes)
            .map(|((index, entry), hash)| Placed { index, leaf_hash: *hash, entry })
            .collect();
        let seal_index = first.saturating_add(u64::try_from(records.len()).unwrap_or(u64::MAX));
        let header = self.check_seal(seal_index, seal, &placed)?;
        self.check_records(&placed, &header, known)?;
        let state = self.execute(&placed, header.body.batch.at_ms)?;
        if state.root != header.body.state_root {
            return Err(ReplayError::StateRoot { number: header.body.number });
        }
        self.sealed(header);
        let mut written: Vec<BlockLeaf> =
            placed.iter().zip(records).map(|(placed, bytes)| leaf(placed, bytes)).collect();
        written.push(BlockLeaf::new(seal.to_vec()));
        Ok(Block {
            number: header.body.number,
            leaves: written,
            header: header.encode(),
            header_hash: header.hash(),
            state,
        })
    }

    fn check_seal(&self, index: u64, bytes: &[u8], placed: &[Placed<'_>]) -> Result<Header, ReplayError> {
        let header = match decode(index, bytes)? {
            Entry::Seal(header) => header,
            other => return Err(ReplayError::Kind { index, expected: "seal", found: other.kind() }),
        };
        let wrong = |error| ReplayError::Seal { number: header.body.number, error };
        let parent = self.parent.as_ref();
        header.check_follows(parent).map_err(wrong)?;
        let hashes: Vec<Hash> = placed.iter().map(|placed| placed.leaf_hash).collect();
        header.check_entries(&hashes).map_err(wrong)?;
        let scorecards: Vec<Hash> = placed
            .iter()
            .filter(|placed| matches!(placed.entry, Entry::Scorecard { .. }))
            .map(|placed| placed.leaf_hash)
            .collect();
        header.check_scorecards(parent, &scorecards).map_err(wrong)?;
        // A block with a new log key is still sealed by the old one; the first block by the genesis's own.
        let key = match (&self.registry, placed.first().map(|placed| placed.entry)) {
            (Some(registry), _) => registry.ring.log_key(),
            (None, Some(Entry::Genesis(genesis))) => KeyRing::begin(genesis).and_then(|ring| ring.log_key()),
            (None, first) => {
                let found = first.map_or("seal", Entry::kind);
                return Err(ReplayError::Kind { index: 0, expected: "genesis", found });
            }
        };
        let key = key.map_err(|error| ReplayError::Key { index: 0, error })?;
        header.verify(&key).map_err(wrong)?;
        Ok(header)
    }

    fn check_records(
        &self,
        placed: &[Placed<'_>],
        header: &Header,
        known: &dyn Known,
    ) -> Result<(), ReplayError> {
        let envs: Vec<(&Placed<'_>, &Env)> =
            placed.iter().filter_map(|placed| Some((placed, placed.entry.env()?))).collect();
        let mut subjects: Vec<&Hash> = envs.iter().map(|(_, env)| &env.subject).collect();
        subjects.sort_unstable();
        subjects.dedup();
        let ends = known.last_of_subjects(&subjects)?;
        let mut chains: HashMap<&Hash, (u64, Hash)> = HashMap::with_capacity(subjects.len());
        for (subject, end) in subjects.into_iter().zip(ends) {
            if let Some(row) = end {
                chains.insert(subject, (row.seq, row.leaf_hash));
            }
        }
        for placed in placed {
            self.check_kind(placed)?;
        }
        let causes: Vec<&Hash> = envs.iter().map(|(_, env)| &env.cause).collect();
        let mut seen = std::collections::HashSet::with_capacity(causes.len());
        let repeated = known.has_causes(&causes)?;
        for ((placed, env), is_known) in envs.into_iter().zip(repeated) {
            let index = placed.index;
            let (expected, previous) = chains
                .get(&env.subject)
                .map_or((0, Hash::default()), |(seq, hash)| (seq.saturating_add(1), *hash));
            if env.seq != expected || env.previous != previous {
                return Err(ReplayError::Chain { index, expected, found: env.seq });
            }
            if env.at_ms != header.body.batch.at_ms {
                return Err(ReplayError::Time { index });
            }
            if is_known || !seen.insert(&env.cause) {
                return Err(ReplayError::Repeated { index });
            }
            self.check_author(placed, env)?;
            chains.insert(&env.subject, (env.seq, placed.leaf_hash));
        }
        Ok(())
    }

    fn check_kind(&self, placed: &Placed<'_>) -> Result<(), ReplayError> {
        let Placed { index, entry, .. } = *placed;
        match entry {
            Entry::Genesis(genesis) if index == 0 => {
                let found = genesis.origin.as_str();
                if found == self.origin {
                    return Ok(());
                }
                Err(ReplayError::Origin { expected: self.origin.clone(), found: found.to_owned() })
            }
            other if index == 0 => Err(ReplayError::Kind { index, expected: "genesis", found: other.kind() }),
            Entry::Genesis(_) | Entry::Seal(_) => {
                Err(ReplayError::Kind { index, expected: "record", found: entry.kind() })
            }
            _ => Ok(()),
        }
    }

    fn check_author(&self, placed: &Placed<'_>, env: &Env) -> Result<(), ReplayError> {
        let index = placed.index;
        if env.author == 0 {
            return match env.signature {
                None => Ok(()),
                Some(_) => Err(ReplayError::Author { index, error: AuthorshipError::OperatorSigned }),
            };
        }
        let key = self.registry.as_ref().and_then(|registry| registry.ring.author(env.author));
        let key = key.ok_or(ReplayError::UnknownAuthor { index, author: env.author })?;
        verify_author(placed.entry, &key).map_err(|error| ReplayError::Author { index, error })
    }
}

impl Registry {
    /// Reads the bytes that a [`StateDelta`] holds.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, StoreError> {
        let what = || "the registry of keys and scorecards".to_owned();
        Self::decode_all(&mut &*bytes).map_err(|_| StoreError::Damaged { what: what() })
    }

    pub(crate) fn into_ring(self) -> KeyRing {
        self.ring
    }

    /// Puts a scorecard in force; one of the same name before it ends.
    fn publish(&mut self, next: InForce, changes: &mut Changes) -> Result<(), ReplayError> {
        let index = next.leaf_index;
        changes.put(StateKey::scorecard_of_id(next.id.as_str()), &ScorecardOfId { digest: next.digest });
        let place = self.scorecards.iter().position(|card| card.id == next.id);
        if let Some(before) = place.and_then(|at| self.scorecards.get_mut(at)) {
            if before.digest != next.digest {
                changes.put(
                    StateKey::Scorecard { digest: before.digest },
                    &ScorecardState {
                        from_day: before.from_day,
                        until_day: Some(next.from_day),
                        leaf_index: before.leaf_index,
                    },
                );
            }
            *before = next.clone();
        } else {
            if self.scorecards.len() >= MAX_SCORECARD_IDS {
                return Err(ReplayError::Scorecards { index });
            }
            self.scorecards.push(next.clone());
        }
        let value = ScorecardState { from_day: next.from_day, until_day: None, leaf_index: index };
        changes.put(StateKey::Scorecard { digest: next.digest }, &value);
        Ok(())
    }
}

/// Changes of the map, gathered over a block.
#[derive(Default)]
struct Changes {
    hashes: Vec<Change>,
    values: Vec<(Hash, Vec<u8>)>,
}

impl Changes {
    fn put(&mut self, key: StateKey, value: &impl Encode) {
        let (key, value) = (key.hash(), value.encode());
        self.hashes.push(Change { key, value: layout::value_hash(&value) });
        self.values.push((key, value));
    }
}

/// Whether an entry changes the [`Registry`].
fn is_registered(entry: &Entry) -> bool {
    matches!(entry, Entry::Genesis(_) | Entry::Scorecard { .. } | Entry::Key(_))
}

fn decode(index: u64, bytes: &[u8]) -> Result<Entry, ReplayError> {
    Entry::decode_strict(bytes).map_err(|error| ReplayError::Entry { index, reason: error.to_string() })
}

fn leaf(placed: &Placed<'_>, bytes: &[u8]) -> BlockLeaf {
    let env = placed.entry.env();
    BlockLeaf {
        bytes: bytes.to_vec(),
        leaf_hash: placed.leaf_hash,
        cause: env.map(|env| (env.cause, content_hash(placed.entry))),
        chain: env.map(|env| (env.subject, env.seq)),
    }
}
