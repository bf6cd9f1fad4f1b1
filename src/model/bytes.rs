//! The content of a file that is not read until it is used.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use memmap2::Mmap;

use super::ModelError;

/// A mapped file, or bytes of the program itself.
#[derive(Debug)]
pub(super) enum Bytes {
    Mapped { map: Arc<Mmap>, file: File },
    Embedded(&'static [u8]),
}

impl Bytes {
    pub(super) fn map(path: &Path) -> Result<Bytes, ModelError> {
        let file = File::open(path).map_err(ModelError::read(path))?;
        // SAFETY: a mapped file must not be changed or cut by others while it is mapped. No program can rule that
        // out; model files are written once, the hub's under a name that carries their hash, and `Weights` says so.
        let mapped = unsafe { Mmap::map(&file) }.map_err(ModelError::read(path))?;
        Ok(Bytes::Mapped {
            map: Arc::new(mapped),
            file,
        })
    }

    /// Has the system read the whole file into its cache, in a thread of its own: what comes next finds it there, or on its
    /// way. Where that is not to be had, reading takes as long as it takes.
    pub(super) fn read_ahead(&self) {
        #[cfg(unix)]
        if let Bytes::Mapped { map, .. } = self {
            let map = Arc::clone(map);
            let ahead = move || drop(map.advise(memmap2::Advice::WillNeed));
            drop(
                std::thread::Builder::new()
                    .name("lamascope-ahead".into())
                    .spawn(ahead),
            );
        }
    }

    /// Where in its file a part of these bytes lies.
    pub(super) fn in_file(&self, part: &[u8]) -> Option<InFile<'_>> {
        let Bytes::Mapped { map, file } = self else {
            return None;
        };
        let (whole, part) = (map.as_ptr_range(), part.as_ptr_range());
        let is_in = whole.start <= part.start && part.end <= whole.end;
        is_in.then(|| InFile {
            file,
            offset: part.start.addr() - whole.start.addr(),
        })
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Mapped { map, .. } => map,
            Bytes::Embedded(bytes) => bytes,
        }
    }
}

/// A place in a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct InFile<'a> {
    file: &'a File,
    offset: usize,
}

impl InFile<'_> {
    /// Reads from so many bytes behind the place on. Of a large part that costs less than touching the map, page by page.
    #[cfg(unix)]
    pub fn read(&self, at: usize, into: &mut [u8]) -> io::Result<()> {
        use std::os::unix::fs::FileExt;

        self.file.read_exact_at(into, (self.offset + at) as u64)
    }

    #[cfg(windows)]
    pub fn read(&self, at: usize, into: &mut [u8]) -> io::Result<()> {
        use std::os::windows::fs::FileExt;

        let mut done = 0;
        while done < into.len() {
            let from = (self.offset + at + done) as u64;
            match self.file.seek_read(&mut into[done..], from)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => done += read,
            }
        }
        Ok(())
    }
}

/// What a file really is where it should be something else, if it can be told from its start.
pub(super) fn impostor(bytes: &[u8]) -> Option<&'static str> {
    if bytes.is_empty() {
        Some("is empty")
    } else if bytes.starts_with(b"version https://git-lfs") {
        Some("is a Git LFS pointer, not the file itself (`git lfs pull` fetches that)")
    } else if bytes.starts_with(b"<") {
        Some("is a web page")
    } else {
        None
    }
}
