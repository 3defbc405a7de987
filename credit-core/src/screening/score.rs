//! The score of two names, in whole thousandths, and what each part took away.
//!
//! 1000 less a cost for each part. The brand decides: one character for another costs a share of the brand's length,
//! less when both sound or look alike, more when the character tells brands apart on purpose. The costs are those of
//! [`METHOD`]; they and the thresholds of [`super::uses`] were set together.

use super::looks;
use super::name::{Name, Subject};
use super::reading;
use super::slips;
use super::words::Words;

/// Version of the costs below and of the way names are taken apart; part of every digest.
pub const METHOD: u16 = 3;

/// Score of two names that are the same in every part.
pub const FULL: u16 = 1000;

/// Longest brand that is compared character by character; longer ones are the same or not.
pub const MAX_BRAND_CHARS: usize = 64;

const REGION_ABSENT: u16 = 20;
const REGION_SLIP: u16 = 20;
const REGION_DIFFERS: u16 = 350;
const TRADE_ABSENT: u16 = 30;
const TRADE_NARROWER: u16 = 60;
const TRADE_OVERLAPS: u16 = 130;
const TRADE_DIFFERS: u16 = 300;
const FORM_ABSENT: u16 = 10;
const FORM_SLIP: u16 = 10;
const FORM_CONVERTED: u16 = 40;
const FORM_DIFFERS: u16 = 250;

// Shares of one character of the brand, in thousandths of it.
const NUMERAL: u32 = 100;
const SLIP: u32 = 300;
const TWICE: u32 = 300;
const NEAR: u32 = 400;
const SWAPPED: u32 = 400;
const MISSING: u32 = 600;
const OTHER: u32 = 1000;
const TELLING: u32 = 1500;

/// Shortest brand in which a character can be left out or written twice by mistake, in characters of the longer one.
const MIN_LENGTH_TO_MISS: usize = 4;

/// Characters that spell a brand: short ones are spelled like many others.
const SPELLED_SHORT: u16 = 80;
const SPELLED_LONG: u16 = 40;

/// Cost of a spelling that is wrong in one letter or more, as a share of a letter.
const LETTER: u32 = 1000;

/// A part of what is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Code,
    Brand,
    Region,
    Trade,
    Form,
    Branch,
}

impl Part {
    /// The word that interfaces use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Part::Code => "uscc",
            Part::Brand => "brand",
            Part::Region => "region",
            Part::Trade => "trade",
            Part::Form => "form",
            Part::Branch => "branch",
        }
    }
}

/// What comparing a part found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The same on both sides; absent on both for parts that may be.
    Agrees,
    /// On one side only.
    Absent,
    /// One holds the other: 贸易 and 国际贸易.
    Narrower,
    /// Some trade words are common and each side has others.
    Overlaps,
    /// A company of another form: 有限公司 and 股份有限公司.
    Converted,
    /// Characters that sound or look alike, are swapped, missing or others.
    Spelling,
    /// Latin letters that spell the characters.
    Spelled,
    /// One is the other's branch, or both are branches of one body.
    BranchOf,
    Contradicts,
    /// Not looked at, because the codes decide.
    NotCompared,
}

impl Outcome {
    /// The word that interfaces use.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Outcome::Agrees => "agrees",
            Outcome::Absent => "absent",
            Outcome::Narrower => "narrower",
            Outcome::Overlaps => "overlaps",
            Outcome::Converted => "converted",
            Outcome::Spelling => "spelling",
            Outcome::Spelled => "spelled",
            Outcome::BranchOf => "branch_of",
            Outcome::Contradicts => "contradicts",
            Outcome::NotCompared => "not_compared",
        }
    }
}

/// What one part took away, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartScore {
    pub part: Part,
    pub outcome: Outcome,
    pub cost: u16,
}

/// Two names or subjects compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// 0 to [`FULL`].
    pub score: u16,
    /// The bodies are parent and branch, or branches of one parent: related at most, never the same.
    pub is_branch: bool,
    /// Code, brand, region, trade, form, branch.
    pub parts: [PartScore; 6],
    /// Which of each side's names were closest; 0 is the current one, others are former names.
    pub names: (usize, usize),
}

/// Compares two subjects: by their codes when both have one, else by the closest pair of their names.
#[must_use]
pub fn compare(a: &Subject, b: &Subject) -> Comparison {
    if let (Some(one), Some(other)) = (a.uscc(), b.uscc()) {
        return by_code(one == other);
    }
    let mut best: Option<Comparison> = None;
    for (i, one) in a.names().iter().enumerate() {
        for (j, other) in b.names().iter().enumerate() {
            let found = Comparison { names: (i, j), ..compare_names(one, other) };
            // Among equals one that is no branch, so that both ways round give the same.
            let rank = |c: &Comparison| (c.score, !c.is_branch);
            if best.is_none_or(|best| rank(&found) > rank(&best)) {
                best = Some(found);
            }
        }
    }
    best.unwrap_or_else(|| Comparison { score: 0, ..by_code(false) })
}

