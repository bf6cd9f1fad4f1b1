//! Downloads from a small hub on this machine that misbehaves on request.
//!
//! The hub is told by environment variables, which belong to a process: every fetch runs in a
//! child process, which is this test binary with only `child` asked for.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
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
    let cancel = AtomicBool::new(false);
    let progress = |done, total| {
        println!("\nprogress: {done} of {total}");
        if std::env::var_os("TEST_CANCEL").is_some() {
            cancel.store(true, Ordering::Relaxed);
        }
    };
    let result = match std::env::var("TEST_FILE") {
        Ok(file) => hub::fetch(&repo, &file, &progress, &cancel).map(|p| p.display().to_string()),
        Err(_) => hub::list(&repo, &cancel).map(|files| files.join(" ")),
    };
    match result {
        Ok(value) => println!("\nok: {value}"),
        Err(error) => println!("\nerror: {error}"),
    }
}

/// What has been asked of a hub.
#[derive(Default)]
struct Seen {
    /// How often each file was sent.
    sent: HashMap<String, usize>,
    /// The heads of all requests.
    requests: Vec<String>,
}

/// A hub and a cache of its own, and a stranger to whom the hub leads.
struct Setup {
    endpoint: String,
    folder: tempfile::TempDir,
    seen: Arc<Mutex<Seen>>,
    strange: Arc<Mutex<Seen>>,
}

/// Serves on a port of its own; the thread ends with the test process.
fn listen(stranger: &str) -> (String, Arc<Mutex<Seen>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let seen: Arc<Mutex<Seen>> = Arc::default();
    let (shared, stranger) = (Arc::clone(&seen), stranger.to_owned());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (seen, stranger) = (Arc::clone(&shared), stranger.clone());
            std::thread::spawn(move || serve(stream, &seen, &stranger));
        }
    });
    (endpoint, seen)
}

impl Setup {
    fn new() -> Self {
        let (stranger, strange) = listen("");
        let (endpoint, seen) = listen(&stranger);
        Setup {
            endpoint,
            folder: tempfile::tempdir().unwrap(),
            seen,
            strange,
        }
    }

    /// A program with this hub and cache.
    fn at_home(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        for name in [
            "HF_HUB_CACHE",
            "HF_HUB_OFFLINE",
            "HF_TOKEN",
            "HF_TOKEN_PATH",
            "HF_HUB_DISABLE_IMPLICIT_TOKEN",
            "HUGGINGFACE_HUB_CACHE",
            "TEST_CANCEL",
            "TEST_FILE",
            "http_proxy",
            "HTTP_PROXY",
            "all_proxy",
            "ALL_PROXY",
        ] {
            command.env_remove(name);
        }
        command.env("HF_ENDPOINT", &self.endpoint);
        command.env("HF_HOME", self.folder.path().join("hf"));
        command.env("XDG_CACHE_HOME", self.folder.path().join("cache"));
        command.env("XDG_CONFIG_HOME", self.folder.path().join("config"));
        command
    }

    /// `child`, with this hub and cache.
    fn command(&self, repo: &str, file: Option<&str>, extra: &[(&str, &str)]) -> Command {
        let mut command = self.at_home(std::env::current_exe().unwrap());
        command.args(["child", "--exact", "--ignored", "--nocapture"]);
        command.env("TEST_REPO", repo);
        command.envs(file.map(|file| ("TEST_FILE", file)));
        command.envs(extra.iter().copied());
        command
    }

    /// Runs `child`; the result is its last line.
    fn ask(&self, repo: &str, file: Option<&str>, extra: &[(&str, &str)]) -> String {
        result(&self.command(repo, file, extra).output().unwrap())
    }

    fn fetch(&self, file: &str) -> String {
        self.ask("owner/name", Some(file), &[])
    }

    fn sent(&self, file: &str) -> usize {
        let seen = self.seen.lock().unwrap();
        seen.sent.get(file).copied().unwrap_or(0)
    }

    fn hub(&self) -> PathBuf {
        self.folder.path().join("hf/hub")
    }

    fn blob(&self) -> PathBuf {
        self.hub().join("models--owner--name/blobs").join(sha256())
    }

