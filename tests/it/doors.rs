//! Every door against the real thing: Dovecot, Exim, a web server, folders.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mail_parser::MessageParser;
use vorlage::connectors::{
    Arrival, Connector, Error, Known, Mail, Output, Parcel, Place, Source, find,
};

use crate::servers::Post;

const MAIL: &[u8] = b"From: citizen@post.example\r\nTo: amt@stadt.example\r\nSubject: Hund\r\nMessage-ID: <1@post.example>\r\n\r\nBello\r\n";

/// What was accepted, as the store would remember it.
#[derive(Default)]
struct Ledger(Mutex<HashSet<String>>);

impl Ledger {
    fn accept(&self, arrivals: &[Arrival]) {
        self.0.lock().unwrap().extend(arrivals.iter().map(|it| it.origin.clone()));
    }
}

#[async_trait::async_trait]
impl Known for Ledger {
    async fn is_known(&self, origin: &str) -> Result<bool, Error> {
        Ok(self.0.lock().unwrap().contains(origin))
    }
}

fn place() -> Place {
    Place {
        office: PathBuf::from("/"),
        state: std::env::temp_dir(),
        credentials: None,
        program: PathBuf::new(),
        models: PathBuf::new(),
    }
}

/// Opens a connector as an admin's file would, after its own check found nothing.
fn open(kind: &str, text: &str) -> Connector {
    let text = format!("kind = \"{kind}\"\n{text}");
    let kind = find(kind).unwrap();
    assert_eq!((kind.check)("connectors/x.toml", &text), []);
    (kind.open)("x", &text, &place()).unwrap()
}

fn mailbox(post: &Post, more: &str) -> Arc<dyn Source> {
    let (ca, password) = (post.ca_file.display(), post.password_file.display());
    let secure = format!("security = \"tls\"\nport = {}\nca_file = \"{ca}\"", post.imaps_port);
    let text =
        format!("host = \"localhost\"\nuser = \"amt\"\npassword = {{ file = \"{password}\" }}");
    let secure = if more.contains("security") { String::new() } else { secure };
    open("imap", &format!("{text}\n{secure}\n{more}")).source.unwrap()
}

/// Looks and waits as the engine does, until something comes.
async fn next(source: &Arc<dyn Source>, known: &Ledger) -> Vec<Arrival> {
    for _ in 0..10 {
        match source.poll(known, 9).await {
            Ok(arrivals) if !arrivals.is_empty() => return arrivals,
            _ => source.wait(Duration::from_secs(1)).await,
        }
    }
    Vec::new()
}

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

