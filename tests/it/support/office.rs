//! An office in a folder of its own, on a free port, removed when dropped.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::program;
use crate::servers::{Post, free_port};

/// The password of everybody in a test's office.
pub(crate) const PASSWORD: &str = "korrekt pferd batterie";

const SETTINGS: &str = r#"name = "Stadt Prüfstein"
region = "DE-RP"
post_room = "poststelle"

[queue.poststelle]
title = "Poststelle"
[queue.steueramt]
title = "Steueramt"
[queue.leitung]
title = "Leitung"

[role.alle]
title = "Alle Ämter"
queues = ["*"]
[role.leitung]
title = "Leitung"
queues = ["leitung"]

[web]
listen = "127.0.0.1:PORT"

[limits]
disk_free_mb = 0
disk_free_percent = 0

# What an office learns does not hang on which weights this machine has.
[learning]
embeddings = "none"

[policy]
automation_level = 1
[policy.marking]
de = "Ein Programm (KI) hat geholfen. Ein Mensch hat es geprüft."
"#;

const HEAD: &str = r#"title = "Hundesteuer"
purpose = "Hunde zur Steuer anmelden"
owner = "Steueramt"
data_class = "tax"
ai_act = { annex3 = "none", role = "narrow_procedural" }
[intake]
from = ["posteingang"]
"#;

/// Two classes that certain words decide: one needs two people, the other one.
const CLASSES: [(&str, &str, &str); 2] = [
    (
        "anmeldung",
        "Anmeldung zur Hundesteuer",
        "[[class.anmeldung.approval]]\nqueue = \"leitung\"\ndistinct_from = [\"steueramt\"]\n",
    ),
    ("frage", "Frage zur Hundesteuer", ""),
];

/// An office that no model is needed for.
pub(crate) struct Office {
    folder: tempfile::TempDir,
    /// Where its pages are.
    pub(crate) port: u16,
}

impl Office {
    /// Without doors and workflows.
    pub(crate) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("office-").tempdir().unwrap();
        let port = free_port();
        let office = Self { folder, port };
        office.write("office.toml", &SETTINGS.replace("PORT", &port.to_string()));
        office
    }

    /// Takes mails out of the post office's mailbox `amt`, and delivers approved replies to the sender, into the
    /// clerk's drafts, into a folder and into a table.
    pub(crate) fn at(post: &Post) -> Self {
        let office = Self::new();
        let secret = format!("password = {{ file = \"{}\" }}", post.password_file.display());
        let imap = format!(
            "host = \"localhost\"\nport = {}\nca_file = \"{}\"\n{secret}\n",
            post.imaps_port,
            post.ca_file.display()
        );
        let from = "from = \"Stadt Prüfstein <amt@stadt.example>\"\n";
        office.write(
            "connectors/posteingang.toml",
            &format!("kind = \"imap\"\nuser = \"amt\"\ndone = \"keyword\"\n{imap}"),
        );
        office.write(
            "connectors/entwuerfe.toml",
            &format!("kind = \"drafts\"\nuser = \"clerk\"\n{imap}{from}"),
        );
        let smtp = format!(
            "kind = \"smtp\"\nhost = \"localhost\"\nport = {}\nsecurity = \"none\"\n{from}",
            post.smtp_port
        );
        office.write("connectors/ausgang.toml", &smtp);
        office.write("connectors/ablage.toml", "kind = \"folder\"\npath = \"ablage\"\n");
        office.write("connectors/liste.toml", "kind = \"table\"\npath = \"liste.csv\"\n");
        office.rules("", &["ausgang", "entwuerfe", "ablage", "liste"]);
        office
    }

    /// Takes files out of the folder `eingang`, and delivers into the folder `ablage`.
    pub(crate) fn with_share() -> Self {
        let office = Self::new();
        fs::create_dir(office.path("eingang")).unwrap();
        let share = "kind = \"share\"\npath = \"eingang\"\nsettle_seconds = 0\ndone = \"keep\"\npoll_seconds = 1\n";
        office.write("connectors/posteingang.toml", share);
        office.write("connectors/ablage.toml", "kind = \"folder\"\npath = \"ablage\"\n");
        office.rules("", &["ablage"]);
        office
    }

    /// A copy in a folder of its own on a port of its own, with people, items and sessions as they are now.
    pub(crate) fn copy(&self) -> Self {
        let folder = tempfile::Builder::new().prefix("office-").tempdir().unwrap();
        copy(self.folder(), folder.path());
        let copy = Self { folder, port: free_port() };
        let listen = |port| format!("\"127.0.0.1:{port}\"");
        let settings = self.read("office.toml").replace(&listen(self.port), &listen(copy.port));
        copy.write("office.toml", &settings);
        copy
    }

    /// Writes the workflow `hundesteuer`, with a line of its own at the top.
    pub(crate) fn rules(&self, line: &str, outputs: &[&str]) {
        let mut text = format!("{line}\n{HEAD}");
        for (class, title, second) in CLASSES {
            text += &format!(
                r#"[class.{class}]
title = "{title}"
description = "Jemand schreibt wegen seines Hundes: {title}."
signals = ["{title}"]
[class.{class}.field.halter]
title = "Halterin oder Halter"
type = "person"
labels = ["Halter"]
required = true
must_confirm = true
[class.{class}.field.hund]
title = "Name des Hundes"
type = "text"
labels = ["Name des Hundes"]
[class.{class}.field.zeichen]
title = "Zeichen"
type = "text"
labels = ["Zeichen"]
[[class.{class}.approval]]
queue = "steueramt"
{second}[class.{class}.reply]
to = "{{{{ absender }}}}"
template = "antwort"
subject = {{ de = "Ihr Zeichen {{{{ zeichen or 'fehlt' }}}}" }}
"#
            );
            text += &outputs
                .iter()
                .map(|to| format!("[[class.{class}.deliver]]\nto = \"{to}\"\n"))
                .collect::<String>();
        }
        self.write("workflows/hundesteuer.toml", &text);
        let reply = "Guten Tag {{ halter or '____' }},\n\nIhr Hund: {{ hund or '____' }}\n\n{{ marking }}\n";
        self.write("workflows/hundesteuer/antwort.de.txt", reply);
    }

    /// A path in its folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes one of its files.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// One of its files as it is now.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Lays a file into the share, complete at once.
    pub(crate) fn lay(&self, name: &str, bytes: &[u8]) {
        let part = self.path(&format!(".{name}"));
        fs::write(&part, bytes).unwrap();
        fs::rename(part, self.path("eingang").join(name)).unwrap();
    }

    /// The names in one of its folders.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).into_iter().flatten();
        let mut names: Vec<String> = entries
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .filter(|it| !it.starts_with('.'))
            .collect();
        names.sort();
        names
    }

    /// Lets somebody sign in.
    pub(crate) fn add_user(&self, name: &str, title: &str, role: &str) {
        let mut child = program()
            .args(["user", "add", name, "--title", title, "--role", role, "--office"])
            .arg(self.folder())
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        let done = child.wait_with_output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

/// Copies what is in a folder.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
