//! By what the lines of sales are found. A key is a letter and a value, in upper case, as everywhere in `joins`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use credit_core::traces::Journey;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::ceb::gather::Found;
use crate::ceb::joins;
use crate::store::bulk::{self, Bind};
use crate::store::{DbConnection, StoreError};

/// Longest value that is looked for, characters: a logistics number has at most 80.
pub const VALUE_CHARS_MAX: usize = 80;
/// Digits of an HS code: the chapter, the heading, the subheading, the tariff line, and what messages have.
pub const HS_DIGITS: [usize; 5] = [2, 4, 6, 8, 10];
/// HS codes under one that is shorter. The tariff has some thousand in its largest chapter.
const CODES_MAX: i64 = 2_000;
/// Merchants whose goods one parcel is looked for among.
const MERCHANTS_MAX: i64 = 100;

/// What a search is by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    LogisticsNo,
    /// Record number, item number or bar code.
    Item,
    HsCode,
}

impl By {
    pub const ALL: [Self; 3] = [Self::LogisticsNo, Self::Item, Self::HsCode];

    /// The parameter's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            By::LogisticsNo => "logistics_no",
            By::Item => "item",
            By::HsCode => "hs_code",
        }
    }

    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.name() == name)
    }

    /// What somebody typed; nothing where no value can look like it.
    #[must_use]
    pub fn parse(self, text: &str) -> Option<Sought> {
        let text = text.trim();
        let value: String = match self {
            By::HsCode => text.chars().filter(|c| *c != '.' && *c != ' ').collect(),
            By::LogisticsNo | By::Item => text.to_owned(),
        };
        let is_right = match self {
            By::HsCode => HS_DIGITS.contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit()),
            By::LogisticsNo | By::Item => {
                (1..=VALUE_CHARS_MAX).contains(&value.chars().count()) && !value.chars().any(char::is_control)
            }
        };
        let is_part = self == By::HsCode && HS_DIGITS.last().is_some_and(|whole| value.len() < *whole);
        is_right.then(|| {
            let key = self.key(&value);
            if is_part { Sought::Under(key) } else { Sought::Key(key) }
        })
    }

    /// The key of a value.
    #[must_use]
    pub fn key(self, value: &str) -> String {
        let letter = match self {
            By::LogisticsNo => 'w',
            By::Item => 'g',
            By::HsCode => 'h',
        };
        joins::key(letter, &[&value.to_uppercase()])
    }
}

/// What lines are looked for by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sought {
    Key(String),
    /// All keys that begin so.
    Under(String),
}

/// Key, and number of the line.
pub type Keys = BTreeSet<(String, i64)>;

/// By what the lines of a sale are found. A sale without lines is found as line 0.
#[must_use]
pub fn keys(found: &[Arc<Found>], journey: &Journey) -> Keys {
    let mut keys = Keys::new();
    for goods in journey.goods() {
        let articles = [&goods.record_no, &goods.item_no, &goods.bar_code].into_iter().flatten();
        keys.extend(articles.map(|value| (By::Item.key(value), goods.gnum)));
        keys.extend(goods.hs_code.iter().map(|code| (By::HsCode.key(code), goods.gnum)));
    }
    let mut lines = journey.lines();
    if lines.is_empty() {
        lines.insert(0);
    }
    // Departures and arrivals have the numbers of other sales in their lines; a head has the sale's own.
    let numbers = found.iter().filter_map(|found| found.document.text("logisticsNo"));
    for number in numbers.filter(|number| !number.is_empty()) {
        keys.extend(lines.iter().map(|gnum| (By::LogisticsNo.key(number), *gnum)));
    }
    keys
}

/// A sale that is found by keys.
#[derive(Debug, Clone)]
pub struct Indexed {
    pub sale: String,
    pub uscc: Option<String>,
    pub sent_at: i64,
    pub keys: Keys,
    /// Whether it may have been found by others before.
    pub again: bool,
}

/// Writes by what sales are found.
///
/// # Errors
/// The database's.
pub fn put(connection: &mut DbConnection, sales: Vec<Indexed>) -> Result<(), StoreError> {
    let again = sales.iter().filter(|one| one.again);
    let ids = again.map(|one| vec![Bind::Text(one.sale.clone())]).collect();
    bulk::execute_rows(connection, "DELETE FROM ceb_traces WHERE sale IN (", 1, ids, ")")?;
    let mut rows = Vec::new();
    for one in sales {
        let Indexed { sale, uscc, sent_at, keys, again: _ } = one;
        let uscc = uscc.unwrap_or_default();
        rows.extend(keys.into_iter().map(|(key, gnum)| {
            vec![key.into(), uscc.clone().into(), sent_at.into(), sale.clone().into(), gnum.into()]
        }));
    }
    bulk::execute_rows(
        connection,
        "INSERT INTO ceb_traces (trace_key, uscc, sent_at, sale, gnum)",
        5,
        rows,
        "",
    )?;
    Ok(())
}

/// A line that was found.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Place {
    #[diesel(sql_type = Text)]
    pub sale: String,
    #[diesel(sql_type = BigInt)]
    pub gnum: i64,
    #[diesel(sql_type = BigInt)]
    pub sent_at: i64,
}

