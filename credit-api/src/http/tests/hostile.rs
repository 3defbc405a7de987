//! Questions made of anything: parameters, headers, cursors and bodies by chance. Below 500 is an answer, and every
//! refusal is a problem.

use actix_web::test::TestRequest;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::world::{Answer, World, code, registrations};

const ROUNDS: usize = 400;

fn by_chance<S: Strategy>(strategy: S) -> impl Iterator<Item = S::Value> {
    let mut runner = TestRunner::deterministic();
    std::iter::repeat_with(move || strategy.new_tree(&mut runner).unwrap().current()).take(ROUNDS)
}

fn is_answer(what: &str, answer: &Answer) {
    assert!(answer.status.as_u16() < 500, "{what}: {} {}", answer.status, answer.text());
    if answer.status.is_client_error() {
        assert!(answer.header("content-type").starts_with("application/problem+json"), "{what}");
        assert_eq!(answer.json()["status"], answer.status.as_u16(), "{what}");
    }
}

/// Anything as a part of a query, escaped or not.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,20}".prop_map(|text| text.bytes().map(|b| format!("%{b:02x}")).collect()),
        "[a-zA-Z0-9%.+:=_-]{0,40}",
        "[0-9]{1,25}",
        "-?[0-9]{1,4}-[0-9]{1,2}-[0-9]{1,2}(T[0-9:.+Z-]{0,20})?",
        "(%[0-9a-fA-F]{2}){0,30}",
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(|bytes| {
            use base64::Engine;
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
        }),
        "[eqrb]1:\\PC{0,20}".prop_map(|text| {
            use base64::Engine;
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
        }),
    ]
}

#[actix_web::test]
async fn queries() {
    let world = World::new();
    world.take("registration", &registrations(1..=3)).await;
    let lists = [
        "/api/v1/enterprises".to_owned(),
        "/api/v1/batches".to_owned(),
        format!("/api/v1/enterprises/{}/ratings", code(1)),
        format!("/api/v1/enterprises/{}/rating", code(1)),
        format!("/api/v1/enterprises/{}", code(1)),
    ];
    let name = prop_oneof![
        Just("limit"),
        Just("cursor"),
        Just("q"),
        Just("role"),
        Just("grade"),
        Just("region"),
        Just("listed"),
        Just("as_of"),
        Just("known_at"),
    ];
    for (list, name, first, second) in by_chance((0..lists.len(), name, value(), value())) {
        let path = format!("{}?{name}={first}&{second}", lists[list]);
        // What is no URI is no request.
        if path.parse::<actix_web::http::Uri>().is_ok() {
            is_answer(&path, &world.read(&path).await);
        }
    }
}

#[actix_web::test]
async fn paths() {
    let world = World::new();
    let folder =
        prop_oneof![Just("enterprises"), Just("batches"), Just("jobs"), Just("scorecards"), Just("sources")];
    for (folder, name, rest) in by_chance((folder, value(), "(/[a-z]{0,12}){0,2}")) {
        let path = format!("/api/v1/{folder}/{name}{rest}");
        if path.parse::<actix_web::http::Uri>().is_ok() {
            is_answer(&path, &world.read(&path).await);
            is_answer(
                &path,
                &world.call(world.signed(TestRequest::post().uri(&path)).set_payload(rest)).await,
            );
        }
    }
}

#[actix_web::test]
async fn headers() {
    let world = World::new();
    world.take("registration", &registrations(1..=1)).await;
    let path = format!("/api/v1/enterprises/{}/rating", code(1));
    let name = prop_oneof![
        Just("Authorization"),
        Just("X-Purpose"),
        Just("Accept-Language"),
        Just("X-Request-Id"),
        Just("traceparent"),
        Just("If-None-Match"),
        Just("Idempotency-Key"),
        Just("Content-Disposition"),
        Just("Content-Type"),
        Just("Cookie"),
    ];
    let text = prop_oneof![
        "[ -~]{0,60}",
        "(en|zh|\\*)(-[A-Z]{2})?(;q=[0-9.-]{0,12})?(,[ a-z;=0-9.]{0,20}){0,3}",
        "W?/?\"[ -~]{0,20}\"(, \"[a-f0-9]{0,64}\")?",
        "[0-9a-f]{2}-[0-9a-f]{0,33}-[0-9a-f]{0,17}-[0-9a-f]{0,3}",
        "attachment; filename(\\*)?=[ -~]{0,40}"
    ];
    for (name, text) in by_chance((name, text)) {
        let request = |request: TestRequest| {
            request.insert_header(("X-Purpose", "supervision")).insert_header((name, text.as_str()))
        };
        is_answer(
            &format!("{name}: {text}"),
            &world.call(request(world.signed(TestRequest::get().uri(&path)))).await,
        );
        let upload = TestRequest::post().uri("/api/v1/sources/arrears/batches");
        is_answer(
            &format!("{name}: {text}"),
            &world.call(request(world.signed(upload)).set_payload("x")).await,
        );
    }
}

