//! The provider's file: where people of a department or bank sign in, and what their claims make them here.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use openidconnect::url::{Host, Url};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::access::Audience;
use crate::identity::{IdentityError, users};

/// Where the provider sends browsers back to.
pub const CALLBACK: &str = "/sign-in/oidc/callback";
/// Longest file, bytes.
const FILE_BYTES_MAX: u64 = 64 * 1024;
/// Longest client secret, bytes.
const SECRET_BYTES_MAX: u64 = 4 * 1024;
/// Most rules.
const RULES_MAX: usize = 1_000;

/// As the file is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What the provider calls itself; its discovery document lies below.
    pub issuer: String,
    pub client_id: String,
    /// File with the client's secret, mode 0600; relative to this file. Without one the client is public (PKCE alone).
    pub client_secret_file: Option<PathBuf>,
    /// `https://HOST/sign-in/oidc/callback`, as registered with the provider.
    pub redirect_url: String,
    #[serde(default = "login_claim")]
    pub login_claim: String,
    #[serde(default = "name_claim")]
    pub name_claim: String,
    /// Whether signing out here leads to the provider, where that has a place for it.
    #[serde(default = "yes")]
    pub sign_out_at_provider: bool,
    /// Beside `openid`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The first that fits decides; without one that fits nobody is let in.
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
}

/// What a claim makes somebody.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub claim: String,
    /// The claim is this, or a list with this in it.
    pub value: String,
    pub audience: String,
    pub organisation: Option<String>,
    /// The claim whose text is the organisation; whoever has no such claim is not let in by this rule.
    pub organisation_claim: Option<String>,
}

fn login_claim() -> String {
    "preferred_username".to_owned()
}

fn yes() -> bool {
    true
}

fn name_claim() -> String {
    "name".to_owned()
}

/// Who somebody is here, by the claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    /// What the provider calls them, where that can be a login.
    pub login: Option<String>,
    pub name: Option<String>,
    pub audience: Audience,
    pub organisation: Option<String>,
}

impl Settings {
    /// Reads the file, and the client's secret beside it.
    ///
    /// # Errors
    /// What cannot be used, in words. No word of the secret.
    pub(super) fn read(path: &Path) -> Result<(Self, Option<String>), String> {
        let text = bounded(path, FILE_BYTES_MAX, false)?;
        let settings: Self = toml::from_str(&text).map_err(|error| {
            // The reader's own words repeat the line, in which somebody may have written the secret.
            let line = error
                .span()
                .and_then(|span| text.get(..span.start))
                .map_or(1, |text| text.split('\n').count());
            format!("{}: line {line}: {}", path.display(), error.message())
        })?;
        settings.check()?;
        let Some(secret) = &settings.client_secret_file else { return Ok((settings, None)) };
        let secret = path.parent().unwrap_or(Path::new(".")).join(secret);
        let text = bounded(&secret, SECRET_BYTES_MAX, true)?.trim().to_owned();
        if text.is_empty() {
            return Err(format!("{}: it is empty", secret.display()));
        }
        Ok((settings, Some(text)))
    }

    fn check(&self) -> Result<(), String> {
        guarded("issuer", &self.issuer)?;
        if guarded("redirect_url", &self.redirect_url)?.path() != CALLBACK {
            return Err(format!("redirect_url: its path is {CALLBACK}"));
        }
        if self.client_id.is_empty() {
            return Err("client_id: it is empty".to_owned());
        }
        if self.rules.is_empty() || self.rules.len() > RULES_MAX {
            return Err(format!("{} [[rule]]: there are 1 to {RULES_MAX}", self.rules.len()));
        }
        self.rules.iter().try_for_each(Rule::check)
    }

    /// The address of the first page, as browsers know it.
    pub(super) fn first_page(&self) -> Result<Url, String> {
        guarded("redirect_url", &self.redirect_url)?
            .join("/")
            .map_err(|error| format!("redirect_url: {error}"))
    }

