//! My credit: what an enterprise's agent wants to know first, on one page.

use actix_web::{HttpRequest, HttpResponse, web};
use credit_core::advice::{Advice, plan};
use credit_core::cases::Kind;
use credit_core::repair::{RepairRules, Standing};
use credit_core::supervision::{Cause, State};
use credit_core::uscc::Uscc;

use super::forms::{self, Fields, Made, Trouble};
use super::http::Data;
use super::{ServiceData, Sight, cases, rating, record_lang, watch, words};
use crate::access::{Block, Outcome, Subject};
use crate::cases::parties::{self, Party};
use crate::cases::store::CaseRow;
use crate::cases::subject::About;
use crate::evaluation::ask::{self, Answer};
use crate::http::routes::repair_plan;
use crate::identity::SignedIn;
use crate::portal::http::reader_of;
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page};
use crate::portal::view::{AdviceLine, MeasureLine, MyCreditView, RepairLine, RepairedLine};
use crate::registry;
use crate::repair::certificate;
use crate::repair::plan::Planned;
use crate::repair::source::Repair;
use crate::store::StoreError;
use crate::{repair, supervision};

pub(super) const PATH: &str = "/my-credit";

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(web::resource(PATH).route(web::get().to(page)).route(web::head().to(page)));
}

async fn page(data: Data, request: HttpRequest) -> HttpResponse {
    let asked = web::Query::<Fields>::from_query(request.query_string());
    let asked = asked.map(web::Query::into_inner).unwrap_or_default();
    let reader = reader_of(data.get_ref(), &request);
    forms::show(&data, &request, move |data, known, page| {
        let sight = Sight::of(known.principal.clone(), &data.service, reader.looks.clone(), None);
        written(data, known, page, &sight, asked.get("uscc").map(String::as_str))
    })
    .await
}

fn written(data: &ServiceData, known: &SignedIn, page: &Page, sight: &Sight, asked: Option<&str>) -> Made {
    let own = &known.principal.enterprises;
    let code = asked.or_else(|| own.first().map(|code| &**code)).ok_or(Trouble::NotFound)?;
    let uscc = Uscc::parse(code).map_err(|_| Trouble::NotFound)?;
    if !known.principal.speaks_for(uscc.as_str()) {
        return Err(Trouble::NotFound);
    }
    let lang = page.lang;
    let mut connection = data.service.database.connection()?;
    let found = registry::find(&mut connection, uscc.as_str())?.ok_or(Trouble::NotFound)?;
    let is_whole = |block| sight.may(Subject::One(uscc.as_str()), block) == Outcome::Full;
    let may_score = is_whole(Block::Score) && is_whole(Block::Indicators) && is_whole(Block::Grade);
    let answer = may_score
        .then(|| {
            let ledger = Some(data.ledger());
            ask::rating(&data.service, &mut connection, ledger, uscc, None, None, record_lang(lang))
        })
        .transpose()?
        .flatten();
    let card = &data.service.card;
    let (advice, obstacles) = answer.as_ref().map(|answer| advice(data, answer, lang)).unwrap_or_default();
    let view = MyCreditView {
        name: found.name,
        others: own.iter().filter(|other| **other != *uscc.as_str()).map(ToString::to_string).collect(),
        grade: answer.as_ref().map(|answer| rating::grade(answer, card, lang)),
        ruler: answer.as_ref().map(|answer| rating::ruler(answer, None, card, lang)),
        advice,
        obstacles,
        repairs: repairs(data, (uscc, may_score), &is_whole, lang)?,
        repaired: repaired(data, known, sight, uscc, lang)?,
        measures: if is_whole(Block::Measures) { measures(data, uscc, lang)? } else { Vec::new() },
        watch: watch::notices(data, sight, uscc, lang)?,
        cases: cases::open_of(data, known, sight, uscc.as_str(), lang)?,
        uscc: uscc.to_string(),
    };
    Ok(render::render_my_credit(&Page { path: PATH.to_owned(), ..page.clone() }, &view)?)
}

/// What would raise the score, the most effective first, and what no point overcomes.
fn advice(data: &ServiceData, answer: &Answer, lang: Lang) -> (Vec<AdviceLine>, Vec<String>) {
    let (card, seen) = (&data.service.card, &answer.assessed);
    let plan = plan(card, seen.kind, &seen.observations, &seen.standing);
    let line = |step: Advice| AdviceLine {
        code: step.indicator.as_str().to_owned(),
        name: card.indicator(step.indicator).map(|rule| words::text(&rule.name, lang)).unwrap_or_default(),
        text: words::text(&step.text, lang),
        gain: rating::points(step.gain).to_string(),
    };
    let obstacle = |code: String| card.reason_text(&code).map(|text| words::text(text, lang));
    (plan.steps.into_iter().map(line).collect(), plan.blocked_by.into_iter().filter_map(obstacle).collect())
}

