//! The fields of a form that a browser posted.

use std::collections::HashMap;

use axum::Form;
use axum::extract::{FromRequest, Request};

use crate::oops::Oops;

/// By name; of two with one name the last counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(HashMap<String, String>);

impl Fields {
    /// The text of a field; empty when there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |text| text.trim())
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Oops;

    async fn from_request(request: Request, state: &S) -> Result<Self, Oops> {
        let Form(fields) = Form::from_request(request, state).await.map_err(|_| Oops::Form)?;
        Ok(Self(fields))
    }
}