    fn partial(&self) -> PathBuf {
        self.blob().with_extension("incomplete")
    }
}

/// The line of a finished child that says what came of it.
fn result(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut lines = text.lines();
    let line = lines.find(|l| l.starts_with("ok: ") || l.starts_with("error: "));
    line.unwrap_or_else(|| panic!("{output:?}")).to_owned()
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
fn serve(stream: TcpStream, seen: &Mutex<Seen>, stranger: &str) {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    let mut request = head.split(' ');
    let (method, target) = (request.next().unwrap(), request.next().unwrap());
    let range = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("range").then(|| value.trim())
    });
    let file = target.rsplit('/').next().unwrap().to_owned();
    let times = {
        let mut seen = seen.lock().unwrap();
        seen.requests.push(head.clone());
        let times = seen.sent.entry(file.clone()).or_default();
        *times += usize::from(method == "GET");
        *times
    };
    let mut stream = reader.into_inner();
    // A client that has gone away is no concern of the hub.
    let mut send = |bytes: &[u8]| stream.write_all(bytes).is_ok();
    let mut answer = |status: &str, headers: &str, body: &[u8]| {
        let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n");
        send(head.as_bytes());
        send(body);
    };
    let mut reply = |status: &str, headers: &str, length: usize, body: &[u8]| {
        answer(
            status,
            &format!("Content-Length: {length}\r\n{headers}"),
            body,
        );
    };
    let page = b"<html><p>Please log in";
    let html = "Content-Type: text/html; charset=utf-8\r\n";

    if target.contains("gated/") {
        return reply("403 Forbidden", "X-Error-Code: GatedRepo\r\n", 0, b"");
    }
    // What strangers without a token are told of a gated repository.
    if target.contains("locked/") {
        return reply("401 Unauthorized", "X-Error-Code: GatedRepo\r\n", 0, b"");
    }
    if target.contains("expired/") {
        return reply("401 Unauthorized", "", 0, b"");
    }
    if target.contains("nobody/") {
        return reply("401 Unauthorized", "X-Error-Code: RepoNotFound\r\n", 0, b"");
    }
    if target.contains("forbidden/") {
        return reply("403 Forbidden", "", 5, b"no no");
    }
    if target.contains("busy/") {
        return reply("429 Too Many Requests", "Retry-After: 120\r\n", 0, b"");
    }
    if target.contains("portal/") {
        return reply("200 OK", html, page.len(), page);
    }
    if let Some((repo, rest)) = target.split_once("/tree/") {
        let list = |paths: &[&str]| {
            let entry = |path: &&str| serde_json::json!({"type": "file", "path": path});
            let folder = serde_json::json!({"type": "directory", "path": "b"});
            let entries: Vec<_> = paths.iter().map(entry).chain([folder]).collect();
            serde_json::to_string(&entries).unwrap()
        };
        let long = "x".repeat(300);
        let files = match (repo.rsplit('/').next().unwrap(), rest.contains("cursor")) {
            ("up", _) => list(&["a.bin", "../../train/x.parquet"]),
            ("absolute", _) => list(&["/etc/train/x.parquet"]),
            ("control", _) => list(&["a\nb\u{1b}[2J\u{202e}.bin"]),
            ("long", _) => list(&[&long]),
            (_, true) => list(&["d.bin"]),
            _ => list(&["a.bin", "b/c.bin"]),
        };
        let own = "/api/models/lists/pages/tree/main?recursive=true&cursor=2".to_owned();
        let next = match repo.rsplit('/').next().unwrap() {
            "pages" if !rest.contains("cursor") => own,
            "circle" => target.to_owned(),
            "elsewhere" => format!("{stranger}{target}"),
            _ => String::new(),
        };
        let link = match next.as_str() {
            "" => String::new(),
            next => format!("Link: </x>; rel=\"prev\", <{next}>; rel=\"next\"\r\n"),
        };
        let headers = format!("Content-Type: application/json\r\n{link}");
        return reply("200 OK", &headers, files.len(), files.as_bytes());
    }

    let tokenizer = include_bytes!("fixtures/tiny-llama/tokenizer.json");
    if file == "tokenizer.json" {
        let named = format!("ETag: \"c0ffee\"\r\nX-Repo-Commit: {COMMIT}\r\n");
        let body: &[u8] = if method == "GET" { tokenizer } else { b"" };
        return reply("200 OK", &named, tokenizer.len(), body);
    }
    let etag = match file.as_str() {
        "etag.bin" => "../../../../../canary".to_owned(),
        "dots.bin" => "..".to_owned(),
        "small.json" => "c0ffee".to_owned(),
        _ => sha256(),
    };
    let commit = match file.as_str() {
        "commit.bin" => "../../../../..",
        _ => COMMIT,
    };
    let named = format!("ETag: \"{etag}\"\r\nX-Repo-Commit: {commit}\r\n");
    let length = CONTENT.len();
    match (method, file.as_str()) {
        ("HEAD", "none.bin") => {
            return reply("404 Not Found", "X-Error-Code: EntryNotFound\r\n", 0, b"");
        }
        ("HEAD", "linked.bin") => {
            let headers = format!(
                "Location: {stranger}/cdn/linked.bin\r\nX-Linked-Etag: \"{etag}\"\r\nX-Linked-Size: {length}\r\nX-Repo-Commit: {commit}\r\n"
            );
            return reply("302 Found", &headers, 0, b"");
        }
        (_, "moved.bin") if !target.contains("/now/") => {
            return reply(
                "307 Temporary Redirect",
                "Location: /owner/now/resolve/main/moved.bin\r\n",
                0,
                b"",
            );
        }
        ("HEAD", "local.bin") => {
            return reply("302 Found", "Location: file:///etc/passwd\r\n", 0, b"");
        }
        ("HEAD", "round.bin") => return reply("302 Found", "Location: round.bin\r\n", 0, b""),
        ("HEAD", _) => return reply("200 OK", &named, length, b""),
        _ => {}
    }
    let part = |start: usize, end: usize| {
        let range = format!("Content-Range: bytes {start}-{}/{length}\r\n", length - 1);
        (format!("{named}{range}"), &CONTENT[start..end])
    };
    let start = range.map(|range| {
        let start = range
            .strip_prefix("bytes=")
            .and_then(|range| range.strip_suffix('-'));
        start.unwrap().parse::<usize>().unwrap()
    });
    let wrong = vec![b'x'; length];
    match (file.as_str(), times, start) {
        ("linked.bin", _, _) if !stranger.is_empty() => {
            let to = format!("Location: {stranger}/cdn/linked.bin\r\n");
            reply("302 Found", &to, 0, b"");
        }
        ("page.bin", ..) => reply("403 Forbidden", "", 5, b"no no"),
        ("login.bin", ..) => reply("200 OK", html, page.len(), page),
        ("small.json", ..) => reply("200 OK", &named, 5, b"no no"),
        ("wrong.bin", ..) | ("once.bin", 1, _) => reply("200 OK", &named, length, &wrong),
        ("cut.bin", ..) | ("cut-once.bin", 1, _) => reply("200 OK", &named, length, &CONTENT[..9]),
        ("throttled.bin", 1, _) => reply("429 Too Many Requests", "Retry-After: 0\r\n", 0, b""),
        ("down.bin", 1, _) => reply("503 Service Unavailable", "Retry-After: 0\r\n", 0, b""),
        // In pieces, and for the first three requests without getting on.
        ("late.bin", 1..=4, None) => reply("200 OK", &named, length, &CONTENT[..9]),
        ("late.bin", 1..=4, Some(start)) => {
            let (headers, _) = part(start, start);
            reply("206 Partial Content", &headers, length - start, b"");
        }
        ("other-part.bin", _, Some(_)) => {
            let (headers, body) = part(3, length);
            reply("206 Partial Content", &headers, body.len(), body);
        }
        ("late.bin", _, Some(start)) => {
            let (headers, body) = part(start, length);
            reply("206 Partial Content", &headers, body.len(), body);
        }
        ("other-part.bin", 1, None) => reply("200 OK", &named, length, &CONTENT[..9]),
        ("endless.bin", ..) => {
            answer("200 OK", &named, b"");
            while send(&[b'x'; 4096]) {}
        }
        ("silent.bin", ..) => {
            reply("200 OK", &named, length, &CONTENT[..9]);
            // Until the client goes away.
            let _ = stream.read(&mut [0]);
        }
        _ => reply("200 OK", &named, length, CONTENT),
    }
}

