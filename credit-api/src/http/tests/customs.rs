//! Messages of customs for the tests: one sale in its documents, as systems write them.

use std::io::{Cursor, Write};

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use credit_core::ceb::Element;
use serde_json::Value;

use super::world::{World, code};
use crate::ceb::reading::write_message;

/// A buyer who does not exist; none of these may be found anywhere afterwards.
pub const BUYER: [&str; 5] =
    ["510104199901019991", "测试买家甲", "13900000991", "宜宾市虚构路九九一号", "REG-BUYER-991"];
pub const CUSTOMS_CODES: [&str; 4] = ["5115960001", "5115960002", "5115960003", "5115960004"];

/// One import; every value that a test may want to be another.
#[derive(Clone)]
pub struct Trade {
    pub order_no: String,
    pub paid: &'static str,
    pub payment: &'static str,
    pub payer_id: String,
    pub buyer_id: String,
    pub waybill: String,
    pub weight: &'static str,
    /// Of the merchant, platform, carrier and payer.
    pub codes: [String; 4],
}

impl Trade {
    pub fn new(number: u32) -> Self {
        Self {
            order_no: format!("ORDER-{number}"),
            paid: "277.8",
            payment: "277.8",
            payer_id: BUYER[0].to_owned(),
            buyer_id: BUYER[0].to_owned(),
            waybill: format!("WB{number:06}"),
            weight: "1.1",
            codes: CUSTOMS_CODES.map(str::to_owned),
        }
    }

    fn guid(&self, kind: &str) -> String {
        format!("{:0<36}", format!("{kind}-{}", self.order_no.replace('-', "0")))
    }

    fn common(&self, kind: &str, time: &str) -> Vec<(&'static str, String)> {
        vec![
            ("guid", self.guid(kind)),
            ("appType", "1".into()),
            ("appTime", time.to_owned()),
            ("appStatus", "2".into()),
        ]
    }

    pub fn order(&self) -> (&'static str, Element) {
        let [merchant, platform, ..] = &self.codes;
        let mut head = self.common("311", "20261102090000");
        head.extend(
            [
                ("orderType", "I"),
                ("orderNo", &self.order_no),
                ("ebpCode", platform),
                ("ebpName", "平台"),
                ("ebcCode", merchant),
                ("ebcName", "电商"),
                ("goodsValue", "250.5"),
                ("freight", "10"),
                ("discount", "5.5"),
                ("taxTotal", "22.8"),
                ("acturalPaid", self.paid),
                ("currency", "142"),
                ("buyerRegNo", BUYER[4]),
                ("buyerName", BUYER[1]),
                ("buyerTelephone", BUYER[2]),
                ("buyerIdType", "1"),
                ("buyerIdNumber", &self.buyer_id),
                ("consignee", BUYER[1]),
                ("consigneeTelephone", BUYER[2]),
                ("consigneeAddress", BUYER[3]),
                ("note", "请电话联系 13900000991"),
            ]
            .map(|(name, text)| (name, text.to_owned())),
        );
        let mut item = group("Order", vec![of("OrderHead", &head)]);
        item.children.extend(lines("OrderList", "itemName"));
        item.children[0].children.push(leaf("buyerEmail", "buyer991@example.com"));
        ("CEB311Message", item)
    }

    pub fn payment(&self) -> (&'static str, Element) {
        let [_, platform, _, payer] = &self.codes;
        let mut head = self.common("411", "20261102090500");
        head.extend(
            [
                ("payCode", payer.as_str()),
                ("payName", "支付"),
                ("payTransactionId", &format!("PAY{}", self.order_no)),
                ("orderNo", &self.order_no),
                ("ebpCode", platform),
                ("ebpName", "平台"),
                ("payerIdType", "1"),
                ("payerIdNumber", &self.payer_id),
                ("payerName", BUYER[1]),
                ("telephone", BUYER[2]),
                ("amountPaid", self.payment),
                ("currency", "142"),
                ("payTime", "20261102090400"),
            ]
            .map(|(name, text)| (name, text.to_owned())),
        );
        ("CEB411Message", group("Payment", vec![of("PaymentHead", &head)]))
    }

