//! Plans of inspection as pages: the list with the form that makes one ([`list`]), a plan with its draw and how to
//! check it ([`plan`]), and what was found at one enterprise ([`task`]). Acts are those of
//! [`crate::inspections::acts`].

mod list;
mod plan;
mod task;

use actix_web::web;
use credit_core::records::Lang as RecordLang;
use credit_core::supervision::Class;
use credit_core::supervision::plan::Period;

use super::forms::{Explained, Trouble};
use super::{ServiceData, Sight, words};
use crate::access::{Audience, Block, Outcome, Subject};
use crate::anchoring::outbox;
use crate::identity::SignedIn;
use crate::inspections::KIND;
use crate::inspections::acts::{self, InspectionError};
use crate::inspections::store::PlanRow;
use crate::portal::Reader;
use crate::portal::desk_texts::DeskTexts;
use crate::portal::lang::Lang;
use crate::portal::view::{LeafView, grouped};
use crate::store::{DbConnection, StoreError};

pub(super) const PATH: &str = "/inspections";
/// Largest form of a plan: 200 inspectors of 60 characters, each nine bytes as a form sends it, and the rest.
const PLAN_BYTES_MAX: usize = 131_072;
/// Largest form of a draw or a finding.
const FORM_BYTES_MAX: usize = 16_384;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    let form = |limit| web::FormConfig::default().limit(limit);
    config
        .service(
            web::resource(PATH)
                .app_data(form(PLAN_BYTES_MAX))
                .route(web::get().to(list::page))
                .route(web::head().to(list::page))
                .route(web::post().to(list::make)),
        )
        .service(web::resource(format!("{PATH}/{{id}}/{{text}}.txt")).route(web::get().to(plan::text)))
        .service(
            web::resource(format!("{PATH}/{{id}}/tasks/{{uscc}}"))
                .app_data(form(FORM_BYTES_MAX))
                .route(web::get().to(task::page))
                .route(web::head().to(task::page))
                .route(web::post().to(task::enter)),
        )
        .service(
            web::resource(format!("{PATH}/{{id}}"))
                .app_data(form(FORM_BYTES_MAX))
                .route(web::get().to(plan::page))
                .route(web::head().to(plan::page))
                .route(web::post().to(plan::draw)),
        );
}

/// Whose page this is.
pub(super) fn is_page_of(audience: Audience) -> bool {
    matches!(audience, Audience::Commerce | Audience::Operator | Audience::Auditor)
}

/// The reader, where plans are shown to it, as the API asks.
fn sight(data: &ServiceData, known: &SignedIn, reader: &Reader) -> Option<Sight> {
    let sight =
        Sight::of(known.principal.clone(), &data.service, reader.looks.clone(), reader.purpose.as_deref());
    let sees =
        is_page_of(known.principal.audience) && sight.may(Subject::Many, Block::Inspections) == Outcome::Full;
    sees.then_some(sight)
}

/// Why a form was not taken.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Inspection(#[from] InspectionError),
    #[error("a rate is a whole number of percent")]
    Rate,
    #[error("64 hexadecimal digits are expected")]
    Digits,
    #[error("the day is none")]
    Day,
    #[error("a plan has a first and a last day")]
    Period,
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Inspection(error.into())
    }
}

impl Explained for Refused {
    fn is_internal(&self) -> bool {
        matches!(self, Self::Inspection(InspectionError::Store(_)))
    }

    fn message(&self, lang: RecordLang) -> String {
        let zh = match self {
            Self::Inspection(error) => return error.message(lang),
            Self::Rate => "比例应为整数百分比。",
            Self::Digits => "应为 64 位十六进制。",
            Self::Day => "检查日期不是有效的日期。",
            Self::Period => "请填写抽查期间的首日和末日。",
        };
        if lang == RecordLang::Zh { zh.to_owned() } else { self.to_string() }
    }
}

impl From<InspectionError> for Trouble {
    fn from(error: InspectionError) -> Self {
        match error {
            InspectionError::NotFound => Self::NotFound,
            other => Self::Other(other.to_string()),
        }
    }
}

/// The first and the last day of a plan.
fn days(period: Period) -> (String, String) {
    (period.from.to_string(), period.until.to_string())
}

fn grades(class: Class) -> &'static str {
    match class {
        Class::I => "AAA AA",
        Class::II => "A BBB N",
        Class::III => "BB",
        Class::IV => "D",
    }
}

fn number(count: usize) -> String {
    grouped(u64::try_from(count).unwrap_or(u64::MAX))
}

fn minute(at_ms: i64) -> String {
    words::minute(u64::try_from(at_ms).unwrap_or(0))
}

/// The leaf of a plan (1) or of its draw (2), once it is there.
fn leaf_of(connection: &mut DbConnection, plan: &str, seq: i64) -> Result<Option<i64>, StoreError> {
    Ok(outbox::find(connection, KIND, plan, seq)?.and_then(|row| row.leaf_index))
}

/// Where a leaf is shown on the ledger's page, which begins with the block that holds it.
fn leaf_view(data: &ServiceData, index: i64, lang: Lang) -> LeafView {
    let ledger = data.ledger();
    let span = u64::try_from(index).ok().and_then(|index| ledger.store().span_of(index).ok());
    let end = span.map(|span| span.end()).filter(|end| *end < ledger.published_size());
    LeafView {
        words: lang.pick(format!("第 {index} 条"), format!("leaf {index}")),
        href: end.map_or_else(|| "/ledger-view".to_owned(), |end| format!("/ledger-view?cursor={end}")),
    }
}

/// How far a plan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Its digest is not on the ledger yet.
    Waits,
    /// No block follows the one with it yet.
    Committed,
    Ready,
    Drawn,
}

impl Stage {
    fn of(data: &ServiceData, connection: &mut DbConnection, row: &PlanRow) -> Result<Self, InspectionError> {
        if row.secret.is_some() {
            return Ok(Self::Drawn);
        }
        if leaf_of(connection, &row.id, 1)?.is_none() {
            return Ok(Self::Waits);
        }
        let ledger = data.ledger();
        let root = acts::root_for(connection, ledger.store(), ledger.published_size(), &row.id)?;
        Ok(if root.is_some() { Self::Ready } else { Self::Committed })
    }

    fn words(self, lang: Lang) -> &'static str {
        let d = DeskTexts::of(lang);
        match self {
            Self::Waits => d.waits_leaf,
            Self::Committed => d.waits_block,
            Self::Ready => d.may_draw,
            Self::Drawn => d.drawn,
        }
    }
}
