//! The chain finds what was changed, moved or left out.

use proptest::prelude::*;

use super::super::chain::digest_of;
use super::*;

#[test]
fn the_digests_are_these_for_ever() {
    let story = Story::proposed("2026-11-23", Outcome::Rejected);
    let digests: Vec<String> = story.steps.iter().map(|step| String::from(step.digest)).collect();
    assert_eq!(digests, GOLDEN);
    assert_eq!(verify_chain(&story.steps), Ok(()));
}

const GOLDEN: [&str; 6] = [
    "9ff705970d86b2063598dcd940a404bdfa7841baa96f64edfe6bf6da8ff25b82",
    "5243ce2d775947706bec7ffd0f28bb47e0816ffe7eb7e6c6dbd5a5fef2a12291",
    "663898e5bd5d219f5e7c0cce5183e396dbfcd6779e910a653329a35c3f161c50",
    "ef589c8a17df3bf8746884ebf0114932d499c01b50d077c52aef8f97d67c429b",
    "790cb5c1dc6a3d6f10a6dba4171e567681691b2fd9f201fc5d38b84dfdcb14c1",
    "af7cfa5b20e0b0cd2b69ad277c4f6c1f2d79101818134ac76670b67197621ce6",
];

#[test]
fn what_is_missing_moved_or_of_another_case_is_found() {
    let steps = Story::proposed("2026-11-23", Outcome::Upheld).steps;
    for place in 0..steps.len() - 1 {
        let mut short = steps.clone();
        short.remove(place);
        assert!(verify_chain(&short).is_err(), "without {place}");
        let mut swapped = steps.clone();
        swapped.swap(place, place + 1);
        assert!(verify_chain(&swapped).is_err(), "swapped {place}");
        // Renumbered and digested anew, the link betrays it.
        for (step, number) in short.iter_mut().zip(1..) {
            step.number = number;
            step.digest = digest_of(step);
        }
        let number = u32::try_from(place + 1).unwrap();
        assert_eq!(verify_chain(&short), Err(ChainFault::Link(number)), "renumbered without {place}");
    }
    let mut other = steps.clone();
    other.get_mut(2).unwrap().case = "c-2".to_owned();
    assert_eq!(verify_chain(&other), Err(ChainFault::Case(3)));
    assert_eq!(verify_chain(&[]), Ok(()));
}

#[test]
fn words_can_be_erased_and_not_replaced() {
    let mut steps = Story::proposed("2026-11-23", Outcome::Upheld).steps;
    steps.iter_mut().for_each(|step| step.reason.as_mut().unwrap().text = None);
    assert_eq!(verify_chain(&steps), Ok(()));
    steps.get_mut(1).unwrap().reason.as_mut().unwrap().text = Some("另一个理由".to_owned());
    assert_eq!(verify_chain(&steps), Err(ChainFault::Words(2)));
}

#[test]
fn every_field_is_under_the_digest() {
    let steps = Story::proposed("2026-11-23", Outcome::Upheld).steps;
    let json = |step: &Step| serde_json::to_value(step).unwrap();
    for (index, step) in steps.iter().enumerate() {
        let value = json(step);
        let mut paths = Vec::new();
        leaves(&value, String::new(), &mut paths);
        // The words are bound by their own digest, the digest by being compared.
        for path in paths.iter().filter(|path| !path.ends_with("/text") && *path != "/digest") {
            let mut changed = value.clone();
            let leaf = changed.pointer_mut(path).unwrap();
            let tried = alternatives(leaf).into_iter().find_map(|other| {
                *changed.pointer_mut(path).unwrap() = other;
                serde_json::from_value::<Step>(changed.clone()).ok()
            });
            let changed = tried.unwrap_or_else(|| panic!("no other value for {path}"));
            assert_ne!(digest_of(&changed), step.digest, "step {index}: {path}");
        }
    }
}

fn leaves(value: &serde_json::Value, path: String, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| leaves(value, format!("{path}/{name}"), found));
        }
        serde_json::Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| leaves(value, format!("{path}/{at}"), found));
        }
        serde_json::Value::Null => {}
        _ => found.push(path),
    }
}

/// Other values of the same kind, one of which the type accepts.
fn alternatives(value: &serde_json::Value) -> Vec<serde_json::Value> {
    use serde_json::json;
    match value {
        serde_json::Value::Bool(value) => vec![json!(!value)],
        serde_json::Value::Number(number) => vec![json!(number.as_i64().unwrap() + 1)],
        serde_json::Value::String(text) => {
            let words = [
                "2001-01-01",
                "appeal",
                "months",
                "days",
                "system",
                "operator",
                "closed",
                "withdraw",
                "changed",
                "order",
                "notice_post",
                "window",
                "duty",
            ];
            let digest = text.len() == 64;
            let first = if digest { "00".repeat(32) } else { "other".to_owned() };
            let mut found = vec![json!(first), json!("11".repeat(32))];
            found.retain(|other| digest && other.as_str() != Some(text));
            found.push(json!({"service": {"deemed_after": 5}}));
            found.extend(words.iter().filter(|word| **word != text).map(|word| json!(word)));
            found
        }
        _ => Vec::new(),
    }
}

proptest! {
    #[test]
    fn one_changed_digit_of_any_digest_is_found(place in 0usize..6, byte in 0usize..32, which in 0u8..4, flip in 1u8..=255) {
        let mut steps = Story::proposed("2026-11-23", Outcome::Upheld).steps;
        let step = steps.get_mut(place).unwrap();
        let digest = match which {
            0 => &mut step.previous,
            1 => &mut step.digest,
            2 => step.attachments.first_mut().unwrap(),
            _ => &mut step.reason.as_mut().unwrap().digest,
        };
        *digest.0.get_mut(byte).unwrap() ^= flip;
        prop_assert!(verify_chain(&steps).is_err());
    }
}
