//! The run pane: answers, accuracy and log, and whether they still fit the screen.

use std::sync::Arc;

use lamascope::engine::Method;
use lamascope::tui::app::{App, Event, MouseKind, RunEvent};
use lamascope::tui::theme::Level;

use crate::tui_support::*;

#[test]
fn what_is_cut_in_the_run_ends_with_an_ellipsis() {
    let mut app = app_with(4, (80, 24), Level::True);
    let job = started(&press(&mut app, "c"));
    finish(&mut app, &job, 0, 0, " Constantinople", 20);
    let shown = screen(&mut app);
    let line = shown
        .lines()
        .find(|line| line.contains("per-prompt"))
        .unwrap();
    assert!(line.ends_with("…│"), "{line}");
    // Half of a wide character would move the border.
    finish(&mut app, &job, 0, 0, &" 東京".repeat(9), 30);
    let buffer = draw(&mut app);
    for y in 9..21 {
        assert_eq!(buffer[(79, y)].symbol(), if y == 9 { "┐" } else { "│" });
    }
}

#[test]
fn a_run_says_why_it_does_not_fit_the_screen_any_more() {
    let mut app = app();
    for (key, change, back, words) in [
        ("r", "2 down", "up", "another fact"),
        ("R", "1 down", "up", "another relation"),
        ("r", "p", "u", "earlier settings"),
        ("c", "3 space", "u", "earlier settings"),
        // Out of every preset, and then to other options that no preset has.
        ("c", "o down right esc", "u", "earlier settings"),
    ] {
        let job = started(&press(&mut app, key));
        tell(&mut app, &job, 1, RunEvent::Done);
        assert!(!screen(&mut app).contains(words));
        press(&mut app, change);
        assert!(screen(&mut app).contains(words), "{key} {change}");
        press(&mut app, back);
        assert!(!screen(&mut app).contains(words), "{key} {change} {back}");
    }
    // A comparison shows every preset, whichever is chosen.
    let job = started(&press(&mut app, "c"));
    tell(&mut app, &job, 1, RunEvent::Done);
    press(&mut app, "p x");
    assert!(!screen(&mut app).contains("earlier settings"));
}

