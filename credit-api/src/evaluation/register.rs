//! Who is registered: of the whole zone as known at T, or of few enterprises as known now.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use credit_core::dates::day_number;
use credit_core::indicator::SubjectKind;
use credit_core::records::Registration;
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};

use crate::store::bulk::{self, Bind};
use crate::store::packs::{listed, parse};
use crate::store::{DbConnection, StoreError};

/// Codes, names or telephones looked up in one query.
const KEYS_AT_ONCE: usize = 2_000;

#[derive(QueryableByName)]
struct RegistrationRow {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Text)]
    payload: String,
}

#[derive(QueryableByName)]
struct CodeRow {
    #[diesel(sql_type = Text)]
    uscc: String,
}

#[derive(QueryableByName)]
struct RoleRow {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Integer)]
    established_day: i32,
    #[diesel(sql_type = Text)]
    roles: String,
}

/// Registrations. The row received last answers for an enterprise; the others serve R01.
#[derive(Debug, Default)]
pub struct Registry {
    enterprises: BTreeMap<Uscc, Registered>,
    by_representative: HashMap<String, Vec<Uscc>>,
    by_phone: HashMap<String, Vec<Uscc>>,
    /// Since which day who has which roles beside that of a merchant, also of enterprises that are not read.
    roles: HashMap<Uscc, (i32, Vec<SubjectKind>)>,
}

/// One enterprise's rows.
#[derive(Debug, Clone)]
pub struct Registered {
    pub primary: Registration,
    /// The latest row of each non-empty `record_source`.
    pub sources: Vec<Registration>,
}

impl Registry {
    /// Everyone, as known at T (milliseconds).
    ///
    /// # Errors
    /// The database's, and [`StoreError::Damaged`].
    pub fn load(connection: &mut DbConnection, known_at: i64) -> Result<Self, StoreError> {
        let rows: Vec<RegistrationRow> = bulk::load(
            connection,
            "SELECT uscc, payload FROM registrations \
             WHERE known_from <= $1 AND (known_to IS NULL OR known_to > $2) ORDER BY uscc, known_from, line",
            [known_at.into(), known_at.into()],
        )?;
        let mut registry = Self::default();
        registry.add(rows)?;
        registry.index();
        for (uscc, known) in &registry.enterprises {
            let since = day_number(known.primary.established_on);
            registry.roles.insert(*uscc, (since, known.primary.roles.clone()));
        }
        Ok(registry)
    }

    /// Those named and who may be related to them, as known now; of everyone else the roles.
    ///
    /// # Errors
    /// The database's, and [`StoreError::Damaged`].
    pub fn load_some(connection: &mut DbConnection, named: &BTreeSet<Uscc>) -> Result<Self, StoreError> {
        let mut registry = Self::load_near(connection, named)?;
        registry.roles = roles(connection)?;
        Ok(registry)
    }

    /// Those named and who may be related to them, as known now; nobody's roles.
    ///
    /// # Errors
    /// The database's, and [`StoreError::Damaged`].
    pub fn load_near(connection: &mut DbConnection, named: &BTreeSet<Uscc>) -> Result<Self, StoreError> {
        let mut registry = Self::default();
        registry.add(rows_of(connection, named)?)?;
        let rows = registry.enterprises.values().map(|known| &known.primary);
        let names: BTreeSet<String> = rows.clone().map(|row| row.legal_representative.clone()).collect();
        let phones: BTreeSet<String> =
            rows.filter_map(|row| row.phone.clone()).filter(|phone| !phone.is_empty()).collect();
        let mut related = codes_by(connection, "legal_representative", names)?;
        related.extend(codes_by(connection, "phone", phones)?);
        let others: BTreeSet<Uscc> = related.difference(named).copied().collect();
        registry.add(rows_of(connection, &others)?)?;
        registry.index();
        Ok(registry)
    }

    /// Takes these rows, in the order received, in place of what is known of the enterprise.
    pub fn replace(&mut self, uscc: &Uscc, rows: &[Registration]) {
        self.enterprises.remove(uscc);
        self.roles.remove(uscc);
        rows.iter().for_each(|row| self.add_one(row.clone()));
        if let Some(known) = self.enterprises.get(uscc) {
            let since = day_number(known.primary.established_on);
            self.roles.insert(*uscc, (since, known.primary.roles.clone()));
        }
        self.index();
    }

    /// Takes rows that are in order, the one received last at the end.
    fn add(&mut self, rows: Vec<RegistrationRow>) -> Result<(), StoreError> {
        for row in rows {
            self.add_one(row.read()?);
        }
        Ok(())
    }

    fn add_one(&mut self, registration: Registration) {
        let known = self
            .enterprises
            .entry(registration.uscc)
            .or_insert_with(|| Registered { primary: registration.clone(), sources: Vec::new() });
        known.primary = registration.clone();
        if registration.record_source.is_some() {
            known.sources.push(registration);
        }
    }

