//! Grades, and how the grade in force follows the score (ruling A1, `docs/adr/0001-hysteresis.md`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A grade. The symbols are those of GB/T 22116; the bands are the scorecard's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Grade {
    AAA,
    AA,
    A,
    BBB,
    BB,
    D,
    /// 暂不评级: unrated, not a negative mark. Neither better nor worse than any other.
    N,
}

impl Grade {
    pub const ALL: [Grade; 7] = [Grade::AAA, Grade::AA, Grade::A, Grade::BBB, Grade::BB, Grade::D, Grade::N];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Grade::AAA => "AAA",
            Grade::AA => "AA",
            Grade::A => "A",
            Grade::BBB => "BBB",
            Grade::BB => "BB",
            Grade::D => "D",
            Grade::N => "N",
        }
    }

    /// Place on the ladder: D 0 … AAA 5; `None` for N.
    #[must_use]
    pub fn rank(self) -> Option<u8> {
        match self {
            Grade::D => Some(0),
            Grade::BB => Some(1),
            Grade::BBB => Some(2),
            Grade::A => Some(3),
            Grade::AA => Some(4),
            Grade::AAA => Some(5),
            Grade::N => None,
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Grade {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|grade| grade.as_str() == text).ok_or_else(|| format!("no grade {text:?}"))
    }
}

/// The last monthly run before the evaluation: what was in force at the end of the previous calendar month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousRun {
    /// The grade in force.
    pub grade: Grade,
    pub grade_by_score: Grade,
    pub score: u16,
    /// Codes in force then.
    pub vetoes: Vec<String>,
    pub caps: Vec<String>,
}

/// What the evaluation found now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Now {
    pub grade_by_score: Grade,
    pub score: u16,
    pub vetoes: Vec<String>,
    pub caps: Vec<String>,
}

/// What happened since the previous run that lets a grade fall at once. The start of a veto or cap is found by
/// comparing the codes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Triggers {
    /// A new penalty, list or class record of the enterprise.
    pub new_record: bool,
}

/// Two persons have approved this target; it holds only while the target is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignOff {
    pub grade: Grade,
}

/// Why the grade in force is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// No monthly run precedes: the band at once.
    FirstRating,
    /// The previous grade was N: the band at once.
    PreviouslyUnrated,
    /// No grade can be given now.
    Unrated,
    /// D by veto, at once.
    Veto,
    /// The band is the grade in force.
    Unchanged,
    /// The band was above in the previous run too.
    UpgradeConfirmed,
    /// The band is above for the first time.
    UpgradeAwaitsSecondRun,
    /// A new record, or the start of a veto or cap.
    DowngradeTriggered,
    /// The score was below the band's floor in the previous run too.
    DowngradeConfirmed,
    /// The score is below the band's floor for the first time.
    DowngradeAwaitsSecondRun,
    /// The move is too large to happen without a person's signature.
    AwaitsSignOff,
    /// The move is large and was signed.
    SignedOff,
}

/// The grade in force, and the grade it is moving to, if any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub grade: Grade,
    pub pending_grade: Option<Grade>,
    pub why: Why,
}

impl Decision {
    fn at_once(grade: Grade, why: Why) -> Self {
        Self { grade, pending_grade: None, why }
    }

    fn waiting(grade: Grade, pending: Grade, why: Why) -> Self {
        Self { grade, pending_grade: Some(pending), why }
    }
}

/// The grade in force (ruling A1). `sign_off_steps` is the scorecard's: from this many grades on a move waits
/// for a signature, except from N and to D by veto.
#[must_use]
pub fn decide(
    previous: Option<&PreviousRun>,
    now: &Now,
    triggers: Triggers,
    sign_off: Option<SignOff>,
    sign_off_steps: u8,
) -> Decision {
    let band = now.grade_by_score;
    if !now.vetoes.is_empty() && band == Grade::D {
        return Decision::at_once(Grade::D, Why::Veto);
    }
    let Some(previous) = previous else {
        return Decision::at_once(band, Why::FirstRating);
    };
    let Some(new_rank) = band.rank() else {
        return Decision::at_once(Grade::N, Why::Unrated);
    };
    let Some(old_rank) = previous.grade.rank() else {
        return Decision::at_once(band, Why::PreviouslyUnrated);
    };
    let (target, why) = match new_rank.cmp(&old_rank) {
        std::cmp::Ordering::Equal => return Decision::at_once(band, Why::Unchanged),
        std::cmp::Ordering::Greater => match confirmed_upgrade(previous, band) {
            Some(target) => (target, Why::UpgradeConfirmed),
            None => return Decision::waiting(previous.grade, band, Why::UpgradeAwaitsSecondRun),
        },
        std::cmp::Ordering::Less if is_triggered(previous, now, triggers) => (band, Why::DowngradeTriggered),
        std::cmp::Ordering::Less if was_below(previous) => (band, Why::DowngradeConfirmed),
        std::cmp::Ordering::Less => {
            return Decision::waiting(previous.grade, band, Why::DowngradeAwaitsSecondRun);
        }
    };
    let steps = target.rank().map_or(0, |rank| rank.abs_diff(old_rank));
    if steps < sign_off_steps {
        return Decision::at_once(target, why);
    }
    if sign_off.is_some_and(|signed| signed.grade == target) {
        return Decision::at_once(target, Why::SignedOff);
    }
    Decision::waiting(previous.grade, target, Why::AwaitsSignOff)
}

/// The lower of the two runs' bands, when both lie above the grade in force.
fn confirmed_upgrade(previous: &PreviousRun, band: Grade) -> Option<Grade> {
    let earlier = previous.grade_by_score;
    if earlier.rank()? <= previous.grade.rank()? {
        return None;
    }
    Some(if earlier.rank()? < band.rank()? { earlier } else { band })
}

/// Whether the previous run's score was already below the floor of the grade in force.
fn was_below(previous: &PreviousRun) -> bool {
    match (previous.grade_by_score.rank(), previous.grade.rank()) {
        (Some(by_score), Some(in_force)) => by_score < in_force,
        _ => false,
    }
}

fn is_triggered(previous: &PreviousRun, now: &Now, triggers: Triggers) -> bool {
    let starts = |now: &[String], before: &[String]| now.iter().any(|code| !before.contains(code));
    triggers.new_record || starts(&now.vetoes, &previous.vetoes) || starts(&now.caps, &previous.caps)
}

#[cfg(test)]
mod tests;
