use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::evaluate::evaluate;
use crate::grade::Why;
use crate::indicator::{Observation, Observations};
use crate::standing::{Hit, Standing};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn statement(card: &Scorecard, seen: &Observations, standing: &Standing) -> Statement {
    let outcome = evaluate(card, SubjectKind::E1, seen, standing);
    let decision = Decision { grade: outcome.grade_by_score, pending_grade: None, why: Why::FirstRating };
    let around = Circumstances {
        uscc: Uscc::parse("91511500MA0000001P").or_else(|_| Uscc::parse(&valid())).unwrap(),
        as_of: day("2026-06-30"),
        known_at: Moment(1_782_835_200_000),
        previous_grade: Some(Grade::BBB),
        valid_until: day("2026-07-31"),
        sign_off: None,
        evidence: BTreeMap::from([(IndicatorId::T01, [7; 32])]),
    };
    Statement::new(card, &outcome, &decision, &around)
}

/// A code with the right check character.
fn valid() -> String {
    crate::uscc::ALPHABET
        .chars()
        .map(|last| format!("91511500MA0000001{last}"))
        .find(|code| Uscc::parse(code).is_ok())
        .unwrap()
}

fn seen(choices: &[(i128, i128, u64)]) -> Observations {
    let ratio = |(num, den, n): &(i128, i128, u64)| match n % 4 {
        0 => Observation::not_applicable(),
        1 => Observation::insufficient(*n),
        _ => Observation::observed(Value::Ratio { num: *num, den: *den }, *n),
    };
    let mut seen: Observations = IndicatorId::ALL.into_iter().zip(choices.iter().map(ratio)).collect();
    seen.insert(IndicatorId::P12, Observation::observed(Value::Category("良".to_owned()), 0));
    seen
}

fn card() -> &'static Scorecard {
    static CARD: LazyLock<Scorecard> = LazyLock::new(|| Scorecard::embedded().unwrap());
    &CARD
}

fn sample() -> (&'static Scorecard, Statement) {
    let card = card();
    let choices: Vec<_> = (0..46).map(|i| (i, 50, 100 + u64::try_from(i).unwrap())).collect();
    let hit = |code: &str| Hit { code: code.to_owned(), record: "x".to_owned(), since: day("2026-01-01") };
    let standing = Standing { caps: vec![hit("safe_b"), hit("tax_d")], ..Standing::default() };
    let statement = statement(card, &seen(&choices), &standing);
    (card, statement)
}

#[test]
fn ids_are_unique_ascending_and_named() {
    let ids: Vec<u16> = field::all().collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(ids.len(), 67);
    assert_eq!((ids[21], ids[66]), (101, 146));
    assert!(ids.iter().all(|id| field::name(*id).is_some()));
    assert_eq!((field::name(0), field::name(23), field::name(147)), (None, None, None));
    assert_eq!(field::name(field::SIGN_OFF), Some("sign_off"));
    assert_eq!(field::name(field::of_indicator(IndicatorId::C08)), Some("C08"));
}

#[test]
fn some_bytes_are_pinned() {
    let (_, statement) = sample();
    let fields = statement.fields();
    let of = |id: u16| fields.iter().find(|field| field.0 == id).unwrap().1.clone();
    assert_eq!(of(field::KIND), [1]);
    assert_eq!(of(field::PREVIOUS_GRADE), [1, 3]);
    assert_eq!(of(field::PENDING_GRADE), [0]);
    // 2026-06-30 is day 20634.
    assert_eq!(of(field::AS_OF), 20_634i32.to_le_bytes());
    assert_eq!(of(field::SCORE), statement.score.to_le_bytes());
    // Caps in the scorecard's order: tax_d 599, safe_b 779.
    let caps =
        [&[8, 20][..], b"tax_d", &599u16.to_le_bytes(), &[24], b"safe_b", &779u16.to_le_bytes()].concat();
    assert_eq!(of(field::CAPS), caps);
    // P12 has the place 20: observed, a category of three bytes, n 0, no evidence.
    let p12 = [&[0, 1, 1, 12][..], "良".as_bytes(), &[0], &[0; 32]].concat();
    assert_eq!(of(121), p12);
}

