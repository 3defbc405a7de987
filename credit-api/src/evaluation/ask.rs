//! One enterprise's rating for a question, as the command line, the API and the pages show it.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use credit_core::records::Lang;
use credit_core::uscc::Uscc;
use node::view::LedgerView;

use super::assess::Assessed;
use super::gather::Who;
use super::history;
use super::knowledge::{self, Question};
use super::run;
use super::view::{RatingView, rating_view};
use crate::anchoring::receipts::anchor_view;
use crate::service::Service;
use crate::store::{DbConnection, StoreError};

/// An answer: what was found, for which question, and as it is shown.
#[derive(Debug, Clone)]
pub struct Answer {
    pub question: Question,
    pub assessed: Assessed,
    pub view: RatingView,
}

/// The rating of one enterprise as of `as_of` (default today) with the knowledge of `known_at` (default now).
/// `None` when it is not registered at that date. The ledger is needed only where there are
/// witnesses.
///
/// # Errors
/// The database's, and [`StoreError::Damaged`].
pub fn rating(
    service: &Service,
    connection: &mut DbConnection,
    ledger: Option<&LedgerView>,
    uscc: Uscc,
    as_of: Option<NaiveDate>,
    known_at: Option<i64>,
    lang: Lang,
) -> Result<Option<Answer>, StoreError> {
    let now = service.clock.now().0.max(knowledge::latest_knowledge(connection)?);
    let question =
        Question { as_of: as_of.unwrap_or_else(|| service.clock.today()), known_at: known_at.unwrap_or(now) };
    let who = Who::These(BTreeSet::from([uscc]));
    let Some(assessed) =
        run::ask(connection, question, &who, (&service.card, &service.medians))?.into_iter().next()
    else {
        return Ok(None);
    };
    let anchor = match history::current(connection, uscc.as_str())? {
        Some(row) if row.fingerprint == history::fingerprint(&assessed) => {
            Some(anchor_view(connection, ledger, &row, lang)?)
        }
        _ => None,
    };
    let view = rating_view(&assessed, question, &service.card, anchor, lang);
    Ok(Some(Answer { question, assessed, view }))
}
