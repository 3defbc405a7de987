use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;
use serde_json::json;

use super::world::{World, code, registrations};
use crate::http::rate_limit::Quota;
use crate::http::state::Limits;

#[actix_web::test]
async fn every_error_is_a_problem_in_the_readers_language() {
    let world = World::new();
    let unknown = code(999);
    let signed = |request: TestRequest| world.signed(request);
    let rating = format!("/api/v1/enterprises/{unknown}/rating");
    let simulation = format!("/api/v1/enterprises/{unknown}/simulations");
    let post = |path: &str| signed(TestRequest::post().uri(path)).insert_header(("X-Purpose", "supervision"));
    let cases = [
        (TestRequest::get().uri("/api/v1/nothing"), 404, "not_found"),
        (TestRequest::get().uri("/api/nothing"), 404, "not_found"),
        (TestRequest::put().uri("/api/v1/enterprises"), 405, "method_not_allowed"),
        (TestRequest::get().uri("/api/v1/enterprises/1234"), 400, "invalid_uscc"),
        (TestRequest::get().uri("/api/v1/enterprises?limit=201"), 400, "invalid_parameter"),
        (TestRequest::get().uri("/api/v1/enterprises?limit=%ff"), 400, "invalid_parameter"),
        (TestRequest::get().uri("/api/v1/enterprises?listed=maybe"), 400, "invalid_parameter"),
        (TestRequest::get().uri("/api/v1/enterprises?cursor=xyz"), 400, "invalid_cursor"),
        (TestRequest::get().uri("/api/v1/enterprises?grade=BB"), 401, "sign_in_required"),
        (TestRequest::get().uri(&rating), 404, "enterprise_not_found"),
        (TestRequest::get().uri(&format!("{rating}?as_of=2026-02-30")), 400, "invalid_parameter"),
        (TestRequest::get().uri(&format!("{rating}?known_at=yesterday")), 400, "invalid_parameter"),
        (signed(TestRequest::get().uri(&rating)), 403, "purpose_required"),
        (signed(TestRequest::get().uri(&rating)).insert_header(("X-Purpose", "fun")), 400, "unknown_purpose"),
        (TestRequest::get().uri(&rating).insert_header(("Authorization", "Bearer x")), 401, "invalid_token"),
        (
            TestRequest::get().uri(&rating).insert_header(("Authorization", "Basic eDp5")),
            401,
            "invalid_token",
        ),
        (TestRequest::get().uri("/api/v1/batches"), 401, "sign_in_required"),
        (signed(TestRequest::get().uri("/api/v1/batches/none")), 404, "batch_not_found"),
        (signed(TestRequest::get().uri("/api/v1/batches/a%00b")), 404, "batch_not_found"),
        (signed(TestRequest::get().uri("/api/v1/jobs/%E4%B8%AD")), 404, "job_not_found"),
        (TestRequest::get().uri("/api/v1/enterprises?q=%00"), 400, "invalid_parameter"),
        (signed(TestRequest::get().uri("/api/v1/jobs/none")), 404, "job_not_found"),
        (signed(TestRequest::delete().uri("/api/v1/jobs/none")), 404, "job_not_found"),
        (TestRequest::get().uri("/api/v1/scorecards/none"), 404, "scorecard_not_found"),
        (post("/api/v1/sources/gossip/batches").set_payload("x"), 404, "unknown_source"),
        (post(&simulation).set_payload("{}"), 415, "unsupported_media_type"),
        (
            post(&simulation).insert_header(("Content-Type", "application/json")).set_payload("{"),
            400,
            "invalid_body",
        ),
        (
            post(&simulation)
                .insert_header(("Content-Type", "application/json"))
                .set_payload(r#"{"indicators":{"X99":{"bp":1}}}"#),
            400,
            "invalid_body",
        ),
    ];
    for (request, status, code) in cases {
        let answer = world.call(request.insert_header(("Accept-Language", "en"))).await;
        assert_eq!(answer.status.as_u16(), status, "{code}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/problem+json", "{code}");
        let body = answer.json();
        assert_eq!(body["type"], format!("https://xinji.example/problems/{code}"));
        assert_eq!(body["status"], status);
        assert!(body["detail"].as_str().unwrap().is_ascii(), "{body}");
        assert_eq!(body["request_id"], answer.header("x-request-id"));
    }
}

#[actix_web::test]
async fn outside_the_api_nothing_is_a_page() {
    let world = World::new();
    let answer = world.get("/nothing").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.header("content-type").starts_with("text/html"), "{}", answer.text());
}

