//! Grade, ruler, reasons and sub-scores of an answer.

use chrono::NaiveDate;
use credit_core::evaluate::{Hundredths, ReasonKind as Kind};
use credit_core::grade::{Grade, Why};
use credit_core::indicator::Source;
use credit_core::scorecard::{Scorecard, Text};

use super::words;
use crate::evaluation::ask::Answer;
use crate::evaluation::statement::valid_until;
use crate::portal::lang::Lang;
use crate::portal::view::{
    BandView, GradeView, Points, ReasonKind, ReasonView, RulerView, StopView, SubScoreView,
};

/// Reasons shown beside the grade; the points ledger has all of them.
const REASONS_SHOWN: usize = 8;

pub(super) fn bands(card: &Scorecard) -> Vec<BandView> {
    let bands = card.grades.iter();
    bands.map(|band| BandView { code: band.code.as_str().to_owned(), floor: band.floor }).collect()
}

pub(super) fn points(hundredths: Hundredths) -> Points {
    Points(hundredths.0)
}

/// A grade in force at a date, with what is public of it.
pub(super) fn grade_of(grade: Grade, as_of: NaiveDate, card: &Scorecard, lang: Lang) -> GradeView {
    let band = card.band(grade);
    GradeView {
        code: grade.as_str().to_owned(),
        meaning: band
            .map_or_else(|| lang.texts().unrated.to_owned(), |band| words::text(&band.meaning, lang)),
        class: band.map(|band| band.class.clone()),
        as_of: as_of.to_string(),
        valid_until: valid_until(as_of).to_string(),
        model: card.id.clone(),
        note: None,
    }
}

pub(super) fn grade(answer: &Answer, card: &Scorecard, lang: Lang) -> GradeView {
    GradeView { note: note(answer, lang), ..grade_of(answer.view.grade, answer.view.as_of, card, lang) }
}

/// What must be said when the grade in force is not the score's band, or moved at once.
fn note(answer: &Answer, lang: Lang) -> Option<String> {
    let (grade, by_score) = (answer.view.grade, answer.view.grade_by_score);
    let waits = answer.view.pending_grade.unwrap_or(by_score);
    match answer.view.grade_why {
        Why::UpgradeAwaitsSecondRun => Some(lang.pick(
            format!("按评分为 {waits}；连续两次月度评价都达到后才升级。"),
            format!("By score {waits}; an upgrade is confirmed by a second monthly run."),
        )),
        Why::DowngradeAwaitsSecondRun => Some(lang.pick(
            format!("按评分为 {waits}；没有新的负面记录，下一次月度评价仍低于 {grade} 时才降级。"),
            format!("By score {waits}; without a new adverse record the grade falls only if the next monthly run confirms it."),
        )),
        Why::AwaitsSignOff => Some(lang.pick(
            format!("按评分为 {waits}；变动两级以上，须经人工签核。"),
            format!("By score {waits}; a move of two grades or more waits for a person's signature."),
        )),
        Why::DowngradeTriggered => Some(
            lang.pick(
                "因上次月度评价后有新的记录，等级随即下调。",
                "A record since the last monthly run lowered the grade at once.",
            )
            .to_owned(),
        ),
        Why::UpgradeConfirmed if grade != by_score => Some(lang.pick(
            format!("按评分为 {by_score}；等级按两次月度评价中较低的一次。"),
            format!("By score {by_score}; the grade is the lower of the two monthly runs."),
        )),
        _ => None,
    }
}

/// Why no grade is given, in the scorecard's words.
pub(super) fn unrated(answer: &Answer, card: &Scorecard, lang: Lang) -> Vec<String> {
    if answer.view.grade != Grade::N {
        return Vec::new();
    }
    let reasons = answer.view.n_reasons.iter();
    reasons.map(|reason| words::text(card.unrated_text(*reason), lang)).collect()
}

pub(super) fn ruler(answer: &Answer, last: Option<u16>, card: &Scorecard, lang: Lang) -> RulerView {
    let caps = answer.view.caps.iter().map(|cap| StopView {
        limit: cap.limit,
        words: card.reason_text(&cap.code).map_or_else(|| cap.code.clone(), |text| first_clause(text, lang)),
    });
    let vetoes = answer
        .view
        .vetoes
        .iter()
        .map(|code| StopView { limit: card.veto_limit, words: format!("{} {code}", lang.texts().veto) });
    RulerView {
        score: answer.view.score,
        is_rated: answer.view.grade != Grade::N,
        last,
        bands: bands(card),
        stops: vetoes.chain(caps).collect(),
    }
}

/// The cap's reason up to its first clause: 外汇管理分类为 B 类.
fn first_clause(text: &Text, lang: Lang) -> String {
    let whole = words::text(text, lang);
    let end = whole.find(['，', '：', ':', ',']).unwrap_or(whole.len());
    whole.get(..end).unwrap_or(&whole).to_owned()
}

/// Vetoes and caps, the greatest losses, and in one line what lacks data.
pub(super) fn reasons(answer: &Answer, card: &Scorecard, lang: Lang) -> Vec<ReasonView> {
    let (lacking, others): (Vec<_>, Vec<_>) =
        answer.view.reasons.iter().partition(|reason| reason.kind == Kind::Insufficient);
    let name = |code: &str| {
        let indicator = code.parse().ok().and_then(|id| card.indicator(id));
        indicator.map(|rule| words::text(&rule.name, lang)).unwrap_or_default()
    };
    let hard = others.iter().filter(|reason| matches!(reason.kind, Kind::Veto | Kind::Cap)).count();
    let shown = others.into_iter().take(REASONS_SHOWN.max(hard));
    let mut reasons: Vec<ReasonView> = shown
        .map(|reason| ReasonView {
            kind: match reason.kind {
                Kind::Veto => ReasonKind::Veto,
                Kind::Cap => ReasonKind::Cap,
                Kind::Indicator | Kind::Insufficient | Kind::Voided => ReasonKind::Loss,
            },
            name: name(&reason.code),
            code: reason.code.clone(),
            text: reason.text.clone(),
            loss: points(reason.loss),
        })
        .collect();
    if !lacking.is_empty() {
        let (count, text) = (lacking.len(), words::text(&card.texts.insufficient, lang));
        let names: Vec<String> = lacking.iter().map(|reason| name(&reason.code)).collect();
        let names = names.join(lang.texts().list_separator);
        reasons.push(ReasonView {
            kind: ReasonKind::Loss,
            code: String::new(),
            name: lang.pick(format!("数据不足的指标（{count} 项）"), format!("Too little data ({count})")),
            text: lang.pick(format!("{names}。{text}"), format!("{names}. {text}")),
            // Rounded losses are not added up; each stands in the points ledger.
            loss: Points(0),
        });
    }
    reasons
}

pub(super) fn of_source(answer: &Answer, source: Source) -> Points {
    let scores = answer.view.sub_scores;
    points(match source {
        Source::S1 => scores.s1,
        Source::S2 => scores.s2,
        Source::S3 => scores.s3,
        Source::S4 => scores.s4,
    })
}

pub(super) fn sub_scores(answer: &Answer, card: &Scorecard, lang: Lang) -> Vec<SubScoreView> {
    Source::ALL
        .into_iter()
        .map(|source| SubScoreView {
            source: format!("{source:?}"),
            name: words::group(source, lang).to_owned(),
            points: of_source(answer, source),
            weight: card.weights.of(answer.view.kind).of(source),
        })
        .collect()
}
