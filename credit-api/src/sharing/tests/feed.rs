//! Every change once, with its values, in the order of commit.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use super::*;
use crate::access::Block;
use crate::sharing::feed::{
    Change, Event, Kind, NewChange, RatingChange, What, after, after_of, append, last,
};
use crate::store::{Lane, StoreError, write};

/// Long enough for a transaction that does not have to wait.
const SOON: Duration = Duration::from_millis(300);
const IN_ANY_CASE: Duration = Duration::from_secs(300);

impl World {
    pub(super) fn feed(&self, seq: i64) -> Vec<Change> {
        after(&mut self.connection(), seq, 1_000).unwrap()
    }

    pub(super) fn end(&self) -> i64 {
        last(&mut self.connection()).unwrap()
    }
}

pub(super) fn told(changes: &[Change]) -> Vec<(Kind, Block, Option<Event>)> {
    let event = |what: &What| match what {
        What::List(change) => Some(change.event),
        What::Class(change) => Some(change.event),
        _ => None,
    };
    changes.iter().map(|change| (change.kind, change.block, event(&change.what))).collect()
}

#[test]
fn classes_and_lists_begin_end_and_are_corrected() {
    on_both(|world| {
        world.take(&registrations(&[(1, "张三", "13812345678")]));
        assert_eq!(world.feed(0), []);
        let one = code(1);
        let first = world.take(&classes(&[
            &format!("{one},customs,REG,2025-01-01,,NO1"),
            &format!("{one},tax,B,2025-01-01,,NO2"),
            &format!("{one},safe,C,2020-01-01,2020-12-31,NO3"),
        ]));
        let began = world.feed(0);
        assert_eq!(
            told(&began),
            [
                (Kind::ClassChanged, Block::CustomsClass, Some(Event::Began)),
                (Kind::ClassChanged, Block::TaxClass, Some(Event::Began)),
                (Kind::ClassChanged, Block::SafeClass, Some(Event::Ended)),
            ]
        );
        assert!(began.iter().all(|change| change.uscc == one && change.cause == first.batch_id));
        let known = world.clock.now().0;

        // The customs class ends as one more fact of it; that of tax had been another one all the time.
        let end = world.end();
        world.take(&classes(&[
            &format!("{one},customs,REG,2025-01-01,2026-11-01,NO1"),
            &format!("{one},tax,A,2025-01-01,,NO2"),
            &format!("{one},safe,C,2020-01-01,2020-12-31,NO3"),
        ]));
        let changed = world.feed(end);
        assert_eq!(
            told(&changed),
            [
                (Kind::ClassChanged, Block::CustomsClass, Some(Event::Ended)),
                (Kind::ClassChanged, Block::TaxClassA, Some(Event::Corrected)),
                (Kind::RecordCorrected, Block::TaxClass, None),
            ]
        );
        assert_eq!(changed[2].since_ms, Some(known));
        let What::Record(correction) = &changed[2].what else { panic!("{:?}", changed[2]) };
        assert_eq!((&correction.batch, &correction.key[0]), (&first.batch_id, &one));

        let end = world.end();
        world.take(&lists(&[&format!("{one},abnormal_operation,L1,市监局,2026-11-01,,")]));
        world.take(&lists(&[&format!("{one},abnormal_operation,L1,市监局,2026-11-01,,2026-11-20")]));
        world.take(&lists(&[&format!("{one},abnormal_operation,L1,市监局,2026-10-01,,2026-11-20")]));
        assert_eq!(
            told(&world.feed(end)),
            [
                (Kind::ListChanged, Block::Lists, Some(Event::Began)),
                (Kind::ListChanged, Block::Lists, Some(Event::Ended)),
                (Kind::ListChanged, Block::Lists, Some(Event::Corrected)),
                (Kind::RecordCorrected, Block::Lists, None),
            ]
        );
    });
}

#[test]
fn a_later_row_corrects_the_block_in_which_the_earlier_one_stood() {
    on_both(|world| {
        world.take(&registrations(&[(1, "张三", "13812345678"), (2, "李四", "13900000000")]));
        let one = code(1);
        let penalty = |kind: &str, fine: &str, repaired: &str| {
            format!("宜宾试验1号,{one},P1,{kind},{fine},2026-09-01,2027-09-01,市监局,111,{repaired}")
        };
        world.take(&penalties(&[&penalty("罚款", "3", "")]));
        assert_eq!(world.feed(0), []);
        world.take(&penalties(&[&penalty("警告", "", "")]));
        world.take(&penalties(&[&penalty("警告", "", "2026-11-01")]));
        world.take(&penalties(&[&penalty("警告", "", "2026-11-02")]));
        // Twice in one file: only what an earlier file had said was ever seen.
        world.take(&penalties(&[&penalty("警告", "", "2026-11-03"), &penalty("警告", "", "2026-11-04")]));
        let blocks: Vec<Block> = world.feed(0).iter().map(|change| change.block).collect();
        assert_eq!(
            blocks,
            [Block::Penalties, Block::MinorDishonesty, Block::PastPenalties, Block::PastPenalties]
        );

        let end = world.end();
        world.take(&registrations(&[(1, "王五", "13812345678"), (2, "李四", "13911111111")]));
        let changes = world.feed(end);
        assert_eq!(
            told(&changes),
            [
                (Kind::RecordCorrected, Block::LegalRepresentative, None),
                (Kind::RecordCorrected, Block::Contact, None),
            ]
        );
        assert_eq!(changes[1].uscc, code(2));
        let own = after_of(&mut world.connection(), &[code(2)], 0, 10).unwrap();
        assert_eq!(own, changes[1..]);
    });
}

