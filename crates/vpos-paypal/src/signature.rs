//! What stands for a signature at PayPal, who signs nothing with a secret that it shares with the shop.
//!
//! A webhook carries a certificate's address and a signature, which PayPal's own API checks; an IPN message is posted back to
//! PayPal, which says whether it sent it. What either says is then asked of the API, over TLS.
