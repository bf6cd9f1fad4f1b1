//! Closed lists of English that no suffix rule can know, as plain text: one blank between words, `from:to` for pairs.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

/// A set of words, split out of its text on first use.
pub(super) type Words = LazyLock<HashSet<&'static str>>;
/// Inflected form to lemma, split out of its text on first use.
pub(super) type Forms = LazyLock<HashMap<&'static str, &'static str>>;

fn words(text: &'static str) -> HashSet<&'static str> {
    text.split_whitespace().collect()
}

/// Reads `lemma:form,form` entries into a map from form to lemma.
fn forms(text: &'static str) -> HashMap<&'static str, &'static str> {
    let entries = text
        .split_whitespace()
        .filter_map(|entry| entry.split_once(':'));
    entries
        .flat_map(|(lemma, forms)| forms.split(',').map(move |form| (form, lemma)))
        .collect()
}

/// Function words: auxiliaries, the pronouns whose case is undone, contracted endings.
pub(super) static FUNCTION: Forms = LazyLock::new(|| {
    forms(
        "be:am,is,are,was,were,been,being,'m,'re have:has,had,having,'ve do:does,did,done,doing \
         will:'ll,wo can:ca shall:sha not:n't,nt i:me he:him she:her we:us they:them",
    )
});

/// Pronouns and expletives after which `'s` is "is" and an inflected word is a verb.
pub(super) static SUBJECT: Words =
    LazyLock::new(|| words("i you he she it we they who what that this there where how here"));

/// Plural and singular of nouns with a form of their own.
pub(super) static NOUNS: Forms = LazyLock::new(|| {
    forms(
        "man:men woman:women child:children foot:feet tooth:teeth goose:geese mouse:mice \
         louse:lice ox:oxen die:dice penny:pence brother:brethren datum:data medium:media \
         bacterium:bacteria criterion:criteria phenomenon:phenomena stratum:strata \
         addendum:addenda erratum:errata ovum:ova spectrum:spectra automaton:automata \
         genus:genera corpus:corpora opus:opuses stimulus:stimuli nucleus:nuclei fungus:fungi \
         cactus:cacti alumnus:alumni bacillus:bacilli focus:foci locus:loci radius:radii \
         syllabus:syllabi terminus:termini alga:algae larva:larvae vertebra:vertebrae \
         antenna:antennae formula:formulae nebula:nebulae index:indices matrix:matrices \
         vertex:vertices appendix:appendices codex:codices analysis:analyses basis:bases \
         crisis:crises thesis:theses hypothesis:hypotheses synthesis:syntheses \
         diagnosis:diagnoses oasis:oases axis:axes ellipsis:ellipses parenthesis:parentheses \
         metropolis:metropolises lens:lenses bus:buses gas:gases virus:viruses campus:campuses \
         chorus:choruses circus:circuses census:censuses bonus:bonuses genius:geniuses \
         status:statuses atlas:atlases canvas:canvases iris:irises walrus:walruses \
         octopus:octopuses sinus:sinuses abacus:abacuses surplus:surpluses \
         prospectus:prospectuses knife:knives life:lives wife:wives midwife:midwives \
         housewife:housewives wolf:wolves half:halves calf:calves shelf:shelves self:selves \
         elf:elves leaf:leaves loaf:loaves sheaf:sheaves thief:thieves scarf:scarves hoof:hooves \
         wharf:wharves dwarf:dwarves potato:potatoes tomato:tomatoes hero:heroes echo:echoes \
         superhero:superheroes volcano:volcanoes torpedo:torpedoes mosquito:mosquitoes \
         negro:negroes veto:vetoes embargo:embargoes buffalo:buffaloes cargo:cargoes \
         mango:mangoes tornado:tornadoes quiz:quizzes ache:aches headache:headaches cache:caches \
         niche:niches avalanche:avalanches psyche:psyches movie:movies cookie:cookies \
         zombie:zombies pie:pies tie:ties lie:lies genie:genies calorie:calories prairie:prairies \
         rookie:rookies hippie:hippies selfie:selfies specie:species subspecie:subspecies \
         sunni:sunnis israeli:israelis pakistani:pakistanis iraqi:iraqis saudi:saudis \
         bengali:bengalis yemeni:yemenis punjabi:punjabis nazi:nazis taxi:taxis ski:skis \
         safari:safaris alibi:alibis bikini:bikinis",
    )
});

/// Words in -s that are no plural of the word without it (-ss, -us and -is need no list).
pub(super) static NOT_PLURAL: Words = LazyLock::new(|| {
    words(
        "physics linguistics news maths sciences series lens always perhaps towards afterwards \
         besides sometimes whereas this thus yes plus its his hers ours yours theirs as has was \
         does 's des les las los res sans os es cs gas bias canvas atlas christmas pancreas alias \
         chaos cosmos ethos mars",
    )
});

/// Names in -s or -es that are no plural either; those in -as, -is, -os, -us, -ys and -ss need no list.
pub(super) static NAMES_IN_S: Words = LazyLock::new(|| {
    words(
        "athens netherlands alps ardennes vosges massachusetts siemens brussels lyons algiers \
         tangiers naples marseilles cannes nantes rennes limoges nîmes tours reims arles angers \
         orleans mons wales thames worms rhodes thebes antilles maldives seychelles james charles \
         jones williams edwards hughes rogers sanders daniels jacobs michaels stevens roberts \
         richards peters phillips adams evans owens simmons myers hawkins perkins collins jenkins \
         watkins robbins atkins dickens clemens stephens simpsons barnes holmes keynes hayes \
         yates bates gates forbes hobbes rhames cervantes torres flores nunes gomes fernandes \
         mendes lopes pires hercules socrates achilles ulysses hermes ares aries xerxes ramses \
         archimedes maimonides mercedes sears starbucks mcdonalds arabs soviets notts",
    )
});

/// Words in -ing that name a thing, a field or a craft rather than an action, and adjectives in -ing.
pub(super) static NOUNS_IN_ING: Words = LazyLock::new(|| {
    words(
        "engineering marketing banking blogging thing king ring spring string wing swing sling \
         bring sing sting ping ceiling evening morning wedding meeting feeling being something \
         anything nothing everything during darling sibling duckling sterling pudding herring \
         viking starling shilling clothing bedding lightning accounting advertising broadcasting \
         gaming shipping farming housing wrestling boxing bowling cycling skiing surfing rowing \
         fencing programming computing mining fishing skateboarding snowboarding swimming bombing \
         outstanding interesting amazing",
    )
});

/// Capitalised names in -ing.
pub(super) static NAMES_IN_ING: Words = LazyLock::new(|| {
    words(
        "beijing peking peiping nanjing nanking chongqing chungking kunming xining liaoning \
         jining wyoming irving boeing sterling browning harding golding fleming manning dowling \
         rowling stirling esbjerg goring göring hemming wenjing worthing woking barking dorking \
         kettering epping tring lansing flushing corning banting kipling keating downing thyssen \
         schilling hastings",
    )
});

/// Adjectives in -ed whose verb is rare or has another sense, beside those in un-.
pub(super) static ADJECTIVES_IN_ED: Words = LazyLock::new(|| {
    words(
        "red bed shed sled bred seed weed feed reed speed breed deed need greed steed diseased \
         sacred naked wicked rugged ragged jagged crooked aged beloved hundred kindred hatred \
         gifted talented skilled armed animated wed ted fed led moped biped embed exceed proceed \
         succeed bleed heed infrared united limited watershed",
    )
});

/// Comparatives and superlatives, by adjective.
pub(super) static DEGREES: Forms = LazyLock::new(|| {
    forms(
        "great:greater,greatest large:larger,largest small:smaller,smallest high:higher,highest \
         low:lower,lowest old:older,oldest young:younger,youngest new:newer,newest \
         long:longer,longest short:shorter,shortest big:bigger,biggest early:earlier,earliest \
         late:later,latest near:nearer,nearest wide:wider,widest deep:deeper,deepest \
         strong:stronger,strongest weak:weaker,weakest fast:faster,fastest slow:slower,slowest \
         hot:hotter,hottest cold:colder,coldest warm:warmer,warmest rich:richer,richest \
         poor:poorer,poorest tall:taller,tallest close:closer,closest easy:easier,easiest \
         hard:harder,hardest happy:happier,happiest heavy:heavier,heaviest light:lighter,lightest \
         dark:darker,darkest bright:brighter,brightest good:better,best bad:worse,worst \
         far:farther,farthest",
    )
});

/// Irregular past tenses and participles, as a lower-cased word alone is usually read.
pub(super) static VERBS: Forms = LazyLock::new(|| {
    forms(
        "arise:arose,arisen awake:awoke,awoken bear:bore,borne,born beat:beaten become:became \
         begin:began,begun bend:bent bind:bound bite:bit,bitten bleed:bled blow:blew,blown \
         break:broke,broken breed:bred bring:brought build:built burn:burnt buy:bought \
         catch:caught choose:chose,chosen cling:clung come:came creep:crept deal:dealt dig:dug \
         draw:drew,drawn dream:dreamt drink:drank,drunk drive:drove,driven eat:ate,eaten \
         fall:fell,fallen feed:fed feel:felt fight:fought find:found flee:fled fly:flew,flown \
         forbid:forbade,forbidden forget:forgot,forgotten forgive:forgave,forgiven \
         freeze:froze,frozen get:got,gotten give:gave,given go:went,gone grow:grew,grown \
         hang:hung hear:heard hide:hid,hidden hold:held keep:kept kneel:knelt know:knew,known \
         lay:laid lead:led lend:lent lie:lain,lying light:lit lose:lost make:made mean:meant \
         meet:met pay:paid die:dying tie:tying ski:skied ride:rode,ridden ring:rang,rung rise:rose,risen \
         run:ran say:said see:saw,seen seek:sought sell:sold send:sent sew:sewn \
         shake:shook,shaken shine:shone shoot:shot show:shown shrink:shrank,shrunk singe:singing \
         sing:sang,sung sink:sank,sunk sit:sat sleep:slept slide:slid speak:spoke,spoken \
         spend:spent spin:spun stand:stood steal:stole,stolen stick:stuck sting:stung \
         strike:struck,stricken strive:strove,striven swear:swore,sworn sweep:swept \
         swim:swam,swum swing:swung take:took,taken teach:taught tear:tore,torn tell:told \
         think:thought throw:threw,thrown understand:understood undertake:undertook,undertaken \
         wake:woke,woken wear:wore,worn weave:wove,woven weep:wept win:won wind:wound \
         withdraw:withdrew,withdrawn write:wrote,written rewrite:rewrote,rewritten \
         overcome:overcame",
    )
});
