//! Which payment a click on "pay" means: the one question that vpos-axum asks.

use std::sync::Arc;

use axum::http::{Request, StatusCode};
use vpos::{Payment, PaymentKind, PointOfSale as _};
use vpos_axum::{Checkouts, Refused, field, segment};

use crate::database::Database;
use crate::oops::Oops;
use crate::order::{Order, OrderState};
use crate::state::Shop;
use crate::texts::{Language, Texts};

/// The till of a shop.
pub(crate) struct Till<D: Database>(pub(crate) Arc<Shop<D>>);

impl<D: Database> Checkouts for Till<D> {
    /// What it costs stands in the shop's own table; of the form only the way to pay is believed.
    async fn payment(&self, sale: &str, request: &Request<Vec<u8>>) -> Result<(String, Payment), Refused> {
        let order = self.0.database().order(sale).await.map_err(Oops::from).map_err(Refused::with)?;
        let order = order.ok_or_else(|| refused(StatusCode::NOT_FOUND, |texts| texts.no_such_order))?;
        // a hold that was let go leaves the order held: the flow knows better, and refuses while it stands
        if !matches!(order.state, OrderState::Open | OrderState::Held) {
            return Err(refused(StatusCode::CONFLICT, |texts| texts.already_paid));
        }
        let id = field(request, "pos").unwrap_or_default();
        let pos = self.0.flow.registry().get(&id);
        let pos = pos.ok_or_else(|| refused(StatusCode::UNPROCESSABLE_ENTITY, |texts| texts.no_such_way))?;
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
