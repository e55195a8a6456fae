//! A small web shop over vpos: to look at, and to copy from. Its README says what to copy, and what a real shop must replace.
//!
//! | module | holds |
//! |---|---|
//! | `admin` | the back office |
//! | `background` | reconcile and expire |
//! | `basket` | what a visitor wants to buy, in a cookie |
//! | `catalogue` | what is for sale |
//! | `clerk` | [`Clerk`]: marks orders, in the payment flow's own transaction |
//! | `database` | [`Database`]: the shop's tables, on SQLite and PostgreSQL |
//! | `fields` | what a form posted |
//! | `layout` | the frame of every page, and its headers |
//! | `oops` | what goes wrong, as a page |
//! | `order` | [`Order`]: what was ordered, at which prices |
//! | `orders` | the page of an order |
//! | `run` | [`run()`]: opens the shop |
//! | `settings` | [`Settings`]: environment variables |
//! | `state` | [`Shop`]: what handlers share |
//! | `storefront` | catalogue, basket, and the order that is made |
//! | `texts` | every text, in Spanish and English |
//! | `till` | which payment a click means |
//! | `visitor` | language, basket, cookies |

#![expect(clippy::exhaustive_enums, clippy::exhaustive_structs, reason = "a program: nobody builds on its types")]

mod admin;
mod background;
mod basket;
mod catalogue;
mod clerk;
mod database;
mod fields;
mod layout;
mod oops;
mod order;
mod orders;
mod run;
mod settings;
mod state;
mod storefront;
mod texts;
mod till;
mod visitor;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::HOST;
use axum::http::{HeaderMap, Method};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use vpos_axum::{Routes, Site};

pub use clerk::{Clerk, NotMarked};
pub use database::{Database, Happened};
use oops::Oops;
pub use order::{Line, Order, OrderState};
pub use run::run;
pub use settings::{DatabaseUrl, Settings};
use state::Shared;
pub use state::Shop;

/// The shop's own forms are small.
const FORM: usize = 16 * 1024;

/// All pages of the shop.
pub fn router<D: Database>(shop: &Arc<Shop<D>>) -> Router {
    // a bank has no session and comes from another site: what guards the shop's own pages stands around those alone
    let pages = Router::new()
        .route("/", get(storefront::front))
        .route("/basket", get(storefront::basket).post(storefront::change::<D>))
        .route("/basket/add", post(storefront::add::<D>))
        .route("/order/{code}", get(orders::page::<D>))
        .route("/order/{code}/state", get(orders::state::<D>))
        .merge(admin::routes::<D>())
        .method_not_allowed_fallback(async || Oops::Method)
        .layer(middleware::from_fn_with_state(Arc::clone(shop), own_site::<D>))
        .layer(DefaultBodyLimit::max(FORM))
        .with_state(Arc::clone(shop));
    let payments = Routes::new(shop.flow.clone(), till::Till(Arc::clone(shop))).behind(shop.proxies).at(&shop.at);
    Router::new()
        .merge(pages)
        .route("/shop.css", get(layout::style))
        .route("/shop.js", get(layout::script))
        .route("/shop.svg", get(layout::icon))
        .nest("/vpos", payments.into_router())
        .fallback(async || Oops::NotFound)
}

/// Forms of other sites are refused, and a language that the address asks for is remembered.
async fn own_site<D: Database>(State(shop): Shared<D>, request: Request, next: Next) -> Response {
    if *request.method() != Method::GET && is_foreign(request.headers(), shop.at.origin()) {
        return Oops::CrossSite.into_response();
    }
    let chosen = visitor::chosen(request.uri().query());
    let response = next.run(request).await;
    match chosen {
        Some(language) => visitor::Cookie::new("lang", language.code()).onto(response, false),
        None => response,
    }
}

/// A neighbour under the same domain is not the shop.
fn is_foreign(headers: &HeaderMap, own: &str) -> bool {
    let host = headers.get(HOST).map(|host| host.to_str().unwrap_or("null"));
    Site::of(headers, host, Some(own)) != Site::SameOrigin
}
