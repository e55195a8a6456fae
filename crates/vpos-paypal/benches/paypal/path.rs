//! The whole path: a webhook from bytes to a confirmation, as it grows, beside the bare reading of the same JSON.

use std::hint::black_box;

use divan::Bencher;
use divan::counter::BytesCount;
use serde_json::Value;

use crate::messages::scene;

/// How long the text for people is: that of a real message, and up to the limit.
const LENGTHS: [usize; 4] = [30, 1_000, 8_000, 60_000];

/// `serde_json` over the webhook and the order: the least that both take.
#[divan::bench(args = LENGTHS)]
fn floor_of_json(bencher: Bencher<'_, '_>, length: usize) {
    let scene = scene(length);
    bencher.counter(BytesCount::new(scene.webhook.body().len())).bench(|| {
        let event: Value = serde_json::from_slice(scene.webhook.body()).unwrap();
        let order: Value = serde_json::from_str(&scene.order).unwrap();
        black_box((event, order));
    });
}

#[divan::bench(args = LENGTHS)]
fn webhook(bencher: Bencher<'_, '_>, length: usize) {
    let scene = scene(length);
    // the token is asked for once
    assert!(scene.confirm().is_approved_payment());
    bencher.counter(BytesCount::new(scene.webhook.body().len())).bench(|| scene.confirm());
}
