//! Planted patterns of trade that did not happen as it is told (`domain.md` 5.4), with labels, so that what alerts find
//! can be compared with what is there.

use credit_core::indicator::SubjectKind;

use super::archetypes::Archetype;
use super::enterprise::{BLOCK, Period};
use super::rng::{Rng, Topic};

/// A planted pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pattern {
    /// 刷单: orders of invented buyers behind few addresses.
    Borrowed,
    /// 推单: imports paid a day or more after they were ordered.
    Retold,
    /// Coupons that make up most of the price.
    Underpriced,
    /// Other goods declared than ordered.
    Goods,
    /// Parcels heavier than declared.
    Loading,
    /// 虚假出口: exports that never leave.
    Export,
    /// Receipts of round sums.
    Round,
    /// 买单: exports of others' goods, with money that does not fit.
    Owner,
    /// Payers who are not the buyers.
    Payer,
    /// One person who pays for many buyers of one merchant.
    OnePayer,
    /// Two persons who pay for many buyers of several merchants.
    PayerRing,
    /// Goods declared under another chapter than everybody else declares them.
    Misplaced,
    /// 换壳: the people of two enterprises that were revoked, in a new one.
    Shell,
}

impl Pattern {
    pub const ALL: [Self; 13] = [
        Self::Borrowed,
        Self::Retold,
        Self::Underpriced,
        Self::Goods,
        Self::Loading,
        Self::Export,
        Self::Round,
        Self::Owner,
        Self::Payer,
        Self::OnePayer,
        Self::PayerRing,
        Self::Misplaced,
        Self::Shell,
    ];

    /// As labels name it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Borrowed => "borrowed",
            Self::Retold => "retold",
            Self::Underpriced => "underpriced",
            Self::Goods => "goods",
            Self::Loading => "loading",
            Self::Export => "export",
            Self::Round => "round",
            Self::Owner => "owner",
            Self::Payer => "payer",
            Self::OnePayer => "one_payer",
            Self::PayerRing => "payer_ring",
            Self::Misplaced => "misplaced",
            Self::Shell => "shell",
        }
    }

    /// The rules of alerts that are there to find it.
    #[must_use]
    pub fn rules(self) -> &'static [&'static str] {
        match self {
            Self::Borrowed => &["PATTERN-BORROWED", "PATTERN-RESALE", "T13-CLUSTER"],
            Self::Retold => &["PATTERN-RETOLD"],
            Self::Underpriced => &["PATTERN-UNDERPRICED"],
            Self::Goods => &["PATTERN-GOODS"],
            Self::Loading => &["PATTERN-LOADING"],
            Self::Export => &["PATTERN-EXPORT"],
            Self::Round => &["PATTERN-ROUND"],
            Self::Owner => &["PATTERN-OWNER"],
            Self::Payer => &["SALES-PAYER"],
            Self::OnePayer => &["PAYER-FOR-MANY"],
            Self::PayerRing => &["PAYER-ACROSS"],
            Self::Misplaced => &["PATTERN-HEADING"],
            Self::Shell => &["PATTERN-SHELL"],
        }
    }

    /// Share of imports in 1/10 000, where the pattern asks for a direction.
    pub(super) fn imports(self) -> Option<u32> {
        match self {
            Self::Retold | Self::Underpriced | Self::Goods | Self::Loading | Self::Payer => Some(9_000),
            Self::OnePayer | Self::PayerRing | Self::Misplaced => Some(9_000),
            Self::Export | Self::Round | Self::Owner => Some(500),
            Self::Borrowed | Self::Shell => None,
        }
    }

    /// How often an order of the direction shows it, in 1/10 000.
    fn share(self) -> u32 {
        match self {
            Self::Retold | Self::Underpriced => 3_000,
            Self::Goods | Self::Loading | Self::Payer | Self::OnePayer | Self::PayerRing => 1_000,
            Self::Misplaced => 1_500,
            Self::Export => 2_500,
            Self::Round => 6_000,
            Self::Owner => 1_500,
            Self::Borrowed | Self::Shell => 0,
        }
    }
}

/// Patterns of merchants whose archetype has none.
const DRAWN: [Pattern; 8] = [
    Pattern::Retold,
    Pattern::Underpriced,
    Pattern::Goods,
    Pattern::Loading,
    Pattern::Export,
    Pattern::Round,
    Pattern::Owner,
    Pattern::Payer,
];

/// Merchants of good conduct with a pattern, and those without whose messages are written, in 1/10 000.
const WITH_PATTERN: u32 = 1_600;
const WITH_MESSAGES: u32 = 1_200;
/// Patterns of those that have none by now, and how many of them have one. They are drawn last, so that who had a
/// pattern before there were these keeps it.
const DRAWN_LAST: [Pattern; 4] =
    [Pattern::OnePayer, Pattern::PayerRing, Pattern::PayerRing, Pattern::Misplaced];
const WITH_LAST: u32 = 1_400;

