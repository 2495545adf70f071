//! A post office on this machine: a real Dovecot and a real Exim, on free ports, in a folder of
//! their own, stopped when it is dropped. Needs the Debian packages `dovecot-imapd`,
//! `exim4-daemon-light` and `openssl`, and works as root and as any user.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

mod clamd;
mod dovecot;
mod exim;
mod line;
mod postgres;

pub(crate) use clamd::{BAD, Clamd};
pub(crate) use line::Line;
pub(crate) use postgres::Postgres;

/// Mailboxes that are there: the office's, a clerk's, a citizen's. All have the same password.
const PEOPLE: [&str; 3] = ["amt", "clerk", "citizen"];
/// What everybody signs in with.
pub(crate) const PASSWORD: &str = "geheim";

/// A running post office. `amt@stadt.example`, `clerk@stadt.example` and `citizen@post.example`
/// have mailboxes; what is sent to `kaputt@…` is taken and then reported as undelivered; to everybody else the server
/// says 550.
pub(crate) struct Post {
    /// Clear text and STARTTLS.
    pub(crate) imap_port: u16,
    /// TLS.
    pub(crate) imaps_port: u16,
    /// Clear text and STARTTLS, without signing in needed.
    pub(crate) smtp_port: u16,
    /// TLS, without signing in needed.
    pub(crate) smtps_port: u16,
    /// The certificate of both servers, made for `localhost`.
    pub(crate) ca_file: PathBuf,
    /// Holds the password of everybody.
    pub(crate) password_file: PathBuf,
    imap: Option<Server>,
    _smtp: Server,
    /// The last field: it is removed when the servers have ended.
    folder: tempfile::TempDir,
}

impl Post {
    /// Starts both servers and waits until they answer.
    pub(crate) fn start() -> Self {
        Self::start_with("")
    }

    /// The same with more lines in Dovecot's configuration.
    pub(crate) fn start_with(dovecot_lines: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("post-").tempdir().unwrap();
        let root = folder.path();
        fs::set_permissions(root, fs::Permissions::from_mode(0o755)).unwrap();
        let account = Account::ours();
        for name in ["run", "home", "spool", "log"] {
            fs::create_dir(root.join(name)).unwrap();
            account.give(&root.join(name));
        }
        fs::write(root.join("password"), format!("{PASSWORD}\n")).unwrap();
        let ca_file = certificate(root);
        let [imap_port, imaps_port, smtp_port, smtps_port] = free_ports();
        dovecot::configure(root, &account, [imap_port, imaps_port], dovecot_lines);
        exim::configure(root, &account, [smtp_port, smtps_port]);
        let imap = Server::start(dovecot::command(root), root, imap_port);
        let smtp = Server::start(exim::command(root), root, smtp_port);
        Self {
            imap_port,
            imaps_port,
            smtp_port,
            smtps_port,
            ca_file,
            password_file: root.join("password"),
            imap: Some(imap),
            _smtp: smtp,
            folder,
        }
    }

    /// Stops Dovecot as a crash would.
    pub(crate) fn stop_imap(&mut self) {
        self.imap = None;
    }

    /// Ends Dovecot as a power cut would.
    pub(crate) fn kill_imap(&mut self) {
        if let Some(server) = &self.imap {
            server.signal(Signal::KILL);
        }
        self.imap = None;
    }

    /// Starts Dovecot again on the same ports.
    pub(crate) fn start_imap(&mut self) {
        let root = self.folder.path();
        self.imap = Some(Server::start(dovecot::command(root), root, self.imap_port));
    }

    /// Stops Dovecot and starts it again on the same ports.
    pub(crate) fn restart_imap(&mut self) {
        self.stop_imap();
        self.start_imap();
    }

