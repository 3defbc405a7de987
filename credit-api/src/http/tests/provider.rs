//! A provider of OpenID Connect for tests, served over HTTP: discovery, keys, sign-in, tokens. It checks what a
//! provider checks, and can be told to do one thing wrong.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use openidconnect::core::{CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey};
use openidconnect::{JsonWebKeyId, PrivateSigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::Barrier;

use super::world::NOW_MS;
use crate::identity::secrets;

pub const CLIENT: &str = "xinji";
pub const SECRET: &str = "a-secret-of-two-7c1d";
/// Of no use but here: `openssl genrsa -traditional 2048`.
const RSA_KEY: &str = include_str!("provider.pem");
const RSA_KEY_ID: &str = "r1";
/// Where the service that signs in says it is.
pub const CALLBACK: &str = "http://127.0.0.1:8080/sign-in/oidc/callback";

/// What the provider does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    Nothing,
    Nonce,
    NoNonce,
    Audience,
    SecondAudience,
    Issuer,
    Expired,
    FromTheFuture,
    Signature,
    /// Signed with a key that is not published.
    Key,
    /// Not signed, and says so.
    AlgNone,
    /// Signed with the client's secret.
    AlgHmac,
    /// Refuses the code, and repeats what it was sent.
    Code,
    NoIdToken,
    NoJson,
    TooLong,
    /// Answers the request for a token with another address.
    Redirects,
    /// Takes a code twice.
    CodesTwice,
    /// Publishes another issuer.
    Discovery,
}

/// A code that was handed out.
struct Code {
    challenge: String,
    nonce: String,
    used: bool,
}

pub struct Inner {
    pub wrong: Wrong,
    /// Beside those of every token.
    pub claims: Value,
    pub key: SigningKey,
    /// Also published, with this name.
    pub key_id: String,
    /// Signs with RSA instead, as most do.
    pub by_rsa: bool,
    /// Where it signs people out, where it has such a place.
    pub end_session: Option<String>,
    /// Tokens are given when so many ask for one.
    pub together: Option<Arc<Barrier>>,
    pub asked: HashMap<&'static str, usize>,
    /// Those that were handed out.
    pub tokens: Vec<String>,
    codes: HashMap<String, Code>,
}

/// The provider, as long as the test runs.
pub struct TestProvider {
    pub issuer: String,
    pub inner: Arc<Mutex<Inner>>,
    handle: actix_web::dev::ServerHandle,
}

type Data = web::Data<Mutex<Inner>>;

impl TestProvider {
    pub fn start() -> Self {
        let inner = Arc::new(Mutex::new(Inner {
            wrong: Wrong::Nothing,
            claims: json!({"groups": ["staff", "customs"], "preferred_username": "zhang", "name": "张伟"}),
            key: SigningKey::from_bytes(&[7; 32]),
            key_id: "k1".to_owned(),
            by_rsa: false,
            end_session: None,
            together: None,
            asked: HashMap::new(),
            tokens: Vec::new(),
            codes: HashMap::new(),
        }));
        let data = Data::from(Arc::clone(&inner));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .route("/.well-known/openid-configuration", web::get().to(discovery))
                .route("/keys", web::get().to(keys))
                .route("/authorize", web::get().to(authorize))
                .route("/token", web::post().to(token))
                .route("/elsewhere", web::to(elsewhere))
        });
        let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { issuer: issuer(address), inner, handle }
    }

    pub async fn stop(&self) {
        self.handle.stop(false).await;
    }

    pub fn does(&self, wrong: Wrong) {
        self.inner.lock().unwrap().wrong = wrong;
    }

    pub fn claims(&self, claims: Value) {
        self.inner.lock().unwrap().claims = claims;
    }

    pub fn asked(&self, what: &str) -> usize {
        self.inner.lock().unwrap().asked.get(what).copied().unwrap_or_default()
    }

    /// Somebody signs in: where the provider sends the browser back to.
    pub async fn visit(&self, url: &str) -> String {
        assert!(url.starts_with(&format!("{}/authorize?", self.issuer)), "{url}");
        let url = url.to_owned();
        web::block(move || {
            let agent: ureq::Agent = ureq::Agent::config_builder().max_redirects(0).build().into();
            let answer = agent.get(&url).call().unwrap();
            answer.headers().get("location").unwrap().to_str().unwrap().to_owned()
        })
        .await
        .unwrap()
    }
}

fn issuer(address: SocketAddr) -> String {
    format!("http://{address}")
}

fn issuer_of(request: &HttpRequest) -> String {
    issuer(request.app_config().local_addr())
}

fn count(data: &Data, what: &'static str) -> Wrong {
    let mut inner = data.lock().unwrap();
    *inner.asked.entry(what).or_default() += 1;
    inner.wrong
}

async fn discovery(data: Data, request: HttpRequest) -> HttpResponse {
    let wrong = count(&data, "discovery");
    let issuer = issuer_of(&request);
    let named = if wrong == Wrong::Discovery { "https://other.example" } else { &issuer };
    let mut published = json!({
        "issuer": named,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA", "RS256"],
    });
    if let Some(place) = &data.lock().unwrap().end_session {
        published["end_session_endpoint"] = place.clone().into();
    }
    HttpResponse::Ok().json(published)
}

