//! The share as a source, on a real disk.

use std::fs;
use std::time::{Duration, Instant};

use super::{Ledger, open};

#[tokio::test(flavor = "multi_thread")]
async fn a_file_waits_until_it_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Scan 1.pdf");
    fs::write(&path, "halb").unwrap();
    fs::write(folder.path().join("Scan 2.pdf.part"), "halb").unwrap();
    let text = |more: &str| format!("path = \"{}\"\n{more}", folder.path().display());
    let source = open("share", &text("settle_seconds = 0\n")).source.unwrap();
    let known = Ledger::default();
    assert!(source.poll(&known, 9).await.unwrap().is_empty(), "it was seen only once");
    fs::write(&path, "halb und ganz").unwrap();
    assert!(source.poll(&known, 9).await.unwrap().is_empty(), "it grew");
    let arrivals = source.poll(&known, 9).await.unwrap();
    assert_eq!((arrivals.len(), arrivals[0].bytes.as_slice()), (1, &b"halb und ganz"[..]));
    assert_eq!(arrivals[0].name, "Scan 1.pdf");
    known.accept(&arrivals);
    for _ in 0..2 {
        source.acknowledge(&arrivals[0].origin, &"i".into()).await.unwrap();
    }
    assert!(source.poll(&known, 9).await.unwrap().is_empty());
    assert!(folder.path().join("processed/Scan 1.pdf").exists() && !path.exists());
    // The same name again is another arrival.
    fs::write(&path, "neu").unwrap();
    source.poll(&known, 9).await.unwrap();
    let arrivals = source.poll(&known, 9).await.unwrap();
    assert_eq!(arrivals.len(), 1);
    // It is stored, and the daemon ends before it is acknowledged: the next look makes up for it.
    known.accept(&arrivals);
    assert!(source.poll(&known, 9).await.unwrap().is_empty() && !path.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_file_ends_the_wait() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("path = \"{}\"\npoll_seconds = 60", folder.path().display());
    let source = open("share", &text).source.unwrap();
    // The first wait begins to listen; what it may have missed is found by the next look.
    source.wait(Duration::from_millis(1)).await;
    fs::write(folder.path().join("a.pdf"), "a").unwrap();
    let begin = Instant::now();
    source.wait(Duration::from_secs(60)).await;
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_is_left_as_it_is_or_emptied_as_the_office_wants() {
    for (done, stays) in [("keep", true), ("delete", false)] {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("Fax")).unwrap();
        let path = folder.path().join("Fax/Grüße 100 %.pdf");
        fs::write(&path, "x").unwrap();
        let text = format!(
            "path = \"{}\"\nsettle_seconds = 0\nsubfolders = true\ndone = \"{done}\"",
            folder.path().display()
        );
        let (source, known) = (open("share", &text).source.unwrap(), Ledger::default());
        source.poll(&known, 9).await.unwrap();
        let arrivals = source.poll(&known, 9).await.unwrap();
        known.accept(&arrivals);
        source.acknowledge(&arrivals[0].origin, &"i".into()).await.unwrap();
        assert_eq!(path.exists(), stays, "{done}");
        assert!(source.poll(&known, 9).await.unwrap().is_empty());
        // A new start knows it again by what was remembered.
        let again = open("share", &text).source.unwrap();
        again.poll(&known, 9).await.unwrap();
        assert!(again.poll(&known, 9).await.unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_files_come_in_with_few_looks() {
    const FILES: usize = 5000;
    let folder = tempfile::tempdir().unwrap();
    for number in 0..FILES {
        fs::write(folder.path().join(format!("Scan {number:04} 100 %.txt")), number.to_string())
            .unwrap();
    }
    let text = format!("path = \"{}\"\nsettle_seconds = 0\n", folder.path().display());
    let (source, known) = (open("share", &text).source.unwrap(), Ledger::default());
    let begin = Instant::now();
    let mut bodies = known.take(&source).await;
    bodies.extend(known.take(&source).await);
    assert_eq!(bodies.len(), FILES);
    assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
    assert_eq!(fs::read_dir(folder.path().join("processed")).unwrap().count(), FILES);
    assert_eq!(source.troubles(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_renamed_or_changed_while_it_settles_is_one_arrival() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("path = \"{}\"\nsettle_seconds = 0\n", folder.path().display());
    let (source, known) = (open("share", &text).source.unwrap(), Ledger::default());
    fs::write(folder.path().join("Scan.pdf.part"), "halb").unwrap();
    assert!(known.take(&source).await.is_empty());
    fs::rename(folder.path().join("Scan.pdf.part"), folder.path().join("Scan.pdf")).unwrap();
    assert!(known.take(&source).await.is_empty(), "it was seen only once under this name");
    fs::rename(folder.path().join("Scan.pdf"), folder.path().join("Brief.pdf")).unwrap();
    assert!(known.take(&source).await.is_empty());
    assert_eq!(known.take(&source).await, [b"halb"]);
    assert!(known.take(&source).await.is_empty());
}
