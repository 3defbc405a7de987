//! Each ruling at its boundaries, brute-force oracles, and the two roads side by side.

mod marks;
mod medians;
mod roads;
mod rows;
mod sums;
mod windows;
