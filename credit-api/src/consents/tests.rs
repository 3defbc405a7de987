//! The life of a consent, on a small service with a clock that stands still.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use credit_core::uscc::Uscc;
use ledger::entry::{Entry, StatementKind};

use super::acts::{Answer, ConsentError, Fault, Question, ask, decide, revoke};
use super::*;
use crate::access::{Audience, Principal};
use crate::anchoring::Anchor;
use crate::clock::Clock;
use crate::config::Config;
use crate::service::Service;
use crate::store::{Lane, write};

/// 2026-11-23T02:00:00Z, ten in the morning in Shanghai.
const NOW_MS: i64 = 1_795_399_200_000;
const DAY_MS: i64 = 86_400_000;
const USCC: &str = "91511502MA6TEXT13K";
const BANK: &str = "91511500MA6AAAA000";

struct StillClock(AtomicI64);

impl Clock for StillClock {
    fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::SeqCst))
    }
}

struct World {
    service: Service,
    clock: Arc<StillClock>,
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
        let world = Self { service, clock, _folder: folder };
        write(&mut world.connection(), Lane::Intake, |connection| {
            bulk::execute(
                connection,
                "INSERT INTO enterprises (uscc, name, kind, roles, status, region_code, established_day, \
                 search_text, listed) VALUES ($1, '翠屏跨境贸易有限公司', 'E1', 'ecommerce', 'in_business', '511502', \
                 17897, '', 0)",
                [USCC.into()],
            )?;
            Ok::<(), StoreError>(())
        })
        .unwrap();
        world
    }

    fn connection(&self) -> crate::store::PooledConnection {
        self.service.database.connection().unwrap()
    }

    fn pass(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::SeqCst);
    }

    fn question(&self) -> Question {
        let today = self.service.clock.today();
        Question {
            uscc: Uscc::parse(USCC).unwrap(),
            purpose: Purpose::CreditApproval,
            blocks: vec![Block::Grade, Block::Score],
            product: "跨境贷".to_owned(),
            kind: Kind::Continuous,
            from: today,
            until: today + chrono::Days::new(30),
        }
    }

    fn asked(&self, question: &Question) -> Result<Consent, ConsentError> {
        ask(&self.service, &bank(), question, &mut |_, _| Ok(()))
    }

    fn decided(&self, who: &Principal, consent: &Consent, answer: &Answer) -> Result<Consent, ConsentError> {
        decide(&self.service, who, &consent.id, consent.version, answer, &mut |_, _| Ok(()))
    }

    fn revoked(&self, who: &Principal, consent: &Consent) -> Result<Consent, ConsentError> {
        revoke(&self.service, who, &consent.id, consent.version, &mut |_, _| Ok(()))
    }

    fn granted(&self, question: &Question) -> Consent {
        let consent = self.asked(question).unwrap();
        self.decided(&agent(USCC), &consent, &yes(&consent)).unwrap()
    }

    fn in_force(&self) -> usize {
        in_force(&mut self.connection(), BANK, USCC, self.clock.now()).unwrap().len()
    }
}

fn bank() -> Principal {
    Principal { organisation: Some(BANK.into()), ..Principal::of("user:bank", Audience::Financier) }
}

fn agent(uscc: &str) -> Principal {
    Principal {
        enterprises: Arc::new([uscc.to_owned()]),
        ..Principal::of("user:agent", Audience::Enterprise)
    }
}

fn yes(consent: &Consent) -> Answer {
    Answer::Grant { text_digest: consent.text_digest.clone() }
}

#[test]
fn a_consent_opens_its_blocks_from_the_grant_to_the_revocation_and_both_are_anchored() {
    let world = World::new();
    let asked = world.asked(&world.question()).unwrap();
    assert_eq!((asked.standing(world.clock.now()), world.in_force()), (Standing::Asked, 0));
    assert!(asked.text_zh.contains("翠屏跨境贸易有限公司") && asked.text_zh.contains("跨境贷"));
    assert_eq!(asked.text_digest, text::digest(&asked.text_zh, &asked.text_en));

    let granted = world.decided(&agent(USCC), &asked, &yes(&asked)).unwrap();
    let open = in_force(&mut world.connection(), BANK, USCC, world.clock.now()).unwrap();
    assert_eq!(open[0].block_list(), [Block::Grade, Block::Score]);
    let at = world.clock.now().0;
    world.pass(1);
    let revoked = world.revoked(&agent(USCC), &granted).unwrap();
    assert_eq!((revoked.standing(world.clock.now()), world.in_force()), (Standing::Revoked, 0));

    let anchor = Anchor::open(&world.service.config, &world.service.database, &world.service.clock).unwrap();
    anchor.drain(|_| ()).unwrap();
    let store = anchor.view().store();
    let size = store.verify_from_genesis(&mut |_| {}).unwrap().leaves;
    let said: Vec<_> = (0..size)
        .filter_map(|index| match Entry::decode_strict(&store.entry(index).unwrap()).unwrap() {
            Entry::Statement { env, kind } => Some((kind, env.seq, env.commitment)),
            _ => None,
        })
        .collect();
    let salt: [u8; 32] = granted.salt.clone().unwrap().try_into().unwrap();
    let committed = |at| statement::commitment(&granted, "user:agent", at, salt).unwrap();
    assert_eq!(
        said,
        [(StatementKind::Consent, 0, committed(at)), (StatementKind::ConsentRevoked, 1, committed(at + 1))]
    );
}

