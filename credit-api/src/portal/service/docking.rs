//! The page of docking: where sources disagree, for those who correct records, and the mappings of grades.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use credit_core::grade::Grade;
use credit_core::records::ClassAuthority;
use credit_core::region::RegionCode;
use credit_core::rules::class::class_name;

use super::forms::{self, Fields, Made};
use super::http::Data;
use super::{ServiceData, Sight, record_lang, words};
use crate::access::{Block, Outcome, Subject};
use crate::docking::disagree::{ENTERED, Fact, Said, Source};
use crate::docking::mapping::{Certainty, Mapping, Receiver};
use crate::docking::report::{self, Line, Place};
use crate::docking::sight::Sight as ReportSight;
use crate::portal::http::reader_of;
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page, encoded};
use crate::portal::view::{DisagreementLine, DockingView, GradeLine, MappingView, ReportView, SaidView};
use crate::store::StoreError;

/// Lines on a page.
const LINES_SHOWN: usize = 50;
const PATH: &str = "/docking";

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(web::resource(PATH).route(web::get().to(page)).route(web::head().to(page)));
}

async fn page(data: Data, request: HttpRequest) -> HttpResponse {
    let asked = web::Query::<Fields>::from_query(request.query_string());
    let asked = asked.map(web::Query::into_inner).unwrap_or_default();
    let looks = reader_of(data.get_ref(), &request).looks;
    forms::show(&data, &request, move |data, known, page| {
        let sight = Sight::of(known.principal.clone(), &data.service, looks, None);
        written(data, &sight, page, &asked)
    })
    .await
}

fn written(data: &ServiceData, sight: &Sight, page: &Page, asked: &Fields) -> Made {
    let (lang, today) = (page.lang, data.service.clock.today());
    let book = data.service.mappings.now();
    let mappings = book.all_at(today);
    let view = DockingView {
        report: report(data, sight, lang, today, asked)?,
        receivers: mappings.iter().map(|mapping| receiver(mapping.receiver, lang).to_owned()).collect(),
        grades: Grade::ALL.map(|grade| grade_line(grade, &mappings, lang)).to_vec(),
        mappings: mappings.into_iter().map(|mapping| mapping_view(mapping, lang)).collect(),
    };
    Ok(render::render_docking(&Page { path: PATH.to_owned(), ..page.clone() }, &view)?)
}

fn report(
    data: &ServiceData,
    sight: &Sight,
    lang: Lang,
    today: NaiveDate,
    asked: &Fields,
) -> Result<Option<ReportView>, StoreError> {
    if sight.may(Subject::Many, Block::Reconciliation) != Outcome::Full {
        return Ok(None);
    }
    let mut withheld = Vec::new();
    let shown = ReportSight::of(|block| {
        let outcome = sight.may(Subject::Many, block);
        if !outcome.is_allowed() {
            withheld.push(block.title(record_lang(lang)));
            return None;
        }
        Some(outcome)
    });
    let place = asked.get("after").and_then(|text| Place::parse(text));
    let mut connection = data.service.database.connection()?;
    let found = report::page(&mut connection, today, place.as_ref(), LINES_SHOWN, &|fact| shown.shows(fact))?;
    Ok(Some(ReportView {
        lines: found.lines.into_iter().map(|line| report_line(line, &shown, lang)).collect(),
        withheld: withheld.join(lang.texts().list_separator),
        next: found.next.map(|place| format!("{PATH}?after={}", encoded(&place.text()))),
    }))
}

fn report_line(line: Line, shown: &ReportSight, lang: Lang) -> DisagreementLine {
    let about = shown.reduced(line.about);
    DisagreementLine {
        uscc: line.uscc,
        name: line.name,
        fact: about.fact.title(record_lang(lang)),
        one: said(about.fact, about.one, lang),
        other: said(about.fact, about.other, lang),
    }
}

fn said(fact: Fact, said: Said, lang: Lang) -> SaidView {
    let value = value(fact, &said, lang);
    let about = [said.on.map(|day| day.to_string()), said.decision_no, said.authority];
    let about: Vec<String> = about.into_iter().flatten().collect();
    SaidView {
        value,
        source: said.source.title(record_lang(lang)),
        about: about.join(lang.texts().list_separator),
        received: words::minute(u64::try_from(said.received.0).unwrap_or(0)),
    }
}

fn value(fact: Fact, said: &Said, lang: Lang) -> String {
    let class = |authority: ClassAuthority| words::text(&class_name(authority, &said.value), lang);
    match (fact, said.source) {
        (Fact::Status, _) => words::status_of_word(&said.value, lang),
        (Fact::Region, _) => {
            let region = RegionCode::parse(&said.value).ok().and_then(RegionCode::region);
            let name = region.map(|region| lang.pick(region.name_zh, region.name_en)).unwrap_or_default();
            format!("{} {name}", said.value).trim_end().to_owned()
        }
        (_, Source::Lists) if said.value == ENTERED => lang.pick("列入", "entered").to_owned(),
        (_, Source::Lists) => lang.pick("移出", "removed").to_owned(),
        (Fact::ClassValidity(authority) | Fact::ClassAndList(authority), _) => class(authority),
        (Fact::SafeDirectory, Source::Classes) => class(ClassAuthority::Safe),
        (Fact::SafeDirectory, _) => lang.pick("未列入名录", "not in the directory").to_owned(),
        _ => said.value.clone(),
    }
}

fn receiver(receiver: Receiver, lang: Lang) -> &'static str {
    match receiver {
        Receiver::Customs => lang.pick("海关", "Customs"),
        Receiver::Safe => lang.pick("外汇", "Foreign exchange"),
        Receiver::Tax => lang.pick("税务", "Tax"),
        Receiver::PublicCredit => lang.pick("公共信用", "Public credit"),
        Receiver::Hangzhou => lang.pick("杭州综试区", "Hangzhou zone"),
    }
}

fn grade_line(grade: Grade, mappings: &[&Mapping], lang: Lang) -> GradeLine {
    let beside = |mapping: &&Mapping| {
        let class = mapping.of(grade).and_then(|(_, class)| class);
        let title = class.map(|class| class.text.in_lang(record_lang(lang)).to_owned());
        (receiver(mapping.receiver, lang).to_owned(), title)
    };
    GradeLine { grade: grade.as_str(), classes: mappings.iter().map(beside).collect() }
}

fn mapping_view(mapping: &Mapping, lang: Lang) -> MappingView {
    let words = record_lang(lang);
    let certainty = |certainty| match certainty {
        Certainty::Found => lang.pick("来源", "source"),
        Certainty::Known => lang.pick("通行", "usual"),
        Certainty::Uncertain => lang.pick("待核对", "to be checked"),
        Certainty::Ours => lang.pick("本系统自定", "decided here"),
    };
    MappingView {
        id: mapping.id.clone(),
        title: mapping.title.in_lang(words).to_owned(),
        note: mapping.note.in_lang(words).to_owned(),
        from: mapping.valid_from.to_string(),
        basis: mapping
            .basis
            .iter()
            .map(|basis| (certainty(basis.certainty), basis.text.in_lang(words).to_owned()))
            .collect(),
    }
}
