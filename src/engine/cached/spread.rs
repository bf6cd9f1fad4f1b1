//! Layers spread over devices: each has the weights, keys and values of its own layers, and a pass goes from one to the
//! next.

use std::ops::Range;

use super::batch::Batch;
use super::kernels::Kernels;
use crate::engine::error::EngineError;
use crate::model::Config;

/// What runs on a device, with its layers.
type Pass<'a, K> = dyn FnMut(&mut K, Range<usize>) -> Result<(), EngineError> + 'a;

/// One device and its layers.
struct Stage<K> {
    kernels: K,
    layers: Range<usize>,
}

/// The devices of one model in the order of its layers, mostly one. The first has the embeddings, the last the final norm
/// and the output matrix.
pub(crate) struct Spread<K> {
    stages: Vec<Stage<K>>,
}

impl<K: Kernels> Spread<K> {
    /// All layers on one device.
    pub fn one(kernels: K, config: &Config) -> Self {
        Spread::over([(kernels, 0..config.layers)])
    }

    /// Devices with their layers, of which each has one at least and all together every one in turn.
    pub fn over(stages: impl IntoIterator<Item = (K, Range<usize>)>) -> Self {
        let stage = |(kernels, layers)| Stage { kernels, layers };
        let stages: Vec<_> = stages.into_iter().map(stage).collect();
        debug_assert!(!stages.is_empty() && stages[0].layers.start == 0);
        debug_assert!(
            stages
                .windows(2)
                .all(|pair| pair[0].layers.end == pair[1].layers.start)
        );
        Spread { stages }
    }

    /// Whether one device has everything.
    pub fn is_whole(&self) -> bool {
        self.stages.len() == 1
    }

    /// The device of a layer; past the last one, the device that ends a pass.
    pub fn of(&mut self, layer: usize) -> &mut K {
        let last = self.stages.len() - 1;
        let holds = |stage: &Stage<K>| layer < stage.layers.end;
        let stage = self.stages.iter().position(holds).unwrap_or(last);
        &mut self.stages[stage].kernels
    }

    /// The device with the logits.
    pub fn last(&mut self) -> &mut K {
        self.of(usize::MAX)
    }

    /// Makes room for keys and values of `slots` tokens as far as every device can, and says for how many there is room.
    pub fn reserve(&mut self, slots: usize) -> Result<usize, EngineError> {
        let mut room = usize::MAX;
        for stage in &mut self.stages {
            room = room.min(stage.kernels.reserve(slots)?);
        }
        Ok(room)
    }

    /// The most rows that one pass should hold.
    pub fn most_rows(&self) -> usize {
        let each = self.stages.iter().map(|stage| stage.kernels.most_rows());
        each.min().unwrap_or(1)
    }

    /// Rows to plan before a pass begins.
    pub fn first_rows(&self) -> usize {
        self.stages[0].kernels.first_rows()
    }

    /// [`Kernels::attends_in_common`] of all devices.
    pub fn attends_in_common(&self, rows: usize, parts: usize) -> bool {
        let mut stages = self.stages.iter();
        stages.all(|stage| stage.kernels.attends_in_common(rows, parts))
    }

    /// Runs a pass on device after device, as [`Kernels::run`] does on one; `pass` is told the device's layers.
    pub fn run(
        &mut self,
        batch: &Batch,
        replays: bool,
        pass: &mut Pass<'_, K>,
    ) -> Result<(), EngineError> {
        let mut before = None;
        for Stage { kernels, layers } in &mut self.stages {
            let mut own = |kernels: &mut K| pass(kernels, layers.clone());
            kernels.run(batch, before, replays, &mut own)?;
            before = Some(kernels);
        }
        Ok(())
    }

    /// All devices.
    pub fn each(&mut self) -> impl Iterator<Item = &mut K> {
        self.stages.iter_mut().map(|stage| &mut stage.kernels)
    }
}

/// Numbers in a model's weights by where they stand.
pub(crate) struct Sizes {
    embedding: usize,
    layers: Vec<usize>,
    /// After the last layer: the final norm, and the output matrix unless it is the embedding.
    end: usize,
    /// The output matrix is the embedding, of which a device that has not both ends of the model needs a copy.
    tied: bool,
}

impl Sizes {
    pub fn of(config: &Config) -> Sizes {
        let mut sizes = Sizes {
            embedding: 0,
            layers: vec![0; config.layers],
            end: 0,
            tied: config.tied_embeddings,
        };
        for (name, shape) in config.tensors() {
            let layer = name.strip_prefix("model.layers.");
            let layer = layer.and_then(|rest| rest.split_once('.')?.0.parse::<usize>().ok());
            let place = match layer {
                Some(layer) => &mut sizes.layers[layer],
                None if name.starts_with("model.embed_tokens.") => &mut sizes.embedding,
                None => &mut sizes.end,
            };
            *place += shape.iter().product::<usize>();
        }
        sizes
    }

