//! The basket: a cookie with names and quantities. It is the visitor's own text: prices come from the catalogue.

use crate::catalogue::{CATALOGUE, Product, product};
use crate::order::Line;

/// More of one product than anybody carries home.
pub(crate) const MOST: u32 = 99;

/// What a visitor wants to buy, in the catalogue's order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Basket(Vec<(&'static str, u32)>);

impl Basket {
    /// Reads the cookie: `mug.2~bag.1`. What is no product, or no quantity, is left out.
    pub(crate) fn parse(text: &str) -> Self {
        let mut basket = Self::default();
        for entry in text.split('~').take(CATALOGUE.len()) {
            let Some((id, quantity)) = entry.split_once('.') else { continue };
            if let (Some(product), Ok(quantity)) = (product(id), quantity.parse()) {
                basket.set(product, quantity);
            }
        }
        basket
    }

    /// So many of a product; none takes it out.
    pub(crate) fn set(&mut self, product: &'static Product, quantity: u32) {
        self.0.retain(|(id, _)| *id != product.id);
        if quantity > 0 {
            self.0.push((product.id, quantity.min(MOST)));
        }
        self.0.sort_by_key(|(id, _)| CATALOGUE.iter().position(|product| product.id == *id));
    }

    /// So many more of a product.
    pub(crate) fn add(&mut self, product: &'static Product, quantity: u32) {
        let known = self.0.iter().find(|(id, _)| *id == product.id).map_or(0, |(_, quantity)| *quantity);
        self.set(product, known.saturating_add(quantity));
    }

    pub(crate) fn count(&self) -> u32 {
        self.0.iter().map(|(_, quantity)| quantity).sum()
    }

    /// With the catalogue's prices.
    pub(crate) fn lines(&self) -> Vec<Line> {
        let line = |(id, quantity): &(&'static str, u32)| {
            let product = product(id)?;
            Some(Line { product: product.id.to_owned(), quantity: *quantity, price: product.price() })
        };
        self.0.iter().filter_map(line).collect()
    }

    /// As the cookie's value: letters, digits, `.` and `~`.
    pub(crate) fn to_cookie(&self) -> String {
        let entries: Vec<String> = self.0.iter().map(|(id, quantity)| format!("{id}.{quantity}")).collect();
        entries.join("~")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_the_visitors_own_text() {
        let basket = Basket::parse("bag.1~mug.2");
        assert_eq!(basket.to_cookie(), "mug.2~bag.1");
        assert_eq!(Basket::parse(&basket.to_cookie()), basket);
        for odd in ["", "~", "mug", "mug.-1", "mug.0", "mug.1e9", "gold.1", "mug.99999999999", "<script>.1"] {
            assert_eq!(Basket::parse(odd), Basket::default(), "{odd}");
        }
        assert_eq!(Basket::parse("mug.100").count(), MOST);
        assert_eq!(Basket::parse("mug.1~mug.2").to_cookie(), "mug.2");
    }

    #[test]
    fn what_is_added_counts_and_nothing_is_taken_out() {
        let mut basket = Basket::parse("mug.98");
        let mug = product("mug").unwrap();
        basket.add(mug, 5);
        assert_eq!(basket.count(), MOST);
        basket.set(mug, 0);
        assert_eq!(basket, Basket::default());
    }
}
