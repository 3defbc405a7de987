//! A measure of supervision as its readers see it, and the catalogue.

use credit_core::negative_list::Kind;
use credit_core::records::Lang;
use credit_core::supervision::{Catalogue, Class, Measure, State, Verb};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::evaluation::view::rfc3339;
use crate::store::StoreError;
use crate::supervision::statement::Step;
use crate::supervision::store::{MeasureRow, Then};

/// A measure in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MeasureItem {
    pub id: String,
    pub uscc: String,
    /// In the catalogue.
    pub code: String,
    pub title: String,
    /// What it does.
    pub does: String,
    /// `ease`, `inspection`, `guidance` or `restriction`.
    pub effect: &'static str,
    /// `zone`: the zone's own; `recommendation`: told to `agency`, which decides under its own rules.
    pub power: &'static str,
    pub agency: Option<String>,
    /// Item of the national list of measures.
    pub item: Option<String>,
    pub basis: String,
    /// Id of the catalogue under which it was due.
    pub catalogue: String,
    /// `frozen`, `proposed`, `confirmed`, `in_force`, `stayed`, `refused`, `ended` or `lifted`; where it stood then.
    pub state: String,
    /// Since when it stood there.
    pub since: String,
    /// `officer`, `reviewer`, `feed` or `appeal`: what keeps it from holding.
    pub waits_for: Option<&'static str>,
    /// Why it is due: `grade`, `rating` (its number), `entries` of the negative list. Not for agencies.
    #[schema(value_type = Option<Object>)]
    pub cause: Option<Value>,
}

/// A part of the measures.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MeasuresBody {
    /// The moment that is answered about.
    pub at: String,
    pub items: Vec<MeasureItem>,
    pub next_cursor: Option<String>,
}

/// A step of a measure.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MeasureStep {
    pub number: u32,
    /// `freeze`, `propose`, `begin`, `confirm`, `refuse`, `stay`, `resume`, `end` or `lift`.
    pub verb: String,
    pub state: String,
    pub at: String,
    /// Who did it, where the reader is of the zone; nothing where the service did it by itself.
    pub by: Option<String>,
    /// Whether a person did it.
    pub by_person: bool,
    pub reason: Option<String>,
    /// What it rests on: as in the measure, or the `appeal` that stays it. Not for agencies.
    #[schema(value_type = Option<Object>)]
    pub cause: Option<Value>,
}

/// A measure with its steps.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MeasureBody {
    #[serde(flatten)]
    pub measure: MeasureItem,
    /// Counts the steps; also the `ETag`.
    pub version: i64,
    pub steps: Vec<MeasureStep>,
}

impl MeasureItem {
    /// Where it stood then.
    pub(super) fn of(
        row: &MeasureRow,
        then: &Then,
        shows_cause: bool,
        lang: Lang,
    ) -> Result<Self, StoreError> {
        let measure = row.measure()?;
        let say = |zh: &str, en: &str| if lang == Lang::Zh { zh.to_owned() } else { en.to_owned() };
        Ok(Self {
            id: row.id.clone(),
            uscc: row.uscc.clone(),
            code: row.code.clone(),
            title: say(&measure.title_zh, &measure.title_en),
            does: say(&measure.does_zh, &measure.does_en),
            effect: measure.effect.code(),
            power: measure.power.code(),
            agency: row.agency.clone(),
            item: measure.item.clone(),
            basis: say(&measure.basis_zh, &measure.basis_en),
            catalogue: row.catalogue.clone(),
            state: then.state.clone(),
            since: rfc3339(then.since),
            waits_for: State::of(&then.state).and_then(waits_for),
            cause: if shows_cause { json_of(&row.cause) } else { None },
        })
    }
}

fn json_of(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

fn waits_for(state: State) -> Option<&'static str> {
    match state {
        State::Frozen => Some("feed"),
        State::Proposed => Some("officer"),
        State::Confirmed => Some("reviewer"),
        State::Stayed => Some("appeal"),
        _ => None,
    }
}

impl MeasureBody {
    pub(super) fn of(
        row: &MeasureRow,
        steps: &[Step],
        (shows_cause, names_persons): (bool, bool),
        lang: Lang,
    ) -> Result<Self, StoreError> {
        let then = Then {
            id: row.id.clone(),
            state: row.state.clone(),
            since: row.changed_at,
            made_at: row.made_at,
        };
        let step = |step: &Step| MeasureStep {
            number: step.number,
            verb: step.verb.clone(),
            state: step.state.clone(),
            at: rfc3339(step.at),
            by: step.by.clone().filter(|_| names_persons),
            by_person: Verb::of(&step.verb).is_some_and(Verb::is_a_persons),
            reason: step.reason.clone(),
            cause: if shows_cause { json_of(&step.cause) } else { None },
        };
        Ok(Self {
            measure: MeasureItem::of(row, &then, shows_cause, lang)?,
            version: row.version,
            steps: steps.iter().map(step).collect(),
        })
    }
}

/// A measure of the catalogue.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CatalogueMeasure {
    pub code: String,
    /// Such as `spot_check`.
    pub area: String,
    pub title_zh: String,
    pub title_en: String,
    /// `I` (AAA, AA), `II` (A, BBB, N), `III` (BB), `IV` (D).
    pub classes: Vec<&'static str>,
    /// Codes of the negative list; with classes as well, both are needed.
    pub kinds: Vec<&'static str>,
    pub power: &'static str,
    pub agency: Option<&'static str>,
    pub effect: &'static str,
    /// Somebody of the zone confirms it before it holds.
    pub binds: bool,
    /// Two persons confirm it, one after the other.
    pub takes_two: bool,
    pub does_zh: String,
    pub does_en: String,
    pub item: Option<String>,
    pub basis_zh: String,
    pub basis_en: String,
    /// Least and most of the enterprises of the class that are spot-checked in a year, percent.
    pub rate_percent: Option<[u8; 2]>,
}

/// The catalogue.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CatalogueBody {
    pub id: String,
    pub effective_from: chrono::NaiveDate,
    pub measures: Vec<CatalogueMeasure>,
}

impl CatalogueBody {
    pub(super) fn embedded() -> Self {
        let catalogue = Catalogue::embedded();
        let measures = catalogue.measures().iter().map(CatalogueMeasure::of).collect();
        Self { id: catalogue.id().to_owned(), effective_from: catalogue.effective_from(), measures }
    }
}

impl CatalogueMeasure {
    fn of(measure: &Measure) -> Self {
        Self {
            code: measure.code.clone(),
            area: measure.area.clone(),
            title_zh: measure.title_zh.clone(),
            title_en: measure.title_en.clone(),
            classes: measure.classes.iter().copied().map(Class::code).collect(),
            kinds: measure.kinds.iter().copied().map(Kind::code).collect(),
            power: measure.power.code(),
            agency: measure.agency.map(credit_core::supervision::Agency::code),
            effect: measure.effect.code(),
            binds: measure.binds(),
            takes_two: measure.takes_two(),
            does_zh: measure.does_zh.clone(),
            does_en: measure.does_en.clone(),
            item: measure.item.clone(),
            basis_zh: measure.basis_zh.clone(),
            basis_en: measure.basis_en.clone(),
            rate_percent: measure.rate.map(|rate| [rate.at_least, rate.at_most]),
        }
    }
}
