//! Tokens that hold a part of a character.

use std::fmt::Write;

/// A token of a byte-level vocabulary as a screen shows it: bytes that make no whole character as `<0xCA>`, which is
/// how vocabularies with byte fallback write them too. `None` for what stands for no bytes.
pub(super) fn spell_bytes(piece: &str) -> Option<String> {
    let bytes: Vec<u8> = piece.chars().map(byte).collect::<Option<_>>()?;
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a string has no way to fail.
            let _ = write!(out, "<0x{byte:02X}>");
        }
    }
    Some(out)
}

/// The byte that a character of a byte-level vocabulary stands for: printable Latin-1 for itself, the other bytes in
/// their order from U+0100 on (`bytes_to_unicode` of GPT-2).
fn byte(c: char) -> Option<u8> {
    let printable = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    match u8::try_from(c) {
        Ok(byte) => Some(byte).filter(printable),
        Err(_) => (0..=u8::MAX)
            .filter(|byte| !printable(byte))
            .nth(c as usize - 0x100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_without_a_character_are_named() {
        // " ʻ" is 20 CA BB; a vocabulary writes it as Ġ Ê ».
        assert_eq!(spell_bytes("ĠÊ»").as_deref(), Some(" ʻ"));
        assert_eq!(spell_bytes("ĠÊ").as_deref(), Some(" <0xCA>"));
        assert_eq!(spell_bytes("»a").as_deref(), Some("<0xBB>a"));
        assert_eq!(spell_bytes("<0xCA>").as_deref(), Some("<0xCA>"));
        assert_eq!(spell_bytes("\u{FFFD}"), None);
    }

    #[test]
    fn every_byte_has_a_character() {
        let mut all: Vec<u8> = ('!'..='\u{143}').filter_map(byte).collect();
        all.sort_unstable();
        assert_eq!(all, (0..=u8::MAX).collect::<Vec<_>>());
    }
}
