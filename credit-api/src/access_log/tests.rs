//! Rows in, rows out, and a row that was taken away shows.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::store::Filter;
use super::writer::AccessLog;
use super::*;
use crate::access::{Audience, Block, Decision, Outcome, Purpose, Reason};
use crate::anchoring::Anchor;
use crate::clock::Clock;
use crate::config::Config;
use crate::service::Service;
use crate::store::bulk;

/// 2026-11-23T02:00:00Z, ten in the morning in Shanghai.
const NOW_MS: i64 = 1_795_399_200_000;
const DAY_MS: i64 = 86_400_000;
const USCC: &str = "91511502MA6TEXT13K";

struct StillClock(AtomicI64);

impl Clock for StillClock {
    fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::SeqCst))
    }
}

struct World {
    service: Service,
    clock: Arc<StillClock>,
    log: AccessLog,
    _folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_string_lossy().into_owned();
        let settings = [("data", data), ("threads", "1".to_owned())];
        let config = Config::load(None, std::iter::empty(), &settings).unwrap();
        let clock = Arc::new(StillClock(AtomicI64::new(NOW_MS)));
        let service = Service::open_with(config, clock.clone()).unwrap();
        let log = AccessLog::start(service.access_log.clone());
        Self { log: log.unwrap(), service, clock, _folder: folder }
    }

    fn list(&self, filter: &Filter, before: i64, limit: i64) -> Vec<store::StoredRow> {
        store::list(&mut self.log.log().connection().unwrap(), filter, before, limit).unwrap()
    }

    fn anchor_days(&self) -> usize {
        digest::anchor_days(&self.service.database, self.log.log(), self.service.clock.as_ref()).unwrap()
    }

    fn differences(&self) -> Vec<digest::Difference> {
        let mut connection = self.service.database.connection().unwrap();
        digest::differences(&mut connection, self.log.log(), &mut |_| ()).unwrap()
    }
}

fn officer() -> Principal {
    Principal { organisation: Some("customs".into()), ..Principal::of("user:1", Audience::Customs) }
}

fn look(uscc: Option<&str>, block: Block, outcome: Outcome) -> Look {
    let decision = Decision { outcome, policy: None, consent: None };
    let purpose = Some(Purpose::Supervision);
    Look { uscc: uscc.map(Into::into), block, purpose, decision, consent: None, public: false }
}

fn of(at_ms: i64, who: &Principal, uscc: &str) -> Vec<Row> {
    let request = Request { at_ms, id: "r", principal: who, result: Some("ab".repeat(32)), status: 200 };
    rows(&request, &[look(Some(uscc), Block::Score, Outcome::Full)])
}

#[test]
fn a_request_is_one_row_for_each_enterprise_with_what_was_shown_and_what_was_not() {
    let who = officer();
    let request = Request { at_ms: NOW_MS, id: "r-1", principal: &who, result: None, status: 200 };
    let looks = [
        look(Some(USCC), Block::Grade, Outcome::GradeOnly),
        look(Some(USCC), Block::Score, Outcome::Refused(Reason::PurposeNeeded)),
        look(None, Block::Operations, Outcome::Full),
        look(Some(USCC), Block::TaxClass, Outcome::Full),
    ];
    let made = rows(&request, &looks);
    assert_eq!(made.len(), 2);
    assert_eq!(
        (made[0].shown.as_str(), made[0].refused.as_str()),
        ("grade:grade;tax_class:full", "score:purpose_required")
    );
    assert_eq!((made[1].uscc.as_deref(), made[1].shown.as_str()), (None, "operations:full"));
    assert_eq!((made[0].who.as_str(), made[0].organisation.as_deref()), ("user:1", Some("customs")));
}

#[actix_web::test]
async fn what_many_wrote_at_once_is_read_page_by_page_and_by_whom() {
    let world = World::new();
    let writes = (0..300_i64).map(|number| {
        let who = if number % 3 == 0 { Principal::of("user:2", Audience::Tax) } else { officer() };
        let uscc = if number % 2 == 0 { USCC } else { "91511504MA6TEXT21B" };
        world.log.write(of(NOW_MS + number, &who, uscc))
    });
    for outcome in futures_util::future::join_all(writes).await {
        outcome.unwrap();
    }
    let all = world.list(&Filter::default(), i64::MAX, 1_000);
    assert_eq!(all.len(), 300);
    assert!(all.is_sorted_by(|a, b| a.id > b.id));
    let mine = Filter { uscc: Some(USCC.to_owned()), who: Some("user:2".to_owned()), ..Filter::default() };
    let (mut found, mut before) = (0, i64::MAX);
    loop {
        let page = world.list(&mine, before, 7);
        let Some(last) = page.last() else { break };
        assert!(page.iter().all(|row| row.who == "user:2" && row.uscc.as_deref() == Some(USCC)));
        (found, before) = (found + page.len(), last.id);
    }
    assert_eq!(found, 50);
    let tomorrow = Filter { from_day: Some(all[0].clone().day() + 1), ..Filter::default() };
    assert_eq!(world.list(&tomorrow, i64::MAX, 10), []);
}

impl store::StoredRow {
    fn day(self) -> i32 {
        Row::from(self).day()
    }
}

