//! The room on a small service with a clock that stands still, on both databases.

mod ends;
mod feed;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use credit_core::dates::Moment;
use credit_core::uscc::Uscc;

use crate::clock::Clock;
use crate::config::Config;
use crate::evaluation::gather::Who;
use crate::evaluation::run::{self, Order};
use crate::intake::receive::{Expected, Incoming, Summary, receive};
use crate::service::Service;
use crate::store::PooledConnection;
use crate::store::both::Place;

/// 2026-11-23T02:00:00Z, ten in the morning in Shanghai.
const NOW_MS: i64 = 1_795_399_200_000;

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

/// Runs a test on each database there is, each time in a new zone.
fn on_both(test: impl Fn(&World)) {
    for place in Place::all() {
        test(&World::at(&place));
    }
}

impl World {
    fn at(place: &Place) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_string_lossy().into_owned();
        let usual = [("data", data), ("threads", "1".to_owned())];
        let settings = [&usual[..], &place.settings()].concat();
        let config = Config::load(None, std::iter::empty(), &settings).unwrap();
        let clock = Arc::new(StillClock(AtomicI64::new(NOW_MS)));
        let service = Service::open_with(config, clock.clone()).unwrap();
        Self { service, clock, _folder: folder }
    }

    fn connection(&self) -> PooledConnection {
        self.service.database.connection().unwrap()
    }

    fn pass(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::SeqCst);
    }

    /// Receives a file an hour after the last one.
    fn take(&self, file: &str) -> Summary {
        self.pass(3_600_000);
        let incoming = Incoming { name: "file.csv", content: file.as_bytes(), expected: Expected::Any };
        let (database, clock) = (&self.service.database, self.service.clock.as_ref());
        let summary =
            receive(database, &self.service.evidence, clock, incoming, &mut |_, _, _| true).unwrap();
        assert_eq!(summary.rows_rejected, 0, "{summary:?}");
        summary
    }

    fn evaluate(&self, numbers: impl IntoIterator<Item = u32>) {
        let codes: BTreeSet<Uscc> = numbers.into_iter().map(|n| Uscc::parse(&code(n)).unwrap()).collect();
        let order = Order {
            who: Who::These(codes),
            as_of: self.service.clock.today(),
            known_at: None,
            monthly: false,
        };
        let (database, clock) = (&self.service.database, self.service.clock.as_ref());
        let (alerts, calendar) = (self.service.alerts.now(), self.service.calendars.now());
        run::run(database, clock, self.service.by(&alerts, &calendar), &order, &|_, _| {}).unwrap();
    }
}

/// The code of the fictitious enterprise `number`.
fn code(number: u32) -> String {
    Uscc::from_body(&format!("91511500MA6{number:06}")).unwrap().to_string()
}

/// A registration file; each enterprise with its representative and telephone.
fn registrations(rows: &[(u32, &str, &str)]) -> String {
    let mut file = "uscc,name,status,established_on,registered_capital_cny,paid_in_capital_cny,\
                    legal_representative,address,region_code,industry_code,roles,filed_on,phone\n"
        .to_owned();
    for (number, representative, phone) in rows {
        file.push_str(&format!(
            "{},宜宾试验{number}号贸易有限公司,存续,2020-01-15,1000000,1000000,{representative},宜宾市临港路{number}号,\
             511500,F5190,ecommerce,2021-03-01,{phone}\n",
            code(*number)
        ));
    }
    file
}

fn classes(rows: &[&str]) -> String {
    format!("uscc,authority,class,valid_from,valid_to,decision_no\n{}\n", rows.join("\n"))
}

fn lists(rows: &[&str]) -> String {
    format!("uscc,list,decision_no,authority,effective_on,expires_on,removed_on\n{}\n", rows.join("\n"))
}

fn penalties(rows: &[&str]) -> String {
    let head = "CF_XDR_MC,CF_XDR_SHXYM,CF_WSH,CF_CFLB,CF_NR_FK,CF_JDRQ,CF_GSJZQ,CF_CFJG,CF_CFJGDM,CF_XFRQ";
    format!("{head}\n{}\n", rows.join("\n"))
}
