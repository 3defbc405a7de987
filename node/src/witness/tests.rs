#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use ed25519_dalek::SigningKey;
use ledger::merkle::{consistency_proof, leaf_hash, root};
use ledger::witness::parse_cosignatures;
use std::sync::atomic::AtomicU64;

const ORIGIN: &str = "ledger.example/test";
const NOW_SECONDS: u64 = 1_790_000_000;

struct Fixed;

impl Clock for Fixed {
    fn now_ms(&self) -> u64 {
        NOW_SECONDS * 1000 + 999
    }
}

fn leaf_count(leaves: usize) -> u64 {
    u64::try_from(leaves).unwrap()
}

/// A log of which any history can be signed.
struct TestLog {
    signer: Signer,
    leaves: Vec<Hash>,
}

impl TestLog {
    fn new(seed: u8, history: &str) -> Self {
        let signer = Signer::new(ORIGIN, KeyKind::Ed25519, SigningKey::from_bytes(&[seed; 32])).unwrap();
        let leaves = (0..40).map(|i| leaf_hash(format!("{history} {i}").as_bytes())).collect();
        Self { signer, leaves }
    }

    fn checkpoint(&self, size: usize) -> Note {
        let root = root(&self.leaves[..size]);
        Checkpoint { origin: ORIGIN.into(), size: leaf_count(size), root }.sign(&self.signer)
    }

    fn request(&self, old: usize, new: usize) -> AddCheckpoint {
        let proof =
            if old > new { vec![] } else { consistency_proof(&self.leaves[..new], leaf_count(old)).unwrap() };
        AddCheckpoint { old: leaf_count(old), proof, checkpoint: self.checkpoint(new) }
    }

    fn body(&self, old: usize, new: usize) -> Vec<u8> {
        self.request(old, new).to_string().into_bytes()
    }
}

fn config(folder: &Path, mode: Mode) -> WitnessConfig {
    let key = SigningKey::from_bytes(&[9; 32]);
    WitnessConfig {
        folder: folder.to_path_buf(),
        signer: Signer::new("customs.example/w1", KeyKind::CosignatureV1, key).unwrap(),
        mode,
        clock: Arc::new(Fixed),
        on_conflict: None,
    }
}

fn witness(folder: &Path) -> Witness {
    let witness = Witness::open(config(folder, Mode::Consistency)).unwrap();
    witness.trust(ORIGIN, vec![TestLog::new(7, "").signer.vkey().clone()]).unwrap();
    witness
}

/// The answer as it is read: status, kind, body.
fn shown(answer: &Answer) -> String {
    let after = answer.retry_after.map_or(String::new(), |seconds| format!(" retry after {seconds}"));
    format!("{} {}{after} | {}", answer.status, answer.content_type, answer.body.replace('\n', "⏎"))
}

