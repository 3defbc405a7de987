//! A log that is pushed (C2SP `tlog-mirror`): by an operator to a node that cannot pull, cut off, killed, and badly.

use super::logs::{MemoryLog, ViewTiles};
use super::refusals::{fork, fresh, sealed};
use super::*;
use actix_web::body::to_bytes;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::test::{TestRequest, call_service, init_service};
use flate2::Compression;
use flate2::write::GzEncoder;
use ledger::checkpoint::Checkpoint;
use ledger::entry::Entry;
use ledger::merkle::{self, Hash, Subtree};
use ledger::mirror::{ENTRIES_TYPE, INFO_TYPE, MirrorInfo, Package, Span, UploadHead};
use ledger::subtree::subtree_proof_parts;
use ledger::witness::parse_cosignatures;
use node::follow::{EXCESS_ENTRIES_MAX, RECENT_CHECKPOINTS, http};
use std::io::Write;
use std::net::SocketAddr;

fn free_address() -> SocketAddr {
    crate::ports::free_address().parse().unwrap()
}

fn accepting(folder: &Path) -> FollowConfig {
    FollowConfig { accept_entries: true, ..settings(folder) }
}

/// A node that fetches nothing.
fn pushed_only(folder: &Path) -> Running {
    Running::follow(Follower::open(accepting(folder), None).unwrap())
}

fn serve(address: SocketAddr, running: &Running) -> Server {
    let node = running.node.clone();
    Server::start(address, move |app| http::configure(app, &node, None))
}

/// An operator that pushes to the mirror at this address, and asks nobody else.
fn pushing(home: &Path, address: &str) -> Arc<Operator> {
    let vkey = key(REPLAY.0, REPLAY.1).vkey().to_string();
    let mut config = crate::common::config();
    config.policy = Some(format!("witness fx {vkey} mirror+{address}/mirror/\nquorum fx\n"));
    Arc::new(Operator::open(&home.join("ledger"), config, crate::common::tip(home), clock()).unwrap())
}

#[test]
fn an_operator_pushes_to_a_node_that_cannot_pull() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("fx");
    let running = pushed_only(&folder);
    let address = free_address();
    let server = serve(address, &running);
    let operator = pushing(home.path(), &server.url());
    // More than one request takes, in blocks that end within packages.
    let mut number = 0;
    while operator.view().published_size() < EXCESS_ENTRIES_MAX + 700 {
        operator.append(entries(number..number + 200)).unwrap();
        number += 200;
    }
    let view = operator.view().clone();
    let cosigning = crate::cosigning::start(&operator);
    assert!(view.wait_final(view.published_size(), LONG), "{:?}", view.witnesses());
    assert_same(&running.node, &operator);
    let id = key(REPLAY.0, REPLAY.1).vkey().id();
    let is_cosigned = |size: u64| view.store().cosignature(size, id).unwrap().is_some();
    assert!((3_000..3_400).any(is_cosigned), "a long way is gone in steps");
    for part in [1, 54, 256, 300, 2] {
        let size = operator.append(entries(number..number + part)).unwrap()[0].size;
        number += part;
        assert!(view.wait_final(size, LONG), "{:?}", view.witnesses());
    }
    assert!(view.wait_final(view.published_size(), LONG));
    assert_same(&running.node, &operator);
    let status = running.wait("idle", |status| status.phase == Phase::Following);
    assert_eq!((status.log.as_str(), status.failures), ("what is pushed", 0));
    assert_eq!(status.replay_cosigned, view.published_size());
    assert_eq!(std::fs::read_dir(folder.join("pending/entries")).unwrap().count(), 0, "nothing waits");

    // The mirror is away while the log goes on; both know where they stood.
    drop(server);
    drop(running);
    let size = operator.append(entries(number..number + 900)).unwrap().last().unwrap().size;
    let running = pushed_only(&folder);
    let _server = serve(address, &running);
    assert!(view.wait_final(size, LONG), "{:?}", view.witnesses());
    // So does an operator that starts again and knows nothing of mirrors.
    drop(cosigning);
    let _cosigning = crate::cosigning::start(&operator);
    let size = operator.append(entries(number + 900..number + 910)).unwrap()[0].size;
    assert!(view.wait_final(size, LONG), "{:?}", view.witnesses());
    assert_same(&running.node, &operator);
}

