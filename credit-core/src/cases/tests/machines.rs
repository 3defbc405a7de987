//! The tables are data, and these are its checks.

use std::collections::{BTreeSet, VecDeque};

use super::super::machine::{Machine, START};
use super::*;

type Running = BTreeSet<Clock>;

fn machines() -> impl Iterator<Item = &'static Machine> {
    Kind::ALL.iter().map(|kind| machine(*kind))
}

/// Every state with every set of running clocks in which a case can be there.
fn situations(machine: &Machine) -> BTreeSet<(State, Running)> {
    let mut found = BTreeSet::from([(START, Running::new())]);
    let mut queue = VecDeque::from([(START, Running::new())]);
    while let Some((state, running)) = queue.pop_front() {
        for row in machine.leaving(state) {
            for (_, to, starts) in row.destinations() {
                let mut next = running.clone();
                for clock in row.stops {
                    next.remove(clock);
                }
                next.extend(starts);
                if found.insert((to, next.clone())) {
                    queue.push_back((to, next));
                }
            }
        }
    }
    found
}

#[test]
fn each_kind_has_its_own_machine() {
    for kind in Kind::ALL {
        assert_eq!(machine(*kind).kind, *kind);
    }
}

#[test]
fn every_state_can_be_reached() {
    for machine in machines() {
        let reached: BTreeSet<State> = situations(machine).into_iter().map(|(state, _)| state).collect();
        for state in machine.states() {
            assert!(reached.contains(&state), "{:?}: {state:?}", machine.kind);
        }
        for state in machine.finals.iter().chain(machine.unhurried.iter().map(|item| &item.state)) {
            assert!(reached.contains(state), "{:?}: {state:?}", machine.kind);
        }
    }
}

#[test]
fn every_state_but_the_final_ones_leads_to_an_end() {
    for machine in machines() {
        let states = machine.states();
        let mut ending: BTreeSet<State> = machine.finals.iter().copied().collect();
        for _ in &states {
            for row in machine.transitions {
                if row.destinations().any(|(_, to, _)| ending.contains(&to)) {
                    ending.insert(row.from);
                }
            }
        }
        for state in states {
            let leaving = machine.leaving(state).count();
            assert_eq!(leaving == 0, machine.is_final(state), "{:?}: {state:?}", machine.kind);
            assert!(ending.contains(&state), "{:?}: no way to an end from {state:?}", machine.kind);
        }
    }
}

#[test]
fn every_state_but_the_final_ones_has_a_clock_or_a_reason_for_none() {
    for machine in machines() {
        for (state, running) in situations(machine) {
            let reason = machine.unhurried.iter().find(|item| item.state == state);
            let named = reason.is_some_and(|item| !item.zh.is_empty() && !item.en.is_empty());
            let timed = machine.is_final(state) || !running.is_empty();
            assert!(timed != named, "{:?}: {state:?} with {running:?}", machine.kind);
        }
    }
}

#[test]
fn every_clock_is_stopped_on_every_way_to_an_end() {
    for machine in machines() {
        for (state, running) in situations(machine).into_iter().filter(|(state, _)| machine.is_final(*state))
        {
            assert!(running.is_empty(), "{:?}: {running:?} still runs when {state:?}", machine.kind);
        }
    }
}

#[test]
fn no_clock_starts_while_it_runs_and_what_is_stopped_extended_or_waited_for_runs() {
    for machine in machines() {
        for (state, running) in situations(machine) {
            for row in machine.leaving(state) {
                let place = format!("{:?}: {state:?} {:?}", machine.kind, row.verb);
                for (_, _, starts) in row.destinations() {
                    for clock in starts {
                        assert!(!running.contains(&clock) || row.stops.contains(&clock), "{place} {clock:?}");
                    }
                }
                assert!(row.extends.is_none_or(|clock| running.contains(&clock)), "{place}");
                for need in row.needs {
                    if let Need::Before(clock) | Need::After(clock) = need {
                        assert!(running.contains(clock), "{place} {clock:?}");
                    }
                }
                for clock in row.stops {
                    assert!(running.contains(clock), "{place} {clock:?} does not run");
                }
            }
        }
    }
}

#[test]
fn a_verb_is_in_a_state_once_and_an_outcome_in_a_verb_once() {
    for machine in machines() {
        let mut pairs = BTreeSet::new();
        for row in machine.transitions {
            assert!(pairs.insert((row.from, row.verb)), "{:?}: {:?} {:?}", machine.kind, row.from, row.verb);
            let outcomes: BTreeSet<Outcome> = row.ways.iter().map(|way| way.outcome).collect();
            assert_eq!(outcomes.len(), row.ways.len());
            assert!(!row.who.is_empty());
        }
    }
}

/// Whether no case can be in the state without one of the steps.
fn done_on_every_way(machine: &Machine, verbs: &[Verb], state: State) -> bool {
    let mut without = BTreeSet::from([START]);
    for _ in machine.transitions {
        for row in machine.transitions.iter().filter(|row| !verbs.contains(&row.verb)) {
            if without.contains(&row.from) {
                without.extend(row.destinations().map(|(_, to, _)| to));
            }
        }
    }
    !without.contains(&state)
}