    /// Gives the inbox of somebody a new UIDVALIDITY, as a restored mailbox has.
    pub(crate) fn renumber(&mut self, user: &str) {
        self.stop_imap();
        let mailbox = self.mailbox(user, "INBOX");
        for entry in fs::read_dir(&mailbox).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().to_string_lossy().starts_with("dovecot") {
                fs::remove_file(path).unwrap();
            }
        }
        // UIDVALIDITY is the time in seconds: the new one must not fall into the same second.
        let made = Instant::now();
        until("the next second", || made.elapsed() > Duration::from_millis(1100));
        self.start_imap();
    }

    /// Puts a mail into a folder, named as IMAP writes it; the folder is made if it is not there.
    pub(crate) fn append(&self, user: &str, folder: &str, mail: &[u8]) {
        let mut imap = Imap::sign_in(self.imap_port, user);
        if folder != "INBOX" {
            imap.ask(&format!("CREATE \"{folder}\""));
        }
        imap.send(&format!("x APPEND \"{folder}\" {{{}+}}\r\n", mail.len()));
        imap.stream.get_mut().write_all(mail).unwrap();
        imap.send("\r\n");
        let answer = imap.answer();
        assert!(answer.last().unwrap().starts_with("x OK"), "{answer:?}");
    }

    /// Puts many mails into the inbox at once, as a restore from a backup does.
    pub(crate) fn deliver(&self, user: &str, mails: impl Iterator<Item = Vec<u8>>) {
        // The first sign-in makes the mailbox.
        self.ask(user, "INBOX", &[]);
        let folder = self.mailbox(user, "INBOX").join("cur");
        let account = Account::ours();
        for (number, mail) in mails.enumerate() {
            let path = folder.join(format!("{}.{number}.host:2,", 1_790_000_000 + number));
            fs::write(&path, mail).unwrap();
            account.give(&path);
        }
    }

    /// Runs commands in a folder as somebody, and gives the server's answers.
    pub(crate) fn ask(&self, user: &str, folder: &str, commands: &[&str]) -> Vec<String> {
        let mut imap = Imap::sign_in(self.imap_port, user);
        imap.ask(&format!("SELECT \"{folder}\""));
        commands.iter().flat_map(|command| imap.ask(command)).collect()
    }

    /// Marks a mail as deleted, as a person's mail program does.
    pub(crate) fn delete(&self, user: &str, folder: &str, number: u32) {
        let mut imap = Imap::sign_in(self.imap_port, user);
        imap.ask(&format!("SELECT \"{folder}\""));
        imap.ask(&format!("STORE {number} +FLAGS (\\Deleted)"));
    }

    /// The flags of all mails in a folder, as the server lists them.
    pub(crate) fn flags(&self, user: &str, folder: &str) -> Vec<String> {
        let mut imap = Imap::sign_in(self.imap_port, user);
        imap.ask(&format!("EXAMINE \"{folder}\""));
        let lines = imap.ask("FETCH 1:* FLAGS");
        lines.into_iter().filter(|line| line.contains("FETCH")).collect()
    }

    /// The mails in a folder, named as IMAP writes it, oldest first. Taken from the disk, with the
    /// line ends that IMAP gives them.
    pub(crate) fn mails(&self, user: &str, folder: &str) -> Vec<Vec<u8>> {
        let mailbox = self.mailbox(user, folder);
        let files = ["new", "cur"].iter().filter_map(|part| fs::read_dir(mailbox.join(part)).ok());
        let mut files: Vec<PathBuf> = files.flatten().map(|entry| entry.unwrap().path()).collect();
        files.sort_by_key(|path| path.file_name().unwrap().to_owned());
        let lines = |bytes: Vec<u8>| bytes.into_iter().filter(|it| *it != b'\r');
        let wire = |it| if it == b'\n' { vec![b'\r', b'\n'] } else { vec![it] };
        files.iter().map(|path| lines(fs::read(path).unwrap()).flat_map(wire).collect()).collect()
    }

    /// Waits until a folder holds so many mails, and gives them.
    pub(crate) fn wait_for_mails(&self, user: &str, folder: &str, count: usize) -> Vec<Vec<u8>> {
        until("the mail", || self.mails(user, folder).len() >= count);
        self.mails(user, folder)
    }

    /// Whether the mail server has nothing half received or half delivered.
    pub(crate) fn is_at_rest(&self) -> bool {
        let input = fs::read_dir(self.folder.path().join("spool/input"));
        input.is_ok_and(|mut entries| entries.next().is_none())
    }

    /// What the servers wrote into their logs.
    pub(crate) fn logs(&self) -> String {
        let files = fs::read_dir(self.folder.path().join("log")).unwrap();
        files.map(|it| fs::read_to_string(it.unwrap().path()).unwrap_or_default()).collect()
    }

    /// Where the mails of a folder lie.
    pub(crate) fn mailbox(&self, user: &str, folder: &str) -> PathBuf {
        let root = self.folder.path().join("home").join(user).join("Maildir");
        if folder == "INBOX" { root } else { root.join(format!(".{folder}")) }
    }
}