#[test]
fn killed_at_any_instant_while_it_is_pushed_it_resumes() {
    const ROUNDS: u64 = 6;
    let home = tempfile::tempdir().unwrap();
    let address = free_address();
    let operator = pushing(home.path(), &format!("http://{address}"));
    operator.append(entries(0..3_000)).unwrap();
    let _cosigning = crate::cosigning::start(&operator);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _ending = Ending(&is_over);
        scope.spawn(|| {
            for part in 100.. {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                operator.append(entries(part * 40..part * 40 + 1 + part % 40)).unwrap();
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        let mut far = 0;
        for round in 0..ROUNDS {
            let mut child = pushed_command(home.path(), address).spawn().unwrap();
            let begun = Instant::now();
            let stored = || {
                let store = ledger::store::Store::open_read_only(&home.path().join("fx/ledger")).ok();
                let size = store.and_then(|store| store.tip().ok()).map_or(0, |tip| tip.size);
                let waiting = std::fs::read_dir(home.path().join("fx/pending/entries"));
                let bundles = waiting.map_or(0, |files| {
                    let names =
                        files.filter_map(|file| file.ok()?.file_name().into_string().ok()?.parse().ok());
                    names.max().unwrap_or(0_u64)
                });
                size.max(bundles * 256)
            };
            while stored() <= far && begun.elapsed() < LONG {
                std::thread::sleep(Duration::from_millis(5));
            }
            std::thread::sleep(Duration::from_micros(round * 4_300));
            child.kill().unwrap();
            child.wait().unwrap();
            let now = stored();
            assert!(now > far, "round {round} came to nothing");
            far = now;
        }
    });
    let running = pushed_only(&home.path().join("fx"));
    let _server = serve(address, &running);
    let view = operator.view();
    assert!(view.wait_final(view.published_size(), LONG), "{:?}", view.witnesses());
    assert_same(&running.node, &operator);
}

/// `node follow` that only takes what is pushed.
fn pushed_command(home: &Path, address: SocketAddr) -> Command {
    let mut command = command(home, &["--accept-entries"]);
    command.args(["--listen", &address.to_string()]);
    command
}

/// A log as somebody who pushes it has it.
struct Source {
    log: MemoryLog,
    hashes: Vec<Hash>,
}

impl Source {
    fn new(log: MemoryLog) -> Self {
        let hashes = log.leaves.iter().map(|leaf| merkle::leaf_hash(leaf)).collect();
        Self { log, hashes }
    }

    fn size(&self) -> u64 {
        u64::try_from(self.log.leaves.len()).unwrap()
    }

    fn root(&self, part: Subtree) -> Hash {
        merkle::root(&self.hashes[usize::try_from(part.start).unwrap()..usize::try_from(part.end).unwrap()])
    }

    /// The log as it was at this size.
    fn at(&self, size: u64) -> Self {
        Self::new(self.log.at(usize::try_from(size).unwrap()))
    }

    fn head(&self, start: u64) -> Vec<u8> {
        head(ORIGIN, start, self.size())
    }

    fn package(&self, span: &Span) -> Vec<u8> {
        let mut bundle = Vec::new();
        for leaf in span.start..span.end {
            tile::push_entry(&mut bundle, &self.log.leaves[usize::try_from(leaf).unwrap()]).unwrap();
        }
        let parts = subtree_proof_parts(span.run(), self.size()).unwrap();
        let proof = parts.into_iter().map(|part| self.root(part)).collect();
        let mut bytes = Vec::new();
        Package { bundle: &bundle, proof }.push_to(&mut bytes).unwrap();
        bytes
    }

    /// The body of a request: at most so many packages.
    fn upload(&self, start: u64, packages: usize) -> Vec<u8> {
        let mut body = self.head(start);
        let mut at = start;
        for _ in 0..packages {
            let Some(span) = Span::at(at, self.size()) else { break };
            body.extend(self.package(&span));
            at = span.end;
        }
        body
    }

    fn checkpoint(&self, old: u64) -> String {
        let proof = merkle::consistency_proof(&self.hashes, old).unwrap();
        AddCheckpoint { old, proof, checkpoint: Note::parse(&self.log.note).unwrap() }.to_string()
    }
}

fn head(origin: &str, start: u64, end: u64) -> Vec<u8> {
    UploadHead { origin: origin.into(), start, end, ticket: Vec::new() }.to_bytes().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// What is said to a node over HTTP, in this process.
struct Asking<'a>(&'a Arc<Follower>);

type Said = (u16, String, String);

impl Asking<'_> {
    async fn ask(&self, request: TestRequest) -> Said {
        let app =
            init_service(actix_web::App::new().configure(|app| http::configure(app, self.0, None))).await;
        let response = call_service(&app, request.to_request()).await;
        let kind = response.headers().get(CONTENT_TYPE).map(|kind| kind.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body()).await.unwrap();
        (status, kind.unwrap_or_default(), String::from_utf8(body.to_vec()).unwrap())
    }

    async fn checkpoint(&self, body: String) -> Said {
        self.ask(TestRequest::post().uri("/mirror/add-checkpoint").set_payload(body)).await
    }

    async fn entries(&self, body: Vec<u8>) -> Said {
        let request =
            TestRequest::post().uri("/mirror/add-entries").insert_header((CONTENT_TYPE, ENTRIES_TYPE));
        self.ask(request.set_payload(body)).await
    }

    /// Asks with an upload of nothing; it must be told this.
    async fn stands(&self, status: u16, size: u64, next: u64) {
        let said = self.entries(head(ORIGIN, 0, 0)).await;
        assert_info(&said, status, size, next);
    }
}

