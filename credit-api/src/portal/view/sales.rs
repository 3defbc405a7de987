//! Sales as customs messages tell them.

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleLine {
    pub href: String,
    pub order_no: String,
    pub platform: String,
    pub direction: &'static str,
    pub sent: String,
    /// Codes of the rules.
    pub fails: String,
    pub waits: String,
    pub agrees: usize,
}

/// The page of an enterprise's sales.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesView {
    pub uscc: String,
    pub name: String,
    pub failing: bool,
    pub lines: Vec<SaleLine>,
    pub next: Option<String>,
}

/// Who takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleParty {
    pub role: String,
    pub code: String,
    /// Nothing for somebody who is not registered.
    pub uscc: Option<String>,
    pub name: String,
}

/// One document of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleDocument {
    pub title: String,
    pub sent: String,
    pub withdrawn: bool,
    /// Name of the field, and what it says.
    pub fields: Vec<(String, String)>,
    pub goods: Vec<[String; 4]>,
    /// Names of a buyer's fields.
    pub personal: String,
    pub origin: String,
    /// Nothing for a message without a signature.
    pub signature: Option<SaleSignature>,
}

/// What is known of the signature of a document's message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleSignature {
    pub valid: bool,
    pub words: String,
    /// Of the message, or of the envelope.
    pub title: &'static str,
    /// Subject of the certificate; empty where there is none to name.
    pub signer: String,
    /// Subject of who issued it; empty where the certificate is configured itself.
    pub issuer: String,
}

/// A flow with its documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleFlow {
    pub title: &'static str,
    pub documents: Vec<SaleDocument>,
}

/// Two values beside each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleCompared {
    pub field: String,
    pub left: String,
    pub right: String,
    pub agrees: bool,
}

/// What a rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleVerdict {
    pub code: &'static str,
    pub title: &'static str,
    /// `pass`, `fail`, `waiting`, `not_applicable`.
    pub outcome: &'static str,
    pub words: &'static str,
    pub why: String,
    pub compared: Vec<SaleCompared>,
}

/// The page of one sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleView {
    pub order_no: String,
    pub direction: &'static str,
    pub merchant: Option<(String, String)>,
    /// Number of each parcel, and where it is traced.
    pub parcels: Vec<(String, String)>,
    /// The time as of which the page is, if it is not now.
    pub known_at: Option<String>,
    /// Times at which what is known changed, and the page as of then.
    pub versions: Vec<(String, String)>,
    pub parties: Vec<SaleParty>,
    pub flows: Vec<SaleFlow>,
    pub verdicts: Vec<SaleVerdict>,
}
