//! Measures of supervision as pages: the queue of those that wait for somebody or hold ([`desk`]), and one of them with
//! its steps and what may be decided ([`one`]).

mod desk;
mod one;

use actix_web::web;
use chrono::NaiveDate;
use credit_core::calendar::WorkingDays;
use credit_core::dates::Moment;
use credit_core::supervision::{Effect, Measure, State, Verb};

use super::persons::Persons;
use super::{Sight, words};
use crate::access::{Audience, Block, Subject};
use crate::portal::lang::Lang;
use crate::portal::view::HandView;
use crate::supervision::statement::Step;
use crate::supervision::store::MeasureRow;

pub(super) const PATH: &str = "/measures";
/// Largest form: a reason of 1000 characters, each nine bytes as a form sends it.
const FORM_BYTES_MAX: usize = 16_384;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    let form = web::FormConfig::default().limit(FORM_BYTES_MAX);
    config
        .service(web::resource(PATH).route(web::get().to(desk::page)).route(web::head().to(desk::page)))
        .service(
            web::resource(format!("{PATH}/{{id}}"))
                .app_data(form)
                .route(web::get().to(one::page))
                .route(web::head().to(one::page))
                .route(web::post().to(one::decide)),
        );
}

/// Whether this is somebody's desk.
pub(super) fn is_desk_of(audience: Audience) -> bool {
    matches!(audience, Audience::Commerce | Audience::Reviewer | Audience::Operator | Audience::Auditor)
}

/// Whether the reader sees this measure, one asked for or one of many.
fn sees(sight: &Sight, row: &MeasureRow, subject: Subject<'_>) -> bool {
    let is_addressed = row.agency.as_deref() == Some(sight.principal.audience.code());
    sight.may_ask(subject, Block::Measures, is_addressed).is_allowed()
}

/// Where the queue of a state is.
fn queue(state: State) -> String {
    let code = if state.is_open() { state.code() } else { desk::PAST };
    format!("{PATH}?state={code}")
}

/// The persons whom a measure needs, those who have acted and those it waits for.
fn hands(
    (row, measure): (&MeasureRow, &Measure),
    steps: &[Step],
    persons: &Persons,
    (state, lang): (State, Lang),
) -> Vec<HandView> {
    let officer = lang.pick("经办人", "Officer");
    let reviewer = lang.pick("复核人", "Reviewer");
    let confirmed = steps.iter().filter(|step| step.verb == Verb::Confirm.code());
    let mut hands: Vec<HandView> = confirmed
        .zip([officer, reviewer])
        .map(|(step, role)| HandView {
            role,
            by: step.by.as_deref().map(|by| persons.name(by)),
            at: Some(minute(step.at)),
            words: step.reason.clone().unwrap_or_default(),
        })
        .collect();
    let waits = |role, words: &str| HandView { role, by: None, at: None, words: words.to_owned() };
    let stood = if state == State::Stayed { row.stood().unwrap_or(state) } else { state };
    match stood {
        State::Proposed | State::Frozen if measure.takes_two() => {
            hands.push(waits(officer, lang.pick("待确认", "to confirm it")));
            hands.push(waits(reviewer, lang.pick("随后确认，须另一人", "after that, another person")));
        }
        State::Proposed | State::Frozen if measure.binds() => {
            hands.push(waits(officer, lang.pick("待确认", "to confirm it")));
        }
        State::Confirmed => hands.push(waits(
            reviewer,
            lang.pick("待确认，须另一人", "to confirm it, another person than the officer"),
        )),
        _ => {}
    }
    hands
}

fn minute(at_ms: i64) -> String {
    words::minute(u64::try_from(at_ms).unwrap_or(0))
}

/// For how long something stands so, in working days.
fn waited(calendar: &WorkingDays, since_ms: i64, today: NaiveDate, lang: Lang) -> String {
    match calendar.working_days_between(Moment(since_ms).shanghai_date(), today) {
        days if days <= 0 => lang.pick("今日", "today").to_owned(),
        1 => lang.pick("1 个工作日", "1 working day").to_owned(),
        days => lang.pick(format!("{days} 个工作日"), format!("{days} working days")),
    }
}

fn title(state: State, lang: Lang) -> &'static str {
    match state {
        State::Proposed => lang.pick("待经办人确认", "waits for an officer"),
        State::Confirmed => lang.pick("待复核人确认", "waits for a second person"),
        State::InForce => lang.pick("执行中", "in force"),
        State::Stayed => lang.pick("申诉期间暂缓", "stayed by an appeal"),
        State::Frozen => lang.pick("名单数据过时，冻结", "frozen, the lists are stale"),
        State::Refused => lang.pick("不采取", "refused"),
        State::Ended => lang.pick("原因消除，已终止", "ended, its cause is gone"),
        State::Lifted => lang.pick("已解除", "lifted"),
    }
}

fn effect_words(effect: Effect, lang: Lang) -> &'static str {
    match effect {
        Effect::Ease => lang.pick("便利", "ease"),
        Effect::Standard => lang.pick("常规", "as usual"),
        Effect::Inspection => lang.pick("抽查检查", "inspection"),
        Effect::Guidance => lang.pick("指导提示", "guidance"),
        Effect::Restriction => lang.pick("限制", "restriction"),
    }
}

fn verb_words(verb: Verb, lang: Lang) -> &'static str {
    match verb {
        Verb::Freeze => lang.pick("冻结", "frozen"),
        Verb::Propose => lang.pick("提出", "proposed"),
        Verb::Begin => lang.pick("开始执行", "began"),
        Verb::Confirm => lang.pick("确认", "confirmed"),
        Verb::Refuse => lang.pick("不采取", "refused"),
        Verb::Stay => lang.pick("暂缓", "stayed"),
        Verb::Resume => lang.pick("恢复", "resumed"),
        Verb::End => lang.pick("终止", "ended"),
        Verb::Lift => lang.pick("解除", "lifted"),
    }
}
