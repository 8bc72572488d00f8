//! Figures that are stated many times: what was not tried accuses nobody, whatever the order of the rows.

use super::*;

/// What is said of a sum of twelve parts, each stated as it is and as often as `more` says otherwise.
fn said(whole: &str, more: &[&str], is_last: bool) -> Vec<String> {
    let names: Vec<String> = (0..12).map(|at| format!("data.p{at:02}")).collect();
    let declared: Vec<_> = names.iter().map(|name| format!("[[quantities]]\nname = \"{name}\"\n")).collect();
    let declared = declared.concat();
    let scheme =
        format!("{SMART_CITY}\n{declared}\n[[quantities]]\nname = \"data.whole\"\nparts = {names:?}\n");
    let fund = Figures { scheme: Some(Arc::new(crate::scheme::parse(&scheme).unwrap())), ..smart_city() };
    let mut claims = vec![claim("data.whole", whole, "条", "1")];
    for (at, name) in names.iter().enumerate() {
        // Each part is a power of three of its own, so that no two choices have one sum.
        let right = 3_i64.pow(u32::try_from(at).unwrap()).to_string();
        let mut parts = vec![claim(name, &right, "条", "2")];
        parts.extend(more.iter().map(|add| claim(name, &format!("{right}{add}"), "条", "3")));
        if is_last {
            parts.reverse();
        }
        claims.extend(parts);
    }
    let relations = verify(&claims, &fund).relations;
    let wholes = relations.iter().filter(|relation| relation.kind == Kind::Whole);
    wholes.map(|relation| written(relation).chars().take(29).collect()).collect()
}

#[test]
fn a_sum_with_more_choices_than_are_tried_accuses_nobody() {
    // 3^12 = 531441: the parts as they are add up to half of what is below that.
    let right = "265720";
    for is_last in [false, true] {
        assert_eq!(said(right, &[], is_last), ["whole data.whole agrees"]);
        assert_eq!(said("7", &[], is_last), ["whole data.whole disagrees 26"]);
        // 4,096 ways, of which one is right.
        let of_many = said(right, &["1"], is_last);
        assert!(of_many.iter().all(|said| said == "whole data.whole agrees"), "{of_many:?}");
        assert_eq!(said("7", &["1"], is_last), [""; 0]);
        // Nine different figures of each.
        let of_many = said(right, &["1", "2", "3", "4", "5", "6", "7", "8"], is_last);
        assert!(of_many.iter().all(|said| said == "whole data.whole agrees"), "{of_many:?}");
    }
}

#[test]
fn ways_to_one_sum_are_one() {
    // The same figure again, in other places and words: one choice, however often.
    let again = [".0", ".00"];
    for is_last in [false, true] {
        assert_eq!(said("265720", &again, is_last), ["whole data.whole agrees"]);
        assert_eq!(said("7", &again, is_last), ["whole data.whole disagrees 26"]);
    }
}

#[test]
fn a_rate_whose_terms_are_stated_more_often_than_are_tried_is_not_accused() {
    let said = |rate: &str, originals: u32| {
        let mut claims = vec![claim("budget.adjustment_rate.cuts_only", rate, "%", "1")];
        claims.push(claim("budget.adjustment_decrease", "669", "万元", "2"));
        claims.extend(
            (1..=originals).map(|at| claim("budget.original", &(5000 + at).to_string(), "万元", "3")),
        );
        claims.push(claim("budget.original", "4000", "万元", "3"));
        let relations = verify(&claims, &smart_city()).relations;
        let rates = relations.iter().filter(|relation| relation.kind == Kind::Rate);
        rates.map(|relation| written(relation).split(' ').nth(2).unwrap().to_owned()).collect::<Vec<_>>()
    };
    // Of these only 4000 gives 16.725 %.
    assert_eq!(said("16.725", 7), ["agrees"]);
    assert_eq!(said("16.725", 8), [""; 0]);
    assert_eq!(said("17.9", 7), ["disagrees"]);
}
