//! What alerts find of what is planted: recall and false alarms of each pattern, and how well the score alone tells the
//! enterprises with a pattern from the others, each with its interval of 95 %.
//!
//! usage: `bench_detection [ENTERPRISES [ZONES]]` (default 400 enterprises in each of 3 zones of other seeds)
//!
//! The zones are the sample's, with the labels that it writes beside its files; the rules know nothing of labels.
//! A finding counts when an alert of one of the pattern's rules was raised of the enterprise; a false alarm is such an
//! alert of an enterprise without that pattern, among those whose customs messages were taken or who trade at all.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;

use credit_api::clock::{Clock, SystemClock};
use credit_api::evaluation::gather::Who;
use credit_api::evaluation::rollup::Medians;
use credit_api::evaluation::run::{self, Order};
use credit_api::intake::evidence::{Evidence, Sealing};
use credit_api::intake::receive::{Expected, Incoming, receive};
use credit_api::sample::{Pattern, Plan, write_zone};
use credit_api::store::{Database, DatabaseUrl, bulk};
use credit_core::alerts::AlertRules;
use credit_core::calendar::WorkingDays;
use credit_core::scorecard::Scorecard;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable, Text};

type Failure = Box<dyn std::error::Error>;

const ENTERPRISES: u32 = 400;
const ZONES: u64 = 3;
const MONTHS: u32 = 8;
/// Normal quantile of 95 %.
const Z: f64 = 1.96;

fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let enterprises = args.next().map_or(Ok(ENTERPRISES), |text| text.parse())?;
    let zones = args.next().map_or(Ok(ZONES), |text| text.parse())?;
    let mut all = Vec::new();
    for seed in 1..=zones {
        all.extend(zone(enterprises, seed)?);
    }
    patterns(&all);
    scores(&all);
    Ok(())
}

/// A merchant: its planted patterns, the rules that raised alerts, its score.
struct Seen {
    patterns: BTreeSet<String>,
    rules: BTreeSet<String>,
    score: Option<i32>,
}

#[derive(QueryableByName)]
struct Raised {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Text)]
    rule: String,
}

#[derive(QueryableByName)]
struct Rated {
    #[diesel(sql_type = Text)]
    uscc: String,
    #[diesel(sql_type = Nullable<Integer>)]
    score: Option<i32>,
}

/// A zone taken in and evaluated.
fn zone(enterprises: u32, seed: u64) -> Result<Vec<Seen>, Failure> {
    let folder = tempfile::tempdir()?;
    let plan = Plan { enterprises, seed, months: MONTHS, until: SystemClock.today() };
    let written = write_zone(&plan, &folder.path().join("files"), &mut |_, _| {})?;
    let url = format!("sqlite://{}", folder.path().join("credit.db").display());
    let database = Database::open(&DatabaseUrl::parse(&url)?)?;
    let keys = folder.path().join("keys");
    std::fs::create_dir_all(&keys)?;
    let evidence = Evidence::new(folder.path().join("evidence")).sealing(Sealing { keys, keep: false });
    for file in written.files.iter().chain([&written.messages]) {
        let incoming = Incoming { name: "file", content: File::open(file)?, expected: Expected::Any };
        receive(&database, &evidence, &SystemClock, incoming, &mut |_, _, _| true)?;
    }
    let card = Scorecard::embedded()?;
    let order = Order { who: Who::All, as_of: SystemClock.today(), known_at: None, monthly: false };
    let (rules, calendar, medians) = (AlertRules::embedded(), WorkingDays::embedded(), Medians::default());
    let by = run::By { card: &card, rules, calendar, medians: &medians };
    run::run(&database, &SystemClock, by, &order, &|_, _| {})?;

    let mut connection = database.connection()?;
    let rated: Vec<Rated> = bulk::load(
        &mut connection,
        "SELECT uscc, score FROM enterprises WHERE uscc IN (SELECT DISTINCT uscc FROM orders)",
        [],
    )?;
    let raised: Vec<Raised> = bulk::load(&mut connection, "SELECT uscc, rule FROM alert_hits", [])?;
    let mut planted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in std::fs::read_to_string(&written.labels)?.lines().skip(1) {
        let mut cells = line.split(',');
        if let (Some(uscc), Some(""), Some(pattern)) = (cells.next(), cells.next(), cells.next()) {
            planted.entry(uscc.to_owned()).or_default().insert(pattern.to_owned());
        }
    }
    let seen = |one: Rated| Seen {
        patterns: planted.remove(&one.uscc).unwrap_or_default(),
        rules: raised.iter().filter(|hit| hit.uscc == one.uscc).map(|hit| hit.rule.clone()).collect(),
        score: one.score,
    };
    Ok(rated.into_iter().map(seen).collect())
}

