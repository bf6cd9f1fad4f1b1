//! Downloads from a small hub on this machine that misbehaves on request.
//!
//! The hub is told by environment variables, which belong to a process: every fetch runs in a
//! child process, which is this test binary with only `child` asked for.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use lamascope::hub::{self, Repo};
use sha2::{Digest, Sha256};

const CONTENT: &[u8] = b"some weights, not very many of them";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn sha256() -> String {
    let hash = Sha256::digest(CONTENT);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Fetches what the environment names; the parent reads the last line.
#[test]
#[ignore = "run by the other tests, as a child process"]
fn child() {
    let repo = Repo::model(std::env::var("TEST_REPO").unwrap());
    let never = AtomicBool::new(false);
    let result = match std::env::var("TEST_FILE") {
        Ok(file) => hub::fetch(&repo, &file, &|_, _| {}, &never).map(|p| p.display().to_string()),
        Err(_) => hub::list(&repo, &never).map(|files| files.join(" ")),
    };
    match result {
        Ok(value) => println!("\nok: {value}"),
        Err(error) => println!("\nerror: {error}"),
    }
}

/// A hub and a cache of its own.
struct Setup {
    endpoint: String,
    folder: tempfile::TempDir,
    /// How often each file was sent.
    sent: Arc<Mutex<HashMap<String, usize>>>,
}

impl Setup {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let sent: Arc<Mutex<HashMap<String, usize>>> = Arc::default();
        let counts = Arc::clone(&sent);
        // The thread ends with the test process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counts = Arc::clone(&counts);
                std::thread::spawn(move || serve(stream, &counts));
            }
        });
        Setup {
            endpoint,
            folder: tempfile::tempdir().unwrap(),
            sent,
        }
    }

    /// Runs `child`; the result is its last line.
    fn ask(&self, repo: &str, file: Option<&str>, extra: &[(&str, &str)]) -> String {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["child", "--exact", "--ignored", "--nocapture"]);
        command.env("HF_ENDPOINT", &self.endpoint);
        command.env("HF_HOME", self.folder.path().join("hf"));
        command.env("XDG_CACHE_HOME", self.folder.path().join("cache"));
        command.env("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1");
        command.env("TEST_REPO", repo);
        for name in [
            "HF_HUB_CACHE",
            "HF_HUB_OFFLINE",
            "HUGGINGFACE_HUB_CACHE",
            "TEST_FILE",
        ] {
            command.env_remove(name);
        }
        command.envs(file.map(|file| ("TEST_FILE", file)));
        command.envs(extra.iter().copied());
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut lines = text.lines();
        let line = lines.find(|l| l.starts_with("ok: ") || l.starts_with("error: "));
        line.unwrap_or_else(|| panic!("{output:?}")).to_owned()
    }

    fn fetch(&self, file: &str) -> String {
        self.ask("owner/name", Some(file), &[])
    }

    fn sent(&self, file: &str) -> usize {
        self.sent.lock().unwrap().get(file).copied().unwrap_or(0)
    }

    fn blob(&self) -> PathBuf {
        let hub = self.folder.path().join("hf/hub");
        hub.join("models--owner--name/blobs").join(sha256())
    }
}

#[track_caller]
fn good(line: &str) {
    let path = line
        .strip_prefix("ok: ")
        .unwrap_or_else(|| panic!("{line}"));
    assert_eq!(fs::read(path).unwrap(), CONTENT);
}

#[track_caller]
fn refused(line: &str, parts: &[&str]) {
    assert!(line.starts_with("error: "), "{line}");
    for part in parts {
        assert!(line.contains(part), "no {part:?} in: {line}");
    }
}

/// Answers one request, as the name of the repository or file asks.
fn serve(stream: TcpStream, sent: &Mutex<HashMap<String, usize>>) {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let header = |name: &str| {
        let mut headers = lines.iter().filter_map(|line| line.split_once(": "));
        let found = headers.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.to_owned())
    };
    let length = header("content-length").map_or(0, |l| l.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body = String::from_utf8(body).unwrap();
    let mut request = lines[0].split(' ');
    let (method, target) = (request.next().unwrap(), request.next().unwrap());
    let mut stream = reader.into_inner();
    let mut reply = |status: &str, headers: &str, length: usize, body: &[u8]| {
        let head = format!(
            "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
        );
        // A client that has gone away is no concern of the hub.
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(body);
    };

    if target.contains("gated/") {
        return reply("403 Forbidden", "X-Error-Code: GatedRepo\r\n", 0, b"");
    }
    if target.contains("nobody/") {
        return reply("401 Unauthorized", "X-Error-Code: RepoNotFound\r\n", 0, b"");
    }
    if target.contains("busy/") {
        return reply("429 Too Many Requests", "Retry-After: 120\r\n", 0, b"");
    }
    let entry = |path: &str| {
        format!(
            r#"{{"type": "file", "path": "{path}", "size": {}, "oid": "x"}}"#,
            CONTENT.len()
        )
    };
    if target.contains("/tree/") {
        let files = format!("[{}, {}]", entry("a.bin"), entry("b/c.bin"));
        return reply(
            "200 OK",
            "Content-Type: application/json\r\n",
            files.len(),
            files.as_bytes(),
        );
    }
    if target.contains("/paths-info/") {
        let asked: serde_json::Value = serde_json::from_str(&body).unwrap();
        let file = asked["paths"][0].as_str().unwrap();
        let found = if file == "none.bin" {
            String::new()
        } else {
            entry(file)
        };
        let found = format!("[{found}]");
        return reply(
            "200 OK",
            "Content-Type: application/json\r\n",
            found.len(),
            found.as_bytes(),
        );
    }

    let file = target.rsplit('/').next().unwrap().to_owned();
    let etag = format!("\"{}\"", sha256());
    let headers = format!("ETag: {etag}\r\nX-Repo-Commit: {COMMIT}\r\n");
    if method == "HEAD" {
        return match header("if-none-match") {
            Some(known) if known == etag => reply("304 Not Modified", &headers, 0, b""),
            _ => reply("200 OK", &headers, CONTENT.len(), b""),
        };
    }
    let times = {
        let mut sent = sent.lock().unwrap();
        let times = sent.entry(file.clone()).or_default();
        *times += 1;
        *times
    };
    let wrong = vec![b'x'; CONTENT.len()];
    match (file.as_str(), times) {
        ("page.bin", _) => reply("403 Forbidden", "", 5, b"no no"),
        ("wrong.bin", _) | ("once.bin", 1) => reply("200 OK", &headers, wrong.len(), &wrong),
        ("cut.bin", _) | ("cut-once.bin", 1) => {
            reply("200 OK", &headers, CONTENT.len(), &CONTENT[..9]);
        }
        _ => reply("200 OK", &headers, CONTENT.len(), CONTENT),
    }
}

