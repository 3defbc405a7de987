//! What-if in facts: the records known of one enterprise with some taken away, some changed and some added, in the
//! columns of the source files. Nothing is stored.
//!
//! The records are then evaluated as if they were what is known, by the same functions as always ([`super::gather`]).

use std::collections::BTreeMap;

use credit_core::document_no::normalize_document_no;
use credit_core::records::{FieldError, Lang, Record, Registration, SourceId};
use credit_core::uscc::Uscc;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{knowledge, register};
use crate::intake::readers::{self, FileError, Input, RowError};
use crate::store::{DbConnection, StoreError};

/// Between the parts of a natural key.
const KEY_SEPARATOR: &str = "\u{1f}";
/// Suppositions in one question.
pub const SUPPOSITIONS_MAX: usize = 100;

/// A row as in a source file: column and value. Numbers and dates as the files write them; `null` is empty.
pub type JsonRow = BTreeMap<String, Value>;

/// Changed facts, in the columns of the source files (docs/FORMATS.md): first what is removed, then what is changed,
/// then what is added.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FactChanges {
    #[serde(default)]
    pub remove: Vec<Removed>,
    #[serde(default)]
    pub change: Vec<Changed>,
    #[serde(default)]
    pub add: Vec<Added>,
}

/// A known record that is supposed not to be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Removed {
    /// Source id.
    pub source: String,
    /// Columns and values that only this record has.
    #[serde(rename = "where", default)]
    #[schema(value_type = Object)]
    pub which: JsonRow,
    /// In place of `where`: the parts of its natural key, as a case names the record it is about.
    pub key: Option<Vec<String>>,
}

/// A known record that is supposed to read otherwise.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Changed {
    /// Source id.
    pub source: String,
    /// Columns and values that only this record has.
    #[serde(rename = "where", default)]
    #[schema(value_type = Object)]
    pub which: JsonRow,
    /// The columns that change; the others stay.
    #[schema(value_type = Object)]
    pub set: JsonRow,
}

/// A record that is supposed to be there; it supersedes the known one of the same natural key.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Added {
    /// Source id.
    pub source: String,
    /// A whole row; the enterprise's code may be left out.
    #[schema(value_type = Object)]
    pub row: JsonRow,
}

impl FactChanges {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.remove.is_empty() && self.change.is_empty() && self.add.is_empty()
    }
}

/// What is known of one enterprise in place of what is stored.
#[derive(Debug, Clone)]
pub struct Known {
    pub uscc: Uscc,
    /// In the order received; the last is the primary one.
    pub registrations: Vec<Registration>,
    pub records: Vec<Record>,
}

impl Known {
    /// What is known of the enterprise at T.
    ///
    /// # Errors
    /// The database's, and [`StoreError::Damaged`].
    pub fn load(connection: &mut DbConnection, uscc: Uscc, known_at: i64) -> Result<Self, StoreError> {
        let registrations = register::registrations_of(connection, uscc, known_at)?;
        let only = std::collections::BTreeSet::from([uscc]);
        let mut records = knowledge::records(connection, known_at, Some(&only))?;
        Ok(Self { uscc, registrations, records: records.remove(&uscc).unwrap_or_default() })
    }
}

/// What is wrong with a supposition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// Not a source, or one of orders, reviews or holdings.
    Source,
    Column(String),
    /// The value of a column, as intake says it.
    Field(FieldError),
    /// The row as a whole.
    Row(String, String),
    OtherEnterprise(Uscc),
    /// So many known records fit.
    Matches(usize),
    TooMany,
}

/// A fault and its place: the steps of a JSON Pointer below `facts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub place: Vec<String>,
    pub wrong: Wrong,
}

