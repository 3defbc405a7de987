//! Signing in at a provider, against one that is served over HTTP.

use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};

use super::provider::{CALLBACK, CLIENT, SECRET, TestProvider, Wrong};
use super::world::{Answer, World};
use crate::access::Audience;
use crate::config::Config;
use crate::http::state::Limits;
use crate::identity::Actor;
use crate::identity::oidc::{Came, WAY_MS};
use crate::identity::users::UserRow;
use crate::service::Service;

const RULES: &str = "[[rule]]\nclaim = 'groups'\nvalue = 'customs'\naudience = 'customs'\norganisation = '5115'\n\
     [[rule]]\nclaim = 'groups'\nvalue = 'taxes'\naudience = 'tax'\n";
const NOT_VOUCHED: &str = "was not completed";

/// A service with a provider.
pub struct Zone {
    pub world: World,
    pub provider: TestProvider,
    _folder: tempfile::TempDir,
}

/// A browser that left for the provider.
struct Left {
    url: String,
    cookie: String,
}

impl Zone {
    pub fn new() -> Self {
        Self::with(&[], "")
    }

    /// With these settings, and this in the provider's file.
    pub fn with(settings: &[(&'static str, String)], more: &str) -> Self {
        let provider = TestProvider::start();
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("oidc.secret");
        std::fs::write(&secret, format!("{SECRET}\n")).unwrap();
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
        let file = folder.path().join("oidc.toml");
        let text = format!(
            "issuer = '{}'\nclient_id = '{CLIENT}'\nclient_secret_file = 'oidc.secret'\nscopes = ['profile']\n\
             redirect_url = '{CALLBACK}'\n{more}{RULES}",
            provider.issuer
        );
        std::fs::write(&file, text).unwrap();
        let own = [("oidc", file.to_string_lossy().into_owned())];
        let world = World::configured(Limits::default(), &[settings, &own].concat());
        Self { world, provider, _folder: folder }
    }

    async fn leave(&self) -> Left {
        let answer = self.world.page("/sign-in/oidc", "").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        let cookie = answer.header("set-cookie");
        for part in ["HttpOnly", "SameSite=Lax", "Path=/sign-in/oidc", "Max-Age=600"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Left { url: answer.header("location").to_owned(), cookie }
    }

    /// Leaves, signs in there, and is sent back to this path.
    pub async fn there(&self) -> (String, String) {
        let left = self.leave().await;
        let place = self.provider.visit(&left.url).await;
        (place.strip_prefix("http://127.0.0.1:8080").unwrap().to_owned(), left.cookie)
    }

    async fn come_back(&self) -> Answer {
        let (path, cookie) = self.there().await;
        self.world.page(&path, &cookie).await
    }

    /// Signs in; the session's cookie.
    pub async fn signed_in(&self) -> String {
        let answer = self.come_back().await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        session(&answer).unwrap()
    }

    pub async fn me(&self, session: &str) -> Answer {
        self.world.page("/api/v1/me", session).await
    }

    fn user(&self, login: &str) -> UserRow {
        self.world.state.identity.user(&Actor::at_terminal("test"), login).unwrap()
    }

    pub fn users(&self) -> usize {
        self.world.state.identity.list_users(&Actor::at_terminal("test"), None, 100).unwrap().len()
    }
}

/// The session's cookie that an answer sets.
pub fn session(answer: &Answer) -> Option<String> {
    let cookies = answer.headers.get_all("set-cookie").map(|value| value.to_str().unwrap());
    cookies.filter(|text| text.starts_with("xinji_session=")).map(first).next()
}

fn first(cookie: &str) -> String {
    cookie.split(';').next().unwrap().to_owned()
}

/// Refused in words, without a session; the sign-in page is there, and the way has ended.
fn refused(answer: &Answer, status: StatusCode, words: &str) {
    let page = answer.text();
    assert_eq!(answer.status, status, "{page}");
    assert!(page.contains(words) && page.contains("id=\"with-password\""), "{page}");
    assert_eq!(session(answer), None);
}

#[actix_web::test]
async fn somebody_signs_in_at_the_provider_and_out_here() {
    let zone = Zone::new();
    let page = zone.world.page("/sign-in", "").await.text();
    assert!(
        page.contains("href=\"/sign-in/oidc\"") && page.contains("Sign in at your organisation"),
        "{page}"
    );
    assert_eq!(zone.provider.asked("discovery"), 0, "nobody has gone there yet");

    let answer = zone.come_back().await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    // From a page of this site, so that the session's cookie is sent with what follows.
    assert!(answer.text().contains("http-equiv=\"refresh\" content=\"0; url=/\""));
    assert_eq!(
        (answer.header("referrer-policy"), answer.header("cache-control")),
        ("no-referrer", "no-store")
    );
    let cookies: Vec<&str> =
        answer.headers.get_all("set-cookie").map(|value| value.to_str().unwrap()).collect();
    assert!(
        cookies.iter().any(|text| text.starts_with("xinji_session=") && text.contains("SameSite=Strict"))
    );
    assert!(
        cookies.iter().any(|text| text.starts_with("xinji_way=;") && text.contains("Max-Age=0")),
        "{cookies:?}"
    );

    let cookie = session(&answer).unwrap();
    let me = zone.me(&cookie).await.json();
    assert_eq!(me["audience"], "customs");
    assert_eq!(me["organisation"], "5115");
    let user = zone.user("zhang");
    assert_eq!((user.name.as_str(), user.issuer.as_deref()), ("张伟", Some(zone.provider.issuer.as_str())));
    assert!(!user.is_local());
    let account = zone.world.page("/account", &cookie).await.text();
    assert!(!account.contains("/account/password"), "there is no password to change");

    // The same person again is the same user.
    let second = zone.signed_in().await;
    assert_eq!(zone.users(), 1);
    assert_eq!(zone.provider.asked("discovery"), 1);
    let csrf = zone.me(&second).await.json()["csrf_token"].as_str().unwrap().to_owned();
    let request = TestRequest::delete().uri("/api/v1/sessions/current");
    let request = request.insert_header(("Cookie", second.clone())).insert_header(("X-CSRF-Token", csrf));
    assert_eq!(zone.world.call(request).await.status, StatusCode::NO_CONTENT);
    assert_ne!(zone.me(&second).await.status, StatusCode::OK);
    assert_eq!(zone.me(&cookie).await.status, StatusCode::OK, "the other session stays");
}

#[actix_web::test]
async fn what_does_not_verify_opens_nothing() {
    let zone = Zone::new();
    let mut let_in = Vec::new();
    for wrong in [
        Wrong::Nonce,
        Wrong::NoNonce,
        Wrong::Audience,
        Wrong::SecondAudience,
        Wrong::Issuer,
        Wrong::Expired,
        Wrong::FromTheFuture,
        Wrong::Signature,
        Wrong::Key,
        Wrong::AlgNone,
        Wrong::AlgHmac,
        Wrong::NoIdToken,
        Wrong::NoJson,
        Wrong::Redirects,
    ] {
        zone.provider.does(wrong);
        let answer = zone.come_back().await;
        if answer.status == StatusCode::OK {
            let_in.push(wrong);
            continue;
        }
        refused(&answer, StatusCode::FORBIDDEN, NOT_VOUCHED);
    }
    assert_eq!(let_in, []);
    assert_eq!(zone.provider.asked("elsewhere"), 0, "a redirect is not followed");
    zone.provider.does(Wrong::TooLong);
    refused(&zone.come_back().await, StatusCode::SERVICE_UNAVAILABLE, "does not work now");
    assert_eq!(zone.users(), 0);
    zone.provider.does(Wrong::Nothing);
    zone.signed_in().await;
}

#[actix_web::test]
async fn a_token_signed_with_rsa_is_one_and_must_verify_too() {
    let zone = Zone::new();
    zone.provider.inner.lock().unwrap().by_rsa = true;
    zone.provider.does(Wrong::Signature);
    refused(&zone.come_back().await, StatusCode::FORBIDDEN, NOT_VOUCHED);
    zone.provider.does(Wrong::Nothing);
    zone.signed_in().await;
}

#[actix_web::test]
async fn another_way_back_than_the_way_there_is_refused() {
    let zone = Zone::new();
    let (path, cookie) = zone.there().await;
    let (other, others) = zone.there().await;
    let states = |path: &str| path.rsplit_once("state=").unwrap().1.to_owned();
    let mixed = path.replace(&states(&path), &states(&other));
    let asked = zone.provider.asked("token");
    for (path, cookie) in [
        // Of another browser, of none, with another's state, without one, with a state of nothing.
        (path.as_str(), others.as_str()),
        (&path, ""),
        (&path, "xinji_way=0-0"),
        (&mixed, &cookie),
        (&path.replace("state=", "stat="), &cookie),
        (&path.replace("code=", "error=access_denied&was="), &cookie),
        (&format!("{path}&iss=https%3A%2F%2Fother.example"), &cookie),
        (&format!("{path}&state=twice"), &cookie),
        ("/sign-in/oidc/callback", &cookie),
    ] {
        refused(&zone.world.page(path, cookie).await, StatusCode::FORBIDDEN, NOT_VOUCHED);
    }
    assert_eq!(zone.provider.asked("token"), asked, "the provider was not asked");
    // A code of somebody else's way has another nonce and another proof.
    let codes = |path: &str| path.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let injected = path.replace(&codes(&path), &codes(&other));
    refused(&zone.world.page(&injected, &cookie).await, StatusCode::FORBIDDEN, NOT_VOUCHED);

    zone.world.pass(WAY_MS);
    refused(&zone.world.page(&path, &cookie).await, StatusCode::FORBIDDEN, NOT_VOUCHED);
    zone.world.pass(-WAY_MS);
    let named = format!("{path}&iss={}", zone.provider.issuer.replace(':', "%3A").replace('/', "%2F"));
    assert!(session(&zone.world.page(&named, &cookie).await).is_some());
}

#[actix_web::test]
async fn a_way_ends_in_one_session_whatever_the_provider_says() {
    let zone = Zone::new();
    let (path, cookie) = zone.there().await;
    assert!(session(&zone.world.page(&path, &cookie).await).is_some());
    refused(&zone.world.page(&path, &cookie).await, StatusCode::FORBIDDEN, NOT_VOUCHED);
    zone.provider.does(Wrong::CodesTwice);
    refused(&zone.world.page(&path, &cookie).await, StatusCode::FORBIDDEN, NOT_VOUCHED);
    assert_eq!(zone.provider.asked("token"), 3);
}

#[actix_web::test]
async fn whom_no_rule_fits_is_told_so() {
    let zone = Zone::new();
    for claims in [json!({}), json!({"groups": ["staff"]}), json!({"groups": {"customs": true}})] {
        zone.provider.claims(claims);
        refused(&zone.come_back().await, StatusCode::FORBIDDEN, "no role is assigned to you here");
    }
    assert_eq!(zone.users(), 0);
    let request =
        TestRequest::get().uri("/sign-in/oidc/callback").insert_header(("Accept-Language", "zh-CN"));
    assert!(zone.world.call(request).await.text().contains("统一身份认证没有完成"));
}

#[actix_web::test]
async fn somebody_is_who_the_provider_says_and_not_who_has_the_same_name() {
    let zone = Zone::new();
    zone.world.add_of("zhang", Audience::Operator, None);
    let cookie = zone.signed_in().await;
    assert_eq!(zone.me(&cookie).await.json()["audience"], "customs");
    assert_eq!(zone.user("zhang").audience().unwrap(), Audience::Operator);
    assert_eq!(zone.users(), 2);
    // Another subject with the same names and the same e-mail address is another user.
    let usual = json!({"groups": "customs", "preferred_username": "zhang", "email": "z@a.example"});
    let with = |subject: &str| {
        let mut claims = usual.clone();
        claims["sub"] = subject.into();
        claims
    };
    zone.provider.claims(with("s-2"));
    zone.signed_in().await;
    assert_eq!(zone.users(), 3);
    zone.provider.claims(with("s-1"));
    zone.signed_in().await;
    assert_eq!(zone.users(), 3);
    zone.provider.claims(with(&"s".repeat(256)));
    refused(&zone.come_back().await, StatusCode::FORBIDDEN, NOT_VOUCHED);
}

#[actix_web::test]
async fn what_the_claims_say_today_holds_and_ends_what_was_opened_before() {
    let zone = Zone::new();
    let before = zone.signed_in().await;
    zone.provider.claims(json!({"groups": ["taxes"], "name": "张伟"}));
    let after = zone.signed_in().await;
    assert_ne!(zone.me(&before).await.status, StatusCode::OK, "the old role is no more");
    let me = zone.me(&after).await.json();
    assert_eq!((&me["audience"], &me["organisation"]), (&Value::from("tax"), &Value::from("tax")));
    assert_eq!(zone.user("zhang").name, "张伟");

    // Without a rule nobody comes in again; and a user who was disabled stays out.
    let identity = &zone.world.state.identity;
    identity.disable_user(&Actor::at_terminal("test"), &zone.user("zhang").id).unwrap();
    refused(&zone.come_back().await, StatusCode::FORBIDDEN, "the user is disabled");
    zone.provider.claims(json!({"groups": ["customs"]}));
    refused(&zone.come_back().await, StatusCode::FORBIDDEN, "the user is disabled");
    assert_eq!(zone.user("zhang").audience().unwrap(), Audience::Tax);
}

#[actix_web::test]
async fn a_provider_that_is_down_is_said_to_be_and_passwords_still_work() {
    let zone = Zone::new();
    zone.world.add_of("li", Audience::Tax, None);
    let (path, cookie) = zone.there().await;
    zone.provider.stop().await;
    refused(&zone.world.page(&path, &cookie).await, StatusCode::SERVICE_UNAVAILABLE, "does not work now");
    let beyond = 2 * 60 * 60_000;
    zone.world.pass(beyond);
    let page = zone.world.page("/sign-in/oidc", "").await;
    refused(&page, StatusCode::SERVICE_UNAVAILABLE, "Try again later, or sign in with a login and password");
    zone.world.reader("li").await;
}

#[actix_web::test]
async fn a_provider_that_publishes_another_issuer_is_none() {
    let zone = Zone::new();
    zone.provider.does(Wrong::Discovery);
    refused(
        &zone.world.page("/sign-in/oidc", "").await,
        StatusCode::SERVICE_UNAVAILABLE,
        "does not work now",
    );
    zone.provider.does(Wrong::Nothing);
    // Left alone for a while, and asked again then.
    refused(
        &zone.world.page("/sign-in/oidc", "").await,
        StatusCode::SERVICE_UNAVAILABLE,
        "does not work now",
    );
    assert_eq!(zone.provider.asked("discovery"), 1);
    zone.world.pass(5_000);
    zone.signed_in().await;
}

#[actix_web::test]
async fn new_keys_of_the_provider_are_asked_for_at_most_once_a_minute() {
    let zone = Zone::new();
    zone.signed_in().await;
    {
        let mut inner = zone.provider.inner.lock().unwrap();
        inner.key = SigningKey::from_bytes(&[9; 32]);
        inner.key_id = "k2".to_owned();
    }
    refused(&zone.come_back().await, StatusCode::FORBIDDEN, NOT_VOUCHED);
    assert_eq!(zone.provider.asked("keys"), 1);
    zone.world.pass(60_000);
    zone.signed_in().await;
    assert_eq!(zone.provider.asked("keys"), 2);
}

#[actix_web::test]
async fn an_address_that_brings_wrong_codes_waits() {
    let zone = Zone::new();
    let peer = "192.0.2.9:5000".parse().unwrap();
    let left = zone.leave().await;
    let state = left.url.split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let guess = async || {
        let path = format!("/sign-in/oidc/callback?code=guess&state={state}");
        let request = TestRequest::get().uri(&path).peer_addr(peer);
        zone.world.call(request.insert_header(("Cookie", left.cookie.clone()))).await.status
    };
    for _ in 0..30 {
        assert_eq!(guess().await, StatusCode::FORBIDDEN);
    }
    assert_eq!(guess().await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(zone.provider.asked("token"), 30);
}

/// What the service writes to its log, with everything that can be set to be written.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[actix_web::test]
async fn neither_the_log_nor_a_page_has_a_secret_code_or_token() {
    let zone = Zone::new();
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone());
    let dispatch = tracing::Dispatch::new(subscriber.finish());
    // With one subscriber alone, an event that a parallel test is the first to reach is taken for unheard by all: its
    // thread has none. With two, both are asked.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let mut secrets = vec![SECRET.to_owned()];
    let mut told = String::new();
    for wrong in [Wrong::NoJson, Wrong::Nonce, Wrong::Signature, Wrong::AlgNone, Wrong::Code, Wrong::Nothing]
    {
        zone.provider.does(wrong);
        let (path, cookie) = zone.there().await;
        let part = |name: &str| path.split(name).nth(1).unwrap().split('&').next().unwrap().to_owned();
        let (code, state, way) = (part("code="), part("state="), cookie.replace("xinji_way=", ""));
        let came = Came { way: &way, code: &code, state: &state, issuer: None };
        // On this thread, whose log is kept.
        let opened = tracing::dispatcher::with_default(&dispatch, || {
            zone.world.state.identity.return_from_provider(&came, None)
        });
        match opened {
            Ok(opened) => secrets.push(opened.id),
            Err(error) => told.push_str(&format!("{error} {error:?}")),
        }
        secrets.extend([code, state, way]);
    }
    told.push_str(&String::from_utf8(log.0.lock().unwrap().clone()).unwrap());
    assert!(told.contains("the provider refused a code") && told.contains("Invalid nonce"), "{told}");
    secrets.extend(zone.provider.inner.lock().unwrap().tokens.clone());
    assert_eq!(secrets.iter().filter(|secret| told.contains(secret.as_str())).count(), 0, "{told}");
}

#[actix_web::test]
async fn without_a_provider_there_is_neither_button_nor_address() {
    let world = World::new();
    assert!(!world.page("/sign-in", "").await.text().contains("/sign-in/oidc"));
    for path in ["/sign-in/oidc", "/sign-in/oidc/callback?code=1&state=2"] {
        assert_eq!(world.page(path, "").await.status, StatusCode::NOT_FOUND);
    }
}

#[test]
fn a_file_that_cannot_be_used_stops_the_start_and_names_the_setting() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let settings = [("data", path("data")), ("oidc", path("nowhere.toml"))];
    let config = Config::load(None, std::iter::empty(), &settings).unwrap();
    let why = Service::open(config).err().unwrap().to_string();
    assert!(
        why.contains("oidc (flag)") && why.contains("nowhere.toml") && why.contains("No such file"),
        "{why}"
    );
}
