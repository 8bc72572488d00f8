//! The word that was probably meant.

/// The nearest of some words: the one that takes the fewest letters to add, drop or change, if those are few for its
/// length. The case of letters does not count.
pub(super) fn nearest<'w>(found: &str, known: &'w [String]) -> Option<&'w str> {
    let found: Vec<char> = found.to_lowercase().chars().collect();
    let letters = |word: &str| word.to_lowercase().chars().collect::<Vec<char>>();
    let near = known.iter().map(|word| (distance(&found, &letters(word)), word.as_str()));
    let (changes, word) = near.min()?;
    (changes <= (word.chars().count() / 3).max(1)).then_some(word)
}

/// How many letters have to be added, dropped or changed.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, from) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (to, letter) in other.iter().enumerate() {
            let changed = diagonal + usize::from(from != letter);
            diagonal = row[to + 1];
            row[to + 1] = changed.min(diagonal + 1).min(row[to] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_that_was_meant() {
        let known = ["RecordPayment", "RecordRefund", "request_id", "scope"].map(str::to_owned);
        for (found, meant) in [
            ("RecordPayments", Some("RecordPayment")),
            ("recordpayment", Some("RecordPayment")),
            ("RecordRefnd", Some("RecordRefund")),
            ("requestid", Some("request_id")),
            ("scop", Some("scope")),
            ("", None),
            ("amount", None),
        ] {
            assert_eq!(nearest(found, &known), meant, "{found}");
        }
        assert_eq!(nearest("scope", &[]), None);
    }
}
