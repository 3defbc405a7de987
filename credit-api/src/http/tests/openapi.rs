use std::collections::BTreeSet;

use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;
use serde_json::Value;

use super::world::{World, code, registrations};

const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            found.push((path.clone(), method.to_uppercase(), operation.clone()));
        }
    }
    found
}

/// `UPDATE_SNAPSHOTS=1` writes the document anew.
#[actix_web::test]
async fn the_committed_document_is_the_one_served() {
    let world = World::new();
    let served = world.get("/api/openapi.json").await;
    assert_eq!(served.status, StatusCode::OK);
    assert!(served.json()["openapi"].as_str().unwrap().starts_with("3.1"));
    let text = format!("{}\n", served.text());
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(SNAPSHOT, &text).unwrap();
    }
    let committed = std::fs::read_to_string(SNAPSHOT).unwrap_or_default();
    assert!(committed == text, "docs/openapi.json is out of date; run this test with UPDATE_SNAPSHOTS=1");
}

#[actix_web::test]
async fn every_operation_of_the_document_is_served_and_described() {
    let world = World::new();
    let document = world.get("/api/openapi.json").await.json();
    let operations = operations(&document);
    assert_eq!(operations.len(), 142);
    for (path, method, operation) in operations {
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{method} {path}");
        let real = path
            .replace("{uscc}", &code(1))
            .replace("{source}", "registration")
            .replace("{id}", "x")
            .replace("{delivery}", "1")
            .replace("{file}", "manifest.json")
            .replace("{verb}", "accept")
            .replace("{digest}", "0");
        let request = TestRequest::default().method(method.parse::<Method>().unwrap()).uri(&real);
        let answer = world.call(world.signed(request).insert_header(("X-Purpose", "supervision"))).await;
        if answer.header("content-type") == "application/problem+json" {
            let kind = answer.json()["type"].as_str().unwrap().to_owned();
            assert!(
                !kind.ends_with("/not_found") && !kind.ends_with("/method_not_allowed"),
                "{method} {path}: {kind}"
            );
        }
    }
}

/// Every `$ref` leads somewhere.
#[actix_web::test]
async fn the_document_is_whole() {
    let world = World::new();
    let document = world.get("/api/openapi.json").await.json();
    let text = document.to_string();
    for part in text.split("\"$ref\":\"#").skip(1) {
        let pointer = part.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}

#[actix_web::test]
async fn the_schema_of_a_rating_names_what_a_rating_has() {
    let world = World::new();
    world.take("registration", &registrations([1])).await;
    let document = world.get("/api/openapi.json").await.json();
    let rating = world.read(&format!("/api/v1/enterprises/{}/rating", code(1))).await.json();
    let names = |value: &Value| -> BTreeSet<String> { value.as_object().unwrap().keys().cloned().collect() };
    let schemas = &document["components"]["schemas"];
    let mut described = names(&schemas["RatingView"]["properties"]);
    described.insert("withheld".to_owned());
    assert_eq!(names(&rating), described);
    assert_eq!(names(&rating["indicators"][0]), names(&schemas["IndicatorView"]["properties"]));
}
