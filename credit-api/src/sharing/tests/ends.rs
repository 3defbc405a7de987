//! An entry that ends by its own last day is told to have ended once, on the first day after.

use super::feed::told;
use super::*;
use crate::access::Block;
use crate::sharing::ends;
use crate::sharing::feed::{Change, Event, Kind, What};
use crate::store::DbConnection;

const DAY_MS: i64 = 86_400_000;

/// What happens, and what the feed then says of the entry.
#[derive(Clone, Copy)]
enum Step {
    /// A file with the class until this day.
    Class(&'static str),
    /// A file with the entry of the list: last day, first day on which it no longer holds.
    List(&'static str, &'static str),
    /// The worker looks, this many days later.
    Look(i64),
    /// Days on which no worker runs.
    Standstill(i64),
}

/// Steps, each with what the feed says after it.
type Way = &'static [(Step, &'static [Event])];

impl World {
    fn tell(&self) -> usize {
        ends::tell(&self.service.database, self.service.clock.as_ref()).unwrap()
    }

    fn step(&self, step: Step) {
        let one = code(1);
        match step {
            Step::Class(until) => {
                self.take(&classes(&[&format!("{one},safe,A,2025-01-01,{until},NO1")]));
            }
            Step::List(until, removed) => {
                let row = format!("{one},abnormal_operation,L1,市监局,2026-11-01,{until},{removed}");
                self.take(&lists(&[&row]));
            }
            Step::Look(days) => {
                self.pass(days * DAY_MS);
                // A second look has nothing to say.
                self.tell();
                assert_eq!(self.tell(), 0);
            }
            Step::Standstill(days) => self.pass(days * DAY_MS),
        }
    }
}

/// The zone stands on 23 November 2026.
#[test]
fn an_end_is_told_once_whatever_came_before() {
    use Event::{Began, Corrected, Ended};
    use Step::{Class, List, Look, Standstill};
    let table: &[(&str, Way)] = &[
        ("on the first day after", &[(Class("2026-11-24"), &[Began]), (Look(1), &[]), (Look(1), &[Ended])]),
        (
            "once, after days of standstill",
            &[(Class("2026-11-24"), &[Began]), (Standstill(30), &[]), (Look(0), &[Ended]), (Look(30), &[])],
        ),
        ("no end, nothing", &[(Class(""), &[Began]), (Look(900), &[])]),
        ("over when it came", &[(Class("2026-11-22"), &[Ended]), (Look(9), &[])]),
        ("told by a later file", &[(Class(""), &[Began]), (Class("2026-11-30"), &[Ended]), (Look(9), &[])]),
        (
            "a list by its own day",
            &[(List("2026-11-25", ""), &[Began]), (Look(2), &[]), (Look(1), &[Ended]), (Look(9), &[])],
        ),
        ("a list by the day of its removal", &[(List("", "2026-11-25"), &[Began]), (Look(2), &[Ended])]),
        (
            "removed before its own day",
            &[
                (List("2026-12-31", ""), &[Began]),
                (List("2026-12-31", "2026-11-23"), &[Ended]),
                (Look(60), &[]),
            ],
        ),
        (
            "the file says in its words what was told",
            &[
                (List("2026-11-24", ""), &[Began]),
                (Look(2), &[Ended]),
                (List("2026-11-24", "2026-11-25"), &[]),
                (Look(9), &[]),
            ],
        ),
        (
            "the file came before the worker looked",
            &[
                (List("2026-11-24", ""), &[Began]),
                (Standstill(2), &[]),
                (List("2026-11-24", "2026-11-25"), &[]),
                (Look(0), &[Ended]),
            ],
        ),
        (
            "it had ended earlier than was told",
            &[
                (List("2026-11-24", ""), &[Began]),
                (Look(2), &[Ended]),
                (List("2026-11-24", "2026-11-20"), &[Corrected]),
                (Look(9), &[]),
            ],
        ),
        (
            "prolonged before its end",
            &[
                (Class("2026-11-24"), &[Began]),
                (Class("2026-11-28"), &[Corrected]),
                (Look(4), &[]),
                (Look(2), &[Ended]),
            ],
        ),
        (
            "prolonged after it was told",
            &[
                (Class("2026-11-24"), &[Began]),
                (Look(2), &[Ended]),
                (Class("2026-11-28"), &[Corrected]),
                (Look(4), &[Ended]),
            ],
        ),
        (
            "without an end after all",
            &[(Class("2026-11-24"), &[Began]), (Class(""), &[Corrected]), (Look(9), &[])],
        ),
    ];
    for (case, steps) in table {
        on_both(|world| {
            world.take(&registrations(&[(1, "张三", "13812345678")]));
            for (number, (step, expected)) in steps.iter().enumerate() {
                let end = world.end();
                world.step(*step);
                let told: Vec<Event> =
                    told(&world.feed(end)).into_iter().filter_map(|(_, _, event)| event).collect();
                assert_eq!(told, *expected, "{case}, step {number}");
            }
        });
    }
}

