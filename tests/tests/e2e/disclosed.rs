//! An agency's node fetches the statements that the zone discloses to it, and computes each score again.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use xinji_tests::harness::{Server, Zone, for_each_database, uscc};

use crate::fixtures::{AS_OF, evaluate, small_zone};

const LIMIT: Duration = Duration::from_secs(300);

struct Agency {
    bearer: String,
    /// What `key revoke` takes.
    key_id: String,
    key_file: PathBuf,
}

/// A key of customs.
fn agency(zone: &Zone) -> Agency {
    let options = ["--audience", "customs", "--organisation", "5115", "--scope", "read", "--scope", "share"];
    let made = zone.cli(&[&["key", "create", "node"][..], &options].concat()).ok();
    let key = made.stdout.split_whitespace().last().unwrap().to_owned();
    let key_file = zone.path("customs.key");
    std::fs::write(&key_file, format!("{key}\n")).unwrap();
    std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let key_id = key.rsplit_once('_').unwrap().0.to_owned();
    Agency { bearer: format!("Bearer {key}"), key_id, key_file }
}

/// A standing request of the agency for grades, granted by the operator.
fn grant(zone: &Zone, server: &Server, agency: &Agency) {
    let terms = json!({
        "purpose": "supervision", "blocks": ["grade", "grade_top"], "basis": "海关法第六条",
        "cycle": "event", "valid_to": "2027-11-30",
    });
    let json = ("content-type", "application/json");
    let headers = [("authorization", agency.bearer.as_str()), json];
    let asked = server.post("/api/v1/standing-requests", &headers, terms.to_string().as_bytes());
    assert_eq!(asked.status, 201, "{}", asked.body);
    let path = format!("{}/answer", asked.header("location"));
    let admin = format!("Bearer {}", zone.token());
    let headers = [("authorization", admin.as_str()), ("if-match", "\"1\""), json];
    let answered = server.post(&path, &headers, json!({ "decision": "grant" }).to_string().as_bytes());
    assert_eq!(answered.status, 200, "{}", answered.body);
}

#[track_caller]
fn wait(node: &Server, what: &str, is_right: impl Fn(&Value) -> bool) -> Value {
    let since = Instant::now();
    loop {
        let status = node.get("/status.json", &[]).json();
        if is_right(&status) {
            return status;
        }
        assert!(since.elapsed() < LIMIT, "never {what}: {status}\n{}", node.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn an_agency_computes_again_what_is_disclosed_to_it() {
    for_each_database(|zone| {
        zone.import(&small_zone(zone)).ok();
        evaluate(zone, AS_OF);
        let server = zone.serve();
        let agency = agency(zone);
        let disclosed = zone.path("disclosed");
        std::fs::create_dir(&disclosed).unwrap();
        let options = [
            "--disclosed",
            disclosed.to_str().unwrap(),
            "--disclosed-from",
            &server.base,
            "--disclosed-key",
            agency.key_file.to_str().unwrap(),
            "--disclosed-every-s",
            "1",
        ];
        let follow = || zone.follow(&server, "customs", &options);
        let node = follow();
        let refused =
            wait(&node, "told to ask first", |status| status["statements"]["last_error"].is_string());
        let why = refused["statements"]["last_error"].as_str().unwrap();
        assert!(why.contains("standing request") && why.contains("(403)"), "{why}");

        grant(zone, &server, &agency);
        let rated: u64 = zone.query("SELECT COUNT(DISTINCT uscc) FROM ratings").parse().unwrap();
        assert!(rated > 0);
        let status = wait(&node, "all recomputed", |status| status["right_scores"] == rated);
        assert_eq!(status["statements"]["withheld"], 0, "{status}");
        wait(&node, "through", |status| status["statements"]["last_error"].is_null());

        // A rating that changes is fetched and computed again; what is there already is not fetched twice.
        let listed = format!(
            "uscc,list,decision_no,authority,effective_on\n{},serious_dishonesty,LISTED-1,市监局,2026-11-01\n",
            uscc(1)
        );
        let admin = format!("Bearer {}", zone.token());
        let headers = [("authorization", admin.as_str()), ("content-type", "text/csv")];
        let taken = server.post("/api/v1/sources/lists/batches", &headers, listed.as_bytes());
        assert_eq!(taken.status, 202, "{}", taken.body);
        let status = wait(&node, "the change recomputed", |status| status["right_scores"] == rated + 1);
        assert_eq!(
            (&status["wrong_scores"], &status["unchecked_scores"]),
            (&0.into(), &0.into()),
            "{status}"
        );
        assert_eq!(status["statements"]["fetched"], rated + 1, "{status}");
        let page = node.get("/?lang=en", &[]).body;
        assert!(page.contains("Disclosed by") && page.contains(&server.base), "{page}");
        assert!(node.get("/metrics", &[]).body.contains("follow_right_scores"));

        // The zone noted each look, for the purpose that was named.
        let path = format!("/api/v1/access-log?uscc={}", uscc(1));
        zone.cli(&["user", "add", "watch", "--name", "watch", "--audience", "auditor"]).ok();
        let made = zone.cli(&["key", "create", "watch", "--user", "watch", "--scope", "read"]).ok();
        let auditor = format!("Bearer {}", made.stdout.split_whitespace().last().unwrap());
        let looks = server.get(&path, &[("authorization", &auditor), ("x-purpose", "audit")]).json();
        let of_receipts =
            looks["items"].as_array().unwrap().iter().filter(|look| {
                look["purpose"] == "supervision" && look["shown"].to_string().contains("receipt")
            });
        assert_eq!(of_receipts.count(), 2, "{looks}");

        // Killed and started again it goes on where it was.
        node.kill();
        let node = follow();
        let status = wait(&node, "as before", |status| status["right_scores"] == rated + 1);
        assert_eq!(status["statements"]["fetched"], 0, "{status}");

        // Without its key it fetches nothing, and goes on cosigning what it replays.
        zone.cli(&["key", "revoke", &agency.key_id]).ok();
        let status =
            wait(&node, "refused", |status| status["statements"]["last_error"].to_string().contains("(401)"));
        assert_eq!(status["phase"], "following", "{status}");
        assert_eq!(node.get("/healthz", &[]).status, 200);
        drop((node, server));
        zone.cli(&["doctor"]).ok();
        zone.verify_ledger();
    });
}