impl Drop for Post {
    #[expect(
        clippy::print_stderr,
        reason = "what the servers say belongs to the failure of a test"
    )]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.logs());
        }
    }
}

/// The user whom the mail belongs to: `mail` when root starts the servers, else ourselves.
struct Account {
    name: String,
    group: String,
    uid: u32,
    gid: u32,
    is_root: bool,
}

impl Account {
    fn ours() -> Self {
        let uid = rustix::process::getuid().as_raw();
        let is_root = uid == 0;
        let wanted =
            |line: &[String]| if is_root { line[0] == "mail" } else { line[2] == uid.to_string() };
        let user = lines_of("/etc/passwd").into_iter().find(|line| wanted(line)).unwrap();
        let group = lines_of("/etc/group").into_iter().find(|line| line[2] == user[3]).unwrap();
        let (uid, gid) = (user[2].parse().unwrap(), user[3].parse().unwrap());
        Self { name: user[0].clone(), group: group[0].clone(), uid, gid, is_root }
    }

    fn give(&self, path: &Path) {
        if self.is_root {
            chown(path, Some(self.uid), Some(self.gid)).unwrap();
        }
    }
}

fn lines_of(file: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(file).unwrap();
    text.lines().map(|line| line.split(':').map(str::to_owned).collect()).collect()
}

/// A server and its children, which are its process group. All are ended when it is dropped.
struct Server(Child);

impl Server {
    fn start(mut command: Command, root: &Path, port: u16) -> Self {
        let errors =
            fs::File::options().create(true).append(true).open(root.join("log/errors")).unwrap();
        let mut child =
            command.process_group(0).stdin(Stdio::null()).stderr(errors).spawn().unwrap();
        until("the server", || {
            assert!(child.try_wait().unwrap().is_none(), "{command:?} ended at once");
            greets(port)
        });
        Self(child)
    }
}

impl Server {
    fn signal(&self, signal: Signal) {
        if let Some(pid) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            kill_process_group(pid, signal).ok();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.signal(Signal::TERM);
        self.0.wait().ok();
    }
}

fn greets(port: u16) -> bool {
    let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    BufReader::new(stream).read_line(&mut String::new()).is_ok_and(|size| size > 0)
}

/// Waits until something is so, and fails after ten seconds.
fn until(what: &str, mut so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !so() {
        assert!(begin.elapsed() < Duration::from_secs(10), "waited too long for {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

fn free_ports<const N: usize>() -> [u16; N] {
    std::array::from_fn(|_| free_port())
}

/// A port that no other test is given: below those the system hands out by itself (from 32768 on), because
/// one of those may be taken again between this look and the server's start.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let begin = std::process::id().wrapping_mul(37);
        let number = begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        let port = 20_000 + u16::try_from(number).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn certificate(root: &Path) -> PathBuf {
    let names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
        ])
        .args(["-days", "2", "-subj", "/CN=localhost", "-addext", names])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(root.join("key.pem"))
        .arg("-out")
        .arg(root.join("certificate.pem"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    fs::set_permissions(root.join("key.pem"), fs::Permissions::from_mode(0o644)).unwrap();
    root.join("certificate.pem")
}

/// Just enough IMAP to put mails into mailboxes, independent of the code that is tested.
struct Imap {
    stream: BufReader<TcpStream>,
}

impl Imap {
    fn sign_in(port: u16, user: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut imap = Self { stream: BufReader::new(stream) };
        imap.stream.read_line(&mut String::new()).unwrap();
        let answer = imap.ask(&format!("LOGIN {user} {PASSWORD}"));
        assert!(answer.last().unwrap().starts_with("x OK"), "{answer:?}");
        imap
    }

    fn ask(&mut self, command: &str) -> Vec<String> {
        self.send(&format!("x {command}\r\n"));
        self.answer()
    }

    fn send(&mut self, text: &str) {
        self.stream.get_mut().write_all(text.as_bytes()).unwrap();
    }

    fn answer(&mut self) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        while lines.last().is_none_or(|line| !line.starts_with("x ")) {
            let mut line = String::new();
            assert!(
                self.stream.read_line(&mut line).unwrap() > 0,
                "the server hung up after {lines:?}"
            );
            lines.push(line);
        }
        lines
    }
}
