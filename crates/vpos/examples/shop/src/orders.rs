//! The page of an order: how it stands, and the way to pay it. It turns paid by itself.

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde_json::json;
use vpos::flow::Stored;
use vpos::{OperationState, PointOfSale as _, Timestamp};

use crate::database::Database;
use crate::fields::Segments;
use crate::layout::Page;
use crate::oops::Oops;
use crate::order::{Order, OrderState};
use crate::state::{Shared, Shop};
use crate::storefront::lines_table;
use crate::visitor::Visitor;

/// A browser without script asks so often, in seconds, and so long.
const EVERY: u32 = 4;
const SO_LONG: i64 = 600;

/// How an order stands for its buyer: by the shop's own table, and while that says "not paid" by the operations.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Standing {
    Open,
    Waiting,
    Unsettled,
    Declined,
    Cancelled,
    /// The browser came back by the cancel address, and nobody could ask the bank.
    Left,
    Held,
    Paid,
    PartRefunded,
    Refunded,
}

impl Standing {
    /// `knows`: whether the bank of an operation can be asked about it.
    fn of(order: &Order, operations: &[Stored], knows: impl Fn(&Stored) -> bool) -> Self {
        match order.state {
            OrderState::Paid => Self::Paid,
            OrderState::PartRefunded => Self::PartRefunded,
            OrderState::Refunded => Self::Refunded,
            OrderState::Open | OrderState::Held => Self::of_operations(operations, knows),
        }
    }

    fn of_operations(operations: &[Stored], knows: impl Fn(&Stored) -> bool) -> Self {
        use OperationState as S;
        let some = |wanted: fn(S) -> bool| operations.iter().any(|stored| wanted(stored.operation().state()));
        if some(|state| state == S::Authorized) {
            return Self::Held;
        }
        // paid, and the shop's table has still to be told
        if some(|state| matches!(state, S::Charging | S::Unknown | S::Completed | S::PartiallyRefunded)) {
            return Self::Unsettled;
        }
        match operations.last().map(|stored| stored.operation().state()) {
            Some(S::Pending) => Self::Waiting,
            Some(S::Failed) => Self::Declined,
            Some(S::Cancelled) if operations.last().is_some_and(knows) => Self::Cancelled,
            Some(S::Cancelled) => Self::Left,
            _ => Self::Open,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Waiting => "waiting",
            Self::Unsettled => "unsettled",
            Self::Declined => "declined",
            Self::Cancelled | Self::Left => "cancelled",
            Self::Held => "held",
            Self::Paid => "paid",
            Self::PartRefunded => "part-refunded",
            Self::Refunded => "refunded",
        }
    }

    const fn can_be_paid(self) -> bool {
        matches!(self, Self::Open | Self::Waiting | Self::Declined | Self::Cancelled | Self::Left)
    }

    /// Whether it will change without the buyer doing anything.
    const fn will_change(self) -> bool {
        matches!(self, Self::Waiting | Self::Unsettled)
    }
}

struct Looked {
    order: Order,
    standing: Standing,
    /// So many seconds ago the last attempt to pay began.
    age: Option<i64>,
}

async fn look<D: Database>(shop: &Shop<D>, code: &str) -> Result<Looked, Oops> {
    let order = shop.database().order(code).await?.ok_or(Oops::NotFound)?;
    let operations = shop.flow.operations(code).await?;
    let age = operations.last().map(|last| Timestamp::now().as_second().saturating_sub(last.record.begun_at.as_second()));
    let knows = |stored: &Stored| {
        let pos = shop.flow.registry().get(stored.pos().as_str());
        pos.is_some_and(|pos| pos.capabilities().query)
    };
    Ok(Looked { standing: Standing::of(&order, &operations, knows), order, age })
}

/// The page.
pub(crate) async fn page<D: Database>(
    State(shop): Shared<D>,
    visitor: Visitor,
    Segments(code): Segments<String>,
) -> Result<Response, Oops> {
    let Looked { order, standing, age } = look(&shop, &code).await?;
    let Visitor { language, texts, .. } = &visitor;
    let polled = standing.will_change().then(|| format!("/order/{code}/state"));
    let inside = html! {
        h1 { (texts.order) " " code #order-code { (order.code) } }
        section.standing aria-labelledby="order-state" {
            p #order-state role="status" data-state=(standing.word()) data-poll=[polled] { (language.standing(standing)) }
            p { (language.meaning(standing)) }
        }
        @if standing.can_be_paid() { (pay_form(&shop, &visitor, &order)) }
        section aria-labelledby="what" {
            h2 #what { (texts.what) }
            (lines_table(*language, &order.lines, false))
            p.total { (texts.total) ": " strong #order-total { (language.money(order.total)) } }
            p.hint { (texts.keep_address) }
        }
    };
    let title = format!("{} {}", texts.order, order.code);
    let refresh = (standing.will_change() && age.is_some_and(|age| age < SO_LONG)).then_some(EVERY);
    Ok(Page { form_action: shop.banks(), refresh, pays: true, ..Page::new(&visitor, &title) }.with(&inside))
}

fn pay_form<D: Database>(shop: &Shop<D>, visitor: &Visitor, order: &Order) -> Markup {
    let Visitor { language, texts, .. } = visitor;
    let some_hold = shop.offered().any(|(_, pos)| pos.capabilities().preauthorization);
    html! {
        form #pay-form method="post" action={ "/vpos/begin/" (order.code) } data-vpos {
            fieldset {
                legend { (texts.how_to_pay) }
                @for (index, (id, pos)) in shop.offered().enumerate() {
                    @let (id, alone) = (id.as_str(), shop.offered().filter(|(_, other)| other.bank() == pos.bank()).count() < 2);
                    p.choice {
                        input type="radio" name="pos" id={ "pos-" (id) } value=(id) required checked[index == 0];
                        label for={ "pos-" (id) } {
                            (language.way_to_pay(pos.bank()))
                            @if !alone { " (" (id) ")" }
                        }
                    }
                }
            }
            @if some_hold {
                p.choice {
                    input type="checkbox" name="hold" id="hold" value="1" aria-describedby="hold-hint";
                    label for="hold" { (texts.hold) }
                    " " span #hold-hint .hint { (texts.hold_hint) }
                }
            }
            p { button #pay .main { (texts.pay) " " (language.money(order.total)) } }
            p data-vpos-status role="status" aria-live="polite" {}
        }
    }
}

/// The same for the page's script, in a word.
pub(crate) async fn state<D: Database>(State(shop): Shared<D>, Segments(code): Segments<String>) -> Result<Response, Oops> {
    let Looked { standing, .. } = look(&shop, &code).await?;
    let body = json!({ "state": standing.word() }).to_string();
    Ok(([("content-type", "application/json"), (CACHE_CONTROL.as_str(), "no-store")], body).into_response())
}
