//! Spellings that the tokenizer splits, or keeps whole, as listed: contractions, abbreviations, emoticons.
//!
//! After spaCy's `lang/en/tokenizer_exceptions.py`. Contractions are generated from their parts; they include the
//! forms typed without an apostrophe (`dont`, `id`), which is why the company "id Software" becomes three tokens.

use std::{collections::HashMap, sync::LazyLock};

/// Abbreviations that keep their full stop.
const ABBREVIATIONS: &str = "a.m. Adm. Bros. co. Co. Corp. D.C. Dr. e.g. E.g. E.G. Gen. Gov. i.e. I.e. I.E. Inc. Jr. \
    Ltd. Md. Messrs. Mo. Mont. Mr. Mrs. Ms. p.m. Ph.D. Prof. Rep. Rev. Sen. St. vs. v.s. Mt. Ak. Ala. Apr. Ariz. \
    Ark. Aug. Calif. Colo. Conn. Dec. Del. Feb. Fla. Ga. Ia. Id. Ill. Ind. Jan. Jul. Jun. Kan. Kans. Ky. La. Mar. \
    Mass. Mich. Minn. Miss. N.C. N.D. N.H. N.J. N.M. N.Y. Neb. Nebr. Nev. Nov. Oct. Okla. Ore. Pa. S.C. Sep. Sept. \
    Tenn. Va. Wash. Wis. a. b. c. d. e. f. g. h. i. j. k. l. m. n. o. p. q. r. s. t. u. v. w. x. y. z. ä. ö. ü.";

/// Other strings that stay one token though they hold punctuation.
const WHOLE: &str = "C++ and/or w/o ma'am Ma'am o'clock O'clock 'd 's 'S ‘s ‘S 're 'em 'll 'nuff 'Cause 'cause 'cos 'Cos \
    'coz 'Coz 'cuz 'Cuz 'bout doin' Doin' goin' Goin' lovin' Lovin' havin' Havin' nothin' Nothin' nuthin' Nuthin' \
    ol' Ol' somethin' Somethin' ' '' \\\") <space> \
    :) :-) :)) :-)) :))) :-))) :(( :-(( :((( :-((( =[ ]= (: (-: =) (= :] :-] [: [-: [= =] :o) (o: :} :-} 8) 8-) (-8 ;) ;-) (; (-; :( :-( ): )-: =( >:( :') \
    :'-) :'( :'-( :/ :-/ =/ :| :-| =| :1 :P :-P :p :-p :O :-O :o :-o :0 :-0 :() >:o :* :-* :3 :-3 =3 :> :-> :X :-X \
    :x :-x :D :-D ;D ;-D =D xD XD xDD XDD 8D 8-D ^_^ ^__^ ^___^ >.< >.> <.< ._. ;_; -_- -__- v.v V.V v_v V_V o_o o_O \
    O_o O_O 0_o o_0 0_0 o.O O.o O.O o.o 0.0 o.0 0.o @_@ <3 <33 <333 </3 (^_^) (-_-) (._.) (>_<) (*_*) (¬_¬) ಠ_ಠ ಠ︵ಠ \
    (ಠ_ಠ) ¯\\(ツ)/¯ (╯°□°）╯︵┻━┻ ><(((*>";

/// One-off splits, parts joined by `|`. The degree signs are spaCy's `BASE_EXCEPTIONS`, for all languages.
const SPLIT: &str = "y'|all y|all how|'d|'y How|'d|'y not|'ve not|ve Not|'ve Not|ve can|not Can|not gon|na Gon|na got|ta Got|ta \
    let|'s Let|'s c'm|on C'm|on i|'m|a I|'m|a i|m|a I|m|a °|c|. °|C|. °|f|. °|F|. °|k|. °|K|.";

/// Ordinary words that a contraction without its apostrophe would otherwise capture.
const NOT_CONTRACTED: [&str; 16] = [
    "Ill", "ill", "Its", "its", "Hell", "hell", "Shell", "shell", "Shed", "shed", "were", "Were",
    "Well", "well", "Whore", "whore",
];

/// The host words and the endings they take. Each ending also occurs without its apostrophes.
const CONTRACTIONS: [(&str, &str); 10] = [
    ("i", "'m"),
    ("i you he she it we they", "'ll 'll|'ve 'd 'd|'ve"),
    ("i you we they", "'ve"),
    ("you we they", "'re"),
    ("he she it", "'s"),
    (
        "who what when where why how there that this",
        "'s 'll 'll|'ve 'd 'd|'ve",
    ),
    ("who what when where why how there these those", "'re 've"),
    ("these those", "'ll 'll|'ve 'd 'd|'ve"),
    (
        "ca could do does did had may might must need ought sha should wo would",
        "n't n't|'ve",
    ),
    ("could might must should would", "'ve"),
];
/// Verbs that take the negation alone.
const NEGATED: (&str, &str) = ("ai are is was were have has dare", "n't");

/// How a listed spelling falls into tokens; `None` for any other string.
pub(super) fn parts(word: &str) -> Option<&'static [String]> {
    TABLE.get(word).map(Vec::as_slice)
}

static TABLE: LazyLock<HashMap<String, Vec<String>>> = LazyLock::new(|| {
    let mut table = HashMap::new();
    // Every spelling is also known with a typographic apostrophe.
    let mut add = |parts: Vec<String>| {
        let curly: Vec<String> = parts.iter().map(|part| part.replace('\'', "’")).collect();
        table.insert(curly.concat(), curly);
        table.insert(parts.concat(), parts);
    };
    for &(hosts, endings) in CONTRACTIONS.iter().chain([&NEGATED]) {
        for host in hosts.split(' ') {
            for host in [host.to_owned(), capitalized(host)] {
                for ending in endings.split(' ') {
                    for ending in [ending.to_owned(), ending.replace('\'', "")] {
                        let ending = ending.split('|').map(str::to_owned);
                        add(std::iter::once(host.clone()).chain(ending).collect());
                    }
                }
            }
        }
    }
    for word in SPLIT.split_whitespace() {
        add(word.split('|').map(str::to_owned).collect());
    }
    for word in ABBREVIATIONS
        .split_whitespace()
        .chain(WHOLE.split_whitespace())
    {
        add(vec![word.to_owned()]);
    }
    for hour in 1..=12 {
        for half in ["a.m.", "am", "p.m.", "pm"] {
            add(vec![hour.to_string(), half.to_owned()]);
        }
    }
    for word in NOT_CONTRACTED {
        table.remove(word);
    }
    table
});

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
