//! Sign-in, account and keys as pages: forms with the token of the session, secrets shown once.

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use serde_json::json;

use super::world::{Answer, World};
use crate::access::Audience;
use crate::identity::Actor;
use crate::identity::totp::code_of;
use crate::identity::users::NewUser;

const PASSWORD: &str = "correct horse battery";
pub const HOST: &str = "portal.example";

pub struct Reader<'a> {
    world: &'a World,
    cookie: String,
    csrf: String,
}

impl World {
    fn add(&self, login: &str, audience: Audience) {
        self.add_of(login, audience, None);
    }

    pub fn add_of(&self, login: &str, audience: Audience, organisation: Option<String>) {
        let new = NewUser {
            login: login.to_owned(),
            name: login.to_owned(),
            audience,
            organisation,
            password: Some(PASSWORD.to_owned()),
        };
        self.state.identity.add_user(&Actor::at_terminal("test"), &new).unwrap();
    }

    /// Gives a user who was added by HTTP the password of these tests.
    pub async fn give_password(&self, login: &str) {
        let given = self.reset(login).await;
        self.choose_password(login, &given).await;
    }

    async fn reset(&self, login: &str) -> String {
        let user = self.call(self.signed(TestRequest::get().uri(&format!("/api/v1/users/{login}")))).await;
        let path = format!("/api/v1/users/{}/reset", user.json()["id"].as_str().unwrap());
        self.posted(&path, json!({})).await["one_time_password"].as_str().unwrap().to_owned()
    }

    async fn choose_password(&self, login: &str, given: &str) {
        let fields = [("login", login), ("password", given), ("new_password", PASSWORD)];
        assert_eq!(self.form("/sign-in", "", &fields).await.status, StatusCode::SEE_OTHER);
    }

    pub async fn form(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
        let request = TestRequest::post()
            .uri(path)
            .insert_header(("Host", HOST))
            .insert_header(("Origin", format!("http://{HOST}")))
            .insert_header(("Cookie", cookie.to_owned()))
            .insert_header(("Accept-Language", "en"));
        self.call(request.set_form(fields)).await
    }

    pub async fn reader(&self, login: &str) -> Reader<'_> {
        let answer = self.form("/sign-in", "", &[("login", login), ("password", PASSWORD)]).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/"));
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        let page = self.page("/account", &cookie).await.text();
        let csrf = between(&page, "name=\"csrf\" value=\"", "\"");
        Reader { world: self, cookie, csrf }
    }

    pub async fn page(&self, path: &str, cookie: &str) -> Answer {
        let request = TestRequest::get().uri(path).insert_header(("Cookie", cookie.to_owned()));
        self.call(request.insert_header(("Accept-Language", "en"))).await
    }
}

impl Reader<'_> {
    pub fn csrf(&self) -> &str {
        &self.csrf
    }

    pub fn cookie(&self) -> String {
        self.cookie.clone()
    }

    pub async fn page(&self, path: &str) -> String {
        let answer = self.world.page(path, &self.cookie).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.text()
    }

    /// The same reader with another cookie beside the session's.
    pub fn with(&self, cookie: &str) -> Self {
        let cookie = format!("{}; {cookie}", self.cookie);
        Self { world: self.world, cookie, csrf: self.csrf.clone() }
    }

    /// As [`Self::send`], for whatever answer comes. A token among `fields` stands for the session's.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let own = [("csrf", self.csrf.as_str())];
        let has_token = fields.iter().any(|(name, _)| *name == "csrf");
        let fields = if has_token { fields.to_vec() } else { [fields, &own].concat() };
        self.world.form(path, &self.cookie, &fields).await
    }

    pub async fn send(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let fields = [fields, &[("csrf", self.csrf.as_str())]].concat();
        let answer = self.world.form(path, &self.cookie, &fields).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        assert_eq!(answer.header("cache-control"), "no-store");
        answer.text()
    }
}

