//! The pages of a small sample zone, in process, for anyone and for the administrator.

use std::fs::File;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{App, test as web_test};
use chrono::NaiveDate;
use credit_core::dates::Moment;
use credit_core::indicator::IndicatorId;
use diesel::RunQueryDsl;
use ledger::policy::Policy;
use ledger::verify::verify_receipt;

use super::{SESSION_COOKIE, ServiceData, configure};
use crate::access::Looks;
use crate::access::token::AdminToken;
use crate::anchoring::Anchor;
use crate::clock::Clock;
use crate::config::Config;
use crate::evaluation::gather::Who;
use crate::evaluation::run::{self, Order};
use crate::identity::{Identity, secrets};
use crate::intake::receive::{Expected, Incoming, receive};
use crate::jobs::Jobs;
use crate::portal::lang::Lang;
use crate::portal::view::Sort;
use crate::portal::{PortalData, Reader};
use crate::registry::{self, Enterprise, Filter};
use crate::sample::{Plan, write_zone};
use crate::service::Service;

const TOKEN: &str = "the-token";
const HOST: &str = "portal.example";

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Moment {
        // 2026-11-23 12:00 in Shanghai.
        Moment(1_795_406_400_000)
    }
}

struct Zone {
    data: Arc<ServiceData>,
    vkey: String,
    enterprises: Vec<Enterprise>,
    _folder: tempfile::TempDir,
}

/// A zone taken in, evaluated and anchored once for all tests.
fn zone() -> &'static Zone {
    static ZONE: OnceLock<Zone> = OnceLock::new();
    ZONE.get_or_init(build)
}

fn build() -> Zone {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_string_lossy().into_owned();
    let config = Config::load(None, std::iter::empty(), &[("data", path)]).unwrap();
    let service = Service::open_with(config, Arc::new(Noon)).unwrap();
    let today: NaiveDate = service.clock.today();
    let files = folder.path().join("sample");
    std::fs::create_dir(&files).unwrap();
    let plan = Plan { enterprises: 10, seed: 7, months: 2, until: today };
    let written = write_zone(&plan, &files, &mut |_, _| {}).unwrap();
    for file in &written.files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let incoming = Incoming { name: &name, content: File::open(file).unwrap(), expected: Expected::Any };
        receive(&service.database, &service.evidence, service.clock.as_ref(), incoming, &mut |_, _, _| true)
            .unwrap();
    }
    for as_of in [today - chrono::Days::new(30), today] {
        let order = Order { who: Who::All, as_of, known_at: None, monthly: true };
        run::run(
            &service.database,
            service.clock.as_ref(),
            service.by(&service.alerts.now(), &service.calendars.now()),
            &order,
            &|_, _| {},
        )
        .unwrap();
    }
    let anchor = Arc::new(Anchor::open(&service.config, &service.database, &service.clock).unwrap());
    anchor.drain(|_| {}).unwrap();
    let mut connection = service.database.connection().unwrap();
    let found = registry::search(&mut connection, &Filter::default(), None, 100).unwrap();
    drop(connection);
    let vkey = anchor.view().vkey().to_string();
    let identity = Identity::new(service.clone(), Some(AdminToken::of(TOKEN)), Duration::ZERO);
    let webhooks = Arc::new(crate::webhooks::Webhooks::new(service.clone()));
    let jobs = Arc::new(Jobs::start(service.clone(), Arc::clone(&anchor)).unwrap());
    let data = Arc::new(ServiceData::new(service, anchor, (Arc::new(identity), webhooks), jobs));
    Zone { data, vkey, enterprises: found.items, _folder: folder }
}

struct Answered {
    status: StatusCode,
    cookie: Option<String>,
    location: String,
    body: String,
}

async fn send(request: web_test::TestRequest) -> Answered {
    let app = web_test::init_service(App::new().configure(configure(Arc::clone(&zone().data)))).await;
    let response =
        web_test::call_service(&app, request.insert_header((header::HOST, HOST)).to_request()).await;
    let text = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let (status, cookie) = (response.status(), text(header::SET_COOKIE));
    let location = text(header::LOCATION).unwrap_or_default();
    let body = web_test::read_body(response).await;
    Answered { status, cookie, location, body: String::from_utf8(body.to_vec()).unwrap() }
}

async fn get(path: &str, session: Option<&str>) -> Answered {
    let request = web_test::TestRequest::get().uri(path);
    let cookie = session.map(|id| (header::COOKIE, format!("{SESSION_COOKIE}={id}")));
    send(cookie.into_iter().fold(request, |request, cookie| request.insert_header(cookie))).await
}

