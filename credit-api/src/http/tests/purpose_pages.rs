//! An officer says what it looks for; a bank sees who lets it look.

use actix_web::http::StatusCode;
use credit_core::uscc::Uscc;

use super::account_pages::between;
use super::world::{World, code, registrations};
use crate::access::{Audience, Block, Principal, Purpose};
use crate::consents::Kind;
use crate::consents::acts::{self, Answer, Question};
use crate::store::schema::consents;

async fn zone() -> World {
    let world = World::whole();
    world.take("registration", &registrations(1..=2)).await;
    world.add_of("officer", Audience::Customs, None);
    world
}

/// Enterprise `number` lets the bank see grade and score.
fn grant(world: &World, number: u32, kind: Kind) {
    let (service, today) = (&world.state.service, world.state.service.clock.today());
    let question = Question {
        uscc: Uscc::parse(&code(number)).unwrap(),
        purpose: Purpose::CreditApproval,
        blocks: vec![Block::Grade, Block::Score],
        product: format!("Loan {number}"),
        kind,
        from: today,
        until: today + chrono::Days::new(30),
    };
    let bank =
        Principal { organisation: Some(code(77).into()), ..Principal::of("user:bank", Audience::Financier) };
    let asked = acts::ask(service, &bank, &question, &mut |_, _| Ok(())).unwrap();
    let agent = Principal {
        enterprises: std::sync::Arc::new([code(number)]),
        ..Principal::of("user:agent", Audience::Enterprise)
    };
    let answer = Answer::Grant { text_digest: asked.text_digest.clone() };
    acts::decide(service, &agent, &asked.id, asked.version, &answer, &mut |_, _| Ok(())).unwrap();
}

/// Consents for one look whose day has begun.
fn days_begun(world: &World) -> i64 {
    use diesel::prelude::*;
    let mut connection = world.state.service.database.connection().unwrap();
    let begun = consents::table.filter(consents::kind.eq("single")).filter(consents::read_day.is_not_null());
    begun.count().get_result(&mut connection).unwrap()
}

#[actix_web::test]
async fn what_an_officer_looks_for_decides_what_it_sees_and_stands_in_the_log() {
    let world = zone().await;
    world.add_of("watch", Audience::Auditor, None);
    let officer = world.reader("officer").await;
    let path = format!("/enterprises/{}", code(1));
    let page = officer.page(&path).await;
    assert!(page.contains("<option value=\"supervision\" selected>"), "the role's own purpose");
    assert!(page.contains("Customs Law, Art. 6") && page.contains("class=\"ruler"));

    let answer = officer.post("/purpose", &[("purpose", "statistics"), ("back", &path)]).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, path.as_str()));
    let cookie = answer.header("set-cookie").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let chosen = officer.with(cookie.split(';').next().unwrap());
    let page = chosen.page(&path).await;
    assert!(page.contains("<option value=\"statistics\" selected>") && !page.contains("class=\"ruler"));
    let log = world.reader("watch").await.page(&format!("/access-log?uscc={}", code(1))).await;
    let newest = between(&log, "<tbody>", "</tr>");
    assert!(newest.contains("statistics"), "{newest}");

    // What the role may not name is neither taken nor believed from a cookie.
    assert_eq!(officer.post("/purpose", &[("purpose", "audit")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(officer.post("/purpose", &[("purpose", "curiosity")]).await.status, StatusCode::FORBIDDEN);
    let forged = officer.with("xinji-purpose=audit").page(&path).await;
    assert!(forged.contains("<option value=\"supervision\" selected>"));
    let foreign = [("purpose", "statistics"), ("csrf", "0123")];
    assert_eq!(officer.post("/purpose", &foreign).await.status, StatusCode::FORBIDDEN);

    let away = officer.post("/purpose", &[("purpose", "statistics"), ("back", "//elsewhere.example/")]).await;
    assert_eq!(away.header("location"), "/enterprises");
}

#[actix_web::test]
async fn a_portfolio_shows_what_each_consent_opens_and_spends_none() {
    let world = zone().await;
    world.add_of("bank", Audience::Financier, Some(code(77)));
    world.add_of("rival", Audience::Financier, Some(code(78)));
    let (bank, rival) = (world.reader("bank").await, world.reader("rival").await);
    assert!(bank.page("/portfolio").await.contains("No enterprise lets your institution look"));
    grant(&world, 1, Kind::Continuous);
    grant(&world, 2, Kind::Single);
    let page = bank.page("/portfolio").await;
    let rows = between(&page, "<tbody>", "</tbody>");
    assert_eq!(rows.matches("<tr>").count(), 2, "{rows}");
    let row = |number: u32| {
        rows.split("<tr>").find(|row| row.contains(&code(number))).map(str::to_owned).unwrap_or_default()
    };
    assert!(row(1).contains("class=\"g\"") && row(1).contains("approval of credit"), "{rows}");
    assert!(row(2).contains("used when opened") && !row(2).contains("class=\"g\""), "{rows}");
    assert!(!rival.page("/portfolio").await.contains(&code(1)));

    // The one day of the single look has not begun.
    assert_eq!(days_begun(&world), 0);
    bank.page(&format!("/enterprises/{}", code(2))).await;
    assert_eq!(days_begun(&world), 1);
    assert!(!bank.page("/portfolio").await.contains("used when opened"));
    assert!(!world.reader("officer").await.page("/portfolio").await.contains("<tbody>"));
}
