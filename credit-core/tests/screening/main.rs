//! Screening against the labelled pairs: recall and false positives on the part that no threshold was chosen on.
#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod pairs;

use std::collections::BTreeSet;

use credit_core::screening::{Finding, Index, MAX_NAME_CHARS, Uses};
use pairs::{Pair, pairs, sum, tally};

/// Fewest pairs that are the same and found, of a thousand in the held part; the goal is 980.
const RECALL: u64 = 975;

/// Most pairs that are two bodies and shown, of a thousand in the held part; this is the goal.
const FALSE_POSITIVES: u64 = 20;

fn part(all: &[Pair], is_held: bool) -> Vec<&Pair> {
    all.iter().filter(|pair| pair.is_held == is_held).collect()
}

#[test]
fn the_held_part_is_judged_as_labelled() {
    let all = pairs();
    let tally = tally(part(&all, true));
    for ((label, kind), (count, right)) in &tally {
        println!("{label:?} {kind}: {right} of {count}");
    }
    let (same, found) = sum(&tally, Finding::Same);
    assert!(found * 1000 >= same * RECALL, "{found} of {same} found");
    let (other, silent) = sum(&tally, Finding::Nothing);
    assert!((other - silent) * 1000 <= other * FALSE_POSITIVES, "{} of {other} shown", other - silent);
    let (related, right) = sum(&tally, Finding::Related);
    assert_eq!(right, related, "branches");
}

/// What the tuning part misses is printed, for whoever works on the words; the held part's misses are not looked at.
#[test]
fn the_tuning_part_is_judged_as_labelled() {
    let all = pairs();
    let part = part(&all, false);
    for pair in &part {
        let (score, finding) = pair.judged();
        if finding != pair.label {
            println!("{score} {finding:?}, labelled {:?}, {}: {:?}", pair.label, pair.kind, pair.names);
        }
    }
    let tally = tally(part);
    let (same, found) = sum(&tally, Finding::Same);
    assert!(found * 1000 >= same * 980, "{found} of {same} found");
    assert_eq!(sum(&tally, Finding::Nothing).0, sum(&tally, Finding::Nothing).1);
}

#[test]
fn the_set_is_what_its_description_says() {
    let all = pairs();
    assert!(all.len() >= 600, "{}", all.len());
    let kinds: BTreeSet<&str> = all.iter().map(|pair| pair.kind.as_str()).collect();
    assert!(kinds.len() >= 20, "{kinds:?}");
    let mut seen = BTreeSet::new();
    for pair in &all {
        let [a, b] = &pair.names;
        assert!(a.chars().count().max(b.chars().count()) <= MAX_NAME_CHARS);
        assert!(seen.insert((&pair.names, pair.usccs)), "twice: {:?}", pair.names);
    }
}

/// Comparing directly and searching an index give the same answer: nothing that is found gets lost under the keys.
#[test]
fn the_index_finds_what_comparing_finds() {
    let all = pairs();
    let subjects: Vec<_> = all.iter().map(Pair::subjects).collect();
    let purpose = Uses::embedded().get(pairs::USE).unwrap();
    let numbered = (0u64..).zip(&subjects).map(|(at, [_, b])| (at, b.clone()));
    let index = Index::build(numbered).unwrap();
    let (mut shown, mut lost) = (0, Vec::new());
    for (pair, (at, [a, _])) in all.iter().zip((0u64..).zip(&subjects)) {
        let (_, finding) = pair.judged();
        if finding == Finding::Nothing {
            continue;
        }
        shown += 1;
        let search = index.search(a, purpose);
        if !search.found.iter().any(|found| found.id == at && found.finding == finding) {
            lost.push(&pair.names);
        }
    }
    assert!(shown > 400 && lost.is_empty(), "{} of {shown} lost: {lost:?}", lost.len());
}