#[test]
fn a_file_is_downloaded_once() {
    let hub = Setup::new();
    good(&hub.fetch("a.bin"));
    good(&hub.fetch("a.bin"));
    assert_eq!(hub.sent("a.bin"), 1);
}

#[test]
fn damaged_files_are_deleted_and_fetched_once_more() {
    let hub = Setup::new();
    good(&hub.fetch("once.bin"));
    assert_eq!(hub.sent("once.bin"), 2);

    let hub = Setup::new();
    good(&hub.fetch("cut-once.bin"));

    let hub = Setup::new();
    refused(
        &hub.fetch("wrong.bin"),
        &["owner/name", "wrong.bin", "SHA-256", "try again"],
    );
    assert_eq!(hub.sent("wrong.bin"), 2);
    assert!(!hub.blob().exists());
    // An error page in place of the file, which the transfer does not notice.
    refused(
        &hub.fetch("page.bin"),
        &["page.bin", "5 bytes instead of 35"],
    );
    assert!(!hub.blob().exists());
    refused(&hub.fetch("cut.bin"), &["cut.bin", "broke off"]);
    assert!(!hub.blob().exists());
}

#[test]
fn a_cached_file_that_has_changed_is_fetched_again() {
    let hub = Setup::new();
    good(&hub.fetch("a.bin"));
    fs::write(hub.blob(), vec![b'y'; CONTENT.len()]).unwrap();
    good(&hub.fetch("a.bin"));
    assert_eq!(hub.sent("a.bin"), 2);

    fs::write(hub.blob(), b"short").unwrap();
    let offline = hub.ask("owner/name", Some("a.bin"), &[("HF_HUB_OFFLINE", "1")]);
    refused(&offline, &["a.bin", "damaged"]);
    assert!(!hub.blob().exists());
}

#[test]
fn without_a_network_the_cache_serves() {
    let hub = Setup::new();
    good(&hub.fetch("a.bin"));
    let list = hub.ask("owner/name", None, &[]);
    assert_eq!(list, "ok: a.bin b/c.bin");
    let nowhere = [("HF_ENDPOINT", "http://127.0.0.1:9")];
    for extra in [
        [("HF_HUB_OFFLINE", "1")],
        [("HF_HUB_OFFLINE", "true")],
        nowhere,
    ] {
        good(&hub.ask("owner/name", Some("a.bin"), &extra));
    }
    let offline = [("HF_HUB_OFFLINE", "1")];
    assert_eq!(hub.ask("owner/name", None, &offline), list);
    refused(
        &hub.ask("owner/name", Some("b.bin"), &offline),
        &["b.bin", "HF_HUB_OFFLINE"],
    );
    refused(
        &hub.ask("owner/other", None, &offline),
        &["owner/other", "HF_HUB_OFFLINE"],
    );
    let unreachable = hub.ask("owner/name", Some("b.bin"), &nowhere);
    refused(
        &unreachable,
        &["owner/name", "cannot be reached", "check the network"],
    );
}

#[test]
fn refusals_are_told_apart() {
    let hub = Setup::new();
    refused(&hub.fetch("none.bin"), &["owner/name", "no file none.bin"]);
    let gated = hub.ask("gated/model", Some("a.bin"), &[]);
    refused(
        &gated,
        &[
            "gated/model",
            "terms",
            "huggingface.co/gated/model",
            "HF_TOKEN",
        ],
    );
    let nobody = hub.ask("nobody/none", Some("a.bin"), &[]);
    refused(&nobody, &["nobody/none", "no such repository"]);
    refused(
        &hub.ask("nobody/none", None, &[]),
        &["nobody/none", "no such repository"],
    );
    let busy = hub.ask("busy/model", Some("a.bin"), &[]);
    refused(&busy, &["busy/model", "for 120 s", "HF_TOKEN"]);
}
