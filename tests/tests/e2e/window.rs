//! The provincial single window against a running service, on both databases: good batches, out of order, again,
//! malformed, wrongly signed, replayed; and a service that is killed between its answer and the receipts.

use serde_json::{Value, json};
use xinji_tests::harness::{EnterpriseBuilder, SourceRow, Zone, for_each_database, uscc};
use xinji_tests::window::{Message, Window, body_of, class_rows, now, receipt_rows, table};

use crate::fixtures::{AS_OF, evaluate};

/// Values of a buyer that does not exist.
const BUYER: [&str; 3] = ["510104199901019973", "测试买家丙", "13900000973"];

fn element(name: &str, inside: &str) -> String {
    format!("<ceb:{name}>{inside}</ceb:{name}>")
}

fn fields(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, text)| element(name, text)).collect()
}

fn message(kind: &str, guid: &str, inside: &str) -> Vec<u8> {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ceb:{kind}Message guid=\"{guid}\" version=\"1.0\" \
         xmlns:ceb=\"http://www.chinaport.gov.cn/ceb\">{inside}</ceb:{kind}Message>"
    )
    .into_bytes()
}

fn guid(kind: &str, number: u32) -> String {
    format!("{:0<36}", format!("{kind}-{number}-"))
}

fn order(number: u32) -> Message {
    let (guid, order_no) = (guid("311", number), format!("ORDER-{number}"));
    let head = fields(&[
        ("guid", &guid),
        ("appType", "1"),
        ("appTime", "20261102090000"),
        ("appStatus", "2"),
        ("orderType", "I"),
        ("orderNo", &order_no),
        ("ebpCode", "5115960002"),
        ("ebpName", "平台"),
        ("ebcCode", "5115960001"),
        ("ebcName", "电商"),
        ("goodsValue", "100"),
        ("freight", "0"),
        ("discount", "0"),
        ("taxTotal", "9.1"),
        ("acturalPaid", "109.1"),
        ("currency", "142"),
        ("buyerRegNo", "REG-9"),
        ("buyerName", BUYER[1]),
        ("buyerTelephone", BUYER[2]),
        ("buyerIdType", "1"),
        ("buyerIdNumber", BUYER[0]),
        ("consignee", BUYER[1]),
        ("consigneeTelephone", BUYER[2]),
        ("consigneeAddress", "虚构路九七三号"),
    ]);
    let line = fields(&[
        ("gnum", "1"),
        ("itemName", "面霜"),
        ("gmodel", "瓶"),
        ("unit", "142"),
        ("qty", "1"),
        ("price", "100"),
        ("totalPrice", "100"),
        ("currency", "142"),
        ("country", "116"),
    ]);
    let inside = element("Order", &(element("OrderHead", &head) + &element("OrderList", &line)));
    (format!("order-{number}"), message("CEB311", &guid, &inside))
}

fn payment(number: u32) -> Message {
    let (guid, order_no, paid) = (guid("411", number), format!("ORDER-{number}"), format!("PAY-{number}"));
    let head = fields(&[
        ("guid", &guid),
        ("appType", "1"),
        ("appTime", "20261102090500"),
        ("appStatus", "2"),
        ("payCode", "5115960004"),
        ("payName", "支付"),
        ("payTransactionId", &paid),
        ("orderNo", &order_no),
        ("ebpCode", "5115960002"),
        ("ebpName", "平台"),
        ("payerIdType", "1"),
        ("payerIdNumber", BUYER[0]),
        ("payerName", BUYER[1]),
        ("amountPaid", "109.1"),
        ("currency", "142"),
        ("payTime", "20261102090400"),
    ]);
    (
        format!("payment-{number}"),
        message("CEB411", &guid, &element("Payment", &element("PaymentHead", &head))),
    )
}

