//! An order: made before the buyer leaves, asked for when he returns, and charged when he agreed.
//!
//! Sources: PayPal's `checkout_orders_v2`; banks/PAYPAL.md, section 3.

use std::sync::Arc;

use http::Uri;
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{
    Action, Authentic, Begun, Claim, Confirmation, Error, Exchange, Lost, Outcome, Payment, PaymentForm, Reference, References,
    Report, Timestamp,
};

use super::answer::{self, Said, needed, refused, unfit, unread};
use super::books::{self, Books};
use super::reference;
use super::token::{Answered, Call, Failed, ask};
use crate::config::{Rest, check_number};
use crate::form;
use crate::wire::rest::names::{self, issue, status};
use crate::wire::rest::order::Order;
use crate::wire::rest::{is_id, request};

/// Makes an order. Its id is what the buyer comes back with.
pub(crate) fn begin(
    rest: &Arc<Rest>,
    operation: &Operation,
    payment: &Payment,
    now: Timestamp,
) -> Result<Exchange<Begun>, Error> {
    operation.require_acceptor(&rest.acceptor)?;
    check_number(operation.number())?;
    if payment.amount() != operation.amount() {
        return Err(Error::payment("amount", format!("the operation was stored with {}", operation.amount())));
    }
    if payment.kind() != operation.kind() {
        return Err(Error::payment("kind", "the operation was stored with another"));
    }
    let Some(back) = payment.notification_url() else {
        return Err(Error::payment("notification_url", "missing: PayPal sends the buyer back to it"));
    };
    let body = request::order(rest, operation, payment, back)?;
    let id = Some(format!("{}-order", operation.number()));
    let pages = Arc::clone(rest);
    ask(rest, Call::post(names::ORDERS.to_owned(), body, id), now, move |answered| {
        let (body, _) = needed(never_asked(answered))?;
        begun(&pages, &body).map(Exchange::Done).map_err(unread)
    })
}

/// Without a token no order was asked for: the same again may do.
fn never_asked(answered: Result<Answered, Failed>) -> Result<Answered, Failed> {
    answered.map_err(|failed| match failed {
        Failed::Token(lost) => Failed::Token(Lost::before_send(lost.to_string())),
        other => other,
    })
}

fn begun(rest: &Rest, body: &[u8]) -> Result<Begun, Error> {
    let order = Order::parse(body)?;
    if ![status::CREATED, status::PAYER_ACTION_REQUIRED].contains(&order.status.as_str()) {
        return Err(Error::malformed("status", "not that of a new order"));
    }
    let link = order.link.as_deref().ok_or_else(|| Error::malformed("links", "none for the buyer"))?;
    let form = to_buyers_page(rest, link)?;
    let mut references = References::new();
    references.insert(Reference::OrderId, &order.id);
    Ok(Begun { form, references })
}

/// The buyer is sent to PayPal alone, by https, whatever the answer says.
fn to_buyers_page(rest: &Rest, link: &str) -> Result<PaymentForm, Error> {
    let uri: Uri = link.parse().map_err(|_| Error::malformed("links", "not an address"))?;
    let good = match &rest.page {
        Some(page) => uri.scheme() == page.scheme() && uri.authority() == page.authority(),
        None => crate::signature::is_of_paypal(link),
    };
    if !good {
        return Err(Error::malformed("links", "not https to PayPal"));
    }
    form::of_link(link)
}

/// What is asked about, and why.
pub(crate) struct Asked {
    /// The order that a message named: for an operation whose begin was lost.
    pub(crate) named: Option<String>,
    /// Whether the buyer came back without having agreed.
    pub(crate) gave_up: bool,
}

