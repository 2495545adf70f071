//! Who looks at a page, and in which language.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Query, Request, State};
use axum::http::header::{ACCEPT_LANGUAGE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::cookies;
use super::failure::Failure;
use super::words::Words;
use crate::config::Office;
use crate::engine::Desk;
use crate::locale;
use crate::store::records::User;

/// Everybody who asks for a page, signed in or not.
#[derive(Clone)]
pub(super) struct Visitor {
    /// Texts in the visitor's language.
    pub words: Words,
    /// The person, once signed in.
    pub person: Option<Person>,
    /// The office at the time of the request.
    pub office: Arc<Office>,
    /// The path of the request.
    pub path: String,
    /// The key of a message about what was just done.
    pub notice: Option<String>,
}

/// A person who is signed in.
#[derive(Clone)]
pub(super) struct Person {
    /// Who.
    pub user: User,
    /// Goes into every form.
    pub csrf: String,
    /// The cookie's secret.
    pub secret: String,
}

/// A visitor who is signed in. Pages that take one send everybody else to the sign-in.
pub(super) struct Visit {
    /// The visitor.
    pub visitor: Visitor,
    /// The person.
    pub user: User,
    /// The cookie's secret.
    pub secret: String,
}

/// What every page understands in its query.
#[derive(Default, Deserialize)]
struct Asked {
    lang: Option<String>,
    notice: Option<String>,
}

/// Finds out who asks before any page is made, and turns failures into pages of their language.
pub(super) async fn recognise(
    State(desk): State<Arc<Desk>>,
    mut request: Request,
    next: Next,
) -> Response {
    let office = desk.office();
    let behind_tls = office.settings.web.behind_tls;
    let name = cookies::session_name(behind_tls);
    let secret = cookies::read(request.headers(), name).unwrap_or("").to_owned();
    let session = if secret.is_empty() { Ok(None) } else { desk.session(&secret).await };
    let (person, broken) = match session {
        Ok(found) => (found.map(|(it, user)| Person { user, csrf: it.csrf, secret }), None),
        Err(error) => (None, Some(Failure::from(error))),
    };
    let asked = Query::<Asked>::try_from_uri(request.uri()).map(|it| it.0).unwrap_or_default();
    let chosen = asked.lang.as_deref().and_then(locale::find);
    let own = person.as_ref().and_then(|it| it.user.language.as_deref());
    let language = language(own, chosen.map(|it| it.code), request.headers());
    let language = language.unwrap_or(&office.settings.language).to_owned();
    let visitor = Visitor {
        words: Words::new(&language, &office.settings.time_zone),
        person,
        path: request.uri().path().to_owned(),
        notice: asked.notice,
        office,
    };
    request.extensions_mut().insert(visitor.clone());
    let mut response = match broken {
        Some(failure) => failure.into_response(),
        None => next.run(request).await,
    };
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        response = failure.page(&visitor);
    }
    let cookie = chosen.map(|it| HeaderValue::try_from(cookies::language(it.code, behind_tls)));
    if let Some(Ok(cookie)) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The person's own setting, else what was just or once chosen, else what the browser prefers.
fn language<'a>(
    own: Option<&'a str>,
    chosen: Option<&'a str>,
    headers: &'a HeaderMap,
) -> Option<&'a str> {
    let kept = || cookies::read(headers, cookies::LANGUAGE).filter(|it| locale::find(it).is_some());
    own.or(chosen).or_else(kept).or_else(|| preferred(headers))
}

/// The first language of `Accept-Language` that we have. Browsers send them best first.
fn preferred(headers: &HeaderMap) -> Option<&str> {
    let line = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    let tags = line.split(',').filter_map(|part| part.split(';').next()).map(str::trim);
    tags.into_iter().find(|tag| locale::find(tag).is_some())
}

/// The page for an address that does not exist.
pub(super) async fn nothing_here() -> Failure {
    Failure::NotFound
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts.extensions.get::<Self>().cloned().ok_or(Failure::NotFound)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let visitor = parts.extensions.get::<Visitor>().cloned();
        let visitor = visitor.ok_or(Failure::NotFound).map_err(Failure::into_response)?;
        let Some(person) = visitor.person.clone() else {
            let to = format!("/sign-in?next={}", visitor.path);
            return Err(Redirect::to(&to).into_response());
        };
        Ok(Self { visitor, user: person.user, secret: person.secret })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_the_persons_own_then_the_chosen_then_the_browsers() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, "fr-FR, en-GB;q=0.9, de;q=0.5".parse().unwrap());
        assert_eq!(language(None, None, &headers), Some("en-GB"));
        headers.insert("cookie", "vorlage-lang=de".parse().unwrap());
        assert_eq!(language(None, None, &headers), Some("de"));
        assert_eq!(language(None, Some("en"), &headers), Some("en"));
        assert_eq!(language(Some("de"), Some("en"), &headers), Some("de"));
    }
}
