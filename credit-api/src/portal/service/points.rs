//! The points ledger: all 46 indicators with their rule, the bin reached and the records behind them.

use std::collections::HashMap;

use credit_core::cases::Kind;
use credit_core::evaluate::IndicatorResult;
use credit_core::indicator::{IndicatorId, Source, State};
use credit_core::observe::EvidenceRef;
use credit_core::scorecard::{Indicator, Scorecard};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};

use super::rating::{of_source, points};
use super::{cases, failed, words};
use crate::cases::store;
use crate::cases::subject::{About, RecordName};
use crate::evaluation::ask::Answer;
use crate::portal::PortalError;
use crate::portal::lang::Lang;
use crate::portal::view::{
    BinView, EvidenceView, Points, PointsGroup, PointsLedgerView, PointsRow, RowState, Sort, grouped,
};
use crate::store::DbConnection;
use crate::store::bulk;

/// Records shown for one indicator, the latest.
const EVIDENCE_SHOWN: usize = 10;

/// Where a record came from, by source and natural key.
pub(super) struct Origins {
    origins: HashMap<(String, String), Origin>,
    /// Records that an objection is pending against.
    disputed: Vec<RecordName>,
}

#[derive(QueryableByName)]
struct Origin {
    #[diesel(sql_type = Text)]
    source: String,
    #[diesel(sql_type = Text)]
    natural_key: String,
    #[diesel(sql_type = Text)]
    file_name: String,
    #[diesel(sql_type = BigInt)]
    line: i64,
}

impl Origins {
    /// The files and lines of everything known now about an enterprise, its registration aside.
    pub(super) fn load(connection: &mut DbConnection, uscc: &str) -> Result<Self, PortalError> {
        let rows: Vec<Origin> = bulk::load(
            connection,
            "SELECT f.source, f.natural_key, b.file_name, f.line FROM facts f \
             JOIN batches b ON b.id = f.batch_id WHERE f.uscc = $1 AND f.known_to IS NULL",
            [uscc.into()],
        )
        .map_err(failed)?;
        let by_key = |row: Origin| ((row.source.clone(), row.natural_key.clone()), row);
        let disputed = store::disputed(connection, uscc).map_err(failed)?;
        Ok(Self { origins: rows.into_iter().map(by_key).collect(), disputed })
    }

    fn is_disputed(&self, record: &EvidenceRef) -> bool {
        self.disputed.contains(&RecordName::of(record.source.as_str(), &record.key))
    }

    fn of(&self, record: &EvidenceRef) -> Option<&Origin> {
        self.origins.get(&(record.source.as_str().to_owned(), record.key.clone()))
    }

    /// File and line; without them what kind of source it was.
    fn words(&self, record: &EvidenceRef, lang: Lang) -> String {
        self.of(record).map_or_else(
            || words::source(record.source, lang).to_owned(),
            |Origin { file_name, line, .. }| {
                lang.pick(format!("{file_name} 第 {line} 行"), format!("{file_name} line {line}"))
            },
        )
    }
}

/// `contests`: the enterprise whose agent reads, who may contest a record from here.
pub(super) fn view(
    answer: &Answer,
    card: &Scorecard,
    (origins, contests): (&Origins, Option<&str>),
    sort: Sort,
    lang: Lang,
) -> PointsLedgerView {
    let evidence: HashMap<IndicatorId, &[EvidenceRef]> =
        answer.assessed.evidence.iter().map(|(id, records)| (*id, records.as_slice())).collect();
    let groups = Source::ALL
        .into_iter()
        .map(|source| {
            let of_group =
                answer.assessed.evaluation.indicators.iter().filter(|part| part.id.source() == source);
            let rows = of_group.filter_map(|part| {
                let records = evidence.get(&part.id).copied().unwrap_or_default();
                Some(row(part, card.indicator(part.id)?, card, shown(records, origins, contests, lang), lang))
            });
            PointsGroup {
                source: format!("{source:?}"),
                name: words::group(source, lang).to_owned(),
                points: of_source(answer, source),
                weight: card.weights.of(answer.view.kind).of(source),
                rows: rows.collect(),
            }
        })
        .collect();
    PointsLedgerView { groups, sort }
}

fn row(
    part: &IndicatorResult,
    rule: &Indicator,
    card: &Scorecard,
    evidence: Vec<EvidenceView>,
    lang: Lang,
) -> PointsRow {
    let state = state(part);
    let counts = part.bp.is_some();
    let reason = match state {
        RowState::Voided => &card.texts.voided,
        RowState::Insufficient => &card.texts.insufficient,
        _ => &rule.reason,
    };
    let bins = words::bins(rule, lang).into_iter().enumerate();
    PointsRow {
        id: part.id.as_str().to_owned(),
        name: words::text(&rule.name, lang),
        state,
        value: part
            .value
            .as_ref()
            .filter(|_| part.state == State::Observed)
            .and_then(|value| words::value(value, rule.unit, lang)),
        points: if counts { points(part.points) } else { Points(0) },
        max: if counts { Points(part.points.0 + part.loss.0) } else { Points(0) },
        loss: if counts { points(part.loss) } else { Points(0) },
        definition: words::text(&rule.definition, lang),
        window: words::window(&rule.window, lang),
        sample: (rule.min_n > 0 && part.state != State::Disabled).then(|| sample(part.n, rule.min_n, lang)),
        basis: rule
            .basis
            .iter()
            .filter_map(|code| card.basis(code))
            .map(|basis| words::text(&basis.text, lang))
            .collect(),
        reason: Some(words::text(reason, lang)),
        bins: bins
            .map(|(place, (words, bp))| BinView {
                words,
                bp,
                reached: part.bin.map(usize::from) == Some(place),
            })
            .collect(),
        evidence,
    }
}

fn state(part: &IndicatorResult) -> RowState {
    match part.state {
        _ if part.voided => RowState::Voided,
        State::Observed => RowState::Observed,
        State::NotApplicable => RowState::NotApplicable,
        State::Insufficient => RowState::Insufficient,
        State::Disabled => RowState::Disabled,
    }
}

fn sample(n: u64, min_n: u64, lang: Lang) -> String {
    let (n, least) = (grouped(n), grouped(min_n));
    lang.pick(format!("{n}（至少 {least}）"), format!("{n} (at least {least})"))
}

/// The latest records first, and how many more there are.
fn shown(
    records: &[EvidenceRef],
    origins: &Origins,
    contests: Option<&str>,
    lang: Lang,
) -> Vec<EvidenceView> {
    let contest = |record: &EvidenceRef| {
        if origins.is_disputed(record) {
            return None;
        }
        // A registration is corrected where it is registered; it is no row that an objection could name.
        origins.of(record)?;
        let about = About::Record(RecordName::of(record.source.as_str(), &record.key));
        cases::open_href(Kind::Objection, contests?, &about)
    };
    let mut views: Vec<EvidenceView> = records
        .iter()
        .rev()
        .take(EVIDENCE_SHOWN)
        .map(|record| EvidenceView {
            words: words::text(&record.text, lang),
            source: origins.words(record, lang),
            date: record.occurred_on.to_string(),
            contest_href: contest(record),
            is_disputed: origins.is_disputed(record),
        })
        .collect();
    let more = records.len().saturating_sub(EVIDENCE_SHOWN);
    if let Some((first, last)) = records.first().zip(views.last_mut()).filter(|_| more > 0) {
        last.words.push_str(&lang.pick(
            format!("；另有更早的 {more} 条，自 {} 起", first.occurred_on),
            format!("; and {more} earlier ones since {}", first.occurred_on),
        ));
    }
    views
}
