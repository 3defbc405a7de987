//! A receiver of webhooks: a real server on a port of its own, that answers as it is told.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

/// What a receiver answers.
#[derive(Debug, Clone)]
pub enum Reply {
    Status(u16),
    /// Elsewhere, by this status.
    Redirect(u16, String),
    /// Nothing, for so long.
    Silence(Duration),
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Arrived {
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Arrived {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    /// Whether one of the signatures is the one that the library of Standard Webhooks makes. Its verifier also looks at
    /// the machine's clock, which is not that of a test.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let seconds = self.header("webhook-timestamp").parse().unwrap();
        let signer = standardwebhooks::Webhook::new(secret).unwrap();
        let expected = signer.sign(self.id(), seconds, &self.body).unwrap();
        self.header("webhook-signature").split(' ').any(|one| one == expected)
    }
}

/// The server. It lives as long as the test process.
pub struct Receiver {
    pub port: u16,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
}

impl Receiver {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let receiver = Self { port, arrived: Arc::default(), replies: Arc::default() };
        let (arrived, replies) = (Arc::clone(&receiver.arrived), Arc::clone(&receiver.replies));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (arrived, replies) = (Arc::clone(&arrived), Arc::clone(&replies));
                std::thread::spawn(move || serve(stream.unwrap(), &arrived, &replies));
            }
        });
        receiver
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    /// The answers to come; after them 204.
    pub fn then(&self, replies: impl IntoIterator<Item = Reply>) {
        self.replies.lock().unwrap().extend(replies);
    }

    /// What arrived since the last time.
    pub fn take(&self) -> Vec<Arrived> {
        std::mem::take(&mut *self.arrived.lock().unwrap())
    }
}

fn serve(stream: TcpStream, arrived: &Mutex<Vec<Arrived>>, replies: &Mutex<VecDeque<Reply>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    // A connection without a request, such as a handshake of TLS, is none.
    if reader.read_line(&mut line).is_err() || !line.starts_with("POST ") {
        return;
    }
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").unwrap().1.parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    arrived.lock().unwrap().push(Arrived { headers, body });
    let reply = replies.lock().unwrap().pop_front().unwrap_or(Reply::Status(204));
    let mut stream = stream;
    // Whoever was silent for too long has nobody to answer any more.
    let _ = match reply {
        Reply::Status(204) => write!(stream, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"),
        Reply::Status(status) => {
            write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbusy")
        }
        Reply::Redirect(status, place) => {
            let head = format!("HTTP/1.1 {status} X\r\nLocation: {place}\r\n");
            write!(stream, "{head}Content-Length: 0\r\nConnection: close\r\n\r\n")
        }
        Reply::Silence(time) => {
            std::thread::sleep(time);
            Ok(())
        }
    };
}