#[test]
fn a_rating_is_told_with_the_one_before_and_as_corrected_when_its_records_were() {
    on_both(|world| {
        world.take(&registrations(&[(1, "张三", "13812345678")]));
        world.evaluate([1]);
        let ratings = world.feed(0);
        assert_eq!(told(&ratings), [(Kind::RatingChanged, Block::Grade, None)]);
        let What::Rating(RatingChange { seq: 1, previous: None, .. }) = ratings[0].what else {
            panic!("{:?}", ratings[0])
        };

        // News changes the rating; nothing was wrong with the one before.
        let one = code(1);
        let penalty =
            |fine: &str| format!("宜宾试验1号,{one},P1,罚款,{fine},2026-09-01,2027-09-01,市监局,111,");
        let end = world.end();
        world.take(&penalties(&[&penalty("30")]));
        world.pass(60_000);
        world.evaluate([1]);
        assert_eq!(told(&world.feed(end)), [(Kind::RatingChanged, Block::Grade, None)]);
        let wrong_from = world.clock.now().0;

        // The fine had been another one: what rested on it did not hold.
        let end = world.end();
        world.take(&penalties(&[&penalty("0")]));
        world.pass(60_000);
        world.evaluate([1]);
        let changes = world.feed(end);
        let kinds: Vec<Kind> = changes.iter().map(|change| change.kind).collect();
        assert_eq!(kinds, [Kind::RecordCorrected, Kind::RatingChanged, Kind::RecordCorrected], "{changes:?}");
        // A rating is wrong for as long as it could be read: from its own hour, a minute after its records came, to
        // that of the rating that took its place, a minute after the correction.
        let hour = world.clock.now().0;
        assert_eq!((changes[2].since_ms, changes[2].at_ms), (Some(wrong_from), hour));
        assert_eq!((changes[0].at_ms, changes[1].at_ms), (hour - 60_000, hour));
        let What::RatingCorrected(correction) = &changes[2].what else { panic!("{:?}", changes[2]) };
        assert_eq!((correction.seq, correction.by_seq), (2, 3));
        let What::Rating(RatingChange { previous: Some(previous), .. }) = &changes[1].what else {
            panic!("{:?}", changes[1])
        };
        assert_eq!(previous.seq, 2);

        // A rating made in the very moment of a correction has it: nothing was wrong with it, whatever comes later.
        let end = world.end();
        world.take(&penalties(&[&penalty("20")]));
        world.evaluate([1]);
        assert_eq!(world.feed(end).last().map(|change| change.kind), Some(Kind::RecordCorrected));
        let end = world.end();
        world.take(&penalties(&[&penalty("20").replace("P1", "P2")]));
        world.evaluate([1]);
        assert_eq!(told(&world.feed(end)), [(Kind::RatingChanged, Block::Grade, None)]);
    });
}

fn some_change(number: u32) -> NewChange {
    let what = What::RatingCorrected(crate::sharing::feed::RatingCorrection { seq: 1, by_seq: 2 });
    NewChange {
        uscc: code(number),
        at_ms: NOW_MS,
        block: Block::Grade,
        since_ms: Some(1),
        what,
        cause: "test".to_owned(),
    }
}

#[test]
fn what_is_rolled_back_is_in_no_feed() {
    on_both(|world| {
        let failed = write(&mut world.connection(), Lane::Intake, |connection| {
            append(connection, &[some_change(1)])?;
            Err::<(), StoreError>(StoreError::Pool("stopped".to_owned()))
        });
        assert!(failed.is_err());
        assert_eq!(world.feed(0), []);
        write(&mut world.connection(), Lane::Intake, |connection| append(connection, &[some_change(2)]))
            .unwrap();
        assert_eq!(world.feed(0).len(), 1);
    });
}

#[test]
fn a_reader_who_has_seen_a_change_never_finds_an_earlier_one_later() {
    on_both(|world| {
        let (begun, has_begun) = channel();
        let (finish, may_finish) = channel();
        let (done, is_done) = channel();
        std::thread::scope(|threads| {
            threads.spawn(move || {
                write(&mut world.connection(), Lane::Intake, |connection| {
                    append(connection, &[some_change(1)])?;
                    begun.send(()).unwrap();
                    may_finish.recv_timeout(IN_ANY_CASE).unwrap();
                    Ok::<_, StoreError>(())
                })
                .unwrap();
            });
            has_begun.recv_timeout(IN_ANY_CASE).unwrap();
            threads.spawn(move || {
                write(&mut world.connection(), Lane::Evaluation, |connection| {
                    append(connection, &[some_change(2)])
                })
                .unwrap();
                done.send(()).unwrap();
            });
            // The second one began later and would have the greater number: it must not be seen without the first.
            assert_eq!(is_done.recv_timeout(SOON), Err(RecvTimeoutError::Timeout));
            assert_eq!(world.feed(0), []);
            finish.send(()).unwrap();
            is_done.recv_timeout(IN_ANY_CASE).unwrap();
        });
        let order: Vec<String> = world.feed(0).into_iter().map(|change| change.uscc).collect();
        assert_eq!(order, [code(1), code(2)]);
    });
}
