//! Signed customs messages in, and beside each document what is known of its message's signature.

use serde_json::{Value, json};

use super::customs::{Trade, archive, parties};
use super::world::World;
use crate::store::both::Place;

const SIGNED: &str = include_str!("../../ceb/signatures/tests/vectors/rsa-sha1.xml");
const ENVELOPE: &str = include_str!("../../ceb/signatures/tests/vectors/envelope.xml");
const CARRIER: &str = include_str!("../../ceb/signatures/tests/vectors/carrier.pem");
const DECLARANT: &str = include_str!("../../ceb/signatures/tests/vectors/declarant.pem");

fn world_at(place: &Place, folder: &tempfile::TempDir) -> World {
    std::fs::write(folder.path().join("declarant.pem"), DECLARANT).unwrap();
    let mut settings = place.settings();
    settings.push(("ceb_certificates", folder.path().to_string_lossy().into_owned()));
    World::whole_with(&settings)
}

impl World {
    /// The document of a kind in the only sale.
    async fn document(&self, kind: &str) -> Value {
        let sales = self.sales().await;
        let sale = self.sale(sales[0]["id"].as_str().unwrap()).await;
        let documents = sale["documents"].as_array().unwrap();
        documents.iter().find(|one| one["kind"] == kind).unwrap().clone()
    }

    /// Sends messages as they are; rows that are new, superseding, unchanged and rejected.
    async fn messages(&self, text: &str) -> [i64; 4] {
        self.an_hour_later();
        let job = self.customs(text.as_bytes().to_vec()).await;
        let batch = self.batch_of(&job).await;
        ["rows_new", "rows_superseding", "rows_unchanged", "rows_rejected"]
            .map(|name| batch[name].as_i64().unwrap())
    }
}

#[actix_web::test]
async fn a_document_tells_who_signed_its_message_and_a_bad_signature_costs_nothing_else() {
    for place in Place::all() {
        let folder = tempfile::tempdir().unwrap();
        let world = world_at(&place, &folder);
        world.take("registration", &parties(&[1, 2, 3, 4])).await;
        let trade = Trade::new(1);
        let others = [trade.payment(), trade.declaration()];
        world.customs(archive(&others, &[("order.xml", SIGNED.as_bytes())])).await;
        let order = world.document("CEB311").await;
        assert_eq!(order["signature"]["verdict"], "valid", "{order}");
        assert_eq!(order["signature"]["subject"], "C=CN, O=Fictitious, CN=Test Declarant");
        assert_eq!(order["signature"]["certificate"].as_str().unwrap().len(), 64);
        assert_eq!(world.document("CEB411").await["signature"], Value::Null);

        // The same without its signature takes nothing away; one that was changed is another version, and is taken.
        let (before, _) = SIGNED.split_once("<ds:Signature ").unwrap();
        let unsigned = format!("{before}</ceb:CEB311Message>");
        assert_eq!(world.messages(&unsigned).await, [0, 0, 1, 0]);
        assert_eq!(world.document("CEB311").await["signature"]["verdict"], "valid");
        assert_eq!(world.messages(&SIGNED.replace(">277.8<", ">277.9<")).await, [0, 1, 0, 0]);
        let order = world.document("CEB311").await;
        assert_eq!(order["fields"]["acturalPaid"], "277.9", "{order}");
        let signature = json!({
            "covers": "message", "verdict": "invalid", "text": "验签未通过：报文在签名后被改动", "certificate": null,
            "subject": null, "issuer": null, "issued_by": null,
        });
        assert_eq!(order["signature"], signature);

        // Unsigned, then signed: now somebody stands for it.
        assert_eq!(world.messages(&format!("{unsigned}\n")).await, [0, 1, 0, 0]);
        assert_eq!(world.document("CEB311").await["signature"], Value::Null);
        assert_eq!(world.messages(&format!("{SIGNED}\n")).await, [0, 1, 0, 0]);
        assert_eq!(world.document("CEB311").await["signature"]["verdict"], "valid");
        assert_eq!(world.findings(), Vec::<String>::new());
    }
}

/// Certificates are taken and given up while the service runs; what broke is told.
#[actix_web::test]
async fn certificates_are_read_again_while_the_service_runs() {
    let place = Place::all().remove(0);
    let folder = tempfile::tempdir().unwrap();
    let world = world_at(&place, &folder);
    world.take("registration", &parties(&[1, 2, 3, 4])).await;
    let certificates = world.state.service.evidence.certificates().clone();
    std::fs::write(folder.path().join("carrier.pem"), CARRIER).unwrap();
    assert!(certificates.look());
    world.customs(ENVELOPE.as_bytes().to_vec()).await;
    let signature = &world.document("CEB311").await["signature"];
    assert_eq!((&signature["covers"], &signature["verdict"]), (&json!("envelope"), &json!("valid")));
    assert_eq!(signature["subject"], "C=CN, O=Fictitious, CN=Test Carrier");

    std::fs::write(folder.path().join("carrier.pem"), "x").unwrap();
    assert!(!certificates.look());
    let ready = world.get("/readyz").await.json();
    let trouble = ready["ceb_certificates_trouble"].as_str().unwrap();
    assert!(
        trouble.contains("carrier.pem") && !trouble.contains(folder.path().to_str().unwrap()),
        "{trouble}"
    );
    assert_eq!(world.get("/healthz").await.json()["ceb_certificates"], "stale");
    assert_eq!(world.document("CEB311").await["signature"]["subject"], "C=CN, O=Fictitious, CN=Test Carrier");
    std::fs::remove_file(folder.path().join("carrier.pem")).unwrap();
    assert!(certificates.look());
    let signature = &world.document("CEB311").await["signature"];
    assert_eq!((&signature["verdict"], &signature["subject"]), (&json!("valid"), &Value::Null));
    assert_eq!(world.get("/healthz").await.json()["ceb_certificates"], "current");
}

#[test]
fn a_folder_that_cannot_be_used_stops_the_start_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("broken.pem"), "x").unwrap();
    let data = folder.path().join("data").to_string_lossy().into_owned();
    let flags = [("data", data), ("ceb_certificates", folder.path().to_string_lossy().into_owned())];
    let config = crate::config::Config::load(None, std::iter::empty(), &flags).unwrap();
    let refused = crate::service::Service::open(config).err().unwrap().to_string();
    assert!(refused.contains("ceb_certificates") && refused.contains("broken.pem"), "{refused}");
}