/// The configuration tells which layers have a window; weights and chat templates are left where they are.
#[test]
fn a_mask_fetches_neither_weights_nor_chat_templates() {
    let hub = Setup::new();
    let mut mask = hub.at_home(assert_cmd::cargo::cargo_bin!("lamascope"));
    mask.args(["mask", "--model", "owner/name", "--few-shot", "0"]);
    let output = mask.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let seen = hub.seen.lock().unwrap();
    let file = |name: &str| format!("/owner/name/resolve/main/{name} ");
    let first = ["HEAD", "GET"].map(|method| format!("{method} {}", file("tokenizer.json")));
    for (request, expected) in seen.requests.iter().zip(&first) {
        assert!(request.starts_with(expected), "{request}");
    }
    // Here the repository is said to hold an adapter, which is all that its configuration is asked for.
    let others = [
        "model.safetensors",
        "tokenizer_config.json",
        "chat_template.jinja",
    ]
    .map(file);
    let asked = |other: &String| seen.requests.iter().any(|request| request.contains(other));
    assert!(
        seen.requests.len() > first.len() && !others.iter().any(asked),
        "{:?}",
        seen.requests
    );
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
    refused(
        &hub.fetch("small.json"),
        &["small.json", "5 bytes instead of 35"],
    );
    refused(&hub.fetch("page.bin"), &["access denied", "403"]);
    assert!(!hub.blob().exists());
    refused(
        &hub.fetch("cut.bin"),
        &["cut.bin", "broke off", "try again"],
    );
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
    for repo in ["gated/model", "locked/model"] {
        let page = format!("huggingface.co/{repo}");
        let says = [repo, "is gated", "terms", &page, "HF_TOKEN"];
        refused(&hub.ask(repo, Some("a.bin"), &[]), &says);
        refused(&hub.ask(repo, None, &[]), &says);
    }
    let expired = hub.ask("expired/model", Some("a.bin"), &[("HF_TOKEN", "hf_old")]);
    refused(&expired, &["expired/model", "a valid token", "HF_TOKEN"]);
    let nobody = hub.ask("nobody/none", Some("a.bin"), &[]);
    refused(&nobody, &["nobody/none", "no such repository"]);
    refused(
        &hub.ask("nobody/none", None, &[]),
        &["nobody/none", "no such repository"],
    );
    let busy = hub.ask("busy/model", Some("a.bin"), &[]);
    refused(&busy, &["busy/model", "for 120 s", "HF_TOKEN"]);
}

