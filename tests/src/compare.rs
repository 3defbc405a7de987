//! The product's rating against the recomputed one, every difference in words.

use serde_json::Value as Json;

use crate::oracle::{Fraction, Indicator, Rating, State, Value};

/// Every difference between the product's JSON (ruling A14) and the recomputed rating. Empty: they agree.
///
/// Codes of caps and of "unrated" reasons are not in the rulings, so caps are compared by their limits and reasons by
/// their number.
pub fn differences(product: &Json, expected: &Rating) -> Vec<String> {
    let mut all = Differences { uscc: &expected.uscc, found: Vec::new() };
    all.equal("uscc", text(&product["uscc"]), expected.uscc.clone());
    all.equal("type", text(&product["type"]), expected.kind.to_owned());
    all.equal("score_raw", text(&product["score_raw"]), expected.score_raw.to_string());
    all.equal("score", text(&product["score"]), expected.score.to_string());
    all.equal("grade_by_score", text(&product["grade_by_score"]), expected.grade_by_score.to_owned());
    let percent = expected.coverage * Fraction::whole(100);
    all.decimal("coverage", &product["coverage"], &percent.two_places());
    for (source, sub_score) in ["S1", "S2", "S3", "S4"].iter().zip(expected.sub_scores) {
        let what = format!("sub_scores.{source}");
        all.decimal(&what, &product["sub_scores"][source], &sub_score.two_places());
    }
    all.equal("vetoes", sorted(&product["vetoes"], None), sorted_text(expected.vetoes.iter()));
    let limits = expected.caps.iter().map(|(_, limit)| limit.to_string());
    all.equal("caps (limits)", sorted(&product["caps"], Some("limit")), sorted_text(limits));
    let reasons = product["n_reasons"].as_array().map_or(0, Vec::len);
    if reasons != expected.n_reasons.len() {
        all.say("n_reasons", &product["n_reasons"].to_string(), &format!("{:?}", expected.n_reasons));
    }
    indicators(&mut all, product, expected);
    all.found
}

struct Differences<'a> {
    uscc: &'a str,
    found: Vec<String>,
}

impl Differences<'_> {
    fn say(&mut self, what: &str, product: &str, expected: &str) {
        self.found.push(format!("{}: {what}: the product says {product}, recomputed {expected}", self.uscc));
    }
    fn equal(&mut self, what: &str, product: String, expected: String) {
        if product != expected {
            self.say(what, &product, &expected);
        }
    }
    fn decimal(&mut self, what: &str, product: &Json, expected: &str) {
        if number(product) != Fraction::decimal(expected) {
            self.say(what, &product.to_string(), expected);
        }
    }
}

