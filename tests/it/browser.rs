//! The pages in a real Chromium: sign in, correct, approve, with the mouse and with keys alone, and no violation of WCAG 2.2 AA.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::support::program;

#[test]
fn a_person_works_at_the_desk_in_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let listen = format!("127.0.0.1:{port}");
    let mut demo = program()
        .args(["demo", "--model", "small", "--password", "zehn-zeichen-lang", "--listen", &listen])
        .arg("--dir")
        .arg(folder.path().join("office"))
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(demo.stderr.take().unwrap()).lines();
    let laid =
        lines.map_while(Result::ok).any(|line| line.contains("Every item has reached its queue"));
    let seen = Command::new("node")
        .arg("tests/browser/desk.mjs")
        .env("BASE_URL", format!("http://{listen}"))
        .env("USER_NAME", "demo")
        .env("PASSWORD", "zehn-zeichen-lang")
        .output();
    let stopped = demo.kill().and_then(|()| demo.wait());
    assert!(laid, "the demo ended before every item had reached its queue");
    stopped.unwrap();
    let seen = seen.unwrap();
    let told = String::from_utf8_lossy(&seen.stdout);
    assert!(seen.status.success(), "{told}\n{}", String::from_utf8_lossy(&seen.stderr));
    assert!(told.contains("ok"), "the browser test checked nothing: {told}");
}