#[test]
fn a_download_goes_on_where_it_broke_off() {
    let hub = Setup::new();
    refused(&hub.fetch("late.bin"), &["late.bin", "broke off"]);
    assert_eq!(fs::read(hub.partial()).unwrap(), &CONTENT[..9]);
    good(&hub.fetch("late.bin"));
    assert!(!hub.partial().exists());
    let seen = hub.seen.lock().unwrap();
    let ranges = seen
        .requests
        .iter()
        .filter(|head| head.contains("bytes=9-"));
    assert_eq!(ranges.count(), 4);
    drop(seen);

    // A part that was not asked for is not put behind the one that is there.
    let hub = Setup::new();
    good(&hub.fetch("other-part.bin"));
    // A start that belongs to something else shows in the hash.
    let hub = Setup::new();
    fs::create_dir_all(hub.blob().parent().unwrap()).unwrap();
    fs::write(hub.partial(), [b'z'; 9]).unwrap();
    good(&hub.fetch("resumed.bin"));
    fs::remove_file(hub.blob()).unwrap();
    fs::write(hub.partial(), vec![b'z'; 99]).unwrap();
    good(&hub.fetch("a.bin"));
}

#[test]
fn a_hub_that_asks_to_wait_is_asked_again() {
    for file in ["down.bin", "throttled.bin"] {
        let hub = Setup::new();
        good(&hub.fetch(file));
        assert_eq!(hub.sent(file), 2);
    }
}

