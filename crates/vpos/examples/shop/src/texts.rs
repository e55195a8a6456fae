//! Every text of the shop, in Spanish and English. The catalogue's texts are in `catalogue`.

use vpos::{Amount, Bank, OperationState, Outcome, RefundState};

use crate::oops::Oops;
use crate::orders::Standing;

/// One of the shop's two languages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Language {
    Spanish,
    English,
}

impl Language {
    pub(crate) const fn code(self) -> &'static str {
        self.pick(("es", "en"))
    }

    pub(crate) fn named(code: &str) -> Option<Self> {
        [Self::Spanish, Self::English].into_iter().find(|language| language.code() == code)
    }

    /// The first of the two that the header prefers. Quality values are in order in what browsers send.
    pub(crate) fn accepted(header: &str) -> Self {
        let mut wanted = header.split(',').filter_map(|range| range.trim().split(['-', ';']).next());
        let spoken = |language: &str| match language.to_ascii_lowercase().as_str() {
            "es" | "ca" | "eu" | "gl" => Some(Self::Spanish),
            "en" => Some(Self::English),
            _ => None,
        };
        wanted.find_map(spoken).unwrap_or(Self::Spanish)
    }

    /// The text of this language, of Spanish and English.
    pub(crate) const fn pick(self, (spanish, english): (&'static str, &'static str)) -> &'static str {
        match self {
            Self::Spanish => spanish,
            Self::English => english,
        }
    }

    pub(crate) const fn texts(self) -> &'static Texts {
        match self {
            Self::Spanish => &SPANISH,
            Self::English => &ENGLISH,
        }
    }

    /// An amount as people write it: `12,50 €`, `€12.50`.
    pub(crate) fn money(self, amount: Amount) -> String {
        let number = amount.to_decimal().to_string();
        match (self, amount.currency().code()) {
            (Self::Spanish, "EUR") => format!("{}\u{a0}€", number.replace('.', ",")),
            (Self::Spanish, code) => format!("{}\u{a0}{code}", number.replace('.', ",")),
            (Self::English, "EUR") => format!("€{number}"),
            (Self::English, code) => format!("{number}\u{a0}{code}"),
        }
    }

    /// A way to pay, as a buyer knows it.
    pub(crate) fn way_to_pay(self, bank: Bank) -> &'static str {
        match bank.as_str() {
            "redsys" => self.pick(("Tarjeta, por Redsys", "Card, by Redsys")),
            "ceca" => self.pick(("Tarjeta, por Cecabank", "Card, by Cecabank")),
            "elavon" => self.pick(("Tarjeta, por Santander Elavon", "Card, by Santander Elavon")),
            "paypal" => "PayPal",
            _ => self.pick(("Otro banco", "Another bank")),
        }
    }

    pub(crate) const fn standing(self, standing: Standing) -> &'static str {
        self.pick(match standing {
            Standing::Open => ("Pendiente de pago", "Not paid yet"),
            Standing::Waiting => ("Esperando al banco", "Waiting for the bank"),
            Standing::Unsettled => ("Confirmando el pago con el banco", "Confirming the payment with the bank"),
            Standing::Declined => ("El banco no ha aceptado el pago", "The bank did not accept the payment"),
            Standing::Cancelled | Standing::Left => ("Pago cancelado", "Payment cancelled"),
            Standing::Held => ("Importe reservado", "Amount reserved"),
            Standing::Paid => ("Pagado", "Paid"),
            Standing::PartRefunded => ("Pagado, devuelto en parte", "Paid, refunded in part"),
            Standing::Refunded => ("Devuelto", "Refunded"),
        })
    }

    /// What a standing means for the buyer.
    pub(crate) const fn meaning(self, standing: Standing) -> &'static str {
        self.pick(match standing {
            Standing::Open => ("Elija cómo quiere pagar.", "Choose how you want to pay."),
            Standing::Waiting => (
                "En cuanto el banco confirme el pago, esta página lo dirá. Si dejó la página del banco, puede pagar de nuevo.",
                "As soon as the bank confirms the payment, this page will say so. If you left the bank's page, you can pay again.",
            ),
            Standing::Unsettled => (
                "No pague otra vez: en unos minutos sabremos si el pago se hizo.",
                "Do not pay again: in some minutes we will know whether the payment was made.",
            ),
            Standing::Declined => ("No se ha cobrado nada. Pruebe otra tarjeta.", "Nothing was charged. Try another card."),
            Standing::Cancelled => ("No se ha cobrado nada. Puede pagar ahora.", "Nothing was charged. You can pay now."),
            Standing::Left => (
                "Si no llegó a pagar, puede pagar ahora. Si pagó, no pague otra vez: el banco nos lo dirá y esta página también.",
                "If you did not pay, you can pay now. If you did, do not pay again: the bank will tell us, and so will this page.",
            ),
            Standing::Held => ("Se cobrará cuando salga el paquete.", "It will be charged when the parcel leaves."),
            Standing::Paid => ("Gracias. Preparamos su pedido.", "Thank you. We are preparing your order."),
            Standing::PartRefunded => ("Una parte va de vuelta a su tarjeta.", "A part is on its way back to your card."),
            Standing::Refunded => ("El importe va de vuelta a su tarjeta.", "The amount is on its way back to your card."),
        })
    }

    pub(crate) fn state(self, state: OperationState) -> &'static str {
        self.pick(match state {
            OperationState::Pending => ("pendiente", "pending"),
            OperationState::Charging => ("cobrándose", "being charged"),
            OperationState::Authorized => ("importe reservado", "amount held"),
            OperationState::Completed => ("pagada", "paid"),
            OperationState::PartiallyRefunded => ("devuelta en parte", "refunded in part"),
            OperationState::Refunded => ("devuelta", "refunded"),
            OperationState::Failed => ("fallida", "failed"),
            OperationState::Cancelled => ("cancelada", "cancelled"),
            OperationState::Superseded => ("reemplazada", "superseded"),
            OperationState::Unknown => ("desconocido", "unknown"),
        })
    }

    pub(crate) fn refund_state(self, state: RefundState) -> &'static str {
        self.pick(match state {
            RefundState::Pending => ("pedida", "asked for"),
            RefundState::Approved => ("hecha", "done"),
            RefundState::Declined => ("denegada", "declined"),
            RefundState::Unknown => ("desconocido", "unknown"),
            RefundState::Voided => ("anulada", "voided"),
        })
    }

    pub(crate) fn outcome(self, outcome: Outcome) -> &'static str {
        self.pick(match outcome {
            Outcome::Approved => ("Hecho", "Done"),
            Outcome::Declined => ("El banco dice que no", "The bank says no"),
            Outcome::Pending => ("El banco aún no lo sabe", "The bank does not know yet"),
            Outcome::Cancelled => ("Cancelado", "Cancelled"),
            Outcome::Unknown => (
                "La respuesta se ha perdido: no lo repita, «Conciliar» se lo preguntará al banco",
                "The answer was lost: do not repeat it, \u{201c}Reconcile\u{201d} will ask the bank",
            ),
            Outcome::Error => ("No se ha hecho", "It was not done"),
        })
    }
}