async fn sign_in(token: &str, origin: &str) -> Answered {
    let request = web_test::TestRequest::post()
        .uri("/sign-in")
        .insert_header((header::ORIGIN, origin))
        .set_form([("token", token)]);
    send(request).await
}

async fn session() -> String {
    let answered = sign_in(TOKEN, &format!("http://{HOST}")).await;
    assert_eq!((answered.status, answered.location.as_str()), (StatusCode::SEE_OTHER, "/"));
    let cookie = answered.cookie.unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Path=/"));
    let id = cookie.split_once('=').unwrap().1.split_once(';').unwrap().0.to_owned();
    assert_eq!(id.len(), 64);
    id
}

#[actix_web::test]
async fn the_public_page_has_no_score_and_only_the_best_grades() {
    let mut withheld = 0;
    for one in &zone().enterprises {
        let page = get(&format!("/enterprises/{}?lang=en", one.uscc), None).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains(&one.name) && page.body.contains("Legal representative"));
        let (score, grade) = (one.score.unwrap(), one.grade.as_deref().unwrap());
        for secret in
            [&format!(">{score}<"), "id=\"points\"", "class=\"ruler\"", "Main reasons", "receipt.json"]
        {
            assert!(!page.body.contains(secret), "{secret}");
        }
        assert!(page.body.contains("Not shown to you"));
        let is_shown = page.body.contains("class=\"letter\"");
        assert_eq!(is_shown, matches!(grade, "AAA" | "AA"), "{grade}");
        withheld += usize::from(!is_shown);
    }
    assert!(withheld > 0);
}

/// Without the last runs no rating can be computed, and the page for anyone is as before.
#[actix_web::test]
async fn nothing_is_computed_for_somebody_unknown() {
    let zone = build();
    let mut connection = zone.data.service.database.connection().unwrap();
    diesel::sql_query("ALTER TABLE monthly_grades RENAME TO gone").execute(&mut *connection).unwrap();
    drop(connection);
    let anyone = Reader { lang: Lang::En, session: None, purpose: None, looks: Looks::default() };
    let session = Some(zone.data.identity.sign_in_with_token(TOKEN, None).unwrap().id);
    let administrator = Reader { session, ..anyone.clone() };
    for one in &zone.enterprises {
        let public = zone.data.enterprise(&one.uscc, Sort::Catalogue, &anyone).unwrap().unwrap();
        let shown = one.grade.clone().filter(|grade| ["AAA", "AA"].contains(&grade.as_str()));
        assert_eq!(public.grade.map(|grade| grade.code), shown);
        assert!(zone.data.enterprise(&one.uscc, Sort::Catalogue, &administrator).is_err());
    }
}

/// What an office typed stays as it is; everything around it is in the reader's language.
#[actix_web::test]
async fn the_records_behind_an_indicator_are_in_the_readers_language() {
    let session = session().await;
    let mut seen = 0;
    for one in &zone().enterprises {
        let page = get(&format!("/enterprises/{}?lang=en", one.uscc), Some(&session)).await.body;
        for line in
            page.split("<div class=\"evidence\">").skip(1).filter_map(|rest| rest.split("</ul>").next())
        {
            for word in ["登记信息", "行政处罚", "行政许可", "海关信用等级", "外汇分类", "投诉 ", "检查 "]
            {
                assert!(!line.contains(word), "{word} in {line}");
            }
            seen += 1;
        }
    }
    assert!(seen > 0);
}

#[actix_web::test]
async fn the_administrators_page_has_every_indicator_in_both_languages() {
    let session = session().await;
    for one in &zone().enterprises {
        for lang in ["zh", "en"] {
            let page = get(&format!("/enterprises/{}?lang={lang}", one.uscc), Some(&session)).await;
            assert_eq!(page.status, StatusCode::OK);
            for id in IndicatorId::ALL {
                assert!(page.body.contains(&format!("<i>{}</i>", id.as_str())), "{id:?}");
            }
            assert!(page.body.contains(&format!(">{}<", one.score.unwrap())));
            assert!(page.body.contains("receipt.json") && page.body.contains("class=\"hit\""));
        }
    }
}

