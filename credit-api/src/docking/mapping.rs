//! Mapping files: which class of a receiver stands beside which grade, since when, on what ground.
//!
//! A published file is never edited. What replaces it is another file with a later `valid_from`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use credit_core::grade::Grade;
use credit_core::records::standings::classes_of;
use credit_core::records::{ClassAuthority, Lang};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};

use crate::folder::{FolderError, Text as File, line_of};

/// Longest mapping file, bytes.
pub const FILE_BYTES_MAX: u64 = 64 * 1024;
/// The file format that this program reads.
const FORMAT: u16 = 1;

const EMBEDDED: [(&str, &str); 5] = [
    ("customs-2026.1.toml", include_str!("../../docking/customs-2026.1.toml")),
    ("safe-2026.1.toml", include_str!("../../docking/safe-2026.1.toml")),
    ("tax-2026.1.toml", include_str!("../../docking/tax-2026.1.toml")),
    ("public_credit-2026.1.toml", include_str!("../../docking/public_credit-2026.1.toml")),
    ("hangzhou-2026.1.toml", include_str!("../../docking/hangzhou-2026.1.toml")),
];

/// The program's own files.
#[must_use]
pub fn embedded() -> Vec<File> {
    EMBEDDED.iter().map(|(name, body)| File { name: (*name).to_owned(), body: (*body).to_owned() }).collect()
}

/// Who reads a grade in its own classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Receiver {
    Customs,
    Safe,
    Tax,
    PublicCredit,
    /// The pilot zone of Hangzhou, whose five grades others in the field know.
    Hangzhou,
}

impl Receiver {
    pub const ALL: [Receiver; 5] =
        [Receiver::Customs, Receiver::Safe, Receiver::Tax, Receiver::PublicCredit, Receiver::Hangzhou];
    /// Every [`Receiver::code`].
    pub const CODES: [&str; 5] = ["customs", "safe", "tax", "public_credit", "hangzhou"];

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Receiver::Customs => "customs",
            Receiver::Safe => "safe",
            Receiver::Tax => "tax",
            Receiver::PublicCredit => "public_credit",
            Receiver::Hangzhou => "hangzhou",
        }
    }

    /// The receiver of this [`Receiver::code`].
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|receiver| receiver.code() == code)
    }

    /// Under which name its own classes come in, where they do.
    #[must_use]
    pub fn authority(self) -> Option<ClassAuthority> {
        match self {
            Receiver::Customs => Some(ClassAuthority::Customs),
            Receiver::Safe => Some(ClassAuthority::Safe),
            Receiver::Tax => Some(ClassAuthority::Tax),
            Receiver::PublicCredit => Some(ClassAuthority::PublicCredit),
            Receiver::Hangzhou => None,
        }
    }
}

/// How sure a statement of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Read in a source.
    Found,
    /// Common knowledge of the field, not read again.
    Known,
    /// To be checked before anybody relies on it.
    Uncertain,
    /// Decided by this product; neither law nor a department's word.
    Ours,
}

impl Certainty {
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Certainty::Found => "found",
            Certainty::Known => "known",
            Certainty::Uncertain => "uncertain",
            Certainty::Ours => "ours",
        }
    }
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    pub zh: String,
    pub en: String,
}

impl Text {
    #[must_use]
    pub fn in_lang(&self, lang: Lang) -> &str {
        if lang == Lang::Zh { &self.zh } else { &self.en }
    }

    fn is_whole(&self) -> bool {
        !self.zh.trim().is_empty() && !self.en.trim().is_empty()
    }
}

/// What a file rests on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    pub certainty: Certainty,
    pub text: Text,
}

/// A class of the receiver.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiverClass {
    pub code: String,
    pub text: Text,
    /// Whether a grade may stand beside it; not where it takes a finding of the receiver.
    pub recommendable: bool,
}

/// What stands beside a grade.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub grade: Grade,
    /// Code of a class; nothing is recommended without one.
    pub class: Option<String>,
    /// What is meant by it.
    pub text: Text,
}

/// A mapping file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    format: u16,
    pub id: String,
    pub receiver: Receiver,
    /// First day.
    #[serde(deserialize_with = "day")]
    pub valid_from: NaiveDate,
    /// Last day; none: until another one begins.
    #[serde(default, deserialize_with = "last_day")]
    pub valid_to: Option<NaiveDate>,
    pub title: Text,
    /// That it is a recommendation and no class; stands in every answer.
    pub note: Text,
    pub basis: Vec<Basis>,
    /// The best first.
    #[serde(rename = "class")]
    pub classes: Vec<ReceiverClass>,
    #[serde(rename = "grade")]
    pub grades: Vec<Line>,
    /// SHA-256 of the file.
    #[serde(skip)]
    pub digest: [u8; 32],
}

