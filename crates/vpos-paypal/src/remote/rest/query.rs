//! What became of the operation's open question: the order tells it all; a capture, an authorization or a refund is asked by
//! itself where that is all that is known, or all that a message spoke of.

use std::sync::Arc;

use vpos_core::operation::{OpenQuestion, Operation, Refund};
use vpos_core::{Action, Authentic, Claim, Confirmation, Error, Exchange, Reference, Report, Timestamp};

use super::answer::{done, needed, unread};
use super::books::{self, Books};
use super::token::{Call, ask};
use super::{hold, order, reference, refund};
use crate::config::Rest;
use crate::remote::never_learnt;
use crate::wire::rest::order::Order;
use crate::wire::rest::payment::Payment;
use crate::wire::rest::{is_id, names, refund_id, refund_name};

/// A thing of PayPal's that can be asked for by its id.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Thing {
    Authorization(String),
    Capture(String),
    Refund(String),
}

impl Thing {
    fn path(&self) -> String {
        match self {
            Self::Authorization(id) => hold::path(id),
            Self::Capture(id) => format!("{}/{id}", names::CAPTURES),
            Self::Refund(id) => refund::path(id),
        }
    }

    const fn action(&self) -> Action {
        match self {
            Self::Authorization(_) => Action::Hold,
            Self::Capture(_) => Action::Charge,
            Self::Refund(_) => Action::Refund,
        }
    }

    /// What an answer says of it.
    fn claim(&self, books: &Books, body: &[u8]) -> Result<Claim, Error> {
        let told = Payment::parse(body)?;
        let (Self::Authorization(id) | Self::Capture(id) | Self::Refund(id)) = self;
        if told.id != *id {
            return Err(vpos_core::Refusal::Number.into());
        }
        match self {
            Self::Authorization(_) => books.of_authorization(&told, books::Answer::Asked),
            Self::Capture(_) => books.of_capture(&told, books::Answer::Asked),
            Self::Refund(_) => books.of_refund(&told, books::Answer::Asked),
        }
    }
}

/// What a message spoke of, as it stands now.
pub(crate) fn thing(
    rest: &Arc<Rest>,
    operation: &Operation,
    thing: Thing,
    now: Timestamp,
) -> Result<Exchange<Confirmation>, Error> {
    operation.require_acceptor(&rest.acceptor)?;
    let books = Books::new(rest, operation);
    ask(rest, Call::get(thing.path()), now, move |answered| {
        let (body, proof) = needed(answered)?;
        let claim = thing.claim(&books, &body).map_err(unread)?;
        Ok(Exchange::Done(Confirmation::new(claim, proof, &books.operation)?))
    })
}

/// Asks about what is open of an operation.
pub(crate) fn open_question(rest: &Arc<Rest>, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
    operation.require_acceptor(&rest.acceptor)?;
    let books = Books::new(rest, operation);
    let question = match operation.open_question() {
        // a hold that was let go says so itself
        OpenQuestion::Void => OpenQuestion::Payment,
        question => question,
    };
    if let OpenQuestion::Refund(id) = question
        && let Some(known) = &operation.refund(id)?.reference
    {
        if !is_id(known) {
            return Err(Error::payment("refund.reference", "not an id of PayPal's"));
        }
        return report(books, Thing::Refund(known.clone()), now);
    }
    // an operation of old may know no more than the charge, or the hold
    let Ok(id) = reference(operation, Reference::OrderId) else {
        return match (reference(operation, Reference::CaptureId), question) {
            (Ok(capture), OpenQuestion::Payment) => report(books, Thing::Capture(capture.to_owned()), now),
            (_, OpenQuestion::Payment) => {
                let renewed = reference(operation, Reference::RenewalId);
                match renewed.or_else(|_| reference(operation, Reference::AuthorizationId)) {
                    Ok(known) => report(books, Thing::Authorization(known.to_owned()), now),
                    Err(_) => Err(never_learnt()),
                }
            }
            _ => Err(Error::payment("references.order_id", "the operation has none")),
        };
    };
    let (id, action) = (id.to_owned(), action(&books, question));
    ask(rest, Call::get(order::path(&id)), now, move |answered| match (done(&books, action, answered), question) {
        (Ok((body, proof)), OpenQuestion::Refund(refund)) => {
            let asked = books.operation.refund(refund)?.clone();
            match Order::parse(&body).and_then(|order| of_refund(&books, &order, &id, &asked)) {
                Ok(Row::Told(claim)) => Ok(Exchange::Done(books.confirm(*claim, proof))),
                Ok(Row::None) => refund::repeat(books, &asked, now),
                Ok(Row::Several) => Ok(Exchange::Done(Report::Open { action, code: None })),
                Err(error) => Ok(Exchange::Done(Report::unknown(action, error.to_string()))),
            }
        }
        (Ok((body, proof)), _) => Ok(Exchange::Done(judge(&books, question, &id, &body, proof))),
        (Err(report), _) => Ok(Exchange::Done(*report)),
    })
}

