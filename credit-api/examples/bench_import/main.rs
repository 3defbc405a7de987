//! P6: orders from a file to facts and rollups, against prepared inserts (SQLite) or COPY (PostgreSQL) of the same
//! rows into one bare table.
//!
//! usage: `bench_import [ROWS]` (default 100 000, some minutes on two busy cores; the goal speaks of 1 000 000)
//!
//! Each measurement is a process of its own, so that its peak memory is its own. PostgreSQL is measured when
//! `XINJI_TEST_POSTGRES_URL` names a server.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

mod file;
mod measure;
mod reference;

use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use credit_api::clock::SystemClock;
use credit_api::intake::evidence::Evidence;
use credit_api::intake::receive::{Expected, Incoming, receive};
use credit_api::store::{Database, DatabaseUrl};

use measure::{Measured, Target};

type Failure = Box<dyn std::error::Error>;

const ROWS: u64 = 100_000;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => table(ROWS),
        ["one", url, file, folder] => {
            let measured = import(url, Path::new(file), Path::new(folder))?;
            println!("{}", measured.to_line());
            Ok(())
        }
        [rows] => table(rows.parse()?),
        _ => Err("usage: bench_import [ROWS]".into()),
    }
}

/// One import, timed.
fn import(url: &str, file: &Path, folder: &Path) -> Result<Measured, Failure> {
    let database = Database::open(&DatabaseUrl::parse(url)?)?;
    let evidence = Evidence::new(folder.join("evidence"));
    let started = Instant::now();
    let incoming = Incoming { name: "transactions.csv", content: File::open(file)?, expected: Expected::Any };
    let summary = receive(&database, &evidence, &SystemClock, incoming, &mut |_, _, _| true)?;
    let time = started.elapsed();
    if summary.rows_rejected > 0 || summary.rows_new != summary.rows_total {
        return Err(format!("not every row was taken: {summary:?}").into());
    }
    Ok(Measured { time, peak_mib: measure::peak_mib() })
}

/// The table for every database at hand.
fn table(rows: u64) -> Result<(), Failure> {
    println!("| P6 | database | files | rows | rows/s | reference rows/s | ratio | peak MiB |");
    println!("|---|---|---|---:|---:|---:|---:|---:|");
    let server = std::env::var("XINJI_TEST_POSTGRES_URL").ok();
    for server in std::iter::once(None).chain(server.iter().map(|url| Some(url.as_str()))) {
        database(server, rows)?;
    }
    Ok(())
}

/// All measurements of one database.
fn database(server: Option<&str>, rows: u64) -> Result<(), Failure> {
    let tenth = (rows / 10).max(1);
    let year = file::Shape { merchants: 5_000, first_day: file::FIRST_DAY, days: 365, by: file::By::Time };
    let whole = [
        ("a tenth: a year, 5 000 merchants, by time", year, tenth),
        ("a year, 500 merchants, by time", file::Shape { merchants: 500, ..year }, rows),
        ("a year, 5 000 merchants, by merchant", file::Shape { by: file::By::Merchant, ..year }, rows),
        ("a year, one merchant", file::Shape { merchants: 1, ..year }, rows),
    ];
    for (what, shape, rows) in whole {
        let scene = Scene::new(server)?;
        scene.take(what, &shape, rows, true)?;
    }
    let scene = Scene::new(server)?;
    let small = Scene::new(server)?.quiet(&year, tenth)?;
    let large = scene.take("a year, 5 000 merchants, by time", &year, rows, true)?;
    let month = file::Shape { first_day: file::FIRST_DAY + 365, days: 30, ..year };
    scene.take("then the next month", &month, (rows / 12).max(1), false)?;
    let one_each = file::Shape { by: file::By::OneEach, ..month };
    scene.take("then one order of each merchant", &one_each, year.merchants, false)?;
    let exponent = exponent(small, large, rows / tenth);
    println!();
    println!(
        "{}: cost grows as rows^{exponent} from {tenth} to {rows} rows (goal: ratio ≥ 0.30)",
        scene.name()
    );
    println!();
    Ok(())
}

/// `log(time ratio) / log(row ratio)`, two digits.
fn exponent(small: Measured, large: Measured, factor: u64) -> String {
    let times = std::time::Duration::as_secs_f64(&large.time) / small.time.as_secs_f64().max(1e-9);
    let rows = f64::from(u32::try_from(factor).unwrap_or(u32::MAX)).max(1.000_1);
    format!("{:.2}", times.ln() / rows.ln())
}

/// One database with what was taken into it so far.
struct Scene {
    folder: tempfile::TempDir,
    target: Target,
}

impl Scene {
    fn new(server: Option<&str>) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let target = match server {
            None => Target::Sqlite(folder.path().join("credit.db")),
            Some(server) => Target::create_on(server)?,
        };
        Ok(Self { folder, target })
    }

    fn name(&self) -> &'static str {
        self.target.name()
    }

    /// Takes a file in and prints its line of the table.
    fn take(&self, what: &str, shape: &file::Shape, rows: u64, referred: bool) -> Result<Measured, Failure> {
        let file = self.folder.path().join("transactions.csv");
        file::write(&file, shape, rows)?;
        let measured = self.import(&file)?;
        let (mut rate, mut ratio) = ("–".to_owned(), "–".to_owned());
        if referred {
            let bare = reference::bare(&self.target, self.folder.path(), &file)?;
            rate = measure::per_second(rows, bare).to_string();
            let percent = bare.as_micros() * 100 / measured.time.as_micros().max(1);
            ratio = format!("{}.{:02}", percent / 100, percent % 100);
        }
        println!(
            "| P6 | {} | {what} | {rows} | {} | {rate} | {ratio} | {} |",
            self.name(),
            measure::per_second(rows, measured.time),
            measured.peak_mib
        );
        std::fs::remove_file(&file)?;
        Ok(measured)
    }

    /// Takes a file in for the exponent alone.
    fn quiet(&self, shape: &file::Shape, rows: u64) -> Result<Measured, Failure> {
        let file = self.folder.path().join("transactions.csv");
        file::write(&file, shape, rows)?;
        self.import(&file)
    }

    fn import(&self, file: &Path) -> Result<Measured, Failure> {
        let output = Command::new(std::env::current_exe()?)
            .arg("one")
            .arg(self.target.url())
            .arg(file)
            .arg(self.folder.path())
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        Measured::of_line(text.trim())
            .ok_or_else(|| format!("{text}{}", String::from_utf8_lossy(&output.stderr)).into())
    }
}
