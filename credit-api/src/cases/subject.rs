//! What a case is about: a record of the enterprise, a rating, an indicator. A record is named by its source and the
//! parts of its natural key; what is committed to is a digest of both.

use credit_core::cases::{Subject, SubjectKind};
use credit_core::indicator::IndicatorId;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::evaluation::history;
use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};

/// Between the parts of a natural key.
const SEPARATOR: &str = "\u{1f}";
/// Hexadecimal digits of a record's digest: 128 bits.
const DIGEST_DIGITS: usize = 32;
/// Most parts of a natural key, and most characters of one.
const PARTS_MAX: usize = 8;
const PART_CHARS_MAX: usize = 512;

/// As it is named: one of the three.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum About {
    /// A record of a source.
    Record(RecordName),
    /// Number of the rating in the enterprise's history.
    Rating(i64),
    /// Code of an indicator, such as `R01`.
    Indicator(String),
}

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
    /// As a step names it.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self {
            About::Record(record) => {
                let digest = hex::encode(Sha256::digest(record.natural_key()));
                let id = format!("{}:{}", record.source, digest.get(..DIGEST_DIGITS).unwrap_or_default());
                Subject { kind: SubjectKind::Record, id }
            }
            About::Rating(seq) => Subject { kind: SubjectKind::Rating, id: seq.to_string() },
            About::Indicator(code) => Subject { kind: SubjectKind::Indicator, id: code.clone() },
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
        }
    }
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
