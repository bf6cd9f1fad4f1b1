//! From a verb in -ing or -ed back to its base form.

use std::{collections::HashMap, sync::LazyLock};

/// Stems that end like this have lost a final *e*, unless a longer ending in [`WHOLE`] says otherwise.
///
/// English spelling is regular enough here: *e* is lost after v, c, u, z, soft g, a consonant + l and after a
/// single vowel + consonant in a stressed syllable (`writ`), and none is missing after two vowels (`read`)
/// or two consonants (`print`). Unstressed endings (`edit`, `open`) and exceptions are listed.
const LOST_E: &str = "v c u z j dg rg lg ns rs ps ls us es is as os bl cl dl fl gl kl pl tl sl zl ang chang \
    exchang eng ung hing cring ag eg ig og ug analog breath cloth bath sooth loath at creat cit \
    writ bit invit unit ignit delet complet compet ot ut an conven interven in phon ston pon \
    aton zon un ar adher interfer persever ir stor scor plor nor ador bor ignor ur am em im om \
    um ad ed id od ud ak ik ok uk ap ip op yp ab ib ob ub yl scal hal il ol ul af";

/// Endings of stems that are whole as they are.
const WHOLE: &str = "zz ss focus bias canvas ng hang bang clang ring ging th eat oat combat format it exhibit \
    inhibit prohibit orbit solicit elicit et pivot pilot ballot oot out debut eut ean oan en ain \
    ein oin ruin on ear oar er air or labor harbor our murmur sulfur eam oam eem redeem aim oom \
    blossom ead oad eed aid void ood oud eak oak ook eap oap worship gossip oop develop envelop \
    gallop up al el ail oil control ool oul eaf";

static LOSES_E: LazyLock<HashMap<&'static str, bool>> = LazyLock::new(|| {
    let lost = LOST_E.split_whitespace().map(|ending| (ending, true));
    lost.chain(WHOLE.split_whitespace().map(|ending| (ending, false)))
        .collect()
});

/// Base form of the verb whose -ing or -ed form is `word`; `None` if no verb stem is left.
pub(super) fn base(word: &str) -> Option<String> {
    if let Some(stem) = word.strip_suffix("ied").filter(|stem| stem.len() > 1) {
        return Some(format!("{stem}y"));
    }
    // `freed`, `tied`: the base already ends in e, and only the d is added.
    if let Some(stem) = word
        .strip_suffix('d')
        .filter(|s| s.ends_with("ee") || s.ends_with("ie"))
    {
        return Some(stem.to_owned());
    }
    let stem = word
        .strip_suffix("ing")
        .or_else(|| word.strip_suffix("ed"))?;
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
        let keeps_double = matches!(last, 's' | 'z' | 'f' | 'e' | 'o')
            || (last == 'l' && !unstressed_ll(stem))
            || matches!(stem, "add" | "putt" | "butt" | "purr" | "err");
        let whole = if keeps_double {
            stem
        } else {
            &stem[..stem.len() - last.len_utf8()]
        };
        return Some(whole.to_owned());
    }
    // The longest ending listed decides, so the search runs from the whole stem down to its last letter.
    let mut endings = stem.char_indices().map(|(at, _)| &stem[at..]);
    let lost_e = endings.find_map(|ending| LOSES_E.get(ending)) == Some(&true);
    Some(format!("{stem}{}", if lost_e { "e" } else { "" }))
}

/// British spelling doubles the l of an unstressed syllable: `travelling`, `controlling`; but `calling`, `enrolling`.
fn unstressed_ll(stem: &str) -> bool {
    const STRESSED: &str =
        "spell swell smell dwell excell enroll scroll stroll install recall small";
    stem.len() > 5
        && ["ell", "oll", "all"].iter().any(|end| stem.ends_with(end))
        && !STRESSED.split(' ').any(|verb| verb == stem)
}