#[actix_web::test]
async fn head_is_answered_where_get_is() {
    let world = World::new();
    for path in ["/healthz", "/api/v1/scorecards", "/api/docs"] {
        let answer = world.call(TestRequest::default().method(Method::HEAD).uri(path)).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
    let refused = world.call(TestRequest::patch().uri("/api/v1/scorecards")).await;
    assert_eq!((refused.status, refused.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD"));
}

#[actix_web::test]
async fn a_problem_says_what_is_wrong_and_where() {
    let world = World::new();
    let request = |lang: &str| {
        TestRequest::get()
            .uri("/api/v1/enterprises/915115001234567890")
            .insert_header(("Accept-Language", lang.to_owned()))
            .insert_header(("X-Request-Id", "r-1"))
    };
    let expected = json!({
        "type": "https://xinji.example/problems/invalid_uscc",
        "title": "统一社会信用代码有误",
        "status": 400,
        "detail": "路径中的统一社会信用代码不正确，详见 errors。",
        "instance": "/api/v1/enterprises/915115001234567890",
        "request_id": "r-1",
        "errors": [{"pointer": "#/path/uscc", "detail": "校验码为 0，计算应为 5"}],
    });
    let mut zh = world.call(request("zh-CN")).await.json();
    // The computed digit itself is credit-core's to test.
    let detail = zh["errors"][0]["detail"].as_str().unwrap().to_owned();
    assert!(detail.starts_with("校验码为 0，计算应为 "), "{detail}");
    zh["errors"][0]["detail"] = expected["errors"][0]["detail"].clone();
    assert_eq!(zh, expected);
    let en = world.call(request("en")).await.json();
    assert_eq!(en["title"], "Invalid USCC");
    assert!(en["errors"][0]["detail"].as_str().unwrap().starts_with("check digit is 0, computed "));
}

#[actix_web::test]
async fn a_missing_purpose_is_answered_with_those_that_the_caller_may_name() {
    let world = World::new();
    world.take("registration", &registrations([1])).await;
    let path = format!("/api/v1/enterprises/{}/receipt", code(1));
    let answer = world.call(world.signed(TestRequest::get().uri(&path))).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let purposes = answer.json()["purposes"].clone();
    // Those that the operator may name, not all there are.
    let expected = json!(["supervision", "statistics", "appeal", "evaluation_check"]);
    assert_eq!(purposes, expected);
}

#[actix_web::test]
async fn whoever_asks_too_often_is_told_to_wait() {
    let quota = Quota { burst: 2, per_second: 1 };
    let world = World::with(Limits { anonymous: quota, ..Limits::default() });
    for left in ["\"public\";r=1;t=1", "\"public\";r=0;t=2"] {
        let answer = world.get("/api/v1/scorecards").await;
        assert_eq!((answer.status, answer.header("ratelimit")), (StatusCode::OK, left));
        assert_eq!(answer.header("ratelimit-policy"), "\"public\";q=2;w=2");
    }
    let refused = world.get("/api/v1/scorecards").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.json()["type"], "https://xinji.example/problems/too_many_requests");
    // The administrator has a bucket of its own, and health is not counted.
    assert_eq!(world.read("/api/v1/scorecards").await.status, StatusCode::OK);
    assert_eq!(world.get("/healthz").await.status, StatusCode::OK);
    world.pass(1_000);
    assert_eq!(world.get("/api/v1/scorecards").await.status, StatusCode::OK);
}

#[actix_web::test]
async fn every_answer_names_its_request_and_keeps_browsers_in_bounds() {
    let world = World::new();
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for path in [
        "/healthz",
        "/readyz",
        "/metrics",
        "/api/docs",
        "/api/openapi.json",
        "/api/nothing",
        "/ledger/log.vkey",
    ] {
        let request = TestRequest::get().uri(path).insert_header(("traceparent", trace));
        let answer = world.call(request).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("x-request-id").len(), 32, "{path}");
        assert_eq!(answer.header("traceparent"), trace, "{path}");
    }
    let page = world.get("/api/docs").await.text();
    assert!(
        !page.contains("<script")
            && !page.contains("http://")
            && page.contains("/api/v1/enterprises/{uscc}/rating")
    );
}
