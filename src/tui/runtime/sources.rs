//! Where events come from: the terminal and the data, each read on a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;

use ratatui::crossterm::event as term;

use super::Message;
use crate::data::{Dataset, Progress, Stage, Watch};
use crate::tui::app::{Event, Mouse, MouseKind, Step};
use crate::tui::keymap::Key;
use crate::tui::workspace::inputs::DataRef;
use crate::tui::{Error, panic};

/// Reads keys, mouse and sizes on a thread of its own.
pub fn watch_terminal(sender: Sender<Message>) -> Result<(), Error> {
    let failed = sender.clone();
    panic::spawn(
        "input",
        move |message| drop(failed.send(Message::Fatal(message))),
        move || {
            loop {
                let message = match term::read() {
                    Ok(event) => Message::Terminal(event),
                    // A signal came, which is not the terminal's fault.
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                    Err(error) => {
                        Message::Fatal(format!("the terminal cannot be read any more: {error}"))
                    }
                };
                let last = matches!(message, Message::Fatal(_));
                if sender.send(message).is_err() || last {
                    return;
                }
            }
        },
    )?;
    Ok(())
}

/// Loads data on a thread of its own, which falls silent once `cancel` is set.
pub fn load_data(
    data: &DataRef,
    cancel: Arc<AtomicBool>,
    sender: Sender<Message>,
) -> Result<(), Error> {
    let DataRef { source, style } = data.clone();
    let failed = sender.clone();
    panic::spawn(
        "data",
        move |message| drop(failed.send(Message::Event(Event::Data(Err(message))))),
        move || {
            let progress = sender.clone();
            let report = move |progress_now: Progress| {
                let what = match progress_now.stage {
                    Stage::Download => "downloading data",
                    Stage::Rows | Stage::Bytes => "reading data",
                };
                let Progress { done, total, .. } = progress_now;
                drop(progress.send(Message::Event(Event::Reading(Step {
                    what: what.to_owned(),
                    done,
                    total,
                }))));
            };
            let loaded = Dataset::load(
                &source,
                style,
                Watch {
                    cancel: &cancel,
                    report: &report,
                },
            );
            let event = Event::Data(loaded.map(Arc::new).map_err(|error| error.to_string()));
            if !cancel.load(Ordering::Relaxed) {
                drop(sender.send(Message::Event(event)));
            }
        },
    )?;
    Ok(())
}

/// What a terminal event means; `None` for what means nothing here.
pub fn translate(event: term::Event) -> Option<Event> {
    match event {
        term::Event::Key(key) if key.kind != term::KeyEventKind::Release => {
            Some(Event::Key(Key::from(key)))
        }
        term::Event::Paste(text) => Some(Event::Paste(text)),
        term::Event::Resize(columns, rows) => Some(Event::Resize(columns, rows)),
        term::Event::Mouse(mouse) => {
            let kind = match mouse.kind {
                term::MouseEventKind::Down(term::MouseButton::Left) => MouseKind::Press,
                term::MouseEventKind::Drag(term::MouseButton::Left) => MouseKind::Drag,
                term::MouseEventKind::ScrollUp => MouseKind::ScrollUp,
                term::MouseEventKind::ScrollDown => MouseKind::ScrollDown,
                term::MouseEventKind::ScrollLeft => MouseKind::ScrollLeft,
                term::MouseEventKind::ScrollRight => MouseKind::ScrollRight,
                _ => return None,
            };
            Some(Event::Mouse(Mouse {
                kind,
                column: mouse.column,
                row: mouse.row,
            }))
        }
        _ => None,
    }
}
