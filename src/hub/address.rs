//! Addresses of requests: where a redirect or the next page of a list leads, and whose it is.

use ureq::http::Uri;
use ureq::http::uri::Scheme;

/// Scheme, host and port; `None` for what is no address of the web.
pub(super) fn origin(uri: &Uri) -> Option<(&str, String, u16)> {
    let usual = match uri.scheme()? {
        scheme if *scheme == Scheme::HTTP => 80,
        scheme if *scheme == Scheme::HTTPS => 443,
        _ => return None,
    };
    let host = uri.host()?.to_ascii_lowercase();
    Some((uri.scheme_str()?, host, uri.port_u16().unwrap_or(usual)))
}

/// What `reference` means in an answer from `base`.
pub(super) fn join(base: &Uri, reference: &str) -> Option<Uri> {
    let (scheme, authority) = (base.scheme_str()?, base.authority()?);
    let full = if reference.contains("://") {
        reference.to_owned()
    } else if reference.starts_with("//") {
        format!("{scheme}:{reference}")
    } else if reference.starts_with('/') {
        format!("{scheme}://{authority}{reference}")
    } else {
        let folder = base
            .path()
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder);
        format!("{scheme}://{authority}{folder}/{reference}")
    };
    full.parse().ok()
}

/// The address with `rel="next"` in a Link header.
pub(super) fn next(header: &str) -> Option<&str> {
    header.split(',').find_map(|link| {
        let (address, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let mut parameters = parameters.split(';').map(str::trim);
        let is_next = parameters.any(|p| p == "rel=next" || p == "rel=\"next\"");
        is_next.then_some(address)
    })
}

/// A path as it stands in an address; its slashes stay.
pub(super) fn encode(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// Whether a redirect may be followed: to the web, and never from https down to http.
pub(super) fn may_follow(from: &Uri, to: &Uri) -> bool {
    let secure = |uri: &Uri| uri.scheme() == Some(&Scheme::HTTPS);
    origin(to).is_some() && (secure(to) || !secure(from))
}
