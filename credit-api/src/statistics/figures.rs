//! Kept months as flat rows, the same for JSON, CSV and XLSX.

use credit_core::money::Fen;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::{By, TradeFigure};
use super::keep::Kept;

/// Trade of a month, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TradeRow {
    /// `YYYY-MM`.
    pub month: String,
    /// `null`: the whole month.
    pub by: Option<By>,
    /// Mode, direction, country, HS chapter or grade; `other` for all that are not named one by one, `unknown` for
    /// merchants without a rating. `null`: the whole month.
    pub code: Option<String>,
    /// `null`: withheld, so that no enterprise can be told.
    pub orders: Option<u64>,
    /// CNY, a decimal string. `null`: withheld.
    pub amount_cny: Option<String>,
    /// Of the month's amount, thousandths, each rounded by itself.
    pub share_permille: Option<u16>,
    pub withheld: bool,
}

/// Enterprises of a month's end by kind and grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EnterpriseRow {
    pub month: String,
    /// `E1` to `E4`; `null`: all kinds.
    pub kind: Option<String>,
    /// `null`: all grades.
    pub grade: Option<String>,
    /// `null`: withheld.
    pub enterprises: Option<u64>,
    pub withheld: bool,
}

/// Enterprises that moved from one grade to another, or stayed, between two month ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MigrationRow {
    pub month: String,
    /// At the end of the month before; `new`: was not rated yet.
    pub from_grade: String,
    pub to_grade: String,
    /// `null`: withheld.
    pub enterprises: Option<u64>,
    pub withheld: bool,
}

/// The total of each month and its parts by one thing, or by all.
#[must_use]
pub fn trade(months: &[Kept], by: Option<By>) -> Vec<TradeRow> {
    let is_asked = |figure: &&TradeFigure| figure.by.is_none() || by.is_none() || figure.by == by;
    let of_month = |kept: &Kept| {
        let month = kept.month.to_string();
        let row = |figure: &TradeFigure| TradeRow {
            month: month.clone(),
            by: figure.by,
            code: figure.by.map(|_| figure.code.clone()),
            orders: figure.traded.map(|traded| traded.orders),
            amount_cny: figure.traded.map(|traded| cny(traded.amount)),
            share_permille: figure.permille,
            withheld: figure.traded.is_none(),
        };
        kept.body.trade.iter().filter(is_asked).map(row).collect::<Vec<_>>()
    };
    months.iter().flat_map(of_month).collect()
}

/// Yuan with two decimals.
#[must_use]
pub fn cny(amount: u64) -> String {
    Fen(i64::try_from(amount).unwrap_or(i64::MAX)).to_string()
}

#[must_use]
pub fn enterprises(months: &[Kept]) -> Vec<EnterpriseRow> {
    let of_month = |kept: &Kept| {
        let month = kept.month.to_string();
        let rows = kept.body.enterprises.iter().map(|figure| EnterpriseRow {
            month: month.clone(),
            kind: figure.kind.clone(),
            grade: figure.grade.clone(),
            enterprises: figure.enterprises,
            withheld: figure.enterprises.is_none(),
        });
        rows.collect::<Vec<_>>()
    };
    months.iter().flat_map(of_month).collect()
}

#[must_use]
pub fn migration(months: &[Kept]) -> Vec<MigrationRow> {
    let of_month = |kept: &Kept| {
        let month = kept.month.to_string();
        let rows = kept.body.moves.iter().map(|figure| MigrationRow {
            month: month.clone(),
            from_grade: figure.from.clone(),
            to_grade: figure.to.clone(),
            enterprises: figure.enterprises,
            withheld: figure.enterprises.is_none(),
        });
        rows.collect::<Vec<_>>()
    };
    months.iter().flat_map(of_month).collect()
}
