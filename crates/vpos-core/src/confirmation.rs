//! The one place that decides "this is what the bank says of our operation".
//!
//! A bank crate turns a message into a [`Claim`] and proves its origin ([`Authentic`]); [`Confirmation::new`] compares every
//! part of the claim with the stored [`Operation`]. Nothing else makes a confirmation, and only a confirmation moves an
//! operation to paid.

use jiff::Timestamp;

use crate::operation::Operation;
use crate::{Acceptor, Action, Amount, Authentic, Error, OperationNumber, Outcome, PaymentKind, Reference, References, Refusal};

/// What a message says of the amount. Exhaustive on purpose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a bank crate must say which it is")]
pub enum ClaimedAmount {
    /// The message states it.
    Stated(Amount),
    /// The protocol's answer has no amount: it speaks of what our own request, signed or over TLS, asked for.
    AsRequested,
}

/// What a message says, part by part, believed by nobody yet. Every field must be given: a bank crate cannot forget one.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a bank crate must answer for every field")]
pub struct Claim {
    /// The contract whose key (or whose https answer) proved the message.
    pub contract: Acceptor,
    /// The merchant that the message names.
    pub merchant: Box<str>,
    /// The terminal that the message names, in the contract's spelling.
    pub terminal: Option<Box<str>>,
    /// The operation that the message names.
    pub number: OperationNumber,
    /// The amount.
    pub amount: ClaimedAmount,
    /// What happened.
    pub action: Action,
    /// How it ended.
    pub outcome: Outcome,
    /// The bank's own code.
    pub code: Option<Box<str>>,
    /// Which of the references tells one payment (or one refund) from another, so that a second one for the same number is
    /// seen. Never one that `begin` learns: it would be known before anything was paid.
    pub identity: Option<Reference>,
    /// What is learnt from the message.
    pub references: References,
    /// After when this must not be acted on any more: the bank annuls what it was not answered in time.
    pub deadline: Option<Timestamp>,
}

/// The bank's word about one operation, proved and compared with what was stored.
///
/// It cannot be made outside this file:
/// ```compile_fail,E0451
/// # fn get<T>() -> T { unimplemented!() }
/// let claim: vpos_core::Claim = get();
/// let forged = vpos_core::Confirmation { claim };
/// ```
/// and neither can one be made without the proof, although every other part is at hand:
/// ```compile_fail,E0061
/// # fn get<T>() -> T { unimplemented!() }
/// # use vpos_core::{operation::Operation, Claim, Confirmation};
/// let (claim, operation): (Claim, Operation) = get();
/// let forged = Confirmation::new(claim, &operation);
/// ```
/// The twin that compiles:
/// ```no_run
/// # fn get<T>() -> T { unimplemented!() }
/// # use vpos_core::{operation::Operation, Authentic, Claim, Confirmation};
/// let (claim, proof, operation): (Claim, Authentic, Operation) = get();
/// let confirmation = Confirmation::new(claim, proof, &operation);
/// ```
#[derive(Clone, Debug)]
pub struct Confirmation {
    claim: Claim,
}

impl Confirmation {
    /// Compares a proved claim with the stored operation, part by part.
    ///
    /// # Errors
    /// The [`Refusal`] that names the first part that does not match.
    pub fn new(claim: Claim, _proof: Authentic, operation: &Operation) -> Result<Self, Refusal> {
        check(&claim, operation)?;
        Ok(Self { claim })
    }

    /// The same comparison again, before it is acted on: the operation may have moved since.
    pub(crate) fn require(&self, operation: &Operation) -> Result<(), Refusal> {
        check(&self.claim, operation)
    }

    /// Which operation.
    pub const fn number(&self) -> &OperationNumber {
        &self.claim.number
    }

    /// What happened.
    pub const fn action(&self) -> Action {
        self.claim.action
    }

    /// How it ended.
    pub const fn outcome(&self) -> Outcome {
        self.claim.outcome
    }

    /// The amount, where the message states it.
    pub const fn amount(&self) -> Option<Amount> {
        match self.claim.amount {
            ClaimedAmount::Stated(amount) => Some(amount),
            ClaimedAmount::AsRequested => None,
        }
    }

    /// The bank's own code.
    pub fn code(&self) -> Option<&str> {
        self.claim.code.as_deref()
    }

    /// The issuer's authorisation number.
    pub fn authorization(&self) -> Option<&str> {
        self.claim.references.get(Reference::AuthorizationCode)
    }

