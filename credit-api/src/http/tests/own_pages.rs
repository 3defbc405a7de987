//! Consents and the access log as pages: a bank asks in its form, the enterprise decides in its own, both see what was
//! looked at.

use actix_web::http::StatusCode;
use serde_json::json;

use super::account_pages::{Reader, between};
use super::world::{World, code, registrations};
use crate::access::Audience;

async fn zone() -> World {
    let world = World::whole();
    world.take("registration", &registrations(1..=2)).await;
    world.agent_of(1).await;
    world.give_password("agent").await;
    world.add_of("bank", Audience::Financier, Some(code(77)));
    world.add_of("watch", Audience::Auditor, None);
    world
}

fn hidden(page: &str, form: &str, name: &str) -> String {
    let form = between(page, &format!("action=\"{form}\""), "</form>");
    between(&form, &format!("name=\"{name}\" value=\""), "\"")
}

async fn ask(bank: &Reader<'_>) -> String {
    let fields = [
        ("uscc", code(1)),
        ("product", "Loan 7".to_owned()),
        ("purpose", "credit_approval".to_owned()),
        ("block_grade", "on".to_owned()),
        ("block_score", "on".to_owned()),
        ("kind", "continuous".to_owned()),
        ("from", "2026-11-23".to_owned()),
        ("until", "2027-02-28".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, text)| (*name, text.as_str())).collect();
    bank.send("/consents/ask", &fields).await
}

#[actix_web::test]
async fn a_bank_asks_the_enterprise_reads_the_text_grants_watches_and_revokes() {
    let world = zone().await;
    let (bank, agent) = (world.reader("bank").await, world.reader("agent").await);
    let rating = format!("/enterprises/{}", code(1));
    assert!(ask(&bank).await.contains("Asked; the enterprise has the word."));
    // What it may not see stays away until the enterprise has decided.
    assert!(!bank.page(&rating).await.contains("class=\"ruler"));

    let page = agent.page("/consents").await;
    assert!(page.contains("Loan 7") && page.contains("The enterprise may revoke this consent at any time"));
    let field = |name| hidden(&page, "/consents/grant", name);
    let (id, version, digest) = (field("id"), field("version"), field("text_digest"));
    let other = [("id", &*id), ("version", &*version), ("text_digest", "00")];
    assert!(agent.send("/consents/grant", &other).await.contains("another text was read"));
    let read = [("id", &*id), ("version", &*version), ("text_digest", &*digest)];
    assert!(bank.send("/consents/grant", &read).await.contains("Only an authorised agent"));
    assert!(agent.send("/consents/grant", &read).await.contains("Granted; a commitment goes to the ledger."));

    assert!(bank.page(&rating).await.contains("class=\"ruler"));
    world.add_of("other", Audience::Financier, Some(code(78)));
    world.reader("other").await.page(&format!("/enterprises/{}", code(2))).await;
    let seen = agent.page("/access-log").await;
    assert!(!seen.contains(&code(78)), "a look at another enterprise is not its own: {seen}");
    let organisation = format!("financier {}", code(77));
    assert!(seen.contains(&organisation) && seen.contains("approval of credit<br>"), "{seen}");
    assert!(!seen.contains("<th scope=\"row\">enterprise"), "its own looks are left out");
    assert!(bank.page("/access-log").await.contains(&code(1)));

    let page = agent.page("/consents").await;
    let version = hidden(&page, "/consents/revoke", "version");
    let revoked = agent.send("/consents/revoke", &[("id", &*id), ("version", &*version)]).await;
    assert!(revoked.contains("Revoked with effect at once"));
    assert!(!bank.page(&rating).await.contains("class=\"ruler"));
}

#[actix_web::test]
async fn an_auditor_searches_the_log_and_writes_down_what_an_alert_was() {
    let world = zone().await;
    let (bank, watch) = (world.reader("bank").await, world.reader("watch").await);
    bank.page(&format!("/enterprises/{}", code(1))).await;
    bank.page(&format!("/enterprises/{}", code(2))).await;
    let all = watch.page("/access-log").await;
    assert!(all.contains(&code(1)) && all.contains(&code(2)));
    let one = watch.page(&format!("/access-log?uscc={}&from=2026-11-01", code(2))).await;
    let rows = between(&one, "<tbody>", "</tbody>");
    assert!(rows.contains(&code(2)) && !rows.contains(&code(1)), "{rows}");
    assert!(watch.page("/access-log?until=2026-11-01").await.contains("There are no looks."));

    let mut connection = world.state.service.database.connection().unwrap();
    let sql = "INSERT INTO access_alerts (day, who, audience, enterprises, habit, raised_at) \
               VALUES (20780, 'user:far', 'customs', 900, 40, 0)";
    crate::store::bulk::execute(&mut connection, sql, []).unwrap();
    let page = watch.page("/access-log").await;
    assert!(page.contains("user:far") && page.contains("900"));
    let id = hidden(&page, "/access-log/note", "id");
    let foreign = bank.send("/access-log/note", &[("id", &*id), ("note", "mine")]).await;
    assert!(!foreign.contains("It is written down."), "not a bank's to write");
    let kept = watch.send("/access-log/note", &[("id", &*id), ("note", "a joint inspection")]).await;
    assert!(kept.contains("It is written down.") && !kept.contains("user:far"));
}

#[actix_web::test]
async fn pages_of_ones_own_need_a_session() {
    let world = World::new();
    for path in ["/access-log", "/consents"] {
        assert_eq!(world.page(path, "").await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let nobody = json!({ "login": "lone", "name": "lone", "audience": "enterprise" });
    world.posted("/api/v1/users", nobody).await;
    world.give_password("lone").await;
    let lone = world.reader("lone").await;
    assert!(lone.page("/access-log").await.contains("so there is no log that is yours"));
}
