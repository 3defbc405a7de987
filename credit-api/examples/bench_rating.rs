//! P5 and P9: `GET …/rating` of a running `credit-api serve` with the sample zone, under load and warm, against the
//! same kind of server answering a constant JSON of that size; and the memory the service holds under that load. Each
//! answer waits until its row of the access log is on the disk; with more connections, more of them share a commit.
//!
//! usage: `bench_rating [ENTERPRISES [OTHER]]` (default 500); `credit-api` must be built beside it. OTHER is another
//! build of it that is measured in turn with this one, round by round: what a change, or a part left out, costs.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Connections that ask at the same time, one thread each.
const CONNECTIONS: [usize; 3] = [8, 64, 256];
/// Ratings asked for: each is computed once before the load.
const RATINGS_MAX: usize = 60;
/// Rounds of each side, in turn.
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);
/// How long the service may take to load the sample zone.
const START_LIMIT: Duration = Duration::from_secs(600);
/// The word that makes this program the reference server.
const REFERENCE: &str = "constant";

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    match arguments.next() {
        Some(word) if word == REFERENCE => {
            let (port, bytes) = (arguments.next(), arguments.next());
            let number = |text: Option<String>| text.ok_or("a port and a size are needed");
            serve_constant(number(port)?.parse()?, number(bytes)?.parse()?)
        }
        given => measure(given.map_or(Ok(500), |text| text.parse())?, arguments.next().map(PathBuf::from)),
    }
}

fn serve_constant(port: u16, bytes: usize) -> Result<(), Failure> {
    let body = Bytes::from(format!("\"{}\"", "x".repeat(bytes.saturating_sub(2))));
    let server = HttpServer::new(move || {
        let body = body.clone();
        let answer = move || {
            let body = body.clone();
            async move { HttpResponse::Ok().content_type("application/json").body(body) }
        };
        App::new().route("/constant", web::get().to(answer.clone())).route("/readyz", web::get().to(answer))
    })
    .bind(("127.0.0.1", port))?
    .run();
    Ok(actix_web::rt::System::new().block_on(server)?)
}

/// A server of one's own, stopped when it goes out of scope.
struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(mut command: Command, port: u16) -> Result<Self, Failure> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let mut server = Self { child, port };
        let since = Instant::now();
        loop {
            if Connection::open(port)
                .is_ok_and(|mut one| one.get("/readyz", "").is_ok_and(|got| got.0 == 200))
            {
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                return Err(format!("{command:?} ended: {status}").into());
            }
            if since.elapsed() > START_LIMIT {
                return Err(format!("{command:?} is not ready").into());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// A line of the kernel's account of the process, in MiB.
    fn mib(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
    }
}

fn free_port() -> Result<u16, Failure> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// A kept-alive connection.
struct Connection {
    stream: BufReader<TcpStream>,
    line: String,
    body: Vec<u8>,
}

impl Connection {
    fn open(port: u16) -> Result<Self, Failure> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self {
            stream: BufReader::with_capacity(64 * 1024, stream),
            line: String::new(),
            body: Vec::new(),
        })
    }

    /// Status of the answer, and its body.
    fn get(&mut self, path: &str, headers: &str) -> Result<(u16, &[u8]), Failure> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n");
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (mut status, mut length) = (None, 0);
        loop {
            self.line.clear();
            self.stream.read_line(&mut self.line)?;
            let line = self.line.trim_end();
            match (status, line.split_once(':')) {
                (None, _) => status = Some(line.split(' ').nth(1).ok_or("no status")?.parse()?),
                (_, Some((name, value))) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse()?;
                }
                (_, Some(_)) => {}
                _ if line.is_empty() => break,
                _ => return Err(format!("not a header: {line:?}").into()),
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body)?;
        Ok((status.unwrap_or_default(), &self.body))
    }
}

/// Requests in turn over all connections for a while; the time of each, microseconds.
fn load(
    port: u16,
    paths: &[String],
    headers: &str,
    connections: usize,
) -> Result<(Vec<u64>, Duration), Failure> {
    let (stop, next) = (AtomicBool::new(false), AtomicUsize::new(0));
    let ask = || -> Result<Vec<u64>, Failure> {
        let (mut connection, mut times) = (Connection::open(port)?, Vec::new());
        while !stop.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed) % paths.len().max(1);
            let path = paths.get(at).ok_or("nothing to ask for")?;
            let started = Instant::now();
            let (status, _) = connection.get(path, headers)?;
            times.push(u64::try_from(started.elapsed().as_micros())?);
            if status != 200 {
                return Err(format!("{path}: {status}").into());
            }
        }
        Ok(times)
    };
    std::thread::scope(|scope| {
        let started = Instant::now();
        let threads: Vec<_> = (0..connections).map(|_| scope.spawn(ask)).collect();
        std::thread::sleep(ROUND);
        stop.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        for thread in threads {
            all.extend(thread.join().map_err(|_| "a client broke off")??);
        }
        Ok((all, started.elapsed()))
    })
}

/// What one side did in all its rounds.
#[derive(Default)]
struct Side {
    times: Vec<u64>,
    took: Duration,
}

impl Side {
    fn add(&mut self, (times, took): (Vec<u64>, Duration)) {
        self.times.extend(times);
        self.took += took;
    }

    fn per_second(&self) -> u128 {
        let count = u128::try_from(self.times.len()).unwrap_or(0);
        count * 1_000_000 / self.took.as_micros().max(1)
    }

    fn percentile(&self, percent: usize) -> u64 {
        self.times.get(self.times.len() * percent / 100).copied().unwrap_or(0)
    }

