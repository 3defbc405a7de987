//! The scorecard as a PMML 4.4 `Scorecard`, for the kind of subject E1, so that a PMML engine can be measured on it.
//!
//! PMML adds fixed points: what our rulings scale up when an indicator does not apply has no counterpart there, so
//! an absent indicator gives the neutral share. Thresholds are written as decimals, which every one of ours is.

use crate::Case;
use credit_core::indicator::{Observation, State, SubjectKind, Value};
use credit_core::scorecard::{Fraction, Indicator, Scorecard, Test};
use std::fmt::Write;
use std::path::Path;

const KIND: SubjectKind = SubjectKind::E1;
const REASONS: usize = 46;
const FULL_BP: f64 = 10_000.0;

pub fn write(card: &Scorecard, cases: &[Case], folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("scorecard.pmml"), document(card)).unwrap();
    let ids: Vec<&str> = card.indicators.iter().map(|indicator| indicator.id.as_str()).collect();
    let (mut inputs, mut expected) = (ids.join(",") + "\n", "score\n".to_owned());
    for case in cases {
        let seen = || {
            card.indicators
                .iter()
                .zip(&case.listed)
                .map(|(indicator, seen)| (indicator, given(indicator, seen)))
        };
        let cells: Vec<String> = seen().map(|(_, value)| cell(value)).collect();
        inputs += &(cells.join(",") + "\n");
        let score: f64 = seen().map(|(indicator, value)| points(card, indicator, value)).sum();
        writeln!(expected, "{score}").unwrap();
    }
    std::fs::write(folder.join("inputs.csv"), inputs).unwrap();
    std::fs::write(folder.join("expected.csv"), expected).unwrap();
}

/// The value as the engine gets it. A field is a number or a text there, so a code beside ratios is left out.
fn given<'a>(indicator: &Indicator, seen: &'a Observation) -> Option<&'a Value> {
    let value = seen.value.as_ref().filter(|_| seen.state == State::Observed);
    value.filter(|value| is_category(indicator) || matches!(value, Value::Ratio { .. }))
}

fn cell(value: Option<&Value>) -> String {
    match value {
        Some(Value::Category(code)) => code.clone(),
        Some(Value::Ratio { num, den }) => format!("{:?}", *num as f64 / *den as f64),
        None => String::new(),
    }
}

fn max(indicator: &Indicator) -> f64 {
    f64::from(indicator.max_points.of(KIND))
}

fn points(card: &Scorecard, indicator: &Indicator, value: Option<&Value>) -> f64 {
    let bin = value.and_then(|value| indicator.bins.iter().find(|bin| bin.test.holds(value)));
    max(indicator) * f64::from(bin.map_or(card.neutral_bp, |bin| bin.bp)) / FULL_BP
}

fn document(card: &Scorecard) -> String {
    let fields = card.indicators.iter().map(|indicator| {
        let kind = if is_category(indicator) { ("categorical", "string") } else { ("continuous", "double") };
        format!(
            "<DataField name=\"{}\" optype=\"{}\" dataType=\"{}\"/>\n",
            indicator.id.as_str(),
            kind.0,
            kind.1
        )
    });
    let mining = card.indicators.iter().map(|i| format!("<MiningField name=\"{}\"/>\n", i.id.as_str()));
    let outputs = (1..=REASONS).map(|rank| {
        format!("<OutputField name=\"reason{rank}\" optype=\"categorical\" dataType=\"string\" feature=\"reasonCode\" rank=\"{rank}\"/>\n")
    });
    let characteristics = card.indicators.iter().map(|indicator| characteristic(card, indicator));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PMML xmlns=\"http://www.dmg.org/PMML-4_4\" version=\"4.4\">\n<Header/>\n\
         <DataDictionary>\n{}</DataDictionary>\n\
         <Scorecard functionName=\"regression\" initialScore=\"0\" useReasonCodes=\"true\" reasonCodeAlgorithm=\"pointsBelow\">\n\
         <MiningSchema>\n{}</MiningSchema>\n\
         <Output>\n<OutputField name=\"score\" optype=\"continuous\" dataType=\"double\" feature=\"predictedValue\"/>\n{}</Output>\n\
         <Characteristics>\n{}</Characteristics>\n</Scorecard>\n</PMML>\n",
        fields.collect::<String>(),
        mining.collect::<String>(),
        outputs.collect::<String>(),
        characteristics.collect::<String>(),
    )
}

fn is_category(indicator: &Indicator) -> bool {
    indicator.bins.iter().all(|bin| matches!(bin.test, Test::Category(_)))
}

fn characteristic(card: &Scorecard, indicator: &Indicator) -> String {
    let id = indicator.id.as_str();
    let mut text =
        format!("<Characteristic name=\"{id}\" reasonCode=\"{id}\" baselineScore=\"{}\">\n", max(indicator));
    let mut attribute = |predicate: &str, bp: u16| {
        let partial = max(indicator) * f64::from(bp) / FULL_BP;
        writeln!(text, "<Attribute partialScore=\"{partial}\">{predicate}</Attribute>").unwrap();
    };
    attribute(&format!("<SimplePredicate field=\"{id}\" operator=\"isMissing\"/>"), card.neutral_bp);
    let compare = |operator: &str, value: &str| {
        format!("<SimplePredicate field=\"{id}\" operator=\"{operator}\" value=\"{value}\"/>")
    };
    for bin in &indicator.bins {
        match &bin.test {
            Test::AtLeast(at) => attribute(&compare("greaterOrEqual", &decimal(*at)), bin.bp),
            Test::AtMost(at) => attribute(&compare("lessOrEqual", &decimal(*at)), bin.bp),
            Test::Below(at) => attribute(&compare("lessThan", &decimal(*at)), bin.bp),
            Test::Category(code) if is_category(indicator) => attribute(&compare("equal", code), bin.bp),
            Test::Category(_) => {}
            Test::Otherwise => attribute("<True/>", bin.bp),
        }
    }
    if is_category(indicator) {
        attribute("<True/>", card.neutral_bp);
    }
    text + "</Characteristic>\n"
}

fn decimal(at: Fraction) -> String {
    format!("{}", at.num() as f64 / at.den() as f64)
}
