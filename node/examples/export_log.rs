//! Writes a log as the plain files it is served as, for other people's verifiers and for the examples in docs/.
//!
//! usage: `export_log known|sealed FOLDER SIZE…` writes `FOLDER/<size>/` for each size, ascending. `known` is the
//! log of the known answers in docs/LEDGER.md; `sealed` is made by the operator, from two leaves on, and has the
//! type registry, an offline proof of its last entry but one, its checkpoint with a witness's line, what our own
//! decoder says, evidence of a fork and of what is no block, and where they are in the log the receipt of a rating
//! and the status of its enterprise.

#![expect(clippy::unwrap_used, reason = "a tool of the tests stops at the first failure")]

#[path = "../tests/outside/log.rs"]
mod log;

use ledger::checkpoint::Checkpoint;
use ledger::entry::{DigestKind, Entry, Env, KeyEvent, cause};
use ledger::evidence::Wrong;
use ledger::header::Header;
use ledger::merkle::{CompactTree, Hash, consistency_proof, leaf_hash, root};
use ledger::note::Note;
use ledger::proof::TlogProof;
use ledger::receipt::Receipt;
use ledger::store::Store;
use ledger::tile::push_entry;
use node::LedgerView;
use node::proofs::{ListAsked, Proofs};
use serde_json::{Value, json};
use std::path::Path;

/// When the witness cosigned, seconds since 1970-01-01 UTC.
const COSIGNED_S: u64 = 1_790_000_001;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, folder, sizes @ ..] = arguments.as_slice() else { usage() };
    let sizes: Vec<u64> = sizes.iter().map(|size| size.parse().unwrap_or_else(|_| usage())).collect();
    let ledger = tempfile::tempdir().unwrap();
    let exports = match kind.as_str() {
        "known" => log::known(ledger.path(), &sizes).1,
        "sealed" => {
            let (view, exports) = log::sealed(ledger.path(), &sizes);
            for export in &exports {
                let folder = Path::new(folder).join(export.size.to_string());
                std::fs::create_dir_all(&folder).unwrap();
                beside(view.store(), export, &folder);
                shown_rating(&view, export, &folder);
                evidence(view.store(), export, &folder);
                no_blocks(view.store(), export, &folder);
            }
            exports
        }
        _ => usage(),
    };
    for export in exports {
        let folder = Path::new(folder).join(export.size.to_string());
        for (path, bytes) in &export.tiles {
            let file = folder.join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, bytes).unwrap();
        }
        std::fs::write(folder.join("checkpoint"), &export.checkpoint).unwrap();
        std::fs::write(folder.join("log.vkey"), format!("{}\n", log::signer().vkey())).unwrap();
    }
}

fn usage() -> ! {
    eprintln!("usage: export_log known|sealed FOLDER SIZE…");
    std::process::exit(2)
}

/// The type registry, a proof, and every entry as our own decoder reads it.
fn beside(store: &Store, export: &log::Export, folder: &Path) {
    std::fs::write(folder.join("types.json"), ledger::types::TYPES_JSON).unwrap();
    std::fs::write(folder.join("types.scale"), ledger::types::TYPES_SCALE).unwrap();
    let mut lines = String::new();
    for index in 0..export.size {
        let entry = Entry::decode_strict(&store.entry(index).unwrap()).unwrap();
        lines.push_str(&format!("{index} {}\n", shown(&entry)));
        if let Entry::Seal(header) = &entry {
            lines.push_str(&format!("{index} {}\n", batch(header)));
        }
    }
    std::fs::write(folder.join("entries.txt"), lines).unwrap();
    let proof = TlogProof {
        extra: None,
        index: export.size - 2,
        hashes: store.inclusion_proof(export.size - 2, export.size).unwrap(),
        checkpoint: Note::parse(&export.checkpoint).unwrap(),
    };
    std::fs::write(folder.join("entry.tlog-proof"), proof.to_string()).unwrap();
    let witness = log::witness();
    let mut cosigned = proof.checkpoint;
    cosigned.signatures.push(witness.sign(&cosigned.text, COSIGNED_S));
    std::fs::write(folder.join("checkpoint.cosigned"), cosigned.to_string()).unwrap();
    std::fs::write(folder.join("witness.vkey"), format!("{}\n", witness.vkey())).unwrap();
}

