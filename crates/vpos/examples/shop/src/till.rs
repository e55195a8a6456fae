//! Which payment a click on "pay" means: the one question that vpos-axum asks.

use std::sync::Arc;

use axum::http::{Request, StatusCode};
use vpos::{Payment, PaymentKind, PointOfSale as _, Timestamp};
use vpos_axum::{Checkouts, Refused, field, segment};

use crate::database::Database;
use crate::oops::Oops;
use crate::order::{Order, OrderState};
use crate::state::Shop;
use crate::texts::{Language, Texts};

/// So many operations of a sale within an hour, and no more: nobody needs as many.
const MOST_BEGUN: usize = 20;
const HOUR: i64 = 3600;

/// The till of a shop.
pub(crate) struct Till<D: Database>(pub(crate) Arc<Shop<D>>);

impl<D: Database> Checkouts for Till<D> {
    /// What it costs stands in the shop's own table; of the form only the way to pay is believed, when it is one of those that the page
    /// offers.
    async fn payment(&self, sale: &str, request: &Request<Vec<u8>>) -> Result<(String, Payment), Refused> {
        let order = self.0.database().order(sale).await.map_err(Oops::from).map_err(Refused::with)?;
        let order = order.ok_or_else(|| refused(StatusCode::NOT_FOUND, |texts| texts.no_such_order))?;
        // a hold that was let go leaves the order held: the flow knows better, and refuses while it stands
        if !matches!(order.state, OrderState::Open | OrderState::Held) {
            return Err(refused(StatusCode::CONFLICT, |texts| texts.already_paid));
        }
        if self.begun_lately(sale).await? >= MOST_BEGUN {
            return Err(refused(StatusCode::TOO_MANY_REQUESTS, |texts| texts.begun_too_often));
        }
        let id = field(request, "pos").unwrap_or_default();
        let offered = self.0.offered().find(|(known, _)| known.as_str() == id);
        let (_, pos) = offered.ok_or_else(|| refused(StatusCode::UNPROCESSABLE_ENTITY, |texts| texts.no_such_way))?;
        let hold = field(request, "hold").is_some();
        if hold && !pos.capabilities().preauthorization {
            return Err(refused(StatusCode::UNPROCESSABLE_ENTITY, |texts| texts.cannot_hold));
        }
        let kind = if hold { PaymentKind::Preauthorization } else { PaymentKind::Sale };
        let payment = self.payment_of(&order, &id, kind)?;
        Ok((id, payment))
    }

    fn order_page(&self, sale: &str) -> String {
        format!("/order/{}", segment(sale))
    }
}

impl<D: Database> Till<D> {
    /// How many operations of the sale were begun within the last hour: each costs rows, and a question to its bank later.
    async fn begun_lately(&self, sale: &str) -> Result<usize, Refused> {
        let operations = self.0.flow.operations(sale).await.map_err(Oops::from).map_err(Refused::with)?;
        let lately = Timestamp::now().as_second().saturating_sub(HOUR);
        Ok(operations.iter().filter(|stored| stored.record.begun_at.as_second() > lately).count())
    }

    fn payment_of(&self, order: &Order, pos: &str, kind: PaymentKind) -> Result<Payment, vpos::Error> {
        let at = &self.0.at;
        let language = Language::named(&order.language).unwrap_or(Language::Spanish);
        Payment::builder(&order.code, order.total)
            .kind(kind)
            .description(format!("{} {}", language.texts().shop, order.code))
            .language(language.code())
            .notification_url(at.notification(pos))
            .url_ok(at.returned(pos, &order.code))
            .url_nok(at.cancelled(pos, &order.code))
            .build()
    }
}

fn refused(status: StatusCode, text: fn(&Texts) -> &'static str) -> Refused {
    Refused::new(status, text(Language::Spanish.texts()), text(Language::English.texts()))
}
