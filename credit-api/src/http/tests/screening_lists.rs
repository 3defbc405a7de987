//! Parties of a statutory list that are not registered here: what names and codes find of them, and how long.

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::account_pages::Reader;
use super::screenings::{HEADER, filing, matched, name};
use super::world::{Answer, World, code};
use crate::access::Audience;
use crate::store::both::Place;

const NAMED: &str = "uscc,list,decision_no,authority,effective_on,expires_on,removed_on,name\n";
/// The name now, and the one of an older entry.
const OUTSIDE: &str = "自贡市榕笺泊电子商务有限公司";
const BEFORE: &str = "自贡市砚舶汐贸易有限公司";
const ENDED: &str = "泸州市栀筑鲸食品有限公司";
const NOTICE: &str = "绵阳市青梧舟服装有限公司";
const TO_COME: &str = "德阳市霁虹隅建材有限公司";

impl World {
    /// One listed party by two decisions, one whose entry has ended, one with a notice of the register alone, one that
    /// the list names by its code, and one whose entry begins in December; beside an enterprise.
    async fn outside_zone(&self) {
        let file = HEADER.to_owned() + &filing(1, "宜宾市云棹供应链管理有限公司", "");
        assert_eq!(self.take("registration", &file).await["state"], "succeeded");
        let [outside, ended, notice, unnamed, to_come] = [50, 51, 52, 53, 54].map(code);
        let lists = format!(
            "{NAMED}{outside},serious_dishonesty,O1,市监局,2026-11-01,,,{OUTSIDE}\n\
             {outside},judgment_defaulter,O2,法院,2026-10-01,2026-11-24,,{BEFORE}\n\
             {ended},serious_dishonesty,O3,市监局,2026-01-01,,2026-11-20,{ENDED}\n\
             {notice},abnormal_operation,O4,市监局,2026-01-01,,,{NOTICE}\n\
             {unnamed},tax_serious,O5,税务局,2026-01-01,,,\n\
             {to_come},serious_dishonesty,O6,市监局,2026-12-01,,,{TO_COME}\n"
        );
        assert_eq!(self.take("lists", &lists).await["state"], "succeeded");
        self.read_names();
    }

    async fn one(&self, text: &str) -> Value {
        let answer = self.screen(json!({ "names": [name(text)] })).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()["items"][0]["matches"].clone()
    }
}

