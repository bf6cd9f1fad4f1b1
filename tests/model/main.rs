//! A model's name, files, configuration, tokenizer and weights, through the public interface.

mod chat;
mod config;
mod experts;
mod folders;
mod gguf;
mod hub;
mod mixed;
mod names;
mod references;
mod rope;
mod support;
mod tokenizer;
