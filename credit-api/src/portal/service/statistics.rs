//! The page of statistics: public, of one finished month.

use actix_web::{HttpRequest, HttpResponse, web};
use credit_core::country;
use credit_core::grade::Grade;
use credit_core::indicator::SubjectKind;

use super::forms::{self, Fields};
use super::http::Data;
use super::{ServiceData, Sight, words};
use crate::access::{Block, Subject};
use crate::portal::http::reader_of;
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page};
use crate::portal::statistics_texts::StatisticsTexts;
use crate::portal::view::{
    BarLine, ChartView, Choice, MatchingView, MatrixView, MonthView, Percent, StatisticsView, grouped, share,
};
use crate::statistics::body::{
    By, Direction, MatchFigure, MatchOutcome, NEW, OTHER, TradeFigure, Traded, UNKNOWN,
};
use crate::statistics::gather::MODES;
use crate::statistics::keep::{self, Kept};
use crate::statistics::month::Month;
use crate::statistics::tick::MONTHS_KEPT;
use crate::store::StoreError;

/// Months of the chart over time, and of the files.
const MONTHS_SHOWN: i32 = 12;
const FEN_PER_YUAN: u64 = 100;
const PATH: &str = "/statistics";

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(web::resource(PATH).route(web::get().to(page)).route(web::head().to(page)));
}

async fn page(data: Data, request: HttpRequest) -> HttpResponse {
    let asked = web::Query::<Fields>::from_query(request.query_string());
    let asked = asked.map(web::Query::into_inner).unwrap_or_default();
    let reader = reader_of(data.get_ref(), &request);
    forms::show_all(&data, &request, move |data, page| {
        let sight = data.sight(&reader)?;
        let view = view(data, &sight, asked.get("month").map(|text| text.trim()), page.lang)?;
        let month = view.month.as_ref().map(|month| format!("month={}", month.month));
        let page = Page { path: PATH.to_owned(), query: month.unwrap_or_default(), ..page.clone() };
        Ok(render::render_statistics(&page, &view)?)
    })
    .await
}

fn view(
    data: &ServiceData,
    sight: &Sight,
    asked: Option<&str>,
    lang: Lang,
) -> Result<StatisticsView, StoreError> {
    let last = Month::of(data.service.clock.today()).before(1);
    let is_public = sight.may(Subject::Zone, Block::Transactions).is_allowed();
    let kept = if is_public {
        keep::between(&mut *data.service.database.connection()?, last.before(MONTHS_KEPT - 1), last)?
    } else {
        Vec::new()
    };
    let asked = asked.filter(|text| !text.is_empty());
    let found = asked.and_then(Month::parse).and_then(|month| kept.iter().position(|one| one.month == month));
    let choice = |one: &Kept| Choice { value: one.month.to_string(), words: one.month.to_string() };
    Ok(StatisticsView {
        months: kept.iter().map(choice).collect(),
        is_month_wrong: asked.is_some() && found.is_none(),
        is_public,
        month: kept.get(found.unwrap_or(0)..).and_then(|months| month(months, lang)),
        span: (last.before(MONTHS_SHOWN - 1).to_string(), last.to_string()),
    })
}

/// The first of the months, with those before it for the chart over time.
fn month(months: &[Kept], lang: Lang) -> Option<MonthView> {
    let kept = months.first()?;
    let s = StatisticsTexts::of(lang);
    let total = total(kept);
    let charts = By::ALL.into_iter().map(|by| chart(kept, by, lang)).filter(|chart| !chart.lines.is_empty());
    let moves = &kept.body.moves;
    Some(MonthView {
        month: kept.month.to_string(),
        made: words::minute(u64::try_from(kept.made_at).unwrap_or(0)),
        is_current: kept.is_current,
        orders: total.map(|traded| grouped(traded.orders)),
        amount: total.map(|traded| yuan(traded.amount)),
        delivered: kept.body.delivered_permille.map(percent),
        returned: kept.body.returned_permille.map(percent),
        charts: std::iter::once(trend(months, s)).chain(charts).collect(),
        enterprises: enterprises(kept, lang),
        moves: (!moves.is_empty()).then(|| moved(kept, s)),
        directions: kept
            .body
            .directions
            .iter()
            .map(|one| (went(one.direction, s), one.enterprises))
            .collect(),
        matching: (!kept.body.matching.is_empty()).then(|| matching(kept, s)),
    })
}