fn decisions(found: &Value) -> Vec<&str> {
    let lists = found["lists"].as_array().unwrap();
    lists.iter().map(|entry| entry["decision_no"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn a_listed_party_without_a_registration_is_found_by_the_names_of_its_entries_in_force() {
    for place in Place::all() {
        let world = World::at(&place);
        world.outside_zone().await;
        let asked = [OUTSIDE, "自貢市榕箋泊電子商務有限公司", BEFORE, ENDED, NOTICE, TO_COME];
        let names: Vec<Value> = asked.iter().map(|text| name(text)).collect();
        let answer = world.screen(json!({ "names": names })).await;
        let (found, none) = (vec![code(50)], Vec::<String>::new());
        let expected = [&found, &found, &found, &none, &none, &none];
        assert_eq!(matched(&answer).iter().collect::<Vec<_>>(), expected);
        let body = answer.json();
        let first = &body["items"][0]["matches"][0];
        assert_eq!((&first["registered"], &first["status"]), (&json!(false), &Value::Null));
        assert_eq!((&first["name"], &first["score"]), (&json!(OUTSIDE), &json!(1000)));
        assert_eq!((&first["notes"], &first["watch_list"]), (&json!([]), &Value::Null));
        assert_eq!(decisions(first), ["O2", "O1"]);
        assert_eq!(first["lists"][1]["effective_on"], "2026-11-01");
        assert_eq!(first["lists"][0]["expires_on"], "2026-11-24");
        let script = &body["items"][1]["matches"][0];
        assert_eq!(script["notes"], json!(["script"]));
        let before = &body["items"][2]["matches"][0];
        assert_eq!((&before["name"], &before["matched_name"]), (&json!(OUTSIDE), &json!(BEFORE)));
        assert_eq!(before["notes"], json!([]), "another entry's name is no former name");

        // By code; where the list gives no name there is none.
        let codes = json!([{ "uscc": code(53) }, { "uscc": code(50) }, { "uscc": code(51) }]);
        let answer = world.screen(json!({ "names": codes })).await;
        assert_eq!(matched(&answer), [vec![code(53)], found.clone(), none.clone()]);
        let unnamed = &answer.json()["items"][0]["matches"][0];
        assert_eq!((&unnamed["name"], &unnamed["registered"]), (&Value::Null, &json!(false)));
        assert_eq!(decisions(unnamed), ["O5"]);

        // It is no enterprise of this zone, in no question about those and in no mirror of the lists.
        let all = world.screen(json!({ "names": [name(OUTSIDE)], "against": ["enterprises"] })).await;
        assert_eq!(matched(&all), std::slice::from_ref(&none));
        assert_eq!(world.get("/api/v1/negative-list").await.json()["items"], json!([]));
        let path = format!("/api/v1/enterprises/{}", code(50));
        assert_eq!(world.get(&path).await.status, StatusCode::NOT_FOUND);

        // Days pass and nothing is received: one entry ends, one begins.
        world.later(2);
        let old = world.one(BEFORE).await;
        assert_eq!(decisions(&old[0]), ["O1"], "{old}");
        assert_eq!(world.one(TO_COME).await, json!([]));
        world.later(8);
        assert_eq!(decisions(&world.one(TO_COME).await[0]), ["O6"]);
        // What a list takes back is in no answer, whether or not the index has looked since.
        let back =
            format!("{NAMED}{},serious_dishonesty,O1,市监局,2026-11-01,,2026-11-25,{OUTSIDE}\n", code(50));
        assert_eq!(world.take("lists", &back).await["state"], "succeeded");
        assert_eq!(world.one(OUTSIDE).await, json!([]));
    }
}

#[actix_web::test]
async fn a_listed_party_that_registers_has_the_names_of_its_registers() {
    for place in Place::all() {
        let world = World::at(&place);
        world.outside_zone().await;
        let file = HEADER.to_owned() + &filing(50, "自贡市蓝榄港物流有限公司", "");
        assert_eq!(world.take("registration", &file).await["state"], "succeeded");
        world.read_names();
        let found = world.one("自贡市蓝榄港物流有限公司").await;
        assert_eq!((&found[0]["uscc"], &found[0]["registered"]), (&json!(code(50)), &json!(true)));
        assert_eq!((&found[0]["status"], decisions(&found[0])), (&json!("存续"), vec!["O2", "O1"]));
        assert_eq!(world.one(OUTSIDE).await, json!([]), "the register names it otherwise");
        // The list under another name: an entry of one that is not registered is read again.
        let named = format!("{NAMED}{},tax_serious,O5,税务局,2026-01-01,,,{NOTICE}\n", code(53));
        assert_eq!(world.take("lists", &named).await["state"], "succeeded");
        world.read_names();
        assert_eq!(world.one(NOTICE).await[0]["uscc"], json!(code(53)));
    }
}

#[actix_web::test]
async fn a_job_names_listed_parties_and_a_review_of_one_holds_until_its_entries_change() {
    for place in Place::all() {
        let world = World::at(&place);
        world.outside_zone().await;
        let zone = world.user_key("zone", "commerce").await;
        let csv = format!("name\n{OUTSIDE}\n{ENDED}\n");
        let made = world.sent_file(&zone, "supervision", "?against=list,watch_list", &csv).await;
        assert_eq!((&made["rows"], &made["matched"]), (&json!(2), &json!(1)), "{made}");
        let text = world.results(&zone, &made, "results.csv").await.text();
        let line = text.lines().nth(1).unwrap();
        for part in [code(50).as_str(), OUTSIDE, "O1", ",false"] {
            assert!(line.contains(part), "{part}: {text}");
        }
        let lines = world.results(&zone, &made, "results.ndjson").await.text();
        let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
        assert_eq!(first["matches"][0]["watch_list"], false, "{first}");

        let asked = json!({ "names": [name("自贡榕笺泊电商有限公司")] });
        assert_eq!(matched(&world.screen_with(&zone, "", asked.clone()).await), [vec![code(50)]]);
        let review = json!({ "name": "自贡榕笺泊电商有限公司", "matched": code(50), "verdict": "false_positive",
                             "reason": "另一法人" });
        let kept = world.sent(&zone, "/api/v1/screenings/reviews", "", review).await;
        assert_eq!((kept.status, &kept.json()["holds"]), (StatusCode::CREATED, &json!(true)));
        let silent = world.screen_with(&zone, "", asked.clone()).await;
        assert_eq!((matched(&silent)[0].len(), &silent.json()["items"][0]["silenced"]), (0, &json!(1)));
        let other =
            format!("{NAMED}{},tax_serious,O7,税务局,2026-11-02,,,自贡市鹭岷梭电子商务有限公司\n", code(50));
        assert_eq!(world.take("lists", &other).await["state"], "succeeded");
        world.read_names();
        assert_eq!(matched(&world.screen_with(&zone, "", asked).await), [vec![code(50)]], "another name");
    }
}

/// A form of the page as a browser sends it.
pub(super) async fn typed(world: &World, reader: &Reader<'_>, path: &str, fields: &[(&str, &str)]) -> Answer {
    let part = |name: &str, text: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
    };
    let mut body = part("csrf", reader.csrf());
    body.extend(fields.iter().map(|(name, text)| part(name, text)));
    body.push_str("--x--\r\n");
    let request = TestRequest::post()
        .uri(path)
        .insert_header(("Host", "portal.example"))
        .insert_header(("Origin", "http://portal.example"))
        .insert_header(("Accept-Language", "en"))
        .insert_header(("Cookie", reader.cookie()))
        .insert_header(("Content-Type", "multipart/form-data; boundary=x"));
    world.call(request.set_payload(body)).await
}

#[actix_web::test]
async fn the_page_shows_a_listed_party_by_its_entries_and_leads_to_no_page_of_it() {
    for place in Place::all() {
        let world = World::at(&place);
        world.outside_zone().await;
        let lists = format!("{NAMED}{},serious_dishonesty,O8,市监局,2026-11-02,2027-11-01,,\n", code(1));
        world.take("lists", &lists).await;
        world.read_names();
        world.add_of("officer", Audience::Commerce, Some("5115".to_owned()));
        let officer = world.reader("officer").await;
        let names = format!("{OUTSIDE}\n{}\n{}", code(53), code(1));
        let fields = [("names", names.as_str()), ("use", "list_check"), ("against_list", "on")];
        let page = typed(&world, &officer, "/screening", &fields).await.text();
        assert!(page.contains(&format!("<h4>{OUTSIDE}</h4>")), "{page}");
        assert!(page.contains("<h4>The list names it by its code alone</h4>"), "{page}");
        assert!(page.contains("O1 · from 2026-11-01<"), "{page}");
        assert!(page.contains("O8 · from 2026-11-02, until 2027-11-01<"), "{page}");
        assert_eq!(page.matches("not registered here; only its entries are known").count(), 2, "{page}");
        for (number, has_page) in [(50, false), (53, false), (1, true)] {
            assert_eq!(
                page.contains(&format!("href=\"/enterprises/{}\"", code(number))),
                has_page,
                "{number}"
            );
        }
        // Its review is taken by the same button, and it is silent then.
        let pair = format!("0|{}||{OUTSIDE}", code(50));
        let reason = format!("reason-0-{}", code(50));
        let fields = [&fields[..], &[("false_positive", &pair), (&reason, "two bodies")]].concat();
        let page = typed(&world, &officer, "/screening/review", &fields).await.text();
        assert!(page.contains("The review is kept") && page.contains("not shown: 1"), "{page}");
        assert!(!page.contains(&format!("<h4>{OUTSIDE}</h4>")), "{page}");
    }
}
