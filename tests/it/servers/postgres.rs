//! A real PostgreSQL of a test's own: in a folder of its own, on a free port and a socket, killed when it
//! is dropped. Needs the Debian package `postgresql`; as root it runs as the user `postgres`, because
//! PostgreSQL refuses root.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use vorlage::store::{self, Store};

use super::{certificate, free_port, lines_of, until};
use crate::support;

/// The superuser of the server; nobody needs a password.
const USER: &str = "vorlage";

/// A running PostgreSQL with one database, `vorlage`.
pub(crate) struct Postgres {
    /// On 127.0.0.1 and in the name of the socket.
    pub(crate) port: u16,
    /// The certificate it shows when it was started with TLS, made for `localhost`.
    pub(crate) ca_file: PathBuf,
    account: Option<(u32, u32)>,
    programs: PathBuf,
    settings: Vec<String>,
    environment: Vec<(&'static str, String)>,
    server: Option<Child>,
    /// The last field: it is removed when the server has ended.
    folder: tempfile::TempDir,
}

impl Postgres {
    /// Makes a new database and starts its server.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with settings such as `fsync=off`.
    pub(crate) fn start_with(settings: &[&str]) -> Self {
        Self::made_with(&[], settings)
    }

    /// The same with options for `initdb` such as `--wal-segsize=1`.
    pub(crate) fn made_with(options: &[&str], settings: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("pg-").tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let account = account();
        let mut postgres = Self {
            port: free_port(),
            ca_file: certificate(folder.path()),
            account,
            programs: programs(),
            settings: settings.iter().map(|it| (*it).to_owned()).collect(),
            environment: Vec::new(),
            server: None,
            folder,
        };
        for name in ["run", "log"] {
            fs::create_dir(postgres.path(name)).unwrap();
            postgres.give(&postgres.path(name));
        }
        // A private key is only taken from its owner, readable to nobody else.
        postgres.give(&postgres.path("key.pem"));
        fs::set_permissions(postgres.path("key.pem"), fs::Permissions::from_mode(0o600)).unwrap();
        let data = postgres.data();
        let mut init = postgres.command("initdb");
        init.arg("-D").arg(&data).args(["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]);
        init.args(["--no-sync", "--no-instructions", "--username", USER]).args(options);
        let made = init.output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        postgres.go_on();
        postgres.sql_in("postgres", "create database vorlage");
        postgres
    }

    /// Starts it again after [`Postgres::kill`], and waits until it answers.
    pub(crate) fn go_on(&mut self) {
        self.begin();
        // It first reads again what the kill left, which takes longer when others are at work.
        crate::support::until("PostgreSQL", 60, || self.answers().then_some(()));
    }

    /// Starts it again and does not wait: it may still be repairing what the kill left.
    pub(crate) fn begin(&mut self) {
        let log = File::options().create(true).append(true).open(self.path("log/errors")).unwrap();
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data()).arg("-p").arg(self.port.to_string());
        command.arg("-k").arg(self.path("run"));
        let tls = [
            format!("ssl_cert_file={}", self.ca_file.display()),
            format!("ssl_key_file={}", self.path("key.pem").display()),
        ];
        let fixed = ["listen_addresses=127.0.0.1", "ssl=on", "max_connections=100"];
        for setting in fixed.map(str::to_owned).iter().chain(&tls).chain(&self.settings) {
            command.arg("-c").arg(setting);
        }
        command.envs(self.environment.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.server = Some(command.spawn().unwrap());
    }

    /// Starts it again, and says whether it answers in the end or gives up.
    pub(crate) fn comes_back(&mut self) -> bool {
        self.begin();
        let is_there = support::until("PostgreSQL to start or to give up", 60, || {
            let has_ended = |server: &mut Child| server.try_wait().unwrap().is_some();
            let is_there = self.answers();
            (is_there || self.server.as_mut().is_none_or(has_ended)).then_some(is_there)
        });
        if !is_there {
            self.server = None;
        }
        is_there
    }

    /// From its next start on, all of its processes have this in their environment.
    pub(crate) fn set_environment(&mut self, environment: &[(&'static str, String)]) {
        self.environment = environment.to_vec();
    }

    /// From its next start on, whatever its own files say.
    pub(crate) fn set(&mut self, setting: &str) {
        self.settings.push(setting.to_owned());
    }

    /// The folder with its files.
    pub(crate) fn data(&self) -> PathBuf {
        self.path("run/data")
    }

    /// Ends the server and all of its processes at once (`kill -9`), as a crash of the machine does.
    pub(crate) fn kill(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        // First the one that makes others is stopped, so that none is forgotten.
        let pid = Pid::from_child(&server);
        kill_process(pid, Signal::STOP).unwrap();
        let children = children_of(server.id());
        // It goes last: they would see that it is gone, and clear up.
        for child in &children {
            kill_process(*child, Signal::KILL).ok();
        }
        server.kill().unwrap();
        server.wait().unwrap();
        // As long as one of them lives, the memory they share is in use, and a new server refuses to start.
        until("the end of PostgreSQL's processes", || children.iter().all(has_ended));
    }

    /// Ends it so that it gives back the memory its processes share, which outlives a kill.
    fn end(&mut self) {
        if let Some(server) = &mut self.server {
            kill_process(Pid::from_child(server), Signal::QUIT).ok();
            let begin = Instant::now();
            while begin.elapsed() < Duration::from_secs(5) {
                if matches!(server.try_wait(), Ok(Some(_))) {
                    self.server = None;
                    return;
                }
                support::pause(Duration::from_millis(10));
            }
        }
        self.kill();
    }

    /// Kills it and starts it again.
    pub(crate) fn restart(&mut self) {
        self.kill();
        self.go_on();
    }

    /// Whether it takes connections.
    pub(crate) fn answers(&self) -> bool {
        self.psql("postgres", "select 1").output().unwrap().status.success()
    }

    /// Runs SQL in the database `vorlage`, and gives the answer without decoration.
    pub(crate) fn sql(&self, sql: &str) -> String {
        self.sql_in("vorlage", sql)
    }

    /// The folder with its socket: a `host` that needs no TLS.
    pub(crate) fn socket(&self) -> PathBuf {
        self.path("run")
    }

    /// The file of a connector that keeps an office in it.
    pub(crate) fn connector(&self) -> String {
        format!(
            "kind = \"postgres\"\nhost = \"{}\"\nport = {}\ndatabase = \"vorlage\"\nuser = \"{USER}\"\n",
            self.socket().display(),
            self.port
        )
    }

    /// Its database as a store.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        Arc::new(store::Postgres::new(self.server()).unwrap())
    }

    /// How a store reaches it.
    pub(crate) fn server(&self) -> store::Server {
        Self::at(self.socket().display().to_string(), self.port)
    }

    /// How a store in another process reaches it.
    pub(crate) fn at(host: String, port: u16) -> store::Server {
        store::Server {
            host,
            port,
            database: "vorlage".to_owned(),
            user: USER.to_owned(),
            password: None,
            schema: "vorlage".to_owned(),
            tls: None,
            connections: 8,
        }
    }

    /// What the server wrote into its log.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("log/errors")).unwrap_or_default()
    }

    fn sql_in(&self, database: &str, sql: &str) -> String {
        let done = self.psql(database, sql).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim_end().to_owned()
    }

    fn psql(&self, database: &str, sql: &str) -> Command {
        let mut command = self.command("psql");
        command.arg("-h").arg(self.socket()).arg("-p").arg(self.port.to_string());
        command.args(["-U", USER, "-d", database, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql]);
        command
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        if let Some((uid, gid)) = self.account {
            command.uid(uid).gid(gid);
        }
        // Our own folder may not be open to the user `postgres`.
        command.current_dir(self.folder.path()).env_clear().env("LC_ALL", "C.UTF-8");
        command
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn give(&self, path: &Path) {
        if let Some((uid, gid)) = self.account {
            chown(path, Some(uid), Some(gid)).unwrap();
        }
    }
}

impl Drop for Postgres {
    #[expect(
        clippy::print_stderr,
        reason = "what the server says belongs to the failure of a test"
    )]
    fn drop(&mut self) {
        self.end();
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}

/// The user and group `postgres`, when we are root.
fn account() -> Option<(u32, u32)> {
    if !rustix::process::getuid().is_root() {
        return None;
    }
    let line = lines_of("/etc/passwd").into_iter().find(|line| line[0] == "postgres").unwrap();
    Some((line[2].parse().unwrap(), line[3].parse().unwrap()))
}

/// Where the newest version's programs lie; Debian keeps several beside each other.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").unwrap().map(|it| it.unwrap().path());
    let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions.filter(|it| it.join("bin/initdb").exists()).max_by_key(version);
    newest.unwrap().join("bin")
}

/// PostgreSQL's processes each have a session of their own, so the group does not find them.
fn children_of(pid: u32) -> Vec<Pid> {
    let file = format!("/proc/{pid}/task/{pid}/children");
    let children = fs::read_to_string(file).unwrap_or_default();
    children.split_whitespace().filter_map(|it| Pid::from_raw(it.parse().ok()?)).collect()
}

fn has_ended(pid: &Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    stat.map_or(true, |line| line.rsplit(')').next().is_some_and(|rest| rest.starts_with(" Z")))
}