fn parcel(to: &str) -> Parcel {
    let mail = Mail {
        message_id: "antwort-1@stadt.example".to_owned(),
        date: "2026-11-22T10:00:00Z".parse().unwrap(),
        to: to.to_owned(),
        subject: "Ihre Anmeldung für Bello".to_owned(),
        text: "Guten Tag,\nschöne Grüße\n".to_owned(),
        in_reply_to: Some("1@post.example".to_owned()),
        references: vec!["1@post.example".to_owned()],
        files: Vec::new(),
    };
    let form = serde_json::json!({ "halter": "Müller" });
    Parcel {
        key: "schlüssel-1".to_owned(),
        item: "item-1".into(),
        mail: Some(mail),
        form,
        ..Parcel::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_arrives_once_and_gets_a_keyword() {
    let post = Post::start();
    post.append("amt", "INBOX", MAIL);
    post.append("amt", "INBOX", MAIL);
    let (source, known) = (mailbox(&post, ""), Ledger::default());
    let first = source.poll(&known, 1).await.unwrap();
    assert_eq!((first.len(), first[0].bytes.as_slice()), (1, MAIL));
    assert_eq!(source.poll(&known, 9).await.unwrap().len(), 2, "nothing is accepted yet");
    known.accept(&first);
    let second = source.poll(&known, 9).await.unwrap();
    assert_eq!(second.len(), 1);
    assert!(second[0].received.as_second() > 1_700_000_000, "{}", second[0].received);
    known.accept(&second);
    source.acknowledge(&first[0].origin, &"i".into()).await.unwrap();
    source.acknowledge(&first[0].origin, &"i".into()).await.unwrap();
    source.acknowledge("INBOX/1/1", &"i".into()).await.unwrap();
    assert!(source.poll(&known, 9).await.unwrap().is_empty());
    let flags = post.flags("amt", "INBOX");
    assert!(flags[0].contains("$Vorlage") && !flags[0].contains("Seen"), "{flags:?}");
    assert!(!flags[1].contains("$Vorlage"), "{flags:?}");
    // A new start looks at everything again and finds nothing new.
    assert!(mailbox(&post, "").poll(&known, 9).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_moved_out_of_a_folder_with_umlauts() {
    let post = Post::start();
    post.append("amt", "Eing&AOQ-nge", MAIL);
    let port = post.imap_port;
    let more = format!(
        "folder = \"Eingänge\"\ndone = \"move\"\nmove_to = \"Übernommen & erledigt\"\nsecurity = \"none\"\nport = {port}"
    );
    let (source, known) = (mailbox(&post, &more), Ledger::default());
    let arrivals = source.poll(&known, 9).await.unwrap();
    known.accept(&arrivals);
    for _ in 0..2 {
        source.acknowledge(&arrivals[0].origin, &"i".into()).await.unwrap();
    }
    assert!(post.mails("amt", "Eing&AOQ-nge").is_empty());
    assert_eq!(post.mails("amt", "&ANw-bernommen &- erledigt"), [MAIL]);
    assert!(source.poll(&known, 9).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_mail_ends_the_wait() {
    let post = Post::start();
    let (source, known) = (mailbox(&post, ""), Ledger::default());
    assert!(source.poll(&known, 9).await.unwrap().is_empty());
    let waiting = {
        let source = source.clone();
        tokio::spawn(async move { source.wait(Duration::from_secs(60)).await })
    };
    // The mail comes while the door waits, or just before: it must be heard either way.
    tokio::task::block_in_place(|| post.append("amt", "INBOX", MAIL));
    let begin = Instant::now();
    waiting.await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!(source.poll(&known, 9).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_between_the_look_and_the_wait_is_not_overheard() {
    let post = Post::start();
    let (source, known) = (mailbox(&post, ""), Ledger::default());
    source.poll(&known, 9).await.unwrap();
    tokio::task::block_in_place(|| post.append("amt", "INBOX", MAIL));
    let begin = Instant::now();
    source.wait(Duration::from_secs(60)).await;
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_away_is_found_again() {
    let mut post = Post::start();
    let (source, known) = (mailbox(&post, ""), Ledger::default());
    source.poll(&known, 9).await.unwrap();
    let waiting = {
        let source = source.clone();
        tokio::spawn(async move { source.wait(Duration::from_secs(60)).await })
    };
    tokio::task::block_in_place(|| post.stop_imap());
    waiting.await.unwrap();
    let error = source.poll(&known, 9).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    tokio::task::block_in_place(|| post.start_imap());
    post.append("amt", "INBOX", MAIL);
    assert_eq!(source.poll(&known, 9).await.unwrap().len(), 1);
    tokio::task::block_in_place(|| post.restart_imap());
    assert_eq!(next(&source, &known).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renumbered_mailbox_gives_new_origins_and_old_ones_touch_nothing() {
    let mut post = Post::start();
    post.append("amt", "INBOX", MAIL);
    let (source, known) = (mailbox(&post, ""), Ledger::default());
    let before = source.poll(&known, 9).await.unwrap();
    known.accept(&before);
    tokio::task::block_in_place(|| post.renumber("amt"));
    let after = next(&source, &known).await;
    assert_eq!(after.len(), 1);
    assert_ne!(after[0].origin, before[0].origin);
    assert_eq!(after[0].bytes, before[0].bytes);
    source.acknowledge(&before[0].origin, &"i".into()).await.unwrap();
    assert!(!post.flags("amt", "INBOX")[0].contains("$Vorlage"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_mail_over_the_limit_only_the_header_comes() {
    let post = Post::start();
    let big = [MAIL, &b"x".repeat(76), b"\r\n"].concat();
    let big = [big, b"y\r\n".repeat(500_000)].concat();
    post.append("amt", "INBOX", &big);
    let arrivals = mailbox(&post, "max_mb = 1").poll(&Ledger::default(), 9).await.unwrap();
    assert_eq!(arrivals[0].problem.as_ref().unwrap().code, "P0103");
    let text = String::from_utf8_lossy(&arrivals[0].bytes);
    assert!(text.contains("Subject: Hund") && !text.contains("Bello"), "{text}");
    let whole = mailbox(&post, "max_mb = 2").poll(&Ledger::default(), 9).await.unwrap();
    assert_eq!((whole[0].bytes.len(), &whole[0].problem), (big.len(), &None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_s_certificate_and_a_wrong_password_are_told() {
    let post = Post::start();
    let text = |ca: &str, user: &str| {
        format!(
            "host = \"localhost\"\nport = {}\nuser = \"{user}\"\npassword = {{ file = \"{}\" }}\n{ca}",
            post.imaps_port,
            post.password_file.display()
        )
    };
    let ca = format!("ca_file = \"{}\"", post.ca_file.display());
    for (text, expected) in
        [(text("", "amt"), "certificate"), (text(&ca, "niemand"), "Authentication failed")]
    {
        let source = open("imap", &text).source.unwrap();
        let error = source.poll(&Ledger::default(), 9).await.unwrap_err();
        assert!(
            matches!(&error, Error::Unreachable { why, .. } if why.contains(expected)),
            "{error}"
        );
        assert!(!error.to_string().contains(crate::servers::PASSWORD));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_reaches_the_citizen_in_the_thread() {
    let post = Post::start();
    let (ca, password) = (post.ca_file.display(), post.password_file.display());
    let secure = format!(
        "security = \"starttls\"\nca_file = \"{ca}\"\nuser = \"amt\"\npassword = {{ file = \"{password}\" }}"
    );
    for (count, more) in [(1, ""), (2, secure.as_str())] {
        let output = relay(post.smtp_port, more);
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
        ("RCPT", "450 later\r\n", "busy"),
        ("RCPT", "550 never\r\n", "refused"),
        ("DATA", "", "unreachable"),
        (".", "", "uncertain"),
        (".", "451 later\r\n", "busy"),
        (".", "554 spam\r\n", "refused"),
    ];
    for (until, last, expected) in cases {
        let error = relay(sink(until, last), "").send(&to).await.unwrap_err();
        let told = match error {
            Error::Unreachable { .. } => "unreachable",
            Error::Busy { .. } => "busy",
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

#[tokio::test(flavor = "multi_thread")]
async fn a_file_waits_until_it_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Scan 1.pdf");
    std::fs::write(&path, "halb").unwrap();
    std::fs::write(folder.path().join("Scan 2.pdf.part"), "halb").unwrap();
    let text = |more: &str| format!("path = \"{}\"\n{more}", folder.path().display());
    let source = open("share", &text("settle_seconds = 0\n")).source.unwrap();
    let known = Ledger::default();
    assert!(source.poll(&known, 9).await.unwrap().is_empty(), "it was seen only once");
    std::fs::write(&path, "halb und ganz").unwrap();
    assert!(source.poll(&known, 9).await.unwrap().is_empty(), "it grew");
    let arrivals = source.poll(&known, 9).await.unwrap();
    assert_eq!((arrivals.len(), arrivals[0].bytes.as_slice()), (1, &b"halb und ganz"[..]));
    assert_eq!(arrivals[0].name, "Scan 1.pdf");
    known.accept(&arrivals);
    assert!(source.poll(&known, 9).await.unwrap().is_empty());
    for _ in 0..2 {
        source.acknowledge(&arrivals[0].origin, &"i".into()).await.unwrap();
    }
    assert!(folder.path().join("processed/Scan 1.pdf").exists() && !path.exists());
    // The same name again is another arrival.
    std::fs::write(&path, "neu").unwrap();
    source.poll(&known, 9).await.unwrap();
    assert_eq!(source.poll(&known, 9).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_file_ends_the_wait() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("path = \"{}\"\npoll_seconds = 60", folder.path().display());
    let source = open("share", &text).source.unwrap();
    // The first wait begins to listen; what it may have missed is found by the next look.
    source.wait(Duration::from_millis(1)).await;
    std::fs::write(folder.path().join("a.pdf"), "a").unwrap();
    let begin = Instant::now();
    source.wait(Duration::from_secs(60)).await;
    assert!(begin.elapsed() < Duration::from_secs(5));
}

/// A web server that answers one request with each status and remembers what it was sent.
fn web(statuses: &'static [u16]) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = heard.clone();
    std::thread::spawn(move || {
        for status in statuses {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream);
            let (mut head, mut length) = (String::new(), 0);
            while !head.ends_with("\r\n\r\n") {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                head.push_str(&line);
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            ear.lock().unwrap().push(head + &String::from_utf8(body).unwrap());
            let answer = format!(
                "HTTP/1.1 {status} x\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    (port, heard)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_signed_and_keeps_its_key_for_every_attempt() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "geheim\n").unwrap();
    let (port, heard) = web(&[503, 429, 200, 404, 302]);
    let text = format!(
        "url = \"http://127.0.0.1:{port}/x\"\nsecret = {{ file = \"{}\" }}",
        secret.display()
    );
    let output = open("webhook", &text).output.unwrap();
    let parcel = parcel("citizen@post.example");
    for _ in 0..2 {
        assert!(matches!(output.send(&parcel).await, Err(Error::Busy { .. })));
    }
    output.send(&parcel).await.unwrap();
    for _ in 0..2 {
        assert!(matches!(output.send(&parcel).await, Err(Error::Refused { .. })));
    }
    assert!(matches!(output.send(&parcel).await, Err(Error::Unreachable { .. })));
    let heard = heard.lock().unwrap();
    let keys =
        heard.iter().filter(|it| it.to_lowercase().contains("idempotency-key: schlssel-1\r\n"));
    assert_eq!(keys.count(), 5);
    assert!(heard[0].to_lowercase().contains("x-vorlage-signature: sha256="));
    assert!(heard[0].contains("\"halter\":\"Müller\""));
}

#[test]
fn every_example_is_without_mistakes_and_every_kind_has_its_page() {
    for kind in vorlage::connectors::KINDS {
        assert_eq!((kind.check)("connectors/x.toml", kind.example), [], "{}", kind.name);
        let schema = (kind.schema)();
        let properties = schema["properties"].as_object().unwrap();
        for (key, property) in properties {
            let told = property
                .get("description")
                .and_then(|it| it.as_str())
                .is_some_and(|it| !it.is_empty());
            assert!(told, "{}: `{key}` has no description", kind.name);
        }
        assert_eq!(properties["kind"]["const"], kind.name);
    }
}

#[test]
fn an_open_line_out_of_the_machine_is_a_mistake() {
    let text = "kind = \"imap\"\nhost = \"mail.stadt.example\"\nsecurity = \"none\"\nuser = \"a\"\npassword = { file = \"x\" }\n";
    let found = (find("imap").unwrap().check)("connectors/x.toml", text);
    assert_eq!(found.iter().map(|it| it.code).collect::<Vec<_>>(), ["E0204"]);
    let text = "kind = \"webhook\"\nurl = \"http://stadt.example/\"\nsecret = { file = \"x\" }\n";
    let found = (find("webhook").unwrap().check)("connectors/x.toml", text);
    assert_eq!(found.iter().map(|it| it.code).collect::<Vec<_>>(), ["E0204"]);
}
