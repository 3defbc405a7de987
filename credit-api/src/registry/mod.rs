//! The enterprises: one row each for search and lists, kept by intake and evaluation, and questions about them.

pub mod activity;
pub mod overview;
mod search;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use credit_core::dates::day_number;
use credit_core::records::{ListCode, Listing, Record, Registration, Status};
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use diesel::sql_types::Text;
use pinyin::ToPinyin;

pub use search::{Filter, Page, search};

use crate::store::bulk::{self, Bind};
use crate::store::schema::enterprises;
use crate::store::{DbConnection, StoreError};

/// Enterprises refreshed in one query.
const AT_ONCE: usize = 1_000;

/// What lists and search show of an enterprise.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = enterprises)]
pub struct Enterprise {
    pub uscc: String,
    pub name: String,
    pub kind: String,
    pub roles: String,
    pub status: String,
    pub region_code: String,
    pub customs_code: Option<String>,
    pub established_day: i32,
    pub search_text: String,
    pub grade: Option<String>,
    pub score: Option<i32>,
    pub listed: i32,
}

#[derive(QueryableByName)]
struct Payload {
    #[diesel(sql_type = Text)]
    payload: String,
}

/// Several enterprises, by code.
///
/// # Errors
/// The database's.
pub fn find_all(
    connection: &mut DbConnection,
    codes: &BTreeSet<&str>,
) -> Result<BTreeMap<String, Enterprise>, StoreError> {
    let codes: Vec<&str> = codes.iter().copied().collect();
    let mut found = BTreeMap::new();
    for part in codes.chunks(AT_ONCE) {
        let rows: Vec<Enterprise> = enterprises::table
            .filter(enterprises::uscc.eq_any(part.iter().copied()))
            .select(Enterprise::as_select())
            .load(connection)?;
        found.extend(rows.into_iter().map(|row| (row.uscc.clone(), row)));
    }
    Ok(found)
}

/// One enterprise.
///
/// # Errors
/// The database's.
pub fn find(connection: &mut DbConnection, uscc: &str) -> Result<Option<Enterprise>, StoreError> {
    Ok(enterprises::table
        .filter(enterprises::uscc.eq(uscc))
        .select(Enterprise::as_select())
        .first(connection)
        .optional()?)
}

/// Names of registered enterprises, by code.
///
/// # Errors
/// The database's.
pub fn names(connection: &mut DbConnection, codes: &[String]) -> Result<HashMap<String, String>, StoreError> {
    let rows: Vec<(String, String)> = enterprises::table
        .filter(enterprises::uscc.eq_any(codes))
        .select((enterprises::uscc, enterprises::name))
        .load(connection)?;
    Ok(rows.into_iter().collect())
}

/// The registration rows known now, the one received last at the end.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn registrations(connection: &mut DbConnection, uscc: &str) -> Result<Vec<Registration>, StoreError> {
    let rows: Vec<Payload> = bulk::load(
        connection,
        "SELECT payload FROM registrations WHERE uscc = $1 AND known_to IS NULL ORDER BY known_from, line",
        [uscc.into()],
    )?;
    rows.iter().map(|row| parse("registration", uscc, &row.payload)).collect()
}

/// The slow sources' records known now.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn records(connection: &mut DbConnection, uscc: &str) -> Result<Vec<Record>, StoreError> {
    let rows: Vec<Payload> = bulk::load(
        connection,
        "SELECT payload FROM facts WHERE uscc = $1 AND known_to IS NULL ORDER BY source, occurred_day",
        [uscc.into()],
    )?;
    rows.iter().map(|row| parse("record", uscc, &row.payload)).collect()
}

fn parse<T: serde::de::DeserializeOwned>(
    what: &'static str,
    uscc: &str,
    payload: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(payload).map_err(|error| StoreError::Damaged {
        what,
        key: uscc.to_owned(),
        why: error.to_string(),
    })
}