#[test]
fn what_binds_somebody_takes_two_people_and_a_reason() {
    for machine in machines() {
        for row in machine.transitions {
            let place = format!("{:?}: {:?} {:?}", machine.kind, row.from, row.verb);
            let other = row.needs.iter().any(|need| matches!(need, Need::OtherThan(_)));
            if row.binds {
                assert!(other && row.needs.contains(&Need::Reason), "{place}");
                assert_eq!(row.who, [Role::Reviewer], "{place}");
            }
            // Whoever confirms, decides, renews or handles binds somebody.
            let decides = matches!(row.verb, Verb::Confirm | Verb::Decide | Verb::Handle)
                || (row.verb == Verb::Extend && row.from == State::RenewalProposed);
            assert_eq!(decides, row.binds, "{place}");
            for need in row.needs {
                if let Need::OtherThan(verbs) = need {
                    assert!(done_on_every_way(machine, verbs, row.from), "{place}");
                }
            }
        }
    }
}

#[test]
fn an_extension_or_a_reopening_is_possible_once() {
    for row in machines().flat_map(|machine| machine.transitions) {
        if row.extends.is_some() || row.verb == Verb::Reopen {
            assert!(row.needs.contains(&Need::Once) && row.needs.contains(&Need::Reason), "{row:?}");
        }
        if let Some(clock) = row.extends {
            assert!(Deadlines::embedded().rule(clock).unwrap().extension > 0, "{clock:?}");
        }
    }
}

#[test]
fn a_clock_from_service_starts_with_a_notice_that_can_be_read() {
    for machine in machines() {
        for row in machine.transitions {
            for (_, to, starts) in row.destinations() {
                let from_service = |clock: &&Clock| {
                    Deadlines::embedded().rule(**clock).unwrap().runs_from == deadlines::RunsFrom::Service
                };
                if let Some(clock) = starts.iter().find(from_service) {
                    let place = format!("{:?}: {:?} {clock:?}", machine.kind, row.verb);
                    assert!(row.posts, "{place}");
                    assert!(machine.find(to, Verb::Read).is_some(), "{place}: {to:?} cannot be read");
                }
            }
        }
    }
}

#[test]
fn items_of_an_agency_are_never_decided_by_us() {
    let repair = machine(Kind::Repair);
    // From the guide on, no step binds; the decision is recorded with its paper.
    let mut seen = BTreeSet::from([State::Eligible, State::Guided]);
    for _ in repair.transitions {
        for row in repair.transitions.iter().filter(|row| seen.contains(&row.from)).collect::<Vec<_>>() {
            assert!(!row.binds && row.verb != Verb::Propose, "{row:?}");
            seen.extend(row.destinations().map(|(_, to, _)| to));
        }
    }
    assert!(!seen.contains(&State::Submitted) && seen.contains(&State::Granted));
    let record = repair.find(State::TakenUp, Verb::RecordDecision).unwrap();
    assert!(record.needs.contains(&Need::Attachment));
    // And the zone decides on nothing but its own entries.
    let submit = repair.find(State::Draft, Verb::Submit).unwrap();
    assert!(submit.needs.contains(&Need::Names(&[SubjectKind::Entry])));
}

#[test]
fn everything_closed_is_used_and_has_words_and_a_code_of_its_own() {
    fn check(items: impl Iterator<Item = (&'static str, &'static str, &'static str)>) {
        let mut codes = BTreeSet::new();
        for (code, zh, en) in items {
            assert!(!zh.is_empty() && !en.is_empty() && codes.insert(code), "{code}");
            assert!(code.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{code}");
            assert!(!zh.is_ascii(), "{zh}");
        }
    }
    macro_rules! check_all {
        ($($name:ident)*) => { $(
            check($name::ALL.iter().map(|item| (item.code(), item.zh(), item.en())));
            assert!($name::ALL.iter().all(|item| $name::of(item.code()) == Some(*item)));
            let json = serde_json::to_string($name::ALL).unwrap();
            assert!($name::ALL.iter().all(|item| json.contains(&format!("{:?}", item.code()))));
        )* };
    }
    check_all!(Kind Role State Verb Outcome SubjectKind Clock);
    let states: BTreeSet<State> = machines().flat_map(Machine::states).collect();
    assert!(State::ALL.iter().all(|state| states.contains(state)));
    let rows = || machines().flat_map(|machine| machine.transitions);
    assert!(Verb::ALL.iter().all(|verb| rows().any(|row| row.verb == *verb)));
    assert!(Role::ALL.iter().all(|role| rows().any(|row| row.who.contains(role))));
    for outcome in Outcome::ALL {
        assert!(rows().any(|row| row.ways.iter().any(|way| way.outcome == *outcome)), "{outcome:?}");
    }
    let starts: BTreeSet<Clock> =
        rows().flat_map(|row| row.destinations().flat_map(|(_, _, starts)| starts)).collect();
    assert!(Clock::ALL.iter().all(|clock| starts.contains(clock)));
}
