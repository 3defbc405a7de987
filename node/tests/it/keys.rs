//! Keys of a log that change while it grows: before, while both keys sign, after the old one is revoked.

use crate::common::{ORIGIN, audit, clock, config, entries, entry, tip};
use ed25519_dalek::{Signer as _, SigningKey};
use ledger::authorship::{AuthorshipError, sign_as_author};
use ledger::checkpoint::{Checkpoint, CheckpointError};
use ledger::entry::{Entry, cause};
use ledger::header::Header;
use ledger::keyring::{KeyEventError, author_name};
use ledger::note::{KeyKind, Note, NoteError, Signer, Vkey};
use ledger::policy::Policy;
use ledger::store::{Store, StoreOptions};
use node::keys::event::Paper;
use node::operator::Refusal;
use node::rebuild::Builder;
use node::rebuild::notes::{KeptNote, sign_again};
use node::{NewEntry, Operator, OperatorConfig, OperatorError};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Earlier than the test clock.
const FROM_MS: u64 = 1_780_000_000_000;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn root() -> SigningKey {
    key(1)
}

fn vkey(name: &str, key: &SigningKey) -> Vkey {
    Vkey::new(name, KeyKind::Ed25519, key.verifying_key()).unwrap()
}

fn of_log(key: &SigningKey) -> Vkey {
    vkey(ORIGIN, key)
}

/// An operator with a root and these keys of the log.
fn open(folder: &Path, first: u8, more: &[u8]) -> Result<Operator, OperatorError> {
    let mut config: OperatorConfig = config();
    config.signing_key = key(first);
    config.more_keys = more.iter().map(|seed| key(*seed)).collect();
    config.offline_root_key = Some(root().verifying_key().to_bytes());
    Operator::open(&folder.join("ledger"), config, tip(folder), clock())
}

fn new(entry: Entry) -> NewEntry {
    NewEntry { cause: cause(0, &entry.encode_checked().unwrap()), entry }
}

/// The event that these keys mean, signed by the old key and by `root`.
fn event(old: Option<(&str, u8)>, fresh: Option<(&str, u8)>, root: &SigningKey, from_ms: u64) -> NewEntry {
    let of = |side: Option<(&str, u8)>| side.map(|(name, seed)| vkey(name, &key(seed)));
    let mut paper = Paper::propose(of(old).as_ref(), of(fresh).as_ref(), from_ms).unwrap();
    if let Some((_, seed)) = old {
        paper.sign(&key(seed)).unwrap();
    }
    paper.sign(root).unwrap();
    new(paper.entry().unwrap())
}

fn rotation(old: u8, fresh: u8) -> NewEntry {
    event(Some((ORIGIN, old)), Some((ORIGIN, fresh)), &root(), FROM_MS)
}

fn refusal(result: Result<Vec<node::Appended>, OperatorError>) -> Refusal {
    match result.unwrap_err() {
        OperatorError::Refused { reason, .. } => reason,
        other => unreachable!("{other}"),
    }
}

fn checkpoint(operator: &Operator) -> Vec<u8> {
    operator.view().checkpoint().unwrap().unwrap().into_bytes()
}

/// Names of the keys whose lines are on the newest checkpoint, in their order.
fn signers(operator: &Operator) -> Vec<[u8; 4]> {
    let note = Note::parse(&checkpoint(operator)).unwrap();
    note.signatures.iter().map(|line| line.key_id).collect()
}

fn header(operator: &Operator, block: u32) -> Header {
    operator.view().store().decoded_header(block).unwrap()
}

