//! Signing out at a provider as well, and two ways that end at the same moment.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::rt::task::spawn_blocking;
use actix_web::test::TestRequest;
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use futures_util::future::join;
use serde_json::json;
use tokio::sync::Barrier;

use super::oidc::{Zone, session};
use super::provider::CLIENT;
use super::world::Answer;
use crate::access::Audience;
use crate::service::Service;
use crate::store::DbConnection;
use crate::store::both::Place;

/// How long a test waits until two connections wait for a table.
const WAIT: Duration = Duration::from_secs(4);
const HALF_AN_HOUR_MS: i64 = 30 * 60_000;

impl Zone {
    /// A provider that signs people out at this place of its own.
    fn signs_out(&self, path: &str) -> String {
        let place = format!("{}{path}", self.provider.issuer);
        self.provider.inner.lock().unwrap().end_session = Some(place.clone());
        place
    }

    async fn csrf(&self, cookie: &str) -> String {
        self.me(cookie).await.json()["csrf_token"].as_str().unwrap().to_owned()
    }

    async fn sign_out_by_page(&self, cookie: &str) -> Answer {
        let csrf = self.csrf(cookie).await;
        self.world.form("/sign-out", cookie, &[("csrf", &csrf)]).await
    }

    async fn sign_out_by_api(&self, cookie: &str, session: &str) -> Answer {
        let csrf = self.csrf(cookie).await;
        let request = TestRequest::delete().uri(&format!("/api/v1/sessions/{session}"));
        let request = request.insert_header(("Cookie", cookie.to_owned()));
        self.world.call(request.insert_header(("X-CSRF-Token", csrf))).await
    }
}

/// The address of the provider, as [`Zone::signs_out`] has it, with what it is told.
fn with_client(place: &str) -> String {
    let mark = if place.contains('?') { '&' } else { '?' };
    format!("{place}{mark}client_id={CLIENT}&post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2F")
}

#[actix_web::test]
async fn signing_out_leads_to_the_provider_that_has_a_place_for_it() {
    let zone = Zone::new();
    let expected = with_client(&zone.signs_out("/logout?policy=1"));
    let cookie = zone.signed_in().await;
    let answer = zone.sign_out_by_page(&cookie).await;
    // A page, as the answer to a form may lead to this site alone.
    let page = answer.text();
    assert_eq!(answer.status, StatusCode::OK, "{page}");
    let written = expected.replace('&', "&#38;");
    assert!(page.contains(&format!("http-equiv=\"refresh\" content=\"0; url={written}\"")), "{page}");
    assert!(page.contains("You are signed out here") && !page.contains("action=\"/sign-out\""), "{page}");
    assert!(session(&answer).unwrap().ends_with('='), "the cookie is gone");
    assert_ne!(zone.me(&cookie).await.status, StatusCode::OK);
    // No token of anybody goes along.
    let tokens = zone.provider.inner.lock().unwrap().tokens.clone();
    assert!(!tokens.is_empty() && tokens.iter().all(|token| !page.contains(token.as_str())));

    let (cookie, other) = (zone.signed_in().await, zone.signed_in().await);
    let sessions = zone.world.page("/api/v1/sessions", &cookie).await.json();
    let others = sessions["items"].as_array().unwrap().iter().find(|one| one["current"] == false).unwrap();
    let answer = zone.sign_out_by_api(&cookie, others["id"].as_str().unwrap()).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "another browser's session is not led anywhere");
    assert_ne!(zone.me(&other).await.status, StatusCode::OK);
    let answer = zone.sign_out_by_api(&cookie, "current").await;
    assert_eq!((answer.status, answer.json()), (StatusCode::OK, json!({"provider_sign_out": expected})));
    assert_ne!(zone.me(&cookie).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn signing_out_ends_here_where_nothing_is_to_be_done_there() {
    let ended = |answer: &Answer| {
        assert_eq!(
            (answer.status, answer.header("location")),
            (StatusCode::SEE_OTHER, "/"),
            "{}",
            answer.text()
        );
    };
    // A provider that has no place for it, one that has none to send people to.
    let zone = Zone::new();
    let cookie = zone.signed_in().await;
    ended(&zone.sign_out_by_page(&cookie).await);
    for place in ["javascript:alert(1)", "ftp://login.example/"] {
        let zone = Zone::new();
        zone.provider.inner.lock().unwrap().end_session = Some(place.to_owned());
        let cookie = zone.signed_in().await;
        ended(&zone.sign_out_by_page(&cookie).await);
    }
    // An operator who does not want it.
    let zone = Zone::with(&[], "sign_out_at_provider = false\n");
    zone.signs_out("/logout");
    let cookie = zone.signed_in().await;
    ended(&zone.sign_out_by_page(&cookie).await);
    // Somebody of this service.
    let zone = Zone::new();
    zone.signs_out("/logout");
    zone.world.add_of("li", Audience::Tax, None);
    let cookie = zone.world.reader("li").await.cookie();
    ended(&zone.sign_out_by_page(&cookie).await);
    // A provider that is down when what it published is to be asked for again.
    let cookie = zone.signed_in().await;
    for _ in 0..2 {
        zone.world.pass(HALF_AN_HOUR_MS);
        assert_eq!(zone.me(&cookie).await.status, StatusCode::OK);
    }
    zone.provider.stop().await;
    ended(&zone.sign_out_by_page(&cookie).await);
    assert_ne!(zone.me(&cookie).await.status, StatusCode::OK);
}

/// On PostgreSQL nobody is added until two connections wait to do so: both have looked then, and found nobody. On
/// SQLite whoever writes is alone.
fn hold_additions(service: &Service, held: &Sender<()>) {
    let mut connection = service.database.connection().unwrap();
    let DbConnection::Postgres(pg) = &mut *connection else { return held.send(()).unwrap() };
    pg.transaction(|pg| {
        pg.batch_execute("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE")?;
        held.send(()).unwrap();
        let began = Instant::now();
        while began.elapsed() < WAIT {
            let waiting: i64 = diesel::select(sql::<BigInt>(
                "(SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'users'::regclass \
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
            ))
            .get_result(pg)?;
            if waiting == 2 {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("two do not add somebody at once")
    })
    .unwrap_or_else(|error: diesel::result::Error| panic!("{error}"));
}

#[actix_web::test]
async fn two_first_sign_ins_of_one_person_at_once_are_one_user_with_two_sessions() {
    for place in Place::all() {
        let zone = Zone::with(&place.settings(), "");
        let (one, two) = (zone.there().await, zone.there().await);
        zone.provider.inner.lock().unwrap().together = Some(Arc::new(Barrier::new(2)));
        let (held, is_held) = channel();
        let service = zone.world.state.service.clone();
        let holding = spawn_blocking(move || hold_additions(&service, &held));
        is_held.recv().unwrap();
        let pages = join(zone.world.page(&one.0, &one.1), zone.world.page(&two.0, &two.1)).await;
        holding.await.unwrap();
        let [first, second] = [pages.0, pages.1].map(|answer| {
            assert_eq!(answer.status, StatusCode::OK, "{place:?}: {}", answer.text());
            session(&answer).unwrap()
        });
        assert_eq!(zone.users(), 1, "{place:?}");
        assert_ne!(first, second);
        let (first, second) = (zone.me(&first).await.json(), zone.me(&second).await.json());
        assert_eq!((&first["audience"], &first["id"]), (&json!("customs"), &second["id"]), "{place:?}");
    }
}
