//! The 46 indicators' names, states and values: what the evaluator reads and what a statement discloses.

use serde::{Deserialize, Serialize};

/// The four sources whose weights sum to 1000 points (`domain.md` 7.1): 登记, 公共信用, 交易, 评价投诉.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Source {
    S1,
    S2,
    S3,
    S4,
}

impl Source {
    pub const ALL: [Source; 4] = [Source::S1, Source::S2, Source::S3, Source::S4];
}

/// The four kinds of subject: e-commerce, platform, logistics, other service enterprises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SubjectKind {
    E1,
    E2,
    E3,
    E4,
}

impl SubjectKind {
    pub const ALL: [SubjectKind; 4] = [SubjectKind::E1, SubjectKind::E2, SubjectKind::E3, SubjectKind::E4];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            SubjectKind::E1 => "E1",
            SubjectKind::E2 => "E2",
            SubjectKind::E3 => "E3",
            SubjectKind::E4 => "E4",
        }
    }
}

/// One indicator of the catalogue. The order is the catalogue's; it is also the order of ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum IndicatorId {
    R01,
    R02,
    R03,
    R04,
    R05,
    R06,
    R07,
    R08,
    R09,
    P01,
    P02,
    P03,
    P04,
    P05,
    P06,
    P07,
    P08,
    P09,
    P10,
    P11,
    P12,
    P13,
    T01,
    T02,
    T03,
    T04,
    T05,
    T06,
    T07,
    T08,
    T09,
    T10,
    T11,
    T12,
    T13,
    T14,
    T15,
    T16,
    C01,
    C02,
    C03,
    C04,
    C05,
    C06,
    C07,
    C08,
}

impl IndicatorId {
    pub const COUNT: usize = 46;

    pub const ALL: [IndicatorId; Self::COUNT] = [
        IndicatorId::R01,
        IndicatorId::R02,
        IndicatorId::R03,
        IndicatorId::R04,
        IndicatorId::R05,
        IndicatorId::R06,
        IndicatorId::R07,
        IndicatorId::R08,
        IndicatorId::R09,
        IndicatorId::P01,
        IndicatorId::P02,
        IndicatorId::P03,
        IndicatorId::P04,
        IndicatorId::P05,
        IndicatorId::P06,
        IndicatorId::P07,
        IndicatorId::P08,
        IndicatorId::P09,
        IndicatorId::P10,
        IndicatorId::P11,
        IndicatorId::P12,
        IndicatorId::P13,
        IndicatorId::T01,
        IndicatorId::T02,
        IndicatorId::T03,
        IndicatorId::T04,
        IndicatorId::T05,
        IndicatorId::T06,
        IndicatorId::T07,
        IndicatorId::T08,
        IndicatorId::T09,
        IndicatorId::T10,
        IndicatorId::T11,
        IndicatorId::T12,
        IndicatorId::T13,
        IndicatorId::T14,
        IndicatorId::T15,
        IndicatorId::T16,
        IndicatorId::C01,
        IndicatorId::C02,
        IndicatorId::C03,
        IndicatorId::C04,
        IndicatorId::C05,
        IndicatorId::C06,
        IndicatorId::C07,
        IndicatorId::C08,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            IndicatorId::R01 => "R01",
            IndicatorId::R02 => "R02",
            IndicatorId::R03 => "R03",
            IndicatorId::R04 => "R04",
            IndicatorId::R05 => "R05",
            IndicatorId::R06 => "R06",
            IndicatorId::R07 => "R07",
            IndicatorId::R08 => "R08",
            IndicatorId::R09 => "R09",
            IndicatorId::P01 => "P01",
            IndicatorId::P02 => "P02",
            IndicatorId::P03 => "P03",
            IndicatorId::P04 => "P04",
            IndicatorId::P05 => "P05",
            IndicatorId::P06 => "P06",
            IndicatorId::P07 => "P07",
            IndicatorId::P08 => "P08",
            IndicatorId::P09 => "P09",
            IndicatorId::P10 => "P10",
            IndicatorId::P11 => "P11",
            IndicatorId::P12 => "P12",
            IndicatorId::P13 => "P13",
            IndicatorId::T01 => "T01",
            IndicatorId::T02 => "T02",
            IndicatorId::T03 => "T03",
            IndicatorId::T04 => "T04",
            IndicatorId::T05 => "T05",
            IndicatorId::T06 => "T06",
            IndicatorId::T07 => "T07",
            IndicatorId::T08 => "T08",
            IndicatorId::T09 => "T09",
            IndicatorId::T10 => "T10",
            IndicatorId::T11 => "T11",
            IndicatorId::T12 => "T12",
            IndicatorId::T13 => "T13",
            IndicatorId::T14 => "T14",
            IndicatorId::T15 => "T15",
            IndicatorId::T16 => "T16",
            IndicatorId::C01 => "C01",
            IndicatorId::C02 => "C02",
            IndicatorId::C03 => "C03",
            IndicatorId::C04 => "C04",
            IndicatorId::C05 => "C05",
            IndicatorId::C06 => "C06",
            IndicatorId::C07 => "C07",
            IndicatorId::C08 => "C08",
        }
    }

    /// Place in the catalogue, from 0.
    #[must_use]
    #[expect(clippy::as_conversions, reason = "the discriminant is the place")]
    pub fn place(self) -> usize {
        self as usize
    }

    #[must_use]
    pub fn source(self) -> Source {
        // The catalogue's order is that of the sources.
        if self <= IndicatorId::R09 {
            Source::S1
        } else if self <= IndicatorId::P13 {
            Source::S2
        } else if self <= IndicatorId::T16 {
            Source::S3
        } else {
            Source::S4
        }
    }
}

