//! From indicators to a score and a grade (rulings A2–A4, A11, A14).

use super::bins::{CATALOGUE, Entry, WEIGHTS, bp_of_number, bp_of_word, entry, source_of};
use super::fraction::Fraction;
use super::view::View;
use super::{complaints, credit, days, listed, registration, reviews, trade};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Observed,
    NotApplicable,
    Insufficient,
    Disabled,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::NotApplicable => "not_applicable",
            Self::Insufficient => "insufficient",
            Self::Disabled => "disabled",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Exact(Fraction),
    /// T11 only, where a logarithm is involved.
    Near(f64),
    Word(&'static str),
}

/// What an indicator's ruling says about one enterprise, before points.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub state: State,
    pub value: Option<Value>,
    /// Sample size, where the catalogue asks for one.
    pub n: Option<usize>,
    /// Overrides the bins.
    pub bp: Option<i128>,
}

impl Finding {
    pub fn number(value: Fraction) -> Self {
        Self { state: State::Observed, value: Some(Value::Exact(value)), n: None, bp: None }
    }
    pub fn count(value: usize) -> Self {
        Self::number(Fraction::whole(i128::try_from(value).unwrap()))
    }
    pub fn word(word: &'static str) -> Self {
        Self { state: State::Observed, value: Some(Value::Word(word)), n: None, bp: None }
    }
    pub fn near(value: f64) -> Self {
        Self { state: State::Observed, value: Some(Value::Near(value)), n: None, bp: None }
    }
    pub fn not_applicable() -> Self {
        Self { state: State::NotApplicable, value: None, n: None, bp: None }
    }
    pub fn insufficient() -> Self {
        Self { state: State::Insufficient, value: None, n: None, bp: None }
    }
    pub fn disabled() -> Self {
        Self { state: State::Disabled, value: None, n: None, bp: None }
    }
    /// part ÷ whole of a sample of `n`: insufficient below the catalogue's minimum, and when there is no whole.
    pub fn share(id: &str, part: usize, whole: usize, n: usize) -> Self {
        if n < entry(id).min_n || whole == 0 {
            return Self { n: Some(n), ..Self::insufficient() };
        }
        let value = Fraction::new(i128::try_from(part).unwrap(), i128::try_from(whole).unwrap());
        Self { n: Some(n), ..Self::number(value) }
    }
    pub fn with_n(self, n: usize) -> Self {
        Self { n: Some(n), ..self }
    }
    pub fn with_bp(self, bp: i128) -> Self {
        Self { bp: Some(bp), ..self }
    }
}

#[derive(Clone, Debug)]
pub struct Indicator {
    pub id: &'static str,
    pub state: State,
    pub value: Option<Value>,
    pub n: Option<usize>,
    /// Meaningless unless observed or insufficient.
    pub bp: i128,
    pub max: i128,
    /// W·max·bp/(10000·M), exactly; 0 when the indicator is left out.
    pub points: Fraction,
}

#[derive(Clone, Debug)]
pub struct Rating {
    pub uscc: String,
    /// "E1".."E4"
    pub kind: &'static str,
    pub indicators: Vec<Indicator>,
    pub sub_scores: [Fraction; 4],
    pub score_raw: i128,
    pub score: i128,
    /// 0..1
    pub coverage: Fraction,
    pub vetoes: Vec<&'static str>,
    pub caps: Vec<(&'static str, i128)>,
    pub n_reasons: Vec<&'static str>,
    pub grade_by_score: &'static str,
}

impl Rating {
    pub fn indicator(&self, id: &str) -> &Indicator {
        self.indicators
            .iter()
            .find(|indicator| indicator.id == id)
            .unwrap_or_else(|| panic!("no indicator {id}"))
    }
}

pub fn band(score: i128) -> &'static str {
    match score {
        930.. => "AAA",
        860..=929 => "AA",
        780..=859 => "A",
        700..=779 => "BBB",
        550..=699 => "BB",
        _ => "D",
    }
}

