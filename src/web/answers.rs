//! What a person sent with a form.

use axum::extract::{Form, FromRequest, Request};

use super::failure::Failure;
use super::guard;
use super::visitor::Visitor;

/// The fields of a form, after the check that it is one of ours.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers(pub Vec<(String, String)>);

impl Answers {
    /// The last value sent under a name: a checkbox may follow its own default.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The value without spaces around it, or `""`.
    pub(super) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or("").trim()
    }

    /// Whether a checkbox was ticked.
    pub(super) fn ticked(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

impl<S: Send + Sync> FromRequest<S> for Answers {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let person = request.extensions().get::<Visitor>().and_then(|it| it.person.as_ref());
        let csrf = person.map(|it| it.csrf.clone());
        let form = Form::<Vec<(String, String)>>::from_request(request, state).await;
        let answers = Self(form.map_err(|_| Failure::StrangeForm)?.0);
        match csrf {
            Some(csrf) if !guard::same_secret(&csrf, answers.text("csrf")) => {
                Err(Failure::StrangeForm)
            }
            _ => Ok(answers),
        }
    }
}
