//! The other views of an answer in the mask's place, and any of them as a file.

use lamascope::inspect::view::View;
use lamascope::results::Form;
use lamascope::tui::app::{Effect, Event, Exported, Question, Refusal, RunEvent, Wish};
use lamascope::tui::theme::Level;

use crate::tui_support::*;

fn wishes(effects: &[Effect]) -> Vec<&Wish> {
    fn wish(effect: &Effect) -> Option<&Wish> {
        match effect {
            Effect::Study(wish) => Some(wish),
            _ => None,
        }
    }
    effects.iter().filter_map(wish).collect()
}

/// Which questions the answer rests on is one key away from the mask.
#[test]
fn what_each_token_read_stands_in_place_of_the_mask() {
    let mut app = answered((140, 42), Level::True);
    let effects = press(&mut app, "4 Z d");
    assert!(screen(&mut app).contains("attention is being read"));
    carry_out(&mut app, effects);
    let text = screen(&mut app);
    for words in [
        "What each token of the answer read  view 2 of 6, d: layers",
        "What each token of the answer read: mean of 2 layers",
        "█ m1  █ m2  █ a1  █ front  █ rest",
        "tokens: a bar is all attention of a row",
    ] {
        assert!(text.contains(words), "{words} is missing:\n{text}");
    }
    // Every line is all attention of its row.
    let shares = |line: &str| -> f32 {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let numbers = cells.iter().filter_map(|cell| cell.strip_suffix('%'));
        numbers.map(|number| number.parse::<f32>().unwrap()).sum()
    };
    let line = text
        .lines()
        .find(|line| line.contains("m1 ") && line.contains('%'));
    let line = line.unwrap_or_else(|| panic!("no bar:\n{text}"));
    assert!(shares(line) <= 101.0, "{line}");
    // Layer and head are stepped as on the mask.
    press(&mut app, ". ;");
    assert!(screen(&mut app).contains("layer 1 of 2, head 1 of 2"));
    press(&mut app, "a");
    assert!(screen(&mut app).contains("fused: first answer token reads 3 of 3"));
}

#[test]
fn every_view_says_its_name_and_the_next_one() {
    let mut app = answered((140, 42), Level::True);
    let effects = press(&mut app, "4 Z a");
    carry_out(&mut app, effects);
    assert!(screen(&mut app).contains("; d: next view"));
    // Two answers are a view once another one has been named.
    let views: Vec<View> = (View::ALL.iter().copied())
        .filter(|view| *view != View::Contrast)
        .collect();
    for (at, view) in views.iter().enumerate().skip(1) {
        let effects = press(&mut app, "d");
        let next = views[(at + 1) % views.len()];
        let title = format!("view {} of 6, d: {next}", at + 1);
        let text = screen(&mut app);
        assert!(text.contains(&title), "{title} is missing:\n{text}");
        assert!(text.contains(view.explained()), "{view}:\n{text}");
        let asked = usize::from(*view == View::Layers);
        assert_eq!(wishes(&effects).len(), asked, "{view}: asked once");
        assert_eq!(app.work.charted(), Some(*view));
    }
    press(&mut app, "d");
    assert_eq!(app.work.charted(), None);
}

#[test]
fn left_and_right_choose_the_token() {
    let mut app = answered((140, 42), Level::True);
    let effects = press(&mut app, "4 d");
    carry_out(&mut app, effects);
    assert_eq!(app.work.step_on_screen(), 0);
    press(&mut app, "down down down");
    assert_eq!(app.work.step_on_screen(), 1, "there are two tokens");
    press(&mut app, "d d left left");
    assert_eq!(app.work.step_on_screen(), 0);
    press(&mut app, "right end home");
    app.prepare();
    assert_eq!(app.panes.mask.chart_top, 0);
}

