//! What a reader can do that a stranger's file has taken over: nothing, and every attempt has a name.

use std::path::PathBuf;

use vorlage::config::Limits;
use vorlage::domain::Problem;
use vorlage::parse::{Parser, Walls};

fn parser() -> Parser {
    let limits = Limits { parse_seconds: 2, parse_memory_mb: 512, ..Limits::default() };
    Parser { program: PathBuf::from(env!("CARGO_BIN_EXE_vorlage")), limits }
}

async fn check(what: &str, code: &str, says: &str) {
    check_one_of(what, &[(code, says)]).await;
}

/// The end may come in several ways; each has its code and its words.
async fn check_one_of(what: &str, ends: &[(&str, &str)]) {
    let Problem { code, detail } = parser().misdeed(what).await.unwrap_err();
    let is_known = ends.iter().any(|(end, says)| code == *end && detail.contains(says));
    assert!(is_known, "{what}: {code}: {detail}");
    let after = parser().parse("brief.txt", b"Guten Tag, alles gut".to_vec()).await;
    assert_eq!(after.documents[0].text, "Guten Tag, alles gut", "after `{what}`");
}

#[tokio::test]
async fn files_are_refused() {
    for what in
        ["read a file", "list a folder", "read its own memory map", "write a file", "remove a file"]
    {
        check(what, "P0102", "refused: permission denied").await;
    }
}

#[tokio::test]
async fn who_tries_the_network_a_program_or_another_process_is_ended() {
    for what in
        ["connect", "send a datagram", "become a program", "start a program", "send a signal"]
    {
        check(what, "P0108", "tried what no reader does").await;
    }
}

#[tokio::test]
async fn memory_and_stack_have_an_end_that_names_its_setting() {
    check("use all memory", "P0105", "512 MB of memory (`parse_memory_mb`)").await;
    check("recurse without end", "P0105", "nested too deeply").await;
}

#[tokio::test]
async fn threads_have_an_end() {
    // Each takes memory for its stack, so that the limit of memory is one of threads too. Either the
    // stack is what there is no room for, or the few bytes that the program itself keeps of a thread.
    let memory = "512 MB of memory (`parse_memory_mb`)";
    check_one_of("start threads without end", &[("P0102", "refused"), ("P0105", memory)]).await;
}

#[tokio::test]
async fn time_has_an_end_that_names_its_setting() {
    check("compute without end", "P0104", "longer than 2 seconds (`parse_seconds`)").await;
    check("wait without end", "P0104", "9 seconds by the clock (twice `parse_seconds` and 5)")
        .await;
}

#[tokio::test]
async fn ten_gigabytes_of_answer_are_not_taken() {
    check("flood standard output", "P0109", "more than 64 MB").await;
    check("flood standard error", "P0102", "refused: broken pipe").await;
}

#[tokio::test]
async fn a_machine_with_a_newer_kernel_has_all_walls() {
    let walls = parser().walls().await.unwrap();
    assert!(walls.calls, "{walls:?}");
    // Where the kernel has Landlock it must be used; a machine without says so in `vorlage doctor`.
    let has_landlock = std::fs::read_to_string("/sys/kernel/security/lsm")
        .map_or(walls.files, |list| list.contains("landlock"));
    assert_eq!(walls.files, has_landlock, "{walls:?}");
    assert_ne!(walls, Walls::default());
    assert_eq!(parser().misdeed("nothing").await.unwrap(), b"nothing tried");
}
