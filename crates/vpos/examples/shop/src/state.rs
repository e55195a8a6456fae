//! What all handlers share.

use std::sync::Arc;

use axum::response::Response;
use vpos::core::ReqwestTransport;
use vpos::{AnyPos, Environment, PaymentFlow, PointOfSale as _, PosId};
use vpos_axum::{Addresses, Proxies};

use crate::admin::Door;
use crate::clerk::Clerk;
use crate::database::Database;
use crate::visitor::Cookie;

/// The payment flow of this shop.
pub(crate) type Flow<D> = PaymentFlow<D, ReqwestTransport, Clerk>;

/// The shop. Shared by all its handlers.
#[derive(Debug)]
pub struct Shop<D: Database> {
    pub(crate) flow: Flow<D>,
    pub(crate) at: Addresses,
    pub(crate) door: Door,
    pub(crate) proxies: Proxies,
    secure: bool,
}

/// What axum hands to a handler.
pub(crate) type Shared<D> = axum::extract::State<Arc<Shop<D>>>;

impl<D: Database> Shop<D> {
    /// A shop under that public address, whose back office opens to that password.
    ///
    /// # Errors
    /// When the address is no absolute http or https address.
    pub fn new(flow: PaymentFlow<D, ReqwestTransport, Clerk>, url: &str, password: &str) -> Result<Self, vpos::Error> {
        let base = url.trim_end_matches('/');
        Ok(Self {
            flow,
            at: Addresses::new(&format!("{base}/vpos"))?,
            door: Door::new(password),
            proxies: Proxies::default(),
            secure: base.starts_with("https:"),
        })
    }

    /// Behind so many proxies of its own.
    #[must_use]
    pub fn behind(mut self, proxies: usize) -> Self {
        self.proxies = Proxies::new(proxies);
        self
    }

    pub(crate) fn database(&self) -> &D {
        self.flow.store()
    }

    /// The contracts with which a buyer may pay. Once one of them is live no test one is among them: it would give goods away
    /// to whoever types the number of a test card.
    pub(crate) fn offered(&self) -> impl Iterator<Item = (&PosId, &AnyPos)> {
        let of = |environment| move |(_, pos): &(&PosId, &AnyPos)| pos.environment() == environment;
        let registry = self.flow.registry();
        let wanted = if registry.iter().any(|one| of(Environment::Live)(&one)) { Environment::Live } else { Environment::Test };
        registry.iter().filter(of(wanted))
    }

    /// Sets a cookie; over https alone where the shop is on https.
    pub(crate) fn set(&self, cookie: Cookie<'_>, response: Response) -> Response {
        cookie.onto(response, self.secure)
    }

    /// Where the form may go with which a buyer leaves for the bank, as sources of a Content-Security-Policy. A real shop
    /// names the addresses of its own banks.
    pub(crate) fn banks(&self) -> &'static str {
        let on_this_machine = self.offered().any(|(_, pos)| pos.environment() == Environment::Test);
        if on_this_machine { "https: http://127.0.0.1:* http://localhost:*" } else { "https:" }
    }
}
