//! Pages of cases and of one's own credit: whose they are, whoever asks.

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;

use super::account_pages::Reader;
use super::case_zone::Zone;
use super::world::{Answer, code};
use crate::access::Audience;
use crate::portal::render::encoded;
use crate::store::both::Place;

/// The readers with a session, besides the agent of enterprise 1.
const OTHERS: [(&str, Audience); 3] =
    [("stranger", Audience::Enterprise), ("bank", Audience::Financier), ("tax", Audience::Tax)];

async fn statuses(zone: &Zone, login: &str, paths: &[String]) -> Vec<u16> {
    let reader: Reader<'_> = zone.world.reader(login).await;
    let mut found = Vec::new();
    for path in paths {
        found.push(zone.world.page(path, &reader.cookie()).await.status.as_u16());
    }
    found
}

#[actix_web::test]
async fn a_case_its_form_and_ones_own_credit_are_there_for_nobody_else() {
    let zone = Zone::new(&Place::all()[0], "2026-11-23").await;
    let case = zone.objected().await;
    let path = format!("/cases/{}", case.rsplit('/').next().unwrap());
    let about = zone.objection()["about"].to_string();
    let about = encoded(&about);
    let form = |uscc: &str| format!("/cases/new?kind=objection&uscc={uscc}&about={about}");
    let own = format!("/my-credit?uscc={}", code(1));
    let another = [form(&code(2)), format!("/my-credit?uscc={}", code(2))];
    for login in ["agent", "officer", "third", "customs"] {
        zone.world.give_password(login).await;
    }
    for (login, audience) in OTHERS {
        let organisation = (audience != Audience::Enterprise).then(|| code(77));
        zone.world.add_of(login, audience, organisation);
    }
    let mine = [path.clone(), form(&code(1)), own.clone()];
    assert_eq!(statuses(&zone, "agent", &mine).await, [200, 200, 200]);
    assert_eq!(statuses(&zone, "agent", &another).await, [404, 404]);
    for (login, _) in OTHERS {
        assert_eq!(statuses(&zone, login, &mine).await, [404, 404, 404], "{login}");
    }
    // A department sees the case once it is asked; the zone's own people from the beginning, and file none for others.
    assert_eq!(statuses(&zone, "customs", &mine).await, [404, 404, 404]);
    for login in ["officer", "third"] {
        assert_eq!(statuses(&zone, login, &mine).await, [200, 404, 404], "{login}");
    }
    // What is not shown is not filed either.
    let fields = [("verb", "withdraw"), ("version", "1"), ("reason", "mine")];
    for login in ["stranger", "bank"] {
        let answer = posted(&zone, login, &path, &fields).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{login}: {}", answer.text());
    }
    Zone::good(&zone.get(&zone.agent, &case).await, "submitted");
    assert_eq!(posted(&zone, "agent", &path, &fields).await.status, StatusCode::OK);
    Zone::good(&zone.get(&zone.agent, &case).await, "withdrawn");
}

#[actix_web::test]
async fn a_form_that_brings_no_parts_or_broken_ones_is_answered_and_nothing_is_done() {
    let zone = Zone::new(&Place::all()[0], "2026-11-23").await;
    let case = zone.objected().await;
    let path = format!("/cases/{}", case.rsplit('/').next().unwrap());
    zone.world.give_password("agent").await;
    let agent = zone.world.reader("agent").await;
    let fields = [("verb", "withdraw"), ("version", "1"), ("reason", "mine")];
    assert_eq!(agent.post(&path, &fields).await.status, StatusCode::FORBIDDEN, "no part, no token");
    let whole = parts(agent.csrf(), &fields);
    for (kind, body) in [
        ("multipart/form-data", whole.clone()),
        (MULTIPART, whole[..whole.len() / 2].to_vec()),
        (MULTIPART, Vec::new()),
        (MULTIPART, b"--x\r\n\r\n--x--".to_vec()),
    ] {
        let answer = sent(&zone, &agent, &path, kind, body).await;
        assert!(answer.status.is_client_error() || answer.text().contains("over its limit"), "{kind}");
    }
    Zone::good(&zone.get(&zone.agent, &case).await, "submitted");
}

const MULTIPART: &str = "multipart/form-data; boundary=x";

/// A form as a browser sends one that may bring files.
fn parts(csrf: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let part = |name: &str, text: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
    };
    let mut body = part("csrf", csrf);
    body.extend(fields.iter().map(|(name, text)| part(name, text)));
    body.push_str("--x--\r\n");
    body.into_bytes()
}

async fn posted(zone: &Zone, login: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
    let reader = zone.world.reader(login).await;
    sent(zone, &reader, path, MULTIPART, parts(reader.csrf(), fields)).await
}

async fn sent(zone: &Zone, reader: &Reader<'_>, path: &str, kind: &str, body: Vec<u8>) -> Answer {
    let request = TestRequest::post()
        .uri(path)
        .insert_header(("Host", "portal.example"))
        .insert_header(("Origin", "http://portal.example"))
        .insert_header(("Accept-Language", "en"))
        .insert_header(("Cookie", reader.cookie()))
        .insert_header(("Content-Type", kind));
    zone.world.call(request.set_payload(body)).await
}
