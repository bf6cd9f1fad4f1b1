//! The real program in a pseudo terminal: start, filter, toggle, presets, runs, sizes, signals, ways out.
//!
//! Nothing here sleeps for a fixed time: every step waits for what it wants to see, for as long as a slow machine takes.
#![cfg(unix)]

mod choosing;
mod keeping;
mod leaving;
mod looking;
mod program;
mod walking;
