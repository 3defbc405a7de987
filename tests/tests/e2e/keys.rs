//! The log's key replaced and revoked while ratings go on, with the commands that a zone has.

use xinji_tests::harness::{Database, Finished, Zone, uscc};

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