fn total(kept: &Kept) -> Option<Traded> {
    kept.body.trade.iter().find(|figure| figure.by.is_none())?.traded
}

fn yuan(amount: u64) -> String {
    grouped((amount + FEN_PER_YUAN / 2) / FEN_PER_YUAN)
}

fn percent(permille: u16) -> String {
    format!("{}.{} %", permille / 10, permille % 10)
}

fn part(amount: u64, largest: u64) -> Percent {
    share(i64::try_from(amount).unwrap_or(i64::MAX), i64::try_from(largest).unwrap_or(i64::MAX))
}

fn trend(months: &[Kept], s: &'static StatisticsTexts) -> ChartView {
    let shown = months.iter().take(usize::try_from(MONTHS_SHOWN).unwrap_or(0));
    let largest = shown.clone().filter_map(total).map(|traded| traded.amount).max().unwrap_or(0);
    let line = |kept: &Kept| {
        let traded = total(kept);
        BarLine {
            words: kept.month.to_string(),
            short: kept.month.to_string(),
            orders: traded.map(|traded| grouped(traded.orders)),
            amount: traded.map(|traded| yuan(traded.amount)),
            share: None,
            part: traded.map_or(Percent(0), |traded| part(traded.amount, largest)),
        }
    };
    ChartView { id: "trend", title: s.trend, of: s.month, lines: shown.map(line).collect() }
}

fn chart(kept: &Kept, by: By, lang: Lang) -> ChartView {
    let s = StatisticsTexts::of(lang);
    let of_table = || kept.body.trade.iter().filter(|figure| figure.by == Some(by));
    let largest =
        of_table().filter_map(|figure| figure.traded).map(|traded| traded.amount).max().unwrap_or(0);
    let line = |figure: &TradeFigure| {
        let (words, short) = named(by, &figure.code, lang);
        BarLine {
            words,
            short,
            orders: figure.traded.map(|traded| grouped(traded.orders)),
            amount: figure.traded.map(|traded| yuan(traded.amount)),
            share: figure.permille.map(percent),
            part: figure.traded.map_or(Percent(0), |traded| part(traded.amount, largest)),
        }
    };
    let title = match by {
        By::Mode => s.by_mode,
        By::Direction => s.by_direction,
        By::Country => s.by_country,
        By::HsChapter => s.by_hs_chapter,
        By::Grade => s.by_grade,
    };
    ChartView { id: by.code(), title, of: title, lines: of_table().map(line).collect() }
}

/// The words of a code, and those beside a bar.
fn named(by: By, code: &str, lang: Lang) -> (String, String) {
    let s = StatisticsTexts::of(lang);
    let words = match (by, code) {
        (_, OTHER) => s.other.to_owned(),
        (_, UNKNOWN) => s.unknown.to_owned(),
        (By::Direction, "import") => s.import.to_owned(),
        (By::Direction, _) => s.export.to_owned(),
        (By::Country, code) => {
            let Some(country) = country::find(code) else { return (code.to_owned(), code.to_owned()) };
            let name = lang.pick(country.zh.clone(), country.en.clone());
            return (format!("{code} {name}"), code.to_owned());
        }
        (By::HsChapter, code) => {
            let words = lang.pick(format!("第 {code} 章"), format!("chapter {code}"));
            return (words, code.to_owned());
        }
        (_, code) => code.to_owned(),
    };
    (words.clone(), words)
}

