use candle_core::quantized::{GgmlDType, QMatMul, QTensor};
use candle_core::{DType, Device, Module, Tensor};
use proptest::prelude::*;

use super::{Epilogue, Scratch, Weight};
use crate::engine::cpu::simd::Isa;

fn matrix(rows: usize, columns: usize, seed: u64) -> Tensor {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let value = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    let values: Vec<f32> = (0..rows * columns).map(value).collect();
    Tensor::from_vec(values, (rows, columns), &Device::Cpu).unwrap()
}

fn values(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// W x + b added to 1.
fn product(isa: Isa, weight: &Weight, x: &Tensor, outputs: usize) -> Vec<f32> {
    let rows = x.dim(0).unwrap();
    let mut y = vec![1.0; rows * outputs];
    let mut scratch = Scratch::default();
    let x = values(x);
    weight
        .multiply(isa, &x, &mut y, rows, Epilogue::Add, &mut scratch)
        .unwrap();
    y
}

/// The largest difference.
fn far(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    assert!(a.iter().chain(b).all(|value| value.is_finite()));
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Weights in two parts with a bias, any number of rows, against candle's product of the same rounded numbers.
    #[test]
    fn rounded_weights(rows in 1usize..60, inputs in 1usize..130, outputs in 2usize..80, seed in 0u64..1000) {
        let weight = matrix(outputs, inputs, seed);
        let parts = [weight.narrow(0, 0, outputs / 2).unwrap(), weight.narrow(0, outputs / 2, outputs - outputs / 2).unwrap()];
        let (x, bias) = (matrix(rows, inputs, seed + 1), matrix(1, outputs, seed + 2).flatten_all().unwrap());
        let bf16 = |t: &Tensor| t.to_dtype(DType::BF16).unwrap().to_dtype(DType::F32).unwrap();
        let plain = |w: &Tensor, x: &Tensor| {
            let y = x.matmul(&w.t().unwrap()).unwrap().broadcast_add(&bias).unwrap();
            values(&(y + 1.0).unwrap())
        };
        for isa in Isa::present() {
            for dtype in [DType::F32, DType::BF16] {
                let parts = parts.each_ref().map(|part| part.to_dtype(dtype).unwrap());
                let packed = Weight::pack(isa, &parts, Some(&bias)).unwrap();
                let meant = weight.to_dtype(dtype).unwrap().to_dtype(DType::F32).unwrap();
                prop_assert!(far(&product(isa, &packed, &x, outputs), &plain(&meant, &x)) < 1e-4);
            }
        }
        let isa = Isa::detect();
        let rounded = Weight::round(isa, &parts, Some(&bias), DType::BF16).unwrap();
        let x = bf16(&x);
        prop_assert!(far(&product(isa, &rounded, &x, outputs), &plain(&bf16(&weight), &x)) < 1e-4);
    }

    /// Q8_0 against candle's product of the numbers that the blocks stand for: off by the rounding of the rows alone.
    #[test]
    fn blocks(rows in 1usize..20, blocks in 1usize..6, outputs in 1usize..80, seed in 0u64..1000) {
        let inputs = 32 * blocks;
        let weight = matrix(outputs, inputs, seed);
        let x = matrix(rows, inputs, seed + 1);
        let stored = QTensor::quantize(&weight, GgmlDType::Q8_0).unwrap();
        let meant = stored.dequantize(&Device::Cpu).unwrap();
        let ours = Weight::quantize(Isa::detect(), &[weight], None, GgmlDType::Q8_0).unwrap();
        let ours = product(Isa::detect(), &ours, &x, outputs);
        let exact = values(&(x.matmul(&meant.t().unwrap()).unwrap() + 1.0).unwrap());
        // Every input is off by at most half a step of 1/127, every weight at most 1.
        let bound = inputs as f32 / 254.0;
        let error = far(&ours, &exact);
        prop_assert!(error < 0.5 * bound, "{error} of {bound}");
        let theirs = QMatMul::from_qtensor(stored).unwrap().forward(&x).unwrap();
        let theirs = values(&(theirs + 1.0).unwrap());
        prop_assert!(far(&ours, &theirs) < 0.5 * bound);
    }
}

/// A row's result is the same to the bit, alone or among others.
#[test]
fn rows_do_not_depend_on_each_other() {
    let (inputs, outputs) = (96, 70);
    let weight = [matrix(outputs, inputs, 1)];
    let isa = Isa::detect();
    let weights = [
        Weight::pack(isa, &weight, None).unwrap(),
        Weight::round(isa, &weight, None, DType::BF16).unwrap(),
        Weight::quantize(isa, &weight, None, GgmlDType::Q8_0).unwrap(),
    ];
    let x = matrix(53, inputs, 2);
    for weight in &weights {
        let together = product(isa, weight, &x, outputs);
        for (row, together) in together.chunks_exact(outputs).enumerate() {
            let alone = product(isa, weight, &x.narrow(0, row, 1).unwrap(), outputs);
            assert_eq!(alone, together);
        }
    }
}

/// Where a machine has both, AMX and AVX-512 multiply the same packed numbers.
#[cfg(target_arch = "x86_64")]
#[test]
fn both_ways_of_bf16() {
    use super::tiles::{Epilogue, product};
    use super::{amx, bf16};

    let (rows, inputs, outputs) = (37, 75, 70);
    let Some(dot) = bf16::DotBf16::detect() else {
        return;
    };
    let weight: Vec<half::bf16> = values(&matrix(outputs, inputs, 1))
        .into_iter()
        .map(half::bf16::from_f32)
        .collect();
    let weight = &bf16::pack(&weight, outputs, inputs);
    let mut x = Vec::new();
    bf16::round(dot, &values(&matrix(rows, inputs, 2)), inputs, &mut x);
    let (x, shape) = (&x, (rows, inputs, outputs));
    let mut dots = vec![0.0; rows * outputs];
    let format = bf16::Dots {
        dot,
        weight,
        x,
        inputs,
    };
    product(&format, shape, None, &mut dots, Epilogue::Replace);
    assert!(far(&dots, &vec![0.0; rows * outputs]) > 1.0);
    if let Some(amx) = amx::Amx::detect() {
        let mut tiles = vec![0.0; rows * outputs];
        let format = amx::Tiles {
            amx,
            weight,
            x,
            inputs,
        };
        product(&format, shape, None, &mut tiles, Epilogue::Replace);
        assert!(far(&tiles, &dots) < 1e-4);
    }
}

/// A number that is not finite stays one, so that it is noticed.
#[test]
fn what_is_not_finite_shows() {
    let isa = Isa::detect();
    let weight = Weight::quantize(isa, &[matrix(40, 64, 1)], None, GgmlDType::Q8_0).unwrap();
    for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut x = values(&matrix(2, 64, 2));
        x[70] = odd;
        let y = product(
            isa,
            &weight,
            &Tensor::from_vec(x, (2, 64), &Device::Cpu).unwrap(),
            40,
        );
        assert!(y[..40].iter().all(|y| y.is_finite()));
        assert!(y[40..].iter().all(|y| !y.is_finite()));
    }
}