#[test]
fn it_ends_by_itself_with_the_last_day_in_shanghai() {
    let world = World::new();
    let today = world.service.clock.today();
    world.granted(&Question { until: today, ..world.question() });
    // Ten in the morning: thirteen hours and 59 minutes are left of the day.
    world.pass(14 * 3_600_000 - 1);
    assert_eq!(world.in_force(), 1);
    world.pass(1);
    assert_eq!(world.in_force(), 0);
}

#[test]
fn it_begins_with_its_first_day() {
    let world = World::new();
    let tomorrow = world.service.clock.today().succ_opt().unwrap();
    world.granted(&Question { from: tomorrow, ..world.question() });
    assert_eq!(world.in_force(), 0);
    world.pass(DAY_MS);
    assert_eq!(world.in_force(), 1);
}

#[test]
fn a_single_look_holds_for_the_day_of_the_first_one() {
    let world = World::new();
    let consent = world.granted(&Question { kind: Kind::Single, ..world.question() });
    world.pass(3 * DAY_MS);
    for _ in 0..2 {
        note_look(&mut world.connection(), &consent.id, world.clock.now()).unwrap();
        assert_eq!(world.in_force(), 1);
    }
    world.pass(DAY_MS);
    note_look(&mut world.connection(), &consent.id, world.clock.now()).unwrap();
    assert_eq!(world.in_force(), 0);
    let now = find(&mut world.connection(), &consent.id).unwrap().unwrap();
    assert_eq!(now.standing(world.clock.now()), Standing::Expired);
}

#[test]
fn only_an_agent_of_the_enterprise_decides_and_only_on_the_text_that_was_read() {
    let world = World::new();
    let asked = world.asked(&world.question()).unwrap();
    let other = agent("91511504MA6TEXT21B");
    for who in [other, Principal::administrator(), Principal::of("user:x", Audience::Customs)] {
        let refused = world.decided(&who, &asked, &yes(&asked)).unwrap_err();
        assert!(matches!(refused, ConsentError::NotFound), "{refused}");
    }
    assert!(matches!(world.decided(&bank(), &asked, &yes(&asked)), Err(ConsentError::NotAgent)));
    let text_digest = text::digest(&asked.text_zh, "");
    let refused = world.decided(&agent(USCC), &asked, &Answer::Grant { text_digest });
    assert!(matches!(refused, Err(ConsentError::OtherText { .. })));
    let asks = ask(&world.service, &agent(USCC), &world.question(), &mut |_, _| Ok(()));
    assert!(matches!(asks, Err(ConsentError::NotFinancier)));
    assert_eq!(world.in_force(), 0);
}

#[test]
fn an_act_on_what_has_changed_or_ended_is_refused() {
    let world = World::new();
    let asked = world.asked(&world.question()).unwrap();
    let declined = world.decided(&agent(USCC), &asked, &Answer::Decline).unwrap();
    assert!(matches!(
        world.decided(&agent(USCC), &asked, &yes(&asked)),
        Err(ConsentError::Changed { found: 2 })
    ));
    assert!(matches!(
        world.decided(&agent(USCC), &declined, &yes(&asked)),
        Err(ConsentError::Standing { standing: Standing::Declined })
    ));
    assert!(matches!(world.revoked(&agent(USCC), &declined), Err(ConsentError::Standing { .. })));
    let forgotten = world.asked(&world.question()).unwrap();
    world.pass((i64::from(ANSWER_DAYS) + 1) * DAY_MS);
    assert!(matches!(
        world.decided(&agent(USCC), &forgotten, &yes(&forgotten)),
        Err(ConsentError::Standing { standing: Standing::Lapsed })
    ));
}

#[test]
fn a_failure_of_what_goes_with_an_act_leaves_nothing() {
    let world = World::new();
    let mut fail = |_: &mut DbConnection, _: &Consent| {
        Err(StoreError::Damaged { what: "x", key: String::new(), why: String::new() })
    };
    assert!(ask(&world.service, &bank(), &world.question(), &mut fail).is_err());
    let asked = world.asked(&world.question()).unwrap();
    let refused = decide(&world.service, &agent(USCC), &asked.id, 1, &yes(&asked), &mut fail);
    assert!(refused.is_err());
    assert_eq!(list(&mut world.connection(), &Of::All, None, 10).unwrap(), [asked]);
    assert!(crate::anchoring::outbox::find(&mut world.connection(), "consent", USCC, 1).unwrap().is_none());
}

