//! A model's files, read all at once: weights come into the system's cache and devices are opened while the tokenizer is
//! parsed.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::thread::{self, JoinHandle};

use super::cancel::Cancel;
use super::cuda::{Cuda, Opening};
use super::error::EngineError;
use super::event::Event;
use super::settings::{Device, Dtype, EngineSettings, Path};
use crate::hub::Presence;
use crate::model::{Config, Files, ModelError, Tokenizer, Watch, Weights, presence};

/// What has been read, and what is still being read.
pub(super) struct Read {
    pub config: Config,
    pub weights: Weights,
    pub texts: Pending,
    /// Devices that are being opened.
    pub opening: Option<Opening>,
}

/// What no device needs.
pub(super) struct Texts {
    pub tokenizer: Tokenizer,
    /// What each file holds, as text.
    pub identity: BTreeMap<String, String>,
}

/// Texts on their way.
pub(super) struct Pending {
    thread: Option<JoinHandle<Result<Texts, ModelError>>>,
    texts: Option<Texts>,
    /// Whether the tokenizer has been told of.
    is_told: bool,
}

impl Pending {
    fn begin(
        read: impl FnOnce() -> Result<Texts, ModelError> + Send + 'static,
        is_told: bool,
    ) -> Result<Pending, EngineError> {
        let thread = thread::Builder::new().name("lamascope-reading".into());
        let thread = thread
            .spawn(read)
            .map_err(|error| EngineError::Device(format!("no thread to read files: {error}")))?;
        Ok(Pending {
            thread: Some(thread),
            texts: None,
            is_told,
        })
    }

    /// Tells of the tokenizer, or of what is wrong with it, once that is known.
    pub fn look(&mut self, sink: &mut dyn FnMut(Event)) -> Result<(), EngineError> {
        match self.thread.take_if(|thread| thread.is_finished()) {
            Some(thread) => self.join(thread, sink),
            None => Ok(()),
        }
    }

    /// Waits for the texts.
    pub fn finish(&mut self, sink: &mut dyn FnMut(Event)) -> Result<(), EngineError> {
        match self.thread.take() {
            Some(thread) => self.join(thread, sink),
            None => Ok(()),
        }
    }

    fn join(
        &mut self,
        thread: JoinHandle<Result<Texts, ModelError>>,
        sink: &mut dyn FnMut(Event),
    ) -> Result<(), EngineError> {
        let texts = thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        if !std::mem::replace(&mut self.is_told, true) {
            sink(Event::Tokenizer(texts.tokenizer.clone()));
        }
        self.texts = Some(texts);
        Ok(())
    }

    /// What [`Pending::finish`] has waited for.
    pub fn texts(self) -> Texts {
        self.texts
            .expect("`finish` comes first, and its error ends the load")
    }
}

/// Reads a model in stages, the small files first: whoever waits for the tokenizer has it long before weights have been
/// fetched. Of a model that is on this machine, the tokenizer comes later ([`Pending`]).
pub(super) fn read(
    settings: &EngineSettings,
    sink: &mut dyn FnMut(Event),
    cancel: &Cancel,
) -> Result<Read, EngineError> {
    let sink = RefCell::new(sink);
    let report = |what: &str, done: u64, total: u64| {
        (sink.borrow_mut())(Event::Loading {
            what: what.to_owned(),
            done,
            total,
        });
    };
    let watch = Watch {
        report: &report,
        cancel: cancel.flag(),
    };
    let files = Files::open(&settings.model)?;
    let config = files.config(watch)?;
    let opening = to_open(settings, &config).and_then(Opening::begin);
    let is_here = presence(&settings.model) == Presence::Whole;
    // Without weights that can be mapped, what is wrong with the smaller files is said first.
    let here = is_here.then(|| files.weights(watch)).and_then(Result::ok);
    let (mut weights, texts) = if let Some(weights) = here {
        weights.read_ahead();
        let cancel = cancel.clone();
        let read = move || {
            let watch = Watch {
                cancel: cancel.flag(),
                ..Watch::none()
            };
            Ok(Texts {
                tokenizer: files.tokenizer(watch)?,
                identity: files.identity()?,
            })
        };
        (weights, Pending::begin(read, false)?)
    } else {
        let tokenizer = files.tokenizer(watch)?;
        (sink.borrow_mut())(Event::Tokenizer(tokenizer.clone()));
        let weights = files.weights(watch)?;
        let read = move || {
            let identity = files.identity()?;
            Ok(Texts {
                tokenizer,
                identity,
            })
        };
        (weights, Pending::begin(read, true)?)
    };
    weights.check(&config)?;
    Ok(Read {
        config,
        weights,
        texts,
        opening,
    })
}

/// The CUDA devices that the settings may lead to.
fn to_open(settings: &EngineSettings, config: &Config) -> Option<Vec<usize>> {
    let quantized = matches!(settings.dtype, Dtype::Q8_0 | Dtype::Q4k);
    match &settings.device {
        Device::Cuda(engines) => Some(engines.concat()),
        Device::Auto if !quantized && Cuda::check(config).is_ok() => Some(vec![0]),
        _ => None,
    }
    .filter(|_| settings.path == Path::Cached)
}