fn assert_info((status, kind, body): &Said, expected: u16, size: u64, next: u64) {
    assert_eq!((*status, kind.as_str()), (expected, INFO_TYPE), "{body}");
    let info = MirrorInfo::parse(body.as_bytes()).unwrap();
    assert_eq!((info.size, info.next, info.ticket), (size, next, vec![]));
}

/// The mirror's cosignature, and nothing else.
fn assert_cosigned((status, _, body): &Said, source: &Source) {
    assert_eq!(*status, 200, "{body}");
    let lines = parse_cosignatures(body.as_bytes()).unwrap();
    let text = Note::parse(&source.log.note).unwrap().text;
    assert_eq!(lines.len(), 1);
    assert!(key(REPLAY.0, REPLAY.1).vkey().verify(&text, &lines[0]).unwrap().is_some());
}

fn source(home: &Path, count: u64) -> Source {
    let operator = open(home).unwrap();
    operator.append(entries(0..count)).unwrap();
    Source::new(MemoryLog::of(&operator))
}

#[actix_web::test]
async fn a_bad_upload_has_its_status_and_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let source = source(home.path(), 700);
    let size = source.size();
    let running = pushed_only(&home.path().join("fx"));
    let asking = Asking(&running.node);
    asking.stands(409, 0, 0).await;
    let (status, _, body) = asking.checkpoint(source.checkpoint(0)).await;
    assert_eq!((status, body.as_str()), (200, ""), "the pending checkpoint is not signed");
    assert_eq!(
        asking.checkpoint(source.checkpoint(0)).await,
        (409, "text/x.tlog.size".to_owned(), format!("{size}\n"))
    );
    asking.stands(409, size, 0).await;

    let good = source.upload(0, 1);
    let at_head = source.head(0).len();
    let changed = |at: usize, with: u8| {
        let mut body = good.clone();
        body[at] ^= with;
        body
    };
    let proof = Span::at(0, size).map(|span| subtree_proof_parts(span.run(), size).unwrap().len()).unwrap();
    let hashes = good.len() - 32 * proof - 1;
    let too_many = [&good[..hashes], &[64], &[0; 64 * 32][..]].concat();
    let one_less = [&good[..hashes], &[u8::try_from(proof).unwrap() - 1], &good[hashes + 33..]].concat();
    let mut swapped = source.head(0);
    swapped.extend(source.package(&Span::at(256, size).unwrap()));
    let cases: [(&str, u16, Vec<u8>); 16] = [
        ("nothing", 400, Vec::new()),
        ("half a head", 400, good[..10].to_vec()),
        ("backwards", 400, head(ORIGIN, 2, 1)),
        ("no package", 400, source.head(0)),
        ("a byte too few", 400, good[..good.len() - 1].to_vec()),
        ("another log", 404, head("ledger.example/other", 0, size)),
        ("an unknown end", 409, head(ORIGIN, 0, size - 1)),
        ("an end behind the log", 409, head(ORIGIN, 0, u64::MAX)),
        ("a gap", 409, source.upload(256, 1)),
        ("a changed length", 422, changed(at_head, 0x80)),
        ("a changed entry", 422, changed(at_head + 20, 1)),
        ("a changed proof", 422, changed(good.len() - 1, 1)),
        ("a short proof", 422, one_less),
        ("too many hashes", 422, too_many),
        ("another package", 422, swapped),
        ("under another root", 422, {
            let mut other = source.log.leaves.clone();
            other[600] = other[601].clone();
            Source::new(MemoryLog::new(other)).upload(0, 3)
        }),
    ];
    for (what, status, body) in cases {
        for packed in [false, true] {
            let said = if packed {
                let request = TestRequest::post().uri("/mirror/add-entries");
                let request = request.insert_header((CONTENT_TYPE, ENTRIES_TYPE));
                asking.ask(request.insert_header((CONTENT_ENCODING, "gzip")).set_payload(gzip(&body))).await
            } else {
                asking.entries(body.clone()).await
            };
            if status == 409 {
                // A gap is told with the end that was asked for, an end that is none with the pending one.
                assert_info(&said, 409, size, 0);
            }
            assert_eq!(said.0, status, "{what}: {}", said.2);
        }
    }
    let request = || TestRequest::post().uri("/mirror/add-entries").set_payload(good.clone());
    assert_eq!(asking.ask(request()).await.0, 415);
    let typed = request().insert_header((CONTENT_TYPE, ENTRIES_TYPE));
    assert_eq!(asking.ask(typed.insert_header((CONTENT_ENCODING, "br"))).await.0, 415);
    let typed = request().insert_header((CONTENT_TYPE, ENTRIES_TYPE));
    assert_eq!(asking.ask(typed.insert_header((CONTENT_ENCODING, "gzip"))).await.0, 400, "gzip that is none");
    asking.stands(409, size, 0).await;
    assert_eq!(running.node.status().refusal, None);
    assert_eq!(std::fs::read_dir(home.path().join("fx/pending/entries")).unwrap().count(), 0);

    // What is right before the wrong part is kept.
    let cut = source.upload(0, 2);
    assert_info(&asking.entries(cut[..cut.len() - 7].to_vec()).await, 202, size, 256);
    asking.stands(409, size, 256).await;
    // A part of a package, then over its border, twice; entries that are here are not asked to be left out.
    assert_info(&asking.entries(source.upload(100, 2)).await, 202, size, 512);
    assert_info(&asking.entries(source.upload(0, 1)).await, 202, size, 512);
    assert_cosigned(&asking.entries(source.upload(512, 32)).await, &source);
    assert_cosigned(&asking.entries(source.head(size)).await, &source);
    running.wait_size(size);
}