/// Places of a block: the shell, and the two revoked enterprises of the same people. The first block has none, so that
/// it stays what it is.
const SHELL: u32 = 44;
pub(super) const SHELLS_BEFORE: [u32; 2] = [45, 46];

/// Whether an enterprise is one of those that a shell follows.
pub(super) fn is_left_behind(number: u32) -> bool {
    number >= BLOCK && SHELLS_BEFORE.contains(&(number % BLOCK))
}

/// Whose people and premises an enterprise has.
pub(super) fn people_of(number: u32) -> u32 {
    if is_left_behind(number) { number - number % BLOCK + SHELL } else { number }
}

/// What is planted in a merchant, and whether its messages are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plot {
    pub pattern: Option<Pattern>,
    pub messages: bool,
}

pub(super) fn plot(period: &Period, number: u32, kind: SubjectKind, archetype: Archetype) -> Plot {
    let nothing = Plot { pattern: None, messages: false };
    if kind != SubjectKind::E1 {
        return nothing;
    }
    let planted = |pattern| Plot { pattern: Some(pattern), messages: true };
    let mut rng = Rng::stream(period.seed, number, Topic::Pattern);
    match archetype {
        Archetype::InventedOrders => planted(Pattern::Borrowed),
        _ if number >= BLOCK && number % BLOCK == SHELL => {
            Plot { messages: false, ..planted(Pattern::Shell) }
        }
        Archetype::Clean | Archetype::MatureAeo | Archetype::OrdinaryPenalty => {
            let place = usize::try_from(rng.below(8)).unwrap_or(0);
            let (has_pattern, has_messages) = (rng.chance(WITH_PATTERN), rng.chance(WITH_MESSAGES));
            let (has_last, last) = (rng.chance(WITH_LAST), usize::try_from(rng.below(4)).unwrap_or(0));
            match (DRAWN.get(place), DRAWN_LAST.get(last)) {
                (Some(pattern), _) if has_pattern && number >= BLOCK => planted(*pattern),
                (_, Some(pattern)) if has_last && number >= BLOCK => planted(*pattern),
                // The first enterprise of the first block that trades.
                _ => Plot { pattern: None, messages: has_messages || number == 3 },
            }
        }
        _ => nothing,
    }
}

/// What one order shows that its row does not say, or says otherwise than it would.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Shows {
    pub late_payment: bool,
    pub discount: bool,
    pub goods: bool,
    pub weight: bool,
    pub not_departed: bool,
    pub round_amount: bool,
    pub owner: bool,
    pub money: bool,
    pub payer: bool,
    pub one_payer: bool,
    pub payer_ring: bool,
    pub misplaced: bool,
}

impl Shows {
    /// Drawn for each order of a merchant whose messages are written: the pattern, and what happens to everybody.
    pub fn draw(plot: Plot, import: bool, others_goods: bool, rng: &mut Rng) -> Self {
        let mut shows = Self::default();
        if !plot.messages {
            return shows;
        }
        let planted = rng.chance(plot.pattern.map_or(0, Pattern::share));
        let mut happens = |share| rng.chance(share);
        if import {
            shows.late_payment = happens(80);
            shows.discount = happens(250);
            shows.goods = happens(20);
            shows.weight = happens(40);
        } else {
            shows.round_amount = happens(60);
            shows.owner = others_goods;
        }
        if planted {
            match plot.pattern {
                Some(Pattern::Retold) => shows.late_payment |= import,
                Some(Pattern::Underpriced) => shows.discount |= import,
                Some(Pattern::Goods) => shows.goods |= import,
                Some(Pattern::Loading) => shows.weight |= import,
                Some(Pattern::Payer) => shows.payer |= import,
                Some(Pattern::OnePayer) => shows.one_payer |= import,
                Some(Pattern::Misplaced) => shows.misplaced |= import,
                Some(Pattern::PayerRing) => shows.payer_ring |= import,
                Some(Pattern::Export) => shows.not_departed |= !import,
                Some(Pattern::Round) => shows.round_amount |= !import,
                Some(Pattern::Owner) => shows.money |= !import,
                Some(Pattern::Borrowed | Pattern::Shell) | None => {}
            }
        }
        shows
    }

    /// Whether somebody else pays than the buyer.
    pub fn another_pays(self) -> bool {
        self.payer || self.one_payer || self.payer_ring
    }

    /// Codes of what is planted and what happened, as labels have them.
    pub fn codes(self) -> Vec<&'static str> {
        [
            (self.late_payment, "late_payment"),
            (self.discount, "discount"),
            (self.goods, "goods"),
            (self.weight, "weight"),
            (self.not_departed, "not_departed"),
            (self.round_amount, "round_amount"),
            (self.owner, "owner"),
            (self.money, "money"),
            (self.payer, "payer"),
            (self.one_payer, "one_payer"),
            (self.payer_ring, "payer_ring"),
            (self.misplaced, "misplaced"),
        ]
        .into_iter()
        .filter_map(|(shown, code)| shown.then_some(code))
        .collect()
    }
}
