//! Chat templates: the prompts of models' own ones are those of transformers, text and tokens.

use std::fs;
use std::path::{Path, PathBuf};

use lamascope::layout::{Layout, Preset, Source};
use lamascope::model::Tokenizer;
use lamascope::prompt::{Chat, Context, Encode, Thoughts};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokenizers::AddedToken;

use crate::support::in_folder;
use lamascope::model::Watch;

/// `chat.json`, as `make_chat.py` writes it.
#[derive(Deserialize)]
struct References {
    instruction: String,
    shots: Vec<(String, String)>,
    question: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    template: String,
    bos: Option<String>,
    eos: String,
    special: Vec<String>,
    system: bool,
    prompts: std::collections::BTreeMap<String, Prompt>,
}

#[derive(Deserialize)]
struct Prompt {
    text: String,
    tokens: Vec<u32>,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn references() -> References {
    let text = fs::read_to_string(fixtures().join("chat.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn template(name: &str) -> String {
    fs::read_to_string(fixtures().join(format!("chat/{name}.jinja"))).unwrap()
}

/// A folder with tiny-llama's tokenizer, these special tokens added, and a `tokenizer_config.json`.
fn folder(special: &[String], config: &Value) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = fixtures().join("tiny-llama/tokenizer.json");
    let mut tokenizer = tokenizers::Tokenizer::from_file(from).unwrap();
    let special = special
        .iter()
        .map(|text| AddedToken::from(text.as_str(), true));
    tokenizer.add_special_tokens(special).unwrap();
    tokenizer
        .save(folder.path().join("tokenizer.json"), false)
        .unwrap();
    fs::write(
        folder.path().join("tokenizer_config.json"),
        config.to_string(),
    )
    .unwrap();
    folder
}

fn tokenizer(folder: &TempDir) -> Tokenizer {
    in_folder(folder.path()).tokenizer(Watch::none()).unwrap()
}

fn context(of: &References) -> Context {
    Context::new(&of.instruction, &of.shots)
}

#[test]
fn prompts_are_those_of_transformers() {
    let references = references();
    assert!(references.cases.len() >= 10);
    for case in &references.cases {
        let name = &case.template;
        let config = json!({"chat_template": template(name), "bos_token": case.bos, "eos_token": {"content": case.eos}});
        let tokenizer = tokenizer(&folder(&case.special, &config));
        let alone = Context::new(&references.instruction, &[]);
        for (kind, context, chat) in [
            ("user", context(&references), Chat::User),
            ("user without shots", alone, Chat::User),
            ("turns", context(&references), Chat::Turns),
        ] {
            let expected = &case.prompts[kind];
            let context = context.asked_as(chat);
            let frame = context
                .frame(&tokenizer)
                .unwrap_or_else(|e| panic!("{name}, {kind}: {e}"));
            let begin: String = frame
                .begin(&tokenizer)
                .iter()
                .map(|&id| tokenizer.text(id))
                .collect();
            let text = begin + &frame.prompt(&references.question);
            assert_eq!(text, expected.text, "{name}, {kind}");
            let plain = Layout::plain(&tokenizer, &frame, &references.question);
            assert_eq!(plain.tokens, expected.tokens, "{name}, {kind}");
            let questions = [references.question.clone()];
            let source = Source::new(&context, &questions, 1);
            let flex = Layout::build(&tokenizer, source, Preset::Fused.options()).unwrap();
            assert_eq!(
                flex.tokens, expected.tokens,
                "{name}, {kind}: one question under the mask"
            );
        }
    }
    let without: Vec<&str> = references
        .cases
        .iter()
        .filter(|case| !case.system)
        .map(|case| case.template.as_str())
        .collect();
    assert!(
        without.contains(&"gemma"),
        "no template without a system's turn among {without:?}"
    );
}

#[test]
fn markers_become_the_special_tokens_that_they_name() {
    let special = ["<|im_start|>", "<|im_end|>"].map(str::to_owned);
    let config = json!({"chat_template": template("qwen2_5")});
    let tokenizer = tokenizer(&folder(&special, &config));
    let frame = Context::new("Say.", &[])
        .asked_as(Chat::Turns)
        .frame(&tokenizer)
        .unwrap();
    let ids = special.each_ref().map(|text| tokenizer.encode(text));
    assert!(ids.iter().all(|ids| ids.len() == 1), "{ids:?}");
    let [start, end] = ids.map(|ids| ids[0]);
    let tokens = Layout::plain(&tokenizer, &frame, "One [MASK].").tokens;
    let of = |id: u32| tokens.iter().filter(|&&token| token == id).count();
    assert_eq!(
        (of(start), of(end)),
        (3, 2),
        "system, user, and the assistant's turn left open"
    );
    // Its template writes none, although the tokenizer would put one in front.
    assert!(tokenizer.bos().is_some_and(|bos| !tokens.contains(&bos)));
}

#[test]
fn a_file_of_its_own_goes_before_the_configuration() {
    let config =
        json!({"chat_template": "old {{ messages[0].content }}", "bos_token": "<|begin|>"});
    let folder = folder(&[], &config);
    fs::write(
        folder.path().join("chat_template.jinja"),
        "{{ bos_token }}new {{ messages[0].content }}:",
    )
    .unwrap();
    let tokenizer = tokenizer(&folder);
    let context = Context::new("Say.", &[]).asked_as(Chat::User);
    let frame = context.frame(&tokenizer).unwrap();
    assert_eq!(frame.prompt("One?"), "new Say.\n\nQ: One?\nA::");
    assert_eq!(frame.begin(&tokenizer), [tokenizer.bos().unwrap()]);
}

#[test]
fn of_named_templates_the_default_one_is_taken() {
    let named = json!([
        {"name": "tool_use", "template": "tools {{ messages[0].content }}"},
        {"name": "default", "template": "default {{ messages[0].content }}"},
    ]);
    let context = Context::new("Say.", &[]).asked_as(Chat::User);
    let with = |templates: Value| folder(&[], &json!({"chat_template": templates}));
    let frame = context.frame(&tokenizer(&with(named.clone()))).unwrap();
    assert!(frame.prompt("One?").starts_with("default Say."));
    let none = with(json!([named[0].clone()]));
    let error = in_folder(none.path())
        .tokenizer(Watch::none())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("`chat_template` is [") && error.contains("named `default`"),
        "{error}"
    );
}

#[test]
fn what_cannot_be_a_chat_is_refused_in_a_line() {
    let context = Context::new("Say.", &[("1?".into(), "one".into())]);
    let said = |config: Value, chat: Chat| {
        let tokenizer = tokenizer(&folder(&[], &config));
        let error = context
            .clone()
            .asked_as(chat)
            .frame(&tokenizer)
            .unwrap_err()
            .to_string();
        assert!(
            error.ends_with("--chat off") || error.contains("--chat off, or"),
            "{error}"
        );
        assert!(!error.contains('\n'), "{error}");
        error
    };
    let of = |template: &str| json!({"chat_template": template});
    assert!(said(json!({}), Chat::User).starts_with("the model has no chat template"));
    for (template, why) in [
        ("{% if %}", "cannot be read"),
        ("{{ raise_exception('No\nthanks!') }}", "says: No:"),
        ("{{ messages[0].role }}", "leaves the question out"),
        (
            "{% for m in messages %}{{ m.content }}{{ m.content }}{% endfor %}",
            "more than once",
        ),
        ("{{ messages[0].content | upper_case }}", "upper_case"),
        (
            "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
            "takes more than",
        ),
        ("{{ 'x' * 999999999 }}", "takes more than"),
    ] {
        for chat in [Chat::User, Chat::Turns] {
            let error = said(of(template), chat);
            assert!(error.contains(why), "{error} lacks {why}");
        }
    }
}

/// Where thoughts begin and what ends them, in templates that have a place for them.
#[test]
fn thoughts_have_their_place_in_some_templates() {
    let of = references();
    let think = ("<think>\n", "</think>", "</think>\n\n");
    let harmony = (
        "<|start|>assistant<|channel|>analysis<|message|>",
        "<|end|>",
        "<|end|><|start|>assistant<|channel|>final<|message|>",
    );
    let mut seen = 0;
    for case in &of.cases {
        let config = json!({"bos_token": case.bos, "eos_token": case.eos, "chat_template": template(&case.template)});
        let folder = folder(&case.special, &config);
        let tokenizer = tokenizer(&folder);
        let asked = || context(&of).asked_as(Chat::User);
        let (opens, end, closed) = match case.template.as_str() {
            "qwen3" | "qwen3_training" | "deepseek_r1_distill" | "glm4moe" => think,
            "gptoss" => harmony,
            "llama3_1" | "gemma3" | "mistral_v1" => {
                let error = asked().end_of_thoughts(&tokenizer).unwrap_err();
                assert!(error.to_string().contains("no place for thoughts"));
                continue;
            }
            _ => continue,
        };
        seen += 1;
        assert_eq!(asked().end_of_thoughts(&tokenizer), Ok(end));
        let cue = |thoughts| {
            asked()
                .with_thoughts(thoughts)
                .frame(&tokenizer)
                .unwrap()
                .cue
                .clone()
        };
        let open = cue(Thoughts::Open);
        assert!(open.ends_with(opens), "{}: {open}", case.template);
        assert_eq!(open.matches(opens.trim()).count(), 1, "{open}");
        assert_eq!(cue(Thoughts::Closed), closed);
    }
    assert!(seen >= 4, "{seen} templates with thoughts");
}
