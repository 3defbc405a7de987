//! The board of cases, lists and the worker's look, with a hundred open cases and with a hundred thousand: the ratio of
//! their times in the same run. A case of a hundred thousand is to be found as fast as one of a hundred.
//!
//! usage: `bench_cases [OPEN CASES [wait]]` (default 100 000; a hundred are measured beside them). With `wait` it asks
//! for a line on standard input before it measures, so that the machine can be made quiet for that part alone.
//!
//! The cases have the steps that the engine gives them, over four weeks, of all kinds; as many more have come to their
//! end. PostgreSQL is measured when `XINJI_TEST_POSTGRES_URL` names a server.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate};
use credit_api::cases::parties::Of;
use credit_api::cases::store::{self, CaseRow, Filter, Order};
use credit_api::cases::{rules, tick};
use credit_api::store::bulk::{self, Bind};
use credit_api::store::{Database, DatabaseUrl, DbConnection, Lane, StoreError, write};
use credit_core::calendar::WorkingDays;
use credit_core::cases::{Act, Actor, Case, Digest, Kind, Role, State, Step, Subject, SubjectKind, Verb};
use credit_core::dates::Moment;
use credit_core::uscc::Uscc;
use diesel::prelude::*;

type Failure = Box<dyn std::error::Error>;

const SMALL: u32 = 100;
const LARGE: u32 = 100_000;
/// Cases of one enterprise, on the average.
const OF_ONE: u32 = 10;
/// Cases written in one transaction.
const AT_ONCE: u32 = 1_000;
/// Rows of a page.
const PAGE: i64 = 50;
/// Times that each question is asked; the median counts.
const ROUNDS: usize = 201;
const DAY_MS: i64 = 86_400_000;

fn main() -> Result<(), Failure> {
    let large = std::env::args().nth(1).map_or(Ok(LARGE), |text| text.parse())?;
    println!("| database | question | {SMALL} open, µs | {large} open, µs | ratio |");
    println!("|---|---|---:|---:|---:|");
    let folder = tempfile::tempdir()?;
    let of = |number: u32| DatabaseUrl::Sqlite(folder.path().join(format!("{number}.db")));
    compare("SQLite", (&of(SMALL), &of(large)), large)?;
    if let Ok(admin) = std::env::var("XINJI_TEST_POSTGRES_URL") {
        let base = admin.rsplit_once('/').map_or(admin.as_str(), |(base, _)| base).to_owned();
        let name = |number: u32| format!("bench_cases_{}_{number}", std::process::id());
        let mut server = PgConnection::establish(&admin)?;
        for number in [SMALL, large] {
            diesel::sql_query(format!("CREATE DATABASE {}", name(number))).execute(&mut server)?;
        }
        let of = |number: u32| DatabaseUrl::Postgres(format!("{base}/{}", name(number)));
        let done = compare("PostgreSQL", (&of(SMALL), &of(large)), large);
        for number in [SMALL, large] {
            diesel::sql_query(format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", name(number)))
                .execute(&mut server)?;
        }
        done?;
    }
    Ok(())
}

/// Fills both databases and asks both the same, in turn.
fn compare(name: &str, (small, large): (&DatabaseUrl, &DatabaseUrl), cases: u32) -> Result<(), Failure> {
    let (small, large) = (filled(small, SMALL)?, filled(large, cases)?);
    if std::env::args().nth(2).as_deref() == Some("wait") {
        println!("{name} is filled; a line lets it be measured");
        std::io::stdin().read_line(&mut String::new())?;
    }
    let (mut few, mut many) = (small.connection()?, large.connection()?);
    for (question, filter, order) in questions(&mut many)? {
        let (mut of_few, mut of_many) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            of_few.push(asked(&mut few, &filter, &order)?);
            of_many.push(asked(&mut many, &filter, &order)?);
        }
        line(name, question, (of_few, of_many));
    }
    let (mut of_few, mut of_many) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        of_few.push(looked(&mut few)?);
        of_many.push(looked(&mut many)?);
    }
    line(name, "what the worker has to do, when that is nothing", (of_few, of_many));
    Ok(())
}

