//! The two cookies: who is signed in, and the language of somebody who is not.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;

/// Holds the language chosen with `?lang=`.
pub(super) const LANGUAGE: &str = "vorlage-lang";

/// The name of the cookie that holds the session's secret. With `__Host-` the browser itself sees
/// to it that no other host has set it (RFC 6265bis, section 4.1.3.2).
pub(super) fn session_name(behind_tls: bool) -> &'static str {
    if behind_tls { "__Host-vorlage" } else { "vorlage" }
}

/// The value of a cookie in a request.
pub(super) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(key, value)| (key.trim(), value.trim()))
        .find(|(key, _)| *key == name)
        .map(|it| it.1)
}

/// The header that sets the session's cookie, or ends it when the secret is empty.
pub(super) fn session(secret: &str, behind_tls: bool) -> String {
    let name = session_name(behind_tls);
    let secure = if behind_tls { "; Secure" } else { "" };
    let end = if secret.is_empty() { "; Max-Age=0" } else { "" };
    format!("{name}={secret}; Path=/; HttpOnly; SameSite=Strict{secure}{end}")
}

/// The header that remembers a language for a year.
pub(super) fn language(code: &str, behind_tls: bool) -> String {
    let secure = if behind_tls { "; Secure" } else { "" };
    format!("{LANGUAGE}={code}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_and_only_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, "xvorlage=1; vorlage=abc ; other=2".parse().unwrap());
        assert_eq!(read(&headers, "vorlage"), Some("abc"));
        assert_eq!(read(&headers, "orlage"), None);
    }

    #[test]
    fn behind_tls_the_cookie_is_secure_and_bound_to_the_host() {
        let cookie = session("s", true);
        assert!(cookie.starts_with("__Host-vorlage=s; Path=/; HttpOnly; SameSite=Strict; Secure"));
        assert!(!session("s", false).contains("Secure"));
    }
}