/// An upload may end at any of the last pending checkpoints, but not before what is cosigned.
#[actix_web::test]
async fn an_upload_ends_at_a_recent_checkpoint() {
    let home = tempfile::tempdir().unwrap();
    let operator = open(home.path()).unwrap();
    let mut sizes = vec![0];
    for part in 0..10 {
        sizes.push(operator.append(entries(part * 50..part * 50 + 50)).unwrap()[0].size);
    }
    let all = Source::new(MemoryLog::of(&operator));
    let running = pushed_only(&home.path().join("fx"));
    let asking = Asking(&running.node);
    for pair in sizes.windows(2) {
        assert_eq!(asking.checkpoint(all.at(pair[1]).checkpoint(pair[0])).await.0, 200);
    }
    let last = sizes[10];
    let oldest = sizes.len() - RECENT_CHECKPOINTS;
    let said = asking.entries(all.at(sizes[oldest - 1]).upload(0, 9)).await;
    assert_info(&said, 409, last, 0);
    for end in [oldest, 7] {
        let then = all.at(sizes[end]);
        assert_cosigned(&asking.entries(then.upload(0, 9)).await, &then);
    }
    let said = asking.entries(all.at(sizes[5]).upload(0, 9)).await;
    assert_info(&said, 409, last, sizes[7]);
    assert_cosigned(&asking.entries(all.upload(sizes[7], 9)).await, &all);
}

