//! What is for sale. A real shop has a table.

use vpos::{Amount, Currency};

use crate::texts::Language;

/// Something that can be bought.
#[derive(Debug)]
pub(crate) struct Product {
    /// Its short name, in forms and cookies.
    pub(crate) id: &'static str,
    name: (&'static str, &'static str),
    about: (&'static str, &'static str),
    cents: u64,
    /// A drawing of 48 by 48: the path of an SVG.
    pub(crate) drawing: &'static str,
}

impl Product {
    pub(crate) const fn price(&self) -> Amount {
        Amount::from_minor(self.cents, Currency::EUR)
    }

    pub(crate) const fn name(&self, language: Language) -> &'static str {
        language.pick(self.name)
    }

    pub(crate) const fn about(&self, language: Language) -> &'static str {
        language.pick(self.about)
    }
}

pub(crate) static CATALOGUE: [Product; 6] = [
    Product {
        id: "mug",
        name: ("Taza de barro", "Clay mug"),
        about: ("Hecha a torno, con asa para dos dedos.", "Thrown by hand, with a handle for two fingers."),
        cents: 1_250,
        drawing: "M10 14h22v20a4 4 0 0 1-4 4H14a4 4 0 0 1-4-4zM32 18h3a5 5 0 0 1 0 12h-3M16 10q2-3 0-6M24 10q2-3 0-6",
    },
    Product {
        id: "shirt",
        name: ("Camiseta", "T-shirt"),
        about: ("Algodón del bueno; encoge lo justo.", "Good cotton; shrinks as much as it should."),
        cents: 1_990,
        drawing: "M17 8l-11 6 4 9 5-2v19h18V21l5 2 4-9-11-6q-7 6-14 0z",
    },
    Product {
        id: "notebook",
        name: ("Cuaderno", "Notebook"),
        about: ("Ciento veinte páginas sin una sola línea.", "A hundred and twenty pages without a single line."),
        cents: 725,
        drawing: "M12 6h26v36H12zM12 6v36M8 13h8M8 21h8M8 29h8M8 37h8M21 15h12M21 21h12",
    },
    Product {
        id: "coffee",
        name: ("Café, un kilo", "Coffee, one kilo"),
        about: ("Tostado el lunes, molido cuando usted diga.", "Roasted on Monday, ground when you say so."),
        cents: 1_475,
        drawing: "M12 14h24v28H12zM12 14l4-8h16l4 8M24 21c-6 4-6 10 0 14 6-4 6-10 0-14zM24 21q3 7 0 14",
    },
    Product {
        id: "bag",
        name: ("Bolsa de tela", "Cloth bag"),
        about: ("Para llevarse todo lo demás.", "To carry all the rest."),
        cents: 995,
        drawing: "M9 18h30l3 24H6zM16 18v-4a8 8 0 0 1 16 0v4",
    },
    Product {
        id: "lamp",
        name: ("Lámpara de mesa", "Table lamp"),
        about: ("Luz cálida, cable largo.", "Warm light, long cable."),
        cents: 6_480,
        drawing: "M16 6h16l7 18H9zM24 24v16M14 42h20M31 24v7",
    },
];

/// The product of that short name.
pub(crate) fn product(id: &str) -> Option<&'static Product> {
    CATALOGUE.iter().find(|product| product.id == id)
}
