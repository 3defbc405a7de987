//! What a source file may hold: its columns, their kinds and limits, and how a header is recognised.
//!
//! A file is recognised by its header set, never by its name. A source may have two dialects with other
//! column names for the same record; the header decides between them too.

use super::SourceId;

/// Limit of a name in characters (ruling E3).
pub const MAX_NAME: usize = 200;
/// Limit of order, complaint and review numbers in characters (ruling E3).
pub const MAX_ID: usize = 60;
/// Limit of a document number in characters (`CF_WSH`).
pub const MAX_DOC_NO: usize = 128;
/// Limit of any other text in characters (ruling E3).
pub const MAX_TEXT: usize = 1000;
/// Limit of a short word, code, date or number as written, in characters.
pub const MAX_WORD: usize = 64;

/// How a value is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Uscc,
    Text,
    /// One of a closed set of words.
    Words(&'static [&'static str]),
    /// Texts separated by `;`, `；`, `、` or `,`.
    TextList,
    /// Words of a closed set, separated as [`Kind::TextList`].
    WordList(&'static [&'static str]),
    Date,
    Moment,
    Bool,
    /// A whole number, or a boolean (true = 1).
    BoolOrCount,
    /// A whole number within bounds.
    Whole {
        min: i64,
        max: i64,
    },
    /// 元 with at most two decimals.
    Cny,
    /// 万元 with at most six decimals.
    Wan,
    /// Not negative, with at most so many decimals.
    Decimal {
        places: u8,
    },
    Hex16,
    Currency,
    /// Known, kept as `extra` as received, not interpreted.
    Kept,
    /// Known, a natural person's document number: dropped at the door, never stored.
    Dropped,
}

impl Kind {
    /// Whether a JSON number may stand for the value without losing anything.
    #[must_use]
    pub fn takes_json_number(self) -> bool {
        match self {
            Kind::Whole { .. }
            | Kind::BoolOrCount
            | Kind::Bool
            | Kind::Cny
            | Kind::Wan
            | Kind::Decimal { .. }
            | Kind::Currency
            | Kind::Kept
            | Kind::Dropped => true,
            Kind::Words(words) => {
                words.iter().all(|word| word.bytes().all(|b| b.is_ascii_digit()) && !word.starts_with('0'))
            }
            _ => false,
        }
    }

    /// Whether a JSON `true` or `false` may stand for the value.
    #[must_use]
    pub fn takes_json_bool(self) -> bool {
        matches!(self, Kind::Bool | Kind::BoolOrCount | Kind::Kept | Kind::Dropped)
    }
}

/// One column.
#[derive(Debug, Clone, Copy)]
pub struct FieldSpec {
    pub column: &'static str,
    /// The header must have it.
    pub required: bool,
    /// Its value may not be empty (always false for optional columns).
    pub needs_value: bool,
    pub kind: Kind,
    pub max_chars: usize,
    pub doc_zh: &'static str,
    pub doc_en: &'static str,
}

impl FieldSpec {
    /// A required column whose value may not be empty.
    pub(super) const fn required(
        column: &'static str,
        kind: Kind,
        doc_zh: &'static str,
        doc_en: &'static str,
    ) -> Self {
        let max_chars = default_limit(kind);
        Self { column, required: true, needs_value: true, kind, max_chars, doc_zh, doc_en }
    }

    pub(super) const fn optional(
        column: &'static str,
        kind: Kind,
        doc_zh: &'static str,
        doc_en: &'static str,
    ) -> Self {
        let max_chars = default_limit(kind);
        Self { column, required: false, needs_value: false, kind, max_chars, doc_zh, doc_en }
    }

    /// A required column whose value may be empty.
    pub(super) const fn may_be_empty(mut self) -> Self {
        self.needs_value = false;
        self
    }

    pub(super) const fn max(mut self, chars: usize) -> Self {
        self.max_chars = chars;
        self
    }

    /// Neither interpreted nor, for [`Kind::Dropped`], stored.
    #[must_use]
    pub fn is_passive(&self) -> bool {
        matches!(self.kind, Kind::Kept | Kind::Dropped)
    }
}

const fn default_limit(kind: Kind) -> usize {
    match kind {
        Kind::Uscc => crate::uscc::USCC_LEN,
        Kind::Text | Kind::TextList | Kind::WordList(_) | Kind::Kept | Kind::Dropped => MAX_TEXT,
        Kind::Hex16 => 16,
        _ => MAX_WORD,
    }
}

/// `event_id`, which every source may carry: one event is counted once across sources (ruling C12).
pub(super) const EVENT_ID: FieldSpec = FieldSpec::optional(
    "event_id",
    Kind::Text,
    "事件编号；同一编号跨来源只计一次",
    "event number; counted once across sources",
);

