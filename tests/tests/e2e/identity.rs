//! Users, sessions and keys through the built programs: the command line beside a running service, a service killed
//! and started again, and the log of it all.

use serde_json::{Value, json};
use xinji_tests::harness::{Answer, Server, Zone, for_each_database, uscc};

const PASSWORD: &str = "correct horse battery";

fn last_word(text: &str) -> String {
    text.split_whitespace().last().unwrap().to_owned()
}

fn post(server: &Server, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let headers = [headers, &[("content-type", "application/json")]].concat();
    server.post(path, &headers, body.to_string().as_bytes())
}

/// The cookie and the CSRF token of a session that was opened.
fn session(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, 201, "{}", answer.json());
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    (cookie, answer.json()["csrf_token"].as_str().unwrap().to_owned())
}

fn status(server: &Server, header: (&str, &str)) -> u16 {
    server.get("/api/v1/me", &[header]).status
}

#[test]
fn what_is_acknowledged_of_an_identity_outlives_the_process() {
    for_each_database(|zone| {
        let add = zone.cli(&["user", "add", "zhang", "--name", "张三", "--audience", "customs"]).ok();
        let given = last_word(&add.stdout);
        let key = zone.cli(&["key", "create", "batch", "--user", "zhang", "--scope", "read"]).ok();
        let key = last_word(&key.stdout);
        let bearer = format!("Bearer {key}");

        let server = zone.serve();
        let body = json!({ "login": "zhang", "password": given, "new_password": PASSWORD });
        let (cookie, csrf) = session(&post(&server, "/api/v1/sessions", &[], &body));
        let body = json!({ "login": "zhang", "password": PASSWORD });
        let (other, _) = session(&post(&server, "/api/v1/sessions", &[], &body));
        assert_eq!(status(&server, ("cookie", &cookie)), 200);
        assert_eq!(status(&server, ("authorization", &bearer)), 200);
        server.kill();

        let server = zone.serve();
        assert_eq!(status(&server, ("cookie", &cookie)), 200);
        let own = [("cookie", cookie.as_str()), ("x-csrf-token", csrf.as_str())];
        let created = post(&server, "/api/v1/keys", &own, &json!({ "name": "own", "scopes": ["read"] }));
        assert_eq!(created.status, 201, "{}", created.json());
        let created = created.json()["secret"].as_str().unwrap().to_owned();

        // The command line is another process; what it ended is ended when it says so.
        let id = key.rsplit_once('_').unwrap().0;
        zone.cli(&["key", "revoke", id]).ok();
        assert_eq!(status(&server, ("authorization", &bearer)), 401);
        zone.cli(&["user", "disable", "zhang"]).ok();
        for header in [("cookie", cookie.as_str()), ("cookie", other.as_str())] {
            assert_eq!(status(&server, header), 401);
        }
        assert_eq!(status(&server, ("authorization", &format!("Bearer {created}"))), 401);
        let refused =
            post(&server, "/api/v1/sessions", &[], &json!({ "login": "zhang", "password": PASSWORD }));
        assert_eq!(refused.status, 401);
        zone.cli(&["user", "disable", "zhang"]).code_is(1);
        zone.cli(&["user", "add", "zhang", "--name", "x", "--audience", "customs"]).code_is(1);

        let seen = server.log() + &server.get("/metrics", &[]).body;
        let session_id = cookie.split_once('=').unwrap().1;
        for secret in [&key, &created, &given, PASSWORD, session_id, &csrf, "argon2id"] {
            assert!(!seen.contains(secret), "{secret} in log or metrics");
        }
        let stored = zone.query("SELECT count(*) FROM users WHERE password NOT LIKE '$argon2id$v=19$%'");
        assert_eq!(stored, "0");
    });
}

#[test]
fn letters_of_the_command_line_take_two_persons() {
    for_each_database(|zone: &Zone| {
        zone.cli(&["user", "add", "agent", "--name", "李四", "--audience", "enterprise"]).ok();
        let letter = zone.path("letter.pdf");
        std::fs::write(&letter, b"%PDF-1.4 letter").unwrap();
        let (file, code) = (letter.to_string_lossy().into_owned(), uscc(1));
        let proposed = zone
            .cli(&[
                "user",
                "letter",
                "agent",
                "--uscc",
                &code,
                "--file",
                &file,
                "--from",
                "2026-01-01",
                "--to",
                "2028-12-31",
                "--reason",
                "on file",
                "--by",
                "Wang",
            ])
            .ok();
        let id = proposed.stdout.split_whitespace().next().unwrap().to_owned();
        let approve = |by: &str| zone.cli(&["user", "approve", &id, "--reason", "checked", "--by", by]);
        approve("Wang").code_is(1);
        approve("Zhao").ok();
        approve("Zhao").code_is(1);
        let letters = zone.cli(&["user", "letters", "agent"]).ok().stdout;
        assert!(letters.contains("approved") && letters.contains(&code), "{letters}");
    });
}