#[test]
fn a_log_key_is_replaced_and_revoked_while_the_log_grows() {
    let folder = tempfile::tempdir().unwrap();
    let (old, fresh) = (of_log(&key(7)), of_log(&key(8)));
    let old_policy = Policy::of_log(old.clone()).unwrap();
    let new_policy = Policy::of_log(fresh.clone()).unwrap();
    let accepts = |operator: &Operator, policy: &Policy| {
        Checkpoint::open(&checkpoint(operator), &policy.logs()[0].vkey).map(|(checkpoint, _)| checkpoint.size)
    };

    let operator = open(folder.path(), 7, &[8]).unwrap();
    operator.append(entries(0..3)).unwrap();
    assert_eq!(signers(&operator), [old.id()]);
    assert!(accepts(&operator, &new_policy).is_err());

    let place = operator.append(vec![rotation(7, 8)]).unwrap()[0];
    assert!(header(&operator, place.block).verify(&key(7).verifying_key()).is_ok(), "sealed by the old key");
    let next = operator.append(entries(3..5)).unwrap()[0];
    assert!(header(&operator, next.block).verify(&key(8).verifying_key()).is_ok(), "sealed by the new key");
    assert_eq!(signers(&operator), [fresh.id(), old.id()]);
    for policy in [&old_policy, &new_policy] {
        assert_eq!(accepts(&operator, policy), Ok(operator.view().published_size()));
    }
    // The same event again is the same entry.
    assert!(operator.append(vec![rotation(7, 8)]).unwrap()[0].duplicate);
    audit(&operator);
    drop(operator);

    // A start finds what the entries say; without the key in force nothing is signed.
    let error = open(folder.path(), 7, &[]).unwrap_err();
    assert_eq!(error, OperatorError::KeyNotHeld(fresh.to_string()));
    let operator = open(folder.path(), 7, &[8]).unwrap();
    assert_eq!(*operator.view().vkey(), fresh);
    let served = operator.view().policy();
    assert!(served.contains(&old.to_string()) && served.contains(&fresh.to_string()), "{served}");

    operator.append(vec![event(Some((ORIGIN, 7)), None, &root(), FROM_MS)]).unwrap();
    operator.append(entries(5..6)).unwrap();
    assert_eq!(signers(&operator), [fresh.id()]);
    let refused = CheckpointError::Note(NoteError::NoKnownSignature);
    assert_eq!(accepts(&operator, &old_policy), Err(refused));
    assert_eq!(accepts(&operator, &new_policy), Ok(operator.view().published_size()));
    let back = refusal(operator.append(vec![rotation(8, 7)]));
    assert_eq!(back, Refusal::Key(KeyEventError::Reused));
    audit(&operator);
    drop(operator);

    // The old key is of no more use, so it need not be at hand.
    let operator = open(folder.path(), 8, &[]).unwrap();
    operator.append(entries(6..9)).unwrap();
    audit(&operator);
}

#[test]
fn a_rotation_in_the_midst_of_a_call_ends_its_block() {
    let folder = tempfile::tempdir().unwrap();
    let operator = open(folder.path(), 7, &[8, 9]).unwrap();
    let mut call = entries(0..2);
    call.push(rotation(7, 8));
    call.extend(entries(2..4));
    call.push(rotation(8, 9));
    call.extend(entries(4..6));
    let blocks: Vec<u32> = operator.append(call).unwrap().iter().map(|place| place.block).collect();
    assert_eq!(blocks, [1, 1, 1, 2, 2, 2, 3, 3]);
    for (block, seed) in [(1, 7), (2, 8), (3, 9)] {
        assert!(header(&operator, block).verify(&key(seed).verifying_key()).is_ok(), "block {block}");
    }
    assert_eq!(signers(&operator), [of_log(&key(9)).id(), of_log(&key(8)).id(), of_log(&key(7)).id()]);
    audit(&operator);
}

