//! Receipts: good ones, and each way to be wrong.

use ed25519_dalek::SigningKey;
use ledger::commitment::Disclosure;
use ledger::entry::{DigestKind, Entry};
use ledger::label::public_list_label;
use ledger::note::{KeyKind, Signer};
use ledger::receipt::{LabelClaim, Receipt, SealProof, StateClaim};
use ledger::state::{ListState, RatingState, StateKey};
use parity_scale_codec::Encode;

use super::Case;
use super::world::{OTHER_USCC, World, genesis, label, listing, rating};
use crate::fixture;

/// Changes of a good receipt as it is in memory, with the code of the refusal.
type Change = fn(&mut Receipt);

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: &str, receipt: &Receipt, code| {
        cases.push(Case::new(format!("receipt/{name}.json"), receipt.to_json().unwrap(), code));
    };
    for (name, receipt) in good() {
        add(&format!("good-{name}"), &receipt, None);
    }
    for (name, code, change) in SIGNATURES.iter().chain(&INCLUSION).chain(&FIELDS).chain(&STATE).chain(&LABEL)
    {
        let mut receipt = fixture::receipt();
        change(&mut receipt);
        add(name, &receipt, Some(code));
    }
    for (name, code, receipt) in whole() {
        add(name, &receipt, Some(code));
    }
    cases
}

fn good() -> Vec<(&'static str, Receipt)> {
    // All but one: from a whole statement `node verify` would recompute a score, and the fixture's is none.
    let most = fixture::statement().disclose(&fixture::salt(), |id| id != 40);
    let cosigned = |witnesses: &[u8]| fixture::proof(fixture::signed(witnesses));
    let receipt = fixture::receipt;
    let old_key = Signer::new(fixture::ORIGIN, KeyKind::Ed25519, SigningKey::from_bytes(&[9; 32])).unwrap();
    let mut rotating = receipt();
    let line = old_key.sign(&rotating.proof.checkpoint.text, 0);
    rotating.proof.checkpoint.signatures.insert(1, line);
    let later = RatingState { seq: 1, leaf_index: 2, leaf_hash: rating(label(), 1).leaf_hash() };
    let key = StateKey::Rating { label: label() };
    let two = World::new(vec![rating(label(), 0), rating(label(), 1)], vec![(key, later.encode())]);
    let hidden = StateKey::List { list: 3, subject: label() };
    let on_list = ListState { listed: true, leaf_index: 1 }.encode();
    let watched = World::new(vec![listing(label(), true, None)], vec![(hidden, on_list.clone())]);
    let published = published(true, on_list.clone());
    let off_again = ListState { listed: false, leaf_index: 2 }.encode();
    let left = World::new(
        vec![listing(label(), true, None), listing(label(), false, None)],
        vec![(hidden, off_again)],
    );
    vec![
        ("some-fields", receipt()),
        ("most-fields", Receipt { disclosure: Some(most), ..receipt() }),
        ("no-fields", Receipt { disclosure: None, ..receipt() }),
        ("no-state", Receipt { state: None, ..receipt() }),
        ("no-label", Receipt { label: None, ..receipt() }),
        ("bare", Receipt { disclosure: None, state: None, label: None, ..receipt() }),
        ("three-witnesses", Receipt { proof: cosigned(&[1, 2, 3]), ..receipt() }),
        ("one-witness", Receipt { proof: cosigned(&[2]), ..receipt() }),
        ("no-witness", Receipt { proof: cosigned(&[]), ..receipt() }),
        ("key-in-overlap", rotating),
        ("superseded", two.receipt(1, key)),
        ("the-later-of-two", two.receipt(2, key)),
        ("watch-list", watched.receipt(1, hidden)),
        ("left-the-list-later", left.receipt(1, hidden)),
        ("left-the-list", left.receipt(2, hidden)),
        ("public-list", published),
    ]
}

/// An entry of a public list, whose state is as given.
fn published(listed: bool, state: Vec<u8>) -> Receipt {
    let subject = public_list_label(fixture::USCC);
    let key = StateKey::List { list: 3, subject };
    let world = World::new(vec![listing(subject, listed, Some(fixture::USCC))], vec![(key, state)]);
    Receipt { label: None, ..world.receipt(1, key) }
}

