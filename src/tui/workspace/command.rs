//! The command line that does what is chosen on screen.

use super::Workspace;
use super::choice::ShotsFrom;
use super::runs::Scope;
use crate::data::{TemplateId, TemplateKind};
use crate::layout::Preset;
use crate::prompt::{Shots, default_new_tokens};
use crate::score::Extract;
use crate::sets::TemplateSet;
use crate::text::shell_word;
use crate::tui::keymap::Action;
use crate::tui::message::Effect;

impl Workspace {
    /// What there are command lines for: the relation, the fact, the selection and everything; first of all the
    /// comparison, where one was asked for last.
    pub(in crate::tui) fn scopes(&self) -> Vec<(&'static str, Scope)> {
        let mut scopes = Vec::new();
        let last = self.runs.last().map(|job| job.scope);
        match (last, self.browse.fact) {
            (Some(Scope::Compare(_)), Some(fact)) => {
                scopes.push(("this fact, all methods", Scope::Compare(fact)));
            }
            (Some(Scope::CompareRelation(_)), _) => {
                let scope = Scope::CompareRelation(self.browse.relation);
                scopes.push(("this relation, all methods", scope));
            }
            (Some(Scope::CompareSelection), _) if !self.choice.marks.is_empty() => {
                scopes.push(("the marked selection, all methods", Scope::CompareSelection));
            }
            _ => {}
        }
        scopes.push(("this relation", Scope::Relation(self.browse.relation)));
        scopes.extend(
            self.browse
                .fact
                .map(|fact| ("this fact", Scope::Fact(fact))),
        );
        if !self.choice.marks.is_empty() {
            scopes.push(("the marked selection", Scope::Selection));
        }
        scopes.push(("everything", Scope::Everything));
        scopes
    }

    /// Copies one of the command lines that are on offer.
    pub(in crate::tui) fn copy_command(&mut self, index: usize) -> Vec<Effect> {
        self.prepare_shots();
        let Some(&(_, scope)) = self.scopes().get(index) else {
            return Vec::new();
        };
        match self.command(scope) {
            Ok(text) => {
                self.say_briefly(format!("copied: {text}"));
                vec![Effect::Copy(text)]
            }
            Err(message) => {
                self.complain(message);
                Vec::new()
            }
        }
    }

    /// The `lamascope run …`, or `compare …`, that evaluates a scope as chosen, or why there is none.
    ///
    /// It runs in every POSIX shell as it stands: marked facts come through a pipe, shots written by hand in a
    /// here-document on file descriptor 3.
    pub fn command(&self, scope: Scope) -> Result<String, String> {
        let data = self.data().ok_or("the data is still being read")?;
        let compares = scope.compares();
        if compares && Preset::of(&self.choice.options).is_none() {
            return Err(format!(
                "the command line compares presets: flex {} stands on screen alone",
                self.choice.options.setting()
            ));
        }
        let command = if compares { "compare" } else { "run" };
        let mut words: Vec<String> = vec!["lamascope".into(), command.into()];
        words.extend(self.start.engine_words.iter().map(|word| shell_word(word)));
        let mut relations = Vec::new();
        let facts = match scope.facts() {
            Scope::Fact(fact) => {
                relations.push(data.facts[fact].relation);
                Some(vec![fact])
            }
            Scope::Relation(relation) => {
                relations.push(relation);
                None
            }
            Scope::Everything => {
                relations.extend(0..data.relations.len());
                None
            }
            _ if self.choice.marks.facts.is_empty() => {
                relations.extend(&self.choice.marks.relations);
                None
            }
            _ => Some(self.facts_of(Scope::Selection)),
        };
        if let Some(facts) = &facts {
            relations = facts
                .iter()
                .map(|&fact| data.facts[fact].relation)
                .collect();
            relations.sort_unstable();
            relations.dedup();
            let uuids: Vec<String> = facts
                .iter()
                .map(|&fact| shell_word(&data.facts[fact].uuid))
                .collect();
            if scope.facts() == Scope::Selection {
                words.insert(0, format!("printf '%s\\n' {} |", uuids.join(" ")));
                words.push("--uuids -".into());
            } else {
                // One fact is asked with the shots of its relation.
                let ids = relations
                    .iter()
                    .map(|&relation| &data.relations[relation].id);
                words.extend(ids.map(|id| format!("--relation {}", shell_word(id))));
                words.push(format!("--fact {}", uuids.join(",")));
            }
        } else if relations.len() < data.relations.len() {
            let ids: Vec<&str> = relations
                .iter()
                .map(|&relation| data.relations[relation].id.as_str())
                .collect();
            words.push(format!("--relation {}", shell_word(&ids.join(","))));
        }
        words.push(self.template_words(&relations)?);
        let mut document = None;
        match &self.choice.shots {
            ShotsFrom::Drawn { count, seed } => {
                if *count != Shots::COUNT {
                    words.push(format!("--few-shot {count}"));
                }
                if *seed != Shots::SEED {
                    words.push(format!("--seed {seed}"));
                }
            }
            ShotsFrom::Given(shots) => {
                words.push("--shots /dev/fd/3".into());
                let text = serde_json::to_string(&**shots).map_err(|error| error.to_string())?;
                document = Some(text);
            }
        }
        if !self.choice.chat.is_off() {
            words.push(format!("--chat {}", self.choice.chat));
        }
        if !compares {
            words.push(format!("--method {}", self.choice.method));
            let options = &self.choice.options;
            if self.choice.method.has_layout() {
                let setting = options.setting();
                words.push(format!("--preset {}", setting.preset));
                words.extend(setting.on_top);
            }
        }
        let has_layout = compares || self.choice.method.has_layout();
        if has_layout && self.choice.options.manual_cross_attention {
            words.push("--manual-cross-attention".into());
        }
        if self.choice.max_new_tokens != default_new_tokens(data.style) {
            words.push(format!("--max-new-tokens {}", self.choice.max_new_tokens));
        }
        if self.choice.extract == Extract::Word {
            words.push("--extract word".into());
        }
        if let Some(document) = document {
            words.push(format!("3<<'SHOTS'\n{document}\nSHOTS"));
        }
        Ok(words.join(" "))
    }

    /// `--templates m1,a2` where all relations choose alike, else the set that says the same.
    fn template_words(&self, relations: &[usize]) -> Result<String, String> {
        let ids: Vec<Vec<TemplateId>> = relations
            .iter()
            .map(|&relation| self.chosen_ids(relation))
            .collect();
        let Some(first) = ids.first() else {
            return Err("nothing is marked: mark relations or facts first".into());
        };
        let has_own = |ids: &Vec<TemplateId>| ids.iter().any(|id| id.kind == TemplateKind::Own);
        if ids.iter().all(|other| other == first) && !has_own(first) {
            if first.is_empty() {
                return Err("no template is chosen: choose at least one".into());
            }
            let ids: Vec<String> = first.iter().map(TemplateId::to_string).collect();
            return Ok(format!("--templates {}", ids.join(",")));
        }
        let data = self.data().ok_or("the data is still being read")?;
        let same = |set: &&TemplateSet| {
            let means = set.resolve(data);
            let picks = &self.choice.picks;
            relations.iter().all(|&r| means[r] == picks[r].chosen())
        };
        match self.sets.iter().find(same) {
            Some(set) => Ok(format!("--set {}", shell_word(&set.name))),
            None => {
                let why = match ids.iter().any(has_own) {
                    true => "own wordings stand in sets alone: save the choice as one first",
                    false => "the relations choose different templates: save them as a set first",
                };
                Err(format!("{why} ({})", self.keymap.key(Action::Sets)))
            }
        }
    }
}
