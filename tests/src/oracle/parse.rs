//! Rows to facts, one function per source: the value rules of part E and the natural keys of ruling E4.

use super::check::{
    Cells, MAX_DECISION_CHARS, MAX_ID_CHARS, MAX_NAME_CHARS, MAX_TEXT_CHARS, Wrong, flag, number, uscc,
};
use super::facts::{
    Arrear, Change, Class, Commitment, Complaint, Inspection, Judgment, Listing, Order, PerEnterprise,
    Permit, Registration, Review, Told, Zone,
};
use super::fraction::Fraction;

const STATUSES: [&str; 12] = [
    "存续",
    "在营",
    "开业",
    "在册",
    "存续（在营、开业、在册）",
    "歇业",
    "清算",
    "迁出",
    "吊销未注销",
    "吊销已注销",
    "注销",
    "撤销登记",
];
const LISTS: [&str; 9] = [
    "abnormal_operation",
    "serious_dishonesty",
    "judgment_defaulter",
    "tax_serious",
    "wage_arrears",
    "customs_dishonest",
    "customs_seriously_dishonest",
    "statistics_serious",
    "ip_serious",
];
const JUDGMENT_KINDS: [&str; 7] =
    ["enforcement", "ip", "smuggling", "tax_fraud", "false_invoice", "illegal_fx", "money_laundering"];

pub(super) fn keep<T>(facts: &mut PerEnterprise<T>, uscc: String, key: Vec<String>, fact: T) {
    facts.entry(uscc).or_default().insert(key, fact);
}

fn whole(text: &str) -> Result<i128, &'static str> {
    number(text, 0).map(|value| value.num)
}

fn roles(text: &str) -> Result<Vec<String>, &'static str> {
    let roles: Vec<String> =
        text.split(';').map(|role| role.trim().to_owned()).filter(|r| !r.is_empty()).collect();
    let known = |role: &String| ["ecommerce", "platform", "logistics", "service"].contains(&role.as_str());
    if roles.is_empty() || !roles.iter().all(known) { Err("enum") } else { Ok(roles) }
}

impl Zone {
    pub(super) fn add_registration(&mut self, cells: &Cells<'_>) -> Result<(), Wrong> {
        let row = Registration {
            uscc: cells.uscc("uscc")?,
            name: cells.text("name", MAX_NAME_CHARS)?,
            status: cells.word("status", &STATUSES)?,
            established_on: cells.date("established_on")?,
            registered_capital: cells.opt_money("registered_capital_cny")?,
            paid_in_capital: cells.opt_money("paid_in_capital_cny")?,
            legal_representative: cells.text("legal_representative", MAX_NAME_CHARS)?,
            address: cells.opt_text("address", MAX_TEXT_CHARS)?,
            rest: vec![
                Some(cells.text("region_code", MAX_TEXT_CHARS)?),
                cells.opt_text("former_names", MAX_TEXT_CHARS)?,
                cells.opt_text("event_id", MAX_TEXT_CHARS)?,
            ],
            industry_code: cells.opt_text("industry_code", MAX_TEXT_CHARS)?,
            roles: cells.opt_with("roles", roles)?.unwrap_or_default(),
            filed_on: cells.date("filed_on")?,
            customs_code: cells.opt_text("customs_code", MAX_TEXT_CHARS)?,
            safe_listed: cells.opt_flag("safe_listed")?,
            tax_refund_filed: cells.opt_flag("tax_refund_filed")?,
            last_annual_report_year: cells.opt_with("last_annual_report_year", |text| {
                whole(text).and_then(|year| i32::try_from(year).map_err(|_| "number"))
            })?,
            annual_report_late: cells
                .opt_with("annual_report_late", |text| flag(text).map(i128::from).or_else(|_| whole(text)))?,
            phone: cells.opt_text("phone", MAX_TEXT_CHARS)?,
            premises_check: cells.opt_word("premises_check", &["verified", "failed", "lost"])?,
            premises_checked_on: cells.opt_date("premises_checked_on")?,
            record_source: cells.opt_word("record_source", &["samr", "zone", "customs"])?.unwrap_or_default(),
        };
        let rows = self.registrations.entry(row.uscc.clone()).or_default();
        // Identical = no change (ruling E4). Reading: it does not become the row received last either.
        if !rows.contains(&row) {
            rows.retain(|old| old.record_source != row.record_source);
            rows.push(row);
        }
        Ok(())
    }

