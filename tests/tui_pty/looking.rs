//! What an answer read: attention on the mask, views, pictures, another answer.

use crate::program::*;

/// The answer's attention on the mask, by the engine that gave the answer: layer, head, and back.
#[test]
fn an_answer_is_looked_into() {
    let mut program = Program::start(140, 42);
    program.is_ready();
    program.answers();
    program.send("4a");
    program.see("mean of 6 layers, mean of 4 heads");
    program.see(" read ");
    program.send(".");
    program.see("layer 1 of 6, mean of 4 heads");
    program.send(",,;");
    program.see("layer 6 of 6, head 1 of 4");
    program.send(",");
    program.see("layer 5 of 6, head 1 of 4");
    program.see("Attention ");
    program.send("a");
    program.see("fused: first answer token reads");
    program.send("q");
    assert_eq!(program.end(), (0, true));
}

/// The views of an answer, one after the other, and one of them as a picture, a table, and not over another file.
#[test]
fn views_are_stepped_and_saved() {
    let mut program = Program::start(140, 42);
    program.is_ready();
    program.answers();
    program.send("4Zd");
    program.see("What each token of the answer read: mean of 6 layers");
    program.send("d");
    program.see("rank best");
    program.send("d");
    program.see("entropy in nats");
    program.send("d");
    program.see("left out");
    program.send("\x05");
    program.see("Save what is shown as");
    program.send("\x15a.svg\r");
    program.see("/a.svg");
    program.send("\x05\x15a.csv\r");
    program.see("/a.csv");
    program.send("\x05\x15a.csv\r");
    program.see("a.csv exists already: enter again overwrites it");
    // On its own: together with the next key it would be another one.
    program.send("\x1b");
    program.until("no dialog", |screen| {
        !screen
            .parser
            .screen()
            .contents()
            .contains("Save what is shown as")
    });
    program.send("d");
    program.see("view 6 of 6");
    let written = |name: &str| std::fs::read_to_string(program.home.path().join(name));
    let svg = written("a.svg").expect("a picture");
    assert!(svg.starts_with("<svg") && svg.contains("Shapley"), "{svg}");
    let csv = written("a.csv").expect("a table");
    assert!(csv.starts_with("part,question,left_out"), "{csv}");
    program.send("q");
    assert_eq!(program.end(), (0, true));
}

/// Pictures are written where they are asked for, one for each change, and taken away before a dialog.
#[test]
fn pictures_are_written_where_the_terminal_has_them() {
    let variables = [("LAMASCOPE_GRAPHICS", "kitty")];
    let mut program = Program::start_with(140, 42, &variables, "colours = \"true\"\n");
    program.see(READY);
    let seen = |screen: &Screen, what: &str| {
        let text = String::from_utf8_lossy(&screen.raw).into_owned();
        text.matches(what).count()
    };
    // A PNG begins with these letters.
    let picture = ";iVBORw0KGgo";
    program.until("a picture", |screen| seen(screen, picture) > 0);
    let before = seen(&program.screen.0.lock().expect("a screen"), picture);
    program.send("4Z");
    program.until("a larger picture", |screen| seen(screen, picture) > before);
    program.send("?");
    program.until("no picture", |screen| seen(screen, "a=d,d=I,i=7351") > 0);
    let before = seen(&program.screen.0.lock().expect("a screen"), picture);
    program.send("\x1b");
    program.until("a picture again", |screen| seen(screen, picture) > before);
    program.send("q");
    assert_eq!(program.end(), (0, true));
}

/// Why the answer and not another one: on the embedded model, from the mask.
#[test]
fn another_answer_is_held_against_the_one_on_screen() {
    let mut program = Program::start(140, 42);
    program.is_ready_for_p36();
    program.answers();
    program.send("4Zn");
    program.see("Why not (another answer)");
    program.send("\x15Lyon\r");
    let shown = program.see("after layer 1");
    for part in [
        "and not \"Lyon\"",
        "all questions",
        "m1 left out",
        "Shapley",
    ] {
        assert!(shown.contains(part), "{shown}");
    }
    program.send("q");
    assert_eq!(program.end(), (0, true));
}
