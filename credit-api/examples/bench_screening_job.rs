//! A job of many names in a zone where each has a hundred namesakes and more, and in one where each has none: how long
//! the results take.
//!
//! usage: `bench_screening_job [NAMES]` (default 20 000, against as many enterprises and the lists)
//!
//! PostgreSQL is measured when `XINJI_TEST_POSTGRES_URL` names a server.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::fs;
use std::time::{Duration, Instant};

use credit_api::config::Config;
use credit_api::intake::receive::{Expected, Incoming, receive};
use credit_api::screening::acts::{INPUT, folder_of};
use credit_api::screening::making::Making;
use credit_api::screening::names::Names;
use credit_api::screening::store::ScreeningRow;
use credit_api::service::Service;
use credit_core::uscc::Uscc;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

type Failure = Box<dyn std::error::Error>;

const NAMES: u32 = 20_000;
/// One of so many enterprises is on a list.
const LISTED: u32 = 50;
const REGISTRATION: &str = "uscc,name,status,established_on,registered_capital_cny,paid_in_capital_cny,\
     legal_representative,address,region_code,industry_code,roles,filed_on\n";
const LISTS: &str = "uscc,list,decision_no,authority,effective_on\n";
/// Characters of brands.
const CHARS: &str = "云桥禾锦帆渡蜀岚驿晴川陌泽屿拓湾驰光桂雨洛岸青梧舟集橙榆里雁栖砂叙风纪竹筏月澄谣珙桐路棹鹭岷梭砚舶沐栈鲸榕笺蓝泊榄翎港鸦星河栀筑象橘络岭贝叶舫汐茗野峨桑漪帛芦汀隼途霁椿暖虹隅鲤筠舍稻浪枝阡槎荔桅松柏枫杉";
/// Takes the numbers of neighbours far apart.
const SPREAD: u32 = 0x9e37_79b1;

/// The name of an enterprise by its number.
type Naming = fn(u32) -> String;

fn main() -> Result<(), Failure> {
    let names = std::env::args().nth(1).map_or(Ok(NAMES), |text| text.parse())?;
    println!("| database | {names} names, each | names read, s | job, s | names with a match |");
    println!("|---|---|---:|---:|---:|");
    let zones: [(&str, Naming); 2] = [("with namesakes", namesake), ("apart", apart)];
    for (words, name) in zones {
        measure("SQLite", None, (words, name), names)?;
        if let Ok(admin) = std::env::var("XINJI_TEST_POSTGRES_URL") {
            let base = admin.rsplit_once('/').map_or(admin.as_str(), |(base, _)| base);
            let database = format!("bench_screening_{}", std::process::id());
            let mut server = PgConnection::establish(&admin)?;
            server.batch_execute(&format!("CREATE DATABASE {database}"))?;
            let url = format!("{base}/{database}");
            let done = measure("PostgreSQL", Some(url), (words, name), names);
            server.batch_execute(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"))?;
            done?;
        }
    }
    Ok(())
}

/// All brands of this zone are 试验, all its trades one.
fn namesake(number: u32) -> String {
    format!("宜宾试验{number}号贸易有限公司")
}

/// Four characters, which few other brands nearly have.
fn apart(number: u32) -> String {
    let chars: Vec<char> = CHARS.chars().collect();
    let mut left = usize::try_from(number.wrapping_mul(SPREAD)).unwrap_or_default();
    let mut brand = String::new();
    for _ in 0..4 {
        brand.extend(chars.get(left % chars.len()));
        left /= chars.len();
    }
    format!("宜宾市{brand}贸易有限公司")
}

fn code(number: u32) -> Result<String, Failure> {
    let code = Uscc::from_body(&format!("91511500MA6{number:06}")).map_err(|why| why.to_string())?;
    Ok(code.to_string())
}

fn measure(
    database: &str,
    url: Option<String>,
    (words, name): (&str, fn(u32) -> String),
    names: u32,
) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let mut settings = vec![("data", folder.path().to_string_lossy().into_owned())];
    settings.extend(url.map(|url| ("database_url", url)));
    let service = Service::open(Config::load(None, std::iter::empty(), &settings)?)?;
    fill(&service, name, names)?;

    let started = Instant::now();
    let held = Names::default();
    held.look(&service.database)?;
    let read = started.elapsed();

    let row = asked();
    let place = folder_of(&service, &row.id);
    fs::create_dir_all(&place)?;
    let lines: String = (0..names).map(|number| format!("{}\n", name(number))).collect();
    fs::write(place.join(INPUT), format!("name\n{lines}"))?;
    let started = Instant::now();
    let counts = Making { service: &service, names: &held, row: &row, progress: &|_| true }.make()?;
    let seconds = |time: Duration| time.as_secs_f64();
    println!(
        "| {database} | {words} | {:.1} | {:.1} | {} |",
        seconds(read),
        seconds(started.elapsed()),
        counts.matched
    );
    Ok(())
}

/// Receives the enterprises and their lists.
fn fill(service: &Service, name: fn(u32) -> String, names: u32) -> Result<(), Failure> {
    let (mut registration, mut lists) = (REGISTRATION.to_owned(), LISTS.to_owned());
    for number in 0..names {
        let code = code(number)?;
        registration.push_str(&format!(
            "{code},{},存续,2020-01-15,1000000,1000000,张三,宜宾市临港路{number}号,511500,F5190,ecommerce,2021-03-01\n",
            name(number)
        ));
        if number.is_multiple_of(LISTED) {
            lists.push_str(&format!("{code},serious_dishonesty,D{number},市监局,2026-01-01\n"));
        }
    }
    for (file, text) in [("registration.csv", registration), ("lists.csv", lists)] {
        // A file of the service's evidence is read from the disk.
        let path = service.config.data.join(file);
        fs::write(&path, text)?;
        let incoming = Incoming { name: file, content: fs::File::open(&path)?, expected: Expected::Any };
        let clock = service.clock.as_ref();
        receive(&service.database, &service.evidence, clock, incoming, &mut |_, _, _| true)?;
    }
    Ok(())
}

fn asked() -> ScreeningRow {
    ScreeningRow {
        id: "bench".to_owned(),
        job_id: String::new(),
        asked_by: "key:bench".to_owned(),
        audience: "customs".to_owned(),
        organisation: Some("5115".to_owned()),
        purpose: Some("supervision".to_owned()),
        lang: "zh".to_owned(),
        used_for: "list_check".to_owned(),
        against: "list enterprises".to_owned(),
        include_reviewed: 0,
        asked_at: 0,
        made_at: None,
        row_count: None,
        matched: None,
        failed: None,
        files_removed_at: None,
    }
}
