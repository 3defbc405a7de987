//! Random zones as source files, and a database that has taken them in.

use std::fmt::Write as _;

use chrono::NaiveDate;
use credit_core::dates::{Moment, day_number, from_day_number};
use credit_core::facts::Facts;
use credit_core::uscc::Uscc;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::clock::Clock;
use crate::evaluation::gather::{Road, Who, gather_by};
use crate::evaluation::knowledge::{Question, latest_knowledge};
use crate::evaluation::rollup::Medians;
use crate::intake::evidence::Evidence;
use crate::intake::receive::{Expected, Incoming, receive};
use crate::store::{Database, DatabaseUrl, bulk};

/// The first day of orders; a leap year's February and two year ends follow.
pub const FIRST: i32 = 19_600;
const ENTERPRISES: u32 = 17;

pub fn uscc(number: u32) -> Uscc {
    Uscc::from_stem(&format!("91511502MA6T{number:04}")).unwrap()
}

/// Random numbers that are the same in every run.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `below`.
    pub fn below(&mut self, below: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from((self.0 >> 33) % u64::from(below)).unwrap()
    }

    /// True in `part` of ten.
    fn tenth(&mut self, part: u32) -> bool {
        self.below(10) < part
    }

    fn signed(&mut self, from: i32, to: i32) -> i32 {
        from + i32::try_from(self.below(u32::try_from(to - from).unwrap())).unwrap()
    }

    /// In another order.
    pub fn shuffled<T>(&mut self, mut rows: Vec<T>) -> Vec<T> {
        for at in (1..rows.len()).rev() {
            let other = usize::try_from(self.below(u32::try_from(at + 1).unwrap())).unwrap();
            rows.swap(at, other);
        }
        rows
    }
}

pub const ORDER_HEAD: &str = "uscc,order_no,mode,direction,ordered_at,paid_at,shipped_at,delivered_at,amount_cny,\
    paid_amount_cny,currency,payer_matches_buyer,consignee_matches,logistics_no,logistics_uscc,platform_uscc,\
    payment_uscc,hs_code,quantity,country,buyer_token,address_token,phone_token,customs_status,held_at,returned_at,\
    promised_on,amended,cancelled_at,agent_uscc,warehouse_uscc,event_id";
pub const REVIEW_HEAD: &str = "review_id,platform_uscc,uscc,order_no,rating,created_at,verified_purchase,buyer_token,\
    simhash,deleted,incentive,event_id";

fn time(day: i32, second: u32) -> String {
    let date = from_day_number(day);
    format!("{date}T{:02}:{:02}:{:02}+08:00", second / 3_600, second / 60 % 60, second % 60)
}

/// Merchants are 0 to 7, platforms 8 to 10, carriers 11 to 12, services 13 to 16; roles do not always agree.
pub fn order_line(random: &mut Random, number: u32) -> String {
    let day = FIRST + random.signed(0, 600);
    let import = random.tenth(6);
    let event = |random: &mut Random, lag: i32| {
        if random.tenth(3) {
            return String::new();
        }
        let mut later = day + random.signed(-1, lag);
        if random.below(40) == 0 {
            later += random.signed(100, 900);
        }
        time(later, random.below(86_400))
    };
    let pick = |random: &mut Random, from: u32, count: u32, filled: u32| {
        if random.tenth(filled) { uscc(from + random.below(count)).to_string() } else { String::new() }
    };
    let word = |random: &mut Random, words: &[&str]| {
        words[random.below(words.len().try_into().unwrap()) as usize].to_owned()
    };
    let token = |random: &mut Random, kind: &str, count: u32, filled: u32| {
        if random.tenth(filled) { format!("{kind}{}", random.below(count)) } else { String::new() }
    };
    let amount = format!("{}.{:02}", random.below(4_000), random.below(100));
    let merchant = if random.tenth(9) { random.below(8) } else { random.below(ENTERPRISES) };
    let cells = [
        uscc(merchant).to_string(),
        format!("N{number}"),
        word(random, &["9610", "1210", "9610"]),
        if import { "import" } else { "export" }.to_owned(),
        time(day, random.below(300)),
        event(random, 3),
        event(random, 6),
        event(random, 50),
        amount.clone(),
        if random.tenth(8) { amount } else { String::new() },
        "142".to_owned(),
        word(random, &["", "true", "true", "false"]),
        word(random, &["", "true", "true", "false"]),
        token(random, "W", 60, 8),
        pick(random, 11, 2, 8),
        pick(random, 8, 3, 8),
        pick(random, 13, 4, 6),
        word(random, &["3304990000", "3304990000", "3304990000", "6109100000", "x1", ""]),
        word(random, &["", "1", "2", "0.5"]),
        word(random, &["502", "502", "410", ""]),
        token(random, "b", 12, 8),
        token(random, "a", 2, 8),
        token(random, "p", 6, 4),
        word(random, &["800", "899", "", "100", "502", "-1", "500"]),
        if random.tenth(1) { event(random, 9) } else { String::new() },
        if random.tenth(3) { event(random, 80) } else { String::new() },
        if random.tenth(5) {
            from_day_number(day + random.signed(-2, 40)).to_string()
        } else {
            String::new()
        },
        word(random, &["", "true", "false", "false"]),
        if random.tenth(1) { event(random, 20) } else { String::new() },
        pick(random, 13, 4, 3),
        pick(random, 12, 4, 2),
        token(random, "E", 9, 1),
    ];
    cells.join(",")
}

