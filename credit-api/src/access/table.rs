//! The whole matrix as the policies in force have it: `docs/DISCLOSURE.md` and `credit-api policy table`.

use std::fmt::Write;

use credit_core::records::Lang;

use super::ask::{Question, Scope};
use super::rules::Engine;
use super::{Audience, Block, Outcome, Purpose};

/// The columns of `domain.md` 7.5, in its order.
pub const COLUMNS: [Audience; 11] = [
    Audience::Public,
    Audience::Enterprise,
    Audience::Commerce,
    Audience::Customs,
    Audience::Safe,
    Audience::Tax,
    Audience::MarketRegulation,
    Audience::PublicCredit,
    Audience::CentralBank,
    Audience::Police,
    Audience::Financier,
];
/// The roles beside it.
pub const ROLES: [Audience; 4] =
    [Audience::Operator, Audience::Reviewer, Audience::Auditor, Audience::Source];

/// A cell of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    Full,
    Masked,
    Aggregate,
    GradeOnly,
    /// In full, of one enterprise at a time.
    OnRequest,
    /// In full, as far as the asker's own organisation did it.
    Own,
    /// In full, where it is published.
    AsPublished,
    /// Totals of the zone alone.
    ZoneAggregate,
    /// The flag, once the matter is closed.
    AfterClosure,
    None,
}

impl Cell {
    /// As the matrix writes it.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Cell::Full => "F",
            Cell::Masked => "M",
            Cell::Aggregate => "A",
            Cell::GradeOnly => "G",
            Cell::OnRequest => "R",
            Cell::Own => "own",
            Cell::AsPublished => "F¹",
            Cell::ZoneAggregate => "A²",
            Cell::AfterClosure => "G³",
            Cell::None => "–",
        }
    }
}

/// The cell of an audience and a block, found by asking.
#[must_use]
pub fn cell(engine: &Engine, audience: Audience, block: Block) -> Cell {
    let is_public = audience == Audience::Public;
    let asked = Question {
        audience,
        block,
        purpose: None,
        scope: Scope::One,
        own: audience == Audience::Enterprise,
        own_organisation: false,
        consent: audience == Audience::Financier,
        published: false,
        closed: false,
        notified: false,
    };
    let best = |question: Question| best(engine, question);
    match best(asked) {
        Some(Outcome::Full) => {
            // Whoever can only ask about one enterprise anyway is not asked to do so in particular.
            let one_anyway = matches!(audience, Audience::Enterprise | Audience::Financier);
            let many = best(Question { scope: Scope::Many, ..asked });
            if one_anyway || many == Some(Outcome::Full) { Cell::Full } else { Cell::OnRequest }
        }
        Some(Outcome::Masked) => Cell::Masked,
        Some(Outcome::Aggregate) => Cell::Aggregate,
        Some(Outcome::GradeOnly) => Cell::GradeOnly,
        Some(Outcome::Refused(_)) | None => {
            if is_public && best(Question { published: true, ..asked }).is_some() {
                Cell::AsPublished
            } else if best(Question { own_organisation: true, ..asked }).is_some() {
                Cell::Own
            } else if best(Question { closed: true, ..asked }).is_some() {
                Cell::AfterClosure
            } else if is_public && best(Question { scope: Scope::Zone, ..asked }).is_some() {
                Cell::ZoneAggregate
            } else {
                Cell::None
            }
        }
    }
}

/// The most that the audience is shown for any purpose it may name; nothing when it is refused for all.
fn best(engine: &Engine, question: Question) -> Option<Outcome> {
    let none = std::iter::once(None);
    let purposes = engine.purposes_of(question.audience).iter().map(|purpose| Some(*purpose));
    none.chain(purposes)
        .map(|purpose| engine.answer(Question { purpose, ..question }).outcome)
        .filter(|outcome| outcome.is_allowed())
        .min_by_key(|outcome| match outcome {
            Outcome::Full => 0,
            Outcome::Masked => 1,
            Outcome::Aggregate => 2,
            Outcome::GradeOnly | Outcome::Refused(_) => 3,
        })
}

/// The blocks that are rows of the matrix; the others belong to the running of the service.
pub fn rows() -> impl Iterator<Item = Block> {
    Block::ALL.into_iter().filter(|block| !block.is_operations() && *block != Block::SignOff)
}

/// A Markdown table of these audiences and blocks.
#[must_use]
pub fn markdown(engine: &Engine, audiences: &[Audience], blocks: &[Block], lang: Lang) -> String {
    let mut text = String::from(match lang {
        Lang::Zh => "| 数据 |",
        Lang::En => "| block |",
    });
    for audience in audiences {
        let _ = write!(text, " {} |", audience.title(lang));
    }
    let _ = write!(text, "\n|---|{}\n", "---|".repeat(audiences.len()));
    for block in blocks {
        let _ = write!(text, "| `{}` {} |", block.code(), block.title(lang));
        for audience in audiences {
            let _ = write!(text, " {} |", cell(engine, *audience, *block).symbol());
        }
        text.push('\n');
    }
    text
}

