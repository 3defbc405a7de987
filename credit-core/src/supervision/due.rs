//! Which measures are due to an enterprise.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::catalogue::{Catalogue, Class, Measure, class_of};
use crate::grade::Grade;
use crate::negative_list::Kind;

/// Where an enterprise stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Situation {
    /// The grade in force and the number of the rating with which it came; none before the first rating.
    pub grade: Option<(Grade, i64)>,
    /// The entries of the negative list in force, by kind: which decision or row it is.
    pub entries: BTreeMap<Kind, Vec<String>>,
    /// The lists were received too long ago to act on them anew.
    pub feed_is_stale: bool,
    /// An appeal against the grade is pending; the grade that was in force before it.
    pub appealed: Option<Before>,
}

/// What was in force before a grade that is appealed: its number and grade; nothing where it is the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before(pub Option<(Grade, i64)>);

/// Why a measure is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The grade.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grade: Option<Grade>,
    /// Number of the rating with which the grade came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<i64>,
    /// Entries of the negative list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Entry>,
}

/// An entry of the negative list that is a cause.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    pub kind: Kind,
    /// Which one: list and decision number, or what stands for them.
    pub which: String,
}

/// What keeps a measure that is due from holding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// The feed of the lists is stale.
    Feed,
    /// An appeal against the grade is pending.
    Appeal,
}

/// A measure that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due<'a> {
    pub measure: &'a Measure,
    pub cause: Cause,
    pub wait: Option<Wait>,
}

/// The measures that are due, in the order of the catalogue, each once; of the usual treatment nothing is said.
///
/// A pending appeal stays what a worse class entails: that waits, and what the class before had is due meanwhile. Lists
/// are not the zone's to stay: what follows from an entry alone does not wait for an appeal of the grade.
#[must_use]
pub fn due<'a>(catalogue: &'a Catalogue, situation: &Situation) -> Vec<Due<'a>> {
    let before = situation.appealed.and_then(|before| stayed_by(situation.grade, before));
    let mut found = Vec::new();
    for measure in catalogue.measures().iter().filter(|measure| measure.effect != super::Effect::Standard) {
        if let Some(cause) = cause_of(measure, situation.grade, &situation.entries) {
            let is_stayed = before.is_some() && !measure.classes.is_empty();
            let is_frozen = situation.feed_is_stale && measure.effect.is_burden() && measure.rests_on_lists();
            let wait = match (is_stayed, is_frozen) {
                (true, _) => Some(Wait::Appeal),
                (false, true) => Some(Wait::Feed),
                (false, false) => None,
            };
            found.push(Due { measure, cause, wait });
        } else if let Some(Before(Some(grade))) = before
            && let Some(cause) = cause_of(measure, Some(grade), &BTreeMap::new())
        {
            found.push(Due { measure, cause, wait: None });
        }
    }
    found
}

/// The grade before, where the one in force is of a worse class. Whoever had none was supervised as usual.
fn stayed_by(grade: Option<(Grade, i64)>, before: Before) -> Option<Before> {
    let class_before = before.0.map_or(Class::II, |(grade, _)| class_of(grade));
    let (grade, _) = grade?;
    (class_of(grade) > class_before).then_some(before)
}

fn cause_of(
    measure: &Measure,
    grade: Option<(Grade, i64)>,
    entries: &BTreeMap<Kind, Vec<String>>,
) -> Option<Cause> {
    let grade = grade.filter(|(grade, _)| measure.classes.contains(&class_of(*grade)));
    if grade.is_none() && !measure.classes.is_empty() {
        return None;
    }
    let mut named: Vec<Entry> = Vec::new();
    for kind in &measure.kinds {
        let of_kind = entries.get(kind).into_iter().flatten();
        named.extend(of_kind.map(|which| Entry { kind: *kind, which: which.clone() }));
    }
    if named.is_empty() && !measure.kinds.is_empty() {
        return None;
    }
    named.sort();
    Some(Cause { grade: grade.map(|(grade, _)| grade), rating: grade.map(|(_, seq)| seq), entries: named })
}