#[test]
fn a_study_waits_for_runs_and_what_it_meets_is_said() {
    let mut app = answered((140, 42), Level::True);
    let effects = press(&mut app, "4 d");
    carry_out(&mut app, effects);
    let effects = press(&mut app, "d d d");
    let version = wishes(&effects)[0].version;
    assert!(screen(&mut app).contains("what each question did is being computed"));
    // A run goes first; what was studied is asked for again when that is over.
    let job = started(&press(&mut app, "R"));
    assert!(
        wishes(&app.handle(Event::Studied {
            version,
            found: None
        }))
        .is_empty()
    );
    assert!(screen(&mut app).contains("when the run is over"));
    tell(&mut app, &job, 300, RunEvent::Cancelled);
    let effects = press(&mut app, "b");
    let Some(wish) = wishes(&effects).first().copied() else {
        return assert!(screen(&mut app).contains("run this fact"));
    };
    let found = Some(Err(
        "200 questions are more than can be looked at".to_owned()
    ));
    let version = wish.version;
    app.handle(Event::Studied { version, found });
    assert!(screen(&mut app).contains("200 questions are more"));
}

#[test]
fn what_is_shown_is_saved_as_its_name_says() {
    let mut app = answered((140, 42), Level::True);
    press(&mut app, "4 ctrl-e");
    let text = screen(&mut app);
    assert!(text.contains("Save what is shown as"), "{text}");
    assert!(text.contains("P36-France-mask.svg"), "{text}");
    let effects = press(&mut app, "enter");
    let [
        Effect::SaveView {
            form: Form::Svg,
            overwrite: false,
            exported,
            ..
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert!(matches!(**exported, Exported::Mask(..)));
    let effects = press(&mut app, "d");
    press(&mut app, "ctrl-e");
    assert!(
        screen(&mut app).contains("attention is being read"),
        "nothing to save yet"
    );
    carry_out(&mut app, effects);
    press(&mut app, "ctrl-e ctrl-u");
    type_text(&mut app, "a.gif");
    assert!(press(&mut app, "enter").is_empty());
    let said = says_lines(&app).join(" ");
    assert!(said.contains(".svg, .png, .csv or .feather"), "{said}");
    press(&mut app, "ctrl-u");
    type_text(&mut app, "a.csv");
    let effects = press(&mut app, "enter");
    let [
        Effect::SaveView {
            form: Form::Csv,
            exported,
            ..
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert!(matches!(&**exported, Exported::View(portrait) if portrait.view == View::Tokens));
    // Another file of this name is replaced when enter says so twice.
    app.handle(Event::Refused {
        question: Question::ViewPath,
        answer: "a.csv".into(),
        refusal: Refusal::Exists,
    });
    let said = says_lines(&app).join(" ");
    assert!(
        said.contains("a.csv exists already: enter again overwrites it"),
        "{said}"
    );
    let effects = press(&mut app, "enter");
    assert!(matches!(
        &effects[..],
        [Effect::SaveView {
            overwrite: true,
            ..
        }]
    ));
}

/// "Why not Lyon?" is asked of the engine once, goes after a run, and what it meets is said.
#[test]
fn another_answer_is_held_against_the_one_on_screen() {
    let mut app = app_with(4, (140, 42), Level::True);
    press(&mut app, "4 n");
    assert!(screen(&mut app).contains("run this fact (r)"));
    let mut app = answered((140, 42), Level::True);
    press(&mut app, "4 Z n");
    let shown = screen(&mut app);
    assert!(shown.contains("Why not (another answer)"), "{shown}");
    // The model said what was expected: that is nothing to hold against it.
    assert!(!shown.contains("│Paris"), "{shown}");
    press(&mut app, "ctrl-u enter");
    assert!(
        says_lines(&app)
            .join(" ")
            .contains("expected another answer")
    );
    type_text(&mut app, "Lyon");
    let effects = press(&mut app, "enter");
    let effects = carry_out(&mut app, effects);
    let [Effect::Contrast(rival)] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(rival.other, "Lyon");
    let shown = screen(&mut app);
    assert!(
        shown.contains("Lyon is being held against the answer"),
        "{shown}"
    );
    assert!(shown.contains("view 7 of 7"), "{shown}");
    // Something else went first: asked again.
    let (version, other) = (rival.version, rival.other.clone());
    let found = None;
    let effects = app.handle(Event::Contrasted {
        version,
        other,
        found,
    });
    assert!(matches!(&effects[..], [Effect::Contrast(_)]), "{effects:?}");
    let (other, found) = (
        "Lyon".to_owned(),
        Some(Err("one begins with the other".to_owned())),
    );
    assert!(
        app.handle(Event::Contrasted {
            version,
            other,
            found
        })
        .is_empty()
    );
    assert!(screen(&mut app).contains("one begins with the other"));
}