#[test]
fn a_folder_made_again_has_the_lines_of_every_key_of_a_rotation() {
    let folder = tempfile::tempdir().unwrap();
    let operator = open(folder.path(), 7, &[8, 9]).unwrap();
    let mut call = entries(0..2);
    call.push(rotation(7, 8));
    call.extend(entries(2..4));
    call.push(event(Some((ORIGIN, 7)), None, &root(), FROM_MS));
    call.extend(entries(4..6));
    call.push(rotation(8, 9));
    call.extend(entries(6..8));
    operator.append(call).unwrap();
    operator.append(entries(8..9)).unwrap();
    let published = operator.view().store();
    let again = |name: &str, seeds: &[u8], kept: &dyn Fn(u64) -> Option<KeptNote>| {
        let options = StoreOptions { is_mirror: true, ..StoreOptions::new(ORIGIN) };
        let store = Arc::new(Store::open(&folder.path().join(name), &options).unwrap());
        let mut builder = Builder::resume(Arc::clone(&store)).unwrap();
        for block in 0..published.tip().unwrap().blocks {
            builder.add(&published.block_bundle(block).unwrap(), &[]).unwrap();
        }
        let signer = |seed: &u8| Signer::new(ORIGIN, KeyKind::Ed25519, key(*seed)).unwrap();
        let signers: Vec<Signer> = seeds.iter().map(signer).collect();
        sign_again(&store, &signers, store.tip().unwrap().size, &mut |size| Ok(kept(size))).unwrap();
        notes(&store)
    };
    let all = notes(published);
    assert_eq!(again("all", &[9, 7, 8], &|_| None), all);
    let lines: Vec<usize> = all.values().map(|note| note.matches("\n\u{2014} ").count()).collect();
    // Genesis; rotation; revocation of the old key; second rotation; one key less never by itself.
    assert_eq!(lines, [1, 2, 1, 2, 2, 2]);
    // A line of a key that is gone cannot be made; a size that only it had signed has no checkpoint.
    let without_first = again("without", &[8, 9], &|_| None);
    assert_eq!(without_first.len(), all.len() - 1);
    for (size, note) in without_first {
        assert!(note.lines().all(|line| all[&size].contains(line)), "{size}");
    }
    // It is found where the operator recorded it, or where somebody else keeps the checkpoint.
    let record = |size: u64| all.get(&size).cloned();
    assert_eq!(again("recorded", &[9], &|size| record(size).map(KeptNote::Recorded)), all);
    assert_eq!(again("shown", &[8, 9], &|size| record(size).map(KeptNote::Shown)), all);
    // What was published without a line is so again; what others show may have lost one.
    let shorter = |size: u64| record(size).map(|note| without_last_line(&note));
    let expected: BTreeMap<u64, String> = all.keys().map(|size| (*size, shorter(*size).unwrap())).collect();
    assert_eq!(again("published", &[7, 8, 9], &|size| shorter(size).map(KeptNote::Recorded)), expected);
    assert_eq!(again("lost", &[7, 8, 9], &|size| shorter(size).map(KeptNote::Shown)), all);
    // A record that is none of this log's gives nothing.
    let other = |size: u64| record(size).map(|note| note.replacen("\n\u{2014} ", "\n\u{2014} x", 1));
    assert_eq!(again("other", &[7, 8, 9], &|size| other(size).map(KeptNote::Recorded)), all);
    let newest = *all.keys().last().unwrap();
    assert_eq!(again("newest", &[7, 8, 9], &|_| record(newest).map(KeptNote::Recorded)), all);
}

/// A checkpoint of more than one line without its last one.
fn without_last_line(note: &str) -> String {
    let mut note: Note = Note::parse(note.as_bytes()).unwrap();
    if note.signatures.len() > 1 {
        note.signatures.pop();
    }
    note.to_string()
}

/// Sizes and checkpoints that a store has.
fn notes(store: &Store) -> BTreeMap<u64, String> {
    let sizes = store.note_sizes().unwrap().map(Result::unwrap);
    sizes.map(|size| (size, store.note(size).unwrap().unwrap())).collect()
}

#[test]
fn what_the_ring_refuses_is_not_appended() {
    let folder = tempfile::tempdir().unwrap();
    let operator = open(folder.path(), 7, &[8]).unwrap();
    let size = operator.view().published_size();
    let by_another = event(Some((ORIGIN, 7)), Some((ORIGIN, 8)), &key(5), FROM_MS);
    let wrong = Refusal::Key(KeyEventError::Signature(AuthorshipError::Root));
    assert_eq!(refusal(operator.append(vec![entry(0), by_another])), wrong);
    let early = event(Some((ORIGIN, 7)), Some((ORIGIN, 8)), &root(), u64::MAX);
    assert!(matches!(refusal(operator.append(vec![early])), Refusal::Key(KeyEventError::Later { .. })));
    let not_held = Refusal::NewKeyNotHeld(hex::encode(key(9).verifying_key().as_bytes()));
    assert_eq!(refusal(operator.append(vec![rotation(7, 9)])), not_held);
    assert_eq!(operator.view().published_size(), size, "all or none");
    // Each for itself: the good ones get in.
    let call = [entry(0), rotation(7, 9), entry(1)].map(node::operator::Prepared::new);
    let each = operator.append_each(call.into()).unwrap();
    assert_eq!(each.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    audit(&operator);
}

#[test]
fn a_log_without_a_root_keeps_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config();
    config.more_keys = vec![key(8)];
    let operator =
        Operator::open(&folder.path().join("ledger"), config, tip(folder.path()), clock()).unwrap();
    assert_eq!(refusal(operator.append(vec![rotation(7, 8)])), Refusal::Key(KeyEventError::NoRoot));
}

