//! The same rows into one bare table: no key, no index, one transaction, on disk at its end.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::pg::CopyFormat;
use diesel::prelude::*;

use super::Failure;
use super::measure::Target;

const COLUMNS: usize = 22;

diesel::table! {
    bare (c0, c1) {
        c0 -> Text, c1 -> Text, c2 -> Text, c3 -> Text, c4 -> Text, c5 -> Text, c6 -> Text, c7 -> Text,
        c8 -> Text, c9 -> Text, c10 -> Text, c11 -> Text, c12 -> Text, c13 -> Text, c14 -> Text, c15 -> Text,
        c16 -> Text, c17 -> Text, c18 -> Text, c19 -> Text, c20 -> Text, c21 -> Text,
    }
}

fn create() -> String {
    let columns: Vec<String> = (0..COLUMNS).map(|at| format!("c{at} TEXT NOT NULL")).collect();
    format!("CREATE TABLE bare ({})", columns.join(", "))
}

pub fn bare(target: &Target, folder: &Path, file: &Path) -> Result<Duration, Failure> {
    match target {
        Target::Sqlite(_) => inserts(folder, file),
        Target::Postgres(url) => copy(url, file),
    }
}

fn copy(url: &str, file: &Path) -> Result<Duration, Failure> {
    let mut postgres = PgConnection::establish(url)?;
    postgres.batch_execute(&create())?;
    let started = Instant::now();
    diesel::copy_from(bare::table)
        .from_raw_data(bare::table, |copy| {
            send(file, &mut *copy).map_err(|error| diesel::result::Error::SerializationError(error.into()))
        })
        .with_format(CopyFormat::Csv)
        .execute(&mut postgres)?;
    Ok(started.elapsed())
}

fn send(file: &Path, copy: &mut dyn Write) -> std::io::Result<()> {
    for line in BufReader::new(File::open(file)?).lines().skip(1) {
        copy.write_all(line?.as_bytes())?;
        copy.write_all(b"\n")?;
    }
    Ok(())
}

fn inserts(folder: &Path, file: &Path) -> Result<Duration, Failure> {
    use bare::dsl as b;
    let path = folder.join("bare.db");
    let _ = std::fs::remove_file(&path);
    let mut sqlite = SqliteConnection::establish(&path.to_string_lossy())?;
    sqlite.batch_execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")?;
    sqlite.batch_execute(&create())?;
    let started = Instant::now();
    sqlite.transaction::<_, Failure, _>(|sqlite| {
        for line in BufReader::new(File::open(file)?).lines().skip(1) {
            let line = line?;
            let cells: Vec<&str> = line.split(',').collect();
            let cells: [&str; COLUMNS] = cells.try_into().map_err(|_| "a line of another width")?;
            let [
                x0,
                x1,
                x2,
                x3,
                x4,
                x5,
                x6,
                x7,
                x8,
                x9,
                x10,
                x11,
                x12,
                x13,
                x14,
                x15,
                x16,
                x17,
                x18,
                x19,
                x20,
                x21,
            ] = cells;
            diesel::insert_into(b::bare)
                .values((
                    (b::c0.eq(x0), b::c1.eq(x1), b::c2.eq(x2), b::c3.eq(x3), b::c4.eq(x4), b::c5.eq(x5)),
                    (b::c6.eq(x6), b::c7.eq(x7), b::c8.eq(x8), b::c9.eq(x9), b::c10.eq(x10), b::c11.eq(x11)),
                    (b::c12.eq(x12), b::c13.eq(x13), b::c14.eq(x14), b::c15.eq(x15), b::c16.eq(x16)),
                    (b::c17.eq(x17), b::c18.eq(x18), b::c19.eq(x19), b::c20.eq(x20), b::c21.eq(x21)),
                ))
                .execute(sqlite)?;
        }
        Ok(())
    })?;
    Ok(started.elapsed())
}
