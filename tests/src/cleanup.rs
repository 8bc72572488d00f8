//! Folders and processes that do not outlive the test that made them.
//!
//! Rust runs no destructor when a process is killed, and never drops a static. So each [`Sandbox`] has a keeper: a shell
//! that waits for the end of its standard input, which comes when the sandbox is dropped or its process ends, however it
//! ends. The keeper then kills what the file `pids` names and removes the folder.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{fs, thread};

use tempfile::TempDir;

/// Waits for the end of its input, kills the processes of `$1/pids`, removes `$1`.
const KEEPER: &str = r#"
cat >/dev/null
for pid in $(cat "$1/pids" 2>/dev/null); do kill -s QUIT "$pid" 2>/dev/null; done
for try in 1 2 3 4 5 6 7 8 9 10; do
  alive=
  for pid in $(cat "$1/pids" 2>/dev/null); do kill -s 0 "$pid" 2>/dev/null && alive=yes; done
  [ -z "$alive" ] && break
  sleep 0.2
done
for pid in $(cat "$1/pids" 2>/dev/null); do kill -s KILL "$pid" 2>/dev/null; done
rm -rf "$1"
"#;

/// A temporary folder and the one process that works in it.
#[derive(Debug)]
pub struct Sandbox {
    folder: PathBuf,
    keeper: Child,
    process: Option<Child>,
}

impl Sandbox {
    /// A new empty folder with its keeper.
    #[track_caller]
    pub fn new(prefix: &str) -> Self {
        let folder = TempDir::with_prefix(prefix).expect("a temporary folder").keep();
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .current_dir("/")
            .process_group(0) // an interrupt from the terminal ends the test, and the keeper cleans up after it
            .spawn()
            .expect("sh starts");
        Self { folder, keeper, process: None }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts the sandbox's process with its output in the files `stdout` and `stderr` of the folder, appended.
    #[track_caller]
    pub fn spawn(&mut self, command: &mut Command) {
        assert!(self.process.is_none(), "one process at a time in {}", self.folder.display());
        let log = |name: &str| {
            let path = self.folder.join(name);
            fs::File::options()
                .create(true)
                .append(true)
                .open(&path)
                .expect("a log file in the sandbox's folder")
        };
        let child = command
            .stdin(Stdio::null())
            .stdout(log("stdout"))
            .stderr(log("stderr"))
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", command.get_program().display()));
        fs::write(self.folder.join("pids"), child.id().to_string()).expect("the file pids");
        self.process = Some(child);
    }

    /// Whether the process was started and has not ended.
    pub fn is_running(&mut self) -> bool {
        self.process.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// The process's id, for a test that sends its own signals.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// Sends a signal (`STOP`, `CONT`, `HUP`) to the process and goes on.
    #[track_caller]
    pub fn signal(&self, signal: &str) {
        send(signal, self.pid().expect("a process to send a signal to"));
    }

    /// Sends a signal (`KILL`, `TERM`, `INT`, `QUIT`) to the process and waits for its end; returns its exit code if it
    /// had one. Nothing happens if there is no process.
    #[track_caller]
    pub fn end(&mut self, signal: &str) -> Option<i32> {
        let mut child = self.process.take()?;
        if matches!(child.try_wait(), Ok(None)) {
            send(signal, child.id());
        }
        let status = child.wait().expect("the end of a child");
        // Its id may soon be somebody else's.
        fs::remove_file(self.folder.join("pids")).ok();
        status.code()
    }

    /// What the process wrote so far to `stdout` or `stderr`.
    pub fn log(&self, name: &str) -> String {
        fs::read(self.folder.join(name))
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.end("QUIT");
        if thread::panicking() {
            let stderr = self.log("stderr");
            let tail: Vec<&str> = stderr.lines().rev().take(30).collect();
            let tail: Vec<&str> = tail.into_iter().rev().collect();
            if !tail.is_empty() {
                #[allow(clippy::print_stderr, reason = "a failing test shows the end of its server's log")]
                {
                    eprintln!("--- last lines of {}/stderr\n{}", self.folder.display(), tail.join("\n"));
                }
            }
        }
        drop(self.keeper.stdin.take());
        self.keeper.wait().ok();
    }
}

/// Sends a signal by name. Without unsafe code that is the shell's business.
pub fn send(signal: &str, pid: u32) {
    let sent = Command::new("sh")
        .args(["-c", r#"kill -s "$1" "$2""#, "kill", signal, &pid.to_string()])
        .status()
        .and_then(|status| if status.success() { Ok(()) } else { Err(io::Error::other(status.to_string())) });
    if let Err(error) = sent {
        // It may have ended in between; if it has not, waiting for it would never end.
        assert!(!is_alive(pid), "no signal {signal} to process {pid}: {error}");
    }
}

/// Whether a process of this id exists.
fn is_alive(pid: u32) -> bool {
    Command::new("sh")
        .args(["-c", r#"kill -s 0 "$1" 2>/dev/null"#, "kill", &pid.to_string()])
        .status()
        .is_ok_and(|status| status.success())
}
