//! The rows of an extract: the open blocks of a page of enterprises, as JSON and as cells.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use credit_core::dates::from_day_number;
use credit_core::grade::Grade;
use credit_core::records::{Class, ClassAuthority, Record, Registration};
use credit_core::rules::Severity;
use credit_core::rules::class::class_in_force;
use credit_core::rules::listing::list_in_force;
use credit_core::rules::penalty::{counts_at, severity};
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde::Serialize;

use super::notice::block_of_class;
use crate::access::{Block, Outcome, grade_block, mask};
use crate::evaluation::history::{self, CurrentRating};
use crate::intake::rejected_csv::neutral;
use crate::registry::Enterprise;
use crate::store::bulk::{self, Bind};
use crate::store::schema::enterprises;
use crate::store::{DbConnection, StoreError};

/// Enterprises read at once.
const PAGE: i64 = 500;
/// Between the entries of a cell that holds several.
const SEPARATOR: &str = "; ";

/// The blocks that are in an extract, each with how much of it, and whether everybody sees it.
pub struct Open(Vec<(Block, Outcome, bool)>);

impl Open {
    #[must_use]
    pub fn new(blocks: Vec<(Block, Outcome, bool)>) -> Self {
        Self(blocks)
    }

    fn of(&self, block: Block) -> Option<Outcome> {
        self.0.iter().find(|(open, ..)| *open == block).map(|(_, outcome, _)| *outcome)
    }

    /// `block:outcome`, for the manifest.
    #[must_use]
    pub fn codes(&self) -> Vec<String> {
        self.0.iter().map(|(block, outcome, _)| format!("{}:{}", block.code(), outcome.code())).collect()
    }

    /// What of a row is a look at what is not public, as the access log writes it.
    #[must_use]
    pub fn looks(&self, row: &ExtractRow) -> String {
        let seen = self.0.iter().filter(|(block, _, public)| !public && row.blocks.contains(block));
        let codes: Vec<String> =
            seen.map(|(block, outcome, _)| format!("{}:{}", block.code(), outcome.code())).collect();
        codes.join(";")
    }
}

/// An enterprise in an extract; what is not open or not there is left out.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ExtractRow {
    pub uscc: String,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    identity: Option<Identity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    legal_representative: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customs_class: Option<ClassOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    safe_class: Option<ClassOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_class: Option<ClassOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grade: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rating_seq: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rating_as_of: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lists: Option<Vec<ListOut>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permits: Option<Vec<PermitOut>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    penalties: Option<Vec<PenaltyOut>>,
    /// The blocks of which there is something in the row.
    #[serde(skip)]
    blocks: BTreeSet<Block>,
}

