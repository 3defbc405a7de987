//! Statements that are disclosed to an agency: by hand, and fetched from a zone that answers in every way.

use super::*;
use crate::commands;
use crate::common::{config, tip};
use actix_web::{HttpRequest, HttpResponse, web};
use credit_core::scorecard::Scorecard;
use credit_core::statement::Statement;
use ledger::label::LabelKey;
use ledger::receipt::{LabelClaim, Receipt};
use node::follow::{Disclosed, Syncing, Zone};
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Mutex;

const KEY: &str = "xk_of_the_agency";
const EVERY: Duration = Duration::from_millis(20);

fn card() -> Scorecard {
    Scorecard::embedded().unwrap()
}

/// What a zone says; the test changes it while a node asks.
#[derive(Default)]
struct Said {
    /// Rows of the feed: their enterprises. The cursor is how many were read.
    feed: Vec<String>,
    /// Number and leaf of each rating, newest first.
    ratings: BTreeMap<String, Vec<(u64, Option<u64>)>>,
    /// By enterprise and number; one that is not there is 404.
    receipts: BTreeMap<(String, u64), String>,
    /// Answered before anything else, each once: a status, and the wait that it asks for.
    first: VecDeque<(u16, &'static str)>,
    /// How often a receipt was asked for.
    asked: usize,
    /// Somebody followed a redirect.
    is_elsewhere: bool,
}

type Zoned = web::Data<Arc<Mutex<Said>>>;

/// As the zone does: the key and the purpose, then the answer.
fn checked(
    said: &Zoned,
    request: &HttpRequest,
    answer: impl FnOnce(&mut Said) -> HttpResponse,
) -> HttpResponse {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    assert_eq!(header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(header("x-purpose"), Some("supervision"));
    let mut said = said.lock().unwrap();
    if let Some((status, wait)) = said.first.pop_front() {
        let status = actix_web::http::StatusCode::from_u16(status).unwrap();
        let mut answer = HttpResponse::build(status);
        let problem = serde_json::json!({ "title": "No", "detail": "as the test has it" });
        return answer
            .insert_header(("retry-after", wait))
            .insert_header(("location", "/elsewhere"))
            .json(problem);
    }
    answer(&mut said)
}

async fn changes(said: Zoned, request: HttpRequest) -> HttpResponse {
    let query = web::Query::<BTreeMap<String, String>>::from_query(request.query_string()).unwrap();
    checked(&said, &request, |said| {
        let since: usize = query.get("since").map_or(0, |since| since.parse().unwrap());
        let Some(rest) = said.feed.get(since..) else { return HttpResponse::BadRequest().body("no cursor") };
        // Two rows a page, and one that is of no rating.
        let page = rest.iter().take(2);
        let items: Vec<_> = page
            .flat_map(|uscc| ["class.changed", "rating.changed"].map(|kind| (kind, uscc)))
            .map(|(kind, uscc)| serde_json::json!({ "kind": kind, "uscc": uscc, "values": {} }))
            .collect();
        let next = since + items.len() / 2;
        let more = next < said.feed.len();
        let body = serde_json::json!({ "items": items, "next_cursor": next.to_string(), "more": more });
        HttpResponse::Ok().json(body)
    })
}

async fn ratings(said: Zoned, request: HttpRequest, uscc: web::Path<String>) -> HttpResponse {
    checked(&said, &request, |said| {
        let Some(ratings) = said.ratings.get(&*uscc) else { return HttpResponse::NotFound().finish() };
        let item = |(seq, leaf): &(u64, Option<u64>)| serde_json::json!({ "seq": seq, "grade": "A", "anchor": { "state": "final", "leaf_index": leaf } });
        let items: Vec<_> = ratings.iter().map(item).collect();
        HttpResponse::Ok().json(serde_json::json!({ "items": items, "next_cursor": null }))
    })
}

async fn receipt(said: Zoned, request: HttpRequest, uscc: web::Path<String>) -> HttpResponse {
    let seq: u64 = request.query_string().strip_prefix("seq=").unwrap().parse().unwrap();
    checked(&said, &request, |said| {
        said.asked += 1;
        match said.receipts.get(&(uscc.to_string(), seq)) {
            Some(receipt) => HttpResponse::Ok().content_type("application/json").body(receipt.clone()),
            None => HttpResponse::NotFound().finish(),
        }
    })
}

async fn elsewhere(said: Zoned) -> HttpResponse {
    said.lock().unwrap().is_elsewhere = true;
    HttpResponse::Ok().finish()
}

/// A log, a zone that says what the test wants, and an agency's folder.
struct World {
    home: tempfile::TempDir,
    operator: Operator,
    label: LabelKey,
    said: Arc<Mutex<Said>>,
    server: Server,
}

impl World {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("disclosed")).unwrap();
        let label = LabelKey::from_seed(&[4; 32]).unwrap();
        let mut config = config();
        config.label_key = Some(label.public());
        let operator =
            Operator::open(&home.path().join("ledger"), config, tip(home.path()), clock()).unwrap();
        let said = Arc::new(Mutex::new(Said::default()));
        let shared = said.clone();
        let server = Server::start(anywhere(), move |app| {
            let enterprise = "/api/v1/enterprises/{uscc}";
            app.app_data(web::Data::new(shared.clone()))
                .route("/api/v1/changes", web::get().to(changes))
                .route(&format!("{enterprise}/ratings"), web::get().to(ratings))
                .route(&format!("{enterprise}/receipt"), web::get().to(receipt))
                .route("/elsewhere", web::get().to(elsewhere));
        });
        Self { home, operator, label, said, server }
    }

