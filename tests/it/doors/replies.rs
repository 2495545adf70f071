//! Replies by SMTP and into Drafts folders, against a real Exim and a real Dovecot.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;

use mail_parser::MessageParser;
use vorlage::connectors::{Error, Output, Parcel};

use super::{open, parcel};
use crate::servers::Post;

fn drafts(post: &Post, more: &str) -> Arc<dyn Output> {
    let (ca, password, port) =
        (post.ca_file.display(), post.password_file.display(), post.imap_port);
    let text = format!(
        "host = \"localhost\"\nport = {port}\nsecurity = \"starttls\"\nca_file = \"{ca}\"\nuser = \"clerk\"
password = {{ file = \"{password}\" }}\nfrom = \"Stadt <amt@stadt.example>\"\n{more}"
    );
    open("drafts", &text).output.unwrap()
}

fn relay(port: u16, more: &str) -> Arc<dyn Output> {
    let secure = if more.contains("security") { "" } else { "security = \"none\"" };
    let text = format!(
        "host = \"localhost\"\nport = {port}\nfrom = \"Stadt <amt@stadt.example>\"\n{secure}\n{more}"
    );
    open("smtp", &text).output.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_reaches_the_citizen_in_the_thread() {
    let post = Post::start();
    let (ca, password) = (post.ca_file.display(), post.password_file.display());
    let secure = format!(
        "security = \"starttls\"\nca_file = \"{ca}\"\nuser = \"amt\"\npassword = {{ file = \"{password}\" }}"
    );
    let tls = format!("security = \"tls\"\nca_file = \"{ca}\"");
    let ways =
        [(post.smtp_port, ""), (post.smtp_port, secure.as_str()), (post.smtps_port, tls.as_str())];
    for (count, (port, more)) in (1..).zip(ways) {
        let output = relay(port, more);
        let receipt = output.send(&parcel("Jana Müller <citizen@post.example>")).await.unwrap();
        assert!(
            receipt.0.contains("OK id=") && receipt.0.contains("<antwort-1@stadt.example>"),
            "{}",
            receipt.0
        );
        assert!(!output.repeatable());
        let mails = tokio::task::block_in_place(|| post.wait_for_mails("citizen", "INBOX", count));
        assert_eq!(mails.len(), count);
    }
    let mails = post.mails("citizen", "INBOX");
    let mail = MessageParser::default().parse(&mails[0]).unwrap();
    assert_eq!(mail.message_id(), Some("antwort-1@stadt.example"));
    assert_eq!(mail.in_reply_to().as_text(), Some("1@post.example"));
    assert_eq!(mail.references().as_text(), Some("1@post.example"));
    assert_eq!(mail.subject(), Some("Ihre Anmeldung für Bello"));
    assert_eq!(mail.from().unwrap().first().unwrap().address(), Some("amt@stadt.example"));
    assert!(mail.body_text(0).unwrap().contains("schöne Grüße"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_the_server_does_not_know_is_refused() {
    let post = Post::start();
    let error = relay(post.smtp_port, "").send(&parcel("niemand@post.example")).await.unwrap_err();
    assert!(
        matches!(&error, Error::Refused { why, .. } if why.contains("no such person")),
        "{error}"
    );
    let wrong = format!(
        "security = \"starttls\"\nca_file = \"{}\"\nuser = \"niemand\"\npassword = {{ file = \"{}\" }}",
        post.ca_file.display(),
        post.password_file.display()
    );
    let error =
        relay(post.smtp_port, &wrong).send(&parcel("citizen@post.example")).await.unwrap_err();
    assert!(matches!(&error, Error::Unreachable { why, .. } if why.contains("535")), "{error}");
    assert!(post.mails("citizen", "INBOX").is_empty());
    let error = relay(post.smtp_port, "").send(&Parcel::default()).await.unwrap_err();
    assert!(matches!(error, Error::Incomplete(_)), "{error}");
}

/// An SMTP server that takes everything until a command, answers that with `last`, and hangs up.
fn sink(until: &'static str, last: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream);
        lines.get_mut().write_all(b"220 sink\r\n").unwrap();
        let mut line = String::new();
        while lines.read_line(&mut line).is_ok_and(|size| size > 0) {
            if line.starts_with(until) {
                return lines.get_mut().write_all(last.as_bytes());
            }
            let answer = if line.starts_with("DATA") { "354 go on\r\n" } else { "250 ok\r\n" };
            let is_body = !["EHLO", "MAIL", "RCPT", "DATA"].iter().any(|it| line.starts_with(it));
            if !is_body {
                lines.get_mut().write_all(answer.as_bytes())?;
            }
            line.clear();
        }
        Ok(())
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_after_a_failure_depends_on_when_it_happens() {
    let to = parcel("citizen@post.example");
    let cases = [
        ("MAIL", "", "unreachable"),
        ("MAIL", "421 closing down\r\n", "busy"),
        ("MAIL", "452 no space\r\n", "put off"),
        ("RCPT", "450 later\r\n", "put off"),
        ("RCPT", "550 never\r\n", "refused"),
        ("DATA", "", "unreachable"),
        (".", "", "uncertain"),
        (".", "451 later\r\n", "put off"),
        (".", "554 spam\r\n", "refused"),
    ];
    for (until, last, expected) in cases {
        let error = relay(sink(until, last), "").send(&to).await.unwrap_err();
        let told = match error {
            Error::Unreachable { .. } => "unreachable",
            Error::Busy { .. } => "busy",
            Error::Deferred { .. } => "put off",
            Error::Refused { .. } => "refused",
            Error::Uncertain { .. } => "uncertain",
            _ => "something else",
        };
        assert_eq!(told, expected, "{until} {last}: {error}");
    }
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = relay(nobody, "").send(&to).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_in_doubt_is_sent_again_only_where_the_office_says_so() {
    let to = parcel("citizen@post.example");
    let doubtful = relay(sink(".", ""), "uncertain = \"hold\"");
    assert!(!doubtful.repeatable());
    assert!(matches!(doubtful.send(&to).await, Err(Error::Uncertain { .. })));
    let again = relay(sink(".", ""), "uncertain = \"resend\"");
    assert!(again.repeatable());
    assert!(matches!(again.send(&to).await, Err(Error::Unreachable { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_sent_twice_is_one_draft() {
    let post = Post::start();
    for (more, folder) in [("", "Drafts"), ("folder = \"Entwürfe\"", "Entw&APw-rfe")] {
        let output = drafts(&post, more);
        let first = output.send(&parcel("citizen@post.example")).await.unwrap();
        assert_eq!(output.send(&parcel("citizen@post.example")).await.unwrap(), first);
        let mails = post.mails("clerk", folder);
        assert_eq!(mails.len(), 1);
        let mail = MessageParser::default().parse(&mails[0]).unwrap();
        assert_eq!(mail.message_id(), Some("antwort-1@stadt.example"));
        assert!(post.flags("clerk", folder)[0].contains("\\Draft"));
        assert!(output.repeatable());
    }
}
