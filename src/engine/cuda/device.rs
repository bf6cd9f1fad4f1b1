//! One CUDA device: its stream, its memory, launches and errors.
//!
//! Everything runs in order on one stream, so cudarc's event tracking between streams is off.

use std::ffi::c_void;
use std::sync::Arc;

use cudarc::cublas::result::CublasError;
use cudarc::cublas::sys::cublasStatus_t;
use cudarc::driver::sys::{
    self, CUlaunchAttribute, CUlaunchAttributeID, CUlaunchAttributeValue, CUlaunchConfig, CUresult,
};
use cudarc::driver::{
    CudaContext, CudaFunction, CudaSlice, CudaStream, DevicePtr, DriverError, result,
};

use super::libraries::devices;
use crate::engine::error::EngineError;

impl From<DriverError> for EngineError {
    fn from(error: DriverError) -> Self {
        if is_out_of_memory(&error) {
            return EngineError::DeviceFull;
        }
        EngineError::Device(format!("CUDA: {error}"))
    }
}

impl From<CublasError> for EngineError {
    fn from(error: CublasError) -> Self {
        if error.0 == cublasStatus_t::CUBLAS_STATUS_ALLOC_FAILED {
            return EngineError::DeviceFull;
        }
        EngineError::Device(format!("cuBLAS: {error:?}"))
    }
}

/// Whether an allocation failed for want of memory.
pub(super) fn is_out_of_memory(error: &DriverError) -> bool {
    error.0 == CUresult::CUDA_ERROR_OUT_OF_MEMORY
}

/// A device and the stream that everything runs on.
#[derive(Clone)]
pub(super) struct Device {
    pub context: Arc<CudaContext>,
    pub stream: Arc<CudaStream>,
    /// Kernels may start while the one before still runs (Hopper and later).
    overlaps: bool,
}

impl Device {
    pub fn open(ordinal: usize) -> Result<Device, EngineError> {
        let count = devices()?;
        if ordinal >= count {
            return Err(EngineError::Device(format!(
                "cuda:{ordinal}: this machine has {count} CUDA devices, counted from 0"
            )));
        }
        let context = CudaContext::new(ordinal)?;
        // SAFETY: all memory is allocated, used and freed on the one stream below.
        unsafe { context.disable_event_tracking() };
        let stream = context.new_stream()?;
        let overlaps = context.compute_capability()?.0 >= 9;
        Ok(Device {
            context,
            stream,
            overlaps,
        })
    }

    /// Bytes that can still be allocated.
    pub fn free_memory(&self) -> Result<usize, EngineError> {
        Ok(self.context.mem_get_info()?.0)
    }

    /// Starts a kernel.
    ///
    /// # Safety
    ///
    /// The arguments must be the kernel's parameters in order, and what they point to must hold what it reads and
    /// writes.
    pub unsafe fn launch(
        &self,
        function: &CudaFunction,
        grid: (usize, usize, usize),
        threads: usize,
        shared: usize,
        arguments: &[Argument],
    ) -> Result<(), EngineError> {
        // SAFETY: the caller's promise.
        unsafe { self.start(function, grid, threads, shared, arguments, false) }
    }

    /// The same for a kernel that may start while the one before still runs and waits for it itself
    /// (`wait_for_previous` in `common.cu`), on devices that know of this.
    ///
    /// # Safety
    ///
    /// As [`Device::launch`]; before it waits, the kernel must touch nothing that another kernel writes.
    pub unsafe fn launch_early(
        &self,
        function: &CudaFunction,
        grid: (usize, usize, usize),
        threads: usize,
        shared: usize,
        arguments: &[Argument],
    ) -> Result<(), EngineError> {
        // SAFETY: the caller's promise.
        unsafe { self.start(function, grid, threads, shared, arguments, self.overlaps) }
    }

