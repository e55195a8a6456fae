//! The routes: what each does with a request, and the router that mounts them all.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::header::{CONTENT_TYPE, HOST, LOCATION};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use serde::Deserialize;
use vpos::core::Transport;
use vpos::flow::{Checkout, Clock, Merchant, Store};
use vpos::http::Request as Whole;
use vpos::{AnyPos, PaymentFlow, Reply};

use crate::bank::{incoming, read, whole};
use crate::desk::{Counter, Desk, Reader};
use crate::origin::text;
use crate::policy::{self, Nonce};
use crate::refused::wants_json;
use crate::script::script;
use crate::{Addresses, BankReply, Checkouts, Proxies, Refused, Site};

/// The routes over one flow. Cheap to clone; clones share everything.
///
/// Mount [`into_router`](Self::into_router), or each handler where you like it:
///
/// ```
/// use axum::extract::{Path, Request};
/// use axum::{Router, routing::any};
/// use vpos_axum::Routes;
///
/// fn shop(routes: &Routes) -> Router {
///     let routes = routes.clone();
///     let aviso = move |request: Request| async move { routes.notification("caja", request).await };
///     Router::new().route("/tpv/aviso", any(aviso))
/// }
/// ```
#[derive(Clone)]
pub struct Routes {
    desk: Arc<dyn Desk>,
    proxies: Proxies,
    /// Our own, where that is told.
    origin: Option<Arc<str>>,
}

impl Routes {
    /// Over a flow, with the application's own side.
    pub fn new<S, T, M, C, K>(flow: PaymentFlow<S, T, M, C>, checkouts: K) -> Self
    where
        S: Store + 'static,
        T: Transport + Send + Sync + 'static,
        M: Merchant<S> + 'static,
        C: Clock + 'static,
        K: Checkouts,
    {
        Self { desk: Arc::new(Counter { flow, checkouts: Arc::new(checkouts) }), proxies: Proxies::default(), origin: None }
    }

    /// Behind so many proxies of your own: see [`Proxies`].
    #[must_use]
    pub const fn behind(mut self, proxies: Proxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// Under that public address: a browser whose `Origin` is that one is at home in [`begin`](Self::begin), also behind a proxy that
    /// puts another name into `Host`.
    #[must_use]
    pub fn at(mut self, addresses: &Addresses) -> Self {
        self.origin = Some(addresses.origin().into());
        self
    }

    /// All of them, to be merged or nested:
    ///
    /// | route | for |
    /// |---|---|
    /// | `/begin/{sale}` | [`begin`](Self::begin) |
    /// | `/notification/{pos}` | [`notification`](Self::notification) |
    /// | `/bank/{bank}` | [`bank_notification`](Self::bank_notification) |
    /// | `/return/{pos}/{sale}` | [`returned`](Self::returned) |
    /// | `/cancel/{pos}/{sale}` | [`cancelled`](Self::cancelled) |
    /// | `/vpos.js` | [`SCRIPT`](crate::SCRIPT) |
    pub fn into_router<A: Clone + Send + Sync + 'static>(self) -> Router<A> {
        Router::new()
            .route("/begin/{sale}", any(begin))
            .route("/notification/{pos}", any(notification))
            .route("/bank/{bank}", any(bank_notification))
            .route("/return/{pos}/{sale}", any(returned))
            .route("/cancel/{pos}/{sale}", any(cancelled))
            .route("/vpos.js", get(script))
            .with_state(self)
    }

    /// The buyer presses "pay". POST alone: a link cannot begin a payment, nor, where the browser tells
    /// (`Sec-Fetch-Site`; where that is not sent, an `Origin` that is neither [ours](Self::at) nor the host that was asked), a page of
    /// another site.
    ///
    /// With `Accept: application/json` the answer is the form as JSON, for [`SCRIPT`](crate::SCRIPT); else a page that sends the
    /// form by itself, and by a button without script, under a strict Content-Security-Policy. Browsers hold `form-action`
    /// against redirects too: the page may go to the origin of the form's address, and nowhere else.
    pub async fn begin(&self, sale: &str, request: Request) -> Response {
        let headers = request.headers().clone();
        match self.checkout(sale, request).await {
            Ok(checkout) => sent(&checkout, &headers),
            Err(refused) => refused.into_response_for(&headers),
        }
    }

    async fn checkout(&self, sale: &str, request: Request) -> Result<Checkout, Refused> {
        if *request.method() != Method::POST {
            return Err(Refused::method("POST"));
        }
        let host = text(request.headers(), HOST).or_else(|| request.uri().authority().map(Authority::as_str));
        if Site::of(request.headers(), host, self.origin.as_deref()) == Site::CrossSite {
            return Err(Refused::cross_site());
        }
        let (parts, body) = request.into_parts();
        let body = read(Request::new(body)).await?;
        self.desk.begin(sale, &Whole::from_parts(parts, body)).await
    }

    /// What reaches the notification URL of a contract: the bank's message, or a browser that carries it (Elavon's response,
    /// PayPal's return). Nobody needs a session or a token here. An unknown contract is 404, a body above 64 KiB 413, anything but
    /// GET and POST 405.
    pub async fn notification(&self, pos: &str, request: Request) -> Response {
        self.notified(Reader::Pos(pos.to_owned()), request).await
    }

    /// The same where several contracts of a bank (`redsys`, `ceca`, …) share the address: the operation decides.
    pub async fn bank_notification(&self, bank: &str, request: Request) -> Response {
        match AnyPos::bank_named(bank) {
            Ok(bank) => self.notified(Reader::Bank(bank), request).await,
            Err(_) => Refused::not_found().into_response_for(request.headers()),
        }
    }