/// The mirror's cosignature says that everything was re-executed here.
#[actix_web::test]
async fn nothing_is_cosigned_before_it_is_replayed() {
    let home = tempfile::tempdir().unwrap();
    let source = source(home.path(), 300);
    let node = Follower::open(accepting(&home.path().join("fx")), None).unwrap();
    let asking = Asking(&node);
    assert_eq!(asking.checkpoint(source.checkpoint(0)).await.0, 200);
    let (status, _, body) = asking.entries(source.upload(0, 32)).await;
    assert_eq!(status, 503, "{body}");
    assert!(body.contains("not re-executed here yet"), "{body}");
    asking.stands(409, source.size(), source.size()).await;
    let hash: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(ORIGIN).into();
    let mirror = format!("/mirror/{}/checkpoint", hex::encode(hash));
    assert_eq!(asking.ask(TestRequest::get().uri(&mirror)).await.0, 404);
    let running = Running::follow(node);
    let asking = Asking(&running.node);
    assert_cosigned(&asking.entries(source.head(source.size())).await, &source);
    let (status, _, note) = asking.ask(TestRequest::get().uri(&mirror)).await;
    assert_eq!(status, 200);
    let (checkpoint, _) = Checkpoint::open(note.as_bytes(), &log_vkey()).unwrap();
    assert_eq!(checkpoint.size, source.size());
}

/// What waits is looked at when the node starts: a changed bit costs the bundle, a half-written file is nothing.
#[actix_web::test]
async fn what_waits_on_a_changed_disk_is_asked_for_again() {
    let home = tempfile::tempdir().unwrap();
    let source = source(home.path(), 1_000);
    let folder = home.path().join("fx");
    let node = Follower::open(accepting(&folder), None).unwrap();
    assert_eq!(Asking(&node).checkpoint(source.checkpoint(0)).await.0, 200);
    assert_info(&Asking(&node).entries(source.upload(0, 3)).await, 202, source.size(), 768);
    drop(node);
    let waiting = folder.join("pending/entries");
    std::fs::write(waiting.join("3.new"), b"half").unwrap();
    for (at, next) in [(None, 768), (Some(1_000), 512), (Some(0), 512)] {
        if let Some(at) = at {
            let path = waiting.join("2");
            let mut bytes =
                std::fs::read(&path).unwrap_or_else(|_| std::fs::read(waiting.join("1")).unwrap());
            bytes[at] ^= 1;
            std::fs::write(&path, bytes).unwrap();
        }
        let node = Follower::open(accepting(&folder), None).unwrap();
        Asking(&node).stands(409, source.size(), next).await;
        assert!(!waiting.join("3.new").exists());
    }
    let running = pushed_only(&folder);
    let asking = Asking(&running.node);
    assert_cosigned(&asking.entries(source.upload(512, 32)).await, &source);
}

/// Only the log can have signed two histories; it does not matter on which way they come.
#[actix_web::test]
async fn a_log_that_pushes_two_histories_is_refused() {
    let logs = tempfile::tempdir().unwrap();
    let (one, other, _) = fork(logs.path());
    let length = one.leaves.len();
    let (ours, theirs) = (Source::new(one.clone()), Source::new(other.clone()));

    // Another root at the pending size is proof; a longer one with a proof that does not hold is none.
    let folder = tempfile::tempdir().unwrap();
    let running = pushed_only(folder.path());
    let asking = Asking(&running.node);
    assert_eq!(asking.checkpoint(ours.checkpoint(0)).await.0, 200);
    let longer = AddCheckpoint {
        old: ours.size(),
        proof: vec![[7; 32]; 3],
        checkpoint: Note::parse(&other.note).unwrap(),
    };
    assert_eq!(asking.checkpoint(longer.to_string()).await.0, 422);
    asking.stands(409, ours.size(), 0).await;
    let same_size = other.at(length);
    let again = Source::new(same_size.clone());
    assert_eq!(asking.checkpoint(again.checkpoint(0)).await.0, 409);
    let (status, ..) = asking.entries(ours.upload(0, 1)).await;
    assert_eq!(status, 403, "nothing more is taken of it");
    let (wrong, _) = running.refused(folder.path(), &same_size.note);
    assert_eq!(wrong.kind(), "two_roots");

    // One history is fetched, the other one pushed: longer, and shorter.
    for (fetched, pushed) in [(one.clone(), theirs), (other, ours)] {
        let folder = tempfile::tempdir().unwrap();
        let config = accepting(folder.path());
        let running = Running::follow(Follower::open(config, Some(Box::new(fetched.clone()))).unwrap());
        running.wait_size(u64::try_from(fetched.leaves.len()).unwrap());
        let asking = Asking(&running.node);
        let (status, ..) = asking.checkpoint(pushed.checkpoint(0)).await;
        if status == 200 {
            asking.entries(pushed.upload(0, 9)).await;
        }
        let (wrong, verdict) = running.refused(folder.path(), &pushed.log.note);
        assert_eq!(wrong.kind(), "fork");
        assert!(matches!(verdict, Verdict::Proven(_)), "{verdict:?}");
    }
}