/// A published set of columns for a source.
#[derive(Debug)]
pub struct Dialect {
    pub source: SourceId,
    /// Distinguishes dialects of one source in documents and messages.
    pub name: &'static str,
    pub title_zh: &'static str,
    pub title_en: &'static str,
    pub natural_key: &'static str,
    /// Columns any one of which tells this dialect from the other of its source (ruling C11).
    pub marks: &'static [&'static str],
    /// In the order in which the record is read: the parser's look-ups are fastest in this order.
    pub fields: &'static [FieldSpec],
}

impl Dialect {
    /// The field of a column name, ASCII case ignored.
    #[must_use]
    pub fn field(&self, column: &str) -> Option<(usize, &'static FieldSpec)> {
        self.fields.iter().enumerate().find(|(_, field)| field.column.eq_ignore_ascii_case(column))
    }

    pub fn required(&self) -> impl Iterator<Item = &'static FieldSpec> {
        self.fields.iter().filter(|field| field.required)
    }
}

impl SourceId {
    pub const ALL: [SourceId; 14] = [
        SourceId::Registration,
        SourceId::RegistrationChanges,
        SourceId::Penalties,
        SourceId::Permits,
        SourceId::Lists,
        SourceId::Classes,
        SourceId::Commitments,
        SourceId::Inspections,
        SourceId::Judgments,
        SourceId::Arrears,
        SourceId::Holdings,
        SourceId::Transactions,
        SourceId::Reviews,
        SourceId::Complaints,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            SourceId::Registration => "registration",
            SourceId::RegistrationChanges => "registration_changes",
            SourceId::Penalties => "penalties",
            SourceId::Permits => "permits",
            SourceId::Lists => "lists",
            SourceId::Classes => "classes",
            SourceId::Commitments => "commitments",
            SourceId::Inspections => "inspections",
            SourceId::Judgments => "judgments",
            SourceId::Arrears => "arrears",
            SourceId::Holdings => "holdings",
            SourceId::Transactions => "transactions",
            SourceId::Reviews => "reviews",
            SourceId::Complaints => "complaints",
        }
    }
}

impl std::fmt::Display for SourceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Not the name of a source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no source {0:?}; the sources are registration, registration_changes, penalties, permits, lists, classes, commitments, inspections, judgments, arrears, holdings, transactions, reviews, complaints"
)]
pub struct UnknownSource(pub String);

impl std::str::FromStr for SourceId {
    type Err = UnknownSource;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|source| source.as_str() == text)
            .ok_or_else(|| UnknownSource(text.to_owned()))
    }
}

/// All dialects, in the order of the interface contract.
pub static DIALECTS: [&Dialect; 16] = [
    &super::registration::DIALECT,
    &super::changes::DIALECT,
    &super::penalties::DIALECT,
    &super::penalties::DIALECT_OLD,
    &super::permits::DIALECT,
    &super::permits::DIALECT_OLD,
    &super::standings::LISTS,
    &super::standings::CLASSES,
    &super::events::COMMITMENTS,
    &super::events::INSPECTIONS,
    &super::events::JUDGMENTS,
    &super::events::ARREARS,
    &super::holdings::DIALECT,
    &super::transactions::DIALECT,
    &super::reviews::DIALECT,
    &super::complaints::DIALECT,
];

/// The dialect that a set of column names speaks, or `None` when it resembles none.
///
/// A dialect with all its required columns wins over one without, then one with a mark of its own
/// ([`Dialect::marks`]), then the larger share of required columns present, then the larger number of known
/// columns. More than half of the required ones must be there; so a header that lacks one of them is still
/// named for what it is. `expected` restricts the choice to one source.
#[must_use]
pub fn recognise(columns: &[String], expected: Option<SourceId>) -> Option<&'static Dialect> {
    DIALECTS
        .into_iter()
        .filter(|dialect| expected.is_none_or(|source| dialect.source == source))
        .map(|dialect| (Likeness::of(dialect, columns), dialect))
        .filter(|(likeness, _)| likeness.present * 2 > likeness.needed)
        .reduce(|best, next| if next.0.beats(&best.0) { next } else { best })
        .map(|(_, dialect)| dialect)
}

/// How much a header resembles a dialect.
struct Likeness {
    present: usize,
    needed: usize,
    known: usize,
    marked: bool,
}

impl Likeness {
    fn of(dialect: &Dialect, columns: &[String]) -> Self {
        let has = |name: &str| columns.iter().any(|column| column.eq_ignore_ascii_case(name));
        Self {
            present: dialect.required().filter(|field| has(field.column)).count(),
            needed: dialect.required().count(),
            known: dialect.fields.iter().filter(|field| has(field.column)).count(),
            marked: dialect.marks.iter().any(|mark| has(mark)),
        }
    }

    fn beats(&self, other: &Self) -> bool {
        let complete = (self.present == self.needed).cmp(&(other.present == other.needed));
        let share = (self.present * other.needed).cmp(&(other.present * self.needed));
        complete.then(self.marked.cmp(&other.marked)).then(share).then(self.known.cmp(&other.known)).is_gt()
    }
}
