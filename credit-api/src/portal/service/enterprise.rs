//! An enterprise's page: the public blocks for anyone, the others as the rule shows them to its reader.

use credit_core::cases::Kind;
use credit_core::dates::day_number;
use credit_core::grade::Grade;
use credit_core::records::{Record, Registration};
use credit_core::uscc::Uscc;

use super::{
    ServiceData, Sight, cases, failed, history, points, public, rating, record_lang, sales, seal, sharing,
    words,
};
use crate::access::{Audience, Block, Outcome, Subject, grade_block};
use crate::cases::subject::About;
use crate::evaluation::ask::{self, Answer};
use crate::evaluation::history as rating_history;
use crate::portal::PortalError;
use crate::portal::lang::Lang;
use crate::portal::view::{EnterpriseView, GradeView, Sort};
use crate::registry;
use crate::store::DbConnection;

/// How the blocks of the page are shown to its reader.
#[derive(Clone, Copy)]
struct Shown {
    grade: Outcome,
    score: Outcome,
    indicators: Outcome,
    history: Outcome,
    receipt: Outcome,
}

impl Shown {
    fn of(sight: &Sight, uscc: &str) -> Self {
        let of = |block| sight.may(Subject::One(uscc), block);
        Self {
            grade: of(Block::Grade),
            score: of(Block::Score),
            indicators: of(Block::Indicators),
            history: of(Block::History),
            receipt: of(Block::Receipt),
        }
    }

    /// Whether anything is shown that has to be computed.
    fn computes(self) -> bool {
        [self.score, self.indicators, self.history].contains(&Outcome::Full)
    }
}

pub(super) fn view(
    data: &ServiceData,
    code: &str,
    sort: Sort,
    lang: Lang,
    sight: Sight,
) -> Result<Option<EnterpriseView>, PortalError> {
    let Ok(uscc) = Uscc::parse(code) else { return Ok(None) };
    let sight = sight.about(&data.service, uscc.as_str())?;
    let mut connection = data.connection()?;
    let registrations = registry::registrations(&mut connection, uscc.as_str()).map_err(failed)?;
    let Some(registration) = registrations.last() else { return Ok(None) };
    let records = registry::records(&mut connection, uscc.as_str()).map_err(failed)?;
    let taken = sharing::taken_lines(data, &sight.principal, uscc.as_str(), lang).map_err(failed)?;
    let may_propose = sight.principal.audience == Audience::Commerce;
    let watch_href = may_propose.then(|| cases::watch_href(uscc.as_str()));
    let dispute_href = may_propose.then(|| cases::dispute_href(uscc.as_str()));
    let sales_href = sales::href(data, &sight, uscc.as_str(), &mut connection).map_err(failed)?;
    let view = EnterpriseView {
        taken,
        watch_href,
        dispute_href,
        sales_href,
        ..registered(data, registration, &records, lang)
    };
    let shown = Shown::of(&sight, uscc.as_str());
    if !shown.computes() {
        let grade = recorded_grade(data, &mut connection, uscc, lang, &sight)?;
        let withheld = public::withheld(shown.withheld(grade.is_some()), lang);
        return Ok(Some(EnterpriseView { grade, withheld, ..view }));
    }
    let records = public::for_reader(records, &sight, uscc.as_str(), data.service.clock.today());
    let answer =
        ask::rating(&data.service, &mut connection, Some(data.ledger()), uscc, None, None, record_lang(lang))
            .map_err(failed)?;
    match answer {
        Some(answer) => {
            let contests = sight.principal.speaks_for(uscc.as_str()).then_some(uscc.as_str());
            let whole = full_view(data, &mut connection, view, &answer, &records, contests, (sort, lang))?;
            Ok(Some(shown.of_all(whole, answer.view.grade, &sight, lang)))
        }
        None => Ok(Some(view)),
    }
}