impl Oops {
    /// What a visitor is told, in both languages: a page of an error may come before the language is known.
    pub(crate) const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::NotFound => ("Aquí no hay nada.", "There is nothing here."),
            Self::Method => ("Aquí no se llega así. Vuelva a empezar.", "This is not the way here. Please begin again."),
            Self::CrossSite => ("Esto ha de pedirse desde la propia tienda.", "This has to be asked for at the shop itself."),
            Self::Form => ("El formulario no ha llegado entero.", "The form did not arrive whole."),
            Self::EmptyBasket => ("La cesta está vacía.", "The basket is empty."),
            Self::Token => (
                "La página era antigua. Vuelva atrás, recárguela y pruebe de nuevo.",
                "The page was old. Go back, reload it and try again.",
            ),
            Self::Busy => ("Hay mucha demanda. Pruebe en un momento.", "We are very busy. Try again in a moment."),
            Self::Crowd => ("Hay cola en esta puerta. Pruebe en un momento.", "Many stand at this door. Try again in a moment."),
            Self::Broken => (
                "Algo ha fallado: no hemos podido mirarlo. No pague otra vez: mire su pedido en un momento.",
                "Something failed. We could not look. Do not pay again: look at your order in a moment.",
            ),
        }
    }
}

/// A table of texts: name, Spanish, English. Who adds one writes both.
macro_rules! texts {
    ($($name:ident: $spanish:literal, $english:literal;)+) => {
        /// The texts of one language.
        #[derive(Debug)]
        pub(crate) struct Texts { $(pub(crate) $name: &'static str,)+ }

        static SPANISH: Texts = Texts { $($name: $spanish,)+ };
        static ENGLISH: Texts = Texts { $($name: $english,)+ };
    };
}

texts! {
    shop: "Mercadillo", "Mercadillo";
    sample: "Tienda de ejemplo: no se envía nada.", "A sample shop: nothing is sent.";
    to_content: "Ir al contenido", "Go to the content";
    navigation: "La tienda", "The shop";
    other_language: "English", "Español";
    catalogue: "Catálogo", "Catalogue";
    last_order: "Su último pedido", "Your last order";
    admin: "Trastienda", "Back office";
    add: "Añadir", "Add";
    quantity: "Cantidad", "Quantity";
    basket: "Cesta", "Basket";
    basket_empty: "La cesta está vacía.", "The basket is empty.";
    product: "Artículo", "Item";
    price: "Precio", "Price";
    sum: "Importe", "Amount";
    total: "Total", "Total";
    update: "Actualizar", "Update";
    zero_removes: "Con 0 se quita de la cesta.", "0 takes it out of the basket.";
    order_it: "Hacer el pedido", "Place the order";
    order: "Pedido", "Order";
    what: "Qué ha pedido", "What you ordered";
    how_to_pay: "Cómo quiere pagar", "How you want to pay";
    hold: "Reservar ahora y cobrar cuando salga el paquete", "Reserve now, charge when the parcel leaves";
    hold_hint: "Donde el banco lo permite.", "Where the bank allows it.";
    pay: "Pagar", "Pay";
    keep_address: "Guarde esta dirección: con ella vuelve a su pedido.", "Keep this address: it leads back to your order.";
    cannot_hold: "Con esa forma de pago no se puede reservar.", "That way to pay cannot reserve.";
    no_such_way: "No existe esa forma de pago.", "There is no such way to pay.";
    begun_too_often: "Ha empezado a pagar este pedido muchas veces. Pruebe dentro de una hora.", "You began to pay this order many times. Try again in an hour.";
    no_such_order: "No existe ese pedido.", "There is no such order.";
    already_paid: "Este pedido ya está pagado.", "This order is already paid.";
    back_to_shop: "Volver a la tienda", "Back to the shop";
    sign_in: "Entrar", "Sign in";
    sign_out: "Salir", "Sign out";
    password: "Contraseña", "Password";
    wrong_password: "Esa no es la contraseña.", "That is not the password.";
    operations: "Operaciones", "Operations";
    operation: "Operación", "Operation";
    no_operations: "Todavía nadie ha empezado a pagar.", "Nobody has begun to pay yet.";
    number: "Número", "Number";
    contract: "Contrato", "Contract";
    state: "Estado", "State";
    begun: "Empezada", "Begun";
    changed: "Cambiada", "Changed";
    older: "Más antiguas", "Older";
    newest: "Las más nuevas", "The newest";
    double: "pago doble", "double payment";
    owed: "Falta avisar a la tienda", "The shop has still to be told";
    captured: "Cobrado", "Charged";
    left: "Por devolver", "Left to refund";
    references: "Referencias del banco", "The bank's references";
    kept_secret: "guardada", "kept";
    refunds: "Devoluciones", "Refunds";
    reason: "Motivo", "Reason";
    evidence: "Pruebas", "Evidence";
    and: "y", "and";
    more_refused: "más que se rechazaron.", "more refused.";
    more_evidence: "Hay más, que aquí no se lee.", "There is more, which is not read here.";
    evidence_none: "No hay ninguna.", "There is none.";
    at: "Cuándo", "When";
    source: "De dónde", "Where from";
    verdict: "Qué se concluyó", "What was made of it";
    message: "Mensaje", "Message";
    outbox: "Bandeja de salida", "Outbox";
    outbox_empty: "Todo está atendido.", "All was handled.";
    event: "Qué pasó", "What happened";
    handled: "Atendido", "Handled";
    actions: "Qué se puede hacer", "What can be done";
    nothing_to_do: "Nada, por ahora.", "Nothing, for now.";
    refund: "Devolver", "Refund";
    capture: "Cobrar lo reservado", "Charge what is reserved";
    void: "Anular", "Void";
    query: "Preguntar al banco", "Ask the bank";
    refund_double: "Devolver el pago doble", "Refund the double payment";
    amount: "Importe", "Amount";
    bad_amount: "Ese importe no se entiende. Escriba, por ejemplo, 12,50.", "That amount cannot be read. Write 12.50, for instance.";
    reconcile: "Conciliar", "Reconcile";
    reconcile_hint: "Pregunta a los bancos por todo lo que está sin cerrar.", "Asks the banks about all that is not settled.";
    expire: "Caducar", "Expire";
    expire_hint: "Da por perdido lo que lleva un día pendiente.", "Gives up what has been pending for a day.";
    looked_at: "Miradas", "Looked at";
    settled: "cerradas", "settled";
    open: "abiertas", "open";
    failed: "con error", "with errors";
    asked: "El banco ha contestado. Estado", "The bank has answered. State";
    asked_already: "Esto ya se ha pedido: mire la operación.", "This was asked already: look at the operation.";
    abandon_hint: "Si una persona ha visto en el panel del banco que no se cobró", "If a person saw in the bank's panel that it was not charged";
    abandon: "Dar por no cobrada", "Give up as not charged";
}

#[cfg(test)]
mod tests {
    use vpos::Currency;

    use super::*;

    #[test]
    fn a_browser_gets_the_language_that_it_prefers() {
        for (header, wanted) in [
            ("", Language::Spanish),
            ("es-ES,es;q=0.9,en;q=0.8", Language::Spanish),
            ("en-GB,en;q=0.9,es;q=0.8", Language::English),
            ("de, en;q=0.5", Language::English),
            ("ca,en", Language::Spanish),
            ("fr", Language::Spanish),
        ] {
            assert_eq!(Language::accepted(header), wanted, "{header}");
        }
    }

    #[test]
    fn money_is_written_as_people_write_it() {
        let amount = Amount::from_minor(123_450, Currency::EUR);
        assert_eq!(Language::Spanish.money(amount), "1234,50\u{a0}€");
        assert_eq!(Language::English.money(amount), "€1234.50");
        let yen = Amount::from_minor(500, "JPY".parse().unwrap());
        assert_eq!(Language::English.money(yen), "500\u{a0}JPY");
    }
}