#[test]
fn authors_speak_with_registered_keys_only() {
    let folder = tempfile::tempdir().unwrap();
    let operator = open(folder.path(), 7, &[]).unwrap();
    let name = author_name(ORIGIN, 3);
    let said = |number: u64, by: &SigningKey| {
        let mut new = entry(number);
        let env = new.entry.env_mut().unwrap();
        (env.author, env.cause) = (3, new.cause);
        sign_as_author(&mut new.entry, by).unwrap();
        new
    };
    let unknown = refusal(operator.append(vec![said(0, &key(5))]));
    assert_eq!(unknown, Refusal::UnknownAuthor(3));
    // From the block after its registration, in the same call.
    let registered = event(None, Some((&name, 5)), &root(), FROM_MS);
    operator.append(vec![registered, said(0, &key(5))]).unwrap();
    let wrong = refusal(operator.append(vec![said(1, &key(6))]));
    assert_eq!(wrong, Refusal::Author(AuthorshipError::Author));
    let rotated = event(Some((&name, 5)), Some((&name, 6)), &root(), FROM_MS);
    operator.append(vec![said(1, &key(5)), rotated, said(2, &key(6))]).unwrap();
    // The key is lost: revoked without it.
    let mut paper = Paper::propose(Some(&vkey(&name, &key(6))), None, FROM_MS).unwrap();
    paper.sign(&root()).unwrap();
    operator.append(vec![new(paper.entry().unwrap())]).unwrap();
    assert_eq!(refusal(operator.append(vec![said(3, &key(6))])), Refusal::UnknownAuthor(3));
    let mut forged = entry(4);
    let bytes = forged.entry.author_bytes().unwrap();
    let env = forged.entry.env_mut().unwrap();
    (env.cause, env.signature) = (forged.cause, Some(key(6).sign(&bytes).to_bytes()));
    assert_eq!(refusal(operator.append(vec![forged])), Refusal::Author(AuthorshipError::OperatorSigned));
    audit(&operator);
}

/// Lines of other algorithms stand beside the log's own; who does not know them passes over them.
#[cfg(any(feature = "pq", feature = "gm"))]
#[test]
fn extra_lines_stand_beside_ed25519() {
    use ledger::extra::{ExtraSigner, ExtraVkey};
    let extra = vec![
        #[cfg(feature = "pq")]
        ExtraSigner::ml_dsa_44(ORIGIN, &[2; 32]).unwrap(),
        #[cfg(feature = "gm")]
        ExtraSigner::sm2_sm3(ORIGIN, &[3; 32]).unwrap(),
    ];
    let vkeys: Vec<ExtraVkey> = extra.iter().map(|signer| signer.vkey().clone()).collect();
    let folder = tempfile::tempdir().unwrap();
    let mut config = config();
    config.extra_keys = extra;
    let operator =
        Operator::open(&folder.path().join("ledger"), config, tip(folder.path()), clock()).unwrap();
    operator.append(entries(0..3)).unwrap();
    let note = Note::parse(&checkpoint(&operator)).unwrap();
    assert_eq!(note.signatures.len(), 1 + vkeys.len());
    for (vkey, line) in vkeys.iter().zip(&note.signatures[1..]) {
        assert_eq!(vkey.verify(&note.text, line), Ok(()));
    }
    assert!(Checkpoint::open(&checkpoint(&operator), operator.view().vkey()).is_ok());
    audit(&operator);
}
