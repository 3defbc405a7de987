//! A small service with a clock that stands still.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, init_service, try_call_service};
use actix_web::{App, web};
use credit_core::dates::Moment;
use credit_core::uscc::Uscc;
use serde_json::Value;

use crate::access::token::AdminToken;
use crate::access::{ConsentBook, NoConsents};
use crate::access_log::writer::AccessLog;
use crate::anchoring::Anchor;
use crate::clock::Clock;
use crate::config::Config;
use crate::http::state::{Limits, Shared, State};
use crate::http::{configure, envelope};
use crate::jobs::Jobs;
use crate::service::Service;
use crate::store::both::Place;
use crate::store::bulk;
use crate::worker;

/// 2026-11-23T02:00:00Z.
pub const NOW_MS: i64 = 1_795_399_200_000;
pub const DAY_MS: i64 = 86_400_000;
pub const LISTS: &str = "uscc,list,decision_no,authority,effective_on,expires_on,removed_on\n";
pub const PENALTIES: &str =
    "CF_XDR_MC,CF_XDR_SHXYM,CF_WSH,CF_CFLB,CF_NR_FK,CF_JDRQ,CF_CFJG,CF_CFJGDM,CF_XFRQ\n";
const HEADER: &str = "uscc,name,status,established_on,registered_capital_cny,paid_in_capital_cny,\
                      legal_representative,address,region_code,industry_code,roles,filed_on\n";

pub struct StandingClock(pub AtomicI64);

impl Clock for StandingClock {
    fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::SeqCst))
    }
}

pub struct World {
    pub state: Shared,
    pub clock: Arc<StandingClock>,
    token: String,
    _folder: tempfile::TempDir,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl World {
    pub fn new() -> Self {
        Self::with(Limits::default())
    }

    pub fn with(limits: Limits) -> Self {
        Self::configured(limits, &[])
    }

    /// With these settings beside the usual ones.
    pub fn configured(limits: Limits, settings: &[(&'static str, String)]) -> Self {
        Self::built(limits, settings, Some(Arc::new(NoConsents)))
    }

    /// With the consents of the service itself.
    pub fn whole() -> Self {
        Self::built(Limits::default(), &[], None)
    }

    /// As [`World::whole`], with these settings beside the usual ones.
    pub fn whole_with(settings: &[(&'static str, String)]) -> Self {
        Self::built(Limits::default(), settings, None)
    }

    /// With the consents of the service itself, and its credit database at this place.
    pub fn at(place: &Place) -> Self {
        Self::built(Limits::default(), &place.settings(), None)
    }

    /// With these consents.
    pub fn with_consents(consents: Arc<dyn ConsentBook>) -> Self {
        Self::built(Limits::default(), &[], Some(consents))
    }

    fn built(
        limits: Limits,
        settings: &[(&'static str, String)],
        consents: Option<Arc<dyn ConsentBook>>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_string_lossy().into_owned();
        let usual = [("data", data), ("threads", "1".to_owned())];
        let config = Config::load(None, std::iter::empty(), &[&usual, settings].concat()).unwrap();
        let clock = Arc::new(StandingClock(AtomicI64::new(NOW_MS)));
        let mut service = Service::open_with(config, clock.clone()).unwrap();
        if let Some(consents) = consents {
            service.consents = consents;
        }
        let anchor = Arc::new(Anchor::open(&service.config, &service.database, &service.clock).unwrap());
        let jobs = Jobs::start(service.clone(), Arc::clone(&anchor)).unwrap();
        let (token, text) = AdminToken::open(&service.config.data).unwrap();
        // No other process has to forget anybody.
        let limits = Limits { identity_trust: Duration::ZERO, ..limits };
        let access_log = AccessLog::start(service.access_log.clone()).unwrap();
        let state = web::Data::new(State::new(service, anchor, (jobs, access_log), token, limits));
        Self { state, clock, token: text.unwrap(), _folder: folder }
    }

    pub async fn call(&self, request: TestRequest) -> Answer {
        let state = self.state.clone();
        let app = init_service(
            App::new().wrap(from_fn(envelope)).configure(move |config| configure(config, &state)),
        )
        .await;
        let answer = try_call_service(&app, request.to_request()).await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = actix_web::test::read_body(answer).await.to_vec();
        Answer { status, headers, body }
    }

    /// As anybody.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(TestRequest::get().uri(path)).await
    }

    pub fn signed(&self, request: TestRequest) -> TestRequest {
        request.insert_header(("Authorization", format!("Bearer {}", self.token)))
    }

    /// As the administrator, for supervision.
    pub async fn read(&self, path: &str) -> Answer {
        self.call(self.signed(TestRequest::get().uri(path)).insert_header(("X-Purpose", "supervision"))).await
    }

    pub async fn send(&self, source: &str, file: &str) -> Answer {
        let path = format!("/api/v1/sources/{source}/batches");
        self.call(self.signed(TestRequest::post().uri(&path)).set_payload(file.to_owned())).await
    }

    /// Sends a file and waits until its job has ended.
    pub async fn take(&self, source: &str, file: &str) -> Value {
        let answer = self.send(source, file).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
        self.wait(answer.header("location")).await
    }

    pub async fn wait(&self, job: &str) -> Value {
        for _ in 0..30_000 {
            let job = self.read(job).await.json();
            if !matches!(job["state"].as_str(), Some("queued" | "running")) {
                return job;
            }
            actix_web::rt::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the job does not end");
    }
}

impl World {
    pub fn pass(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::SeqCst);
    }

    pub fn later(&self, days: i64) {
        self.pass(days * DAY_MS);
    }

    /// Noon of a day in Shanghai.
    pub fn set_day(&self, day: &str) {
        self.clock.0.store(noon(day), Ordering::SeqCst);
    }

    /// The service's own work.
    pub fn look(&self) {
        worker::look(&self.state.service, &self.state.anchor).unwrap();
    }

    /// A statement on the credit database, behind the service's back.
    pub fn run(&self, sql: &str) {
        bulk::execute(&mut self.state.service.database.connection().unwrap(), sql, []).unwrap();
    }

    /// What doctor finds: place, and what is wrong.
    pub fn findings(&self) -> Vec<String> {
        self.examined().findings.into_iter().map(|one| format!("{} {}", one.place, one.what)).collect()
    }

    /// What doctor says.
    pub fn examined(&self) -> crate::doctor::Report {
        let open = || Ok(Arc::clone(self.state.anchor.view()));
        crate::doctor::examine(&self.state.service, &open, &[], &mut |_, _| {}).unwrap()
    }
}

/// Noon of a day in Shanghai, milliseconds.
pub fn noon(day: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(&format!("{day}T04:00:00Z")).unwrap().timestamp_millis()
}

/// The code of the fictitious enterprise `number`.
pub fn code(number: u32) -> String {
    Uscc::from_body(&format!("91511500MA6{number:06}")).unwrap().to_string()
}

/// A registration file of the fictitious enterprises with these numbers.
pub fn registrations(numbers: impl IntoIterator<Item = u32>) -> String {
    let mut file = HEADER.to_owned();
    for number in numbers {
        let code = code(number);
        file.push_str(&format!(
            "{code},宜宾试验{number}号贸易有限公司,存续,2020-01-15,1000000,1000000,张三{number},宜宾市临港路{number}号,511500,F5190,ecommerce,2021-03-01\n"
        ));
    }
    file
}
