//! Lays an approved item into a folder of its own, for a program that picks files up.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;

use super::settings::{self, Checking};
use super::{Ability, Connector, Error, Kind, Output, Parcel, Receipt, files};
use crate::config;
use crate::failpoint;

pub(super) const KIND: Kind = Kind {
    name: "folder",
    purpose: "Writes the form, the original and the letter into a folder, one folder for each item.",
    example: r#"kind = "folder"
path = "/srv/fachverfahren/eingang"
"#,
    abilities: &[Ability::Output],
    check: |file, text| settings::mistakes::<Settings>(file, text, check),
    schema: config::schema_of::<Settings>,
    open: |name, text, place| {
        let settings: Settings = settings::read(name, text)?;
        let path = settings::path_in(place, &settings.path);
        let per_minute = Some(settings.per_minute);
        let output: Arc<dyn Output> = Arc::new(Folder { path });
        Ok(Connector { output: Some(output), per_minute, ..Connector::default() })
    },
};

/// A folder that approved items are written to.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// `folder`.
    #[schemars(extend("const" = "folder"))]
    #[expect(
        dead_code,
        reason = "read by the loader; named here because unknown keys are refused"
    )]
    kind: String,
    /// The folder; a relative path starts at the office. Each item gets a folder in it with `form.json`,
    /// the original and the letter. It appears complete or not at all.
    path: PathBuf,
    /// The most deliveries a minute. More wait for their turn, in order; after a quiet time a sixth of them may go
    /// at once.
    #[serde(default = "settings::per_minute_here")]
    per_minute: u32,
}

fn check(settings: &Settings, found: &mut Checking<'_, Settings>) {
    found.at_least_one("per_minute", settings.per_minute.into());
    found.not_empty("path", &settings.path.to_string_lossy());
}

struct Folder {
    path: PathBuf,
}

#[async_trait]
impl Output for Folder {
    async fn send(&self, parcel: &Parcel) -> Result<Receipt, Error> {
        let contents = contents(parcel)?;
        let part =
            self.path.join(format!(".part-{}", files::safe_name(&parcel.key.replace('/', "-"))));
        let target = self.path.join(files::safe_name(&parcel.item.0));
        files::blocking(&self.path, move || {
            let done = deliver(&contents, &part, &target);
            done.map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => Error::Refused {
                    place: target.display().to_string(),
                    why: "there is something else in this folder".to_owned(),
                },
                _ => files::failed(&target, &error),
            })?;
            Ok(Receipt(target.display().to_string()))
        })
        .await
    }
}

/// The files by name. Two of the same name are told apart by a number.
fn contents(parcel: &Parcel) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let form = serde_json::to_vec_pretty(&parcel.form).map_err(|error| Error::Refused {
        place: "form.json".to_owned(),
        why: error.to_string(),
    })?;
    let mut contents = BTreeMap::from([("form.json".to_owned(), form)]);
    let attached = parcel.mail.iter().flat_map(|mail| &mail.files);
    for file in parcel.original.iter().chain(&parcel.files).chain(attached) {
        let plain = files::safe_name(&file.name);
        if contents.get(&plain).is_some_and(|there| *there == file.bytes) {
            continue;
        }
        let names =
            std::iter::once(plain.clone()).chain((2..).map(|number| format!("{number}-{plain}")));
        let free = names.into_iter().find(|name| !contents.contains_key(name)).unwrap_or(plain);
        contents.insert(free, file.bytes.clone());
    }
    Ok(contents)
}

fn deliver(contents: &BTreeMap<String, Vec<u8>>, part: &Path, target: &Path) -> io::Result<()> {
    if target.exists() {
        return if holds(target, contents)? {
            Ok(())
        } else {
            Err(io::ErrorKind::AlreadyExists.into())
        };
    }
    if part.exists() {
        fs::remove_dir_all(part)?;
    }
    fs::create_dir_all(part)?;
    for (name, bytes) in contents {
        files::write(&part.join(name), bytes)?;
    }
    failpoint::io("folder.written")?;
    files::sync_folder(part)?;
    failpoint::io("folder.synced")?;
    fs::rename(part, target)?;
    failpoint::io("folder.renamed")?;
    files::sync_folder(target.parent().unwrap_or(Path::new(".")))
}

/// Whether a folder has these files; others that were laid beside them do not matter.
fn holds(folder: &Path, contents: &BTreeMap<String, Vec<u8>>) -> io::Result<bool> {
    for (name, bytes) in contents {
        match fs::read(folder.join(name)) {
            Ok(there) if there == *bytes => {}
            Ok(_) => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::File;

    fn parcel() -> Parcel {
        let file = |name: &str, text: &str| File {
            name: name.to_owned(),
            media_type: "text/plain".to_owned(),
            bytes: text.as_bytes().to_vec(),
        };
        Parcel {
            key: "item-1/ablage".to_owned(),
            item: "item-1".into(),
            form: serde_json::json!({ "halter": "Müller" }),
            files: vec![
                file("Brief.docx", "Brief"),
                file("form.json", "fremd"),
                file("../../x", "x"),
            ],
            original: Some(file("Brief.docx", "Original")),
            ..Parcel::default()
        }
    }

    #[tokio::test]
    async fn a_parcel_sent_twice_is_one_folder() {
        let folder = tempfile::tempdir().unwrap();
        let output = Folder { path: folder.path().join("eingang") };
        // What a crash left behind does not stop the next try.
        fs::create_dir_all(folder.path().join("eingang/.part-item-1-ablage")).unwrap();
        fs::write(folder.path().join("eingang/.part-item-1-ablage/form.json"), "halb").unwrap();
        let first = output.send(&parcel()).await.unwrap();
        assert_eq!(output.send(&parcel()).await.unwrap(), first);
        let names = |path: &Path| {
            let entries = fs::read_dir(path).unwrap().map(|it| it.unwrap().file_name());
            let mut names: Vec<String> =
                entries.map(|it| it.to_string_lossy().into_owned()).collect();
            names.sort();
            names
        };
        assert_eq!(names(&output.path), ["item-1"]);
        let expected = ["2-Brief.docx", "2-form.json", "Brief.docx", "form.json", "x"];
        assert_eq!(names(&output.path.join("item-1")), expected);
        assert_eq!(fs::read_to_string(output.path.join("item-1/Brief.docx")).unwrap(), "Original");
    }

    #[tokio::test]
    async fn a_folder_with_something_else_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let output = Folder { path: folder.path().to_owned() };
        fs::create_dir(folder.path().join("item-1")).unwrap();
        fs::write(folder.path().join("item-1/form.json"), "anders").unwrap();
        let error = output.send(&parcel()).await.unwrap_err();
        assert!(matches!(error, Error::Refused { .. }), "{error}");
        assert_eq!(fs::read_to_string(folder.path().join("item-1/form.json")).unwrap(), "anders");
    }
}
