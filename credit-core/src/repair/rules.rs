//! The rule pack of credit repair.

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::Deserialize;
use toml::Spanned;

use super::ItemClass;
use crate::records::{ClassAuthority, ListCode};
use crate::rules::Severity;
use crate::rules::dated::{self, Faults, PackError};
use crate::rules::mark::Mark;

/// Longest term, months; a slip of the pen is seen.
pub const MONTHS_MAX: u16 = 120;

static EMBEDDED: LazyLock<RepairRules> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
    RepairRules::parse("repair-2026.1.toml", RepairRules::embedded_text())
        .expect("the embedded rules are well-formed")
});

/// What a rule is for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Of {
    Penalty { penalty: SeverityWord },
    Lists { lists: Vec<ListCode> },
    Classes { authority: ClassAuthority, classes: Vec<String> },
}

/// How grave a penalty is, as the pack writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeverityWord {
    Minor,
    General,
    Serious,
}

impl From<SeverityWord> for Severity {
    fn from(word: SeverityWord) -> Self {
        match word {
            SeverityWord::Minor => Severity::Minor,
            SeverityWord::General => Severity::General,
            SeverityWord::Serious => Severity::Serious,
        }
    }
}

/// Where a repair is filed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    pub id: String,
    pub title_zh: String,
    pub title_en: String,
    pub text_zh: String,
    pub text_en: String,
}

/// A paper that is brought.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    pub id: String,
    pub title_zh: String,
    pub title_en: String,
}

/// Within how many working days an application is answered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Credit China, from the application.
    pub credit_china_days: u16,
    /// The authority, from its receipt.
    pub authority_days: u16,
    pub basis_zh: String,
    pub basis_en: String,
    pub mark: Mark,
}

/// The rule of one kind of record.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub id: String,
    pub of: Of,
    /// Months of publicity before repair may be asked; 0: as soon as the duties are done. None: only the source knows.
    pub min_months: Option<u16>,
    /// Months after which publicity ends by itself. None: only the source ends it.
    pub max_months: Option<u16>,
    pub channel: String,
    pub papers: Vec<String>,
    pub conditions_zh: String,
    pub conditions_en: String,
    pub basis_zh: String,
    pub basis_en: String,
    pub mark: Mark,
    pub uncertain_zh: Option<String>,
    pub uncertain_en: Option<String>,
}

impl Rule {
    /// Whether it is for such a record.
    #[must_use]
    pub fn is_for(&self, class: &ItemClass) -> bool {
        match (&self.of, class) {
            (Of::Penalty { penalty }, ItemClass::Penalty(severity)) => Severity::from(*penalty) == *severity,
            (Of::Lists { lists }, ItemClass::Listing(list)) => lists.contains(list),
            (Of::Classes { authority, classes }, ItemClass::Class(of, class)) => {
                authority == of && classes.contains(class)
            }
            _ => false,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    effective_from: NaiveDate,
    free_zh: String,
    free_en: String,
    never_zh: String,
    never_en: String,
    answer: Answer,
    channel: Vec<Channel>,
    paper: Vec<Paper>,
    rule: Vec<Spanned<Rule>>,
}

/// All rules of repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepairRules {
    pub id: String,
    /// The first day of these rules.
    pub effective_from: NaiveDate,
    /// That it is free, for whoever reads a plan.
    pub free_zh: String,
    pub free_en: String,
    /// That nothing is decided here.
    pub never_zh: String,
    pub never_en: String,
    pub answer: Answer,
    channels: Vec<Channel>,
    papers: Vec<Paper>,
    rules: Vec<Rule>,
}

impl RepairRules {
    /// The rules of this release.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// The embedded file's text, to publish under its digest.
    #[must_use]
    pub const fn embedded_text() -> &'static str {
        include_str!("../../data/repair-2026.1.toml")
    }

