//! How long the clocks run: a dated rule pack (`data/deadlines-2026.1.toml`), each term with its source.

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::machine::{Transition, machine};
use super::step::{Since, Started};
use super::words::{Clock, Kind, Role};
use crate::rules::dated::{Contents, DatedRule, Pack, Seen};
use crate::rules::mark::Mark;

/// Longest term, in its unit; a slip of the pen is seen.
pub const COUNT_MAX: u16 = 400;

const EMBEDDED_NAME: &str = "deadlines-2026.1.toml";

static EMBEDDED: LazyLock<Deadlines> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
    Deadlines::parse(EMBEDDED_NAME, Deadlines::embedded_text()).expect("the embedded terms are well-formed")
});

/// In what a term is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    WorkingDays,
    CalendarDays,
    Months,
}

impl Unit {
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::WorkingDays => "working_days",
            Self::CalendarDays => "calendar_days",
            Self::Months => "months",
        }
    }
}

/// What the end of a clock means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    /// Somebody owes an act by then, and is overdue after.
    Duty,
    /// Somebody may act until then; after it something else can follow.
    Window,
}

impl Nature {
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Duty => "duty",
            Self::Window => "window",
        }
    }
}

/// The day from which a term runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunsFrom {
    Step,
    Service,
}

/// One term.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub id: Clock,
    pub count: u16,
    pub unit: Unit,
    #[serde(default = "from_step")]
    pub runs_from: RunsFrom,
    #[serde(default = "yes")]
    pub rolls: bool,
    #[serde(default)]
    pub extension: u16,
    pub within: Option<Clock>,
    pub nature: Nature,
    pub owed_by: Role,
    /// Working days before the end; 1 unless the pack says otherwise.
    #[serde(default = "one")]
    pub remind: u16,
    /// Working days after the end; 1 unless the pack says otherwise.
    #[serde(default = "one")]
    pub escalate: u16,
    pub basis_zh: String,
    pub basis_en: String,
    pub mark: Mark,
}

const fn from_step() -> RunsFrom {
    RunsFrom::Step
}

const fn yes() -> bool {
    true
}

const fn one() -> u16 {
    1
}

/// A rule pack as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    id: String,
    effective_from: NaiveDate,
    clock: Vec<Spanned<Rule>>,
}

/// The terms of a rule pack; every clock has one.
pub type Deadlines = Pack<Rule>;

impl From<File> for Contents<Rule> {
    fn from(file: File) -> Self {
        Self { id: file.id, effective_from: file.effective_from, rules: file.clock }
    }
}

impl Pack<Rule> {
    /// The terms of this release.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// The embedded file's text, to publish under its digest.
    #[must_use]
    pub const fn embedded_text() -> &'static str {
        include_str!("../../data/deadlines-2026.1.toml")
    }

    /// A clock as a step starts it today.
    pub(super) fn start(&self, clock: Clock) -> Option<Started> {
        let rule = self.rule(clock)?;
        let from = match rule.runs_from {
            RunsFrom::Step => Since::Step,
            RunsFrom::Service => Since::Service { deemed_after: self.rule(Clock::ServiceDeemed)?.count },
        };
        Some(Started {
            clock,
            pack: self.id().to_owned(),
            count: rule.count,
            unit: rule.unit,
            from,
            rolls: rule.rolls,
            extension: rule.extension,
            within: rule.within,
            nature: rule.nature,
            owed_by: rule.owed_by,
            remind: rule.remind,
            escalate: rule.escalate,
        })
    }
}

fn transitions() -> impl Iterator<Item = &'static Transition> {
    Kind::ALL.iter().flat_map(|kind| machine(*kind).transitions)
}

/// Whether every step that starts the clock posts a notice.
fn always_posted(clock: Clock) -> bool {
    transitions()
        .filter(|row| row.destinations().any(|(_, _, starts)| starts.contains(&clock)))
        .all(|row| row.posts)
}

/// Whether some step lengthens the clock.
fn is_extended(clock: Clock) -> bool {
    transitions().any(|row| row.extends == Some(clock))
}

impl DatedRule for Rule {
    type Key = Clock;
    type File = File;
    const PREFIX: &'static str = "deadlines-";
    const TABLE: &'static str = "clock";
    const KEY_FIELD: &'static str = "id";
    const KEYS: &'static [Clock] = Clock::ALL;

    fn key(&self) -> Clock {
        self.id
    }

    fn code(clock: Clock) -> &'static str {
        clock.code()
    }

    fn texts(&self) -> Vec<(&'static str, &str)> {
        vec![("basis_zh", &self.basis_zh), ("basis_en", &self.basis_en)]
    }

    fn check(&self, fault: &mut dyn FnMut(&'static str, String)) {
        let days = [("extension", self.extension), ("remind", self.remind), ("escalate", self.escalate)];
        for (field, count) in [("count", self.count)].into_iter().chain(days) {
            if count > COUNT_MAX {
                fault(field, format!("{count} is above {COUNT_MAX}"));
            }
        }
        let mut unless = |holds: bool, field, what: &str| {
            if !holds {
                fault(field, what.to_owned());
            }
        };
        let may_be_today = self.unit == Unit::CalendarDays && !self.rolls;
        unless(
            self.count != 0 || may_be_today,
            "count",
            "only calendar days that do not roll can be 0, the same day",
        );
        unless(self.unit != Unit::WorkingDays || self.rolls, "rolls", "a term in working days ends on one");
        unless(
            self.runs_from != RunsFrom::Service || always_posted(self.id),
            "runs_from",
            "starts with a step that posts no notice",
        );
        unless(
            self.extension != 0 || !is_extended(self.id),
            "extension",
            "the machines lengthen it, by how much?",
        );
    }

    fn check_together(rules: &Seen<'_, Self>, fault: &mut dyn FnMut(usize, &'static str, String)) {
        for (line, rule) in rules.values() {
            let Some(outer) = rule.within else { continue };
            if outer == rule.id || rules.get(&outer).is_none_or(|(_, outer)| outer.within.is_some()) {
                fault(*line, "within", format!("{}: {} is no outer bound", rule.id.code(), outer.code()));
            }
        }
        if let Some((_, rule)) = rules.get(&Clock::ServiceDeemed)
            && (rule.unit != Unit::WorkingDays || rule.runs_from != RunsFrom::Step)
        {
            fault(1, "unit", "service_deemed: working days from the step".to_owned());
        }
    }
}