fn text(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

/// The members as text in a fixed order; with a key, that key of each member.
fn sorted(json: &Json, key: Option<&str>) -> String {
    let members = json.as_array().cloned().unwrap_or_default();
    sorted_text(members.iter().map(|member| text(key.map_or(member, |key| &member[key]))))
}

fn sorted_text<T: ToString>(members: impl Iterator<Item = T>) -> String {
    let mut members: Vec<String> = members.map(|member| member.to_string()).collect();
    members.sort();
    members.join(" ")
}

/// A number written as a JSON number, "12.30", "3/8", or {"num", "den"}.
fn number(json: &Json) -> Option<Fraction> {
    if let Some(object) = json.as_object() {
        let part = |long: &str, short: &str| number(object.get(long).or_else(|| object.get(short))?);
        return Some(part("numerator", "num")?.over(part("denominator", "den")?));
    }
    let text = text(json);
    match text.split_once('/') {
        Some((num, den)) => Some(Fraction::decimal(num)?.over(Fraction::decimal(den)?)),
        None => Fraction::decimal(&text),
    }
}

fn indicators(all: &mut Differences<'_>, product: &Json, expected: &Rating) {
    let given = product["indicators"].as_array().cloned().unwrap_or_default();
    if given.len() != expected.indicators.len() {
        all.say("indicators", &given.len().to_string(), &expected.indicators.len().to_string());
    }
    for wanted in &expected.indicators {
        let Some(got) = given.iter().find(|member| member["id"] == wanted.id) else {
            all.say(wanted.id, "nothing", wanted.state.name());
            continue;
        };
        indicator(all, got, wanted);
    }
}

fn indicator(all: &mut Differences<'_>, got: &Json, wanted: &Indicator) {
    let id = wanted.id;
    let state = text(&got["state"]);
    // An indicator without points for this type may be called either.
    let idle = |state: &str| state == "not_applicable" || state == "disabled";
    if state != wanted.state.name() && !(wanted.max == 0 && idle(&state) && idle(wanted.state.name())) {
        all.say(&format!("{id} state"), &described(got), &describe(wanted));
    }
    all.equal(&format!("{id} max"), text(&got["max"]), wanted.max.to_string());
    all.decimal(&format!("{id} points"), &got["points"], &wanted.points.two_places());
    if idle(wanted.state.name()) || idle(&state) {
        return;
    }
    if text(&got["bp"]) != wanted.bp.to_string() {
        all.say(&format!("{id} bp"), &described(got), &describe(wanted));
    }
    if let Some(n) = wanted.n.filter(|n| !got["n"].is_null() && text(&got["n"]) != n.to_string()) {
        all.say(&format!("{id} n"), &got["n"].to_string(), &n.to_string());
    }
    if wanted.state == State::Observed && !same_value(&got["value"], wanted.value.as_ref()) {
        all.say(&format!("{id} value"), &described(got), &describe(wanted));
    }
}

fn same_value(got: &Json, wanted: Option<&Value>) -> bool {
    match wanted {
        None => true,
        Some(Value::Word(word)) => text(got) == *word,
        Some(Value::Near(near)) => number(got).is_some_and(|value| {
            let value = value.num as f64 / value.den as f64;
            (value - near).abs() <= 1e-4 * near.abs().max(1.0)
        }),
        Some(Value::Exact(exact)) => number(got).is_some_and(|value| value == *exact || rounded(got, *exact)),
    }
}

/// Whether a decimal is the exact value rounded half up to the places it shows (at least two).
fn rounded(got: &Json, exact: Fraction) -> bool {
    let text = text(got);
    let Some((_, part)) = text.split_once('.').filter(|(_, part)| part.len() >= 2 && !text.contains('/'))
    else {
        return false;
    };
    let unit = 10_i128.pow(u32::try_from(part.len()).unwrap());
    number(got) == Some(Fraction::new(exact.round(unit), unit))
}

fn described(got: &Json) -> String {
    format!("{} value {} n {} bp {}", text(&got["state"]), text(&got["value"]), got["n"], got["bp"])
}

fn describe(wanted: &Indicator) -> String {
    let value = match &wanted.value {
        None => "-".to_owned(),
        Some(Value::Exact(value)) => value.to_string(),
        Some(Value::Near(value)) => format!("about {value}"),
        Some(Value::Word(word)) => (*word).to_owned(),
    };
    let n = wanted.n.map_or_else(|| "-".to_owned(), |n| n.to_string());
    format!("{} value {value} n {n} bp {}", wanted.state.name(), wanted.bp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sample() -> Rating {
        let indicator = Indicator {
            id: "T01",
            state: State::Observed,
            value: Some(Value::Exact(Fraction::new(2, 3))),
            n: Some(30),
            bp: 0,
            max: 50,
            points: Fraction::whole(0),
        };
        Rating {
            uscc: "91511502MA6TEXT13K".into(),
            kind: "E1",
            indicators: vec![indicator],
            sub_scores: [Fraction::new(385 * 350, 10 * 315); 4],
            score_raw: 846,
            score: 549,
            coverage: Fraction::new(2, 3),
            vetoes: vec![],
            caps: vec![("customs_dishonest", 549)],
            n_reasons: vec![],
            grade_by_score: "D",
        }
    }

    fn agreeing() -> Json {
        json!({"uscc": "91511502MA6TEXT13K", "type": "E1", "score_raw": 846, "score": 549, "grade_by_score": "D",
            "coverage": "66.67", "vetoes": [], "caps": [{"code": "x", "limit": 549}], "n_reasons": [],
            "sub_scores": {"S1": "42.78", "S2": "42.78", "S3": 42.78, "S4": "42.78"},
            "indicators": [{"id": "T01", "state": "observed", "value": "2/3", "n": 30, "bp": 0, "max": 50,
                "points": "0.00"}]})
    }

    #[test]
    fn the_same_rating_has_no_difference() {
        assert_eq!(differences(&agreeing(), &sample()), Vec::<String>::new());
        let mut decimal = agreeing();
        decimal["indicators"][0]["value"] = json!("0.666667");
        assert_eq!(differences(&decimal, &sample()), Vec::<String>::new());
    }

    #[test]
    fn every_field_that_differs_is_named() {
        let paths = ["/type", "/score_raw", "/score", "/coverage", "/sub_scores/S3", "/grade_by_score"];
        let more =
            ["state", "value", "n", "bp", "max", "points"].map(|field| format!("/indicators/0/{field}"));
        for path in paths.iter().map(ToString::to_string).chain(more) {
            let mut changed = agreeing();
            *changed.pointer_mut(&path).unwrap() = json!(77);
            assert_eq!(differences(&changed, &sample()).len(), 1, "{path}");
        }
        let mut none = agreeing();
        none["caps"] = json!([]);
        none["vetoes"] = json!(["V1"]);
        none["n_reasons"] = json!(["age"]);
        none["indicators"] = json!([]);
        assert_eq!(differences(&none, &sample()).len(), 5);
    }
}
