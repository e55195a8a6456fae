//! A shop, its flow, the simulated banks at the other end of the line and the buyer between them: any state in one call.

pub(crate) mod clock;
pub(crate) mod line;
pub(crate) mod messages;
pub(crate) mod shop;
pub(crate) mod till;

use std::time::Duration;

use vpos::flow::{Checkout, Clock as _, MemoryStore, Merchant, OperationId, Options, PaymentFlow, Store, Stored};
use vpos::http::{Method, Request};
use vpos::{Amount, Currency, OperationState, Payment, PaymentKind, Registry, Reply};
use vpos_sandbox::{Choice, FormPost, MovementKind, Page};

use clock::TestClock;
use line::{Fate, Line};
use shop::Shop;
use till::{Contract, Till};

pub(crate) const NOTIFICATION_URL: &str = "https://tienda.example/aviso";
pub(crate) const URL_OK: &str = "https://tienda.example/ok?a=1&b=2";
pub(crate) const URL_NOK: &str = "https://tienda.example/nok";
/// Longer than any lease and any age that a test asks for.
pub(crate) const LONG: Duration = Duration::from_secs(3_600);

pub(crate) type Flow<S, M> = PaymentFlow<S, Line, M, TestClock>;

/// Everything that a test needs.
pub(crate) struct Scene<S = MemoryStore, M = Shop> {
    pub(crate) flow: Flow<S, M>,
    pub(crate) line: Line,
    pub(crate) clock: TestClock,
    pub(crate) shop: Shop,
    pub(crate) contracts: Vec<Contract>,
}

/// A buyer who was sent to the bank.
#[derive(Clone, Debug)]
pub(crate) struct Buyer {
    /// The contract's name.
    pub(crate) pos: String,
    pub(crate) id: OperationId,
    pub(crate) number: String,
    pub(crate) page: Page,
}

pub(crate) fn euros(cents: u64) -> Amount {
    Amount::from_minor(cents, Currency::EUR)
}

/// 123.45 EUR for that sale, or as the test changes it.
pub(crate) fn payment_of(sale: &str, amount: Amount, kind: PaymentKind) -> Payment {
    let builder = Payment::builder(sale, amount).kind(kind).description("Zapatos rojos, 2 pares").language("es");
    builder.notification_url(NOTIFICATION_URL).url_ok(URL_OK).url_nok(URL_NOK).build().unwrap()
}

pub(crate) fn sale(sale: &str) -> Payment {
    payment_of(sale, euros(12_345), PaymentKind::Sale)
}

pub(crate) fn hold(sale: &str) -> Payment {
    payment_of(sale, euros(12_345), PaymentKind::Preauthorization)
}

impl Scene {
    /// A shop with one contract.
    pub(crate) fn new(till: Till) -> Self {
        Self::of(&[till.contract()], Options::default())
    }

    /// A shop with several.
    pub(crate) fn of(contracts: &[Contract], options: Options) -> Self {
        let shop = Shop::default();
        Self::with(MemoryStore::new(), shop.clone(), shop, TestClock::at_noon(), contracts, options)
    }

    /// Another shop that throws the same dice, so that its numbers are the same: an attacker's, or the attacked one's test
    /// system.
    pub(crate) fn twin(till: Till, change: impl FnOnce(&mut Contract)) -> Self {
        let mut contract = till.contract();
        change(&mut contract);
        Self::of(&[contract], Options::default())
    }
}

impl<S: Store, M: Merchant<S>> Scene<S, M> {
    pub(crate) fn with(store: S, merchant: M, shop: Shop, clock: TestClock, contracts: &[Contract], options: Options) -> Self {
        let mut registry = Registry::new();
        for contract in contracts {
            registry.insert(contract.name.parse().unwrap(), contract.pos());
        }
        let line = Line::new(contracts, clock.clone());
        let flow = PaymentFlow::with(registry, store, line.clone(), merchant, clock.clone(), options);
        Self { flow, line, clock, shop, contracts: contracts.to_vec() }
    }

    pub(crate) fn till(&self) -> Till {
        self.contracts[0].till
    }

