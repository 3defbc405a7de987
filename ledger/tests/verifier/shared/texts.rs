//! Changes of the text of a file: receipts and statuses by their JSON, and the C2SP texts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use ledger::checkpoint::Checkpoint;
use ledger::merkle::empty_root;
use ledger::note::{KeyKind, Note, Signer};
use ledger::proof::TlogProof;
use ledger::receipt::Receipt;

use super::Case;
use crate::fixture;

/// Name, code, the text that is replaced and what takes its place, once.
type Edit = (&'static str, &'static str, &'static str, &'static str);

pub fn cases() -> Vec<Case> {
    let receipt = fixture::receipt().to_json().unwrap();
    let status = fixture::status().to_json().unwrap();
    let proof = TlogProof { extra: Some(entry()), ..fixture::receipt().proof }.to_string();
    let note = fixture::signed(&[1, 2, 3]).to_string();
    let mut cases = Vec::new();
    cases.extend(edited("receipt", "json", &receipt, &RECEIPT));
    cases.extend(edited("status", "json", &status, &STATUS));
    cases.extend(edited("proof", "tlog-proof", &proof, &PROOF));
    cases.extend(edited("note", "txt", &note, &NOTE));
    cases.extend(edited("policy", "txt", &fixture::policy_text(), &POLICY));
    for (kind, text) in [("receipt", &receipt), ("status", &status)] {
        for (name, code, text) in [
            ("text-empty", "json", String::new()),
            ("text-null", "json", "null\n".into()),
            ("text-list", "json", format!("[{text}]")),
            ("text-cut", "json", text.get(..text.len() / 2).unwrap().to_owned()),
            ("text-no-last-newline", "not_canonical", text.trim_end().to_owned()),
            ("text-two-last-newlines", "not_canonical", format!("{text}\n")),
            ("text-space-before", "not_canonical", format!(" {text}")),
            ("text-byte-order-mark", "json", format!("\u{feff}{text}")),
            ("text-crlf", "not_canonical", text.replace('\n', "\r\n")),
            ("text-on-one-line", "not_canonical", text.replace("\n  ", "\n")),
            ("text-after-the-end", "json", format!("{text}x")),
        ] {
            cases.push(Case::new(format!("{kind}/{name}.json"), text, Some(code)));
        }
    }
    cases.extend(replaced(&receipt, &status));
    cases.extend(proofs(&proof));
    cases.extend(notes(&note));
    cases.extend(checkpoints());
    cases
}

/// A part of the JSON replaced by another of its kind.
fn replaced(receipt: &str, status: &str) -> Vec<Case> {
    let nothing = Receipt { disclosure: None, ..fixture::receipt() }.to_json().unwrap();
    let digest = format!("\"scorecard_digest\": \"{}\"", "ab".repeat(32));
    let entry = format!("\"entry\": \"{}\"", STANDARD.encode(entry()));
    let no_proof = "\"commitment_proof\": null";
    let proof = "\"commitment_proof\": {\"fields\": 8, \"hidden\": []}";
    let change = |name: &str, code, text: &str, from: &str, to: &str| {
        assert!(text.contains(from), "{name}");
        Case::new(format!("{name}.json"), text.replace(from, to), Some(code))
    };
    vec![
        change("receipt/proof-without-fields", "half_disclosure", &nothing, no_proof, proof),
        change("receipt/scorecard-null", "scorecard_digest", receipt, &digest, "\"scorecard_digest\": null"),
        change("receipt/entry-empty", "entry_scale", receipt, &entry, "\"entry\": \"\""),
        change("receipt/proof-no-checkpoint", "proof_no_checkpoint", receipt, "\\n\\n", "\\n"),
        change("status/proof-no-checkpoint", "proof_no_checkpoint", status, "\\n\\n", "\\n"),
    ]
}

fn entry() -> Vec<u8> {
    fixture::rating().encode_checked().unwrap()
}

