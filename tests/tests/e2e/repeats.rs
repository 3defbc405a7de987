//! The same write sent twice with one key, also over a restart.

use xinji_tests::harness::{EnterpriseBuilder, Server, for_each_database, uscc};

use crate::fixtures::small_zone;

fn wait(server: &Server, token: &str, job: &str) {
    for _ in 0..3_000 {
        let job = server.get(job, &[("authorization", token)]).json();
        match job["state"].as_str() {
            Some("queued" | "running") => std::thread::sleep(std::time::Duration::from_millis(100)),
            Some("succeeded") => return,
            other => panic!("{other:?}: {job}"),
        }
    }
    panic!("the job does not end");
}

#[test]
fn a_write_repeated_with_its_key_is_answered_the_same_also_after_a_restart() {
    for_each_database(|zone| {
        zone.import(&small_zone(zone)).ok();
        let server = zone.serve();
        let token = format!("Bearer {}", zone.token());
        let keyed = |key: &'static str| {
            [
                ("authorization", token.clone()),
                ("x-purpose", "supervision".to_owned()),
                ("content-type", "application/json".to_owned()),
                ("idempotency-key", key.to_owned()),
            ]
        };
        let send = |server: &Server, path: &str, key: &'static str, body: &str| {
            let headers = keyed(key);
            let headers: Vec<(&str, &str)> =
                headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            server.post(path, &headers, body.as_bytes())
        };
        let simulations = format!("/api/v1/enterprises/{}/simulations", uscc(1));
        let what_if = r#"{"facts": {"change": [{"source": "registration", "set": {"status": "歇业"}}]}}"#;
        let first = send(&server, &simulations, "what-if", what_if);
        assert_eq!(first.status, 200, "{}", first.body);
        let changed = first.json()["changed"].clone();
        assert!(changed.as_array().unwrap().contains(&"R01".into()), "{changed}");

        let batches = "/api/v1/sources/registration/batches";
        let row = EnterpriseBuilder::new(1).with("paid_in_capital_cny", "5.00").build();
        let file = std::fs::read_to_string(zone.write("registration", &[row])).unwrap();
        let upload = send(&server, batches, "upload", &file);
        assert_eq!(upload.status, 202, "{}", upload.body);
        wait(&server, &token, upload.header("location"));

        server.kill();
        let server = zone.serve();
        let again = send(&server, &simulations, "what-if", what_if);
        assert_eq!((again.status, &again.body), (200, &first.body), "the facts changed, the answer must not");
        assert_ne!(send(&server, &simulations, "another", what_if).body, first.body);
        let again = send(&server, batches, "upload", &file);
        assert_eq!((again.status, &again.body), (202, &upload.body));
        assert_eq!(again.header("location"), upload.header("location"));
        for (path, key, body) in [
            (simulations.as_str(), "what-if", "{}"),
            (simulations.as_str(), "upload", what_if),
            (batches, "upload", "uscc\n"),
        ] {
            let other = send(&server, path, key, body);
            assert_eq!(other.status, 409, "{key}: {}", other.body);
            assert!(other.body.contains("idempotency_conflict"), "{}", other.body);
        }
    });
}
