//! Zones written to a temporary folder and read back through the readers of the intake.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use credit_core::records::{ErrorCode, Record, SourceId};
use credit_core::uscc::Uscc;

use super::*;
use crate::intake::readers::{Encoding, Format, Input, RowError, open};

fn plan(enterprises: u32) -> Plan {
    Plan { enterprises, seed: 7, months: 12, until: NaiveDate::from_ymd_opt(2026, 11, 23).unwrap() }
}

fn write(plan: &Plan) -> (tempfile::TempDir, Written) {
    let folder = tempfile::tempdir().unwrap();
    let written = write_zone(plan, folder.path(), &mut |_, _| {}).unwrap();
    (folder, written)
}

/// The records of a file, and the codes of its rejected rows in order.
fn read(path: &Path) -> (Vec<Record>, Vec<ErrorCode>) {
    let (mut records, mut codes) = (Vec::new(), Vec::new());
    for row in open(&Input::Path(path.to_owned()), None).unwrap() {
        match row {
            Ok(row) => match row.parse() {
                Ok(record) => records.push(record),
                Err(errors) => codes.push(errors[0].code),
            },
            Err(RowError::Rejected(rejected)) => codes.push(rejected.errors[0].code),
            Err(RowError::File(error)) => panic!("{}: {error}", path.display()),
        }
    }
    (records, codes)
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    let (_one, first) = write(&plan(60));
    let (_two, second) = write(&plan(60));
    for (left, right) in first.files.iter().zip(&second.files) {
        assert_eq!(std::fs::read(left).unwrap(), std::fs::read(right).unwrap(), "{}", left.display());
    }
    let (_three, other) = write(&Plan { seed: 8, ..plan(60) });
    assert_ne!(std::fs::read(&first.files[0]).unwrap(), std::fs::read(&other.files[0]).unwrap());
}

#[test]
fn an_enterprise_is_the_same_in_a_larger_zone() {
    let (_one, small) = write(&plan(30));
    let (_two, large) = write(&plan(60));
    for (left, right) in small.files.iter().zip(&large.files) {
        let ((few, rejected), (many, _)) = (read(left), read(right));
        let repeated = small.dirty.identical + small.dirty.superseding;
        let own = few.len() - usize::try_from(repeated).unwrap().min(few.len());
        assert_eq!(few[..own], many[..own], "{}", left.display());
        assert!(!rejected.is_empty() || few.is_empty(), "{}", left.display());
    }
}

#[test]
fn only_the_intended_rows_are_rejected_and_with_the_intended_codes() {
    let (_folder, written) = write(&plan(60));
    let mut sources = BTreeSet::new();
    for path in &written.files {
        let (records, codes) = read(path);
        let name = sheet::file_name(path);
        let expected: Vec<ErrorCode> =
            written.dirty.rejected.iter().filter(|(file, _)| *file == name).map(|(_, code)| *code).collect();
        assert_eq!(codes, expected, "{name}");
        assert!(!records.is_empty(), "{name}");
        sources.extend(records.iter().map(Record::source));
    }
    assert_eq!(sources.len(), SourceId::ALL.len());
    assert_eq!(written.dirty.rejected.len(), 43);
}

#[test]
fn encodings_and_formats_are_mixed() {
    let (_folder, written) = write(&plan(60));
    let of = |name: &str| {
        let path = written.files.iter().find(|path| path.ends_with(name)).unwrap();
        let rows = open(&Input::Path(path.clone()), None).unwrap();
        (rows.format(), rows.encoding())
    };
    assert_eq!(of("registration.csv"), (Format::Csv, Encoding::Utf8));
    assert_eq!(of("penalties.csv"), (Format::Csv, Encoding::Gb18030));
    assert_eq!(of("permits.xlsx").0, Format::Xlsx);
    assert_eq!(of("reviews.ndjson").0, Format::Ndjson);
}

