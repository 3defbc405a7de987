//! Facts of a fictitious enterprise, and records to put into them.

use chrono::NaiveDate;

use crate::facts::{Facts, Relative, ReviewFacts, TradeFacts};
use crate::indicator::SubjectKind;
use crate::money::Fen;
use crate::records::{
    Arrear, Class, ClassAuthority, Commitment, Complaint, Inspection, InspectionKind, Judgment, JudgmentKind,
    ListCode, Listing, Penalty, Permit, Registration, RegistrationChange, Status,
};
use crate::uscc::{ALPHABET, Uscc};

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A well-formed code for enterprise number `n` of the tests.
pub fn uscc(n: u32) -> Uscc {
    let stem = format!("9151150099{n:07}");
    ALPHABET.chars().find_map(|check| Uscc::parse(&format!("{stem}{check}")).ok()).unwrap()
}

/// An enterprise in good order with no event, no trade and no review.
pub fn facts(as_of: &str) -> Facts {
    Facts {
        uscc: uscc(1),
        as_of: day(as_of),
        kind: SubjectKind::E1,
        registration: registration(1),
        registration_sources: Vec::new(),
        changes: Vec::new(),
        penalties: Vec::new(),
        permits: Vec::new(),
        listings: Vec::new(),
        classes: Vec::new(),
        commitments: Vec::new(),
        inspections: Vec::new(),
        judgments: Vec::new(),
        arrears: Vec::new(),
        complaints: Vec::new(),
        relatives: Vec::new(),
        trade: TradeFacts::default(),
        reviews: ReviewFacts::default(),
    }
}

pub fn registration(n: u32) -> Registration {
    Registration {
        uscc: uscc(n),
        name: format!("宜宾试验{n}号电子商务有限公司"),
        status: Status::InOperation,
        established_on: day("2020-01-15"),
        registered_capital: Some(Fen(100_000_000)),
        paid_in_capital: Some(Fen(100_000_000)),
        legal_representative: format!("甲{n}"),
        address: Some(format!("试验路{n}号")),
        region_code: "511502".to_owned(),
        industry_code: Some("F5292".to_owned()),
        roles: vec![SubjectKind::E1],
        filed_on: day("2020-03-01"),
        former_names: Vec::new(),
        customs_code: Some("5112960001".to_owned()),
        safe_listed: Some(true),
        tax_refund_filed: Some(true),
        last_annual_report_year: Some(2025),
        annual_report_late: None,
        phone: Some(format!("0831-{n:07}")),
        premises_check: None,
        premises_checked_on: None,
        record_source: None,
        event_id: None,
    }
}

pub fn relative(n: u32) -> Relative {
    Relative { registration: registration(n), listings: Vec::new() }
}

/// A 一般 penalty: a fine of 1 万元, without CF_GSJZQ.
pub fn penalty(decided_on: &str) -> Penalty {
    Penalty {
        uscc: uscc(1),
        name: String::new(),
        doc_no: format!("试罚〔{decided_on}〕"),
        behaviour: "申报不实".to_owned(),
        facts: String::new(),
        basis: String::new(),
        kinds: vec!["罚款".to_owned()],
        content: String::new(),
        fine: Fen(1_000_000),
        confiscated: Fen(0),
        licence: String::new(),
        decided_on: day(decided_on),
        valid_until: None,
        publicity_until: None,
        authority: String::new(),
        authority_code: "115115000000000000".to_owned(),
        repaired_on: None,
        revoked: false,
        disputed: false,
        event_id: None,
    }
}

pub fn listing(list: ListCode, effective_on: &str) -> Listing {
    Listing {
        uscc: uscc(1),
        list,
        decision_no: format!("列〔{effective_on}〕"),
        authority: String::new(),
        effective_on: day(effective_on),
        expires_on: None,
        removed_on: None,
        reason: None,
        basis: None,
        name: None,
        event_id: None,
    }
}

pub fn class(authority: ClassAuthority, class: &str, valid_from: &str) -> Class {
    Class {
        uscc: uscc(1),
        authority,
        class: class.to_owned(),
        valid_from: day(valid_from),
        valid_to: None,
        decision_no: None,
        event_id: None,
    }
}

pub fn change(changed_on: &str, item: &str) -> RegistrationChange {
    RegistrationChange {
        uscc: uscc(1),
        changed_on: day(changed_on),
        item: item.to_owned(),
        before: "旧".to_owned(),
        after: "新".to_owned(),
        event_id: None,
    }
}

pub fn permit(certificate: &str) -> Permit {
    Permit {
        uscc: uscc(1),
        name: String::new(),
        doc_no: "许〔1〕".to_owned(),
        document: String::new(),
        certificate: certificate.to_owned(),
        project: String::new(),
        category: String::new(),
        content: String::new(),
        decided_on: day("2024-01-01"),
        valid_from: None,
        valid_until: None,
        authority: String::new(),
        authority_code: String::new(),
        status: String::new(),
        event_id: None,
    }
}

pub fn judgment(kind: JudgmentKind, decided_on: &str) -> Judgment {
    Judgment {
        uscc: uscc(1),
        case_no: format!("案〔{decided_on}〕"),
        kind,
        decided_on: day(decided_on),
        amount_unpaid: None,
        is_final: Some(true),
        event_id: None,
    }
}

pub fn arrear(due_on: &str) -> Arrear {
    Arrear {
        uscc: uscc(1),
        kind: "增值税".to_owned(),
        amount: Fen(10_000),
        due_on: day(due_on),
        cleared_on: None,
        event_id: None,
    }
}

pub fn commitment(due_on: &str, kept_on: Option<&str>) -> Commitment {
    Commitment {
        uscc: uscc(1),
        commitment_id: format!("承诺{due_on}"),
        kind: "主动".to_owned(),
        made_on: day("2020-02-01"),
        due_on: day(due_on),
        kept_on: kept_on.map(day),
        breach_determined_on: None,
        event_id: None,
    }
}

pub fn inspection(kind: InspectionKind, inspected_on: &str, passed: bool) -> Inspection {
    Inspection {
        uscc: uscc(1),
        inspection_id: format!("检{inspected_on}"),
        kind,
        inspected_on: day(inspected_on),
        sampled: None,
        failed: None,
        passed,
        event_id: None,
    }
}

pub fn complaint(id: &str, accepted_on: &str) -> Complaint {
    Complaint {
        complaint_id: id.to_owned(),
        uscc: uscc(1),
        category: "售后".to_owned(),
        accepted_on: day(accepted_on),
        replied_on: None,
        closed_on: None,
        outcome: None,
        amount: None,
        substantiated: None,
        became_case: None,
        decision_no: None,
        complainant_token: format!("人{id}"),
        event_id: None,
    }
}