const SIGNATURES: [(&str, &str, Change); 19] = [
    ("log-signature", "signature", |r| r.proof.checkpoint.signatures[0].signature[9] ^= 1),
    ("log-signature-short", "signature", |r| r.proof.checkpoint.signatures[0].signature.truncate(63)),
    ("log-signature-long", "signature", |r| r.proof.checkpoint.signatures[0].signature.push(0)),
    ("log-signature-zero", "signature", |r| r.proof.checkpoint.signatures[0].signature.fill(0)),
    ("witness-signature", "signature", |r| r.proof.checkpoint.signatures[1].signature[40] ^= 1),
    ("witness-time", "signature", |r| r.proof.checkpoint.signatures[1].signature[7] ^= 1),
    ("witness-time-too-late", "signature", |r| r.proof.checkpoint.signatures[1].signature[0] = 0x80),
    ("witness-signature-short", "signature", |r| r.proof.checkpoint.signatures[2].signature.truncate(64)),
    ("witnesses-swapped", "signature_order", |r| r.proof.checkpoint.signatures.swap(1, 2)),
    ("witness-before-log", "signature_order", |r| r.proof.checkpoint.signatures.swap(0, 1)),
    ("log-twice", "signature_order", |r| {
        let line = r.proof.checkpoint.signatures[0].clone();
        r.proof.checkpoint.signatures.insert(0, line);
    }),
    ("witness-twice", "signature_order", |r| {
        let line = r.proof.checkpoint.signatures[2].clone();
        r.proof.checkpoint.signatures.push(line);
    }),
    ("not-by-the-log", "not_signed", |r| {
        r.proof.checkpoint.signatures.remove(0);
    }),
    ("other-key-under-the-logs-name", "not_signed", |r| {
        let other = Signer::new(fixture::ORIGIN, KeyKind::Ed25519, SigningKey::from_bytes(&[9; 32])).unwrap();
        let note = &mut r.proof.checkpoint;
        note.signatures[0] = other.sign(&note.text, 0);
    }),
    ("stranger", "unknown_signature", |r| {
        let key = SigningKey::from_bytes(&[9; 32]);
        let stranger = Signer::new("s.example/s", KeyKind::CosignatureV1, key).unwrap();
        let note = &mut r.proof.checkpoint;
        note.signatures.push(stranger.sign(&note.text, 1));
    }),
    ("witness-renamed", "unknown_signature", |r| {
        r.proof.checkpoint.signatures[1].name = "w9.example/witness".into();
    }),
    ("witness-key-id", "unknown_signature", |r| r.proof.checkpoint.signatures[1].key_id[0] ^= 1),
    ("witness-signs-as-log", "unknown_signature", |r| {
        let note = &mut r.proof.checkpoint;
        note.signatures[1].signature = fixture::log().sign(&note.text, 0).signature;
        note.signatures[1].key_id = fixture::log().vkey().id();
    }),
    ("other-log", "unknown_log", |r| {
        let key = SigningKey::from_bytes(&[9; 32]);
        let mut checkpoint = fixture::checkpoint();
        checkpoint.origin = "o.example/log".into();
        r.proof.checkpoint = checkpoint.sign(&Signer::new("o.example/log", KeyKind::Ed25519, key).unwrap());
    }),
];

