//! The same over HTTP: what the service says of a bad file, and that it goes on.

use std::time::{Duration, Instant};

use xinji_tests::harness::{Database, Server, Zone, for_each_database, uscc};

const HEADER: &str = "uscc,changed_on,item,before,after";

fn line(item: &str) -> String {
    format!("{},2024-03-01,{item},旧,新", uscc(1))
}

/// The administrator's side of a running service.
struct Desk<'a> {
    server: &'a Server,
    token: String,
}

impl<'a> Desk<'a> {
    fn at(zone: &Zone, server: &'a Server) -> Self {
        let token = std::fs::read_to_string(zone.data().join("admin-token")).unwrap();
        Self { server, token: format!("Bearer {}", token.trim()) }
    }

    fn get(&self, path: &str, lang: &str, accept: &str) -> xinji_tests::harness::processes::Answer {
        let headers = [
            ("authorization", self.token.as_str()),
            ("accept-language", lang),
            ("accept", accept),
            ("x-purpose", "supervision"),
        ];
        self.server.get(path, &headers)
    }

    /// Sends a file and waits for its job.
    fn send(&self, source: &str, name: &str, content: &[u8]) -> serde_json::Value {
        let disposition = format!("attachment; filename=\"{name}\"");
        let headers = [
            ("authorization", self.token.as_str()),
            ("content-disposition", disposition.as_str()),
            ("x-purpose", "supervision"),
        ];
        let taken = self.server.post(&format!("/api/v1/sources/{source}/batches"), &headers, content);
        assert_eq!(taken.status, 202, "{taken:?}");
        let id = taken.json()["job"]["id"].as_str().unwrap().to_owned();
        let since = Instant::now();
        loop {
            let job = self.get(&format!("/api/v1/jobs/{id}"), "en", "application/json").json();
            if !matches!(job["state"].as_str(), Some("queued" | "running")) {
                return job;
            }
            assert!(since.elapsed() < Duration::from_secs(300), "{job}");
            std::thread::sleep(Duration::from_millis(30));
        }
    }
}

#[test]
fn bad_files_over_http_cost_themselves() {
    for_each_database(|zone| {
        let server = zone.serve();
        let desk = Desk::at(zone, &server);
        let bad = line("=1+1").replace("2024-03-01", "=TODAY()");
        let text =
            format!("{HEADER}\n{}\n{bad}\n{}\n{}\n", line("a"), line(&"x".repeat(10_000_000)), line("a\0"));
        let job = desk.send("registration_changes", "=long.csv", text.as_bytes());
        assert_eq!(job["state"], "succeeded", "{job}");
        let batches = desk.get("/api/v1/batches", "en", "application/json").json();
        let batch = &batches["items"][0];
        let id = batch["id"].as_str().unwrap();
        let rejects = desk.get(&format!("/api/v1/batches/{id}/rejects"), "en", "application/json").json();
        let found: Vec<(u64, &str)> = rejects["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["line"].as_u64().unwrap(), one["code"].as_str().unwrap()))
            .collect();
        assert_eq!(found, [(3, "date"), (4, "line_too_long"), (5, "control_char")], "{rejects}");
        let list = desk.get(&format!("/api/v1/batches/{id}/rejects"), "en", "text/csv");
        let mut reader = csv::Reader::from_reader(list.body.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 3, "{}", list.body);
        for cell in rows.iter().flatten() {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "a formula: {cell:?}");
        }

        // Refused whole; in both languages; and the next one is taken.
        for (name, content, code) in [
            ("utf16.csv", &b"\xFF\xFEu\0s\0"[..], "encoding"),
            ("empty.csv", b"", "empty_file"),
            ("other.csv", b"colour,size\nred,1\n", "column_count"),
            ("cut.xlsx", b"PK\x03\x04\x14\0xl/", "type"),
        ] {
            let job = desk.send("registration_changes", name, content);
            assert_eq!(job["state"], "failed", "{name}: {job}");
            assert!(job.to_string().contains(code), "{name}: {job}");
            let id = job["id"].as_str().unwrap();
            let chinese = desk.get(&format!("/api/v1/jobs/{id}"), "zh", "application/json").json();
            assert!(chinese.to_string().contains('。'), "{name}: {chinese}");
        }
        let job =
            desk.send("registration_changes", "good.csv", format!("{HEADER}\n{}\n", line("b")).as_bytes());
        assert_eq!(job["state"], "succeeded", "{job}");
        assert!(server.ready(), "{}", server.log());
    });
}

/// What is no question is refused as such: never an error of the service.
#[test]
fn requests_made_of_anything_are_answered_below_500() {
    let zone = Zone::new(Database::Sqlite);
    let server = zone.serve();
    let desk = Desk::at(&zone, &server);
    let long = "x".repeat(6_000);
    let values = [
        "",
        "%00",
        "%FF%FE",
        "-1",
        "99999999999999999999",
        "1e400",
        "NaN",
        "２０",
        "%2e%2e%2f",
        "'%20OR%201=1--",
        "%F0%9F%92%A9",
        "{}",
        "%0d%0aSet-Cookie:a=b",
        "2026-02-30",
        "0000-01-01",
        "9999-12-31",
        "%E2%80%AE",
        &long,
    ];
    let code = uscc(1);
    let mut asked = 0;
    for value in values {
        let mut paths: Vec<String> = ["limit", "cursor", "q", "role", "grade", "region", "listed"]
            .map(|name| format!("/api/v1/enterprises?{name}={value}"))
            .to_vec();
        paths.extend(
            ["as_of", "known_at"].map(|name| format!("/api/v1/enterprises/{code}/rating?{name}={value}")),
        );
        paths.extend(
            ["batches", "enterprises", "jobs", "scorecards"].map(|list| format!("/api/v1/{list}/{value}")),
        );
        paths.extend(
            ["batches", "enterprises/x/ratings"]
                .map(|list| format!("/api/v1/{list}?cursor={value}&limit={value}")),
        );
        paths.extend(
            ["/enterprises/", "/search?q=", "/ledger/tile/", "/ledger/tile/0/"]
                .map(|path| format!("{path}{value}")),
        );
        for path in paths {
            for lang in ["zh", "en;q=2,*;q=-1,,;"] {
                let answer = desk.get(&path, lang, "application/json");
                assert!(answer.status < 500, "{path}: {answer:?}");
                asked += 1;
            }
        }
    }
    let path = format!("/api/v1/enterprises/{code}/simulations");
    let deep = format!("{{\"indicators\":{}}}", "[".repeat(200_000));
    let bodies = [
        "",
        "null",
        "[]",
        "{",
        "\u{feff}{}",
        "{\"indicators\":null}",
        "{\"indicators\":{\"T01\":1e999}}",
        "{\"a\":{\"a\":1}}",
        "\"\\ud800\"",
        "{\"indicators\":{\"T01\":{\"num\":170141183460469231731687303715884105727,\"den\":0}}}",
        &deep,
        &long,
    ];
    for body in bodies {
        for kind in ["application/json", "application/json; charset=utf-16", "text/plain", ""] {
            let headers = [
                ("authorization", desk.token.as_str()),
                ("content-type", kind),
                ("x-purpose", "supervision"),
            ];
            let answer = server.post(&path, &headers, body.as_bytes());
            assert!((400..500).contains(&answer.status), "{body:.60}: {answer:?}");
            assert_eq!(answer.json()["status"], answer.status, "{answer:?}");
            asked += 1;
        }
    }
    assert!(asked > 600 && server.ready(), "{}", server.log());
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
