//! A month's figures as tables, each with a chart of the same numbers.

use super::{Choice, Percent, share};

/// One row of a table, and its bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BarLine {
    pub words: String,
    /// What stands beside the bar, where the words are too long for it.
    pub short: String,
    /// Digits in groups; nothing: withheld.
    pub orders: Option<String>,
    pub amount: Option<String>,
    /// Such as `12.3 %`.
    pub share: Option<String>,
    /// Of the largest of the table.
    pub part: Percent,
}

/// Where bars begin, thousandths of the chart's width; the words stand before them.
const BARS_FROM: u16 = 240;

impl BarLine {
    #[must_use]
    pub fn start(&self) -> Percent {
        Percent(BARS_FROM)
    }

    /// The largest reaches the end of the chart.
    #[must_use]
    pub fn length(&self) -> Percent {
        share(i64::from(self.part.0) * i64::from(1_000 - BARS_FROM), 1_000_000)
    }
}

/// A table with its chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartView {
    pub id: &'static str,
    pub title: &'static str,
    /// What a line is.
    pub of: &'static str,
    pub lines: Vec<BarLine>,
}

/// Height of a bar's line, pixels.
const LINE: usize = 26;
/// From the top of a line to the foot of its words, and to the top of its bar.
const WORDS_AT: usize = 18;
const BAR_AT: usize = 8;

impl ChartView {
    /// Pixels.
    #[must_use]
    pub fn height(&self) -> usize {
        self.lines.len() * LINE
    }

    /// Each line with where its words and its bar are.
    #[must_use]
    pub fn placed(&self) -> Vec<(usize, usize, &BarLine)> {
        self.lines
            .iter()
            .enumerate()
            .map(|(at, line)| (at * LINE + WORDS_AT, at * LINE + BAR_AT, line))
            .collect()
    }
}

/// A table with rows and columns. A cell without a number is withheld.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixView {
    pub columns: Vec<String>,
    pub rows: Vec<(String, Vec<Option<u64>>)>,
}

/// What comparing the documents of sales found: a bar for each outcome, and beside it the outcomes by mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchingView {
    pub chart: ChartView,
    pub table: MatrixView,
    /// Of each row, such as `12.3 %`.
    pub shares: Vec<Option<String>>,
}

impl MatchingView {
    /// The rows of the table, each with its share.
    pub fn lines(&self) -> impl Iterator<Item = (&(String, Vec<Option<u64>>), &Option<String>)> {
        self.table.rows.iter().zip(&self.shares)
    }
}

/// A month's figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthView {
    pub month: String,
    pub made: String,
    pub is_current: bool,
    pub orders: Option<String>,
    pub amount: Option<String>,
    pub delivered: Option<String>,
    pub returned: Option<String>,
    /// The months up to this one, then each way to break this one down.
    pub charts: Vec<ChartView>,
    pub enterprises: MatrixView,
    pub moves: Option<MatrixView>,
    /// Where moves went, of a month that has no table of moves; empty: not published either.
    pub directions: Vec<(&'static str, Option<u64>)>,
    /// Nothing in a month without sales of customs messages.
    pub matching: Option<MatchingView>,
}

/// The page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatisticsView {
    pub months: Vec<Choice>,
    pub is_month_wrong: bool,
    /// Whether the rules publish figures of the zone at all.
    pub is_public: bool,
    pub month: Option<MonthView>,
    /// Of the files: first and last month.
    pub span: (String, String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_begin_beside_the_words_and_the_largest_ends_with_the_chart() {
        let line = |part| BarLine {
            words: String::new(),
            short: String::new(),
            orders: None,
            amount: None,
            share: None,
            part: Percent(part),
        };
        assert_eq!((line(1000).start(), line(1000).length()), (Percent(240), Percent(760)));
        assert_eq!((line(500).length(), line(0).length()), (Percent(380), Percent(0)));
    }
}
