//! The names of all enterprises in memory: current, of every register, former, and from the change register.
//!
//! Built when the service starts, in the background, a part at a time; until then nothing is screened. Later a look
//! every second: registrations, changes of names and lists are known by the time of their last batch, and only the
//! enterprises of newer batches are read again. Another process may have received them.
//!
//! Parties of a list that are not registered here are known by the names of their entries, and by their code.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use credit_core::records::{Listing, Record, Registration};
use credit_core::screening::{Index, IndexError, MAX_NAMES, Name, Subject};
use credit_core::uscc::Uscc;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::negative_list::lists;
use crate::store::bulk::{self, Bind};
use crate::store::{Database, DbConnection, StoreError, read_only};

/// Enterprises read at once.
const AT_ONCE: usize = 500;
/// Between two looks at what was received.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// After a look that failed.
const PAUSE_AFTER_ERROR: Duration = Duration::from_secs(10);
/// The item of the change register under which a name changes.
const NAME_ITEM: &str = "名称";
/// The sources that names and lists come from.
const SOURCES: &str = "'registration', 'registration_changes', 'lists'";

/// What is held.
#[derive(Default)]
pub struct Held {
    pub all: Index,
    /// Those of which any list is known, registered here or not: whether an entry is in force is for the database to
    /// say.
    pub listed: Index,
    ids: HashMap<Uscc, u64>,
    next: u64,
    /// Everything received up to then is in, milliseconds.
    pub known_at: i64,
}

impl Held {
    /// An enterprise by its place in either index.
    #[must_use]
    pub fn uscc(&self, id: u64) -> Option<Uscc> {
        self.all.get(id).or_else(|| self.listed.get(id))?.uscc().copied()
    }

    /// An enterprise, or a listed party, as screening sees it.
    #[must_use]
    pub fn subject(&self, uscc: &Uscc) -> Option<&Subject> {
        let id = *self.ids.get(uscc)?;
        self.all.get(id).or_else(|| self.listed.get(id))
    }

    /// The place of an enterprise.
    #[must_use]
    pub fn id(&self, uscc: &Uscc) -> Option<u64> {
        self.ids.get(uscc).copied()
    }

    fn id_of(&mut self, uscc: Uscc) -> u64 {
        *self.ids.entry(uscc).or_insert_with(|| {
            self.next += 1;
            self.next
        })
    }

    fn put(&mut self, uscc: Uscc, subject: Subject) -> Result<(), IndexError> {
        let id = self.id_of(uscc);
        if self.all.get(id) == Some(&subject) {
            return Ok(());
        }
        if self.listed.get(id).is_some() {
            self.listed.insert(id, subject.clone())?;
        }
        self.all.insert(id, subject)
    }

    fn list(&mut self, now: Listed) -> Result<(), IndexError> {
        let wanted = now.registered.iter().chain(now.outside.iter().map(|(uscc, _)| uscc));
        let wanted: BTreeSet<Uscc> = wanted.copied().collect();
        let is_gone = |(uscc, id): &(&Uscc, &u64)| !wanted.contains(uscc) && self.listed.get(**id).is_some();
        let gone: Vec<(Uscc, u64)> = self.ids.iter().filter(is_gone).map(|(uscc, id)| (*uscc, *id)).collect();
        for (uscc, id) in gone {
            self.listed.remove(id);
            if self.all.get(id).is_none() {
                self.ids.remove(&uscc);
            }
        }
        for uscc in now.registered {
            if let Some(id) = self.id(&uscc)
                && self.listed.get(id).is_none()
                && let Some(subject) = self.all.get(id)
            {
                self.listed.insert(id, subject.clone())?;
            }
        }
        for (uscc, subject) in now.outside {
            let id = self.id_of(uscc);
            // Registered since the list was read: the names of its registers hold.
            if self.all.get(id).is_none() && self.listed.get(id) != Some(&subject) {
                self.listed.insert(id, subject)?;
            }
        }
        Ok(())
    }
}

/// Who has a row of a list of dishonesty, whatever its dates.
#[derive(Default)]
struct Listed {
    registered: BTreeSet<Uscc>,
    /// Not registered here.
    outside: Vec<(Uscc, Subject)>,
}

/// The names of this process. Clones share them.
#[derive(Clone, Default)]
pub struct Names(Arc<Inner>);

#[derive(Default)]
struct Inner {
    held: RwLock<Held>,
    ready: AtomicBool,
    /// One look at a time.
    looking: Mutex<()>,
}

#[derive(QueryableByName)]
struct Latest {
    #[diesel(sql_type = Nullable<BigInt>)]
    at: Option<i64>,
}

#[derive(QueryableByName)]
struct Code {
    #[diesel(sql_type = Text)]
    uscc: String,
}

