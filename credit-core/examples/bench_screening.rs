//! P8: screening. Recall and false positives on the labelled pairs, then 100 000 names against a million.
//!
//! `make bench ARGS=bench_screening`; `quick` leaves the million out. The reference of the same run compares
//! each name with every one of the million by the edit distance of the whole folded name, on a sample, and is scaled
//! up. The names are made up here, the same in each run.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark stops at the first failure and prints"
)]
#![expect(clippy::as_conversions, reason = "ratios of counts, printed with few digits")]

#[path = "../tests/screening/pairs.rs"]
mod pairs;

use std::hint::black_box;
use std::time::{Duration, Instant};

use credit_core::screening::fold::fold;
use credit_core::screening::{Finding, Index, Subject, Uses};
use pairs::{Pair, USE, pairs, sum, tally};

const NAMES: u64 = 1_000_000;
const QUERIES: u64 = 100_000;
const NAMESAKES: u64 = 20_000;
/// Queries of the reference, each against all names.
const SAMPLE: u64 = 8;

const CHARS: &str = "云桥禾锦帆渡蜀岚驿晴川陌泽屿拓湾驰光桂雨洛岸青梧舟集橙榆里雁栖砂叙风纪竹筏月澄谣珙桐路棹鹭岷梭砚舶沐栈鲸榕笺蓝泊榄翎港鸦星河栀筑象橘络岭贝叶舫汐茗野峨桑漪帛芦汀隼途霁椿暖虹隅鲤筠舍稻浪枝阡槎荔桅松柏枫杉樱梅兰菊荷莲";
const REGIONS: [&str; 10] =
    ["宜宾市", "达州市", "成都市", "绵阳市", "泸州市", "深圳市", "杭州市", "宁波市", "广州市", "四川省"];
const TRADES: [&str; 10] =
    ["电子商务", "贸易", "供应链管理", "进出口", "科技", "物流", "国际贸易", "食品", "服装", "建材"];
const FORMS: [&str; 4] = ["有限公司", "有限责任公司", "股份有限公司", "经营部"];

/// The next of a fixed row of numbers (splitmix64).
struct Row(u64);

impl Row {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as usize % below
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of.get(self.next(of.len())).unwrap()
    }
}

/// A brand of two to four characters with what surrounds it. One in fifty brands is among a hundred common ones.
fn brand(row: &mut Row, chars: &[char]) -> String {
    let length = 2 + row.next(3);
    let within = if row.next(50) == 0 { 10 } else { chars.len() };
    (0..length).map(|_| *chars.get(row.next(within)).unwrap()).collect()
}

