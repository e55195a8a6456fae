//! What goes wrong, as a page in both languages. Nothing internal is shown; the log has it.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::html;
use vpos::FlowError;
use vpos::flow::StoreError;
use vpos_store::sqlx;

use crate::layout;
use crate::texts::Language;

/// Why a visitor does not get what was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Oops {
    NotFound,
    Method,
    CrossSite,
    Form,
    EmptyBasket,
    Token,
    Busy,
    Crowd,
    Broken,
}

impl Oops {
    const fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::CrossSite | Self::Token => StatusCode::FORBIDDEN,
            Self::Form | Self::EmptyBasket => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Crowd => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for Oops {
    fn into_response(self) -> Response {
        let (spanish, english) = self.texts();
        let (to_shop, to_shop_english) = (Language::Spanish.texts().back_to_shop, Language::English.texts().back_to_shop);
        let inside = html! {
            h1 #oops { (spanish) }
            p lang="en" { (english) }
            p { a href="/" { (to_shop) " · " span lang="en" { (to_shop_english) } } }
        };
        layout::bare(self.status(), &inside)
    }
}

impl From<sqlx::Error> for Oops {
    fn from(error: sqlx::Error) -> Self {
        tracing::error!(%error, "the shop's tables");
        if matches!(error, sqlx::Error::PoolTimedOut) { Self::Busy } else { Self::Broken }
    }
}

impl From<FlowError> for Oops {
    fn from(error: FlowError) -> Self {
        tracing::error!(%error, "the payment flow");
        match error {
            FlowError::NotFound(_) => Self::NotFound,
            FlowError::Store(StoreError::Busy(_)) => Self::Busy,
            _ => Self::Broken,
        }
    }
}

impl From<getrandom::Error> for Oops {
    fn from(error: getrandom::Error) -> Self {
        tracing::error!(%error, "the system gives no random bytes");
        Self::Broken
    }
}
