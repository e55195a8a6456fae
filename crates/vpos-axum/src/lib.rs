//! The payment flow of [`vpos`] in an axum 0.8 application: routes, extractors, replies, and the browser's script.
//!
//! Read next: [`Checkouts`], [`Routes`], then `docs/flow.md` of the repository for what the flow does; `crates/vpos/examples/shop` is a
//! shop to copy from, which `cargo xtask demo` runs against simulated banks.
//!
//! A whole shop. What is left to write is [`Merchant::on_paid`] (mark your order) and the two
//! methods of [`Checkouts`] (what does this order cost, and where is it shown):
//!
//! ```no_run
//! use axum::{Router, http::Request, response::Html, routing::get};
//! use vpos::core::ReqwestTransport;
//! use vpos::flow::{MemoryStore, MemoryTx, Paid};
//! use vpos::{Amount, Currency, Merchant, Payment, PaymentFlow, Registry};
//! use vpos_axum::{Addresses, Checkouts, Refused, Routes, segment};
//!
//! struct Orders;
//!
//! impl Merchant<MemoryStore> for Orders {
//!     type Error = std::io::Error;
//!     async fn on_paid(&self, paid: &Paid, _tx: &mut MemoryTx) -> Result<(), Self::Error> {
//!         Ok(println!("{} is paid", paid.sale())) // with a real store: UPDATE your table, by this transaction
//!     }
//! }
//!
//! struct Shop(Addresses);
//!
//! impl Checkouts for Shop {
//!     async fn payment(&self, sale: &str, _: &Request<Vec<u8>>) -> Result<(String, Payment), Refused> {
//!         let payment = Payment::builder(sale, Amount::parse("12.50", Currency::EUR)?) // from your own table
//!             .notification_url(self.0.notification("caja"))
//!             .url_ok(self.0.returned("caja", sale))
//!             .url_nok(self.0.cancelled("caja", sale));
//!         Ok(("caja".into(), payment.build()?))
//!     }
//!     fn order_page(&self, sale: &str) -> String {
//!         format!("/pedido/{}", segment(sale))
//!     }
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let flow = PaymentFlow::new(Registry::open("vpos.toml")?, MemoryStore::new(), ReqwestTransport::new()?, Orders);
//!     let at = Addresses::new("https://tienda.example/vpos")?;
//!     let routes = Routes::new(flow, Shop(at.clone())).at(&at);
//!     let page = r#"<!DOCTYPE html><html lang="es"><title>Pedido</title><script src="/vpos/vpos.js" defer></script>
//!         <form method="post" action="/vpos/begin/PED-17" data-vpos><button>Pagar 12,50 €</button></form></html>"#;
//!     let app = Router::new().route("/pedido/{sale}", get(move || async move { Html(page) })).nest("/vpos", routes.into_router());
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
//!     Ok(axum::serve(listener, app.into_make_service_with_connect_info::<std::net::SocketAddr>()).await?)
//! }
//! ```
//!
//! # What happens
//!
//! 1. The buyer's browser posts to `/vpos/begin/PED-17`. [`Checkouts::payment`] says what that costs; the operation is stored;
//!    the browser gets a page that goes to the bank, or, when [`SCRIPT`] asked, the form as JSON.
//! 2. The bank calls `/vpos/notification/caja`: verified, stored, `on_paid`, replied to.
//! 3. The buyer comes back to `/vpos/return/caja/PED-17` (or `/vpos/cancel/…`), where what the browser carries is verified too,
//!    and goes on to [`Checkouts::order_page`].
//!
//! Besides, call [`reconcile`](vpos::PaymentFlow::reconcile) from a timer.
//!
//! | route | who calls it | method of [`Routes`] | its address |
//! |---|---|---|---|
//! | `/begin/{sale}` | the buyer's browser, by POST alone | [`begin`](Routes::begin) | [`Addresses::begin`] |
//! | `/notification/{pos}` | the bank; at Elavon and PayPal the buyer's browser too | [`notification`](Routes::notification) | [`Addresses::notification`] |
//! | `/bank/{bank}` | the same, where several contracts of a bank share one address, as at CECA | [`bank_notification`](Routes::bank_notification) | [`Addresses::bank_notification`] |
//! | `/return/{pos}/{sale}` | the buyer's browser, `url_ok` | [`returned`](Routes::returned) | [`Addresses::returned`] |
//! | `/cancel/{pos}/{sale}` | the buyer's browser, `url_nok` | [`cancelled`](Routes::cancelled) | [`Addresses::cancelled`] |
//! | `/vpos.js` | the page with the button | | [`SCRIPT`] |
//!
//! [`Routes::into_router`] mounts them all; or mount each method where you like it. [`Routes::behind`] says how many proxies of
//! yours stand in front, so that the evidence has the sender's address. A handler that is wholly your own takes a
//! [`BankRequest`], hands it to [`confirm`](vpos::PaymentFlow::confirm), and answers with a [`BankReply`].
//!
//! # What middleware must leave alone
//!
//! A bank has no session and no CSRF token, and its browser posts come from another site: put what asks for those around your
//! own routes, not around these. `begin` is a browser's: whether this buyer may pay this sale, [`Checkouts::payment`] decides, which sees
//! the whole request. Nothing here reads or sets a cookie.
//!
//! A handler here does not stop when the connection closes: a charge whose answer is on its way is stored. Let the program
//! drain its tasks when it stops; what is cut off all the same, `reconcile` finds.
//!
//! # What is left to you
//!
//! Slow clients: a body has 30 seconds here, but connections, headers and your own forms are the business of the proxy in front, or of a
//! layer with a time limit. Secrets: an operation's number is none, and a return or a message that proves nothing is answered with the
//! stored `url_nok`; a sale's code that stands there, as by [`Addresses::cancelled`], is no secret from whoever knows the number.
//! [`Checkouts`] says what kind of code to take.
//!
//! # What a browser may do with the pages
//!
//! | page | policy |
//! |---|---|
//! | the form on its way to the bank | one script, by a nonce; `form-action` the bank's origin; in no frame |
//! | a refusal | one style, by a nonce; in no frame |
//! | a bank's reply that a browser shows (Elavon's) | no script, no style, no form; a link and a `<meta>` refresh, which need no leave. It may stand in a frame, as the bank's page may |
//!
//! None is kept (`no-store`), and the next site learns the origin alone. Where the bank fetches a reply and shows it on
//! its own site, these headers do not reach the browser: the page has nothing that would need them.

mod addresses;
mod bank;
mod checkouts;
mod desk;
mod origin;
mod policy;
mod refused;
mod routes;
mod script;

use axum::Router;
use vpos::PaymentFlow;
use vpos::core::Transport;
use vpos::flow::{Clock, Merchant, Store};

pub use addresses::{Addresses, segment};
pub use bank::{BankReply, BankRequest, Proxies};
pub use checkouts::{Checkouts, field};
pub use origin::Site;
pub use refused::Refused;
pub use routes::Routes;
pub use script::SCRIPT;

/// All routes over a flow, to be merged or nested: short for [`Routes::new`] and [`Routes::into_router`].
pub fn routes<S, T, M, C, K>(flow: PaymentFlow<S, T, M, C>, checkouts: K) -> Router
where
    S: Store + 'static,
    T: Transport + Send + Sync + 'static,
    M: Merchant<S> + 'static,
    C: Clock + 'static,
    K: Checkouts,
{
    Routes::new(flow, checkouts).into_router()
}
