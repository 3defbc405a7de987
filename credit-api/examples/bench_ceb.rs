//! Customs messages taken in, against a bare loop of the XML reader over the same bytes: rate and memory.
//!
//! usage: `bench_ceb [ENTERPRISES [MONTHS]]` (default 2 000, about 150 000 documents; 15 000 for a million)
//!
//! The messages are the sample zone's, a hundred documents to a file, in one archive; registrations are there already.
//! Each measurement is a process of its own, so that its peak memory is its own. The reader's loop unpacks and parses
//! and does nothing with what it reads; reading alone is what `ceb::reading` does before anything is kept.
//! PostgreSQL is measured when `XINJI_TEST_POSTGRES_URL` names a server.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

#[path = "bench_import/measure.rs"]
mod measure;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use credit_api::ceb::reading::{Limits, open as open_messages};
use credit_api::clock::{Clock, SystemClock};
use credit_api::intake::evidence::{Evidence, Sealing};
use credit_api::intake::receive::{Expected, Incoming, receive};
use credit_api::sample::{Plan, write_zone};
use credit_api::store::{Database, DatabaseUrl};
use measure::{Measured, Target, peak_mib, per_second};

type Failure = Box<dyn std::error::Error>;

/// As the service has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ENTERPRISES: u32 = 2_000;
const MONTHS: u32 = 5;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let measured = match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => return table(ENTERPRISES, MONTHS),
        [enterprises] => return table(enterprises.parse()?, MONTHS),
        [enterprises, months] => return table(enterprises.parse()?, months.parse()?),
        ["parse", _, folder] => parse(Path::new(folder))?,
        ["read", _, folder] => read(Path::new(folder))?,
        ["register", url, folder] => take(url, Path::new(folder), "registration.csv")?,
        ["import", url, folder] => take(url, Path::new(folder), "messages.zip")?,
        _ => return Err("usage: bench_ceb [ENTERPRISES [MONTHS]]".into()),
    };
    println!("{}", measured.to_line());
    Ok(())
}

fn table(enterprises: u32, months: u32) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let plan = Plan { enterprises, seed: 7, months, until: SystemClock.today() };
    let written = write_zone(&plan, folder.path(), &mut |_, _| {})?;
    let (files, documents, bytes) = contents(&written.messages)?;
    println!("{files} messages of {documents} documents, {} MiB of XML", bytes / 1_048_576);
    println!();
    println!("| what | database | s | documents/s | of the loop | peak MiB |");
    println!("|---|---|---:|---:|---:|---:|");
    let none = Target::Sqlite(folder.path().join("credit.db"));
    let bare = child("parse", &none, folder.path())?;
    let line = |what: &str, database: &str, measured: &Measured| {
        println!(
            "| {what} | {database} | {:.2} | {} | {:.3} | {} |",
            measured.time.as_secs_f64(),
            per_second(documents, measured.time),
            bare.time.as_secs_f64() / measured.time.as_secs_f64(),
            measured.peak_mib
        );
    };
    line("bare loop of the XML reader", "", &bare);
    line("reading alone", "", &child("read", &none, folder.path())?);
    let server = std::env::var("XINJI_TEST_POSTGRES_URL").ok();
    for server in std::iter::once(None).chain(server.iter().map(|url| Some(url.as_str()))) {
        let target = match server {
            None => none.clone(),
            Some(server) => Target::create_on(server)?,
        };
        child("register", &target, folder.path())?;
        line("import", target.name(), &child("import", &target, folder.path())?);
    }
    Ok(())
}

/// Files, business documents and bytes of the archive.
fn contents(path: &Path) -> Result<(usize, u64, u64), Failure> {
    let (mut documents, mut bytes) = (0_u64, 0);
    let mut archive = zip::ZipArchive::new(File::open(path)?)?;
    for at in 0..archive.len() {
        bytes += archive.by_index(at)?.size();
    }
    let length = path.metadata()?.len();
    for message in open_messages(Box::new(File::open(path)?), length, Limits::default()).map_err(wrong)? {
        documents += u64::try_from(message.map_err(wrong)?.items.len())?;
    }
    Ok((archive.len(), documents, bytes))
}

fn wrong(error: impl std::fmt::Debug) -> Failure {
    format!("{error:?}").into()
}

fn child(what: &str, target: &Target, folder: &Path) -> Result<Measured, Failure> {
    let output = Command::new(std::env::current_exe()?).arg(what).arg(target.url()).arg(folder).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    Measured::of_line(text.trim())
        .ok_or_else(|| format!("{text}{}", String::from_utf8_lossy(&output.stderr)).into())
}

fn parse(folder: &Path) -> Result<Measured, Failure> {
    let started = Instant::now();
    let mut archive = zip::ZipArchive::new(File::open(folder.join("messages.zip"))?)?;
    let (mut events, mut buffer) = (0_u64, Vec::new());
    for at in 0..archive.len() {
        let mut reader = quick_xml::Reader::from_reader(BufReader::new(archive.by_index(at)?));
        loop {
            buffer.clear();
            match reader.read_event_into(&mut buffer)? {
                quick_xml::events::Event::Eof => break,
                _ => events += 1,
            }
        }
    }
    if events == 0 {
        return Err("an archive without messages".into());
    }
    Ok(Measured { time: started.elapsed(), peak_mib: peak_mib() })
}

fn read(folder: &Path) -> Result<Measured, Failure> {
    let started = Instant::now();
    let path = folder.join("messages.zip");
    let length = path.metadata()?.len();
    for message in open_messages(Box::new(File::open(&path)?), length, Limits::default()).map_err(wrong)? {
        message.map_err(wrong)?;
    }
    Ok(Measured { time: started.elapsed(), peak_mib: peak_mib() })
}

fn take(url: &str, folder: &Path, name: &str) -> Result<Measured, Failure> {
    let database = Database::open(&DatabaseUrl::parse(url)?)?;
    let keys = folder.join("keys");
    std::fs::create_dir_all(&keys)?;
    let evidence = Evidence::new(folder.join("evidence")).sealing(Sealing { keys, keep: false });
    let started = Instant::now();
    let content = File::open(folder.join(name))?;
    let incoming = Incoming { name, content, expected: Expected::Any };
    receive(&database, &evidence, &SystemClock, incoming, &mut |_, _, _| true)?;
    Ok(Measured { time: started.elapsed(), peak_mib: peak_mib() })
}
