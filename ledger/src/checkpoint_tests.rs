#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::encoding::hex_array;
use crate::note::KeyKind;

const VKEY: &str = "ledger.example/credit+66c6febb+AZsfhHkc/HZjBFhU04netcqVRJ2HXydqg4QLBgqznPxx";

fn signer() -> Signer {
    let seed = Sha256::digest(b"log").into();
    Signer::new("ledger.example/credit", KeyKind::Ed25519, SigningKey::from_bytes(&seed)).unwrap()
}

fn checkpoint() -> Checkpoint {
    let root = hex_array("d5231e560094781c6678b4caa87f215d6213a74255520f2b627afd65e4b8f275").unwrap();
    Checkpoint { origin: "ledger.example/credit".into(), size: 3, root }
}

#[test]
fn known_key_and_signature() {
    assert_eq!(signer().vkey().to_string(), VKEY);
    let note = checkpoint().sign(&signer());
    assert_eq!(
        note.to_string(),
        "ledger.example/credit\n3\n1SMeVgCUeBxmeLTKqH8hXWITp0JVUg8rYnr9ZeS48nU=\n\n\
         — ledger.example/credit \
         Zsb+u0JgP7wfgX115raKaDCjvVNS7judgiRrvBf5oSfg+61CmSP6/9oLaK2/TlPMrgr5gTcC2Pafl0wZfJWAnd2ELwY=\n"
    );
    let log: Vkey = VKEY.parse().unwrap();
    let (opened, again) = Checkpoint::open(note.to_string().as_bytes(), &log).unwrap();
    assert_eq!((opened, again), (checkpoint(), note));
}

#[test]
fn only_the_log_itself_signs_its_checkpoint() {
    let other = Signer::new("other.example/log", KeyKind::Ed25519, SigningKey::from_bytes(&[5; 32])).unwrap();
    let note = checkpoint().sign(&other).to_string();
    assert_eq!(
        Checkpoint::open(note.as_bytes(), other.vkey()),
        Err(CheckpointError::WrongOrigin {
            expected: "other.example/log".into(),
            found: "ledger.example/credit".into()
        })
    );
    assert_eq!(
        Checkpoint::open(note.as_bytes(), signer().vkey()),
        Err(CheckpointError::Note(NoteError::NoKnownSignature))
    );
}

#[test]
fn malformed_checkpoints_are_named() {
    let root = "1SMeVgCUeBxmeLTKqH8hXWITp0JVUg8rYnr9ZeS48nU=";
    let cases = [
        (String::new(), CheckpointError::Lines),
        (format!("a\n3\n{root}"), CheckpointError::Lines),
        (format!("a\n3\n{root}\nextension\n"), CheckpointError::Lines),
        (format!("a\n3\n{root}\n\n"), CheckpointError::Lines),
        (format!("\n3\n{root}\n"), CheckpointError::Origin),
        (format!("a b\n3\n{root}\n"), CheckpointError::Origin),
        (format!("a\n03\n{root}\n"), CheckpointError::Size),
        (format!("a\n-3\n{root}\n"), CheckpointError::Size),
        (format!("a\n18446744073709551615\n{root}\n"), CheckpointError::Size),
        (format!("a\n0\n{root}\n"), CheckpointError::EmptyRoot),
        ("a\n3\n1SMeVgCUeBxmeLTKqH8hXWITp0JVUg8rYnr9ZeS48nV=\n".into(), CheckpointError::Root),
        ("a\n3\nAA==\n".into(), CheckpointError::Root),
    ];
    for (text, error) in cases {
        assert_eq!(text.parse::<Checkpoint>(), Err(error), "{text:?}");
    }
    let empty = Checkpoint { origin: "a".into(), size: 0, root: empty_root() };
    assert_eq!(empty.to_string().parse(), Ok(empty));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_changed_checkpoint_is_refused(place in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let good = checkpoint().sign(&signer()).to_string().into_bytes();
        let mut bad = good.clone();
        let at = place.index(bad.len());
        bad[at] = byte;
        prop_assert_eq!(Checkpoint::open(&bad, signer().vkey()).is_ok(), bad == good);
        bad.truncate(cut.index(bad.len()));
        prop_assert!(Checkpoint::open(&bad, signer().vkey()).is_err());
    }

    #[test]
    fn hostile_texts_never_panic(text in "[a-z0-9+/=\n]{0,120}") {
        if let Ok(checkpoint) = text.parse::<Checkpoint>() {
            prop_assert_eq!(checkpoint.to_string(), text);
        }
    }
}
