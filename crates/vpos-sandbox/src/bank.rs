//! What every simulated bank does: opens pages, lets the buyer choose, answers calls, hears replies, keeps books.

use http::{Request, Response};
use vpos_core::Timestamp;

use crate::{Choice, Complaint, FormPost, Ledger, Page, Shown, Visit};

/// A bank, seen from outside. Opens no socket and reads no clock: requests and the time are arguments, ids come from a
/// counter, so the same calls give the same bytes.
pub trait SimulatedBank {
    /// The buyer's browser arrives with the merchant's form.
    ///
    /// # Errors
    /// Everything that the bank has against it: signature, fields, a number that it has seen. Nothing is kept then.
    fn open(&mut self, form: &FormPost, now: Timestamp) -> Result<Page, Vec<Complaint>>;

    /// What an open page shows; nothing when it is not open.
    fn shown(&self, page: &Page) -> Option<Shown>;

    /// The buyer does something on an open page. On a page that is not open, nothing comes of it.
    fn choose(&mut self, page: &Page, choice: Choice, now: Timestamp) -> Visit;

    /// A call from the merchant's server. What is wrong with it is answered with the bank's own error.
    fn answer(&mut self, request: &Request<Vec<u8>>, now: Timestamp) -> Response<Vec<u8>>;

    /// What the merchant answered to a notification; none when no answer came. A bank that listens annuls the payment when
    /// it is not a yes, and then says where the buyer's browser goes instead.
    fn reply(
        &mut self,
        notification: &Request<Vec<u8>>,
        reply: Option<&Response<Vec<u8>>>,
        now: Timestamp,
    ) -> Option<Request<Vec<u8>>>;

    /// Messages to the merchant's server that calls gave rise to since they were taken last, in order. Only PayPal has any.
    fn take_messages(&mut self) -> Vec<Request<Vec<u8>>> {
        Vec::new()
    }

    /// The books.
    fn ledger(&self) -> &Ledger;
}