/// `docs/DISCLOSURE.md`.
#[must_use]
pub fn document(engine: &Engine) -> String {
    let all: Vec<Block> = rows().collect();
    let service = [Block::Operations, Block::Delivery, Block::SignOff];
    let with_service: Vec<Block> = all.iter().copied().chain(service).collect();
    let mut text = String::from(HEAD);
    text.push_str(&markdown(engine, &COLUMNS, &all, Lang::En));
    text.push_str(NOTES);
    text.push_str(&markdown(engine, &ROLES, &with_service, Lang::En));
    text.push_str(PURPOSES);
    for audience in Audience::ALL {
        for purpose in engine.purposes_of(audience) {
            let basis = engine.purpose_policy(audience, *purpose);
            let basis =
                basis.map_or_else(String::new, |about| format!("{} · {}", about.basis_zh, about.basis_en));
            let _ = writeln!(text, "| {} | `{}` | {basis} |", audience.title(Lang::En), purpose.code());
        }
    }
    text.push_str(POLICIES);
    for about in engine.all() {
        let _ =
            writeln!(text, "| `{}` | {} | {} · {} |", about.id, about.file, about.basis_zh, about.basis_en);
    }
    text
}

/// The purposes an audience may name, in words.
#[must_use]
pub fn purposes_line(purposes: &[Purpose], lang: Lang) -> String {
    let one = |purpose: &Purpose| format!("{}（{}）", purpose.code(), purpose.title(Lang::Zh));
    let words = |purpose: &Purpose| format!("{} ({})", purpose.code(), purpose.title(Lang::En));
    match lang {
        Lang::Zh => purposes.iter().map(one).collect::<Vec<_>>().join("、"),
        Lang::En => purposes.iter().map(words).collect::<Vec<_>>().join(", "),
    }
}

const HEAD: &str = "\
# Who sees what

Generated from the policies in `credit-api/policies` by asking them; do not edit. `credit-api policy table` prints the
same of the policies that an installation uses, and `credit-api policy explain` says which policy answers a question.
How it is decided: [ADR 20](adr/0020-access-by-cedar.md).

F full · M masked · A aggregate: bands, or figures over at least five enterprises · G the grade, class or flag alone ·
R in full, of one enterprise at a time · own: what the asker's own organisation did · – not shown. Whatever is not in
the public column needs a purpose (`X-Purpose`), and each look is logged before the answer leaves. Nothing that no
policy permits is shown.

## The matrix

";

const NOTES: &str = "
¹ `grade_top`: unless the enterprise opted out of publication. `complaints`: as SAMR publishes them; then everybody sees
them, and the other columns are about those it does not publish.
² Of the zone, never of one enterprise.
³ Once the matter is closed; an entry of the watch list in full from the notice that announces it.

## Where this is not `domain.md` 7.5

| row | there | here | why |
|---|---|---|---|
| `reviews` | customs A, foreign exchange –, tax –, public credit A, central bank –, police R, financier A \
| F \
| everybody sees them; to refuse an officer what any visitor reads protects nobody |

Two rows of 7.5 are two blocks each here, with the same columns unless its text says otherwise: permits and
penalties (`permits`, `penalties`); score, sub-scores, indicator values and reasons (`score`, `indicators`; the
financier's cell \"F score+reasons, A values\" is F and A). Two blocks are no rows there: `history` and `receipt` follow
the row of the score; a financier sees them when the consent names them. Nor is `reconciliation`: it is for those who
deliver records and correct them, and of its lines each sees those whose own blocks it sees. Nor is `cases`: a case is
shown to those who handle it, an enterprise's to itself, and to a department the cases in which it was asked; whoever is
no party to a case sees none, whatever this table says. \"own\" of the enterprise
in the row of orders is F here: it is about its own orders. Buyers' identity is R for customs and police as there, but
none is stored: what comes in is turned into keyed tokens at the door, so that no address of the service gives it out.

## Roles beside the matrix

";

const PURPOSES: &str = "
## Purposes

Who may name which, and on which ground. `statistics` opens no single enterprise.

| audience | purpose | legal basis |
|---|---|---|
";

const POLICIES: &str = "
## Policies

| policy | file | legal basis |
|---|---|---|
";

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::access::Rules;

    #[test]
    fn the_document_is_that_of_the_policies() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/DISCLOSURE.md");
        let written = document(&Rules::open(None).unwrap().engine());
        if std::env::var_os("XINJI_BLESS").is_some() {
            std::fs::write(path, &written).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), written, "renew it with XINJI_BLESS=1");
    }

    #[test]
    fn the_operator_reads_as_the_zone_office() {
        let engine = Rules::open(None).unwrap().engine();
        for block in rows() {
            let of = |audience| cell(&engine, audience, block);
            assert_eq!(of(Audience::Operator), of(Audience::Commerce), "{block:?}");
        }
    }
}