    fn row(&mut self, what: &str) {
        self.times.sort_unstable();
        println!("| {what} | {} | {} | {} |", self.per_second(), self.percentile(50), self.percentile(99));
    }
}

/// A running service, and the ratings it is asked for.
struct Rated {
    server: Server,
    headers: String,
    paths: Vec<String>,
    /// Of one rating, on average.
    bytes: usize,
    /// Resident memory with the zone loaded, and with every rating asked for once; MiB.
    loaded: u64,
    warm: u64,
    _data: tempfile::TempDir,
}

impl Rated {
    fn start(program: &Path, enterprises: u32) -> Result<Self, Failure> {
        let data = tempfile::tempdir()?;
        let server = start_service(program, data.path(), enterprises)?;
        let token = std::fs::read_to_string(data.path().join("admin-token"))?;
        let headers = format!("Authorization: Bearer {}\r\nX-Purpose: supervision\r\n", token.trim());
        let loaded = server.mib("VmRSS:");
        let (paths, bytes) = warm(server.port, paths(server.port, &headers)?, &headers)?;
        let warm = server.mib("VmRSS:");
        Ok(Self { server, headers, paths, bytes, loaded, warm, _data: data })
    }

    fn load(&self, connections: usize) -> Result<(Vec<u64>, Duration), Failure> {
        load(self.server.port, &self.paths, &self.headers, connections)
    }
}

fn measure(enterprises: u32, other: Option<PathBuf>) -> Result<(), Failure> {
    let example = std::env::current_exe()?;
    let program =
        example.ancestors().nth(2).map(|folder| folder.join("credit-api")).ok_or("no folder of programs")?;
    let service = Rated::start(&program, enterprises)?;
    let other = other.map(|program| Rated::start(&program, enterprises)).transpose()?;
    let port = free_port()?;
    let mut command = Command::new(example);
    command.args([REFERENCE, &port.to_string(), &service.bytes.to_string()]);
    let reference = Server::start(command, port)?;
    let constant = ["/constant".to_owned()];

    println!("{} ratings of {} bytes on average", service.paths.len(), service.bytes);
    println!("| P5 | requests/s | p50 µs | p99 µs |");
    println!("|---|---|---|---|");
    for connections in CONNECTIONS {
        let (mut ratings, mut others, mut constants) = (Side::default(), Side::default(), Side::default());
        for _ in 0..ROUNDS {
            constants.add(load(reference.port, &constant, &service.headers, connections)?);
            ratings.add(service.load(connections)?);
            if let Some(other) = &other {
                others.add(other.load(connections)?);
            }
        }
        constants.row(&format!("constant JSON of that size, {connections} connections"));
        ratings.row(&format!("GET …/rating, warm, {connections} connections"));
        if other.is_some() {
            others.row(&format!("the other build, {connections} connections"));
            println!("of the other build's requests/s: {}", ratio(ratings.per_second(), others.per_second()));
        }
        println!(
            "requests/s ratio {} (goal 0.70), p99 ratio {} (goal at most 3)",
            ratio(ratings.per_second(), constants.per_second()),
            ratio(u128::from(ratings.percentile(99)), u128::from(constants.percentile(99)))
        );
    }
    println!(
        "P9: resident {} MiB with the zone loaded, {} MiB with every one of them asked for once, {} MiB after the \
         load, {} MiB at most (goal 256 for a zone of 100 000)",
        service.loaded,
        service.warm,
        service.server.mib("VmRSS:"),
        service.server.mib("VmHWM:")
    );
    Ok(())
}

/// With two decimals.
fn ratio(one: u128, other: u128) -> String {
    let percent = one * 100 / other.max(1);
    format!("{}.{:02}", percent / 100, percent % 100)
}

fn start_service(program: &Path, data: &Path, enterprises: u32) -> Result<Server, Failure> {
    let port = free_port()?;
    let mut command = Command::new(program);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("XINJI_")) {
        command.env_remove(name);
    }
    command
        .args(["serve", "--sample", "--enterprises", &enterprises.to_string()])
        .env("XINJI_DATA", data)
        .env("XINJI_LISTEN", format!("127.0.0.1:{port}"));
    Server::start(command, port)
}

/// The address of every enterprise's rating.
fn paths(port: u16, headers: &str) -> Result<Vec<String>, Failure> {
    let (mut connection, mut paths, mut cursor) = (Connection::open(port)?, Vec::new(), String::new());
    loop {
        let (_, body) = connection.get(&format!("/api/v1/enterprises?limit=200{cursor}"), headers)?;
        let page: serde_json::Value = serde_json::from_slice(body)?;
        let items = page.get("items").and_then(|items| items.as_array()).ok_or("no items")?;
        let codes = items.iter().filter_map(|one| one.get("uscc")?.as_str());
        paths.extend(codes.map(|uscc| format!("/api/v1/enterprises/{uscc}/rating")));
        match page.get("next_cursor").and_then(|cursor| cursor.as_str()) {
            Some(next) => cursor = format!("&cursor={next}"),
            None => {
                paths.truncate(RATINGS_MAX);
                return Ok(paths);
            }
        }
    }
}

/// Asks for every rating once; those there are, and the bytes of one on average.
fn warm(port: u16, paths: Vec<String>, headers: &str) -> Result<(Vec<String>, usize), Failure> {
    let (mut connection, mut found, mut bytes) = (Connection::open(port)?, Vec::new(), 0);
    for path in paths {
        let (status, body) = connection.get(&path, headers)?;
        if status == 200 {
            bytes += body.len();
            found.push(path);
        }
    }
    let count = found.len().max(1);
    Ok((found, bytes / count))
}
