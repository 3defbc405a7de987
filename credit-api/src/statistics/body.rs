//! What is kept and published of a month. A withheld figure is not in it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// By what trade is broken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Customs supervision mode.
    Mode,
    Direction,
    Country,
    /// Chapter of the Harmonized System: the first two digits of the code.
    HsChapter,
    /// Grade of the merchant at the end of the month.
    Grade,
}

impl By {
    pub const ALL: [By; 5] = [By::Mode, By::Direction, By::Country, By::HsChapter, By::Grade];

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            By::Mode => "mode",
            By::Direction => "direction",
            By::Country => "country",
            By::HsChapter => "hs_chapter",
            By::Grade => "grade",
        }
    }
}

/// Code of all that are not named one by one.
pub const OTHER: &str = "other";
/// Code of what the orders do not say, and of merchants without a rating.
pub const UNKNOWN: &str = "unknown";
/// Code of enterprises that had no rating at the end of the month before.
pub const NEW: &str = "new";

/// Orders and what they come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traded {
    pub orders: u64,
    /// 分.
    pub amount: u64,
}

/// A figure of trade; without `by` the whole month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeFigure {
    pub by: Option<By>,
    pub code: String,
    /// Nothing: withheld.
    pub traded: Option<Traded>,
    /// Of the month's amount, thousandths.
    pub permille: Option<u16>,
}

/// Enterprises of a kind and grade; without one: of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountFigure {
    /// `E1` to `E4`.
    pub kind: Option<String>,
    pub grade: Option<String>,
    /// Nothing: withheld.
    pub enterprises: Option<u64>,
}

/// Enterprises that had one grade at the end of the month before and have one now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveFigure {
    /// A grade, or [`NEW`].
    pub from: String,
    pub to: String,
    /// Nothing: withheld.
    pub enterprises: Option<u64>,
}

/// A month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct MonthBody {
    pub trade: Vec<TradeFigure>,
    /// Orders that were delivered, and that were returned, of all, thousandths.
    pub delivered_permille: Option<u16>,
    pub returned_permille: Option<u16>,
    pub enterprises: Vec<CountFigure>,
    pub moves: Vec<MoveFigure>,
}