#[test]
fn every_status_and_body() {
    let folder = tempfile::tempdir().unwrap();
    let witness = witness(folder.path());
    let log = TestLog::new(7, "a");
    let ask = |body: &[u8]| shown(&witness.add_checkpoint(body));
    let text = "text/plain; charset=utf-8";

    assert_eq!(ask(&log.body(5, 9)), "409 text/x.tlog.size | 0⏎", "nothing was cosigned");
    let mut with_proof = log.request(0, 5);
    with_proof.proof.push([1; 32]);
    assert_eq!(
        ask(with_proof.to_string().as_bytes()),
        format!(
            "422 {text} | not consistent with what was cosigned: the proof has 1 hashes, this place needs 0⏎"
        )
    );
    assert_eq!(witness.cosigned_note(&stored::origin_hash(ORIGIN)), None);

    let answer = witness.add_checkpoint(&log.body(0, 5));
    assert_eq!((answer.status, answer.content_type), (200, text));
    let lines = parse_cosignatures(answer.body.as_bytes()).unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!(witness.vkey().verify(&log.checkpoint(5).text, &lines[0]), Ok(Some(NOW_SECONDS)));
    let note = witness.cosigned_note(&stored::origin_hash(ORIGIN)).unwrap();
    let keys = [log.signer.vkey().clone(), witness.vkey().clone()];
    assert_eq!(note::open(&Note::parse(note.as_bytes()).unwrap(), &keys).unwrap().len(), 2);

    assert_eq!(ask(&log.body(0, 9)), "409 text/x.tlog.size | 5⏎");
    assert_eq!(ask(&log.body(4, 9)), "409 text/x.tlog.size | 5⏎");
    assert_eq!(ask(&log.body(4, 4)), "409 text/x.tlog.size | 5⏎", "going back is no way");
    assert!(ask(&log.body(5, 5)).starts_with("200 "), "the same again");
    assert_eq!(ask(&log.body(9, 5)), format!("400 {text} | old size 9 is above the checkpoint's size 5⏎"));
    let mut bad = log.request(5, 9);
    bad.proof[0][0] ^= 1;
    assert_eq!(
        ask(bad.to_string().as_bytes()),
        format!(
            "422 {text} | not consistent with what was cosigned: the proof leads to another root for the older tree⏎"
        )
    );
    assert_eq!(
        ask(b"old x\n\n"),
        format!("400 {text} | malformed request: the first line is not `old` and a decimal⏎")
    );
    let other_key = TestLog::new(8, "a");
    assert_eq!(
        ask(&other_key.body(5, 9)),
        format!("403 {text} | no signature to trust: no signature of a known key⏎")
    );
    let mut forged = log.request(5, 9);
    forged.checkpoint.signatures[0].signature[3] ^= 1;
    assert_eq!(
        ask(forged.to_string().as_bytes()),
        format!("403 {text} | no signature to trust: the signature of the known key {ORIGIN} is wrong⏎")
    );
    let elsewhere = String::from_utf8(log.body(5, 9)).unwrap().replacen(ORIGIN, "other.example/log", 1);
    assert_eq!(ask(elsewhere.as_bytes()), format!("404 {text} | unknown log other.example/log⏎"));

    // An extension line, and an empty tree with a root.
    let signed = |text: String| {
        let line = log.signer.sign(&text, 0);
        AddCheckpoint { old: 0, proof: vec![], checkpoint: Note { text, signatures: vec![line] } }.to_string()
    };
    assert_eq!(
        ask(signed(format!("{}more\n", log.checkpoint(9).text)).as_bytes()),
        format!("400 {text} | malformed request: a checkpoint has three lines: origin, size, root⏎")
    );
    assert_eq!(
        ask(signed(log.checkpoint(9).text.replace("\n9\n", "\n0\n")).as_bytes()),
        format!("422 {text} | not consistent with what was cosigned: an empty log has another root⏎")
    );
    assert_eq!(witness.cosigned_size(ORIGIN), 5, "no refusal moved it");
    assert!(ask(&log.body(5, 9)).starts_with("200 "));
}

#[test]
fn a_fork_is_refused_told_and_the_end() {
    for (old, expected) in [(5, "422"), (3, "409")] {
        let folder = tempfile::tempdir().unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let mut config = config(folder.path(), Mode::Consistency);
        let hook = Arc::clone(&told);
        config.on_conflict = Some(Arc::new(move |conflict| hook.lock().unwrap().push(conflict.clone())));
        let witness = Witness::open(config).unwrap();
        let (log, fork) = (TestLog::new(7, "a"), TestLog::new(7, "b"));
        witness.trust(ORIGIN, vec![log.signer.vkey().clone()]).unwrap();
        assert_eq!(witness.add_checkpoint(&log.body(0, 5)).status, 200);

        let mut request = fork.request(5, 5);
        request.old = old;
        assert!(shown(&witness.add_checkpoint(request.to_string().as_bytes())).starts_with(expected));
        let told = told.lock().unwrap();
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].kind, told[0].origin.as_str()), (ConflictKind::Fork, ORIGIN));
        assert_eq!(told[0].shown, fork.checkpoint(5));
        let stored = told[0].stored.clone().unwrap();
        assert_eq!(
            (stored.text, &stored.signatures[0]),
            (log.checkpoint(5).text, &log.checkpoint(5).signatures[0])
        );
        // Both notes are signed by the log's key: the evidence stands by itself.
        assert_eq!(witness.add_checkpoint(&log.body(5, 9)).status, 403, "not even the first history");
        witness.trust(ORIGIN, vec![log.signer.vkey().clone()]).unwrap();
        assert_eq!(witness.add_checkpoint(&log.body(5, 9)).status, 200, "a person trusted it again");
    }
}

