//! What comes to the banks' own addresses: the buyer's browser with a form, or a call of the shop's server.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request as Incoming, State};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response as Outgoing};
use axum::routing::get;
use http::header::{ACCEPT, CONTENT_TYPE, HOST, LOCATION, ORIGIN};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use serde_json::json;

use super::language::Language;
use super::listen::Cut;
use super::mood::MoodKind;
use super::shared::{Shared, entry, now};
use super::{BankName, buyer, control, deliver, html};
use crate::{Complaint, FormPost, SimulatedBank as _};

pub(super) fn router(shared: Arc<Shared>) -> Router {
    let mut router = Router::new().route("/", get(front)).route("/buyer/{bank}/{page}", get(buyer::page).post(buyer::choose));
    if shared.control {
        router = router.merge(control::routes());
    }
    router.fallback(bank).layer(from_fn(from_here)).with_state(shared)
}

/// Nobody outside can call by a name of his own that leads to this machine, and no foreign page can script the banks or press the
/// buyer's buttons.
async fn from_here(request: Incoming, next: Next) -> Outgoing {
    if !is_from_here(request.method(), request.uri(), request.headers()) {
        return (StatusCode::FORBIDDEN, "only from this machine\n").into_response();
    }
    next.run(request).await
}

fn is_from_here(method: &Method, uri: &Uri, headers: &HeaderMap) -> bool {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (host, origin) = (header(HOST), header(ORIGIN));
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let foreign = !origin.is_empty() && origin.strip_prefix("http://") != Some(host);
    // a form of a shop may come from anywhere, and leads to a page of the buyer's
    let guarded = uri.path().starts_with("/control") || (method == Method::POST && uri.path().starts_with("/buyer/"));
    matches!(name, "127.0.0.1" | "localhost" | "[::1]") && !(foreign && guarded)
}

async fn front(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap) -> Outgoing {
    html::front(Language::of(uri.query(), &headers), &shared)
}

/// Whose address it is, and whether a browser goes there.
enum Place {
    Page(BankName),
    Call(BankName),
}

fn place(method: &Method, path: &str, body: &[u8]) -> Option<Place> {
    Some(match path {
        "/sis/realizarPago" => Place::Page(BankName::Redsys),
        "/apl02/services/SerClsWSConsulta" => Place::Call(BankName::Redsys),
        "/tpvweb/tpv/compra.action" => Place::Page(BankName::Ceca),
        "/webapp/ConsTpvVirtWeb/ConsTpvVirtS" => Place::Call(BankName::Ceca),
        "/pay" => Place::Page(BankName::Elavon),
        "/epage-remote.cgi" | "/remote" => Place::Call(BankName::Elavon),
        "/checkoutnow" => Place::Page(BankName::Paypal),
        "/nvp" => Place::Call(BankName::PaypalNvp),
        "/cgi-bin/webscr" if method == Method::POST && body.starts_with(b"cmd=_notify-validate") => {
            Place::Call(BankName::PaypalNvp)
        }
        "/cgi-bin/webscr" => Place::Page(BankName::PaypalNvp),
        _ if path.starts_with("/sis/rest/") => Place::Call(BankName::Redsys),
        _ if path.starts_with("/tpvweb/") => Place::Call(BankName::Ceca),
        _ if path.starts_with("/v1/") || path.starts_with("/v2/") => Place::Call(BankName::Paypal),
        _ => return None,
    })
}

