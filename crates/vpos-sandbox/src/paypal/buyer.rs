//! The buyer: comes with a token, approves or not, and goes back to the shop with the token and a payer id.
//!
//! Source: banks/PAYPAL.md, sections 2, 3, 5 and 6.

use vpos_core::Timestamp;

use super::books::{Checkout, Stage};
use super::rest::Event;
use super::{PaypalAccess, PaypalBank};
use crate::browser::get;
use crate::{Choice, Complaint, FormPost, Method, Page, Visit};

/// The payer id of the one buyer there is.
pub(super) const PAYER: &str = "QYR5Z8XDVJNXQ";

/// A token is good for three hours (section 5).
pub(super) const TOKEN_SECONDS: i64 = 3 * 3_600;

impl PaypalBank {
    pub(super) fn opened(&mut self, form: &FormPost, now: Timestamp) -> Result<Page, Vec<Complaint>> {
        let mut wrong = Vec::new();
        if form.method != Method::Get {
            wrong.push(Complaint::new("method", "the buyer comes by a GET form", "the approval link is opened by GET"));
        }
        if form.action.contains('?') {
            wrong.push(Complaint::new(
                "action",
                "browsers drop the query of a GET form's action",
                "the approval link is opened by GET",
            ));
        }
        let classic = matches!(self.merchant.access, PaypalAccess::Nvp { .. });
        let path = form.action.parse::<http::Uri>().map(|uri| uri.path().to_owned()).unwrap_or_default();
        if path != if classic { "/cgi-bin/webscr" } else { "/checkoutnow" } {
            wrong.push(Complaint::new(
                "action",
                "not the page that the link leads to",
                "link payer-action or approve (Orders v2), or webscr (Express Checkout)",
            ));
        }
        if classic && form.field("cmd") != Some("_express-checkout") {
            wrong.push(Complaint::new("cmd", "not _express-checkout", "Express Checkout: cmd=_express-checkout"));
        }
        let checkout = form.field("token").and_then(|token| self.books.checkouts.get(token));
        match checkout {
            None => wrong.push(Complaint::new("token", "missing, there twice, or unknown", "10410")),
            Some(checkout) if checkout.stage == Stage::Done => {
                wrong.push(Complaint::new("token", "was paid already", "10415"));
            }
            Some(checkout) if is_late(checkout, now) => wrong.push(Complaint::new("token", "is older than three hours", "10411")),
            Some(_) => {}
        }
        let (Some(checkout), true) = (checkout, wrong.is_empty()) else { return Err(wrong) };
        let token = checkout.id.clone();
        let id = format!("checkout-{}", self.books.next());
        self.pages.insert(id.clone(), token);
        Ok(Page::new(id))
    }

    /// Approval moves no money; it is told by webhook where there is one. Paying twice is approving twice: one order, two
    /// events.
    pub(super) fn chosen(&mut self, page: &Page, choice: &Choice, now: Timestamp) -> Visit {
        let Some(token) = self.pages.remove(&page.id) else { return Visit::nothing() };
        let (declines, times) = match choice {
            Choice::Pay => (None, 1),
            Choice::PayTwice => (None, 2),
            Choice::Decline(code) => (Some(code.clone()), 1),
            Choice::Cancel => {
                let address = self.books.checkouts.get(&token).and_then(|checkout| checkout.cancel_url.as_deref());
                return Visit {
                    browser: address.and_then(|address| get(&with_query(address, &[("token", &token)]))),
                    ..Visit::nothing()
                };
            }
            Choice::Close => return Visit::nothing(),
        };
        let Some(checkout) = self.books.approve(&token, declines) else { return Visit::nothing() };
        let back = checkout.return_url.as_deref().map(|address| with_query(address, &[("token", &token), ("PayerID", PAYER)]));
        let notification = (0..times).filter_map(|_| self.event(&Event::Approved(token.clone()), now)).collect();
        Visit { notification, browser: back.and_then(|address| get(&address)) }
    }
}

/// Whether a checkout that nobody approved is too old.
pub(super) fn is_late(checkout: &Checkout, now: Timestamp) -> bool {
    checkout.stage == Stage::Open && now.as_second() - checkout.created.as_second() > TOKEN_SECONDS
}

fn with_query(address: &str, fields: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    format!("{address}{}{query}", if address.contains('?') { '&' } else { '?' })
}