/// Why a file is no mapping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    #[error("a mapping file has at most {FILE_BYTES_MAX} bytes, this has {0}")]
    TooLarge(usize),
    #[error("line {line}: {why}")]
    Syntax { line: usize, why: String },
    /// Every fault found, not only the first.
    #[error("not valid: {}", .0.join("; "))]
    Invalid(Vec<String>),
}

/// Why files together are no mappings.
#[derive(Debug, thiserror::Error)]
pub enum MappingsError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("{file}: {why}")]
    File { file: String, why: MappingError },
    #[error("{file}: id {id:?} is also that of {other}; expected an id of its own")]
    SameId { file: String, id: String, other: String },
    /// What was answered under this id would be something else now.
    #[error(
        "{file}: id {id:?} is that of a file of the program, with other contents; expected another id: a published \
         file is never edited"
    )]
    Edited { file: String, id: String },
    #[error(
        "{file}: holds for {receiver} from {day}, as does {other}; expected one file for a receiver and day"
    )]
    Overlap { file: String, other: String, receiver: &'static str, day: NaiveDate },
}

/// A day; the usual words for what is none do not say what was expected.
fn day<'de, D: Deserializer<'de>>(reader: D) -> Result<NaiveDate, D::Error> {
    let text = String::deserialize(reader)?;
    text.parse().map_err(|_| D::Error::custom(format!("{text:?} is no day; expected \"YYYY-MM-DD\"")))
}

fn last_day<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<NaiveDate>, D::Error> {
    day(reader).map(Some)
}

impl Mapping {
    /// Reads and validates a file.
    ///
    /// # Errors
    /// [`MappingError`]: not TOML of this format, or not valid.
    pub fn parse(toml: &str) -> Result<Self, MappingError> {
        if u64::try_from(toml.len()).unwrap_or(u64::MAX) > FILE_BYTES_MAX {
            return Err(MappingError::TooLarge(toml.len()));
        }
        let mut mapping: Self = toml::from_str(toml).map_err(|error| {
            let line = line_of(toml, error.span().map_or(0, |span| span.start));
            MappingError::Syntax { line, why: error.message().to_owned() }
        })?;
        mapping.digest = Sha256::digest(toml.as_bytes()).into();
        match mapping.faults() {
            faults if faults.is_empty() => Ok(mapping),
            faults => Err(MappingError::Invalid(faults)),
        }
    }

    /// What stands beside a grade.
    #[must_use]
    pub fn of(&self, grade: Grade) -> Option<(&Line, Option<&ReceiverClass>)> {
        let line = self.grades.iter().find(|line| line.grade == grade)?;
        let class = line.class.as_deref().and_then(|code| self.class(code));
        Some((line, class))
    }

    fn class(&self, code: &str) -> Option<&ReceiverClass> {
        self.classes.iter().find(|class| class.code == code)
    }

