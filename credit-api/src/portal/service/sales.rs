//! The pages of sales: an enterprise's, and one with its three flows side by side.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpRequest, HttpResponse, web};
use credit_core::ceb::{self, MessageKind};
use credit_core::matching::{Compared, Outcome, Rule, Verdict};
use credit_core::uscc::Uscc;

use super::forms::{self, Fields, Made, Trouble};
use super::http::Data;
use super::{ServiceData, Sight, record_lang, traces, words};
use crate::access::{Ask, Block, Outcome as Seen, Subject};
use crate::ceb::gather::{self, Found, Known};
use crate::ceb::sales::{self, SaleRow, Which};
use crate::ceb::signatures::Layer;
use crate::ceb::signatures::kept::Kept;
use crate::ceb::view::{self, Shown};
use crate::evaluation::view::rfc3339;
use crate::identity::SignedIn;
use crate::portal::Reader;
use crate::portal::http::reader_of;
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page, encoded};
use crate::portal::sales_texts::SalesTexts;
use crate::portal::view::{
    SaleCompared, SaleDocument, SaleFlow, SaleLine, SaleParty, SaleSignature, SaleVerdict, SaleView,
    SalesView,
};
use crate::registry;
use crate::store::{DbConnection, StoreError};

/// Sales on a page.
const LINES_SHOWN: i64 = 50;
/// Times at which documents came, on a page.
const VERSIONS_SHOWN: usize = 20;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/enterprises/{uscc}/sales").route(web::get().to(list)).route(web::head().to(list)),
        )
        .service(web::resource("/sales/{id}").route(web::get().to(one)).route(web::head().to(one)));
}

/// Where the sales of an enterprise are, if there is one and the reader may see them. The address is no look at them.
pub(super) fn href(
    data: &ServiceData,
    sight: &Sight,
    uscc: &str,
    connection: &mut DbConnection,
) -> Result<Option<String>, StoreError> {
    let ask = Ask::new(&sight.principal, Block::Orders, sight.purpose, Subject::One(uscc));
    if !data.service.rules.decide(&ask).is_allowed() {
        return Ok(None);
    }
    let which = Which { uscc: uscc.to_owned(), ..Which::default() };
    let any = !sales::list(connection, &which, 1)?.is_empty();
    Ok(any.then(|| format!("/enterprises/{uscc}/sales")))
}

fn may_see(sight: &Sight, uscc: &str) -> bool {
    sight.may(Subject::One(uscc), Block::Orders) == Seen::Full
}

async fn list(data: Data, request: HttpRequest, uscc: web::Path<String>) -> HttpResponse {
    let asked = web::Query::<Fields>::from_query(request.query_string());
    let asked = asked.map(web::Query::into_inner).unwrap_or_default();
    let (reader, uscc) = (reader_of(data.get_ref(), &request), uscc.into_inner());
    forms::show(&data, &request, move |data, known, page| {
        written(data, &sight(data, known, &reader), page, (&uscc, &asked))
    })
    .await
}

async fn one(data: Data, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let asked = web::Query::<Fields>::from_query(request.query_string());
    let asked = asked.map(web::Query::into_inner).unwrap_or_default();
    let (reader, id) = (reader_of(data.get_ref(), &request), id.into_inner());
    forms::show(&data, &request, move |data, known, page| {
        let at = asked.get("known_at").filter(|text| !text.is_empty());
        let at = at.map(|text| moment(text).ok_or(Trouble::NotFound)).transpose()?;
        written_one(data, &sight(data, known, &reader), page, (&id, at.map_or(Known::Now, Known::At)))
    })
    .await
}

fn sight(data: &ServiceData, known: &SignedIn, reader: &Reader) -> Sight {
    Sight::of(known.principal.clone(), &data.service, reader.looks.clone(), reader.purpose.as_deref())
}

fn written(data: &ServiceData, sight: &Sight, page: &Page, (uscc, asked): (&str, &Fields)) -> Made {
    let uscc = Uscc::parse(uscc).map_err(|_| Trouble::NotFound)?.to_string();
    if !may_see(sight, &uscc) {
        return Err(Trouble::NotFound);
    }
    let mut connection = data.service.database.connection()?;
    let enterprise = registry::find(&mut connection, &uscc)?.ok_or(Trouble::NotFound)?;
    let failing = asked.get("outcome").is_some_and(|outcome| outcome == Outcome::Fail.code());
    let which =
        Which { uscc: uscc.clone(), failed: failing, after: asked.get("after").and_then(|text| place(text)) };
    let mut rows = sales::list(&mut connection, &which, LINES_SHOWN + 1)?;
    let shown = usize::try_from(LINES_SHOWN).unwrap_or_default();
    let more = rows.len() > shown;
    rows.truncate(shown);
    let path = format!("/enterprises/{uscc}/sales");
    let next = rows.last().filter(|_| more).map(|row| {
        let filter = if failing { "outcome=fail&" } else { "" };
        format!("{path}?{filter}after={}", encoded(&format!("{}|{}", row.sent_at, row.id)))
    });
    let view = SalesView {
        uscc,
        name: enterprise.name,
        failing,
        lines: rows.iter().map(|row| line(row, page.lang)).collect(),
        next,
    };
    Ok(render::render_sales(&Page { path, ..page.clone() }, &view)?)
}

