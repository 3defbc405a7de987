//! A look whose answer left is in the access log, whatever happens to the process afterwards.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use xinji_tests::harness::{Server, Zone, for_each_database, uscc};

use crate::fixtures::{AS_OF, evaluate, small_zone};

const ROUNDS: u64 = 4;
const READERS: u64 = 4;

/// The key of a user with this role, for the header `Authorization`.
fn bearer(zone: &Zone, login: &str, audience: &str) -> String {
    zone.cli(&["user", "add", login, "--name", login, "--audience", audience]).ok();
    let made = zone.cli(&["key", "create", login, "--user", login, "--scope", "read"]).ok();
    format!("Bearer {}", made.stdout.split_whitespace().last().unwrap())
}

/// Reads one rating again and again until the process is gone; notes the requests that were answered.
fn read(server: &Server, bearer: &str, name: &str, answered: &Mutex<Vec<String>>, is_killed: &AtomicBool) {
    let path = format!("/api/v1/enterprises/{}/rating", uscc(1));
    for number in 0.. {
        let id = format!("{name}-{number}");
        let headers =
            [("authorization", bearer), ("x-purpose", "supervision"), ("x-request-id", id.as_str())];
        match server.try_get(&path, &headers) {
            Some(answer) if answer.status == 200 => answered.lock().unwrap().push(id),
            // So many requests of one key are told to wait.
            Some(answer) => assert_eq!(answer.status, 429, "{answer:?}"),
            None => assert!(is_killed.load(Ordering::SeqCst), "no answer:\n{}", server.log()),
        }
        if is_killed.load(Ordering::SeqCst) {
            return;
        }
    }
}

/// How often each request of an officer stands in the log, and the numbers of the rows.
fn logged(server: &Server, auditor: &str) -> (BTreeMap<String, u32>, Vec<u64>) {
    let (mut requests, mut ids, mut cursor) = (BTreeMap::new(), Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/access-log?limit=200&uscc={}{cursor}", uscc(1));
        let answer = server.get(&path, &[("authorization", auditor), ("x-purpose", "audit")]);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let page = answer.json();
        for look in page["items"].as_array().unwrap() {
            ids.push(look["id"].as_str().unwrap().parse().unwrap());
            *requests.entry(look["request"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
        let Some(next) = page["next_cursor"].as_str() else { return (requests, ids) };
        cursor = format!("&cursor={next}");
    }
}

#[test]
fn a_killed_service_has_logged_every_look_whose_answer_left_once() {
    for_each_database(|zone| {
        zone.import(&small_zone(zone)).ok();
        evaluate(zone, AS_OF);
        let (officer, auditor) = (bearer(zone, "officer", "customs"), bearer(zone, "watch", "auditor"));
        let answered = Mutex::new(Vec::new());
        for round in 0..ROUNDS {
            let (server, is_killed) = (zone.serve(), AtomicBool::new(false));
            std::thread::scope(|scope| {
                for reader in 0..READERS {
                    let name = format!("k-{round}-{reader}");
                    let (server, officer, answered, is_killed) = (&server, &officer, &answered, &is_killed);
                    scope.spawn(move || read(server, officer, &name, answered, is_killed));
                }
                std::thread::sleep(Duration::from_millis(400 + 37 * round));
                is_killed.store(true, Ordering::SeqCst);
                server.kill_now();
            });
        }
        let server = zone.serve();
        let (requests, ids) = logged(&server, &auditor);
        let answered = answered.into_inner().unwrap();
        assert!(answered.len() > 20, "{}", answered.len());
        for id in &answered {
            assert_eq!(requests.get(id), Some(&1), "{id} of {}", answered.len());
        }
        assert!(ids.is_sorted_by(|later, earlier| later > earlier));
        drop(server);
        zone.cli(&["doctor"]).ok();
        zone.verify_ledger();
    });
}
