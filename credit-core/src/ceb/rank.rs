//! The state of a document by the rank of its receipts, which come repeatedly and out of order.

const SCALE: i64 = 10;
const ABNORMAL: i64 = 4 * SCALE + 1;

/// How far a `returnStatus` is in the course of a document (ruling E9): 1 < 2 < 3 < 4 < negative < 100 < 120 < 300 <
/// 399 < 500…599 < 700 < 800 < 899. A status outside the list ranks by its number among them.
#[must_use]
pub fn rank(status: i32) -> i64 {
    // Between 4 (not sent) and 100 (sent back); -1 is no further than -9.
    if status < 0 { ABNORMAL } else { i64::from(status) * SCALE }
}

#[cfg(test)]
mod tests {
    use super::rank;

    #[test]
    fn the_order_is_that_of_the_ruling() {
        let order = [1, 2, 3, 4, -7, 100, 120, 300, 399, 500, 501, 599, 700, 800, 899];
        for pair in order.windows(2) {
            assert!(pair.first().map(|a| rank(*a)) < pair.last().map(|b| rank(*b)), "{pair:?}");
        }
        assert_eq!(rank(-1), rank(i32::MIN));
    }
}
