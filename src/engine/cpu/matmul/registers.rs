//! What the machine multiplies at best: its instruction on numbers that stay in registers.
//!
//! No product is faster, so this is the limit of every product with weights of that kind.

use std::hint::black_box;

use super::WeightKind;
#[cfg(target_arch = "x86_64")]
use super::{amx::Amx, bf16::DotBf16, int8::Vnni};
use crate::engine::cpu::simd::{Isa, Simd, dispatch};

/// Sums at work side by side: more than the latency of an instruction times those that start in one cycle.
const SUMS: usize = 12;

/// The instruction that products with a kind of weights are made with; where none is known here, as for candle's kernels,
/// the one for f32.
#[derive(Clone, Copy)]
pub(crate) enum Instruction {
    Floats(Isa),
    #[cfg(target_arch = "x86_64")]
    Pairs(DotBf16),
    #[cfg(target_arch = "x86_64")]
    Tiles(Amx),
    #[cfg(target_arch = "x86_64")]
    Bytes(Vnni),
}

impl Instruction {
    pub fn of(isa: Isa, kind: WeightKind) -> Instruction {
        #[cfg(target_arch = "x86_64")]
        match kind {
            WeightKind::Bf16 => {
                if let Some(dot) = DotBf16::detect() {
                    return Amx::detect().map_or(Instruction::Pairs(dot), Instruction::Tiles);
                }
            }
            WeightKind::Q8_0 => {
                if let Some(vnni) = Vnni::detect() {
                    return Instruction::Bytes(vnni);
                }
            }
            WeightKind::Float | WeightKind::Blocks => {}
        }
        let _ = kind;
        Instruction::Floats(isa)
    }

    pub fn name(self) -> &'static str {
        match self {
            Instruction::Floats(isa) => isa.name(),
            #[cfg(target_arch = "x86_64")]
            Instruction::Pairs(_) => "AVX-512 BF16",
            #[cfg(target_arch = "x86_64")]
            Instruction::Tiles(_) => "AMX BF16",
            #[cfg(target_arch = "x86_64")]
            Instruction::Bytes(_) => "AVX-512 VNNI",
        }
    }

    /// Multiplies `steps` times on this thread and says how many operations that was.
    pub fn run(self, steps: usize) -> f64 {
        let steps = black_box(steps.max(1));
        let of_step = match self {
            Instruction::Floats(isa) => {
                of_floats(isa, steps);
                SUMS * isa.lanes()
            }
            #[cfg(target_arch = "x86_64")]
            Instruction::Pairs(_) => {
                // SAFETY: `DotBf16` says that the instruction is there.
                unsafe { of_pairs(steps) };
                SUMS * 16 * 2
            }
            #[cfg(target_arch = "x86_64")]
            Instruction::Tiles(_) => {
                // SAFETY: `Amx` says that the instructions are there.
                unsafe { of_tiles(steps) };
                4 * 16 * 16 * 32
            }
            #[cfg(target_arch = "x86_64")]
            Instruction::Bytes(_) => {
                // SAFETY: `Vnni` says that the instruction is there.
                unsafe { of_bytes(steps) };
                SUMS * 16 * 4
            }
        };
        (2 * steps * of_step) as f64
    }
}

dispatch!(fn of_floats(steps: usize) => float_kernel);

/// # Safety
/// Needs the instruction set of `S`.
#[inline(always)]
unsafe fn float_kernel<S: Simd>(steps: usize) {
    // SAFETY: the caller's promise, and no pointers.
    unsafe {
        // Unknown to the compiler, which would else see that all sums are the same.
        let (a, b) = (S::splat(black_box(1.0)), S::splat(black_box(0.5)));
        let mut sums: [S::V; SUMS] = black_box([a; SUMS]);
        for _ in 0..steps {
            for sum in &mut sums {
                *sum = S::mul_add(a, b, *sum);
            }
        }
        black_box(sums);
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
fn of_pairs(steps: usize) {
    use std::arch::x86_64::*;
    let one = black_box(0x3f80_3f80);
    // SAFETY: any bits are pairs of bf16.
    let pairs: __m512bh = unsafe { std::mem::transmute(_mm512_set1_epi32(one)) };
    let mut sums = black_box([_mm512_setzero_ps(); SUMS]);
    for _ in 0..steps {
        for sum in &mut sums {
            *sum = _mm512_dpbf16_ps(*sum, pairs, pairs);
        }
    }
    black_box(sums);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn of_bytes(steps: usize) {
    use std::arch::x86_64::*;
    let bytes = _mm512_set1_epi32(black_box(0x0101_0101));
    let mut sums = black_box([_mm512_setzero_si512(); SUMS]);
    for _ in 0..steps {
        for sum in &mut sums {
            *sum = _mm512_dpbusd_epi32(*sum, bytes, bytes);
        }
    }
    black_box(sums);
}

/// # Safety
/// Needs AMX, and a step at least.
#[cfg(target_arch = "x86_64")]
unsafe fn of_tiles(steps: usize) {
    use super::amx::Configuration;
    let configuration = Configuration::new(32);
    // SAFETY: the caller's promise; nothing but the configuration is read from memory.
    unsafe {
        std::arch::asm!(
            "ldtilecfg [{configuration}]",
            "tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3",
            "tilezero tmm4", "tilezero tmm5", "tilezero tmm6", "tilezero tmm7",
            "2:",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            "dec {steps}",
            "jnz 2b",
            "tilerelease",
            configuration = in(reg) &raw const configuration,
            steps = inout(reg) steps => _,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        );
    }
}
