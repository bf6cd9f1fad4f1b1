//! One request and its answer, watched from outside: it can be cancelled, and it ends when nothing arrives any more.
//!
//! A thread of its own talks to the network and hands over what arrives; the caller waits here, a tick at a time.
//! Whoever gives up only drops the receiving end, and the thread ends with its next message or its time limit.

use std::io::{self, Read};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SendError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use ureq::http::{HeaderMap, Request};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Timeout};

/// Time between two looks at the cancel flag.
const TICK: Duration = Duration::from_millis(100);

/// An exchange in which nothing arrives for so long is given up.
const STALL: Duration = Duration::from_secs(60);

/// Time for the connection itself.
const CONNECT: Duration = Duration::from_secs(10);

/// Bytes per message from the network's thread.
const CHUNK: usize = 256 << 10;

/// An answer whose body is still to come.
pub(super) struct Reply {
    pub(super) status: u16,
    headers: HeaderMap,
    body: Receiver<Message>,
}

/// How an exchange ends without an answer, or in the middle of one.
pub(super) enum Failure {
    Cancelled,
    /// Nothing arrived for so long.
    Stalled(Duration),
    Unreachable(String),
    BrokenOff(String),
}

enum Message {
    Head(u16, HeaderMap),
    Chunk(Vec<u8>),
    End,
    Failed(ureq::Error),
    Cut(io::Error),
}

/// Sends a request and waits for the head of its answer.
pub(super) fn send(request: Request<()>, cancel: &AtomicBool) -> Result<Reply, Failure> {
    let (to, body) = sync_channel(4);
    std::thread::Builder::new()
        .name("lamascope-hub".into())
        .spawn(move || drop(transfer(request, &to)))
        .map_err(|error| Failure::Unreachable(error.to_string()))?;
    match wait(&body, cancel)? {
        Message::Head(status, headers) => Ok(Reply {
            status,
            headers,
            body,
        }),
        Message::Failed(ureq::Error::Timeout(Timeout::Connect)) => Err(Failure::Stalled(CONNECT)),
        Message::Failed(ureq::Error::Timeout(_)) => Err(Failure::Stalled(STALL)),
        Message::Failed(error) => Err(Failure::Unreachable(innermost(&error))),
        Message::Cut(_) | Message::Chunk(_) | Message::End => Err(ended()),
    }
}

/// Waits, unless cancelled.
pub(super) fn sleep(time: Duration, cancel: &AtomicBool) -> Result<(), Failure> {
    let until = Instant::now() + time;
    loop {
        if cancel.load(Ordering::Relaxed) {
            return Err(Failure::Cancelled);
        }
        match until.checked_duration_since(Instant::now()) {
            Some(left) if !left.is_zero() => std::thread::sleep(left.min(TICK)),
            _ => return Ok(()),
        }
    }
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether it holds the part of a file that was asked for, not the whole.
    pub(super) fn is_partial(&self) -> bool {
        self.status == 206
    }

    pub(super) fn is_redirect(&self) -> bool {
        (300..400).contains(&self.status)
    }

    /// Whether it is meant for people: a login page, or a proxy's regrets.
    pub(super) fn is_page(&self) -> bool {
        let kind = self.header("content-type");
        kind.is_some_and(|kind| kind.starts_with("text/html"))
    }

    /// How long to wait before asking again. Dates, which the hub does not send, are not read.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        let seconds = self.header("retry-after")?.parse().ok()?;
        Some(Duration::from_secs(seconds))
    }

    /// The next bytes of the body, `None` at its end.
    pub(super) fn chunk(&mut self, cancel: &AtomicBool) -> Result<Option<Vec<u8>>, Failure> {
        match wait(&self.body, cancel)? {
            Message::Chunk(chunk) => Ok(Some(chunk)),
            Message::End => Ok(None),
            Message::Cut(error) => Err(Failure::BrokenOff(innermost(&error))),
            Message::Failed(_) | Message::Head(..) => Err(ended()),
        }
    }
}

fn wait(inbox: &Receiver<Message>, cancel: &AtomicBool) -> Result<Message, Failure> {
    let since = Instant::now();
    loop {
        if cancel.load(Ordering::Relaxed) {
            return Err(Failure::Cancelled);
        }
        match inbox.recv_timeout(TICK) {
            Ok(message) => return Ok(message),
            Err(RecvTimeoutError::Disconnected) => return Err(ended()),
            Err(RecvTimeoutError::Timeout) if since.elapsed() > STALL => {
                return Err(Failure::Stalled(STALL));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

fn ended() -> Failure {
    Failure::BrokenOff("the transfer ended".to_owned())
}

/// Talks to the network. A failing send means that nobody waits any more.
fn transfer(request: Request<()>, to: &SyncSender<Message>) -> Result<(), SendError<Message>> {
    let reply = match agent().run(request) {
        Ok(reply) => reply,
        Err(error) => return to.send(Message::Failed(error)),
    };
    let (head, body) = reply.into_parts();
    to.send(Message::Head(head.status.as_u16(), head.headers))?;
    let mut body = body.into_reader();
    loop {
        let mut chunk = vec![0; CHUNK];
        match body.read(&mut chunk) {
            Ok(0) => return to.send(Message::End),
            Ok(read) => {
                chunk.truncate(read);
                to.send(Message::Chunk(chunk))?;
            }
            Err(error) => return to.send(Message::Cut(error)),
        }
    }
}

/// Connections and certificates, once per process. Redirects and statuses are the caller's.
fn agent() -> &'static Agent {
    static AGENT: OnceLock<Agent> = OnceLock::new();
    AGENT.get_or_init(|| {
        // The system's certificates: a proxy that reads along brings its own.
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
        Agent::config_builder()
            .tls_config(tls.build())
            .max_redirects(0)
            .http_status_as_error(false)
            .accept_encoding("identity")
            .user_agent(concat!("lamascope/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT))
            .timeout_per_read(Some(STALL))
            .timeout_per_write(Some(STALL))
            .build()
            .new_agent()
    })
}

/// The first cause, which names what happened; the outer layers name the address again.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    let text = error.to_string();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
