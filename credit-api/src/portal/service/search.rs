//! Search: names and codes are public, of the grades only the two best.

use credit_core::grade::Grade;
use credit_core::indicator::SubjectKind;

use super::{ServiceData, Sight, failed, words};
use crate::access::{Subject, grade_block};
use crate::portal::lang::Lang;
use crate::portal::view::{Choice, EnterpriseRow, SearchView};
use crate::portal::{PortalError, SearchAsk};
use crate::registry::{self, Enterprise, Filter};

/// Enterprises on one page.
const ROWS_AT_ONCE: i64 = 20;

pub(super) fn view(
    data: &ServiceData,
    ask: &SearchAsk,
    lang: Lang,
    sight: &Sight,
) -> Result<SearchView, PortalError> {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let kind = SubjectKind::ALL.into_iter().find(|kind| kind.as_str() == ask.kind);
    // A grade the reader may not see must not be found by asking for it either.
    let grade = ask.grade.parse::<Grade>().ok().filter(|grade| may_see(*grade, sight));
    let filter = Filter {
        q: some(&ask.q),
        role: kind.map(|kind| kind.as_str().to_owned()),
        grade: grade.map(|grade| grade.as_str().to_owned()),
        ..Filter::default()
    };
    let page = registry::search(&mut *data.connection()?, &filter, ask.cursor.as_deref(), ROWS_AT_ONCE)
        .map_err(failed)?;
    let grades = Grade::ALL.into_iter().filter(|grade| may_see(*grade, sight));
    Ok(SearchView {
        q: ask.q.clone(),
        kind: kind.map_or_else(String::new, |kind| kind.as_str().to_owned()),
        grade: grade.map_or_else(String::new, |grade| grade.as_str().to_owned()),
        kinds: SubjectKind::ALL.map(|kind| choice(kind.as_str(), words::kind(kind, lang))).to_vec(),
        grades: grades.map(|grade| choice(grade.as_str(), grade.as_str())).collect(),
        rows: page.items.into_iter().map(|found| row(found, lang, sight)).collect(),
        after: ask.cursor.is_some(),
        next: page.next,
    })
}

/// Whether a list shows this reader such a grade.
fn may_see(grade: Grade, sight: &Sight) -> bool {
    sight.may(Subject::Many, grade_block(grade)).is_allowed()
}

fn choice(value: &str, words: &str) -> Choice {
    Choice { value: value.to_owned(), words: words.to_owned() }
}

fn row(found: Enterprise, lang: Lang, sight: &Sight) -> EnterpriseRow {
    let grade = found.grade.as_deref().and_then(|grade| grade.parse::<Grade>().ok());
    EnterpriseRow {
        kind: words::kind_of_code(&found.kind, lang),
        status: words::status_of_word(&found.status, lang),
        grade: grade.filter(|grade| may_see(*grade, sight)).map(|grade| grade.as_str().to_owned()),
        listed: found.listed != 0,
        uscc: found.uscc,
        name: found.name,
    }
}
