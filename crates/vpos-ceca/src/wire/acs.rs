//! `datos_acs_20`: the 3DS2 data as the JSON object that the bank's `PrestaShop` module 1.1.1 sends.

use serde_json::{Map, Value};

use crate::form::acs::{AccountInfo, AcsData, Address, MerchantRisk};

impl AcsData {
    /// The object, as text; what is not known is left out.
    pub(crate) fn to_json(&self) -> String {
        let object = object([
            (
                "CARDHOLDER",
                object([
                    ("NAME", text(self.name.as_ref())),
                    ("EMAIL", text(self.email.as_ref())),
                    ("BILL_ADDRESS", address(&self.billing)),
                ]),
            ),
            (
                "PURCHASE",
                object([
                    ("SHIP_ADDRESS", address(&self.shipping)),
                    ("MOBILE_PHONE", object([("SUBSCRIBER", text(self.mobile.as_ref()))])),
                ]),
            ),
            ("MERCHANT_RISK_IND", risk(&self.risk)),
            ("ACCOUNT_INFO", account(&self.account)),
        ]);
        object.unwrap_or_else(|| Value::Object(Map::new())).to_string()
    }
}

fn address(address: &Address) -> Option<Value> {
    object([
        ("CITY", text(address.city.as_ref())),
        ("COUNTRY", text(address.country.as_ref())),
        ("LINE1", text(address.line1.as_ref())),
        ("LINE2", text(address.line2.as_ref())),
        ("POST_CODE", text(address.post_code.as_ref())),
    ])
}

fn risk(risk: &MerchantRisk) -> Option<Value> {
    object([
        ("SHIP_INDICATOR", text(risk.ship_indicator.as_ref())),
        ("DELIVERY_TIMEFRAME", text(risk.delivery_timeframe.as_ref())),
        ("DELIVERY_EMAIL_ADDRESS", text(risk.delivery_email.as_ref())),
        ("REORDER_ITEMS_IND", text(risk.reorder_items.as_ref())),
        ("PRE_ORDER_PURCHASE_IND", text(risk.pre_order_purchase.as_ref())),
    ])
}

fn account(account: &AccountInfo) -> Option<Value> {
    let count = |count: Option<u32>| count.map(|count| Value::from(count.to_string()));
    object([
        ("CH_ACC_AGE_IND", text(account.age_indicator.as_ref())),
        ("PAYMENT_ACC_IND", text(account.payment_account_indicator.as_ref())),
        ("CH_ACC_CHANGE_IND", text(account.change_indicator.as_ref())),
        ("CH_ACC_CHANGE", text(account.changed.as_ref())),
        ("CH_ACC_DATE", text(account.opened.as_ref())),
        ("PAYMENT_ACC_AGE", text(account.payment_account_since.as_ref())),
        ("TXN_ACTIVITY_DAY", count(account.activity_day)),
        ("TXN_ACTIVITY_YEAR", count(account.activity_year)),
        ("NB_PURCHASE_ACCOUNT", count(account.purchases)),
        ("SHIP_NAME_INDICATOR", text(account.ship_name_indicator.as_ref())),
        ("SUSPICIOUS_ACC_ACTIVITY", text(account.suspicious_activity.as_ref())),
    ])
}

fn text(text: Option<&String>) -> Option<Value> {
    text.filter(|text| !text.is_empty()).map(|text| text.as_str().into())
}

/// The members that are there; none when none is.
fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Option<Value> {
    let there: Map<String, Value> = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    (!there.is_empty()).then_some(Value::Object(there))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_left_out() {
        assert_eq!(AcsData::default().to_json(), "{}");
        let mut data = AcsData { name: Some("Ana \"Pérez\"".into()), mobile: Some("600000000".into()), ..AcsData::default() };
        data.billing.city = Some("Madrid".into());
        data.account.purchases = Some(3);
        let expected = serde_json::json!({
            "CARDHOLDER": {"NAME": "Ana \"Pérez\"", "BILL_ADDRESS": {"CITY": "Madrid"}},
            "PURCHASE": {"MOBILE_PHONE": {"SUBSCRIBER": "600000000"}},
            "ACCOUNT_INFO": {"NB_PURCHASE_ACCOUNT": "3"},
        });
        assert_eq!(serde_json::from_str::<Value>(&data.to_json()).unwrap(), expected);
        assert_eq!(format!("{data:?}"), "AcsData([personal])");
    }
}