    /// The name of the first contract.
    pub(crate) fn pos(&self) -> &str {
        &self.contracts[0].name
    }

    /// A buyer on the bank's page.
    pub(crate) async fn begin(&self, payment: &Payment) -> Buyer {
        self.begin_at(&self.contracts[0].name, payment).await
    }

    pub(crate) async fn begin_at(&self, pos: &str, payment: &Payment) -> Buyer {
        let checkout = self.flow.begin(pos, payment).await.unwrap();
        let page = self.line.bank(pos, |bank| bank.open(&form_post(&checkout), self.clock.now()));
        let page = page.unwrap_or_else(|complaints| panic!("{complaints:?}"));
        Buyer { pos: pos.to_owned(), id: checkout.id, number: checkout.number.to_string(), page }
    }

    /// What the buyer's choice sends to the shop: the bank's messages, then the browser's request where it carries one.
    pub(crate) fn choose(&self, buyer: &Buyer, choice: Choice) -> Vec<Request<Vec<u8>>> {
        let visit = self.line.bank(&buyer.pos, |bank| bank.choose(&buyer.page, choice, self.clock.now()));
        let mut messages = visit.notification;
        let query = |request: &Request<_>| request.uri().query().unwrap_or_default().to_owned();
        let carries = |request: &Request<Vec<u8>>| {
            *request.method() == Method::POST || ["Ds_Signature=", "token="].iter().any(|name| query(request).contains(name))
        };
        messages.extend(visit.browser.filter(carries));
        messages
    }

    /// A message reaches the shop, and the bank hears the reply.
    pub(crate) async fn deliver(&self, buyer: &Buyer, message: &Request<Vec<u8>>) -> Reply {
        let reply = self.flow.confirm(&buyer.pos, message.clone()).await;
        let heard = reply.clone().into_http();
        self.line.bank(&buyer.pos, |bank| bank.reply(message, Some(&heard), self.clock.now()));
        reply
    }

    /// The buyer pays, and everything that comes of it reaches the shop.
    pub(crate) async fn pay(&self, buyer: &Buyer) -> Vec<Reply> {
        let mut replies = Vec::new();
        for message in self.choose(buyer, Choice::Pay) {
            replies.push(self.deliver(buyer, &message).await);
        }
        self.deliver_later(buyer).await;
        replies
    }

    /// What the bank sends because of our calls.
    pub(crate) async fn deliver_later(&self, buyer: &Buyer) {
        for message in self.line.bank(&buyer.pos, |bank| bank.later()) {
            self.deliver(buyer, &message).await;
        }
    }

    /// A sale of 123.45 EUR, paid.
    pub(crate) async fn paid(&self, code: &str) -> Buyer {
        let buyer = self.begin(&sale(code)).await;
        self.pay(&buyer).await;
        assert_eq!(self.state(&buyer).await, OperationState::Completed);
        buyer
    }

    /// 123.45 EUR held.
    pub(crate) async fn held(&self, code: &str) -> Buyer {
        let buyer = self.begin(&hold(code)).await;
        self.pay(&buyer).await;
        assert_eq!(self.state(&buyer).await, OperationState::Authorized);
        buyer
    }

    /// An operation in that state.
    pub(crate) async fn at(&self, state: OperationState) -> Buyer {
        let code = "PED-17";
        let buyer = match state {
            OperationState::Authorized => self.held(code).await,
            OperationState::Completed => self.paid(code).await,
            OperationState::PartiallyRefunded | OperationState::Refunded => {
                let buyer = self.paid(code).await;
                let cents = if state == OperationState::Refunded { 12_345 } else { 2_345 };
                self.flow.refund(buyer.id, euros(cents), "").await.unwrap();
                buyer
            }
            OperationState::Charging => {
                let buyer = self.begin(&sale(code)).await;
                self.stand_still(&buyer).await;
                buyer
            }
            OperationState::Unknown => {
                let buyer = self.begin(&sale(code)).await;
                self.stand_still(&buyer).await;
                self.clock.advance(LONG);
                self.line.always(Fate::Lost);
                self.flow.reconcile(Duration::ZERO).await.unwrap();
                self.line.always(Fate::Answered);
                buyer
            }
            _ => self.unpaid(state, code).await,
        };
        assert_eq!(self.state(&buyer).await, state);
        buyer
    }

