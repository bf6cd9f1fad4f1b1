//! What is asked of the hub, and what its answers mean. The token goes to the endpoint's own origin only.

use std::collections::HashSet;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde::Deserialize;
use ureq::http::{HeaderValue, Request, Uri, header};

use super::error::shown;
use super::exchange::{self, Failure, Reply};
use super::names::{Commit, Etag, check_file};
use super::{Error, Repo, address, settings};

/// Tries of one request, with a wait of 0.3 s, 0.6 s between them.
pub(super) const ATTEMPTS: u32 = 3;
const FIRST_WAIT: Duration = Duration::from_millis(300);

/// A wait that the hub asks for is granted up to this long.
const PATIENCE: Duration = Duration::from_secs(60);

const REDIRECTS: usize = 10;

/// Bytes of a list of files, all pages together.
const LONGEST_LIST: usize = 64 << 20;

/// The list's name in messages, where others have a file's name.
pub(super) const LIST: &str = "the list of files";

/// Who asks for what.
pub(super) struct Client<'a> {
    pub(super) repo: &'a Repo,
    pub(super) cancel: &'a AtomicBool,
    endpoint: Uri,
    authorization: Option<HeaderValue>,
}

/// What the hub says about a file before it sends it.
#[derive(Debug)]
pub(super) struct FileInfo {
    pub(super) etag: Etag,
    pub(super) commit: Commit,
    pub(super) size: u64,
}

/// An entry of a list of files.
#[derive(Deserialize)]
struct Entry {
    r#type: String,
    path: String,
}

impl<'a> Client<'a> {
    /// With the user's endpoint and token.
    pub(super) fn new(repo: &'a Repo, cancel: &'a AtomicBool) -> Result<Self, Error> {
        let value = settings::endpoint();
        let endpoint: Option<Uri> = value.parse().ok();
        let endpoint = endpoint.filter(|uri| address::origin(uri).is_some());
        Ok(Client {
            repo,
            cancel,
            endpoint: endpoint.ok_or_else(|| Error::Endpoint {
                value: shown(&value),
            })?,
            authorization: settings::authorization()?.map(|(header, _)| header),
        })
    }

    /// Size, hash and commit of a file.
    pub(super) fn info(&self, file: &str) -> Result<FileInfo, Error> {
        // A large file's hash stands in the redirect to where it is stored, not at the end of it.
        let linked = |reply: &Reply| reply.header("x-linked-etag").is_some();
        let mut commit = None;
        let reply = self.send("HEAD", &self.file_url(file), None, file, |reply| {
            if let Some(found) = reply.header("x-repo-commit") {
                commit.get_or_insert_with(|| found.to_owned());
            }
            linked(reply) && commit.is_some()
        })?;
        let etag = reply.header("x-linked-etag").or(reply.header("etag"));
        let (Some(etag), Some(commit)) = (etag, commit) else {
            return Err(self.not_the_hub(&reply, file));
        };
        let untrusted =
            |what: &str, value: &str| self.untrusted(format!("names {what} `{}`", shown(value)));
        let size = match linked(&reply) {
            true => reply.header("x-linked-size"),
            false => reply.header("content-length"),
        };
        let size = size.and_then(|size| size.parse().ok());
        Ok(FileInfo {
            etag: Etag::parse(etag).ok_or_else(|| untrusted("the ETag", etag.trim_matches('"')))?,
            commit: Commit::parse(&commit).ok_or_else(|| untrusted("the commit", &commit))?,
            size: size
                .ok_or_else(|| self.other(format!("the hub does not say how large {file} is")))?,
        })
    }

    /// The content of a file from byte `start` on.
    pub(super) fn get(&self, file: &str, start: u64) -> Result<Reply, Error> {
        let range = (start > 0).then(|| format!("bytes={start}-"));
        let reply = self.send("GET", &self.file_url(file), range.as_deref(), file, |_| {
            false
        })?;
        if reply.is_page() && !file.ends_with(".html") {
            return Err(self.not_the_hub(&reply, file));
        }
        Ok(reply)
    }