impl Wrong {
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let zh = lang == Lang::Zh;
        match self {
            Wrong::Source => {
                let known: Vec<&str> = sources().map(SourceId::as_str).collect();
                let known = known.join(", ");
                if zh {
                    format!("应为 {known} 之一；订单与评价请改用 indicators 假设指标值")
                } else {
                    format!("expected one of {known}; for orders and reviews suppose values in indicators")
                }
            }
            Wrong::Column(known) if zh => format!("该来源没有此列；可用列：{known}"),
            Wrong::Column(known) => format!("the source has no such column; it has {known}"),
            Wrong::Field(error) => error.message(lang),
            Wrong::Row(text, _) if zh => text.clone(),
            Wrong::Row(_, text) => text.clone(),
            Wrong::OtherEnterprise(found) if zh => format!("此行属于另一家企业 {found}"),
            Wrong::OtherEnterprise(found) => format!("the row is about another enterprise, {found}"),
            Wrong::Matches(0) if zh => "没有已知记录符合；若要假设新增，请用 add".to_owned(),
            Wrong::Matches(0) => "no known record fits; to suppose a new one use add".to_owned(),
            Wrong::Matches(count) if zh => format!("有 {count} 条已知记录符合；请多给几列以唯一确定"),
            Wrong::Matches(count) => format!("{count} known records fit; name more columns"),
            Wrong::TooMany if zh => format!("一次最多假设 {SUPPOSITIONS_MAX} 项"),
            Wrong::TooMany => format!("at most {SUPPOSITIONS_MAX} suppositions at once"),
        }
    }
}

/// Sources whose records an indicator rests on one by one.
fn sources() -> impl Iterator<Item = SourceId> {
    SourceId::ALL
        .into_iter()
        .filter(|source| !matches!(source, SourceId::Transactions | SourceId::Reviews | SourceId::Holdings))
}

/// What would be known with the changes.
///
/// # Errors
/// Everything that is wrong with them.
pub fn suppose(known: Known, changes: &FactChanges) -> Result<Known, Vec<Fault>> {
    let count = changes.remove.len() + changes.change.len() + changes.add.len();
    if count > SUPPOSITIONS_MAX {
        return Err(vec![Fault { place: Vec::new(), wrong: Wrong::TooMany }]);
    }
    let mut supposed = Supposed { uscc: known.uscc, records: all_records(known), faults: Vec::new() };
    for (at, removed) in changes.remove.iter().enumerate() {
        supposed.at("remove", at).remove(removed);
    }
    for (at, changed) in changes.change.iter().enumerate() {
        supposed.at("change", at).change(changed);
    }
    for (at, added) in changes.add.iter().enumerate() {
        supposed.at("add", at).add(added);
    }
    supposed.finish()
}

fn all_records(known: Known) -> Vec<Record> {
    let registrations = known.registrations.into_iter().map(|row| Record::Registration(Box::new(row)));
    registrations.chain(known.records).collect()
}

struct Supposed {
    uscc: Uscc,
    records: Vec<Record>,
    faults: Vec<Fault>,
}

impl Supposed {
    fn at(&mut self, list: &'static str, item: usize) -> One<'_> {
        One { place: [list.to_owned(), item.to_string()], all: self }
    }

    fn finish(self) -> Result<Known, Vec<Fault>> {
        if !self.faults.is_empty() {
            return Err(self.faults);
        }
        let mut known = Known { uscc: self.uscc, registrations: Vec::new(), records: Vec::new() };
        for record in self.records {
            match record {
                Record::Registration(row) => known.registrations.push(*row),
                other => known.records.push(other),
            }
        }
        Ok(known)
    }
}

/// One supposition and its place.
struct One<'a> {
    place: [String; 2],
    all: &'a mut Supposed,
}

