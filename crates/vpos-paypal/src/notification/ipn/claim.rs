//! What a message that PayPal has owned to says of an operation.

use vpos_core::operation::{Operation, OperationState, RefundState};
use vpos_core::{Action, Amount, Claim, ClaimedAmount, Environment, Error, Outcome, PaymentKind, Reference, References, Refusal};

use crate::config::Nvp;
use crate::wire::ipn::{
    AUTH_ID, CASE_ID, Ipn, PARENT_TXN_ID, PAYMENT_STATUS, PENDING_REASON, REASON_CODE, RECEIVER_ID, TEST_IPN, TXN_ID, TXN_TYPE,
};
use crate::wire::nvp::plain;
use crate::wire::nvp::status::Status;

/// What is done with a message once PayPal has owned to it.
pub(super) enum Next {
    Believe(Claim),
    /// Whose account was paid the message does not prove: our own account's API tells of the payment, if it is ours.
    AskPayment(String),
    /// It is of a hold that is not known: believed when that one renews ours.
    AskHold(String, Claim),
}

/// The claim: read before PayPal has owned to the message, and believed only after.
pub(super) fn of(nvp: &Nvp, message: &Ipn, operation: &Operation) -> Result<Next, Error> {
    require_environment(nvp, message)?;
    if let Some(ours) = nvp.receiver_id.as_deref()
        && message.need(RECEIVER_ID)? != ours
    {
        return Err(Refusal::Merchant.into());
    }
    message.is_about(operation.number())?;
    let claim = |action, outcome, code: Option<&str>| Claim {
        contract: nvp.acceptor.clone(),
        merchant: nvp.acceptor.merchant().into(),
        terminal: None,
        number: operation.number().clone(),
        amount: ClaimedAmount::AsRequested,
        action,
        outcome,
        code: code.map(plain),
        identity: None,
        references: References::new(),
        deadline: None,
    };
    if message.get(PAYMENT_STATUS).is_none() && message.get(CASE_ID).is_some() {
        // a dispute was opened, or a word was said in one: no money moved
        return Ok(Next::Believe(claim(payment(operation.kind()), Outcome::Pending, message.get(TXN_TYPE))));
    }
    let told = Told::read(message, operation.kind())?;
    told.require_known(message, operation)?;
    if nvp.receiver_id.is_none() && !told.names_known(operation) {
        return Ok(Next::AskPayment(told.payment().to_owned()));
    }
    let (action, outcome) = told.meaning(operation);
    let mut claim = claim(action, outcome, (outcome != Outcome::Approved).then(|| told.reason.unwrap_or(told.word)));
    claim.amount = ClaimedAmount::Stated(told.amount);
    told.name(&mut claim, operation);
    if action != Action::Capture || told.is_of_capture(operation) || told.is_of_hold(operation) {
        return Ok(Next::Believe(claim));
    }
    // any payment to us under our number, of a cent too, would be the capture of any hold
    let known = operation.references().get(Reference::AuthorizationId);
    let (Some(named), Some(_)) = (told.parent.or(told.auth), known) else { return Err(Refusal::Number.into()) };
    Ok(Next::AskHold(named.to_owned(), claim))
}

/// What a payment of that kind is when the buyer has paid.
const fn payment(kind: PaymentKind) -> Action {
    match kind {
        PaymentKind::Sale => Action::Charge,
        PaymentKind::Preauthorization => Action::Hold,
    }
}

/// The sandbox marks its messages.
fn require_environment(nvp: &Nvp, message: &Ipn) -> Result<(), Error> {
    let ours = nvp.acceptor.environment();
    let told = match message.get(TEST_IPN) {
        Some("1") => Environment::Test,
        Some(_) => Environment::Live,
        // the host that owned to it is the sandbox's own
        None => ours,
    };
    if told == ours { Ok(()) } else { Err(Refusal::Environment.into()) }
}

/// What the message tells, part by part.
struct Told<'a> {
    id: &'a str,
    parent: Option<&'a str>,
    /// The hold.
    auth: Option<&'a str>,
    word: &'a str,
    reason: Option<&'a str>,
    status: Status,
    amount: Amount,
    /// It is about money that went back, and not about the payment that it came from.
    refund: bool,
}

impl<'a> Told<'a> {
    fn read(message: &'a Ipn, kind: PaymentKind) -> Result<Self, Error> {
        let word = message.need(PAYMENT_STATUS)?;
        let status = Status::of(word, message.get(PENDING_REASON));
        let reason = message.get(PENDING_REASON).or_else(|| message.get(REASON_CODE));
        let (back, amount) = message.gross()?;
        let parent = message.get(PARENT_TXN_ID).map(|_| message.id(PARENT_TXN_ID)).transpose()?;
        // only what goes back has a minus, and it names what it takes from
        if back && (status != Status::GivenBack || parent.is_none()) {
            return Err(Error::malformed(PAYMENT_STATUS, "does not go with mc_gross"));
        }
        let refund = back || (status == Status::GivenBack && parent.is_some() && kind == PaymentKind::Sale);
        Ok(Self {
            id: message.id(TXN_ID)?,
            parent,
            auth: message.get(AUTH_ID).map(|_| message.id(AUTH_ID)).transpose()?,
            word,
            reason,
            status,
            amount,
            refund,
        })
    }

