//! The 46 indicators typed in from the catalogue: bins, maximum points per type, least sample.

use super::fraction::Fraction;

/// Weights of S1..S4 for E1..E4 (domain, section 7.1).
pub const WEIGHTS: [[i128; 4]; 4] =
    [[150, 350, 350, 150], [150, 350, 300, 200], [150, 350, 350, 150], [200, 400, 300, 100]];

#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// value ≤ num/den
    Le(i128, i128, i128),
    /// value < num/den
    Lt(i128, i128, i128),
    /// value ≥ num/den
    Ge(i128, i128, i128),
}
use Step::{Ge, Le, Lt};

#[derive(Clone, Copy, Debug)]
pub enum Bins {
    /// The first step that holds gives the basis points; none, the second number.
    Steps(&'static [Step], i128),
    Words(&'static [(&'static str, i128)]),
}
use Bins::{Steps, Words};

pub struct Entry {
    pub id: &'static str,
    pub max: [i128; 4],
    pub min_n: usize,
    pub bins: Bins,
}

const fn e(id: &'static str, max: [i128; 4], min_n: usize, bins: Bins) -> Entry {
    Entry { id, max, min_n, bins }
}

const STARS: Bins =
    Steps(&[Ge(48, 10, 10000), Ge(45, 10, 9000), Ge(42, 10, 7500), Ge(40, 10, 6000), Ge(35, 10, 3000)], 0);

