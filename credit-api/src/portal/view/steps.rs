//! The step line: score and grade over time, with numbered events.

use chrono::{Datelike, Months, NaiveDate};

use super::{BandView, Percent, share};
use crate::portal::texts::Texts;

/// Height of the drawing in pixels.
const HEIGHT: i64 = 180;
/// Height of the strip of dates under it.
const DATES: i64 = 22;
/// Height of one row of event numbers, under the dates.
const EVENT_ROW: i64 = 22;
/// Dates between the first and the last, at most.
const TICKS_MAX: usize = 6;
/// Months between two of them; the smallest that gives no more than [`TICKS_MAX`].
const TICK_MONTHS: [u32; 7] = [1, 2, 3, 6, 12, 24, 60];
/// Left and right of these, in thousandths of the width, stand the first and the last date.
const TICKS_FROM: u16 = 130;
const TICKS_TO: u16 = 870;
/// Event numbers nearer than this, in thousandths of the width, take different rows.
const EVENT_GAP: u16 = 70;
/// Width of a label on a narrow screen, in thousandths.
const LABEL_WIDTH: u16 = 160;
/// Height of a label in pixels.
const LABEL_HEIGHT: i64 = 18;
/// Labels begin before this, in thousandths of the width: they end inside the drawing.
const LABELS_END: u16 = 840;
/// From a line to the baseline of its label, above and below.
const LABEL_ABOVE: i64 = -7;
const LABEL_BELOW: i64 = 16;
/// Room above and below the line, in points of score.
const MARGIN: u16 = 30;

/// A rating from its day until the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepView {
    pub on: NaiveDate,
    pub score: u16,
    pub grade: String,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    Penalty,
    Repair,
    Listing,
    Delisting,
    Appeal,
    RuleChange,
    GradeChange,
}

impl EventKind {
    #[must_use]
    pub fn words(self, texts: &Texts) -> &'static str {
        match self {
            EventKind::Penalty => texts.ev_penalty,
            EventKind::Repair => texts.ev_repair,
            EventKind::Listing => texts.ev_listing,
            EventKind::Delisting => texts.ev_delisting,
            EventKind::Appeal => texts.ev_appeal,
            EventKind::RuleChange => texts.ev_rule,
            EventKind::GradeChange => texts.ev_grade,
        }
    }
}

/// One event on the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventView {
    pub on: NaiveDate,
    pub kind: EventKind,
    pub words: String,
}

/// The history of an enterprise's ratings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepLineView {
    /// Oldest first.
    pub steps: Vec<StepView>,
    /// Oldest first; numbered in this order.
    pub events: Vec<EventView>,
    /// Right end of the drawing.
    pub until: NaiveDate,
    pub bands: Vec<BandView>,
}

/// A horizontal piece of the line, and the riser to the next one.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece {
    pub from: Percent,
    pub to: Percent,
    pub y: i64,
    /// Height of the next piece; none for the last.
    pub next_y: Option<i64>,
    /// Score and grade, written at the piece's start when there is room; never for the last piece, whose label
    /// stands beside the drawing.
    pub label: Option<String>,
    /// Baseline of the label: on the side to which the line does not go next.
    pub label_y: i64,
}

/// A band's floor inside the drawing.
#[derive(Debug, PartialEq, Eq)]
pub struct Floor<'a> {
    /// Empty where the last label covers it.
    pub code: &'a str,
    pub y: i64,
    /// Baseline of the code, under which the line is.
    pub text_y: i64,
}

/// Score and grade of the last piece, beside its end.
#[derive(Debug, PartialEq, Eq)]
pub struct Ending {
    pub label: String,
    pub y: i64,
    pub text_y: i64,
}

/// A date under the drawing.
#[derive(Debug, PartialEq, Eq)]
pub struct Tick {
    pub x: Percent,
    /// Year and month.
    pub words: String,
}

/// A numbered mark.
#[derive(Debug, PartialEq, Eq)]
pub struct Mark {
    pub number: usize,
    pub x: Percent,
    pub y: i64,
    pub text_y: i64,
}