fn patterns(all: &[Seen]) {
    println!("| pattern | planted | found | recall (95 %) | others | false alarms | rate (95 %) |");
    println!("|---|---:|---:|---|---:|---:|---|");
    for pattern in Pattern::ALL {
        let has = |one: &&Seen| one.patterns.contains(pattern.code());
        let alarmed = |one: &&Seen| pattern.rules().iter().any(|rule| one.rules.contains(*rule));
        let planted = all.iter().filter(has).count();
        let found = all.iter().filter(has).filter(alarmed).count();
        let others = all.len() - planted;
        let false_alarms = all.iter().filter(|one| !has(one)).filter(alarmed).count();
        println!(
            "| {} | {planted} | {found} | {} | {others} | {false_alarms} | {} |",
            pattern.code(),
            interval(found, planted),
            interval(false_alarms, others)
        );
    }
    let any = |one: &&Seen| !one.patterns.is_empty();
    let rules: BTreeSet<&str> = Pattern::ALL.iter().flat_map(|one| one.rules()).copied().collect();
    let alarmed = |one: &&Seen| one.rules.iter().any(|rule| rules.contains(rule.as_str()));
    let planted = all.iter().filter(any).count();
    let found = all.iter().filter(any).filter(alarmed).count();
    let others = all.len() - planted;
    let false_alarms = all.iter().filter(|one| !any(one)).filter(alarmed).count();
    println!(
        "| any of them | {planted} | {found} | {} | {others} | {false_alarms} | {} |",
        interval(found, planted),
        interval(false_alarms, others)
    );
}

/// A share with Wilson's interval.
fn interval(found: usize, of: usize) -> String {
    let (k, n) = (count(found), count(of));
    if of == 0 {
        return "-".to_owned();
    }
    let (p, square) = (k / n, Z * Z);
    let middle = (p + square / (2.0 * n)) / (1.0 + square / n);
    let half = Z * (p * (1.0 - p) / n + square / (4.0 * n * n)).sqrt() / (1.0 + square / n);
    format!("{p:.3} ({:.3} to {:.3})", (middle - half).max(0.0), (middle + half).min(1.0))
}

/// How often an enterprise with a pattern has the lower score of a pair with one without: the area under the curve,
/// with the standard error of Hanley and McNeil (1982).
fn scores(all: &[Seen]) {
    let of = |planted: bool| -> Vec<i32> {
        all.iter().filter(|one| one.patterns.is_empty() != planted).filter_map(|one| one.score).collect()
    };
    let (with, without) = (of(true), of(false));
    let mut lower = 0.0;
    for one in &with {
        for other in &without {
            lower += match one.cmp(other) {
                std::cmp::Ordering::Less => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Greater => 0.0,
            };
        }
    }
    let (n, m) = (count(with.len()), count(without.len()));
    let area = lower / (n * m);
    let (one, other) = (area / (2.0 - area), 2.0 * area * area / (1.0 + area));
    let variance =
        area.mul_add(1.0 - area, (n - 1.0) * (one - area * area) + (m - 1.0) * (other - area * area));
    let error = (variance / (n * m)).sqrt();
    println!();
    println!(
        "AUC of the score against any planted pattern: {area:.3} ({:.3} to {:.3}); {} with, {} without",
        (area - Z * error).max(0.0),
        (area + Z * error).min(1.0),
        with.len(),
        without.len()
    );
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}
