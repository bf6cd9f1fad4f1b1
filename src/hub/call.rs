//! One request to the hub, watched from outside: it can be cancelled, and it ends when nothing
//! arrives any more.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use hf_hub::progress::{DownloadEvent, ProgressEvent, ProgressHandler};
use hf_hub::repository::RepoTreeEntry;
use hf_hub::{HFClient, HFError, HFRepository, HFResult, RepoType, split_id};

use super::{Error, Kind, Repo};

/// Time between two looks at progress and cancellation.
pub(super) const TICK: Duration = Duration::from_millis(100);

/// A request during which nothing arrives for so long is given up.
const STALL: Duration = Duration::from_secs(60);

/// hf-hub waits up to 0.2 s, 0.4 s, 0.8 s between attempts.
const ATTEMPTS: usize = 3;

/// Who asks, and who watches.
pub(super) struct Call<'a> {
    pub(super) repo: &'a Repo,
    pub(super) progress: &'a dyn Fn(u64, u64),
    pub(super) cancel: &'a AtomicBool,
}

/// Bytes done and in all, written by the transfer and read by the watcher.
#[derive(Default)]
struct Bytes {
    done: AtomicU64,
    total: AtomicU64,
}

impl ProgressHandler for Bytes {
    fn on_progress(&self, event: &ProgressEvent) {
        let ProgressEvent::Download(event) = event else {
            return;
        };
        match event {
            DownloadEvent::Start { total_bytes, .. } => {
                self.total.store(*total_bytes, Ordering::Relaxed);
            }
            DownloadEvent::Progress { files } => {
                if let Some(file) = files.last() {
                    self.done.store(file.bytes_completed, Ordering::Relaxed);
                }
            }
            DownloadEvent::AggregateProgress {
                bytes_completed, ..
            } => self.done.store(*bytes_completed, Ordering::Relaxed),
            DownloadEvent::Complete => {}
        }
    }
}

