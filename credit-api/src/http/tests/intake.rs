use actix_web::http::StatusCode;
use actix_web::test::TestRequest;

use super::world::{World, code, registrations};
use crate::http::state::Limits;

#[actix_web::test]
async fn a_file_becomes_a_batch_with_ratings_on_the_ledger() {
    let world = World::new();
    let mut file = registrations([1, 2]);
    file.push_str("91511500MA6BADCODE,=1+1,存续,2020-01-15,,,李四,,511500,,ecommerce,2021-03-01\n");
    let request = TestRequest::post()
        .uri("/api/v1/sources/registration/batches")
        .insert_header(("Content-Disposition", "attachment; filename=\"../zone.csv\""))
        .set_payload(file.clone());
    let answer = world.call(world.signed(request)).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let taken = answer.json();
    assert_eq!(taken["batch"]["file_name"], "zone.csv");
    assert_eq!(taken["batch"]["bytes"], file.len());
    let job = world.wait(answer.header("location")).await;
    assert_eq!(
        (job["state"].as_str(), job["progress"]["rows_done"].as_u64()),
        (Some("succeeded"), Some(3)),
        "{job}"
    );

    let batch = format!("/api/v1/batches/{}", job["batch_id"].as_str().unwrap());
    let shown = world.read(&batch).await.json();
    assert_eq!((shown["rows_new"].as_i64(), shown["rows_rejected"].as_i64()), (Some(2), Some(1)), "{shown}");
    assert_eq!(shown["file_digest"], taken["batch"]["file_digest"]);

    let rejects = world.read(&format!("{batch}/rejects?limit=1")).await.json();
    assert_eq!(rejects["items"][0]["line"], 4);
    assert_eq!(rejects["items"][0]["column"], "uscc");
    let csv = TestRequest::get().uri(&format!("{batch}/rejects")).insert_header(("Accept", "text/csv"));
    let csv = world.call(world.signed(csv)).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(csv.header("content-disposition").starts_with("attachment;"));
    assert!(csv.text().starts_with("\u{feff}batch,file,line,column,code"), "{}", csv.text());

    let receipt = world.read(&format!("/api/v1/enterprises/{}/receipt", code(1))).await;
    assert_eq!(receipt.status, StatusCode::OK, "{}", receipt.text());
    receipt.json();
    let history = world.read(&format!("/api/v1/enterprises/{}/ratings", code(1))).await.json();
    assert_eq!(history["items"][0]["anchor"]["state"], "sequenced", "{history}");
}

#[actix_web::test]
async fn the_same_file_twice_changes_nothing() {
    let world = World::new();
    let first = world.take("registration", &registrations([1])).await;
    let again = world.take("registration", &registrations([1])).await;
    assert_eq!(first["batch_id"], again["batch_id"]);
    assert_eq!(world.read("/api/v1/batches").await.json()["items"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn an_idempotency_key_stands_for_one_request() {
    let world = World::new();
    let send = async |file: String, key: &str| {
        let request = TestRequest::post()
            .uri("/api/v1/sources/registration/batches")
            .insert_header(("Idempotency-Key", key.to_owned()))
            .set_payload(file);
        world.call(world.signed(request)).await
    };
    let first = send(registrations([1]), "k1").await;
    let again = send(registrations([1]), "k1").await;
    assert_eq!((first.status, again.status), (StatusCode::ACCEPTED, StatusCode::ACCEPTED));
    assert_eq!(first.body, again.body);
    assert_eq!(first.header("location"), again.header("location"));
    let other = send(registrations([2]), "k1").await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    assert_eq!(other.json()["type"], "https://xinji.example/problems/idempotency_conflict");
    assert_eq!(send(registrations([1]), "bad key").await.status, StatusCode::BAD_REQUEST);
    world.wait(first.header("location")).await;
    // A day later the key is free again.
    world.later(1);
    let later = send(registrations([2]), "k1").await;
    assert_eq!(later.status, StatusCode::ACCEPTED);
    world.wait(later.header("location")).await;
}

#[actix_web::test]
async fn what_is_no_source_file_is_refused() {
    let world = World::with(Limits { upload_bytes: 1_000, ..Limits::default() });
    let large = world.send("registration", &registrations(1..50)).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", large.text());
    let form = TestRequest::post()
        .uri("/api/v1/sources/registration/batches")
        .insert_header(("Content-Type", "multipart/form-data; boundary=x"))
        .set_payload("--x--");
    assert_eq!(world.call(world.signed(form)).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    // What `curl --data-binary @FILE` sends when nobody names a type.
    let plain = TestRequest::post()
        .uri("/api/v1/sources/registration/batches")
        .insert_header(("Content-Type", "application/x-www-form-urlencoded"))
        .set_payload(registrations([1]));
    let plain = world.call(world.signed(plain)).await;
    assert_eq!(plain.status, StatusCode::ACCEPTED, "{}", plain.text());
    assert_eq!(world.wait(plain.header("location")).await["state"], "succeeded");
    let anonymous = TestRequest::post().uri("/api/v1/sources/registration/batches").set_payload("x");
    assert_eq!(world.call(anonymous).await.status, StatusCode::UNAUTHORIZED);

    let job = world.take("registration", "a,b\n1,2\n").await;
    assert_eq!(job["state"], "failed", "{job}");
    assert!(job["error"]["message"].as_str().is_some_and(|text| !text.is_empty()));
    let cancel = TestRequest::delete().uri(&format!("/api/v1/jobs/{}", job["id"].as_str().unwrap()));
    assert_eq!(world.call(world.signed(cancel)).await.status, StatusCode::CONFLICT);
    let refused = &world.read("/api/v1/batches").await.json()["items"][0];
    assert!(refused["refused"]["code"].is_string(), "{refused}");
}