fn by_code(same: bool) -> Comparison {
    let none = |part| PartScore { part, outcome: Outcome::NotCompared, cost: 0 };
    let code = if same {
        PartScore { part: Part::Code, outcome: Outcome::Agrees, cost: 0 }
    } else {
        PartScore { part: Part::Code, outcome: Outcome::Contradicts, cost: FULL }
    };
    let [a, b, c, d, e] = [Part::Brand, Part::Region, Part::Trade, Part::Form, Part::Branch].map(none);
    Comparison { score: FULL - code.cost, is_branch: false, parts: [code, a, b, c, d, e], names: (0, 0) }
}

/// Compares two names part by part. Symmetric; a name and itself give [`FULL`].
#[must_use]
pub fn compare_names(a: &Name, b: &Name) -> Comparison {
    let words = Words::embedded();
    let code = PartScore { part: Part::Code, outcome: Outcome::Absent, cost: 0 };
    let part = |part, (outcome, cost)| PartScore { part, outcome, cost };
    let brand = part(Part::Brand, brands(a, b, words));
    let region = part(Part::Region, regions(a, b, words));
    let trade = part(Part::Trade, trades(a.trades, b.trades));
    let form = part(Part::Form, forms(a, b, words));
    let is_branch = a.branch != b.branch;
    let outcome = if is_branch { Outcome::BranchOf } else { Outcome::Agrees };
    let parts = [code, brand, region, trade, form, PartScore { part: Part::Branch, outcome, cost: 0 }];
    let cost = parts.iter().fold(0u16, |sum, part| sum.saturating_add(part.cost));
    Comparison { score: FULL.saturating_sub(cost), is_branch, parts, names: (0, 0) }
}

fn regions(a: &Name, b: &Name, words: &Words) -> (Outcome, u16) {
    match (a.region, b.region) {
        (one, other) if one == other && a.region_slip != b.region_slip => (Outcome::Spelling, REGION_SLIP),
        (one, other) if one == other => (Outcome::Agrees, 0),
        (0, _) | (_, 0) => (Outcome::Absent, REGION_ABSENT),
        // 四川 and 宜宾: one says less than the other.
        (one, other) if words.nested(one, other) => (Outcome::Narrower, REGION_ABSENT),
        _ => (Outcome::Contradicts, REGION_DIFFERS),
    }
}

fn trades(a: u64, b: u64) -> (Outcome, u16) {
    let common = a & b;
    match (a, b) {
        _ if a == b => (Outcome::Agrees, 0),
        (0, _) | (_, 0) => (Outcome::Absent, TRADE_ABSENT),
        _ if common == a || common == b => (Outcome::Narrower, TRADE_NARROWER),
        _ if common != 0 => (Outcome::Overlaps, TRADE_OVERLAPS),
        _ => (Outcome::Contradicts, TRADE_DIFFERS),
    }
}

fn forms(a: &Name, b: &Name, words: &Words) -> (Outcome, u16) {
    match (a.form, b.form) {
        (one, other) if one == other && a.form_slip != b.form_slip => (Outcome::Spelling, FORM_SLIP),
        (one, other) if one == other => (Outcome::Agrees, 0),
        (Some(one), Some(other)) if words.same_kind(one, other) => (Outcome::Converted, FORM_CONVERTED),
        (Some(_), Some(_)) => (Outcome::Contradicts, FORM_DIFFERS),
        _ => (Outcome::Absent, FORM_ABSENT),
    }
}

fn brands(a: &Name, b: &Name, words: &Words) -> (Outcome, u16) {
    if a.brand == b.brand {
        return (Outcome::Agrees, 0);
    }
    let cost = match (a.is_han, b.is_han) {
        (true, true) => characters(&a.brand, &b.brand, |one, other, is_telling| match is_telling {
            _ if slips::numeral(one).is_some() && slips::numeral(one) == slips::numeral(other) => NUMERAL,
            true => TELLING,
            false => substitution(one, other, words),
        }),
        (false, false) => characters(&a.brand, &b.brand, |_, _, _| LETTER),
        (true, false) => return spelled(&a.brand, &b.brand),
        (false, true) => return spelled(&b.brand, &a.brand),
    };
    outcome_of(cost)
}

fn outcome_of(cost: u16) -> (Outcome, u16) {
    (if cost >= FULL / 2 { Outcome::Contradicts } else { Outcome::Spelling }, cost)
}

fn spelled(han: &str, latin: &str) -> (Outcome, u16) {
    let base = if han.chars().count() <= 2 { SPELLED_SHORT } else { SPELLED_LONG };
    if reading::spells(latin, han) {
        return (Outcome::Spelled, base);
    }
    let cost = characters(&reading::spell(han), latin, |_, _, _| LETTER);
    outcome_of(cost.saturating_add(base).min(FULL))
}

/// What it costs that one character stands for another that tells no brands apart.
fn substitution(a: char, b: char, words: &Words) -> u32 {
    if words.plain(a) == words.plain(b) || looks::alike(a, b) || reading::sound_alike(a, b) {
        SLIP
    } else if reading::sound_near(a, b) {
        NEAR
    } else {
        OTHER
    }
}

