//! Private PostgreSQL servers, with everything as the product needs it: fsync on, one superuser `postgres`, trusted on
//! the loopback, no socket but one loopback port.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs, io, thread};

use crate::cleanup::Sandbox;
use crate::{port, sql};

/// How long a start, with recovery after a crash, may take.
const START: Duration = Duration::from_mins(1);

/// Ends sessions of one database: what follows is its name.
const CUT_SESSIONS: &str = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname";

/// A PostgreSQL server of this test's own, to kill and start again. It ends when dropped.
#[derive(Debug)]
pub struct Postgres {
    endpoint: Endpoint,
    sandbox: Sandbox,
    bin: PathBuf,
    user: Option<Unprivileged>,
}

/// Where a PostgreSQL server listens.
#[derive(Debug, Clone)]
pub struct Endpoint {
    port: u16,
}

/// The server shared by all tests of the run that harm no server: the one of `./test` if it runs the tests
/// (`JIXIAO_TEST_PG_URL`), else one of this process, which ends with it. Make databases by
/// [`Endpoint::fresh_database`].
#[track_caller]
pub fn shared() -> &'static Endpoint {
    static SHARED: OnceLock<Endpoint> = OnceLock::new();
    static OWN: OnceLock<Postgres> = OnceLock::new();
    SHARED.get_or_init(|| match env::var("JIXIAO_TEST_PG_URL") {
        Ok(url) => Endpoint::parse(&url),
        Err(_) => OWN.get_or_init(Postgres::start).endpoint.clone(),
    })
}

impl Endpoint {
    /// The URL of a database.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The loopback port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Runs statements in a database and returns the rows.
    #[track_caller]
    pub fn query(&self, database: &str, statements: &str) -> Vec<sql::Row> {
        sql::query(self.port, database, statements).unwrap_or_else(|error| panic!("{statements}: {error}"))
    }

    /// Creates an empty database. The name is taken as it is.
    #[track_caller]
    pub fn create_database(&self, name: &str) {
        self.query("postgres", &format!("CREATE DATABASE \"{name}\""));
    }

    /// A database name that no other test uses, on no server. The database does not exist yet.
    pub fn fresh_name(&self, prefix: &str) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        format!("{prefix}_{now}_{}_{number}", process::id())
    }

    /// Copies a database as it is now, sessions on it cut; returns the copy's name, for [`Self::restore`].
    #[track_caller]
    pub fn back_up(&self, database: &str) -> String {
        let copy = self.fresh_name("backup");
        self.query("postgres", &format!("ALTER DATABASE \"{database}\" ALLOW_CONNECTIONS false"));
        self.query("postgres", &format!("{CUT_SESSIONS} = '{database}'"));
        // Cut sessions take a moment to go; the copy wants to be alone.
        self.query("postgres", &format!("CREATE DATABASE \"{copy}\" TEMPLATE \"{database}\""));
        self.query("postgres", &format!("ALTER DATABASE \"{database}\" ALLOW_CONNECTIONS true"));
        self.query("postgres", &format!("ALTER DATABASE \"{copy}\" ALLOW_CONNECTIONS true"));
        copy
    }

    /// Puts a copy in the place of a database, whose sessions are cut. What came after the copy is gone.
    #[track_caller]
    pub fn restore(&self, database: &str, copy: &str) {
        self.query("postgres", &format!("ALTER DATABASE \"{database}\" ALLOW_CONNECTIONS false"));
        self.query("postgres", &format!("DROP DATABASE \"{database}\" WITH (FORCE)"));
        self.query("postgres", &format!("ALTER DATABASE \"{copy}\" RENAME TO \"{database}\""));
    }

    /// Creates an empty database that no other test uses and returns its URL.
    #[track_caller]
    pub fn fresh_database(&self, prefix: &str) -> String {
        let name = self.fresh_name(prefix);
        self.create_database(&name);
        self.url(&name)
    }

    #[track_caller]
    fn parse(url: &str) -> Self {
        let port = url
            .strip_prefix("postgres://postgres@127.0.0.1:")
            .and_then(|rest| rest.trim_end_matches('/').parse().ok())
            .unwrap_or_else(|| {
                panic!("JIXIAO_TEST_PG_URL must be postgres://postgres@127.0.0.1:PORT, it is {url}")
            });
        Self { port }
    }
}

