//! The rule pack of the negative list.

use std::sync::LazyLock;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::Kind;
use crate::rules::dated::{Contents, DatedRule, Pack};
use crate::rules::mark::Mark;

static EMBEDDED: LazyLock<NegativeListRules> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
    NegativeListRules::parse("negative-list-2026.1.toml", NegativeListRules::embedded_text())
        .expect("the embedded rules are well-formed")
});

/// Whose entry it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryType {
    /// Repeats the list of an authority.
    Mirror,
    /// The zone's own, internal.
    Watch,
}

/// How an entry ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exit {
    pub zh: String,
    pub en: String,
    /// Only the source ends it.
    pub by_source: bool,
    /// Longest time on the source's list, in months; for information, the source's word counts.
    pub max_months: Option<u16>,
    /// Months after which the source may end it early.
    pub early_months: Option<u16>,
    /// Calendar days after which a watch entry expires by itself.
    pub expires_days: Option<u16>,
    /// How often a watch entry may be renewed, each time with approval.
    #[serde(default)]
    pub renewals: u8,
}

/// The rule of one code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub code: Kind,
    pub title_zh: String,
    pub title_en: String,
    pub trigger_zh: String,
    pub trigger_en: String,
    #[serde(rename = "type")]
    pub entry: EntryType,
    /// Whether everybody may see it.
    pub public: bool,
    pub exit: Exit,
    pub basis_zh: String,
    pub basis_en: String,
    pub mark: Mark,
}

/// A rule pack as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    id: String,
    effective_from: NaiveDate,
    entry: Vec<Spanned<Rule>>,
}

/// The rules of all codes.
pub type NegativeListRules = Pack<Rule>;

impl From<File> for Contents<Rule> {
    fn from(file: File) -> Self {
        Self { id: file.id, effective_from: file.effective_from, rules: file.entry }
    }
}

impl Pack<Rule> {
    /// The rules of this release.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// The embedded file's text, to publish under its digest.
    #[must_use]
    pub const fn embedded_text() -> &'static str {
        include_str!("../../data/negative-list-2026.1.toml")
    }
}

/// The last day in force of a watch entry effective on `from` after `renewals` approvals; None when the rule has no
/// expiry of its own, or does not allow so many renewals. The day does not roll over holidays: it is for the good
/// of the enterprise.
#[must_use]
pub fn watch_ends_on(rule: &Rule, from: NaiveDate, renewals: u8) -> Option<NaiveDate> {
    let days = u64::from(rule.exit.expires_days?);
    if renewals > rule.exit.renewals {
        return None;
    }
    let terms = u64::from(renewals).saturating_add(1);
    from.checked_add_days(Days::new(days.saturating_mul(terms)))
}

impl DatedRule for Rule {
    type Key = Kind;
    type File = File;
    const PREFIX: &'static str = "negative-list-";
    const TABLE: &'static str = "entry";
    const KEY_FIELD: &'static str = "code";
    const KEYS: &'static [Kind] = &Kind::ALL;

    fn key(&self) -> Kind {
        self.code
    }

    fn code(kind: Kind) -> &'static str {
        kind.code()
    }

    fn texts(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("title_zh", &self.title_zh),
            ("title_en", &self.title_en),
            ("trigger_zh", &self.trigger_zh),
            ("trigger_en", &self.trigger_en),
            ("exit.zh", &self.exit.zh),
            ("exit.en", &self.exit.en),
            ("basis_zh", &self.basis_zh),
            ("basis_en", &self.basis_en),
        ]
    }

    fn check(&self, fault: &mut dyn FnMut(&'static str, String)) {
        let mut unless = |holds: bool, field, what: &str| {
            if !holds {
                fault(field, what.to_owned());
            }
        };
        let (exit, is_mirror) = (&self.exit, self.entry == EntryType::Mirror);
        unless(is_mirror == self.code.is_mirror(), "type", "N codes are mirrors, W codes the watch list");
        if is_mirror {
            let by_source = exit.by_source && exit.expires_days.is_none() && exit.renewals == 0;
            unless(by_source, "exit", "a mirror ends with its source and in no other way");
        } else {
            unless(!self.public, "public", "the watch list is internal");
            let by_itself = !exit.by_source && matches!(exit.expires_days, Some(1..=365));
            unless(by_itself, "exit", "a watch entry expires by itself within a year");
        }
    }
}