/// The records that weigh, each with its dates, where it is filed, and what a repair would be worth.
fn repairs(
    data: &ServiceData,
    (uscc, may_score): (Uscc, bool),
    is_whole: &dyn Fn(Block) -> bool,
    lang: Lang,
) -> Result<Vec<RepairLine>, StoreError> {
    let mut connection = data.service.database.connection()?;
    let found = repair::plan::of_enterprise(&data.service, &mut connection, uscc, may_score)?;
    let shown = found.items.iter().filter(|one| is_whole(repair_plan::block_of(&one.item.class)));
    Ok(shown.map(|one| repair_line(uscc, one, lang)).collect())
}

fn repair_line(uscc: Uscc, one: &Planned, lang: Lang) -> RepairLine {
    let (item, rule, rules) = (&one.item, one.item.rule, RepairRules::embedded());
    let (title, decision_no, authority) = repair_plan::said(&one.record);
    let mut how: Vec<String> = Vec::new();
    if let Some(channel) = rules.channel(rule) {
        how.push(lang.pick(
            format!("{}：{}", channel.title_zh, channel.text_zh),
            format!("{}: {}", channel.title_en, channel.text_en),
        ));
    }
    how.push(lang.pick(&rule.conditions_zh, &rule.conditions_en).clone());
    how.extend(rules.papers(rule).map(|paper| lang.pick(&paper.title_zh, &paper.title_en).clone()));
    how.retain(|text| !text.is_empty());
    let about = About::Record(one.name());
    let may_today = item.standing == Standing::Now;
    RepairLine {
        about: match decision_no {
            Some(number) => format!("{} · {number}", words::text(&title, lang)),
            None => words::text(&title, lang),
        },
        authority,
        how,
        earliest: item.earliest_on.map(|day| day.to_string()),
        latest: item.latest_on.map(|(day, _)| day.to_string()),
        may_today,
        then: one.after.as_ref().map(|after| {
            let evaluation = &after.evaluation;
            format!("{} · {}", evaluation.grade_by_score.as_str(), evaluation.score)
        }),
        case_href: one.case.as_ref().map(|case| format!("{}/{}", cases::PATH, case.id)),
        open_href: (one.case.is_none() && may_today && about.suits(Kind::Repair))
            .then(|| cases::open_href(Kind::Repair, uscc.as_str(), &about))
            .flatten(),
        basis: lang.pick(&rule.basis_zh, &rule.basis_en).clone(),
    }
}

/// What its source has marked as repaired, each with the certificate of it.
fn repaired(
    data: &ServiceData,
    known: &SignedIn,
    sight: &Sight,
    uscc: Uscc,
    lang: Lang,
) -> Result<Vec<RepairedLine>, StoreError> {
    let mut connection = data.service.database.connection()?;
    let all = certificate::all_standing(&mut connection, uscc.as_str(), data.service.clock.today())?;
    let party = Party::of(known);
    let sees = |row: &CaseRow| {
        let circumstances = (row.open == 0, row.told != 0);
        parties::sees(&party, row)
            && sight.may_see_case(Subject::One(uscc.as_str()), Kind::Repair, circumstances) == Outcome::Full
    };
    let line = |(row, repair): (CaseRow, Repair)| RepairedLine {
        about: words::text(&repair.title, lang),
        authority: repair.authority,
        repaired_on: repair.repaired_on.to_string(),
        case_href: format!("{}/{}", cases::PATH, row.id),
        certificate_href: cases::certificate_href(&row.id),
    };
    Ok(all.into_iter().filter(|(row, _)| sees(row)).map(line).collect())
}

/// What holds, and what waits for the end of an appeal.
fn measures(data: &ServiceData, uscc: Uscc, lang: Lang) -> Result<Vec<MeasureLine>, StoreError> {
    let mut connection = data.service.database.connection()?;
    let rows = supervision::store::of_enterprise(&mut connection, uscc.as_str())?;
    let mut lines = Vec::new();
    for row in rows {
        let state = match row.state()? {
            State::InForce => lang.pick("执行中", "in force"),
            State::Stayed => lang.pick("申诉期间暂缓", "stayed by an appeal"),
            _ => continue,
        };
        let measure = row.measure()?;
        lines.push(MeasureLine {
            title: lang.pick(&measure.title_zh, &measure.title_en).clone(),
            cause: cause_words(&row.cause()?, lang),
            since: words::minute(u64::try_from(row.changed_at).unwrap_or(0)),
            state: state.to_owned(),
            basis: lang.pick(&measure.basis_zh, &measure.basis_en).clone(),
        });
    }
    Ok(lines)
}

/// Why a measure is due.
pub(super) fn cause_words(cause: &Cause, lang: Lang) -> String {
    let grade = cause
        .grade
        .map(|grade| lang.pick(format!("信用等级 {}", grade.as_str()), format!("grade {}", grade.as_str())));
    let entries = cause.entries.iter().map(|entry| entry.kind.code().to_owned());
    let mut all: Vec<String> = grade.into_iter().chain(entries).collect();
    // Two entries of one kind are said once.
    all.dedup();
    all.join(lang.texts().list_separator)
}
