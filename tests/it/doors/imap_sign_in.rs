//! Signing in with access tokens, against Dovecot's own OAuth 2.0, which asks a small web server of ours.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use vorlage::connectors::Source;

use super::{Ledger, MAIL, open};
use crate::servers::Post;

/// Hands out tokens, and tells a mail server whose they are.
struct Authority {
    port: u16,
    /// The token that is good now.
    good: Arc<Mutex<String>>,
    handed_out: Arc<AtomicUsize>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Authority {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let authority = Self {
            port: listener.local_addr().unwrap().port(),
            good: Arc::new(Mutex::new("marke-1".to_owned())),
            handed_out: Arc::default(),
            asked: Arc::default(),
        };
        let (good, count) = (authority.good.clone(), authority.handed_out.clone());
        let asked = authority.asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                answer(stream, &good, &count, &asked);
            }
        });
        authority
    }

    /// Dovecot with this authority beside its passwords.
    fn post(&self) -> (Post, tempfile::NamedTempFile) {
        let file = tempfile::NamedTempFile::new().unwrap();
        let port = self.port;
        let text = format!(
            "tokeninfo_url = http://127.0.0.1:{port}/info?access_token=\nintrospection_mode =\nforce_introspection = no\nusername_attribute = user\n"
        );
        std::fs::write(file.path(), text).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        std::fs::set_permissions(file.path(), mode).unwrap();
        let config = format!(
            "auth_mechanisms = plain login xoauth2 oauthbearer\npassdb {{\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = {}\n}}\n",
            file.path().display()
        );
        (Post::start_with(&config), file)
    }
}

fn answer(
    stream: TcpStream,
    good: &Mutex<String>,
    count: &AtomicUsize,
    asked: &Mutex<Vec<String>>,
) {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let good = good.lock().unwrap().clone();
    let (status, text) = if head.starts_with("POST /token") {
        count.fetch_add(1, Ordering::SeqCst);
        asked.lock().unwrap().push(String::from_utf8(body).unwrap());
        (
            "200 OK",
            format!(r#"{{"access_token":"{good}","expires_in":3600,"token_type":"Bearer"}}"#),
        )
    } else if head.contains(&format!("access_token={good} ")) {
        ("200 OK", r#"{"user":"amt","expires_in":3600}"#.to_owned())
    } else {
        ("401 Unauthorized", r#"{"error":"invalid_token"}"#.to_owned())
    };
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
    reader.get_mut().write_all(answer.as_bytes()).ok();
}

fn mailbox(post: &Post, more: &str) -> Arc<dyn Source> {
    let (ca, port) = (post.ca_file.display(), post.imaps_port);
    let text = format!(
        "host = \"localhost\"\nport = {port}\nca_file = \"{ca}\"\nuser = \"amt\"\ndone = \"nothing\"\n{more}"
    );
    open("imap", &text).source.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_another_program_keeps_fresh_is_read_for_every_connection() {
    let authority = Authority::start();
    let (mut post, _config) = authority.post();
    post.append("amt", "INBOX", MAIL);
    let token = tempfile::NamedTempFile::new().unwrap();
    for auth in ["xoauth2", "oauthbearer"] {
        *authority.good.lock().unwrap() = "marke-1".to_owned();
        std::fs::write(token.path(), "abgelaufen\n").unwrap();
        let more =
            format!("auth = \"{auth}\"\ntoken = {{ file = \"{}\" }}", token.path().display());
        let source = mailbox(&post, &more);
        let error = source.poll(&Ledger::default(), 9).await.unwrap_err().to_string();
        assert!(error.contains("cannot reach") && !error.contains("abgelaufen"), "{error}");
        std::fs::write(token.path(), "marke-1\n").unwrap();
        assert_eq!(source.poll(&Ledger::default(), 9).await.unwrap().len(), 1, "{auth}");
        *authority.good.lock().unwrap() = "marke-2".to_owned();
        std::fs::write(token.path(), "marke-2").unwrap();
        tokio::task::block_in_place(|| post.restart_imap());
        assert_eq!(source.poll(&Ledger::default(), 9).await.unwrap().len(), 1, "{auth}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_asked_for_once_and_again_when_it_is_not_taken_any_more() {
    let authority = Authority::start();
    let (mut post, _config) = authority.post();
    post.append("amt", "INBOX", MAIL);
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "ge&heim\n").unwrap();
    let more = format!(
        "auth = \"xoauth2\"\n[oauth]\ntoken_url = \"http://127.0.0.1:{}/token\"\nclient_id = \"vorlage\"\nclient_secret = {{ file = \"{}\" }}\nscope = \"https://mail.example/.default\"",
        authority.port,
        secret.path().display()
    );
    let source = mailbox(&post, &more);
    for _ in 0..2 {
        assert_eq!(source.poll(&Ledger::default(), 9).await.unwrap().len(), 1);
        tokio::task::block_in_place(|| post.restart_imap());
    }
    assert_eq!(authority.handed_out.load(Ordering::SeqCst), 1, "it is kept until it ends");
    let form = authority.asked.lock().unwrap()[0].clone();
    assert_eq!(
        form,
        "grant_type=client_credentials&client_id=vorlage&client_secret=ge%26heim&scope=https%3A%2F%2Fmail.example%2F.default"
    );
    *authority.good.lock().unwrap() = "marke-2".to_owned();
    tokio::task::block_in_place(|| post.restart_imap());
    assert_eq!(source.poll(&Ledger::default(), 9).await.unwrap().len(), 1);
    assert_eq!(authority.handed_out.load(Ordering::SeqCst), 2);
}

#[test]
fn a_token_from_nowhere_and_one_over_an_open_line_are_mistakes() {
    let base = "kind = \"imap\"\nhost = \"mail.stadt.example\"\nuser = \"a\"\n";
    let oauth =
        "auth = \"xoauth2\"\n[oauth]\nclient_id = \"x\"\nclient_secret = { file = \"x\" }\n";
    for (more, codes) in [
        ("", vec!["E0205"]),
        ("auth = \"xoauth2\"\n", vec!["E0205"]),
        ("auth = \"xoauth2\"\npassword = { file = \"x\" }\n", vec!["E0205"]),
        ("auth = \"oauthbearer\"\ntoken = { file = \"x\" }\n", vec![]),
        (&format!("{oauth}token_url = \"https://login.example/token\"\n"), vec![]),
        (&format!("{oauth}token_url = \"http://login.example/token\"\n"), vec!["E0204"]),
    ] {
        let kind = vorlage::connectors::find("imap").unwrap();
        let found = (kind.check)("connectors/x.toml", &format!("{base}{more}"));
        assert_eq!(found.iter().map(|it| it.code).collect::<Vec<_>>(), codes, "{more}");
    }
}
