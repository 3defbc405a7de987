//! What one side asks for and the other grants until it ends: consents and standing requests have this in common.

/// What there is of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementView {
    pub id: String,
    /// What a writer has seen of it.
    pub version: i64,
    pub purpose: String,
    /// What was asked for.
    pub blocks: String,
    /// The last day.
    pub until: String,
    pub standing: &'static str,
    pub asked: String,
}

/// A reader's, by where they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreements<Card> {
    pub waiting: Vec<Card>,
    pub in_force: Vec<Card>,
    pub past: Vec<Card>,
}

impl<Card> Agreements<Card> {
    #[must_use]
    pub fn none() -> Self {
        Self { waiting: Vec::new(), in_force: Vec::new(), past: Vec::new() }
    }

    /// Puts one where it stands: waiting, in force, or neither any more.
    pub fn put(&mut self, waits: bool, in_force: bool, card: Card) {
        let list = match (waits, in_force) {
            (true, _) => &mut self.waiting,
            (false, true) => &mut self.in_force,
            (false, false) => &mut self.past,
        };
        list.push(card);
    }
}

/// Something to choose in a form that says what is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickOf {
    pub code: &'static str,
    pub words: String,
    pub chosen: bool,
}

/// The days that a form may name: today, and the last that may be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaysView {
    pub first: String,
    pub last: String,
}
