//! What the next frame needs, computed once however many events came before it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use ratatui::layout::Rect;

use super::{App, Ingredients, MaskParts, Model, Pane, Scope, Sequence, ShotsFrom};
use crate::layout::Preset;
use crate::prompt::Shots;

impl App {
    /// Computes what the next frame shows: shots, layout, prompt lines, scroll offsets. Cheap where nothing changed.
    pub fn prepare(&mut self) {
        self.prepare_shots();
        self.prepare_sequence();
        let screen = self.screen();
        self.relations
            .follow(usize::from(self.list_rows(Pane::Relations)));
        self.facts.follow(usize::from(self.list_rows(Pane::Facts)));
        self.templates
            .follow(usize::from(self.list_rows(Pane::Templates)));
        self.prepare_prompt(screen.inner(Pane::Prompt));
        self.prepare_run();
        self.prepare_overlay();
        self.prepare_mask(MaskParts::new(screen.inner(Pane::Mask)).cells);
    }

    /// Keeps crosshair and scroll inside the mask; the scroll goes after a crosshair that moved.
    fn prepare_mask(&mut self, cells: Rect) {
        let follow = std::mem::take(&mut self.follow);
        let Some(grid) = self.grid(self.mask.zoom) else {
            return;
        };
        let (width, height) = (usize::from(cells.width), usize::from(cells.height));
        if let Some((_, Ok(sequence))) = &self.sequence {
            if follow {
                self.mask.follow(&grid, width, height);
            }
            self.mask.clamp(sequence, &grid, width, height);
        }
    }

    pub(super) fn prepare_shots(&mut self) {
        let Some(Ok(data)) = &self.data else { return };
        let key = (self.choice.shots.clone(), self.relation);
        if self.shots.as_ref().is_some_and(|(known, _)| *known == key) {
            return;
        }
        let shots = match &self.choice.shots {
            ShotsFrom::Given(shots) => Ok(shots.clone()),
            ShotsFrom::Drawn { count, seed } => {
                let mut selected = self.facts_in(self.relation).to_vec();
                Shots::draw(data, &mut selected, *count, *seed)
                    .map(|(shots, _)| Arc::new(shots))
                    .map_err(|error| error.to_string())
            }
        };
        self.shots = Some((key, shots));
    }

    pub(super) fn prepare_sequence(&mut self) {
        let Some(ingredients) = self.ingredients() else {
            self.sequence = None;
            self.lines = None;
            return;
        };
        if self
            .sequence
            .as_ref()
            .is_some_and(|(known, _)| *known == ingredients)
        {
            return;
        }
        let Some(pieces) = &mut self.pieces else {
            return;
        };
        let built = Sequence::build(pieces, &ingredients).map_err(|error| error.to_string());
        let old = match self.sequence.take() {
            Some((_, Ok(sequence))) => Some(sequence),
            _ => self.last_sequence.take(),
        };
        match &built {
            Ok(sequence) => self.place_crosshair(sequence, old.as_ref()),
            Err(_) => self.last_sequence = old,
        }
        self.sequence = Some((ingredients, built));
        self.lines = None;
    }

    /// Points into a sequence that takes the place of an old one: where the reader looked in that, or else at the row
    /// that matters and the last segment's beginning, a cell that says something in every layout.
    fn place_crosshair(&mut self, sequence: &Sequence, old: Option<&Sequence>) {
        let now = |token: usize| old.and_then(|old| sequence.counterpart(token, old));
        let emits = old.is_some_and(|old| old.emitting() == self.mask.row);
        let row = now(self.mask.row).filter(|_| !emits);
        let row = row.unwrap_or(sequence.emitting());
        let key = now(self.mask.key).or(sequence.layout.segments().last().map(|last| last.start));
        let place = (row, key.unwrap_or(0));
        self.follow |= emits || place != (self.mask.row, self.mask.key);
        (self.mask.row, self.mask.key) = place;
    }

    /// What the layout on screen is made of; `None` while data or tokenizer are missing.
    pub(super) fn ingredients(&self) -> Option<Ingredients> {
        let (data, fact) = (self.data()?, self.fact?);
        self.pieces.as_ref()?;
        let shots = self.shots()?.ok()?;
        let chosen = self.choice.picks.get(self.relation)?.chosen();
        let this = &data.facts[fact];
        let templates = &data.relation_of(this).templates;
        let limit = match &self.model {
            Model::Ready(about) => Some((self.choice.max_new_tokens, about.max_positions)),
            _ => None,
        };
        let generated = match &self.runs.current {
            Some(run)
                if run.job.scope == Scope::Fact(fact)
                    && self.choice.method.has_layout()
                    && run.job.settings == self.settings() =>
            {
                run.generated.clone()
            }
            _ => Vec::new(),
        };
        Some(Ingredients {
            context: shots.context(),
            questions: chosen
                .iter()
                .map(|&template| data.question(this, template))
                .collect(),
            manual: chosen
                .iter()
                .filter(|&&template| templates[template].is_manual())
                .count(),
            names: chosen
                .iter()
                .map(|&template| templates[template].id.to_string())
                .collect(),
            options: self.choice.options,
            limit,
            generated,
        })
    }

    /// Hash of everything that decides the answers to the facts of the relation on screen.
    pub fn settings(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.comparison_settings().hash(&mut hasher);
        // Options carry a float; their text decides as well as they do.
        format!("{:?} {}", self.choice.options, self.choice.method).hash(&mut hasher);
        hasher.finish()
    }

    /// As [`App::settings`], for a comparison: what decides every method and preset that it shows.
    pub fn comparison_settings(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.models.hash(&mut hasher);
        self.relation.hash(&mut hasher);
        self.chosen_ids(self.relation).hash(&mut hasher);
        format!("{:?}", self.choice.extract).hash(&mut hasher);
        let options = self.choice.options;
        options.manual_cross_attention.hash(&mut hasher);
        // Options outside every preset stand beside the presets.
        let custom = Preset::of(&options).is_none();
        custom.then(|| format!("{options:?}")).hash(&mut hasher);
        self.choice.max_new_tokens.hash(&mut hasher);
        if let Some(Ok(shots)) = self.shots() {
            shots.context().hash(&mut hasher);
        }
        hasher.finish()
    }
}
