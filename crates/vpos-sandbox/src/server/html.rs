//! Every page: works without script, by keyboard, under a strict Content-Security-Policy, with nothing from elsewhere.

mod panel;
mod style;

use axum::response::{IntoResponse as _, Response as Outgoing};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{Method, Request, StatusCode};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::BankName;
use super::language::Language;
use super::shared::Shared;
use crate::{Complaint, Shown};

pub(super) use panel::panel;

/// Sends the one form of a page.
const SUBMIT: &str = "document.forms[0].submit()";

/// A whole page.
fn document(
    status: StatusCode,
    language: Language,
    title: &str,
    bank: Option<BankName>,
    script: bool,
    inside: &Markup,
) -> Outgoing {
    let page = html! {
        (DOCTYPE)
        html lang=(language.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(style::STYLE)) }
            }
            body class=(bank.map_or("wide", BankName::as_str)) {
                header {
                    strong { (bank.map_or("vpos-sandbox", BankName::title)) }
                    span { (language.pick("banco simulado: aquí no se mueve dinero", "simulated bank: no money moves here")) }
                }
                main { (inside) }
                @if script { script { (PreEscaped(SUBMIT)) } }
            }
        }
    };
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (CONTENT_SECURITY_POLICY, style::policy(script.then_some(SUBMIT))),
        // under "no-referrer" a browser would hide from us that our own forms are ours: their Origin would be "null"
        (REFERRER_POLICY, "same-origin".to_owned()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    (status, headers, page.into_string()).into_response()
}

fn message(status: StatusCode, language: Language, bank: Option<BankName>, title: &str, text: &str) -> Outgoing {
    document(status, language, title, bank, false, &html! { h1 { (title) } p { (text) } })
}

/// The front page: where everything is.
pub(super) fn front(language: Language, shared: &Shared) -> Outgoing {
    let inside = html! {
        h1 { (language.pick("Los bancos están abiertos", "The banks are open")) }
        p { (language.pick("Contratos de prueba para tu vpos.toml:", "Test contracts for your vpos.toml:")) }
        pre tabindex="0" { (shared.addresses.vpos_toml()) }
        @if shared.control {
            p { a href="/control" { (language.pick("Panel de control", "Control panel")) } }
        }
    };
    document(StatusCode::OK, language, "vpos-sandbox", None, false, &inside)
}

pub(super) fn nothing_here(language: Language) -> Outgoing {
    let text = language.pick("Ningún banco tiene esta dirección.", "No bank has this address.");
    message(StatusCode::NOT_FOUND, language, None, language.pick("Aquí no hay nada", "Nothing here"), text)
}

/// The form has faults: all of them, and where the manual says so.
pub(super) fn refused(language: Language, bank: BankName, complaints: &[Complaint]) -> Outgoing {
    let title = language.pick("El banco rechaza este formulario", "The bank refuses this form");
    let inside = html! {
        h1 { (title) }
        p { (language.pick("Al comprador no se le enseñaría la página de pago.", "The buyer would not see the payment page.")) }
        div.scroll { table {
            thead { tr {
                th scope="col" { (language.pick("Campo", "Field")) }
                th scope="col" { (language.pick("Qué está mal", "What is wrong")) }
                th scope="col" { (language.pick("Dónde lo dice el manual", "Where the manual says so")) }
            } }
            tbody {
                @for complaint in complaints {
                    tr { th scope="row" { code { (complaint.field) } } td { (complaint.what) } td { (complaint.manual) } }
                }
            }
        } }
    };
    document(StatusCode::BAD_REQUEST, language, title, Some(bank), false, &inside)
}