    /// All that was learnt.
    pub const fn references(&self) -> &References {
        &self.claim.references
    }

    /// The contract that proved it.
    pub const fn contract(&self) -> &Acceptor {
        &self.claim.contract
    }

    /// After when it must not be acted on any more.
    pub const fn deadline(&self) -> Option<Timestamp> {
        self.claim.deadline
    }

    /// Whether the issuer or the bank agreed to the payment: a charge, a hold, or an approval that `charge` must follow.
    pub fn is_approved_payment(&self) -> bool {
        self.action().is_payment() && self.outcome() == Outcome::Approved
    }

    /// Checks the deadline.
    ///
    /// # Errors
    /// [`Refusal::Stale`] after it.
    pub fn require_in_time(&self, now: Timestamp) -> Result<(), Error> {
        if self.claim.deadline.is_some_and(|deadline| now > deadline) {
            return Err(Refusal::Stale.into());
        }
        Ok(())
    }

    /// What every bank checks before it charges: the operation is of that contract, the confirmation is of that operation, and
    /// its deadline has not passed.
    ///
    /// # Errors
    /// [`Error::Refused`] with what does not fit.
    pub fn require_chargeable(&self, operation: &Operation, contract: &Acceptor, now: Timestamp) -> Result<(), Error> {
        operation.require_acceptor(contract)?;
        if self.number() != operation.number() {
            return Err(Refusal::Number.into());
        }
        self.require_in_time(now)
    }

    pub(crate) const fn identity(&self) -> Option<Reference> {
        self.claim.identity
    }
}

/// What decides: every part of the claim is the operation's.
fn check(claim: &Claim, operation: &Operation) -> Result<(), Refusal> {
    let ours = operation.acceptor();
    ours.require(&claim.contract)?;
    if *claim.merchant != *ours.merchant() {
        return Err(Refusal::Merchant);
    }
    if claim.terminal.as_deref() != ours.terminal() {
        return Err(Refusal::Terminal);
    }
    if claim.number != *operation.number() {
        return Err(Refusal::Number);
    }
    if !goes_with(claim.action, operation.kind()) {
        return Err(Refusal::Type);
    }
    if let ClaimedAmount::Stated(amount) = claim.amount {
        check_amount(amount, claim, operation)?;
    }
    if is_second_payment(claim, operation) {
        return Err(Refusal::Number);
    }
    Ok(())
}

/// Whether that can happen to an operation of that kind.
const fn goes_with(action: Action, kind: PaymentKind) -> bool {
    match action {
        // an approval is the buyer's agreement to a charge or to a hold
        Action::Approval | Action::Refund | Action::Void | Action::RefundVoid | Action::CardDeletion => true,
        Action::Charge => matches!(kind, PaymentKind::Sale),
        Action::Hold | Action::Capture => matches!(kind, PaymentKind::Preauthorization),
    }
}

fn check_amount(stated: Amount, claim: &Claim, operation: &Operation) -> Result<(), Refusal> {
    let asked = operation.amount();
    if stated.currency() != asked.currency() {
        return Err(Refusal::Currency);
    }
    let charged = operation.charged() == Some(stated);
    let fits = match claim.action {
        Action::Approval | Action::Charge | Action::Hold => stated == asked,
        // what was charged may be above what was asked, where the bank allows it
        Action::Capture => match operation.capturing() {
            Some(capturing) => stated == capturing,
            None => (stated <= asked && !stated.is_zero()) || charged,
        },
        Action::Void => stated == asked || charged,
        Action::Refund if claim.outcome == Outcome::Approved => operation.takes_refund(stated, claim),
        Action::RefundVoid if claim.outcome == Outcome::Approved => operation.gave_back(stated),
        // a no to a refund or to its void moves no money, whatever amount it names
        Action::Refund | Action::RefundVoid | Action::CardDeletion => true,
    };
    if fits { Ok(()) } else { Err(Refusal::Amount) }
}

/// Whether the operation was approved before, by another payment than this one.
fn is_second_payment(claim: &Claim, operation: &Operation) -> bool {
    let approved = claim.action.is_payment() && claim.outcome == Outcome::Approved;
    let Some(identity) = claim.identity.filter(|_| approved) else { return false };
    let known = operation.references().get(identity);
    known.is_some() && known != claim.references.get(identity)
}
