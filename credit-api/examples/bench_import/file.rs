//! Orders as a zone writes them: few carriers and platforms, few large merchants and many small ones.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use credit_core::dates::from_day_number;
use credit_core::uscc::Uscc;

use super::Failure;

pub const HEAD: &str = "uscc,order_no,mode,direction,ordered_at,paid_at,shipped_at,delivered_at,amount_cny,\
    paid_amount_cny,currency,payer_matches_buyer,logistics_no,logistics_uscc,platform_uscc,payment_uscc,hs_code,\
    quantity,country,buyer_token,address_token,customs_status";
/// 2025-01-01.
pub const FIRST_DAY: i32 = 20_089;
/// Buyers and addresses of the zone, per merchant.
const BUYERS: u64 = 100;

/// The order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Time,
    Merchant,
    /// One row of each merchant.
    OneEach,
}

/// Whose orders, of when, in which order.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub merchants: u64,
    pub first_day: i32,
    pub days: i32,
    pub by: By,
}

/// Random numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below.max(1)
    }

    /// Below `below`, the small ones more often: a hundredth of the merchants has a tenth of the orders.
    fn skewed(&mut self, below: u64) -> u64 {
        let part = self.below(1 << 20);
        (part * part * below) >> 40
    }
}

pub fn write(path: &Path, shape: &Shape, rows: u64) -> Result<(), Failure> {
    let mut out = BufWriter::new(File::create(path)?);
    writeln!(out, "{HEAD}")?;
    let mut random = Random(42 + u64::try_from(shape.first_day)?);
    let days = u64::try_from(shape.days)?;
    let mut merchants: Vec<u64> = match shape.by {
        By::Time | By::Merchant => (0..rows).map(|_| random.skewed(shape.merchants)).collect(),
        By::OneEach => (0..rows).map(|row| row * 7_919 % shape.merchants).collect(),
    };
    if shape.by == By::Merchant {
        merchants.sort_unstable();
    }
    for (merchant, row) in merchants.into_iter().zip(0_u64..) {
        let place = match shape.by {
            By::Merchant => random.below(days),
            By::Time | By::OneEach => row * days / rows,
        };
        let day = shape.first_day + i32::try_from(place)?;
        line(&mut out, &mut random, merchant, shape.merchants, day, row)?;
    }
    out.flush()?;
    Ok(())
}

fn code(base: u64, number: u64) -> Result<Uscc, Failure> {
    Ok(Uscc::from_stem(&format!("91511502MA{base}T{number:04}"))?)
}

fn line(
    out: &mut impl Write,
    random: &mut Random,
    merchant: u64,
    merchants: u64,
    day: i32,
    row: u64,
) -> Result<(), Failure> {
    let import = random.below(3) == 0;
    let (ordered, amount) = (from_day_number(day), 10 + random.below(900));
    let (hour, minute, second) = (random.below(20), random.below(60), random.below(60));
    let at = |days: i32, hours: u64| {
        format!("{}T{:02}:{minute:02}:{second:02}", from_day_number(day + days), hour + hours)
    };
    let platform = random.below(8);
    let number = format!("{platform}{day}{row:08}");
    let buyer = random.below(merchants * BUYERS + 1_000);
    writeln!(
        out,
        "{},{number},9610,{},{ordered}T{hour:02}:{minute:02}:{second:02},{},{},{},{amount}.50,{amount}.50,142,true,\
         YT{number},{},{},{},{},{},{},b{buyer:07},a{buyer:07},800",
        code(6, merchant)?,
        if import { "import" } else { "export" },
        at(0, 1),
        at(0, 2),
        at(6, 3),
        code(7, random.below(5))?,
        code(8, platform)?,
        code(9, random.below(3))?,
        pick(random.below(4), &["3304990000", "6109100000", "8517620000", "4202220000"]),
        1 + random.below(5),
        pick(random.below(3), &["502", "410", "116"]),
    )?;
    Ok(())
}

fn pick(number: u64, of: &[&'static str]) -> &'static str {
    usize::try_from(number).ok().and_then(|at| of.get(at)).copied().unwrap_or_default()
}
