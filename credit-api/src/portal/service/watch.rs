//! The zone's watch list on a page: the entries of one enterprise, named to whoever may see them and to nobody else.

use credit_core::cases::Kind;
use credit_core::negative_list::NegativeListRules;
use credit_core::uscc::Uscc;

use super::{ServiceData, Sight, cases};
use crate::access::{Ask, Audience, Block, Outcome, Subject};
use crate::cases::subject::About;
use crate::negative_list::watch::{self, Watched};
use crate::portal::lang::Lang;
use crate::portal::view::WatchNotice;
use crate::store::StoreError;

/// The entries in force today. Whoever may not see them is told neither of one nor that there is none.
pub(super) fn notices(
    data: &ServiceData,
    sight: &Sight,
    uscc: Uscc,
    lang: Lang,
) -> Result<Vec<WatchNotice>, StoreError> {
    // What is in force was announced to the enterprise.
    let subject = Subject::One(uscc.as_str());
    let ask = Ask { notified: true, ..Ask::new(&sight.principal, Block::WatchList, sight.purpose, subject) };
    let Some(outcome) = sight.sees(ask) else { return Ok(Vec::new()) };
    let mut connection = data.service.database.connection()?;
    let now = (data.service.clock.now(), data.service.calendars.now());
    let found = watch::of_one(&mut connection, uscc, now)?;
    let is_party = sight.principal.speaks_for(uscc.as_str())
        || matches!(
            sight.principal.audience,
            Audience::Commerce | Audience::Reviewer | Audience::Operator | Audience::Auditor
        );
    let is_own = sight.principal.speaks_for(uscc.as_str());
    Ok(found.into_iter().map(|one| notice(one, outcome, (is_party, is_own), lang)).collect())
}

fn notice(one: Watched, outcome: Outcome, (is_party, is_own): (bool, bool), lang: Lang) -> WatchNotice {
    let rule = NegativeListRules::embedded().rule(one.kind);
    let say = |text: Option<(&String, &String)>| {
        text.map_or_else(String::new, |(zh, en)| lang.pick(zh, en).clone())
    };
    let is_full = outcome == Outcome::Full;
    let release = || cases::open_href(Kind::Repair, &one.uscc, &About::Entry(one.case.clone()));
    WatchNotice {
        code: one.kind.code(),
        title: say(rule.map(|rule| (&rule.title_zh, &rule.title_en))),
        trigger: say(rule.map(|rule| (&rule.trigger_zh, &rule.trigger_en))),
        exit: say(rule.map(|rule| (&rule.exit.zh, &rule.exit.en))),
        basis: say(rule.map(|rule| (&rule.basis_zh, &rule.basis_en))),
        release_href: if is_own && is_full { release() } else { None },
        case_href: (is_party && is_full).then(|| format!("{}/{}", cases::PATH, one.case)),
        facts: is_full.then_some(one.facts),
        since: is_full.then(|| one.entry.effective_on.to_string()),
        until: is_full.then(|| one.entry.last_day.to_string()),
        renewed: is_full && one.entry.renewed,
    }
}
