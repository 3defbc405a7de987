//! What a case is about: a record of the enterprise, a rating, an indicator, an order, an entry of the watch list, an
//! alarm. A record is named by its source and the parts of its natural key; what is committed to is a digest of both.

use credit_core::cases::{Kind, Subject, SubjectKind};
use credit_core::indicator::IndicatorId;
use credit_core::negative_list::Kind as ListKind;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::store::{self, CaseRow};
use crate::evaluation::history;
use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};

/// Between the parts of a natural key.
const SEPARATOR: &str = "\u{1f}";
/// Hexadecimal digits of a digest that names something: 128 bits.
const DIGEST_DIGITS: usize = 32;
/// Most parts of a natural key, and most characters of one.
const PARTS_MAX: usize = 8;
const PART_CHARS_MAX: usize = 512;

/// Most characters of the facts of a proposed entry.
pub const FACTS_CHARS_MAX: usize = 4_000;
/// Largest evidence of an alert, bytes of its JSON.
pub const EVIDENCE_BYTES_MAX: usize = 8_192;
/// Longest code of a rule of alerts, characters.
pub const RULE_CHARS_MAX: usize = 32;

/// As it is named: one of these, each for its kinds of cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum About {
    /// A record of a source. An objection: any; a repair: of `penalties`, `lists` or `classes`; a dispute: of
    /// `complaints`.
    Record(RecordName),
    /// Number of the rating in the enterprise's history. An appeal.
    Rating(i64),
    /// Code of an indicator, such as `R01`. An appeal.
    Indicator(String),
    /// Id of the case by which the enterprise is on the watch list. A repair.
    Entry(String),
    /// An entry that is proposed for the watch list.
    Watch(Watched),
    /// What gave the alarm.
    Alert(Alarm),
    /// Number of an order of the enterprise. A dispute.
    Order(String),
}

/// A proposed entry of the zone's watch list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Watched {
    /// `W1` to `W5`.
    pub code: String,
    /// What happened, in words, 1 to 4000 characters.
    pub facts: String,
}

impl Watched {
    /// The kind of its code.
    #[must_use]
    pub fn kind(&self) -> Option<ListKind> {
        ListKind::of(&self.code).filter(|kind| !kind.is_mirror())
    }
}

/// How serious an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Low,
    Medium,
    High,
}

impl Severity {
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The severity of this code.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }

    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What gave the alarm: a rule and the figures it looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// Code of the rule: 1 to 32 capital letters, digits, `-` or `_`.
    pub rule: String,
    pub severity: Severity,
    /// Figures and records, at most 8192 bytes of JSON.
    #[schema(value_type = Object)]
    pub evidence: serde_json::Value,
}

impl Alarm {
    fn is_possible(&self) -> bool {
        let is_sign = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        (1..=RULE_CHARS_MAX).contains(&self.rule.len())
            && self.rule.bytes().all(is_sign)
            && self.evidence.to_string().len() <= EVIDENCE_BYTES_MAX
    }
}

/// Sources whose records a repair is about.
pub const REPAIRED: [&str; 3] = ["penalties", "lists", "classes"];
/// Sources whose records a dispute is about.
const DISPUTED: [&str; 1] = ["complaints"];

/// A record: its source, and the parts of its natural key as the feed and the record itself have them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordName {
    pub source: String,
    pub key: Vec<String>,
}

impl RecordName {
    /// The name of a record of this source and natural key.
    #[must_use]
    pub fn of(source: &str, natural_key: &str) -> Self {
        Self { source: source.to_owned(), key: natural_key.split(SEPARATOR).map(str::to_owned).collect() }
    }

    /// As intake makes it of a row.
    #[must_use]
    pub fn natural_key(&self) -> String {
        self.key.join(SEPARATOR)
    }

    fn is_possible(&self) -> bool {
        let is_part =
            |part: &String| part.chars().count() <= PART_CHARS_MAX && !part.chars().any(char::is_control);
        (1..=PARTS_MAX).contains(&self.key.len()) && self.key.iter().all(is_part)
    }
}

