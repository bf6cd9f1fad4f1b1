//! Vectors of f32 in the widest form that the machine has, chosen when the program runs.
//!
//! Kernels are written once over [`Simd`] and compiled per instruction set by [`dispatch!`]. No operation here
//! depends on how many rows or threads a kernel works on, so results are the same for every batch.
//!
//! By hand rather than with pulp 0.22, which has no widening of 16-bit loads, no rounding to whole numbers and no
//! conversion between floats and integers: bf16 weights and the exponential would need code per instruction set
//! beside it all the same.

#[cfg(target_arch = "aarch64")]
mod arm;
mod scalar;
#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(target_arch = "aarch64")]
pub(crate) use arm::Neon;
pub(crate) use scalar::Scalar;
#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{Avx2, Avx512};

/// One instruction set's f32 vectors.
///
/// # Safety
/// Every function needs the instruction set that the implementing type stands for; pointers must be valid for
/// [`Simd::LANES`] elements.
pub(crate) trait Simd: Copy {
    type V: Copy;
    const LANES: usize;

    unsafe fn splat(value: f32) -> Self::V;
    unsafe fn load(from: *const f32) -> Self::V;
    /// Widens [`Simd::LANES`] bf16 values.
    unsafe fn load_bf16(from: *const u16) -> Self::V;
    unsafe fn store(to: *mut f32, value: Self::V);
    /// a · b + c.
    unsafe fn mul_add(a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V;
    unsafe fn div(a: Self::V, b: Self::V) -> Self::V;
    /// The sums of four vectors.
    unsafe fn sums(values: [Self::V; 4]) -> [f32; 4];
    unsafe fn sum(value: Self::V) -> f32;
    /// 2ⁿ for whole numbers n in -126..=127, given as f32.
    unsafe fn exp2_whole(n: Self::V) -> Self::V;
    /// The nearest whole number.
    unsafe fn round(value: Self::V) -> Self::V;
    /// The larger one; NaN where b is NaN.
    unsafe fn max(a: Self::V, b: Self::V) -> Self::V;

    /// eˣ for x ≤ 0, to about 2 units in the last place; 0 below about -87; NaN of NaN.
    ///
    /// Splits x = n ln 2 + r with |r| ≤ ln 2 / 2 and takes eʳ from the Taylor polynomial of degree 7, whose
    /// remainder there is below 2⁻²⁸.
    #[inline(always)]
    unsafe fn exp(x: Self::V) -> Self::V {
        // SAFETY: the caller's promise, and no pointers.
        unsafe {
            let x = Self::max(Self::splat(-87.3), x);
            let n = Self::round(Self::mul_add(
                x,
                Self::splat(std::f32::consts::LOG2_E),
                Self::splat(0.0),
            ));
            // ln 2 in two parts, the first exact in few bits, so that n · ln 2 loses nothing.
            let r = Self::mul_add(n, Self::splat(-0.693_359_4), x);
            let r = Self::mul_add(n, Self::splat(2.121_944_4e-4), r);
            let mut sum = Self::splat(1.0 / 5040.0);
            for factorial in [720.0, 120.0, 24.0, 6.0, 2.0, 1.0, 1.0] {
                sum = Self::mul_add(sum, r, Self::splat(1.0 / factorial));
            }
            Self::mul_add(sum, Self::exp2_whole(n), Self::splat(0.0))
        }
    }
}

/// An instruction set that this machine has: only [`Isa::detect`] and [`Isa::present`] make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Isa(Set);

/// The instruction sets that kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "aarch64")]
    Neon,
    Scalar,
}

impl Isa {
    /// The widest that this machine has.
    pub(crate) fn detect() -> Isa {
        Isa::present()[0]
    }

    /// Those that this machine has, the widest first.
    pub(crate) fn present() -> Vec<Isa> {
        let mut present = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            let narrow = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            let wide = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
            present.extend((narrow && wide).then_some(Set::Avx512));
            present.extend(narrow.then_some(Set::Avx2));
        }
        #[cfg(target_arch = "aarch64")]
        present.extend(std::arch::is_aarch64_feature_detected!("neon").then_some(Set::Neon));
        present.push(Set::Scalar);
        present.into_iter().map(Isa).collect()
    }

    pub(crate) fn set(self) -> Set {
        self.0
    }

    /// Lanes of one vector.
    pub(crate) fn lanes(self) -> usize {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => Avx512::LANES,
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => Avx2::LANES,
            #[cfg(target_arch = "aarch64")]
            Set::Neon => Neon::LANES,
            Set::Scalar => Scalar::LANES,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => "AVX-512",
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => "AVX2",
            #[cfg(target_arch = "aarch64")]
            Set::Neon => "NEON",
            Set::Scalar => "scalar",
        }
    }
}

/// `dispatch!(fn name(isa, arg: Type, …) => kernel)` makes a function that runs `kernel::<S>(…)` compiled for the given
/// [`Isa`]. The kernel must need nothing for its safety but the instruction set.
macro_rules! dispatch {
    ($(#[$doc:meta])* fn $name:ident($($arg:ident: $type:ty),* $(,)?) => $kernel:ident) => {
        $(#[$doc])*
        #[allow(clippy::too_many_arguments)]
        pub(crate) fn $name(isa: $crate::engine::cpu::simd::Isa, $($arg: $type),*) {
            use $crate::engine::cpu::simd::*;
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx2,fma")]
            unsafe fn avx512($($arg: $type),*) {
                // SAFETY: this function has the instruction set.
                unsafe { $kernel::<Avx512>($($arg),*) }
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            unsafe fn avx2($($arg: $type),*) {
                // SAFETY: this function has the instruction set.
                unsafe { $kernel::<Avx2>($($arg),*) }
            }
            #[cfg(target_arch = "aarch64")]
            #[target_feature(enable = "neon")]
            unsafe fn neon($($arg: $type),*) {
                // SAFETY: this function has the instruction set.
                unsafe { $kernel::<Neon>($($arg),*) }
            }
            // SAFETY: an `Isa` exists for those instruction sets only that this machine has.
            unsafe {
                match isa.set() {
                    #[cfg(target_arch = "x86_64")]
                    Set::Avx512 => avx512($($arg),*),
                    #[cfg(target_arch = "x86_64")]
                    Set::Avx2 => avx2($($arg),*),
                    #[cfg(target_arch = "aarch64")]
                    Set::Neon => neon($($arg),*),
                    Set::Scalar => $kernel::<Scalar>($($arg),*),
                }
            }
        }
    };
}
pub(crate) use dispatch;
