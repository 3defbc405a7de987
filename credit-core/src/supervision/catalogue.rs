//! The catalogue of measures.

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::grade::Grade;
use crate::negative_list::Kind;
use crate::rules::dated::{self, Faults, PackError};
use crate::rules::mark::Mark;

static EMBEDDED: LazyLock<Catalogue> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
    Catalogue::parse("measures-2026.1.toml", Catalogue::embedded_text())
        .expect("the embedded catalogue is well-formed")
});

/// A class of graded supervision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Class {
    I,
    II,
    III,
    IV,
}

impl Class {
    pub const ALL: [Self; 4] = [Self::I, Self::II, Self::III, Self::IV];

    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::I => "I",
            Self::II => "II",
            Self::III => "III",
            Self::IV => "IV",
        }
    }

    /// The class of a code.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.code() == code)
    }
}

/// The class of a grade (`domain.md` 7.3). N is no negative mark: it is supervised as usual.
#[must_use]
pub const fn class_of(grade: Grade) -> Class {
    match grade {
        Grade::AAA | Grade::AA => Class::I,
        Grade::A | Grade::BBB | Grade::N => Class::II,
        Grade::BB => Class::III,
        Grade::D => Class::IV,
    }
}

/// By whose power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Power {
    /// The zone's own.
    Zone,
    /// Told to an agency, which decides under its own rules.
    Recommendation,
}

impl Power {
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Zone => "zone",
            Self::Recommendation => "recommendation",
        }
    }
}

/// Whom a recommendation is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agency {
    Customs,
    Safe,
    Tax,
    MarketRegulation,
}

impl Agency {
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Customs => "customs",
            Self::Safe => "safe",
            Self::Tax => "tax",
            Self::MarketRegulation => "market_regulation",
        }
    }
}

/// What kind of thing a measure does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Less burden, or preference.
    Ease,
    /// The usual treatment; nothing is recorded of it.
    Standard,
    /// How often and how closely something is looked at.
    Inspection,
    /// Help and hints.
    Guidance,
    /// Takes something away.
    Restriction,
}

impl Effect {
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ease => "ease",
            Self::Standard => "standard",
            Self::Inspection => "inspection",
            Self::Guidance => "guidance",
            Self::Restriction => "restriction",
        }
    }

    /// Whether the enterprise has to bear it.
    #[must_use]
    pub const fn is_burden(self) -> bool {
        matches!(self, Self::Inspection | Self::Restriction)
    }
}

/// How often at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    Month,
    Quarter,
    Year,
}

/// The part of the enterprises of a class that is spot-checked in a year, percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    pub at_least: u8,
    pub at_most: u8,
    pub every: Option<Every>,
}

/// A measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    pub code: String,
    /// The row of `domain.md` 7.4, such as `spot_check`.
    pub area: String,
    pub title_zh: String,
    pub title_en: String,
    /// Due to these classes; with kinds as well, both are needed.
    #[serde(default)]
    pub classes: Vec<Class>,
    /// Due while one of these entries is in force.
    #[serde(default)]
    pub kinds: Vec<Kind>,
    pub power: Power,
    pub agency: Option<Agency>,
    pub effect: Effect,
    pub does_zh: String,
    pub does_en: String,
    /// Item of the national list of measures.
    pub item: Option<String>,
    pub basis_zh: String,
    pub basis_en: String,
    pub mark: Mark,
    pub rate: Option<Rate>,
}

impl Measure {
    /// Whether it holds only when somebody has confirmed it: what an enterprise has to bear by the zone's own power.
    #[must_use]
    pub fn binds(&self) -> bool {
        self.power == Power::Zone && self.effect.is_burden()
    }

    /// Whether two persons decide on it, one after the other.
    #[must_use]
    pub fn takes_two(&self) -> bool {
        self.binds() && self.effect == Effect::Restriction
    }

    /// Whether it follows nothing but entries of statutory lists, before which the authority that enters has heard the
    /// enterprise. N7 is a class and no such list.
    #[must_use]
    pub fn follows_a_hearing(&self) -> bool {
        !self.kinds.is_empty() && self.kinds.iter().all(|kind| kind.is_mirror() && *kind != Kind::N7)
    }

    /// Whether it rests on what a mirrored list says, so that it is not begun while the lists are stale. Grade D is
    /// mostly a veto, and a veto is mostly a list.
    #[must_use]
    pub fn rests_on_lists(&self) -> bool {
        self.kinds.iter().any(|kind| kind.is_mirror()) || self.classes.contains(&Class::IV)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    effective_from: NaiveDate,
    measure: Vec<Spanned<Measure>>,
}

/// All measures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    id: String,
    effective_from: NaiveDate,
    measures: Vec<Measure>,
}