#[derive(Debug, Clone, Serialize)]
struct Identity {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    roles: String,
    status: String,
    region_code: String,
    customs_code: Option<String>,
    established_on: NaiveDate,
    filed_on: Option<NaiveDate>,
    industry_code: Option<String>,
    registered_capital_cny: Option<String>,
    address: Option<String>,
    former_names: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
struct ClassOut {
    class: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_from: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_to: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision_no: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct ListOut {
    list: credit_core::records::ListCode,
    authority: String,
    decision_no: String,
    effective_on: NaiveDate,
    expires_on: Option<NaiveDate>,
}

#[derive(Debug, Clone, Serialize)]
struct PermitOut {
    doc_no: String,
    document: String,
    authority: String,
    decided_on: NaiveDate,
    valid_until: Option<NaiveDate>,
}

#[derive(Debug, Clone, Serialize)]
struct PenaltyOut {
    doc_no: String,
    behaviour: String,
    kinds: Vec<String>,
    /// CNY, decimal strings.
    fine_cny: String,
    confiscated_cny: String,
    authority: String,
    decided_on: NaiveDate,
    publicity_until: Option<NaiveDate>,
    disputed: bool,
}

/// A page of enterprises.
pub struct Page {
    pub rows: Vec<ExtractRow>,
}

#[derive(QueryableByName)]
struct Payload {
    #[diesel(sql_type = Text)]
    payload: String,
}

impl Page {
    /// The enterprises after a code, in the order of codes.
    ///
    /// # Errors
    /// The database's, and [`StoreError::Damaged`].
    pub fn after(
        connection: &mut DbConnection,
        last: &str,
        open: &Open,
        today: NaiveDate,
    ) -> Result<Self, StoreError> {
        let found: Vec<Enterprise> = enterprises::table
            .filter(enterprises::uscc.gt(last))
            .order(enterprises::uscc.asc())
            .limit(PAGE)
            .select(Enterprise::as_select())
            .load(connection)?;
        let codes: Vec<&str> = found.iter().map(|row| row.uscc.as_str()).collect();
        let mut facts = Facts::of(connection, &codes)?;
        let rows = found.into_iter().map(|row| facts.row(row, open, today)).collect();
        Ok(Self { rows })
    }
}

/// What is known now of the enterprises of a page.
#[derive(Default)]
struct Facts {
    registrations: HashMap<String, Registration>,
    records: HashMap<String, Vec<Record>>,
    ratings: HashMap<String, CurrentRating>,
}

impl Facts {
    fn of(connection: &mut DbConnection, codes: &[&str]) -> Result<Self, StoreError> {
        if codes.is_empty() {
            return Ok(Self::default());
        }
        let list: Vec<String> = (1..=codes.len()).map(|at| format!("${at}")).collect();
        let list = list.join(",");
        let binds = || codes.iter().map(|code| Bind::from(*code));
        let mut found = Self::default();
        let sql = format!(
            "SELECT payload FROM registrations WHERE known_to IS NULL AND uscc IN ({list}) \
             ORDER BY uscc, known_from, line"
        );
        for row in bulk::load::<Payload>(connection, &sql, binds())? {
            let registration: Registration = read(&row.payload)?;
            found.registrations.insert(registration.uscc.to_string(), registration);
        }
        let sql = format!(
            "SELECT payload FROM facts WHERE known_to IS NULL AND uscc IN ({list}) \
             AND source IN ('classes', 'lists', 'permits', 'penalties') \
             ORDER BY uscc, source, occurred_day, natural_key"
        );
        for row in bulk::load::<Payload>(connection, &sql, binds())? {
            let record: Record = read(&row.payload)?;
            found.records.entry(record.uscc().to_string()).or_default().push(record);
        }
        let codes: BTreeSet<Uscc> = codes.iter().filter_map(|code| Uscc::parse(code).ok()).collect();
        found.ratings = history::current_of(connection, Some(&codes))?;
        Ok(found)
    }

    fn row(&mut self, enterprise: Enterprise, open: &Open, today: NaiveDate) -> ExtractRow {
        let uscc = enterprise.uscc.clone();
        let filed = self.registrations.remove(&uscc);
        let records = self.records.remove(&uscc).unwrap_or_default();
        let mut row = ExtractRow { uscc, ..ExtractRow::default() };
        row.filing(enterprise, filed, open);
        row.classes(&records, open, today);
        if let Some(rating) = self.ratings.remove(&row.uscc) {
            row.rating(&rating, open);
        }
        row.records(records, open, today);
        row
    }
}

impl ExtractRow {
    /// How much of a block is shown, noted as shown.
    fn takes(&mut self, open: &Open, block: Block) -> Option<Outcome> {
        let outcome = open.of(block)?;
        self.blocks.insert(block);
        Some(outcome)
    }