    pub fn parcel(&self) -> (&'static str, Element) {
        let [_, _, carrier, _] = &self.codes;
        let mut head = self.common("511", "20261103090000");
        head.extend(
            [
                ("logisticsCode", carrier.as_str()),
                ("logisticsName", "物流"),
                ("logisticsNo", &self.waybill),
                ("orderNo", &self.order_no),
                ("currency", "142"),
                ("weight", self.weight),
                ("packNo", "1"),
                ("goodsInfo", "测试买家甲 的包裹"),
                ("consignee", BUYER[1]),
                ("consigneeAddress", BUYER[3]),
                ("consigneeTelephone", BUYER[2]),
            ]
            .map(|(name, text)| (name, text.to_owned())),
        );
        ("CEB511Message", group("Logistics", vec![of("LogisticsHead", &head)]))
    }

    pub fn declaration(&self) -> (&'static str, Element) {
        let [merchant, platform, carrier, _] = &self.codes;
        let mut head = self.common("621", "20261103120000");
        head.extend(
            [
                ("orderNo", self.order_no.as_str()),
                ("ebpCode", platform),
                ("ebpName", "平台"),
                ("ebcCode", merchant),
                ("ebcName", "电商"),
                ("logisticsNo", &self.waybill),
                ("logisticsCode", carrier),
                ("logisticsName", "物流"),
                ("copNo", &format!("COP{}", self.order_no)),
                ("assureCode", merchant),
                ("ieFlag", "I"),
                ("declTime", "20261103"),
                ("customsCode", "7900"),
                ("portCode", "7900"),
                ("buyerIdType", "1"),
                ("buyerIdNumber", &self.buyer_id),
                ("buyerName", BUYER[1]),
                ("buyerTelephone", BUYER[2]),
                ("consigneeAddress", BUYER[3]),
                ("agentCode", merchant),
                ("agentName", "代理"),
                ("tradeMode", "9610"),
                ("trafMode", "5"),
                ("country", "116"),
                ("freight", "10"),
                ("insuredFee", "0"),
                ("currency", "142"),
                ("packNo", "1"),
                ("grossWeight", "1"),
                ("netWeight", "0.9"),
            ]
            .map(|(name, text)| (name, text.to_owned())),
        );
        let mut item = group("Inventory", vec![of("InventoryHead", &head)]);
        item.children.extend(lines("InventoryList", "gname"));
        ("CEB621Message", item)
    }

    /// What customs says of the declaration.
    pub fn receipt(&self, status: &str, time: &str) -> (&'static str, Element) {
        let fields = [
            ("guid", self.guid("622")),
            ("customsCode", "7900".into()),
            ("agentCode", self.codes[0].clone()),
            ("copNo", format!("COP{}", self.order_no)),
            ("preNo", format!("{:0>18}", 1)),
            ("invtNo", "79002026I000000001".into()),
            ("returnStatus", status.into()),
            ("returnTime", time.into()),
            ("returnInfo", format!("放行；订购人{}", BUYER[1])),
        ];
        ("CEB622Message", of("InventoryReturn", &fields))
    }

    pub fn signed_for(&self) -> (&'static str, Element) {
        let mut fields = self.common("513", "20261106100000");
        fields.extend(
            [
                ("logisticsCode", self.codes[2].as_str()),
                ("logisticsName", "物流"),
                ("logisticsNo", &self.waybill),
                ("logisticsStatus", "S"),
                ("logisticsTime", "20261106093000"),
            ]
            .map(|(name, text)| (name, text.to_owned())),
        );
        ("CEB513Message", of("LogisticsStatus", &fields))
    }

    /// Everything, released and delivered.
    pub fn whole(&self) -> Vec<(&'static str, Element)> {
        vec![
            self.signed_for(),
            self.receipt("800", "20261104100000123"),
            self.receipt("120", "20261103130000000"),
            self.declaration(),
            self.parcel(),
            self.payment(),
            self.order(),
        ]
    }
}

