//! P7: every enterprise of a zone evaluated again when nothing changed, against one read of the rows it must read.
//!
//! usage: `bench_evaluate_zone [ENTERPRISES]` (default 2 000; a tenth of them is measured too)
//!
//! The zone is the sample's: four kinds of enterprise, 12 months. Each measurement is a process of its own, so that
//! its peak memory is its own. PostgreSQL is measured when `XINJI_TEST_POSTGRES_URL` names a server.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

#[path = "bench_import/measure.rs"]
mod measure;

use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use credit_api::clock::{Clock, SystemClock};
use credit_api::evaluation::gather::Who;
use credit_api::evaluation::rollup::Medians;
use credit_api::evaluation::run::{self, Order};
use credit_api::intake::evidence::Evidence;
use credit_api::intake::receive::{Expected, Incoming, receive};
use credit_api::sample::{Plan, write_zone};
use credit_api::store::bulk::{self, Bind};
use credit_api::store::{Database, DatabaseUrl, DbConnection};
use credit_core::alerts::AlertRules;
use credit_core::calendar::WorkingDays;
use credit_core::dates::day_number;
use credit_core::scorecard::Scorecard;
use diesel::prelude::*;
use diesel::sql_types::Binary;
use measure::{Measured, Target, peak_mib};

type Failure = Box<dyn std::error::Error>;

const ENTERPRISES: u32 = 2_000;
const MONTHS: u32 = 12;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let measured = match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => return table(ENTERPRISES),
        [enterprises] => return table(enterprises.parse()?),
        ["load", url, folder] => load(url, Path::new(folder))?,
        ["evaluate", url, _] => evaluate(&open(url)?)?,
        ["read", url, _] => read(&open(url)?)?,
        _ => return Err("usage: bench_evaluate_zone [ENTERPRISES]".into()),
    };
    println!("{}", measured.to_line());
    Ok(())
}

fn table(enterprises: u32) -> Result<(), Failure> {
    println!(
        "| P7 | database | enterprises | evaluate all s | enterprises/s | one read s | times | peak MiB |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|---:|");
    let server = std::env::var("XINJI_TEST_POSTGRES_URL").ok();
    for server in std::iter::once(None).chain(server.iter().map(|url| Some(url.as_str()))) {
        let small = line(server, (enterprises / 10).max(1))?;
        let large = line(server, enterprises)?;
        let exponent = (large.as_secs_f64() / small.as_secs_f64().max(1e-9)).ln() / 10_f64.ln();
        println!();
        println!(
            "cost grows as enterprises^{exponent:.2} over the last factor of ten (goal: at most 3 times one read)"
        );
        println!();
    }
    Ok(())
}

/// Loads a zone, evaluates it, and measures the evaluation that finds nothing changed.
fn line(server: Option<&str>, enterprises: u32) -> Result<Duration, Failure> {
    let folder = tempfile::tempdir()?;
    let target = match server {
        None => Target::Sqlite(folder.path().join("credit.db")),
        Some(server) => Target::create_on(server)?,
    };
    let plan = Plan { enterprises, seed: 7, months: MONTHS, until: SystemClock.today() };
    write_zone(&plan, folder.path(), &mut |_, _| {})?;
    child("load", &target, folder.path())?;
    let read = child("read", &target, folder.path())?;
    let all = child("evaluate", &target, folder.path())?;
    let percent = all.time.as_micros() * 100 / read.time.as_micros().max(1);
    println!(
        "| P7 | {} | {enterprises} | {} | {} | {} | {}.{:02} | {} |",
        target.name(),
        seconds(all.time),
        measure::per_second(u64::from(enterprises), all.time),
        seconds(read.time),
        percent / 100,
        percent % 100,
        all.peak_mib
    );
    Ok(all.time)
}

fn seconds(time: Duration) -> String {
    format!("{}.{:03}", time.as_secs(), time.subsec_millis())
}

fn child(what: &str, target: &Target, folder: &Path) -> Result<Measured, Failure> {
    let output = Command::new(std::env::current_exe()?).arg(what).arg(target.url()).arg(folder).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    Measured::of_line(text.trim())
        .ok_or_else(|| format!("{text}{}", String::from_utf8_lossy(&output.stderr)).into())
}

fn open(url: &str) -> Result<Database, Failure> {
    Ok(Database::open(&DatabaseUrl::parse(url)?)?)
}

/// All files of the zone, and its first evaluation.
fn load(url: &str, folder: &Path) -> Result<Measured, Failure> {
    let started = Instant::now();
    let database = open(url)?;
    let evidence = Evidence::new(folder.join("evidence"));
    let mut files: Vec<_> = std::fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            matches!(path.extension().and_then(|end| end.to_str()), Some("csv" | "xlsx" | "ndjson"))
        })
        .collect();
    files.sort();
    for file in files {
        let incoming = Incoming { name: "file", content: File::open(&file)?, expected: Expected::Any };
        receive(&database, &evidence, &SystemClock, incoming, &mut |_, _, _| true)?;
    }
    evaluate(&database)?;
    Ok(Measured { time: started.elapsed(), peak_mib: peak_mib() })
}

fn evaluate(database: &Database) -> Result<Measured, Failure> {
    let card = Scorecard::embedded()?;
    let order = Order { who: Who::All, as_of: SystemClock.today(), known_at: None, monthly: false };
    let started = Instant::now();
    let (rules, calendar, medians) = (AlertRules::embedded(), WorkingDays::embedded(), Medians::default());
    let by = run::By { card: &card, rules, calendar, medians: &medians };
    run::run(database, &SystemClock, by, &order, &|_, _| {})?;
    Ok(Measured { time: started.elapsed(), peak_mib: peak_mib() })
}

#[derive(QueryableByName)]
struct Bytes {
    #[diesel(sql_type = Binary)]
    #[expect(dead_code, reason = "read and passed over")]
    payload: Vec<u8>,
}

/// The rows of the windows, table by table in the order of their keys; nothing is made of them.
fn read(database: &Database) -> Result<Measured, Failure> {
    let mut connection = database.connection()?;
    let today = SystemClock.today();
    let before = |days: i32| Bind::Int(day_number(today) - days);
    let started = Instant::now();
    rows(&mut connection, "SELECT sums AS payload FROM trade_days WHERE day > $1", [before(731)])?;
    rows(&mut connection, "SELECT payload FROM orders WHERE ordered_day > $1", [before(90)])?;
    rows(&mut connection, "SELECT payload FROM reviews WHERE created_day > $1", [before(365)])?;
    rows(
        &mut connection,
        &format!("SELECT {} AS payload FROM registrations", text(database, "payload")),
        [],
    )?;
    rows(&mut connection, &format!("SELECT {} AS payload FROM facts", text(database, "payload")), [])?;
    rows(&mut connection, &format!("SELECT {} AS payload FROM ratings", text(database, "fingerprint")), [])?;
    Ok(Measured { time: started.elapsed(), peak_mib: peak_mib() })
}

/// A column of text as bytes.
fn text(database: &Database, column: &str) -> String {
    match database.connection().as_deref() {
        Ok(DbConnection::Postgres(_)) => format!("convert_to({column}, 'UTF8')"),
        _ => format!("CAST({column} AS BLOB)"),
    }
}

fn rows(
    connection: &mut DbConnection,
    sql: &str,
    binds: impl IntoIterator<Item = Bind>,
) -> Result<usize, Failure> {
    Ok(bulk::load::<Bytes>(connection, sql, binds)?.len())
}
