//! Changes that are sent to an address of the reader's.

use super::ChoiceOf;

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionLine {
    pub id: String,
    pub name: String,
    pub url: String,
    /// Role, organisation or enterprise.
    pub of: String,
    pub state: &'static str,
    /// Why it is disabled, or that the next change is tried again; with when.
    pub trouble: Option<String>,
    pub is_disabled: bool,
}

/// A signing secret, without the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretLine {
    pub id: String,
    pub made: String,
    /// None: until it is replaced.
    pub ends: Option<String>,
}

/// A change that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryLine {
    pub id: i64,
    pub at: String,
    pub uscc: String,
    pub kind: &'static str,
    pub state: &'static str,
    /// Status and time, or why there was no answer.
    pub outcome: String,
    pub answer: String,
    pub attempts: i32,
    /// Whether another attempt may be asked for.
    pub may_repeat: bool,
}

/// The subscription that is shown whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionView {
    pub line: SubscriptionLine,
    pub purpose: String,
    pub kinds: String,
    pub secrets: Vec<SecretLine>,
    pub deliveries: Vec<DeliveryLine>,
    /// Address of the deliveries before these.
    pub older: Option<String>,
}

/// The form of somebody who may subscribe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscribeView {
    pub purposes: Vec<ChoiceOf>,
    pub kinds: Vec<ChoiceOf>,
    /// The enterprises that an agent speaks for.
    pub enterprises: Vec<String>,
}

/// The reader's subscriptions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhooksView {
    pub subscriptions: Vec<SubscriptionLine>,
    pub shown: Option<SubscriptionView>,
    /// Whether the reader may change what is shown.
    pub may_change: bool,
    pub subscribe: Option<SubscribeView>,
    pub secret: Option<String>,
    pub done: Option<&'static str>,
    pub message: Option<String>,
}