    async fn notified(&self, reader: Reader, request: Request) -> Response {
        match whole(request, self.proxies).await {
            Ok((message, from)) => BankReply::from(self.desk.confirm(reader, incoming(message, from)).await).into_response(),
            Err(refused) => refused.into_response(),
        }
    }

    /// The buyer comes back (`url_ok`). What the browser brings (Redsys's signed return, Elavon's response, PayPal's token)
    /// goes through the flow; one that brings nothing proves nothing and changes nothing. Then the browser goes on to
    /// [`order_page`](Checkouts::order_page), which shows what is stored.
    ///
    /// A sale that was never begun is 404, so that nobody can make a link that leads through here to somewhere odd.
    pub async fn returned(&self, pos: &str, sale: &str, request: Request) -> Response {
        self.back(pos, sale, request, false).await.unwrap_or_else(Refused::into_response)
    }

    /// The buyer comes back without having paid (`url_nok`): as [`returned`](Self::returned); then what is still pending is
    /// cancelled, after the bank was asked where it can be.
    ///
    /// Whoever knows the code of a sale can call this address: until the buyer has paid, the sale then stands as cancelled. An
    /// approval that comes all the same pays it. So take codes that cannot be guessed, and do not write "nothing was charged" on the
    /// page of a cancelled order whose bank cannot be asked (CECA). A request that the browser says is no navigation
    /// (`Sec-Fetch-Mode`: an image, a script) is 403 and does nothing.
    pub async fn cancelled(&self, pos: &str, sale: &str, request: Request) -> Response {
        if request.headers().get(HeaderName::from_static("sec-fetch-mode")).is_some_and(|mode| mode != "navigate") {
            return Refused::cross_site().into_response();
        }
        self.back(pos, sale, request, true).await.unwrap_or_else(Refused::into_response)
    }

    async fn back(&self, pos: &str, sale: &str, request: Request, cancel: bool) -> Result<Response, Refused> {
        if !self.desk.has_pos(pos) {
            return Err(Refused::not_found());
        }
        let (message, from) = whole(request, self.proxies).await?;
        let posted = *message.method() == Method::POST;
        if !message.body().is_empty() || message.uri().query().is_some_and(|query| !query.is_empty()) {
            let reply = self.desk.confirm(Reader::Pos(pos.to_owned()), incoming(message, from)).await;
            // to a post the bank crate knows what is wanted (Elavon's page leads on from the bank's side); a browser that came by
            // GET is sent to one of the two addresses that lead here, so the way is cut short
            if posted && says_something(&reply) {
                return Ok(BankReply::from(reply).into_response());
            }
        }
        let page = self.desk.order_page(sale).await.map_err(|error| {
            tracing::error!(%error, "the store failed for a buyer who came back");
            Refused::not_looked()
        })?;
        let page = page.ok_or_else(Refused::not_found)?;
        if cancel {
            self.desk.cancel(sale).await;
        }
        see_other(&page)
    }
}

fn says_something(reply: &Reply) -> bool {
    reply.location().is_some() || !reply.body().is_empty()
}

fn see_other(page: &str) -> Result<Response, Refused> {
    let location = HeaderValue::from_str(page).map_err(|_| {
        tracing::error!(page, "the page of an order is no address");
        Refused::not_looked()
    })?;
    Ok(policy::guard((StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response(), policy::NOTHING))
}

/// The form: for a script, or as a page that sends itself.
fn sent(checkout: &Checkout, headers: &HeaderMap) -> Response {
    if wants_json(headers) {
        let response = ([(CONTENT_TYPE, "application/json")], checkout.to_json()).into_response();
        return policy::guard(response, policy::NOTHING);
    }
    let nonce = match Nonce::new() {
        Ok(nonce) => nonce,
        Err(error) => {
            tracing::error!(%error, "the system gives no random bytes");
            return Refused::internal().into_response();
        }
    };
    let page = checkout.to_html_with_nonce(nonce.as_str());
    let response = ([(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response();
    policy::guard(response, &policy::of_form(&nonce, checkout.form.action()))
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").field("proxies", &self.proxies).finish_non_exhaustive()
    }
}

// by name, not by place: the router may be nested under a path with segments of its own

#[derive(Deserialize)]
struct Sale {
    sale: String,
}

#[derive(Deserialize)]
struct Pos {
    pos: String,
}

#[derive(Deserialize)]
struct BankName {
    bank: String,
}

#[derive(Deserialize)]
struct PosAndSale {
    pos: String,
    sale: String,
}

async fn begin(State(routes): State<Routes>, Path(Sale { sale }): Path<Sale>, request: Request) -> Response {
    routes.begin(&sale, request).await
}

async fn notification(State(routes): State<Routes>, Path(Pos { pos }): Path<Pos>, request: Request) -> Response {
    routes.notification(&pos, request).await
}

async fn bank_notification(State(routes): State<Routes>, Path(BankName { bank }): Path<BankName>, request: Request) -> Response {
    routes.bank_notification(&bank, request).await
}

async fn returned(State(routes): State<Routes>, Path(at): Path<PosAndSale>, request: Request) -> Response {
    routes.returned(&at.pos, &at.sale, request).await
}

async fn cancelled(State(routes): State<Routes>, Path(at): Path<PosAndSale>, request: Request) -> Response {
    routes.cancelled(&at.pos, &at.sale, request).await
}
