//! Connections out of this machine: TLS by rustls, with the system's authorities and the office's own.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Error;

/// How long a connection may take to be made, with its handshake.
pub(super) const CONNECT: Duration = Duration::from_secs(30);

/// A connection, encrypted or not.
pub(super) trait Io: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug> Io for T {}

/// Any connection.
pub(super) type Stream = Box<dyn Io>;

/// Whether a host is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

/// What is wrong with the address of a web server that a secret is sent to: code and message.
pub(super) fn wrong_address(url: &str) -> Option<(&'static str, String)> {
    match reqwest::Url::parse(url) {
        Err(error) => Some(("E0205", format!("`{url}` is not an address: {error}"))),
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            Some(("E0205", "an address must not hold a user or a password".to_owned()))
        }
        Ok(url) => match (url.scheme(), url.host_str()) {
            ("https", Some(_)) => None,
            ("http", Some(host)) if is_loopback(host) => None,
            ("http", Some(host)) => {
                Some(("E0204", format!("the connection to `{host}` would not be encrypted")))
            }
            _ => Some(("E0205", "the address must begin with `https://`".to_owned())),
        },
    }
}

/// Whom we trust: the system's authorities, and those in `ca_file`.
pub(super) fn tls(ca_file: Option<&Path>) -> Result<rustls::ClientConfig, Error> {
    let own = ca_file.map(certificates).transpose()?.unwrap_or_default();
    let failed = |error: rustls::Error| Error::Unreachable {
        place: "TLS".to_owned(),
        why: error.to_string(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::new_with_extra_roots(own, provider.clone()).map_err(failed)?;
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .dangerous() // The name of the builder's step; the verifier is the system's own.
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(config)
}

/// The certificates in a PEM file.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let failed = |why: String| Error::Unreachable { place: path.display().to_string(), why };
    let found: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(path).map_err(|error| failed(error.to_string()))?.collect();
    let found = found.map_err(|error| failed(error.to_string()))?;
    if found.is_empty() {
        return Err(failed("there is no certificate in it".to_owned()));
    }
    Ok(found)
}

/// A connection in clear text.
pub(super) async fn connect(host: &str, port: u16) -> Result<TcpStream, Error> {
    let failed = |why: String| Error::Unreachable { place: format!("{host}:{port}"), why };
    let stream = timeout(CONNECT, TcpStream::connect((host, port)))
        .await
        .map_err(|_| failed(format!("no answer within {} s", CONNECT.as_secs())))?
        .map_err(|error| failed(error.to_string()))?;
    stream.set_nodelay(true).map_err(|error| failed(error.to_string()))?;
    Ok(stream)
}

/// The same connection, encrypted, with a server that has proved its name.
pub(super) async fn encrypt(
    stream: Stream,
    host: &str,
    ca: Option<&Path>,
) -> Result<Stream, Error> {
    let failed = |why: String| Error::Unreachable { place: host.to_owned(), why };
    let name = ServerName::try_from(host.to_owned()).map_err(|error| failed(error.to_string()))?;
    let connector = tokio_rustls::TlsConnector::from(Arc::new(tls(ca)?));
    let stream = timeout(CONNECT, connector.connect(name, stream))
        .await
        .map_err(|_| failed("the TLS handshake takes too long".to_owned()))?
        .map_err(|error| failed(error.to_string()))?;
    Ok(Box::new(stream))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        let ours = ["localhost", "127.0.0.1", "127.8.0.1", "::1", "[::1]"];
        assert!(ours.iter().all(|host| is_loopback(host)));
        let others =
            ["mail.stadt.example", "192.168.0.1", "localhost.example.org", "127.0.0.1.example.org"];
        assert!(!others.iter().any(|host| is_loopback(host)));
    }
}
