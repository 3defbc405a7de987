//! An extract has what was granted and nothing else, is signed, and is a look at every enterprise in it.

use actix_web::http::StatusCode;
use ledger::note::{Note, open};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::people::kind;
use super::world::{DAY_MS, World, code};
use crate::sharing::fetching;
use crate::store::both::Place;

const FILING: &str = "uscc,name,status,established_on,registered_capital_cny,paid_in_capital_cny,\
     legal_representative,address,region_code,industry_code,roles,filed_on,phone\n";

/// Enterprise 1 as the sharing tests have it, with an address that a spreadsheet would calculate.
async fn zone(world: &World) {
    world.zone().await;
    let filing = format!(
        "{FILING}{},宜宾试验1号贸易有限公司,存续,2020-01-15,1000000,1000000,张三1,=1+1,511500,F5190,ecommerce,2021-03-01,13812345678\n",
        code(1)
    );
    world.taken("registration", &filing).await;
}

async fn made(world: &World, key: &str, request: &str) -> Value {
    let id = request.rsplit('/').next().unwrap();
    let asked = world.sent(key, "/api/v1/extracts", "", json!({ "request": id })).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED, "{}", asked.text());
    for _ in 0..30_000 {
        let extract = world.asked(key, "", asked.header("location")).await.json();
        if !matches!(extract["state"].as_str(), Some("queued" | "running")) {
            return extract;
        }
        actix_web::rt::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the extract is never made");
}

