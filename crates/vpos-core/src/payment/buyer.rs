//! Who pays, as far as the merchant knows and the bank may be told.

use std::fmt;

/// The buyer's name, e-mail and telephone. Personal data: `Debug` says only which of them are there.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Buyer {
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
}

impl Buyer {
    pub(super) const fn new(name: Option<String>, email: Option<String>, phone: Option<String>) -> Self {
        Self { name, email, phone }
    }

    /// The name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The e-mail address.
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// The telephone number.
    pub fn phone(&self) -> Option<&str> {
        self.phone.as_deref()
    }
}

impl fmt::Debug for Buyer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |part: &Option<String>| part.as_ref().map(|_| "[personal]");
        f.debug_struct("Buyer")
            .field("name", &shown(&self.name))
            .field("email", &shown(&self.email))
            .field("phone", &shown(&self.phone))
            .finish()
    }
}