    async fn unpaid(&self, state: OperationState, code: &str) -> Buyer {
        let buyer = self.begin(&sale(code)).await;
        match state {
            OperationState::Failed => self.flow.abandon(buyer.id, "Ana").await.map(|_| ()).unwrap(),
            OperationState::Cancelled => self.flow.cancel(buyer.id).await.map(|_| ()).unwrap(),
            OperationState::Superseded => self.flow.begin(&buyer.pos, &sale(code)).await.map(|_| ()).unwrap(),
            _ => {}
        }
        buyer
    }

    /// The process dies while the bank is asked to charge; only where it is asked.
    async fn stand_still(&self, buyer: &Buyer) {
        let message = self.choose(buyer, Choice::Pay).pop().unwrap();
        for answered in 0.. {
            let fates = std::iter::repeat_n(Fate::Answered, answered).chain([Fate::Hangs]);
            self.line.next(fates);
            let confirm = self.flow.confirm(&buyer.pos, message.clone());
            let died = tokio::time::timeout(Duration::from_millis(20), confirm).await.is_err();
            assert!(died, "nothing was asked in state {}", self.state(buyer).await);
            if self.state(buyer).await == OperationState::Charging {
                break;
            }
        }
        self.line.next([]);
    }

    pub(crate) async fn stored(&self, buyer: &Buyer) -> Stored {
        self.flow.store().get(buyer.id).await.unwrap().unwrap()
    }

    pub(crate) async fn state(&self, buyer: &Buyer) -> OperationState {
        self.stored(buyer).await.operation().state()
    }

    /// Minor units charged, refunded and held by the bank's books.
    pub(crate) fn books(&self, buyer: &Buyer) -> (u64, u64, u64) {
        self.line.bank(&buyer.pos, |bank| {
            let ledger = bank.ledger();
            (ledger.charged(&buyer.number), ledger.refunded(&buyer.number), ledger.held(&buyer.number))
        })
    }

    /// How often money of the order moved so.
    pub(crate) fn moved(&self, buyer: &Buyer, kinds: &[MovementKind]) -> usize {
        self.line.bank(&buyer.pos, |bank| kinds.iter().map(|kind| bank.ledger().count(&buyer.number, *kind)).sum())
    }

    /// What was made of what came, oldest first.
    pub(crate) async fn verdicts(&self, buyer: &Buyer) -> Vec<String> {
        let evidence = self.flow.evidence(buyer.id, 1_000).await.unwrap();
        evidence.into_iter().map(|row| row.verdict).collect()
    }

    /// Paid once: by the books, by the store, by the merchant's word.
    pub(crate) async fn assert_paid_once(&self, buyer: &Buyer, code: &str) {
        assert_eq!(self.state(buyer).await, OperationState::Completed, "{:?}", self.verdicts(buyer).await);
        assert_eq!(self.moved(buyer, &[MovementKind::Charge, MovementKind::Capture]), 1);
        assert_eq!(self.books(buyer).0, 12_345);
        assert_eq!(self.shop.count(&format!("paid {code} ")), 1, "{:?}", self.shop.told());
    }

    /// Nothing happened to the operation.
    pub(crate) async fn assert_pending(&self, buyer: &Buyer) {
        assert_eq!(self.state(buyer).await, OperationState::Pending, "{:?}", self.verdicts(buyer).await);
        assert_eq!(self.shop.told(), Vec::<String>::new());
    }
}

/// What the merchant's page sends with the browser.
pub(crate) fn form_post(checkout: &Checkout) -> FormPost {
    let method = if checkout.form.method() == vpos::core::FormMethod::Get {
        vpos_sandbox::Method::Get
    } else {
        vpos_sandbox::Method::Post
    };
    let fields = checkout.form.fields().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    FormPost { action: checkout.form.action().to_owned(), method, fields }
}
