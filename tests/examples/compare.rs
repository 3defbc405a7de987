//! Compares every rating of a set of source files with the independent recomputation of `xinji_tests::oracle`.
//!
//! usage: compare CREDIT-API AS-OF FILE…  (the data folder comes from `XINJI_DATA`; the files are in import order)
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for people who look for a difference")]

use std::process::Command;

fn main() {
    let mut args = std::env::args().skip(1);
    let program = args.next().unwrap();
    let as_of: chrono::NaiveDate = args.next().unwrap().parse().unwrap();
    let files: Vec<String> = args.collect();
    let (zone, reports) = xinji_tests::oracle::read_files(&files);
    for report in &reports {
        let (source, refused) = (report.source.unwrap_or("?"), report.refused.unwrap_or(""));
        println!("{source} {refused} accepted {} rejected {}", report.accepted, report.rejects.len());
    }
    let mut wrong = 0;
    for (uscc, rating) in xinji_tests::oracle::rate_all(&zone, as_of) {
        let asked = ["show", &uscc, "--json", "--as-of", &as_of.to_string()];
        let output = Command::new(&program).args(asked).output().unwrap();
        let Ok(json) = serde_json::from_slice(&output.stdout) else {
            println!("{uscc}: no rating: {}", String::from_utf8_lossy(&output.stderr));
            wrong += 1;
            continue;
        };
        let differences = xinji_tests::compare::differences(&json, &rating);
        wrong += usize::from(!differences.is_empty());
        for difference in differences {
            println!("{uscc}: {difference}");
        }
    }
    println!("{wrong} enterprises differ");
}