fn line(name: &str, question: &str, (few, many): (Vec<Duration>, Vec<Duration>)) {
    let median = |mut all: Vec<Duration>| {
        all.sort_unstable();
        all.get(all.len() / 2).map_or(0.0, |time| time.as_secs_f64() * 1e6)
    };
    let (few, many) = (median(few), median(many));
    println!("| {name} | {question} | {few:.0} | {many:.0} | {:.2} |", many / few.max(1e-9));
}

fn asked(connection: &mut DbConnection, filter: &Filter, order: &Order) -> Result<Duration, StoreError> {
    let since = Instant::now();
    let rows = store::list(connection, filter, order, PAGE + 1)?;
    let took = since.elapsed();
    std::hint::black_box(rows);
    Ok(took)
}

/// Asks for the cases in which the service itself has something to do before the first of them began.
fn looked(connection: &mut DbConnection) -> Result<Duration, StoreError> {
    let since = Instant::now();
    for kind in Kind::ALL {
        for state in tick::states(*kind) {
            std::hint::black_box(store::over(connection, (*kind, state), first_day(), 200)?);
        }
    }
    Ok(since.elapsed())
}

fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 9, 1).unwrap_or_default()
}

type Question = (&'static str, Filter, Order);

/// What boards and lists ask for. A page in the middle begins where half of the open cases lie before.
fn questions(connection: &mut DbConnection) -> Result<Vec<Question>, StoreError> {
    let all = Filter {
        kinds: Kind::ALL.to_vec(),
        of: Of::All,
        uscc: None,
        state: None,
        open: Some(true),
        due_before: None,
        severity: None,
    };
    let objections = Filter { kinds: vec![Kind::Objection], open: None, ..all.clone() };
    let middle = first_day() + Days::new(17);
    let after = Order::Due(Some((credit_core::dates::day_number(middle), String::new())));
    let uscc = code(3);
    let own = Of::Enterprises(vec![uscc.clone()]);
    // Statistics as a database has them that has been running.
    bulk::execute(connection, "ANALYZE", [])?;
    Ok(vec![
        ("board, the most urgent", all.clone(), Order::Due(None)),
        ("board, a page in the middle", all.clone(), after),
        ("board, overdue", Filter { due_before: Some(middle), ..all.clone() }, Order::Due(None)),
        ("board, one state", Filter { state: Some(State::Submitted), ..all.clone() }, Order::Due(None)),
        ("objections, the newest", objections.clone(), Order::Newest(None)),
        ("objections, the newest open", Filter { open: Some(true), ..objections }, Order::Newest(None)),
        (
            "all of one enterprise, for an officer",
            Filter { uscc: Some(uscc), open: None, ..all.clone() },
            Order::Newest(None),
        ),
        ("an enterprise's own", Filter { of: own, open: None, ..all }, Order::Newest(None)),
    ])
}

fn code(number: u32) -> String {
    Uscc::from_body(&format!("91511500MA6{number:06}"))
        .map_or_else(|_| number.to_string(), |code| code.to_string())
}

/// A database with this many open cases, and as many that are closed.
fn filled(url: &DatabaseUrl, open: u32) -> Result<Database, Failure> {
    let database = Database::open(url)?;
    let mut connection = database.connection()?;
    let mut next = 0;
    while next < 2 * open {
        let end = (next + AT_ONCE).min(2 * open);
        let (mut cases, mut steps) = (Vec::new(), Vec::new());
        for number in next..end {
            let Some((case, taken)) = one(number, open) else { continue };
            cases.push(columns_of(case));
            for step in &taken {
                steps.push(step_columns(step, number)?);
            }
        }
        write(&mut connection, Lane::Bookkeeping, |connection| {
            bulk::execute_rows(connection, CASES, CASE_COLUMNS, cases, "")?;
            bulk::execute_rows(connection, STEPS, STEP_COLUMNS, steps, "")?;
            Ok::<_, StoreError>(())
        })?;
        next = end;
    }
    bulk::execute(&mut connection, "ANALYZE", [])?;
    Ok(database)
}

// The service writes one case at a time; here they come by the hundred thousand, many rows in a statement.
const CASES: &str = "INSERT INTO cases (id, kind, uscc, state, version, about, asked, opened_at, changed_at, open, \
     due_day, told, effective_day, opened_for, due_by, severity)";
const CASE_COLUMNS: usize = 16;
const STEPS: &str = "INSERT INTO case_steps (case_id, number, at, step, anchor_seq, salt)";
const STEP_COLUMNS: usize = 6;

fn columns_of(row: CaseRow) -> Vec<Bind> {
    vec![
        row.id.into(),
        row.kind.into(),
        row.uscc.into(),
        row.state.into(),
        row.version.into(),
        row.about.into(),
        Bind::OptionalText(row.asked),
        row.opened_at.into(),
        row.changed_at.into(),
        row.open.into(),
        row.due_day.into(),
        row.told.into(),
        Bind::OptionalInt(row.effective_day),
        Bind::OptionalText(row.opened_for),
        Bind::OptionalText(row.due_by),
        Bind::OptionalText(row.severity),
    ]
}

fn step_columns(step: &Step, anchor: u32) -> Result<Vec<Bind>, Failure> {
    Ok(vec![
        step.case.clone().into(),
        i64::from(step.number).into(),
        step.at.0.into(),
        serde_json::to_string(step)?.into(),
        i64::from(anchor).into(),
        Bind::Bytes(vec![0; 32]),
    ])
}

/// How cases of a kind begin, and how one of them ends early.
type Beginning = (Kind, Verb, Role, SubjectKind, (Verb, Role));

/// One of each kind that people open.
const BEGINNINGS: [Beginning; 5] = [
    (
        Kind::Objection,
        Verb::Submit,
        Role::Enterprise,
        SubjectKind::Record,
        (Verb::Withdraw, Role::Enterprise),
    ),
    (
        Kind::Appeal,
        Verb::Submit,
        Role::Enterprise,
        SubjectKind::Indicator,
        (Verb::Withdraw, Role::Enterprise),
    ),
    (Kind::ListEntry, Verb::Propose, Role::Officer, SubjectKind::Entry, (Verb::Drop, Role::Officer)),
    (Kind::Alert, Verb::Raise, Role::System, SubjectKind::Enterprise, (Verb::Drop, Role::Officer)),
    (Kind::Dispute, Verb::Submit, Role::Officer, SubjectKind::Order, (Verb::Withdraw, Role::Consumer)),
];

/// A case by its number, and its steps; those from `open` on are closed.
fn one(number: u32, open: u32) -> Option<(CaseRow, Vec<Step>)> {
    let place = usize::try_from(number).unwrap_or(0) % BEGINNINGS.len();
    let (kind, verb, role, about, ends) = BEGINNINGS.get(place).copied()?;
    let id = hex::encode(Digest::of(&number.to_be_bytes()).0.get(..16).unwrap_or_default());
    let noon = first_day().and_hms_opt(4, 0, 0).unwrap_or_default().and_utc().timestamp_millis();
    let at = Moment(noon + i64::from(number % 28) * DAY_MS + i64::from(number / 28));
    let calendar = WorkingDays::embedded();
    let mut steps: Vec<Step> = Vec::new();
    let mut take = |verb, role: Role| {
        let act = Act {
            reason: Some("a reason".to_owned()),
            basis: Some("a basis".to_owned()),
            attachments: vec![Digest::of(b"a file")],
            subject: Some(Subject { kind: about, id: "7".to_owned() }),
            ..Act::new(verb, Actor { id: role.code().to_owned(), role })
        };
        let case = Case { id: &id, kind, steps: &steps };
        match case.apply(&act, at, &rules(calendar)) {
            Ok(step) => steps.push(step),
            Err(refusal) => tracing::error!(why = refusal.en(), "a step of the benchmark is refused"),
        }
    };
    take(verb, role);
    if number >= open {
        take(ends.0, ends.1);
    }
    let row = CaseRow {
        id: id.clone(),
        kind: kind.code().to_owned(),
        uscc: code(number % (open / OF_ONE).max(1)),
        state: String::new(),
        version: 0,
        about: r#"{"indicator":"R01"}"#.to_owned(),
        asked: None,
        opened_at: at.0,
        changed_at: at.0,
        open: 1,
        due_day: store::NO_DAY,
        told: 0,
        effective_day: None,
        opened_for: None,
        due_by: None,
        severity: None,
    };
    Some((row.after(&steps, kind, (at, calendar)), steps))
}