/// The time and the id after which a page begins.
fn place(text: &str) -> Option<(i64, String)> {
    let (at, id) = text.split_once('|')?;
    Some((at.parse().ok()?, id.to_owned()))
}

fn line(row: &SaleRow, lang: Lang) -> SaleLine {
    let rules = |wanted: Outcome| -> Vec<&'static str> {
        let places = Rule::ALL.into_iter().enumerate();
        places.filter(|(at, _)| row.outcome(*at) == Some(wanted)).map(|(_, rule)| rule.code()).collect()
    };
    SaleLine {
        href: format!("/sales/{}", row.id),
        order_no: row.order_no.clone(),
        platform: row.platform_code.clone(),
        direction: direction(row.import == 1, lang),
        sent: minute(row.sent_at),
        fails: rules(Outcome::Fail).join(" "),
        waits: rules(Outcome::Waiting).join(" "),
        agrees: rules(Outcome::Pass).len(),
    }
}

fn direction(import: bool, lang: Lang) -> &'static str {
    let s = SalesTexts::of(lang);
    if import { s.import } else { s.export }
}

fn minute(at: i64) -> String {
    words::minute(u64::try_from(at).unwrap_or(0))
}

/// A time as the page's own addresses have it.
fn moment(text: &str) -> Option<i64> {
    chrono::DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis())
}

fn permitted(sight: &Sight, row: &SaleRow) -> Result<(), Trouble> {
    let may = match &row.uscc {
        Some(uscc) => may_see(sight, uscc),
        None => sight.may(Subject::Zone, Block::Operations).is_allowed(),
    };
    if may { Ok(()) } else { Err(Trouble::NotFound) }
}

fn written_one(data: &ServiceData, sight: &Sight, page: &Page, (id, known): (&str, Known)) -> Made {
    let mut connection = data.service.database.connection()?;
    let row = view::find(&mut connection, id)?.ok_or(Trouble::NotFound)?;
    permitted(sight, &row)?;
    let merchant = row.uscc.clone();
    let shown = view::show(&mut connection, data.service.evidence.certificates(), row, known)?
        .ok_or(Trouble::NotFound)?;
    // It may have been another's then.
    if shown.row.uscc != merchant {
        permitted(sight, &shown.row)?;
    }
    let versions = gather::times(&mut connection, &shown.documents, VERSIONS_SHOWN)?;
    let parties = parties(&shown, page.lang);
    let codes: Vec<String> = parties.iter().filter_map(|party| party.uscc.clone()).collect();
    let names = registry::names(&mut connection, &codes)?;
    let named = |party: SaleParty| {
        let name = party.uscc.as_ref().and_then(|uscc| names.get(uscc).cloned()).unwrap_or_default();
        SaleParty { name, ..party }
    };
    let merchant = shown.row.uscc.clone();
    let view = SaleView {
        order_no: shown.row.order_no.clone(),
        direction: direction(shown.row.import == 1, page.lang),
        merchant: merchant.map(|uscc| (names.get(&uscc).cloned().unwrap_or_default(), uscc)),
        parcels: parcels(&shown),
        known_at: if let Known::At(at) = known { Some(minute(at)) } else { None },
        versions: versions.into_iter().map(|at| (minute(at), version_href(id, at))).collect(),
        parties: parties.into_iter().map(named).collect(),
        flows: flows(&shown, page.lang),
        verdicts: shown.judgement.verdicts.iter().map(|one| verdict(one, page.lang)).collect(),
    };
    let query = if let Known::At(at) = known { known_at(at) } else { String::new() };
    Ok(render::render_sale(&Page { path: format!("/sales/{id}"), query, ..page.clone() }, &view)?)
}

fn known_at(at: i64) -> String {
    format!("known_at={}", encoded(&rfc3339(at)))
}

fn version_href(id: &str, at: i64) -> String {
    format!("/sales/{id}?{}", known_at(at))
}

fn parcels(shown: &Shown) -> Vec<(String, String)> {
    let numbers = shown.documents.iter().filter_map(|found| found.document.text("logisticsNo"));
    let numbers: BTreeSet<&str> = numbers.filter(|number| !number.is_empty()).collect();
    numbers.into_iter().map(|number| (number.to_owned(), traces::href(number))).collect()
}

