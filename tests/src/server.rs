//! A running `jixiao serve`, as a user starts it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::cleanup::Sandbox;
use crate::port;
use crate::program::{self, Output};

/// How long a server may take until it accepts connections.
const START: Duration = Duration::from_mins(1);

/// How to start a server. `Config::default()` is `serve` on SQLite in a temporary folder.
#[derive(Debug, Clone)]
pub struct Config {
    /// `serve` or `demo`.
    pub command: String,
    /// Where the data is; `None` for a folder that goes with the server.
    pub data_dir: Option<PathBuf>,
    /// `--database-url`.
    pub database_url: Option<String>,
    /// More arguments.
    pub args: Vec<String>,
    /// Environment variables.
    pub env: Vec<(String, String)>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            command: "serve".into(),
            data_dir: None,
            database_url: None,
            args: Vec::new(),
            env: Vec::new(),
        }
    }
}

/// A server process. It ends when dropped.
#[derive(Debug)]
pub struct Server {
    config: Config,
    port: u16,
    sandbox: Sandbox,
}

impl Server {
    /// A server on SQLite in a temporary folder.
    #[track_caller]
    pub fn start() -> Self {
        Self::start_with(Config::default())
    }

    /// A server on the databases behind a PostgreSQL URL.
    #[track_caller]
    pub fn start_on(database_url: &str) -> Self {
        Self::start_with(Config { database_url: Some(database_url.to_owned()), ..Config::default() })
    }

    /// A server started as told; returns when it accepts connections.
    #[track_caller]
    pub fn start_with(config: Config) -> Self {
        let mut server = Self { config, port: port::free(), sandbox: Sandbox::new("jixiao-") };
        // Between the choice of a free port and its use somebody else may take it.
        for _ in 0..3 {
            if server.launch() {
                return server;
            }
            if !server.stderr().contains("in use") {
                break;
            }
            server.port = port::free();
        }
        panic!("the server does not start:\n{}\n{}", server.stdout(), server.stderr());
    }

    /// Where clients reach it.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The address that it listens on.
    pub fn listen(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its data folder.
    pub fn data_dir(&self) -> PathBuf {
        self.config.data_dir.clone().unwrap_or_else(|| self.sandbox.folder().join("data"))
    }

    /// A folder for the test's files, which goes with the server.
    pub fn folder(&self) -> &Path {
        self.sandbox.folder()
    }

    /// Its process id while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.sandbox.pid()
    }

    /// Whether it runs.
    pub fn is_running(&mut self) -> bool {
        self.sandbox.is_running()
    }

    /// Everything it wrote to its standard output, over all its starts.
    pub fn stdout(&self) -> String {
        self.sandbox.log("stdout")
    }

    /// Everything it wrote to its standard error, over all its starts.
    pub fn stderr(&self) -> String {
        self.sandbox.log("stderr")
    }

    /// Kills it at once, without a chance to write anything.
    #[track_caller]
    pub fn kill9(&mut self) {
        self.sandbox.end("KILL");
    }

    /// Asks it to stop and waits for its end; returns its exit code.
    #[track_caller]
    pub fn stop(&mut self) -> Option<i32> {
        self.sandbox.end("TERM")
    }

    /// Starts it again with the same data, address and arguments, after [`Self::kill9`], [`Self::stop`] or running.
    #[track_caller]
    pub fn restart(&mut self) {
        self.stop();
        assert!(self.launch(), "the server does not start again:\n{}", self.stderr());
    }

    /// A client command that talks to this server, to start in the background or with other variables.
    #[track_caller]
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = program::command(args);
        command.env("JIXIAO_SERVER", self.url());
        command
    }

    /// Runs a client command against this server to its end.
    #[track_caller]
    pub fn cli(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("jixiao starts").into()
    }

    /// Starts the process; whether it came to accept connections.
    fn launch(&mut self) -> bool {
        let mut command = program::command(&[&self.config.command]);
        command.arg("--listen").arg(self.listen());
        match &self.config.database_url {
            Some(url) => command.args(["--database-url", url]),
            None => command.arg("--data-dir").arg(self.data_dir()),
        };
        command.args(&self.config.args).envs(self.config.env.iter().cloned());
        self.sandbox.spawn(&mut command);
        let began = Instant::now();
        while self.sandbox.is_running() && began.elapsed() < START {
            if port::accepts(self.port) {
                return true;
            }
            thread::sleep(Duration::from_millis(10));
        }
        self.sandbox.end("KILL");
        false
    }
}
