//! What people read, as text files beside the tests: help, summaries, ratings, errors, problems.
//!
//! `XINJI_BLESS=1` writes them anew; what changed is then read in review. Times, digests and folders, which differ
//! from run to run, are replaced by words.

use std::path::{Path, PathBuf};

use xinji_tests::harness::{Database, Finished, OrderBuilder, Zone, uscc};

use crate::fixtures::{AS_OF, evaluate, small_zone, small_zone_rows};

fn compare(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(name);
    let text = format!("{}\n", text.trim_end());
    if std::env::var_os("XINJI_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let first = expected.lines().zip(text.lines()).position(|(old, new)| old != new);
    assert!(expected == text, "{name} differs at line {first:?}; XINJI_BLESS=1 writes it anew:\n{text}");
}

/// Commands with what they said, in one text.
struct Session<'a> {
    zone: &'a Zone,
    text: String,
}

impl<'a> Session<'a> {
    fn of(zone: &'a Zone) -> Self {
        Self { zone, text: String::new() }
    }

    fn run<A: AsRef<str>>(&mut self, program: &str, arguments: &[A]) -> &mut Self {
        let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
        // What is logged has times of its own; this is about what a command answers.
        let mut command = self.zone.command(program, &arguments);
        command.env("XINJI_LOG", "error").env("RUST_LOG", "error");
        let Finished { code, stdout, stderr } = Finished::of(command.output().unwrap());
        let code = code.map_or("killed".to_owned(), |code| code.to_string());
        self.text.push_str(&format!("$ {program} {}\n{stdout}", arguments.join(" ")));
        for line in stderr.lines() {
            self.text.push_str(&format!("! {line}\n"));
        }
        self.text.push_str(&format!("[{code}]\n\n"));
        self
    }

    fn compare(&self, name: &str) {
        compare(name, &stable(self.zone, &self.text));
    }
}

/// Without what differs from run to run.
fn stable(zone: &Zone, text: &str) -> String {
    let mut text = text.replace(zone.path("").to_str().unwrap().trim_end_matches('/'), "ZONE");
    for id in zone.query("SELECT id FROM batches ORDER BY id").lines().filter(|id| !id.is_empty()) {
        text = text.replace(id, "BATCH");
    }
    let mut lines = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_inclusive([' ', '"', ',']).collect();
        lines.push(words.iter().map(|word| stable_word(word)).collect::<String>().trim_end().to_owned());
    }
    lines.join("\n")
}

fn stable_word(word: &str) -> String {
    let plain = word.trim_end_matches([' ', '"', ',']);
    let end = word.trim_start_matches(plain);
    let is_hex =
        |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit());
    let is_time = plain.len() >= 20 && plain.ends_with('Z') && plain.contains('T') && plain.starts_with("20");
    let stable = match plain {
        _ if is_hex(plain, 64) => "DIGEST",
        _ if is_hex(plain, 32) => "ID",
        _ if is_time => "TIME",
        other => other,
    };
    format!("{stable}{end}")
}

fn zone() -> Zone {
    Zone::new(Database::Sqlite)
}

#[test]
fn help() {
    let zone = zone();
    let mut session = Session::of(&zone);
    session.run("credit-api", &["--help"]);
    for command in [
        "serve",
        "import",
        "evaluate",
        "show",
        "receipt",
        "status",
        "sample",
        "scorecard",
        "user",
        "key",
        "doctor",
        "config",
    ] {
        session.run("credit-api", &[command, "--help"]);
    }
    compare("help-credit-api.txt", &session.text);
    let mut session = Session::of(&zone);
    session.run("node", &["--help"]);
    for command in ["operator", "follow", "verify", "audit", "keygen", "inspect"] {
        session.run("node", &[command, "--help"]);
    }
    compare("help-node.txt", &session.text);
}

/// One good order and one of each common kind of bad one.
fn bad_orders(zone: &Zone) -> PathBuf {
    let order = |number: u32| OrderBuilder::new(&uscc(1), &format!("S{number}"), "2026-11-01");
    let rows = [
        order(1),
        order(2).with("uscc", format!("{}O", uscc(1).split_at(17).0)),
        order(3).with("ordered_at", "2026-02-30 10:00:00"),
        order(4).with("amount_cny", "12,5").with("mode", "9999"),
        order(5).with("amount_cny", "-1.00"),
        order(6).with("order_no", "9".repeat(61)),
        order(7).with("order_no", ""),
        order(8).with("payer_matches_buyer", "maybe"),
        order(9).with("hs_code", "61\u{7}09"),
        order(10).with("buyer_token", "=HYPERLINK(\"x\")").with("quantity", "１２"),
    ];
    let folder = zone.path("bad");
    std::fs::create_dir_all(&folder).unwrap();
    xinji_tests::harness::write_csv(&folder, "transactions", &rows.map(OrderBuilder::build))
}

#[test]
fn import_and_its_list_of_rejected_rows() {
    for lang in ["zh", "en"] {
        let zone = zone();
        let good = small_zone(&zone);
        let bad = bad_orders(&zone);
        let empty = zone.path("empty.csv");
        std::fs::write(&empty, "").unwrap();
        let strange = zone.path("strange.csv");
        std::fs::write(&strange, "colour,size\nred,1\n").unwrap();
        let short = zone.path("short.csv");
        std::fs::write(&short, "uscc,kind,amount_cny\n").unwrap();
        let mut session = Session::of(&zone);
        let import = ["import", "--no-evaluate", "--lang", lang];
        let with = |files: &[PathBuf]| {
            let files = files.iter().map(|path| path.to_str().unwrap().to_owned());
            import.map(str::to_owned).into_iter().chain(files).collect::<Vec<String>>()
        };
        session.run("credit-api", &with(&good));
        session.run("credit-api", &with(&good[..1]));
        session.run("credit-api", &with(&[bad]));
        for file in [empty, strange, short, zone.path("missing.csv"), zone.sources()] {
            session.run("credit-api", &with(&[file]));
        }
        session.compare(&format!("import-{lang}.txt"));
        if lang == "zh" {
            let list = std::fs::read_to_string(zone.path("REJECTED.csv")).unwrap();
            compare("rejected.csv.txt", &stable(&zone, list.trim_start_matches('\u{feff}')));
        }
    }
}