impl Catalogue {
    /// The catalogue of this release.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// The catalogue that holds on a day; none before the first one.
    #[must_use]
    pub fn on(day: NaiveDate) -> Option<&'static Self> {
        Some(Self::embedded()).filter(|catalogue| catalogue.effective_from <= day)
    }

    /// The embedded file's text.
    #[must_use]
    pub const fn embedded_text() -> &'static str {
        include_str!("../../data/measures-2026.1.toml")
    }

    /// Reads and validates a catalogue; `file` is the name that errors give it.
    ///
    /// # Errors
    /// [`PackError`]: too large, not TOML of this form, or beyond what the law allows.
    pub fn parse(file: &str, text: &str) -> Result<Self, PackError> {
        let content = dated::read::<File, File>(file, text, check)?;
        let measures = content.measure.into_iter().map(Spanned::into_inner).collect();
        Ok(Self { id: content.id, effective_from: content.effective_from, measures })
    }

    /// Such as `measures-2026.1`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The first day on which it holds.
    #[must_use]
    pub const fn effective_from(&self) -> NaiveDate {
        self.effective_from
    }

    /// In the order of the file.
    #[must_use]
    pub fn measures(&self) -> &[Measure] {
        &self.measures
    }

    /// The measure of a code.
    #[must_use]
    pub fn find(&self, code: &str) -> Option<&Measure> {
        self.measures.iter().find(|measure| measure.code == code)
    }

    /// The spot-check rate of a class. A catalogue that was read has one for each.
    #[must_use]
    pub fn rate_of(&self, class: Class) -> Option<Rate> {
        self.measures.iter().find(|measure| measure.classes == [class] && measure.rate.is_some())?.rate
    }
}

fn check(content: &File, faults: &mut Faults<'_>) {
    faults.check_id(&content.id, "measures-");
    let mut seen: Vec<&str> = Vec::new();
    for spanned in &content.measure {
        let (line, measure) = (faults.line_of(spanned), spanned.get_ref());
        let code = measure.code.as_str();
        let mut all = faults_of(measure);
        if seen.contains(&code) {
            all.push(("code", "appears twice"));
        }
        seen.push(code);
        for (field, what) in all {
            faults.add(line, field, format!("{code}: {what}"));
        }
    }
    for class in Class::ALL {
        let measures = || content.measure.iter().map(Spanned::get_ref);
        if measures().filter(|one| one.classes == [class] && one.rate.is_some()).count() != 1 {
            faults.add(1, "measure", format!("class {} has not one rate", class.code()));
        }
    }
}

fn is_empty(text: Option<&String>) -> bool {
    text.is_none_or(|text| text.trim().is_empty())
}

fn faults_of(measure: &Measure) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    if measure.classes.is_empty() && measure.kinds.is_empty() {
        found.push(("classes", "is due to nobody"));
    }
    if (measure.power == Power::Recommendation) != measure.agency.is_some() {
        found.push(("agency", "a recommendation names an agency, and nothing else does"));
    }
    let is_cited = !is_empty(measure.item.as_ref()) && !measure.basis_zh.trim().is_empty();
    if measure.effect == Effect::Restriction && !is_cited {
        found.push(("item", "what restricts names an item of the national list and its basis"));
    }
    let is_list_alone = measure.classes.is_empty() && measure.kinds.iter().any(|kind| kind.is_mirror());
    if (measure.classes.contains(&Class::IV) || is_list_alone) && measure.effect.is_burden() && !is_cited {
        found.push(("item", "a burden of class IV names an item of the national list and its basis"));
    }
    if measure.takes_two() && !measure.follows_a_hearing() {
        found.push((
            "kinds",
            "what takes something away follows an entry before which the enterprise was heard",
        ));
    }
    // The rule of 7.4; the usual treatment is none.
    let changes_little = matches!(measure.effect, Effect::Inspection | Effect::Guidance | Effect::Standard);
    if measure.classes.contains(&Class::III) && !changes_little {
        found.push(("effect", "class III knows only how often is inspected, and guidance"));
    }
    let is_watched = measure.kinds.iter().any(|kind| !kind.is_mirror());
    if is_watched && (!changes_little || measure.power != Power::Zone) {
        found.push(("effect", "the watch list changes the zone's own attention and nothing else"));
    }
    let better = measure.classes.iter().any(|class| *class <= Class::II);
    if better && measure.effect.is_burden() {
        found.push(("effect", "classes I and II have nothing to bear"));
    }
    if measure.effect == Effect::Ease && measure.classes != [Class::I] {
        found.push(("effect", "class I alone has it easier"));
    }
    let is_rate =
        |rate: Rate| (1..=100).contains(&rate.at_least) && (rate.at_least..=100).contains(&rate.at_most);
    if measure.rate.is_some_and(|rate| !is_rate(rate)) {
        found.push(("rate", "is no range of percent"));
    }
    let texts = [
        ("title_zh", &measure.title_zh),
        ("title_en", &measure.title_en),
        ("does_zh", &measure.does_zh),
        ("does_en", &measure.does_en),
        ("basis_zh", &measure.basis_zh),
        ("basis_en", &measure.basis_en),
    ];
    for (field, _) in texts.iter().filter(|(_, text)| text.trim().is_empty()) {
        found.push((field, "is empty"));
    }
    found
}
