//! `node verify` on receipts with a proof of being the latest, on statuses and on proofs; and on the whole corpus.

use crate::common::{ORIGIN, clock, config, tip};
use ledger::commitment::{Field, RecordSalt, Statement};
use ledger::entry::{Entry, Env, Listing, cause};
use ledger::label::{LabelKey, public_list_label};
use ledger::proof::TlogProof;
use ledger::receipt::{Receipt, Status};
use node::proofs::{ListAsked, Proofs};
use node::{NewEntry, Operator, OperatorConfig};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

const USCC: &str = "91511500MA6200000W";
const OTHER: &str = "91511500MA6200001X";

struct Log {
    folder: TempDir,
    operator: Operator,
    label: LabelKey,
}

fn statement(grade: &str) -> Statement {
    let field = |id, text: &str| Field { id, value: text.as_bytes().to_vec() };
    Statement::new(vec![field(1, USCC), field(8, grade)]).unwrap()
}

fn salt() -> RecordSalt {
    RecordSalt::new([9; 32])
}

impl Log {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let label = LabelKey::from_seed(&[4; 32]).unwrap();
        let config = OperatorConfig { label_key: Some(label.public()), ..config() };
        let ledger = folder.path().join("ledger");
        let operator = Operator::open(&ledger, config, tip(folder.path()), clock()).unwrap();
        Self { folder, operator, label }
    }

    fn label(&self, uscc: &str) -> [u8; 32] {
        self.label.prove(uscc).unwrap().0
    }

    fn append(&self, number: u64, entry: impl FnOnce(Env) -> Entry, subject: [u8; 32]) -> u64 {
        let env = Env {
            subject,
            seq: 0,
            previous: [0; 32],
            at_ms: 0,
            cause: [0; 32],
            commitment: statement("AA").commitment(&salt()),
            author: 0,
            signature: None,
        };
        let new = NewEntry { cause: cause(number, b"file"), entry: entry(env) };
        self.operator.append(vec![new]).unwrap()[0].index
    }

    fn rate(&self, number: u64, uscc: &str) -> u64 {
        let entry = |env| Entry::Rating { env, scorecard_digest: [3; 32] };
        self.append(number, entry, self.label(uscc))
    }

    fn list(&self, number: u64, listed: bool) -> u64 {
        let uscc = USCC.as_bytes().try_into().ok();
        let entry = |env| Entry::Listing { env, listing: Listing { list: 7, listed, uscc } };
        self.append(number, entry, public_list_label(USCC))
    }

    fn proofs(&self) -> Proofs<'_> {
        let (size, note) = self.operator.view().checkpoint_to_show(0).unwrap();
        Proofs::against(self.operator.view(), size, note).unwrap()
    }

    fn receipt(&self, index: u64) -> Receipt {
        let entry = Entry::decode_strict(&self.operator.view().entry(index).unwrap()).unwrap();
        let proofs = self.proofs();
        Receipt {
            disclosure: Some(statement("AA").disclose(&salt(), |id| id == 8)),
            proof: proofs.inclusion(index).unwrap(),
            state: proofs.state_of(&entry).unwrap(),
            label: Some(proofs.label(USCC, self.label.prove(USCC).unwrap().1).unwrap()),
            entry,
        }
    }

    fn status(&self, uscc: &str) -> Status {
        let list = |is_public| ListAsked { list: 7, is_public };
        self.proofs().status(uscc, self.label.prove(uscc).unwrap(), &[list(true), list(false)]).unwrap()
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The exit code and what is said about a file that is trusted by this log's key.
    fn verify(&self, file: &str, more: &[&str]) -> (Option<i32>, String) {
        let key = self.operator.view().vkey().to_string();
        let output = node(&[&["verify", file, "--log-key", &key], more].concat());
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    }
}

fn node(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_node")).args(arguments).env_remove("RUST_LOG").output().unwrap()
}

#[test]
fn a_receipt_proves_that_it_is_the_latest_until_it_is_not() {
    let log = Log::new();
    let index = log.rate(1, USCC);
    let latest = log.receipt(index);
    let file = log.write("latest.json", &latest.to_json().unwrap());
    let (code, answer) = log.verify(&file, &[]);
    assert_eq!(code, Some(0), "{answer}");
    let said = format!("+ 6 It is the latest record of the enterprise: no later record of {USCC} in the log");
    assert!(answer.contains(&said), "{answer}");

    log.rate(2, OTHER);
    log.rate(3, USCC);
    let file = log.write("superseded.json", &log.receipt(index).to_json().unwrap());
    let (code, answer) = log.verify(&file, &[]);
    assert_eq!(code, Some(0), "{answer}");
    assert!(
        answer.contains("- 6 ") && answer.contains("the enterprise has a later record, leaf 6"),
        "{answer}"
    );
    let (_, answer) = log.verify(&file, &["--json"]);
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["steps"][5]["code"], "superseded");

    let mut wrong = latest;
    let label = wrong.label.as_mut().unwrap();
    label.uscc = OTHER.into();
    let file = log.write("wrong.json", &wrong.to_json().unwrap());
    let (code, answer) = log.verify(&file, &["--json"]);
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((code, &answer["code"]), (Some(1), &"label_wrong".into()));
    let (_, answer) = log.verify(&file, &["--lang", "zh"]);
    assert_eq!(
        answer,
        "INVALID 无效：企业标签的证明不成立（the label's proof is not for this code under the log's label key）\n"
    );
}

