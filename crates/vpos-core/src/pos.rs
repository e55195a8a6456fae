//! The trait that every bank implements: a point of sale under one contract.

use http::Request;
use jiff::Timestamp;

use crate::operation::{Operation, Refund};
use crate::{
    Acceptor, Amount, Bank, Confirmation, Entropy, Environment, Error, Exchange, Notification, OperationNumber, Payment,
    PaymentForm, References, Rejection, Reply, Report,
};

/// What a contract can do beyond taking a payment. A call that it cannot do ends in [`Error::Unsupported`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
#[expect(clippy::exhaustive_structs, reason = "a bank crate must answer for every field")]
pub struct Capabilities {
    /// Hold now, capture later.
    pub preauthorization: bool,
    /// Capture less than was held.
    pub partial_capture: bool,
    /// Void a hold or a charge of the day.
    pub void: bool,
    /// Refund.
    pub refund: bool,
    /// Refund a part.
    pub partial_refund: bool,
    /// Undo a refund.
    pub void_refund: bool,
    /// Ask what became of an operation.
    pub query: bool,
    /// Charge a card on file.
    pub charge_reference: bool,
    /// The bank reads the answer to its notification and annuls the payment when it is a no.
    pub listens_to_reply: bool,
}

/// The form for the buyer, and what was learnt from the bank while it was made.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "both parts must be taken: the references are stored before the buyer leaves")]
pub struct Begun {
    /// Where the buyer goes.
    pub form: PaymentForm,
    /// To be kept with [`Operation::learn`].
    pub references: References,
}

/// A bank under one contract. Sans-IO: nothing is sent, no clock is read; what has to be asked of the bank comes back as an
/// [`Exchange`].
///
/// A payment goes through [`number`](Self::number) and [`begin`](Self::begin), then [`receive`](Self::receive),
/// [`verify`](Self::verify), [`charge`](Self::charge) where the bank has not moved the money yet, and [`accept`](Self::accept)
/// or [`reject`](Self::reject). The other calls come later, and not every bank has them ([`capabilities`](Self::capabilities)).
/// What is asked of the bank is recorded in the operation and stored before it is sent; the report goes back into the
/// operation, which is stored again:
///
/// | call | recorded by | settled by |
/// |---|---|---|
/// | `charge`, `charge_reference` | [`Operation::start_charge`] | [`Operation::settle`] |
/// | `capture` | [`Operation::start_capture`] | [`Operation::settle`] |
/// | `refund` | [`Operation::start_refund`] | [`Operation::settle_refund`] |
/// | `void` | [`Operation::start_void`] | [`Operation::settle`] |
/// | `void_refund` | | [`Operation::settle_refund`] |
/// | `query` | | [`Operation::settle_query`] |
pub trait PointOfSale {
    /// The contract's identity: what operations are stored with.
    fn acceptor(&self) -> &Acceptor;

    /// The bank.
    fn bank(&self) -> Bank {
        self.acceptor().bank()
    }

    /// Test or live.
    fn environment(&self) -> Environment {
        self.acceptor().environment()
    }

    /// What the contract can do.
    fn capabilities(&self) -> Capabilities;

    /// A number by this bank's rule. Each attempt to pay takes a new one: banks refuse one that they have seen.
    fn number(&self, seed: Entropy) -> OperationNumber;

    /// The form that sends the buyer to the bank. The operation is stored before.
    ///
    /// # Errors
    /// [`Error::Payment`] when the bank cannot express the payment; later [`Error::Bank`] or [`Error::Transport`] where the
    /// bank has to be asked.
    fn begin(&self, operation: &Operation, payment: &Payment, now: Timestamp) -> Result<Exchange<Begun>, Error>;

    /// Reads a message: a form post, JSON, SOAP, or a buyer's return. Believes nothing.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    fn receive(&self, request: &Request<Vec<u8>>) -> Result<Notification, Error>;

    /// Checks the message's origin, then every part of it against the stored operation.
    ///
    /// # Errors
    /// [`Error::Refused`] or [`Error::Malformed`].
    fn verify(&self, notification: &Notification, operation: &Operation, now: Timestamp)
    -> Result<Exchange<Confirmation>, Error>;

