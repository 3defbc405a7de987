//! Statuses: good ones, and each way to be wrong.

use ledger::label::public_list_label;
use ledger::receipt::{LabelClaim, Status, Subject};
use ledger::state::{ListState, RatingState, StateKey};
use parity_scale_codec::Encode;

use super::Case;
use super::world::{OTHER_USCC, World, genesis, label, listing, rating};
use crate::fixture;

type Change = fn(&mut Status);

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: &str, status: &Status, code| {
        cases.push(Case::new(format!("status/{name}.json"), status.to_json().unwrap(), code));
    };
    for (name, status) in good() {
        add(&format!("good-{name}"), &status, None);
    }
    for (name, code, change) in CHANGES {
        let mut status = fixture::status();
        change(&mut status);
        add(name, &status, Some(code));
    }
    for (name, code, status) in whole() {
        add(name, &status, Some(code));
    }
    cases
}

fn labelled(status: &mut Status) -> &mut LabelClaim {
    let Subject::Labelled(label) = &mut status.subject else { unreachable!() };
    label
}

/// Told by the code alone.
fn by_code(status: Status) -> Status {
    let subject = Subject::Code(status.subject.uscc().to_owned());
    Status { subject, ..status }
}

/// What anybody may be shown.
fn public(status: Status) -> Status {
    let lists = status.lists.iter().filter(|list| list.is_public).cloned().collect();
    by_code(Status { rating: None, lists, ..status })
}

fn good() -> Vec<(&'static str, Status)> {
    let one = fixture::status;
    let subject = public_list_label(fixture::USCC);
    let on = ListState { listed: true, leaf_index: 1 }.encode();
    let off = ListState { listed: false, leaf_index: 1 }.encode();
    let keys = [StateKey::List { list: 3, subject }, StateKey::List { list: 3, subject: label() }];
    let entries = vec![listing(subject, true, Some(fixture::USCC))];
    let listed = World::new(entries.clone(), vec![(keys[0], on.clone())]);
    let both = World::new(entries.clone(), vec![(keys[0], on), (keys[1], off)]);
    let mut many = one();
    many.lists = vec![many.lists[0].clone(); 64];
    vec![
        ("not-listed", one()),
        ("rating-only", Status { lists: Vec::new(), ..one() }),
        ("lists-only", Status { rating: None, ..one() }),
        ("nothing-told", Status { rating: None, lists: Vec::new(), ..one() }),
        ("not-rated-and-listed", listed.status()),
        ("listed-and-left", both.status()),
        ("public-not-listed", public(one())),
        ("public-listed", public(listed.status())),
        ("many-lists", many),
    ]
}

const CHANGES: [(&str, &str, Change); 30] = [
    ("log-signature", "signature", |s| s.proof.checkpoint.signatures[0].signature[9] ^= 1),
    ("witness-signature", "signature", |s| s.proof.checkpoint.signatures[1].signature[40] ^= 1),
    ("witnesses-swapped", "signature_order", |s| s.proof.checkpoint.signatures.swap(1, 2)),
    ("not-by-the-log", "not_signed", |s| {
        s.proof.checkpoint.signatures.remove(0);
    }),
    ("witness-renamed", "unknown_signature", |s| s.proof.checkpoint.signatures[1].name = "w9".into()),
    ("extra", "extra", |s| s.proof.extra = Some(vec![1])),
    ("extension-line", "checkpoint_lines", |s| s.proof.checkpoint.text.push_str("extension\n")),
    ("checkpoint-other-size", "signature", |s| {
        s.proof.checkpoint.text = s.proof.checkpoint.text.replace("\n5\n", "\n6\n");
    }),
    ("index", "not_the_seal", |s| s.proof.index = 2),
    ("index-outside", "not_the_seal", |s| s.proof.index = 5),
    ("index-huge", "not_the_seal", |s| s.proof.index = u64::MAX),
    ("seal-proof-hash", "not_the_seal", |s| s.proof.hashes[0][0] ^= 1),
    ("seal-proof-empty", "not_the_seal", |s| s.proof.hashes.clear()),
    ("seal-state-root", "not_the_seal", |s| s.seal.body.state_root[0] ^= 1),
    ("seal-time", "not_the_seal", |s| s.seal.body.batch.at_ms += 1),
    ("label-other-code", "label_wrong", |s| labelled(s).uscc = OTHER_USCC.into()),
    ("label-challenge", "label_wrong", |s| labelled(s).proof[40] ^= 1),
    ("label-scalar-too-large", "label_malformed", |s| labelled(s).proof[79] = 0xff),
    ("label-gamma-no-point", "label_malformed", |s| labelled(s).proof[31] = 0xff),
    ("genesis-hash", "genesis", |s| labelled(s).hashes[0][0] ^= 1),
    ("genesis-label-key", "genesis", |s| labelled(s).genesis.label_key = [9; 32]),
    ("rating-hidden", "state_root", |s| s.rating.as_mut().unwrap().value = None),
    ("rating-older", "state_root", |s| {
        let older = RatingState { seq: 7, ..fixture::rating_state() };
        s.rating.as_mut().unwrap().value = Some(older.encode());
    }),
    ("rating-sibling", "state_root", |s| s.rating.as_mut().unwrap().proof.siblings[0][0] ^= 1),
    ("rating-too-many-siblings", "state_too_long", |s| {
        s.rating.as_mut().unwrap().proof.siblings = vec![[7; 32]; 257];
    }),
    ("rating-other-beside-value", "state_other_key", |s| {
        s.rating.as_mut().unwrap().proof.other = Some(([1; 32], [2; 32]));
    }),
    ("list-sibling", "state_root", |s| s.lists[0].claim.proof.siblings[0][0] ^= 1),
    ("list-invented", "state_root", |s| {
        s.lists[0].claim.value = Some(vec![1, 0]);
        s.lists[0].claim.proof.other = None;
    }),
    ("list-invented-beside-another", "state_other_key", |s| {
        s.lists[0].claim.value = Some(vec![1, 0]);
        s.lists[0].claim.proof.other = Some(([1; 32], [2; 32]));
    }),
    ("list-absent-by-itself", "state_same_key", |s| {
        let subject = public_list_label(fixture::USCC);
        s.lists[0].claim.proof.other = Some((StateKey::List { list: 3, subject }.hash(), [2; 32]));
    }),
];