fn parcel(number: u32) -> Message {
    let (guid, order_no, waybill) = (guid("511", number), format!("ORDER-{number}"), format!("WB-{number}"));
    let head = fields(&[
        ("guid", &guid),
        ("appType", "1"),
        ("appTime", "20261103090000"),
        ("appStatus", "2"),
        ("logisticsCode", "5115960003"),
        ("logisticsName", "物流"),
        ("logisticsNo", &waybill),
        ("orderNo", &order_no),
        ("currency", "142"),
        ("weight", "1.1"),
        ("packNo", "1"),
        ("consignee", BUYER[1]),
        ("consigneeAddress", "虚构路九七三号"),
        ("consigneeTelephone", BUYER[2]),
    ]);
    (
        format!("parcel-{number}"),
        message("CEB511", &guid, &element("Logistics", &element("LogisticsHead", &head))),
    )
}

/// A zone with a merchant that customs knows, and a user of the platform: its key and its secret, made first.
fn prepared(zone: &Zone) -> (String, String) {
    let add =
        ["user", "add", "window", "--name", "单一窗口", "--audience", "source", "--organisation", "ceb"];
    zone.cli(&add).ok();
    let key = zone.cli(&["key", "create", "push", "--user", "window", "--scope", "intake"]).ok();
    let secret = zone.cli(&["user", "secret", "window"]).ok();
    let merchant = EnterpriseBuilder::new(1).with("customs_code", "5115960001").build();
    let class = SourceRow::of(&[
        ("uscc", &uscc(1)),
        ("authority", "customs"),
        ("class", "ADV"),
        ("valid_from", "2026-01-01"),
        ("valid_to", ""),
        ("decision_no", "蓉关认证1号"),
    ]);
    let files = [zone.write("registration", &[merchant]), zone.write("classes", &[class])];
    zone.import(&files).ok();
    evaluate(zone, AS_OF);
    (last_word(&key.stdout), last_word(&secret.stdout))
}

fn last_word(text: &str) -> String {
    text.split_whitespace().last().unwrap().to_owned()
}

fn states(receipts: &[Value]) -> Vec<&str> {
    receipts.iter().map(|one| one["state"].as_str().unwrap()).collect()
}

/// Pushes, and waits for the receipts.
fn pushed(window: &Window, id: &str, messages: &[Message]) -> Vec<Value> {
    let taken = window.push(id, messages).unwrap_or_else(|refused| panic!("{refused}"));
    let batch = taken["id"].as_str().unwrap();
    let receipts = window.receipts_of(batch).unwrap_or_else(|refused| panic!("{refused}"));
    assert_eq!(receipts.len(), messages.len());
    for (receipt, (id, _)) in receipts.iter().zip(messages) {
        assert_eq!(
            (receipt["message"].as_str(), receipt["batch"].as_str()),
            (Some(id.as_str()), Some(batch))
        );
    }
    receipts
}

