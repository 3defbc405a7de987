//! Every cell of the disclosure matrix, asked over HTTP by callers with keys of their own. The table is written from
//! `domain.md` 7.5 by hand, so that policies and table can only be wrong together by two people's mistakes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::people::{named, with_key};
use super::world::{Answer, World, code};
use crate::access::{Audience, Block, ConsentBook, Granted, Principal, Purpose};
use crate::store::StoreError;

/// The columns in the order of `domain.md`, each with the purpose its reader names.
const COLUMNS: [(&str, &str); 11] = [
    ("public", ""),
    ("enterprise", "self"),
    ("commerce", "supervision"),
    ("customs", "supervision"),
    ("safe", "supervision"),
    ("tax", "supervision"),
    ("market_regulation", "supervision"),
    ("public_credit", "supervision"),
    ("central_bank", "supervision"),
    ("police", "supervision"),
    ("financier", "credit_approval"),
];

/// Rows as `domain.md` has them, in its order; `-` is its dash. A row that is several blocks here stands for each.
const MATRIX: [(&str, &str); 29] = [
    ("identity", "F F F F F F F F F F F"),
    ("legal_representative", "F F F F F F F F F F F"),
    ("contact", "- F M R R R R - - R -"),
    ("permits", "F F F F F F F F F F F"),
    ("penalties", "F F F F F F F F F F F"),
    ("past_penalties", "- F - - - - - - - R -"),
    ("minor_dishonesty", "- F R R R R R R - R -"),
    ("customs_class", "F F F F F F F F F F F"),
    ("safe_class", "- F G G F G - - G R G"),
    ("tax_class_a", "F F F F F F F F F F F"),
    ("tax_class", "- F G G G F G G G R G"),
    ("grade_top", "F F F F F F F F F F F"),
    ("grade", "- F F G G G G G G R F"),
    ("score", "- F F R R R R R - R F"),
    ("indicators", "- F F R R R R R - R A"),
    ("transactions", "A F F F A A - - - R A"),
    ("orders", "- own - R R R - - - R -"),
    ("buyer_identity", "- - - R - - - - - R -"),
    ("reviews", "F F F A - - F A - R A"),
    ("complaints", "F F F A - - F A - R A"),
    ("lists", "F F F F F F F F F F F"),
    ("watch_list", "- G F R R R R - - R -"),
    ("access_log", "- F own own own own own own own own own"),
    // No rows of their own there: they follow the score; a financier sees them when the consent names them.
    ("history", "- F F R R R R R - R F"),
    ("receipt", "- F F R R R R R - R F"),
    // Nor this: those that handle a case, its enterprise, and a department in the cases in which it was asked.
    ("cases", "- F F F F F F F F F -"),
    // Nor this: those that deliver records correct them (政务数据共享条例).
    ("reconciliation", "- - F F F F F F - - -"),
    // Nor these (7.4): an agency is told what is recommended to it.
    ("measures", "- F F own own own own - - - -"),
    ("inspections", "- - F - - - - - - - -"),
];

/// Where we differ from `domain.md`, for the reason in `docs/DISCLOSURE.md`: what everybody sees, everybody sees.
const READ_BY_ALL: &str = "reviews";

/// Consents that a test writes down: financier's audience alone has any.
#[derive(Default)]
pub struct Book(pub Mutex<Vec<Granted>>);

impl ConsentBook for Book {
    fn granted(&self, principal: &Principal, uscc: &str, _: i64) -> Result<Vec<Granted>, StoreError> {
        let known = principal.audience == Audience::Financier && uscc == code(1);
        Ok(if known { self.0.lock().unwrap().clone() } else { Vec::new() })
    }
}

pub fn consent_to_all() -> Granted {
    Granted {
        id: "c1".to_owned(),
        blocks: Block::ALL.to_vec(),
        purpose: Purpose::CreditApproval,
        until_ms: i64::MAX,
    }
}

/// One caller of each column, by a key; the enterprise's agent by a letter of authorisation for enterprise 1.
pub struct Callers(BTreeMap<&'static str, String>);

impl Callers {
    pub async fn of(world: &World) -> Self {
        let mut keys = BTreeMap::new();
        for (audience, _) in COLUMNS.into_iter().filter(|(audience, _)| *audience != "public") {
            let key = match audience {
                "enterprise" => world.agent_of(1).await,
                "financier" => world.key(json!({ "name": "k", "audience": audience, "organisation": code(77), "scopes": ["read"] })).await,
                _ => world.key(json!({ "name": "k", "audience": audience, "organisation": "5115", "scopes": ["read"] })).await,
            };
            keys.insert(audience, key);
        }
        Self(keys)
    }

    pub fn request(&self, audience: &str, purpose: &str, path: &str) -> TestRequest {
        let request = named(TestRequest::get().uri(path), purpose);
        if let Some(key) = self.0.get(audience) { with_key(request, key) } else { request }
    }

    pub async fn get(&self, world: &World, audience: &str, purpose: &str, path: &str) -> Answer {
        world.call(self.request(audience, purpose, path)).await
    }
}

fn block<'a>(answer: &'a Value, code: &str) -> &'a Value {
    answer["blocks"].as_array().unwrap().iter().find(|one| one["block"] == code).unwrap()
}

/// What is answered under a circumstance: as usual, unless the answer says otherwise.
fn when<'a>(block: &'a Value, circumstance: &str) -> &'a Value {
    let others = block["otherwise"].as_array().unwrap();
    others.iter().find(|other| other["when"] == circumstance).unwrap_or(block)
}