    fn folder(&self) -> PathBuf {
        self.home.path().join("disclosed")
    }

    fn start(&self) -> (Running, JoinHandle<()>) {
        let zone = Zone::at(&self.server.url(), KEY.to_owned().into(), "supervision").unwrap();
        let mut config = settings(&self.home.path().join("fx"));
        let syncing = Syncing::new(zone, self.folder(), EVERY);
        config.disclosed = Some(Disclosed::new(self.folder(), card()).fed_by(syncing));
        let running = Running::start_with(config, ViewTiles(self.operator.view().clone()));
        let syncing = running.syncing();
        (running, syncing)
    }

    fn say(&self, change: impl FnOnce(&mut Said)) {
        change(&mut self.said.lock().unwrap());
    }

    /// Logs a statement as rating number `seq` of its enterprise, and lets the zone tell of it.
    fn rated(&self, statement: &Statement, seq: u64) -> Receipt {
        let receipt = commands::logged(&self.operator, statement, |_| true);
        let uscc = statement.uscc.to_string();
        self.say(|said| {
            said.ratings.entry(uscc.clone()).or_default().insert(0, (seq, Some(receipt.proof.index)));
            said.receipts.insert((uscc.clone(), seq), receipt.to_json().unwrap());
            said.feed.push(uscc);
        });
        receipt
    }
}

fn files(folder: &Path) -> Vec<String> {
    let names =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".json")).collect();
    names.sort();
    names
}

/// A statement about enterprise number `number` below a hundred.
fn about(number: u8) -> Statement {
    let alphabet = credit_core::uscc::ALPHABET;
    let mut codes = alphabet.chars().map(|last| format!("91511500MA00001{number:02}{last}"));
    let uscc = codes.find_map(|code| credit_core::uscc::Uscc::parse(&code).ok()).unwrap();
    Statement { uscc, ..commands::statement() }
}

#[test]
fn what_a_zone_discloses_is_fetched_and_computed_again() {
    let world = World::new();
    // Five enterprises on three pages; of the first an older rating, which nobody needs.
    for number in 1..=5 {
        world.rated(&about(number), 1);
    }
    world.rated(&about(1), 2);
    world.say(|said| said.first.extend([(429, "0"), (503, "0"), (500, "0")]));
    let (running, syncing) = world.start();
    let status = running.wait("all fetched", |status| status.right_scores == 5);
    let statements = status.statements.unwrap();
    assert_eq!((statements.fetched, statements.withheld), (5, 0));
    let found = files(&world.folder());
    assert_eq!(found.len(), 5, "{found:?}");

    // Two changes of one enterprise between two looks: both are fetched.
    world.rated(&about(2), 2);
    world.rated(&about(2), 3);
    running.wait("both", |status| status.right_scores == 7);
    running.wait("through", |status| status.statements.as_ref().unwrap().last_error.is_none());

    // One that is not on the ledger yet is fetched when it is, though the feed tells of it once.
    let receipt = commands::logged(&world.operator, &about(3), |_| true);
    let code = about(3).uscc.to_string();
    world.say(|said| {
        said.ratings.get_mut(&code).unwrap().insert(0, (2, None));
        said.feed.push(code.clone());
    });
    running.wait("waits", |status| status.statements.as_ref().unwrap().waiting == 1);
    world.say(|said| {
        said.ratings.get_mut(&code).unwrap()[0].1 = Some(receipt.proof.index);
        said.receipts.insert((code.clone(), 2), receipt.to_json().unwrap());
    });
    running.wait("came", |status| status.right_scores == 8);
    running.wait("nobody waits", |status| status.statements.as_ref().unwrap().waiting == 0);

    // Started again it asks for nothing that it has; in another feed it begins anew, and still does not.
    drop(running);
    syncing.join().unwrap();
    let asked = world.said.lock().unwrap().asked;
    world.say(|said| said.feed.truncate(3));
    let (running, syncing) = world.start();
    running.wait("as before", |status| status.right_scores == 8);
    running.wait("through", |status| status.statements.as_ref().unwrap().passed_ms > 0);
    assert_eq!(world.said.lock().unwrap().asked, asked);
    drop(running);
    syncing.join().unwrap();
}