    /// Whether browsers reach this service by TLS.
    pub(super) fn is_https(&self) -> bool {
        self.redirect_url.starts_with("https://")
    }

    /// Who the owner of these claims is here.
    ///
    /// # Errors
    /// [`IdentityError::NoRule`] when no rule fits; [`IdentityError::Field`] for an organisation that is none.
    pub(super) fn map(&self, claims: &Map<String, Value>) -> Result<Mapped, IdentityError> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let rule = self.rules.iter().find(|rule| rule.fits(claims)).ok_or(IdentityError::NoRule)?;
        let audience = rule.audience().ok_or(IdentityError::NoRule)?;
        let given = match &rule.organisation_claim {
            Some(claim) => Some(text(claim).ok_or(IdentityError::NoRule)?),
            None => rule.organisation.as_deref(),
        };
        Ok(Mapped {
            login: text(&self.login_claim).and_then(|text| users::login(text).ok()),
            name: text(&self.name_claim)
                .and_then(|text| users::line("name", text, users::NAME_CHARS_MAX).ok()),
            audience,
            organisation: users::organisation(audience, given)?,
        })
    }
}

impl Rule {
    /// The public does not sign in.
    fn audience(&self) -> Option<Audience> {
        Audience::of_code(&self.audience).filter(|audience| *audience != Audience::Public)
    }

    fn check(&self) -> Result<(), String> {
        let wrong = |why: &str| Err(format!("rule for {} = {:?}: {why}", self.claim, self.value));
        let Some(audience) = self.audience() else {
            return wrong(&format!("audience {:?} is none of a user", self.audience));
        };
        match (&self.organisation, &self.organisation_claim) {
            (Some(_), Some(_)) => wrong("organisation or organisation_claim, not both"),
            (None, Some(_)) => Ok(()),
            (given, None) => match users::organisation(audience, given.as_deref()) {
                Ok(_) => Ok(()),
                Err(error) => wrong(&error.to_string()),
            },
        }
    }

    fn fits(&self, claims: &Map<String, Value>) -> bool {
        match claims.get(&self.claim) {
            Some(Value::String(text)) => *text == self.value,
            Some(Value::Array(items)) => items.iter().any(|item| item.as_str() == Some(&self.value)),
            _ => false,
        }
    }
}

/// An address that nobody between can listen at: TLS, or this machine itself.
fn guarded(name: &str, text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{name}: {error}"))?;
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    match url.scheme() {
        _ if !plain || url.password().is_some() => {
            Err(format!("{name}: an address without user, query and fragment is expected"))
        }
        "https" => Ok(url),
        "http" if is_here => Ok(url),
        _ => Err(format!("{name}: an https:// address is expected; http:// only on this machine")),
    }
}

