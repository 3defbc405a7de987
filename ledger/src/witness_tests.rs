#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use proptest::prelude::*;

/// The example of the specification.
const REQUEST: &str = concat!(
    "old 20852014\n",
    "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n",
    "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n",
    "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n",
    "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n",
    "\n",
    "example.com/behind-the-sofa\n",
    "20852163\n",
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    "\n",
    "— example.com/behind-the-sofa ",
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n",
    "— example.com/behind-the-sofa ",
    "opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n",
);

const RESPONSE: &str = concat!(
    "— witness.example/w1 ",
    "CMp+6LWBU0anHGH5aNDTJkH/gj79sG+T6+iP2ThYN5krrDJbR1HDnucjL39QsZTSvVjyQLrdk3DXDqI5G2HgLatVs0pWh6Up69HVOw==\n",
    "— witness.example/w1 ",
    "I7rEps0pvK2UqkS2gSpVUDhrhVtQV9lgF6pRrWAvjJHjyWpW7VcE3SiOlVlbQNt64vWhO+DlkL0+UfzuOBMh9ChdMkP1vi/lCAsmlw==\n",
);

fn request(proof: usize) -> AddCheckpoint {
    let mut request = AddCheckpoint::parse(REQUEST.as_bytes()).unwrap();
    request.proof = vec![[7; 32]; proof];
    request
}

#[test]
fn the_examples_of_the_specification_are_read() {
    let request = AddCheckpoint::parse(REQUEST.as_bytes()).unwrap();
    assert_eq!((request.old, request.proof.len()), (20_852_014, 4));
    assert_eq!(request.checkpoint.signatures.len(), 2);
    assert!(request.checkpoint.text.starts_with("example.com/behind-the-sofa\n20852163\n"));
    assert_eq!(request.to_string(), REQUEST);

    let lines = parse_cosignatures(RESPONSE.as_bytes()).unwrap();
    assert_eq!(lines.iter().map(|line| line.signature.len()).collect::<Vec<_>>(), [72, 72]);
    assert_eq!(format_cosignatures(&lines), RESPONSE);
    assert_eq!(parse_size(b"20852014\n"), Ok(20_852_014));
    assert_eq!(format_size(20_852_014), "20852014\n");
}

#[test]
fn malformed_requests_are_named() {
    let changed = |from: &str, to: &str| AddCheckpoint::parse(REQUEST.replacen(from, to, 1).as_bytes());
    for wrong in ["old 020852014", "old -1", "old", "old  20852014", "Old 20852014", "old 20852014 "] {
        assert_eq!(changed("old 20852014", wrong), Err(WitnessError::OldSize), "{wrong}");
    }
    assert_eq!(changed("old 20852014\n", ""), Err(WitnessError::OldSize));
    assert_eq!(changed("jrJZ", "jr"), Err(WitnessError::Hash(1)));
    assert!(matches!(changed("\n\n— ", "\n— "), Err(WitnessError::Note(NoteError::NoSignatureBlock))));
    assert_eq!(
        AddCheckpoint::parse(REQUEST.replace("\n\n", "\n").as_bytes()),
        Err(WitnessError::NoCheckpoint)
    );
    assert_eq!(
        AddCheckpoint::parse(REQUEST.replace('\n', "\r\n").as_bytes()),
        Err(WitnessError::NoCheckpoint)
    );
    assert_eq!(AddCheckpoint::parse(&[0xff]), Err(WitnessError::NotUtf8));
    let full = request(MAX_PROOF_LINES);
    assert_eq!(AddCheckpoint::parse(full.to_string().as_bytes()), Ok(full));
    let more = request(MAX_PROOF_LINES + 1).to_string();
    assert_eq!(AddCheckpoint::parse(more.as_bytes()), Err(WitnessError::TooManyHashes));
    let long = vec![b'a'; MAX_REQUEST_BYTES + 1];
    let too_long = WitnessError::TooLong { limit: MAX_REQUEST_BYTES, found: long.len() };
    assert_eq!(AddCheckpoint::parse(&long), Err(too_long));
}

#[test]
fn malformed_answers_are_named() {
    let unended = RESPONSE.trim_end();
    let empty_line = format!("{RESPONSE}\n");
    let with_text = format!("thanks\n{RESPONSE}");
    for wrong in ["", "\n", unended, &empty_line, &with_text] {
        assert_eq!(parse_cosignatures(wrong.as_bytes()), Err(WitnessError::Lines), "{wrong:?}");
    }
    let line = RESPONSE.lines().next().unwrap();
    let many = format!("{line}\n").repeat(MAX_SIGNATURES + 1);
    assert_eq!(parse_cosignatures(many.as_bytes()), Err(WitnessError::TooManyLines));
    assert_eq!(parse_cosignatures(&[0xff, b'\n']), Err(WitnessError::NotUtf8));
    let long = vec![b'a'; MAX_RESPONSE_BYTES + 1];
    assert!(matches!(parse_cosignatures(&long), Err(WitnessError::TooLong { .. })));
    for wrong in ["", "5", "05\n", "5\n\n", " 5\n", "-5\n", "18446744073709551616\n"] {
        assert_eq!(parse_size(wrong.as_bytes()), Err(WitnessError::Size), "{wrong:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_written_is_read(old in any::<u64>(), proof in prop::collection::vec(any::<[u8; 32]>(), 0..64)) {
        let mut request = request(0);
        request.old = old;
        request.proof = proof;
        prop_assert_eq!(AddCheckpoint::parse(request.to_string().as_bytes()), Ok(request));
        prop_assert_eq!(parse_size(format_size(old).as_bytes()), Ok(old));
    }

    #[test]
    fn what_parses_writes_the_same_bytes(
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        for good in [REQUEST, RESPONSE] {
            let mut bytes = good.as_bytes().to_vec();
            let at = place.index(bytes.len());
            bytes[at] = byte;
            for bytes in [bytes.clone(), bytes[..cut.index(bytes.len())].to_vec()] {
                if let Ok(request) = AddCheckpoint::parse(&bytes) {
                    prop_assert_eq!(request.to_string().into_bytes(), bytes.clone());
                }
                if let Ok(lines) = parse_cosignatures(&bytes) {
                    prop_assert_eq!(format_cosignatures(&lines).into_bytes(), bytes);
                }
            }
        }
    }

    #[test]
    fn hostile_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = AddCheckpoint::parse(&bytes);
        let _ = parse_cosignatures(&bytes);
        let _ = parse_size(&bytes);
    }
}