impl StepLineView {
    /// A line needs two ratings.
    #[must_use]
    pub fn can_draw(&self) -> bool {
        self.steps.len() > 1
    }

    #[must_use]
    pub fn base(&self) -> i64 {
        HEIGHT
    }

    /// Baseline of the dates.
    #[must_use]
    pub fn dates_y(&self) -> i64 {
        HEIGHT + DATES - 6
    }

    /// Height of drawing, dates and event numbers.
    #[must_use]
    pub fn height(&self) -> i64 {
        let last = self.marks().iter().map(|mark| mark.y).max();
        last.map_or(HEIGHT + DATES, |y| y + EVENT_ROW / 2)
    }

    /// First days of months between both ends.
    #[must_use]
    pub fn ticks(&self) -> Vec<Tick> {
        let ticks = TICK_MONTHS.map(|months| self.ticks_every(months));
        ticks.into_iter().find(|ticks| ticks.len() <= TICKS_MAX).unwrap_or_default()
    }

    /// Counted in months of the calendar, so that every third month is the first of a quarter.
    fn ticks_every(&self, months: u32) -> Vec<Tick> {
        let Some(first) = self.first_day() else { return Vec::new() };
        let january = NaiveDate::from_ymd_opt(first.year(), 1, 1);
        let days = std::iter::successors(january, |day| day.checked_add_months(Months::new(months)));
        days.take_while(|day| *day <= self.until)
            .filter(|day| first <= *day)
            .map(|day| Tick { x: self.x(day), words: day.format("%Y-%m").to_string() })
            .filter(|tick| (TICKS_FROM..=TICKS_TO).contains(&tick.x.0))
            .collect()
    }

    #[must_use]
    pub fn ending(&self) -> Option<Ending> {
        let last = self.steps.last()?;
        let y = self.y(last.score);
        Some(Ending { label: label(last), y, text_y: y + 4 })
    }

    #[must_use]
    pub fn first_day(&self) -> Option<NaiveDate> {
        self.steps.first().map(|step| step.on)
    }

    #[must_use]
    pub fn pieces(&self) -> Vec<Piece> {
        let ends = self.steps.iter().skip(1).map(Some).chain([None]);
        let mut room_from = 0;
        self.steps
            .iter()
            .zip(ends)
            .map(|(step, next)| {
                let (from, y) = (self.x(step.on), self.y(step.score));
                let next_y = next.map(|next| self.y(next.score));
                let fits = next.is_some() && from.0 >= room_from && from.0 <= LABELS_END;
                if fits {
                    room_from = from.0 + LABEL_WIDTH;
                }
                let rises = next_y.is_some_and(|next| next < y);
                Piece {
                    from,
                    to: next.map_or(Percent(1000), |next| self.x(next.on)),
                    y,
                    next_y,
                    label: fits.then(|| label(step)),
                    label_y: y + if rises { LABEL_BELOW } else { LABEL_ABOVE },
                }
            })
            .collect()
    }

    /// The band floors that the drawing shows.
    #[must_use]
    pub fn floors(&self) -> Vec<Floor<'_>> {
        let (low, high) = self.range();
        let last = self.steps.last().map(|step| self.y(step.score));
        self.bands
            .iter()
            .filter(|band| (low + 1..high).contains(&band.floor))
            .map(|band| {
                let y = self.y(band.floor);
                // Code and last label both stand beside the drawing; the label says more.
                let is_covered = last.is_some_and(|last| (last - y).abs() < LABEL_HEIGHT);
                Floor { code: if is_covered { "" } else { &band.code }, y, text_y: y - 4 }
            })
            .collect()
    }

    /// Events under the line, on as many rows as they need not to cover one another.
    #[must_use]
    pub fn marks(&self) -> Vec<Mark> {
        let mut row_ends: Vec<u16> = Vec::new();
        self.events
            .iter()
            .enumerate()
            .map(|(at, event)| {
                let x = self.x(event.on);
                let free = row_ends.iter().position(|end| x.0 >= end.saturating_add(EVENT_GAP));
                let row = free.unwrap_or(row_ends.len());
                match row_ends.get_mut(row) {
                    Some(end) => *end = x.0,
                    None => row_ends.push(x.0),
                }
                let y = HEIGHT + DATES + EVENT_ROW * i64::try_from(row).unwrap_or(0) + EVENT_ROW / 2;
                Mark { number: at + 1, x, y, text_y: y + 4 }
            })
            .collect()
    }

    /// Lowest and highest score drawn.
    fn range(&self) -> (u16, u16) {
        let scores = || self.steps.iter().map(|step| step.score);
        let low = scores().min().unwrap_or(0).saturating_sub(MARGIN);
        let high = scores().max().unwrap_or(0).saturating_add(MARGIN);
        (low, high.max(low + 1))
    }

    fn y(&self, score: u16) -> i64 {
        let (low, high) = self.range();
        let above = i64::from(score.clamp(low, high) - low);
        HEIGHT - above * HEIGHT / i64::from(high - low)
    }

    /// Days left of the first rating or right of the end are drawn at the edge.
    fn x(&self, day: NaiveDate) -> Percent {
        let Some(first) = self.first_day() else { return Percent(0) };
        share((day - first).num_days(), (self.until - first).num_days())
    }
}