fn leaf(name: &str, text: &str) -> Element {
    Element { name: name.to_owned(), line: 0, text: text.to_owned(), children: Vec::new() }
}

fn group(name: &str, children: Vec<Element>) -> Element {
    Element { name: name.to_owned(), line: 0, text: String::new(), children }
}

fn of(name: &str, fields: &[(&'static str, String)]) -> Element {
    group(name, fields.iter().map(|(name, text)| leaf(name, text)).collect())
}

/// Two lines of goods, worth 250.5.
fn lines(element: &str, name: &'static str) -> [Element; 2] {
    [("1", "面霜", "2", "100", "200"), ("2", "洁面乳", "1", "50.5", "50.5")].map(
        |(gnum, goods, quantity, price, total)| {
            let mut fields = vec![
                ("gnum", gnum),
                (name, goods),
                ("qty", quantity),
                ("price", price),
                ("totalPrice", total),
            ];
            fields.extend([("gmodel", "瓶"), ("unit", "142"), ("currency", "142"), ("country", "116")]);
            if element == "InventoryList" {
                fields.extend([("gcode", "3304990039"), ("qty1", "1"), ("unit1", "035")]);
            }
            let mut fields: Vec<(&'static str, String)> =
                fields.into_iter().map(|(name, text)| (name, text.to_owned())).collect();
            fields.push(("itemNo", format!("ITEM-{gnum}")));
            fields.push(("barCode", format!("690000000000{gnum}")));
            if element == "InventoryList" {
                fields.push(("itemRecordNo", format!("REC-{gnum}")));
            }
            of(element, &fields)
        },
    )
}

pub fn xml(message: &(&'static str, Element)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let guid = "0".repeat(36);
    write_message(message.0, &guid, "1.0", std::slice::from_ref(&message.1), &mut bytes).unwrap();
    bytes
}

/// An archive with a file for each message, and other files beside them.
pub fn archive(messages: &[(&'static str, Element)], others: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (at, message) in messages.iter().enumerate() {
        writer.start_file(format!("{at:05}-{}.xml", message.0), options).unwrap();
        writer.write_all(&xml(message)).unwrap();
    }
    for (name, bytes) in others {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const HEADER: &str = "uscc,name,status,established_on,registered_capital_cny,paid_in_capital_cny,\
     legal_representative,address,region_code,industry_code,roles,filed_on,customs_code\n";

/// The rows of those who take part: merchant 1, platform 2, carrier 3, payer 4.
pub fn parties(numbers: &[usize]) -> String {
    let roles = ["ecommerce", "platform", "logistics", "service"];
    let row = |number: &usize| {
        let (role, customs) = (roles[number - 1], CUSTOMS_CODES[number - 1]);
        format!(
            "{},虚构企业{number},存续,2020-01-15,1000000,1000000,甲{number},宜宾{number}号,511500,F5190,{role},2021-03-01,{customs}\n",
            code(u32::try_from(*number).unwrap())
        )
    };
    HEADER.to_owned() + &numbers.iter().map(row).collect::<String>()
}

impl World {
    /// Sends customs messages and waits for their job.
    pub async fn customs(&self, bytes: Vec<u8>) -> Value {
        self.take_bytes("ceb", bytes).await
    }

    /// Sends a file as it is and waits for its job.
    pub async fn take_bytes(&self, source: &str, bytes: Vec<u8>) -> Value {
        let uri = format!("/api/v1/sources/{source}/batches");
        let request = TestRequest::post().uri(&uri).set_payload(bytes);
        let answer = self.call(self.signed(request)).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
        self.wait(answer.header("location")).await
    }

    /// What became of a file.
    pub async fn batch_of(&self, job: &Value) -> Value {
        assert_eq!(job["state"], "succeeded", "{job}");
        self.read(&format!("/api/v1/batches/{}", job["batch_id"].as_str().unwrap())).await.json()
    }
}
