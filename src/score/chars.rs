//! Character classes of the English tokenizer, after spaCy's `lang/char_classes.py`.
//!
//! They are closed lists on purpose: spaCy treats letters of scripts it does not list (Thai, Armenian, …)
//! as neither upper nor lower case nor alphabetic, and splits punctuation between them differently.

/// Inclusive ranges of code points, in order.
type Ranges = &'static [(u32, u32)];

/// Cased scripts: Latin, Greek and the Cyrillic of Russian, Tatar, Ukrainian and Macedonian.
const CASED: Ranges = &[
    (0x41, 0x5A),
    (0x61, 0x7A),
    (0xC0, 0xD6),
    (0xD8, 0xF6),
    (0xF8, 0x1BF),
    (0x1C4, 0x2AF),
    (0x386, 0x3CE),
    (0x400, 0x45F),
    (0x490, 0x491),
    (0x496, 0x497),
    (0x4A2, 0x4A3),
    (0x4AE, 0x4AF),
    (0x4BA, 0x4BB),
    (0x4D8, 0x4D9),
    (0x4E8, 0x4E9),
    (0x1D00, 0x1D25),
    (0x1D6B, 0x1D77),
    (0x1D79, 0x1D9A),
    (0x1E00, 0x1EFF),
    (0x2C60, 0x2C7F),
    (0xA722, 0xA787),
    (0xA78B, 0xA7B9),
    (0xAB30, 0xAB64),
    (0xFF21, 0xFF3A),
    (0xFF41, 0xFF5A),
];

/// Scripts without case: they count as upper and lower case at once.
const UNCASED: Ranges = &[
    (0x591, 0x5F4),   // Hebrew
    (0x620, 0x64A),   // Arabic, Persian
    (0x66E, 0x6D5),   //
    (0x6E5, 0x6FF),   //
    (0x750, 0x77F),   //
    (0x8A0, 0x8BD),   //
    (0x900, 0x9FF),   // Devanagari, Bengali
    (0xB80, 0xBFF),   // Tamil
    (0xC00, 0xCFF),   // Telugu, Kannada
    (0xD80, 0xDFF),   // Sinhala
    (0x1100, 0x137F), // Hangul letters, Ethiopic
    (0x2E80, 0x2FF0), // Chinese, Japanese
    (0x3000, 0x30FF), //
    (0x31C0, 0x9FFF), //
    (0xAC00, 0xD7AF), // Hangul syllables
    (0xF900, 0xFAFF), //
    (0xFB1D, 0xFB4F), //
    (0xFB50, 0xFDFB), //
    (0xFE30, 0xFE4F), //
    (0xFE70, 0xFEFC), //
    (0x1F200, 0x1F2FF),
    (0x20000, 0x2FA1F),
];

/// "Symbol, other" of Unicode as far as spaCy lists it: dingbats, emoji, flags, musical and technical signs.
const ICONS: Ranges = &[
    (0xA6, 0xA6),
    (0xA9, 0xA9),
    (0xAE, 0xAE),
    (0xB0, 0xB0),
    (0x482, 0x482),
    (0x2100, 0x2101),
    (0x2103, 0x2106),
    (0x2108, 0x2109),
    (0x2114, 0x2114),
    (0x2116, 0x2117),
    (0x211E, 0x2123),
    (0x2125, 0x2125),
    (0x2127, 0x2127),
    (0x2195, 0x2199),
    (0x219C, 0x219F),
    (0x21A1, 0x21A2),
    (0x21A4, 0x21A5),
    (0x21A7, 0x21AD),
    (0x21AF, 0x21CD),
    (0x21D5, 0x21F3),
    (0x2300, 0x2307),
    (0x230C, 0x231F),
    (0x2322, 0x2328),
    (0x232B, 0x237B),
    (0x237D, 0x239A),
    (0x23B4, 0x23DB),
    (0x23E2, 0x244A),
    (0x249C, 0x24E9),
    (0x2500, 0x25B6),
    (0x25B8, 0x25C0),
    (0x25C2, 0x25F7),
    (0x2600, 0x266E), // up to the natural sign; the sharp sign counts as mathematics
    (0x2670, 0x2767),
    (0x2794, 0x27BF),
    (0x2800, 0x28FF),
    (0x2B00, 0x2B2F),
    (0x2B45, 0x2B46),
    (0x2B4D, 0x2BFE),
    (0x2CE5, 0x2CEA),
    (0x3004, 0x3004),
    (0x3012, 0x3013),
    (0x3020, 0x3020),
    (0x3036, 0x3037),
    (0x303E, 0x303F),
    (0x3190, 0x3191),
    (0x3196, 0x319F),
    (0x3200, 0x33FF),
    (0xFFFC, 0xFFFD),
    (0x1D000, 0x1D164),
    (0x1D16A, 0x1D16C),
    (0x1D183, 0x1D184),
    (0x1D18C, 0x1D245),
    (0x1F000, 0x1F0F5),
    (0x1F110, 0x1F202),
    (0x1F210, 0x1F265),
    (0x1F300, 0x1F3FA), // the skin tones after it modify, they are no icons
    (0x1F400, 0x1FA6D),
];

const PUNCTUATION: &str = "…,:;!?¿؟¡()[]{}<>_#*&。？！，、；：～·।،۔؛٪";
const QUOTES: &str = "'\"”“`‘´’‚,„»«「」『』（）〔〕【】《》〈〉⟦⟧";

fn within(c: char, ranges: Ranges) -> bool {
    let c = u32::from(c);
    let at = ranges.partition_point(|&(_, end)| end < c);
    ranges.get(at).is_some_and(|&(start, _)| start <= c)
}

pub(super) fn is_alpha(c: char) -> bool {
    c.is_ascii_alphabetic() || (!c.is_ascii() && (within(c, CASED) || within(c, UNCASED)))
}

/// Lower case, or of a script without case.
pub(super) fn is_lower(c: char) -> bool {
    c.is_ascii_lowercase()
        || (!c.is_ascii() && (within(c, UNCASED) || (within(c, CASED) && c.is_lowercase())))
}

/// Upper case, or of a script without case.
pub(super) fn is_upper(c: char) -> bool {
    c.is_ascii_uppercase()
        || (!c.is_ascii() && (within(c, UNCASED) || (within(c, CASED) && c.is_uppercase())))
}

pub(super) fn is_icon(c: char) -> bool {
    !c.is_ascii() && within(c, ICONS)
}

pub(super) fn is_quote(c: char) -> bool {
    QUOTES.contains(c)
}

pub(super) fn is_punctuation(c: char) -> bool {
    PUNCTUATION.contains(c)
}

/// Currency signs that stand before or after an amount.
pub(super) fn is_currency(c: char) -> bool {
    matches!(c, '$' | '£' | '€' | '¥' | '฿' | '﷼' | '₠'..='₿')
}
