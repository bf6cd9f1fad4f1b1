//! Vectors of f32 in the widest form that the machine has, chosen when the program runs.
//!
//! Kernels are written once over [`Simd`] and compiled per instruction set by [`dispatch!`]. No operation here
//! depends on how many rows or threads a kernel works on, so results are the same for every batch.

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
    unsafe fn max(a: Self::V, b: Self::V) -> Self::V;

    /// eˣ for x ≤ 0, to about 2 units in the last place; 0 below about -87.
    ///
    /// Splits x = n ln 2 + r with |r| ≤ ln 2 / 2 and takes eʳ from the Taylor polynomial of degree 7, whose
    /// remainder there is below 2⁻²⁸.
    #[inline(always)]
    unsafe fn exp(x: Self::V) -> Self::V {
        unsafe {
            let x = Self::max(x, Self::splat(-87.3));
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

/// Plain Rust, for machines without the others.
#[derive(Clone, Copy)]
pub(crate) struct Scalar;

impl Simd for Scalar {
    type V = [f32; 4];
    const LANES: usize = 4;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self::V {
        [value; 4]
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self::V {
        unsafe { from.cast::<[f32; 4]>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn load_bf16(from: *const u16) -> Self::V {
        let bits = unsafe { from.cast::<[u16; 4]>().read_unaligned() };
        bits.map(|b| f32::from_bits(u32::from(b) << 16))
    }
    #[inline(always)]
    unsafe fn store(to: *mut f32, value: Self::V) {
        unsafe { to.cast::<[f32; 4]>().write_unaligned(value) }
    }
    #[inline(always)]
    unsafe fn mul_add(a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        std::array::from_fn(|i| a[i] * b[i] + c[i])
    }
    #[inline(always)]
    unsafe fn add(a: Self::V, b: Self::V) -> Self::V {
        std::array::from_fn(|i| a[i] + b[i])
    }
    #[inline(always)]
    unsafe fn div(a: Self::V, b: Self::V) -> Self::V {
        std::array::from_fn(|i| a[i] / b[i])
    }
    #[inline(always)]
    unsafe fn sums(values: [Self::V; 4]) -> [f32; 4] {
        values.map(|value| value.iter().sum())
    }
    #[inline(always)]
    unsafe fn sum(value: Self::V) -> f32 {
        value.iter().sum()
    }
    #[inline(always)]
    unsafe fn exp2_whole(n: Self::V) -> Self::V {
        n.map(|n| f32::from_bits(((n as i32 + 127) as u32) << 23))
    }
    #[inline(always)]
    unsafe fn round(value: Self::V) -> Self::V {
        value.map(f32::round_ties_even)
    }
    #[inline(always)]
    unsafe fn max(a: Self::V, b: Self::V) -> Self::V {
        std::array::from_fn(|i| a[i].max(b[i]))
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::Simd;

    #[derive(Clone, Copy)]
    pub(crate) struct Avx512;

    impl Simd for Avx512 {
        type V = __m512;
        const LANES: usize = 16;

        #[inline(always)]
        unsafe fn splat(value: f32) -> Self::V {
            unsafe { _mm512_set1_ps(value) }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self::V {
            unsafe { _mm512_loadu_ps(from) }
        }
        #[inline(always)]
        unsafe fn load_bf16(from: *const u16) -> Self::V {
            unsafe {
                let narrow = _mm256_loadu_si256(from.cast());
                _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(narrow)))
            }
        }
        #[inline(always)]
        unsafe fn store(to: *mut f32, value: Self::V) {
            unsafe { _mm512_storeu_ps(to, value) }
        }
        #[inline(always)]
        unsafe fn mul_add(a: Self::V, b: Self::V, c: Self::V) -> Self::V {
            unsafe { _mm512_fmadd_ps(a, b, c) }
        }
        #[inline(always)]
        unsafe fn add(a: Self::V, b: Self::V) -> Self::V {
            unsafe { _mm512_add_ps(a, b) }
        }
        #[inline(always)]
        unsafe fn div(a: Self::V, b: Self::V) -> Self::V {
            unsafe { _mm512_div_ps(a, b) }
        }
        #[inline(always)]
        unsafe fn sums(values: [Self::V; 4]) -> [f32; 4] {
            unsafe {
                // A closure would not be compiled for this instruction set.
                let mut halves = [_mm256_setzero_ps(); 4];
                for (half, value) in halves.iter_mut().zip(values) {
                    let high = _mm512_castps512_ps256(_mm512_shuffle_f32x4::<0b1110>(value, value));
                    *half = _mm256_add_ps(_mm512_castps512_ps256(value), high);
                }
                sums_of_eight(halves)
            }
        }
        #[inline(always)]
        unsafe fn sum(value: Self::V) -> f32 {
            unsafe { _mm512_reduce_add_ps(value) }
        }
        #[inline(always)]
        unsafe fn exp2_whole(n: Self::V) -> Self::V {
            unsafe { _mm512_scalef_ps(_mm512_set1_ps(1.0), n) }
        }
        #[inline(always)]
        unsafe fn round(value: Self::V) -> Self::V {
            unsafe { _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT }>(value) }
        }
        #[inline(always)]
        unsafe fn max(a: Self::V, b: Self::V) -> Self::V {
            unsafe { _mm512_max_ps(a, b) }
        }
    }

    /// The sums of four vectors of eight: neighbours, then pairs, then halves.
    #[inline(always)]
    unsafe fn sums_of_eight(values: [__m256; 4]) -> [f32; 4] {
        unsafe {
            let [a, b, c, d] = values;
            let pairs = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
            let high = _mm256_extractf128_ps::<1>(pairs);
            let mut sums = [0.0; 4];
            _mm_storeu_ps(
                sums.as_mut_ptr(),
                _mm_add_ps(_mm256_castps256_ps128(pairs), high),
            );
            sums
        }
    }

    #[derive(Clone, Copy)]
    pub(crate) struct Avx2;

    impl Simd for Avx2 {
        type V = __m256;
        const LANES: usize = 8;

        #[inline(always)]
        unsafe fn splat(value: f32) -> Self::V {
            unsafe { _mm256_set1_ps(value) }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self::V {
            unsafe { _mm256_loadu_ps(from) }
        }
        #[inline(always)]
        unsafe fn load_bf16(from: *const u16) -> Self::V {
            unsafe {
                let narrow = _mm_loadu_si128(from.cast());
                _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_cvtepu16_epi32(narrow)))
            }
        }
        #[inline(always)]
        unsafe fn store(to: *mut f32, value: Self::V) {
            unsafe { _mm256_storeu_ps(to, value) }
        }
        #[inline(always)]
        unsafe fn mul_add(a: Self::V, b: Self::V, c: Self::V) -> Self::V {
            unsafe { _mm256_fmadd_ps(a, b, c) }
        }
        #[inline(always)]
        unsafe fn add(a: Self::V, b: Self::V) -> Self::V {
            unsafe { _mm256_add_ps(a, b) }
        }
        #[inline(always)]
        unsafe fn div(a: Self::V, b: Self::V) -> Self::V {
            unsafe { _mm256_div_ps(a, b) }
        }
        #[inline(always)]
        unsafe fn sums(values: [Self::V; 4]) -> [f32; 4] {
            unsafe { sums_of_eight(values) }
        }
        #[inline(always)]
        unsafe fn sum(value: Self::V) -> f32 {
            let mut lanes = [0.0; 8];
            unsafe { _mm256_storeu_ps(lanes.as_mut_ptr(), value) };
            let [a, b, c, d, e, f, g, h] = lanes;
            ((a + e) + (c + g)) + ((b + f) + (d + h))
        }
        #[inline(always)]
        unsafe fn exp2_whole(n: Self::V) -> Self::V {
            unsafe {
                let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
                _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent))
            }
        }
        #[inline(always)]
        unsafe fn round(value: Self::V) -> Self::V {
            unsafe { _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(value) }
        }
        #[inline(always)]
        unsafe fn max(a: Self::V, b: Self::V) -> Self::V {
            unsafe { _mm256_max_ps(a, b) }
        }
    }
}
#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{Avx2, Avx512};

#[cfg(target_arch = "aarch64")]
mod arm {
    use std::arch::aarch64::*;

    use super::Simd;

    #[derive(Clone, Copy)]
    pub(crate) struct Neon;

    impl Simd for Neon {
        type V = float32x4_t;
        const LANES: usize = 4;

        #[inline(always)]
        unsafe fn splat(value: f32) -> Self::V {
            unsafe { vdupq_n_f32(value) }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self::V {
            unsafe { vld1q_f32(from) }
        }
        #[inline(always)]
        unsafe fn load_bf16(from: *const u16) -> Self::V {
            unsafe { vreinterpretq_f32_u32(vshll_n_u16::<16>(vld1_u16(from))) }
        }
        #[inline(always)]
        unsafe fn store(to: *mut f32, value: Self::V) {
            unsafe { vst1q_f32(to, value) }
        }
        #[inline(always)]
        unsafe fn mul_add(a: Self::V, b: Self::V, c: Self::V) -> Self::V {
            unsafe { vfmaq_f32(c, a, b) }
        }
        #[inline(always)]
        unsafe fn add(a: Self::V, b: Self::V) -> Self::V {
            unsafe { vaddq_f32(a, b) }
        }
        #[inline(always)]
        unsafe fn div(a: Self::V, b: Self::V) -> Self::V {
            unsafe { vdivq_f32(a, b) }
        }
        #[inline(always)]
        unsafe fn sums(values: [Self::V; 4]) -> [f32; 4] {
            values.map(|value| unsafe { vaddvq_f32(value) })
        }
        #[inline(always)]
        unsafe fn sum(value: Self::V) -> f32 {
            unsafe { vaddvq_f32(value) }
        }
        #[inline(always)]
        unsafe fn exp2_whole(n: Self::V) -> Self::V {
            unsafe {
                let exponent = vaddq_s32(vcvtnq_s32_f32(n), vdupq_n_s32(127));
                vreinterpretq_f32_s32(vshlq_n_s32::<23>(exponent))
            }
        }
        #[inline(always)]
        unsafe fn round(value: Self::V) -> Self::V {
            unsafe { vrndnq_f32(value) }
        }
        #[inline(always)]
        unsafe fn max(a: Self::V, b: Self::V) -> Self::V {
            unsafe { vmaxq_f32(a, b) }
        }
    }
}
#[cfg(target_arch = "aarch64")]
pub(crate) use arm::Neon;

/// The instruction sets that kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Isa {
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
            present.extend((narrow && wide).then_some(Isa::Avx512));
            present.extend(narrow.then_some(Isa::Avx2));
        }
        #[cfg(target_arch = "aarch64")]
        present.extend(std::arch::is_aarch64_feature_detected!("neon").then_some(Isa::Neon));
        present.push(Isa::Scalar);
        present
    }

    /// Lanes of one vector.
    pub(crate) fn lanes(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => Avx512::LANES,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => Avx2::LANES,
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => Neon::LANES,
            Isa::Scalar => Scalar::LANES,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => "AVX-512",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => "AVX2",
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => "NEON",
            Isa::Scalar => "scalar",
        }
    }
}