/// What became of the operation's order: whatever brought the question up, the answer is the order's.
pub(crate) fn details(
    rest: &Arc<Rest>,
    operation: &Operation,
    asked: Asked,
    now: Timestamp,
) -> Result<Exchange<Confirmation>, Error> {
    operation.require_acceptor(&rest.acceptor)?;
    let order = match (operation.references().get(Reference::OrderId), asked.named) {
        (None, Some(named)) if is_id(&named) => named,
        _ => reference(operation, Reference::OrderId)?.to_owned(),
    };
    let books = Books::new(rest, operation);
    ask(rest, Call::get(path(&order)), now, move |answered| {
        let (body, proof) = needed(answered)?;
        let told = Order::parse(&body).and_then(|told| books.of_order(&told, &order, books::Answer::Asked, asked.gave_up));
        let claim = told.map_err(unread)?;
        Ok(Exchange::Done(Confirmation::new(claim, proof, &books.operation)?))
    })
}

pub(crate) fn path(order: &str) -> String {
    format!("{}/{order}", names::ORDERS)
}

/// Takes what the buyer agreed to: charges a sale, holds a pre-authorisation.
pub(crate) fn charge(
    rest: &Arc<Rest>,
    confirmation: &Confirmation,
    operation: &Operation,
    now: Timestamp,
) -> Result<Exchange<Report>, Error> {
    confirmation.require_chargeable(operation, &rest.acceptor, now)?;
    if confirmation.action() != Action::Approval || !confirmation.is_approved_payment() {
        return Ok(Exchange::Done(Report::Confirmed(confirmation.clone())));
    }
    if operation.state() != OperationState::Charging {
        return Err(Error::payment("state", "no charge was started: start_charge records it first"));
    }
    let order = match operation.references().get(Reference::OrderId).or(confirmation.references().get(Reference::OrderId)) {
        Some(order) if is_id(order) => order.to_owned(),
        _ => return Err(Error::payment("references.order_id", "the operation has none")),
    };
    let books = Books::new(rest, operation);
    let what = if books.charge() == Action::Hold { "authorize" } else { "capture" };
    // a buyer who agreed again after a decline gets another try; the same agreement never does
    let approval = confirmation.references().get(Reference::ApprovalId).map(|id| format!("-{id}")).unwrap_or_default();
    let id = Some(format!("{}-{what}{approval}", operation.number()));
    ask(rest, Call::post(format!("{}/{what}", path(&order)), b"{}".to_vec(), id), now, move |answered| {
        charged(books, order, answered, now)
    })
}

fn charged(books: Books, order: String, answered: Result<Answered, Failed>, now: Timestamp) -> Result<Exchange<Report>, Error> {
    let action = books.charge();
    let report = match answer::told(action, answered) {
        Ok(Said::Good(body, proof)) => of_body(&books, &order, &body, proof, books::Answer::Done),
        // an earlier call did it, and its answer was lost
        Ok(Said::Problem(problem, _)) if problem.is_one_of(&issue::ASK_THE_ORDER) => {
            let rest = Arc::clone(&books.rest);
            return ask(&rest, Call::get(path(&order)), now, move |answered| {
                Ok(Exchange::Done(match answer::done(&books, action, answered) {
                    Ok((body, proof)) => of_body(&books, &order, &body, proof, books::Answer::Asked),
                    // the charge was asked, whatever becomes of the question
                    Err(report) => Report::Unknown {
                        action,
                        reason: format!("the order could not be asked: {}", report.outcome()),
                        code: Some(problem.code),
                    },
                }))
            });
        }
        Ok(Said::Problem(problem, proof)) => refused(&books, action, problem, proof),
        Ok(Said::Nothing(reason)) => Report::unknown(action, reason),
        Err(report) => *report,
    };
    Ok(Exchange::Done(report))
}

/// What an order says of the charge that was asked of it.
fn of_body(books: &Books, order: &str, body: &[u8], proof: Authentic, answer: books::Answer) -> Report {
    let told = Order::parse(body).and_then(|told| books.of_order(&told, order, answer, false));
    match told {
        Ok(Claim { action: Action::Approval, outcome: Outcome::Approved, .. }) => {
            Report::unknown(books.charge(), "the order is approved still")
        }
        Ok(claim) => books.confirm(claim, proof),
        Err(Error::Refused(refusal)) => unfit(books.charge(), refusal),
        Err(error) => Report::unknown(books.charge(), error.to_string()),
    }
}
