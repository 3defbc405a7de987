//! A financier's portfolio: the enterprises that let it look now, each with what its consent opens, those that end
//! first in front. Each grade shown is a look under that consent.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, web};
use credit_core::dates::from_day_number;
use credit_core::grade::Grade;
use credit_core::uscc::Uscc;

use super::forms::{self, Made};
use super::http::Data;
use super::{ServiceData, Sight, record_lang};
use crate::access::{Audience, Block, Subject, grade_block};
use crate::consents::{self, Consent};
use crate::evaluation::history::{self, CurrentRating};
use crate::portal::http::reader_of;
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page};
use crate::portal::view::{PortfolioRow, PortfolioView};
use crate::registry::{self, Enterprise};

/// Consents on the page.
const CONSENTS_SHOWN: usize = 500;
pub(super) const PATH: &str = "/portfolio";

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(web::resource(PATH).route(web::get().to(page)).route(web::head().to(page)));
}

async fn page(data: Data, request: HttpRequest) -> HttpResponse {
    let reader = reader_of(data.get_ref(), &request);
    forms::show(&data, &request, move |data, known, page| {
        let sight = Sight::of(known.principal.clone(), &data.service, reader.looks, None);
        written(data, &sight, page)
    })
    .await
}

fn written(data: &ServiceData, sight: &Sight, page: &Page) -> Made {
    let mut connection = data.service.database.connection()?;
    let now = data.service.clock.now();
    let financier =
        sight.principal.organisation.as_deref().filter(|_| sight.principal.audience == Audience::Financier);
    let limit = i64::try_from(CONSENTS_SHOWN + 1).unwrap_or(i64::MAX);
    let mut consents = match financier {
        Some(code) => consents::of_financier(&mut connection, code, now, limit)?,
        None => Vec::new(),
    };
    let more = consents.len() > CONSENTS_SHOWN;
    consents.truncate(CONSENTS_SHOWN);
    let codes: BTreeSet<&str> = consents.iter().map(|consent| consent.uscc.as_str()).collect();
    let enterprises = registry::find_all(&mut connection, &codes)?;
    let known: BTreeSet<Uscc> = codes.iter().filter_map(|code| Uscc::parse(code).ok()).collect();
    let ratings = if known.is_empty() {
        Default::default()
    } else {
        history::current_of(&mut connection, Some(&known))?
    };
    let today = now.shanghai_date();
    let row = |consent: &Consent| {
        let enterprise = enterprises.get(&consent.uscc)?;
        let row = row(consent, enterprise, ratings.get(&consent.uscc), sight, page.lang);
        Some(PortfolioRow { days_left: (consent.until() - today).num_days() + 1, ..row })
    };
    let view = PortfolioView { rows: consents.iter().filter_map(row).collect(), more };
    Ok(render::render_portfolio(page, &view)?)
}

fn row(
    consent: &Consent,
    enterprise: &Enterprise,
    rating: Option<&CurrentRating>,
    sight: &Sight,
    lang: Lang,
) -> PortfolioRow {
    let subject = Subject::One(&consent.uscc);
    let unopened = consent.is_spent_by_a_look();
    let granted = consent.granted().filter(|_| !unopened);
    let words = record_lang(lang);
    let purpose = granted.as_ref().map(|granted| granted.purpose).or_else(|| consent.purpose.parse().ok());
    let sight = sight.under(&consent.uscc, granted.into_iter().collect());
    let grade =
        enterprise.grade.as_deref().and_then(|grade| grade.parse::<Grade>().ok()).filter(|_| !unopened);
    let grade = grade.filter(|grade| sight.may(subject, grade_block(*grade)).is_allowed());
    let score = enterprise.score.filter(|_| !unopened && sight.may(subject, Block::Score).is_allowed());
    PortfolioRow {
        since: rating.filter(|_| grade.is_some()).map(|rating| from_day_number(rating.as_of_day).to_string()),
        grade: grade.map(|grade| grade.as_str().to_owned()),
        score,
        uscc: enterprise.uscc.clone(),
        name: enterprise.name.clone(),
        listed: enterprise.listed != 0,
        unopened,
        product: consent.product.clone(),
        purpose: purpose.map_or_else(|| consent.purpose.clone(), |purpose| purpose.title(words).to_owned()),
        until: consent.until().to_string(),
        days_left: 0,
    }
}
