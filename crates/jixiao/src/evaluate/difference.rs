//! The account of a difference: why a published total is not the sum of its rows.
//!
//! Nothing here knows a fund or a scheme: it works on any tree of sums with stated figures.

use jixiao_events::Number;
use serde::Serialize;

/// A node of the tree of sums, as far as the account needs it. Parents come before their children.
#[derive(Debug, Clone)]
pub struct Sum {
    /// Its path, `management.funds_use`.
    pub node: String,
    /// Its parent's path; `None` for what stands at the top.
    pub parent: Option<String>,
    /// Its points as the scheme states them.
    pub weight: Number,
    /// Of a sum of targets: their weights together. `None` for other nodes, whose children are in the tree.
    pub targets: Option<Number>,
    /// The self-scores of the rows below it, or its own.
    pub rows: Number,
    /// Its points as a report states them.
    pub stated: Option<Number>,
}

/// Why a stated total differs from its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The total as stated.
    pub stated_total: Number,
    /// The self-scores of all rows.
    pub rows_total: Number,
    /// Stated less rows.
    pub difference: Number,
    /// The groups whose points are stated, the topmost first found from the top down.
    pub groups: Vec<GroupDifference>,
    /// The sum of the groups as stated; a part without a stated figure counts as its rows.
    pub groups_stated: Number,
    /// The stated total less that sum.
    pub total_less_groups: Number,
    /// The nodes that their children do not fill.
    pub unallocated: Vec<Unallocated>,
    /// All unallocated points.
    pub unallocated_total: Number,
    /// What the difference equals.
    pub explained_by: Explained,
}

/// A group as stated beside its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupDifference {
    /// Its path.
    pub node: String,
    /// As stated.
    pub stated: Number,
    /// The self-scores of its rows.
    pub rows: Number,
    /// Stated less rows.
    pub difference: Number,
}

/// A node with points that no child can earn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unallocated {
    /// Its path.
    pub node: String,
    /// Its weight.
    pub weight: Number,
    /// The weights of its children.
    pub parts: Vec<Number>,
    /// Its weight less theirs; below zero where they exceed it.
    pub points: Number,
}

/// What a difference equals, to the last digit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Explained {
    /// There is no difference.
    Nothing,
    /// The groups as stated: they add up to the total.
    Groups,
    /// The points that one node leaves unallocated.
    Node {
        /// The node's path.
        node: String,
    },
    /// All unallocated points together.
    AllUnallocated,
    /// None of these.
    Unknown,
}