#[test]
fn a_download_tells_how_far_it_is_and_can_be_cancelled() {
    let hub = Setup::new();
    let output = hub
        .command("owner/name", Some("a.bin"), &[])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("progress: 35 of 35"), "{text}");

    let hub = Setup::new();
    let cancelled = hub.ask("owner/name", Some("silent.bin"), &[("TEST_CANCEL", "1")]);
    refused(&cancelled, &["cancelled"]);
    assert_eq!(fs::read(hub.partial()).unwrap(), &CONTENT[..9]);
}

#[test]
fn a_file_that_another_program_downloads_is_waited_for() {
    let hub = Setup::new();
    let locks = hub.hub().join(".locks/models--owner--name");
    fs::create_dir_all(&locks).unwrap();
    let lock = fs::File::create(locks.join(format!("{}.lock", sha256()))).unwrap();
    lock.lock().unwrap();
    let mut command = hub.command("owner/name", Some("a.bin"), &[]);
    let child = command.stdout(Stdio::piped()).spawn().unwrap();
    while hub.seen.lock().unwrap().requests.is_empty() {
        std::thread::yield_now();
    }
    fs::create_dir_all(hub.blob().parent().unwrap()).unwrap();
    fs::write(hub.blob(), CONTENT).unwrap();
    drop(lock);
    good(&result(&child.wait_with_output().unwrap()));
    assert_eq!(hub.sent("a.bin"), 0);
}

/// Everything below a folder, with the content of files.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(tree(&path));
        } else {
            let content = fs::read(&path).unwrap();
            found.insert(path, content);
        }
    }
    found
}

#[test]
fn no_etag_or_commit_becomes_a_path() {
    for (file, says) in [
        ("etag.bin", "names the ETag `../../../../../canary`"),
        ("dots.bin", "names the ETag `..`"),
        ("commit.bin", "names the commit `../../../../..`"),
    ] {
        let hub = Setup::new();
        fs::write(hub.folder.path().join("canary"), "mine").unwrap();
        let before = tree(hub.folder.path());
        refused(
            &hub.fetch(file),
            &[says, "owner/name", "HF_ENDPOINT", &hub.endpoint],
        );
        assert_eq!(tree(hub.folder.path()), before);
        assert_eq!(hub.sent(file), 0);
    }
}

#[test]
fn no_name_of_a_list_leads_out_of_the_cache() {
    let hub = Setup::new();
    for (repo, name) in [
        ("lists/up", "../../train/x.parquet"),
        ("lists/absolute", "/etc/train/x.parquet"),
        ("lists/control", "a\\nb\\u{1b}[2J\\u{202e}.bin"),
    ] {
        refused(
            &hub.ask(repo, None, &[]),
            &[repo, "names a file", name, "HF_ENDPOINT"],
        );
    }
    for file in [
        "../x.bin",
        "/etc/x.bin",
        "a//x.bin",
        "./x.bin",
        "a/../x.bin",
        "a/",
        "",
    ] {
        refused(&hub.fetch(file), &["names a file"]);
    }
    assert!(!hub.hub().exists());
    let long = "x".repeat(300);
    for line in [hub.ask("lists/long", None, &[]), hub.fetch(&long)] {
        refused(&line, &["xxx…", "300 bytes", "255", "download it by hand"]);
        assert!(!line.contains("HF_HOME"), "{line}");
    }
    for repo in [
        format!("owner/{long}"),
        "owner/..".to_owned(),
        "owner".to_owned(),
    ] {
        let line = hub.ask(&repo, Some("a.bin"), &[]);
        refused(&line, &["is no repository", "OWNER/NAME", "96"]);
    }
}

#[cfg(unix)]
#[test]
fn nothing_outside_the_cache_is_written_or_deleted() {
    use std::os::unix::fs::symlink;
    let hub = Setup::new();
    let outside = hub.folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    let mine = outside.join("mine");
    fs::write(&mine, "mine").unwrap();
    let blobs = hub.blob().parent().unwrap().to_owned();
    fs::create_dir_all(&blobs).unwrap();
    symlink(&mine, hub.blob()).unwrap();
    symlink(&mine, hub.partial()).unwrap();
    good(&hub.fetch("a.bin"));
    assert!(fs::symlink_metadata(hub.blob()).unwrap().is_file());
    assert_eq!(fs::read(&mine).unwrap(), b"mine");

    // Folders that are links: what is below them is left alone.
    for name in ["blobs", "snapshots", "refs"] {
        let hub = Setup::new();
        let repo = hub.hub().join("models--owner--name");
        fs::create_dir_all(&repo).unwrap();
        symlink(&outside, repo.join(name)).unwrap();
        let before = tree(&outside);
        refused(&hub.fetch("a.bin"), &["cannot be used", "leads out of"]);
        assert_eq!(tree(&outside), before);
    }
}