/// Receipt and status of the enterprise whose rating can be shown, once it is in the log.
fn shown_rating(view: &LedgerView, export: &log::Export, folder: &Path) {
    let row = view.store().find_cause(&cause(log::KINDS, b"export")).unwrap();
    let Some(index) = row.map(|row| row.index).filter(|index| *index < export.size) else { return };
    let note = Note::parse(&export.checkpoint).unwrap();
    let proofs = Proofs::against(view, export.size, note).unwrap();
    let entry = Entry::decode_strict(&view.entry(index).unwrap()).unwrap();
    let label = log::label_key().prove(log::USCC).unwrap();
    let (statement, salt) = log::shown_statement();
    let receipt = Receipt {
        disclosure: Some(statement.disclose(&salt, |field| field == 1)),
        proof: proofs.inclusion(index).unwrap(),
        state: proofs.state_of(&entry).unwrap(),
        label: Some(proofs.label(log::USCC, label.1).unwrap()),
        entry,
    };
    std::fs::write(folder.join("receipt.json"), receipt.to_json().unwrap()).unwrap();
    let lists = [ListAsked { list: 7, is_public: false }, ListAsked { list: 300, is_public: true }];
    let status = proofs.status(log::USCC, label, &lists).unwrap();
    std::fs::write(folder.join("status.json"), status.to_json().unwrap()).unwrap();
}

/// What an agency's node keeps of a log with two histories: here the log's key signs another root for this size, and
/// one for half of it that this log does not begin with.
fn evidence(store: &Store, export: &log::Export, folder: &Path) {
    let signed =
        |size| Checkpoint { origin: log::ORIGIN.to_owned(), size, root: leaf_hash(b"another history") };
    let newer = Note::parse(&export.checkpoint).unwrap();
    let half = export.size / 2;
    let two_roots =
        Wrong::TwoRoots { first: newer.clone(), second: signed(export.size).sign(&log::signer()) };
    let fork = Wrong::Fork {
        older: signed(half).sign(&log::signer()),
        newer,
        prefix_root: store.root_at(half).unwrap(),
        proof: store.consistency_proof(half, export.size).unwrap(),
    };
    for wrong in [two_roots, fork] {
        wrong.verify(&[log::signer().vkey().clone()]).unwrap();
        std::fs::write(folder.join(format!("evidence-{}.json", wrong.kind())), wrong.to_json().unwrap())
            .unwrap();
    }
}

/// What the node keeps of this log going on with what is no block: a checkpoint inside one, and more entries than one
/// may have.
fn no_blocks(store: &Store, export: &log::Export, folder: &Path) {
    let digest = |day| Entry::Digest { kind: DigestKind::AccessLog, day, digest: [3; 32] };
    let first = export.size;
    let mut hashes: Vec<Hash> = (0..first).map(|index| store.leaf_hash(index).unwrap()).collect();
    let mut before = CompactTree::new();
    for hash in &hashes {
        before.append(*hash);
    }
    let last = Entry::decode_strict(&store.entry(first - 1).unwrap()).unwrap();
    let Entry::Seal(parent) = last else { unreachable!("the log ends with a seal") };
    for (name, count) in [("open_end", 2), ("long_block", 257)] {
        hashes.truncate(usize::try_from(first).unwrap());
        let mut block = Vec::new();
        for entry in (1..=count).map(digest) {
            let entry = entry.encode_checked().unwrap();
            hashes.push(leaf_hash(&entry));
            push_entry(&mut block, &entry).unwrap();
        }
        let end = u64::try_from(hashes.len()).unwrap();
        // The long one is under a checkpoint that goes on after it.
        hashes.extend((name == "long_block").then(|| leaf_hash(b"and so on")));
        let size = u64::try_from(hashes.len()).unwrap();
        let checkpoint = Checkpoint { origin: log::ORIGIN.to_owned(), size, root: root(&hashes) };
        let wrong = Wrong::BadBlock {
            note: checkpoint.sign(&log::signer()),
            first_index: first,
            peaks: before.peaks().to_vec(),
            parent: Some((parent, store.inclusion_proof(first - 1, first).unwrap())),
            block,
            proof: consistency_proof(&hashes, end).unwrap(),
            reason: "no seal".to_owned(),
        };
        assert_eq!(wrong.verify(&[log::signer().vkey().clone()]).unwrap().code(), name);
        std::fs::write(folder.join(format!("evidence-{name}.json")), wrong.to_json().unwrap()).unwrap();
    }
}

