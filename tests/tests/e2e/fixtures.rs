//! Zones that several tests start from.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use xinji_tests::harness::{EnterpriseBuilder, Finished, OrderBuilder, SourceRow, Zone, uscc, write_csv};
use xinji_tests::oracle;

/// The day on which the small zone is rated.
pub const AS_OF: &str = "2026-11-23";

/// A seller with 40 orders a month for 13 months, a carrier and a platform.
pub fn small_zone_rows() -> (Vec<SourceRow>, Vec<SourceRow>) {
    let enterprises = vec![
        EnterpriseBuilder::new(1).build(),
        EnterpriseBuilder::new(2).role("logistics").with("industry_code", "G6010").build(),
        EnterpriseBuilder::new(3).role("platform").with("industry_code", "I6440").build(),
    ];
    let mut orders = Vec::new();
    for month in 0..13 {
        let (year, month_of_year) = (2025 + (10 + month) / 12, (10 + month) % 12 + 1);
        for number in 0..40 {
            let day = format!("{year}-{month_of_year:02}-{:02}", 1 + number % 20);
            let order = OrderBuilder::new(&uscc(1), &format!("M{month:02}N{number:02}"), &day)
                .with("logistics_uscc", uscc(2))
                .with("platform_uscc", uscc(3))
                .with("delivered_at", format!("{day} 20:00:00"));
            orders.push(order.build());
        }
    }
    (enterprises, orders)
}

/// The small zone as files, in the order in which they are imported.
pub fn small_zone(zone: &Zone) -> Vec<PathBuf> {
    let (enterprises, orders) = small_zone_rows();
    vec![zone.write("registration", &enterprises), zone.write("transactions", &orders)]
}

pub fn evaluate(zone: &Zone, as_of: &str) -> Finished {
    zone.cli(&["evaluate", "--all", "--as-of", as_of]).ok()
}

/// The product's synthetic zone, its files in the order of their names, the customs messages last.
pub fn sample_zone(zone: &Zone, enterprises: u32, months: u32) -> Vec<PathBuf> {
    let folder = zone.path("sample");
    let (count, months) = (enterprises.to_string(), months.to_string());
    let folder_text = folder.to_str().unwrap();
    zone.cli(&[
        "sample",
        "--enterprises",
        &count,
        "--seed",
        "20261123",
        "--months",
        &months,
        "-o",
        folder_text,
    ])
    .ok();
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| matches!(path.extension().and_then(|e| e.to_str()), Some("csv" | "ndjson")));
    files.sort();
    files.push(folder.join("messages.zip"));
    assert!(files.len() > 1, "an empty sample");
    files
}

/// The day of the last order in some files: the latest day worth a rating.
pub fn last_day(files: &[PathBuf]) -> chrono::NaiveDate {
    let (facts, _) = oracle::read_files(files);
    facts.orders.values().map(|order| order.ordered_at.date()).max().unwrap()
}

/// A second source file of a kind, in a folder of its own so that it keeps its name.
pub fn another_file(zone: &Zone, folder: &str, source: &str, rows: &[SourceRow]) -> PathBuf {
    let folder = zone.path(folder);
    std::fs::create_dir_all(&folder).unwrap();
    write_csv(&folder, source, rows)
}

/// The receipt of a rating, once the rating is anchored; a server has to be running to anchor it.
pub fn receipt(zone: &Zone, uscc: &str) -> PathBuf {
    let path = zone.path(&format!("{uscc}.receipt.json"));
    let since = Instant::now();
    loop {
        let finished = zone.cli(&["receipt", uscc, "-o", path.to_str().unwrap()]);
        if finished.code == Some(0) {
            return path;
        }
        assert!(since.elapsed() < Duration::from_secs(300), "never anchored: {}", finished.all());
        std::thread::sleep(Duration::from_millis(200));
    }
}