fn name(at: u64, chars: &[char]) -> String {
    let mut row = Row(at.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let brand = brand(&mut row, chars);
    [row.one(&REGIONS), &brand, row.one(&TRADES), row.one(&FORMS)].concat()
}

/// A query: every second one is a name of the million, half of those written in another way.
fn query(at: u64, chars: &[char]) -> (String, Option<u64>) {
    match at % 4 {
        0 => (name(at * 9, chars), Some(at * 9)),
        1 => {
            let text = name(at * 9, chars).replace("有限公司", " 有限公司").replace("电子商务", "電子商務");
            (text, Some(at * 9))
        }
        _ => (name(NAMES + at, chars), None),
    }
}

/// Names of a zone whose brands differ in a number, each searched for among all: every one has a hundred that nearly
/// are it.
fn namesakes() {
    let name = |at: u64| format!("宜宾试验{at}号贸易有限公司");
    let subject = |at: u64| Subject::named(&name(at), None).unwrap();
    let index = Index::build((0..NAMESAKES).map(|at| (at, subject(at)))).unwrap();
    let purpose = Uses::embedded().get(USE).unwrap();
    let (mut compared, mut found) = (0, 0);
    let started = Instant::now();
    for at in 0..NAMESAKES {
        let search = index.search(&subject(at), purpose);
        compared += search.compared;
        found += search.found.len();
    }
    let per_name = |count: usize| count as f64 / NAMESAKES as f64;
    println!(
        "\nP8  {NAMESAKES} namesakes among themselves: {:.2} s; {:.1} compared and {:.1} shown a name",
        started.elapsed().as_secs_f64(),
        per_name(compared),
        per_name(found)
    );
}

fn main() {
    quality();
    namesakes();
    if std::env::args().any(|arg| arg == "quick") {
        return;
    }
    let chars: Vec<char> = CHARS.chars().collect();
    let started = Instant::now();
    let subjects = (0..NAMES).map(|at| (at, Subject::named(&name(at, &chars), None).unwrap()));
    let index = Index::build(subjects).unwrap();
    println!("\nP8  {QUERIES} names against {} (one thread)", index.len());
    println!("built in {:.1} s; VmHWM {} MiB", started.elapsed().as_secs_f64(), peak_mib());
    let purpose = Uses::embedded().get(USE).unwrap();
    let queries: Vec<(String, Option<u64>)> = (0..QUERIES).map(|at| query(at, &chars)).collect();
    let (mut found, mut lost, mut compared, mut cut) = (0, 0, 0, 0);
    let mut slowest = Duration::ZERO;
    let started = Instant::now();
    for (text, wanted) in &queries {
        let begun = Instant::now();
        let search = index.search(&Subject::named(text, None).unwrap(), purpose);
        slowest = slowest.max(begun.elapsed());
        found += search.found.len();
        compared += search.compared;
        cut += usize::from(search.is_cut);
        lost += usize::from(wanted.is_some_and(|id| search.found.iter().all(|one| one.id != id)));
    }
    let ours = started.elapsed().as_secs_f64();
    let per_name = |count: usize| count as f64 / QUERIES as f64;
    println!(
        "{:.1} s, {:.0} names/s, slowest {:.1} ms; {:.1} compared and {:.2} shown a name; {cut} cut, {lost} lost",
        ours,
        QUERIES as f64 / ours,
        slowest.as_secs_f64() * 1e3,
        per_name(compared),
        per_name(found),
    );
    let theirs = reference(&chars, &queries) * QUERIES as f64 / SAMPLE as f64;
    println!("reference, all pairs by edit distance, from {SAMPLE} names: {theirs:.0} s");
    println!("ratio {:.0}; VmHWM {} MiB with the reference's names", theirs / ours, peak_mib());
}

/// Seconds for the sample: the edit distance of whole folded names, against all.
fn reference(chars: &[char], queries: &[(String, Option<u64>)]) -> f64 {
    let all: Vec<Vec<char>> = (0..NAMES).map(|at| fold(&name(at, chars)).chars().collect()).collect();
    let mut row = Vec::new();
    let started = Instant::now();
    for (text, _) in queries.iter().take(SAMPLE as usize) {
        let text: Vec<char> = fold(text).chars().collect();
        for other in &all {
            black_box(distance(&text, other, &mut row));
        }
    }
    started.elapsed().as_secs_f64()
}

/// Levenshtein's distance, one row.
fn distance(a: &[char], b: &[char], row: &mut Vec<usize>) -> usize {
    row.clear();
    row.extend(0..=b.len());
    for (i, one) in a.iter().enumerate() {
        let (mut left, mut corner) = (i + 1, i);
        for (other, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let cost = (corner + usize::from(one != other)).min(*cell + 1).min(left + 1);
            corner = std::mem::replace(cell, cost);
            left = cost;
        }
    }
    row.last().copied().unwrap()
}

fn quality() {
    let all = pairs();
    for (title, is_held) in [("held", true), ("tune", false)] {
        let part: Vec<&Pair> = all.iter().filter(|pair| pair.is_held == is_held).collect();
        println!("P8  labelled pairs, part {title}: {} (95 % intervals by Wilson)", part.len());
        let tally = tally(part.iter().copied());
        for ((label, kind), (count, right)) in &tally {
            println!("{:<10}{kind:<32}{}", format!("{label:?}"), share(*right, *count));
        }
        let (same, found) = sum(&tally, Finding::Same);
        let (other, silent) = sum(&tally, Finding::Nothing);
        println!("recall                                    {}", share(found, same));
        println!("false positives                           {}", share(other - silent, other));
        println!("score band: pairs that are the same");
        for band in [(0, 599), (600, 699), (700, 779), (780, 829), (830, 899), (900, 949), (950, 1000)] {
            let inside = part.iter().filter(|pair| (band.0..=band.1).contains(&pair.judged().0));
            let inside: Vec<_> = inside.filter(|pair| pair.label != Finding::Related).collect();
            let same = inside.iter().filter(|pair| pair.label == Finding::Same).count();
            println!("{:>5}-{:<5}{}", band.0, band.1, share(same as u64, inside.len() as u64));
        }
    }
}

/// A share with its 95 % interval.
fn share(right: u64, all: u64) -> String {
    let (n, p, z) = (all as f64, right as f64 / all.max(1) as f64, 1.96);
    let middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / (1.0 + z * z / n);
    format!(
        "{right:>4} of {all:<4} {p:.3} [{:.3}, {:.3}]",
        (middle - half).max(0.0),
        (middle + half).min(1.0)
    )
}

/// The most memory that this process has had.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default() / 1024
}