fn label(step: &StepView) -> String {
    format!("{} {}", step.grade, step.score)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn line(steps: &[(&str, u16)], events: &[&str]) -> StepLineView {
        StepLineView {
            steps: steps
                .iter()
                .map(|(on, score)| StepView { on: day(on), score: *score, grade: "A".to_owned() })
                .collect(),
            events: events
                .iter()
                .map(|on| EventView { on: day(on), kind: EventKind::Penalty, words: "x".to_owned() })
                .collect(),
            until: day("2026-01-11"),
            bands: vec![BandView { code: "A".to_owned(), floor: 780 }],
        }
    }

    #[test]
    fn pieces_join_from_left_to_right() {
        let line = line(&[("2026-01-01", 800), ("2026-01-06", 760)], &[]);
        let pieces = line.pieces();
        assert_eq!((pieces[0].from, pieces[0].to, pieces[1].to), (Percent(0), Percent(500), Percent(1000)));
        assert_eq!(pieces[0].next_y, Some(pieces[1].y));
        assert!(pieces[0].y < pieces[1].y, "a lower score is drawn lower");
        assert_eq!(line.floors().len(), 1);
    }

    #[test]
    fn a_label_is_on_the_side_to_which_the_line_does_not_go() {
        let line = line(&[("2026-01-01", 800), ("2026-01-04", 760), ("2026-01-07", 790)], &[]);
        let pieces = line.pieces();
        assert!(pieces[0].label_y < pieces[0].y && pieces[1].label_y > pieces[1].y);
        assert_eq!((pieces[2].label.as_deref(), line.ending().unwrap().label.as_str()), (None, "A 790"));
    }

    #[test]
    fn dates_are_few_and_keep_clear_of_both_ends() {
        for (from, until) in
            [("2025-11-30", "2026-11-30"), ("2019-03-05", "2026-11-30"), ("2026-10-02", "2026-11-30")]
        {
            let line = StepLineView { until: day(until), ..line(&[(from, 800), (until, 760)], &[]) };
            let ticks = line.ticks();
            assert!((1..=TICKS_MAX).contains(&ticks.len()), "{from}: {ticks:?}");
            assert!(ticks.iter().all(|tick| (TICKS_FROM..=TICKS_TO).contains(&tick.x.0)));
        }
    }

    #[test]
    fn events_of_one_day_do_not_cover_one_another() {
        let line = line(&[("2026-01-01", 800)], &["2026-01-05", "2026-01-05", "2026-01-09"]);
        let marks = line.marks();
        assert_ne!(marks[0].y, marks[1].y);
        assert_eq!(marks[0].y, marks[2].y);
    }

    #[test]
    fn a_line_of_nothing_or_of_one_day_is_drawn_without_harm() {
        assert!(line(&[], &["2026-01-05"]).pieces().is_empty());
        let one = line(&[("2026-01-11", 0)], &["2020-01-01"]);
        assert_eq!(one.pieces()[0].from, Percent(0));
        assert_eq!(one.marks()[0].x, Percent(0));
        assert!(!one.can_draw());
    }
}
