//! 商品追溯 (M15): lines of goods found by logistics number, article or HS code, and where each was seen on its way.
//!
//! [`index`] keeps by what a sale's lines are found, written whenever the sale is judged; [`left`] makes it for sales
//! that were kept before. [`journey`] puts a sale's documents at the stations of `credit_core::traces`, and [`show`] is
//! what people are shown. Who may see which sale is asked by `http` and `portal`, as of the sale itself ([`reach`]).

pub mod index;
pub mod journey;
pub mod left;
pub mod reach;
pub mod show;
