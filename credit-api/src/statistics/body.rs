//! What is kept and published of a month. A withheld figure is not in it.

use credit_core::grade::Grade;
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

/// Where an enterprise moved between two month ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Up,
    Same,
    Down,
    /// To or from grade N, which is neither better nor worse than any other.
    Unrated,
    /// Had no rating at the end of the month before.
    New,
}

impl Direction {
    pub const ALL: [Direction; 5] =
        [Direction::Up, Direction::Same, Direction::Down, Direction::Unrated, Direction::New];

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Direction::Up => "up",
            Direction::Same => "same",
            Direction::Down => "down",
            Direction::Unrated => "unrated",
            Direction::New => "new",
        }
    }

    /// From a grade, or nothing, to one.
    #[must_use]
    pub fn between(from: Option<Grade>, to: Grade) -> Self {
        let Some(from) = from else { return Direction::New };
        match (from.rank(), to.rank()) {
            _ if from == to => Direction::Same,
            (Some(before), Some(now)) if now > before => Direction::Up,
            (Some(_), Some(_)) => Direction::Down,
            _ => Direction::Unrated,
        }
    }
}

/// Enterprises that moved one way, whatever their grades.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectionFigure {
    pub direction: Direction,
    /// Nothing: withheld.
    pub enterprises: Option<u64>,
}

/// What came of comparing the documents of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatchOutcome {
    /// Order, money, parcel and declaration are there, and no rule fails or waits.
    Agrees,
    /// A rule fails.
    Differs,
    /// The four are there and none fails, but a rule waits for something else.
    Waiting,
    /// One of the four is not there, and no rule fails.
    Missing,
}

impl MatchOutcome {
    pub const ALL: [MatchOutcome; 4] =
        [MatchOutcome::Agrees, MatchOutcome::Differs, MatchOutcome::Waiting, MatchOutcome::Missing];

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            MatchOutcome::Agrees => "agrees",
            MatchOutcome::Differs => "differs",
            MatchOutcome::Waiting => "waiting",
            MatchOutcome::Missing => "missing",
        }
    }
}

/// Sales of a mode and outcome; without one: of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchFigure {
    /// [`UNKNOWN`] where no document says it yet.
    pub mode: Option<String>,
    pub outcome: Option<MatchOutcome>,
    /// Nothing: withheld.
    pub sales: Option<u64>,
    /// Of the sales of the mode, thousandths.
    pub permille: Option<u16>,
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
    /// Where no move could be published; nothing where moves are, for the two would give each other away.
    #[serde(default)]
    pub directions: Vec<DirectionFigure>,
    /// Nothing in a month without sales of customs messages.
    #[serde(default)]
    pub matching: Vec<MatchFigure>,
}