/// The lines of the run pane that hold answers.
fn answers(app: &mut App) -> Vec<String> {
    let area = run_parts(app).rows;
    let buffer = draw(app);
    let line = |y: u16| {
        (area.x..area.right())
            .map(|x| buffer[(x, y)].symbol())
            .collect::<String>()
    };
    let lines = (area.y..area.bottom()).map(|y| line(y).trim_end().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

#[test]
fn answers_are_scrolled_to_their_last_page_and_no_farther() {
    let mut app = app();
    let job = started(&press(&mut app, "R"));
    for fact in 0..8 {
        finish(&mut app, &job, 0, fact, " Paris", 10 + fact as u64);
    }
    tell(&mut app, &job, 20, RunEvent::Done);
    // All of them fit.
    press(&mut app, "6");
    let all = answers(&mut app);
    assert_eq!(all.len(), 8);
    press(&mut app, "G pagedown down");
    assert_eq!(
        (answers(&mut app), app.panes.run.list.offset()),
        (all.clone(), 0)
    );
    // The last page is full.
    app.handle(Event::Resize(80, 20));
    let height = answers(&mut app).len();
    assert!(height < 8);
    for keys in ["G", "down", "pagedown"] {
        press(&mut app, keys);
        assert_eq!(answers(&mut app)[..], all[8 - height..], "{keys}");
    }
    press(&mut app, "g");
    assert_eq!(answers(&mut app)[..], all[..height]);
    // A larger pane shows them all again.
    app.handle(Event::Resize(140, 42));
    assert_eq!(answers(&mut app), all);
    // A comparison has a line for every method.
    let job = started(&press(&mut app, "r r R c c"));
    tell(&mut app, &job, 30, RunEvent::Done);
    app.handle(Event::Resize(80, 20));
    app.prepare();
    let height = run_parts(&app).rows.height;
    press(&mut app, "G");
    let shown = answers(&mut app);
    assert_eq!(shown.len(), usize::from(height));
    assert!(
        shown.last().unwrap().starts_with("flex causal"),
        "{shown:?}"
    );
}

#[test]
fn the_log_is_read_from_its_end_to_its_beginning() {
    let mut app = app_with(4, (80, 24), Level::True);
    press(&mut app, "6 a");
    assert!(!screen(&mut app).contains("theme"));
    press(&mut app, "T Z");
    let first = screen(&mut app);
    press(&mut app, "G down");
    assert_eq!(screen(&mut app), first);
    for _ in 0..20 {
        app.handle(Event::Said(Ok(format!(
            "a line {}",
            "that is long ".repeat(12)
        ))));
    }
    app.handle(Event::Said(Ok("the newest".into())));
    press(&mut app, "Z");
    assert!(screen(&mut app).contains("the newest"));
    press(&mut app, "up");
    assert!(!screen(&mut app).contains("the newest"));
    press(&mut app, "down");
    assert!(screen(&mut app).contains("the newest"));
    press(&mut app, "g up up pageup");
    let top = screen(&mut app);
    assert!(top.contains("model demo is ready"), "{top}");
    press(&mut app, "G");
    assert!(screen(&mut app).contains("the newest"));
}

#[test]
fn the_mean_template_stands_beside_a_fused_run_where_all_of_it_is_known() {
    let mut app = app();
    let evaluate = |app: &mut App, keys: &str, answers: &[(usize, &str)]| {
        let job = started(&press(app, keys));
        for (fact, answer) in answers {
            finish(app, &job, 0, *fact, answer, 20 + *fact as u64);
        }
        job
    };
    let known = [(1, " Tokyo"), (2, " Kampala"), (3, " Lima"), (4, " Oslo")];
    let job = evaluate(&mut app, "m m R", &known);
    assert_eq!(app.work.choice.method, Method::PerPrompt);
    assert!(!screen(&mut app).contains("per-prompt 50.0 %"));
    tell(&mut app, &job, 30, RunEvent::Done);
    // Over exactly the facts that are finished: one right, one wrong, one right.
    let job = evaluate(
        &mut app,
        "P m m m m m m m m m R",
        &[(1, " Tokyo"), (2, " Nairobi")],
    );
    assert_eq!(job.plans[0].1.method, Method::Flex);
    assert!(screen(&mut app).contains("accuracy 100.0 % [34.2, 100.0]  █"));
    assert!(screen(&mut app).contains("per-prompt 50.0 %"));
    finish(&mut app, &job, 0, 3, " Lima", 40);
    assert!(screen(&mut app).contains("per-prompt 66.7 %"));
    // Where room is scarce, the course goes first.
    app.handle(Event::Resize(64, 24));
    let narrow = screen(&mut app);
    let line = narrow.lines().find(|line| line.contains("accuracy"));
    assert!(line.is_some_and(|line| !line.contains('█')), "{narrow}");
    app.handle(Event::Resize(140, 42));
    // A fact that was not asked by itself: the mean over all is not known.
    finish(&mut app, &job, 0, 5, " Havana", 41);
    assert!(!screen(&mut app).contains("per-prompt"));
    tell(&mut app, &job, 50, RunEvent::Done);
    // Other templates, other shots, another method: not what was asked.
    let job = evaluate(&mut app, "3 G space R", &[(1, " Tokyo")]);
    assert!(!screen(&mut app).contains("per-prompt"));
    tell(&mut app, &job, 60, RunEvent::Done);
    let job = evaluate(&mut app, "u m R", &[(1, " Tokyo")]);
    assert_eq!(job.plans[0].1.method, Method::Origin);
    assert!(!screen(&mut app).contains("per-prompt"));
}

#[test]
fn another_model_leaves_no_answer_behind() {
    let mut app = app();
    let reload = |app: &mut App| {
        app.handle(Event::Words(Arc::new(Spaces::new(true))));
        app.handle(Event::Model(Ok(about())));
    };
    for key in ["c", "r", "E"] {
        let job = started(&press(&mut app, key));
        finish(&mut app, &job, 0, job.plans[0].1.facts[0], " Paris", 20);
        tell(&mut app, &job, 21, RunEvent::Done);
        let shown = screen(&mut app);
        assert!(!shown.contains("earlier model"), "{key}: {shown}");
        if key == "c" {
            assert!(shown.contains("Paris ✓ .83"), "{shown}");
        }
        if key == "r" {
            let sequence = app.work.sequence().unwrap().unwrap();
            assert!(sequence.len() > sequence.layout.len());
        }
        reload(&mut app);
        let shown = screen(&mut app);
        assert!(shown.contains("earlier model"), "{key}: {shown}");
        assert!(!shown.contains("Paris ✓ .83"), "{key}: {shown}");
        let sequence = app.work.sequence().unwrap().unwrap();
        assert_eq!(sequence.len(), sequence.layout.len());
    }
}

#[test]
fn what_stands_below_the_pane_is_counted() {
    let mut app = app_with(4, (80, 24), Level::True);
    let job = started(&press(&mut app, "c"));
    for plan in 0..job.plans.len() {
        finish(&mut app, &job, plan, 0, " Paris", 20);
    }
    tell(&mut app, &job, 21, RunEvent::Done);
    let shown = screen(&mut app);
    assert!(shown.contains(" 13 more below ┘"), "{shown}");
    assert!(!shown.contains("flex causal"), "{shown}");
    press(&mut app, "6 G");
    let shown = screen(&mut app);
    assert!(
        !shown.contains("more below") && shown.contains("flex causal"),
        "{shown}"
    );
}

#[test]
fn many_facts_are_counted_in_thousands() {
    let mut data = data(4);
    let more: Vec<_> = data
        .facts
        .iter()
        .filter(|fact| fact.relation == 0)
        .cloned()
        .collect();
    data.facts.extend(more.iter().cycle().take(1_561).cloned());
    let mut app = app_of(data, theme(Level::True), (140, 42));
    let job = started(&press(&mut app, "R"));
    for fact in &job.plans[0].1.facts[..1_441] {
        finish(&mut app, &job, 0, *fact, " Paris", 500);
    }
    let shown = screen(&mut app);
    assert!(shown.contains("1,441/1,569 facts"), "{shown}");
    assert!(shown.contains("Facts 1,569"), "{shown}");
}

#[test]
fn what_a_run_does_not_depend_on_leaves_it_current_and_the_rest_does_not() {
    let mut app = app();
    let stale = |app: &mut App| screen(app).contains("earlier settings");
    // A selection follows the settings as a relation does, and says when something else is marked.
    press(&mut app, "1 space space");
    let job = started(&press(&mut app, "v"));
    tell(&mut app, &job, 1, RunEvent::Done);
    assert!(!stale(&mut app));
    for (change, back) in [
        ("p", "P"),
        ("m", "u"),
        ("x", "x"),
        ("1 home 3 space", "space"),
    ] {
        press(&mut app, change);
        assert!(stale(&mut app), "{change}");
        press(&mut app, back);
        assert!(!stale(&mut app), "{change} {back}");
    }
    press(&mut app, "1 home space");
    assert!(screen(&mut app).contains("another selection"));
    // `origin` reads no layout and asks the first template alone.
    press(&mut app, "m");
    let job = started(&press(&mut app, "E"));
    assert_eq!(job.plans[0].1.method, Method::Origin);
    tell(&mut app, &job, 2, RunEvent::Done);
    press(&mut app, "p x 3 home down space");
    assert!(!stale(&mut app));
    press(&mut app, "up space");
    assert!(stale(&mut app));
}

#[test]
fn answers_are_filtered_ordered_and_opened() {
    let mut app = app();
    let job = started(&press(&mut app, "R"));
    for (fact, answer) in [(2, " Nairobi"), (0, " Lyon"), (1, " Tokyo"), (3, " Quito")] {
        finish(&mut app, &job, 0, fact, answer, 10 + fact as u64);
    }
    tell(&mut app, &job, 20, RunEvent::Done);
    press(&mut app, "6");
    let subjects = |app: &mut App| -> Vec<String> {
        let name = |line: String| line.split(' ').nth(2).unwrap().to_owned();
        answers(app).into_iter().map(name).collect()
    };
    assert_eq!(subjects(&mut app), ["Peru", "Japan", "France", "Kenya"]);
    press(&mut app, "f");
    assert_eq!(subjects(&mut app), ["France", "Japan", "Kenya", "Peru"]);
    press(&mut app, "f");
    assert_eq!(subjects(&mut app), ["France", "Peru", "Japan", "Kenya"]);
    assert!(screen(&mut app).contains("(wrong first)"));
    press(&mut app, "e");
    assert_eq!(subjects(&mut app), ["France", "Peru"]);
    press(&mut app, "e e f f /");
    type_text(&mut app, "nairobi");
    press(&mut app, "enter");
    assert!(screen(&mut app).contains("Kenya"));
    // Opening an answer shows its fact, wherever the lists stand.
    press(&mut app, "1 down 6 enter");
    let (relation, fact) = (app.work.browse.relation, app.work.browse.fact);
    assert_eq!((relation, fact), (0, Some(2)));
    assert_eq!(app.panes.facts.list.selected(), Some(2));
    assert!(!app.view.enlarged);
    // Back clears the filter, another key enlarges the pane.
    press(&mut app, "esc Z");
    assert!(app.view.enlarged && app.panes.run.list.items().len() == 4);
}

#[test]
fn a_click_points_at_an_answer_and_a_line_of_a_comparison_is_taken_over() {
    let mut app = app();
    let job = started(&press(&mut app, "R"));
    for fact in [1, 2] {
        finish(&mut app, &job, 0, fact, " Paris", 10);
    }
    tell(&mut app, &job, 20, RunEvent::Done);
    let at = find(&mut app, "Japan → Paris");
    mouse(&mut app, MouseKind::Press, at);
    press(&mut app, "enter");
    assert_eq!(app.work.browse.fact, Some(1));
    let job = started(&press(&mut app, "c"));
    tell(&mut app, &job, 30, RunEvent::Done);
    press(&mut app, "6 g down down enter");
    assert_eq!(app.work.choice.method, job.plans[2].1.method);
    press(&mut app, "G enter");
    assert_eq!(app.work.choice.method, Method::Flex);
    assert_eq!(app.work.choice.options, job.plans.last().unwrap().1.options);
}

#[test]
fn an_answer_of_one_template_opens_its_prompt() {
    let mut app = app();
    let job = started(&press(&mut app, "m m R"));
    finish(&mut app, &job, 0, 1, " Tokyo", 10);
    tell(&mut app, &job, 20, RunEvent::Done);
    press(&mut app, "6 f down down enter");
    app.prepare();
    let sequence = app.work.sequence().unwrap().unwrap();
    assert_eq!(sequence.names, ["a1"]);
    assert_eq!(app.work.browse.fact, Some(1));
}