#[actix_web::test]
async fn every_page_renders_for_both_readers_in_both_languages() {
    let session = session().await;
    for path in ["/", "/enterprises?q=", "/zone", "/ledger-view", "/verify", "/sign-in"] {
        for lang in ["zh", "en"] {
            for session in [None, Some(session.as_str())] {
                let mark = if path.contains('?') { '&' } else { '?' };
                let page = get(&format!("{path}{mark}lang={lang}"), session).await;
                assert_eq!(page.status, StatusCode::OK, "{path} {lang}");
                assert!(page.body.contains("</html>"));
            }
        }
    }
    let home = get("/?lang=en", None).await.body;
    assert!(home.contains("fictitious") && home.contains("<b>10</b>"));
}

#[actix_web::test]
async fn a_hidden_grade_is_not_found_by_asking_for_it() {
    let hidden =
        zone().enterprises.iter().find(|one| !matches!(one.grade.as_deref(), Some("AAA" | "AA"))).unwrap();
    let path = format!("/enterprises?grade={}&lang=en", hidden.grade.as_deref().unwrap());
    let public = get(&path, None).await.body;
    assert!(zone().enterprises.iter().all(|one| public.contains(&one.uscc)), "the filter does nothing");
    let full = get(&path, Some(&session().await)).await.body;
    let shown = zone().enterprises.iter().filter(|one| full.contains(&one.uscc)).count();
    let same = zone().enterprises.iter().filter(|one| one.grade == hidden.grade).count();
    assert_eq!(shown, same);
}

#[actix_web::test]
async fn only_the_right_token_from_an_own_form_opens_a_session() {
    let own = format!("http://{HOST}");
    for token in ["", "wrong", "the-token2", &"x".repeat(300)] {
        let refused = sign_in(token, &own).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{token}");
        assert!(refused.cookie.is_none());
    }
    let foreign = sign_in(TOKEN, "https://elsewhere.example").await;
    assert_eq!((foreign.status, foreign.cookie), (StatusCode::FORBIDDEN, None));
    let uscc = &zone().enterprises[0].uscc;
    let guessed = get(&format!("/enterprises/{uscc}"), Some(&"0".repeat(64))).await;
    assert!(!guessed.body.contains("id=\"points\""));
}

#[actix_web::test]
async fn signing_out_ends_the_session() {
    let session = session().await;
    let out_with = |origin: String, csrf: &str| {
        web_test::TestRequest::post()
            .uri("/sign-out")
            .insert_header((header::ORIGIN, origin))
            .insert_header((header::COOKIE, format!("{SESSION_COOKIE}={session}")))
            .set_form([("csrf", csrf)])
    };
    let out = |origin| out_with(origin, &secrets::csrf(&session));
    let own = format!("http://{HOST}");
    assert_eq!(send(out_with(own, &secrets::csrf("another"))).await.status, StatusCode::FORBIDDEN);
    assert_eq!(send(out("null".to_owned())).await.status, StatusCode::FORBIDDEN);
    assert!(get("/zone", Some(&session)).await.body.contains("/sign-out"));
    assert_eq!(send(out(format!("http://{HOST}"))).await.status, StatusCode::SEE_OTHER);
    assert!(!get("/zone", Some(&session)).await.body.contains("/sign-out"));
}

#[actix_web::test]
async fn the_receipt_downloaded_verifies() {
    let path = format!("/enterprises/{}/receipt.json", zone().enterprises[0].uscc);
    let anyone = get(&path, None).await;
    assert_eq!((anyone.status, anyone.location.as_str()), (StatusCode::SEE_OTHER, "/sign-in"));
    let receipt = get(&path, Some(&session().await)).await;
    assert_eq!(receipt.status, StatusCode::OK);
    let policy = Policy::parse(format!("log {}\nquorum none\n", zone().vkey).as_bytes()).unwrap();
    let report = verify_receipt(receipt.body.as_bytes(), &policy).unwrap();
    assert!(report.receipt.disclosure.is_some());
    let forged = receipt.body.replacen(['1', '2'], "3", 40);
    assert!(verify_receipt(forged.as_bytes(), &policy).is_err());
    let nobody = get("/enterprises/nothing/receipt.json", Some(&session().await)).await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn the_ledgers_pages_lead_back_to_the_first_block() {
    let page = get("/ledger-view?lang=en", None).await.body;
    assert!(page.contains(&zone().vkey.replace('+', "&#43;")) || page.contains(&zone().vkey));
    assert!(page.contains("class=\"n\">0</th>"), "the first block is shown");
    let earlier = get("/ledger-view?cursor=1&lang=en", None).await;
    assert_eq!(earlier.status, StatusCode::OK);
    assert_eq!(get("/ledger-view?cursor=nonsense", None).await.status, StatusCode::OK);
}
