//! Finds the driver, cuBLAS and NVRTC when the program runs: nothing of CUDA is needed to build it.
//!
//! cudarc opens each library by its bare name at first use and panics where there is none, so they are looked for
//! before: first the way the system does (`LD_LIBRARY_PATH`, ld.so.cache), then in the folders of CUDA toolkits, conda
//! and pip's wheels. A library that was opened by its path is found under its bare name from then on. What was found stays
//! open: cuBLAS is half a gigabyte, which nobody wants to load twice.

use std::collections::HashSet;
use std::env;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use cudarc::driver::CudaContext;
use cudarc::get_lib_name_candidates;

/// Why CUDA cannot be used on this machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    #[error(
        "no CUDA device: the NVIDIA driver ({DRIVER_FILE}) is neither in the system's library path nor in {looked}: install \
         it or use --device cpu"
    )]
    Driver { looked: String },
    #[error("no CUDA device: the NVIDIA driver says {0}: use --device cpu")]
    Device(String),
    #[error(
        "CUDA cannot be used without {missing}, neither in the system's library path (LD_LIBRARY_PATH) nor in \
         {looked}: install a CUDA toolkit or the packages nvidia-cublas and nvidia-cuda-nvrtc, or use --device cpu"
    )]
    Libraries { missing: String, looked: String },
}

#[cfg(not(windows))]
const DRIVER_FILE: &str = "libcuda.so.1";
#[cfg(windows)]
const DRIVER_FILE: &str = "nvcuda.dll";

/// One library, as cudarc opens it.
struct Library {
    title: &'static str,
    name: &'static str,
    /// Beginning of the names of files beside it that it opens itself.
    beside: &'static str,
}

const DRIVER: Library = Library {
    title: "the NVIDIA driver",
    name: "cuda",
    beside: "",
};

const LIBRARIES: [Library; 2] = [
    Library {
        title: "cuBLAS",
        name: "cublas",
        beside: "libcublasLt.so",
    },
    Library {
        title: "NVRTC",
        name: "nvrtc",
        beside: "libnvrtc-builtins.so",
    },
];

/// The number of CUDA devices, where all that they need is there. Looked for once.
///
/// # Errors
/// What is missing, and where it was looked for.
pub(crate) fn devices() -> Result<usize, Unavailable> {
    static FOUND: OnceLock<Result<usize, Unavailable>> = OnceLock::new();
    FOUND.get_or_init(find).clone()
}

fn find() -> Result<usize, Unavailable> {
    let places = driver_places();
    if !DRIVER.open(&places) {
        let looked = listed(&places);
        return Err(Unavailable::Driver { looked });
    }
    let places_of_others = places_of_libraries();
    let is_missing = |library: &&Library| !library.open(&places_of_others);
    // The driver takes as long to start as they take to load.
    let (count, missing) = std::thread::scope(|scope| {
        let others = scope.spawn(|| LIBRARIES.iter().filter(is_missing).collect::<Vec<_>>());
        let count = CudaContext::device_count();
        let missing = others.join();
        (
            count,
            missing.unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
        )
    });
    let count = count
        .map_err(|error| Unavailable::Device(error.to_string()))?
        .try_into()
        .unwrap_or(0);
    if count == 0 {
        return Err(Unavailable::Device("that there is none".to_owned()));
    }
    if missing.is_empty() {
        return Ok(count);
    }
    let missing: Vec<String> = missing
        .iter()
        .map(|library| format!("{} ({})", library.title, library.file()))
        .collect();
    Err(Unavailable::Libraries {
        missing: missing.join(" and "),
        looked: listed(&places_of_others),
    })
}

impl Library {
    /// Makes sure that cudarc finds it; `places` may hold patterns.
    fn open(&self, places: &[PathBuf]) -> bool {
        if self.is_there() {
            return true;
        }
        let names = get_lib_name_candidates(self.name);
        let folders = places.iter().flat_map(|place| expand(place));
        folders
            .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
            .filter(|path| path.is_file())
            .any(|path| {
                self.open_beside(&path);
                keep_open(&path) && self.is_there()
            })
    }

    /// Whether it can be opened by one of its bare names, as cudarc does.
    fn is_there(&self) -> bool {
        let names = get_lib_name_candidates(self.name);
        names.iter().any(|name| keep_open(Path::new(name)))
    }

    fn open_beside(&self, path: &Path) {
        if self.beside.is_empty() {
            return;
        }
        if let Some(folder) = path.parent() {
            for file in expand(&folder.join(format!("{}*", self.beside))) {
                // The library itself says what it misses.
                keep_open(&file);
            }
        }
    }

