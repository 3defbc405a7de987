//! How long the clocks run: a dated rule pack (`data/deadlines-2026.1.toml`), each term with its source.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::machine::{Transition, machine};
use super::step::{Since, Started};
use super::words::{Clock, Kind, Role};
use crate::rules::mark::Mark;

/// Largest rule pack accepted, in bytes.
pub const FILE_BYTES_MAX: usize = 1 << 20;

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    effective_from: NaiveDate,
    clock: Vec<Spanned<Rule>>,
}

/// The terms of a rule pack; every clock has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadlines {
    id: String,
    effective_from: NaiveDate,
    rules: BTreeMap<Clock, Rule>,
}

/// One fault of a rule pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {field}: {what}")]
pub struct Fault {
    pub file: String,
    /// Of the table that has the fault, from 1.
    pub line: usize,
    pub field: &'static str,
    pub what: String,
}

/// Why a file is no rule pack of terms.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeadlinesError {
    #[error("{file}: a rule pack has at most {FILE_BYTES_MAX} bytes, this has {bytes}")]
    TooLarge { file: String, bytes: usize },
    /// The message names line, column and field.
    #[error("{file}: {message}")]
    Syntax { file: String, message: String },
    /// Every fault found, not only the first.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Fault>),
}

impl Deadlines {
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

    /// Reads and validates a rule pack; `file` is the name that errors give it.
    ///
    /// # Errors
    /// [`DeadlinesError`]: too large, not TOML of this form, or not valid.
    pub fn parse(file: &str, text: &str) -> Result<Self, DeadlinesError> {
        if text.len() > FILE_BYTES_MAX {
            return Err(DeadlinesError::TooLarge { file: file.to_owned(), bytes: text.len() });
        }
        let content: File = toml::from_str(text).map_err(|error| DeadlinesError::Syntax {
            file: file.to_owned(),
            message: error.to_string().trim_end().to_owned(),
        })?;
        let faults = faults(file, text, &content);
        if !faults.is_empty() {
            return Err(DeadlinesError::Invalid(faults));
        }
        let rules = content.clock.into_iter().map(Spanned::into_inner).map(|rule| (rule.id, rule)).collect();
        Ok(Self { id: content.id, effective_from: content.effective_from, rules })
    }

    /// Such as `deadlines-2026.1`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The first day on which clocks start by these terms.
    #[must_use]
    pub const fn effective_from(&self) -> NaiveDate {
        self.effective_from
    }

    /// The term of a clock. A pack that was read has one for each.
    #[must_use]
    pub fn rule(&self, clock: Clock) -> Option<&Rule> {
        self.rules.get(&clock)
    }

    /// The terms in the order of the clocks.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
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
            pack: self.id.clone(),
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

fn faults(file: &str, text: &str, content: &File) -> Vec<Fault> {
    let line_of = |at: usize| text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
    let mut found = Vec::new();
    let mut add = |line: usize, field: &'static str, what: String| {
        found.push(Fault { file: file.to_owned(), line, field, what });
    };
    if !content.id.starts_with("deadlines-") {
        add(1, "id", format!("{:?} does not begin with deadlines-", content.id));
    }
    let mut seen: BTreeMap<Clock, &Rule> = BTreeMap::new();
    for spanned in &content.clock {
        let (line, rule) = (line_of(spanned.span().start), spanned.get_ref());
        let name = rule.id.code();
        if seen.insert(rule.id, rule).is_some() {
            add(line, "id", format!("{name} appears twice"));
        }
        if rule.count > COUNT_MAX {
            add(line, "count", format!("{name}: {} is above {COUNT_MAX}", rule.count));
        }
        if rule.count == 0 && (rule.unit != Unit::CalendarDays || rule.rolls) {
            add(line, "count", format!("{name}: only calendar days that do not roll can be 0, the same day"));
        }
        if rule.unit == Unit::WorkingDays && !rule.rolls {
            add(line, "rolls", format!("{name}: a term in working days ends on one"));
        }
        if rule.extension > COUNT_MAX {
            add(line, "extension", format!("{name}: {} is above {COUNT_MAX}", rule.extension));
        }
        if rule.runs_from == RunsFrom::Service && !always_posted(rule.id) {
            add(line, "runs_from", format!("{name}: starts with a step that posts no notice"));
        }
        if rule.extension == 0 && is_extended(rule.id) {
            add(line, "extension", format!("{name}: the machines lengthen it, by how much?"));
        }
        for (field, days) in [("remind", rule.remind), ("escalate", rule.escalate)] {
            if days > COUNT_MAX {
                add(line, field, format!("{name}: {days} is above {COUNT_MAX}"));
            }
        }
        for (field, basis) in [("basis_zh", &rule.basis_zh), ("basis_en", &rule.basis_en)] {
            if basis.trim().is_empty() {
                add(line, field, format!("{name}: no source is named"));
            }
        }
    }
    for spanned in &content.clock {
        let (line, rule) = (line_of(spanned.span().start), spanned.get_ref());
        let Some(outer) = rule.within else { continue };
        if outer == rule.id || seen.get(&outer).is_none_or(|outer| outer.within.is_some()) {
            let what = format!("{}: {} is no outer bound", rule.id.code(), outer.code());
            add(line, "within", what);
        }
    }
    if let Some(rule) = seen.get(&Clock::ServiceDeemed)
        && (rule.unit != Unit::WorkingDays || rule.runs_from != RunsFrom::Step)
    {
        add(1, "unit", "service_deemed: working days from the step".to_owned());
    }
    for clock in Clock::ALL.iter().filter(|clock| !seen.contains_key(clock)) {
        add(1, "clock", format!("{} has no term", clock.code()));
    }
    found
}