async fn bank(State(shared): State<Arc<Shared>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Outgoing {
    let language = Language::of(uri.query(), &headers);
    let Some(place) = place(&method, uri.path(), &body) else { return html::nothing_here(language) };
    let mut request = Request::new(body.to_vec());
    (*request.method_mut(), *request.uri_mut(), *request.headers_mut()) = (method, uri, headers);
    match place {
        Place::Page(bank) => open(&shared, bank, &request, language),
        Place::Call(bank) => call(&shared, bank, &request).await,
    }
}

/// The buyer arrives with the shop's form.
fn open(shared: &Shared, bank: BankName, request: &Request<Vec<u8>>, language: Language) -> Outgoing {
    let opened = shared.with(|desks| desks.desk_mut(bank).bank.open(&brought(shared, request), now()));
    let title = match &opened {
        Ok(page) => format!("accepted: page {}", page.id),
        Err(complaints) => {
            format!("refused: {}", complaints.iter().map(Complaint::to_string).collect::<Vec<_>>().join("; "))
        }
    };
    shared.record().add(entry(bank, "form", title).request(request));
    let as_json = wants_json(request.headers());
    match opened {
        Ok(page) => {
            let url = format!("/buyer/{bank}/{}?lang={}", page.id, language.code());
            if as_json {
                return json_answer(StatusCode::OK, &json!({"page": page.id, "url": format!("{}{url}", shared.addresses.base)}));
            }
            (StatusCode::SEE_OTHER, [(LOCATION, url)]).into_response()
        }
        Err(complaints) if as_json => {
            let complaint =
                |complaint: &Complaint| json!({"field": complaint.field, "what": complaint.what, "manual": complaint.manual});
            let complaints: Vec<_> = complaints.iter().map(complaint).collect();
            json_answer(StatusCode::BAD_REQUEST, &json!({"complaints": complaints}))
        }
        Err(complaints) => html::refused(language, bank, &complaints),
    }
}

/// The form as a browser brings it: the fields of a GET form stand in the address.
fn brought(shared: &Shared, request: &Request<Vec<u8>>) -> FormPost {
    let (uri, base) = (request.uri(), &shared.addresses.base);
    let fields = |bytes: &[u8]| form_urlencoded::parse(bytes).into_owned().collect();
    if request.method() == Method::POST {
        let action = format!("{base}{uri}");
        return FormPost { action, method: crate::Method::Post, fields: fields(request.body()) };
    }
    let own = |name: &str| name != "lang";
    let mut fields: Vec<(String, String)> = fields(uri.query().unwrap_or_default().as_bytes());
    fields.retain(|(name, _)| own(name));
    FormPost { action: format!("{base}{}", uri.path()), method: crate::Method::Get, fields }
}

/// The shop's server asks for something.
async fn call(shared: &Arc<Shared>, bank: BankName, request: &Request<Vec<u8>>) -> Outgoing {
    let address = format!("{} {}", request.method(), request.uri());
    let body = String::from_utf8_lossy(request.body());
    let moods = shared.with(|desks| desks.desk_mut(bank).moods.of_call(&address, &body));
    let path = request.uri().path();
    if moods.is(MoodKind::Error500) {
        let answer = status(StatusCode::INTERNAL_SERVER_ERROR);
        shared.record().add(entry(bank, "call", format!("{path}: error-500")).request(request).response(&answer));
        return answer.map(Body::from);
    }
    let (answer, messages) = shared.with(|desks| {
        let desk = desks.desk_mut(bank);
        (desk.bank.answer(request, now()), desk.bank.take_messages())
    });
    let title = [path, &moods.names()].join(" ");
    shared.record().add(entry(bank, "call", title.trim()).request(request).response(&answer));
    if !messages.is_empty() {
        let shared = Arc::clone(shared);
        tokio::spawn(async move { deliver::deliver(&shared, bank, messages).await });
    }
    // what was asked is done all the same
    if let Some(seconds) = moods.seconds(MoodKind::Slow) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
    let mut answer = answer.map(Body::from);
    if moods.is(MoodKind::LoseAnswer) {
        answer.extensions_mut().insert(Cut);
    }
    answer
}

fn status(status: StatusCode) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    response
}

/// Whether it is a program that asks.
pub(super) fn wants_json(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|accepted| accepted.contains("application/json"))
}

pub(super) fn json_answer(status: StatusCode, value: &serde_json::Value) -> Outgoing {
    (status, [(CONTENT_TYPE, "application/json")], format!("{value}\n")).into_response()
}