#[test]
fn a_status_says_what_is_in_force_and_what_is_not_listed() {
    let log = Log::new();
    log.rate(1, USCC);
    let file = log.write("status.json", &log.status(USCC).to_json().unwrap());
    let (code, answer) = log.verify(&file, &[]);
    assert_eq!(code, Some(0), "{answer}");
    assert_eq!(
        answer,
        format!(
            "Status of {USCC}, as of the log of 4 leaves, sealed 2026-09-21T14:13:20Z\n\
             + signed by {ORIGIN}\n\
             - The checkpoint is cosigned by the quorum: the policy asks for no witnesses\n\
             + the rating in force is leaf 2, its number 1\n\
             + public list 7: not listed, and never was\n\
             + list 7: not listed, and never was\n\
             not final: too few witnesses\n\
             VALID (what is marked + is proven, what is marked - is not)\n"
        )
    );
    log.list(2, true);
    let file = log.write("listed.json", &log.status(USCC).to_json().unwrap());
    let (_, answer) = log.verify(&file, &["--lang", "zh"]);
    assert!(answer.contains("+ 公开名单 7：已列入（第 4 号叶子）\n"), "{answer}");
    log.list(3, false);
    let nobody = log.write("nobody.json", &log.status(OTHER).to_json().unwrap());
    let (_, answer) = log.verify(&nobody, &[]);
    assert!(answer.contains("+ it has no rating\n"), "{answer}");
    let file = log.write("left.json", &log.status(USCC).to_json().unwrap());
    let (_, answer) = log.verify(&file, &["--json"]);
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["lists"][0]["listed"], false);
    assert_eq!(answer["lists"][0]["leaf_index"], 6);
    assert_eq!((&answer["rating"]["rated"], &answer["final"]), (&true.into(), &false.into()));

    let mut wrong = log.status(USCC);
    wrong.rating = log.status(OTHER).rating;
    let file = log.write("wrong.json", &wrong.to_json().unwrap());
    let (code, answer) = log.verify(&file, &[]);
    assert!(code == Some(1) && answer.starts_with("INVALID: the state proof does not hold"), "{answer}");
}

#[test]
fn a_proof_needs_its_entry() {
    let log = Log::new();
    let index = log.rate(1, USCC);
    let entry = log.operator.view().entry(index).unwrap();
    let proof = log.operator.view().proof(index).unwrap();
    let with = TlogProof { extra: Some(entry.clone()), ..proof.clone() };
    let file = log.write("with.tlog-proof", &with.to_string());
    let (code, answer) = log.verify(&file, &[]);
    assert_eq!(code, Some(0), "{answer}");
    for said in ["- 1 ", "+ 2 ", "+ 3 ", "+ 4 ", "- 5 ", "- 6 ", "- 7 "] {
        assert!(answer.contains(said), "{said} in {answer}");
    }
    let file = log.write("without.tlog-proof", &proof.to_string());
    assert_eq!(log.verify(&file, &[]).0, Some(1));
    let path = log.folder.path().join("entry.scale");
    std::fs::write(&path, &entry).unwrap();
    assert_eq!(log.verify(&file, &["--entry", path.to_str().unwrap()]).0, Some(0));
    std::fs::write(&path, &entry[1..]).unwrap();
    assert_eq!(log.verify(&file, &["--entry", path.to_str().unwrap()]).0, Some(1));
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/corpus")
}

/// The program agrees with the list beside the files: the same codes, the same steps.
#[test]
fn the_program_judges_the_corpus_as_the_library_does() {
    let manifest = std::fs::read(corpus().join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let policy = corpus().join("policy.txt");
    let mut judged = 0;
    for line in manifest["files"].as_array().unwrap() {
        let name = line["file"].as_str().unwrap();
        let kind = name.split('/').next().unwrap();
        if !["receipt", "status", "proof", "evidence"].contains(&kind) {
            continue;
        }
        let file = corpus().join(name);
        let mut arguments =
            vec!["verify", file.to_str().unwrap(), "--policy", policy.to_str().unwrap(), "--json"];
        let entry = folder.path().join("entry");
        if let Some(bytes) = line["entry"].as_str() {
            std::fs::write(&entry, hex::decode(bytes).unwrap()).unwrap();
            arguments.extend(["--entry", entry.to_str().unwrap()]);
        }
        let output = node(&arguments);
        let answer: Option<serde_json::Value> = serde_json::from_slice(&output.stdout).ok();
        assert!(answer.is_some(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let answer = answer.unwrap();
        // A proof that does not look like one is read as a receipt, and refused as such.
        let looks_other = kind == "proof"
            && !std::fs::read(&file).unwrap().starts_with(b"c2sp.org/tlog-proof@v1")
            || kind == "status" && !Status::is_named_in(&std::fs::read(&file).unwrap());
        if looks_other {
            assert_eq!((output.status.code(), &answer["valid"]), (Some(1), &false.into()), "{name}");
            continue;
        }
        assert_eq!(answer["code"], line["code"], "{name}");
        assert_eq!(answer["verdict"], line["verdict"], "{name}");
        assert_eq!(output.status.code(), Some(i32::from(!line["code"].is_null())), "{name}");
        if let Some(steps) = line["steps"].as_array() {
            let found: Vec<_> =
                answer["steps"].as_array().unwrap().iter().map(|step| &step["code"]).collect();
            assert_eq!(found[..6], steps.iter().collect::<Vec<_>>()[..], "{name}");
        }
        judged += 1;
    }
    assert!(judged > 200, "{judged}");
}