/// Accounts for a stated total over a tree whose top has a stated weight.
pub fn account(top_weight: Number, stated_total: Number, sums: &[Sum]) -> Account {
    let children = |parent: Option<&str>| -> Vec<&Sum> {
        sums.iter().filter(|sum| sum.parent.as_deref() == parent).collect()
    };
    let rows_total: Number = children(None).iter().map(|sum| sum.rows).sum();
    let difference = stated_total - rows_total;

    // From the top down to the first stated figure on each path, so that no points count twice.
    let mut groups = Vec::new();
    let mut groups_stated = Number::ZERO;
    let mut open: Vec<&Sum> = children(None);
    open.reverse();
    while let Some(sum) = open.pop() {
        let below = children(Some(&sum.node));
        match sum.stated {
            Some(stated) => {
                groups_stated += stated;
                let difference = stated - sum.rows;
                groups.push(GroupDifference { node: sum.node.clone(), stated, rows: sum.rows, difference });
            }
            None if below.is_empty() => groups_stated += sum.rows,
            None => open.extend(below.into_iter().rev()),
        }
    }

    let mut unallocated = Vec::new();
    let mut note = |node: &str, weight: Number, parts: Vec<Number>| {
        let points = weight - parts.iter().copied().sum();
        // What has no parts is a row, and a row can be earned.
        if !points.is_zero() && !parts.is_empty() {
            unallocated.push(Unallocated { node: node.to_owned(), weight, parts, points });
        }
    };
    let weights = |parent: Option<&str>| children(parent).iter().map(|sum| sum.weight).collect();
    note("total", top_weight, weights(None));
    for sum in sums {
        note(
            &sum.node,
            sum.weight,
            sum.targets.map_or_else(|| weights(Some(&sum.node)), |targets| vec![targets]),
        );
    }
    let unallocated_total: Number = unallocated.iter().map(|gap| gap.points).sum();

    let explained_by = if difference.is_zero() {
        Explained::Nothing
    } else if let Some(gap) = unallocated.iter().find(|gap| gap.points == difference) {
        Explained::Node { node: gap.node.clone() }
    } else if !unallocated.is_empty() && unallocated_total == difference {
        Explained::AllUnallocated
    } else if !groups.is_empty() && groups_stated == stated_total {
        Explained::Groups
    } else {
        Explained::Unknown
    };
    Account {
        stated_total,
        rows_total,
        difference,
        groups,
        groups_stated,
        total_less_groups: stated_total - groups_stated,
        unallocated,
        unallocated_total,
        explained_by,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    /// Lines of path, weight, rows and stated.
    fn sums(lines: &str) -> Vec<Sum> {
        let read = |line: &str| {
            let cells: Vec<&str> = line.split_whitespace().collect();
            Sum {
                node: cells[0].to_owned(),
                parent: cells[0].rsplit_once('.').map(|(parent, _)| parent.to_owned()),
                weight: number(cells[1]),
                targets: None,
                rows: number(cells[2]),
                stated: cells.get(3).map(|text| number(text)),
            }
        };
        lines.lines().filter(|line| !line.trim().is_empty()).map(read).collect()
    }

    /// Report lines 221 to 260, and the rows of the targets' table summed up.
    const SMART_CITY: &str = "
        management 40 29
        management.funds_use 13 5 5
        management.operation 19 16 15
        management.target_setting 8 8 8
        targets 60 37.5
        targets.overall 7 6 6
        targets.detail 43 31.5 34.5";

    /// Report lines 335 to 372, and the rows summed up: both indicators of the targets' setting filed 4 of 3.
    const E_GOVERNMENT: &str = "
        management 40 28
        management.funds_use 13 5 5
        management.operation 19 15 15
        management.target_setting 8 8 6
        management.target_setting.reasonable 3 4
        management.target_setting.clear 3 4
        targets 60 43
        targets.overall 10 8 8
        targets.detail 40 35 37";

    #[test]
    fn smart_city_exceeds_its_rows_by_what_the_targets_leave_unallocated() {
        let account = account(number("100"), number("76.5"), &sums(SMART_CITY));
        assert_eq!((account.rows_total, account.difference), (number("66.5"), number("10")));
        assert_eq!((account.groups_stated, account.total_less_groups), (number("68.5"), number("8")));
        let differences: Vec<(&str, String)> = account
            .groups
            .iter()
            .filter(|group| !group.difference.is_zero())
            .map(|group| (group.node.as_str(), group.difference.to_string()))
            .collect();
        assert_eq!(differences, [("management.operation", "-1".into()), ("targets.detail", "3".into())]);
        let gap = Unallocated {
            node: "targets".into(),
            weight: number("60"),
            parts: vec![number("7"), number("43")],
            points: number("10"),
        };
        assert_eq!(account.unallocated, [gap]);
        assert_eq!(account.explained_by, Explained::Node { node: "targets".into() });
    }

    #[test]
    fn e_government_too_and_leaves_two_points_more() {
        let account = account(number("100"), number("81"), &sums(E_GOVERNMENT));
        assert_eq!((account.rows_total, account.difference), (number("71"), number("10")));
        assert_eq!((account.groups_stated, account.total_less_groups), (number("71"), number("10")));
        let gaps: Vec<(&str, String)> =
            account.unallocated.iter().map(|gap| (gap.node.as_str(), gap.points.to_string())).collect();
        assert_eq!(gaps, [("management.target_setting", "2".into()), ("targets", "10".into())]);
        assert_eq!(account.unallocated_total, number("12"));
        assert_eq!(account.explained_by, Explained::Node { node: "targets".into() });
    }

    #[test]
    fn whatever_the_tree() {
        let cases = [
            // (top weight, stated total, tree, difference, explained by)
            ("10", "8", "a 4 3\n b 6 5", "0", Explained::Nothing),
            ("10", "9", "a 4 3 4\n b 6 5", "1", Explained::Groups),
            ("10", "10", "a 4 3\n b 4 5", "2", Explained::Node { node: "total".into() }),
            ("10", "11", "a 5 3\n a.x 4 3\n b 3 5", "3", Explained::AllUnallocated),
            ("10", "9.5", "a 4 3\n b 6 5", "1.5", Explained::Unknown),
            ("10", "1", "", "1", Explained::Unknown),
        ];
        for (weight, total, tree, difference, explained) in cases {
            let account = account(number(weight), number(total), &sums(tree));
            assert_eq!((account.difference, account.explained_by), (number(difference), explained), "{tree}");
        }
    }

    #[test]
    fn targets_that_do_not_fill_their_level_leave_points_too() {
        let mut tree = sums("t 10 6");
        tree[0].targets = Some(number("9"));
        let account = account(number("10"), number("7"), &tree);
        assert_eq!(account.explained_by, Explained::Node { node: "t".into() });
    }

    #[test]
    fn a_stated_parent_hides_its_children_from_the_sum() {
        let account = account(number("10"), number("7"), &sums("a 10 6 7\n a.x 5 3 5\n a.y 5 3"));
        assert_eq!(account.groups.len(), 1);
        assert_eq!(account.groups_stated, number("7"));
    }
}