fn edited(kind: &str, ending: &str, text: &str, edits: &[Edit]) -> Vec<Case> {
    let edit = |(name, code, from, to): &Edit| {
        assert!(text.contains(from), "{kind}/{name}: {from} is not there");
        Case::new(format!("{kind}/{name}.{ending}"), text.replacen(from, to, 1), Some(code))
    };
    edits.iter().map(edit).collect()
}

const RECEIPT: [Edit; 42] = [
    ("version-1", "version", "\"version\": 2", "\"version\": 1"),
    ("version-3", "version", "\"version\": 2", "\"version\": 3"),
    ("version-text", "json", "\"version\": 2", "\"version\": \"2\""),
    ("version-absent", "json", "  \"version\": 2,\n", ""),
    ("version-twice", "json", "\"version\": 2", "\"version\": 2, \"version\": 2"),
    ("version-spaced", "not_canonical", "\"version\": 2", "\"version\":  2"),
    ("name-unknown", "json", "\"state_proof\"", "\"note\": 1,\n  \"state_proof\""),
    ("name-changed", "json", "\"disclosed\"", "\"Disclosed\""),
    ("name-escaped", "not_canonical", "\"disclosed\"", "\"disclose\\u0064\""),
    ("field-name-unknown", "json", "\"salt\": \"", "\"sugar\": 1, \"salt\": \""),
    ("field-position-negative", "json", "\"position\": 0", "\"position\": -1"),
    ("field-position-large", "json", "\"position\": 0", "\"position\": 65536"),
    ("field-value-two-kinds", "json", "\"text\": \"AA\"", "\"text\": \"AA\", \"hex\": \"4141\""),
    ("field-value-unknown-kind", "json", "\"text\": \"AA\"", "\"base64\": \"QUE=\""),
    ("field-value-as-hex", "not_canonical", "\"text\": \"AA\"", "\"hex\": \"4141\""),
    ("field-value-escaped", "not_canonical", "\"AA\"", "\"\\u0041A\""),
    ("field-value-upper-case", "not_canonical", "00ff07", "00FF07"),
    ("field-value-no-hex", "value", "00ff07", "00fg07"),
    ("field-value-odd-hex", "value", "00ff07", "00ff0"),
    ("field-salt-long", "salt", "\"salt\": \"", "\"salt\": \"00"),
    ("field-salt-odd", "salt", "\"salt\": \"", "\"salt\": \"0"),
    ("hidden-no-base64", "hidden_hash", "\"hidden\": [\n      \"", "\"hidden\": [\n      \"A"),
    ("hidden-short", "hidden_hash", "\"hidden\": [\n", "\"hidden\": [\n      \"AA==\",\n"),
    ("entry-no-base64", "entry_base64", "\"entry\": \"", "\"entry\": \"-"),
    ("entry-unpadded", "entry_base64", "\"entry\": \"", "\"entry\": \"A"),
    ("entry-other-kind", "entry_scale", "\"entry\": \"A", "\"entry\": \"B"),
    ("entry-longer", "entry_scale", "\"entry\": \"", "\"entry\": \"AAAA"),
    ("scorecard-other", "scorecard_digest", "\"abab", "\"acab"),
    ("scorecard-upper-case", "scorecard_digest", "\"abab", "\"ABab"),
    ("proof-version", "proof_first_line", "tlog-proof@v1", "tlog-proof@v2"),
    ("proof-index-zero-first", "proof_index", "index 2", "index 02"),
    ("proof-null-character", "note_control", "\\n5\\n", "\\n5\\u0000\\n"),
    ("part-seal", "part_seal", "\"seal\": \"", "\"seal\": \"-"),
    ("part-seal-other-kind", "part_seal", "\"seal\": \"Dw", "\"seal\": \"AQ"),
    ("part-seal-proof", "part_seal_proof", "\"seal_proof\": \"", "\"seal_proof\": \"AAAA"),
    ("part-value", "part_value", "\"value\": \"", "\"value\": \"-"),
    ("part-state", "part_state", "\"state\": \"", "\"state\": \"-"),
    ("part-state-option", "part_state", "\"state\": \"A", "\"state\": \"C"),
    ("part-vrf", "part_vrf", "\"vrf\": \"", "\"vrf\": \"AAAA"),
    ("part-genesis", "part_genesis", "\"genesis\": \"", "\"genesis\": \"-"),
    ("part-genesis-proof", "part_genesis_proof", "\"genesis_proof\": \"", "\"genesis_proof\": \"AAAA"),
    ("part-name-changed", "json", "\"vrf\": ", "\"vfr\": "),
];

