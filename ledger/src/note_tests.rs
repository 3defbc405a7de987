#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;

use super::*;

fn signer(name: &str, seed: u8, kind: KeyKind) -> Signer {
    Signer::new(name, kind, SigningKey::from_bytes(&[seed; 32])).unwrap()
}

fn signed(text: &str, signers: &[&Signer]) -> Note {
    Note { text: text.to_owned(), signatures: signers.iter().map(|signer| signer.sign(text, 9)).collect() }
}

/// The key and note of the signed-note specification.
#[test]
fn the_specification_example_opens() {
    let vkey: Vkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k".parse().unwrap();
    let text = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    let note = Note::parse(text.as_bytes()).unwrap();
    assert_eq!(note.text, "This is an example message.\n");
    assert_eq!(open(&note, &[vkey]).unwrap(), [Verified { key: 0, time: None }]);
    assert_eq!(note.to_string(), text);
}

#[test]
fn vkeys_have_one_spelling() {
    let text = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    assert_eq!(text.parse::<Vkey>().unwrap().to_string(), text);
    let wrong = [
        ("", NoteError::Vkey),
        ("example.com/foo", NoteError::Vkey),
        ("example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", NoteError::Vkey),
        ("example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", NoteError::VkeyId),
        ("example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", NoteError::VkeyId),
        ("example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", NoteError::VkeyType(2)),
        ("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U0=", NoteError::Vkey),
        ("a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", NoteError::Name),
        // The neutral point: everything would verify.
        ("a+00000000+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", NoteError::WeakKey),
    ];
    for (text, error) in wrong {
        assert_eq!(text.parse::<Vkey>(), Err(error), "{text}");
    }
}

#[test]
fn unknown_keys_are_ignored_and_known_ones_must_be_right() {
    let (log, witness, other) = (
        signer("log.example/a", 1, KeyKind::Ed25519),
        signer("witness.example/w", 2, KeyKind::CosignatureV1),
        signer("log.example/a", 3, KeyKind::Ed25519),
    );
    let known = [log.vkey().clone(), witness.vkey().clone()];
    let note = signed("text\n", &[&other, &log, &witness, &log]);
    assert_eq!(
        open(&note, &known).unwrap(),
        [Verified { key: 0, time: None }, Verified { key: 1, time: Some(9) }]
    );
    assert_eq!(open(&signed("text\n", &[&other]), &known), Err(NoteError::NoKnownSignature));
    let mut forged = note.clone();
    forged.signatures[3].signature[0] ^= 1;
    assert_eq!(open(&forged, &known), Err(NoteError::BadSignature("log.example/a".into())));
    let mut forged = note.clone();
    forged.signatures[2].signature[7] ^= 1;
    assert_eq!(open(&forged, &known), Err(NoteError::BadSignature("witness.example/w".into())));
    let mut unknown = note.clone();
    unknown.signatures[0].signature[0] ^= 1;
    assert!(open(&unknown, &known).is_ok());
    let mut changed = note;
    changed.text.insert(0, 'x');
    assert!(open(&changed, &known).is_err());
}

#[test]
fn sixteen_signatures_are_read_and_there_is_a_limit() {
    let log = signer("log.example/a", 1, KeyKind::Ed25519);
    for (count, readable) in [(16, true), (MAX_SIGNATURES, true), (MAX_SIGNATURES + 1, false)] {
        let note = signed("text\n", &vec![&log; count]);
        assert_eq!(Note::parse(note.to_string().as_bytes()).is_ok(), readable, "{count}");
    }
    assert_eq!(Note::parse(&[b'a'; MAX_NOTE_BYTES + 1]), Err(NoteError::TooLong(MAX_NOTE_BYTES + 1)));
}

#[test]
fn malformed_notes_are_named() {
    let line = signer("a", 1, KeyKind::Ed25519).sign("t\n", 0).to_string();
    let cases: [(String, NoteError); 9] = [
        (String::new(), NoteError::NoSignatureBlock),
        ("t\n".into(), NoteError::NoSignatureBlock),
        (format!("t\n{line}\n"), NoteError::NoSignatureBlock),
        (format!("t\n\n{line}"), NoteError::NoSignatureBlock),
        (format!("t\r\n\n{line}\n"), NoteError::ControlCharacter),
        (format!("t\n\n{line} \n"), NoteError::SignatureLine(0)),
        (format!("t\n\n{line}\nx\n"), NoteError::SignatureLine(1)),
        ("t\n\n\u{2014} a AAAAAA==\n".into(), NoteError::SignatureLine(0)),
        ("t\n\n- a AAAAAAA=\n".into(), NoteError::SignatureLine(0)),
    ];
    for (text, error) in cases {
        assert_eq!(Note::parse(text.as_bytes()), Err(error), "{text:?}");
    }
    assert_eq!(Note::parse(&[0xff]), Err(NoteError::NotUtf8));
    let empty_lines = format!("a\n\nb\n\n\n\n{line}\n");
    assert_eq!(Note::parse(empty_lines.as_bytes()).unwrap().text, "a\n\nb\n\n\n");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn hostile_notes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "[ -~\n—+=]{0,200}") {
        let _ = Note::parse(&bytes);
        if let Ok(note) = Note::parse(text.as_bytes()) {
            prop_assert_eq!(note.to_string(), text.clone());
        }
        let _ = text.parse::<Vkey>();
        let _ = text.parse::<SignatureLine>();
    }

    #[test]
    fn what_parses_writes_the_same_bytes(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let log = signer("log.example/a", 1, KeyKind::Ed25519);
        let mut bytes = signed("text\n", &[&log]).to_string().into_bytes();
        let at = place.index(bytes.len());
        let same = bytes[at] == byte;
        bytes[at] = byte;
        if let Ok(note) = Note::parse(&bytes) {
            prop_assert_eq!(note.to_string().into_bytes(), bytes);
            prop_assert_eq!(open(&note, &[log.vkey().clone()]).is_ok(), same);
        }
    }
}
