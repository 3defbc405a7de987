//! Kept months as flat rows, the same for JSON, CSV and XLSX.

use credit_core::country;
use credit_core::money::Fen;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::{By, Direction, MatchOutcome, TradeFigure};
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
    /// Of a country or region, in Chinese and English; `null`: of anything else, or of a code whose name is not known.
    pub name_zh: Option<String>,
    pub name_en: Option<String>,
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
    /// At the end of the month before; `new`: was not rated yet. `null` in a month of which directions alone are
    /// published.
    pub from_grade: Option<String>,
    pub to_grade: Option<String>,
    /// `null`: withheld.
    pub enterprises: Option<u64>,
    pub withheld: bool,
    /// Of a move: where it goes; without grades: all that went there.
    pub direction: Direction,
}

/// Sales of customs messages by mode and by what came of comparing their documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MatchingRow {
    /// In which the order was sent, or the first document while there is no order.
    pub month: String,
    /// `unknown` where no document says it yet; `null`: all modes.
    pub mode: Option<String>,
    /// `null`: all outcomes.
    pub outcome: Option<MatchOutcome>,
    /// `null`: withheld.
    pub sales: Option<u64>,
    /// Of the sales of the mode, thousandths, each rounded by itself.
    pub share_permille: Option<u16>,
    pub withheld: bool,
}

/// The total of each month and its parts by one thing, or by all.
#[must_use]
pub fn trade(months: &[Kept], by: Option<By>) -> Vec<TradeRow> {
    let is_asked = |figure: &&TradeFigure| figure.by.is_none() || by.is_none() || figure.by == by;
    let of_month = |kept: &Kept| {
        let month = kept.month.to_string();
        let row = |figure: &TradeFigure| {
            let country = (figure.by == Some(By::Country)).then(|| country::find(&figure.code)).flatten();
            TradeRow {
                month: month.clone(),
                by: figure.by,
                code: figure.by.map(|_| figure.code.clone()),
                orders: figure.traded.map(|traded| traded.orders),
                amount_cny: figure.traded.map(|traded| cny(traded.amount)),
                share_permille: figure.permille,
                withheld: figure.traded.is_none(),
                name_zh: country.map(|country| country.zh.clone()),
                name_en: country.map(|country| country.en.clone()),
            }
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
        let moves = kept.body.moves.iter().filter_map(|figure| {
            Some(MigrationRow {
                month: month.clone(),
                from_grade: Some(figure.from.clone()),
                to_grade: Some(figure.to.clone()),
                enterprises: figure.enterprises,
                withheld: figure.enterprises.is_none(),
                direction: Direction::between(figure.from.parse().ok(), figure.to.parse().ok()?),
            })
        });
        let directions = kept.body.directions.iter().map(|figure| MigrationRow {
            month: month.clone(),
            from_grade: None,
            to_grade: None,
            enterprises: figure.enterprises,
            withheld: figure.enterprises.is_none(),
            direction: figure.direction,
        });
        moves.chain(directions).collect::<Vec<_>>()
    };
    months.iter().flat_map(of_month).collect()
}

#[must_use]
pub fn matching(months: &[Kept]) -> Vec<MatchingRow> {
    let of_month = |kept: &Kept| {
        let month = kept.month.to_string();
        let rows = kept.body.matching.iter().map(|figure| MatchingRow {
            month: month.clone(),
            mode: figure.mode.clone(),
            outcome: figure.outcome,
            sales: figure.sales,
            share_permille: figure.permille,
            withheld: figure.sales.is_none(),
        });
        rows.collect::<Vec<_>>()
    };
    months.iter().flat_map(of_month).collect()
}
