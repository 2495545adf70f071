//! What keeps strangers out: headers, the check that a form is ours, and who may see what.

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::failure::Failure;
use crate::config::Office;
use crate::domain::QueueName;
use crate::store::records::{Item, State};

/// Nothing but our own files, and no script or style inside a page (CSP level 3).
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; \
    form-action 'self'; \
    frame-ancestors 'none'; base-uri 'none'";

static HEADERS: [(HeaderName, &str); 7] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// For a stranger's HTML in a frame of our page: nothing runs, nothing is loaded, nothing is known
/// about where it stands.
const FRAME_POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; \
    img-src data:; form-action 'none'; frame-ancestors 'self'; base-uri 'none'";

/// Marks an answer that is a stranger's HTML for a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Framed;

/// Sets the headers that protect every answer. What says nothing about caching is not kept.
pub(super) async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let is_framed = response.extensions().get::<Framed>().is_some();
    let headers = response.headers_mut();
    for (name, value) in &HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_framed {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(FRAME_POLICY));
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Refuses a form that another site sends (Fetch Metadata; `Origin` for browsers without it).
pub(super) async fn only_our_own_forms(request: Request, next: Next) -> Response {
    if !request.method().is_safe() && !is_ours(request.headers()) {
        return Failure::StrangeForm.into_response();
    }
    next.run(request).await
}

fn is_ours(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site.as_bytes() == b"same-origin";
    }
    let Some(origin) = headers.get(ORIGIN).and_then(|it| it.to_str().ok()) else { return true };
    // Under `no-referrer` a browser hides the origin of our own forms too (Fetch, section 3.2.5);
    // then the token in the form decides alone.
    if origin == "null" {
        return true;
    }
    let host = headers.get(HOST).and_then(|it| it.to_str().ok());
    origin.split_once("://").map(|it| it.1) == host
}

/// Whether two secrets are the same, in a time that does not tell where they differ.
pub(super) fn same_secret(one: &str, other: &str) -> bool {
    // Comparing two `blake3::Hash` takes constant time.
    blake3::hash(one.as_bytes()) == blake3::hash(other.as_bytes())
}

/// Whether somebody who sees the queues that `sees` tells may see an item: that of the queue in
/// which it waits; else one of those its class is approved in, or the post room's.
pub(super) fn may_see(office: &Office, item: &Item, sees: impl Fn(&QueueName) -> bool) -> bool {
    if let State::Waiting(queue) = &item.state {
        return sees(queue);
    }
    let class = item.class.as_ref().and_then(|name| office.class(name));
    let steps = class.map(|(_, class)| class.approvals.as_slice()).unwrap_or_default();
    sees(&office.settings.post_room) || steps.iter().any(|step| sees(&step.queue))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn a_form_of_another_site_is_refused() {
        assert!(is_ours(&headers(&[("sec-fetch-site", "same-origin")])));
        assert!(!is_ours(&headers(&[("sec-fetch-site", "cross-site")])));
        assert!(!is_ours(&headers(&[("sec-fetch-site", "same-site")])));
        let other = [("origin", "http://evil.example"), ("host", "127.0.0.1:8420")];
        assert!(!is_ours(&headers(&other)));
        let ours = [("origin", "http://127.0.0.1:8420"), ("host", "127.0.0.1:8420")];
        assert!(is_ours(&headers(&ours)));
    }

    #[test]
    fn secrets_are_the_same_only_when_every_letter_is() {
        assert!(same_secret("abc", "abc"));
        assert!(!same_secret("abc", "abd"));
        assert!(!same_secret("abc", ""));
    }
}
