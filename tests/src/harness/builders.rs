//! Rows of source files, made from good defaults and a few words about what differs.

use std::collections::BTreeMap;

use crate::oracle::check::uscc_check;

/// A valid, fictitious USCC of Yibin for every number below 100 000.
pub fn uscc(number: u32) -> String {
    assert!(number < 100_000, "five digits are set aside for the number");
    let organisation = format!("MA6{number:05}");
    let weights = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 =
        organisation.chars().zip(weights).map(|(c, weight)| c.to_digit(36).unwrap() * weight).sum();
    let check = match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).unwrap(),
    };
    let first17 = format!("91511502{organisation}{check}");
    format!("{first17}{}", uscc_check(&first17).unwrap())
}

/// One row of any source: column → value.
#[derive(Clone, Debug, Default)]
pub struct SourceRow(BTreeMap<String, String>);

impl SourceRow {
    pub fn of(cells: &[(&str, &str)]) -> Self {
        Self(cells.iter().map(|(column, value)| ((*column).to_owned(), (*value).to_owned())).collect())
    }
    pub fn set(mut self, column: &str, value: impl ToString) -> Self {
        self.0.insert(column.to_owned(), value.to_string());
        self
    }
    pub fn get(&self, column: &str) -> &str {
        self.0.get(column).map_or("", String::as_str)
    }
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// A `registration` row: by default a seller four years old with everything in order.
#[derive(Clone, Debug)]
pub struct EnterpriseBuilder(SourceRow);

impl EnterpriseBuilder {
    pub fn new(number: u32) -> Self {
        let last = number.to_string();
        Self(
            SourceRow::of(&[
                ("status", "存续"),
                ("established_on", "2022-11-01"),
                ("registered_capital_cny", "1000000.00"),
                ("paid_in_capital_cny", "1000000.00"),
                ("region_code", "511502"),
                ("industry_code", "F5193"),
                ("roles", "ecommerce"),
                ("filed_on", "2023-01-10"),
                ("safe_listed", "true"),
                ("tax_refund_filed", "true"),
                ("last_annual_report_year", "2025"),
                ("annual_report_late", "0"),
                ("premises_check", "verified"),
            ])
            .set("uscc", uscc(number))
            .set("name", format!("宜宾试样{last}号贸易有限公司"))
            .set("legal_representative", format!("试样人{last}"))
            .set("address", format!("宜宾市翠屏区试样路{last}号"))
            .set("phone", format!("0831-{number:07}"))
            .set("customs_code", format!("51159{number:05}")),
        )
    }
    pub fn role(self, roles: &str) -> Self {
        self.with("roles", roles)
    }
    pub fn with(self, column: &str, value: impl ToString) -> Self {
        Self(self.0.set(column, value))
    }
    pub fn uscc(&self) -> String {
        self.0.get("uscc").to_owned()
    }
    pub fn build(self) -> SourceRow {
        self.0
    }
}

/// A `transactions` row: by default an export parcel, paid, delivered and released.
#[derive(Clone, Debug)]
pub struct OrderBuilder(SourceRow);

impl OrderBuilder {
    /// `day` as 2026-10-01; the order is made at 09:00, paid at 09:10, shipped at 12:00 of that day.
    pub fn new(merchant: &str, order_no: &str, day: &str) -> Self {
        Self(
            SourceRow::of(&[
                ("mode", "9610"),
                ("direction", "export"),
                ("amount_cny", "120.00"),
                ("paid_amount_cny", "120.00"),
                ("currency", "CNY"),
                ("hs_code", "6109100021"),
                ("quantity", "2"),
                ("country", "502"),
                ("customs_status", "800"),
            ])
            .set("uscc", merchant)
            .set("order_no", order_no)
            .set("ordered_at", format!("{day} 09:00:00"))
            .set("paid_at", format!("{day} 09:10:00"))
            .set("shipped_at", format!("{day} 12:00:00"))
            .set("logistics_no", format!("WB{order_no}")),
        )
    }
    pub fn import(self) -> Self {
        self.with("direction", "import").with("mode", "1210").with("payer_matches_buyer", "true")
    }
    pub fn with(self, column: &str, value: impl ToString) -> Self {
        Self(self.0.set(column, value))
    }
    pub fn build(self) -> SourceRow {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::uscc;
    use crate::oracle::check;

    #[test]
    fn made_up_codes_are_valid_and_differ() {
        let codes: std::collections::BTreeSet<String> = (0..2000).map(uscc).collect();
        assert_eq!(codes.len(), 2000);
        assert!(codes.iter().all(|code| check::uscc(code).as_ref() == Ok(code)));
    }
}