impl One<'_> {
    fn fault(&mut self, below: &[&str], wrong: Wrong) {
        let below = below.iter().map(|step| (*step).to_owned());
        self.all.faults.push(Fault { place: self.place.iter().cloned().chain(below).collect(), wrong });
    }

    fn source(&mut self, name: &str) -> Option<SourceId> {
        let found = sources().find(|source| source.as_str() == name);
        if found.is_none() {
            self.fault(&["source"], Wrong::Source);
        }
        found
    }

    fn remove(mut self, removed: &Removed) {
        let Some(source) = self.source(&removed.source) else { return };
        let found = match &removed.key {
            None => self.find(source, &removed.which),
            Some(key) => self.named(source, key),
        };
        if let Some(at) = found {
            self.all.records.remove(at);
        }
    }

    fn change(mut self, changed: &Changed) {
        let Some(source) = self.source(&changed.source) else { return };
        let Some(at) = self.find(source, &changed.which) else { return };
        let Some(own) = self.all.records.get(at).and_then(row_of) else { return };
        let row = overlaid(&own, &changed.set);
        if let Some(record) = self.read(source, &row, "set", |column| changed.set.contains_key(column))
            && let Some(slot) = self.all.records.get_mut(at)
        {
            *slot = record;
        }
    }

    fn add(mut self, added: &Added) {
        let Some(source) = self.source(&added.source) else { return };
        let mut row = added.row.clone();
        let code = code_column(source);
        let given = row.iter().any(|(name, value)| name.eq_ignore_ascii_case(code) && !value.is_null());
        if !given {
            row.insert(code.to_owned(), Value::from(self.all.uscc.as_str()));
        }
        let Some(record) = self.read(source, &row, "row", |_| true) else { return };
        let (source, key) = (record.source(), record.natural_key());
        self.all.records.retain(|other| other.source() != source || other.natural_key() != key);
        self.all.records.push(record);
    }

    /// The place of the known record of this natural key.
    fn named(&mut self, source: SourceId, key: &[String]) -> Option<usize> {
        let key = key.join(KEY_SEPARATOR);
        let mut own = self.all.records.iter();
        let found = own.position(|record| record.source() == source && record.natural_key() == key);
        if found.is_none() {
            self.fault(&["key"], Wrong::Matches(0));
        }
        found
    }

    /// The place of the one known record that has these values.
    fn find(&mut self, source: SourceId, which: &JsonRow) -> Option<usize> {
        let strange: Vec<String> = which.keys().filter(|name| !has_column(source, name)).cloned().collect();
        for name in &strange {
            self.fault(&["where", name], Wrong::Column(columns(source)));
        }
        if !strange.is_empty() {
            return None;
        }
        let own = self.all.records.iter().enumerate().filter(|(_, record)| record.source() == source);
        let places: Vec<usize> = own.filter(|(_, record)| fits(record, which)).map(|(at, _)| at).collect();
        // Of several registrations the last one answers for the enterprise.
        match (places.as_slice(), source, which.is_empty()) {
            ([one], _, _) => Some(*one),
            ([.., last], SourceId::Registration, true) => Some(*last),
            (all, _, _) => {
                self.fault(&["where"], Wrong::Matches(all.len()));
                None
            }
        }
    }

    /// The record that a row is, read as intake reads it. Faults of columns the caller did not give are of the row.
    fn read(
        &mut self,
        source: SourceId,
        row: &JsonRow,
        part: &str,
        given: impl Fn(&str) -> bool,
    ) -> Option<Record> {
        let strange: Vec<String> =
            row.keys().filter(|name| given(name) && !has_column(source, name)).cloned().collect();
        for name in &strange {
            self.fault(&[part, name], Wrong::Column(columns(source)));
        }
        if !strange.is_empty() {
            return None;
        }
        match parse(source, row) {
            Ok(record) if record.uscc() == self.all.uscc => Some(record),
            Ok(record) => {
                let place =
                    if given(code_column(source)) { vec![part, code_column(source)] } else { vec![part] };
                self.fault(&place, Wrong::OtherEnterprise(record.uscc()));
                None
            }
            Err(Unread::Fields(errors)) => {
                for error in errors {
                    let column = error.column.clone().into_owned();
                    let place = if column.is_empty() { vec![part] } else { vec![part, column.as_str()] };
                    self.fault(&place, Wrong::Field(error));
                }
                None
            }
            Err(Unread::File(error)) => {
                self.fault(&[part], Wrong::Row(error.message(Lang::Zh), error.message(Lang::En)));
                None
            }
        }
    }
}