fn indicator(catalogue: &Entry, kind: usize, finding: Finding) -> Indicator {
    let max = catalogue.max[kind];
    let state = match finding.state {
        State::Disabled => State::Disabled,
        _ if max == 0 => State::NotApplicable,
        other => other,
    };
    let bp = match (&finding.value, state) {
        (_, State::NotApplicable | State::Disabled) => 0,
        _ if finding.bp.is_some() => finding.bp.unwrap_or_default(),
        (_, State::Insufficient) => 6000,
        (Some(Value::Exact(value)), State::Observed) => bp_of_number(catalogue.id, *value),
        (Some(Value::Word(word)), State::Observed) => bp_of_word(catalogue.id, word),
        // Far finer than any bin of T11.
        (Some(Value::Near(value)), State::Observed) => {
            bp_of_number(catalogue.id, Fraction::new((value * 1e9).round() as i128, 1_000_000_000))
        }
        (None, State::Observed) => panic!("{} is observed without a value", catalogue.id),
    };
    Indicator {
        id: catalogue.id,
        state,
        value: finding.value,
        n: finding.n,
        bp,
        max,
        points: Fraction::whole(0),
    }
}

fn findings(view: &View<'_>, uscc: &str) -> Vec<(&'static str, Finding)> {
    let mut all = registration::findings(view, uscc);
    all.extend(credit::findings(view, uscc));
    all.extend(trade::findings(view, uscc));
    all.extend(reviews::findings(view, uscc));
    all.extend(complaints::findings(view, uscc));
    // No source format carries the fact today (ruling A3); they start with a later scorecard version (part G).
    all.extend(["T08", "C07", "C08"].map(|id| (id, Finding::disabled())));
    all
}

fn n_reasons(view: &View<'_>, uscc: &str, coverage: Fraction) -> Vec<&'static str> {
    let row = view.enterprises[uscc].current;
    let traded = view
        .population(uscc)
        .iter()
        .any(|index| days::in_months(view.orders[*index].ordered_at.date(), view.as_of, 12));
    let rules = [
        ("coverage", coverage < Fraction::new(3, 5)),
        ("age", days::months_since(row.established_on, view.as_of) < 6),
        ("no_transactions", !traded),
        ("deregistered", row.status == "注销"),
    ];
    rules.into_iter().filter(|(_, holds)| *holds).map(|(code, _)| code).collect()
}

pub fn rate(view: &View<'_>, uscc: &str) -> Rating {
    let kind = view.kind(uscc);
    let found = findings(view, uscc);
    let mut indicators: Vec<Indicator> = CATALOGUE
        .iter()
        .map(|entry| {
            let finding =
                found.iter().find(|(id, _)| *id == entry.id).unwrap_or_else(|| panic!("no {}", entry.id));
            indicator(entry, kind, finding.1.clone())
        })
        .collect();
    let mut sub_scores = [Fraction::whole(0); 4];
    let mut coverage = Fraction::whole(0);
    for source in 0..4 {
        let weight = WEIGHTS[kind][source];
        let counted = |i: &&mut Indicator| {
            source_of(i.id) == source && i.max > 0 && matches!(i.state, State::Observed | State::Insufficient)
        };
        let members: Vec<&mut Indicator> = indicators.iter_mut().filter(counted).collect();
        let whole: i128 = members.iter().map(|i| i.max).sum();
        if whole == 0 {
            // Reading: nothing observed, so nothing is added to the coverage.
            sub_scores[source] = Fraction::new(6 * weight, 10);
            continue;
        }
        let observed: i128 = members.iter().filter(|i| i.state == State::Observed).map(|i| i.max).sum();
        let earned: i128 = members.iter().map(|i| i.max * i.bp).sum();
        sub_scores[source] = Fraction::new(weight * earned, 10_000 * whole);
        coverage = coverage + Fraction::new(weight * observed, 1000 * whole);
        for member in members {
            member.points = Fraction::new(weight * member.max * member.bp, 10_000 * whole);
        }
    }
    let score_raw = sub_scores.into_iter().sum::<Fraction>().round(1);
    let (vetoes, caps) = (listed::vetoes(view, uscc), listed::caps(view, uscc));
    let n_reasons = n_reasons(view, uscc, coverage);
    let capped = caps.iter().map(|(_, limit)| *limit).fold(score_raw, i128::min);
    let (score, grade_by_score) = if !vetoes.is_empty() {
        (capped.min(399), "D")
    } else if !n_reasons.is_empty() {
        (capped, "N")
    } else {
        (capped, band(capped))
    };
    Rating {
        uscc: uscc.to_owned(),
        kind: ["E1", "E2", "E3", "E4"][kind],
        indicators,
        sub_scores,
        score_raw,
        score,
        coverage,
        vetoes,
        caps,
        n_reasons,
        grade_by_score,
    }
}
