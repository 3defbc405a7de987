//! The clocks of a case at an hour, computed from its steps and the calendar at hand.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::deadlines::{Nature, Unit};
use super::engine::Case;
use super::service::{Service, service};
use super::step::{Met, Since, Started, Step};
use super::words::{Clock, Role, Verb};
use crate::calendar::{Deadline, WorkingDays};
use crate::dates::{Moment, add_months};

/// When a clock ends: by its own term, by its outer bound, and from which service it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    pub own: Deadline,
    pub outer: Option<(Clock, Deadline)>,
    pub service: Option<Service>,
}

impl Due {
    /// The end that counts: the earlier one. Provisional when one of the two is.
    #[must_use]
    pub fn end(&self) -> Deadline {
        let outer = self.outer.map_or(self.own, |(_, deadline)| deadline);
        Deadline {
            date: self.own.date.min(outer.date),
            provisional: self.own.provisional || outer.provisional,
        }
    }
}

/// How a clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    Running,
    /// It ends soon.
    Reminder,
    /// The duty is past its end.
    Overdue,
    /// And so long that somebody above is told.
    Escalated,
    /// A window that is past its end; what follows from it can be done.
    Over,
    /// The duty was done in time.
    Met,
    /// The duty was done late.
    MetLate,
    /// A window that a step closed.
    Ended,
}

/// One clock of a case at an hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClockView {
    pub clock: Clock,
    /// The step that started it.
    pub step: u32,
    pub nature: Nature,
    pub owed_by: Role,
    /// The day from which it runs, itself not counted.
    pub runs_from: NaiveDate,
    /// What extensions have added, in its unit.
    pub extended: u16,
    pub due: Due,
    /// [`Due::end`]: the day that counts.
    pub end: Deadline,
    pub remind_on: NaiveDate,
    pub escalate_on: NaiveDate,
    pub state: ClockState,
    pub stopped_on: Option<NaiveDate>,
}

impl ClockView {
    #[must_use]
    pub const fn is_running(&self) -> bool {
        self.stopped_on.is_none()
    }

    /// It belongs on the overdue board.
    #[must_use]
    pub fn is_overdue(&self) -> bool {
        matches!(self.state, ClockState::Overdue | ClockState::Escalated)
    }
}

/// A clock from its start to its stop.
pub(super) struct Run<'a> {
    started: &'a Started,
    step: u32,
    posted: Moment,
    extended: u16,
    read: Option<Moment>,
    stopped: Option<(&'a Met, Moment)>,
}

pub(super) fn runs(steps: &[Step]) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for step in steps {
        for run in runs.iter_mut().filter(|run| run.stopped.is_none()) {
            if step.verb == Verb::Read && run.read.is_none() {
                run.read = Some(step.at);
            }
            for extended in step.extends.iter().filter(|extended| extended.clock == run.started.clock) {
                run.extended = run.extended.saturating_add(extended.by);
            }
            if let Some(met) = step.stops.iter().find(|met| met.clock == run.started.clock) {
                run.stopped = Some((met, step.at));
            }
        }
        runs.extend(step.starts.iter().map(|started| Run {
            started,
            step: step.number,
            posted: step.at,
            extended: 0,
            read: None,
            stopped: None,
        }));
    }
    runs
}

/// The last day of a term that runs from `from`.
#[must_use]
pub fn term_end(calendar: &WorkingDays, from: NaiveDate, count: u16, unit: Unit, rolls: bool) -> Deadline {
    let last_day = match unit {
        Unit::WorkingDays => return calendar.add_working_days(from, count),
        Unit::CalendarDays => from.checked_add_days(Days::new(u64::from(count))).unwrap_or(NaiveDate::MAX),
        Unit::Months => add_months(from, i32::from(count)),
    };
    if rolls { calendar.roll_forward(last_day) } else { Deadline { date: last_day, provisional: false } }
}

fn own_end(run: &Run<'_>, calendar: &WorkingDays, now: Moment) -> (NaiveDate, Option<Service>, Deadline) {
    let served = match run.started.from {
        Since::Step => None,
        Since::Service { deemed_after } => Some(service(run.posted, run.read, deemed_after, calendar, now)),
    };
    let from = served.map_or_else(|| run.posted.shanghai_date(), |service| service.on);
    let count = run.started.count.saturating_add(run.extended);
    let mut end = term_end(calendar, from, count, run.started.unit, run.started.rolls);
    end.provisional |= served.is_some_and(|service| service.provisional);
    (from, served, end)
}