/// What no change of a good status makes.
fn whole() -> Vec<(&'static str, &'static str, Status)> {
    let key = StateKey::Rating { label: label() };
    let with = |value: Vec<u8>| World::new(vec![rating(label(), 0)], vec![(key, value)]).status();
    let list = StateKey::List { list: 3, subject: label() };
    let listed = |value: Vec<u8>| World::new(vec![rating(label(), 0)], vec![(list, value)]).status();
    let genesis_of = |origin: &str, label_key| {
        World::with_genesis(genesis(origin, label_key), vec![rating(label(), 0)], Vec::new()).status()
    };
    let mut many = fixture::status();
    many.lists = vec![many.lists[0].clone(); 65];
    // A watched enterprise, and the claim that the public list, where it is not, is the watch list.
    let mut swapped = listed(ListState { listed: true, leaf_index: 1 }.encode());
    swapped.lists[0].is_public = false;
    // A rated one, with the proof of absence of another.
    let rated = RatingState { seq: 0, leaf_index: 1, leaf_hash: rating(label(), 0).leaf_hash() };
    let mut absent = with(rated.encode());
    absent.rating = Some(
        World::new(vec![rating(label(), 0)], vec![(key, rated.encode())])
            .claim(StateKey::Rating { label: [9; 32] }),
    );
    vec![
        ("rating-value-short", "state_value", with(vec![0, 4])),
        ("rating-value-long", "state_value", with([rated.encode(), vec![0]].concat())),
        ("list-value", "state_value", listed(vec![2, 4])),
        ("list-value-long", "state_value", listed(vec![1, 4, 0])),
        ("genesis-of-another-log", "genesis", genesis_of("o.example/log", fixture::label_key().public())),
        ("genesis-without-label-key", "label_key", genesis_of(fixture::ORIGIN, [0; 32])),
        ("too-many-lists", "too_many_lists", many),
        ("rating-without-label", "label_missing", by_code(Status { lists: Vec::new(), ..fixture::status() })),
        ("hidden-list-without-label", "label_missing", by_code(Status { rating: None, ..fixture::status() })),
        ("public-of-another", "state_root", {
            let subject = public_list_label(fixture::USCC);
            let on = ListState { listed: true, leaf_index: 1 }.encode();
            let key = StateKey::List { list: 3, subject };
            let world = World::new(vec![listing(subject, true, Some(fixture::USCC))], vec![(key, on)]);
            let other = Subject::Code(OTHER_USCC.to_owned());
            Status { subject: other, ..public(world.status()) }
        }),
        ("absence-of-another-list", "state_off_path", swapped),
        ("absence-of-another", "state_off_path", absent),
    ]
}
