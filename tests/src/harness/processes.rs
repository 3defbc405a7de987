//! The built programs as child processes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A server that is not ready by then never will be.
const START_LIMIT: Duration = Duration::from_secs(300);

/// A built program: beside the folder in which cargo puts the test executables.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.ancestors().nth(2).unwrap().join(name);
    assert!(path.exists(), "{} is not built: cargo build -p {name}", path.display());
    path
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Finished {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Finished {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub fn all(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }

    #[track_caller]
    pub fn ok(self) -> Self {
        self.code_is(0)
    }

    #[track_caller]
    pub fn code_is(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.all());
        self
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.all()))
    }
}

/// A running `credit-api serve` or `node follow`, killed when it goes out of scope.
pub struct Server {
    child: Child,
    pub base: String,
    log: PathBuf,
    /// Where it says that it is ready.
    readiness: &'static str,
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Answer {
    fn of(answer: ureq::http::Response<ureq::Body>) -> Self {
        Self::try_of(answer).unwrap()
    }

    /// Fails where the other side went away in the middle of the body.
    fn try_of(mut answer: ureq::http::Response<ureq::Body>) -> Result<Self, ureq::Error> {
        let header = |(name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        Ok(Self {
            status: answer.status().as_u16(),
            headers: answer.headers().iter().map(header).collect(),
            body: answer.body_mut().read_to_string()?,
        })
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Server {
    /// Starts `command` and waits until `/readyz` answers 200.
    pub fn start(command: Command, listen: &str, log: &Path) -> Self {
        Self::start_with(command, listen, log, "/readyz")
    }

    /// Starts `command` and waits until this path answers 200.
    pub fn start_with(mut command: Command, listen: &str, log: &Path, readiness: &'static str) -> Self {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let mut server = Self { child, base: format!("http://{listen}"), log: log.to_owned(), readiness };
        let since = Instant::now();
        while !server.ready() {
            let ended = server.child.try_wait().unwrap();
            let late = since.elapsed() > START_LIMIT;
            assert!(ended.is_none() && !late, "not ready ({ended:?}):\n{}", server.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub fn ready(&self) -> bool {
        agent()
            .get(format!("{}{}", self.base, self.readiness))
            .call()
            .is_ok_and(|answer| answer.status() == 200)
    }

    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = agent().get(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request.call().unwrap_or_else(|error| panic!("GET {path}: {error}\n{}", self.log())))
    }

    /// `None`: there was no answer, as from a process that was killed meanwhile.
    pub fn try_get(&self, path: &str, headers: &[(&str, &str)]) -> Option<Answer> {
        let mut request = agent().get(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.call().and_then(Answer::try_of).ok()
    }

    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = agent().post(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request.send(body).unwrap_or_else(|error| panic!("POST {path}: {error}\n{}", self.log())))
    }

    /// SIGSTOP: it stands still where it is, in the middle of whatever it does.
    pub fn pause(&self) {
        self.signal(rustix::process::Signal::STOP);
    }

    /// SIGCONT: it goes on and does not know that time has passed.
    pub fn wake(&self) {
        self.signal(rustix::process::Signal::CONT);
    }

    /// SIGKILL, while others still ask it.
    pub fn kill_now(&self) {
        self.signal(rustix::process::Signal::KILL);
    }

    fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).unwrap();
    }

    /// What `/readyz` says, whatever its status.
    pub fn readiness(&self) -> serde_json::Value {
        self.get(self.readiness, &[]).json()
    }

    /// Asks again until the answer is right.
    #[track_caller]
    pub fn wait_until(&self, what: &str, limit: Duration, is_right: impl Fn(&serde_json::Value) -> bool) {
        let since = Instant::now();
        loop {
            let found = self.readiness();
            if is_right(&found) {
                return;
            }
            assert!(since.elapsed() < limit, "never {what}: {found}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// SIGKILL: nothing gets the chance to tidy up.
    pub fn kill(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        // Both fail only when the process has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Answers of every status are answers; only a broken connection is an error.
fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(300)))
        .build()
        .into()
}

/// Runs a command and kills it after `delay` unless it has ended. `None`: killed.
pub fn run_or_kill(mut command: Command, delay: Duration) -> Option<Finished> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let since = Instant::now();
    while since.elapsed() < delay {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(Finished { code: status.code(), stdout: String::new(), stderr: String::new() });
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    None
}
