//! Files that jobs have made for somebody, and that are removed when they were kept as long as extracts are.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use diesel::QueryableByName;
use diesel::sql_types::Text;

use crate::jobs::store::State;
use crate::service::Service;
use crate::store::StoreError;
use crate::store::bulk::{self, Bind};

const DAY_MS: i64 = 86_400_000;
/// Rows of a table whose files are removed in one look.
const REMOVED_AT_ONCE: usize = 20;

#[derive(QueryableByName)]
struct Old {
    #[diesel(sql_type = Text)]
    id: String,
}

/// Removes the folders that belong to the old rows of a table, and what attempts left that came to nothing; answers of
/// how many. What cannot be removed is in the log and tried again. The table has `id`, `job_id`, `asked_at`, `made_at`
/// and `files_removed_at`.
///
/// # Errors
/// The database's.
pub fn remove(
    service: &Service,
    table: &'static str,
    folders: impl Fn(&str) -> Vec<PathBuf>,
) -> Result<usize, StoreError> {
    let now = service.clock.now();
    let before = now.0 - i64::from(service.config.extract_days) * DAY_MS;
    let sql = format!(
        "SELECT m.id FROM {table} m LEFT JOIN jobs j ON j.id = m.job_id \
         WHERE m.files_removed_at IS NULL AND m.asked_at <= $1 AND (m.made_at IS NULL OR m.made_at <= $1) \
         AND (j.id IS NULL OR j.state NOT IN ($2, $3)) ORDER BY m.asked_at, m.id LIMIT {REMOVED_AT_ONCE}"
    );
    let mut connection = service.database.connection()?;
    let unfinished = [State::Queued, State::Running].map(|state| Bind::from(state.as_str()));
    let binds = [Bind::from(before)].into_iter().chain(unfinished);
    let old: Vec<Old> = bulk::load(&mut connection, &sql, binds)?;
    let mut removed = 0;
    for Old { id } in old {
        if let Err(error) = folders(&id).into_iter().try_for_each(remove_folder) {
            tracing::error!(%error, table, %id, "old files could not be removed");
            continue;
        }
        let sql = format!("UPDATE {table} SET files_removed_at = $1 WHERE id = $2");
        removed += bulk::execute(&mut connection, &sql, [Bind::from(now.0), id.into()])?;
    }
    Ok(removed)
}

fn remove_folder(folder: PathBuf) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
