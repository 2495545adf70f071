//! Signing in and out.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::engine::Desk;
use crate::web::answers::Answers;
use crate::web::cookies;
use crate::web::failure::{Failure, page};
use crate::web::frame::Frame;
use crate::web::visitor::{Visit, Visitor};

/// `?next=` holds where to go afterwards.
#[derive(Deserialize)]
pub(in crate::web) struct Next {
    next: Option<String>,
}

/// The page.
#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    frame: Frame,
    next: String,
    name: String,
    wrong: bool,
}

/// `GET /sign-in`
pub(in crate::web) async fn show(visitor: Visitor, Query(next): Query<Next>) -> Response {
    let next = own_path(next.next.as_deref().unwrap_or("/"));
    if visitor.person.is_some() {
        return Redirect::to(next).into_response();
    }
    form(&visitor, next, "", false)
}

/// `POST /sign-in`
pub(in crate::web) async fn take(
    State(desk): State<Arc<Desk>>,
    visitor: Visitor,
    answers: Answers,
) -> Result<Response, Failure> {
    let next = own_path(answers.text("next"));
    let name = answers.text("name");
    let Some(secret) = desk.sign_in(name, answers.get("password").unwrap_or("")).await? else {
        let page = form(&visitor, next, name, true);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let cookie = cookies::session(&secret, visitor.office.settings.web.behind_tls);
    Ok(([(SET_COOKIE, cookie)], Redirect::to(next)).into_response())
}

/// `POST /sign-out`
pub(in crate::web) async fn leave(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    _checked: Answers,
) -> Result<Response, Failure> {
    desk.sign_out(&visit.secret).await?;
    let cookie = cookies::session("", visit.visitor.office.settings.web.behind_tls);
    let to = Redirect::to("/sign-in?notice=notice-signed-out");
    Ok(([(SET_COOKIE, cookie)], to).into_response())
}

fn form(visitor: &Visitor, next: &str, name: &str, wrong: bool) -> Response {
    let frame = Frame::new(visitor, visitor.words.t("sign-in"));
    page(&SignInPage { frame, next: next.to_owned(), name: name.to_owned(), wrong })
}

/// A path on this host, so that nobody is sent elsewhere after signing in; else the overview.
fn own_path(next: &str) -> &str {
    let safe = |letter: char| letter.is_ascii_alphanumeric() || "/-_.?=&".contains(letter);
    let own = next.starts_with('/') && !next.starts_with("//") && next.chars().all(safe);
    if own { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_signing_in_nobody_leaves_this_host() {
        assert_eq!(own_path("/items/0192-7"), "/items/0192-7");
        for strange in ["//evil.example", "https://evil.example", "/\\evil.example", "", "/a\r\nb"]
        {
            assert_eq!(own_path(strange), "/", "{strange}");
        }
    }
}