#[test]
fn recomputes_and_names_the_first_difference() {
    let (card, good) = sample();
    let recomputed = recompute(&good, card).unwrap();
    assert_eq!(recomputed.evaluation.score, good.score);

    let changed = |change: fn(&mut Statement)| {
        let mut statement = good.clone();
        change(&mut statement);
        recompute(&statement, card).unwrap_err().to_string()
    };
    assert!(changed(|s| s.score += 1).starts_with("score:"));
    assert!(changed(|s| s.score_raw -= 1).starts_with("score_raw:"));
    assert!(changed(|s| s.coverage.0 += 1).starts_with("coverage:"));
    assert!(changed(|s| s.caps[0].limit = 600).starts_with("caps:"));
    assert!(changed(|s| s.vetoes.push("V9".to_owned())).starts_with("vetoes:"));
    assert!(changed(|s| s.grade_by_score = Grade::AAA).starts_with("grade_by_score:"));
    assert!(changed(|s| s.scorecard_digest[0] ^= 1).contains("digest"));
    assert!(changed(|s| s.scorecard_id.push('x')).contains("scorecard"));
    assert!(changed(|s| s.indicators.swap(0, 1)).contains("catalogue"));
    // Hiding an observed indicator, or an observed one on too small a sample.
    assert!(changed(|s| s.indicators[22].n = 29).starts_with("T01:"));
    assert!(changed(|s| s.indicators[22].state = State::Disabled).starts_with("T01:"));
}

#[test]
fn a_signed_grade_says_so_in_a_field_of_its_own() {
    let (card, mut statement) = sample();
    let unsigned = statement.fields();
    statement.sign_off = Some([9; 32]);
    let signed = statement.fields();
    assert_eq!(signed.len(), unsigned.len() + 1);
    assert_eq!(signed[21], (field::SIGN_OFF, vec![9; 32]));
    assert!(signed.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert_eq!(Statement::from_fields(&signed).as_ref(), Ok(&statement));
    assert!(recompute(&statement, card).is_ok());
    let mut twice = signed.clone();
    twice.insert(21, signed[21].clone());
    assert!(Statement::from_fields(&twice).is_err());
    let mut late = unsigned;
    late.push(signed[21].clone());
    assert!(Statement::from_fields(&late).is_err());
}

#[test]
fn refuses_every_other_list_of_fields() {
    let (_, statement) = sample();
    let good = statement.fields();
    for at in 0..good.len() {
        let mut missing = good.clone();
        missing.remove(at);
        assert!(Statement::from_fields(&missing).is_err());
        let mut twice = good.clone();
        twice.insert(at, good[at].clone());
        assert!(Statement::from_fields(&twice).is_err());
        let mut longer = good.clone();
        longer[at].1.push(0);
        assert!(Statement::from_fields(&longer).is_err());
        let mut shorter = good.clone();
        shorter[at].1.pop();
        assert!(Statement::from_fields(&shorter).is_err());
    }
    let with = |id: u16, bytes: Vec<u8>| {
        let mut fields = good.clone();
        fields.iter_mut().find(|field| field.0 == id).unwrap().1 = bytes;
        Statement::from_fields(&fields)
    };
    assert!(with(field::GRADE, vec![7]).is_err());
    assert!(with(field::KIND, vec![0]).is_err());
    assert!(with(field::USCC, b"91511500MA0000001p".to_vec()).is_err());
    assert!(with(field::AS_OF, i32::MAX.to_le_bytes().to_vec()).is_err());
    // 1 as a four-byte compact is not its shortest form.
    assert!(with(field::COVERAGE, vec![6, 0, 0, 0]).is_err());
    assert!(with(field::COVERAGE, vec![4]).is_ok());
}

proptest! {
    #[test]
    fn fields_round_trip_and_recompute(
        choices in proptest::collection::vec((0i128..200, 1i128..200, 0u64..400), IndicatorId::COUNT),
        evidence in any::<[u8; 32]>(),
    ) {
        let card = card();
        let mut made = statement(card, &seen(&choices), &Standing::default());
        made.indicators[3].evidence = evidence;
        let read = Statement::from_fields(&made.fields());
        prop_assert_eq!(read.as_ref(), Ok(&made));
        prop_assert!(recompute(&made, card).is_ok());
    }

    #[test]
    fn hostile_fields_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80), at in 0usize..67) {
        let (_, statement) = sample();
        let mut fields = statement.fields();
        fields[at].1 = bytes.clone();
        if let Ok(read) = Statement::from_fields(&fields) {
            prop_assert_eq!(read.fields(), fields);
        }
    }
}