    /// The file's usual name.
    fn file(&self) -> String {
        let names = get_lib_name_candidates(self.name);
        let versioned = names.iter().find(|name| name.ends_with(".so.13"));
        versioned.unwrap_or(&names[0]).clone()
    }
}

/// Opens a library for the rest of the program's life.
fn keep_open(path: &Path) -> bool {
    // SAFETY: one of NVIDIA's libraries by its name and place; its initializers may run at any time.
    match unsafe { libloading::Library::new(path) } {
        Ok(library) => {
            std::mem::forget(library);
            true
        }
        Err(_) => false,
    }
}

/// Where drivers lie that the system's library path does not name: WSL, NixOS, containers.
fn driver_places() -> Vec<PathBuf> {
    [
        "/usr/lib/wsl/lib",
        "/run/opengl-driver/lib",
        "/usr/local/nvidia/lib64",
    ]
    .map(PathBuf::from)
    .to_vec()
}

/// Folders of CUDA's libraries; `*` stands for any part of one name.
fn places_of_libraries() -> Vec<PathBuf> {
    let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let mut places = Vec::new();
    for home in ["CUDA_HOME", "CUDA_PATH"].into_iter().filter_map(variable) {
        places.extend(["lib64", "lib", "bin"].map(|folder| Path::new(&home).join(folder)));
    }
    places.extend(["/usr/local/cuda*/lib64", "/opt/cuda/lib64"].map(PathBuf::from));
    if let Some(conda) = variable("CONDA_PREFIX") {
        places.push(Path::new(&conda).join("lib"));
    }
    for prefix in python_prefixes() {
        places.push(prefix.join("lib/python3*/*-packages/nvidia/*/lib"));
    }
    let mut seen = HashSet::new();
    places.retain(|place| seen.insert(place.clone()));
    places
}

/// Where Pythons are installed: the active environment, those on the search path, the user's own packages.
fn python_prefixes() -> Vec<PathBuf> {
    let mut prefixes: Vec<PathBuf> = ["VIRTUAL_ENV", "CONDA_PREFIX"]
        .into_iter()
        .filter_map(env::var_os)
        .map(PathBuf::from)
        .collect();
    let path = env::var_os("PATH").unwrap_or_default();
    for folder in env::split_paths(&path) {
        let python = folder.join("python3");
        if !python.is_file() {
            continue;
        }
        // A virtual environment's Python is often a link to the one that it was made with.
        let target = std::fs::canonicalize(&python).ok();
        for python in std::iter::once(python).chain(target) {
            prefixes.extend(python.ancestors().nth(2).map(Path::to_owned));
        }
    }
    prefixes.extend(env::home_dir().map(|home| home.join(".local")));
    prefixes
}

/// The files and folders that a path with `*` names, the last in the order of names first: newer versions first.
fn expand(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for part in pattern.components() {
        let name = part.as_os_str().to_string_lossy();
        let Some((start, end)) = name.split_once('*') else {
            found.iter_mut().for_each(|path| path.push(part));
            continue;
        };
        let fits = |name: &str| {
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        };
        let mut matches: Vec<PathBuf> = found
            .iter()
            .filter_map(|folder| std::fs::read_dir(folder).ok())
            .flat_map(|entries| entries.filter_map(Result::ok))
            .filter(|entry| fits(&entry.file_name().to_string_lossy()))
            .map(|entry| entry.path())
            .collect();
        matches.sort_by(|a, b| b.cmp(a));
        found = matches;
    }
    found.retain(|path| path.exists());
    found
}

fn listed(places: &[PathBuf]) -> String {
    let places: Vec<String> = places
        .iter()
        .map(|place| place.display().to_string())
        .collect();
    places.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_folders_newest_first() -> std::io::Result<()> {
        let root = tempfile::tempdir()?;
        for folder in [
            "python3.9/nvidia/cublas/lib",
            "python3.8/nvidia/cu13/lib",
            "perl/nvidia/x/lib",
        ] {
            std::fs::create_dir_all(root.path().join(folder))?;
        }
        let found = expand(&root.path().join("python3*/nvidia/*/lib"));
        let wanted = ["python3.9/nvidia/cublas/lib", "python3.8/nvidia/cu13/lib"];
        assert_eq!(found, wanted.map(|folder| root.path().join(folder)));
        assert!(expand(&root.path().join("python3*/nvidia/*/bin")).is_empty());
        Ok(())
    }
}