#[test]
fn what_is_not_given_or_not_what_was_told_of_is_named() {
    let world = World::new();
    world.rated(&about(1), 1);
    world.rated(&about(2), 1);
    let (one, two) = (about(1).uscc.to_string(), about(2).uscc.to_string());
    // The receipt of another; none; no receipt; and a code that has no ratings.
    world.say(|said| {
        let other = said.receipts[&(one.clone(), 1)].clone();
        said.receipts.insert((two.clone(), 1), other);
        for (number, text) in [(3, None), (4, Some("{}")), (5, None)] {
            let code = about(number).uscc.to_string();
            said.feed.push(code.clone());
            if number < 5 {
                said.ratings.insert(code.clone(), vec![(1, Some(1))]);
            }
            if let Some(text) = text {
                said.receipts.insert((code, 1), text.to_owned());
            }
        }
    });
    let (running, syncing) = world.start();
    let is_through = |status: &Status| status.statements.as_ref().unwrap().passed_ms > 0;
    let status = running.wait("through", is_through);
    assert_eq!(status.statements.unwrap().withheld, 4);
    assert_eq!(files(&world.folder()).len(), 1);
    running.wait("the right one", |status| status.right_scores == 1);

    // A refused key, and one that is sent elsewhere, are told; what was replayed is cosigned all the same.
    for (status, said) in [(403, "No as the test has it (403)"), (302, "(302)")] {
        world.say(|zone| zone.first.extend(vec![(status, "0"); 50]));
        running.wait("told", |status| {
            status.statements.as_ref().unwrap().last_error.as_ref().is_some_and(|error| error.contains(said))
        });
        world.say(|zone| zone.first.clear());
    }
    assert!(!world.said.lock().unwrap().is_elsewhere, "the key went elsewhere");
    assert!(running.node.status().is_healthy());
    let body = add(&world.operator, 0);
    assert_eq!(running.node.replay_witness().add_checkpoint(body.as_bytes()).status, 200);
    drop(running);
    syncing.join().unwrap();
}

#[test]
fn a_statement_in_the_chain_of_another_enterprise_stops_the_replay_key() {
    let world = World::new();
    let mut receipt = world.rated(&about(1), 1);
    let code = about(1).uscc.to_string();
    let hashes =
        world.operator.view().store().inclusion_proof(0, world.operator.view().published_size()).unwrap();
    let genesis = world.operator.view().store().genesis().unwrap();
    let (_, proof) = world.label.prove(&code).unwrap();
    receipt.label = Some(LabelClaim { uscc: code.clone(), proof, genesis, hashes });
    world.say(|said| drop(said.receipts.insert((code, 1), receipt.to_json().unwrap())));
    let (running, syncing) = world.start();
    let status = running.wait("a wrong one", |status| status.wrong_scores == 1);
    assert!(!status.is_healthy() && status.refusal.is_none());
    let body = add(&world.operator, 0);
    assert_eq!(running.node.replay_witness().add_checkpoint(body.as_bytes()).status, 503);
    drop(running);
    syncing.join().unwrap();
}

#[test]
fn a_disclosed_score_that_does_not_recompute_stops_the_replay_key() {
    let home = tempfile::tempdir().unwrap();
    let operator = open(home.path()).unwrap();
    let disclosed = home.path().join("disclosed");
    std::fs::create_dir(&disclosed).unwrap();
    let right = commands::statement();
    commands::receipt(&disclosed, &operator, &right, |_| true);
    let start = || {
        let mut config = settings(&home.path().join("fx"));
        let card = credit_core::scorecard::Scorecard::embedded().unwrap();
        config.disclosed = Some(Disclosed::new(&disclosed, card));
        Running::start_with(config, ViewTiles(operator.view().clone()))
    };
    let running = start();
    running.wait("one right score", |status| status.right_scores == 1);
    let size = operator.view().published_size();
    assert_eq!(running.node.replay_witness().add_checkpoint(add(&operator, 0).as_bytes()).status, 200);

    let mut wrong = right;
    wrong.score += 1;
    commands::receipt(&disclosed, &operator, &wrong, |_| true);
    let status = running.wait("a wrong score", |status| status.wrong_scores == 1);
    assert!(!status.is_healthy() && status.refusal.is_none());
    let body = add(&operator, size);
    assert_eq!(running.node.replay_witness().add_checkpoint(body.as_bytes()).status, 503);
    assert_eq!(
        running.node.witness().add_checkpoint(add(&operator, 0).as_bytes()).status,
        200,
        "still consistent"
    );
}
