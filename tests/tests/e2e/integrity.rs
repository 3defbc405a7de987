//! What nobody may change unnoticed: a receipt, a row of the database.

use xinji_tests::harness::{Database, Zone, for_each_database, uscc};

use crate::fixtures::{AS_OF, evaluate, receipt, small_zone};

#[test]
fn a_receipt_verifies_offline_and_no_byte_of_it_may_change() {
    for_each_database(|zone| {
        zone.import(&small_zone(zone)).ok();
        evaluate(zone, AS_OF);
        let server = zone.serve();
        let path = receipt(zone, &uscc(1));
        drop(server);
        let verified = zone.node(&["verify", path.to_str().unwrap()]).ok();
        assert!(verified.stdout.contains("VALID"), "{}", verified.all());

        let good = std::fs::read(&path).unwrap();
        let changed = zone.path("changed.receipt.json");
        // Every part of the file, in a number of processes that stays small.
        for at in (0..good.len()).step_by((good.len() / 97).max(1)) {
            let mut bytes = good.clone();
            bytes[at] ^= 1;
            std::fs::write(&changed, bytes).unwrap();
            let answer = zone.node(&["verify", changed.to_str().unwrap()]);
            assert_eq!(answer.code, Some(1), "byte {at}: {}", answer.all());
        }
        std::fs::write(&changed, &good[..good.len() / 2]).unwrap();
        zone.node(&["verify", changed.to_str().unwrap()]).code_is(1);
    });
}

/// Tables that hold a score of an enterprise.
fn score_tables(zone: &Zone) -> Vec<String> {
    let sql = match zone.database {
        Database::Sqlite => {
            "SELECT DISTINCT m.name FROM sqlite_master m, pragma_table_info(m.name) p
             WHERE m.type = 'table' AND p.name = 'score'
             AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) q WHERE q.name = 'uscc')"
        }
        Database::Postgres { .. } => {
            "SELECT a.table_name FROM information_schema.columns a JOIN information_schema.columns b
             USING (table_schema, table_name)
             WHERE a.column_name = 'score' AND b.column_name = 'uscc' AND table_schema = 'public'"
        }
    };
    zone.query(sql).lines().map(str::to_owned).collect()
}

#[test]
fn doctor_names_a_row_that_was_changed_by_hand() {
    for_each_database(|zone| {
        zone.import(&small_zone(zone)).ok();
        evaluate(zone, AS_OF);
        let server = zone.serve();
        receipt(zone, &uscc(1));
        drop(server);
        zone.cli(&["doctor"]).ok();
        let tables = score_tables(zone);
        assert!(!tables.is_empty(), "no table with a score");
        for table in tables {
            zone.query(&format!("UPDATE {table} SET score = score + 1 WHERE uscc = '{}'", uscc(1)));
        }
        let found = zone.cli(&["doctor"]).code_is(1);
        assert!(found.all().contains(&uscc(1)), "{}", found.all());
        assert!(!found.all().contains(&uscc(2)), "{}", found.all());
    });
}
