//! The terminal: taking it over, giving it back on every way out, and one synchronized frame.

use std::io::{self, IsTerminal, Stdout, Write, stdout};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use ratatui::crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, window_size,
};
use ratatui::crossterm::{cursor, execute, queue};

use super::app::App;
use super::graphics::{Choice, Graphics, Shown};
use super::screen;

/// Whether there is a terminal to draw on and to read keys from.
pub fn is_there() -> bool {
    stdout().is_terminal() && io::stdin().is_terminal()
}

/// The screen while the explorer has it. Dropping it gives it back.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    picture: Shown,
}

impl Screen {
    pub fn enter(mouse: bool) -> io::Result<Self> {
        take(mouse)?;
        Ok(Screen {
            terminal: Terminal::new(CrosstermBackend::new(stdout()))?,
            picture: Shown::default(),
        })
    }

    pub fn size(&self) -> io::Result<(u16, u16)> {
        self.terminal.size().map(|size| (size.width, size.height))
    }

    /// Pictures that the terminal has, at its present size; some do not say how many pixels that is.
    pub fn graphics(choice: Choice) -> Option<Graphics> {
        let size = window_size().ok()?;
        let size = (size.columns, size.rows, size.width, size.height);
        Graphics::new(choice, |name| std::env::var(name).ok(), size)
    }

    /// Draws a frame that shows at once or not at all.
    pub fn draw(&mut self, app: &mut App) -> io::Result<()> {
        queue!(stdout(), BeginSynchronizedUpdate)?;
        app.prepare();
        let wanted = app.raster_version(self.picture.version());
        self.picture.clear(&mut stdout(), wanted)?;
        self.terminal.draw(|frame| {
            let area = frame.area();
            if (area.width, area.height) != app.work.size {
                app.work.size = (area.width, area.height);
            }
            app.prepare();
            screen::draw(app, area, frame.buffer_mut());
        })?;
        // As drawn: the frame may have had another size.
        let shown = self.picture.version();
        let wanted = app
            .raster_version(shown)
            .filter(|version| Some(*version) != shown);
        if let (Some(graphics), Some(version)) = (app.work.graphics, wanted)
            && let Some(raster) = app.raster()
        {
            let protocol = graphics.protocol;
            self.picture
                .show(&mut stdout(), protocol, &raster, version)?;
        }
        execute!(stdout(), EndSynchronizedUpdate)
    }

    /// Forgets what is on screen, so that the next frame draws every cell.
    pub fn clear(&mut self) -> io::Result<()> {
        // Not `Terminal::clear`: it asks the terminal where the cursor is, and the thread that reads keys would get
        // the answer.
        execute!(stdout(), Clear(ClearType::All))?;
        self.terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
        self.picture.forget();
        Ok(())
    }

    pub fn set_mouse(&mut self, on: bool) -> io::Result<()> {
        if on {
            execute!(stdout(), EnableMouseCapture)
        } else {
            execute!(stdout(), DisableMouseCapture)
        }
    }

    /// Puts a text into the terminal's clipboard (OSC 52).
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        use crossterm::clipboard::CopyToClipboard;
        crossterm::execute!(stdout(), CopyToClipboard::to_clipboard_from(text))
    }

    /// Takes the terminal again after it was given back for a while.
    pub fn resume(&mut self, mouse: bool) -> io::Result<()> {
        take(mouse)?;
        self.clear()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

fn take(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    execute!(
        stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        cursor::Hide
    )?;
    if mouse {
        execute!(stdout(), EnableMouseCapture)?;
    }
    Ok(())
}

/// Gives the terminal back. May be called at any time, from any thread, more than once.
pub fn restore() {
    // On the way out there is nobody left to tell.
    let _ = execute!(
        stdout(),
        EndSynchronizedUpdate,
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
    let _ = stdout().flush();
}
