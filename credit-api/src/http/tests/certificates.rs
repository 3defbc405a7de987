//! Certificates of clients, over TLS as a department's machine speaks it; certificates are made by the test.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::test::TestRequest;
use actix_web::{App, HttpServer};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::{Value, json};
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig, TlsProvider};

use super::world::{World, code, registrations};
use crate::access::Audience;
use crate::http::{configure, envelope, tls};
use crate::identity::certificates::{NewCertificate, fingerprint};
use crate::identity::scopes::Scopes;
use crate::identity::{Actor, Identity};

pub type Issuer = CertifiedIssuer<'static, KeyPair>;

pub fn issuer(name: &str) -> Issuer {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A client's certificate and key.
pub struct Client {
    der: Vec<u8>,
    key: String,
}

impl Client {
    pub fn of(issuer: &Issuer, until_year: i32) -> Self {
        Self::numbered(issuer, until_year, None)
    }

    /// With a number by which a list of revoked ones may name it.
    pub fn numbered(issuer: &Issuer, until_year: i32, number: Option<u64>) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        // Two machines of one name are two certificates.
        params.distinguished_name.push(rcgen::DnType::CommonName, "customs desk");
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        params.serial_number = number.map(rcgen::SerialNumber::from);
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(until_year, 1, 1);
        let certificate = params.signed_by(&key, issuer).unwrap();
        Self { der: certificate.der().to_vec(), key: key.serialize_pem() }
    }

    fn fingerprint(&self) -> String {
        fingerprint(&self.der)
    }
}

/// A service that speaks TLS.
pub struct Zone {
    pub world: World,
    address: SocketAddr,
    server_ca: Vec<u8>,
    pub clients: Issuer,
    folder: tempfile::TempDir,
}

const LISTS: &str = "revoked.pem";

fn write(path: &Path, text: &str) -> String {
    std::fs::File::create(path).unwrap().write_all(text.as_bytes()).unwrap();
    path.to_string_lossy().into_owned()
}

impl Zone {
    async fn new() -> Self {
        Self::listing(|_| None).await
    }

    /// With these lists of revoked certificates.
    pub async fn listing(lists: impl FnOnce(&Issuer) -> Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (servers, clients) = (issuer("servers"), issuer("clients"));
        let lists = lists(&clients).map(|lists| ("tls_client_crl", write(&at(LISTS), &lists)));
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let own = own.signed_by(&key, &servers).unwrap();
        let settings = [
            ("tls_certificate", write(&at("server.pem"), &own.pem())),
            ("tls_key", write(&at("server.key"), &key.serialize_pem())),
            ("tls_client_ca", write(&at("clients.pem"), &clients.pem())),
        ];
        let settings: Vec<_> = settings.into_iter().chain(lists).collect();
        let world = World::whole_with(&settings);
        world.take("registration", &registrations([1])).await;
        let opened = tls::open(&world.state.service.config, &world.state.service.clock).unwrap().unwrap();
        world.state.clients.set(opened.clients.unwrap()).unwrap();
        let state = world.state.clone();
        let server = HttpServer::new(move || {
            let state = state.clone();
            App::new().wrap(from_fn(envelope)).configure(move |config| configure(config, &state))
        })
        .workers(1)
        .disable_signals()
        .on_connect(tls::note_certificate)
        .bind_rustls_0_23("127.0.0.1:0", opened.server)
        .unwrap();
        let address = server.addrs()[0];
        actix_web::rt::spawn(server.run());
        let server_ca = servers.der().to_vec();
        Self { world, address, server_ca, clients, folder }
    }

    /// Replaces the lists of revoked certificates, and has them looked at.
    pub fn list(&self, lists: &str) {
        write(&self.folder.path().join(LISTS), lists);
        self.world.state.clients.get().unwrap().look();
    }