pub const CATALOGUE: [Entry; 46] = [
    e(
        "R01",
        [30, 30, 30, 40],
        0,
        Words(&[
            ("consistent", 10000),
            ("soft_mismatch", 7000),
            ("hard_mismatch", 3000),
            ("not_operating", 0),
        ]),
    ),
    e(
        "R02",
        [20, 20, 20, 25],
        0,
        Steps(&[Lt(6, 1, 3000), Lt(12, 1, 5000), Lt(36, 1, 7000), Lt(60, 1, 8500)], 10000),
    ),
    e(
        "R03",
        [10, 10, 10, 15],
        0,
        Steps(&[Ge(1, 1, 10000), Ge(80, 100, 8000), Ge(50, 100, 6000), Ge(20, 100, 4000)], 2000),
    ),
    e("R04", [20, 20, 20, 25], 0, Steps(&[Le(0, 1, 10000), Le(1, 1, 6000), Le(2, 1, 2000)], 0)),
    e("R05", [15, 15, 15, 20], 0, Steps(&[Le(1, 1, 10000), Le(2, 1, 7000), Le(3, 1, 4000)], 0)),
    e(
        "R06",
        [15, 15, 15, 20],
        0,
        Words(&[("verified", 10000), ("never_verified", 6000), ("failed", 2000), ("lost", 0)]),
    ),
    e("R07", [20, 15, 15, 20], 0, Steps(&[Ge(1, 1, 10000), Ge(75, 100, 7000), Ge(50, 100, 4000)], 0)),
    e("R08", [10, 15, 15, 20], 0, Steps(&[Ge(1, 1, 10000), Ge(80, 100, 5000)], 0)),
    e(
        "R09",
        [10, 10, 10, 15],
        0,
        Words(&[("none", 10000), ("weak", 6000), ("one_strong", 2000), ("many_strong", 0)]),
    ),
    e(
        "P01",
        [80, 80, 80, 90],
        0,
        Steps(&[Le(0, 1, 10000), Le(1, 1, 8500), Le(3, 1, 6500), Le(6, 1, 4000), Le(10, 1, 1500)], 0),
    ),
    e(
        "P02",
        [30, 30, 30, 30],
        0,
        Steps(&[Le(0, 1, 10000), Lt(1, 1, 8500), Lt(5, 1, 6500), Lt(10, 1, 4500), Lt(50, 1, 2000)], 0),
    ),
    e(
        "P03",
        [60, 50, 60, 60],
        0,
        Words(&[("ADV", 10000), ("CERT", 9000), ("REG", 7500), ("DIS", 0), ("SDIS", 0)]),
    ),
    e(
        "P04",
        [30, 20, 10, 40],
        0,
        Words(&[("A", 10000), ("EXEMPT", 8000), ("GUIDANCE", 7000), ("B", 3000), ("C", 0)]),
    ),
    e(
        "P05",
        [40, 40, 40, 50],
        0,
        Words(&[("A", 10000), ("B", 8500), ("M", 7000), ("C", 3000), ("D", 0), ("unrated", 7000)]),
    ),
    e("P06", [25, 25, 25, 30], 0, Words(&[("none", 10000), ("recently_removed", 7000), ("listed", 0)])),
    e("P07", [25, 25, 25, 30], 0, Steps(&[Le(0, 1, 10000), Lt(5, 100, 7000), Lt(20, 100, 4000)], 0)),
    e("P08", [15, 15, 15, 15], 0, Steps(&[Ge(98, 100, 10000), Ge(90, 100, 8000), Ge(70, 100, 5000)], 0)),
    e(
        "P09",
        [15, 15, 15, 15],
        0,
        Words(&[("none", 10000), ("within_30_days", 5000), ("over_30_days", 0), ("listed", 0)]),
    ),
    e("P10", [15, 15, 10, 0], 0, Steps(&[Le(0, 1, 10000), Le(1, 100, 7000), Le(3, 100, 3000)], 0)),
    e("P11", [10, 20, 5, 0], 0, Steps(&[Le(0, 1, 10000), Le(1, 1, 6000), Le(2, 1, 2000)], 0)),
    e("P12", [5, 15, 15, 20], 0, Words(&[("优", 10000), ("良", 8000), ("中", 5000), ("差", 0)])),
    e("P13", [0, 0, 20, 20], 0, Steps(&[Ge(1, 1, 10000), Ge(90, 100, 7000), Ge(75, 100, 3000)], 0)),
    e(
        "T01",
        [50, 45, 50, 55],
        30,
        Steps(
            &[
                Ge(995, 1000, 10000),
                Ge(99, 100, 9000),
                Ge(98, 100, 7500),
                Ge(95, 100, 5000),
                Ge(90, 100, 2000),
            ],
            0,
        ),
    ),
    e(
        "T02",
        [35, 25, 35, 50],
        30,
        Steps(&[Le(5, 1000, 10000), Le(1, 100, 8500), Le(2, 100, 6500), Le(5, 100, 3000)], 0),
    ),
    e(
        "T03",
        [15, 15, 20, 30],
        30,
        Steps(&[Le(1, 100, 10000), Le(2, 100, 8000), Le(5, 100, 5000), Le(10, 100, 2000)], 0),
    ),
    e("T04", [30, 20, 30, 35], 100, Steps(&[Le(0, 1, 10000), Le(1, 1000, 6000), Le(5, 1000, 2000)], 0)),
    e(
        "T05",
        [25, 30, 0, 25],
        30,
        Steps(&[Ge(995, 1000, 10000), Ge(99, 100, 8500), Ge(97, 100, 6000), Ge(90, 100, 2000)], 0),
    ),
    e(
        "T06",
        [40, 15, 0, 35],
        30,
        Steps(&[Le(5, 100, 10000), Le(10, 100, 8000), Le(20, 100, 5000), Le(50, 100, 2000)], 0),
    ),
    e(
        "T07",
        [15, 15, 60, 0],
        30,
        Steps(&[Ge(98, 100, 10000), Ge(95, 100, 8000), Ge(90, 100, 5000), Ge(80, 100, 2000)], 0),
    ),
    e(
        "T08",
        [10, 10, 50, 0],
        30,
        Steps(&[Ge(95, 100, 10000), Ge(90, 100, 8000), Ge(80, 100, 5000), Ge(60, 100, 2000)], 0),
    ),
    e(
        "T09",
        [20, 20, 0, 0],
        100,
        Steps(&[Le(12, 10, 10000), Le(15, 10, 8000), Le(2, 1, 5000), Le(3, 1, 2000)], 0),
    ),
    e(
        "T10",
        [20, 15, 20, 20],
        0,
        Steps(&[Ge(12, 1, 10000), Ge(9, 1, 8000), Ge(6, 1, 6000), Ge(3, 1, 3000)], 1000),
    ),
    // The bins of T11 are over z; the value is z squared.
    e("T11", [15, 10, 15, 15], 0, Steps(&[Le(4, 1, 10000), Le(9, 1, 7000), Le(16, 1, 3000)], 0)),
    e("T12", [20, 25, 0, 0], 100, Steps(&[Le(1, 100, 10000), Le(3, 100, 7000), Le(8, 100, 3000)], 0)),
    e("T13", [20, 25, 20, 0], 100, Steps(&[Le(2, 100, 10000), Le(5, 100, 7000), Le(15, 100, 3000)], 0)),
    e("T14", [15, 15, 0, 15], 100, Steps(&[Le(1, 100, 10000), Le(3, 100, 7000), Le(8, 100, 3000)], 0)),
    e("T15", [10, 5, 40, 0], 100, Steps(&[Le(1, 1000, 10000), Le(5, 1000, 7000), Le(2, 100, 3000)], 0)),
    e("T16", [10, 10, 10, 20], 100, Steps(&[Le(5, 1000, 10000), Le(2, 100, 7000), Le(5, 100, 3000)], 0)),
    e("C01", [40, 40, 35, 25], 20, STARS),
    e(
        "C02",
        [15, 15, 15, 10],
        20,
        Steps(&[Le(1, 1, 10000), Le(12, 10, 8000), Le(15, 10, 5000), Le(2, 1, 2000)], 0),
    ),
    e(
        "C03",
        [30, 40, 30, 20],
        100,
        Steps(&[Le(1, 1, 10000), Le(3, 1, 8500), Le(10, 1, 6000), Le(30, 1, 2500)], 0),
    ),
    e(
        "C04",
        [20, 30, 25, 20],
        3,
        Steps(&[Ge(95, 100, 10000), Ge(85, 100, 8000), Ge(70, 100, 5000), Ge(50, 100, 2000)], 0),
    ),
    e(
        "C05",
        [15, 20, 10, 10],
        100,
        Steps(&[Le(0, 1, 10000), Le(5, 10, 8000), Le(2, 1, 5000), Le(5, 1, 2000)], 0),
    ),
    e(
        "C06",
        [20, 35, 15, 5],
        50,
        Steps(&[Ge(98, 100, 10000), Ge(95, 100, 8000), Ge(90, 100, 5000), Ge(80, 100, 2000)], 0),
    ),
    e("C07", [0, 10, 20, 10], 5, STARS),
    e("C08", [10, 10, 0, 0], 20, Steps(&[Ge(98, 100, 10000), Ge(95, 100, 8000), Ge(85, 100, 5000)], 0)),
];

pub fn entry(id: &str) -> &'static Entry {
    CATALOGUE.iter().find(|entry| entry.id == id).unwrap_or_else(|| panic!("no indicator {id}"))
}

/// S1..S4 as 0..3.
pub fn source_of(id: &str) -> usize {
    match id.as_bytes()[0] {
        b'R' => 0,
        b'P' => 1,
        b'T' => 2,
        _ => 3,
    }
}

pub fn bp_of_number(id: &str, value: Fraction) -> i128 {
    let Steps(steps, otherwise) = entry(id).bins else { panic!("{id} has words, not numbers") };
    for step in steps {
        let (holds, bp) = match *step {
            Le(num, den, bp) => (value <= Fraction::new(num, den), bp),
            Lt(num, den, bp) => (value < Fraction::new(num, den), bp),
            Ge(num, den, bp) => (value >= Fraction::new(num, den), bp),
        };
        if holds {
            return bp;
        }
    }
    otherwise
}

pub fn bp_of_word(id: &str, word: &str) -> i128 {
    let Words(words) = entry(id).bins else { panic!("{id} has numbers, not words") };
    words.iter().find(|(name, _)| *name == word).unwrap_or_else(|| panic!("{id} has no class {word}")).1
}