    /// Numbers on the device of these layers.
    pub fn numbers(&self, layers: &Range<usize>) -> usize {
        let (first, last) = (layers.start == 0, layers.end == self.layers.len());
        let mut sum = self.layers[layers.clone()].iter().sum::<usize>();
        if first || (last && self.tied) {
            sum += self.embedding;
        }
        if last {
            sum += self.end;
        }
        sum
    }

    /// Numbers of the whole model, each counted once.
    pub fn all(&self) -> usize {
        self.numbers(&(0..self.layers.len()))
    }

    /// Numbers of the layers before one.
    pub fn before(&self, layer: usize) -> usize {
        self.layers[..layer].iter().sum()
    }

    /// Shares layers among devices of so much `room`, in their order, one layer each at least, so that the one that first
    /// runs out of room for keys and values has as much as can be. `number` bytes are one weight, `token` bytes are the keys
    /// and values of one token in one layer. `None` where there is no room for the weights or a layer for each.
    pub fn shared(&self, room: &[usize], number: usize, token: usize) -> Option<Vec<Range<usize>>> {
        let devices = room.len();
        let with = |tokens: usize| {
            let mut start = 0;
            let mut ranges = Vec::with_capacity(devices);
            for (device, &room) in room.iter().enumerate() {
                // Each of those that follow takes one at least.
                let most = self.layers.len().checked_sub(devices - 1 - device)?;
                let fits = |end: usize| {
                    let layers = start..end;
                    let keys = (layers.len() * token).checked_mul(tokens);
                    let bytes = keys?.checked_add(number * self.numbers(&layers));
                    bytes.filter(|bytes| *bytes <= room)
                };
                let end = (start + 1..=most).rev().find(|end| fits(*end).is_some())?;
                ranges.push(start..end);
                start = end;
            }
            (start == self.layers.len()).then_some(ranges)
        };
        let mut best = with(0)?;
        let (mut fit, mut too_many) = (0, room.iter().max()? / token.max(1) + 1);
        while too_many - fit > 1 {
            let middle = fit + (too_many - fit) / 2;
            match with(middle) {
                Some(ranges) => (best, fit) = (ranges, middle),
                None => too_many = middle,
            }
        }
        Some(best)
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;
    use crate::engine::argmax::{Fuse, Group, TopTokens};
    use crate::engine::blend::Blending;
    use crate::engine::cached::Cached;
    use crate::engine::cancel::Cancel;
    use crate::engine::cpu::{Cpu, Precision};
    use crate::engine::draw::Draws;
    use crate::engine::method::Blended;
    use crate::engine::observed::Observed;
    use crate::engine::runner::Runner;
    use crate::engine::tests::{choices, config, layouts, of_experts, other_parts, runner, spread};
    use crate::layout::{Layout, Preset};
    use crate::model::{Norms, QkNorm};

    type Outcome = Result<(), Box<dyn Error>>;

    fn models() -> Vec<Config> {
        vec![
            config(6, 2, 16, false, false),
            config(4, 1, 80, true, true),
            other_parts(QkNorm::Head),
            other_parts(QkNorm::All),
            of_experts(2, Norms::Before, true),
            of_experts(3, Norms::After, false),
        ]
    }

    fn cpu(config: &Config) -> Cpu {
        Cpu::new(config, Precision::Exact)
    }

    /// The model on one CPU, and on as many as there are ends of layers, each with those up to its end.
    fn both(config: &Config, ends: &[usize]) -> Result<[Cached<Cpu>; 2], EngineError> {
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let stages = starts
            .zip(ends)
            .map(|(start, &end)| (cpu(config), start..end));
        Ok([
            runner(cpu(config), config)?,
            spread(Spread::over(stages), config)?,
        ])
    }

    /// Every way to split three layers.
    const SPLITS: [&[usize]; 3] = [&[1, 3], &[2, 3], &[1, 2, 3]];

    #[test]
    fn choices_are_those_of_one_device() -> Outcome {
        for (config, ends) in models().iter().zip(SPLITS.iter().cycle()) {
            let [mut one, mut several] = both(config, ends)?;
            for (preset, count) in [(Preset::Fused, 2), (Preset::Ape, 1)] {
                let layouts = layouts(preset, true, 11, count)?;
                let want = choices(&mut one, &layouts)?;
                assert_eq!(want, choices(&mut several, &layouts)?, "{preset}, {ends:?}");
            }
        }
        Ok(())
    }

    /// More rows than one pass holds: chunks without a row that emits go through all devices too.
    #[test]
    fn long_batches_go_in_chunks() -> Outcome {
        let config = config(4, 1, 16, false, false);
        let [mut one, mut several] = both(&config, &[1, 3])?;
        let layouts = layouts(Preset::Causal, false, 0, 12)?;
        let tokens: usize = layouts.iter().map(Layout::len).sum();
        assert!(tokens > several.spread.most_rows());
        assert_eq!(
            choices(&mut one, &layouts)?,
            choices(&mut several, &layouts)?
        );
        Ok(())
    }

    #[test]
    fn rows_mixed_inside_are_those_of_one_device() -> Outcome {
        for what in [
            Blended::LayerMean,
            Blended::ProductMean,
            Blended::ProductMax,
        ] {
            for ends in SPLITS {
                let config = other_parts(QkNorm::Head);
                let blending = Blending {
                    what,
                    from: 1,
                    alpha: 0.7,
                    groups: vec![0..2, 2..3],
                };
                let read = |runner: &mut Cached<Cpu>| -> Result<Vec<f32>, Box<dyn Error>> {
                    let layouts = layouts(Preset::Series, true, 5, 3)?;
                    let prompts: Vec<&Layout> = layouts.iter().collect();
                    let cancel = Cancel::new();
                    let ids = runner.prefill(&prompts, Some(&blending), &cancel, &mut |_| ())?;
                    let mut logits = runner.logits()?;
                    for step in 0..2 {
                        let tokens: Vec<_> = ids.iter().map(|id| (*id, 40 + step)).collect();
                        runner.decode_step(&tokens, Some(&blending))?;
                        logits.extend(runner.logits()?);
                    }
                    Ok(logits)
                };
                let [mut one, mut several] = both(&config, ends)?;
                assert_eq!(read(&mut one)?, read(&mut several)?, "{what:?}, {ends:?}");
            }
        }
        Ok(())
    }

    #[test]
    fn draws_and_forced_answers_are_those_of_one_device() -> Outcome {
        let config = config(6, 2, 16, true, false);
        let draws = Draws {
            samples: 0,
            seed: 3,
            temperature: 1.5,
            top_p: 0.9,
        };
        let drawn = |key| Group {
            rows: 0..1,
            fuse: Fuse::Drawn(draws.draw(key, 0)),
        };
        let groups: Vec<_> = (0..50).map(drawn).collect();
        let layouts = layouts(Preset::Fused, false, 2, 1)?;
        type Read = (Vec<Option<TopTokens>>, Vec<Vec<f64>>);
        let read = |runner: &mut Cached<Cpu>| -> Result<Read, EngineError> {
            let cancel = Cancel::new();
            runner.prefill(&[&layouts[0]], None, &cancel, &mut |_| ())?;
            let drawn = runner.argmax(&groups)?;
            Ok((drawn, runner.forced(&[&layouts[0]], &[9, 8, 7], &cancel)?))
        };
        let [mut one, mut several] = both(&config, &[1, 2, 3])?;
        assert_eq!(read(&mut one)?, read(&mut several)?);
        Ok(())
    }

    #[test]
    fn what_is_seen_inside_is_that_of_one_device() -> Outcome {
        for config in models() {
            let layouts = layouts(Preset::Fused, true, 4, 1)?;
            let look = |runner: &mut Cached<Cpu>| -> Result<(Observed, Vec<f32>), EngineError> {
                let seen = runner.observe(&layouts[0], &[5, 6], &Cancel::new())?;
                let logits = runner.read_out(&seen.layers[1].residual)?;
                Ok((seen, logits))
            };
            let [mut one, mut several] = both(&config, &[2, 3])?;
            assert_eq!(look(&mut one)?, look(&mut several)?);
        }
        Ok(())
    }

    /// Four layers of 10 numbers, 7 before and 1 after them, the 7 once more at the end.
    fn sizes() -> Sizes {
        Sizes {
            embedding: 7,
            layers: vec![10; 4],
            end: 1,
            tied: true,
        }
    }

    #[test]
    fn layers_go_where_there_is_room() {
        let shared = |room: &[usize]| sizes().shared(room, 2, 1);
        // 34 + 20 bytes and 56.
        assert_eq!(shared(&[1000, 1000]), Some(vec![0..2, 2..4]));
        assert_eq!(shared(&[100, 40]), Some(vec![0..3, 3..4]));
        // The first holds one layer, the second two, the third the head.
        assert_eq!(shared(&[36, 45, 40]), Some(vec![0..1, 1..3, 3..4]));
        // No device stays without a layer, and none gets more than it has room for.
        assert_eq!(shared(&[1000, 20, 1000]), Some(vec![0..2, 2..3, 3..4]));
        assert_eq!(shared(&[1000, 19, 1000]), None);
        assert_eq!(shared(&[30, 30, 30]), None);
        assert_eq!(shared(&[1000; 5]), None);
    }

    #[test]
    fn sizes_add_up_to_the_model() {
        for config in models() {
            let sizes = Sizes::of(&config);
            assert_eq!(sizes.numbers(&(0..3)), config.parameters());
            let copy = if config.tied_embeddings {
                sizes.embedding
            } else {
                0
            };
            let parts = sizes.numbers(&(0..1)) + sizes.numbers(&(1..2)) + sizes.numbers(&(2..3));
            assert_eq!(parts, config.parameters() + copy);
        }
    }
}
