//! Reads a secret from where an office's file says it lies. Read anew for every connection, so that
//! a changed password is used without a restart.

use secrecy::SecretString;

use super::{Error, Place};
use crate::config::Secret;

/// The secret, without the line end an editor put behind it.
pub(super) fn read(secret: &Secret, place: &Place) -> Result<SecretString, Error> {
    let (name, path) = match (&secret.credential, &secret.file) {
        (Some(name), None) => {
            let Some(folder) = &place.credentials else {
                let why =
                    "there is no `$CREDENTIALS_DIRECTORY`; the service needs `LoadCredential=`";
                return Err(Error::Secret { name: name.clone(), why: why.to_owned() });
            };
            if name.contains('/') || name.starts_with('.') {
                let why = "the name of a credential has no `/` and no leading `.`";
                return Err(Error::Secret { name: name.clone(), why: why.to_owned() });
            }
            (name.clone(), folder.join(name))
        }
        (None, Some(file)) => (file.display().to_string(), place.office.join(file)),
        _ => {
            let why = "give either `credential` or `file`".to_owned();
            return Err(Error::Secret { name: "?".to_owned(), why });
        }
    };
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Error::Secret { name: name.clone(), why: error.to_string() })?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(Error::Secret { name, why: "it is empty".to_owned() });
    }
    Ok(SecretString::from(text))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use secrecy::ExposeSecret;

    use super::*;

    fn place(folder: &tempfile::TempDir) -> Place {
        Place {
            office: folder.path().to_owned(),
            state: PathBuf::new(),
            credentials: Some(folder.path().join("credentials")),
            program: PathBuf::new(),
            models: PathBuf::new(),
        }
    }

    fn file(name: &str) -> Secret {
        Secret { credential: None, file: Some(name.into()) }
    }

    #[test]
    fn a_secret_loses_its_line_end_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("geheim"), " süß \r\n").unwrap();
        let secret = read(&file("geheim"), &place(&folder)).unwrap();
        assert_eq!(secret.expose_secret(), " süß ");
        assert!(!format!("{secret:?}").contains("süß"));
    }

    #[test]
    fn a_credential_comes_from_the_folder_of_systemd() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("credentials")).unwrap();
        std::fs::write(folder.path().join("credentials/imap"), "x").unwrap();
        let credential = Secret { credential: Some("imap".to_owned()), file: None };
        assert_eq!(read(&credential, &place(&folder)).unwrap().expose_secret(), "x");
        let elsewhere = Secret { credential: Some("../geheim".to_owned()), file: None };
        assert!(read(&elsewhere, &place(&folder)).is_err());
    }

    #[test]
    fn a_missing_secret_is_told_with_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let error = read(&file("fehlt"), &place(&folder)).unwrap_err();
        assert!(error.to_string().starts_with("the secret `fehlt` cannot be read"), "{error}");
    }
}
