//! What the user has set for the hub, under the names that `huggingface_hub` knows.

use std::env;

use ureq::http::HeaderValue;

use super::{Error, cache};

const DEFAULT_ENDPOINT: &str = "https://huggingface.co";

/// HF_ENDPOINT, for requests and messages.
pub(super) fn endpoint() -> String {
    let set = env::var("HF_ENDPOINT").unwrap_or_default();
    match set.trim().trim_end_matches('/') {
        "" => DEFAULT_ENDPOINT.to_owned(),
        set => set.to_owned(),
    }
}

/// Whether the user forbids the network.
pub(super) fn offline() -> bool {
    env::var("HF_HUB_OFFLINE").is_ok_and(|value| {
        matches!(
            value.to_ascii_uppercase().as_str(),
            "1" | "ON" | "YES" | "TRUE"
        )
    })
}

/// The token as an Authorization header, and where it was found: HF_TOKEN, the file HF_TOKEN_PATH, or where `hf auth login` put it.
pub(super) fn authorization() -> Result<Option<(HeaderValue, &'static str)>, Error> {
    let variable = |name: &str| env::var(name).ok().filter(|it| !it.trim().is_empty());
    if variable("HF_HUB_DISABLE_IMPLICIT_TOKEN").is_some() {
        return Ok(None);
    }
    let file = || std::fs::read_to_string(variable("HF_TOKEN_PATH")?).ok();
    let login = || cache::home().ok()?.token();
    let found = variable("HF_TOKEN")
        .map(|token| (token, "HF_TOKEN"))
        .or_else(|| file().map(|token| (token, "HF_TOKEN_PATH")))
        .or_else(|| login().map(|token| (token, "`hf auth login`")));
    let Some((token, origin)) = found else {
        return Ok(None);
    };
    let value = HeaderValue::try_from(format!("Bearer {}", token.trim()));
    let mut value = value.map_err(|_| Error::Token {
        origin: origin.to_owned(),
    })?;
    value.set_sensitive(true);
    Ok(Some((value, origin)))
}
