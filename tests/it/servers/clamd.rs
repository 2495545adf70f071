//! A real clamd of a test's own, on a socket in a folder of its own, killed when it is dropped. It knows one
//! signature of ours, so that no file in this project is one that scanners complain about. Needs the
//! Debian package `clamav-daemon`.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::until;

/// What the scanner takes for malware.
pub(crate) const BAD: &str = "VORLAGE-PRUEFZEICHEN-SCHADPROGRAMM";

/// A running scanner.
pub(crate) struct Clamd {
    /// Its socket.
    pub(crate) socket: PathBuf,
    server: Child,
    /// The last field: it is removed when the server has ended.
    _folder: tempfile::TempDir,
}

impl Clamd {
    /// Starts it and waits until it answers.
    pub(crate) fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("clamd-").tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (socket, log) = (path("clamd.ctl"), path("log"));
        fs::create_dir(path("signatures")).unwrap();
        let hex: String = BAD.bytes().map(|byte| format!("{byte:02x}")).collect();
        // Name, any type of file, anywhere in it, these bytes.
        fs::write(path("signatures/vorlage.ndb"), format!("Vorlage.Pruefung:0:*:{hex}\n")).unwrap();
        let settings = format!(
            "LocalSocket {}\nDatabaseDirectory {}\nTemporaryDirectory {}\nForeground yes\nStreamMaxLength 25M\n",
            socket.display(),
            path("signatures").display(),
            folder.path().display(),
        );
        fs::write(path("clamd.conf"), settings).unwrap();
        let out = File::create(&log).unwrap();
        let server = Command::new("/usr/sbin/clamd")
            .arg("--config-file")
            .arg(path("clamd.conf"))
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .expect("clamd is not installed: the Debian package is `clamav-daemon`");
        let mut clamd = Self { socket, server, _folder: folder };
        until("clamd answers", || {
            let ended = clamd.server.try_wait().unwrap();
            assert!(ended.is_none(), "clamd: {}", fs::read_to_string(&log).unwrap_or_default());
            std::os::unix::net::UnixStream::connect(&clamd.socket).is_ok()
        });
        clamd
    }
}

impl Drop for Clamd {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}
