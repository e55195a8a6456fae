//! A shop with a real point of sale, and a simulated bank at the other end of the line.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use vpos_core::http::{Request, Response};
use vpos_core::operation::{Operation, OperationState};
use vpos_core::{
    Amount, Confirmation, Currency, Error, Exchange, FormMethod, Outcome, Payment, PaymentBuilder, PaymentForm, PaymentKind,
    PointOfSale, Rejection, Report, Timestamp, drive_blocking,
};
use vpos_sandbox::{FormPost, Method, Page, SimulatedBank, Visit};

pub(crate) struct Shop<P, B> {
    pub(crate) pos: P,
    pub(crate) bank: RefCell<B>,
    now: Cell<Timestamp>,
}

impl<P: PointOfSale, B: SimulatedBank> Shop<P, B> {
    pub(crate) fn new(pos: P, bank: B) -> Self {
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        Self { pos, bank: RefCell::new(bank), now: Cell::new(now) }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now.get()
    }

    pub(crate) fn wait(&self, hours: u64) {
        self.now.set(self.now.get() + Duration::from_secs(hours * 3_600));
    }

    /// A pending operation and its form.
    pub(crate) fn begin(&self, number: &str, payment: &Payment) -> (Operation, FormPost) {
        let mut operation = Operation::new(self.pos.acceptor().clone(), number.parse().unwrap(), payment);
        let begun = self.ask(self.pos.begin(&operation, payment, self.now())).unwrap();
        operation.learn(&begun.references);
        (operation, form_post(&begun.form))
    }

    /// The same, with the buyer at the bank.
    pub(crate) fn open(&self, number: &str, payment: &Payment) -> (Operation, Page) {
        let (operation, form) = self.begin(number, payment);
        let page = self.bank.borrow_mut().open(&form, self.now());
        (operation, page.unwrap_or_else(|complaints| panic!("{complaints:?}")))
    }

    pub(crate) fn choose(&self, page: &Page, choice: vpos_sandbox::Choice) -> Visit {
        self.bank.borrow_mut().choose(page, choice, self.now())
    }

    /// A call to the bank, driven to its end.
    pub(crate) fn ask<T: 'static>(&self, exchange: Result<Exchange<T>, Error>) -> Result<T, Error> {
        drive_blocking(exchange?, &|request: Request<Vec<u8>>, _| Ok(self.bank.borrow_mut().answer(&request, self.now())))
    }

    pub(crate) fn verify(&self, request: &Request<Vec<u8>>, operation: &Operation) -> Result<Confirmation, Error> {
        let notification = self.pos.receive(request)?;
        self.ask(self.pos.verify(&notification, operation, self.now()))
    }

    /// What the shop does with a good notification: verify, charge, move the operation, reply, and the bank hears it.
    pub(crate) fn take(&self, request: &Request<Vec<u8>>, operation: &mut Operation) -> Option<Request<Vec<u8>>> {
        let notification = self.pos.receive(request).unwrap();
        let confirmation = self.verify(request, operation).unwrap();
        if confirmation.is_approved_payment() {
            let report = self.ask(self.pos.charge(&confirmation, operation, self.now())).unwrap();
            assert_eq!(report.outcome(), Outcome::Approved, "{report:?}");
        }
        operation.apply(&confirmation).unwrap();
        self.hear(request, Some(&self.pos.accept(&notification, operation).into_http()))
    }

    /// What the shop does when its own side failed.
    pub(crate) fn refuse(&self, request: &Request<Vec<u8>>, operation: &Operation) -> Option<Request<Vec<u8>>> {
        let notification = self.pos.receive(request).unwrap();
        let reply = self.pos.reject(Some(&notification), Some(operation), &Rejection::NotCommitted);
        self.hear(request, Some(&reply.into_http()))
    }

    pub(crate) fn hear(&self, request: &Request<Vec<u8>>, reply: Option<&Response<Vec<u8>>>) -> Option<Request<Vec<u8>>> {
        self.bank.borrow_mut().reply(request, reply, self.now())
    }

    /// A sale of 123.45 EUR, paid.
    pub(crate) fn paid(&self, number: &str) -> Operation {
        let (mut operation, page) = self.open(number, &sale());
        let visit = self.choose(&page, vpos_sandbox::Choice::Pay);
        self.take(&visit.notification[0], &mut operation);
        assert_eq!(operation.state(), OperationState::Completed);
        operation
    }

    /// A refund, asked of the bank and settled.
    pub(crate) fn refund(&self, operation: &mut Operation, cents: u64) -> Report {
        let refund = operation.start_refund(euros(cents), None).unwrap();
        let report = self.ask(self.pos.refund(operation, &refund, self.now())).unwrap();
        operation.settle_refund(refund.id, &report).unwrap();
        report
    }

    /// Minor units charged, refunded and held by the bank's books.
    pub(crate) fn books(&self, number: &str) -> (u64, u64, u64) {
        let bank = self.bank.borrow();
        let ledger = bank.ledger();
        (ledger.charged(number), ledger.refunded(number), ledger.held(number))
    }
}

pub(crate) fn euros(cents: u64) -> Amount {
    Amount::from_minor(cents, Currency::EUR)
}

pub(crate) fn builder() -> PaymentBuilder {
    Payment::builder("PED-17", euros(12_345))
        .description("Zapatos rojos, 2 pares")
        .url_ok("https://tienda.example/ok?a=1&b=2")
        .url_nok("https://tienda.example/nok")
        .notification_url("https://tienda.example/aviso")
        .language("es")
}

pub(crate) fn sale() -> Payment {
    builder().build().unwrap()
}

pub(crate) fn hold() -> Payment {
    builder().kind(PaymentKind::Preauthorization).build().unwrap()
}

pub(crate) fn form_post(form: &PaymentForm) -> FormPost {
    let method = if form.method() == FormMethod::Get { Method::Get } else { Method::Post };
    let fields = form.fields().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    FormPost { action: form.action().to_owned(), method, fields }
}

/// The codes and fields of complaints, for comparing.
pub(crate) fn complaints(result: Result<Page, Vec<vpos_sandbox::Complaint>>) -> Vec<(String, &'static str)> {
    result.unwrap_err().into_iter().map(|complaint| (complaint.field, complaint.manual)).collect()
}