#[test]
fn a_bad_proof_is_told_but_proves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let told = Arc::new(AtomicU64::new(0));
    let mut config = config(folder.path(), Mode::Consistency);
    let hook = Arc::clone(&told);
    config.on_conflict = Some(Arc::new(move |conflict| {
        assert_eq!(conflict.kind, ConflictKind::Unproven);
        hook.fetch_add(1, Ordering::Relaxed);
    }));
    let witness = Witness::open(config).unwrap();
    let (log, fork) = (TestLog::new(7, "a"), TestLog::new(7, "b"));
    witness.trust(ORIGIN, vec![log.signer.vkey().clone()]).unwrap();
    assert_eq!(witness.add_checkpoint(&log.body(0, 5)).status, 200);
    assert_eq!(witness.add_checkpoint(&fork.body(5, 9)).status, 422);
    assert_eq!(told.load(Ordering::Relaxed), 1);
    assert_eq!(witness.add_checkpoint(&log.body(5, 9)).status, 200, "anybody could have sent that proof");
}

#[test]
fn a_restart_remembers_and_a_second_process_is_kept_out() {
    let folder = tempfile::tempdir().unwrap();
    let (log, fork) = (TestLog::new(7, "a"), TestLog::new(7, "b"));
    let first = witness(folder.path());
    assert_eq!(first.add_checkpoint(&log.body(0, 5)).status, 200);
    let again = Witness::open(config(folder.path(), Mode::Consistency));
    assert!(matches!(again, Err(WitnessError::InUse(_))));
    let note = first.cosigned_note(&stored::origin_hash(ORIGIN));
    drop(first);

    let second = witness(folder.path());
    assert_eq!((second.cosigned_size(ORIGIN), second.cosigned_note(&stored::origin_hash(ORIGIN))), (5, note));
    assert_eq!(second.add_checkpoint(&fork.body(0, 9)).body, "5\n");
    assert_eq!(second.add_checkpoint(&fork.body(5, 9)).status, 422);
    assert_eq!(second.add_checkpoint(&log.body(5, 9)).status, 200);
    drop(second);

    // A memory that cannot be read is no fresh start.
    std::fs::write(folder.path().join(stored::origin_hash(ORIGIN)), "damaged").unwrap();
    let third = Witness::open(config(folder.path(), Mode::Consistency)).unwrap();
    let refused = third.trust(ORIGIN, vec![log.signer.vkey().clone()]);
    assert!(matches!(refused, Err(WitnessError::Stored { .. })));
    assert_eq!(third.add_checkpoint(&log.body(0, 9)).status, 404);
}

#[test]
fn of_requests_at_once_one_is_cosigned() {
    let folder = tempfile::tempdir().unwrap();
    let witness = witness(folder.path());
    let log = TestLog::new(7, "a");
    for round in 0..10 {
        let old = witness.cosigned_size(ORIGIN);
        let old = usize::try_from(old).unwrap();
        let bodies: Vec<Vec<u8>> = (1..4).map(|more| log.body(old, old + more)).collect();
        let statuses: Vec<(u16, String)> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                bodies.iter().map(|body| scope.spawn(|| witness.add_checkpoint(body))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).map(|a| (a.status, a.body)).collect()
        });
        let cosigned = statuses.iter().filter(|(status, _)| *status == 200).count();
        assert_eq!(cosigned, 1, "round {round}: {statuses:?}");
        let size = format!("{}\n", witness.cosigned_size(ORIGIN));
        assert!(statuses.iter().all(|(status, body)| *status == 200 || (*status, body) == (409, &size)));
    }
}

