//! The newest operations and the newest of the outbox, each page by page.

use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use maud::{Markup, html};
use vpos::flow::{OperationId, Stored};

use super::{Staff, button, state, time, top};
use crate::database::{Database, Happened};
use crate::layout::Page;
use crate::oops::Oops;
use crate::state::Shared;
use crate::texts::Language;
use crate::visitor::Visitor;

const OPERATIONS: u32 = 25;
const EVENTS: u32 = 25;

pub(super) async fn page<D: Database>(
    State(shop): Shared<D>,
    staff: Staff,
    visitor: Visitor,
    uri: Uri,
) -> Result<Response, Oops> {
    let below = asked(&uri, "below").map(OperationId::new);
    let older_than = asked(&uri, "events");
    let operations = shop.flow.newest(below, OPERATIONS).await?;
    let events = shop.database().outbox(older_than.unwrap_or(i64::MAX), EVENTS).await?;
    let texts = visitor.texts;
    let more = operations.last().filter(|_| operations.len() == OPERATIONS as usize);
    let inside = html! {
        h1 { (texts.admin) }
        (top(&staff, &visitor))
        section aria-labelledby="operations" {
            h2 #operations { (texts.operations) }
            (table(visitor.language, &operations))
            p.buttons {
                @if below.is_some() { a #newest href="/admin" { (texts.newest) } }
                @if let Some(last) = more { a #older href={ "/admin?below=" (last.id) } { (texts.older) } }
            }
        }
        section.row aria-label=(texts.actions) {
            div { (button(&staff, "reconcile", "/admin/reconcile", texts.reconcile)) p.hint { (texts.reconcile_hint) } }
            div { (button(&staff, "expire", "/admin/expire", texts.expire)) p.hint { (texts.expire_hint) } }
        }
        section aria-labelledby="outbox" {
            h2 #outbox { (texts.outbox) }
            (outbox(&staff, visitor.language, &events))
            p.buttons {
                @if older_than.is_some() { a #newest-events href="/admin#outbox" { (texts.newest) } }
                @if let Some(last) = events.last().filter(|_| events.len() == EVENTS as usize) {
                    a #older-events href={ "/admin?events=" (last.id) "#outbox" } { (texts.older) }
                }
            }
        }
    };
    Ok(Page::new(&visitor, texts.admin).with(&inside))
}

/// `?below=17`: the page of the operations before that one; `?events=17`: of the outbox.
fn asked(uri: &Uri, wanted: &str) -> Option<i64> {
    let mut pairs = form_urlencoded::parse(uri.query()?.as_bytes());
    pairs.find(|(name, _)| name == wanted).and_then(|(_, id)| id.parse().ok())
}

fn table(language: Language, operations: &[Stored]) -> Markup {
    let texts = language.texts();
    if operations.is_empty() {
        return html! { p { (texts.no_operations) } };
    }
    html! {
        div.scroll { table #operations-table {
            thead { tr {
                th scope="col" { (texts.number) } th scope="col" { (texts.order) } th scope="col" { (texts.contract) }
                th.number scope="col" { (texts.amount) } th scope="col" { (texts.state) } th scope="col" { (texts.begun) }
            } }
            tbody { @for stored in operations {
                @let operation = stored.operation();
                tr id={ "operation-" (stored.id) } data-order=(operation.sale()) data-state=(operation.state()) {
                    th scope="row" { a href={ "/admin/operation/" (stored.id) } { (operation.number()) } }
                    td { code { (operation.sale()) } }
                    td { (stored.pos()) }
                    td.number { (language.money(operation.amount())) }
                    td { (state(language, stored)) }
                    td { (time(stored.record.begun_at)) }
                }
            } }
        } }
    }
}

fn outbox(staff: &Staff, language: Language, events: &[Happened]) -> Markup {
    let texts = language.texts();
    if events.is_empty() {
        return html! { p #outbox-empty { (texts.outbox_empty) } };
    }
    html! {
        div.scroll { table #outbox-table {
            thead { tr {
                th scope="col" { (texts.at) } th scope="col" { (texts.event) } th scope="col" { (texts.order) }
                th.number scope="col" { (texts.amount) } th scope="col" { span.unseen { (texts.actions) } }
            } }
            tbody { @for event in events { tr id={ "event-" (event.id) } data-kind=(event.kind) {
                td { (time(event.at)) }
                td { (event.kind) @if !event.detail.is_empty() { ": " (event.detail) } }
                td { a href={ "/admin/operation/" (event.operation) } { code { (event.sale) } } }
                td.number { (language.money(event.amount)) }
                td { (button(staff, &format!("handled-{}", event.id), &format!("/admin/event/{}", event.id), texts.handled)) }
            } } }
        } }
    }
}
