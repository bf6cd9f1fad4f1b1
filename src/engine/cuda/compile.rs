//! Kernels compiled for one model, one element type and one device.
//!
//! The source travels in the program; NVRTC compiles it to machine code when a model is loaded, which takes two
//! to eight seconds. The result is kept in the user's cache folder under a hash of everything that went into it.

use std::ffi::{CStr, CString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cudarc::driver::CudaModule;
use cudarc::driver::sys::CUdevice_attribute_enum as Attribute;
use cudarc::nvrtc::{Ptx, result, sys};
use etcetera::BaseStrategy;
use sha2::{Digest, Sha256};

use super::device::Device;
use crate::engine::error::EngineError;

const SOURCE: &str = concat!(
    include_str!("kernels/common.cu"),
    include_str!("kernels/rows.cu"),
    include_str!("kernels/tiles.cu"),
    include_str!("kernels/split.cu"),
    include_str!("kernels/argmax.cu"),
    include_str!("kernels/few.cu"),
    include_str!("kernels/experts.cu"),
);

/// Compiles the kernels with these macros, or finds them compiled.
///
/// # Errors
/// [`EngineError::Device`] with the compiler's first complaint.
pub(super) fn module(
    device: &Device,
    macros: &[(&str, usize)],
    compiling: &mut dyn FnMut(),
) -> Result<Arc<CudaModule>, EngineError> {
    let (major, minor) = device.context.compute_capability()?;
    let mut options = vec![
        format!("--gpu-architecture=sm_{major}{minor}"),
        "--std=c++17".to_owned(),
        "--ftz=true".to_owned(),
    ];
    options.extend(
        macros
            .iter()
            .map(|(name, value)| format!("-D{name}={value}")),
    );
    let cache = cache_path(&options);
    if let Some(path) = &cache
        && let Ok(image) = std::fs::read(path)
        && let Ok(module) = device.context.load_module(Ptx::from_binary(image))
    {
        return Ok(module);
    }
    compiling();
    let image = compile(&options)?;
    if let Some(path) = &cache {
        // Without a cache the next start takes as long as this one.
        let _ = save(path, &image);
    }
    Ok(device.context.load_module(Ptx::from_binary(image))?)
}

/// Shared memory that one block may ask for.
pub(super) fn most_shared(device: &Device) -> Result<usize, EngineError> {
    let bytes = device
        .context
        .attribute(Attribute::CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN)?;
    Ok(usize::try_from(bytes).unwrap_or(0))
}

fn compile(options: &[String]) -> Result<Vec<u8>, EngineError> {
    let failed = |what: String| EngineError::Device(format!("compiling kernels: {what}"));
    let source = CString::new(SOURCE).map_err(|error| failed(error.to_string()))?;
    let program = result::create_program(&source, Some(c"lamascope.cu"))
        .map_err(|e| failed(format!("{e:?}")))?;
    // SAFETY: `program` stands until it is destroyed below; the buffers are as large as NVRTC says.
    let image = unsafe {
        match result::compile_program(program, options) {
            Ok(()) => {
                let mut size = 0;
                let mut image = Vec::new();
                sys::nvrtcGetCUBINSize(program, &mut size)
                    .result()
                    .and_then(|()| {
                        image.resize(size, 0u8);
                        sys::nvrtcGetCUBIN(program, image.as_mut_ptr().cast()).result()
                    })
                    .map(|()| image)
                    .map_err(|error| failed(format!("{error:?}")))
            }
            Err(error) => {
                let log = result::get_program_log(program).unwrap_or_default();
                let log = if log.is_empty() {
                    String::new()
                } else {
                    CStr::from_ptr(log.as_ptr()).to_string_lossy().into_owned()
                };
                let line = log.lines().find(|line| line.contains("error"));
                Err(failed(
                    line.map_or_else(|| format!("{error:?}"), str::to_owned),
                ))
            }
        }
    };
    // SAFETY: created above, destroyed once.
    let _ = unsafe { result::destroy_program(program) };
    image
}

fn cache_path(options: &[String]) -> Option<PathBuf> {
    let (mut major, mut minor) = (0, 0);
    // SAFETY: writes two integers.
    unsafe { sys::nvrtcVersion(&mut major, &mut minor) }
        .result()
        .ok()?;
    let mut hash = Sha256::new();
    hash.update(SOURCE);
    hash.update(format!("{options:?} {major}.{minor}"));
    let name: String = hash.finalize()[..12]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let folder = etcetera::choose_base_strategy()
        .ok()?
        .cache_dir()
        .join("lamascope");
    Some(folder.join("kernels").join(format!("{name}.cubin")))
}

fn save(path: &Path, image: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    std::io::Write::write_all(&mut file, image)?;
    file.persist(path)?;
    Ok(())
}
