//! What the back office's forms ask for. Each asks the payment flow, tells in the next page what came of it, and goes there.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use vpos::core::mask_pans;
use vpos::flow::{OperationId, Reconciled, Stored};
use vpos::{Amount, FlowError, Outcome, Report};

use super::{Staff, to_its_end};
use crate::database::Database;
use crate::fields::{Fields, Segments};
use crate::oops::Oops;
use crate::state::{Shared, Shop};
use crate::texts::Language;
use crate::visitor::{Visitor, see_other};

/// What moves money, or says that none moved: each form asks for it once.
const MONEY: [&str; 5] = ["capture", "refund", "void", "refund-double", "abandon"];

/// A day: whoever has not paid by then will not.
const DAY: Duration = Duration::from_hours(24);

pub(super) async fn of_operation<D: Database>(
    State(shop): Shared<D>,
    staff: Staff,
    visitor: Visitor,
    Segments((id, action)): Segments<(i64, String)>,
    fields: Fields,
) -> Result<Response, Oops> {
    staff.require(&fields)?;
    let here = see_other(&format!("/admin/operation/{id}"));
    // before anything is waited for: a double click sends the same form twice
    if MONEY.contains(&action.as_str()) && !shop.door.spend(&staff, fields.text("once"), &form(id, &action)) {
        shop.door.tell(&staff, visitor.texts.asked_already.to_owned());
        return Ok(here);
    }
    let id = OperationId::new(id);
    let stored = shop.database().get(id).await.map_err(FlowError::from)?.ok_or(Oops::NotFound)?;
    let language = visitor.language;
    // a task of its own: a browser that hangs up does not stop a refund whose answer is on its way
    let acting = Arc::clone(&shop);
    let notice = to_its_end(async move { done(&acting, &stored, &action, &fields, language).await }).await?;
    shop.door.tell(&staff, notice);
    Ok(here)
}

/// The forms of an operation that can be sent once.
pub(super) fn forms(id: OperationId) -> [String; MONEY.len()] {
    MONEY.map(|action| form(id.get(), action))
}

fn form(id: i64, action: &str) -> String {
    format!("{id}/{action}")
}

async fn done<D: Database>(
    shop: &Shop<D>,
    stored: &Stored,
    action: &str,
    fields: &Fields,
    language: Language,
) -> Result<String, Oops> {
    let (flow, id, texts) = (&shop.flow, stored.id, language.texts());
    let currency = stored.operation().amount().currency();
    // people write a comma
    let amount = || Amount::parse(&fields.text("amount").replace(',', "."), currency);
    let report = match action {
        "refund" | "capture" => {
            let Ok(amount) = amount() else { return Ok(texts.bad_amount.to_owned()) };
            if action == "capture" {
                flow.capture(id, amount).await
            } else {
                flow.refund(id, amount, fields.text("reason")).await
            }
        }
        "void" => flow.void(id).await,
        "refund-double" => flow.refund_duplicate(id).await,
        "query" => return Ok(now_is(language, flow.query(id).await)),
        "abandon" => return Ok(now_is(language, flow.abandon(id, "the back office").await)),
        _ => return Err(Oops::NotFound),
    };
    Ok(match report {
        Ok(report) => told(language, &report),
        Err(error) => failed(language, &error),
    })
}

fn now_is(language: Language, stored: Result<Stored, FlowError>) -> String {
    match stored {
        Ok(stored) => format!("{}: {}.", language.texts().asked, language.state(stored.operation().state())),
        Err(error) => failed(language, &error),
    }
}

fn told(language: Language, report: &Report) -> String {
    let code = report.code().map(|code| format!(" ({code})")).unwrap_or_default();
    let why = match report {
        Report::Rejected { message, .. } => format!(": {}", mask_pans(message)),
        Report::NotSent { reason, .. } | Report::Unknown { reason, .. } => format!(": {reason}"),
        _ => String::new(),
    };
    format!("{}{code}{why}.", language.outcome(report.outcome()))
}

/// The flow's errors are safe to show to staff; they are in English.
fn failed(language: Language, error: &FlowError) -> String {
    format!("{}: {error}.", language.outcome(Outcome::Error))
}

pub(super) async fn reconcile<D: Database>(
    State(shop): Shared<D>,
    staff: Staff,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Oops> {
    staff.require(&fields)?;
    let flow = shop.flow.clone();
    let done = to_its_end(async move { Ok(flow.reconcile(Duration::ZERO).await?) }).await?;
    shop.door.tell(&staff, counted(visitor.language, &done));
    Ok(see_other("/admin"))
}

pub(super) async fn expire<D: Database>(
    State(shop): Shared<D>,
    staff: Staff,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Oops> {
    staff.require(&fields)?;
    let flow = shop.flow.clone();
    let done = to_its_end(async move { Ok(flow.expire(DAY).await?) }).await?;
    shop.door.tell(&staff, counted(visitor.language, &done));
    Ok(see_other("/admin"))
}

fn counted(language: Language, done: &Reconciled) -> String {
    let texts = language.texts();
    let Reconciled { looked_at, settled, open, errors, .. } = done;
    format!(
        "{}: {looked_at}; {}: {settled}; {}: {open}; {}: {}.",
        texts.looked_at,
        texts.settled,
        texts.open,
        texts.failed,
        errors.len()
    )
}

/// A row of the outbox was handled.
pub(super) async fn handled<D: Database>(
    State(shop): Shared<D>,
    staff: Staff,
    Segments(id): Segments<i64>,
    fields: Fields,
) -> Result<Response, Oops> {
    staff.require(&fields)?;
    shop.flow.event_handled(id).await?;
    Ok(see_other("/admin"))
}
