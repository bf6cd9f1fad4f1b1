//! `doctor`: what there is and what to do about what is not.

use crate::support::*;

#[test]
fn every_finding_says_what_it_is_about_and_what_is_missing_says_what_to_do() {
    let home = folder();
    let findings = json(lamascope(home.path()).args(["doctor", "--json"]));
    let findings = findings.as_array().expect("a list");
    let of = |about: &str| {
        let found = findings.iter().find(|one| one["about"] == about);
        found.unwrap_or_else(|| panic!("nothing is said about {about}: {findings:?}"))
    };
    for about in [
        "program", "cpu", "cuda", "cache", "models", "settings", "runs", "terminal",
    ] {
        let finding = of(about);
        assert!(!finding["found"].as_str().expect("text").is_empty());
        assert_eq!(
            finding["state"] == "lacks",
            finding["advice"].is_string(),
            "{finding}"
        );
    }
    assert_eq!(of("hub")["found"], "not asked: HF_HUB_OFFLINE is set");
    assert_eq!(of("data")["state"], "lacks");
    let token = json(
        lamascope(home.path())
            .args(["doctor", "--json"])
            .env("HF_TOKEN", "hf_x"),
    );
    let token = token
        .as_array()
        .expect("a list")
        .iter()
        .find(|one| one["about"] == "token");
    let token = token.expect("a line about the token");
    assert_eq!(token["found"], "found by HF_TOKEN");
    assert!(
        !token.to_string().contains("hf_x"),
        "a token is never shown"
    );
}

#[test]
fn what_is_broken_is_named_and_ends_with_a_failure() {
    let home = folder();
    std::fs::create_dir(home.path().join("lamascope")).expect("a folder");
    write(home.path(), "lamascope/config.toml", "theme = \"pink\"\n");
    let output = lamascope(home.path())
        .arg("doctor")
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).expect("text");
    let line = said
        .lines()
        .find(|line| line.starts_with("broken"))
        .expect("a line");
    assert!(line.contains("settings") && line.contains("pink"), "{line}");
    let error = String::from_utf8(output.stderr).expect("text");
    assert_eq!(
        error,
        "lamascope: 1 thing broken: each line says what to do\n"
    );
}