fn due_of(run: &Run<'_>, runs: &[Run<'_>], calendar: &WorkingDays, now: Moment) -> (NaiveDate, Due) {
    let (from, service, own) = own_end(run, calendar, now);
    // The outer bound of the same round: the last one begun when this clock began.
    let outer = run
        .started
        .within
        .and_then(|clock| {
            runs.iter().rev().find(|other| other.started.clock == clock && other.step <= run.step)
        })
        .map(|other| {
            let end = other.stopped.map_or_else(|| own_end(other, calendar, now).2, |(met, _)| met.due.own);
            (other.started.clock, end)
        });
    (from, Due { own, outer, service })
}

/// When a clock that runs is due; None when it does not run.
pub(super) fn due_now(steps: &[Step], clock: Clock, calendar: &WorkingDays, now: Moment) -> Option<Due> {
    let runs = runs(steps);
    let run = runs.iter().rev().find(|run| run.started.clock == clock && run.stopped.is_none())?;
    Some(due_of(run, &runs, calendar, now).1)
}

/// What is known of a clock that runs: what an extension would add to it.
pub(super) fn extension_of(steps: &[Step], clock: Clock) -> Option<u16> {
    let runs = runs(steps);
    let run = runs.iter().rev().find(|run| run.started.clock == clock && run.stopped.is_none())?;
    Some(run.started.extension)
}

/// All clocks of a case in the order in which they started. A stopped clock keeps the end that was known when it
/// stopped; a running one is computed with the calendar at hand.
#[must_use]
pub fn clocks_of(steps: &[Step], calendar: &WorkingDays, now: Moment) -> Vec<ClockView> {
    let runs = runs(steps);
    runs.iter().map(|run| view(run, &runs, calendar, now)).collect()
}

fn view(run: &Run<'_>, runs: &[Run<'_>], calendar: &WorkingDays, now: Moment) -> ClockView {
    let (mut runs_from, mut due) = due_of(run, runs, calendar, now);
    if let Some((met, _)) = run.stopped {
        due = met.due;
        runs_from = due.service.map_or(runs_from, |service| service.on);
    }
    let end = due.end();
    let stopped_on = run.stopped.map(|(_, at)| at.shanghai_date());
    let remind_on = calendar.working_day_before(end.date, run.started.remind).max(runs_from);
    let escalate_on = calendar.add_working_days(end.date, run.started.escalate).date;
    let today = now.shanghai_date();
    let state = match (run.started.nature, stopped_on) {
        (Nature::Window, Some(_)) => ClockState::Ended,
        (Nature::Duty, Some(day)) if day > end.date => ClockState::MetLate,
        (Nature::Duty, Some(_)) => ClockState::Met,
        (Nature::Window, None) if today > end.date => ClockState::Over,
        (Nature::Duty, None) if today > end.date && today >= escalate_on => ClockState::Escalated,
        (Nature::Duty, None) if today > end.date => ClockState::Overdue,
        (_, None) if today >= remind_on => ClockState::Reminder,
        (_, None) => ClockState::Running,
    };
    ClockView {
        clock: run.started.clock,
        step: run.step,
        nature: run.started.nature,
        owed_by: run.started.owed_by,
        runs_from,
        extended: run.extended,
        due,
        end,
        remind_on,
        escalate_on,
        state,
        stopped_on,
    }
}

/// What is overdue in these cases, with the id of the case: escalated first, then by how long it is overdue.
#[must_use]
pub fn overdue_board(cases: &[Case<'_>], calendar: &WorkingDays, now: Moment) -> Vec<(String, ClockView)> {
    let of = |case: &Case<'_>| {
        let views = clocks_of(case.steps, calendar, now).into_iter().filter(ClockView::is_overdue);
        views.map(|view| (case.id.to_owned(), view)).collect::<Vec<_>>()
    };
    let mut board: Vec<(String, ClockView)> = cases.iter().flat_map(of).collect();
    board.sort_by_key(|(id, view)| (view.state != ClockState::Escalated, view.end.date, id.clone()));
    board
}

/// The next day on which a clock that runs changes how it stands: a reminder, the day after an end, an escalation.
/// A worker need not look at the case before, unless a calendar or a step arrives.
#[must_use]
pub fn next_change(views: &[ClockView], today: NaiveDate) -> Option<NaiveDate> {
    let running = views.iter().filter(|view| view.is_running());
    let days =
        running.flat_map(|view| [Some(view.remind_on), view.end.date.succ_opt(), Some(view.escalate_on)]);
    days.flatten().filter(|day| *day > today).min()
}