#[derive(QueryableByName)]
struct ListRow {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Text)]
    payload: String,
    /// The code again, of an enterprise that is registered here.
    #[diesel(sql_type = Nullable<Text>)]
    registered: Option<String>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Text)]
    payload: String,
}

impl Names {
    /// What is held; nothing while it is built.
    #[must_use]
    pub fn held(&self) -> Option<RwLockReadGuard<'_, Held>> {
        let ready = self.0.ready.load(Ordering::Acquire);
        ready.then(|| self.0.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads what was received since the last look; everything at the first. Answers how many enterprises were read.
    ///
    /// # Errors
    /// The database's, and [`StoreError::Damaged`]; what is held stays as it was, or half renewed, and the next look
    /// reads the same again.
    pub fn look(&self, database: &Database) -> Result<usize, StoreError> {
        let _looking = self.0.looking.lock().unwrap_or_else(PoisonError::into_inner);
        let since = self.0.held.read().unwrap_or_else(PoisonError::into_inner).known_at;
        let mut connection = database.connection()?;
        let latest = latest(&mut connection)?;
        if latest <= since && self.0.ready.load(Ordering::Acquire) {
            return Ok(0);
        }
        let codes = if since == 0 { all(&mut connection)? } else { changed(&mut connection, since)? };
        for part in codes.chunks(AT_ONCE) {
            let parsed: Vec<(Uscc, Subject)> = names_of(&mut connection, part)?
                .into_iter()
                .filter_map(|(uscc, names)| Some((uscc, subject(&names, uscc)?)))
                .collect();
            let mut held = self.0.held.write().unwrap_or_else(PoisonError::into_inner);
            for (uscc, subject) in parsed {
                held.put(uscc, subject).map_err(full)?;
            }
        }
        let listed = listed(&mut connection)?;
        let mut held = self.0.held.write().unwrap_or_else(PoisonError::into_inner);
        held.list(listed).map_err(full)?;
        held.known_at = latest;
        self.0.ready.store(true, Ordering::Release);
        Ok(codes.len())
    }
}

fn full(error: IndexError) -> StoreError {
    StoreError::Damaged { what: "screening index", key: String::new(), why: error.to_string() }
}

/// When a batch of a source that matters was received last; batches come one after the other.
fn latest(connection: &mut DbConnection) -> Result<i64, StoreError> {
    let sql =
        format!("SELECT MAX(received_at) AS at FROM batches WHERE refused IS NULL AND source IN ({SOURCES})");
    let found: Vec<Latest> = bulk::load(connection, &sql, [])?;
    Ok(found.first().and_then(|row| row.at).unwrap_or(0))
}

fn all(connection: &mut DbConnection) -> Result<Vec<Uscc>, StoreError> {
    codes(bulk::load(connection, "SELECT uscc FROM enterprises ORDER BY uscc", [])?)
}

fn changed(connection: &mut DbConnection, since: i64) -> Result<Vec<Uscc>, StoreError> {
    codes(bulk::load(
        connection,
        "SELECT r.uscc FROM registrations r JOIN batches b ON b.id = r.batch_id WHERE b.received_at > $1 \
         UNION SELECT f.uscc FROM facts f JOIN batches b ON b.id = f.batch_id \
         WHERE b.received_at > $1 AND b.source = 'registration_changes'",
        [since.into()],
    )?)
}

fn listed(connection: &mut DbConnection) -> Result<Listed, StoreError> {
    let rows: Vec<ListRow> = bulk::load(
        connection,
        "SELECT f.uscc, f.payload, e.uscc AS registered FROM facts f LEFT JOIN enterprises e ON e.uscc = f.uscc \
         WHERE f.source = 'lists' AND f.known_to IS NULL ORDER BY f.uscc, f.natural_key",
        [],
    )?;
    let mut found = Listed::default();
    let mut outside: BTreeMap<Uscc, Vec<Listing>> = BTreeMap::new();
    for row in rows {
        let is_registered = row.registered.is_some();
        let row = Row { uscc: row.uscc, payload: row.payload };
        match read::<Record>(&row)? {
            Record::Lists(listing) if !lists::is_negative(listing.list) => {}
            Record::Lists(listing) if is_registered => {
                found.registered.insert(listing.uscc);
            }
            Record::Lists(listing) => outside.entry(listing.uscc).or_default().push(listing),
            _ => {}
        }
    }
    let parties = outside.into_iter();
    found.outside =
        parties.filter_map(|(uscc, rows)| Some((uscc, subject(&names_in(&rows), uscc)?))).collect();
    Ok(found)
}

/// The names that entries of one party bear: that of the newest first, each once.
#[must_use]
pub fn names_in(entries: &[Listing]) -> Vec<String> {
    let mut newest: Vec<&Listing> = entries.iter().filter(|one| lists::is_negative(one.list)).collect();
    newest.sort_by_key(|one| Reverse(one.effective_on));
    let mut all = Vec::new();
    for name in newest.into_iter().filter_map(|one| one.name.as_ref()) {
        if !all.contains(name) {
            all.push(name.clone());
        }
    }
    all
}

fn codes(rows: Vec<Code>) -> Result<Vec<Uscc>, StoreError> {
    let damaged = |code: &str| StoreError::Damaged {
        what: "enterprise",
        key: code.to_owned(),
        why: "no unified social credit code".to_owned(),
    };
    rows.iter().map(|row| Uscc::parse(&row.uscc).map_err(|_| damaged(&row.uscc))).collect()
}

fn read<T: serde::de::DeserializeOwned>(row: &Row) -> Result<T, StoreError> {
    serde_json::from_str(&row.payload).map_err(|error| StoreError::Damaged {
        what: "record",
        key: row.uscc.clone(),
        why: error.to_string(),
    })
}

/// The names of some enterprises as written: the current one first, then those of other registers, former ones, and
/// those before a change of name. Each once.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn names_of(
    connection: &mut DbConnection,
    part: &[Uscc],
) -> Result<BTreeMap<Uscc, Vec<String>>, StoreError> {
    let mut found: BTreeMap<Uscc, (Vec<String>, Vec<String>)> = BTreeMap::new();
    for part in part.chunks(AT_ONCE) {
        let places: Vec<String> = (1..=part.len()).map(|at| format!("${at}")).collect();
        let places = places.join(",");
        let binds = || part.iter().map(|uscc| Bind::Text(uscc.to_string()));
        let (rows, changes) = read_only(connection, |connection| {
            let sql = format!(
                "SELECT uscc, payload FROM registrations WHERE known_to IS NULL AND uscc IN ({places}) \
                 ORDER BY uscc, known_from, line"
            );
            let rows: Vec<Row> = bulk::load(connection, &sql, binds())?;
            let sql = format!(
                "SELECT uscc, payload FROM facts WHERE known_to IS NULL AND source = 'registration_changes' \
                 AND uscc IN ({places}) ORDER BY uscc, occurred_day DESC"
            );
            let changes: Vec<Row> = bulk::load(connection, &sql, binds())?;
            Ok::<_, StoreError>((rows, changes))
        })?;
        for row in rows {
            let registration: Registration = read(&row)?;
            let (current, former) = found.entry(registration.uscc).or_default();
            // The row received last is the one that lists show.
            current.insert(0, registration.name);
            former.extend(registration.former_names);
        }
        for row in changes {
            if let Record::RegistrationChanges(change) = read(&row)?
                && change.item == NAME_ITEM
                && let Some((_, former)) = found.get_mut(&change.uscc)
            {
                former.push(change.before);
            }
        }
    }
    let once = |(current, former): (Vec<String>, Vec<String>)| {
        let mut all: Vec<String> = Vec::new();
        for name in current.into_iter().chain(former) {
            if !all.contains(&name) {
                all.push(name);
            }
        }
        all
    };
    Ok(found.into_iter().map(|(uscc, names)| (uscc, once(names))).collect())
}

