//! SIGKILL between a granted objection and what follows from it: the record that was set right is rated once, each step
//! is on the ledger once, and nothing has to be said twice.

use std::time::Duration;

use serde_json::{Value, json};
use xinji_tests::harness::{Answer, Server, Zone, for_each_database, uscc};

use crate::fixtures::{AS_OF, evaluate, small_zone};

/// Milliseconds after which the service is killed: before it has looked at anything, in the middle, after.
const DELAYS_MS: [u64; 5] = [0, 15, 60, 180, 600];
const LISTS: &str = "uscc,list,decision_no,authority,effective_on,expires_on,removed_on";
const PATIENCE: Duration = Duration::from_secs(60);

struct Desk {
    agent: String,
    officer: String,
    reviewer: String,
    source: String,
}

/// The key of a new user, for the header `Authorization`.
fn key(zone: &Zone, login: &str, audience: &str, more: &[&str]) -> String {
    let add = ["user", "add", login, "--name", login, "--audience", audience];
    zone.cli(&[&add, more].concat()).ok();
    let scopes = ["--scope", "read", "--scope", "cases"];
    let made = zone.cli(&[&["key", "create", login, "--user", login], &scopes[..]].concat()).ok();
    format!("Bearer {}", made.stdout.split_whitespace().last().unwrap())
}

impl Desk {
    fn new(zone: &Zone) -> Self {
        let department = ["--organisation", "5115"];
        let desk = Self {
            agent: key(zone, "agent", "enterprise", &[]),
            officer: key(zone, "officer", "commerce", &department),
            reviewer: key(zone, "third", "reviewer", &[]),
            source: key(zone, "market", "market_regulation", &department),
        };
        let letter = zone.path("letter.pdf");
        std::fs::write(&letter, b"%PDF-1.4 letter").unwrap();
        let (file, code) = (letter.to_string_lossy().into_owned(), uscc(1));
        let term = ["--from", "2026-01-01", "--to", "2028-12-31", "--reason", "on file", "--by", "Wang"];
        let propose = ["user", "letter", "agent", "--uscc", &code, "--file", &file];
        let proposed = zone.cli(&[&propose, &term[..]].concat()).ok();
        let id = proposed.stdout.split_whitespace().next().unwrap().to_owned();
        zone.cli(&["user", "approve", &id, "--reason", "checked", "--by", "Zhao"]).ok();
        desk
    }

    fn step(&self, server: &Server, (key, case, verb): (&str, &str, &str), body: &Value) -> Value {
        let headers = [("authorization", self.officer.as_str()), ("x-purpose", "supervision")];
        let seen = server.get(case, &headers).header("etag").to_owned();
        let headers = [("authorization", key), ("if-match", &seen), ("content-type", "application/json")];
        let answer = server.post(&format!("{case}/{verb}"), &headers, body.to_string().as_bytes());
        assert_eq!(answer.status, 200, "{verb}: {}", answer.body);
        answer.json()
    }

    /// An objection to this entry, decided by two people in the enterprise's favour: its address.
    fn upheld(&self, server: &Server, decision: &str) -> String {
        let about =
            json!({ "record": { "source": "lists", "key": [uscc(1), "serious_dishonesty", decision] } });
        let body = json!({ "uscc": uscc(1), "reason": "another company", "about": about }).to_string();
        let headers = [("authorization", self.agent.as_str()), ("content-type", "application/json")];
        let opened = server.post("/api/v1/objections", &headers, body.as_bytes());
        assert_eq!(opened.status, 201, "{}", opened.body);
        let case = opened.header("location").to_owned();
        let upheld = json!({ "outcome": "upheld", "reason": "as the source says", "basis": "Art. 25" });
        let answer = json!({ "outcome": "upheld", "reason": "filed under the wrong code" });
        let ask = json!({ "asked": "market_regulation" });
        let none = json!({});
        self.step(server, (&self.officer, &case, "receive"), &none);
        self.step(server, (&self.officer, &case, "accept"), &none);
        self.step(server, (&self.officer, &case, "ask_source"), &ask);
        self.step(server, (&self.source, &case, "answer"), &answer);
        self.step(server, (&self.officer, &case, "propose"), &upheld);
        let confirm = json!({ "outcome": "upheld", "reason": "seen" });
        let body = self.step(server, (&self.reviewer, &case, "confirm"), &confirm);
        assert_eq!(body["state"], "upheld");
        case
    }
}