const STATUS: [Edit; 16] = [
    ("version-2", "version", "\"status_version\": 1", "\"status_version\": 2"),
    ("version-twice", "json", "\"status_version\": 1", "\"status_version\": 1, \"status_version\": 1"),
    ("as-a-receipt", "json", "\"status_version\"", "\"version\""),
    ("name-unknown", "json", "\"rating\": {", "\"note\": 1,\n  \"rating\": {"),
    ("list-large", "json", "\"list\": 3", "\"list\": 65536"),
    ("list-public-number", "json", "\"public\": true", "\"public\": 1"),
    ("list-spelling", "not_canonical", "\"list\": 3", "\"list\":3"),
    ("list-name-unknown", "not_canonical", "\"public\": true", "\"public\": true,\n      \"note\": 1"),
    ("list-is-another", "state_off_path", "\"list\": 3", "\"list\": 4"),
    ("subject-name-unknown", "json", "\"vrf\": \"", "\"note\": 1, \"vrf\": \""),
    ("part-seal", "part_seal", "\"seal\": \"", "\"seal\": \"-"),
    ("part-value", "part_value", "\"value\": \"", "\"value\": \"-"),
    ("part-state", "part_state", "\"state\": \"", "\"state\": \"AAAA"),
    ("part-vrf", "part_vrf", "\"vrf\": \"", "\"vrf\": \"-"),
    ("part-genesis", "part_genesis", "\"genesis\": \"A", "\"genesis\": \"P"),
    ("part-genesis-proof", "part_genesis_proof", "\"genesis_proof\": \"", "\"genesis_proof\": \"A"),
];

const PROOF: [Edit; 15] = [
    ("first-line", "proof_first_line", "tlog-proof@v1", "tlog-proof@v2"),
    ("space-before", "proof_first_line", "c2sp.org/tlog", " c2sp.org/tlog"),
    ("no-index", "proof_index", "index 2\n", ""),
    ("index-zero-first", "proof_index", "index 2", "index 02"),
    ("index-signed", "proof_index", "index 2", "index +2"),
    ("index-too-large", "proof_index", "index 2", "index 18446744073709551616"),
    ("index-outside", "inclusion_index", "index 2", "index 5"),
    ("index-before", "inclusion_root", "index 2", "index 1"),
    ("extra-empty", "proof_extra", "extra ", "extra \nx "),
    ("extra-no-base64", "proof_extra", "extra ", "extra -"),
    ("extra-other-kind", "entry_scale", "extra A", "extra B"),
    ("extra-twice", "proof_index", "index 2", "extra AA==\nindex 2"),
    ("hash-short", "proof_hash", "index 2\n", "index 2\nAA==\n"),
    ("hash-more", "inclusion_length", "index 2\n", "index 2\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"),
    ("checkpoint-size", "signature", "\n5\n", "\n6\n"),
];