pub fn review_line(random: &mut Random, number: u32) -> String {
    let day = FIRST + random.signed(200, 640);
    let word = |random: &mut Random, words: &[&str]| {
        words[random.below(words.len().try_into().unwrap()) as usize].to_owned()
    };
    let order = format!("N{}", random.below(900));
    let cells = [
        format!("R{number}"),
        uscc(8 + random.below(3)).to_string(),
        uscc(random.below(ENTERPRISES)).to_string(),
        if random.tenth(7) { order } else { String::new() },
        (1 + random.below(5)).to_string(),
        time(if random.tenth(3) { FIRST + 500 + random.signed(0, 2) } else { day }, random.below(86_400)),
        word(random, &["true", "true", "false"]),
        format!("b{}", random.below(4)),
        format!("{:016x}", u64::from(random.below(3))),
        word(random, &["", "", "", "true"]),
        word(random, &["", "", "true"]),
        if random.tenth(1) { format!("E{}", random.below(9)) } else { String::new() },
    ];
    cells.join(",")
}

pub fn file(head: &str, lines: &[String]) -> String {
    format!("{head}\n{}\n", lines.join("\n"))
}

fn registrations() -> String {
    let mut text = "uscc,name,status,established_on,registered_capital_cny,paid_in_capital_cny,\
        legal_representative,address,region_code,industry_code,roles,filed_on\n"
        .to_owned();
    // One of each kind stays unregistered: M9 asks.
    for number in (0..ENTERPRISES).filter(|number| ![7, 10, 16].contains(number)) {
        let roles = match number {
            0..=7 => "ecommerce",
            8..=10 => "platform",
            11..=12 => "logistics",
            _ => "service",
        };
        let established = from_day_number(FIRST + i32::try_from(number * 20).unwrap());
        writeln!(
            text,
            "{},企业{number},存续,{established},1000000,1000000,人{number},某路{number}号,511502,F5193,{roles},{established}",
            uscc(number)
        )
        .unwrap();
    }
    text
}

/// Events E1 and E3 are counted in the public record of some.
fn commitments() -> String {
    let mut text = "uscc,commitment_id,kind,made_on,due_on,event_id\n".to_owned();
    for (number, event) in [(1, "E1"), (2, "E3"), (8, "E1"), (11, "E3"), (13, "E1")] {
        writeln!(text, "{},C{number},承诺,2025-01-01,2025-06-01,{event}", uscc(number)).unwrap();
    }
    text
}

struct Fixed(i64);

impl Clock for Fixed {
    fn now(&self) -> Moment {
        Moment(self.0)
    }
}

/// A database of its own, with the register and the public record taken in.
pub struct Zone {
    database: Database,
    evidence: Evidence,
    /// Kept over all files, as a service keeps them.
    pub medians: Medians,
    _folder: tempfile::TempDir,
}

impl Zone {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let zone = Self {
            database: Database::open(&DatabaseUrl::Sqlite(folder.path().join("credit.db"))).unwrap(),
            evidence: Evidence::new(folder.path().join("evidence")),
            medians: Medians::default(),
            _folder: folder,
        };
        zone.take(&registrations());
        zone.take(&commitments());
        zone
    }

    /// Takes a file in; every row must be good.
    pub fn take(&self, text: &str) {
        let incoming = Incoming { name: "file.csv", content: text.as_bytes(), expected: Expected::Any };
        let clock = Fixed(1_800_000_000_000);
        let summary = receive(&self.database, &self.evidence, &clock, incoming, &mut |_, _, _| true).unwrap();
        assert_eq!(summary.rows_rejected, 0, "{summary:?}");
    }

    pub fn facts(&self, as_of: NaiveDate, who: &Who, road: Road<'_>) -> Vec<Facts> {
        let mut connection = self.database.connection().unwrap();
        let known_at = latest_knowledge(&mut connection).unwrap();
        gather_by(&mut connection, Question { as_of, known_at }, who, road).unwrap()
    }

    /// Everything the rollups hold, as text.
    pub fn rollups(&self) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Line {
            #[diesel(sql_type = Text)]
            line: String,
        }
        let tables = [
            "SELECT 't' || uscc || ' ' || day || ' ' || last_event_day || ' ' || first_ordered_day || ' ' || \
             last_ordered_day || ' ' || hex(sums) AS line FROM trade_days ORDER BY uscc, day",
            "SELECT 'm' || uscc || order_no || ' ' || marks AS line FROM orders ORDER BY uscc, order_no",
            "SELECT 'r' || uscc || day || platform_uscc || ' ' || reviews || ' ' || verified || ' ' || stars || ' ' \
             || low AS line FROM review_days WHERE reviews <> 0 ORDER BY uscc, day, platform_uscc",
            "SELECT 'z' || day || ' ' || reviews || ' ' || verified || ' ' || stars || ' ' || low AS line \
             FROM zone_review_days WHERE reviews <> 0 ORDER BY day",
        ];
        let mut connection = self.database.connection().unwrap();
        tables
            .iter()
            .flat_map(|sql| bulk::load::<Line>(&mut connection, sql, []).unwrap())
            .map(|row| row.line)
            .collect()
    }
}

/// Days worth asking about: month and year ends, leap day, the middle of the history, after all of it.
pub fn days() -> Vec<NaiveDate> {
    let mut days: Vec<NaiveDate> =
        ["2024-02-29", "2024-12-31", "2025-01-01", "2025-03-31"].map(|day| day.parse().unwrap()).into();
    days.push(from_day_number(FIRST + 503));
    days.push(from_day_number(FIRST + 1_100));
    assert!(days.iter().all(|day| day_number(*day) > FIRST));
    days
}
