//! The page of one fact, in a browser without a screen.
//!
//! Skipped with a word where there is no Chromium: `LAMASCOPE_BROWSER` names one that is not on the path.

use std::path::PathBuf;
use std::process::Command;

use crate::support::{asking, folder, read, stdout};

/// Points at cells, zooms, moves and changes the view as a reader does, and writes down what the page says.
const READER: &str = r##"<pre id="said"></pre><script>
const said = [];
const whole = { rows, keys };
const box = grid.getBoundingClientRect();
const event = (name, row, key, more) => grid.dispatchEvent(new (name === "wheel" ? WheelEvent : MouseEvent)(name, {
  clientX: box.left + (key + 0.5) / whole.keys * box.width, clientY: box.top + (row + 0.5) / whole.rows * box.height, ...more }));
const hover = (row, key) => { event("mousemove", row, key); return by("hover").textContent; };
const emits = data.rows.indexOf(data.rows.findLast((row, at) => at < rows && data.row_owners[at]));
said.push("reads: " + hover(emits, data.key_owners.indexOf("m1")));
said.push("masked: " + hover(data.row_owners.lastIndexOf("m2"), data.key_owners.indexOf("m1")));
event("wheel", emits, 10, { deltaY: -1, cancelable: true });
said.push(`zoomed: ${frame.rows < rows && frame.keys < keys}`);
event("mousedown", 100, 100);
event("mousemove", 90, 90);
dispatchEvent(new MouseEvent("mouseup"));
const before = by("hover").textContent;
by("view").value = data.views.length - 1;
by("view").dispatchEvent(new Event("change"));
document.querySelector("input[value=mask]").click();
said.push("legend: " + by("key").textContent);
by("whole").click();
said.push(`whole: ${frame.rows === rows && frame.keys === keys}`);
said.push(`charts: ${document.querySelectorAll("#charts svg").length}`);
by("said").textContent = said.join("\n");
</script></html>"##;

fn browser() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("LAMASCOPE_BROWSER") {
        return Some(named.into());
    }
    let names = [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "chrome",
        "chromium-headless-shell",
    ];
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let files = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    files.into_iter().find(|file| file.is_file())
}

#[test]
fn a_page_opens_offline_hovers_and_zooms() {
    let Some(browser) = browser() else {
        return eprintln!("skipped: no Chromium on the path, and LAMASCOPE_BROWSER is not set");
    };
    let home = folder();
    let page = home.path().join("page.html");
    let mut inspect = asking(home.path(), "inspect");
    inspect.args(["--uuid", "P36-Japan", "--templates", "m1,m2,a2"]);
    stdout(inspect.arg("--out").arg(&page));
    let text = String::from_utf8(read(&page)).expect("a text");
    std::fs::write(&page, text.replace("</html>", READER)).expect("a file");
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .arg("--enable-logging=stderr")
        .arg(format!(
            "--user-data-dir={}",
            home.path().join("browser").display()
        ))
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("the browser starts");
    let log = String::from_utf8_lossy(&output.stderr);
    let console: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("CONSOLE"))
        .collect();
    assert!(console.is_empty(), "{console:?}");
    let dom = String::from_utf8_lossy(&output.stdout);
    let (_, said) = dom
        .split_once("<pre id=\"said\">")
        .expect("the page was read");
    let (said, _) = said.split_once("</pre>").expect("its end");
    for words in [
        "of a2\nkey",
        "of m1: reads all; weight ",
        "% of the row's attention",
        "of m1: not read: another question; no weight",
        "zoomed: true",
        "own question",
        "whole: true",
        "charts: 3",
    ] {
        assert!(said.contains(words), "{words} is missing:\n{said}");
    }
}
