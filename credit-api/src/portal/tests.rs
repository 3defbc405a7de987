//! Every page in both languages, and the requests that lead to them.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{App, test};

use crate::portal;
use portal::lang::Lang;
use portal::render::*;
use portal::view::*;
use portal::{PortalData, PortalError, Reader, SearchAsk};

#[path = "../../examples/portal_preview/samples.rs"]
mod samples;

/// Largest page, in bytes, before compression.
const PAGE_BYTES_MAX: usize = 60_000;
const USCC: &str = "91511502MAC0XJ7Q8M";

fn page(lang: Lang) -> Page {
    Page { lang, path: "/zone".to_owned(), query: "q=a%26b".to_owned(), viewer: None, sample: true }
}

fn pages(lang: Lang) -> Vec<String> {
    let page = page(lang);
    let made = [
        render_home(&page, &samples::home()),
        render_search(&page, &samples::search(lang)),
        render_search(&page, &SearchView::default()),
        render_enterprise(&page, &samples::enterprise(lang, Sort::Catalogue)),
        render_enterprise(&page, &samples::capped(lang)),
        render_enterprise(&page, &samples::public(lang)),
        render_zone(&page, &samples::zone(lang)),
        render_ledger(&page, &samples::ledger()),
        render_verify(&page, &samples::verify()),
        render_error(&page, &ErrorView { status: 404, title: "t", help: "h" }),
    ];
    made.into_iter().map(Result::unwrap).collect()
}

#[::core::prelude::v1::test]
fn pages_are_small_and_hold_to_the_content_security_policy() {
    for lang in Lang::ALL {
        for html in pages(lang) {
            assert!(html.len() < PAGE_BYTES_MAX, "{} bytes", html.len());
            assert!(html.contains(&format!("<html lang=\"{}\">", lang.tag())));
            assert!(html.contains("</title>") && html.contains("href=\"#main\""));
            assert_eq!(html.matches("<h1>").count(), 1);
            for banned in [" style=", "<style", " onclick=", "http://", "https://", "<script>"] {
                assert!(!html.contains(banned), "{banned}");
            }
            assert!(html.contains(&format!("/zone?q=a%26b&#38;lang={}", lang.other().code())));
        }
    }
}

#[::core::prelude::v1::test]
fn what_comes_from_data_is_escaped() {
    let hostile = "<script>alert(1)</script>\"'&";
    let mut view = samples::enterprise(Lang::En, Sort::Loss);
    view.name = hostile.to_owned();
    view.uscc = hostile.to_owned();
    view.listed = vec![hostile.to_owned()];
    let html = render_enterprise(&page(Lang::En), &view).unwrap();
    assert!(!html.contains("<script>alert") && html.contains("&#60;script&#62;alert"));
    let search =
        SearchView { q: hostile.to_owned(), next: Some(hostile.to_owned()), ..SearchView::default() };
    let html = render_search(&page(Lang::En), &search).unwrap();
    assert!(!html.contains("alert(1)</") && html.contains("cursor=%3Cscript%3E"));
}

#[::core::prelude::v1::test]
fn what_is_withheld_is_named_and_not_there() {
    let html = render_enterprise(&page(Lang::En), &samples::public(Lang::En)).unwrap();
    assert!(html.contains("Not shown to you") && html.contains("Grade and score"));
    for secret in ["829", "class=\"letter\"", "Main reasons", "id=\"points\"", "class=\"steps\""] {
        assert!(!html.contains(secret), "{secret}");
    }
}

#[::core::prelude::v1::test]
fn rows_are_in_the_order_asked_for() {
    let html = |sort| render_enterprise(&page(Lang::Zh), &samples::enterprise(Lang::Zh, sort)).unwrap();
    let place = |html: &str, id: &str| html.find(&format!("<i>{id}</i>")).unwrap();
    let catalogue = html(Sort::Catalogue);
    assert!(place(&catalogue, "R01") < place(&catalogue, "P01"));
    let by_loss = html(Sort::Loss);
    assert!(place(&by_loss, "P01") < place(&by_loss, "R01"));
    assert_eq!(by_loss.matches("<summary><span><i>").count(), 46);
}

/// Answers with the samples; the session `broken` finds the store unreadable.
struct Samples;