#[test]
fn what_cannot_be_kept_is_not_cosigned() {
    let folder = tempfile::tempdir().unwrap();
    let witness = witness(folder.path());
    let log = TestLog::new(7, "a");
    assert_eq!(witness.add_checkpoint(&log.body(0, 5)).status, 200);
    std::fs::write(folder.path().join(stored::origin_hash(ORIGIN)), "damaged").unwrap();
    let answer = witness.add_checkpoint(&log.body(5, 9));
    assert_eq!(answer.status, 500);
    assert_eq!(answer.body, "what was cosigned cannot be kept; the witness must be looked after\n");
    assert_eq!(witness.add_checkpoint(&log.body(5, 9)).status, 500, "it does not try again");
}

/// Has re-executed a history up to a size.
struct Upto(Vec<Hash>, AtomicU64);

impl ReplayedTo for Upto {
    fn root_at(&self, origin: &str, size: u64, patience: Duration) -> Replayed {
        assert_eq!((origin, patience), (ORIGIN, REPLAY_PATIENCE));
        if size > self.1.load(Ordering::Relaxed) {
            return Replayed::NotYet;
        }
        Replayed::Root(root(&self.0[..usize::try_from(size).unwrap()]))
    }
}

#[test]
fn a_replay_key_cosigns_what_was_replayed_only() {
    let folder = tempfile::tempdir().unwrap();
    let (log, fork) = (TestLog::new(7, "a"), TestLog::new(7, "b"));
    let upto = Arc::new(Upto(log.leaves.clone(), AtomicU64::new(5)));
    let told = Arc::new(Mutex::new(Vec::new()));
    let mut config = config(folder.path(), Mode::Replay(upto.clone()));
    let hook = Arc::clone(&told);
    config.on_conflict = Some(Arc::new(move |conflict| hook.lock().unwrap().push(conflict.clone())));
    let witness = Witness::open(config).unwrap();
    witness.trust(ORIGIN, vec![log.signer.vkey().clone()]).unwrap();

    assert_eq!(witness.add_checkpoint(&log.body(0, 5)).status, 200);
    assert_eq!(
        shown(&witness.add_checkpoint(&log.body(5, 9))),
        "503 text/plain; charset=utf-8 retry after 1 | 9 leaves are not re-executed here yet⏎"
    );
    upto.1.store(9, Ordering::Relaxed);
    assert_eq!(witness.add_checkpoint(&log.body(5, 9)).status, 200);

    // The entries read give another root, though the log signs this one and could even prove it.
    assert!(told.lock().unwrap().is_empty());
    assert_eq!(
        shown(&witness.add_checkpoint(&fork.body(0, 7))),
        "422 text/plain; charset=utf-8 | another root is known at 7 leaves⏎"
    );
    let told = told.lock().unwrap();
    let replayed = root(&log.leaves[..7]);
    assert_eq!(told[0].kind, ConflictKind::OtherRootThanReplayed { replayed });
    assert_eq!((&told[0].shown, told[0].stored.is_some()), (&fork.checkpoint(7), true));
    assert_eq!(witness.add_checkpoint(&log.body(9, 9)).status, 403);
}

#[test]
fn a_witness_needs_a_cosigner_key() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path(), Mode::Consistency);
    config.signer = TestLog::new(7, "a").signer;
    assert!(matches!(Witness::open(config), Err(WitnessError::KeyKind(_))));
}
