//! Properties over cases that go any way they can.

use chrono::Days;
use proptest::prelude::*;

use super::super::clocks::term_end;
use super::super::machine::START;
use super::*;

/// A walk of up to `picks` steps through a machine, from a day on; each number picks one of the acts that are possible.
fn walk(kind: Kind, from: &str, picks: &[(u8, u8)]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut date = day(from);
    for (choice, days) in picks {
        date = date.checked_add_days(Days::new(u64::from(*days))).unwrap();
        let now = at(&date.to_string());
        let case = Case { id: "c-1", kind, steps: &steps };
        let mut possible = Vec::new();
        for row in case.machine().leaving(case.state()) {
            for role in row.who {
                for (outcome, ..) in row.destinations() {
                    for subject in SubjectKind::ALL {
                        let act = full(row.verb, *role, outcome, *subject);
                        possible.extend(case.apply(&act, now, &rules()).ok());
                    }
                }
            }
        }
        let next = possible.into_iter().cycle().nth(usize::from(*choice));
        match next {
            Some(step) => steps.push(step),
            None => continue,
        }
    }
    steps
}

fn kinds() -> impl Strategy<Value = Kind> {
    proptest::sample::select(Kind::ALL)
}

fn picks() -> impl Strategy<Value = Vec<(u8, u8)>> {
    proptest::collection::vec((any::<u8>(), 0u8..12), 0..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_replayed_case_gives_the_same_steps(kind in kinds(), picks in picks()) {
        let steps = walk(kind, "2026-09-01", &picks);
        prop_assert_eq!(verify_chain(&steps), Ok(()));
        let mut replayed: Vec<Step> = Vec::new();
        for step in &steps {
            let act = Act {
                verb: step.verb,
                actor: step.actor.clone(),
                seen: Some(step.number - 1),
                outcome: step.outcome,
                reason: step.reason.as_ref().and_then(|told| told.text.clone()),
                basis: step.basis.as_ref().and_then(|told| told.text.clone()),
                attachments: step.attachments.clone(),
                subject: step.subject.clone(),
            };
            let case = Case { id: "c-1", kind, steps: &replayed };
            prop_assert_eq!(step.from, replayed.last().map_or(START, |step| step.to));
            let next = case.apply(&act, step.at, &rules()).unwrap();
            replayed.push(next);
        }
        prop_assert_eq!(&replayed, &steps);
        // And through the store, as JSON.
        let json = serde_json::to_string(&steps).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<Step>>(&json).unwrap(), steps);
    }

    #[test]
    fn at_the_end_no_clock_runs_and_before_some_does(kind in kinds(), picks in picks()) {
        let steps = walk(kind, "2026-09-01", &picks);
        let case = Case { id: "c-1", kind, steps: &steps };
        let now = at("2028-01-03");
        let views = clocks_of(&steps, WorkingDays::embedded(), now);
        let runs = views.iter().any(ClockView::is_running);
        let unhurried = case.machine().unhurried.iter().any(|item| item.state == case.state());
        prop_assert_eq!(runs, !case.machine().is_final(case.state()) && !unhurried);
    }

    #[test]
    fn a_later_calendar_moves_no_clock_that_is_met(kind in kinds(), picks in picks(), shift in 0u32..20) {
        let steps = walk(kind, "2026-12-21", &picks);
        let mut newer = WorkingDays::embedded().clone();
        let off: Vec<String> = (0..shift)
            .filter_map(|n| day("2027-01-01").checked_add_days(Days::new(u64::from(n))))
            .filter(|date| !matches!(chrono::Datelike::weekday(date), chrono::Weekday::Sat | chrono::Weekday::Sun))
            .map(|date| format!("\"{}\"", date.format("%m-%d")))
            .collect();
        let notice = format!("[[year]]\nyear = 2027\noff = [{}]\nwork = []", off.join(", "));
        newer.extend(WorkingDays::parse("notice", &notice).unwrap());
        let now = at("2028-01-03");
        let before = clocks_of(&steps, WorkingDays::embedded(), now);
        let after = clocks_of(&steps, &newer, now);
        for (before, after) in before.iter().zip(&after).filter(|(before, _)| !before.is_running()) {
            prop_assert_eq!(before.end, after.end);
            prop_assert_eq!(before.state, after.state);
        }
    }

    #[test]
    fn a_term_ends_on_a_working_day_and_a_longer_one_no_earlier(offset in 0u64..8_000, count in 1u16..200) {
        let calendar = WorkingDays::embedded();
        let from = day("2004-01-01").checked_add_days(Days::new(offset)).unwrap();
        for unit in [Unit::WorkingDays, Unit::CalendarDays, Unit::Months] {
            let count = if unit == Unit::Months { count % 36 + 1 } else { count };
            let end = term_end(calendar, from, count, unit, true);
            prop_assert!(calendar.is_working_day(end.date), "{from} {count} {unit:?}");
            prop_assert!(end.date > from);
            let longer = term_end(calendar, from, count + 1, unit, true);
            prop_assert!(longer.date >= end.date);
        }
    }

    #[test]
    fn the_working_day_before_is_the_inverse_of_the_one_after(offset in 0u64..8_000, count in 0u16..60) {
        let calendar = WorkingDays::embedded();
        let from = calendar.roll_forward(day("2004-01-01").checked_add_days(Days::new(offset)).unwrap()).date;
        let end = calendar.add_working_days(from, count).date;
        prop_assert_eq!(calendar.working_day_before(end, count), from);
    }
}