#[test]
fn the_token_goes_to_the_endpoint_only() {
    let hub = Setup::new();
    let token = [("HF_TOKEN", "hf_secret")];
    good(&hub.ask("owner/name", Some("linked.bin"), &token));
    good(&hub.ask("owner/name", Some("moved.bin"), &token));
    assert_eq!(
        hub.ask("lists/pages", None, &token),
        "ok: a.bin b/c.bin d.bin"
    );
    let heads = hub.seen.lock().unwrap().requests.clone();
    // The two files have one content, which is fetched once.
    assert_eq!(heads.len(), 6);
    for head in &heads {
        assert!(head.contains("Bearer hf_secret"), "{head}");
    }
    let strange = hub.strange.lock().unwrap().requests.clone();
    assert_eq!(strange.len(), 1);
    assert!(!strange[0].contains("secret"), "{}", strange[0]);

    // A file in the cache's folder is a token too, unless the user forbids it.
    let hub = Setup::new();
    fs::create_dir_all(hub.folder.path().join("hf")).unwrap();
    fs::write(hub.folder.path().join("hf/token"), "hf_stored\n").unwrap();
    good(&hub.fetch("a.bin"));
    good(&hub.ask(
        "owner/name",
        Some("b.bin"),
        &[("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")],
    ));
    let heads = hub.seen.lock().unwrap().requests.clone();
    let told: Vec<bool> = heads
        .iter()
        .map(|head| head.contains("Bearer hf_stored"))
        .collect();
    assert_eq!(told, [true, true, false]);
    let line = hub.ask("owner/name", Some("b.bin"), &[("HF_TOKEN", "hf_\u{7}")]);
    refused(&line, &["HF_TOKEN", "copy it again"]);
}

#[test]
fn a_list_stays_with_its_hub_and_ends() {
    let hub = Setup::new();
    refused(
        &hub.ask("lists/elsewhere", None, &[]),
        &["leads from the list of files to", "HF_ENDPOINT"],
    );
    assert!(hub.strange.lock().unwrap().requests.is_empty());
    let before = hub.seen.lock().unwrap().requests.len();
    refused(
        &hub.ask("lists/circle", None, &[]),
        &["back to it", "HF_ENDPOINT"],
    );
    assert_eq!(hub.seen.lock().unwrap().requests.len(), before + 1);
    refused(
        &hub.fetch("local.bin"),
        &["redirects to `file:///etc/passwd`"],
    );
    refused(&hub.fetch("round.bin"), &["redirects in circles"]);
}

#[test]
fn a_body_stops_at_the_known_size() {
    let hub = Setup::new();
    refused(
        &hub.fetch("endless.bin"),
        &["endless.bin", "more than 35 bytes"],
    );
    assert!(!hub.blob().exists() && !hub.partial().exists());
}

#[test]
fn what_is_no_hub_is_told_apart() {
    let hub = Setup::new();
    for line in [
        hub.ask("portal/name", None, &[]),
        hub.ask("portal/name", Some("a.bin"), &[]),
        hub.fetch("login.bin"),
    ] {
        refused(
            &line,
            &[
                "answers with a web page",
                "HF_ENDPOINT",
                "login page",
                &hub.endpoint,
            ],
        );
    }
    refused(
        &hub.ask("forbidden/name", None, &[]),
        &["access denied", "403", "accept its terms", "HF_TOKEN"],
    );
    let line = hub.ask("owner/name", Some("a.bin"), &[("HF_ENDPOINT", "ftp://x")]);
    refused(&line, &["HF_ENDPOINT is `ftp://x`", "https://HOST"]);
}
