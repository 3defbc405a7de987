//! The records named as evidence are those that counted.

use super::builder::{class, complaint, facts, listing, penalty, relative};
use crate::indicator::{IndicatorId as I, Source};
use crate::observe::evidence;
use crate::records::{ClassAuthority, ListCode, Record, SourceId, Status};

const TODAY: &str = "2026-11-23";

#[test]
fn only_counting_penalties_in_order_of_date() {
    let mut given = facts(TODAY);
    given.penalties = vec![penalty("2026-11-02"), penalty("2026-11-01"), penalty("2024-01-01")];
    given.penalties[0].disputed = true;
    for id in [I::P01, I::P02] {
        let found = evidence(&given, id);
        let keys: Vec<&str> = found.iter().map(|row| row.key.as_str()).collect();
        let key = |date| Record::Penalties(Box::new(penalty(date))).natural_key();
        assert_eq!(keys, [key("2026-11-01"), key("2026-11-02")]);
        assert_eq!(found[0].source, SourceId::Penalties);
        assert_eq!(found[0].text.zh, "行政处罚 试罚〔2026-11-01〕：罚款，罚没 10,000.00 元（一般）");
        let en = "Penalty 试罚〔2026-11-01〕: fine; CNY 10,000.00 fined and confiscated (general)";
        assert_eq!(found[0].text.en, en);
        assert!(found[1].text.zh.ends_with("（一般，异议中）"));
        assert!(found[1].text.en.ends_with("(general, disputed)"));
    }
}

/// A record hidden by another source's record of the same event is no evidence either.
#[test]
fn hidden_records_are_no_evidence() {
    let mut given = facts(TODAY);
    given.listings = vec![listing(ListCode::AbnormalOperation, "2026-01-01")];
    assert_eq!(evidence(&given, I::P06).len(), 1);
    given.listings[0].event_id = Some("e".to_owned());
    given.penalties = vec![penalty("2026-01-01")];
    given.penalties[0].event_id = Some("e".to_owned());
    assert!(evidence(&given, I::P06).is_empty());
}

#[test]
fn every_source_is_named() {
    let mut given = facts(TODAY);
    given.listings = vec![listing(ListCode::CustomsDishonest, "2026-02-01")];
    given.classes = vec![class(ClassAuthority::Customs, "REG", "2026-01-01")];
    let mut other = relative(2);
    other.registration.status = Status::RevokedNotCancelled;
    other.registration.legal_representative.clone_from(&given.registration.legal_representative);
    other.listings = vec![listing(ListCode::TaxSerious, "2026-03-01")];
    given.relatives = vec![other];
    given.complaints = vec![complaint("1", "2026-06-01")];
    let sources = |id| evidence(&given, id).into_iter().map(|row| row.source).collect::<Vec<_>>();
    assert_eq!(sources(I::R01), [SourceId::Registration]);
    assert_eq!(sources(I::P03), [SourceId::Classes, SourceId::Lists]);
    assert_eq!(sources(I::R09), [SourceId::Registration, SourceId::Lists]);
    assert_eq!(sources(I::C03), [SourceId::Complaints]);
    for id in I::ALL.into_iter().filter(|id| id.source() == Source::S3) {
        assert!(evidence(&given, id).is_empty(), "{id:?}: its evidence is its counts");
    }
}
