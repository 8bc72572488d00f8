//! The `jixiao` binary and what its commands say.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

/// A finished command.
#[derive(Debug, Clone)]
pub struct Output {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to its standard output.
    pub stdout: String,
    /// What it wrote to its standard error.
    pub stderr: String,
}

impl Output {
    /// This output, if the command succeeded; else the test fails and shows it.
    #[track_caller]
    #[allow(clippy::return_self_not_must_use, reason = "often only the check is wanted")]
    pub fn success(self) -> Self {
        assert_eq!(
            self.code,
            Some(0),
            "the command failed\nstdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }
}

impl From<process::Output> for Output {
    fn from(output: process::Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A command of the program, in English and not told of any server of the caller's.
#[track_caller]
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(path());
    command.args(args).env_remove("JIXIAO_SERVER").env("LC_ALL", "en_US.UTF-8").env_remove("LANGUAGE");
    command
}

/// Runs a command of the program to its end.
#[track_caller]
pub fn run(args: &[&str]) -> Output {
    command(args).output().expect("jixiao starts").into()
}

/// The binary: `JIXIAO_BIN`, which `./test` sets, else the one built in the profile of this test, else in any.
#[track_caller]
pub fn path() -> PathBuf {
    if let Some(path) = env::var_os("JIXIAO_BIN") {
        return PathBuf::from(path);
    }
    // target/<profile>/deps/<test>
    let beside_test = env::current_exe().ok().and_then(|exe| Some(exe.parent()?.parent()?.join("jixiao")));
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    beside_test
        .into_iter()
        .chain(["debug", "release"].map(|profile| target.join(profile).join("jixiao")))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("no jixiao binary: run `cargo build -p jixiao`, or set JIXIAO_BIN"))
}
