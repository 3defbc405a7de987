//! 送达: when a notice has reached somebody.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::calendar::{Deadline, WorkingDays};
use crate::dates::Moment;

/// The service of one notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    pub posted_on: NaiveDate,
    /// The day from which clocks run: read, or deemed served.
    pub on: NaiveDate,
    /// It was read, before it would have been deemed served.
    pub read: bool,
    /// Neither read nor deemed served so far, or deemed served in a year whose calendar is not published: the day
    /// may still move.
    pub provisional: bool,
}

/// Served on the day of reading, or `deemed_after` working days after posting, whichever is earlier.
#[must_use]
pub fn service(
    posted: Moment,
    read: Option<Moment>,
    deemed_after: u16,
    calendar: &WorkingDays,
    now: Moment,
) -> Service {
    let posted_on = posted.shanghai_date();
    let deemed: Deadline = calendar.add_working_days(posted_on, deemed_after);
    let read_on = read.map(Moment::shanghai_date).filter(|day| *day <= deemed.date);
    match read_on {
        Some(on) => Service { posted_on, on, read: true, provisional: false },
        None => Service {
            posted_on,
            on: deemed.date,
            read: false,
            provisional: deemed.provisional || now.shanghai_date() < deemed.date,
        },
    }
}