impl PortalData for Samples {
    fn session_cookie(&self) -> &'static str {
        "session"
    }

    fn viewer(&self, reader: &Reader) -> Result<Option<Viewer>, PortalError> {
        match reader.session.as_deref() {
            Some("broken") => Err(PortalError("disk".into())),
            name => Ok(name.map(|name| Viewer {
                name: name.to_owned(),
                csrf: "0123".to_owned(),
                pages: Vec::new(),
                purpose: None,
            })),
        }
    }

    fn is_sample(&self) -> bool {
        true
    }

    fn home(&self, _: &Reader) -> Result<HomeView, PortalError> {
        Ok(samples::home())
    }

    fn search(&self, ask: &SearchAsk, reader: &Reader) -> Result<SearchView, PortalError> {
        Ok(SearchView { q: ask.q.clone(), ..samples::search(reader.lang) })
    }

    fn enterprise(
        &self,
        uscc: &str,
        sort: Sort,
        reader: &Reader,
    ) -> Result<Option<EnterpriseView>, PortalError> {
        Ok((uscc == USCC).then(|| samples::enterprise(reader.lang, sort)))
    }

    fn zone(&self, reader: &Reader) -> Result<OverviewView, PortalError> {
        Ok(samples::zone(reader.lang))
    }

    fn ledger(&self, _: Option<&str>, _: &Reader) -> Result<LedgerView, PortalError> {
        Ok(samples::ledger())
    }

    fn verify(&self, _: &Reader) -> Result<VerifyView, PortalError> {
        Ok(samples::verify())
    }
}

/// Status, headers in one text, and body of a request.
async fn get(path: &str, headers: &[(&str, &str)]) -> (StatusCode, String, String) {
    let app = test::init_service(App::new().configure(portal::configure(Arc::new(Samples)))).await;
    let mut request = test::TestRequest::get().uri(path);
    for header in headers {
        request = request.insert_header(*header);
    }
    let response = test::call_service(&app, request.to_request()).await;
    let status = response.status();
    let headers: Vec<String> = response
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    let body = test::read_body(response).await;
    (status, headers.join("\n"), String::from_utf8(body.to_vec()).unwrap())
}

#[actix_web::test]
async fn every_route_answers_with_the_policy() {
    let enterprise = format!("/enterprises/{USCC}?sort=loss");
    for path in ["/", "/enterprises?q=a&kind=E1", &enterprise, "/zone", "/ledger-view?cursor=3", "/verify"] {
        let (status, headers, body) = get(path, &[]).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(headers.contains("content-security-policy: default-src 'none'; style-src 'self'"), "{path}");
        assert!(body.starts_with("<!doctype html>"), "{path}");
    }
}

#[actix_web::test]
async fn the_language_is_chosen_kept_and_taken_from_the_browser() {
    let (_, headers, body) = get("/zone?lang=en", &[]).await;
    assert!(body.contains("<html lang=\"en\">") && headers.contains("xinji_lang=en"));
    let (_, headers, body) = get("/zone", &[("cookie", "xinji_lang=en")]).await;
    assert!(body.contains("<html lang=\"en\">") && !headers.contains("set-cookie"));
    let (.., body) = get("/zone", &[("accept-language", "en-US")]).await;
    assert!(body.contains("<html lang=\"en\">"));
    let (.., body) = get("/zone", &[]).await;
    assert!(body.contains("<html lang=\"zh-Hans\">"));
}

#[actix_web::test]
async fn troubles_are_pages_that_say_what_to_do() {
    let (status, _, body) = get("/enterprises/nothing?lang=en", &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(body.contains("No enterprise of this code"));
    let long = format!("/enterprises?q={}", "a".repeat(101));
    assert_eq!(get(&long, &[]).await.0, StatusCode::BAD_REQUEST);
    let (status, _, body) = get("/zone", &[("cookie", "session=broken")]).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!body.contains("disk"));
}

#[actix_web::test]
async fn assets_are_kept_for_ever_under_their_version() {
    let path = portal::assets::href("portal.css");
    let (status, headers, body) = get(&path, &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert!(headers.contains("immutable") && headers.contains("text/css") && body.contains("--paper"));
    let etag = format!("\"{}\"", portal::assets::version());
    let (status, ..) = get(&path, &[(header::IF_NONE_MATCH.as_str(), &etag)]).await;
    assert_eq!(status, StatusCode::NOT_MODIFIED);
    assert!(get("/assets/old/verify.js", &[]).await.1.contains("no-cache"));
    assert_eq!(get("/assets/old/secret.js", &[]).await.0, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn every_module_that_is_imported_is_served() {
    for asset in portal::assets::all().filter(|asset| asset.name.ends_with(".js")) {
        let imports =
            asset.body.lines().filter(|line| line.starts_with("import ") || line.starts_with("export {"));
        for line in imports {
            let Some((_, from)) = line.rsplit_once(" from ") else { continue };
            let name = from.trim_matches(|c: char| "'\";".contains(c)).strip_prefix("./");
            assert!(name.and_then(portal::assets::find).is_some(), "{}: {line}", asset.name);
        }
    }
    // What is brought along is served with its licence.
    if portal::assets::find("noble-curves-ed25519.js").is_some() {
        let licence = portal::assets::find("noble-curves-LICENSE.txt").unwrap();
        assert!(licence.body.contains("Permission is hereby granted"));
    }
}