fn bounded(path: &Path, max: u64, secret: bool) -> Result<String, String> {
    let at = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
    let file = File::open(path).map_err(|why| at(&why))?;
    let about = file.metadata().map_err(|why| at(&why))?;
    let mode = about.permissions().mode() & 0o777;
    if secret && mode & 0o077 != 0 {
        let path = path.display();
        return Err(format!("{path} may be read by others (mode {mode:o}); run: chmod 600 {path}"));
    }
    let mut text = String::new();
    file.take(max + 1).read_to_string(&mut text).map_err(|why| at(&why))?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > max {
        return Err(at(&format!("more than {max} bytes")));
    }
    Ok(text)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::*;

    const USUAL: &str = "issuer = 'https://login.example'\nclient_id = 'xinji'\n\
         redirect_url = 'https://credit.example/sign-in/oidc/callback'\n";
    const CUSTOMS: &str = "[[rule]]\nclaim = 'groups'\nvalue = 'g1'\naudience = 'customs'\n";

    fn read(text: &str) -> Result<(Settings, Option<String>), String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("oidc.toml");
        std::fs::write(&path, text).unwrap();
        std::fs::write(folder.path().join("secret"), "s3cret-words\n").unwrap();
        Settings::read(&path)
    }

    fn who(rules: &str, claims: Value) -> Result<Mapped, IdentityError> {
        read(&format!("{USUAL}{rules}")).unwrap().0.map(claims.as_object().unwrap())
    }

    #[test]
    fn a_file_that_cannot_be_used_is_refused_in_words() {
        let refused = |text: String, words: &str| {
            let why = read(&text).err().unwrap();
            assert!(why.contains(words), "{why}");
        };
        refused(USUAL.to_owned(), "rule");
        refused(format!("{USUAL}{CUSTOMS}colour = 'red'\n"), "colour");
        refused(format!("{USUAL}{}", CUSTOMS.replace("customs", "public")), "none of a user");
        refused(format!("{USUAL}{}", CUSTOMS.replace("customs", "financier")), "USCC");
        refused(format!("{USUAL}{CUSTOMS}organisation = '1'\norganisation_claim = 'o'\n"), "not both");
        refused(format!("{}{CUSTOMS}", USUAL.replace("https://login", "http://login")), "https://");
        refused(format!("{}{CUSTOMS}", USUAL.replace("callback", "elsewhere")), "its path is");
        // The words do not repeat the secret.
        let why = read(&format!("{USUAL}client_secret = 's3cret-words'\n{CUSTOMS}")).err().unwrap();
        assert!(
            why.contains("line 4") && why.contains("client_secret_file") && !why.contains("s3cret"),
            "{why}"
        );
        let open = format!("{USUAL}client_secret_file = 'secret'\n{CUSTOMS}");
        let why = read(&open).err().unwrap();
        assert!(why.contains("chmod 600") && !why.contains("s3cret"), "{why}");
    }

    #[test]
    fn the_first_rule_that_fits_decides_and_nobody_else_is_let_in() {
        let rules = format!("{CUSTOMS}[[rule]]\nclaim = 'role'\nvalue = 'tax'\naudience = 'tax'\n");
        let both = who(&rules, json!({"groups": ["g0", "g1"], "role": "tax"})).unwrap();
        assert_eq!((both.audience, both.organisation.as_deref()), (Audience::Customs, Some("customs")));
        assert_eq!(who(&rules, json!({"role": "tax"})).unwrap().audience, Audience::Tax);
        for claims in
            [json!({}), json!({"groups": "g10"}), json!({"groups": {"g1": true}}), json!({"role": ["Tax"]})]
        {
            assert!(matches!(who(&rules, claims.clone()), Err(IdentityError::NoRule)), "{claims}");
        }
    }

    #[test]
    fn an_organisation_that_a_claim_should_name_is_not_made_up() {
        let rules = format!("{CUSTOMS}organisation_claim = 'office'\n");
        assert!(matches!(who(&rules, json!({"groups": "g1"})), Err(IdentityError::NoRule)));
        let named = who(&rules, json!({"groups": "g1", "office": "5115"})).unwrap();
        assert_eq!(named.organisation.as_deref(), Some("5115"));
        let bank = rules.replace("customs", "financier");
        assert!(matches!(
            who(&bank, json!({"groups": "g1", "office": "no code"})),
            Err(IdentityError::Field { field: "organisation", .. })
        ));
    }

    #[test]
    fn names_that_cannot_be_ours_are_left_out() {
        let claims = json!({"groups": "g1", "preferred_username": "Zhang.Wei", "name": "x".repeat(200)});
        let mapped = who(CUSTOMS, claims).unwrap();
        assert_eq!((mapped.login.as_deref(), mapped.name), (Some("zhang.wei"), None));
        let claims = json!({"groups": "g1", "preferred_username": "<b>"});
        assert_eq!(who(CUSTOMS, claims).unwrap().login, None);
    }
}