#[test]
fn show_of_a_rating() {
    let zone = zone();
    zone.import(&small_zone(&zone)).ok();
    evaluate(&zone, AS_OF);
    for lang in ["zh", "en"] {
        let mut session = Session::of(&zone);
        session.run("credit-api", &["show", &uscc(1), "--as-of", AS_OF, "--lang", lang]);
        session.compare(&format!("show-{lang}.txt"));
    }
    let mut session = Session::of(&zone);
    session.run("credit-api", &["show", &uscc(1), "--as-of", AS_OF, "--json"]);
    session.compare("show-json.txt");
    assert!(!small_zone_rows().0.is_empty());
}

#[test]
fn errors_of_the_command_line() {
    let zone = zone();
    let known = uscc(1);
    let wrong = format!("{}{}", known.split_at(17).0, if known.ends_with('0') { '1' } else { '0' });
    let mut session = Session::of(&zone);
    for arguments in [
        &["frobnicate"][..],
        &["import"],
        &["import", "a.csv", "--source", "orders"],
        &["import", "a.csv", "--lang", "fr"],
        &["show", "91511502"],
        &["show", &wrong],
        &["show", &known],
        &["show", &known, "--lang", "en"],
        &["show", &known, "--as-of", "2026-02-30"],
        &["evaluate", "--all", "--as-of", "3026-01-31"],
        &["show", &known, "--known-at", "yesterday"],
        &["evaluate", "--all", &known],
        &["receipt", &known],
        &["scorecard", "zone-1999.1"],
        &["sample", "--enterprises", "0", "-o", "x"],
        &["serve", "--enterprises", "3"],
        &["config", "--config", "none.toml"],
        &["config", "--listen", "nowhere"],
        &["doctor", "--database-url", "mysql://user:secret@host/name"],
    ] {
        session.run("credit-api", arguments);
    }
    session.compare("errors-credit-api.txt");
    std::fs::write(zone.path("receipt.json"), "{}").unwrap();
    std::fs::write(zone.path("log.vkey"), "no key").unwrap();
    let mut session = Session::of(&zone);
    for arguments in [
        &["frobnicate"][..],
        &["follow"],
        &["verify"],
        &["verify", "missing.json"],
        &["verify", "receipt.json"],
        &["verify", "receipt.json", "--log-key", "log.vkey"],
        &["audit", "missing"],
        &["inspect", "missing"],
        &["operator", "--origin", "x", "--key", "missing"],
    ] {
        session.run("node", arguments);
    }
    session.compare("errors-node.txt");
}

#[test]
fn problems_of_the_api() {
    let zone = zone();
    let server = zone.serve();
    let token = std::fs::read_to_string(zone.data().join("admin-token")).unwrap();
    let token = format!("Bearer {}", token.trim());
    let code = uscc(1);
    let paths = [
        "/api/v1/nothing".to_owned(),
        "/api/v1/enterprises?limit=0".to_owned(),
        "/api/v1/enterprises?cursor=x".to_owned(),
        "/api/v1/enterprises?grade=Z".to_owned(),
        "/api/v1/enterprises/91511502".to_owned(),
        format!("/api/v1/enterprises/{code}"),
        format!("/api/v1/enterprises/{code}/rating?as_of=2026-02-30"),
        "/api/v1/batches/none".to_owned(),
        "/api/v1/scorecards/none".to_owned(),
    ];
    let mut text = String::new();
    let mut add = |request: &str, answer: xinji_tests::harness::processes::Answer| {
        let pretty = serde_json::to_string_pretty(&answer.json()).unwrap();
        text.push_str(&format!("{request}\n{} {pretty}\n\n", answer.status));
    };
    for lang in ["zh", "en"] {
        let known =
            [("authorization", token.as_str()), ("x-purpose", "supervision"), ("accept-language", lang)];
        for path in &paths {
            add(&format!("GET {path} ({lang})"), server.get(path, &known));
        }
        let anonymous = [("accept-language", lang)];
        add(&format!("GET /api/v1/batches, nobody ({lang})"), server.get("/api/v1/batches", &anonymous));
        let nothing = [("authorization", "Bearer wrong"), ("accept-language", lang)];
        add(&format!("GET /api/v1/batches, wrong token ({lang})"), server.get("/api/v1/batches", &nothing));
        let no_purpose = [("authorization", token.as_str()), ("accept-language", lang)];
        let path = format!("/api/v1/enterprises/{code}/rating");
        add(&format!("GET {path}, no purpose ({lang})"), server.get(&path, &no_purpose));
        let path = "/api/v1/sources/orders/batches";
        add(&format!("POST {path} ({lang})"), server.post(path, &known, b"x"));
        let path = format!("/api/v1/enterprises/{code}/simulations");
        let json = [known[0], known[1], known[2], ("content-type", "application/json")];
        add(&format!("POST {path}, no JSON ({lang})"), server.post(&path, &json, b"{"));
    }
    compare("problems.txt", &stable(&zone, &text));
}
