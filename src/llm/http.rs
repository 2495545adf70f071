//! HTTP clients with time limits. Every client of the program is made here.

use std::time::Duration;

use reqwest::redirect::Policy;

/// What a client may do.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest wait for a connection.
    pub connect: Duration,
    /// The longest silence of the other side while it answers.
    pub silence: Duration,
    /// The longest time for a whole answer; `None` for downloads.
    pub total: Option<Duration>,
    /// How many redirects it follows.
    pub redirects: usize,
    /// Whether it goes through the proxy of the environment (`https_proxy`, …).
    pub proxy: bool,
}

impl Limits {
    /// For a server in the house: straight to it, no redirects.
    pub fn inside(total: Duration) -> Self {
        let connect = Duration::from_secs(5).min(total);
        Self { connect, silence: total, total: Some(total), redirects: 0, proxy: false }
    }

    /// For a download: as long as bytes come.
    pub fn download(connect: Duration) -> Self {
        let silence = Duration::from_secs(30);
        Self { connect, silence, total: None, redirects: 5, proxy: true }
    }
}

/// A client that keeps these limits; TLS by rustls with the machine's own certificates.
///
/// # Errors
/// When the machine's certificates cannot be read.
pub fn client(limits: Limits) -> Result<reqwest::Client, reqwest::Error> {
    // A second call finds the provider already there, which is as good.
    rustls::crypto::ring::default_provider().install_default().ok();
    let redirects = match limits.redirects {
        0 => Policy::none(),
        most => Policy::limited(most),
    };
    let mut builder = reqwest::Client::builder()
        .connect_timeout(limits.connect)
        .read_timeout(limits.silence)
        .redirect(redirects)
        .user_agent(concat!("vorlage/", env!("CARGO_PKG_VERSION")));
    if let Some(total) = limits.total {
        builder = builder.timeout(total);
    }
    if !limits.proxy {
        builder = builder.no_proxy();
    }
    builder.build()
}