#[actix_web::test]
async fn each_day_that_is_over_is_anchored_once_and_a_row_that_was_taken_away_shows() {
    let world = World::new();
    for day in [0, 1, 4] {
        for number in 0..3 {
            world.log.write(of(NOW_MS + day * DAY_MS + number, &officer(), USCC)).await.unwrap();
        }
    }
    // Nothing is over; then, five minutes after midnight of the second day, the first is.
    assert_eq!(world.anchor_days(), 0);
    world.clock.0.fetch_add(14 * 3_600_000 + 5 * 60_000 - 1, Ordering::SeqCst);
    assert_eq!(world.anchor_days(), 0);
    world.clock.0.fetch_add(1, Ordering::SeqCst);
    assert_eq!(world.anchor_days(), 1);
    world.clock.0.fetch_add(10 * DAY_MS, Ordering::SeqCst);
    assert_eq!((world.anchor_days(), world.anchor_days()), (2, 0));
    assert_eq!(world.differences(), []);

    let anchor = Anchor::open(&world.service.config, &world.service.database, &world.service.clock).unwrap();
    anchor.drain(|_| ()).unwrap();
    let store = anchor.view().store();
    let leaves = store.verify_from_genesis(&mut |_| {}).unwrap().leaves;
    let digests = (0..leaves).filter(|index| {
        let entry = ledger::entry::Entry::decode_strict(&store.entry(*index).unwrap()).unwrap();
        matches!(entry, ledger::entry::Entry::Digest { kind: ledger::entry::DigestKind::AccessLog, .. })
    });
    assert_eq!(digests.count(), 3);

    let run = |sql: &str| {
        bulk::execute(&mut world.log.log().connection().unwrap(), sql, []).unwrap();
    };
    run("DELETE FROM access_looks WHERE id = 5");
    let day = Row::from(world.list(&Filter::default(), i64::MAX, 100).pop().unwrap()).day();
    assert_eq!(world.differences(), [digest::Difference { day: day + 1, rows: 2 }]);
    run("UPDATE access_looks SET who = 'user:9' WHERE id = 1");
    assert_eq!(world.differences().len(), 2);
}

impl World {
    /// Past the wait for what is promised.
    fn run(&self, sql: &str) {
        bulk::execute(&mut self.log.log().database().connection().unwrap(), sql, []).unwrap();
    }

    fn ids(&self) -> Vec<i64> {
        let mut ids: Vec<i64> =
            self.list(&Filter::default(), i64::MAX, 1_000).iter().map(|row| row.id).collect();
        ids.reverse();
        ids
    }

    /// Another process with the same folder, after this one.
    fn again(self) -> Self {
        let Self { service, clock, log, _folder } = self;
        drop(log);
        drop(service.access_log);
        let service = Service::open_with((*service.config).clone(), clock.clone()).unwrap();
        let log = AccessLog::start(service.access_log.clone()).unwrap();
        Self { service, clock, log, _folder }
    }
}

#[actix_web::test]
async fn a_row_is_read_as_soon_as_its_answer_may_leave() {
    let world = World::new();
    for number in 1..=30 {
        world.log.write(of(NOW_MS, &officer(), USCC)).await.unwrap();
        assert_eq!(world.ids().len(), number);
    }
}

#[actix_web::test]
async fn what_the_table_could_not_take_is_there_once_after_a_restart() {
    let world = World::new();
    world.log.write(of(NOW_MS, &officer(), USCC)).await.unwrap();
    assert_eq!(world.ids(), [1]);
    world.run("ALTER TABLE access_looks RENAME TO away");
    for _ in 0..3 {
        world.log.write(of(NOW_MS, &officer(), USCC)).await.unwrap();
    }
    world.run("ALTER TABLE away RENAME TO access_looks");
    world.log.write(of(NOW_MS, &officer(), USCC)).await.unwrap();
    assert_eq!(world.ids(), [1, 2, 3, 4, 5]);

    // A row that is taken away does not lend its number to another one.
    world.run("ALTER TABLE access_looks RENAME TO away");
    world.log.write(of(NOW_MS, &officer(), USCC)).await.unwrap();
    let raw = world.log.log().database().clone();
    let closing = world.log;
    drop(closing);
    let sql = "ALTER TABLE away RENAME TO access_looks";
    bulk::execute(&mut raw.connection().unwrap(), sql, []).unwrap();
    let service = Service::open_with((*world.service.config).clone(), world.clock.clone()).unwrap();
    let log = AccessLog::start(service.access_log.clone()).unwrap();
    let world = World { service, log, ..world };
    assert_eq!(world.ids(), [1, 2, 3, 4, 5, 6]);
    world.run("DELETE FROM access_looks WHERE id = 6");
    let world = world.again();
    world.log.write(of(NOW_MS, &officer(), USCC)).await.unwrap();
    assert_eq!(world.ids(), [1, 2, 3, 4, 5, 7]);
}

#[actix_web::test]
async fn a_full_journal_file_is_left_for_the_other_one_and_written_again() {
    let world = World::new();
    let long = Row { request: "r".repeat(4_096), ..of(NOW_MS, &officer(), USCC).remove(0) };
    // Some 50 MB of rows.
    for _ in 0..60 {
        world.log.write(vec![long.clone(); 200]).await.unwrap();
    }
    let mut connection = world.log.log().connection().unwrap();
    let count = "SELECT COUNT(*) AS number FROM access_looks WHERE LENGTH(request) = 4096";
    let found: Vec<store::Number> = bulk::load(&mut connection, count, []).unwrap();
    assert_eq!(found[0].number, 12_000);
    drop(connection);
    let folder = world.service.config.data.clone();
    for name in journal::NAMES {
        assert_eq!(std::fs::metadata(folder.join(name)).unwrap().len(), 8 << 20);
    }
    assert!(AccessLog::start(world.service.access_log.clone()).is_err(), "one process has the log");
    drop(world.log);
    assert_eq!(journal::Journal::open(&folder).unwrap().1, []);
}