/// The cheapest way from one text to the other (characters changed, missing, two neighbours swapped), as a share of
/// the longer text's length. `change` is told whether one of two characters tells brands apart.
fn characters(a: &str, b: &str, change: impl Fn(char, char, bool) -> u32) -> u16 {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let longest = a.len().max(b.len());
    // More than half missing is nothing alike.
    if longest > MAX_BRAND_CHARS || longest > 2 * a.len().min(b.len()) {
        return FULL;
    }
    let words = Words::embedded();
    let missing = |c: char| match () {
        () if words.is_telling(c) => TELLING,
        () if longest < MIN_LENGTH_TO_MISS => OTHER,
        () => MISSING,
    };
    // Each character with what it costs that it is missing, looked up once; less where it only says again what stands
    // before it, but not 11 for 1.
    let with_cost = |text: Vec<char>| {
        let mut before = None;
        let cost_of = |c: char| {
            let is_twice = before.replace(c) == Some(c) && longest >= MIN_LENGTH_TO_MISS;
            match missing(c) {
                cost if is_twice && cost != TELLING => (c, cost.min(TWICE)),
                cost => (c, cost),
            }
        };
        text.into_iter().map(cost_of).collect::<Vec<_>>()
    };
    let (a, b) = (with_cost(a), with_cost(b));
    let at = |row: &[u32], place: usize| row.get(place).copied().unwrap_or(u32::MAX / 2);
    let mut before: Vec<u32> = Vec::new();
    let mut above: Vec<u32> = vec![0];
    for (_, missing) in &b {
        above.push(above.last().copied().unwrap_or_default() + missing);
    }
    let mut last_a = None;
    for (one, one_missing) in &a {
        let mut row = vec![at(&above, 0) + one_missing];
        let mut last_b = None;
        for (j, (other, other_missing)) in b.iter().enumerate() {
            let is_telling = *one_missing.max(other_missing) == TELLING;
            let same = if one == other { 0 } else { change(*one, *other, is_telling) };
            let mut cost = at(&above, j) + same;
            cost = cost.min(at(&above, j + 1) + one_missing).min(at(&row, j) + other_missing);
            if last_a == Some(*other) && last_b == Some(*one) && one != other {
                cost = cost.min(at(&before, j.wrapping_sub(1)) + SWAPPED);
            }
            row.push(cost);
            last_b = Some(*other);
        }
        last_a = Some(*one);
        before = std::mem::replace(&mut above, row);
    }
    let length = u32::try_from(longest).unwrap_or(u32::MAX).max(1);
    u16::try_from(at(&above, b.len()) / length).unwrap_or(FULL).min(FULL)
}

impl Comparison {
    /// What a part found.
    #[must_use]
    pub fn part(&self, part: Part) -> Option<PartScore> {
        self.parts.into_iter().find(|found| found.part == part)
    }
}

impl Outcome {
    /// In Chinese, without the part.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Outcome::Agrees => "一致",
            Outcome::Absent => "至少一方没有",
            Outcome::Narrower => "一方较具体，并不矛盾",
            Outcome::Overlaps => "部分相同",
            Outcome::Converted => "同为公司，形式不同",
            Outcome::Spelling => "相近（音近、形近、错位、缺字或重字）",
            Outcome::Spelled => "拼写与读音相符",
            Outcome::BranchOf => "一方为分支机构，仅为关联",
            Outcome::Contradicts => "不同",
            Outcome::NotCompared => "由代码决定，未比较",
        }
    }

    /// In English, without the part.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Outcome::Agrees => "the same",
            Outcome::Absent => "missing on one side at least",
            Outcome::Narrower => "one says more, without contradiction",
            Outcome::Overlaps => "partly the same",
            Outcome::Converted => "both companies, of another form",
            Outcome::Spelling => "close (sound, look, order, a character missing or twice)",
            Outcome::Spelled => "the letters spell the characters",
            Outcome::BranchOf => "one is a branch, so related at most",
            Outcome::Contradicts => "different",
            Outcome::NotCompared => "not compared, the codes decide",
        }
    }
}

impl PartScore {
    /// One sentence in Chinese, with what it took away.
    #[must_use]
    pub fn zh(&self) -> String {
        let part = match self.part {
            Part::Code => "统一社会信用代码",
            Part::Brand => "字号",
            Part::Region => "行政区划",
            Part::Trade => "行业",
            Part::Form => "组织形式",
            Part::Branch => "分支机构",
        };
        let found = self.outcome.zh();
        format!("{part}：{found}（−{}）", self.cost)
    }

    /// One sentence in English, with what it took away.
    #[must_use]
    pub fn en(&self) -> String {
        let part = match self.part {
            Part::Code => "USCC",
            Part::Brand => "Brand",
            Part::Region => "Region",
            Part::Trade => "Trade",
            Part::Form => "Legal form",
            Part::Branch => "Branch",
        };
        let found = self.outcome.en();
        format!("{part}: {found} (−{})", self.cost)
    }
}