const INCLUSION: [(&str, &str, Change); 19] = [
    ("extra", "extra", |r| r.proof.extra = Some(vec![1])),
    ("extension-line", "checkpoint_lines", |r| r.proof.checkpoint.text.push_str("extension\n")),
    ("checkpoint-two-lines", "checkpoint_lines", |r| {
        r.proof.checkpoint.text = "xinji.example/yibin\n5\n".into();
    }),
    ("checkpoint-origin", "checkpoint_origin", |r| {
        r.proof.checkpoint.text = r.proof.checkpoint.text.replace("yibin", "yi bin");
    }),
    ("checkpoint-size", "checkpoint_size", |r| {
        r.proof.checkpoint.text = r.proof.checkpoint.text.replace("\n5\n", "\n05\n");
    }),
    ("checkpoint-size-too-large", "checkpoint_size", |r| {
        r.proof.checkpoint.text = r.proof.checkpoint.text.replace("\n5\n", "\n4611686018427387905\n");
    }),
    ("checkpoint-root", "checkpoint_root", |r| {
        r.proof.checkpoint.text = r.proof.checkpoint.text.replace("=\n", "\n");
    }),
    ("checkpoint-empty-root", "checkpoint_empty_root", |r| {
        r.proof.checkpoint.text = r.proof.checkpoint.text.replace("\n5\n", "\n0\n");
    }),
    ("checkpoint-other-size", "signature", |r| {
        r.proof.checkpoint.text = r.proof.checkpoint.text.replace("\n5\n", "\n6\n");
    }),
    ("signed-other-root", "inclusion_root", |r| {
        let mut other = fixture::checkpoint();
        other.root[0] ^= 1;
        r.proof.checkpoint = other.sign(&fixture::log());
    }),
    ("signed-other-size", "inclusion_length", |r| {
        let mut other = fixture::checkpoint();
        other.size = 500;
        r.proof.checkpoint = other.sign(&fixture::log());
    }),
    ("index-before", "inclusion_root", |r| r.proof.index = 1),
    ("index-of-the-seal", "inclusion_length", |r| r.proof.index = 4),
    ("index-outside", "inclusion_index", |r| r.proof.index = 5),
    ("index-huge", "inclusion_index", |r| r.proof.index = u64::MAX),
    ("inclusion-hash", "inclusion_root", |r| r.proof.hashes[0][0] ^= 1),
    ("inclusion-hashes-swapped", "inclusion_root", |r| r.proof.hashes.swap(0, 1)),
    ("inclusion-too-long", "inclusion_length", |r| r.proof.hashes.push([0; 32])),
    ("inclusion-too-short", "inclusion_length", |r| {
        r.proof.hashes.pop();
    }),
];

fn shown(receipt: &mut Receipt) -> &mut Disclosure {
    receipt.disclosure.as_mut().unwrap()
}

const FIELDS: [(&str, &str, Change); 24] = [
    ("entry-time", "inclusion_root", |r| r.entry.env_mut().unwrap().at_ms += 1),
    ("entry-subject", "inclusion_root", |r| r.entry.env_mut().unwrap().subject[0] ^= 1),
    ("entry-seq", "inclusion_root", |r| r.entry.env_mut().unwrap().seq += 1),
    ("entry-author", "inclusion_root", |r| r.entry.env_mut().unwrap().author = 1),
    ("entry-signature", "inclusion_root", |r| r.entry.env_mut().unwrap().signature = Some([1; 64])),
    ("entry-commitment", "inclusion_root", |r| r.entry.env_mut().unwrap().commitment[31] ^= 1),
    ("entry-scorecard", "inclusion_root", |r| {
        let Entry::Rating { scorecard_digest, .. } = &mut r.entry else { return };
        scorecard_digest[0] ^= 1;
    }),
    ("field-better-grade", "fields_other", |r| shown(r).fields[1].value = b"AAA".to_vec()),
    ("field-empty", "fields_other", |r| shown(r).fields[1].value.clear()),
    ("field-salt", "fields_other", |r| shown(r).fields[1].salt[0] ^= 1),
    ("field-id", "fields_other", |r| shown(r).fields[1].id = 2),
    ("field-position", "fields_other", |r| shown(r).fields[1].position = 2),
    ("fields-values-swapped", "fields_other", |r| {
        let (first, second) = (shown(r).fields[1].value.clone(), shown(r).fields[2].value.clone());
        (shown(r).fields[1].value, shown(r).fields[2].value) = (second, first);
    }),
    ("fields-order", "fields_order", |r| shown(r).fields.swap(1, 2)),
    ("field-twice", "fields_order", |r| {
        let field = shown(r).fields[1].clone();
        shown(r).fields.insert(1, field);
    }),
    ("fields-count", "fields_count", |r| shown(r).count += 1),
    ("fields-count-hidden", "fields_no_count", |r| {
        shown(r).fields.remove(0);
    }),
    ("fields-count-moved", "fields_no_count", |r| shown(r).fields[0].position = 1),
    ("field-position-outside", "fields_position", |r| shown(r).fields[3].position = 8),
    ("field-value-too-long", "fields_value_too_long", |r| shown(r).fields[3].value = vec![b'a'; 4097]),
    ("fields-too-many", "fields_too_many", |r| shown(r).count = 513),
    ("hidden-hash", "fields_other", |r| shown(r).hidden[0][0] ^= 1),
    ("hidden-hash-more", "fields_proof_length", |r| shown(r).hidden.push([0; 32])),
    ("hidden-hash-less", "fields_proof_length", |r| {
        shown(r).hidden.pop();
    }),
];