impl Deref for Postgres {
    type Target = Endpoint;

    fn deref(&self) -> &Endpoint {
        &self.endpoint
    }
}

impl Postgres {
    /// Makes a data folder and starts a server on it.
    #[track_caller]
    pub fn start() -> Self {
        let bin = find_bin();
        let user = Unprivileged::needed();
        let sandbox = Sandbox::new("jixiao-pg-");
        let mut postgres = Self { endpoint: Endpoint { port: port::free() }, sandbox, bin, user };
        postgres.init();
        // Between the choice of a free port and its use somebody else may take it.
        for _ in 0..3 {
            if postgres.launch().is_ok() {
                return postgres;
            }
            postgres.endpoint.port = port::free();
        }
        panic!("PostgreSQL does not start:\n{}", postgres.sandbox.log("stderr"));
    }

    /// Kills the server as a power cut would: at once, without a chance to write anything.
    #[track_caller]
    pub fn kill9(&mut self) {
        self.sandbox.end("KILL");
    }

    /// Starts the server again on the same folder and port, after [`Self::kill9`] or in an orderly way.
    #[track_caller]
    pub fn restart(&mut self) {
        self.sandbox.end("INT");
        // After a kill the old server's sessions need a moment to notice; until then it refuses to start.
        let began = Instant::now();
        while let Err(error) = self.launch() {
            assert!(
                began.elapsed() < START,
                "PostgreSQL does not start again: {error}\n{}",
                self.sandbox.log("stderr")
            );
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// An asynchronous standby of this server, which is stopped for a moment to be copied. Returns when it receives what
    /// the server writes.
    #[track_caller]
    #[must_use]
    pub fn standby(&mut self) -> Self {
        self.sandbox.end("INT");
        let sandbox = Sandbox::new("jixiao-pg-standby-");
        let user = Unprivileged::needed();
        let mut standby =
            Self { endpoint: Endpoint { port: port::free() }, sandbox, bin: self.bin.clone(), user };
        if let Some(user) = &standby.user {
            user.give(standby.sandbox.folder());
        }
        let copied = Command::new("cp").arg("-a").arg(self.data()).arg(standby.data()).status();
        assert!(copied.is_ok_and(|status| status.success()), "the data folder is copied");
        self.restart();
        fs::write(standby.data().join("standby.signal"), "").expect("the file standby.signal");
        let primary = format!("primary_conninfo = 'host=127.0.0.1 port={} user=postgres'\n", self.port);
        fs::write(standby.data().join("postgresql.auto.conf"), primary).expect("the standby's settings");
        if let Some(user) = &standby.user {
            user.give(&standby.data().join("standby.signal"));
            user.give(&standby.data().join("postgresql.auto.conf"));
        }
        standby.restart();
        standby.wait_for("SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'", "1");
        standby
    }

    /// Waits until a standby has everything that its primary has.
    #[track_caller]
    pub fn catch_up(&self, primary: &Endpoint) {
        let rows = primary.query("postgres", "SELECT pg_current_wal_lsn()");
        let end = rows.into_iter().flatten().flatten().next().unwrap_or_default();
        self.wait_for(&format!("SELECT pg_last_wal_replay_lsn() >= '{end}'"), "t");
    }

    /// Stops a standby from receiving more: what the primary commits from now on is not here.
    #[track_caller]
    pub fn cut_off(&self) {
        self.query("postgres", "ALTER SYSTEM SET primary_conninfo = ''");
        self.query("postgres", "SELECT pg_reload_conf()");
        self.wait_for("SELECT count(*) FROM pg_stat_wal_receiver", "0");
    }

    /// Kills the primary and makes this standby the server in its place, on its port.
    #[track_caller]
    pub fn take_over(&mut self, primary: &mut Self) {
        primary.kill9();
        self.query("postgres", "SELECT pg_promote()");
        self.wait_for("SELECT pg_is_in_recovery()", "f");
        self.endpoint.port = primary.endpoint.port;
        self.restart();
    }

    /// Waits until a query answers so; fails the test after a minute.
    #[track_caller]
    fn wait_for(&self, query: &str, answer: &str) {
        let began = Instant::now();
        loop {
            let rows = self.query("postgres", query);
            if rows.iter().flatten().flatten().eq([answer]) {
                return;
            }
            assert!(began.elapsed() < START, "waited {START:?} for {query} to give {answer}: {rows:?}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn data(&self) -> PathBuf {
        self.sandbox.folder().join("data")
    }

    #[track_caller]
    fn init(&self) {
        let data = self.data();
        fs::create_dir(&data).expect("the data folder");
        if let Some(user) = &self.user {
            user.give(self.sandbox.folder());
            user.give(&data);
        }
        let output = self
            .command("initdb")
            .arg("--pgdata")
            .arg(&data)
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"])
            .output()
            .expect("initdb starts");
        assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Starts the server and waits until it answers a query.
    fn launch(&mut self) -> io::Result<()> {
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data()).args(["-p", &self.endpoint.port.to_string()]);
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "shared_buffers=16MB",
            "max_connections=300",
        ] {
            command.args(["-c", setting]);
        }
        self.sandbox.spawn(&mut command);
        let began = Instant::now();
        loop {
            let answer = sql::query(self.endpoint.port, "postgres", "SELECT 1");
            let Err(error) = answer else { return Ok(()) };
            if !self.sandbox.is_running() || began.elapsed() > START {
                self.sandbox.end("QUIT");
                return Err(error);
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn command(&self, program: &str) -> Command {
        let program = self.bin.join(program);
        let mut command = match &self.user {
            Some(user) => user.command(&program),
            None => Command::new(program),
        };
        command.current_dir("/");
        command
    }
}

/// The user that PostgreSQL runs as where the tests run as root, whom it refuses.
#[derive(Debug)]
struct Unprivileged {
    uid: u32,
    gid: u32,
}

impl Unprivileged {
    fn needed() -> Option<Self> {
        (id(&["-u"]) == 0).then(|| Self { uid: id(&["-u", "nobody"]), gid: id(&["-g", "nobody"]) })
    }

    fn give(&self, folder: &Path) {
        std::os::unix::fs::chown(folder, Some(self.uid), Some(self.gid)).expect("root may chown");
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command
            .arg(format!("--reuid={}", self.uid))
            .arg(format!("--regid={}", self.gid))
            .arg("--clear-groups")
            .arg(program);
        command
    }
}

/// What `id` says.
fn id(args: &[&str]) -> u32 {
    let output = Command::new("id").args(args).output().expect("id starts");
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().unwrap_or_else(|_| panic!("id {}: {text}", args.join(" ")))
}

/// The folder of PostgreSQL's programs: what `./test` found (`JIXIAO_PG_BIN`), else the one on the path, else the newest
/// where Debian keeps them.
#[track_caller]
fn find_bin() -> PathBuf {
    if let Some(bin) = env::var_os("JIXIAO_PG_BIN") {
        return PathBuf::from(bin);
    }
    let on_path = env::var_os("PATH")
        .into_iter()
        .flat_map(|path| env::split_paths(&path).collect::<Vec<_>>())
        .filter_map(|folder| fs::canonicalize(folder.join("initdb")).ok())
        .filter_map(|initdb| initdb.parent().map(Path::to_path_buf));
    let mut installed: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    installed.sort_unstable_by(|a, b| b.cmp(a));
    on_path
        .chain(installed.into_iter().map(|(_, bin)| bin))
        .find(|bin| version(bin).is_some_and(|version| version >= 15))
        .unwrap_or_else(|| {
            panic!("no PostgreSQL 15 or later here: run ./test, which downloads one, or set JIXIAO_PG_BIN")
        })
}

/// The major version of the server in a folder, e.g. 15.
fn version(bin: &Path) -> Option<u32> {
    let output = Command::new(bin.join("postgres")).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let digits: String =
        text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
