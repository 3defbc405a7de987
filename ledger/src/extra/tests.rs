#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::note::{self, KeyKind, Note, Signer};
use crate::policy::Policy;
use ed25519_dalek::SigningKey;

const ORIGIN: &str = "xinji.example/yibin";

fn checkpoint() -> Checkpoint {
    Checkpoint { origin: ORIGIN.to_owned(), size: 20_852_163, root: [7; 32] }
}

fn log() -> Signer {
    Signer::new(ORIGIN, KeyKind::Ed25519, SigningKey::from_bytes(&[1; 32])).unwrap()
}

fn signers() -> Vec<ExtraSigner> {
    vec![
        #[cfg(feature = "pq")]
        ExtraSigner::ml_dsa_44(ORIGIN, &[2; 32]).unwrap(),
        #[cfg(feature = "gm")]
        ExtraSigner::sm2_sm3(ORIGIN, &[3; 32]).unwrap(),
    ]
}

/// Ed25519 first, then what there is.
fn note() -> Note {
    let mut note = checkpoint().sign(&log());
    note.signatures.extend(signers().iter().map(|signer| signer.sign(&checkpoint()).unwrap()));
    note
}

#[test]
fn a_key_is_read_back() {
    for signer in signers() {
        let text = signer.vkey().to_string();
        assert_eq!(text.parse::<ExtraVkey>().unwrap(), *signer.vkey());
        assert_eq!(format!("{signer:?}"), format!("ExtraSigner({text})"));
        let (head, _) = text.split_at(text.len() - 4);
        assert!(head.parse::<ExtraVkey>().is_err());
    }
    let ed25519 = log().vkey().to_string().parse::<ExtraVkey>();
    assert_eq!(ed25519, Err(NoteError::VkeyType(1)));
}

#[test]
fn every_byte_of_an_extra_line_counts() {
    let text = checkpoint().to_string();
    for signer in signers() {
        let line = signer.sign(&checkpoint()).unwrap();
        assert_eq!(signer.sign(&checkpoint()).unwrap(), line, "the same checkpoint gives the same line");
        assert_eq!(signer.vkey().verify(&text, &line), Ok(()));
        let bad = Err(NoteError::BadSignature(ORIGIN.to_owned()));
        let step = line.signature.len().div_ceil(64);
        for place in (0..line.signature.len()).step_by(step) {
            let mut line = line.clone();
            line.signature[place] ^= 1;
            assert_eq!(signer.vkey().verify(&text, &line), bad, "byte {place}");
        }
        for length in [0, 8, line.signature.len() - 1] {
            let mut line = line.clone();
            line.signature.truncate(length);
            assert_eq!(signer.vkey().verify(&text, &line), bad, "length {length}");
        }
        let other = Checkpoint { size: 1, ..checkpoint() }.to_string();
        assert_eq!(signer.vkey().verify(&other, &line), bad);
        assert_eq!(signer.vkey().verify("not a checkpoint\n", &line), bad);
    }
}

#[test]
fn who_does_not_know_the_key_ignores_the_line() {
    let note = Note::parse(note().to_string().as_bytes()).unwrap();
    let (read, _) = Checkpoint::open(note.to_string().as_bytes(), log().vkey()).unwrap();
    assert_eq!(read, checkpoint());
    assert_eq!(note::open(&note, &[log().vkey().clone()]).unwrap().len(), 1);
}

#[test]
fn a_policy_knows_extra_keys_beside_the_log_and_never_in_its_place() {
    let vkeys: Vec<ExtraVkey> = signers().iter().map(|signer| signer.vkey().clone()).collect();
    let extra: String = vkeys.iter().map(|vkey| format!("log {vkey}\n")).collect();
    let policy: Policy = format!("log {}\n{extra}quorum none\n", log().vkey()).parse().unwrap();
    assert_eq!((policy.logs().len(), policy.extra()), (1, vkeys.as_slice()));
    assert_eq!(policy.keep_known(&note()), note());
    let alone: Policy = format!("{extra}quorum none\n").parse().unwrap();
    assert!(alone.logs().is_empty());
    assert!(format!("{extra}{extra}quorum none\n").parse::<Policy>().is_err(), "twice");
}

#[cfg(feature = "pq")]
mod pq {
    use super::*;
    use ml_dsa::{MlDsa44, SigningKey};
    use shake::Shake128;
    use shake::digest::{ExtendableOutput as _, Update as _, XofReader as _};