    fn holds_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|last| day <= last)
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut unless = |holds: bool, fault: String| {
            if !holds {
                faults.push(fault);
            }
        };
        unless(self.format == FORMAT, format!("format: it is {FORMAT}, not {}", self.format));
        unless(
            self.id.starts_with(&format!("{}-", self.receiver.code())),
            format!(
                "id: {:?} names the receiver, beginning with {:?}",
                self.id,
                format!("{}-", self.receiver.code())
            ),
        );
        unless(
            self.valid_to.is_none_or(|last| self.valid_from <= last),
            "valid_to: it ends before it begins; expected valid_from or later".to_owned(),
        );
        unless(
            self.title.is_whole() && self.note.is_whole(),
            "title, note: expected both zh and en".to_owned(),
        );
        unless(
            self.basis.iter().all(|basis| basis.text.is_whole()),
            "basis: expected both zh and en in each".to_owned(),
        );
        let ours = self.basis.iter().any(|basis| basis.certainty == Certainty::Ours);
        unless(ours, "basis: none with certainty \"ours\" says what is decided by this product".to_owned());
        unless(
            self.classes.iter().all(|class| class.text.is_whole()),
            "class: expected both zh and en in each".to_owned(),
        );
        let codes: BTreeSet<&str> = self.classes.iter().map(|class| class.code.as_str()).collect();
        unless(codes.len() == self.classes.len(), "class: one appears twice".to_owned());
        if let Some(authority) = self.receiver.authority() {
            let known = classes_of(authority);
            for code in codes.iter().filter(|code| !known.contains(code)) {
                unless(
                    false,
                    format!(
                        "class: {code} is no class of {}; known: {}",
                        self.receiver.code(),
                        known.join(", ")
                    ),
                );
            }
        }
        for grade in Grade::ALL {
            let lines = self.grades.iter().filter(|line| line.grade == grade).count();
            unless(lines == 1, format!("grade {grade} has {lines} lines, not one"));
        }
        for line in &self.grades {
            unless(line.text.is_whole(), format!("grade {} lacks a language", line.grade));
            let Some(code) = &line.class else { continue };
            let good = self.class(code).is_some_and(|class| class.recommendable);
            unless(good, format!("{code} beside {} is no class that may be recommended", line.grade));
        }
        for (better, worse) in self.upside_down() {
            unless(false, format!("{better} stands beside a worse class than {worse}"));
        }
        faults
    }

    /// Neighbours on the ladder of which the better grade has the worse class.
    fn upside_down(&self) -> Vec<(Grade, Grade)> {
        let place = |line: &Line| {
            let code = line.class.as_deref()?;
            self.classes.iter().position(|class| class.code == code)
        };
        let mut ranked: Vec<(u8, usize, Grade)> = self
            .grades
            .iter()
            .filter_map(|line| Some((line.grade.rank()?, place(line)?, line.grade)))
            .collect();
        ranked.sort_unstable_by_key(|(rank, ..)| std::cmp::Reverse(*rank));
        let pairs = ranked.iter().zip(ranked.iter().skip(1));
        pairs
            .filter(|((_, better, _), (_, worse, _))| better > worse)
            .map(|(one, two)| (one.2, two.2))
            .collect()
    }
}

/// Mapping files together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mappings(Vec<Mapping>);

impl Mappings {
    /// Reads files of which at most one holds for a receiver and day. A later one ends an earlier one that has no last
    /// day.
    ///
    /// # Errors
    /// [`MappingsError`] names the file.
    pub fn of(files: &[File]) -> Result<Self, MappingsError> {
        let mut all = Vec::with_capacity(files.len());
        let mut names: BTreeMap<String, &str> = BTreeMap::new();
        for File { name, body } in files {
            let mapping =
                Mapping::parse(body).map_err(|why| MappingsError::File { file: name.clone(), why })?;
            let id = mapping.id.clone();
            if let Some(other) = names.insert(id.clone(), name) {
                return Err(MappingsError::SameId { file: name.clone(), id, other: other.to_owned() });
            }
            let of_program = EMBEDDED.iter().find(|(own, _)| own.strip_suffix(".toml") == Some(&id));
            if of_program.is_some_and(|(_, own)| own != body) {
                return Err(MappingsError::Edited { file: name.clone(), id });
            }
            all.push(mapping);
        }
        all.sort_by_key(|mapping| (mapping.receiver, mapping.valid_from));
        for (one, next) in all.iter().zip(all.iter().skip(1)) {
            let same = one.receiver == next.receiver;
            let overlaps = one.valid_to.is_some_and(|last| last >= next.valid_from);
            if same && (overlaps || one.valid_from == next.valid_from) {
                let file = |id: &str| names.get(id).map_or(id, |name| name).to_owned();
                return Err(MappingsError::Overlap {
                    file: file(&next.id),
                    other: file(&one.id),
                    receiver: one.receiver.code(),
                    day: next.valid_from,
                });
            }
        }
        Ok(Self(all))
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The mapping of a receiver that holds on a day.
    #[must_use]
    pub fn at(&self, receiver: Receiver, day: NaiveDate) -> Option<&Mapping> {
        let of_receiver = self.0.iter().filter(|mapping| mapping.receiver == receiver);
        of_receiver.filter(|mapping| mapping.holds_on(day)).max_by_key(|mapping| mapping.valid_from)
    }

    /// All that hold on a day, by receiver.
    #[must_use]
    pub fn all_at(&self, day: NaiveDate) -> Vec<&Mapping> {
        Receiver::ALL.into_iter().filter_map(|receiver| self.at(receiver, day)).collect()
    }
}