    /// What went back, or came again, must be of the operation's payment, where that is known; and a message without our number
    /// must name it.
    fn require_known(&self, message: &Ipn, operation: &Operation) -> Result<(), Error> {
        let known = operation.references().get(Reference::CaptureId);
        let is_known = |told: Option<&str>| told.is_some() && told == known;
        let of_payment = self.refund || self.status == Status::Returned;
        let fits = !of_payment || known.is_none() || is_known(self.parent);
        let named = message.number().is_some() || is_known(self.parent) || is_known(Some(self.id));
        if fits && named { Ok(()) } else { Err(Refusal::Number.into()) }
    }

    /// The payment that it is about.
    fn payment(&self) -> &str {
        let of_parent = self.refund || self.status == Status::Returned;
        self.parent.filter(|_| of_parent).unwrap_or(self.id)
    }

    /// Whether it names a payment of the operation that PayPal's answers told of: our own account's.
    fn names_known(&self, operation: &Operation) -> bool {
        self.is_of_capture(operation) || [Some(self.id), self.parent, self.auth].into_iter().any(|told| is_hold(operation, told))
    }

    /// Whether it is about the charge that is known.
    fn is_of_capture(&self, operation: &Operation) -> bool {
        let known = operation.references().get(Reference::CaptureId);
        known.is_some() && [Some(self.id), self.parent].contains(&known)
    }

    /// Whether it is about what became of the hold that is known.
    fn is_of_hold(&self, operation: &Operation) -> bool {
        [self.parent, self.auth].into_iter().any(|told| is_hold(operation, told))
    }

    /// Whether the hold that waits to be captured is over. A renewed one outlives the one that it renewed, which may expire; but
    /// PayPal voids it by the first one's id.
    fn ends_hold(&self, operation: &Operation) -> bool {
        let renewal = operation.references().get(Reference::RenewalId);
        let told = [Some(self.id), self.parent, self.auth];
        let over = match renewal.filter(|_| self.word != "Voided") {
            Some(renewal) => told.contains(&Some(renewal)),
            None => told.into_iter().any(|told| is_hold(operation, told)),
        };
        operation.state() == OperationState::Authorized && over
    }

    /// Whether it is about a renewal of the hold that is known.
    fn renews(&self, operation: &Operation) -> bool {
        let known = |name| operation.references().get(name);
        let first = known(Reference::AuthorizationId);
        let of_first = first.is_some() && first != Some(self.id) && [self.parent, self.auth].contains(&first);
        of_first || known(Reference::RenewalId) == Some(self.id)
    }

    /// Source: IPN guide, `payment_status`; banks/PAYPAL.md, section 5.
    fn meaning(&self, operation: &Operation) -> (Action, Outcome) {
        let kind = operation.kind();
        let paid = match kind {
            PaymentKind::Sale => Action::Charge,
            PaymentKind::Preauthorization => Action::Capture,
        };
        // a message about a hold's capture names the hold
        let of_hold = if self.parent.is_some() { paid } else { payment(kind) };
        let is_paid = operation.state().is_paid();
        match self.status {
            Status::GivenBack if self.refund => (Action::Refund, Outcome::Approved),
            Status::GivenBack if !is_paid => (payment(kind), Outcome::Unknown),
            Status::Returned if self.is_undone(operation) => (Action::RefundVoid, Outcome::Approved),
            // the payment itself, of which a part or all went back: what was paid is no less paid
            Status::Paid | Status::Returned | Status::GivenBack => (paid, Outcome::Approved),
            // of a sale it is refused, as every type that does not go with the kind
            Status::Held => (Action::Hold, Outcome::Approved),
            Status::Pending => (of_hold, Outcome::Pending),
            Status::LetGo if self.ends_hold(operation) => (Action::Void, Outcome::Approved),
            Status::NotPaid | Status::LetGo => (of_hold, Outcome::Declined),
            Status::Unknown => (payment(kind), Outcome::Unknown),
        }
    }

    /// Whether so much went back before as comes now.
    fn is_undone(&self, operation: &Operation) -> bool {
        operation.refunds().iter().any(|refund| refund.state == RefundState::Approved && refund.amount == self.amount)
    }

    /// Learns PayPal's id of what happened. What comes back after a dispute has an id of its own; the payment keeps its own.
    fn name(&self, claim: &mut Claim, operation: &Operation) {
        let name = match claim.action {
            // another name for the same hold
            Action::Hold if self.renews(operation) => return claim.references.insert(Reference::RenewalId, self.id),
            Action::Charge | Action::Capture => Reference::CaptureId,
            Action::Hold => Reference::AuthorizationId,
            Action::Refund => Reference::RefundId,
            _ => return,
        };
        let id = if self.status == Status::Returned { self.parent.unwrap_or(self.id) } else { self.id };
        claim.identity = Some(name);
        claim.references.insert(name, id);
    }
}

/// Whether that is the operation's hold, under its first name or the last one.
fn is_hold(operation: &Operation, told: Option<&str>) -> bool {
    let known = [Reference::AuthorizationId, Reference::RenewalId].map(|name| operation.references().get(name));
    told.is_some() && known.contains(&told)
}