/// Whether a record has these values: giving them to it changes nothing. Document numbers compare without brackets
/// and spaces.
fn fits(record: &Record, which: &JsonRow) -> bool {
    let Some(own) = row_of(record) else { return false };
    let text = |value: &Value| value.as_str().map(normalize_document_no);
    let same = |(column, value): &(&String, &Value)| {
        let mut own = own.iter().filter(|(name, _)| name.eq_ignore_ascii_case(column));
        own.any(|(_, own)| text(own) == text(value))
    };
    let others: JsonRow =
        which.iter().filter(|pair| !same(pair)).map(|(name, value)| (name.clone(), value.clone())).collect();
    others.is_empty() || parse(record.source(), &overlaid(&own, &others)).is_ok_and(|read| read == *record)
}

/// A row with some columns of another in place of its own; column names ignore ASCII case.
fn overlaid(own: &JsonRow, with: &JsonRow) -> JsonRow {
    let replaced = |name: &str| with.keys().any(|other| other.eq_ignore_ascii_case(name));
    let kept = own.iter().filter(|(name, _)| !replaced(name));
    kept.chain(with).map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn row_of(record: &Record) -> Option<JsonRow> {
    let (_, cells) = record.to_cells()?;
    Some(cells.into_iter().map(|(column, text)| (column.to_owned(), Value::from(text))).collect())
}

enum Unread {
    Fields(Vec<FieldError>),
    File(FileError),
}

/// Reads a row as a line of NDJSON of the source. Required columns that are absent are empty, so that each is named.
fn parse(source: SourceId, row: &JsonRow) -> Result<Record, Unread> {
    let has = |name: &str| row.keys().any(|column| column.eq_ignore_ascii_case(name));
    let marked = dialects(source).find(|dialect| dialect.marks.iter().any(|mark| has(mark)));
    let dialect = marked.or_else(|| dialects(source).next());
    let absent =
        dialect.into_iter().flat_map(|dialect| dialect.required()).filter(|field| !has(field.column));
    let mut row = row.clone();
    row.extend(absent.map(|field| (field.column.to_owned(), Value::Null)));
    let line = serde_json::to_vec(&row).unwrap_or_default();
    let mut rows = readers::open(&Input::Bytes(line.into()), Some(source)).map_err(Unread::File)?;
    match rows.next() {
        Some(Ok(raw)) => raw.parse().map_err(Unread::Fields),
        Some(Err(RowError::Rejected(rejected))) => Err(Unread::Fields(rejected.errors)),
        Some(Err(RowError::File(error))) => Err(Unread::File(error)),
        None => Err(Unread::File(FileError::Empty)),
    }
}

fn dialects(source: SourceId) -> impl Iterator<Item = &'static credit_core::records::spec::Dialect> {
    credit_core::records::spec::DIALECTS.into_iter().filter(move |dialect| dialect.source == source)
}

fn has_column(source: SourceId, name: &str) -> bool {
    dialects(source).any(|dialect| dialect.field(name).is_some())
}

/// The columns of the current dialect that are read.
fn columns(source: SourceId) -> String {
    let fields = dialects(source).next().map_or(&[][..], |dialect| dialect.fields);
    let read = fields.iter().filter(|field| !field.is_passive()).map(|field| field.column);
    read.collect::<Vec<_>>().join(", ")
}

/// The column with the enterprise's code.
fn code_column(source: SourceId) -> &'static str {
    match source {
        SourceId::Penalties => "CF_XDR_SHXYM",
        SourceId::Permits => "XK_XDR_SHXYM",
        _ => "uscc",
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]
mod tests;
