//! Rendering as `apply_chat_template` of transformers does it.

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde, Value};
use minijinja::{Environment, Error, ErrorKind};
use minijinja_contrib::pycompat::unknown_method_callback;
use serde::Serialize;

use super::json::to_json;

/// Steps, bytes and entries that a template may take, all together: the models' own take some thousands, and this many are
/// over in a second. A template comes with a model, from anywhere, and could count for ever or fill the memory.
const FUEL: u64 = 10_000_000;

/// A turn.
#[derive(Debug, Serialize)]
pub struct Message {
    role: &'static str,
    pub content: String,
}

impl Message {
    pub fn system(content: String) -> Self {
        let role = "system";
        Message { role, content }
    }

    pub fn user(content: String) -> Self {
        let role = "user";
        Message { role, content }
    }

    pub fn assistant(content: String) -> Self {
        let role = "assistant";
        Message { role, content }
    }
}

/// The text of a conversation that the assistant goes on with; where the model lets one choose, it `thinks` first or not.
///
/// # Errors
/// What is wrong with the template, or what it says against the turns, as words after "the chat template".
pub fn render(
    source: &str,
    special: &BTreeMap<String, String>,
    messages: &[Message],
    thinks: bool,
) -> Result<String, String> {
    let source = without_generation_tags(source);
    let environment = environment().map_err(told)?;
    let template = environment.template_from_str(&source).map_err(told)?;
    let mut values: BTreeMap<&str, Value> = special
        .iter()
        .map(|(name, text)| (name.as_str(), Value::from(text.as_str())))
        .collect();
    values.extend([
        ("messages", Value::from(Serde(messages))),
        ("tools", Value::from(())),
        ("documents", Value::from(())),
        ("add_generation_prompt", Value::from(true)),
        ("enable_thinking", Value::from(thinks)),
    ]);
    template.render(values).map_err(told)
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_fuel(Some(FUEL));
    let mut syntax = SyntaxConfig::builder();
    environment.set_syntax(syntax.trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_unknown_method_callback(unknown_method_callback);
    environment.add_filter(
        "tojson",
        |value: &Value, options: Kwargs| -> Result<_, Error> {
            let indent: Option<usize> = options.get("indent")?;
            Ok(to_json(value, indent))
        },
    );
    environment.add_function(
        "raise_exception",
        |message: String| -> Result<Value, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, message))
        },
    );
    environment.add_function("strftime_now", |format: String| written_date(&format));
    Ok(environment)
}

/// The first line of what is wrong.
fn told(error: Error) -> String {
    let what = error
        .detail()
        .map_or_else(|| error.to_string(), str::to_owned);
    let what = what.lines().next().unwrap_or_default();
    let what = what.trim_end_matches(['.', '!', ' ']);
    match error.kind() {
        ErrorKind::SyntaxError => format!("cannot be read ({what})"),
        ErrorKind::OutOfFuel => format!("takes more than {FUEL} steps"),
        _ => format!("says: {what}"),
    }
}

/// `{% generation %}` marks what is trained on and changes no text.
fn without_generation_tags(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, tag)) = rest.split_once("{%") {
        let Some((inner, behind)) = tag.split_once("%}") else {
            break;
        };
        let word = inner.trim_matches(|c: char| c.is_whitespace() || c == '-' || c == '+');
        let inner = match word {
            "generation" => inner.replace(word, "if true"),
            "endgeneration" => inner.replace(word, "endif"),
            _ => inner.to_owned(),
        };
        out.extend([before, "{%", &inner, "%}"]);
        rest = behind;
    }
    out + rest
}

/// Templates that write today's date get this one, which Llama's carry for want of another: prompts stay the same from
/// one day to the next.
fn written_date(format: &str) -> String {
    let mut out = String::new();
    let mut characters = format.chars();
    while let Some(c) = characters.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let specifier = characters.next().unwrap_or('%');
        out.push_str(match specifier {
            'Y' => "2024",
            'y' => "24",
            'm' => "07",
            'd' => "26",
            'b' => "Jul",
            'B' => "July",
            'a' => "Fri",
            'A' => "Friday",
            'j' => "208",
            'F' => "2024-07-26",
            'H' | 'M' | 'S' => "00",
            'T' => "00:00:00",
            _ => "%",
        });
    }
    out
}
