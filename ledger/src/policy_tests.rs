#![expect(clippy::unwrap_used, reason = "tests")]

use ed25519_dalek::SigningKey;
use proptest::prelude::*;

use super::*;
use crate::note::Signer;

fn vkey(name: &str, seed: u8, kind: KeyKind) -> Vkey {
    Signer::new(name, kind, SigningKey::from_bytes(&[seed; 32])).unwrap().vkey().clone()
}

fn log_line() -> String {
    format!("log {}\n", vkey("xinji.example/yibin", 1, KeyKind::Ed25519))
}

fn witness_line(name: &str, seed: u8) -> String {
    format!("witness {name} {}\n", vkey(&format!("{name}.example/w"), seed, KeyKind::CosignatureV1))
}

/// Customs and one of two bureaus; with comment, tabs and a URL as the specification allows.
fn two_levels() -> String {
    format!(
        "# agencies of the zone\n\n{}{}{}{}{}\tgroup  customs 2 x1 x2 x3 \ngroup fx any y1 y2\ngroup both all customs fx\nquorum both\n",
        log_line().replace('\n', " https://xinji.example/ledger\n"),
        witness_line("x1", 11),
        witness_line("x2", 12) + &witness_line("x3", 13),
        witness_line("y1", 14),
        witness_line("y2", 15),
    )
}

#[test]
fn the_quorum_counts_groups() {
    let policy: Policy = two_levels().parse().unwrap();
    assert_eq!((policy.logs().len(), policy.witnesses().len(), policy.groups().len()), (1, 5, 3));
    assert_eq!(policy.quorum(), Some(Member::Group(2)));
    assert_eq!(policy.keys().len(), 6);
    for (cosigned, enough) in [
        (vec![], false),
        (vec![0, 1], false),
        (vec![0, 3, 4], false),
        (vec![0, 1, 3], true),
        (vec![1, 2, 4], true),
        (vec![0, 1, 2, 3, 4], true),
        (vec![9], false),
    ] {
        assert_eq!(policy.is_quorum(&cosigned.iter().copied().collect()), enough, "{cosigned:?}");
    }
}

#[test]
fn one_witness_or_none_can_be_the_quorum() {
    let one: Policy = format!("{}{}quorum w", log_line(), witness_line("w", 2)).parse().unwrap();
    assert!(!one.is_quorum(&BTreeSet::new()));
    assert!(one.is_quorum(&BTreeSet::from([0])));
    let none: Policy = format!("quorum none\n{}", log_line()).parse().unwrap();
    assert!(none.is_quorum(&BTreeSet::new()));
    let log = vkey("xinji.example/yibin", 1, KeyKind::Ed25519);
    assert_eq!(Policy::of_log(log).unwrap(), none);
    assert_eq!(Policy::of_log(vkey("w", 1, KeyKind::CosignatureV1)), Err(LineError::KeyKind));
}

#[test]
fn wrong_lines_are_named() {
    let name = |name: &str| name.to_owned();
    let base = log_line() + &witness_line("a", 2) + &witness_line("b", 3);
    let cases = [
        ("qourum none", LineError::Keyword),
        ("quorum", LineError::Parts),
        ("group g", LineError::Parts),
        ("group g any", LineError::Parts),
        ("log x y z", LineError::Parts),
        ("log x", LineError::Key(NoteError::Vkey)),
        ("group g any c", LineError::UnknownName(name("c"))),
        ("group g any none", LineError::UnknownName(name("none"))),
        ("group none any a", LineError::DuplicateName(name("none"))),
        ("group a any b", LineError::DuplicateName(name("a"))),
        ("group g any a a", LineError::SecondGroup(name("a"))),
        ("group g 0 a b", LineError::Threshold),
        ("group g 3 a b", LineError::Threshold),
        ("group g 02 a b", LineError::Threshold),
        ("group g some a b", LineError::Threshold),
        ("quorum c", LineError::UnknownName(name("c"))),
    ];
    for (line, error) in cases {
        let text = format!("{base}{line}\n");
        assert_eq!(Policy::parse(text.as_bytes()), Err(PolicyError::Line { line: 4, error }), "{line}");
    }
    let line = |text: String, line, error| {
        assert_eq!(Policy::parse(text.as_bytes()), Err(PolicyError::Line { line, error }));
    };
    line(format!("{base}{}", witness_line("c", 2)), 4, LineError::DuplicateKey);
    line(format!("{base}{}", log_line()), 4, LineError::DuplicateKey);
    line(format!("{base}group g any a\ngroup h any a\n"), 5, LineError::SecondGroup(name("a")));
    line(format!("{base}quorum a\nquorum b"), 5, LineError::SecondQuorum);
    line(base.replacen("log ", "witness l ", 1), 1, LineError::KeyKind);
    assert_eq!(Policy::parse(base.as_bytes()), Err(PolicyError::NoQuorum));
    assert_eq!(Policy::parse(b"quorum none\r\n"), Err(PolicyError::ControlCharacter));
    assert_eq!(Policy::parse(b"# \xff\nquorum none\n"), Err(PolicyError::NotUtf8));
    let long = vec![b'#'; MAX_POLICY_BYTES + 1];
    assert_eq!(Policy::parse(&long), Err(PolicyError::TooLong(long.len())));
}

#[test]
fn known_lines_are_kept_in_order() {
    let text = "t\n";
    let signer = |name, seed, kind| Signer::new(name, kind, SigningKey::from_bytes(&[seed; 32])).unwrap();
    let log = signer("xinji.example/yibin", 1, KeyKind::Ed25519).sign(text, 0);
    let witness = signer("w.example/w", 2, KeyKind::CosignatureV1).sign(text, 5);
    let stranger = signer("s.example/s", 3, KeyKind::CosignatureV1).sign(text, 5);
    let policy: Policy = format!("{}{}quorum w", log_line(), witness_line("w", 2)).parse().unwrap();
    let all = vec![stranger, witness.clone(), log.clone(), witness.clone()];
    let kept = policy.keep_known(&Note { text: text.into(), signatures: all });
    assert_eq!(kept.signatures, [log, witness]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn hostile_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "(log|witness|group|quorum|[a-c0-9 \t\n#]|any|all|none){0,30}") {
        let _ = Policy::parse(&bytes);
        let _ = Policy::parse(text.as_bytes());
    }

    #[test]
    fn mutated_policies_never_panic(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = two_levels().into_bytes();
        let at = place.index(bytes.len());
        if let Some(slot) = bytes.get_mut(at) { *slot = byte; }
        if let Ok(policy) = Policy::parse(&bytes) {
            let _ = policy.is_quorum(&BTreeSet::from([0, 1, 3]));
        }
    }
}