fn shown(symbol: &str) -> Value {
    match symbol {
        "F" | "R" | "own" => json!("full"),
        "M" => json!("masked"),
        "A" => json!("aggregate"),
        "G" => json!("grade"),
        _ => Value::Null,
    }
}

#[test]
fn the_table_has_every_cell() {
    let blocks: Vec<&str> = MATRIX.iter().map(|(block, _)| *block).collect();
    for block in crate::access::table::rows() {
        assert!(blocks.contains(&block.code()), "{block:?}");
    }
    for (block, row) in MATRIX {
        assert_eq!(row.split(' ').count(), COLUMNS.len(), "{block}");
    }
}

#[actix_web::test]
async fn the_rule_answers_every_cell() {
    let world = World::with_consents(Arc::new(Book(Mutex::new(vec![consent_to_all()]))));
    let callers = Callers::of(&world).await;
    let path = format!("/api/v1/enterprises/{}/disclosure", code(1));
    let public = callers.get(&world, "public", "", &path).await.json();
    for (column, (audience, purpose)) in COLUMNS.into_iter().enumerate() {
        let answer = callers.get(&world, audience, purpose, &path).await;
        assert_eq!(answer.status, StatusCode::OK, "{audience}: {}", answer.text());
        let one = answer.json();
        let many = callers.get(&world, audience, purpose, "/api/v1/disclosure").await.json();
        let silent = callers.get(&world, audience, "", &path).await.json();
        for (code, row) in MATRIX {
            let symbol = row.split(' ').nth(column).unwrap();
            let place = format!("{audience}, {code}: {symbol}");
            let cell = Cell { audience, code, symbol, one: block(&one, code), place: &place };
            cell.check();
            let is_public = block(&public, code)["shown"] == "full";
            if is_public || audience == "public" {
                continue;
            }
            cell.check_many(block(&many, code));
            if cell.one["shown"].is_string() {
                assert_eq!(block(&silent, code)["reason"], "purpose_required", "{place}");
            }
        }
    }
}

struct Cell<'a> {
    audience: &'a str,
    code: &'a str,
    symbol: &'a str,
    one: &'a Value,
    place: &'a str,
}

impl Cell<'_> {
    fn check(&self) {
        let Cell { audience, code, symbol, one, place } = self;
        match (*code, *audience) {
            (READ_BY_ALL, _) => assert_eq!(one["shown"], "full", "{place}"),
            // Everybody sees what SAMR publishes; the row is about the rest.
            ("complaints", "public") => {
                assert_eq!(
                    (&one["shown"], &when(one, "unpublished")["shown"]),
                    (&json!("full"), &Value::Null)
                );
            }
            ("complaints", _) => {
                assert_eq!(one["shown"], "full", "{place}");
                assert_eq!(when(one, "unpublished")["shown"], shown(symbol), "{place}");
            }
            // F, with the right to opt out.
            ("grade_top", "public") => {
                assert_eq!(
                    (&one["shown"], &when(one, "unpublished")["shown"]),
                    (&json!("full"), &Value::Null)
                );
            }
            ("transactions", "public") => {
                assert_eq!((&one["shown"], &when(one, "zone")["shown"]), (&Value::Null, &json!("aggregate")));
            }
            // "After closure".
            ("watch_list", "enterprise") => {
                assert_eq!((&one["shown"], &when(one, "closed")["shown"]), (&Value::Null, &json!("grade")));
                assert_eq!(when(one, "notified")["shown"], "full", "announced before it is decided");
            }
            ("access_log" | "measures", _) if *symbol == "own" => {
                assert_eq!(one["reason"], "own_only", "{place}");
                assert_eq!(when(one, "own_organisation")["shown"], "full", "{place}");
            }
            _ => {
                assert_eq!(one["shown"], shown(symbol), "{place}");
                let refused = if *audience == "public" { "sign_in_required" } else { "not_disclosed" };
                let expected = if *symbol == "-" { json!(refused) } else { Value::Null };
                assert_eq!(one["reason"], expected, "{place}");
            }
        }
    }

    /// Of many at once: what is shown on request, to itself or by consent, is shown of one enterprise alone.
    fn check_many(&self, many: &Value) {
        let Cell { audience, code, symbol, place, .. } = self;
        let one_alone = *symbol == "R" || matches!(*audience, "enterprise" | "financier");
        if *code == "access_log" || *symbol == "own" || *code == "watch_list" && *audience == "enterprise" {
            assert_eq!(many["shown"], Value::Null, "{place}");
        } else if one_alone {
            assert_eq!(many["shown"], Value::Null, "{place}");
            if *symbol == "R" {
                assert_eq!(many["reason"], "one_at_a_time", "{place}");
            }
        } else {
            assert_eq!(many["shown"], shown(symbol), "{place}");
        }
    }
}

#[actix_web::test]
async fn a_financier_without_consent_sees_the_public_column() {
    let world = World::new();
    let callers = Callers::of(&world).await;
    let path = format!("/api/v1/enterprises/{}/disclosure", code(1));
    let public = callers.get(&world, "public", "", &path).await.json();
    let bank = callers.get(&world, "financier", "credit_approval", &path).await.json();
    for (code, row) in MATRIX {
        let (public, bank) = (block(&public, code), block(&bank, code));
        assert_eq!(public["shown"], bank["shown"], "{code}");
        if bank["shown"].is_null() && code != "access_log" {
            let opened = row.split(' ').next_back().unwrap() != "-";
            let expected = if opened { "consent_required" } else { "not_disclosed" };
            assert_eq!(bank["reason"], expected, "{code}");
        }
    }
}