/// Which lines a list shows.
#[derive(Debug, Clone)]
pub struct Which {
    pub sought: Sought,
    /// Merchants whose sales may be told, the empty one for sales of somebody unknown; nothing for all of them.
    pub merchants: Option<Vec<String>>,
    /// After this time, sale and line, the newest first.
    pub after: Option<(i64, String, i64)>,
}

/// Lines that are found, the newest sale first.
///
/// # Errors
/// The database's.
pub fn list(connection: &mut DbConnection, which: &Which, wanted: i64) -> Result<Vec<Place>, StoreError> {
    let under = match &which.sought {
        Sought::Key(key) => return list_of(connection, key, which, wanted),
        Sought::Under(beginning) => keys_under(connection, beginning)?,
    };
    // Of each key no more is read than the page can show.
    let mut places = Vec::new();
    for key in under {
        places.extend(list_of(connection, &key, which, wanted)?);
    }
    places.sort_by(|a, b| (b.sent_at, &a.sale, a.gnum).cmp(&(a.sent_at, &b.sale, b.gnum)));
    places.dedup();
    places.truncate(usize::try_from(wanted).unwrap_or_default());
    Ok(places)
}

#[derive(QueryableByName)]
struct KeyRow {
    #[diesel(sql_type = Text)]
    trace_key: String,
}

/// The keys that begin so: one step along the index for each, however many lines it has.
fn keys_under(connection: &mut DbConnection, beginning: &str) -> Result<Vec<String>, StoreError> {
    // HS codes are digits, and a colon comes right after them.
    let end = format!("{beginning}:");
    let sql = "WITH RECURSIVE step (trace_key) AS (\
               SELECT MIN(trace_key) FROM ceb_traces WHERE trace_key >= $1 AND trace_key < $2 UNION ALL \
               SELECT (SELECT MIN(t.trace_key) FROM ceb_traces t WHERE t.trace_key > step.trace_key \
               AND t.trace_key < $2) FROM step WHERE step.trace_key IS NOT NULL) \
               SELECT trace_key FROM step WHERE trace_key IS NOT NULL LIMIT $3";
    let rows: Vec<KeyRow> = bulk::load(connection, sql, [beginning.into(), end.into(), CODES_MAX.into()])?;
    Ok(rows.into_iter().map(|row| row.trace_key).collect())
}

/// Lines found by a key.
fn list_of(
    connection: &mut DbConnection,
    key: &str,
    which: &Which,
    wanted: i64,
) -> Result<Vec<Place>, StoreError> {
    let (at, sale, gnum) = which.after.clone().unwrap_or((i64::MAX, String::new(), i64::MIN));
    let mut binds: Vec<Bind> = vec![key.into(), at.into(), sale.into(), gnum.into(), wanted.into()];
    let mut among = String::new();
    if let Some(merchants) = &which.merchants {
        if merchants.is_empty() {
            return Ok(Vec::new());
        }
        let first = binds.len() + 1;
        let places: Vec<String> = (first..first + merchants.len()).map(|at| format!("${at}")).collect();
        among = format!("AND uscc IN ({})", places.join(", "));
        binds.extend(merchants.iter().map(|uscc| Bind::Text(uscc.clone())));
    }
    let sql = format!(
        "SELECT sale, gnum, sent_at FROM ceb_traces WHERE trace_key = $1 {among} AND (sent_at < $2 OR \
         (sent_at = $2 AND (sale > $3 OR (sale = $3 AND gnum > $4)))) ORDER BY sent_at DESC, sale, gnum LIMIT $5"
    );
    Ok(bulk::load(connection, &sql, binds)?)
}

/// The merchants of what a parcel's key finds; the empty one stands for somebody unknown.
///
/// # Errors
/// The database's.
pub fn merchants(connection: &mut DbConnection, sought: &Sought) -> Result<Vec<String>, StoreError> {
    let Sought::Key(key) = sought else { return Ok(Vec::new()) };
    #[derive(QueryableByName)]
    struct Merchant {
        #[diesel(sql_type = Text)]
        uscc: String,
    }
    let rows: Vec<Merchant> = bulk::load(
        connection,
        "SELECT DISTINCT uscc FROM ceb_traces WHERE trace_key = $1 ORDER BY uscc LIMIT $2",
        [key.as_str().into(), MERCHANTS_MAX.into()],
    )?;
    Ok(rows.into_iter().map(|row| row.uscc).collect())
}

/// By what each of these sales is found.
///
/// # Errors
/// The database's.
pub fn stored(
    connection: &mut DbConnection,
    sales: &BTreeSet<String>,
) -> Result<BTreeMap<String, Keys>, StoreError> {
    #[derive(QueryableByName)]
    struct Key {
        #[diesel(sql_type = Text)]
        trace_key: String,
        #[diesel(sql_type = Text)]
        sale: String,
        #[diesel(sql_type = BigInt)]
        gnum: i64,
    }
    let rows: Vec<Key> = bulk::load_rows(
        connection,
        "WITH k (sale) AS (",
        1,
        sales.iter().map(|sale| Bind::Text(sale.clone())),
        ") SELECT t.trace_key, t.sale, t.gnum FROM k CROSS JOIN ceb_traces t WHERE t.sale = k.sale",
    )?;
    let mut stored: BTreeMap<String, Keys> = BTreeMap::new();
    for row in rows {
        stored.entry(row.sale).or_default().insert((row.trace_key, row.gnum));
    }
    Ok(stored)
}