impl Call<'_> {
    /// Downloads a file unless the cached copy is current; returns its path and the size that it
    /// must have. `force` downloads it in any case.
    pub(super) fn download(&self, file: &str, force: bool) -> Result<(PathBuf, u64), Error> {
        async fn work<T: RepoType>(
            repo: HFRepository<T>,
            revision: &str,
            file: &str,
            force: bool,
            bytes: Arc<Bytes>,
        ) -> HFResult<(PathBuf, u64)> {
            let paths = repo.get_paths_info().paths(vec![file.to_owned()]);
            let entries = paths.revision(revision).send().await?;
            let size = entries.iter().find_map(|entry| match entry {
                RepoTreeEntry::File { path, size, .. } if path == file => Some(*size),
                _ => None,
            });
            let size = size.ok_or_else(|| HFError::EntryNotFound {
                path: file.to_owned(),
                repo_id: repo.repo_path(),
                context: None,
            })?;
            let request = repo.download_file().filename(file).revision(revision);
            let request = request.force_download(force).progress(bytes);
            Ok((request.send().await?, size))
        }
        let repo = self.repo;
        let (owner, name) = split_id(&repo.name);
        let revision = repo.revision.as_str();
        let bytes = Arc::new(Bytes::default());
        let shared = Arc::clone(&bytes);
        let result = self.watch(&bytes, |client| async move {
            match repo.kind {
                Kind::Model => work(client.model(owner, name), revision, file, force, shared).await,
                Kind::Dataset => {
                    work(client.dataset(owner, name), revision, file, force, shared).await
                }
            }
        });
        result?.map_err(|error| Error::from_hub(error, repo, file))
    }

    /// The path of a file in the cache, without the network.
    pub(super) fn cached(&self, file: &str) -> Result<PathBuf, Error> {
        async fn work<T: RepoType>(
            repo: HFRepository<T>,
            revision: &str,
            file: &str,
        ) -> HFResult<PathBuf> {
            let request = repo.download_file().filename(file).revision(revision);
            request.local_files_only(true).send().await
        }
        let repo = self.repo;
        let (owner, name) = split_id(&repo.name);
        let revision = repo.revision.as_str();
        let result = self.watch(&Bytes::default(), |client| async move {
            match repo.kind {
                Kind::Model => work(client.model(owner, name), revision, file).await,
                Kind::Dataset => work(client.dataset(owner, name), revision, file).await,
            }
        });
        result?.map_err(|error| Error::from_hub(error, repo, file))
    }

    /// The paths of all files.
    pub(super) fn list(&self) -> Result<Vec<String>, Error> {
        async fn work<T: RepoType>(
            repo: HFRepository<T>,
            revision: &str,
        ) -> HFResult<Vec<RepoTreeEntry>> {
            let request = repo.list_tree().revision(revision).recursive(true);
            request.send()?.try_collect().await
        }
        let repo = self.repo;
        let (owner, name) = split_id(&repo.name);
        let revision = repo.revision.as_str();
        let result = self.watch(&Bytes::default(), |client| async move {
            match repo.kind {
                Kind::Model => work(client.model(owner, name), revision).await,
                Kind::Dataset => work(client.dataset(owner, name), revision).await,
            }
        });
        let entries = result?.map_err(|e| Error::from_hub(e, repo, "the list of files"))?;
        let files = entries.into_iter().filter_map(|entry| match entry {
            RepoTreeEntry::File { path, .. } => Some(path),
            RepoTreeEntry::Directory { .. } => None,
        });
        Ok(files.collect())
    }

    /// Runs `work` on a runtime of its own, since the caller's thread may belong to another one,
    /// and watches it from here. Dropping the work is what ends it early.
    fn watch<T, F>(
        &self,
        bytes: &Bytes,
        work: impl FnOnce(HFClient) -> F + Send,
    ) -> Result<HFResult<T>, Error>
    where
        T: Send,
        F: Future<Output = HFResult<T>>,
    {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let (send, receive) = mpsc::channel();
        std::thread::scope(|scope| {
            let call = std::thread::Builder::new()
                .name("lamascope-hub".into())
                .spawn_scoped(scope, move || {
                    let result = run(work, stopped);
                    // The watcher is gone only after it has asked to stop.
                    let _ = send.send(result);
                });
            if let Err(error) = call {
                return Ok(Err(error.into()));
            }
            let mut moved = (0, Instant::now());
            let ended = loop {
                match receive.recv_timeout(TICK) {
                    Ok(Some(result)) => break Ok(result),
                    Ok(None) | Err(RecvTimeoutError::Disconnected) => break Err(Error::Cancelled),
                    Err(RecvTimeoutError::Timeout) => {}
                }
                let done = bytes.done.load(Ordering::Relaxed);
                let total = bytes.total.load(Ordering::Relaxed);
                if done != moved.0 {
                    moved = (done, Instant::now());
                    (self.progress)(done.min(total), total);
                }
                if self.cancel.load(Ordering::Relaxed) {
                    break Err(Error::Cancelled);
                }
                if moved.1.elapsed() > STALL {
                    break Err(Error::Stalled {
                        repo: self.repo.name.clone(),
                        seconds: STALL.as_secs(),
                    });
                }
            };
            drop(stop);
            ended
        })
    }
}

/// `None` where it was stopped.
fn run<T, F>(
    work: impl FnOnce(HFClient) -> F,
    stopped: tokio::sync::oneshot::Receiver<()>,
) -> Option<HFResult<T>>
where
    F: Future<Output = HFResult<T>>,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return Some(Err(error.into())),
    };
    let result = runtime.block_on(async {
        let work = async {
            let client = HFClient::builder().retry_max_attempts(ATTEMPTS).build()?;
            work(client).await
        };
        tokio::select! {
            result = work => Some(result),
            _ = stopped => None,
        }
    });
    // A blocking task (a file lock) must not keep a cancelled call waiting.
    runtime.shutdown_background();
    result
}