    /// The next bytes of an answer about `what`, `None` at its end.
    pub(super) fn chunk(&self, reply: &mut Reply, what: &str) -> Result<Option<Vec<u8>>, Error> {
        let chunk = reply.chunk(self.cancel);
        chunk.map_err(|failure| self.failed(failure, what))
    }

    /// Waits, unless cancelled.
    pub(super) fn sleep(&self, time: Duration) -> Result<(), Error> {
        exchange::sleep(time, self.cancel).map_err(|failure| self.failed(failure, LIST))
    }

    /// The paths of all files, page after page.
    pub(super) fn list(&self) -> Result<Vec<String>, Error> {
        let mut next = Some(self.url(&self.repo.tree(), "?recursive=true"));
        let (mut seen, mut files, mut room) = (HashSet::new(), Vec::new(), LONGEST_LIST);
        while let Some(page) = next {
            let mut reply = self.send("GET", &page, None, LIST, |_| false)?;
            let mut body = Vec::new();
            while let Some(chunk) = self.chunk(&mut reply, LIST)? {
                room = room
                    .checked_sub(chunk.len())
                    .ok_or_else(|| self.untrusted(format!("sends {LIST} without an end")))?;
                body.extend(chunk);
            }
            let entries: Vec<Entry> =
                serde_json::from_slice(&body).map_err(|_| self.not_the_hub(&reply, LIST))?;
            for entry in entries.into_iter().filter(|entry| entry.r#type == "file") {
                check_file(self.repo, &entry.path)?;
                files.push(entry.path);
            }
            next = match reply.header("link").and_then(address::next) {
                None => None,
                Some(link) => Some(self.next_page(&page, link)?),
            };
            seen.insert(page);
            if next.as_ref().is_some_and(|next| seen.contains(next)) {
                return Err(self.untrusted(format!("leads from {LIST} back to it")));
            }
        }
        Ok(files)
    }

    fn next_page(&self, page: &str, link: &str) -> Result<String, Error> {
        let page: Option<Uri> = page.parse().ok();
        let next = page.and_then(|page| address::join(&page, link));
        match next {
            Some(next) if self.is_own(&next) => Ok(next.to_string()),
            _ => Err(self.untrusted(format!("leads from {LIST} to `{}`", shown(link)))),
        }
    }

    fn file_url(&self, file: &str) -> String {
        let repo = self.repo.hub();
        let (url, revision) = (repo.url(), repo.url_revision());
        self.url(
            &format!("{url}/resolve/{revision}/{}", address::encode(file)),
            "",
        )
    }

    fn url(&self, path: &str, query: &str) -> String {
        let endpoint = self.endpoint.to_string();
        format!("{}/{path}{query}", endpoint.trim_end_matches('/'))
    }

    fn is_own(&self, url: &Uri) -> bool {
        address::origin(url) == address::origin(&self.endpoint)
    }

    /// Sends a request about `what`, again where that may help, and follows redirects until `enough`. The reply is
    /// the content, the asked part of it, or a redirect that is enough.
    fn send(
        &self,
        method: &str,
        url: &str,
        range: Option<&str>,
        what: &str,
        mut enough: impl FnMut(&Reply) -> bool,
    ) -> Result<Reply, Error> {
        let mut attempt = 1;
        loop {
            let reply = self.follow(method, url, range, what, &mut enough);
            let (error, asked) = match reply {
                Ok(reply) if matches!(reply.status, 200 | 206) || reply.is_redirect() => {
                    return Ok(reply);
                }
                Ok(reply) => (self.refusal(&reply, what), reply.retry_after()),
                Err(error) => (error, None),
            };
            let wait = asked.unwrap_or(FIRST_WAIT * attempt);
            let may_help = matches!(error, Error::Unreachable { .. } | Error::RateLimited { .. });
            if !may_help || attempt == ATTEMPTS || wait > PATIENCE {
                return Err(error);
            }
            self.sleep(wait)?;
            attempt += 1;
        }
    }