    pub(super) fn add_change(&mut self, cells: &Cells<'_>) -> Result<(), Wrong> {
        let uscc = cells.uscc("uscc")?;
        let changed_on = cells.date("changed_on")?;
        let item = cells.text("item", MAX_TEXT_CHARS)?;
        cells.text("before", MAX_TEXT_CHARS)?;
        cells.text("after", MAX_TEXT_CHARS)?;
        keep(
            &mut self.changes,
            uscc,
            vec![changed_on.to_string(), item.clone()],
            Change { changed_on, item },
        );
        Ok(())
    }

    pub(super) fn add_permit(&mut self, cells: &Cells<'_>) -> Result<(), Wrong> {
        cells.text("XK_XDR_MC", MAX_NAME_CHARS)?;
        let text = |column| cells.opt_text(column, MAX_TEXT_CHARS).map(Option::unwrap_or_default);
        let key = vec![cells.text("XK_XKJGDM", MAX_TEXT_CHARS)?, cells.text("XK_WSH", MAX_DECISION_CHARS)?];
        let permit = Permit {
            words: format!("{}\n{}", text("XK_XKZS")?, text("XK_XKWS")?),
            state: text("XK_ZT")?,
            decided_on: cells.opt_date("XK_JDRQ")?,
            valid_from: cells.opt_date("XK_YXQZ")?,
            valid_to: cells.opt_date("XK_YXQZI")?,
        };
        keep(&mut self.permits, cells.uscc("XK_XDR_SHXYM")?, key, permit);
        Ok(())
    }

    /// Reading: in the old dialect XK_JZQ is the last day in force and the key is (XK_XZJG, XK_WSH, XK_XDR_SHXYM).
    pub(super) fn add_old_permit(&mut self, cells: &Cells<'_>) -> Result<(), Wrong> {
        let text = |column| cells.opt_text(column, MAX_TEXT_CHARS).map(Option::unwrap_or_default);
        let key = vec![text("XK_XZJG")?, cells.text("XK_WSH", MAX_DECISION_CHARS)?];
        let permit = Permit {
            words: text("XK_XMMC")?,
            state: text("XK_ZT")?,
            decided_on: cells.opt_date("XK_JDRQ")?,
            valid_from: None,
            valid_to: cells.opt_date("XK_JZQ")?,
        };
        keep(&mut self.permits, cells.uscc("XK_XDR_SHXYM")?, key, permit);
        Ok(())
    }

    pub(super) fn add_listing(&mut self, cells: &Cells<'_>) -> Result<(), Wrong> {
        let uscc = cells.uscc("uscc")?;
        let list = cells.word("list", &LISTS)?;
        let decision_no = cells.text("decision_no", MAX_TEXT_CHARS)?;
        cells.text("authority", MAX_TEXT_CHARS)?;
        cells.opt_text("reason", MAX_TEXT_CHARS)?;
        cells.opt_text("basis", MAX_TEXT_CHARS)?;
        let listing = Listing {
            list: list.clone(),
            effective_on: cells.date("effective_on")?,
            expires_on: cells.opt_date("expires_on")?,
            removed_on: cells.opt_date("removed_on")?,
        };
        keep(&mut self.listings, uscc, vec![list, decision_no], listing);
        Ok(())
    }

    pub(super) fn add_class(&mut self, cells: &Cells<'_>) -> Result<(), Wrong> {
        let uscc = cells.uscc("uscc")?;
        let authority = cells.word("authority", &["customs", "safe", "tax", "public_credit"])?;
        let classes: &[&str] = match authority.as_str() {
            "customs" => &["ADV", "CERT", "REG", "DIS", "SDIS"],
            "safe" => &["A", "B", "C", "GUIDANCE", "EXEMPT"],
            "tax" => &["A", "B", "M", "C", "D"],
            _ => &["优", "良", "中", "差"],
        };
        let class = Class {
            authority: authority.clone(),
            class: cells.word("class", classes)?,
            valid_from: cells.date("valid_from")?,
            valid_to: cells.opt_date("valid_to")?,
        };
        cells.opt_text("decision_no", MAX_TEXT_CHARS)?;
        keep(&mut self.classes, uscc, vec![authority, class.valid_from.to_string()], class);
        Ok(())
    }