    unsafe fn start(
        &self,
        function: &CudaFunction,
        grid: (usize, usize, usize),
        threads: usize,
        shared: usize,
        arguments: &[Argument],
        early: bool,
    ) -> Result<(), EngineError> {
        let mut pointers = [std::ptr::null_mut::<c_void>(); 16];
        for (pointer, argument) in pointers.iter_mut().zip(arguments) {
            *pointer = std::ptr::from_ref(argument).cast_mut().cast();
        }
        let mut attribute = CUlaunchAttribute {
            id: CUlaunchAttributeID::CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION,
            pad: [0; 4],
            value: CUlaunchAttributeValue {
                programmaticStreamSerializationAllowed: 1,
            },
        };
        let config = CUlaunchConfig {
            gridDimX: grid.0 as u32,
            gridDimY: grid.1 as u32,
            gridDimZ: grid.2 as u32,
            blockDimX: threads as u32,
            blockDimY: 1,
            blockDimZ: 1,
            sharedMemBytes: shared as u32,
            hStream: self.stream.cu_stream(),
            attrs: &mut attribute,
            numAttrs: u32::from(early),
        };
        // SAFETY: the caller's promise; every pointer is to 8 live bytes, as much as the widest parameter.
        unsafe {
            sys::cuLaunchKernelEx(
                &config,
                function.cu_function(),
                pointers.as_mut_ptr(),
                std::ptr::null_mut(),
            )
        }
        .result()?;
        Ok(())
    }
}

/// A kernel's parameter: an address, a 32-bit integer or an f32, in its first bytes.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Argument(u64);

impl From<Address> for Argument {
    fn from(address: Address) -> Self {
        Argument(address.0)
    }
}

impl From<usize> for Argument {
    /// Sizes are `int` in the kernels; none here reaches 2³¹.
    fn from(number: usize) -> Self {
        Argument(number as u64)
    }
}

impl From<f32> for Argument {
    fn from(number: f32) -> Self {
        Argument(u64::from(number.to_bits()))
    }
}

/// A place in device memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Address(pub u64);

impl Address {
    pub const NULL: Address = Address(0);

    pub fn plus(self, bytes: usize) -> Address {
        Address(self.0 + bytes as u64)
    }

    pub fn pointer<T>(self) -> *mut T {
        self.0 as *mut T
    }
}

/// Device memory, freed when dropped.
pub(super) struct Buffer {
    memory: CudaSlice<u8>,
    address: Address,
}

impl Buffer {
    /// Memory whose content is not defined yet.
    pub fn new(device: &Device, bytes: usize) -> Result<Buffer, DriverError> {
        // SAFETY: nothing reads a buffer before something has written to it; see the callers.
        let memory = unsafe { device.stream.alloc::<u8>(bytes.max(1)) }?;
        let address = Address(memory.device_ptr(&device.stream).0);
        Ok(Buffer { memory, address })
    }

    pub fn zeroed(device: &Device, bytes: usize) -> Result<Buffer, DriverError> {
        let mut buffer = Buffer::new(device, bytes)?;
        device.stream.memset_zeros(&mut buffer.memory)?;
        Ok(buffer)
    }

    /// A copy of host memory; returns once that may change.
    pub fn from_bytes(device: &Device, bytes: &[u8]) -> Result<Buffer, DriverError> {
        let buffer = Buffer::new(device, bytes.len())?;
        buffer.upload(device, 0, bytes)?;
        Ok(buffer)
    }

    /// Copies host memory to `offset`; returns once the source may change.
    pub fn upload(&self, device: &Device, offset: usize, bytes: &[u8]) -> Result<(), DriverError> {
        debug_assert!(offset + bytes.len() <= self.bytes());
        device.context.bind_to_thread()?;
        // SAFETY: the target lies in this buffer. Pageable memory is copied to a staging area before the call returns.
        unsafe {
            result::memcpy_htod_async(
                self.address.plus(offset).0,
                bytes,
                device.stream.cu_stream(),
            )
        }
    }

    /// Copies the start of another buffer.
    pub fn copy_from(
        &self,
        device: &Device,
        other: &Buffer,
        bytes: usize,
    ) -> Result<(), DriverError> {
        debug_assert!(bytes <= self.bytes() && bytes <= other.bytes());
        // SAFETY: both hold that many bytes.
        unsafe {
            result::memcpy_dtod_async(
                self.address.0,
                other.address.0,
                bytes,
                device.stream.cu_stream(),
            )
        }
    }

    pub fn address(&self) -> Address {
        self.address
    }

    pub fn bytes(&self) -> usize {
        self.memory.len()
    }
}