    fn filing(&mut self, enterprise: Enterprise, filed: Option<Registration>, open: &Open) {
        let of = |field: fn(&Registration) -> Option<String>| filed.as_ref().and_then(field);
        if let Some(phone) = of(|row| row.phone.clone())
            && let Some(outcome) = self.takes(open, Block::Contact)
        {
            self.phone = Some(if outcome == Outcome::Full { phone } else { mask::phone(&phone) });
        }
        if self.takes(open, Block::LegalRepresentative).is_some() {
            self.legal_representative = of(|row| Some(row.legal_representative.clone()));
        }
        if self.takes(open, Block::Identity).is_none() {
            return;
        }
        self.identity = Some(Identity {
            filed_on: filed.as_ref().map(|row| row.filed_on),
            industry_code: of(|row| row.industry_code.clone()),
            registered_capital_cny: of(|row| row.registered_capital.map(|fen| fen.to_string())),
            address: of(|row| row.address.clone()),
            former_names: filed.as_ref().map(|row| row.former_names.clone()).unwrap_or_default(),
            name: enterprise.name,
            kind: enterprise.kind,
            roles: enterprise.roles,
            status: enterprise.status,
            region_code: enterprise.region_code,
            customs_code: enterprise.customs_code,
            established_on: from_day_number(enterprise.established_day),
        });
    }

    fn classes(&mut self, records: &[Record], open: &Open, today: NaiveDate) {
        let classes: Vec<Class> = records
            .iter()
            .filter_map(|record| match record {
                Record::Classes(class) => Some(class.clone()),
                _ => None,
            })
            .collect();
        for authority in [ClassAuthority::Customs, ClassAuthority::Safe, ClassAuthority::Tax] {
            let Some(class) = class_in_force(&classes, authority, today) else { continue };
            let Some(outcome) = self.takes(open, block_of_class(class)) else { continue };
            let full = outcome == Outcome::Full;
            let out = ClassOut {
                class: class.class.clone(),
                valid_from: full.then_some(class.valid_from),
                valid_to: class.valid_to.filter(|_| full),
                decision_no: class.decision_no.clone().filter(|_| full),
            };
            match authority {
                ClassAuthority::Customs => self.customs_class = Some(out),
                ClassAuthority::Safe => self.safe_class = Some(out),
                _ => self.tax_class = Some(out),
            }
        }
    }

    fn rating(&mut self, rating: &CurrentRating, open: &Open) {
        let block = rating.grade.parse::<Grade>().map_or(Block::Grade, grade_block);
        if let Some(outcome) = self.takes(open, block) {
            let full = outcome == Outcome::Full;
            self.grade = Some(rating.grade.clone());
            self.rating_seq = full.then_some(rating.seq);
            self.rating_as_of = full.then(|| from_day_number(rating.as_of_day));
        }
        if open.of(Block::Score) == Some(Outcome::Full) && self.takes(open, Block::Score).is_some() {
            self.score = Some(rating.score);
        }
    }