    /// Reading: the keys of commitments, inspections, judgments and arrears are not written down; see each `keep`.
    pub(super) fn add_commitment(&mut self, cells: &Cells<'_>) -> Result<(), Wrong> {
        let uscc = cells.uscc("uscc")?;
        let id = cells.text("commitment_id", MAX_TEXT_CHARS)?;
        cells.text("kind", MAX_TEXT_CHARS)?;
        cells.date("made_on")?;
        let commitment = Commitment { due_on: cells.date("due_on")?, kept_on: cells.opt_date("kept_on")? };
        cells.opt_date("breach_determined_on")?;
        keep(&mut self.commitments, uscc, vec![id], commitment);
        Ok(())
    }

    pub(super) fn add_inspection(&mut self, cells: &Cells<'_>) -> Result<(), Wrong> {
        let uscc = cells.uscc("uscc")?;
        let id = cells.text("inspection_id", MAX_TEXT_CHARS)?;
        let inspection = Inspection {
            kind: cells.word("kind", &["random", "special", "product_sampling", "recall"])?,
            inspected_on: cells.date("inspected_on")?,
            sampled: cells.opt_with("sampled", whole)?,
            failed: cells.opt_with("failed", whole)?,
            passed: cells.word("result", &["pass", "fail"])? == "pass",
        };
        keep(&mut self.inspections, uscc, vec![id], inspection);
        Ok(())
    }

    pub(super) fn add_judgment(&mut self, cells: &Cells<'_>) -> Result<(), Wrong> {
        let uscc = cells.uscc("uscc")?;
        let case_no = cells.text("case_no", MAX_TEXT_CHARS)?;
        let judgment = Judgment {
            kind: cells.word("kind", &JUDGMENT_KINDS)?,
            decided_on: cells.date("decided_on")?,
            unpaid: cells.opt_money("amount_unpaid_cny")?.unwrap_or(Fraction::whole(0)),
            is_final: cells.opt_flag("final")?.unwrap_or(false),
        };
        keep(&mut self.judgments, uscc, vec![case_no, judgment.kind.clone()], judgment);
        Ok(())
    }

    pub(super) fn add_arrear(&mut self, cells: &Cells<'_>) -> Result<(), Wrong> {
        let uscc = cells.uscc("uscc")?;
        let kind = cells.text("kind", MAX_TEXT_CHARS)?;
        cells.number("amount_cny", 2)?;
        let arrear = Arrear { due_on: cells.date("due_on")?, cleared_on: cells.opt_date("cleared_on")? };
        keep(&mut self.arrears, uscc, vec![kind, arrear.due_on.to_string()], arrear);
        Ok(())
    }

    pub(super) fn add_order(&mut self, cells: &Cells<'_>) -> Result<(), Wrong> {
        let token = |column| cells.opt_text(column, MAX_TEXT_CHARS);
        let order = Order {
            uscc: cells.uscc("uscc")?,
            order_no: cells.text("order_no", MAX_ID_CHARS)?,
            mode: cells.word("mode", &["9610", "1210", "1239", "9710", "9810"])?,
            import: cells.word("direction", &["import", "export"])? == "import",
            ordered_at: cells.time("ordered_at")?,
            paid_at: cells.opt_time("paid_at")?,
            shipped_at: cells.opt_time("shipped_at")?,
            delivered_at: cells.opt_time("delivered_at")?,
            amount: cells.number("amount_cny", 2)?,
            paid_amount: cells.opt_money("paid_amount_cny")?,
            payer_matches_buyer: {
                cells.text("currency", MAX_TEXT_CHARS)?;
                cells.opt_flag("payer_matches_buyer")?
            },
            consignee_matches: cells.opt_flag("consignee_matches")?,
            logistics_no: token("logistics_no")?,
            logistics_uscc: cells.opt_uscc("logistics_uscc")?,
            platform_uscc: cells.opt_uscc("platform_uscc")?,
            payment_uscc: cells.opt_uscc("payment_uscc")?,
            hs_code: token("hs_code")?,
            quantity: cells.opt_number("quantity", 30)?,
            country: token("country")?,
            buyer_token: token("buyer_token")?,
            address_token: token("address_token")?,
            phone_token: token("phone_token")?,
            customs_status: cells.opt_with("customs_status", |text| text.parse().map_err(|_| "enum"))?,
            held_at: cells.opt_time("held_at")?,
            returned_at: cells.opt_time("returned_at")?,
            amended: {
                cells.opt_date("promised_on")?;
                cells.opt_flag("amended")?
            },
            cancelled_at: cells.opt_time("cancelled_at")?,
            agent_uscc: {
                cells.opt_time("refund_requested_at")?;
                cells.opt_time("refund_closed_at")?;
                cells.opt_uscc("agent_uscc")?
            },
            warehouse_uscc: cells.opt_uscc("warehouse_uscc")?,
            told: None,
        };
        let key = (order.uscc.clone(), order.order_no.clone());
        self.orders.insert(key.clone(), order);
        self.lay_over(&key);
        Ok(())
    }