    /// Reads and validates a rule pack; `file` is the name that errors give it.
    ///
    /// # Errors
    /// [`PackError`]: too large, not TOML of this form, or not valid.
    pub fn parse(file: &str, text: &str) -> Result<Self, PackError> {
        let content = dated::read::<File, File>(file, text, check)?;
        let File { id, effective_from, free_zh, free_en, never_zh, never_en, answer, channel, paper, rule } =
            content;
        Ok(Self {
            id,
            effective_from,
            free_zh,
            free_en,
            never_zh,
            never_en,
            answer,
            channels: channel,
            papers: paper,
            rules: rule.into_iter().map(Spanned::into_inner).collect(),
        })
    }

    /// The rule for such a record; None where the record is none that is repaired, such as a good class.
    #[must_use]
    pub fn of(&self, class: &ItemClass) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.is_for(class))
    }

    /// The rules in the order of the file.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Where a rule says that it is filed. A pack that was read has it.
    #[must_use]
    pub fn channel(&self, rule: &Rule) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.id == rule.channel)
    }

    /// The papers of a rule, in its order.
    pub fn papers<'a>(&'a self, rule: &'a Rule) -> impl Iterator<Item = &'a Paper> {
        rule.papers.iter().filter_map(|id| self.papers.iter().find(|paper| paper.id == *id))
    }
}

/// What each rule is for, one by one.
fn classes_of(rule: &Rule) -> Vec<ItemClass> {
    match &rule.of {
        Of::Penalty { penalty } => vec![ItemClass::Penalty((*penalty).into())],
        Of::Lists { lists } => lists.iter().copied().map(ItemClass::Listing).collect(),
        Of::Classes { authority, classes } => {
            classes.iter().map(|class| ItemClass::Class(*authority, class.clone())).collect()
        }
    }
}

fn check(content: &File, faults: &mut Faults<'_>) {
    faults.check_id(&content.id, "repair-");
    let (mut ids, mut of): (Vec<&str>, Vec<ItemClass>) = (Vec::new(), Vec::new());
    for spanned in &content.rule {
        let (line, rule) = (faults.line_of(spanned), spanned.get_ref());
        let mut add = |field, what: &str| faults.add(line, field, format!("{}: {what}", rule.id));
        if ids.contains(&rule.id.as_str()) {
            add("id", "appears twice");
        }
        ids.push(&rule.id);
        for class in classes_of(rule) {
            if of.contains(&class) {
                add("of", "another rule is for the same");
            }
            of.push(class);
        }
        for months in [rule.min_months, rule.max_months].into_iter().flatten() {
            if months > MONTHS_MAX {
                add("max_months", "a term is too long");
            }
        }
        if let (Some(min), Some(max)) = (rule.min_months, rule.max_months)
            && min >= max
        {
            add("min_months", "the least publicity is not shorter than the longest");
        }
        if !content.channel.iter().any(|channel| channel.id == rule.channel) {
            add("channel", "there is no such channel");
        }
        if rule.papers.iter().any(|id| !content.paper.iter().any(|paper| paper.id == *id)) {
            add("papers", "there is no such paper");
        }
        if rule.mark == Mark::Uncertain && rule.uncertain_zh.is_none() {
            add("uncertain_zh", "what is uncertain is not said");
        }
        if rule.uncertain_zh.is_some() != rule.uncertain_en.is_some() {
            add("uncertain_en", "said in one language only");
        }
        let texts = [&rule.conditions_zh, &rule.conditions_en, &rule.basis_zh, &rule.basis_en];
        if texts.iter().any(|text| text.trim().is_empty()) {
            add("basis_zh", "a text is empty");
        }
    }
    for severity in [Severity::Minor, Severity::General, Severity::Serious] {
        if !of.contains(&ItemClass::Penalty(severity)) {
            faults.add(1, "rule", format!("{severity:?} penalties have none"));
        }
    }
    for list in ListCode::ALL {
        if !of.contains(&ItemClass::Listing(list)) {
            faults.add(1, "rule", format!("{} has none", list.as_str()));
        }
    }
}
