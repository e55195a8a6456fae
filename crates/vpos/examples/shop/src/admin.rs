//! The back office: operations with their evidence, the outbox, and what a person can ask of a bank.
//!
//! | module | holds |
//! |---|---|
//! | `actions` | what is posted: refund, capture, void, query, reconcile |
//! | `door` | the password, sessions, and the token without which nothing is done |
//! | `list` | the newest operations and the outbox |
//! | `operation` | one operation, whole |

mod actions;
mod door;
mod list;
mod operation;

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use maud::{Markup, html};
use vpos::flow::Stored;

use crate::database::Database;
use crate::oops::Oops;
use crate::state::Shop;
use crate::texts::Language;
use crate::visitor::Visitor;

pub(crate) use door::Door;
use door::Staff;

pub(crate) fn routes<D: Database>() -> Router<Arc<Shop<D>>> {
    Router::new()
        .route("/admin", get(list::page::<D>))
        .route("/admin/login", get(door::page).post(door::enter::<D>))
        .route("/admin/logout", post(door::leave::<D>))
        .route("/admin/operation/{id}", get(operation::page::<D>))
        .route("/admin/operation/{id}/{action}", post(actions::of_operation::<D>))
        .route("/admin/reconcile", post(actions::reconcile::<D>))
        .route("/admin/expire", post(actions::expire::<D>))
        .route("/admin/event/{id}", post(actions::handled::<D>))
}

/// Runs by itself, so that it goes on when a browser hangs up and its handler is dropped.
async fn to_its_end<T: Send + 'static>(work: impl Future<Output = Result<T, Oops>> + Send + 'static) -> Result<T, Oops> {
    tokio::spawn(work).await.map_err(|error| {
        tracing::error!(%error, "a task of the back office did not end");
        Oops::Broken
    })?
}

/// A form with one button.
fn button(staff: &Staff, id: &str, action: &str, text: &str) -> Markup {
    button_with(staff, id, action, text, &html! {})
}

fn button_with(staff: &Staff, id: &str, action: &str, text: &str, more: &Markup) -> Markup {
    html! {
        form method="post" action=(action) { (token(staff)) (more) button id=(id) { (text) } }
    }
}

/// The hidden field without which a form that moves money is not sent, nor a second time with it.
fn once(value: &str) -> Markup {
    html! { input type="hidden" name="once" value=(value); }
}

/// The hidden field that shows that a form is of this session.
fn token(staff: &Staff) -> Markup {
    html! { input type="hidden" name="token" value=(staff.token); }
}

/// The head of each page: what the last action led to, and the way out.
fn top(staff: &Staff, visitor: &Visitor) -> Markup {
    html! {
        @if let Some(notice) = &staff.notice { p #notice .notice role="status" { (notice) } }
        nav.desk aria-label=(visitor.texts.admin) {
            a #admin-home href="/admin" { (visitor.texts.operations) }
            (button(staff, "logout", "/admin/logout", visitor.texts.sign_out))
        }
    }
}

/// How an operation stands.
fn state(language: Language, stored: &Stored) -> Markup {
    let state = stored.operation().state();
    html! {
        span.state data-state=(state) { (language.state(state)) }
        @if stored.record.duplicate { " " span.state.double { (language.texts().double) } }
    }
}

/// A time as people read it.
fn time(at: vpos::Timestamp) -> Markup {
    html! { time datetime=(at) { (at.strftime("%Y-%m-%d %H:%M:%S")) " UTC" } }
}
