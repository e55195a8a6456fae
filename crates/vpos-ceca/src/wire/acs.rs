//! `datos_acs_20`: the 3DS2 data as the JSON object that the bank's `PrestaShop` module 1.1.1 sends.

use serde_json::{Map, Value};

use crate::form::acs::{AccountInfo, AcsData, Address, MerchantRisk};

impl AcsData {
    /// The object, as text; what is not known is left out.
    pub(crate) fn to_json(&self) -> String {
        let object = object([
            (
                "CARDHOLDER",
                object([("NAME", text(&self.name)), ("EMAIL", text(&self.email)), ("BILL_ADDRESS", address(&self.billing))]),
            ),
            (
                "PURCHASE",
                object([
                    ("SHIP_ADDRESS", address(&self.shipping)),
                    ("MOBILE_PHONE", object([("SUBSCRIBER", text(&self.mobile))])),
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
        ("CITY", text(&address.city)),
        ("COUNTRY", text(&address.country)),
        ("LINE1", text(&address.line1)),
        ("LINE2", text(&address.line2)),
        ("POST_CODE", text(&address.post_code)),
    ])
}

fn risk(risk: &MerchantRisk) -> Option<Value> {
    object([
        ("SHIP_INDICATOR", text(&risk.ship_indicator)),
        ("DELIVERY_TIMEFRAME", text(&risk.delivery_timeframe)),
        ("DELIVERY_EMAIL_ADDRESS", text(&risk.delivery_email)),
        ("REORDER_ITEMS_IND", text(&risk.reorder_items)),
        ("PRE_ORDER_PURCHASE_IND", text(&risk.pre_order_purchase)),
    ])
}

fn account(account: &AccountInfo) -> Option<Value> {
    let count = |count: Option<u32>| count.map(|count| Value::from(count.to_string()));
    object([
        ("CH_ACC_AGE_IND", text(&account.age_indicator)),
        ("PAYMENT_ACC_IND", text(&account.payment_account_indicator)),
        ("CH_ACC_CHANGE_IND", text(&account.change_indicator)),
        ("CH_ACC_CHANGE", text(&account.changed)),
        ("CH_ACC_DATE", text(&account.opened)),
        ("PAYMENT_ACC_AGE", text(&account.payment_account_since)),
        ("TXN_ACTIVITY_DAY", count(account.activity_day)),
        ("TXN_ACTIVITY_YEAR", count(account.activity_year)),
        ("NB_PURCHASE_ACCOUNT", count(account.purchases)),
        ("SHIP_NAME_INDICATOR", text(&account.ship_name_indicator)),
        ("SUSPICIOUS_ACC_ACTIVITY", text(&account.suspicious_activity)),
    ])
}

fn text(text: &Option<String>) -> Option<Value> {
    text.as_deref().filter(|text| !text.is_empty()).map(Value::from)
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