#[test]
fn the_single_window_pushes_reads_receipts_and_pulls_classes() {
    for_each_database(|zone| {
        let (key, secret) = prepared(zone);
        let server = zone.serve();
        let window = Window::new(&server.base, &key, &secret);

        // Payment and waybill before their order.
        let early = pushed(&window, "b1", &[payment(1), parcel(1)]);
        assert_eq!(states(&early), ["taken", "taken"], "{early:?}");
        let late = pushed(&window, "b2", &[order(1)]);
        assert_eq!(states(&late), ["taken"]);
        let sale = late[0]["sales"][0].as_str().unwrap().to_owned();
        assert_eq!(early[0]["sales"][0], sale.as_str());

        // The same push, and the same messages under another id.
        let (first, again) = (window.push("b2", &[order(1)]), window.push("b2", &[order(1)]));
        assert_eq!(first.unwrap(), again.unwrap());
        let repeated = pushed(&window, "b3", &[order(1), payment(1), parcel(1)]);
        assert_eq!(states(&repeated), ["unchanged"; 3]);
        assert!(repeated.iter().all(|one| one["sales"] == json!([sale])), "{repeated:?}");

        malformed_and_wrongly_signed(&window, &key);

        // The answer is a promise that a kill does not break.
        let taken = window.push("b5", &[order(2), payment(2)]).unwrap();
        server.kill();
        let server = zone.serve();
        let window = window.at(&server.base);
        let kept =
            window.receipts_of(taken["id"].as_str().unwrap()).unwrap_or_else(|refused| panic!("{refused}"));
        assert_eq!(states(&kept), ["taken"; 2]);
        assert_eq!(window.push("b5", &[order(2), payment(2)]).unwrap(), taken);

        let (all, next) = window.receipts_since(None).unwrap();
        assert_eq!(all.len(), early.len() + late.len() + repeated.len() + 4 + kept.len());
        assert_eq!((&all[..2], &all[all.len() - 2..]), (early.as_slice(), kept.as_slice()));
        let (rest, same) = window.receipts_since(all[2]["id"].as_str()).unwrap();
        assert_eq!((rest.as_slice(), &same), (&all[3..], &next));
        assert_eq!(window.receipts_since(Some(&next)).unwrap(), (Vec::new(), next));
        assert!(table(&receipt_rows(&all)).contains("order-1"));

        // What everybody may see: the class of customs, and of grades the two best alone.
        let (classes, next) = window.classes("customs", None).unwrap();
        assert_eq!(classes.len(), 1, "{classes:?}");
        assert_eq!(
            (&classes[0]["uscc"], &classes[0]["own_class"]["class"]),
            (&json!(uscc(1)), &json!("ADV"))
        );
        assert!(table(&class_rows(&classes)).contains("ADV"));
        assert_eq!(window.classes("customs", Some(&next)).unwrap(), (Vec::new(), next));

        let seen = server.log() + &server.get("/metrics", &[]).body + &json!(all).to_string();
        for secret in [secret.as_str(), secret.trim_start_matches("whsec_"), &key].iter().chain(&BUYER) {
            assert!(!seen.contains(secret), "{secret} in log, metrics or receipts");
        }
        let sealed = zone.data().join("evidence");
        let sealed = walk(&sealed).into_iter().filter(|path| path.ends_with(".sealed")).count();
        assert_eq!(sealed, 0, "messages that are in are not kept");
        assert_eq!(zone.query("SELECT count(*) FROM single_window_batches"), "5");
        drop(server);
        zone.cli(&["doctor"]).ok();
    });
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            found.extend(walk(&entry.path()));
        } else {
            found.push(entry.path().to_string_lossy().into_owned());
        }
    }
    found
}

fn malformed_and_wrongly_signed(window: &Window, key: &str) {
    let (id, whole) = parcel(3);
    let cut = whole[..whole.len() / 2].to_vec();
    let bad: Vec<Message> = vec![
        ("cut".to_owned(), cut),
        ("other".to_owned(), b"<html/>".to_vec()),
        ("entity".to_owned(), b"<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>".to_vec()),
        (id, whole),
    ];
    let receipts = pushed(window, "b4", &bad);
    assert_eq!(states(&receipts), ["refused", "refused", "refused", "taken"], "{receipts:?}");
    for one in &receipts[..3] {
        let error = &one["errors"][0];
        assert!(
            error["line"].as_i64().unwrap() >= 1 && !error["message"].as_str().unwrap().is_empty(),
            "{one}"
        );
    }

    let body = body_of(&[order(1)]);
    let refused = |refused: Result<Value, xinji_tests::window::Refused>| {
        let refused = refused.unwrap_err();
        (refused.status, refused.code())
    };
    let other = Window::new("http://127.0.0.1:9", key, "whsec_QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=");
    let wrong = other.sign("w1", now(), &body);
    assert_eq!(refused(window.push_signed(&wrong, &body)), (403, "signature_refused".to_owned()));
    let changed = window.sign("w1", now(), &body);
    let other_body = body_of(&[order(9)]);
    assert_eq!(refused(window.push_signed(&changed, &other_body)), (403, "signature_refused".to_owned()));
    let old = window.sign("b2", now() - 400, &body);
    assert_eq!(refused(window.push_signed(&old, &body)), (403, "signature_expired".to_owned()));
    // A copy of a push that was taken is the same batch, and its id is no other's.
    let copy = window.sign("b2", now(), &body);
    let answers = [window.push_signed(&copy, &body).unwrap(), window.push_signed(&copy, &body).unwrap()];
    assert_eq!(answers[0], answers[1]);
    let taken = window.sign("b2", now(), &other_body);
    assert_eq!(refused(window.push_signed(&taken, &other_body)), (409, "idempotency_conflict".to_owned()));
}