fn bytes(bytes: &[u8]) -> Value {
    json!(format!("0x{}", hex::encode(bytes)))
}

fn hash(hash: &Hash) -> Value {
    bytes(hash)
}

/// As the names and places in the type registry say: bytes in hex, a choice as an object with one key, or as
/// its name where it holds nothing.
fn shown(entry: &Entry) -> Value {
    match entry {
        Entry::Genesis(genesis) => json!({ "Genesis": {
            "origin": genesis.origin.as_str(),
            "types_digest": hash(&genesis.types_digest),
            "policy_digest": hash(&genesis.policy_digest),
            "log_key": hash(&genesis.log_key),
            "offline_root_key": hash(&genesis.offline_root_key),
            "label_key": hash(&genesis.label_key),
            "zone": genesis.zone.as_str(),
        }}),
        Entry::Rating { env, scorecard_digest } => {
            json!({ "Rating": { "env": envelope(env), "scorecard_digest": hash(scorecard_digest) }})
        }
        Entry::Listing { env, listing } => json!({ "Listing": { "env": envelope(env), "listing": {
            "list": listing.list,
            "listed": listing.listed,
            "uscc": listing.uscc.map(|code| bytes(&code)),
        }}}),
        Entry::Scorecard { id, digest, effective_day } => json!({ "Scorecard": {
            "id": id.as_str(),
            "digest": hash(digest),
            "effective_day": effective_day,
        }}),
        Entry::Key(event) => json!({ "Key": key_event(event) }),
        Entry::Statement { env, kind } => {
            json!({ "Statement": { "env": envelope(env), "kind": format!("{kind:?}") }})
        }
        Entry::Erasure(env) => json!({ "Erasure": envelope(env) }),
        Entry::Digest { kind, day, digest } => {
            json!({ "Digest": { "kind": format!("{kind:?}"), "day": day, "digest": hash(digest) }})
        }
        Entry::Seal(header) => json!({ "Seal": {
            "parent_hash": hash(&header.body.parent_hash),
            "number": header.body.number,
            "state_root": hash(&header.body.state_root),
            "extrinsics_root": hash(&header.body.extrinsics_root),
            "digest": { "logs": [
                { "PreRuntime": [bytes(b"XINJ"), bytes(&parity_scale_codec::Encode::encode(&header.body.batch))] },
                { "Seal": [bytes(b"ed25"), bytes(&header.signature)] },
            ]},
        }}),
    }
}

fn envelope(env: &Env) -> Value {
    json!({
        "subject": hash(&env.subject),
        "seq": env.seq,
        "previous": hash(&env.previous),
        "at_ms": env.at_ms,
        "cause": hash(&env.cause),
        "commitment": hash(&env.commitment),
        "author": env.author,
        "signature": env.signature.map(|signature| bytes(&signature)),
    })
}

fn key_event(event: &KeyEvent) -> Value {
    let change = &event.change;
    json!({
        "change": {
            "action": format!("{:?}", change.action),
            "name": change.name.as_str(),
            "kind": change.kind,
            "key": bytes(change.key.as_slice()),
            "replaces": change.replaces.map(|key| hash(&key)),
            "from_ms": change.from_ms,
        },
        "old_key_signature": event.old_key_signature.map(|signature| bytes(&signature)),
        "root_signature": bytes(&event.root_signature),
    })
}

fn batch(header: &Header) -> Value {
    let batch = &header.body.batch;
    json!({ "Batch": {
        "first_index": batch.first_index,
        "count": batch.count,
        "at_ms": batch.at_ms,
        "epoch": batch.epoch,
        "scorecards_digest": hash(&batch.scorecards_digest),
    }})
}