impl Shown {
    /// Takes away what is not for the reader, and names it.
    fn of_all(self, view: EnterpriseView, grade: Grade, sight: &Sight, lang: Lang) -> EnterpriseView {
        let full = |outcome: Outcome| outcome == Outcome::Full;
        let of_grade = sight.may(Subject::One(&view.uscc), grade_block(grade));
        let withheld = public::withheld(self.withheld(of_grade.is_allowed()), lang);
        let note = |grade: GradeView| GradeView { note: grade.note.filter(|_| full(self.grade)), ..grade };
        EnterpriseView {
            grade: view.grade.filter(|_| of_grade.is_allowed()).map(note),
            unrated: if full(self.grade) { view.unrated } else { Vec::new() },
            ruler: view.ruler.filter(|_| full(self.score)),
            coverage: view.coverage.filter(|_| full(self.score)),
            sub_scores: if full(self.score) { view.sub_scores } else { Vec::new() },
            reasons: view.reasons.filter(|_| full(self.score)),
            points: view.points.filter(|_| full(self.indicators)),
            history: view.history.filter(|_| full(self.history)),
            seal: view.seal.filter(|_| full(self.receipt)),
            withheld,
            ..view
        }
    }

    fn withheld(self, grade_shown: bool) -> public::Hidden {
        public::Hidden {
            grade: !grade_shown,
            score: self.score != Outcome::Full,
            indicators: self.indicators != Outcome::Full,
            history: self.history != Outcome::Full,
            receipt: self.receipt != Outcome::Full,
        }
    }
}

/// The grade on record, where this reader may see it: nothing is computed for somebody unknown.
fn recorded_grade(
    data: &ServiceData,
    connection: &mut DbConnection,
    uscc: Uscc,
    lang: Lang,
    sight: &Sight,
) -> Result<Option<GradeView>, PortalError> {
    let today = data.service.clock.today();
    let row = rating_history::in_force(connection, uscc.as_str(), day_number(today), i64::MAX);
    let grade = row.map_err(failed)?.and_then(|row| row.grade.parse::<Grade>().ok());
    let may = |grade: &Grade| sight.may(Subject::One(uscc.as_str()), grade_block(*grade)).is_allowed();
    Ok(grade.filter(may).map(|grade| rating::grade_of(grade, today, &data.service.card, lang)))
}

/// Name, code, lists and facts.
fn registered(
    data: &ServiceData,
    registration: &Registration,
    records: &[Record],
    lang: Lang,
) -> EnterpriseView {
    let today = data.service.clock.today();
    let mut facts = public::registration(registration, lang);
    facts.extend(public::published(records, today, lang));
    let kind = registration.roles.first().map_or("", |kind| words::kind(*kind, lang));
    EnterpriseView {
        name: registration.name.clone(),
        former_names: registration.former_names.clone(),
        uscc: registration.uscc.to_string(),
        kind: kind.to_owned(),
        status: words::status_of_word(registry::status_word(registration.status), lang),
        listed: public::listed(records, today, lang),
        facts,
        withheld: Vec::new(),
        grade: None,
        unrated: Vec::new(),
        ruler: None,
        coverage: None,
        sub_scores: Vec::new(),
        reasons: None,
        points: None,
        history: None,
        seal: None,
        taken: Vec::new(),
        appeal_href: None,
        watch_href: None,
        dispute_href: None,
        sales_href: None,
    }
}

fn full_view(
    data: &ServiceData,
    connection: &mut DbConnection,
    view: EnterpriseView,
    answer: &Answer,
    records: &[Record],
    contests: Option<&str>,
    (sort, lang): (Sort, Lang),
) -> Result<EnterpriseView, PortalError> {
    let card = &data.service.card;
    let changes = history::changes(connection, &view.uscc)?;
    // The recorded rating is the one shown, or the one before it.
    let before = if answer.view.anchor.is_some() { changes.get(1) } else { changes.first() };
    let last = before.and_then(|row| u16::try_from(row.score).ok());
    let origins = points::Origins::load(connection, &view.uscc)?;
    Ok(EnterpriseView {
        grade: Some(rating::grade(answer, card, lang)),
        unrated: rating::unrated(answer, card, lang),
        ruler: Some(rating::ruler(answer, last, card, lang)),
        coverage: Some(answer.view.coverage.to_string()),
        sub_scores: rating::sub_scores(answer, card, lang),
        reasons: Some(rating::reasons(answer, card, lang)),
        points: Some(points::view(answer, card, (&origins, contests), sort, lang)),
        history: Some(history::view(&data.service, &changes, records, &answer.assessed, lang)),
        seal: Some(seal::view(data, connection, &answer.view)?),
        appeal_href: changes
            .first()
            .zip(contests)
            .and_then(|(change, uscc)| cases::open_href(Kind::Appeal, uscc, &About::Rating(change.seq))),
        ..view
    })
}
