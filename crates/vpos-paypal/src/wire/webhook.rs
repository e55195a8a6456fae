//! A webhook: JSON that PayPal posts by itself, about a resource of the REST API.

/// A message as it came.
#[derive(Debug)]
pub(crate) struct Webhook;