const NOTE: [Edit; 12] = [
    ("text-changed", "signature", "\n5\n", "\n6\n"),
    ("text-longer", "signature", "\n\n", "\nmore\n\n"),
    ("no-empty-line", "note_no_signatures", "\n\n", "\n"),
    ("empty-line-more", "signature", "\n\n\u{2014} xinji", "\n\n\n\u{2014} xinji"),
    ("tab", "note_control", "\n5\n", "\n5\t\n"),
    ("null", "note_control", "\n5\n", "\n5\0\n"),
    ("hyphen-for-dash", "note_line", "\u{2014} ", "- "),
    ("no-dash", "note_line", "\u{2014} ", ""),
    ("two-spaces", "note_line", "yibin a", "yibin  a"),
    ("name-with-plus", "note_line", "\u{2014} xinji.example", "\u{2014} xinji+example"),
    ("padding-bits", "note_line", "w1.example/witness x", "w1.example/witness -"),
    ("carriage-return", "note_control", "\n\u{2014} w1", "\r\n\u{2014} w1"),
];

const POLICY: [Edit; 16] = [
    ("word-unknown", "policy_line", "log ", "logs "),
    ("key-id", "policy_line", "+6a2ec44f+", "+6a2ec44e+"),
    ("key-no-base64", "policy_line", "+AYqI", "+-YqI"),
    (
        "key-of-a-witness-for-the-log",
        "policy_line",
        "log xinji.example/yibin+6a2ec44f+AY",
        "log xinji.example/yibin+6a2ec44f+BY",
    ),
    ("log-without-key", "policy_line", "log ", "log\n#"),
    ("witness-twice", "policy_line", "witness w2 ", "witness w1 "),
    ("witness-without-key", "policy_line", "witness w1 ", "witness "),
    ("witness-named-none", "policy_line", "witness w1 ", "witness none "),
    ("group-member-unknown", "policy_line", "w1 w2 w3\n", "w1 w2 w9\n"),
    ("group-member-twice", "policy_line", "w1 w2 w3\n", "w1 w2 w2\n"),
    ("group-of-none", "policy_line", "agencies 2 w1", "agencies 0 w1"),
    ("group-of-more-than-all", "policy_line", "agencies 2 w1", "agencies 4 w1"),
    ("group-rule", "policy_line", "agencies 2 w1", "agencies most w1"),
    ("quorum-unknown", "policy_line", "quorum agencies", "quorum others"),
    ("quorum-twice", "policy_line", "quorum agencies", "quorum none\nquorum agencies"),
    ("no-quorum", "policy_no_quorum", "quorum agencies\n", ""),
];

