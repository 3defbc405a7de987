//! The rule pack of the negative list.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::Kind;
use crate::rules::mark::Mark;

/// Largest rule pack accepted, in bytes.
pub const FILE_BYTES_MAX: usize = 1 << 20;

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    effective_from: NaiveDate,
    entry: Vec<Spanned<Rule>>,
}

/// The rules of all codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NegativeListRules {
    id: String,
    effective_from: NaiveDate,
    rules: BTreeMap<Kind, Rule>,
}

/// Why a file is no rule pack of the negative list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NegativeListError {
    #[error("{file}: a rule pack has at most {FILE_BYTES_MAX} bytes, this has {bytes}")]
    TooLarge { file: String, bytes: usize },
    /// The message names line, column and field.
    #[error("{file}: {message}")]
    Syntax { file: String, message: String },
    /// Every fault found, each as `file:line: field: what`.
    #[error("{}", .0.join("; "))]
    Invalid(Vec<String>),
}

impl NegativeListRules {
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

    /// Reads and validates a rule pack; `file` is the name that errors give it.
    ///
    /// # Errors
    /// [`NegativeListError`]: too large, not TOML of this form, or not valid.
    pub fn parse(file: &str, text: &str) -> Result<Self, NegativeListError> {
        if text.len() > FILE_BYTES_MAX {
            return Err(NegativeListError::TooLarge { file: file.to_owned(), bytes: text.len() });
        }
        let content: File = toml::from_str(text).map_err(|error| NegativeListError::Syntax {
            file: file.to_owned(),
            message: error.to_string().trim_end().to_owned(),
        })?;
        let faults = faults(file, text, &content);
        if !faults.is_empty() {
            return Err(NegativeListError::Invalid(faults));
        }
        let rules =
            content.entry.into_iter().map(Spanned::into_inner).map(|rule| (rule.code, rule)).collect();
        Ok(Self { id: content.id, effective_from: content.effective_from, rules })
    }

    /// Such as `negative-list-2026.1`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The first day of these rules.
    #[must_use]
    pub const fn effective_from(&self) -> NaiveDate {
        self.effective_from
    }

    /// The rule of a code. A pack that was read has one for each.
    #[must_use]
    pub fn rule(&self, kind: Kind) -> Option<&Rule> {
        self.rules.get(&kind)
    }

    /// The rules in the order of the codes.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values()
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

fn faults(file: &str, text: &str, content: &File) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = Vec::new();
    if !content.id.starts_with("negative-list-") {
        found.push(format!("{file}:1: id: {:?} does not begin with negative-list-", content.id));
    }
    for spanned in &content.entry {
        let start = spanned.span().start;
        let line = text.as_bytes().iter().take(start).filter(|byte| **byte == b'\n').count() + 1;
        let rule = spanned.get_ref();
        let code = rule.code.code();
        let mut add = |field: &str, what: &str| found.push(format!("{file}:{line}: {field}: {code}: {what}"));
        if seen.contains(&rule.code) {
            add("code", "appears twice");
        }
        seen.push(rule.code);
        if (rule.entry == EntryType::Mirror) != rule.code.is_mirror() {
            add("type", "N codes are mirrors, W codes the watch list");
        }
        match rule.entry {
            EntryType::Mirror => {
                if !rule.exit.by_source || rule.exit.expires_days.is_some() || rule.exit.renewals != 0 {
                    add("exit", "a mirror ends with its source and in no other way");
                }
            }
            EntryType::Watch => {
                if rule.public {
                    add("public", "the watch list is internal");
                }
                if rule.exit.by_source || !matches!(rule.exit.expires_days, Some(1..=365)) {
                    add("exit", "a watch entry expires by itself within a year");
                }
            }
        }
        let texts = [
            ("title_zh", &rule.title_zh),
            ("title_en", &rule.title_en),
            ("trigger_zh", &rule.trigger_zh),
            ("trigger_en", &rule.trigger_en),
            ("exit.zh", &rule.exit.zh),
            ("exit.en", &rule.exit.en),
            ("basis_zh", &rule.basis_zh),
            ("basis_en", &rule.basis_en),
        ];
        for (field, _) in texts.iter().filter(|(_, text)| text.trim().is_empty()) {
            add(field, "is empty");
        }
    }
    for kind in Kind::ALL.iter().filter(|kind| !seen.contains(kind)) {
        found.push(format!("{file}:1: entry: {} has no rule", kind.code()));
    }
    found
}