/// The text between two marks of a page.
pub fn between(text: &str, start: &str, end: &str) -> String {
    text.split(start).nth(1).and_then(|rest| rest.split(end).next()).unwrap().to_owned()
}

#[actix_web::test]
async fn nobody_has_an_account_page_and_a_form_needs_the_token_of_its_session() {
    let world = World::new();
    for path in ["/account", "/keys"] {
        assert_eq!(world.page(path, "").await.status, StatusCode::UNAUTHORIZED);
    }
    world.add("zhang", Audience::Customs);
    world.add("li", Audience::Customs);
    let (zhang, li) = (world.reader("zhang").await, world.reader("li").await);
    let fields = [("old", PASSWORD), ("new", "another good one"), ("csrf", li.csrf.as_str())];
    let foreign = world.form("/account/password", &zhang.cookie, &fields).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    let without =
        world.form("/keys", &zhang.cookie, &[("name", "x"), ("scope_read", "on"), ("days", "9")]).await;
    assert_eq!(without.status, StatusCode::FORBIDDEN);
    assert!(zhang.send("/account/password", &fields[..2]).await.contains("The password is changed"));
    assert!(li.send("/account/password", &[("old", "x"), ("new", "y")]).await.contains("is wrong"));
}

#[actix_web::test]
async fn a_key_made_on_the_page_is_shown_once_and_works() {
    let world = World::new();
    world.add("zhang", Audience::Customs);
    let zhang = world.reader("zhang").await;
    let refused = zhang.send("/keys", &[("name", "x"), ("scope_identity", "on"), ("days", "9")]).await;
    assert!(refused.contains("role=\"alert\"") && !refused.contains("id=\"secret\""));
    let made = zhang.send("/keys", &[("name", "batch"), ("scope_read", "on"), ("days", "9")]).await;
    let secret = between(&made, "<code id=\"secret\">", "<");
    assert!(!world.page("/keys", &zhang.cookie).await.text().contains(&secret));
    let status = async || {
        let request = TestRequest::get().uri("/api/v1/me");
        world.by(&secret, "", request).await.status
    };
    assert_eq!(status().await, StatusCode::OK);
    let id = secret.rsplit_once('_').unwrap().0.to_owned();
    world.add("li", Audience::Customs);
    let li = world.reader("li").await;
    assert!(li.send("/keys/revoke", &[("id", &id)]).await.contains("no such key"));
    assert!(zhang.send("/keys/revoke", &[("id", &id)]).await.contains("revoked"));
    assert_eq!(status().await, StatusCode::UNAUTHORIZED);
}

#[actix_web::test]
async fn a_second_factor_is_set_up_and_removed_on_the_page() {
    let world = World::new();
    world.add("zhang", Audience::Customs);
    let zhang = world.reader("zhang").await;
    let begun = zhang.send("/account/second-factor", &[]).await;
    let secret = between(&begun, "<code id=\"secret\">", "<");
    assert!(!world.page("/account", &zhang.cookie).await.text().contains(&secret));
    let now = world.state.service.clock.now().0;
    let done = zhang.send("/account/second-factor/confirm", &[("code", &code_of(&secret, now))]).await;
    assert!(done.contains("The second factor is in use"));
    let bare = world.form("/sign-in", "", &[("login", "zhang"), ("password", PASSWORD)]).await;
    assert_eq!(bare.status, StatusCode::FORBIDDEN);
    assert!(
        zhang.send("/account/second-factor/remove", &[("password", PASSWORD)]).await.contains("is removed")
    );
    world.reader("zhang").await;
}

#[actix_web::test]
async fn a_reset_password_is_changed_on_the_sign_in_page() {
    let world = World::new();
    world.add("zhang", Audience::Customs);
    let given = world.reset("zhang").await;
    let asked = world.form("/sign-in", "", &[("login", "zhang"), ("password", &given)]).await;
    assert_eq!(asked.status, StatusCode::FORBIDDEN);
    assert!(asked.text().contains("name=\"new_password\""));
    world.choose_password("zhang", &given).await;
}