/// Names that nobody has, and bodies and files that are none.
#[actix_web::test]
async fn screenings() {
    let world = World::new();
    world.take("registration", &registrations(1..=2)).await;
    world.state.jobs.names().look(&world.state.service.database).unwrap();
    let text = prop_oneof![
        "\\PC{0,40}",
        "[宜宾达州市（）()云锦贸易有限公司原名:,\\u{3000} ]{0,30}",
        "[A-Za-z0-9&.,() ]{0,60}",
        "(云|a|\u{301}|\u{202e}|𠀀){0,210}",
        Just(code(1)),
    ];
    let name = prop_oneof![
        4 => (text.clone(), text.clone()).prop_map(|(name, uscc)| serde_json::json!({ "name": name, "uscc": uscc })),
        4 => text.clone().prop_map(|name| serde_json::json!({ "name": name, "reference": name })),
        1 => any::<i64>().prop_map(|number| serde_json::json!({ "name": number })),
        1 => Just(serde_json::json!({})),
    ];
    let against =
        prop_oneof![3 => Just("enterprises".to_owned()), 1 => Just("list".to_owned()), 1 => "\\PC{0,8}"];
    let body =
        (proptest::collection::vec(name, 0..4), against, text.clone()).prop_map(|(names, against, cut)| {
            let body = serde_json::json!({ "names": names, "against": [against] }).to_string();
            let end = if cut.len() % 3 == 0 { body.chars().count() / 2 } else { body.chars().count() };
            body.chars().take(end).collect::<String>()
        });
    let post = || TestRequest::post().uri("/api/v1/screenings");
    for body in by_chance(body) {
        let json = post().insert_header(("Content-Type", "application/json")).set_payload(body.clone());
        is_answer(&body, &world.call(json).await);
    }
    let file =
        proptest::collection::vec(text, 0..6).prop_map(|cells| format!("name,uscc\n{}", cells.join("\n")));
    let mut jobs = Vec::new();
    for file in by_chance(file).take(60) {
        let answer = world.call(world.signed(post()).set_payload(file.clone())).await;
        is_answer(&file, &answer);
        jobs.push(answer.header("location").to_owned());
    }
    for job in jobs {
        let ended = world.wait(&job).await;
        assert_ne!(ended["error"]["code"], "internal", "{ended}");
    }
}

/// Suppositions that nobody would make: of a rated enterprise, each gives a score or a problem.
#[actix_web::test]
async fn simulations() {
    let world = World::new();
    world.take("registration", &registrations(1..=1)).await;
    let path = format!("/api/v1/enterprises/{}/simulations", code(1));
    let number = prop_oneof!["-?[0-9]{1,40}", "-?[0-9]{0,20}\\.[0-9]{0,20}", "1e400", "NaN", "\\PC{0,8}"];
    let supposed = prop_oneof![
        number.clone().prop_map(|text| format!("{{\"value\":{text:?}}}")),
        (number.clone(), number.clone()).prop_map(|(num, den)| format!("{{\"ratio\":[{num:?},{den:?}]}}")),
        any::<i64>().prop_map(|bp| format!("{{\"bp\":{bp}}}")),
        (0u32..10_001).prop_map(|bp| format!("{{\"bp\":{bp}}}")),
        Just("{\"state\":\"insufficient\"}".to_owned()),
        Just("{\"state\":\"not_applicable\"}".to_owned()),
        "\\PC{0,20}",
    ];
    let indicator = "(R|P|T|C)(0[0-9]|1[0-6])";
    let as_of = prop_oneof![
        4 => Just(String::new()),
        1 => "[+-]?[0-9]{1,6}-(0[0-9]|1[0-3])-[0-3][0-9]".prop_map(|date| format!("\"as_of\":\"{date}\",")),
        1 => Just("\"as_of\":\"+262142-12-31\",".to_owned()),
        1 => Just("\"as_of\":\"-262143-01-01\",".to_owned()),
    ];
    let body = prop_oneof![
        4 => (as_of, proptest::collection::vec((indicator, supposed), 0..4)).prop_map(|(as_of, all)| {
            let all: Vec<String> = all.iter().map(|(id, supposed)| format!("\"{id}\":{supposed}")).collect();
            format!("{{{as_of}\"indicators\":{{{}}}}}", all.join(","))
        }),
        1 => "\\{(\"[a-z_]{0,10}\":([0-9]{1,5}|null|\\{\\}|\\[\\]|\"[a-z0-9-]{0,10}\"),?){0,3}\\}",
        1 => "\\PC{0,60}",
        1 => (1usize..5_000).prop_map(|depth| "[".repeat(depth)),
    ];
    let mut scores = 0;
    for body in by_chance(body) {
        let request = TestRequest::post().uri(&path).insert_header(("Content-Type", "application/json"));
        let request = world.signed(request).insert_header(("X-Purpose", "supervision"));
        let answer = world.call(request.set_payload(body.clone())).await;
        is_answer(&body, &answer);
        scores += usize::from(answer.status.is_success());
    }
    assert!(scores > 20, "only {scores} of {ROUNDS} were suppositions");
}
