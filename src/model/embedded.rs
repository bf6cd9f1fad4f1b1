//! The demo model inside the program: `assets/demo/model`, trained by the recipe beside it.

/// File name for error messages, and content.
pub(super) static CONFIG: (&str, &[u8]) = (
    "embedded config.json",
    include_bytes!("../../assets/demo/model/config.json"),
);
pub(super) static GENERATION: (&str, &[u8]) = (
    "embedded generation_config.json",
    include_bytes!("../../assets/demo/model/generation_config.json"),
);
pub(super) static TOKENIZER: (&str, &[u8]) = (
    "embedded tokenizer.json",
    include_bytes!("../../assets/demo/model/tokenizer.json"),
);

pub(super) static WEIGHTS: (&str, &[u8]) = (
    "embedded model.safetensors",
    include_bytes!("../../assets/demo/model/model.safetensors"),
);