    /// C2SP/CCTV `ML-DSA/accumulated`: 100 keys and signatures of FIPS 204 under one hash.
    #[test]
    fn the_known_answers_of_cctv() {
        let mut seeds = Shake128::default().finalize_xof();
        let mut answers = Shake128::default();
        for _ in 0..100 {
            let mut seed = [0; 32];
            seeds.read(&mut seed);
            let key = SigningKey::<MlDsa44>::from_seed(&seed.into());
            let public = key.expanded_key().verifying_key();
            let signature = key.expanded_key().sign_deterministic(b"", b"").unwrap();
            assert!(public.verify_with_context(b"", b"", &signature));
            answers.update(&public.encode());
            answers.update(&signature.encode());
        }
        let mut found = [0; 32];
        answers.finalize_xof().read(&mut found);
        let expected = "d51148e1f9f4fa1a723a6cf42e25f2a99eb5c1b378b3d2dbbd561b1203beeae4";
        assert_eq!(hex::encode(found), expected);
    }

    /// C2SP `tlog-cosignature`, byte by byte.
    #[test]
    fn the_message_is_that_of_the_specification() {
        let checkpoint = Checkpoint { origin: "log.example".to_owned(), size: 258, root: [0xab; 32] };
        let message = ml_dsa_44::message("witness.example", 0x0102, &checkpoint).unwrap();
        let expected = [
            &b"subtree/v1\n\0\x0fwitness.example"[..],
            &[0, 0, 0, 0, 0, 0, 1, 2],
            b"\x0blog.example",
            &[0; 8],
            &[0, 0, 0, 0, 0, 0, 1, 2],
            &[0xab; 32],
        ];
        assert_eq!(message, expected.concat());
        assert_eq!(ml_dsa_44::message("", 0, &checkpoint), None);
        assert_eq!(ml_dsa_44::message(&"n".repeat(256), 0, &checkpoint), None);
        let line = signers()[0].sign(&checkpoint).unwrap();
        assert_eq!(line.signature.len(), ml_dsa_44::SIGNATURE_BYTES);
    }
}

#[cfg(feature = "gm")]
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
mod gm {
    use super::*;
    use sm2::dsa::Signature;
    use sm2::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
    use std::path::Path;
    use std::process::Command;

    fn openssl(folder: &Path, arguments: &[&str]) -> Option<bool> {
        match Command::new("openssl").current_dir(folder).args(arguments).output() {
            Err(error) => {
                eprintln!("SKIPPED: the openssl command does not run ({error})");
                None
            }
            Ok(output) => {
                eprintln!("{}", String::from_utf8_lossy(&output.stderr));
                Some(output.status.success())
            }
        }
    }

    /// OpenSSL verifies our signature and refuses a changed text; we verify OpenSSL's.
    #[test]
    fn openssl_agrees() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let secret = sm2::SecretKey::from_slice(&[3; 32]).unwrap();
        std::fs::write(path.join("key.pem"), secret.to_pkcs8_pem(LineEnding::LF).unwrap()).unwrap();
        let public = secret.public_key().to_public_key_pem(LineEnding::LF).unwrap();
        std::fs::write(path.join("pub.pem"), public).unwrap();
        let text = checkpoint().to_string();
        std::fs::write(path.join("text"), &text).unwrap();
        std::fs::write(path.join("other"), "other\n").unwrap();
        let signer = ExtraSigner::sm2_sm3(ORIGIN, &[3; 32]).unwrap();
        let ours = signer.sign(&checkpoint()).unwrap();
        let der = Signature::from_slice(&ours.signature).unwrap().to_der();
        std::fs::write(path.join("ours"), der.as_bytes()).unwrap();
        let identity = format!("distid:{}", sm2_sm3::IDENTITY);
        let common = ["pkeyutl", "-rawin", "-digest", "sm3", "-pkeyopt", &identity];
        let check = |text: &str| {
            let verify = ["-verify", "-pubin", "-inkey", "pub.pem", "-in", text, "-sigfile", "ours"];
            openssl(path, &[&common[..], &verify].concat())
        };
        let Some(accepted) = check("text") else { return };
        assert!(accepted);
        assert_eq!(check("other"), Some(false));
        let sign = ["-sign", "-inkey", "key.pem", "-in", "text", "-out", "theirs"];
        assert_eq!(openssl(path, &[&common[..], &sign].concat()), Some(true));
        let theirs = Signature::from_der(&std::fs::read(path.join("theirs")).unwrap()).unwrap();
        let line = SignatureLine { signature: theirs.to_bytes().to_vec(), ..ours };
        assert_eq!(signer.vkey().verify(&text, &line), Ok(()));
    }

    #[test]
    fn a_point_has_one_spelling() {
        let material = signers().pop().unwrap().vkey().key.material();
        let key = material.strip_prefix(sm2_sm3::ALGORITHM).unwrap();
        assert_eq!((key.len(), key[0]), (65, 4));
        let mut compressed = sm2_sm3::ALGORITHM.to_vec();
        compressed.push(2 + (key[64] & 1));
        compressed.extend(&key[1..33]);
        assert!(PublicKey::read(0xff, &material).is_ok());
        assert_eq!(PublicKey::read(0xff, &compressed), Err(NoteError::Vkey));
        assert_eq!(PublicKey::read(0xff, key), Err(NoteError::Vkey));
    }
}