impl std::str::FromStr for IndicatorId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|id| id.as_str() == text).ok_or_else(|| format!("no indicator {text:?}"))
    }
}

/// What is known of an indicator (ruling A3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A bin applies.
    Observed,
    /// Removed; the source's remaining maxima are scaled up to its weight.
    NotApplicable,
    /// Sample below the minimum or a required fact empty: 6000 basis points, and coverage falls.
    Insufficient,
    /// No source format carries the fact in this scorecard version: as `NotApplicable`, for all.
    Disabled,
}

/// An indicator's value: an exact fraction, or a category code.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// `den > 0`; not necessarily in lowest terms. Compared by cross-multiplication, never divided.
    Ratio {
        num: i128,
        den: i128,
    },
    Category(String),
}

impl Value {
    #[must_use]
    pub fn whole(n: i128) -> Self {
        Value::Ratio { num: n, den: 1 }
    }
}

/// What the facts say about one indicator, before any scorecard is applied.
///
/// `n` is the sample the indicator's minimum applies to (rows, reviews, orders; 0 for indicators
/// without a minimum). The evaluator turns `Observed` into `Insufficient` when `n` is below the
/// scorecard's minimum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    pub state: State,
    pub value: Option<Value>,
    pub n: u64,
}

impl Observation {
    #[must_use]
    pub fn observed(value: Value, n: u64) -> Self {
        Self { state: State::Observed, value: Some(value), n }
    }

    #[must_use]
    pub fn not_applicable() -> Self {
        Self { state: State::NotApplicable, value: None, n: 0 }
    }

    #[must_use]
    pub fn insufficient(n: u64) -> Self {
        Self { state: State::Insufficient, value: None, n }
    }
}

/// At most one observation per indicator, in catalogue order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observations {
    /// One place for each indicator of the catalogue.
    places: Vec<Option<Observation>>,
}

impl Default for Observations {
    fn default() -> Self {
        Self { places: vec![None; IndicatorId::COUNT] }
    }
}

impl Observations {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn get(&self, id: IndicatorId) -> Option<&Observation> {
        self.places.get(id.place()).and_then(Option::as_ref)
    }

    /// Sets an indicator's observation and returns the one before.
    pub fn insert(&mut self, id: IndicatorId, observation: Observation) -> Option<Observation> {
        self.places.get_mut(id.place()).and_then(|place| place.replace(observation))
    }

    /// Takes an indicator's observation away and returns it.
    pub fn remove(&mut self, id: IndicatorId) -> Option<Observation> {
        self.places.get_mut(id.place()).and_then(Option::take)
    }

    /// What is there, in catalogue order.
    pub fn iter(&self) -> impl Iterator<Item = (IndicatorId, &Observation)> {
        IndicatorId::ALL.into_iter().zip(&self.places).filter_map(|(id, seen)| Some((id, seen.as_ref()?)))
    }
}

impl FromIterator<(IndicatorId, Observation)> for Observations {
    fn from_iter<T: IntoIterator<Item = (IndicatorId, Observation)>>(all: T) -> Self {
        let mut observations = Self::new();
        for (id, observation) in all {
            observations.insert(id, observation);
        }
        observations
    }
}

impl IntoIterator for Observations {
    type Item = (IndicatorId, Observation);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        let all = IndicatorId::ALL.into_iter().zip(self.places);
        all.filter_map(|(id, seen)| Some((id, seen?))).collect::<Vec<_>>().into_iter()
    }
}