#[test]
fn codes_are_unique_and_partners_have_their_roles() {
    let (_folder, written) = write(&plan(100));
    let (records, _) = read(&written.files[0]);
    let mut kinds: BTreeMap<Uscc, SubjectKind> = BTreeMap::new();
    let mut roles: BTreeMap<Uscc, Vec<SubjectKind>> = BTreeMap::new();
    for record in records {
        let Record::Registration(entry) = record else { panic!("not a registration") };
        assert!(entry.uscc.org_code_valid());
        kinds.insert(entry.uscc, entry.roles[0]);
        roles.insert(entry.uscc, entry.roles.clone());
    }
    assert_eq!(kinds.len(), 100);
    let count = |kind| kinds.values().filter(|found| **found == kind).count();
    assert_eq!(SubjectKind::ALL.map(count), [70, 8, 10, 12]);

    let (orders, _) = read(written.files.iter().find(|path| path.ends_with("transactions.csv")).unwrap());
    let has = |code: Option<Uscc>, role| code.is_none_or(|code| roles[&code].contains(&role));
    for order in orders {
        let Record::Transactions(order) = order else { panic!("not an order") };
        assert!(has(order.platform_uscc, SubjectKind::E2));
        assert!(has(order.logistics_uscc, SubjectKind::E3));
        assert!(has(order.payment_uscc, SubjectKind::E4));
        assert!(has(order.agent_uscc, SubjectKind::E4));
        assert!(has(order.warehouse_uscc, SubjectKind::E4));
        assert!(order.ordered_at.shanghai_date() <= plan(1).until);
    }
}

#[test]
fn five_enterprises_are_shown_and_small_zones_have_fewer() {
    let (_folder, written) = write(&plan(60));
    assert_eq!(written.showcase.len(), 5);
    let (_folder, written) = write(&plan(2));
    assert_eq!(written.showcase.len(), 1);
}

#[test]
fn limits_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |plan: Plan| write_zone(&plan, folder.path(), &mut |_, _| {}).unwrap_err();
    assert!(matches!(refused(plan(0)), SampleError::Enterprises(0)));
    assert!(matches!(refused(Plan { months: 121, ..plan(1) }), SampleError::Months(121)));
    let until = NaiveDate::from_ymd_opt(1999, 12, 31).unwrap();
    assert!(matches!(refused(Plan { until, ..plan(1) }), SampleError::Until { .. }));
}

/// Every message of the archive, by name.
fn messages(written: &Written) -> Vec<(String, Vec<u8>)> {
    let file = std::fs::File::open(&written.messages).unwrap();
    let mut archive = zip::ZipArchive::new(file).unwrap();
    (0..archive.len())
        .map(|at| {
            let mut part = archive.by_index(at).unwrap();
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut part, &mut bytes).unwrap();
            (part.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

#[test]
fn messages_are_valid_by_the_field_table_and_written_again_the_same() {
    use credit_core::ceb::MessageKind;

    use crate::ceb::reading::{Limits, open, write_message};

    let (_folder, written) = write(&plan(100));
    let (_again, same) = write(&plan(100));
    assert_eq!(std::fs::read(&written.messages).unwrap(), std::fs::read(&same.messages).unwrap());
    let mut kinds: BTreeSet<MessageKind> = BTreeSet::new();
    for (name, bytes) in messages(&written) {
        let length = u64::try_from(bytes.len()).unwrap();
        let file = Box::new(std::io::Cursor::new(bytes.clone()));
        let message = open(file, length, Limits::default()).unwrap().next().unwrap().unwrap();
        let kind = MessageKind::of_root(&message.root).unwrap();
        for item in &message.items {
            let document =
                credit_core::ceb::read(kind, item).unwrap_or_else(|error| panic!("{name}: {error:?}"));
            assert!(document.unknown.is_empty(), "{name}: {:?}", document.unknown);
        }
        kinds.insert(kind);
        let (guid, version) = (message.guid.unwrap(), message.version.unwrap());
        let mut again = Vec::new();
        write_message(&message.root, &guid, &version, &message.items, &mut again).unwrap();
        assert_eq!(String::from_utf8(again).unwrap(), String::from_utf8(bytes).unwrap(), "{name}");
    }
    assert!(kinds.len() >= 13, "{kinds:?}");
}

#[test]
fn labels_name_what_is_planted() {
    let (_folder, written) = write(&plan(500));
    let text = std::fs::read_to_string(&written.labels).unwrap();
    for pattern in Pattern::ALL {
        let enterprise = format!(",,{},", pattern.code());
        assert!(text.contains(&enterprise), "nobody has {}", pattern.code());
    }
    let (_folder, small) = write(&plan(30));
    let few = std::fs::read_to_string(&small.labels).unwrap();
    assert!(
        few.lines().skip(1).all(|line| text.contains(line)),
        "an enterprise is the same in a larger zone"
    );
}