#[actix_web::test]
async fn an_extract_is_whole_signed_logged_and_no_more_than_was_granted() {
    for place in Place::all() {
        let world = World::at(&place);
        zone(&world).await;
        let agent = world.agent_of(1).await;
        let customs = world.department("customs").await;
        let blocks = ["identity", "contact", "safe_class", "grade", "lists"];
        // Contact is seen on request alone: customs cannot have it in bulk.
        let refused =
            world.sent(&customs, "/api/v1/standing-requests", "", super::sharing::terms(&blocks)).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        let request = world.granted(&customs, &["identity", "safe_class", "grade", "lists"]).await;
        let extract = made(&world, &customs, &request).await;
        assert_eq!(
            (&extract["state"], &extract["enterprises"]),
            (&json!("succeeded"), &json!(2)),
            "{extract}"
        );

        let mut files = Vec::new();
        for path in extract["files"].as_array().unwrap() {
            let file = world.asked(&customs, "", path.as_str().unwrap()).await;
            assert_eq!(file.status, StatusCode::OK, "{path}");
            files.push(file.text());
        }
        let [lines, table, manifest, signature] = <[String; 4]>::try_from(files).unwrap();

        // Any reader of signed notes opens it with the log's key.
        let note = Note::parse(format!("{manifest}\n{signature}").as_bytes()).unwrap();
        let vkeys = [world.state.anchor.view().vkey().clone()];
        assert_eq!(open(&note, &vkeys).unwrap().len(), 1);
        let other = Note::parse(
            format!("{}\n{signature}", manifest.replace("\"enterprises\": 2", "\"enterprises\": 3"))
                .as_bytes(),
        );
        assert!(open(&other.unwrap(), &vkeys).is_err());
        let manifest: Value = serde_json::from_str(&manifest).unwrap();
        for (at, content) in [&lines, &table].into_iter().enumerate() {
            let entry = &manifest["files"][at];
            assert_eq!(entry["sha256"], hex::encode(Sha256::digest(content.as_bytes())), "{entry}");
            assert_eq!((&entry["bytes"], &entry["rows"]), (&json!(content.len()), &json!(2)));
        }
        assert_eq!(manifest["request"], request.rsplit('/').next().unwrap());
        assert!(manifest["checkpoint"].as_str().unwrap().contains(manifest["origin"].as_str().unwrap()));

        // The class and the grade alone; no score, no decision, no telephone, no other class.
        let row: Value =
            serde_json::from_str(lines.lines().find(|line| line.contains(&code(1))).unwrap()).unwrap();
        assert_eq!(
            (&row["safe_class"], &row["address"]),
            (&json!({ "class": "A" }), &json!("=1+1")),
            "{row}"
        );
        assert!(row["grade"].is_string() && row["lists"][0]["decision_no"] == "LISTED", "{row}");
        for absent in
            ["score", "SAFE-NO", "phone", "13812345678", "tax_class", "rating_seq", "legal_representative"]
        {
            assert!(!lines.contains(absent) && !table.contains(absent), "{absent}: {lines}");
        }
        assert!(table.contains(",'=1+1,"), "{table}");
        assert_eq!(table.lines().count(), 3, "{table}");

        // Nothing of it is new in the feed; each enterprise knows of the look.
        let feed = format!("/api/v1/changes?since={}", extract["as_of"].as_str().unwrap());
        assert_eq!(world.asked(&customs, "supervision", &feed).await.json()["items"], json!([]));
        let log = format!("/api/v1/enterprises/{}/access-log", code(1));
        let log = world.asked(&agent, "self", &log).await.json();
        let look =
            log["items"].as_array().unwrap().iter().find(|look| look["request"] == extract["id"]).unwrap();
        // What everybody sees is no look.
        assert_eq!(look["shown"], json!(["safe_class:grade", "grade:grade"]), "{log}");

        // Once a day, by nobody else, and not after the end.
        let id = json!({ "request": request.rsplit('/').next().unwrap() });
        let again = world.sent(&customs, "/api/v1/extracts", "", id.clone()).await;
        assert_eq!((again.status, kind(&again).as_str()), (StatusCode::CONFLICT, "wrong_standing"));
        assert!(again.text().contains("2026-11-24"), "{}", again.text());
        let tax = world.department("tax").await;
        assert_eq!(world.sent(&tax, "/api/v1/extracts", "", id).await.status, StatusCode::NOT_FOUND);
        let path = extract["files"][0].as_str().unwrap();
        assert_eq!(world.asked(&tax, "", path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(
            world.asked(&customs, "", &path.replace("extract.ndjson", "as_of")).await.status,
            StatusCode::NOT_FOUND
        );
        world.sent(&customs, &format!("{request}/withdraw"), "\"2\"", json!({})).await;
        assert_eq!(world.asked(&customs, "", path).await.status, StatusCode::CONFLICT);
    }
}

#[actix_web::test]
async fn files_are_kept_for_the_days_that_are_set_and_then_go_by_themselves() {
    for place in Place::all() {
        let world = World::at(&place);
        zone(&world).await;
        let customs = world.department("customs").await;
        let request = world.granted(&customs, &["identity", "grade"]).await;
        let extract = made(&world, &customs, &request).await;
        let path = extract["files"][0].as_str().unwrap();
        let address = format!("/api/v1/extracts/{}", extract["id"].as_str().unwrap());
        let data = &world.state.service.config.data;
        let folder = data.join("extracts").join(extract["id"].as_str().unwrap());
        let remove = || fetching::remove_old(&world.state.service).unwrap();
        let pass = |ms: i64| world.pass(ms);
        pass(30 * DAY_MS - 1);
        assert_eq!(remove(), 0);
        assert_eq!(world.asked(&customs, "", path).await.status, StatusCode::OK);

        // The time decides; when the worker looks does not.
        pass(1);
        let gone = |answer: super::world::Answer| {
            assert_eq!((answer.status, kind(&answer).as_str()), (StatusCode::GONE, "files_gone"));
            assert!(answer.text().contains("Ask for another extract"), "{}", answer.text());
        };
        gone(world.asked(&customs, "", path).await);
        assert_eq!((remove(), remove(), folder.exists()), (1, 0, false));
        gone(world.asked(&customs, "", path).await);
        let later = world.asked(&customs, "", &address).await.json();
        assert_eq!((&later["state"], &later["files"]), (&json!("succeeded"), &json!([])));
        for kept in ["as_of", "enterprises", "made_at", "files_until"] {
            assert_eq!(later[kept], extract[kept], "{kept}");
        }

        // Another one is made, and what somebody removed by hand is no error of the service.
        let extract = made(&world, &customs, &request).await;
        let folder = data.join("extracts").join(extract["id"].as_str().unwrap());
        std::fs::remove_dir_all(folder).unwrap();
        gone(world.asked(&customs, "", extract["files"][1].as_str().unwrap()).await);
    }
}

#[actix_web::test]
async fn what_an_attempt_left_that_came_to_nothing_goes_too() {
    for place in Place::all() {
        let world = World::at(&place);
        zone(&world).await;
        let customs = world.department("customs").await;
        let request = world.granted(&customs, &["identity", "grade"]).await;
        let extract = made(&world, &customs, &request).await;
        let service = &world.state.service;
        let part = service.config.data.join("extracts").join(extract["id"].as_str().unwrap());
        let part = part.with_extension("part");
        std::fs::create_dir_all(&part).unwrap();
        let set = |sql: &str| {
            let mut connection = service.database.connection().unwrap();
            crate::store::bulk::execute(&mut connection, sql, []).unwrap()
        };
        set("UPDATE extracts SET made_at = NULL");
        world.later(31);
        // A job that is not finished may still need it.
        set("UPDATE jobs SET state = 'running' WHERE kind = 'extract'");
        assert_eq!((fetching::remove_old(service).unwrap(), part.exists()), (0, true));
        set("UPDATE jobs SET state = 'failed' WHERE kind = 'extract'");
        assert_eq!((fetching::remove_old(service).unwrap(), part.exists()), (1, false));
    }
}