    /// What a client with this certificate connects with; it remembers its sessions of TLS.
    pub fn agent(&self, client: Option<&Client>) -> ureq::Agent {
        let roots = RootCerts::new_with_certs(&[Certificate::from_der(&self.server_ca).to_owned()]);
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .root_certs(roots)
            .client_cert(client.map(|client| {
                let key = PrivateKey::from_pem(client.key.as_bytes()).unwrap();
                ClientCert::new_with_certs(&[Certificate::from_der(&client.der).to_owned()], key)
            }))
            .build();
        let agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(20)))
            .build();
        agent.into()
    }

    /// What is answered to a client with this certificate, or why there is no connection.
    async fn get(
        &self,
        client: Option<&Client>,
        headers: &[(&str, String)],
        path: &str,
    ) -> Result<(u16, Value), String> {
        self.get_by(&self.agent(client), headers, path).await
    }

    pub async fn get_by(
        &self,
        agent: &ureq::Agent,
        headers: &[(&str, String)],
        path: &str,
    ) -> Result<(u16, Value), String> {
        let mut request = agent.get(format!("https://localhost:{}{path}", self.address.port()));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let asked = actix_web::web::block(move || {
            let mut answer = request.call().map_err(|error| error.to_string())?;
            let body = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
            Ok((answer.status().as_u16(), serde_json::from_str(&body).unwrap_or(Value::Null)))
        });
        asked.await.unwrap()
    }

    pub async fn me(&self, client: Option<&Client>) -> Result<(u16, Value), String> {
        self.get(client, &[], "/api/v1/me").await
    }

    pub async fn admit(&self, client: &Client, more: Value) -> Value {
        let mut body = json!({ "name": "desk", "fingerprint": client.fingerprint(), "audience": "customs",
            "organisation": "5115", "scopes": ["read"] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.world.posted("/api/v1/certificates", body).await
    }
}

pub fn kind(answer: &Value) -> &str {
    answer["type"].as_str().unwrap_or_default().rsplit('/').next().unwrap()
}

#[actix_web::test]
async fn a_certificate_on_record_is_its_department_until_it_is_revoked() {
    let zone = Zone::new().await;
    let (desk, other) = (Client::of(&zone.clients, 2099), Client::of(&zone.clients, 2099));
    // Verified by TLS, and on no record.
    let (status, refused) = zone.me(Some(&desk)).await.unwrap();
    assert_eq!((status, kind(&refused)), (401, "unknown_certificate"), "{refused}");
    assert!(refused["errors"].to_string().contains(&desk.fingerprint()), "{refused}");
    let row = zone.admit(&desk, json!({})).await;
    let (status, me) = zone.me(Some(&desk)).await.unwrap();
    assert_eq!(
        (status, &me["audience"], &me["organisation"]),
        (200, &json!("customs"), &json!("5115")),
        "{me}"
    );
    // The same name and issuer, another certificate: nobody.
    assert_eq!(zone.me(Some(&other)).await.unwrap().0, 401);

    let rating = format!("/api/v1/enterprises/{}/rating", code(1));
    let purpose = [("x-purpose", "supervision".to_owned())];
    let (status, seen) = zone.get(Some(&desk), &purpose, &rating).await.unwrap();
    assert_eq!((status, seen["grade"].is_string()), (200, true), "{seen}");
    // A scope that it does not have, as with a key.
    let (status, refused) = zone.get(Some(&desk), &[], "/api/v1/batches").await.unwrap();
    assert_eq!((status, kind(&refused)), (403, "scope_missing"), "{refused}");

    let path = format!("/api/v1/certificates/{}", row["id"].as_str().unwrap());
    let revoke = || TestRequest::delete().uri(&path);
    assert_eq!(zone.world.call(zone.world.signed(revoke())).await.status, StatusCode::OK);
    assert_eq!(kind(&zone.me(Some(&desk)).await.unwrap().1), "unknown_certificate");
    assert_eq!(zone.world.call(zone.world.signed(revoke())).await.status, StatusCode::CONFLICT);
    let again =
        json!({ "name": "n", "fingerprint": desk.fingerprint(), "audience": "customs", "scopes": ["read"] });
    let again = TestRequest::post().uri("/api/v1/certificates").set_json(again);
    assert_eq!(
        zone.world.call(zone.world.signed(again)).await.status,
        StatusCode::CONFLICT,
        "it stays revoked"
    );
}

#[actix_web::test]
async fn without_a_certificate_one_is_anybody_or_whom_a_key_says() {
    let zone = Zone::new().await;
    let enterprise = format!("/api/v1/enterprises/{}", code(1));
    assert_eq!(zone.get(None, &[], &enterprise).await.unwrap().0, 200);
    assert_eq!(zone.me(None).await.unwrap().0, 401);
    let key = zone
        .world
        .key(json!({ "name": "k", "audience": "tax", "organisation": "5100", "scopes": ["read"] }))
        .await;
    let bearer = [("authorization", format!("Bearer {key}"))];
    assert_eq!(zone.get(None, &bearer, "/api/v1/me").await.unwrap().1["audience"], "tax");
    // A key says who it is, also on the connection of somebody else.
    let desk = Client::of(&zone.clients, 2099);
    zone.admit(&desk, json!({})).await;
    assert_eq!(zone.me(Some(&desk)).await.unwrap().1["audience"], "customs");
    assert_eq!(zone.get(Some(&desk), &bearer, "/api/v1/me").await.unwrap().1["audience"], "tax");
    // A fingerprint is no secret: whoever sends it is nobody.
    for text in [desk.fingerprint(), format!("x5t#S256 {}", desk.fingerprint())] {
        for header in
            [("cookie", format!("xinji_session={text}")), ("authorization", format!("Bearer {text}"))]
        {
            assert_eq!(zone.get(None, &[header], "/api/v1/me").await.unwrap().0, 401, "{text}");
        }
    }
}

/// Also while it is remembered whose certificate it is.
#[actix_web::test]
async fn a_fingerprint_that_is_remembered_is_no_session_and_no_key() {
    let zone = World::whole();
    let identity = Identity::new(zone.state.service.clone(), None, Duration::from_millis(500));
    let new = NewCertificate {
        name: "desk".to_owned(),
        fingerprint: "5c".repeat(32),
        audience: Audience::Customs,
        organisation: Some("5115".to_owned()),
        scopes: Scopes::parse("read").unwrap(),
        days: 1,
    };
    let row = identity.add_certificate(&Actor::at_terminal("t"), &new, |_, _| Ok(())).unwrap();
    assert!(identity.certificate(&row.fingerprint).unwrap().is_some());
    assert!(identity.recall_certificate(&row.fingerprint).is_some());
    assert!(identity.recall(&row.fingerprint).is_none());
}

#[actix_web::test]
async fn a_certificate_that_does_not_verify_gets_no_connection() {
    let zone = Zone::new().await;
    let strangers = issuer("strangers");
    let (expired, foreign) = (Client::of(&zone.clients, 2024), Client::of(&strangers, 2099));
    zone.admit(&expired, json!({})).await;
    zone.admit(&foreign, json!({})).await;
    for client in [&expired, &foreign] {
        let refused = zone.me(Some(client)).await;
        assert!(refused.is_err(), "{refused:?}");
    }
    // The row's own end comes before that of the certificate.
    let desk = Client::of(&zone.clients, 2099);
    zone.admit(&desk, json!({ "expires_in_days": 1 })).await;
    assert_eq!(zone.me(Some(&desk)).await.unwrap().0, 200);
    zone.world.later(1);
    assert_eq!(kind(&zone.me(Some(&desk)).await.unwrap().1), "unknown_certificate");
}

#[actix_web::test]
async fn the_operator_alone_puts_certificates_on_record() {
    let zone = World::whole();
    let key = zone.key(json!({ "name": "k", "audience": "customs", "organisation": "5115", "scopes": ["read", "share"] })).await;
    let body =
        json!({ "name": "n", "fingerprint": "00".repeat(32), "audience": "customs", "scopes": ["read"] });
    let ask = || TestRequest::post().uri("/api/v1/certificates").set_json(body.clone());
    let by_customs = zone.by(&key, "", ask()).await;
    assert_eq!(by_customs.status, StatusCode::FORBIDDEN);
    let wrong = |more: Value| {
        let mut body = body.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        zone.signed(TestRequest::post().uri("/api/v1/certificates").set_json(body))
    };
    for (more, field) in [
        (json!({ "fingerprint": "00" }), "#/fingerprint"),
        (json!({ "audience": "operator" }), "#/audience"),
        (json!({ "scopes": ["identity"] }), "#/scopes"),
        (json!({ "expires_in_days": 400 }), "#/expires_in_days"),
        (json!({ "audience": "financier", "organisation": "none" }), "#/organisation"),
    ] {
        let refused = zone.call(wrong(more)).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{field}");
        assert_eq!(refused.json()["errors"][0]["pointer"], field, "{}", refused.text());
    }
    assert_eq!(zone.call(zone.signed(ask())).await.status, StatusCode::CREATED);
    let list = zone.call(zone.signed(TestRequest::get().uri("/api/v1/certificates"))).await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
}
