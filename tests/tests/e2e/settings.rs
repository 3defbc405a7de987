//! A database that another version wrote, or a ledger of another zone, is refused with what to do.

use xinji_tests::harness::for_each_database;

#[test]
fn a_database_of_a_later_version_is_left_alone() {
    for_each_database(|zone| {
        let empty = zone.write("registration", &[]);
        zone.import(&[&empty]).ok();
        zone.query("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000001')");
        for command in ["doctor", "serve"] {
            let said = zone.cli(&[command]).code_is(1).all();
            assert!(said.contains("29991231000001") && said.contains("newer"), "{said}");
        }
        zone.query("DELETE FROM __diesel_schema_migrations WHERE version = '29991231000001'");
        zone.cli(&["doctor"]).ok();
    });
}

#[test]
fn the_zone_and_the_log_s_name_are_fixed_by_the_ledger() {
    for_each_database(|zone| {
        let empty = zone.write("registration", &[]);
        zone.import(&[&empty]).ok();
        for (name, value) in [("XINJI_ZONE", "other"), ("XINJI_LOG_ORIGIN", "other.example/log")] {
            let mut command = zone.command("credit-api", &["serve"]);
            let output = command.env(name, value).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(1), "{said}");
            let key = name.trim_start_matches("XINJI_").to_lowercase();
            assert!(said.contains(&key) && said.contains(value), "{key}: {said}");
        }
    });
}
