//! From a verb in -ing or -ed back to its base form.

/// Whether a stem that ends like this lost a final *e*; the longest ending listed decides.
///
/// English spelling is regular enough here: *e* goes lost after v, c, u, z, soft g, a consonant + l and after a
/// single vowel + consonant in a stressed syllable (`writ`), and does not after two vowels (`read`) or two
/// consonants (`print`). The unstressed endings (`edit`, `open`, `travel`) and their exceptions are listed.
const ENDINGS: &[(&str, bool)] = &[
    // spelling that always needs its e
    ("v", true), ("c", true), ("u", true), ("z", true), ("zz", false), ("dg", true), ("rg", true), ("lg", true),
    ("ns", true), ("rs", true), ("ps", true), ("ls", true), ("ss", false), ("us", true), ("focus", false),
    ("es", true), ("is", true), ("as", true), ("os", true), ("bias", false), ("canvas", false),
    ("bl", true), ("cl", true), ("dl", true), ("fl", true), ("gl", true), ("kl", true), ("pl", true), ("tl", true),
    ("sl", true), ("zl", true),
    // -ng: change and plunge against hang and sing
    ("ng", false), ("ang", true), ("hang", false), ("bang", false), ("clang", false), ("chang", true),
    ("exchang", true), ("eng", true), ("ung", true), ("hing", true), ("ring", false), ("cring", true), ("ging", false),
    ("ag", true), ("eg", true), ("ig", true), ("og", true), ("ug", true), ("analog", true),
    // -th: breathe, clothe
    ("th", false), ("breath", true), ("cloth", true), ("bath", true), ("sooth", true), ("loath", true),
    // t
    ("at", true), ("eat", false), ("creat", true), ("oat", false), ("combat", false), ("format", false),
    ("it", false), ("cit", true), ("writ", true), ("bit", true), ("exhibit", false), ("inhibit", false),
    ("prohibit", false), ("orbit", false), ("solicit", false), ("elicit", false), ("invit", true), ("unit", true),
    ("ignit", true), ("et", false), ("delet", true), ("complet", true), ("compet", true), ("ot", true),
    ("pivot", false), ("pilot", false), ("ballot", false), ("oot", false), ("ut", true), ("out", false),
    ("debut", false), ("eut", false),
    // n
    ("an", true), ("ean", false), ("oan", false), ("en", false), ("conven", true), ("interven", true), ("in", true),
    ("ain", false), ("ein", false), ("oin", false), ("ruin", false), ("on", false), ("phon", true), ("ston", true),
    ("pon", true), ("aton", true), ("zon", true), ("un", true),
    // r
    ("ar", true), ("ear", false), ("oar", false), ("er", false), ("adher", true), ("interfer", true),
    ("persever", true), ("ir", true), ("air", false), ("or", false), ("stor", true), ("scor", true), ("plor", true),
    ("nor", true), ("ador", true), ("bor", true), ("labor", false), ("harbor", false), ("ignor", true), ("ur", true),
    ("our", false), ("murmur", false), ("sulfur", false),
    // m, d, k, p, b, l, f
    ("am", true), ("eam", false), ("oam", false), ("em", true), ("eem", false), ("redeem", false), ("im", true),
    ("aim", false), ("om", true), ("oom", false), ("blossom", false), ("um", true),
    ("ad", true), ("ead", false), ("oad", false), ("ed", true), ("eed", false), ("id", true), ("aid", false),
    ("void", false), ("od", true), ("ood", false), ("ud", true), ("oud", false),
    ("ak", true), ("eak", false), ("oak", false), ("ik", true), ("ok", true), ("ook", false), ("uk", true),
    ("ap", true), ("eap", false), ("oap", false), ("ip", true), ("worship", false), ("gossip", false), ("op", true),
    ("oop", false), ("develop", false), ("envelop", false), ("gallop", false), ("yp", true), ("up", false),
    ("ab", true), ("ib", true), ("ob", true), ("ub", true), ("yl", true),
    ("al", false), ("scal", true), ("hal", true), ("el", false), ("il", true), ("ail", false), ("oil", false),
    ("ol", true), ("control", false), ("ool", false), ("ul", true), ("oul", false), ("af", true), ("eaf", false),
    ("mmak", true),
];

/// Base form of the verb whose -ing or -ed form is `word`; `None` if no verb stem is left.
pub(super) fn base(word: &str) -> Option<String> {
    if let Some(stem) = word.strip_suffix("ied").filter(|stem| stem.len() > 1) {
        return Some(format!("{stem}y"));
    }
    let stem = word.strip_suffix("ing").or_else(|| word.strip_suffix("ed"))?;
    // `Ch'ing`: to the suffix rules an apostrophe is a consonant, and the first rule adds the e.
    if stem.ends_with('\'') && stem.len() > 2 {
        return Some(format!("{stem}e"));
    }
    if !stem.contains(['a', 'e', 'i', 'o', 'u', 'y']) || stem.len() < 2 {
        return None;
    }
    let mut back = stem.chars().rev();
    let (last, before) = (back.next()?, back.next()?);
    if last == before {
        let keeps_double = matches!(last, 's' | 'z' | 'f' | 'e' | 'o') || (last == 'l' && !unstressed_ll(stem));
        let keeps_double = keeps_double || matches!(stem, "add" | "putt" | "butt" | "purr" | "err");
        return Some(if keeps_double { stem.to_owned() } else { stem[..stem.len() - last.len_utf8()].to_owned() });
    }
    let longest = ENDINGS.iter().filter(|(ending, _)| stem.ends_with(ending)).max_by_key(|(ending, _)| ending.len());
    let lost_e = longest.is_some_and(|&(_, lost_e)| lost_e);
    Some(if lost_e { format!("{stem}e") } else { stem.to_owned() })
}

/// British spelling doubles the l of an unstressed syllable: `travelling`, `controlling`; but `calling`, `enrolling`.
fn unstressed_ll(stem: &str) -> bool {
    ["ell", "oll", "all"].iter().any(|end| stem.ends_with(end))
        && stem.len() > 5
        && !["spell", "swell", "smell", "dwell", "enroll", "scroll", "stroll", "install", "recall", "small", "excell"]
            .contains(&stem)
}