fn enterprises(kept: &Kept, lang: Lang) -> MatrixView {
    let s = StatisticsTexts::of(lang);
    let find = |kind: Option<&str>, grade: Option<&str>| {
        let is_it = |kinds: &Option<String>, grades: &Option<String>| {
            kinds.as_deref() == kind && grades.as_deref() == grade
        };
        let found = kept.body.enterprises.iter().find(|figure| is_it(&figure.kind, &figure.grade));
        found.and_then(|figure| figure.enterprises)
    };
    let grades = || Grade::ALL.iter().map(|grade| Some(grade.as_str())).chain([None]);
    let row = |kind: Option<&str>, words: String| {
        (words, grades().map(|grade| find(kind, grade)).collect::<Vec<_>>())
    };
    let kinds =
        SubjectKind::ALL.iter().map(|kind| row(Some(kind.as_str()), words::kind(*kind, lang).to_owned()));
    MatrixView {
        columns: grades().map(|grade| grade.unwrap_or(s.all).to_owned()).collect(),
        rows: kinds.chain([row(None, s.all.to_owned())]).collect(),
    }
}

fn went(direction: Direction, s: &'static StatisticsTexts) -> &'static str {
    match direction {
        Direction::Up => s.up,
        Direction::Same => s.same,
        Direction::Down => s.down,
        Direction::Unrated => s.unrated,
        Direction::New => s.new,
    }
}

fn matching(kept: &Kept, s: &'static StatisticsTexts) -> MatchingView {
    let find = |mode: Option<&str>, outcome: MatchOutcome| {
        let is_it = |figure: &&MatchFigure| figure.mode.as_deref() == mode && figure.outcome == Some(outcome);
        kept.body.matching.iter().find(is_it)
    };
    let words = |outcome: MatchOutcome| match outcome {
        MatchOutcome::Agrees => s.agrees,
        MatchOutcome::Differs => s.differs,
        MatchOutcome::Waiting => s.waiting,
        MatchOutcome::Missing => s.missing,
    };
    let sales =
        |mode: Option<&str>, outcome: MatchOutcome| find(mode, outcome).and_then(|figure| figure.sales);
    let largest = MatchOutcome::ALL.into_iter().filter_map(|outcome| sales(None, outcome)).max().unwrap_or(0);
    let share_of = |outcome| find(None, outcome).and_then(|figure| figure.permille).map(percent);
    let bar = |outcome: MatchOutcome| BarLine {
        words: words(outcome).to_owned(),
        short: words(outcome).to_owned(),
        orders: None,
        amount: sales(None, outcome).map(grouped),
        share: share_of(outcome),
        part: sales(None, outcome).map_or(Percent(0), |sales| part(sales, largest)),
    };
    // A mode in which there is nothing at all is no column.
    let is_there =
        |mode: &&str| MatchOutcome::ALL.into_iter().any(|outcome| sales(Some(*mode), outcome) != Some(0));
    let modes: Vec<&str> = MODES.into_iter().chain([UNKNOWN]).filter(is_there).collect();
    let columns = modes.iter().map(|mode| Some(*mode)).chain([None]);
    let row = |outcome: MatchOutcome| {
        (words(outcome).to_owned(), columns.clone().map(|mode| sales(mode, outcome)).collect::<Vec<_>>())
    };
    let title = |mode: &str| if mode == UNKNOWN { s.mode_unknown.to_owned() } else { mode.to_owned() };
    MatchingView {
        chart: ChartView {
            id: "matching",
            title: s.matching,
            of: s.outcome,
            lines: MatchOutcome::ALL.into_iter().map(bar).collect(),
        },
        shares: MatchOutcome::ALL.into_iter().map(share_of).collect(),
        table: MatrixView {
            columns: modes.iter().map(|mode| title(mode)).chain([s.all.to_owned()]).collect(),
            rows: MatchOutcome::ALL.into_iter().map(row).collect(),
        },
    }
}

fn moved(kept: &Kept, s: &'static StatisticsTexts) -> MatrixView {
    let grades = Grade::ALL.map(Grade::as_str);
    let find = |from: &str, to: &str| {
        let found = kept.body.moves.iter().find(|figure| figure.from == from && figure.to == to);
        found.and_then(|figure| figure.enterprises)
    };
    let row = |from: &str, words: &str| {
        (words.to_owned(), grades.iter().map(|to| find(from, to)).collect::<Vec<_>>())
    };
    MatrixView {
        columns: grades.iter().map(|grade| (*grade).to_owned()).collect(),
        rows: grades.iter().map(|grade| row(grade, grade)).chain([row(NEW, s.new)]).collect(),
    }
}
