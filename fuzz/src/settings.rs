//! What a user writes by hand, and what the explorer keeps.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use lamascope::cli::Grid;
use lamascope::data::{Dataset, Source, Style, Watch};
use lamascope::prompt::Shots;
use lamascope::sets;
use lamascope::tui::archive::Entry;
use lamascope::tui::config::Config;
use lamascope::tui::workspace::memory::Memory;

use crate::{Reader, alone, put};

static SAMPLE: LazyLock<Dataset> = LazyLock::new(|| {
    Dataset::load(&Source::Embedded, Style::MyriadLama, Watch::none()).expect("the sample")
});

/// `config.toml`; with it what is read in the same way at the start, the last session and an entry of the list of runs.
pub const SETTINGS: Reader = Reader {
    name: "settings",
    file: "config.toml",
    prepare: alone,
    read: |path| {
        let _ = Config::read(path);
        if let Ok(text) = fs::read_to_string(path) {
            let _ = Memory::parse(&text);
            Entry::parse(&text);
        }
    },
    seeds: |folder| {
        let text = "theme = \"light\"\ncolours = \"256\"\nsymbols = \"ascii\"\ngraphics = \"cells\"\nmouse = false\n\
            [keys]\nrun-fact = [\"r\", \"f5\"]\nhelp = \"ctrl-alt-?\"\n";
        let session = r#"{"version": 1, "choice": {"method": "flex"}, "look": {"focus": "facts", "zoom": 3}, "place": {}}"#;
        put(
            folder,
            &[("config", text.as_bytes()), ("session", session.as_bytes())],
        );
    },
};

pub const SHOTS: Reader = Reader {
    name: "shots",
    file: "shots.json",
    prepare: alone,
    read: |path| {
        if let Ok(shots) = Shots::read(path, None) {
            shots.context().text();
        }
        let _ = Shots::read(path, Some(1));
    },
    seeds: |folder| {
        let text =
            r#"{"instruction": "Say.", "shots": [["Who is [MASK]?", "Nobody"], ["Q\n", "é"]]}"#;
        put(folder, &[("two", text.as_bytes())]);
    },
};

pub const SET: Reader = Reader {
    name: "set",
    file: "sets/one.toml",
    prepare: alone,
    read: |path| {
        let folder = path.ancestors().nth(2).expect("a folder");
        let Ok(set) = sets::load(folder, "one") else {
            return;
        };
        let mut data = SAMPLE.clone();
        if set.add_wordings(&mut data).is_ok() {
            set.resolve(&data);
        }
        sets::save(folder, &set, true).expect("what was read can be written");
    },
    seeds: |folder| {
        let text = "[templates]\nP36 = [\"m2\", \"a1\", \"o1\"]\nP17 = [\"m1\"]\n\
            [wordings.P36]\no1 = \"[X]: \\\"[Y]\\\"\"\n";
        put(folder, &[("one", text.as_bytes())]);
    },
};

pub const SWEEP: Reader = Reader {
    name: "sweep",
    file: "sweep.toml",
    prepare: alone,
    read: |path: &Path| {
        let Ok(grid) = Grid::read(path) else {
            return;
        };
        let _ = grid.common();
        let _ = grid.cells(&SAMPLE);
    },
    seeds: |folder| {
        let one = "relation = [\"P36\", \"P30\"]\nmethod = [\"avg\", \"flex\"]\npreset = [\"fused\", \"series\"]\n\
            manual-cross-attention = [false, true]\nfew-shot = [0, 5]\n";
        let two = "relation = \"P36,P30\"\ntemplates = [\"m1,m2\", { subsets = 2, of = \"m1,m2,a1\", most = 20 }, \
            { draws = 5, k = [1, 3], seed = 42 }, { disjoint = 2 }]\nmodel = \"embedded\"\n";
        put(
            folder,
            &[("grid", one.as_bytes()), ("sets", two.as_bytes())],
        );
    },
};
