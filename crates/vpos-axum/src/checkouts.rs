//! The application's side: which payment a buyer's click means, and which page shows an order.

use std::future::Future;

use axum::http::Request;
use axum::http::header::CONTENT_TYPE;
use vpos::Payment;

use crate::Refused;

/// What only the application knows of an order that is about to be paid.
///
/// The code of a sale stands in addresses that the buyer, the bank and their logs see, and whoever knows it can call them
/// ([`Routes::cancelled`](crate::Routes::cancelled)): take codes that cannot be guessed, random ones of 80 bits, say, and not a counter.
///
/// ```
/// use axum::http::{Request, StatusCode};
/// use vpos::{Amount, Currency, Environment, Payment, PointOfSale as _, Registry};
/// use vpos_axum::{Addresses, Checkouts, Refused, field, segment};
///
/// struct Shop {
///     at: Addresses,
///     offered: Vec<String>,
/// }
///
/// /// The contracts to choose from. Beside a live one no test one is offered: a test card pays there, with no money.
/// fn offered(contracts: &Registry) -> Vec<String> {
///     let live = contracts.iter().any(|(_, pos)| pos.environment() == Environment::Live);
///     let good = contracts.iter().filter(|(_, pos)| !live || pos.environment() == Environment::Live);
///     good.map(|(id, _)| id.to_string()).collect()
/// }
///
/// impl Checkouts for Shop {
///     async fn payment(&self, sale: &str, request: &Request<Vec<u8>>) -> Result<(String, Payment), Refused> {
///         // from your own table: is it this buyer's order, and what does it cost?
///         if sale != "PED-17" {
///             return Err(Refused::new(StatusCode::NOT_FOUND, "No existe ese pedido.", "There is no such order."));
///         }
///         // the buyer's choice: one that the page offers, not any that is configured
///         let pos = field(request, "pos").filter(|pos| self.offered.contains(pos));
///         let pos = pos.ok_or_else(|| Refused::new(StatusCode::UNPROCESSABLE_ENTITY, "Elija cómo pagar.", "Choose how to pay."))?;
///         let payment = Payment::builder(sale, Amount::parse("123.45", Currency::EUR)?)
///             .notification_url(self.at.notification(&pos))
///             .url_ok(self.at.returned(&pos, sale))
///             .url_nok(self.at.cancelled(&pos, sale))
///             .build()?;
///         Ok((pos, payment))
///     }
///
///     fn order_page(&self, sale: &str) -> String {
///         format!("/pedido/{}", segment(sale))
///     }
/// }
/// ```
pub trait Checkouts: Send + Sync + 'static {
    /// The buyer wants to pay this sale: with which contract, and what? The request is the browser's, whole: its cookies, what
    /// middleware put into its extensions, the [fields](field) of its form. Whether this buyer may pay this sale, with that contract, and how
    /// often it may be begun is decided here: each operation costs rows, and a question to its bank later.
    ///
    /// # Errors
    /// [`Refused`]: what the buyer sees instead. An error of [`Payment::builder`](vpos::Payment::builder) turns into one.
    fn payment(&self, sale: &str, request: &Request<Vec<u8>>) -> impl Future<Output = Result<(String, Payment), Refused>> + Send;

    /// The page that shows an order: the buyer is sent there after the bank, whatever happened. It reads what is stored, and
    /// must cope with an order that is not paid yet: the bank's message may still be on its way. A path, or a whole address; put
    /// the sale into it by [`segment`](crate::segment).
    fn order_page(&self, sale: &str) -> String;
}

/// A field of the form that a request posted; none when there is no such field, or no form.
///
/// ```
/// use axum::http::Request;
///
/// let form = "application/x-www-form-urlencoded";
/// let request = Request::post("/").header("content-type", form).body(b"pos=caja".to_vec()).unwrap();
/// assert_eq!(vpos_axum::field(&request, "pos").as_deref(), Some("caja"));
/// ```
pub fn field(request: &Request<Vec<u8>>, name: &str) -> Option<String> {
    let kind = request.headers().get(CONTENT_TYPE)?.to_str().ok()?.split(';').next()?.trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return None;
    }
    form_urlencoded::parse(request.body()).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}
