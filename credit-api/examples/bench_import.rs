//! P6: orders from a file to facts and rollups, against prepared inserts of the same rows into one bare table.
//!
//! usage: `bench_import [ROWS]` (default 1 000 000)
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use credit_api::clock::SystemClock;
use credit_api::intake::evidence::Evidence;
use credit_api::intake::receive::{Incoming, receive};
use credit_api::store::{Database, DatabaseUrl};
use credit_core::dates::from_day_number;
use credit_core::uscc::Uscc;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

type Failure = Box<dyn std::error::Error>;

const HEAD: &str = "uscc,order_no,mode,direction,ordered_at,paid_at,shipped_at,delivered_at,amount_cny,\
    paid_amount_cny,currency,payer_matches_buyer,logistics_no,logistics_uscc,platform_uscc,payment_uscc,hs_code,\
    quantity,country,buyer_token,address_token,customs_status";
const COLUMNS: usize = 22;
/// Orders of one merchant in the file, on average.
const ORDERS_PER_MERCHANT: u64 = 200;
/// Days the file covers.
const DAYS: u64 = 90;

diesel::table! {
    bare (c0, c1) {
        c0 -> Text, c1 -> Text, c2 -> Text, c3 -> Text, c4 -> Text, c5 -> Text, c6 -> Text, c7 -> Text,
        c8 -> Text, c9 -> Text, c10 -> Text, c11 -> Text, c12 -> Text, c13 -> Text, c14 -> Text, c15 -> Text,
        c16 -> Text, c17 -> Text, c18 -> Text, c19 -> Text, c20 -> Text, c21 -> Text,
    }
}

fn main() -> Result<(), Failure> {
    let rows = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse::<u64>())?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("transactions.csv");
    write_file(&file, rows)?;
    let import = import(folder.path(), &file)?;
    let peak = peak_mib();
    let bare = bare_inserts(folder.path(), &file)?;
    println!("| P6 | rows | s | rows/s |");
    println!("|---|---|---|---|");
    for (what, time) in [("import to facts and rollups", import), ("prepared inserts, bare table", bare)] {
        println!(
            "| {what} | {rows} | {}.{:03} | {} |",
            time.as_secs(),
            time.subsec_millis(),
            per_second(rows, time)
        );
    }
    let percent = bare.as_micros() * 100 / import.as_micros().max(1);
    println!(
        "ratio {}.{:02} (goal 0.30), peak memory of the import {peak} MiB",
        percent / 100,
        percent % 100
    );
    Ok(())
}

fn per_second(rows: u64, time: Duration) -> u128 {
    u128::from(rows) * 1_000_000 / time.as_micros().max(1)
}

/// Orders as a zone writes them: by time, many merchants mixed, few carriers and platforms.
fn write_file(path: &Path, rows: u64) -> Result<(), Failure> {
    let mut out = BufWriter::new(File::create(path)?);
    writeln!(out, "{HEAD}")?;
    let merchants = (rows / ORDERS_PER_MERCHANT).clamp(1, 9_000);
    let code = |base: u64, number: u64| Uscc::from_stem(&format!("91511502MA{base}T{number:04}"));
    let mut seed = 42_u64;
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for row in 0..rows {
        let day = 20_500 + i32::try_from(row * DAYS / rows)?;
        let merchant = code(6, random(merchants))?;
        let import = random(3) == 0;
        let (ordered, amount) = (from_day_number(day), 10 + random(900));
        let (hour, minute, second) = (random(20), random(60), random(60));
        let at = |days: i32, hours: u64| {
            format!("{}T{:02}:{minute:02}:{second:02}", from_day_number(day + days), hour + hours)
        };
        writeln!(
            out,
            "{merchant},D{row:010},9610,{},{ordered}T{hour:02}:{minute:02}:{second:02},{},{},{},{amount}.50,\
             {amount}.50,142,true,YT{row:012},{},{},{},{},{},{},b{:06},a{:06},800",
            if import { "import" } else { "export" },
            at(0, 1),
            at(0, 2),
            at(6, 3),
            code(7, random(5))?,
            code(8, random(8))?,
            code(9, random(3))?,
            pick(random(4), &["3304990000", "6109100000", "8517620000", "4202220000"]),
            1 + random(5),
            pick(random(3), &["502", "410", "116"]),
            random(200_000),
            random(200_000),
        )?;
    }
    out.flush()?;
    Ok(())
}

fn pick(number: u64, of: &[&'static str]) -> &'static str {
    usize::try_from(number).ok().and_then(|at| of.get(at)).copied().unwrap_or_default()
}

fn import(folder: &Path, file: &Path) -> Result<Duration, Failure> {
    let database = Database::open(&DatabaseUrl::Sqlite(folder.join("credit.db")))?;
    let evidence = Evidence::new(folder.join("evidence"));
    let started = Instant::now();
    let incoming = Incoming { name: "transactions.csv", content: File::open(file)?, expected: None };
    let summary = receive(&database, &evidence, &SystemClock, incoming, &mut |_, _, _| true)?;
    let time = started.elapsed();
    if summary.rows_rejected > 0 || summary.rows_new != summary.rows_total {
        return Err(format!("not every row was taken: {summary:?}").into());
    }
    Ok(time)
}

fn bare_inserts(folder: &Path, file: &Path) -> Result<Duration, Failure> {
    use bare::dsl as b;
    let path = folder.join("bare.db");
    let mut sqlite = SqliteConnection::establish(&path.to_string_lossy())?;
    let columns: Vec<String> = (0..COLUMNS).map(|at| format!("c{at} TEXT NOT NULL")).collect();
    sqlite.batch_execute(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE bare ({})",
        columns.join(", ")
    ))?;
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

/// The most memory this process has held, MiB; 0 where the system does not tell.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}