#[test]
fn what_cannot_be_asked_is_named() {
    let world = World::new();
    let good = world.question();
    let today = good.from;
    let year = today.checked_add_months(chrono::Months::new(MONTHS_MAX)).unwrap();
    let with = |change: &dyn Fn(&mut Question)| {
        let mut question = good.clone();
        change(&mut question);
        match world.asked(&question) {
            Err(ConsentError::Field { field, fault }) => Some((field, fault)),
            Err(other) => panic!("{other}"),
            Ok(_) => None,
        }
    };
    assert_eq!(with(&|q| q.purpose = Purpose::Supervision), Some(("purpose", Fault::Purpose)));
    assert_eq!(with(&|q| q.blocks = vec![]), Some(("blocks", Fault::NoBlock)));
    assert_eq!(with(&|q| q.blocks.push(Block::Grade)), Some(("blocks", Fault::Block)));
    assert_eq!(with(&|q| q.blocks.push(Block::Orders)), Some(("blocks", Fault::Block)));
    assert_eq!(with(&|q| q.product = " ".to_owned()), Some(("product", Fault::Product)));
    assert_eq!(with(&|q| q.product = "a\u{0}".to_owned()), Some(("product", Fault::Product)));
    assert_eq!(with(&|q| q.product = "贷".repeat(101)), Some(("product", Fault::Product)));
    assert_eq!(with(&|q| q.from = today.pred_opt().unwrap()), Some(("from", Fault::Past)));
    assert_eq!(with(&|q| q.until = today.pred_opt().unwrap()), Some(("until", Fault::Order)));
    assert_eq!(with(&|q| q.until = year), Some(("until", Fault::TooLong)));
    assert_eq!(with(&|q| q.until = year.pred_opt().unwrap()), None);
    assert_eq!(with(&|q| q.product = "贷".repeat(100)), None);
}

#[test]
fn lists_go_page_by_page_and_show_each_only_their_own() {
    let world = World::new();
    let ids: Vec<String> = (0..5)
        .map(|_| {
            world.pass(1);
            world.asked(&world.question()).unwrap().id
        })
        .collect();
    let mut found = Vec::new();
    let mut before: Option<(i64, String)> = None;
    loop {
        let place = before.as_ref().map(|(at, id)| (*at, id.as_str()));
        let page = list(&mut world.connection(), &Of::Financier(BANK.to_owned()), place, 2).unwrap();
        let Some(last) = page.last() else { break };
        before = Some((last.asked_at, last.id.clone()));
        found.extend(page.into_iter().map(|consent| consent.id));
    }
    assert_eq!(found, ids.into_iter().rev().collect::<Vec<_>>());
    let others = Of::Enterprises(vec!["91511504MA6TEXT21B".to_owned()]);
    assert_eq!(list(&mut world.connection(), &others, None, 10).unwrap(), []);
}

#[test]
fn the_doctor_names_what_was_changed_invented_revived_or_taken_away() {
    let world = World::new();
    let kept = world.granted(&world.question());
    let ended = world.granted(&world.question());
    world.pass(1);
    world.revoked(&agent(USCC), &ended).unwrap();
    let anchor = Anchor::open(&world.service.config, &world.service.database, &world.service.clock).unwrap();
    anchor.drain(|_| ()).unwrap();
    let findings = || {
        let open = || Ok(Arc::clone(anchor.view()));
        let report = crate::doctor::examine(&world.service, &open, &[], &mut |_, _| {}).unwrap();
        let of_consents = report.findings.into_iter().filter(|finding| finding.place.starts_with("consents"));
        of_consents.map(|finding| finding.what).collect::<Vec<String>>()
    };
    let run = |sql: &str, id: &str| {
        bulk::execute(&mut world.connection(), sql, [id.into()]).unwrap();
    };
    assert_eq!(findings(), Vec::<String>::new());

    run("UPDATE consents SET blocks = 'grade;score;history' WHERE id = $1", &kept.id);
    let (grant, unknown) =
        ("its grant is not the one that was anchored", "a grant was anchored as number 1, and is gone");
    assert_eq!(findings(), [grant, unknown]);
    run("UPDATE consents SET blocks = 'grade;score' WHERE id = $1", &kept.id);

    run("UPDATE consents SET text_en = 'all of it' WHERE id = $1", &kept.id);
    assert_eq!(findings(), ["its text is not the one of its digest"]);
    run(
        "UPDATE consents SET text_en = (SELECT text_en FROM consents WHERE id <> $1) WHERE id = $1",
        &kept.id,
    );

    run("UPDATE consents SET revoked_at = NULL, revoked_by = NULL WHERE id = $1", &ended.id);
    assert_eq!(findings(), ["a revocation was anchored as number 3, and is gone"]);
    run("DELETE FROM consents WHERE id = $1", &ended.id);
    run("DELETE FROM consents WHERE id = $1", &kept.id);
    let (other, revocation) = (
        "a grant was anchored as number 2, and is gone",
        "a revocation was anchored as number 3, and is gone",
    );
    assert_eq!(findings(), [unknown, other, revocation]);
}
