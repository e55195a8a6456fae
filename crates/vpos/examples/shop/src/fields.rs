//! What a browser sent: the fields of a form, the segments of a path. What cannot be read is a page, not a line of text.

use std::collections::HashMap;

use axum::Form;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

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

/// What stands in the path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segments<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Segments<T> {
    type Rejection = Oops;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Oops> {
        let Path(segments) = Path::from_request_parts(parts, state).await.map_err(|_| Oops::NotFound)?;
        Ok(Self(segments))
    }
}
