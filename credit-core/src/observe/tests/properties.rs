//! What holds for any facts: no panic, values in range, a penalty never lightens the load.

use proptest::collection::vec;
use proptest::prelude::*;

use super::builder::{
    arrear, change, class, commitment, complaint, facts, inspection, judgment, listing, penalty, relative,
};
use super::ratio;
use crate::dates::from_day_number;
use crate::facts::{Facts, MonthVolume, ReviewFacts, TradeFacts};
use crate::indicator::{IndicatorId as I, Source, State, Value};
use crate::money::Fen;
use crate::observe::{ObserveParams, evidence, new_adverse_since, observe, standing};
use crate::records::{ClassAuthority, InspectionKind, JudgmentKind, ListCode, Penalty};
use crate::reviews::ReviewSigns;

/// Any day chrono can hold, ordinary ones more often.
fn any_day() -> impl Strategy<Value = chrono::NaiveDate> {
    prop_oneof![
        6 => (17_000i32..24_000).prop_map(from_day_number),
        1 => Just(chrono::NaiveDate::MIN),
        1 => Just(chrono::NaiveDate::MAX),
        1 => (-90_000_000i32..90_000_000).prop_map(from_day_number),
    ]
}

fn any_penalty() -> impl Strategy<Value = Penalty> {
    (any_day(), proptest::option::of(any_day()), 0i64..100_000_000, proptest::bool::ANY).prop_map(
        |(decided_on, publicity_until, fine, disputed)| Penalty {
            decided_on,
            publicity_until,
            fine: Fen(fine),
            disputed,
            ..penalty("2026-01-01")
        },
    )
}

/// One record of every source, on any days.
fn any_facts() -> impl Strategy<Value = Facts> {
    (vec(any_day(), 16), vec(any_penalty(), 0..4), vec(0i128..i128::MAX, 24), vec(0u64..=u64::MAX, 8))
        .prop_map(|(days, penalties, amounts, counts)| {
            let mut given = facts("2026-11-23");
            given.as_of = days[0];
            given.registration.established_on = days[1];
            given.registration.filed_on = days[2];
            given.registration.premises_checked_on = Some(days[3]);
            given.penalties = penalties;
            let mut row = listing(ListCode::AbnormalOperation, "2026-01-01");
            (row.effective_on, row.removed_on, row.expires_on) = (days[4], Some(days[5]), Some(days[6]));
            given.listings = vec![row.clone()];
            let mut other = relative(2);
            other.registration.legal_representative.clone_from(&given.registration.legal_representative);
            other.registration.established_on = days[7];
            other.listings = vec![row];
            given.relatives = vec![other];
            let mut row = class(ClassAuthority::Tax, "D", "2026-01-01");
            (row.valid_from, row.valid_to) = (days[8], Some(days[9]));
            given.classes = vec![row];
            let mut row = change("2026-01-01", "名称");
            row.changed_on = days[10];
            given.changes = vec![row];
            let mut row = complaint("1", "2026-01-01");
            (row.accepted_on, row.closed_on) = (days[11], Some(days[12]));
            given.complaints = vec![row];
            let mut row = arrear("2026-01-01");
            row.due_on = days[13];
            given.arrears = vec![row];
            let mut row = commitment("2026-01-01", None);
            row.due_on = days[14];
            given.commitments = vec![row];
            let mut row = inspection(InspectionKind::ProductSampling, "2026-01-01", false);
            (row.inspected_on, row.sampled) = (days[15], Some(counts[0]));
            given.inspections = vec![row];
            let mut row = judgment(JudgmentKind::Enforcement, "2026-01-01");
            (row.decided_on, row.amount_unpaid) = (days[15], Some(Fen(i64::MAX)));
            given.judgments = vec![row];
            given.trade = any_trade(&counts, &amounts);
            given.reviews = any_reviews(&counts);
            given
        })
}

fn any_trade(counts: &[u64], amounts: &[i128]) -> TradeFacts {
    TradeFacts {
        rows_365: counts[1],
        import_rows_365: counts[2],
        export_rows_365: counts[3],
        import_amount_365: amounts[0],
        import_paid_365: amounts[1],
        export_amount_365: amounts[2],
        export_paid_365: -amounts[3],
        peer_rows_365: counts[4],
        peer_returned_365: counts[5],
        peer_expected_num: amounts[4],
        peer_expected_den: amounts[5].max(1),
        months: amounts.iter().map(|amount| MonthVolume { rows: counts[6], amount: *amount }).collect(),
        ..TradeFacts::default()
    }
}

fn any_reviews(counts: &[u64]) -> ReviewFacts {
    ReviewFacts {
        signs: ReviewSigns::default(),
        verified_365: counts[0],
        stars_365: counts[1],
        zone_verified_365: counts[2],
        zone_stars_365: counts[3],
        low_365: counts[4],
        verified_90: counts[5],
        low_90: counts[6],
        all_365: counts[7],
        suspicious_365: counts[0],
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever the dates and counts: every indicator answers, a value stands exactly with `Observed`,
    /// and no ratio is negative or without a denominator.
    #[test]
    fn total_and_in_range(given in any_facts(), since in any_day()) {
        let all = observe(&given, &ObserveParams::default());
        prop_assert_eq!(all.iter().count(), I::COUNT);
        for (id, seen) in all.iter() {
            prop_assert_eq!(seen.state == State::Observed, seen.value.is_some(), "{:?}", id);
            if let Some(Value::Ratio { num, den }) = &seen.value {
                prop_assert!(*num >= 0 && *den > 0, "{:?} is {}/{}", id, num, den);
            }
            let known = evidence(&given, id).iter().all(|row| row.occurred_on <= given.as_of);
            prop_assert!(known || id.source() == Source::S1, "{:?} shows a record of the future", id);
        }
        for share in [I::R07, I::R08, I::P08, I::P10, I::P13, I::C04, I::C06] {
            if let Some(Value::Ratio { num, den }) = &all.get(share).unwrap().value {
                prop_assert!(num <= den, "{:?} is {}/{}", share, num, den);
            }
        }
        let found = standing(&given);
        for hits in [&found.vetoes, &found.caps] {
            prop_assert!(hits.is_sorted_by(|left, right| left.code < right.code));
        }
        prop_assert!(!new_adverse_since(&given, since) || since < given.as_of);
    }

    /// P01's bins fall as the load rises, so a load that never falls never earns points.
    #[test]
    fn another_penalty_never_lightens_the_load(
        given in any_facts(), more in any_penalty(), event in proptest::option::of("[a-c]"),
    ) {
        let mut worse = given.clone();
        worse.penalties.push(Penalty { event_id: event, ..more });
        for id in [I::P01, I::P02] {
            let (before, after) = (ratio(&given, id), ratio(&worse, id));
            prop_assert_eq!(before.1, after.1);
            prop_assert!(before.0 <= after.0);
        }
    }
}
