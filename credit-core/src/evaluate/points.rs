//! The sum, exactly: fractions over a common denominator, redistribution inside each source (rulings A2, A4).

use std::cmp::Ordering;

use super::outcome::{Hundredths, SubScores};
use super::resolve::Part;
use crate::indicator::{Source, State, SubjectKind};
use crate::scorecard::{Fraction, Scorecard};

/// Basis points of the full share.
const FULL_BP: i128 = 10_000;

/// All points of a scorecard.
const POINTS: i128 = 1000;

/// A fraction with a positive denominator; sums are in lowest terms. Numerators stay below 2^80 here: four sources
/// of at most 65 535 points each, so no operation of this module overflows `i128`.
#[derive(Debug, Clone, Copy)]
pub struct Exact {
    num: i128,
    den: i128,
}

impl Exact {
    /// `den` must be positive; any other gives zero.
    #[must_use]
    pub fn new(num: i128, den: i128) -> Self {
        if den <= 0 {
            return Self { num: 0, den: 1 };
        }
        let by = gcd(num.unsigned_abs(), den.unsigned_abs());
        let by = i128::try_from(by).unwrap_or(1).max(1);
        Self { num: num / by, den: den / by }
    }

    #[must_use]
    pub fn num(self) -> i128 {
        self.num
    }

    #[must_use]
    pub fn den(self) -> i128 {
        self.den
    }

    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self::new(self.num * other.den + other.num * self.den, self.den * other.den)
    }

    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self::new(self.num * other.den - other.num * self.den, self.den * other.den)
    }

    #[must_use]
    pub fn is_zero(self) -> bool {
        self.num == 0
    }

    /// Rounded half up to a whole number: floor(x + 1/2).
    #[must_use]
    pub fn round_half_up(self) -> i128 {
        let (num, den) = (2 * self.num + self.den, 2 * self.den);
        // Division of 64 bits is many times faster, and nearly everything fits.
        match (i64::try_from(num), i64::try_from(den)) {
            (Ok(num), Ok(den)) => i128::from(num.div_euclid(den)),
            _ => num.div_euclid(den),
        }
    }

    /// Rounded half up to 0.01, for display.
    #[must_use]
    pub fn hundredths(self) -> Hundredths {
        let rounded = Self { num: 100 * self.num, den: self.den }.round_half_up();
        Hundredths(i64::try_from(rounded).unwrap_or(i64::MAX))
    }

    /// As a percentage, rounded half up to 0.01.
    #[must_use]
    pub fn percent_hundredths(self) -> Hundredths {
        Self { num: 100 * self.num, den: self.den }.hundredths()
    }

    #[must_use]
    pub fn is_below(self, threshold: Fraction) -> bool {
        self < Exact::from(threshold)
    }
}

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Exact {}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.den == other.den {
            return self.num.cmp(&other.num);
        }
        (self.num * other.den).cmp(&(other.num * self.den))
    }
}

fn gcd(a: u128, b: u128) -> u128 {
    match (u64::try_from(a), u64::try_from(b)) {
        (Ok(a), Ok(b)) => u128::from(gcd_64(a, b)),
        _ if b == 0 => a,
        _ => gcd(b, a % b),
    }
}

fn gcd_64(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd_64(b, a % b) }
}

/// One source's sums.
#[derive(Debug, Clone, Copy, Default)]
struct SourceSums {
    /// W_s.
    weight: i128,
    /// M_s = Σ max of what counts.
    max: i128,
    /// N_s = Σ max·bp.
    weighted: i128,
    /// Σ max of what is observed.
    observed: i128,
}

/// The four sources' sums of one evaluation.
pub(crate) struct Totals {
    /// In the order of [`Source::ALL`].
    sources: [SourceSums; 4],
    empty_share: Exact,
}

