//! The entry of the watch list that a case of its kind is, once it took effect.

use chrono::NaiveDate;

use super::clocks::clocks_of;
use super::step::Step;
use super::words::{Clock, State};
use crate::calendar::WorkingDays;
use crate::dates::Moment;

/// An entry of the zone's watch list, from the day of its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatchEntry {
    /// The day on which the decision reached the enterprise, or was deemed to.
    pub effective_on: NaiveDate,
    /// The last day in force, unless it was released before: what the clock [`Clock::WatchExpiry`] says.
    pub last_day: NaiveDate,
    /// It was prolonged, which is possible once.
    pub renewed: bool,
    /// The day of its release, on which it is no longer in force.
    pub released_on: Option<NaiveDate>,
}

impl WatchEntry {
    /// The entry that these steps of a case of the kind `list_entry` have made; none before it took effect. Steps of
    /// a time give what was known then.
    #[must_use]
    pub fn of(steps: &[Step], calendar: &WorkingDays, now: Moment) -> Option<Self> {
        let clock =
            clocks_of(steps, calendar, now).into_iter().find(|clock| clock.clock == Clock::WatchExpiry)?;
        let released = steps.iter().find(|step| step.to == State::Released);
        Some(Self {
            effective_on: clock.runs_from,
            last_day: clock.end.date,
            renewed: clock.extended > 0,
            released_on: released.map(|step| step.at.shanghai_date()),
        })
    }

    /// Whether it is in force on a day, whether or not anybody has noted its end.
    #[must_use]
    pub fn is_in_force(&self, day: NaiveDate) -> bool {
        (self.effective_on..=self.last_day).contains(&day) && self.released_on.is_none_or(|end| day < end)
    }
}