    fn records(&mut self, records: Vec<Record>, open: &Open, today: NaiveDate) {
        self.lists = self.takes(open, Block::Lists).map(|_| Vec::new());
        self.permits = self.takes(open, Block::Permits).map(|_| Vec::new());
        self.penalties = self.takes(open, Block::Penalties).map(|_| Vec::new());
        for record in records {
            match record {
                Record::Lists(list) if list_in_force(&list, today) => {
                    self.lists.iter_mut().for_each(|lists| {
                        lists.push(ListOut {
                            list: list.list,
                            authority: list.authority.clone(),
                            decision_no: list.decision_no.clone(),
                            effective_on: list.effective_on,
                            expires_on: list.expires_on,
                        });
                    });
                }
                Record::Permits(permit) => self.permits.iter_mut().for_each(|permits| {
                    permits.push(PermitOut {
                        doc_no: permit.doc_no.clone(),
                        document: permit.document.clone(),
                        authority: permit.authority.clone(),
                        decided_on: permit.decided_on,
                        valid_until: permit.valid_until,
                    });
                }),
                Record::Penalties(penalty)
                    if counts_at(&penalty, today) && severity(&penalty) != Severity::Minor =>
                {
                    self.penalties.iter_mut().for_each(|penalties| {
                        penalties.push(PenaltyOut {
                            doc_no: penalty.doc_no.clone(),
                            behaviour: penalty.behaviour.clone(),
                            kinds: penalty.kinds.clone(),
                            fine_cny: penalty.fine.to_string(),
                            confiscated_cny: penalty.confiscated.to_string(),
                            authority: penalty.authority.clone(),
                            decided_on: penalty.decided_on,
                            publicity_until: penalty.publicity_until,
                            disputed: penalty.disputed,
                        });
                    });
                }
                _ => {}
            }
        }
    }
}

/// A column of the table: its block, its name, and its cell of a row.
type Column = (Block, &'static str, fn(&ExtractRow) -> Option<String>);

const COLUMNS: [Column; 20] = [
    (Block::Identity, "name", |row| Some(row.identity.as_ref()?.name.clone())),
    (Block::Identity, "type", |row| Some(row.identity.as_ref()?.kind.clone())),
    (Block::Identity, "roles", |row| Some(row.identity.as_ref()?.roles.clone())),
    (Block::Identity, "status", |row| Some(row.identity.as_ref()?.status.clone())),
    (Block::Identity, "region_code", |row| Some(row.identity.as_ref()?.region_code.clone())),
    (Block::Identity, "customs_code", |row| row.identity.as_ref()?.customs_code.clone()),
    (Block::Identity, "established_on", |row| Some(row.identity.as_ref()?.established_on.to_string())),
    (Block::Identity, "filed_on", |row| Some(row.identity.as_ref()?.filed_on?.to_string())),
    (Block::Identity, "address", |row| row.identity.as_ref()?.address.clone()),
    (Block::LegalRepresentative, "legal_representative", |row| row.legal_representative.clone()),
    (Block::Contact, "phone", |row| row.phone.clone()),
    (Block::CustomsClass, "customs_class", |row| Some(row.customs_class.as_ref()?.class.clone())),
    (Block::SafeClass, "safe_class", |row| Some(row.safe_class.as_ref()?.class.clone())),
    (Block::TaxClass, "tax_class", |row| Some(row.tax_class.as_ref()?.class.clone())),
    (Block::Grade, "grade", |row| row.grade.clone()),
    (Block::Score, "score", |row| Some(row.score?.to_string())),
    (Block::Grade, "rating_as_of", |row| Some(row.rating_as_of?.to_string())),
    (Block::Lists, "lists", |row| {
        joined(row.lists.as_ref()?, |one| format!("{} {}", one.authority, one.decision_no))
    }),
    (Block::Permits, "permits", |row| {
        joined(row.permits.as_ref()?, |one| format!("{} {}", one.authority, one.doc_no))
    }),
    (Block::Penalties, "penalties", |row| {
        joined(row.penalties.as_ref()?, |one| format!("{} {} {}", one.authority, one.doc_no, one.fine_cny))
    }),
];

fn joined<T>(all: &[T], one: impl Fn(&T) -> String) -> Option<String> {
    Some(all.iter().map(one).collect::<Vec<_>>().join(SEPARATOR))
}

/// The columns whose blocks are open; a grade and a tax class may each be in one of two blocks.
fn columns(open: &Open) -> impl Iterator<Item = &'static Column> {
    let has = |block: Block| {
        let other = match block {
            Block::Grade => Block::GradeTop,
            Block::TaxClass => Block::TaxClassA,
            same => same,
        };
        open.of(block).or(open.of(other)).is_some()
    };
    COLUMNS.iter().filter(move |(block, ..)| has(*block))
}

/// The names of the columns.
#[must_use]
pub fn csv_header(open: &Open) -> Vec<&'static str> {
    std::iter::once("uscc").chain(columns(open).map(|(_, name, _)| *name)).collect()
}

/// The cells of a row, none of which a spreadsheet takes for a formula.
#[must_use]
pub fn csv_cells(open: &Open, row: &ExtractRow) -> Vec<String> {
    let cells = columns(open).map(|(.., cell)| neutral(&cell(row).unwrap_or_default()));
    std::iter::once(row.uscc.clone()).chain(cells).collect()
}

fn read<T: serde::de::DeserializeOwned>(payload: &str) -> Result<T, StoreError> {
    serde_json::from_str(payload).map_err(|error| StoreError::Damaged {
        what: "record",
        key: String::new(),
        why: error.to_string(),
    })
}