/// Brings the search rows of the given enterprises up to date with their registrations and lists.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn refresh(connection: &mut DbConnection, codes: &BTreeSet<String>) -> Result<(), StoreError> {
    let all: Vec<&String> = codes.iter().collect();
    for part in all.chunks(AT_ONCE) {
        let list: Vec<String> = (1..=part.len()).map(|at| format!("${at}")).collect();
        let list = list.join(",");
        let binds = || part.iter().map(|code| Bind::from(code.as_str()));
        let registered: Vec<Payload> = bulk::load(
            connection,
            &format!(
                "SELECT payload FROM registrations WHERE known_to IS NULL AND uscc IN ({list}) \
                 ORDER BY uscc, known_from, line"
            ),
            binds(),
        )?;
        let mut primary: BTreeMap<Uscc, Registration> = BTreeMap::new();
        for row in registered {
            let registration: Registration = parse("registration", "", &row.payload)?;
            primary.insert(registration.uscc, registration);
        }
        let listings: Vec<Payload> = bulk::load(
            connection,
            &format!(
                "SELECT payload FROM facts WHERE known_to IS NULL AND source = 'lists' AND uscc IN ({list})"
            ),
            binds(),
        )?;
        let mut listed: BTreeSet<Uscc> = BTreeSet::new();
        for row in listings {
            if let Record::Lists(listing) = parse("record", "", &row.payload)?
                && is_negative(&listing)
            {
                listed.insert(listing.uscc);
            }
        }
        upsert(connection, primary.values(), &listed)?;
    }
    Ok(())
}

/// Lists that the published negative list mirrors; 经营异常 is a notice, not an entry. Whether the entry has been
/// removed is shown by the list itself, so that a row never lies when a date passes.
fn is_negative(listing: &Listing) -> bool {
    listing.list != ListCode::AbnormalOperation && listing.removed_on.is_none()
}

fn upsert<'a>(
    connection: &mut DbConnection,
    registrations: impl Iterator<Item = &'a Registration>,
    listed: &BTreeSet<Uscc>,
) -> Result<(), StoreError> {
    let rows = registrations.map(|row| {
        let roles: Vec<&str> = row.roles.iter().map(|kind| kind.as_str()).collect();
        vec![
            row.uscc.to_string().into(),
            row.name.clone().into(),
            roles.first().copied().unwrap_or_default().into(),
            roles.join(";").into(),
            status_word(row.status).into(),
            row.region_code.clone().into(),
            Bind::OptionalText(row.customs_code.clone()),
            day_number(row.established_on).into(),
            search_text(row).into(),
            i32::from(listed.contains(&row.uscc)).into(),
        ]
    });
    bulk::execute_rows(
        connection,
        "INSERT INTO enterprises (uscc, name, kind, roles, status, region_code, customs_code, established_day, \
         search_text, listed)",
        10,
        rows.collect(),
        "ON CONFLICT (uscc) DO UPDATE SET name = excluded.name, kind = excluded.kind, roles = excluded.roles, \
         status = excluded.status, region_code = excluded.region_code, customs_code = excluded.customs_code, \
         established_day = excluded.established_day, search_text = excluded.search_text, \
         listed = excluded.listed",
    )?;
    Ok(())
}

/// 登记状态 in the words of the register.
#[must_use]
pub fn status_word(status: Status) -> &'static str {
    match status {
        Status::InOperation => "存续",
        Status::Suspended => "歇业",
        Status::Liquidating => "清算",
        Status::MovedOut => "迁出",
        Status::RevokedNotCancelled => "吊销未注销",
        Status::RevokedAndCancelled => "吊销已注销",
        Status::Cancelled => "注销",
        Status::RegistrationRescinded => "撤销登记",
    }
}

/// Everything a search may hit, in lower case: code, names, customs code, pinyin in full and by initials.
fn search_text(row: &Registration) -> String {
    let mut parts = vec![row.uscc.to_string(), row.name.clone()];
    parts.extend(row.former_names.iter().cloned());
    parts.extend(row.customs_code.clone());
    let (mut full, mut initials) = (String::new(), String::new());
    for (character, sound) in row.name.chars().zip(row.name.as_str().to_pinyin()) {
        match sound {
            Some(sound) => {
                full.push_str(sound.plain());
                initials.push_str(sound.first_letter());
            }
            None if character.is_alphanumeric() => {
                full.push(character);
                initials.push(character);
            }
            None => {}
        }
    }
    parts.extend([full, initials]);
    parts.join("\n").to_lowercase()
}