fn state(receipt: &mut Receipt) -> (&mut SealProof, &mut StateClaim) {
    let (seal, claim) = receipt.state.as_mut().unwrap();
    (seal, claim)
}

const STATE: [(&str, &str, Change); 19] = [
    ("seal-proof-hash", "not_the_seal", |r| state(r).0.hashes[0][0] ^= 1),
    ("seal-proof-empty", "not_the_seal", |r| state(r).0.hashes.clear()),
    ("seal-state-root", "not_the_seal", |r| state(r).0.seal.body.state_root = [0; 32]),
    ("seal-time", "not_the_seal", |r| state(r).0.seal.body.batch.at_ms += 1),
    ("seal-signature", "not_the_seal", |r| state(r).0.seal.signature[0] ^= 1),
    ("seal-count", "not_the_seal", |r| state(r).0.seal.body.batch.count += 1),
    ("seal-parent", "not_the_seal", |r| state(r).0.seal.body.parent_hash[0] ^= 1),
    ("state-sibling", "state_root", |r| state(r).1.proof.siblings[0][0] ^= 1),
    ("state-siblings-swapped", "state_root", |r| state(r).1.proof.siblings.swap(0, 1)),
    ("state-sibling-less", "state_root", |r| {
        state(r).1.proof.siblings.pop();
    }),
    ("state-sibling-more", "state_root", |r| state(r).1.proof.siblings.push([0; 32])),
    ("state-no-siblings", "state_root", |r| state(r).1.proof.siblings.clear()),
    ("state-too-many-siblings", "state_too_long", |r| state(r).1.proof.siblings = vec![[7; 32]; 257]),
    ("state-value-hidden", "state_root", |r| state(r).1.value = None),
    ("state-value-other", "state_root", |r| state(r).1.value = Some(vec![1])),
    ("state-value-older", "state_root", |r| {
        let older = RatingState { leaf_index: 1, ..fixture::rating_state() };
        state(r).1.value = Some(older.encode());
    }),
    ("state-other-beside-value", "state_other_key", |r| state(r).1.proof.other = Some(([1; 32], [2; 32]))),
    ("state-absent-by-itself", "state_same_key", |r| {
        let own = (fixture::rating_key().hash(), [2; 32]);
        (state(r).1.value, state(r).1.proof.other) = (None, Some(own));
    }),
    ("state-absent-off-path", "state_off_path", |r| {
        let mut other = fixture::rating_key().hash();
        other[0] ^= 0x80;
        (state(r).1.value, state(r).1.proof.other) = (None, Some((other, [2; 32])));
    }),
];

fn named(receipt: &mut Receipt) -> &mut LabelClaim {
    receipt.label.as_mut().unwrap()
}

const LABEL: [(&str, &str, Change); 14] = [
    ("label-other-code", "label_wrong", |r| named(r).uscc = OTHER_USCC.into()),
    ("label-lower-case", "label_wrong", |r| named(r).uscc = fixture::USCC.to_lowercase()),
    ("label-empty-code", "label_wrong", |r| named(r).uscc.clear()),
    ("label-challenge", "label_wrong", |r| named(r).proof[40] ^= 1),
    ("label-scalar", "label_wrong", |r| named(r).proof[48] ^= 1),
    ("label-scalar-too-large", "label_malformed", |r| named(r).proof[79] = 0xff),
    ("label-scalar-is-the-order", "label_malformed", |r| {
        let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
        hex::decode_to_slice(order, &mut named(r).proof[48..]).unwrap();
    }),
    ("label-gamma-no-point", "label_malformed", |r| named(r).proof[31] = 0xff),
    ("label-gamma-negative", "label_malformed", |r| named(r).proof[0] |= 1),
    ("label-zero-proof", "label_wrong", |r| named(r).proof.fill(0)),
    ("genesis-hash", "genesis", |r| named(r).hashes[0][0] ^= 1),
    ("genesis-label-key", "genesis", |r| named(r).genesis.label_key = [9; 32]),
    ("genesis-log-key", "genesis", |r| named(r).genesis.log_key[0] ^= 1),
    ("label-of-another", "subject", |r| {
        named(r).uscc = OTHER_USCC.into();
        named(r).proof = fixture::label_key().prove(OTHER_USCC).unwrap().1;
    }),
];