/// The page on which the buyer pays, or does not.
pub(super) fn buyer(language: Language, bank: BankName, id: &str, shown: &Shown) -> Outgoing {
    let title = match bank {
        BankName::Paypal | BankName::PaypalNvp => language.pick("Pagar con PayPal", "Pay with PayPal"),
        BankName::Ceca | BankName::Elavon | BankName::Redsys => language.pick("Pago con tarjeta", "Card payment"),
    };
    let other = language.pick("en", "es");
    let button = |value: &str, class: &str, text: &str| html! { button name="choice" value=(value) class=(class) { (text) } };
    let inside = html! {
        nav { a href={ "?lang=" (other) } lang=(other) { (language.pick("English", "Español")) } }
        h1 { (title) }
        dl {
            dt { (language.pick("Importe", "Amount")) } dd class="amount" { (shown.amount) }
            dt { (language.pick("Pedido", "Order")) } dd { code { (shown.order) } }
            @if !shown.description.is_empty() { dt { (language.pick("Concepto", "Description")) } dd { (shown.description) } }
        }
        form method="post" action={ "/buyer/" (bank) "/" (id) "?lang=" (language.code()) } {
            // the first button is what the key Enter presses
            p { (button("pay", "pay", language.pick("Pagar", "Pay"))) }
            fieldset {
                legend { (language.pick("Denegar", "Decline")) }
                label for="code" { (language.pick("Código", "Code")) }
                select id="code" name="code" {
                    @for (code, spanish, english) in bank.declines() {
                        option value=(code) { (code) " " (language.pick(spanish, english)) }
                    }
                }
                label for="own" { (language.pick("u otro", "or another")) }
                input id="own" name="own" size="8" maxlength="40" pattern="[A-Za-z0-9_]*" autocomplete="off";
                (button("decline", "", language.pick("Denegar", "Decline")))
            }
            p class="others" {
                (button("cancel", "", language.pick("Cancelar y volver a la tienda", "Cancel and go back to the shop")))
                (button("pay-twice", "", language.pick("Pagar dos veces", "Pay twice")))
                (button("close", "", language.pick("Cerrar la ventana", "Close the window")))
            }
        }
    };
    document(StatusCode::OK, language, title, Some(bank), false, &inside)
}

/// A declined card where the page stays: another card, or back to the shop.
pub(super) fn declined(language: Language, bank: BankName, id: &str, next: &Request<Vec<u8>>) -> Outgoing {
    let title = language.pick("Operación denegada", "Payment declined");
    let inside = html! {
        h1 { (title) }
        p { a class="button" href={ "/buyer/" (bank) "/" (id) "?lang=" (language.code()) } {
            (language.pick("Probar con otra tarjeta", "Try another card"))
        } }
        (way(language, next))
    };
    document(StatusCode::OK, language, title, Some(bank), false, &inside)
}

/// The browser carries a form to the shop: by itself, or by the button where there is no script.
pub(super) fn onward(language: Language, bank: BankName, next: &Request<Vec<u8>>) -> Outgoing {
    let title = language.pick("Volviendo a la tienda", "Going back to the shop");
    let inside = html! { h1 { (title) } (way(language, next)) };
    document(StatusCode::OK, language, title, Some(bank), true, &inside)
}

/// The way to the shop: a link, or a form with its fields.
fn way(language: Language, next: &Request<Vec<u8>>) -> Markup {
    let text = language.pick("Volver a la tienda", "Back to the shop");
    if next.method() == Method::GET {
        return html! { p { a class="button" href=(next.uri()) { (text) } } };
    }
    html! {
        form method="post" action=(next.uri()) {
            @for (name, value) in form_urlencoded::parse(next.body()) { input type="hidden" name=(name) value=(value); }
            p { button class="pay" { (text) } }
        }
    }
}

/// The page was left, and the browser goes nowhere.
pub(super) fn left(language: Language, bank: BankName, choice: &str) -> Outgoing {
    let title = match choice {
        "close" => language.pick("La ventana está cerrada", "The window is closed"),
        "cancel" => language.pick("Pago abandonado", "Payment left"),
        _ => language.pick("El banco no devuelve al comprador", "The bank does not send the buyer back"),
    };
    let text = language.pick("La tienda no ha recibido al comprador.", "The shop has not got the buyer back.");
    message(StatusCode::OK, language, Some(bank), title, text)
}

/// A page that is not open, or not any more.
pub(super) fn closed(language: Language, bank: BankName) -> Outgoing {
    let title = language.pick("Esta página ya no está abierta", "This page is not open any more");
    let text = language
        .pick("El pago terminó, o el banco no conoce la página.", "The payment has ended, or the bank does not know the page.");
    message(StatusCode::GONE, language, Some(bank), title, text)
}