async fn keys(data: Data) -> HttpResponse {
    count(&data, "keys");
    let inner = data.lock().unwrap();
    let x = URL_SAFE_NO_PAD.encode(inner.key.verifying_key().to_bytes());
    HttpResponse::Ok().json(json!({"keys": [
        {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": inner.key_id, "x": x},
        rsa().as_verification_key(),
    ]}))
}

fn rsa() -> CoreRsaPrivateSigningKey {
    CoreRsaPrivateSigningKey::from_pem(RSA_KEY, Some(JsonWebKeyId::new(RSA_KEY_ID.to_owned()))).unwrap()
}

fn fields(text: &str) -> HashMap<String, String> {
    web::Query::<HashMap<String, String>>::from_query(text).unwrap().into_inner()
}

async fn authorize(data: Data, request: HttpRequest) -> HttpResponse {
    count(&data, "authorize");
    let asked = fields(request.query_string());
    let is = |name: &str, value: &str| assert_eq!(asked.get(name).map(String::as_str), Some(value), "{name}");
    is("response_type", "code");
    is("client_id", CLIENT);
    is("redirect_uri", CALLBACK);
    is("scope", "openid profile");
    is("code_challenge_method", "S256");
    let code = secrets::secret().unwrap();
    let handed =
        Code { challenge: asked["code_challenge"].clone(), nonce: asked["nonce"].clone(), used: false };
    data.lock().unwrap().codes.insert(code.clone(), handed);
    let place = format!("{CALLBACK}?code={code}&state={}", asked["state"]);
    HttpResponse::Found().insert_header(("Location", place)).finish()
}

async fn token(data: Data, request: HttpRequest, body: String) -> HttpResponse {
    let wrong = count(&data, "token");
    let invalid = |why: &str| HttpResponse::BadRequest().json(json!({"error": why}));
    let who = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    if who != Some(&format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{SECRET}")))) {
        return invalid("invalid_client");
    }
    let together = data.lock().unwrap().together.clone();
    if let Some(together) = together {
        together.wait().await;
    }
    let asked = fields(&body);
    if asked["grant_type"] != "authorization_code" || asked["redirect_uri"] != CALLBACK {
        return invalid("invalid_request");
    }
    let mut inner = data.lock().unwrap();
    let Some(code) = inner.codes.get_mut(&asked["code"]) else { return invalid("invalid_grant") };
    let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(&asked["code_verifier"]));
    if proof != code.challenge || (code.used && wrong != Wrong::CodesTwice) {
        return invalid("invalid_grant");
    }
    code.used = true;
    let nonce = code.nonce.clone();
    if wrong == Wrong::Code {
        let repeated = json!({"error": "invalid_grant", "error_description": body});
        return HttpResponse::BadRequest().json(repeated);
    }
    let token = written(&inner, &issuer_of(&request), &nonce);
    inner.tokens.push(token.clone());
    let mut answer = json!({"access_token": "unused", "token_type": "Bearer", "id_token": token});
    match wrong {
        Wrong::NoIdToken => drop(answer.as_object_mut().unwrap().remove("id_token")),
        Wrong::NoJson => return HttpResponse::Ok().content_type("text/html").body(format!("<p>{token}</p>")),
        Wrong::TooLong => answer["more"] = "x".repeat(1 << 20).into(),
        Wrong::Redirects => {
            let place = format!("{}/elsewhere", issuer_of(&request));
            return HttpResponse::SeeOther().insert_header(("Location", place)).finish();
        }
        _ => {}
    }
    HttpResponse::Ok().json(answer)
}

/// Nobody is to come here.
async fn elsewhere(data: Data) -> HttpResponse {
    count(&data, "elsewhere");
    HttpResponse::Ok().finish()
}

/// An ID token, written by hand so that each part can be wrong.
fn written(inner: &Inner, issuer: &str, nonce: &str) -> String {
    let (now, wrong) = (NOW_MS / 1_000, inner.wrong);
    let mut claims =
        json!({"iss": issuer, "sub": "s-1", "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce});
    let map = claims.as_object_mut().unwrap();
    map.extend(inner.claims.as_object().unwrap().clone());
    match wrong {
        Wrong::Nonce => drop(map.insert("nonce".into(), "another".into())),
        Wrong::NoNonce => drop(map.remove("nonce")),
        Wrong::Audience => drop(map.insert("aud".into(), "another".into())),
        Wrong::SecondAudience => drop(map.insert("aud".into(), json!([CLIENT, "another"]))),
        Wrong::Issuer => drop(map.insert("iss".into(), "https://other.example".into())),
        Wrong::Expired => drop(map.insert("exp".into(), (now - 1).into())),
        Wrong::FromTheFuture => drop(map.insert("iat".into(), (now + 120).into())),
        _ => {}
    }
    let algorithm = match wrong {
        Wrong::AlgNone => "none",
        Wrong::AlgHmac => "HS256",
        _ if inner.by_rsa => "RS256",
        _ => "EdDSA",
    };
    let key_id = if inner.by_rsa { RSA_KEY_ID } else { &inner.key_id };
    let head = json!({"alg": algorithm, "typ": "JWT", "kid": key_id});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&head), part(&claims));
    let key = if wrong == Wrong::Key { SigningKey::from_bytes(&[8; 32]) } else { inner.key.clone() };
    let mut signature = match wrong {
        Wrong::AlgNone => Vec::new(),
        Wrong::AlgHmac => secrets::mac(SECRET.as_bytes(), signed.as_bytes()).to_vec(),
        _ if inner.by_rsa => {
            rsa().sign(&CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, signed.as_bytes()).unwrap()
        }
        _ => key.sign(signed.as_bytes()).to_bytes().to_vec(),
    };
    if wrong == Wrong::Signature {
        signature[5] ^= 1;
    }
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}
