//! Logs of one block that say what a case needs, in the fixture's name and with its keys.

use ledger::bounded::Text;
use ledger::checkpoint::Checkpoint;
use ledger::entry::{Entry, Env, Genesis, Listing, cause};
use ledger::header::{Batch, Header, HeaderBody};
use ledger::label::public_list_label;
use ledger::merkle::{Hash, inclusion_proof, root};
use ledger::note::Note;
use ledger::proof::TlogProof;
use ledger::receipt::{LabelClaim, ListClaim, Receipt, SealProof, StateClaim, Status, Subject};
use ledger::state::layout::value_hash;
use ledger::state::tree::Change;
use ledger::state::{StateKey, Tree};

use crate::fixture;

/// A code that is not the fixture's.
pub const OTHER_USCC: &str = "91511500MA6200001X";

/// A log of one block: the entries, then the seal.
pub struct World {
    pub entries: Vec<Entry>,
    pub values: Vec<(StateKey, Vec<u8>)>,
    tree: Tree,
    seal: Header,
}

pub fn label() -> Hash {
    fixture::label_key().prove(fixture::USCC).unwrap().0
}

pub fn env(subject: Hash, seq: u64) -> Env {
    let cause = cause(seq, b"corpus");
    let commitment = fixture::statement().commitment(&fixture::salt());
    Env { subject, seq, previous: [0; 32], at_ms: 1, cause, commitment, author: 0, signature: None }
}

pub fn rating(subject: Hash, seq: u64) -> Entry {
    Entry::Rating { env: env(subject, seq), scorecard_digest: [0xab; 32] }
}

pub fn listing(subject: Hash, listed: bool, uscc: Option<&str>) -> Entry {
    let uscc = uscc.map(|uscc| uscc.as_bytes().try_into().unwrap());
    Entry::Listing { env: env(subject, 0), listing: Listing { list: 3, listed, uscc } }
}

impl World {
    /// The genesis, these entries, a seal over a map with these values and forty others.
    pub fn new(entries: Vec<Entry>, values: Vec<(StateKey, Vec<u8>)>) -> Self {
        Self::with_genesis(fixture::genesis(), entries, values)
    }

    pub fn with_genesis(genesis: Genesis, rest: Vec<Entry>, values: Vec<(StateKey, Vec<u8>)>) -> Self {
        let mut entries = vec![Entry::Genesis(genesis)];
        entries.extend(rest);
        let mut tree = Tree::default();
        let others = (0..40).map(|n| Change { key: StateKey::Key { id: [n; 32] }.hash(), value: [n; 32] });
        let own = values.iter().map(|(key, value)| Change { key: key.hash(), value: value_hash(value) });
        tree.apply(others.chain(own).collect()).unwrap();
        let hashes: Vec<Hash> = entries.iter().map(Entry::leaf_hash).collect();
        let count = u32::try_from(entries.len()).unwrap();
        let batch = Batch { count, at_ms: 1_793_000_001_000, epoch: 1, ..Batch::default() };
        let body = HeaderBody {
            extrinsics_root: root(&hashes),
            state_root: tree.root(),
            batch,
            ..HeaderBody::default()
        };
        Self { entries, values, tree, seal: body.sign(fixture::log().key()) }
    }

    fn leaves(&self) -> Vec<Hash> {
        let seal = Entry::Seal(self.seal);
        self.entries.iter().chain([&seal]).map(Entry::leaf_hash).collect()
    }

    pub fn inclusion(&self, index: u64) -> Vec<Hash> {
        inclusion_proof(&self.leaves(), index).unwrap()
    }

    pub fn note(&self) -> Note {
        let leaves = self.leaves();
        let size = u64::try_from(leaves.len()).unwrap();
        let checkpoint = Checkpoint { origin: fixture::ORIGIN.into(), size, root: root(&leaves) };
        let mut note = checkpoint.sign(&fixture::log());
        let cosign = |n: u8| fixture::witness(n).sign(&note.text, 1_793_000_010 + u64::from(n));
        let lines = [cosign(1), cosign(3)];
        note.signatures.extend(lines);
        note
    }

    pub fn proof(&self, index: u64) -> TlogProof {
        TlogProof { extra: None, index, hashes: self.inclusion(index), checkpoint: self.note() }
    }

    pub fn seal(&self) -> SealProof {
        let last = u64::try_from(self.entries.len()).unwrap();
        SealProof { seal: self.seal, hashes: self.inclusion(last) }
    }

    pub fn claim(&self, key: StateKey) -> StateClaim {
        let found = self.values.iter().find(|(other, _)| *other == key);
        StateClaim { value: found.map(|(_, value)| value.clone()), proof: self.tree.prove(&key.hash()) }
    }

    pub fn label(&self, uscc: &str) -> LabelClaim {
        let Some(Entry::Genesis(genesis)) = self.entries.first() else { unreachable!() };
        let (_, proof) = fixture::label_key().prove(uscc).unwrap();
        LabelClaim { uscc: uscc.into(), proof, genesis: genesis.clone(), hashes: self.inclusion(0) }
    }

    /// Of entry `index`, with what the map holds under `key`; nothing of the statement is shown.
    pub fn receipt(&self, index: u64, key: StateKey) -> Receipt {
        let entry = self.entries[usize::try_from(index).unwrap()].clone();
        Receipt {
            disclosure: None,
            label: Some(self.label(fixture::USCC)),
            proof: self.proof(index),
            state: Some((self.seal(), self.claim(key))),
            entry,
        }
    }

    /// Of the fixture's enterprise: its rating, and list 3 as public and as hidden.
    pub fn status(&self) -> Status {
        let list = |is_public, subject| ListClaim {
            list: 3,
            is_public,
            claim: self.claim(StateKey::List { list: 3, subject }),
        };
        let last = u64::try_from(self.entries.len()).unwrap();
        Status {
            subject: Subject::Labelled(self.label(fixture::USCC)),
            proof: self.proof(last),
            seal: self.seal,
            rating: Some(self.claim(StateKey::Rating { label: label() })),
            lists: vec![list(true, public_list_label(fixture::USCC)), list(false, label())],
        }
    }
}

/// A genesis that differs in what the case needs.
pub fn genesis(origin: &str, label_key: [u8; 32]) -> Genesis {
    Genesis { origin: Text::new(origin).unwrap(), label_key, ..fixture::genesis() }
}
