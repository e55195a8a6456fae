//! An IPN message: a form that PayPal posts by itself.

/// A message as it came.
#[derive(Debug)]
pub(crate) struct Ipn;