    fn follow(
        &self,
        method: &str,
        url: &str,
        range: Option<&str>,
        what: &str,
        enough: &mut impl FnMut(&Reply) -> bool,
    ) -> Result<Reply, Error> {
        let malformed = |_| self.other(format!("`{}` is no address", shown(url)));
        let mut url: Uri = url.parse().map_err(malformed)?;
        for _ in 0..=REDIRECTS {
            let mut request = Request::builder().method(method).uri(&url);
            if let Some(range) = range {
                request = request.header(header::RANGE, range);
            }
            if let Some(value) = self.authorization.as_ref().filter(|_| self.is_own(&url)) {
                request = request.header(header::AUTHORIZATION, value);
            }
            let request = request.body(()).map_err(|e| self.other(e.to_string()))?;
            let reply = exchange::send(request, self.cancel);
            let reply = reply.map_err(|failure| self.failed(failure, what))?;
            if enough(&reply) || !reply.is_redirect() {
                return Ok(reply);
            }
            let to = reply.header("location").unwrap_or_default();
            let next = address::join(&url, to).filter(|next| address::may_follow(&url, next));
            url = next.ok_or_else(|| self.untrusted(format!("redirects to `{}`", shown(to))))?;
        }
        Err(self.untrusted("redirects in circles".to_owned()))
    }

    /// What a status other than success means. The hub's own code says more than the status: a missing repository is
    /// a 401 to strangers.
    fn refusal(&self, reply: &Reply, what: &str) -> Error {
        let repo = self.repo.name.clone();
        let denied = |reason: &str| Error::Denied {
            repo: repo.clone(),
            page: self.repo.page(),
            reason: reason.to_owned(),
        };
        let no_such_file = || Error::NoSuchFile {
            repo: repo.clone(),
            file: what.to_owned(),
            revision: self.repo.revision.clone(),
        };
        match (reply.header("x-error-code"), reply.status) {
            (Some("RevisionNotFound"), _) => Error::NoSuchRevision {
                repo,
                revision: self.repo.revision.clone(),
            },
            (Some("GatedRepo"), _) => denied("the repository is gated"),
            (Some("EntryNotFound"), _) => no_such_file(),
            (Some("RepoNotFound"), _) => Error::NoSuchRepo { repo },
            (_, 401) => denied("the hub asks for a valid token"),
            (_, 403) => denied("the hub answers 403, the token does not allow it"),
            (_, 404) if what == LIST => Error::NoSuchRepo { repo },
            (_, 404) => no_such_file(),
            (_, 429) => Error::RateLimited {
                repo,
                retry_after_s: reply.retry_after().map(|wait| wait.as_secs()),
            },
            (_, status @ 500..) => Error::Unreachable {
                repo,
                reason: format!("it answers {status}"),
            },
            (_, status) => self.other(format!("the hub answers {status} to {what}")),
        }
    }

    fn failed(&self, failure: Failure, what: &str) -> Error {
        let repo = self.repo.name.clone();
        match failure {
            Failure::Cancelled => Error::Cancelled,
            Failure::Stalled(time) => Error::Stalled {
                repo,
                seconds: time.as_secs(),
            },
            Failure::Unreachable(reason) => Error::Unreachable { repo, reason },
            Failure::BrokenOff(reason) => Error::BrokenOff {
                repo,
                file: what.to_owned(),
                reason,
            },
        }
    }

    fn not_the_hub(&self, reply: &Reply, wanted: &str) -> Error {
        let found = match reply.is_page() {
            true => "a web page",
            false => "something else",
        };
        Error::NotTheHub {
            repo: self.repo.name.clone(),
            endpoint: settings::endpoint(),
            found: found.to_owned(),
            wanted: wanted.to_owned(),
        }
    }

    fn untrusted(&self, what: String) -> Error {
        Error::Untrusted {
            repo: self.repo.name.clone(),
            endpoint: settings::endpoint(),
            what,
        }
    }

    fn other(&self, reason: String) -> Error {
        Error::Other {
            repo: self.repo.name.clone(),
            reason,
        }
    }
}