fn parties(shown: &Shown, lang: Lang) -> Vec<SaleParty> {
    let mut seen: BTreeMap<(usize, String), SaleParty> = BTreeMap::new();
    let roles = [
        ("ebcCode", lang.pick("电商企业", "Merchant")),
        ("ebpCode", lang.pick("电商平台", "Platform")),
        ("payCode", lang.pick("支付企业", "Payment institution")),
        ("logisticsCode", lang.pick("物流企业", "Carrier")),
        ("agentCode", lang.pick("申报企业", "Declarant")),
    ];
    for found in &shown.documents {
        for (at, (field, role)) in roles.iter().enumerate() {
            let Some(code) = found.document.code(field) else { continue };
            let uscc = shown.party(&code).map(|found| found.uscc.to_string());
            let party = SaleParty { role: (*role).to_owned(), code: code.clone(), uscc, name: String::new() };
            seen.entry((at, code)).or_insert(party);
        }
    }
    seen.into_values().collect()
}

fn flows(shown: &Shown, lang: Lang) -> Vec<SaleFlow> {
    use MessageKind::{Ceb303, Ceb304, Ceb311, Ceb312, Ceb403, Ceb404, Ceb411, Ceb412};
    let s = SalesTexts::of(lang);
    let flow = |title, is_of: &dyn Fn(MessageKind) -> bool| SaleFlow {
        title,
        documents: shown
            .documents
            .iter()
            .filter(|found| is_of(found.document.kind))
            .map(|found| document(shown, found, lang))
            .collect(),
    };
    let order = |kind| matches!(kind, Ceb303 | Ceb304 | Ceb311 | Ceb312);
    let money = |kind| matches!(kind, Ceb403 | Ceb404 | Ceb411 | Ceb412);
    vec![
        flow(s.flow_order, &order),
        flow(s.flow_money, &money),
        flow(s.flow_goods, &|kind| !order(kind) && !money(kind)),
    ]
}

/// Characters of a certificate's fingerprint that stand for one that is no longer configured.
const FINGERPRINT_CHARS: usize = 16;
/// Fields that say nothing to a reader beside the document.
const LEFT_OUT: [&str; 6] = ["guid", "appType", "appTime", "appStatus", "orderType", "orderNo"];

/// The verdict in words and, of a valid signature, whose it is.
fn signature(kept: &Kept, lang: Lang) -> SaleSignature {
    let s = SalesTexts::of(lang);
    let certificate = kept.certificate.as_deref().map(|text| text.chars().take(FINGERPRINT_CHARS).collect());
    SaleSignature {
        valid: kept.verdict.is_valid(),
        words: kept.verdict.text(record_lang(lang)),
        title: if kept.layer == Layer::Envelope { s.envelope_signature } else { s.signature },
        signer: kept.subject.clone().or(certificate).unwrap_or_default(),
        issuer: kept.issued_by.clone().unwrap_or_default(),
    }
}

fn document(shown: &Shown, found: &Found, lang: Lang) -> SaleDocument {
    let document = &found.document;
    let s = SalesTexts::of(lang);
    let goods = document.lines.iter().filter(|line| line.contains_key("qty")).map(|line| {
        let text = |name: &str| line.get(name).unwrap_or_default().to_owned();
        let name = if line.contains_key("gname") { text("gname") } else { text("itemName") };
        [name, text("qty"), text("price"), text("totalPrice")]
    });
    let place = if found.part.is_empty() {
        found.batch_id.to_string()
    } else {
        format!("{} {}", found.batch_id, found.part)
    };
    SaleDocument {
        title: format!("{} {}", document.kind.code(), ceb::title(document.kind, record_lang(lang))),
        sent: minute(document.sent_at().0),
        withdrawn: document.is_withdrawn(),
        fields: document
            .head
            .iter()
            .filter(|(name, _)| !LEFT_OUT.contains(name))
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .collect(),
        goods: goods.collect(),
        personal: document.tokens.names().collect::<Vec<_>>().join(" "),
        origin: format!("{place} {} {}", s.line, found.line),
        signature: shown.signature(found).map(|kept| signature(kept, lang)),
    }
}

fn verdict(verdict: &Verdict, lang: Lang) -> SaleVerdict {
    let s = SalesTexts::of(lang);
    SaleVerdict {
        code: verdict.rule.code(),
        title: verdict.rule.title(record_lang(lang)),
        outcome: verdict.outcome.code(),
        words: match verdict.outcome {
            Outcome::Pass => s.pass,
            Outcome::Fail => s.fail,
            Outcome::Waiting => s.waiting,
            Outcome::NotApplicable => s.not_applicable,
        },
        why: verdict.why.text(record_lang(lang)),
        compared: verdict.compared.iter().map(|one| compared(one, lang)).collect(),
    }
}

fn compared(one: &Compared, lang: Lang) -> SaleCompared {
    let s = SalesTexts::of(lang);
    let said = |value: &str| match value {
        "same" => s.same.to_owned(),
        "different" => s.different.to_owned(),
        "" => "–".to_owned(),
        value => value.to_owned(),
    };
    SaleCompared {
        field: one.field.to_owned(),
        left: said(&one.left.value),
        right: said(&one.right.value),
        agrees: one.agrees,
    }
}