/// Logs that are sound as trees and lie all the same, and receipts of entries that cannot have such parts.
fn whole() -> Vec<(&'static str, &'static str, Receipt)> {
    let key = StateKey::Rating { label: label() };
    let lies = |entry: Entry, state: Option<Vec<u8>>| {
        World::new(vec![entry], state.map(|state| (key, state)).into_iter().collect()).receipt(1, key)
    };
    let (entry, hash) = (rating(label(), 0), rating(label(), 0).leaf_hash());
    let rated = |seq, leaf_index, leaf_hash| Some(RatingState { seq, leaf_index, leaf_hash }.encode());
    let listed = |listed, leaf_index| published(true, ListState { listed, leaf_index }.encode());
    let with_genesis = |origin: &str, label_key| {
        World::with_genesis(genesis(origin, label_key), vec![entry.clone()], Vec::new())
    };
    let digest = || Entry::Digest { kind: DigestKind::AccessLog, day: 2, digest: [3; 32] };
    let day = World::new(vec![digest(), entry.clone()], vec![(key, rated(0, 2, hash).unwrap())]);
    let shown = Some(fixture::statement().disclose(&fixture::salt(), |_| true));
    let bare = Receipt { label: None, state: None, ..day.receipt(1, key) };
    let mut wrong_code = entry.clone();
    let other = fixture::statement_of(OTHER_USCC);
    wrong_code.env_mut().unwrap().commitment = other.commitment(&fixture::salt());
    let wrong_state = rated(0, 1, wrong_code.leaf_hash());
    let subject = public_list_label(OTHER_USCC);
    let strange = World::new(vec![listing(subject, true, Some(fixture::USCC))], Vec::new());
    let list = StateKey::List { list: 3, subject };
    let claimed = World::new(vec![listing(label(), true, None)], Vec::new());
    vec![
        ("map-has-nothing", "state_contradicts", lies(entry.clone(), None)),
        ("map-is-behind", "state_contradicts", lies(entry.clone(), rated(0, 0, hash))),
        ("map-has-another-place-in-the-chain", "state_contradicts", lies(entry.clone(), rated(1, 1, hash))),
        ("map-has-another-hash", "state_contradicts", lies(entry.clone(), rated(0, 1, [1; 32]))),
        ("map-value-short", "state_value", lies(entry.clone(), Some(vec![0, 4]))),
        (
            "map-value-long",
            "state_value",
            lies(entry.clone(), rated(0, 1, hash).map(|v| [&v[..], &[0]].concat())),
        ),
        (
            "map-value-second-spelling",
            "state_value",
            lies(entry.clone(), rated(0, 1, hash).map(|v| [&[1, 0][..], &v[1..]].concat())),
        ),
        ("list-map-says-left", "state_contradicts", listed(false, 1)),
        ("list-map-is-behind", "state_contradicts", listed(true, 0)),
        ("list-map-value", "state_value", published(true, vec![2, 4])),
        (
            "list-map-has-nothing",
            "state_contradicts",
            Receipt {
                label: None,
                ..World::new(
                    vec![listing(public_list_label(fixture::USCC), true, Some(fixture::USCC))],
                    Vec::new(),
                )
                .receipt(1, StateKey::List { list: 3, subject: public_list_label(fixture::USCC) })
            },
        ),
        ("list-of-another", "subject", Receipt { label: None, ..strange.receipt(1, list) }),
        (
            "list-public-with-label",
            "subject",
            Receipt {
                label: Some(claimed.label(fixture::USCC)),
                ..published(true, ListState { listed: true, leaf_index: 1 }.encode())
            },
        ),
        ("map-for-a-digest", "no_state", Receipt { label: None, ..day.receipt(1, key) }),
        ("label-for-a-digest", "subject", Receipt { state: None, ..day.receipt(1, key) }),
        ("fields-for-a-digest", "no_commitment", Receipt { disclosure: shown.clone(), ..bare }),
        (
            "shown-code-of-another",
            "subject",
            Receipt {
                disclosure: Some(other.disclose(&fixture::salt(), |_| true)),
                ..lies(wrong_code, wrong_state)
            },
        ),
        (
            "genesis-of-another-log",
            "genesis",
            with_genesis("o.example/log", fixture::label_key().public()).receipt(1, key),
        ),
        ("genesis-without-label-key", "label_key", with_genesis(fixture::ORIGIN, [0; 32]).receipt(1, key)),
        (
            "genesis-label-key-no-point",
            "label_key",
            with_genesis(fixture::ORIGIN, [0xff; 32]).receipt(1, key),
        ),
    ]
}
