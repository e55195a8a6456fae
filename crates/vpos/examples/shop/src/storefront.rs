//! The catalogue, the basket, and the order that is made of it.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use crate::basket::{Basket, MOST};
use crate::catalogue::{CATALOGUE, Product, product};
use crate::database::Database;
use crate::fields::Fields;
use crate::layout::Page;
use crate::oops::Oops;
use crate::order::{Line, Order, total};
use crate::state::Shared;
use crate::texts::{Language, Texts};
use crate::visitor::{Cookie, Visitor, see_other};

pub(crate) async fn front(visitor: Visitor) -> Response {
    let inside = html! {
        h1 { (visitor.texts.catalogue) }
        ul.products {
            @for product in &CATALOGUE { (card(product, visitor.language)) }
        }
    };
    Page::new(&visitor, visitor.texts.catalogue).with(&inside)
}

fn card(product: &Product, language: Language) -> Markup {
    let (id, name, texts) = (product.id, product.name(language), language.texts());
    html! {
        li.card id={ "product-" (id) } {
            (drawing(product))
            h2 { (name) }
            p { (product.about(language)) }
            form method="post" action="/basket/add" {
                input type="hidden" name="product" value=(id);
                p.price { (language.money(product.price())) }
                label for={ "quantity-" (id) } { span.unseen { (texts.quantity) ": " (name) } }
                input id={ "quantity-" (id) } name="quantity" type="number" min="1" max=(MOST) value="1" required;
                button id={ "add-" (id) } { (texts.add) span.unseen { " " (name) } }
            }
        }
    }
}

fn drawing(product: &Product) -> Markup {
    html! {
        svg class={ "drawing " (product.id) } viewBox="0 0 48 48" aria-hidden="true" { path d=(product.drawing) {} }
    }
}

/// Puts something into the basket.
pub(crate) async fn add<D: Database>(State(shop): Shared<D>, mut visitor: Visitor, fields: Fields) -> Result<Response, Oops> {
    let product = product(fields.text("product")).ok_or(Oops::NotFound)?;
    let quantity = fields.text("quantity").parse().map_err(|_| Oops::Form)?;
    visitor.basket.add(product, quantity);
    let cookie = visitor.basket.to_cookie();
    Ok(shop.set(Cookie::new("basket", &cookie), see_other("/basket")))
}

pub(crate) async fn basket(visitor: Visitor) -> Response {
    shown(&visitor, StatusCode::OK)
}

fn shown(visitor: &Visitor, status: StatusCode) -> Response {
    let Visitor { language, texts, basket, .. } = visitor;
    let lines = basket.lines();
    let inside = html! {
        h1 { (texts.basket) }
        @if let Some(total) = total(&lines) {
            form #basket-form method="post" action="/basket" {
                (lines_table(*language, &lines, true))
                p #basket-total .total { (texts.total) ": " strong { (language.money(total)) } }
                p.hint #zero-hint { (texts.zero_removes) }
                p.buttons {
                    // the first button is what the key Enter presses
                    button #basket-update name="go" value="update" { (texts.update) }
                    button #basket-order .main name="go" value="order" { (texts.order_it) }
                }
            }
        } @else {
            p #basket-empty { (texts.basket_empty) }
            p { a href="/" { (texts.back_to_shop) } }
        }
    };
    Page { status, ..Page::new(visitor, texts.basket) }.with(&inside)
}

/// Lines of a basket, whose quantities can be changed, or of an order.
pub(crate) fn lines_table(language: Language, lines: &[Line], changeable: bool) -> Markup {
    let Texts { product: item, price, quantity, sum, .. } = language.texts();
    html! {
        div.scroll { table #lines {
            thead { tr { th scope="col" { (item) } th.number scope="col" { (price) } th.number scope="col" { (quantity) } th.number scope="col" { (sum) } } }
            tbody { @for line in lines {
                @let name = product(&line.product).map_or(line.product.as_str(), |product| product.name(language));
                tr {
                    th scope="row" { (name) }
                    td.number { (language.money(line.price)) }
                    td.number {
                        @if changeable {
                            @let id = format!("quantity-{}", line.product);
                            label for=(id) { span.unseen { (quantity) ": " (name) } }
                            input id=(id) name=(id) type="number" min="0" max=(MOST) value=(line.quantity) required aria-describedby="zero-hint";
                        } @else { (line.quantity) }
                    }
                    td.number { @if let Some(sum) = line.sum() { (language.money(sum)) } }
                }
            } }
        } }
    }
}

/// The quantities are changed; and, where that button was pressed, the order is made.
pub(crate) async fn change<D: Database>(State(shop): Shared<D>, mut visitor: Visitor, fields: Fields) -> Result<Response, Oops> {
    for product in &CATALOGUE {
        let quantity = fields.text(&format!("quantity-{}", product.id));
        if !quantity.is_empty() {
            visitor.basket.set(product, quantity.parse().map_err(|_| Oops::Form)?);
        }
    }
    if fields.text("go") == "order" {
        return order::<D>(&shop, &visitor.basket, visitor.language).await;
    }
    let cookie = visitor.basket.to_cookie();
    Ok(shop.set(Cookie::new("basket", &cookie), see_other("/basket")))
}

async fn order<D: Database>(shop: &crate::Shop<D>, basket: &Basket, language: Language) -> Result<Response, Oops> {
    let order = Order::new(basket.lines(), language.code())?.ok_or(Oops::EmptyBasket)?;
    shop.database().place(&order).await?;
    tracing::info!(order = order.code, total = %order.total, "placed");
    let response = shop.set(Cookie::taken_away("basket"), see_other(&format!("/order/{}", order.code)));
    Ok(shop.set(Cookie::new("order", &order.code), response))
}