    /// What the messages of an order say, from the labels of the sample.
    pub(super) fn add_told(&mut self, uscc: &str, order_no: &str, shows: &str) {
        let shows: Vec<&str> = shows.split(';').collect();
        let told = Told { goods_differ: shows.contains(&"goods"), weight_differs: shows.contains(&"weight") };
        let key = (uscc.to_owned(), order_no.to_owned());
        self.told.insert(key.clone(), told);
        self.lay_over(&key);
    }

    /// Messages make tokens of a buyer's own values, which are never those of a row.
    fn lay_over(&mut self, key: &(String, String)) {
        let (Some(order), Some(told)) = (self.orders.get_mut(key), self.told.get(key)) else { return };
        if order.told.replace(*told).is_none() {
            for token in [&mut order.buyer_token, &mut order.address_token, &mut order.phone_token] {
                *token = token.take().map(|token| format!("message {token}"));
            }
        }
    }

    pub(super) fn add_review(&mut self, cells: &Cells<'_>) -> Result<(), Wrong> {
        let review_id = cells.text("review_id", MAX_ID_CHARS)?;
        let simhash = |text: &str| {
            let sixteen = text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
            if sixteen { u64::from_str_radix(text, 16).map_err(|_| "number") } else { Err("number") }
        };
        // Reading: stars are the whole numbers 1 to 5.
        let stars =
            |text: &str| whole(text).and_then(|n| if (1..=5).contains(&n) { Ok(n) } else { Err("number") });
        let review = Review {
            platform_uscc: cells.uscc("platform_uscc")?,
            uscc: cells.uscc("uscc")?,
            order_no: cells.opt_text("order_no", MAX_ID_CHARS)?,
            rating: cells.opt_with("rating", stars)?.unwrap_or_default(),
            created_at: cells.time("created_at")?,
            verified: cells.flag("verified_purchase")?,
            buyer_token: cells.text("buyer_token", MAX_TEXT_CHARS)?,
            simhash: cells.opt_with("simhash", simhash)?,
            deleted: cells.opt_flag("deleted")?.unwrap_or(false),
            incentive: cells.opt_flag("incentive")?.unwrap_or(false),
        };
        cells.opt_time("merchant_replied_at")?;
        self.reviews.insert((review.platform_uscc.clone(), review_id), review);
        Ok(())
    }

    pub(super) fn add_complaint(&mut self, cells: &Cells<'_>) -> Result<(), Wrong> {
        let complaint = Complaint {
            complaint_id: cells.text("complaint_id", MAX_ID_CHARS)?,
            uscc: cells.opt_with("uscc", uscc)?.unwrap_or_default(),
            accepted_on: {
                cells.text("category", MAX_TEXT_CHARS)?;
                cells.date("accepted_on")?
            },
            closed_on: {
                cells.opt_date("replied_on")?;
                cells.opt_date("closed_on")?
            },
            outcome: cells.opt_word("outcome", &["和解", "调解成功", "终止", "撤回", "不成立"])?,
            became_case: {
                cells.opt_money("amount_cny")?;
                cells.opt_flag("substantiated")?;
                cells.opt_flag("became_case")?.unwrap_or(false)
            },
            complainant_token: cells.text("complainant_token", MAX_TEXT_CHARS)?,
        };
        self.complaints.insert(complaint.complaint_id.clone(), complaint);
        Ok(())
    }
}