    /// What has to follow an approved confirmation so that the money moves; at banks where nothing has to, the confirmation
    /// itself. The operation was moved by [`Operation::start_charge`] before, and is by [`Operation::settle`] after.
    ///
    /// # Errors
    /// [`Error::Refused`] when the confirmation is of another operation or its deadline has passed: nothing is sent then.
    fn charge(&self, confirmation: &Confirmation, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error>;

    /// What the bank, or the buyer's browser, wants to hear when the message was kept: the same again for a repeated one.
    fn accept(&self, notification: &Notification, operation: &Operation) -> Reply;

    /// Whether the bank waits for the reply to that very message and annuls the payment when it is a no. A buyer's return, say,
    /// is answered to a browser, whatever the contract says of notifications.
    fn listens_to(&self, notification: &Notification) -> bool {
        let _ = notification;
        self.capabilities().listens_to_reply
    }

    /// What it hears when the message was not kept.
    fn reject(&self, notification: Option<&Notification>, operation: Option<&Operation>, why: &Rejection) -> Reply;

    /// Gives money back: a refund that [`Operation::start_refund`] recorded. The report goes to
    /// [`Operation::settle_refund`].
    ///
    /// # Errors
    /// [`Error::Unsupported`], or [`Error::Payment`] when the operation lacks what the bank needs.
    fn refund(&self, operation: &Operation, refund: &Refund, now: Timestamp) -> Result<Exchange<Report>, Error> {
        let _ = (operation, refund, now);
        Err(self.unsupported("refund"))
    }

    /// The most that a capture of that operation may ask for: the hold, unless the bank allows more.
    fn capture_limit(&self, operation: &Operation) -> Amount {
        operation.amount()
    }

    /// Charges what [`Operation::start_capture`] recorded. The report goes to [`Operation::settle`].
    ///
    /// # Errors
    /// As [`PointOfSale::refund`].
    fn capture(&self, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        let _ = (operation, now);
        Err(self.unsupported("capture"))
    }

    /// Undoes a hold, or a charge that the bank has not booked yet: what [`Operation::start_void`] recorded. The report goes
    /// to [`Operation::settle`]; when the answer was lost, the question stays open for [`query`](Self::query).
    ///
    /// # Errors
    /// As [`PointOfSale::refund`].
    fn void(&self, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        let _ = (operation, now);
        Err(self.unsupported("void"))
    }

    /// Undoes an approved refund. The report goes to [`Operation::settle_refund`].
    ///
    /// # Errors
    /// As [`PointOfSale::refund`].
    fn void_refund(&self, operation: &Operation, refund: &Refund, now: Timestamp) -> Result<Exchange<Report>, Error> {
        let _ = (operation, refund, now);
        Err(self.unsupported("void of a refund"))
    }

    /// Asks what became of the operation's [open question](Operation::open_question); the report goes to
    /// [`Operation::settle_query`].
    ///
    /// # Errors
    /// As [`PointOfSale::refund`].
    fn query(&self, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        let _ = (operation, now);
        Err(self.unsupported("query"))
    }

    /// Charges the card on file that the operation's references name, without the buyer. The operation was moved by
    /// [`Operation::start_charge`] before, and is by [`Operation::settle`] after.
    ///
    /// # Errors
    /// As [`PointOfSale::refund`].
    fn charge_reference(&self, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        let _ = (operation, now);
        Err(self.unsupported("charge by reference"))
    }

    /// Makes the bank forget the card on file that the operation's references name. The report moves no operation.
    ///
    /// # Errors
    /// As [`PointOfSale::refund`].
    fn delete_reference(&self, operation: &Operation, now: Timestamp) -> Result<Exchange<Report>, Error> {
        let _ = (operation, now);
        Err(self.unsupported("deletion of a card reference"))
    }

    /// The error of a call that this bank or contract cannot do.
    fn unsupported(&self, operation: &'static str) -> Error {
        Error::Unsupported { bank: self.bank(), operation }
    }
}
