//! A small log with one rating, its witnesses and policy. All keys and enterprises are fictitious.

use ed25519_dalek::SigningKey;
use ledger::bounded::Text;
use ledger::checkpoint::Checkpoint;
use ledger::commitment::{Field, RecordSalt, Statement};
use ledger::entry::{DigestKind, Entry, Env, Genesis, cause};
use ledger::header::{Batch, Header, HeaderBody};
use ledger::label::{LabelKey, public_list_label};
use ledger::merkle::{inclusion_proof, leaf_hash, root};
use ledger::note::{KeyKind, Note, Signer};
use ledger::policy::Policy;
use ledger::proof::TlogProof;
use ledger::receipt::{LabelClaim, ListClaim, Receipt, SealProof, StateClaim, Status, Subject};
use ledger::state::layout::value_hash;
use ledger::state::tree::Change;
use ledger::state::{RatingState, StateKey, Tree};
use parity_scale_codec::Encode;

pub const ORIGIN: &str = "xinji.example/yibin";
pub const USCC: &str = "91511500MA6200000W";
pub const RATING_INDEX: u64 = 2;

pub fn log() -> Signer {
    Signer::new(ORIGIN, KeyKind::Ed25519, SigningKey::from_bytes(&[1; 32])).unwrap()
}

pub fn witness(number: u8) -> Signer {
    let key = SigningKey::from_bytes(&[100 + number; 32]);
    Signer::new(&format!("w{number}.example/witness"), KeyKind::CosignatureV1, key).unwrap()
}

pub fn policy_text() -> String {
    let witnesses: String = (1..=3).map(|n| format!("witness w{n} {}\n", witness(n).vkey())).collect();
    format!("log {}\n{witnesses}group agencies 2 w1 w2 w3\nquorum agencies\n", log().vkey())
}

pub fn policy() -> Policy {
    policy_text().parse().unwrap()
}

pub fn statement() -> Statement {
    statement_of(USCC)
}

pub fn statement_of(uscc: &str) -> Statement {
    let texts = [(1, uscc), (2, "2026-11-01"), (3, "AA"), (4, "92.5"), (5, "宜宾·跨境电商"), (40, "")];
    let mut fields: Vec<Field> = texts.map(|(id, text)| Field { id, value: text.as_bytes().to_vec() }).into();
    fields.push(Field { id: 41, value: vec![0, 255, 7] });
    Statement::new(fields).unwrap()
}

pub fn salt() -> RecordSalt {
    RecordSalt::new([77; 32])
}

pub fn rating() -> Entry {
    let env = Env {
        subject: label_key().prove(USCC).unwrap().0,
        seq: 0,
        previous: [0; 32],
        at_ms: 1_793_000_000_000,
        cause: cause(17, b"rating"),
        commitment: statement().commitment(&salt()),
        author: 0,
        signature: None,
    };
    Entry::Rating { env, scorecard_digest: [0xab; 32] }
}

/// Leaves of one block before its seal: digests and the rating.
fn unsealed() -> Vec<[u8; 32]> {
    let digest = |day| Entry::Digest { kind: DigestKind::AccessLog, day, digest: [3; 32] };
    [Entry::Genesis(genesis()), digest(2), rating(), digest(3)].iter().map(Entry::leaf_hash).collect()
}

pub fn label_key() -> LabelKey {
    LabelKey::from_seed(&[5; 32]).unwrap()
}

pub fn genesis() -> Genesis {
    Genesis {
        origin: Text::new(ORIGIN).unwrap(),
        types_digest: [1; 32],
        policy_digest: [2; 32],
        log_key: log().vkey().key().to_bytes(),
        offline_root_key: [0; 32],
        label_key: label_key().public(),
        zone: Text::new("yibin").unwrap(),
    }
}

