//! The labelled pairs, read and judged. Shared by the test and by `bench_screening`.

use std::collections::BTreeMap;

use credit_core::screening::{Finding, Subject, Uses, compare};
use credit_core::uscc::Uscc;

/// The purpose that the set is judged for.
pub const USE: &str = "list_check";

const PAIRS: &str = include_str!("pairs.csv");

/// One line of the set.
pub struct Pair {
    pub names: [String; 2],
    pub usccs: [Option<Uscc>; 2],
    pub label: Finding,
    pub kind: String,
    pub is_held: bool,
}

/// The cells of a line; a cell with a comma stands in quotes.
fn cells(line: &str) -> Vec<String> {
    let (mut all, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => all.push(String::new()),
            c => all.last_mut().unwrap().push(c),
        }
    }
    all
}

/// Every pair of the file.
pub fn pairs() -> Vec<Pair> {
    let code = |text: &str| (!text.is_empty()).then(|| Uscc::parse(text).unwrap());
    let pair = |line: &str| {
        let [a, b, code_a, code_b, same, kind, part] = <[String; 7]>::try_from(cells(line)).unwrap();
        let label = match same.as_str() {
            "yes" => Finding::Same,
            "related" => Finding::Related,
            "no" => Finding::Nothing,
            other => panic!("{other}"),
        };
        assert!(part == "held" || part == "tune", "{line}");
        Pair { names: [a, b], usccs: [code(&code_a), code(&code_b)], label, kind, is_held: part == "held" }
    };
    PAIRS.lines().skip(1).map(pair).collect()
}

impl Pair {
    /// Both sides.
    pub fn subjects(&self) -> [Subject; 2] {
        let [a, b] = &self.names;
        let [code_a, code_b] = self.usccs;
        [Subject::named(a, code_a).unwrap(), Subject::named(b, code_b).unwrap()]
    }

    /// Score and finding.
    pub fn judged(&self) -> (u16, Finding) {
        let [a, b] = self.subjects();
        let found = compare(&a, &b);
        (found.score, Uses::embedded().get(USE).unwrap().judge(&found))
    }
}

/// How many pairs there are and how many were judged as labelled, by (label, kind).
pub fn tally<'a>(pairs: impl IntoIterator<Item = &'a Pair>) -> BTreeMap<(Finding, String), (u64, u64)> {
    let mut tally = BTreeMap::<_, (u64, u64)>::new();
    for pair in pairs {
        let (all, right) = tally.entry((pair.label, pair.kind.clone())).or_default();
        *all += 1;
        *right += u64::from(pair.judged().1 == pair.label);
    }
    tally
}

/// Pairs of this label: all, and those judged as labelled.
pub fn sum(tally: &BTreeMap<(Finding, String), (u64, u64)>, label: Finding) -> (u64, u64) {
    let of = tally.iter().filter(|((one, _), _)| *one == label).map(|(_, counts)| *counts);
    of.fold((0, 0), |(all, right), (a, r)| (all + a, right + r))
}
