//! Shares that do not let us do everything, and shares with two offices at them.

use std::fs;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use landlock::{
    ABI, AccessFs, BitFlags, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr,
};
use vorlage::connectors::Source;

use super::{Ledger, open};

fn share(path: &Path, more: &str) -> Arc<dyn Source> {
    let text =
        format!("path = \"{}\"\nsettle_seconds = 0\npoll_seconds = 1\n{more}", path.display());
    open("share", &text).source.unwrap()
}

/// Runs a test on threads that may do some things with files only beneath `allowed`: file permissions would not
/// stop root, and this does.
fn without(
    rights: BitFlags<AccessFs>,
    allowed: &[&Path],
    test: impl Future<Output = ()> + Send + 'static,
) {
    let allowed: Vec<PathBuf> = allowed.iter().map(|it| it.to_path_buf()).collect();
    let running = std::thread::spawn(move || {
        let mut ruleset = Ruleset::default().handle_access(rights).unwrap().create().unwrap();
        for path in allowed {
            let folder = PathFd::new(path).unwrap();
            ruleset = ruleset.add_rule(PathBeneath::new(folder.as_fd(), rights)).unwrap();
        }
        ruleset.restrict_self().unwrap();
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
    });
    if let Err(panic) = running.join() {
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn a_share_that_may_only_be_read_is_told_and_gives_each_file_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    for done in ["move", "delete"] {
        let path = path.clone();
        fs::write(path.join("a.pdf"), "eins").unwrap();
        let writing = AccessFs::from_write(ABI::V1);
        without(writing, &[], async move {
            let (source, known) = (share(&path, &format!("done = \"{done}\"")), Ledger::default());
            known.take(&source).await;
            assert_eq!(known.take(&source).await, [b"eins"], "{done}");
            for _ in 0..3 {
                assert!(known.take(&source).await.is_empty(), "{done}");
            }
            let troubles = source.troubles();
            assert!(troubles[0].contains("cannot be moved or deleted"), "{troubles:?}");
            // Nor does a new start take it again.
            let again = share(&path, &format!("done = \"{done}\""));
            known.take(&again).await;
            assert!(known.take(&again).await.is_empty() && path.join("a.pdf").exists());
        });
    }
    // Somebody else writes into it all the same, and it may be written to later.
    fs::write(path.join("b.pdf"), "zwei").unwrap();
    let (source, known) = (share(&path, ""), Ledger::default());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        known.take(&source).await;
        assert_eq!(known.take(&source).await.len(), 2);
    });
    assert_eq!(source.troubles(), [""; 0]);
}

#[test]
fn a_file_that_cannot_be_read_keeps_no_other_waiting_and_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let (path, safe) = (folder.path().to_owned(), folder.path().join("Safe"));
    for place in [&path, &safe, &path.join("Fax")] {
        fs::create_dir_all(place).unwrap();
        fs::write(place.join("a.pdf"), place.file_name().unwrap().as_encoded_bytes()).unwrap();
    }
    let fax = path.join("Fax");
    without(AccessFs::ReadFile.into(), &[&path.join("Fax")], async move {
        let source = share(&path, "subfolders = true\ndone = \"keep\"");
        let known = Ledger::default();
        known.take(&source).await;
        assert_eq!(known.take(&source).await, [b"Fax"]);
        assert!(known.take(&source).await.is_empty());
        let troubles = source.troubles();
        assert!(troubles[0].starts_with("2 files cannot be read"), "{troubles:?}");
        // Where it may be read, it comes in.
        fs::write(fax.join("b.pdf"), "Safe").unwrap();
        fs::remove_file(safe.join("a.pdf")).unwrap();
        for _ in 0..2 {
            known.take(&source).await;
        }
        assert!(source.troubles()[0].starts_with("1 files"), "{:?}", source.troubles());
        assert_eq!(known.0.lock().unwrap().len(), 2);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn two_offices_share_a_folder_and_each_file_is_an_item_of_one() {
    const FILES: usize = 300;
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("Fax")).unwrap();
    let name = |number: usize| match number % 3 {
        0 => format!("Fax/{number}.pdf"),
        _ => format!("{number}.pdf"),
    };
    for number in 0..FILES {
        fs::write(folder.path().join(name(number)), number.to_string()).unwrap();
    }
    let office =
        |name: &str| share(folder.path(), &format!("subfolders = true\nclaim = \"{name}\""));
    let (north, south) = (office("nord"), office("sued"));
    let (northern, southern) = (Ledger::default(), Ledger::default());
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for _ in 0..60 {
        let (a, b) = tokio::join!(north.poll(&northern, 5), south.poll(&southern, 5));
        let (a, b) = (a.unwrap(), b.unwrap());
        northern.accept(&a);
        southern.accept(&b);
        first.extend(a.into_iter().map(|it| it.bytes));
        second.extend(b.into_iter().map(|it| it.bytes));
    }
    // Both end before anything is acknowledged, and start again.
    let (north, south) = (office("nord"), office("sued"));
    for _ in 0..3 {
        first.extend(northern.take(&north).await);
        second.extend(southern.take(&south).await);
        tokio::join!(north.wait(Duration::from_millis(10)), south.wait(Duration::from_millis(10)));
    }
    assert!(!first.is_empty() && !second.is_empty(), "{} and {}", first.len(), second.len());
    let mut all: Vec<String> =
        [first, second].concat().into_iter().map(|it| String::from_utf8(it).unwrap()).collect();
    all.sort();
    let mut expected: Vec<String> = (0..FILES).map(|it| it.to_string()).collect();
    expected.sort();
    assert_eq!(all, expected);
    for number in 0..FILES {
        assert!(folder.path().join("processed").join(name(number)).exists());
    }
    assert_eq!(north.inventory().await.unwrap().len(), 0);
}
