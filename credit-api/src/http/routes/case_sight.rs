//! Whether a caller sees a case: the rule of seeing, asked of the block that its kind belongs to, and the narrower
//! question whether the caller is a party to it. What is looked at, and what is refused, is noted.

use credit_core::cases::Kind;
use credit_core::uscc::Uscc;

use crate::access::{Ask, Audience, Outcome, Subject};
use crate::cases;
use crate::cases::parties::{self, Party};
use crate::cases::store::{self, CaseRow};
use crate::http::caller::Caller;
use crate::http::problem::{Code, Problem};
use crate::store::DbConnection;

/// A case that the caller sees, and how much of it.
pub(super) fn visible(
    connection: &mut DbConnection,
    caller: &Caller,
    party: &Party,
    (id, kind): (&str, Option<Kind>),
) -> Result<(CaseRow, Outcome), Problem> {
    let row = store::find(connection, id)?;
    let row = row.filter(|row| kind.is_none_or(|kind| row.kind == kind.code()));
    let row = row.ok_or_else(|| Problem::new(Code::CaseNotFound))?;
    let kind = row.kind()?;
    let (subject, block) = (Subject::One(&row.uscc), cases::block(kind));
    if !parties::sees(party, &row) {
        // It looks like one that is not there.
        caller.refuse(subject, block);
        return Err(Problem::new(Code::CaseNotFound));
    }
    let notified = kind == Kind::ListEntry && row.told != 0;
    let ask = Ask { closed: row.open == 0, notified, ..caller.ask(subject, block) };
    let outcome = caller.needs_asked(&ask)?.outcome;
    Ok((row, outcome))
}

/// That the caller may read a case that it opens.
pub(super) fn to_open(caller: &Caller, kind: Kind, uscc: &Uscc) -> Result<Outcome, Problem> {
    let ask = caller.ask(Subject::One(uscc.as_str()), cases::block(kind));
    Ok(caller.needs_asked(&Ask { notified: kind == Kind::ListEntry, ..ask })?.outcome)
}

/// The caller of an act, which reads what it answers with: where no purpose is named, it is the one that the act has.
pub(super) fn acting(caller: &Caller, kind: Kind) -> Caller {
    caller.for_purpose(cases::purpose(caller.principal.audience, kind))
}

/// The kinds of which a list is shown: an enterprise's own, of one enterprise that is named, or of all. Several kinds
/// are shown as far as the caller sees their blocks; it is refused where it sees none.
pub(super) fn of_list(caller: &Caller, kinds: &[Kind], named: Option<&Uscc>) -> Result<Vec<Kind>, Problem> {
    let own = &caller.principal.enterprises;
    let subjects: Vec<Subject<'_>> = match (named, caller.principal.audience) {
        (Some(uscc), _) => vec![Subject::One(uscc.as_str())],
        (None, Audience::Enterprise) => own.iter().map(|uscc| Subject::One(uscc)).collect(),
        (None, _) => vec![Subject::Many],
    };
    let (mut shown, mut refused) = (Vec::new(), None);
    for kind in kinds {
        // Lists show an enterprise the alerts that are closed, and the entries that it was told of.
        let notified = *kind == Kind::ListEntry;
        let ask = |subject| Ask { closed: true, notified, ..caller.ask(subject, cases::block(*kind)) };
        match subjects.iter().try_for_each(|subject| caller.needs_asked(&ask(*subject)).map(|_| ())) {
            Ok(()) => shown.push(*kind),
            Err(problem) => refused = refused.or(Some(problem)),
        }
    }
    match refused {
        Some(problem) if shown.is_empty() => Err(problem),
        _ => Ok(shown),
    }
}