impl Totals {
    pub(crate) fn of(card: &Scorecard, kind: SubjectKind, parts: &[Part]) -> Self {
        let weights = card.weights.of(kind);
        let sources = Source::ALL
            .map(|source| SourceSums { weight: i128::from(weights.of(source)), ..SourceSums::default() });
        let mut totals = Self { sources, empty_share: Exact::from(card.empty_source_share) };
        for part in parts.iter().filter(|part| part.counts()) {
            let sums = totals.source_mut(part.id.source());
            let max = i128::from(part.max);
            sums.max += max;
            sums.weighted += max * i128::from(part.bp);
            sums.observed += if part.state == State::Observed { max } else { 0 };
        }
        totals
    }

    fn source_mut(&mut self, source: Source) -> &mut SourceSums {
        let [s1, s2, s3, s4] = &mut self.sources;
        match source {
            Source::S1 => s1,
            Source::S2 => s2,
            Source::S3 => s3,
            Source::S4 => s4,
        }
    }

    fn source(&self, source: Source) -> &SourceSums {
        let [s1, s2, s3, s4] = &self.sources;
        match source {
            Source::S1 => s1,
            Source::S2 => s2,
            Source::S3 => s3,
            Source::S4 => s4,
        }
    }

    /// W·N/(10000·M), or the empty source's share of W when nothing counts.
    fn sub_score(&self, source: Source) -> Exact {
        let sums = self.source(source);
        if sums.max == 0 {
            return Exact::new(sums.weight * self.empty_share.num, self.empty_share.den);
        }
        Exact::new(sums.weight * sums.weighted, FULL_BP * sums.max)
    }

    /// floor(Σ sub_s + 1/2).
    pub(crate) fn score_raw(&self) -> u16 {
        let rounded = self.exact_score().round_half_up();
        u16::try_from(rounded).unwrap_or(u16::MAX)
    }

    /// Σ sub_s, unrounded.
    pub(crate) fn exact_score(&self) -> Exact {
        let counted = self.sum(FULL_BP, |sums| sums.weight * sums.weighted);
        let empty: i128 = self.sources.iter().filter(|sums| sums.max == 0).map(|sums| sums.weight).sum();
        if empty == 0 {
            return counted;
        }
        counted.plus(Exact::new(empty * self.empty_share.num, self.empty_share.den))
    }

    /// (1/1000)·Σ W_s·(Σ max observed)/(M_s); a source in which nothing counts covers nothing.
    pub(crate) fn coverage(&self) -> Exact {
        self.sum(POINTS, |sums| sums.weight * sums.observed)
    }

    /// Σ value/(unit·M_s) over the sources in which something counts. The common denominator is below
    /// 10⁴·1000⁴, so that the lowest terms are looked for once.
    fn sum(&self, unit: i128, value: impl Fn(&SourceSums) -> i128) -> Exact {
        let counted = self.sources.iter().filter(|sums| sums.max > 0);
        let (num, den) =
            counted.fold((0, 1), |(num, den), sums| (num * sums.max + value(sums) * den, den * sums.max));
        Exact::new(num, unit * den)
    }

    pub(crate) fn sub_scores(&self) -> SubScores {
        let of = |source| self.sub_score(source).hundredths();
        SubScores { s1: of(Source::S1), s2: of(Source::S2), s3: of(Source::S3), s4: of(Source::S4) }
    }

    /// W·max·bp/(10000·M): what the indicator gives after redistribution.
    pub(crate) fn points(&self, part: &Part) -> Exact {
        self.share(part, i128::from(part.bp))
    }

    /// What the indicator gives less than it could.
    pub(crate) fn loss(&self, part: &Part) -> Exact {
        self.share(part, FULL_BP - i128::from(part.bp))
    }

    fn share(&self, part: &Part, bp: i128) -> Exact {
        let sums = self.source(part.id.source());
        if !part.counts() || sums.max == 0 {
            return Exact::new(0, 1);
        }
        // Compared and shown, never added up, so the lowest terms would be found for nothing.
        Exact { num: sums.weight * i128::from(part.max) * bp, den: FULL_BP * sums.max }
    }
}
