//! The demo model inside the program.

/// Its files, laid out like a hub repository's.
#[derive(Debug)]
pub(super) struct Demo {
    pub config: &'static [u8],
    pub generation: &'static [u8],
    pub tokenizer: &'static [u8],
    pub weights: &'static [u8],
}

impl Demo {
    // Names for error messages.
    pub(super) const CONFIG: &str = "embedded config.json";
    pub(super) const GENERATION: &str = "embedded generation_config.json";
    pub(super) const TOKENIZER: &str = "embedded tokenizer.json";
    pub(super) const WEIGHTS: &str = "embedded model.safetensors";
}

#[cfg(not(any()))]
pub(super) const DEMO: Option<&Demo> = None;
#[cfg(any())]
pub(super) const DEMO: Option<&Demo> = Some(&Demo {
    config: include_bytes!("../../assets/demo/model/config.json"),
    generation: include_bytes!("../../assets/demo/model/generation_config.json"),
    tokenizer: include_bytes!("../../assets/demo/model/tokenizer.json"),
    weights: include_bytes!("../../assets/demo/model/model.safetensors"),
});
