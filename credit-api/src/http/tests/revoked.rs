//! Certificates of clients that their issuer revoked, over TLS; certificates and lists are made by the test.

use rcgen::{
    CertificateRevocationListParams, KeyIdMethod, RevocationReason, RevokedCertParams, SerialNumber,
    date_time_ymd,
};
use serde_json::json;

use super::certificates::{Client, Issuer, Zone, issuer};
use crate::config::Config;
use crate::service::Service;

/// A list of an issuer that holds until the first day of this year.
fn list(issuer: &Issuer, revoked: &[u64], until_year: i32) -> String {
    let revoked = revoked.iter().map(|number| RevokedCertParams {
        serial_number: SerialNumber::from(*number),
        revocation_time: date_time_ymd(2026, 1, 1),
        reason_code: Some(RevocationReason::KeyCompromise),
        invalidity_date: None,
    });
    let params = CertificateRevocationListParams {
        this_update: date_time_ymd(2025, 1, 1),
        next_update: date_time_ymd(until_year, 1, 1),
        crl_number: SerialNumber::from(1_u64),
        issuing_distribution_point: None,
        revoked_certs: revoked.collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    params.signed_by(issuer).unwrap().pem().unwrap()
}

async fn desks(zone: &Zone) -> [Client; 2] {
    let desks = [7, 8].map(|number| Client::numbered(&zone.clients, 2099, Some(number)));
    for desk in &desks {
        zone.admit(desk, json!({})).await;
    }
    desks
}

async fn trouble(zone: &Zone) -> String {
    zone.world.get("/readyz").await.json()["client_crl_trouble"].as_str().unwrap_or_default().to_owned()
}

#[actix_web::test]
async fn a_certificate_that_its_issuer_revoked_gets_no_connection() {
    let zone = Zone::listing(|clients| Some(list(clients, &[7], 2099))).await;
    let [revoked, other] = desks(&zone).await;
    let refused = zone.me(Some(&revoked)).await;
    assert!(refused.is_err(), "its row holds, and it is refused: {refused:?}");
    assert_eq!(zone.me(Some(&other)).await.unwrap().1["audience"], "customs");
    // Without a certificate one is served as before.
    assert_eq!(zone.me(None).await.unwrap().0, 401);
    assert_eq!(trouble(&zone).await, "");
}

/// Also on a session of TLS that the client remembers.
#[actix_web::test]
async fn lists_are_read_again_while_the_service_runs() {
    let zone = Zone::listing(|clients| Some(list(clients, &[], 2099))).await;
    let [desk, other] = desks(&zone).await;
    let agent = zone.agent(Some(&desk));
    // Each request on a connection of its own.
    let close = [("connection", "close".to_owned())];
    for _ in 0..2 {
        assert_eq!(zone.get_by(&agent, &close, "/api/v1/me").await.unwrap().1["audience"], "customs");
    }
    zone.list(&list(&zone.clients, &[7], 2099));
    let refused = zone.get_by(&agent, &close, "/api/v1/me").await;
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(zone.me(Some(&other)).await.unwrap().0, 200);

    // What cannot be used leaves the lists before in force, and is said.
    let broken = list(&zone.clients, &[], 2099).replace("MI", "MJ");
    for lists in ["", "-----BEGIN X509 CRL-----\nno\n-----END X509 CRL-----\n", &broken] {
        zone.list(lists);
        let why = trouble(&zone).await;
        assert!(why.contains("revoked.pem: expected lists of revoked certificates"), "{why}");
        assert!(zone.me(Some(&desk)).await.is_err());
        assert_eq!(zone.me(Some(&other)).await.unwrap().0, 200);
    }
    assert!(zone.world.get("/metrics").await.text().contains("client_crl_trouble 1"));
    zone.list(&list(&zone.clients, &[8], 2099));
    assert_eq!(trouble(&zone).await, "");
    assert_eq!(zone.me(Some(&desk)).await.unwrap().0, 200);
    assert!(zone.me(Some(&other)).await.is_err());
}

#[actix_web::test]
async fn without_a_list_of_its_issuer_that_is_up_to_date_no_certificate_is_taken() {
    let strangers = issuer("strangers");
    let old = Zone::listing(|clients| Some(list(clients, &[], 2026))).await;
    let foreign = Zone::listing(|_| Some(list(&strangers, &[], 2099))).await;
    for (zone, why) in [(old, "out of date since 2026-01-01T00:00:00Z"), (foreign, "")] {
        let [desk, _] = desks(&zone).await;
        let refused = zone.me(Some(&desk)).await;
        assert!(refused.is_err(), "{why}: {refused:?}");
        assert_eq!(zone.me(None).await.unwrap().0, 401);
        let said = trouble(&zone).await;
        assert!(said.contains(why) && said.is_empty() == why.is_empty(), "{said}");
    }
    // The year 2050 is written otherwise than those before.
    let zone = Zone::listing(|clients| Some(list(clients, &[], 2051))).await;
    zone.world.clock.0.store(2_556_144_000_000, std::sync::atomic::Ordering::SeqCst);
    assert!(trouble(&zone).await.contains("2051-01-01T00:00:00Z"));
}

#[test]
fn lists_that_cannot_be_used_stop_the_start_and_name_the_setting() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let clients = issuer("clients");
    std::fs::write(path("ca.pem"), clients.pem()).unwrap();
    std::fs::write(path("none.pem"), clients.pem()).unwrap();
    let settings = [
        ("data", path("data")),
        ("tls_certificate", path("ca.pem")),
        ("tls_key", path("ca.pem")),
        ("tls_client_ca", path("ca.pem")),
        ("tls_client_crl", path("none.pem")),
    ];
    let load = |settings: &[(&'static str, String)]| Config::load(None, std::iter::empty(), settings);
    let service = Service::open(load(&settings).unwrap()).unwrap();
    let why = crate::http::tls::open(&service.config, &service.clock).err().unwrap().to_string();
    assert!(why.contains("tls_client_crl (flag)") && why.contains("there is none"), "{why}");
    let alone = load(&[settings[0].clone(), settings[4].clone()]).err().unwrap().to_string();
    assert!(
        alone.contains("tls_client_ca") && alone.contains("tls_client_crl is given without it"),
        "{alone}"
    );
}
