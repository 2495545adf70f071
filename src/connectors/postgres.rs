//! The store for several daemons or machines: a PostgreSQL database.

use std::path::PathBuf;
use std::sync::Arc;

use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::settings::{self, Checking, Security, path_in};
use super::{Ability, Connector, Error, Kind, Place, net, secrets};
use crate::config::{self, Secret};
use crate::store::{self, Postgres, Server};

/// A name is also part of the name of a channel, and PostgreSQL cuts names at 63 bytes.
const LONGEST_NAME: usize = 50;

pub(super) const KIND: Kind = Kind {
    name: "postgres",
    purpose: "Keeps items, journals and bytes in a PostgreSQL database that several daemons may share.",
    example: r#"kind = "postgres"
host = "db.stadt.example"
database = "vorlage"
user = "vorlage"
password = { credential = "postgres-password" }
"#,
    abilities: &[Ability::Store],
    check: |file, text| settings::mistakes::<Settings>(file, text, check),
    schema: config::schema_of::<Settings>,
    open,
};

/// One file in `connectors/` with `kind = "postgres"`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// `postgres`.
    #[schemars(extend("const" = "postgres"))]
    #[expect(
        dead_code,
        reason = "read by the loader; named here because unknown keys are refused"
    )]
    kind: String,
    /// The server's name, as in its certificate; or the folder of a unix socket, such as `/run/postgresql`.
    host: String,
    /// The port, which is also part of the socket's name.
    #[serde(default = "usual_port")]
    port: u16,
    /// `tls`, or `none` for a server on this machine. A unix socket needs none.
    #[serde(default)]
    security: Security,
    /// The database; its encoding is `UTF8`.
    #[serde(default = "vorlage")]
    database: String,
    /// The role to sign in as. It owns the schema, or may make it.
    #[serde(default = "vorlage")]
    user: String,
    /// Where the role's password lies; none where the server knows us otherwise (`peer`).
    password: Option<Secret>,
    /// The schema with the tables: letters, digits and `_`. Several offices in one database have one each.
    #[serde(default = "vorlage")]
    schema: String,
    /// Certificates (PEM) that are trusted beside the system's own, for an office with its own authority.
    ca_file: Option<PathBuf>,
    /// As many connections one daemon has at most, apart from one that hears of others' work.
    #[serde(default = "eight")]
    connections: u64,
}

impl Settings {
    fn is_socket(&self) -> bool {
        self.host.starts_with('/')
    }
}

fn usual_port() -> u16 {
    5432
}

fn vorlage() -> String {
    "vorlage".to_owned()
}

fn eight() -> u64 {
    8
}

fn check(settings: &Settings, found: &mut Checking<'_, Settings>) {
    if settings.security == Security::Starttls {
        found
            .wrong("E0205", &["security"], "PostgreSQL has no `starttls`".to_owned())
            .hint("use `security = \"tls\"`");
    }
    if !settings.is_socket() {
        found.line_is_safe(&settings.host, settings.security);
    }
    found.not_empty("host", &settings.host);
    found.not_empty("database", &settings.database);
    found.not_empty("user", &settings.user);
    found.at_least_one("connections", settings.connections);
    if !is_plain_name(&settings.schema) {
        let message = format!("`{}` is no plain name", settings.schema);
        found
            .wrong("E0205", &["schema"], message)
            .hint("use small letters, digits and `_`, beginning with a letter, at most 50 of them");
    }
}

fn is_plain_name(name: &str) -> bool {
    let plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
    name.starts_with(|it: char| it.is_ascii_lowercase())
        && name.chars().all(plain)
        && name.len() <= LONGEST_NAME
}

fn open(name: &str, text: &str, place: &Place) -> Result<Connector, Error> {
    let settings: Settings = settings::read(name, text)?;
    let is_open = settings.is_socket() || settings.security == Security::None;
    let ca_file = settings.ca_file.as_ref().map(|file| path_in(place, file));
    let tls = if is_open { None } else { Some(net::tls(ca_file.as_deref())?) };
    let password = settings.password.map(|secret| -> store::Password {
        let place = place.clone();
        Arc::new(move || {
            let read = secrets::read(&secret, &place).map_err(|error| error.to_string())?;
            Ok(read.expose_secret().to_owned())
        })
    });
    let server = Server {
        host: settings.host,
        port: settings.port,
        database: settings.database,
        user: settings.user,
        password,
        schema: settings.schema,
        tls,
        connections: usize::try_from(settings.connections).unwrap_or(usize::MAX),
    };
    let store = Postgres::new(server)
        .map_err(|error| Error::Refused { place: name.to_owned(), why: error.to_string() })?;
    Ok(Connector { store: Some(Arc::new(store)), ..Connector::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::render;

    #[test]
    fn a_line_that_is_not_safe_and_settings_that_cannot_work_are_told() {
        let file = "connectors/store.toml";
        let text = "kind = \"postgres\"\nhost = \"db.stadt.example\"\nsecurity = \"none\"\nschema = \"Amt 1\"\n";
        let files = std::collections::BTreeMap::from([(file.to_owned(), text.to_owned())]);
        insta::assert_snapshot!(render(&(KIND.check)(file, text), &files, false), @r#"
        error[E0204]: the connection to `db.stadt.example` would not be encrypted
         --> connectors/store.toml:3:12
          |
        3 | security = "none"
          |            ^^^^^^
          |
          = hint: use `security = "tls"` or `"starttls"`; `"none"` is for this machine only

        error[E0205]: `Amt 1` is no plain name
         --> connectors/store.toml:4:10
          |
        4 | schema = "Amt 1"
          |          ^^^^^^^
          |
          = hint: use small letters, digits and `_`, beginning with a letter, at most 50 of them
        "#);
    }

    #[test]
    fn a_socket_and_this_machine_need_no_encryption() {
        for host in ["/run/postgresql", "localhost", "::1"] {
            let text = format!("kind = \"postgres\"\nhost = \"{host}\"\nsecurity = \"none\"\n");
            assert_eq!((KIND.check)("connectors/store.toml", &text), []);
        }
    }
}
