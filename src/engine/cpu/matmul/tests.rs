use candle_core::quantized::{GgmlDType, QMatMul, QTensor};
use candle_core::{DType, Device, Module, Tensor};
use proptest::prelude::*;

use super::{Into, Scratch, Weight};
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
fn product(weight: &Weight, x: &Tensor, outputs: usize) -> Vec<f32> {
    let rows = x.dim(0).unwrap();
    let mut y = vec![1.0; rows * outputs];
    let mut scratch = Scratch::default();
    let (isa, x) = (Isa::detect(), values(x));
    weight
        .multiply(isa, &x, &mut y, rows, Into::Add, &mut scratch)
        .unwrap();
    y
}

fn far(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
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
        let exact = Weight::pack(Isa::detect(), &parts, Some(&bias)).unwrap();
        let rounded = Weight::round(Isa::detect(), &parts, Some(&bias), DType::BF16).unwrap();
        let bf16 = |t: &Tensor| t.to_dtype(DType::BF16).unwrap().to_dtype(DType::F32).unwrap();
        let plain = |w: &Tensor, x: &Tensor| {
            let y = x.matmul(&w.t().unwrap()).unwrap().broadcast_add(&bias).unwrap();
            values(&(y + 1.0).unwrap())
        };
        prop_assert!(far(&product(&exact, &x, outputs), &plain(&weight, &x)) < 1e-4);
        let x = bf16(&x);
        prop_assert!(far(&product(&rounded, &x, outputs), &plain(&bf16(&weight), &x)) < 1e-4);
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
        let ours = product(&ours, &x, outputs);
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
        let together = product(weight, &x, outputs);
        for (row, together) in together.chunks_exact(outputs).enumerate() {
            let alone = product(weight, &x.narrow(0, row, 1).unwrap(), outputs);
            assert_eq!(alone, together);
        }
    }
}