/// `dispatch!(fn name(isa, arg: Type, …) => kernel)` makes a safe-to-name function that runs `kernel::<S>(…)`
/// compiled for the given [`Isa`].
macro_rules! dispatch {
    ($(#[$doc:meta])* fn $name:ident($($arg:ident: $type:ty),* $(,)?) => $kernel:ident) => {
        $(#[$doc])*
        #[allow(clippy::too_many_arguments)]
        pub(crate) unsafe fn $name(isa: $crate::engine::cpu::simd::Isa, $($arg: $type),*) {
            use $crate::engine::cpu::simd::*;
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx2,fma")]
            unsafe fn avx512($($arg: $type),*) {
                unsafe { $kernel::<Avx512>($($arg),*) }
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            unsafe fn avx2($($arg: $type),*) {
                unsafe { $kernel::<Avx2>($($arg),*) }
            }
            #[cfg(target_arch = "aarch64")]
            #[target_feature(enable = "neon")]
            unsafe fn neon($($arg: $type),*) {
                unsafe { $kernel::<Neon>($($arg),*) }
            }
            unsafe {
                match isa {
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx512 => avx512($($arg),*),
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx2 => avx2($($arg),*),
                    #[cfg(target_arch = "aarch64")]
                    Isa::Neon => neon($($arg),*),
                    Isa::Scalar => $kernel::<Scalar>($($arg),*),
                }
            }
        }
    };
}
pub(crate) use dispatch;