impl About {
    /// As a step names it: what is long stands for itself by a digest.
    #[must_use]
    pub fn subject(&self) -> Subject {
        let (kind, id) = match self {
            About::Record(record) => {
                (SubjectKind::Record, format!("{}:{}", record.source, short_digest(&record.natural_key())))
            }
            About::Rating(seq) => (SubjectKind::Rating, seq.to_string()),
            About::Indicator(code) => (SubjectKind::Indicator, code.clone()),
            About::Entry(case) => (SubjectKind::Entry, case.clone()),
            About::Watch(entry) => {
                (SubjectKind::Entry, format!("{}:{}", entry.code, short_digest(&entry.facts)))
            }
            About::Alert(alarm) => {
                let evidence = short_digest(&alarm.evidence.to_string());
                (SubjectKind::Enterprise, format!("{}:{}:{evidence}", alarm.rule, alarm.severity.code()))
            }
            About::Order(number) => (SubjectKind::Order, number.clone()),
        };
        Subject { kind, id }
    }

    /// Whether a case of this kind is about such a thing, and it is well-formed.
    #[must_use]
    pub fn suits(&self, kind: Kind) -> bool {
        match (kind, self) {
            (Kind::Objection | Kind::Appeal, About::Record(_))
            | (Kind::Appeal, About::Rating(_) | About::Indicator(_))
            | (Kind::Repair, About::Entry(_))
            | (Kind::Dispute, About::Order(_)) => true,
            (Kind::Repair, About::Record(record)) => REPAIRED.contains(&record.source.as_str()),
            (Kind::Dispute, About::Record(record)) => DISPUTED.contains(&record.source.as_str()),
            (Kind::ListEntry, About::Watch(entry)) => {
                let words = entry.facts.trim().chars().count();
                entry.kind().is_some() && (1..=FACTS_CHARS_MAX).contains(&words)
            }
            (Kind::Alert, About::Alert(alarm)) => alarm.is_possible(),
            _ => false,
        }
    }

    /// Whether the enterprise has it.
    ///
    /// # Errors
    /// The database's.
    pub fn is_of(&self, connection: &mut DbConnection, uscc: &str) -> Result<bool, StoreError> {
        match self {
            About::Record(record) => Ok(!versions(connection, uscc, record)?.is_empty()),
            About::Rating(seq) => Ok(history::by_seq(connection, uscc, *seq)?.is_some()),
            About::Indicator(code) => Ok(IndicatorId::ALL.iter().any(|id| id.as_str() == code)),
            About::Entry(case) => {
                let of = |row: CaseRow| {
                    row.uscc == uscc && row.effective_day.is_some() && row.open != 0 && is_entry(&row)
                };
                Ok(store::find(connection, case)?.is_some_and(of))
            }
            About::Watch(_) | About::Alert(_) => Ok(true),
            About::Order(number) => {
                let sql = "SELECT order_no FROM orders WHERE order_no = $1 AND uscc = $2";
                let found: Vec<OrderNo> = bulk::load(connection, sql, [number.as_str().into(), uscc.into()])?;
                Ok(found.iter().any(|one| one.order_no == *number))
            }
        }
    }
}

fn is_entry(row: &CaseRow) -> bool {
    row.kind == Kind::ListEntry.code()
}

fn short_digest(text: &str) -> String {
    let digest = hex::encode(Sha256::digest(text));
    digest.get(..DIGEST_DIGITS).unwrap_or_default().to_owned()
}

#[derive(QueryableByName)]
struct OrderNo {
    #[diesel(sql_type = Text)]
    order_no: String,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = BigInt)]
    known_from: i64,
    #[diesel(sql_type = Text)]
    batch_id: String,
}

/// When each version of a record was received, and in which file, the oldest first.
fn versions(
    connection: &mut DbConnection,
    uscc: &str,
    record: &RecordName,
) -> Result<Vec<Version>, StoreError> {
    if !record.is_possible() {
        return Ok(Vec::new());
    }
    let sql = "SELECT known_from, batch_id FROM facts WHERE uscc = $1 AND source = $2 AND natural_key = $3 \
               ORDER BY known_from, line";
    let binds: [Bind; 3] = [uscc.into(), record.source.clone().into(), record.natural_key().into()];
    Ok(bulk::load(connection, sql, binds)?)
}

/// The file that superseded a record since a moment: what a correction rests on.
///
/// # Errors
/// The database's.
pub fn superseded_since(
    connection: &mut DbConnection,
    uscc: &str,
    record: &RecordName,
    since_ms: i64,
) -> Result<Option<String>, StoreError> {
    // What was there first supersedes nothing.
    let versions = versions(connection, uscc, record)?.into_iter().skip(1);
    Ok(versions.last().filter(|one| one.known_from > since_ms).map(|one| one.batch_id))
}
