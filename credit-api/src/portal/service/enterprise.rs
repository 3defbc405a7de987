//! An enterprise's page: the public blocks for anyone, everything for the administrator.

use credit_core::records::{Record, Registration};
use credit_core::uscc::Uscc;

use super::search::may_see;
use super::{ServiceData, Sight, failed, history, points, public, rating, record_lang, seal, words};
use crate::access::Block;
use crate::evaluation::ask::{self, Answer};
use crate::portal::PortalError;
use crate::portal::lang::Lang;
use crate::portal::view::{EnterpriseView, Sort};
use crate::registry;
use crate::store::DbConnection;

pub(super) fn view(
    data: &ServiceData,
    code: &str,
    sort: Sort,
    lang: Lang,
    sight: Sight,
) -> Result<Option<EnterpriseView>, PortalError> {
    let Ok(uscc) = Uscc::parse(code) else { return Ok(None) };
    let mut connection = data.connection()?;
    let registrations = registry::registrations(&mut connection, uscc.as_str()).map_err(failed)?;
    let Some(registration) = registrations.last() else { return Ok(None) };
    let records = registry::records(&mut connection, uscc.as_str()).map_err(failed)?;
    let answer =
        ask::rating(&data.service, &mut connection, uscc, None, None, record_lang(lang)).map_err(failed)?;
    let view = public_view(data, registration, &records, answer.as_ref(), lang, sight);
    match answer {
        Some(answer) if sight.may(Block::Score) => {
            full_view(data, &mut connection, view, &answer, &records, sort, lang).map(Some)
        }
        _ => Ok(Some(view)),
    }
}

/// Name, code, lists and facts; of the grade what this reader may see.
fn public_view(
    data: &ServiceData,
    registration: &Registration,
    records: &[Record],
    answer: Option<&Answer>,
    lang: Lang,
    sight: Sight,
) -> EnterpriseView {
    let today = data.service.clock.today();
    let grade = answer
        .filter(|answer| may_see(answer.view.grade, sight))
        .map(|answer| rating::public_grade(answer, &data.service.card, lang));
    let mut facts = public::registration(registration, sight, lang);
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
        withheld: if sight.may(Block::Score) { Vec::new() } else { public::withheld(grade.is_some(), lang) },
        grade,
        unrated: Vec::new(),
        ruler: None,
        coverage: None,
        sub_scores: Vec::new(),
        reasons: None,
        points: None,
        history: None,
        seal: None,
    }
}

fn full_view(
    data: &ServiceData,
    connection: &mut DbConnection,
    view: EnterpriseView,
    answer: &Answer,
    records: &[Record],
    sort: Sort,
    lang: Lang,
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
        points: Some(points::view(answer, card, &origins, sort, lang)),
        history: Some(history::view(&data.service, &changes, records, &answer.assessed, lang)),
        seal: Some(seal::view(data, connection, &answer.view)?),
        ..view
    })
}
