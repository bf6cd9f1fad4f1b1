//! The program with its keys and its screen.

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// As long as the slowest machine may need for any one step.
pub const PATIENCE: Duration = Duration::from_secs(90);

pub struct Screen {
    pub parser: vt100::Parser,
    /// Everything that the program wrote.
    pub raw: Vec<u8>,
    pub closed: bool,
}

pub struct Program {
    pub child: Box<dyn Child + Send + Sync>,
    pub master: Box<dyn MasterPty + Send>,
    pub keys: Box<dyn Write + Send>,
    pub screen: Arc<(Mutex<Screen>, Condvar)>,
    pub home: Arc<tempfile::TempDir>,
}

fn cell(n: u16) -> NonZero<u16> {
    NonZero::new(n).expect("a terminal has a size")
}

impl Program {
    pub fn start(columns: u16, rows: u16) -> Program {
        Program::start_with(columns, rows, &[], "")
    }

    pub fn start_with(
        columns: u16,
        rows: u16,
        variables: &[(&str, &str)],
        config: &str,
    ) -> Program {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lamascope"));
        command.env_remove("NO_COLOR");
        for (name, value) in variables {
            command.env(name, value);
        }
        Program::spawn(columns, rows, command, config)
    }

    pub fn spawn(columns: u16, rows: u16, command: CommandBuilder, config: &str) -> Program {
        let home = tempfile::tempdir().expect("a temporary folder");
        let folder = home.path().join("lamascope");
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::write(folder.join("config.toml"), config).expect("a file");
        Program::spawn_at(Arc::new(home), columns, rows, command)
    }

    /// At home where another one was before.
    pub fn spawn_at(
        home: Arc<tempfile::TempDir>,
        columns: u16,
        rows: u16,
        mut command: CommandBuilder,
    ) -> Program {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system()
            .openpty(size)
            .expect("a pseudo terminal");
        command.cwd(home.path());
        command.env("XDG_CONFIG_HOME", home.path());
        command.env("XDG_STATE_HOME", home.path().join("state"));
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env_remove("COLORTERM");
        let child = pair
            .slave
            .spawn_command(command)
            .expect("the program starts");
        drop(pair.slave);
        let mut output = pair.master.try_clone_reader().expect("a reader");
        let parser = vt100::Parser::new(cell(rows), cell(columns), 0);
        let screen = Arc::new((
            Mutex::new(Screen {
                parser,
                raw: Vec::new(),
                closed: false,
            }),
            Condvar::new(),
        ));
        let shared = screen.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 65_536];
            loop {
                let read = output.read(&mut buffer).unwrap_or(0);
                let (screen, changed) = &*shared;
                let mut screen = screen
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                screen.parser.process(&buffer[..read]);
                screen.raw.extend_from_slice(&buffer[..read]);
                screen.closed = read == 0;
                changed.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        let keys = pair.master.take_writer().expect("a writer");
        Program {
            child,
            master: pair.master,
            keys,
            screen,
            home,
        }
    }

    pub fn send(&mut self, keys: &str) {
        self.keys
            .write_all(keys.as_bytes())
            .expect("the program reads");
        self.keys.flush().expect("the program reads");
    }

    /// Waits until the screen fulfils a wish; shows the screen where it never does.
    pub fn until(&self, wish: &str, fulfilled: impl Fn(&Screen) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let (screen, changed) = &*self.screen;
        let mut screen = screen.lock().unwrap();
        loop {
            if fulfilled(&screen) {
                return screen.parser.screen().contents();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || screen.closed {
                panic!(
                    "never saw {wish}; on screen:\n{}",
                    screen.parser.screen().contents()
                );
            }
            screen = changed.wait_timeout(screen, left).unwrap().0;
        }
    }

    /// Waits for the model, and goes to the relation P36.
    pub fn is_ready_for_p36(&mut self) {
        self.is_ready();
        self.send("/p36");
        self.see("/p36_");
        self.send("\r");
        self.see("P36 capital");
    }

    /// Waits for the model.
    pub fn is_ready(&self) {
        self.see(READY);
        self.until("a ready model", |screen| {
            screen.parser.screen().contents().contains("f32")
        });
    }

    /// Asks the fact on screen, and waits for the answer.
    pub fn answers(&mut self) {
        self.send("r");
        self.until("a finished fact", |screen| {
            let text = screen.parser.screen().contents();
            text.contains("done") && text.contains("→")
        });
    }

    pub fn see(&self, text: &str) -> String {
        self.until(text, |screen| {
            screen.parser.screen().contents().contains(text)
        })
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        self.screen
            .0
            .lock()
            .unwrap()
            .parser
            .screen_mut()
            .set_size(cell(rows), cell(columns));
        self.master.resize(size).expect("a new size");
    }

    pub fn signal(&self, name: &str) {
        let pid = self
            .child
            .process_id()
            .expect("a running program")
            .to_string();
        let sent = std::process::Command::new("kill")
            .args([&format!("-{name}"), &pid])
            .status();
        assert!(sent.is_ok_and(|status| status.success()));
    }

    /// Waits until the system says that the program is stopped; before that nothing could let it go on.
    pub fn is_stopped(&self) {
        let pid = self
            .child
            .process_id()
            .expect("a running program")
            .to_string();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let state = std::process::Command::new("ps")
                .args(["-o", "stat=", "-p", &pid])
                .output()
                .expect("ps runs");
            if state.stdout.trim_ascii_start().starts_with(b"T") {
                return;
            }
            assert!(Instant::now() < deadline, "the program does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether the terminal waits for whole lines and echoes them, as a shell's does.
    pub fn is_cooked(&self) -> bool {
        let flags = self.master.get_termios().expect("a terminal").local_flags;
        let flags = format!("{flags:?}");
        flags.contains("ICANON") && flags.contains("ECHO")
    }

    /// Waits for the end; returns the exit code and whether the terminal was given back.
    pub fn end(&mut self) -> (u32, bool) {
        let deadline = Instant::now() + PATIENCE;
        let (screen, changed) = &*self.screen;
        let mut screen = screen.lock().unwrap();
        while !screen.closed && Instant::now() < deadline {
            screen = changed
                .wait_timeout(screen, Duration::from_secs(1))
                .unwrap()
                .0;
        }
        assert!(
            screen.closed,
            "the program does not end; on screen:\n{}",
            screen.parser.screen().contents()
        );
        let restored = !screen.parser.screen().alternate_screen()
            && !screen.parser.screen().hide_cursor()
            && screen.parser.screen().mouse_protocol_mode() == vt100::MouseProtocolMode::None
            && self.is_cooked();
        let status = self.child.wait().expect("an exit status");
        if !status.success() {
            // Shown where the test fails.
            println!("{status}: {}", screen.parser.screen().contents());
        }
        (status.exit_code(), restored)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Ours, and over in any case.
        let _ = self.child.kill();
    }
}

pub const READY: &str = "first answer token reads";