/// One history is announced and its entries are held back, while another one is served to whoever fetches: the node
/// need not have the entries to know two signed roots of one size, or a root that is no beginning of the other.
#[actix_web::test]
async fn a_history_that_is_only_announced_is_compared_with_the_fetched_one() {
    let logs = tempfile::tempdir().unwrap();
    let (one, other, common) = fork(logs.path());
    let announced = Source::new(one.clone());
    for (kind, fetched) in [("two_roots", other.at(one.leaves.len())), ("fork", other)] {
        let folder = tempfile::tempdir().unwrap();
        let tiles = Shown::new(one.at(common));
        let follower = Follower::open(accepting(folder.path()), Some(Box::new(tiles.clone()))).unwrap();
        let running = Running::follow(follower);
        running.wait_size(u64::try_from(common).unwrap());
        assert_eq!(Asking(&running.node).checkpoint(announced.checkpoint(0)).await.0, 200);
        running.wait("sound so far", |status| status.refusal.is_none());
        tiles.show(fetched.clone());
        let (wrong, verdict) = running.refused(folder.path(), &fetched.note);
        assert_eq!(wrong.kind(), kind);
        assert!(matches!(verdict, Verdict::Proven(_)), "{verdict:?}");
    }
}

/// A block that is proven to be in the signed tree and does not re-execute.
#[actix_web::test]
async fn a_bad_block_that_is_pushed_is_refused_with_evidence() {
    let home = tempfile::tempdir().unwrap();
    let operator = open(home.path()).unwrap();
    operator.append(entries(0..300)).unwrap();
    let mut leaves = MemoryLog::of(&operator).leaves;
    let replay = operator.view().store().replay().unwrap();
    let none = |_: &mut Vec<Entry>| {};
    leaves.extend(sealed(&replay, vec![fresh()], none, |body| body.state_root[0] ^= 1, 7));
    let bad = Source::new(MemoryLog::new(leaves));
    let folder = home.path().join("fx");
    let running = pushed_only(&folder);
    let asking = Asking(&running.node);
    assert_eq!(asking.checkpoint(bad.checkpoint(0)).await.0, 200);
    assert_eq!(asking.entries(bad.upload(0, 9)).await.0, 403);
    let (wrong, _) = running.refused(&folder, &bad.log.note);
    let Wrong::BadBlock { reason, .. } = &wrong else { unreachable!("{wrong:?}") };
    assert!(reason.contains("state root"), "{reason}");
}

/// A log that is fetched and pushed at once is one log.
#[test]
fn a_log_may_come_both_ways() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("fx");
    let address = free_address();
    let operator = pushing(home.path(), &format!("http://{address}"));
    let tiles = ViewTiles(operator.view().clone());
    let running = Running::follow(Follower::open(accepting(&folder), Some(Box::new(tiles))).unwrap());
    let _server = serve(address, &running);
    let _cosigning = crate::cosigning::start(&operator);
    for part in 0..40 {
        operator.append(entries(part * 60..part * 60 + 1 + part)).unwrap();
    }
    let view = operator.view();
    assert!(view.wait_final(view.published_size(), LONG), "{:?}", view.witnesses());
    let status = running.wait("idle", |status| status.phase == Phase::Following);
    assert_eq!(status.refusal, None);
    assert_same(&running.node, &operator);
}
