//! Figures of saved results: every text lies on the page and on no other text, and what is drawn is what was counted.

use std::path::Path;

use lamascope::canvas::text_width;
use serde_json::json;

use crate::support::{folder, lamascope, read, stdout, write};

/// One line of a drawing: its place and size.
struct Line {
    text: String,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

/// The lines of a figure, and its width and height.
fn lines(svg: &str) -> (Vec<Line>, f64, f64) {
    let value = |tag: &str, name: &str| -> Option<String> {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        Some(rest.split('"').next()?.to_owned())
    };
    let number = |tag: &str, name: &str| -> f64 {
        let text = value(tag, name).unwrap_or_else(|| panic!("{tag} has no {name}"));
        text.parse().expect("a number")
    };
    let head = svg.split('>').next().expect("a head");
    let texts = svg.split("<text").skip(1).map(|rest| {
        let (tag, rest) = rest.split_once('>').expect("a closed tag");
        let text = rest.split('<').next().expect("a text");
        let text = text
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&");
        let (x, y) = (number(tag, "x"), number(tag, "y"));
        let size = number(tag, "font-size");
        let width = text_width(&text, size as u8);
        let before = match value(tag, "text-anchor").as_deref() {
            Some("end") => width,
            Some("middle") => width / 2.0,
            _ => 0.0,
        };
        // Letters reach a quarter below the line.
        let (up, down) = (size * 0.75, size * 0.25);
        match value(tag, "transform") {
            None => Line {
                text,
                left: x - before,
                right: x - before + width,
                top: y - up,
                bottom: y + down,
            },
            Some(_) => Line {
                text,
                left: x - up,
                right: x + down,
                top: y + before - width,
                bottom: y + before,
            },
        }
    });
    let texts = texts.filter(|line| !line.text.is_empty()).collect();
    (texts, number(head, "width"), number(head, "height"))
}

/// Draws a figure as SVG and as PNG, and holds its texts against each other.
#[track_caller]
fn figure(home: &Path, args: &[&str]) -> String {
    for name in ["f.svg", "f.png"] {
        stdout(
            lamascope(home)
                .arg("figure")
                .args(args)
                .args(["--out", name, "--overwrite"]),
        );
    }
    assert!(read(&home.join("f.png")).starts_with(b"\x89PNG"));
    let svg = String::from_utf8(read(&home.join("f.svg"))).expect("text");
    let (lines, width, height) = lines(&svg);
    for (at, line) in lines.iter().enumerate() {
        let Line { text, .. } = line;
        let inside =
            line.left >= 0.0 && line.right <= width && line.top >= 0.0 && line.bottom <= height;
        assert!(inside, "{args:?}: {text:?} is cut");
        for other in &lines[..at] {
            let beside = line.left >= other.right || other.left >= line.right;
            let below = line.top >= other.bottom || other.top >= line.bottom;
            assert!(
                beside || below,
                "{args:?}: {text:?} lies over {:?}",
                other.text
            );
        }
    }
    svg
}

/// Facts of some relations, one row each or one per template; the rule says what is right.
fn results(
    home: &Path,
    name: &str,
    relations: &[(&str, usize)],
    templates: usize,
    right: impl Fn(usize, usize) -> bool,
) {
    let mut text = String::new();
    for (relation, facts) in relations {
        for fact in 0..*facts {
            for template in 0..templates {
                let correct = right(fact, template);
                let row = json!({
                    "uuid": format!("{relation}-{fact:03}"), "relation": relation, "templates": [format!("m{}", template + 1)],
                    "answers": ["Paris"], "prediction": if correct { "Paris" } else { "Rome" }, "generation": " Paris\n",
                    "correct": correct, "correct_bidirectional": correct,
                    "probability": (fact * 7 % 10) as f64 / 10.0 + 0.05, "subject": format!("A subject with a name, {fact}"),
                    "template_texts": [format!("Wording {template} of [X] & [Y] <is> rather a long one.")],
                });
                text.push_str(&format!("{row}\n"));
            }
        }
    }
    write(home, name, &text);
}

const RELATIONS: [(&str, usize); 4] = [("P36", 40), ("P1376", 25), ("P17", 12), ("P1303", 1)];

#[test]
fn runs_stand_one_below_the_other() {
    let home = folder();
    results(home.path(), "a.jsonl", &RELATIONS, 1, |fact, _| {
        fact % 2 == 0
    });
    results(home.path(), "b.jsonl", &RELATIONS, 1, |fact, _| {
        fact % 8 != 0
    });
    results(
        home.path(),
        "a-run-with-quite-a-long-name.jsonl",
        &RELATIONS,
        3,
        |fact, t| (fact + t) % 4 == 0,
    );
    let files = [
        "forest",
        "a.jsonl",
        "b.jsonl",
        "a-run-with-quite-a-long-name.jsonl",
    ];
    let svg = figure(home.path(), &files);
    // 40 + 25 + 12 + 1 facts, of which every even one is right.
    for part in [
        ">78 facts of 4 relations<",
        ">40 / 78<",
        ">51.3 [40.4, 62.1]<",
        ">a.jsonl<",
    ] {
        assert!(svg.contains(part), "{svg} lacks {part}");
    }
    let named = [
        &files[..],
        &["--names", "first,second,third", "--title", "Three runs"],
    ]
    .concat();
    let svg = figure(home.path(), &named);
    assert!(
        svg.contains(">third<") && svg.contains(">Three runs<"),
        "{svg}"
    );
}

#[test]
fn reliability_shows_every_run() {
    let home = folder();
    results(home.path(), "a.jsonl", &RELATIONS, 1, |fact, _| {
        fact % 3 != 0
    });
    results(home.path(), "b.jsonl", &RELATIONS, 1, |fact, _| {
        fact % 7 < 3
    });
    let svg = figure(home.path(), &["reliability", "a.jsonl", "b.jsonl"]);
    for part in [
        ">78 answers<",
        "ECE ",
        "AUROC ",
        ">probability of the answer, %<",
        ">answers, %<",
    ] {
        assert!(svg.contains(part), "{svg} lacks {part}");
    }
}

#[test]
fn templates_are_a_matrix_or_several() {
    let home = folder();
    results(home.path(), "p.jsonl", &RELATIONS, 6, |fact, t| {
        fact * 5 % 7 > t
    });
    for order in ["score", "cluster"] {
        let args = [
            "templates",
            "p.jsonl",
            "--relation",
            "P36",
            "--order",
            order,
        ];
        let svg = figure(home.path(), &args);
        for part in [
            ">P36: 40 facts × 6 templates<",
            ">A subject with a name, 39<",
            "[X] &amp; [Y] &lt;is&gt;",
        ] {
            assert!(svg.contains(part), "{svg} lacks {part}");
        }
        // One cell per fact and template, in two colours, and both in the legend.
        let cells = |colour: &str| svg.matches(&format!("<path fill=\"{colour}\"")).count();
        let right = (0..40).flat_map(|f| (0..6).map(move |t| (f, t)));
        let right = right.filter(|(fact, t)| fact * 5 % 7 > *t).count();
        assert_eq!(
            (cells("#0072B2"), cells("#E69F00")),
            (right + 1, 240 - right + 1)
        );
    }
    let svg = figure(home.path(), &["templates", "p.jsonl"]);
    assert!(svg.contains(">P1376, n = 25<"), "{svg}");
    results(
        home.path(),
        "many.jsonl",
        &[("P36", 300), ("P17", 70)],
        20,
        |fact, t| fact * 5 % 29 > t,
    );
    figure(home.path(), &["templates", "many.jsonl"]);
    figure(
        home.path(),
        &["templates", "many.jsonl", "--relation", "P36"],
    );
}

#[test]
fn flips_are_bars_by_relation() {
    let home = folder();
    results(home.path(), "a.jsonl", &RELATIONS, 1, |fact, _| fact < 15);
    results(home.path(), "b.jsonl", &RELATIONS, 1, |fact, _| {
        fact % 10 != 0
    });
    let svg = figure(home.path(), &["flips", "a.jsonl", "b.jsonl"]);
    // Lost: facts 0 and 10 of three relations, of the last only 0; gained: from 15 on, but for 20 and 30.
    for part in [
        ">7 lost<",
        ">32 gained<",
        ">+32.1 points [",
        ">a.jsonl → b.jsonl<",
        ">answers that flip<",
    ] {
        assert!(svg.contains(part), "{svg} lacks {part}");
    }
}

#[test]
fn accuracy_by_the_number_of_templates() {
    let home = folder();
    let mut files = vec!["accuracy-k".to_owned()];
    for k in [1, 3, 5, 20] {
        let name = format!("k{k}.jsonl");
        results(home.path(), &name, &RELATIONS, k, |fact, t| {
            (fact + t) % 20 > 20 / (k + 1)
        });
        files.push(name);
    }
    let args: Vec<&str> = files.iter().map(String::as_str).collect();
    let named = [
        &args[..],
        &["--names", "per-prompt,per-prompt,per-prompt,per-prompt"],
    ]
    .concat();
    let svg = figure(home.path(), &named);
    for part in [
        ">templates per question, k<",
        ">20<",
        ">accuracy, % (95 % Wilson interval)<",
    ] {
        assert!(svg.contains(part), "{svg} lacks {part}");
    }
    // A sweep carries method, preset and k in its rows; of draws with the same k the range is drawn.
    let mut sweep = String::new();
    for (cell, (preset, k)) in [
        ("fused", 1),
        ("fused", 3),
        ("fused", 3),
        ("series", 1),
        ("series", 3),
    ]
    .iter()
    .enumerate()
    {
        for fact in 0..20 {
            let row = json!({
                "uuid": format!("P36-{fact}"), "relation": "P36", "templates": ["m1"], "prediction": "x",
                "correct": fact % (cell + 2) == 0, "correct_bidirectional": true, "cell": cell + 1, "method": "flex",
                "preset": preset, "k": k,
            });
            sweep.push_str(&format!("{row}\n"));
        }
    }
    write(home.path(), "sweep.jsonl", &sweep);
    let svg = figure(home.path(), &["accuracy-k", "sweep.jsonl"]);
    for part in [
        ">flex fused<",
        ">flex series<",
        ">3 runs<",
        ">2 runs<",
        "mean and range of runs",
    ] {
        assert!(svg.contains(part), "{svg} lacks {part}");
    }
}

/// Cells that differ in any option are lines of their own; only those of the relations that are asked for count.
#[test]
fn a_sweep_is_drawn_by_its_ways() {
    let home = folder();
    write(
        home.path(),
        "sweep.toml",
        "relation = [\"P36\", \"P17\"]\nmax-samples = 2\nfew-shot = 0\ndevice = \"cpu\"\nbias = [-3, 0]\n\
         templates = { draws = 1, k = [1, 2] }\nmethod = \"flex\"\n",
    );
    stdout(lamascope(home.path()).args(["sweep", "sweep.toml", "--out", "s.feather", "--quiet"]));
    let svg = figure(home.path(), &["accuracy-k", "s.feather"]);
    for way in ["--bias -3", "--bias 0"] {
        assert!(svg.contains(way), "{svg} lacks {way}");
    }
    figure(
        home.path(),
        &["accuracy-k", "s.feather", "--relation", "P36"],
    );
    let refused = lamascope(home.path())
        .args([
            "figure",
            "accuracy-k",
            "s.feather",
            "--relation",
            "P99",
            "--out",
            "x.svg",
        ])
        .output()
        .expect("it runs");
    let said = String::from_utf8(refused.stderr).expect("text");
    assert!(said.contains("P99"), "{said}");
}

#[test]
fn what_cannot_be_drawn_says_why() {
    let home = folder();
    results(home.path(), "a.jsonl", &RELATIONS, 1, |fact, _| fact < 15);
    results(home.path(), "p.jsonl", &RELATIONS, 2, |fact, _| fact < 15);
    write(home.path(), "old.svg", "");
    for (args, code, said) in [
        (
            ["templates", "a.jsonl", "--out", "x.svg"].as_slice(),
            1,
            "--method per-prompt",
        ),
        (&["flips", "a.jsonl", "--out", "x.svg"], 1, "two such files"),
        (
            &["flips", "a.jsonl", "a.jsonl", "--out", "x.svg"],
            1,
            "no answer flips",
        ),
        (
            &["accuracy-k", "a.jsonl", "--out", "x.svg"],
            1,
            "all runs have 1 template",
        ),
        (
            &["templates", "p.jsonl", "--relation", "P9", "--out", "x.svg"],
            1,
            "facts of the relations",
        ),
        (&["forest", "a.jsonl", "--out", "old.svg"], 1, "--overwrite"),
        (&["forest", "a.jsonl", "--out", "x.pdf"], 2, ".svg or .png"),
        (
            &["forest", "a.jsonl", "--names", "a,b", "--out", "x.svg"],
            2,
            "one per run",
        ),
        (&["pie", "a.jsonl", "--out", "x.svg"], 2, "forest"),
    ] {
        let failed = lamascope(home.path())
            .arg("figure")
            .args(args)
            .assert()
            .code(code);
        let message = String::from_utf8_lossy(&failed.get_output().stderr).into_owned();
        assert!(message.contains(said), "{args:?}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}
