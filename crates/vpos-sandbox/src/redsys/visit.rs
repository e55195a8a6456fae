//! The buyer on the bank's page, and what the bank then tells the merchant.

use http::Request;
use vpos_core::Timestamp;

use super::books::Row;
use super::{RedsysBank, notice};
use crate::browser::get;
use crate::{Choice, Page, Visit};

pub(super) fn choose(bank: &mut RedsysBank, page: &Page, choice: Choice, now: Timestamp) -> Visit {
    let Some(number) = bank.pages.get(&page.id).cloned() else { return Visit::nothing() };
    let stays = matches!(choice, Choice::Decline(_));
    if !stays {
        bank.pages.remove(&page.id);
    }
    match choice {
        Choice::Pay => pay(bank, &number, now),
        Choice::PayTwice => {
            let mut visit = pay(bank, &number, now);
            // the second time the order is a repeated one: SIS0051, as Ds_Response 9051 in redsys-Messages
            let again = bank.books.order(&number).and_then(|order| order.rows.last().cloned());
            let again = again.map(|row| Row { response: Some("9051".into()), authorization: None, movement: None, ..row });
            visit.notification.extend(again.and_then(|row| notice::notification(bank, &number, &row, now)));
            visit
        }
        // the page stays: the buyer may try another card
        Choice::Decline(code) => fail(bank, &number, &declined(&code), now),
        Choice::Cancel => fail(bank, &number, "9915", now),
        Choice::Close => Visit::nothing(),
    }
}

fn pay(bank: &mut RedsysBank, number: &str, now: Timestamp) -> Visit {
    // where the merchant listens, its answer decides
    let listens = bank.merchant.soap && bank.books.order(number).is_some_and(|order| order.notify.is_some());
    let response = if listens { None } else { Some("0000") };
    let Some(row) = bank.books.pay(number, response, true, now) else { return Visit::nothing() };
    let shown = Row { response: Some("0000".into()), ..row };
    let notification: Vec<_> = notice::notification(bank, number, &shown, now).into_iter().collect();
    if let (true, Some(request)) = (listens, notification.first()) {
        let movement = shown.movement.clone().unwrap_or_default();
        bank.waiting.push(notice::Waiting { body: request.body().clone(), number: number.to_owned(), movement, since: now });
    }
    let browser = back(bank, number, &shown, true);
    Visit { notification, browser }
}

fn fail(bank: &mut RedsysBank, number: &str, code: &str, now: Timestamp) -> Visit {
    let Some(row) = bank.books.fail(number, code, true, now) else { return Visit::nothing() };
    let notification = notice::notification(bank, number, &row, now).into_iter().collect();
    Visit { notification, browser: back(bank, number, &row, false) }
}

/// The browser goes back to the shop, with the signed fields when the terminal is set so.
pub(super) fn back(bank: &RedsysBank, number: &str, row: &Row, good: bool) -> Option<Request<Vec<u8>>> {
    let order = bank.books.order(number)?;
    let address = if good { order.ok.as_deref()? } else { order.ko.as_deref()? };
    if !bank.merchant.fields_in_return {
        return get(address);
    }
    let fields = notice::fields(bank, number, row)?;
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let joint = if address.contains('?') { '&' } else { '?' };
    get(&format!("{address}{joint}{query}"))
}

/// Four digits; what is no refusal becomes 0190, "declined without a reason".
pub(super) fn declined(code: &str) -> String {
    let number = code.parse::<u16>().ok().filter(|number| *number <= 9_999 && code.bytes().all(|b| b.is_ascii_digit()));
    let refusal = number.filter(|number| *number > 99 && ![400, 481, 500, 900].contains(number));
    format!("{:04}", refusal.unwrap_or(190))
}
