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
use super::shape::Element;
use crate::engine::error::EngineError;

impl From<DriverError> for EngineError {
    /// By its name: its text must be asked of the driver, which may be what has gone.
    fn from(error: DriverError) -> Self {
        if is_out_of_memory(&error) {
            return EngineError::DeviceFull;
        }
        EngineError::DeviceFailed(format!("{:?}", error.0))
    }
}

impl From<CublasError> for EngineError {
    fn from(error: CublasError) -> Self {
        if error.0 == cublasStatus_t::CUBLAS_STATUS_ALLOC_FAILED {
            return EngineError::DeviceFull;
        }
        EngineError::DeviceFailed(format!("{:?}", error.0))
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

    /// Copies elements from the device, widened. Waits for what writes them.
    pub fn read(
        &self,
        from: Address,
        elements: usize,
        element: Element,
    ) -> Result<Vec<f32>, EngineError> {
        let mut bytes = vec![0u8; elements * element.bytes()];
        // SAFETY: callers read what lies in one of their buffers; `bytes` lives until the copy is done.
        unsafe { result::memcpy_dtoh_async(&mut bytes, from.0, self.stream.cu_stream()) }?;
        self.stream.synchronize()?;
        Ok(element.widen(&bytes))
    }

    /// Starts a kernel.
    ///
    /// # Safety
    ///
    /// The arguments must be the kernel's parameters in order, and what they point to must hold what it reads and
    /// writes.
    pub unsafe fn launch<const N: usize>(
        &self,
        function: &CudaFunction,
        grid: (usize, usize, usize),
        threads: usize,
        shared: usize,
        arguments: &[Argument; N],
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
    pub unsafe fn launch_early<const N: usize>(
        &self,
        function: &CudaFunction,
        grid: (usize, usize, usize),
        threads: usize,
        shared: usize,
        arguments: &[Argument; N],
    ) -> Result<(), EngineError> {
        // SAFETY: the caller's promise.
        unsafe { self.start(function, grid, threads, shared, arguments, self.overlaps) }
    }

    /// # Safety
    ///
    /// As [`Device::launch`] and, where `early`, [`Device::launch_early`].
    unsafe fn start<const N: usize>(
        &self,
        function: &CudaFunction,
        grid: (usize, usize, usize),
        threads: usize,
        shared: usize,
        arguments: &[Argument; N],
        early: bool,
    ) -> Result<(), EngineError> {
        let mut pointers = arguments.each_ref().map(Argument::pointer);
        let mut attribute = CUlaunchAttribute {
            id: CUlaunchAttributeID::CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION,
            pad: [0; 4],
            value: CUlaunchAttributeValue {
                programmaticStreamSerializationAllowed: 1,
            },
        };
        let config = CUlaunchConfig {
            gridDimX: size(grid.0)?,
            gridDimY: size(grid.1)?,
            gridDimZ: size(grid.2)?,
            blockDimX: size(threads)?,
            blockDimY: 1,
            blockDimZ: 1,
            sharedMemBytes: size(shared)?,
            hStream: self.stream.cu_stream(),
            attrs: &mut attribute,
            numAttrs: u32::from(early),
        };
        // SAFETY: the caller's promise; every pointer is to a live argument of its parameter's size.
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

/// A size as CUDA takes it, `unsigned int` or `int`.
pub(super) fn size<T: TryFrom<usize>>(size: usize) -> Result<T, EngineError> {
    T::try_from(size).map_err(|_| {
        EngineError::Device(format!("cuda: a size of {size} is more than it can take"))
    })
}

/// A kernel's parameter.
#[derive(Debug, Clone, Copy)]
pub(super) enum Argument {
    Address(u64),
    Int(i32),
    Float(f32),
}

impl Argument {
    /// What the driver copies the parameter from.
    fn pointer(&self) -> *mut c_void {
        match self {
            Argument::Address(value) => std::ptr::from_ref(value).cast_mut().cast(),
            Argument::Int(value) => std::ptr::from_ref(value).cast_mut().cast(),
            Argument::Float(value) => std::ptr::from_ref(value).cast_mut().cast(),
        }
    }
}

impl From<Address> for Argument {
    fn from(address: Address) -> Self {
        Argument::Address(address.0)
    }
}

impl From<usize> for Argument {
    /// Sizes are `int` in the kernels.
    fn from(number: usize) -> Self {
        Argument::Int(i32::try_from(number).expect("`Shape::new` refuses models with larger sizes"))
    }
}

impl From<f32> for Argument {
    fn from(number: f32) -> Self {
        Argument::Float(number)
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

    /// Sets the first bytes to 0.
    pub fn clear(&mut self, device: &Device, bytes: usize) -> Result<(), DriverError> {
        debug_assert!(bytes <= self.bytes());
        device
            .stream
            .memset_zeros(&mut self.memory.slice_mut(..bytes))
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
