//! One operation: all that is stored of it, what came about it, and what can be asked of its bank.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use vpos::core::{Capabilities, Reference};
use vpos::flow::{Evidence, OperationId, Stored};
use vpos::{Amount, Operation, OperationState, PointOfSale as _};

use super::{Staff, actions, button, button_with, once, state, time, token, top};
use crate::database::Database;
use crate::fields::Segments;
use crate::layout::Page;
use crate::oops::Oops;
use crate::state::Shared;
use crate::texts::Language;
use crate::visitor::Visitor;

/// So many rows are read: anybody who knows the number can write refused ones.
const EVIDENCE: u32 = 2_000;

/// So many of those that were refused are shown.
const REFUSED: usize = 50;

pub(super) async fn page<D: Database>(
    State(shop): Shared<D>,
    staff: Staff,
    visitor: Visitor,
    Segments(id): Segments<i64>,
) -> Result<Response, Oops> {
    let id = OperationId::new(id);
    let stored = shop.database().get(id).await.map_err(vpos::FlowError::from)?.ok_or(Oops::NotFound)?;
    let evidence = shop.flow.evidence(id, EVIDENCE).await?;
    let once = once(&shop.door.once(&staff, &actions::forms(id))?);
    let can = shop.flow.registry().get(stored.pos().as_str()).map(vpos::AnyPos::capabilities);
    let (language, texts) = (visitor.language, visitor.texts);
    let title = format!("{} {}", texts.operation, stored.operation().number());
    let inside = html! {
        h1 { (texts.operation) " " code { (stored.operation().number()) } }
        (top(&staff, &visitor))
        (facts(language, &stored))
        section aria-labelledby="actions" {
            h2 #actions { (texts.actions) }
            @if let Some(can) = can { (asks(&staff, &once, language, &stored, can)) }
        }
        section aria-labelledby="refunds" { h2 #refunds { (texts.refunds) } (refunds(language, stored.operation())) }
        section aria-labelledby="references" { h2 #references { (texts.references) } (references(language, stored.operation())) }
        section aria-labelledby="evidence" { h2 #evidence { (texts.evidence) } (rows(language, &evidence)) }
    };
    Ok(Page::new(&visitor, &title).with(&inside))
}

fn facts(language: Language, stored: &Stored) -> Markup {
    let (texts, operation, record) = (language.texts(), stored.operation(), &stored.record);
    html! {
        dl {
            dt { (texts.state) }
            dd #operation-state data-state=(operation.state()) {
                (state(language, stored))
            }
            @if !record.duties.is_empty() { dt { (texts.owed) } dd { (format!("{:?}", record.duties)) } }
            dt { (texts.order) } dd { a href={ "/order/" (operation.sale()) } { code { (operation.sale()) } } }
            dt { (texts.contract) } dd { (stored.pos()) }
            dt { (texts.amount) } dd { (language.money(operation.amount())) }
            @if let Some(charged) = operation.charged() { dt { (texts.captured) } dd { (language.money(charged)) } }
            @if let Some(left) = operation.refundable() { dt { (texts.left) } dd #left { (language.money(left)) } }
            dt { (texts.begun) } dd { (time(record.begun_at)) }
            dt { (texts.changed) } dd { (time(record.changed_at)) }
        }
    }
}

fn asks(staff: &Staff, once: &Markup, language: Language, stored: &Stored, can: Capabilities) -> Markup {
    use OperationState as S;
    let (texts, operation) = (language.texts(), stored.operation());
    let state = operation.state();
    let left = operation.refundable().filter(|left| !left.is_zero() && can.refund);
    let held = state == S::Authorized && !operation.voiding();
    let voidable = can.void && (held || (state == S::Completed && operation.refunds().is_empty() && !operation.voiding()));
    let double = stored.record.duplicate && (left.is_some() || held);
    let lost = matches!(state, S::Unknown | S::Charging) && !can.query;
    let to = |action: &str| format!("/admin/operation/{}/{action}", stored.id);
    let hidden = html! { (token(staff)) (once) };
    let money =
        |name: &str, text: &str, most: Amount, part: bool| money_form(&hidden, language, name, &to(name), text, most, part);
    let press = |name: &str, text: &str| button_with(staff, name, &to(name), text, once);
    html! {
        div.row {
            @if held { (money("capture", texts.capture, operation.amount(), can.partial_capture)) }
            @if let Some(left) = left { (money("refund", texts.refund, left, can.partial_refund)) }
            @if voidable { (press("void", texts.void)) }
            @if double { (press("refund-double", texts.refund_double)) }
            @if can.query { (button(staff, "query", &to("query"), texts.query)) }
            @if lost { div { (press("abandon", texts.abandon)) p.hint { (texts.abandon_hint) } } }
            @if !(held || left.is_some() || voidable || double || can.query || lost) { p { (texts.nothing_to_do) } }
        }
    }
}

/// A form with an amount: what is left, or less where the bank can do a part.
fn money_form(hidden: &Markup, language: Language, name: &str, action: &str, text: &str, most: Amount, part: bool) -> Markup {
    let texts = language.texts();
    let id = |end: &str| format!("{name}-{end}");
    let decimal = most.to_decimal().to_string();
    let decimal = if language == Language::Spanish { decimal.replace('.', ",") } else { decimal };
    html! {
        form id=(id("form")) method="post" action=(action) {
            (hidden)
            p {
                label for=(id("amount")) { (texts.amount) " (" (most.currency()) ")" }
                input id=(id("amount")) name="amount" inputmode="decimal" autocomplete="off" value=(decimal) readonly[!part] required;
            }
            @if name == "refund" {
                p { label for="refund-reason" { (texts.reason) } input #refund-reason name="reason" maxlength="100" autocomplete="off"; }
            }
            button id=(id("submit")) { (text) }
        }
    }
}

fn refunds(language: Language, operation: &Operation) -> Markup {
    let texts = language.texts();
    if operation.refunds().is_empty() {
        return html! { p { (texts.evidence_none) } };
    }
    html! {
        div.scroll { table #refunds-table {
            thead { tr {
                th scope="col" { (texts.number) } th.number scope="col" { (texts.amount) } th scope="col" { (texts.state) }
                th scope="col" { (texts.reason) }
            } }
            tbody { @for refund in operation.refunds() { tr data-state=(refund.state.as_str()) {
                th scope="row" { (refund.id.get()) } td.number { (language.money(refund.amount)) }
                td { (language.refund_state(refund.state)) } td { (refund.reason.as_deref().unwrap_or_default()) }
            } } }
        } }
    }
}

/// The token of a stored card charges it: nobody needs to see it.
fn references(language: Language, operation: &Operation) -> Markup {
    let texts = language.texts();
    html! {
        dl { @for (name, value) in operation.references().iter() {
            dt { (name.as_str()) }
            dd { @if name == Reference::CardReference { (texts.kept_secret) } @else { code { (value) } } }
        } }
    }
}

/// Every row that was believed, and the first of those that were not: forged messages do not crowd out the bank's own.
fn rows(language: Language, evidence: &[Evidence]) -> Markup {
    let texts = language.texts();
    let mut refused = 0;
    let shown = evidence.iter().filter(|row| {
        refused += usize::from(was_refused(row));
        !was_refused(row) || refused <= REFUSED
    });
    let shown: Vec<&Evidence> = shown.collect();
    let hidden = evidence.len() - shown.len();
    html! {
        div.scroll { table #evidence-table {
            thead { tr {
                th scope="col" { (texts.at) } th scope="col" { (texts.source) } th scope="col" { (texts.verdict) }
                th scope="col" { (texts.message) }
            } }
            tbody { @for row in shown { tr {
                td { (time(row.at)) }
                td { (row.source) @if let Some(from) = row.from { " " (from) } }
                td { (row.verdict) }
                td { @if !row.message.is_empty() {
                    details { summary { (row.message.len()) " B" } pre tabindex="0" { (row.message) } }
                } }
            } } }
        } }
        @if hidden > 0 { p #more-refused .hint { (texts.and) " " (hidden) " " (texts.more_refused) } }
        @if evidence.len() == EVIDENCE as usize { p #more-evidence .hint { (texts.more_evidence) } }
    }
}

/// The flow's word for what it did not believe.
fn was_refused(row: &Evidence) -> bool {
    row.verdict.starts_with("refused")
}
