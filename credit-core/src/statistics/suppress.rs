//! Which cells of linked tables are withheld.
//!
//! Cells that more than one table has, above all a total, stand once and are named by every relation they are in:
//! what is decided of them in one table holds in all. Until nothing changes:
//!
//! 1. a relation with one withheld cell loses another one, for the rest gives the first away;
//! 2. where the total is shown, the withheld parts together must be a figure that might be shown: who is behind one
//!    of them knows it and would compute the other;
//! 3. a withheld cell that all relations together determine costs a cell of a relation that it is in. Two in every
//!    line are not enough in a table with rows and columns.
//!
//! Given up is the smallest part that is not empty, the total last. Only cells with somebody behind them are withheld,
//! so all unknowns of an attacker are above zero: where the equations leave one open, its values form an interval that
//! is wider than a point, on both sides of the true one.

use std::collections::BTreeMap;

use super::cell::Cell;
use super::linear::determined;

/// The parts add up to the total. Numbers are places in the list of cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    pub total: usize,
    pub parts: Vec<usize>,
}

/// What is known of a cell before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Withheld {
    /// To be decided.
    #[default]
    Open,
    /// Was shown elsewhere; it cannot be withheld any more.
    Shown,
    /// Was withheld elsewhere; it stays so.
    Yes,
}

/// Whether each cell is withheld, or nothing when what was shown elsewhere leaves no way to protect them: then none of
/// the cells that are open may be shown.
#[must_use]
pub fn suppress(cells: &[(Cell, Withheld)], relations: &[Relation]) -> Option<Vec<bool>> {
    let hidden = cells.iter().map(|(cell, before)| match before {
        Withheld::Yes => !cell.is_empty(),
        Withheld::Shown => false,
        Withheld::Open => !cell.is_safe(),
    });
    let mut state = State { cells, relations, hidden: hidden.collect() };
    while let Some(found) = state.next_breach() {
        if !state.give_up(found) {
            return None;
        }
    }
    Some(state.hidden)
}

/// A relation that gives something away; in `Determined` the ones with the cell first.
enum Breach {
    Line(usize),
    Determined(usize),
}

struct State<'a> {
    cells: &'a [(Cell, Withheld)],
    relations: &'a [Relation],
    hidden: Vec<bool>,
}

impl State<'_> {
    fn is_hidden(&self, at: usize) -> bool {
        self.hidden.get(at).copied().unwrap_or(false)
    }

    fn next_breach(&self) -> Option<Breach> {
        let line = self.relations.iter().position(|relation| self.gives_away(relation));
        line.map(Breach::Line).or_else(|| self.first_determined().map(Breach::Determined))
    }

    /// Steps 1 and 2.
    fn gives_away(&self, relation: &Relation) -> bool {
        let parts: Vec<&Cell> =
            relation.parts.iter().filter(|at| self.is_hidden(**at)).filter_map(|at| self.cell(*at)).collect();
        if self.is_hidden(relation.total) {
            return parts.is_empty() && relation.parts.iter().any(|at| !self.is_empty(*at));
        }
        !parts.is_empty() && (parts.len() == 1 || !Cell::together(parts).is_safe())
    }

    /// Step 3.
    fn first_determined(&self) -> Option<usize> {
        let unknowns: Vec<usize> = (0..self.cells.len()).filter(|at| self.is_hidden(*at)).collect();
        let place: BTreeMap<usize, usize> =
            unknowns.iter().enumerate().map(|(place, at)| (*at, place)).collect();
        let equation = |relation: &Relation| {
            let total = place.get(&relation.total).map(|place| (*place, true));
            let parts = relation.parts.iter().filter_map(|at| Some((*place.get(at)?, false)));
            total.into_iter().chain(parts).collect::<Vec<_>>()
        };
        let equations: Vec<_> = self.relations.iter().map(equation).filter(|line| !line.is_empty()).collect();
        let fixed = determined(unknowns.len(), &equations);
        unknowns.into_iter().zip(fixed).find(|(_, fixed)| *fixed).map(|(at, _)| at)
    }

    /// Withholds one more cell; false when there is none that can be.
    fn give_up(&mut self, breach: Breach) -> bool {
        let lines: Vec<&Relation> = match breach {
            Breach::Line(at) => self.relations.get(at).into_iter().collect(),
            Breach::Determined(cell) => {
                let with = |relation: &&Relation| relation.total == cell || relation.parts.contains(&cell);
                self.relations.iter().filter(with).collect()
            }
        };
        let all: Vec<&Relation> = self.relations.iter().collect();
        let next = self.smallest(&lines).or_else(|| match breach {
            // Everything beside it is withheld already: what gives it away lies further off.
            Breach::Determined(_) => self.smallest(&all),
            Breach::Line(_) => None,
        });
        let Some(hidden) = next.and_then(|at| self.hidden.get_mut(at)) else { return false };
        *hidden = true;
        true
    }

    /// The smallest part of these relations that is shown, not empty and may be given up; else the smallest total.
    fn smallest(&self, lines: &[&Relation]) -> Option<usize> {
        let may = |at: &usize| {
            let open = self
                .cells
                .get(*at)
                .is_some_and(|(cell, before)| *before == Withheld::Open && !cell.is_empty());
            open && !self.is_hidden(*at)
        };
        let weight = |at: &usize| (self.cell(*at).map(Cell::weight), *at);
        let parts = lines.iter().flat_map(|relation| relation.parts.iter().copied()).filter(may);
        let totals = lines.iter().map(|relation| relation.total).filter(may);
        parts.min_by_key(weight).or_else(|| totals.min_by_key(weight))
    }

    fn cell(&self, at: usize) -> Option<&Cell> {
        self.cells.get(at).map(|(cell, _)| cell)
    }

    fn is_empty(&self, at: usize) -> bool {
        self.cell(at).is_none_or(Cell::is_empty)
    }
}
