//! Letters with tokens, and an office whose post comes and goes by mail.

use std::sync::atomic::{AtomicU64, Ordering};

use super::house::{Ended, House, Outside};
use super::oracle::{Figures, in_folder, in_table, settle};
use crate::servers::Post;
use crate::support::until;

/// A name that no other letter has.
pub(super) fn token(about: &str, nth: usize) -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let about = blake3::hash(about.as_bytes()).to_hex();
    format!("K{}x{number:05}x{nth}K", &about.as_str()[..6])
}

/// A citizen's question, which certain words sort and fill in.
pub(super) fn question(token: &str) -> Vec<u8> {
    format!(
        "From: Erika Beispiel <citizen@post.example>\r\nTo: amt@stadt.example\r\nSubject: Frage zur Hundesteuer\r\n\
         Message-ID: <{token}@post.example>\r\nDate: Fri, 20 Nov 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\nGuten Tag,\r\n\r\nHalter: Erika Beispiel\r\n\
         Name des Hundes: Bello\r\nZeichen: {token}\r\n\r\nMit freundlichen Grüßen\r\n"
    )
    .into_bytes()
}

/// A citizen's letter that no certain word sorts.
pub(super) fn without_signal(token: &str) -> Vec<u8> {
    let text = String::from_utf8(question(token)).unwrap();
    text.replace("Subject: Frage zur Hundesteuer", "Subject: Unser Welpe").into_bytes()
}

/// An office at a mailbox of its own.
pub(super) struct MailHouse<'a> {
    house: House,
    post: &'a Post,
    /// The folder of the mailbox from which mails are taken.
    folder: String,
    keeps: bool,
}

impl<'a> MailHouse<'a> {
    /// Takes mails out of a folder of this name. What was taken is marked there if it `keeps`, else moved away.
    pub(super) fn new(post: &'a Post, folder: &str, keeps: bool) -> Self {
        let house = House::new();
        let office = &house.office;
        for (name, text) in connectors(post) {
            office.write(&format!("connectors/{name}.toml"), &text);
        }
        let door = office.read("connectors/posteingang.toml");
        let done = match keeps {
            true => "done = \"keyword\"".to_owned(),
            false => format!("done = \"move\"\nmove_to = \"Erledigt-{folder}\""),
        };
        let text = format!("{door}folder = \"{folder}\"\n{done}\n");
        office.write("connectors/posteingang.toml", &text);
        office.rules("", &["ausgang", "entwuerfe", "ablage", "liste"]);
        Self { house, post, folder: folder.to_owned(), keeps }
    }

    /// A mail comes.
    pub(super) fn append(&self, token: &str) {
        self.post.append("amt", &self.folder, &question(token));
    }

    /// As [`House::round`]; what is uncertain is looked up in the citizen's mailbox.
    pub(super) fn round(&mut self, environment: &[(&str, &str)], count: usize) -> Ended {
        let (post, folder, keeps) = (self.post, self.folder.clone(), self.keeps);
        let arrived = |page: &str| {
            until("the mail server to be at rest", 30, || post.is_at_rest().then_some(()));
            let replies = post.mails("citizen", "INBOX");
            replies.iter().any(|mail| mentions(mail, |token| page.contains(token)))
        };
        let is_taken = || match keeps {
            true => post.flags("amt", &folder).iter().all(|flags| flags.contains("$Vorlage")),
            // The daemon may have ended before it removed what it has marked: nobody sees that mail any more.
            false => {
                let flags = post.flags("amt", &folder);
                flags.iter().all(|it| !it.starts_with('*') || it.contains("\\Deleted"))
            }
        };
        self.house.round(environment, count, Outside { arrived: &arrived, is_taken: &is_taken })
    }

    pub(super) fn told(&self) -> String {
        self.house.told()
    }

    /// The account at the end.
    pub(super) fn settle(&self, tokens: &[String]) -> Figures {
        let (post, office) = (self.post, &self.house.office);
        let count = |user: &str, folder: &str, token: &str| {
            let mails = post.mails(user, folder);
            mails.iter().filter(|mail| String::from_utf8_lossy(mail).contains(token)).count()
        };
        let taken =
            if self.keeps { self.folder.clone() } else { format!("Erledigt-{}", self.folder) };
        until("the replies", 30, || {
            tokens.iter().all(|token| count("citizen", "INBOX", token) > 0).then_some(())
        });
        let figures = settle(
            office,
            tokens,
            &[
                ("replies", &|token| count("citizen", "INBOX", token)),
                ("drafts", &|token| count("clerk", "Drafts", token)),
                ("folders", &|token| in_folder(office, token)),
                ("rows", &|token| in_table(office, token)),
            ],
        );
        // A COPY that was made and never heard of is made again: in the folder of what is done, and only there.
        assert!(tokens.iter().all(|token| count("amt", &taken, token) > 0), "{}", self.told());
        Figures { decisions: self.house.helped, ..figures }
    }
}

/// Whether a reply is about a token that fits.
pub(super) fn mentions(mail: &[u8], fits: impl Fn(&str) -> bool) -> bool {
    let text = String::from_utf8_lossy(mail);
    let subject = text.lines().find_map(|line| line.strip_prefix("Subject: "));
    subject.and_then(|it| it.rsplit(' ').next()).is_some_and(fits)
}

/// The doors of an office with mail: the mailbox without a folder, replies and drafts.
pub(super) fn connectors(post: &Post) -> [(&'static str, String); 3] {
    let server = format!(
        "host = \"localhost\"\nport = {}\nca_file = \"{}\"\npassword = {{ file = \"{}\" }}\n",
        post.imaps_port,
        post.ca_file.display(),
        post.password_file.display()
    );
    let from = "from = \"Stadt Prüfstein <amt@stadt.example>\"\n";
    let smtp = format!("host = \"localhost\"\nport = {}\nsecurity = \"none\"\n", post.smtp_port);
    [
        ("posteingang", format!("kind = \"imap\"\nuser = \"amt\"\n{server}")),
        ("entwuerfe", format!("kind = \"drafts\"\nuser = \"clerk\"\n{server}{from}")),
        ("ausgang", format!("kind = \"smtp\"\n{smtp}{from}")),
    ]
}
