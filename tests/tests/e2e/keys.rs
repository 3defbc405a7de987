//! The log's key replaced and revoked while ratings go on, with the commands that a zone has.

use xinji_tests::harness::{Database, Finished, Zone, for_each_database, uscc};

use crate::fixtures::{AS_OF, evaluate, small_zone};

/// A receipt, and whether it is valid under a verifier key.
fn verify(zone: &Zone, vkey: &str) -> Finished {
    let path = zone.path("receipt.json");
    zone.cli(&["receipt", &uscc(1), "-o", path.to_str().unwrap()]).ok();
    zone.node(&["verify", path.to_str().unwrap(), "--log-key", vkey, "--lang", "en"])
}

fn log_vkey(zone: &Zone) -> String {
    std::fs::read_to_string(zone.data().join("log.vkey")).unwrap().trim().to_owned()
}

/// An event of these keys, signed by the zone's keys named.
fn event(zone: &Zone, name: &str, arguments: &[&str], signers: &[&str]) -> String {
    let path = zone.path(name).to_str().unwrap().to_owned();
    zone.node(&[&["key", "propose", "-o", &path], arguments].concat()).ok();
    for signer in signers {
        let key = zone.data().join("keys").join(signer);
        zone.node(&["key", "sign", "--key", key.to_str().unwrap(), &path]).ok();
    }
    path
}

/// A zone whose log key was replaced and revoked; the old one is gone, the new one is the first.
fn with_another_key(zone: &Zone) {
    zone.import(&small_zone(zone)).ok();
    evaluate(zone, "2026-07-31");
    let old = log_vkey(zone);
    let keys = zone.data().join("keys");
    let next = keys.join("log-2.key");
    let origin = old.split('+').next().unwrap();
    let new = zone.node(&["keygen", "--origin", origin, "-o", next.to_str().unwrap()]).ok().stdout;
    let rotation =
        event(zone, "rotate.json", &["--old", &old, "--new", new.trim()], &["log.key", "root.key"]);
    zone.cli(&["ledger", "key", &rotation]).ok();
    evaluate(zone, "2026-08-31");
    let revocation = event(zone, "revoke.json", &["--old", &old], &["root.key"]);
    zone.cli(&["ledger", "key", &revocation]).ok();
    evaluate(zone, AS_OF);
    std::fs::rename(&next, keys.join("log.key")).unwrap();
}

/// Every checkpoint of a folder that is made again has the lines that it was published with, though the key that made
/// some of them is gone: `doctor` compares each with the record.
#[test]
fn a_ledger_made_again_has_the_lines_of_a_key_that_is_gone() {
    for_each_database(|zone| {
        with_another_key(zone);
        // What a server adds to the log by itself is recorded too.
        let server = zone.serve();
        let ledger = zone.data().join("ledger");
        crate::rebuild::keep_mirror(&server, &zone.path("mirror"));
        drop(server);
        zone.cli(&["doctor"]).ok();
        let recorded = || zone.query("SELECT size, note FROM ledger_notes ORDER BY size");
        let published = recorded();
        let lines = |note: &str| note.matches("\u{2014} ").count();
        let blocks: usize = zone.query("SELECT COUNT(*) FROM ledger_blocks").parse().unwrap();
        let rows = zone.query("SELECT COUNT(*) FROM ledger_notes");
        assert_eq!(rows, blocks.to_string(), "one for each block");
        assert!(lines(&published) > blocks, "both keys signed for a while: {published}");

        std::fs::rename(&ledger, zone.path("kept")).unwrap();
        let from = zone.path("mirror").to_str().unwrap().to_owned();
        for arguments in [&["ledger", "rebuild"][..], &["ledger", "rebuild", "--from", &from]] {
            zone.cli(arguments).ok();
            zone.cli(&["doctor"]).ok();
            assert_eq!(recorded(), published);
            std::fs::remove_dir_all(&ledger).unwrap();
        }
        // A record that is not what was published is named, and gives nothing.
        let first = zone.query("SELECT MIN(size) FROM ledger_notes");
        zone.query(&format!("UPDATE ledger_notes SET note = 'x' WHERE size = {first}"));
        let rebuilt = zone.cli(&["ledger", "rebuild"]).ok();
        assert!(rebuilt.all().contains("the recorded checkpoint"), "{}", rebuilt.all());
        let found = zone.cli(&["doctor"]).code_is(1);
        assert!(found.all().contains(&format!("ledger_notes {first}")), "{}", found.all());
    });
}

#[test]
fn the_log_key_is_replaced_and_revoked_through_the_outbox() {
    let zone = Zone::new(Database::Sqlite);
    zone.import(&small_zone(&zone)).ok();
    evaluate(&zone, "2026-08-31");
    let old = log_vkey(&zone);
    let origin = old.split('+').next().unwrap();
    let next = zone.data().join("keys").join("log-2.key");
    let made = zone.path("next.key");
    let new = zone.node(&["keygen", "--origin", origin, "-o", made.to_str().unwrap()]).ok().stdout;
    let new = new.trim();

    let rotation = event(&zone, "rotate.json", &["--old", &old, "--new", new], &["log.key", "root.key"]);
    let refused = zone.cli(&["ledger", "key", &rotation]).code_is(1);
    assert!(refused.all().contains("is not at hand"), "{}", refused.all());
    std::fs::copy(&made, &next).unwrap();
    let unsigned = event(&zone, "unsigned.json", &["--old", &old, "--new", new], &["log.key"]);
    let refused = zone.cli(&["ledger", "key", &unsigned]).code_is(1);
    assert!(refused.all().contains("the offline root has not signed"), "{}", refused.all());
    zone.cli(&["ledger", "key", &rotation]).ok();
    let again = zone.cli(&["ledger", "key", &rotation]).ok();
    assert!(again.all().contains("was taken before"), "{}", again.all());
    evaluate(&zone, AS_OF);
    assert_eq!(log_vkey(&zone), new);
    for vkey in [&old, new] {
        verify(&zone, vkey).ok();
    }
    zone.verify_ledger();
    zone.cli(&["doctor"]).ok();

    let revocation = event(&zone, "revoke.json", &["--old", &old], &["root.key"]);
    zone.cli(&["ledger", "key", &revocation]).ok();
    verify(&zone, new).ok();
    let refused = verify(&zone, &old).code_is(1);
    assert!(refused.stdout.contains("INVALID"), "{}", refused.all());
    zone.verify_ledger();
    zone.cli(&["doctor"]).ok();
}