    fn index(&mut self) {
        self.by_representative.clear();
        self.by_phone.clear();
        for (uscc, known) in &self.enterprises {
            let row = &known.primary;
            self.by_representative.entry(row.legal_representative.clone()).or_default().push(*uscc);
            if let Some(phone) = row.phone.as_ref().filter(|phone| !phone.is_empty()) {
                self.by_phone.entry(phone.clone()).or_default().push(*uscc);
            }
        }
    }

    #[must_use]
    pub fn get(&self, uscc: &Uscc) -> Option<&Registered> {
        self.enterprises.get(uscc)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Uscc, &Registered)> {
        self.enterprises.iter()
    }

    /// M9 (B2): registered at D and having the role.
    #[must_use]
    pub fn has_role(&self, as_of: NaiveDate, uscc: &Uscc, role: SubjectKind) -> bool {
        let known = self.roles.get(uscc);
        known.is_some_and(|(since, roles)| *since <= day_number(as_of) && roles.contains(&role))
    }

    /// Enterprises that may be related to this one: same representative, or same phone (R09).
    #[must_use]
    pub fn possible_relatives(&self, uscc: &Uscc) -> BTreeSet<Uscc> {
        let Some(known) = self.enterprises.get(uscc) else { return BTreeSet::new() };
        let by_phone = known.primary.phone.as_ref().and_then(|phone| self.by_phone.get(phone));
        let by_name = self.by_representative.get(&known.primary.legal_representative);
        by_phone.into_iter().chain(by_name).flatten().copied().filter(|other| other != uscc).collect()
    }
}

impl RegistrationRow {
    fn read(&self) -> Result<Registration, StoreError> {
        serde_json::from_str(&self.payload).map_err(|error| StoreError::Damaged {
            what: "registration",
            key: self.uscc.clone(),
            why: error.to_string(),
        })
    }
}

/// One enterprise's registrations known at T (milliseconds), in the order received.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn registrations_of(
    connection: &mut DbConnection,
    uscc: Uscc,
    known_at: i64,
) -> Result<Vec<Registration>, StoreError> {
    let rows: Vec<RegistrationRow> = bulk::load(
        connection,
        "SELECT uscc, payload FROM registrations WHERE uscc = $1 AND known_from <= $2 \
         AND (known_to IS NULL OR known_to > $3) ORDER BY known_from, line",
        [uscc.as_str().into(), known_at.into(), known_at.into()],
    )?;
    rows.iter().map(RegistrationRow::read).collect()
}

fn rows_of(
    connection: &mut DbConnection,
    codes: &BTreeSet<Uscc>,
) -> Result<Vec<RegistrationRow>, StoreError> {
    let codes: Vec<&Uscc> = codes.iter().collect();
    let mut rows = Vec::new();
    for part in codes.chunks(KEYS_AT_ONCE) {
        let sql = format!(
            "SELECT uscc, payload FROM registrations WHERE known_to IS NULL AND uscc IN {} \
             ORDER BY uscc, known_from, line",
            listed(1, part.len())
        );
        let binds = part.iter().map(|uscc| Bind::from(uscc.as_str()));
        rows.extend(bulk::load::<RegistrationRow>(connection, &sql, binds)?);
    }
    Ok(rows)
}

/// Whose registration of any source has one of these texts in the column.
fn codes_by(
    connection: &mut DbConnection,
    column: &str,
    texts: BTreeSet<String>,
) -> Result<BTreeSet<Uscc>, StoreError> {
    let texts: Vec<String> = texts.into_iter().collect();
    let mut codes = BTreeSet::new();
    for part in texts.chunks(KEYS_AT_ONCE) {
        let sql = format!(
            "SELECT DISTINCT uscc FROM registrations WHERE known_to IS NULL AND {column} IN {}",
            listed(1, part.len())
        );
        let rows: Vec<CodeRow> = bulk::load(connection, &sql, part.iter().cloned().map(Bind::Text))?;
        for row in rows {
            codes.insert(parse("registration", &row.uscc)?);
        }
    }
    Ok(codes)
}

/// The roles of everyone who is more than a merchant: few, and the only ones that M9 asks for.
fn roles(connection: &mut DbConnection) -> Result<HashMap<Uscc, (i32, Vec<SubjectKind>)>, StoreError> {
    let rows: Vec<RoleRow> = bulk::load(
        connection,
        "SELECT uscc, established_day, roles FROM enterprises WHERE roles <> 'E1'",
        std::iter::empty(),
    )?;
    let mut found = HashMap::new();
    for row in rows {
        let roles = SubjectKind::ALL
            .into_iter()
            .filter(|kind| row.roles.split(';').any(|role| role == kind.as_str()));
        found.insert(parse("enterprise", &row.uscc)?, (row.established_day, roles.collect()));
    }
    Ok(found)
}