#[test]
fn more_ends_than_one_transaction_tells_are_told_each_once_with_what_holds() {
    const MANY: u32 = 501;
    on_both(|world| {
        world.take(&registrations(&(1..=MANY).map(|one| (one, "张三", "")).collect::<Vec<_>>()));
        let class = |one: u32, until: &str| format!("{},tax,A,2025-01-01,{until},NO1", code(one));
        let rows: Vec<String> = (1..=MANY).map(|one| class(one, "2026-11-24")).collect();
        world.take(&classes(&rows.iter().map(String::as_str).collect::<Vec<_>>()));
        world.take(&classes(&[&class(7, "2026-11-25")]));
        world.pass(2 * DAY_MS);
        let end = world.end();
        assert_eq!(world.tell(), 500);
        world.pass(DAY_MS);
        assert_eq!(world.tell(), 1);
        let changes = world.feed(end);
        let ended = (Kind::ClassChanged, Block::TaxClassA, Some(Event::Ended));
        assert!(told(&changes).into_iter().all(|one| one == ended));
        let mut enterprises: Vec<&str> = changes.iter().map(|change| change.uscc.as_str()).collect();
        enterprises.sort_unstable();
        enterprises.dedup();
        assert_eq!(enterprises.len(), 501);
        let Some(Change { uscc, what: What::Class(last), .. }) = changes.last() else { panic!() };
        assert_eq!((uscc, last.valid_to.unwrap().to_string().as_str()), (&code(7), "2026-11-25"));
    });
}

#[test]
fn the_migration_finds_in_an_older_database_what_has_still_to_be_told() {
    use diesel::connection::SimpleConnection;
    const SQLITE: &str = include_str!("../../../../migrations/sqlite/2026-11-28-000023_ends/up.sql");
    const POSTGRES: &str = include_str!("../../../../migrations/postgres/2026-11-28-000023_ends/up.sql");
    on_both(|world| {
        world.take(&registrations(&(1..=6).map(|one| (one, "张三", "")).collect::<Vec<_>>()));
        let class = |one: u32, until: &str| format!("{},tax,A,2019-01-01,{until},NO1", code(one));
        world.take(&classes(&[
            &class(1, "2099-12-31"),
            &class(2, ""),
            &class(3, ""),
            &class(4, "2099-12-31"),
            &class(5, "2020-01-01"),
        ]));
        // Told by this file, and corrected by it.
        world.take(&classes(&[&class(3, "2099-12-31"), &class(4, "2099-06-30")]));
        let list = |number: &str, until: &str, removed: &str| {
            format!("{},abnormal_operation,{number},市监局,2026-11-01,{until},{removed}", code(6))
        };
        world.take(&lists(&[
            &list("L1", "2099-01-03", "2099-01-03"),
            &list("L2", "", "2099-01-03"),
            &list("L3", "", ""),
        ]));
        let mut connection = world.connection();
        let ends = |connection: &mut DbConnection| -> Vec<(String, i32)> {
            use crate::store::schema::ends;
            use diesel::prelude::*;
            let columns = (ends::natural_key, ends::last_day);
            ends::table.order(columns).select(columns).load(connection).unwrap()
        };
        let kept = ends(&mut connection);
        assert_eq!(kept.len(), 4, "{kept:?}");
        let up = match &*connection {
            DbConnection::Sqlite(_) => SQLITE,
            DbConnection::Postgres(_) => POSTGRES,
        };
        connection.batch_execute("DROP TABLE ends").unwrap();
        connection.batch_execute(up).unwrap();
        assert_eq!(ends(&mut connection), kept);
    });
}