/// Sends the row of an entry.
fn listed(zone: &Zone, server: &Server, decision: &str, removed: &str) -> Answer {
    let row = format!("{LISTS}\n{},serious_dishonesty,{decision},市监局,2026-09-01,,{removed}\n", uscc(1));
    let admin = format!("Bearer {}", zone.token());
    let headers = [("authorization", admin.as_str()), ("content-type", "text/csv")];
    let answer = server.post("/api/v1/sources/lists/batches", &headers, row.as_bytes());
    assert_eq!(answer.status, 202, "{}", answer.body);
    answer
}

fn done(server: &Server) {
    server.wait_until("done", PATIENCE, |ready| {
        ["outbox_pending", "enterprises_to_evaluate", "jobs_unfinished"].iter().all(|name| ready[name] == 0)
    });
}

fn last_grade(zone: &Zone) -> String {
    zone.query(&format!("SELECT grade FROM ratings WHERE uscc = '{}' ORDER BY seq DESC LIMIT 1", uscc(1)))
}

fn ratings(zone: &Zone) -> u32 {
    zone.query(&format!("SELECT COUNT(*) FROM ratings WHERE uscc = '{}'", uscc(1))).parse().unwrap()
}

#[test]
fn a_service_killed_after_an_objection_was_upheld_rates_and_anchors_once() {
    for_each_database(|zone| {
        zone.import(&small_zone(zone)).ok();
        evaluate(zone, AS_OF);
        let desk = Desk::new(zone);
        for (round, delay) in DELAYS_MS.into_iter().enumerate() {
            let decision = format!("D{round}");
            let server = zone.serve();
            done(&server);
            let good = last_grade(zone);
            assert_ne!(good, "D");
            listed(zone, &server, &decision, "");
            done(&server);
            assert_eq!(last_grade(zone), "D");
            let case = desk.upheld(&server, &decision);
            done(&server);
            // Decided, and no more: killed before the source has sent anything.
            server.kill();

            let server = zone.serve();
            done(&server);
            assert_eq!(last_grade(zone), "D", "decided is not corrected");
            let before = ratings(zone);
            listed(zone, &server, &decision, "2026-09-01");
            std::thread::sleep(Duration::from_millis(delay));
            server.kill();

            let server = zone.serve();
            done(&server);
            assert_eq!((last_grade(zone), ratings(zone)), (good, before + 1), "rated once, round {round}");
            let body = desk.step(&server, (&desk.officer, &case, "correct"), &json!({}));
            assert_eq!((&body["state"], &body["disputed"]), (&json!("closed"), &json!(false)));
            // Killed in the moment of the answer: the step is there, and its leaf comes.
            server.kill();
        }
        let server = zone.serve();
        done(&server);
        drop(server);
        let count = |sql: &str| zone.query(sql);
        assert_eq!(count("SELECT COUNT(*) FROM outbox WHERE leaf_index IS NULL"), "0");
        // The service raises alerts of its own; each of them is a step on the ledger as well.
        let of_objections = "SELECT COUNT(*) FROM case_steps WHERE case_id IN \
                             (SELECT id FROM cases WHERE kind = 'objection')";
        assert_eq!(count(of_objections), (8 * DELAYS_MS.len()).to_string(), "each step once");
        let steps = count("SELECT COUNT(*) FROM case_steps");
        assert_eq!(count("SELECT COUNT(DISTINCT leaf_index) FROM outbox WHERE kind = 'case'"), steps);
        let rated = count("SELECT COUNT(*) FROM ratings");
        assert_eq!(count("SELECT COUNT(DISTINCT leaf_index) FROM outbox WHERE kind = 'rating'"), rated);
        let lifted = "SELECT COUNT(*) FROM changes WHERE kind = 'case.changed' AND what LIKE '%\"correct\"%'";
        assert_eq!(count(lifted), DELAYS_MS.len().to_string(), "told once");
        zone.cli(&["doctor"]).ok();
        zone.verify_ledger();
    });
}