fn proofs(good: &str) -> Vec<Case> {
    let bare = fixture::receipt().proof.to_string();
    let beside = |name: &str, text: &str, entry: Option<Vec<u8>>, code| Case {
        entry,
        ..Case::new(format!("proof/{name}.tlog-proof"), text, code)
    };
    let long = format!("index 2\n{}", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n".repeat(66));
    let mut later = fixture::rating();
    later.env_mut().unwrap().at_ms += 1;
    let other = later.encode_checked().unwrap();
    vec![
        beside("good-entry-inside", good, None, None),
        beside("good-entry-beside", &bare, Some(entry()), None),
        beside("good-entry-twice", good, Some(entry()), None),
        beside("no-entry", &bare, None, Some("no_entry")),
        beside("other-entry-beside", &bare, Some(other.clone()), Some("inclusion_root")),
        beside("other-entry-than-inside", good, Some(other), Some("extra")),
        beside("entry-cut", &bare, Some(entry()[..90].to_vec()), Some("entry_scale")),
        beside("entry-too-long", &bare, Some(vec![1; 4097]), Some("entry_too_long")),
        beside("empty", "", None, Some("proof_no_checkpoint")),
        beside("no-checkpoint", &good.replace("\n\n", "\n"), None, Some("proof_no_checkpoint")),
        beside("no-last-newline", good.trim_end(), None, Some("note_no_signatures")),
        beside("only-a-head", "c2sp.org/tlog-proof@v1\n\n", None, Some("proof_index")),
        beside("too-many-hashes", &good.replacen("index 2\n", &long, 1), None, Some("proof_too_many_hashes")),
    ]
}

fn notes(good: &str) -> Vec<Case> {
    let case = |name: &str, text: String, code| Case::new(format!("note/{name}.txt"), text, code);
    let note = fixture::signed(&[]);
    let mut stranger = note.clone();
    stranger.signatures.remove(0);
    stranger.signatures.push(fixture::witness(1).sign(&note.text, 1));
    let mut many = note.clone();
    many.signatures = vec![note.signatures[0].clone(); 65];
    let mut wrong = note.clone();
    wrong.signatures[0].signature[3] ^= 1;
    vec![
        case("good-by-the-log", note.to_string(), None),
        case("good-cosigned", good.to_owned(), None),
        case("empty", String::new(), Some("note_no_signatures")),
        case("no-last-newline", good.trim_end().to_owned(), Some("note_no_signatures")),
        case("cut", good.get(..good.len() - 40).unwrap().to_owned(), Some("note_no_signatures")),
        case("nobody-known", stranger.to_string(), Some("not_signed")),
        case("too-many-lines", many.to_string(), Some("note_too_many")),
        case("forged", wrong.to_string(), Some("signature")),
    ]
}

/// Checkpoints whose log signs what no log should, so that the reader of the text decides.
fn checkpoints() -> Vec<Case> {
    let log = fixture::log();
    let signed = |text: String| {
        let line = log.sign(&text, 0);
        Note { text, signatures: vec![line] }.to_string()
    };
    let good = fixture::checkpoint();
    let text = good.to_string();
    let case = |name: &str, text: String, code| Case::new(format!("checkpoint/{name}.txt"), text, code);
    let edit = |name: &str, from: &str, to: &str, code| {
        assert!(text.contains(from), "checkpoint/{name}");
        case(name, signed(text.replacen(from, to, 1)), Some(code))
    };
    let empty = Checkpoint { size: 0, root: empty_root(), ..good.clone() };
    let other = Checkpoint { origin: "o.example/log".into(), ..good.clone() };
    let impostor = Signer::new(fixture::ORIGIN, KeyKind::Ed25519, SigningKey::from_bytes(&[9; 32])).unwrap();
    let zero = Checkpoint { size: 0, ..good.clone() };
    let mut forged = good.sign(&log);
    forged.text = forged.text.replace("\n5\n", "\n4\n");
    vec![
        case("good", signed(text.clone()), None),
        case("good-empty-log", signed(empty.to_string()), None),
        edit("size-zero-first", "\n5\n", "\n05\n", "checkpoint_size"),
        edit("size-signed", "\n5\n", "\n-5\n", "checkpoint_size"),
        edit("size-hexadecimal", "\n5\n", "\n0x5\n", "checkpoint_size"),
        edit("size-empty", "\n5\n", "\n\n", "checkpoint_size"),
        edit("size-too-large", "\n5\n", "\n4611686018427387905\n", "checkpoint_size"),
        edit("root-short", "=\n", "\n", "checkpoint_root"),
        edit("root-space", "=\n", "= \n", "checkpoint_root"),
        edit("origin-space", "yibin", "yi bin", "checkpoint_origin"),
        edit("origin-plus", "yibin", "yi+bin", "checkpoint_origin"),
        edit("origin-empty", "xinji.example/yibin\n", "\n", "checkpoint_origin"),
        edit("extension", "=\n", "=\nmore\n", "checkpoint_lines"),
        case("one-line", signed("xinji.example/yibin\n".into()), Some("checkpoint_lines")),
        case("empty-log-with-a-root", signed(zero.to_string()), Some("checkpoint_empty_root")),
        case("of-another-log", signed(other.to_string()), Some("unknown_log")),
        case("by-another-key", good.sign(&impostor).to_string(), Some("not_signed")),
        case("forged", forged.to_string(), Some("signature")),
    ]
}