/// The parsed names with the place of the written one that each stands in; what cannot be read is passed over, and so
/// is what is too much for a subject.
#[must_use]
pub fn parsed(names: &[String]) -> Vec<(Name, usize)> {
    let mut all: Vec<(Name, usize)> = Vec::new();
    for (at, text) in names.iter().enumerate() {
        for name in Name::parse_all(text).unwrap_or_default() {
            if all.len() < MAX_NAMES && !all.iter().any(|(known, _)| *known == name) {
                all.push((name, at));
            }
        }
    }
    all
}

/// An enterprise as screening sees it.
#[must_use]
pub fn subject(names: &[String], uscc: Uscc) -> Option<Subject> {
    Subject::of(parsed(names).into_iter().map(|(name, _)| name).collect(), Some(uscc)).ok()
}

/// The thread that keeps the names. Dropping it stops the thread.
pub struct Keeper {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts the thread, which begins with everything there is.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(names: &Names, database: &Database) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let (names, database, stopping) = (names.clone(), database.clone(), Arc::clone(&stop));
        let thread = std::thread::Builder::new().name("screening".to_owned()).spawn(move || {
            while !stopping.load(Ordering::Acquire) {
                let pause = match names.look(&database) {
                    Ok(0) => LOOK_EVERY,
                    Ok(read) => {
                        tracing::info!(read, "names to screen against were read");
                        LOOK_EVERY
                    }
                    Err(error) => {
                        tracing::error!(%error, "names to screen against could not be read; it is tried again");
                        PAUSE_AFTER_ERROR
                    }
                };
                std::thread::park_timeout(pause);
            }
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}