fn action(books: &Books, question: OpenQuestion) -> Action {
    match question {
        OpenQuestion::Payment | OpenQuestion::Void => books.charge(),
        OpenQuestion::Capture => Action::Capture,
        OpenQuestion::Refund(_) => Action::Refund,
    }
}

fn report(books: Books, thing: Thing, now: Timestamp) -> Result<Exchange<Report>, Error> {
    let rest = Arc::clone(&books.rest);
    ask(&rest, Call::get(thing.path()), now, move |answered| {
        let action = thing.action();
        Ok(Exchange::Done(match done(&books, action, answered) {
            Ok((body, proof)) => match thing.claim(&books, &body) {
                Ok(claim) => books.confirm(claim, proof),
                Err(error) => Report::unknown(action, error.to_string()),
            },
            Err(report) => *report,
        }))
    })
}

fn judge(books: &Books, question: OpenQuestion, id: &str, body: &[u8], proof: Authentic) -> Report {
    let claim = Order::parse(body).and_then(|order| match question {
        OpenQuestion::Capture => books.of_running_capture(&order, id),
        OpenQuestion::Payment | OpenQuestion::Refund(_) | OpenQuestion::Void => {
            books.of_order(&order, id, books::Answer::Asked, false)
        }
    });
    match claim {
        Ok(claim) => books.confirm(claim, proof),
        Err(error) => Report::unknown(action(books, question), error.to_string()),
    }
}

/// What the order has of a refund.
enum Row {
    Told(Box<Claim>),
    None,
    /// Nobody can tell which of them it is.
    Several,
}

/// The refund that was asked about, among those of the order.
fn of_refund(books: &Books, order: &Order, id: &str, asked: &Refund) -> Result<Row, Error> {
    let told = |row: &Payment| books.of_refund(row, books::Answer::Done).map(|claim| Row::Told(Box::new(claim)));
    let unit = books.unit(order, id, books::Answer::Asked)?;
    let number = books.operation.number();
    let own = refund_name(number, asked.id.get());
    let name = |told: &Payment| told.owner.invoice_id.clone().unwrap_or_default();
    if let Some(row) = unit.refunds.iter().find(|told| name(told) == own) {
        return told(row);
    }
    // rows without our name for a refund: made in PayPal's panel, or before refunds had names
    let is_another = |told: &&Payment| books.operation.refunds().iter().any(|known| known.reference.as_deref() == Some(&told.id));
    let nameless = unit.refunds.iter().filter(|told| refund_id(number, &name(told)).is_none() && !is_another(told));
    let alike: Vec<&Payment> = nameless.filter(|told| told.amount == Some(asked.amount)).collect();
    match alike[..] {
        [] => Ok(Row::None),
        [row] => told(row),
        _ => Ok(Row::Several),
    }
}
