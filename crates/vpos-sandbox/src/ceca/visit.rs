//! The buyer on the bank's page, the notification of an authorised payment, and the merchant's answer that keeps or annuls it.
//!
//! Sources: the bank's official module 1.1.1, and django-virtual-pos.

use http::{Request, Response, StatusCode};
use vpos_core::Timestamp;

use super::CecaBank;
use crate::browser::{get, post_form};
use crate::{Choice, MovementKind, Page, Visit};

/// The one good answer.
const GOOD: &[u8] = b"$*$OKY$*$";

/// How long the bank is said to wait.
const PATIENCE_S: i64 = 30;

/// A notification whose answer decides.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    body: Vec<u8>,
    number: String,
    reference: String,
    since: Timestamp,
}

pub(super) fn choose(bank: &mut CecaBank, page: &Page, choice: &Choice, now: Timestamp) -> Visit {
    let Some(number) = bank.pages.get(&page.id).cloned() else { return Visit::nothing() };
    let Some(order) = bank.books.orders.get(&number) else { return Visit::nothing() };
    let (ok, nok) = (get(&order.url_ok), get(&order.url_nok));
    // declined: the page stays, the buyer may try another card
    if !matches!(choice, Choice::Decline(_)) {
        bank.pages.remove(&page.id);
    }
    match choice {
        Choice::Pay => Visit { notification: pay(bank, &number, now).into_iter().collect(), browser: ok },
        // two at once pay twice: what users of other libraries stumbled over
        Choice::PayTwice => {
            let both = [pay(bank, &number, now), pay(bank, &number, now)];
            Visit { notification: both.into_iter().flatten().collect(), browser: ok }
        }
        // only authorised payments are notified
        Choice::Decline(_) | Choice::Cancel => Visit { notification: Vec::new(), browser: nok },
        Choice::Close => Visit::nothing(),
    }
}

/// Charges, and tells the merchant at the panel's address; without one nobody is asked and the charge stands.
fn pay(bank: &mut CecaBank, number: &str, now: Timestamp) -> Option<Request<Vec<u8>>> {
    let order = bank.books.orders.get(number)?.clone();
    let (reference, authorization) = bank.books.record(number, MovementKind::Charge, order.amount, None, now);
    let merchant = &bank.merchant;
    let address = merchant.notification_url.as_deref()?;
    let (merchant_id, acquirer_bin) = (merchant.padded_merchant_id(), merchant.padded_acquirer_bin());
    let (terminal_id, minor) = (merchant.padded_terminal_id(), order.amount.minor_units().to_string());
    let signed = [
        ("MerchantID", merchant_id.as_str()),
        ("AcquirerBIN", &acquirer_bin),
        ("TerminalID", &terminal_id),
        ("Num_operacion", number),
        ("Importe", &minor),
        ("TipoMoneda", &order.currency),
        ("Exponente", "2"),
        ("Referencia", &reference),
    ];
    let message: String = signed.iter().map(|(_, value)| *value).collect();
    let signature = merchant.cipher.sign(&merchant.key, number, &message);
    let mut fields = signed.to_vec();
    fields.extend([
        ("Firma", signature.as_str()),
        ("Num_aut", &authorization),
        ("Idioma", &order.language),
        ("Pais", "724"),
        ("Descripcion", &order.description),
    ]);
    let request = post_form(address, &fields)?;
    let body = request.body().clone();
    bank.waiting.push(Waiting { body, number: number.to_owned(), reference, since: now });
    Some(request)
}

/// Anything but the one good answer, in time, annuls the payment; the browser then goes to `URL_NOK`.
pub(super) fn hear(
    bank: &mut CecaBank,
    notification: &Request<Vec<u8>>,
    reply: Option<&Response<Vec<u8>>>,
    now: Timestamp,
) -> Option<Request<Vec<u8>>> {
    let place = bank.waiting.iter().position(|waiting| waiting.body == *notification.body())?;
    let waiting = bank.waiting.remove(place);
    let in_time = now.as_second().saturating_sub(waiting.since.as_second()) <= PATIENCE_S;
    let is_good = |reply: &Response<Vec<u8>>| reply.status() == StatusCode::OK && reply.body() == GOOD;
    if in_time && reply.is_some_and(is_good) {
        return None;
    }
    let amount = bank.books.charge(&waiting.number, &waiting.reference)?.amount;
    bank.books.record(&waiting.number, MovementKind::Void, amount, Some(&waiting.reference), now);
    get(&bank.books.orders.get(&waiting.number)?.url_nok)
}
