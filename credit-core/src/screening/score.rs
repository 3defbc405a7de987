//! The score of two names, in whole thousandths, and what each part took away.
//!
//! 1000 less a cost for each part. The brand decides: one character for another costs a share of the brand's length,
//! less when both sound or look alike, more when the character tells brands apart on purpose. The costs are those of
//! [`METHOD`]; they and the thresholds of [`super::uses`] were set together.

use super::brand::brands;
use super::name::{Name, Subject};
use super::words::Words;

/// Version of the costs below and of the way names are taken apart; part of every digest.
pub const METHOD: u16 = 4;

/// Score of two names that are the same in every part.
pub const FULL: u16 = 1000;

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
    compare_from(a, b, 0).unwrap_or_else(|| Comparison { score: 0, ..by_code(false) })
}

/// The same where the score is `least` or more; where it is less, nothing, and it is not computed to its end.
#[must_use]
pub fn compare_from(a: &Subject, b: &Subject, least: u16) -> Option<Comparison> {
    if let (Some(one), Some(other)) = (a.uscc(), b.uscc()) {
        return Some(by_code(one == other)).filter(|found| found.score >= least);
    }
    let mut best: Option<Comparison> = None;
    for (i, one) in a.names().iter().enumerate() {
        for (j, other) in b.names().iter().enumerate() {
            let least = best.map_or(least, |best| best.score);
            let Some(found) = names_from(one, other, least) else { continue };
            let found = Comparison { names: (i, j), ..found };
            // Among equals one that is no branch, so that both ways round give the same.
            let rank = |c: &Comparison| (c.score, !c.is_branch);
            if best.is_none_or(|best| rank(&found) > rank(&best)) {
                best = Some(found);
            }
        }
    }
    best
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
    names_from(a, b, 0).unwrap_or_else(|| Comparison { score: 0, ..by_code(false) })
}

/// The brand last: it is the dearest to compare, and the other parts say what it may cost.
fn names_from(a: &Name, b: &Name, least: u16) -> Option<Comparison> {
    let words = Words::embedded();
    let code = PartScore { part: Part::Code, outcome: Outcome::Absent, cost: 0 };
    let part = |part, (outcome, cost)| PartScore { part, outcome, cost };
    let region = part(Part::Region, regions(a, b, words));
    let trade = part(Part::Trade, trades(a.trades, b.trades));
    let form = part(Part::Form, forms(a, b, words));
    let others = region.cost.saturating_add(trade.cost).saturating_add(form.cost);
    // Where any score will do, whatever the brand costs is wanted.
    let most = if least == 0 { FULL } else { FULL.checked_sub(least)?.checked_sub(others)? };
    let brand = part(Part::Brand, brands(a, b, most, words));
    let score = FULL.saturating_sub(others.saturating_add(brand.cost));
    let is_branch = a.branch != b.branch;
    let outcome = if is_branch { Outcome::BranchOf } else { Outcome::Agrees };
    let parts = [code, brand, region, trade, form, PartScore { part: Part::Branch, outcome, cost: 0 }];
    (score >= least).then_some(Comparison { score, is_branch, parts, names: (0, 0) })
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