/// The state map of the only block: the rating, and others beside it.
pub fn state() -> Tree {
    let mut tree = Tree::default();
    let value = rating_state().encode();
    let rating = Change { key: rating_key().hash(), value: value_hash(&value) };
    let others = (0..40).map(|n| Change { key: StateKey::Key { id: [n; 32] }.hash(), value: [n; 32] });
    tree.apply(others.chain([rating]).collect()).unwrap();
    tree
}

pub fn rating_key() -> StateKey {
    StateKey::Rating { label: label_key().prove(USCC).unwrap().0 }
}

pub fn rating_state() -> RatingState {
    RatingState { seq: 0, leaf_index: RATING_INDEX, leaf_hash: rating().leaf_hash() }
}

pub fn header() -> Header {
    match seal() {
        Entry::Seal(header) => header,
        _ => unreachable!(),
    }
}

pub fn state_claim() -> (SealProof, StateClaim) {
    let hashes = inclusion_proof(&leaves(), 4).unwrap();
    let proof = state().prove(&rating_key().hash());
    (SealProof { seal: header(), hashes }, StateClaim { value: Some(rating_state().encode()), proof })
}

pub fn label_claim() -> LabelClaim {
    let (_, proof) = label_key().prove(USCC).unwrap();
    let hashes = inclusion_proof(&leaves(), 0).unwrap();
    LabelClaim { uscc: USCC.into(), proof, genesis: genesis(), hashes }
}

/// The rating in force, and two lists on which the enterprise is not.
pub fn status() -> Status {
    let absent = |subject| {
        let key = StateKey::List { list: 3, subject };
        StateClaim { value: None, proof: state().prove(&key.hash()) }
    };
    let label = label_key().prove(USCC).unwrap().0;
    let (seal, rating) = state_claim();
    let checkpoint = signed(&[1, 3]);
    Status {
        subject: Subject::Labelled(label_claim()),
        proof: TlogProof { extra: None, index: 4, hashes: seal.hashes, checkpoint },
        seal: seal.seal,
        rating: Some(rating),
        lists: vec![
            ListClaim { list: 3, is_public: true, claim: absent(public_list_label(USCC)) },
            ListClaim { list: 3, is_public: false, claim: absent(label) },
        ],
    }
}

pub fn seal() -> Entry {
    let batch = Batch { first_index: 0, count: 4, at_ms: 1, epoch: 1, scorecards_digest: [0; 32] };
    let state_root = state().root();
    let body = HeaderBody { extrinsics_root: root(&unsealed()), state_root, batch, ..HeaderBody::default() };
    Entry::Seal(body.sign(log().key()))
}

/// Leaves of one block.
pub fn leaves() -> Vec<[u8; 32]> {
    let mut leaves = unsealed();
    leaves.push(leaf_hash(&seal().encode_checked().unwrap()));
    leaves
}

pub fn checkpoint() -> Checkpoint {
    let leaves = leaves();
    Checkpoint { origin: ORIGIN.into(), size: u64::try_from(leaves.len()).unwrap(), root: root(&leaves) }
}

pub fn signed(witnesses: &[u8]) -> Note {
    let mut note = checkpoint().sign(&log());
    let cosign = |n: &u8| witness(*n).sign(&note.text, 1_793_000_010 + u64::from(*n));
    let lines: Vec<_> = witnesses.iter().map(cosign).collect();
    note.signatures.extend(lines);
    note
}

pub fn proof(checkpoint: Note) -> TlogProof {
    let hashes = inclusion_proof(&leaves(), RATING_INDEX).unwrap();
    TlogProof { extra: None, index: RATING_INDEX, hashes, checkpoint }
}

/// Shows grade and score only, cosigned by two of three witnesses.
pub fn receipt() -> Receipt {
    let disclosure = statement().disclose(&salt(), |id| id == 3 || id == 4 || id == 41);
    let (disclosure, proof) = (Some(disclosure), proof(signed(&[1, 3])));
    Receipt { disclosure, entry: rating(), proof, state: Some(state_claim()), label: Some(label_claim()) }
}
