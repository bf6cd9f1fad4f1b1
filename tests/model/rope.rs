//! Frequencies of rotary position embedding.

use lamascope::model::{Rope, RopeScaling};
use serde_json::json;

use crate::support::*;

#[test]
fn inverse_frequencies_are_those_of_transformers() {
    // ROPE_INIT_FUNCTIONS["llama3"](LlamaConfig(hidden_size=3072, num_attention_heads=24, head_dim=128,
    //   rope_parameters=dict(rope_type="llama3", rope_theta=500000.0, factor=32.0, low_freq_factor=1.0,
    //   high_freq_factor=4.0, original_max_position_embeddings=8192)), "cpu") of transformers 5.23, at these pairs.
    // By hand for pair 32: 500000^-0.5 = 0.00141421356, wavelength 4442.9, smooth = (8192/4442.9 - 1)/3 = 0.281285,
    // (1 - smooth) * f / 32 + smooth * f = 0.000429557.
    let expected = [
        (0, 1.0),
        (1, 0.814_617_2),
        (28, 0.003_211_446),
        (29, 0.002_118_406_8),
        (32, 0.000_429_556_7),
        (34, 9.708_286e-5),
        (35, 2.389_053e-5),
        (36, 1.946_163_9e-5),
        (63, 7.672_315e-8),
    ];
    let scaled = with(
        &llama(),
        json!({"rope_scaling": {"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0,
            "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}}),
    );
    let rope = read(scaled).unwrap().rope;
    let frequencies = rope.inverse_frequencies(128);
    assert_eq!(frequencies.len(), 64);
    for (pair, expected) in expected {
        close(frequencies[pair], expected);
    }

    // 1e6^(-2i/24): 1, 10^-0.5, 0.1, …
    let plain = Rope::plain(1e6);
    let frequencies = plain.inverse_frequencies(24);
    close(frequencies[1], 0.316_227_77);
    close(frequencies[2], 0.1);
    close(frequencies[11], 3.162_277_7e-6);

    let divided = Rope {
        scaling: RopeScaling::Divisors(vec![1.0, 1.0, 8.0, 32.0]),
        ..plain
    };
    let frequencies = divided.inverse_frequencies(8);
    close(frequencies[1], 0.031_622_78);
    close(frequencies[2], 1e-3 / 8.0);
}

/// Equal to two roundings of a float32.
fn close(a: f32, b: f32) {
    assert!(
        (a - b).abs() <= 2.0 * f32::EPSILON * b.abs(),
        "{a:e} is not {b:e}"
    );
}
