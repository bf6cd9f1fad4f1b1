//! Products of bf16 weights with rows rounded to bf16, summed in f32: AMX.
//!
//! The same numbers in the same places as for [`super::bf16`], sixteen rows by sixteen outputs by 32 inputs at a time.
//! The compiler has no stable names for these instructions, so they are written out. Every output is one chain of
//! steps over `in`, in order.

use std::arch::asm;
use std::arch::x86_64::{__cpuid_count, _xgetbv};
use std::sync::LazyLock;

use super::bf16::{Pair, padded};
use super::tiles::{COLUMNS, Format, ROWS, Sums};

/// Rows, or pairs of inputs, of one tile register, and its outputs.
const SIDE: usize = 16;

/// Says that this machine has the instructions and Linux lets this process use them: only [`Amx::detect`] makes one.
#[derive(Clone, Copy)]
pub(crate) struct Amx(());

impl Amx {
    pub fn detect() -> Option<Amx> {
        static THERE: LazyLock<bool> = LazyLock::new(|| has_instructions() && may_use_tiles());
        THERE.then_some(Amx(()))
    }
}

fn has_instructions() -> bool {
    /// AMX-BF16 and AMX-TILE in EDX of leaf 7.
    const WANTED: u32 = 1 << 22 | 1 << 24;
    /// Tile configuration and tile data in XCR0.
    const SAVED: u64 = 1 << 17 | 1 << 18;
    // `avx512f` implies leaf 7 and that the system uses XSAVE.
    is_x86_feature_detected!("avx512f")
        && __cpuid_count(7, 0).edx & WANTED == WANTED
        // SAFETY: the system uses XSAVE.
        && unsafe { saved_state() } & SAVED == SAVED
}

#[target_feature(enable = "xsave")]
fn saved_state() -> u64 {
    // SAFETY: register 0 is there wherever XSAVE is.
    unsafe { _xgetbv(0) }
}

/// Linux hands out the large tile state only to processes that ask, for all their threads.
#[cfg(target_os = "linux")]
fn may_use_tiles() -> bool {
    const ARCH_REQ_XCOMP_PERM: libc::c_long = 0x1023;
    const XFEATURE_XTILEDATA: libc::c_long = 18;
    // SAFETY: asks for a permission and touches no memory.
    unsafe {
        libc::syscall(
            libc::SYS_arch_prctl,
            ARCH_REQ_XCOMP_PERM,
            XFEATURE_XTILEDATA,
        ) == 0
    }
}

#[cfg(not(target_os = "linux"))]
fn may_use_tiles() -> bool {
    false
}

/// Packed weights and rounded rows.
pub(super) struct Tiles<'a> {
    pub amx: Amx,
    /// `[panel][in / 2][32]`
    pub weight: &'a [Pair],
    /// `[rows, in / 2]`
    pub x: &'a [Pair],
    pub inputs: usize,
}

/// What `ldtilecfg` reads: registers 0 to 3 are sums, 4 and 5 rows, 6 and 7 weights.
#[repr(C, align(64))]
pub(super) struct Configuration {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    /// Bytes of a row.
    columns: [u16; 16],
    rows: [u8; 16],
}

impl Configuration {
    /// For up to 32 rows. Registers of the second half keep one row where there is none, as the format asks.
    pub fn new(rows: usize) -> Configuration {
        let (first, second) = (rows.min(SIDE), rows.saturating_sub(SIDE).max(1));
        let [a, b, k] = [first as u8, second as u8, SIDE as u8];
        let mut columns = [0; 16];
        columns[..8].fill(64);
        let mut of = [0; 16];
        of[..8].copy_from_slice(&[a, a, b, b, a, b, k, k]);
        Configuration {
            palette: 1,
            start_row: 0,
            reserved: [0; 14],
            columns,
            rows: of,
        }
    }
}

impl Format for Tiles<'_> {
    fn columns(&self) -> usize {
        COLUMNS
    }

    fn rows(&self) -> usize {
        ROWS
    }

    unsafe fn tile(&self, panel: usize, first: usize, rows: usize, sums: &mut Sums) {
        let Amx(()) = self.amx;
        let pairs = padded(self.inputs);
        let weight = &self.weight[panel * pairs * COLUMNS..(panel + 1) * pairs * COLUMNS];
        let x = &self.x[first * pairs..(first + rows) * pairs];
        let configuration = Configuration::new(rows);
        let stride = pairs * size_of::<Pair>();
        // SAFETY: `amx` says that the instructions are there. Tiles read `rows` rows of `x`, 16 pairs at a time,
        // of which there are a whole number, and the panel; sums hold 32 rows of 32.
        unsafe {
            if rows > SIDE {
                asm!(
                    "ldtilecfg [{configuration}]",
                    "tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3",
                    "2:",
                    "tileloadd tmm6, [{weight} + {line}]",
                    "tileloadd tmm7, [{weight} + {line} + 64]",
                    "tileloadd tmm4, [{x} + {stride}]",
                    "tdpbf16ps tmm0, tmm4, tmm6",
                    "tdpbf16ps tmm1, tmm4, tmm7",
                    "tileloadd tmm5, [{below} + {stride}]",
                    "tdpbf16ps tmm2, tmm5, tmm6",
                    "tdpbf16ps tmm3, tmm5, tmm7",
                    "add {weight}, 2048",
                    "add {x}, 64",
                    "add {below}, 64",
                    "dec {steps}",
                    "jnz 2b",
                    "tilestored [{sums} + {line}], tmm0",
                    "tilestored [{sums} + {line} + 64], tmm1",
                    "tilestored [{sums} + {line} + 2048], tmm2",
                    "tilestored [{sums} + {line} + 2112], tmm3",
                    "tilerelease",
                    configuration = in(reg) &raw const configuration,
                    weight = inout(reg) weight.as_ptr() => _,
                    x = inout(reg) x.as_ptr() => _,
                    below = inout(reg) x[SIDE * pairs..].as_ptr() => _,
                    steps = inout(reg) pairs / SIDE => _,
                    line = in(reg) COLUMNS * 4,
                    stride = in(reg) stride,
                    sums = in(reg) sums.as_mut_ptr(),
                    out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                    out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                    options(nostack),
                );
            } else {
                asm!(
                    "ldtilecfg [{configuration}]",
                    "tilezero tmm0", "tilezero tmm1",
                    "2:",
                    "tileloadd tmm6, [{weight} + {line}]",
                    "tileloadd tmm7, [{weight} + {line} + 64]",
                    "tileloadd tmm4, [{x} + {stride}]",
                    "tdpbf16ps tmm0, tmm4, tmm6",
                    "tdpbf16ps tmm1, tmm4, tmm7",
                    "add {weight}, 2048",
                    "add {x}, 64",
                    "dec {steps}",
                    "jnz 2b",
                    "tilestored [{sums} + {line}], tmm0",
                    "tilestored [{sums} + {line} + 64], tmm1",
                    "tilerelease",
                    configuration = in(reg) &raw const configuration,
                    weight = inout(reg) weight.as_ptr() => _,
                    x = inout(reg) x.as_ptr() => _,
                    steps = inout(reg) pairs / SIDE => _,
                    line = in(reg) COLUMNS * 4,
                    stride = in(reg) stride,
                    sums = in(reg) sums.as_mut_ptr(),
                    out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                    out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                    options(nostack),
                );
            }
        }
    }
}
