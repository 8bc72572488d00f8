//! Hypotheses: what would explain the difference that a finding shows, to the last digit. Asked for when findings are
//! read, never stored: a hypothesis accuses nobody.
//!
//! | hypothesis | the difference is |
//! | --- | --- |
//! | unallocated weight | what a group's parts leave of its weight |
//! | transposed columns | what a group's scores add up to more or less than its weights |
//! | subset | the points, the weights, or the number of the rows of one project state, origin or group |
//!
//! Every one that fits is said, and how many were tried: of many, one may fit by chance.

use std::collections::BTreeMap;

use jixiao_events::finding::{Finding, Subject};
use jixiao_events::scheme::{NodeBody, Scheme};
use jixiao_events::scoring::{IndicatorResult, IndicatorStatus};
use jixiao_events::{Names, NodeId, Number};

use crate::claims::Quantity;
use crate::claims::quantity::Part;
use crate::domain::state::{ProjectFacts, TOTAL};

/// A row of an evaluation: an indicator, and the project of the target that it stands for.
#[derive(Debug, Clone, Copy)]
pub struct Row<'r> {
    /// The indicator.
    pub result: &'r IndicatorResult,
    /// Its project.
    pub project: Option<&'r ProjectFacts>,
}

/// What fits a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hypothesis {
    /// Which kind.
    pub kind: Kind,
    /// Of what: a node's path, `state:carried_over`, `origin:new_in_year`, `group:new-2019`.
    pub about: String,
    /// What of it: `weight`, `self_score`, `lost`, `rows`, `met`, `full`.
    pub measure: &'static str,
    /// How many rows it is made of; 0 where of none.
    pub rows: u32,
    /// The same in words.
    pub message: Names,
}

/// What kind of hypothesis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// What a group's parts leave of its weight.
    UnallocatedWeight,
    /// Scores for weights.
    TransposedColumns,
    /// Some of the rows.
    Subset,
}

/// What was tried, and what fits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hypotheses {
    /// Those that fit.
    pub fit: Vec<Hypothesis>,
    /// How many were tried.
    pub tried: u32,
}

/// What a difference counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Points,
    Targets,
}

/// Tries every hypothesis on the difference that a finding shows; nothing for one that shows none, of points or targets.
pub fn of_finding(finding: &Finding, scheme: &Scheme, rows: &[Row<'_>]) -> Hypotheses {
    let Subject::Quantity { quantity } = &finding.subject else { return Hypotheses::default() };
    let (of, node) = match Quantity::parse(quantity) {
        Some(Quantity::Score(node) | Quantity::Deduction(node) | Quantity::Weight(node)) => {
            (Of::Points, node)
        }
        Some(Quantity::Targets(_, Part::Total | Part::Attained)) => (Of::Targets, TOTAL.to_owned()),
        _ => return Hypotheses::default(),
    };
    let value = |name: &str| {
        let figure = finding.figures.iter().find(|figure| figure.name == name)?;
        figure.value.parse::<Number>().ok()
    };
    let between = |other: &str| Some(value("stated")? + -value(other)?);
    let Some(difference) = between("computed").or_else(|| between("other")) else {
        return Hypotheses::default();
    };
    if difference == Number::ZERO {
        Hypotheses::default()
    } else {
        tried(difference.abs(), of, &node, scheme, rows)
    }
}

fn tried(difference: Number, of: Of, node: &str, scheme: &Scheme, rows: &[Row<'_>]) -> Hypotheses {
    let mut all = Hypotheses::default();
    let mut test = |value: Number, hypothesis: &dyn Fn() -> Hypothesis| {
        if value != Number::ZERO {
            all.tried += 1;
            if value.abs() == difference {
                all.fit.push(hypothesis());
            }
        }
    };
    if of == Of::Points {
        for group in scheme.nodes.iter().filter(|node| matches!(node.body, NodeBody::Group { .. })) {
            let left = group.weight.value
                + -below(scheme, &group.node, |node| Some(node.weight.value)).unwrap_or_default();
            test(left, &|| unallocated(&group.node, &group.name));
            let score = |child: &jixiao_events::scheme::Node| {
                let row = rows.iter().find(|row| row.result.indicator.as_str() == child.node.as_str())?;
                Some(row.result.self_score? + -row.result.weight)
            };
            if let Some(more) = below(scheme, &group.node, score) {
                test(more, &|| transposed(&group.node, &group.name));
            }
        }
    }
    let is_below = |row: &&Row<'_>| node == TOTAL || row.result.indicator.is_within(node);
    let mut subsets: BTreeMap<String, Vec<&IndicatorResult>> = BTreeMap::new();
    for row in rows.iter().filter(is_below) {
        for part in row.project.into_iter().flat_map(parts) {
            subsets.entry(part).or_default().push(row.result);
        }
    }
    for (part, rows) in &subsets {
        let sum = |value: &dyn Fn(&IndicatorResult) -> Number| {
            rows.iter().fold(Number::ZERO, |sum, row| sum + value(row))
        };
        let one = |is: bool| if is { Number::ONE } else { Number::ZERO };
        let filed = |row: &IndicatorResult| row.self_score.unwrap_or_default();
        let measures: [(&'static str, Number); 3] = match of {
            Of::Points => [
                ("weight", sum(&|row| row.weight)),
                ("self_score", sum(&filed)),
                ("lost", sum(&|row| row.weight + -filed(row))),
            ],
            Of::Targets => [
                ("rows", sum(&|_| Number::ONE)),
                ("met", sum(&|row| one(row.status == IndicatorStatus::Met))),
                ("full", sum(&|row| one(row.self_score.is_some_and(|score| score >= row.weight)))),
            ],
        };
        for (measure, value) in measures {
            test(value, &|| subset(part, measure, rows.len()));
        }
    }
    all
}

/// The sum over the nodes right below a group; `None` where one of them has no value.
fn below(
    scheme: &Scheme,
    group: &NodeId,
    value: impl Fn(&jixiao_events::scheme::Node) -> Option<Number>,
) -> Option<Number> {
    let children = scheme.nodes.iter().filter(|node| node.node.parent().as_ref() == Some(group));
    children.map(value).try_fold(Number::ZERO, |sum, value| Some(sum + value?))
}

/// The subsets that a project is in.
fn parts(project: &ProjectFacts) -> impl Iterator<Item = String> {
    let state: &str = project.state.into();
    let origin: &str = project.origin.into();
    let group = project.group.as_ref().map(|group| format!("group:{group}"));
    [format!("state:{state}"), format!("origin:{origin}")].into_iter().chain(group)
}

fn unallocated(node: &NodeId, name: &Names) -> Hypothesis {
    let zh = format!("恰为“{}”未分配到下级的分值", name.zh);
    let en = format!("is what the parts of {node} leave of its weight");
    let message = Names { zh, en: Some(en) };
    Hypothesis { kind: Kind::UnallocatedWeight, about: node.to_string(), measure: "weight", rows: 0, message }
}

fn transposed(node: &NodeId, name: &Names) -> Hypothesis {
    let zh = format!("恰为“{}”下级得分与权重两列之差", name.zh);
    let en = format!("is what the scores below {node} differ from the weights by");
    let message = Names { zh, en: Some(en) };
    Hypothesis {
        kind: Kind::TransposedColumns,
        about: node.to_string(),
        measure: "self_score",
        rows: 0,
        message,
    }
}

fn subset(part: &str, measure: &'static str, rows: usize) -> Hypothesis {
    let of = match measure {
        "weight" => "权重合计",
        "self_score" => "自评分合计",
        "lost" => "失分合计",
        "met" => "完成数",
        "full" => "得满分数",
        _ => "个数",
    };
    let zh = format!("恰为 {part} 的 {rows} 个目标的{of}");
    let en = format!("is the {measure} of the {rows} targets of {part}");
    let message = Names { zh, en: Some(en) };
    let rows = u32::try_from(rows).unwrap_or(u32::MAX);
    Hypothesis { kind: Kind::Subset, about: part.to_owned(), measure, rows, message }
}

#[cfg(test)]
mod tests {
    use jixiao_events::finding::{Figure, Severity};
    use jixiao_events::registry::{Membership, Origin, ProjectState};

    use super::*;
    use crate::domain::state::Cited;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    fn row(indicator: &str, weight: &str, self_score: &str) -> IndicatorResult {
        IndicatorResult {
            indicator: indicator.parse().unwrap(),
            name: Names { zh: "目标".to_owned(), en: None },
            weight: number(weight),
            self_score: Some(number(self_score)),
            score: None,
            status: IndicatorStatus::Unmet,
            rule: "steps".to_owned(),
            measured: None,
            inputs: Vec::new(),
        }
    }

    fn project(state: ProjectState) -> ProjectFacts {
        ProjectFacts {
            name: Names { zh: "项目".to_owned(), en: None },
            membership: Membership::InFund,
            origin: Origin::TakenOver,
            state,
            group: None,
            event: Cited {
                log: "registry".to_owned(),
                id: "1".to_owned(),
                event_type: "project_registered".to_owned(),
                effective: None,
                actor: "tester".to_owned(),
                recorded_time: 0,
            },
        }
    }

    fn finding(quantity: &str, stated: &str, computed: &str) -> Finding {
        let figure =
            |name: &str, value: &str| Figure { name: name.to_owned(), value: value.to_owned(), unit: None };
        Finding {
            fund: "smart-city-2019".parse().unwrap(),
            subject: Subject::Quantity { quantity: quantity.to_owned() },
            code: "stated_wrong".to_owned(),
            severity: Severity::Error,
            figures: vec![figure("stated", stated), figure("computed", computed)],
            evidence: Vec::new(),
        }
    }

    /// What fits, as kind, about and measure; and how many were tried.
    fn fits(finding: &Finding, text: &str, rows: &[Row<'_>]) -> (Vec<String>, u32) {
        let scheme = crate::scheme::parse(text).unwrap();
        let Hypotheses { fit, tried } = of_finding(finding, &scheme, rows);
        let said = fit.iter().map(|one| format!("{} {} {}", <&str>::from(one.kind), one.about, one.measure));
        (said.collect(), tried)
    }

    const SMART_CITY: &str = include_str!("../../../examples/wuxi-2019/scheme-smart-city.toml");
    const E_GOVERNMENT: &str = include_str!("../../../examples/wuxi-2019/scheme-e-government.toml");

    #[test]
    fn a_difference_and_the_weight_that_nobody_got() {
        let (found, tried) = fits(&finding("score.total", "76.5", "66.5"), SMART_CITY, &[]);
        assert_eq!((found, tried), (vec!["unallocated_weight targets weight".to_owned()], 1));
        assert_eq!(fits(&finding("score.total", "76.5", "67.5"), SMART_CITY, &[]).0, Vec::<String>::new());
        // What agrees, and what counts neither points nor targets, has no difference to explain.
        assert_eq!(fits(&finding("score.total", "76.5", "76.5"), SMART_CITY, &[]).1, 0);
        assert_eq!(fits(&finding("budget.adjusted", "76.5", "66.5"), SMART_CITY, &[]).1, 0);
    }

    #[test]
    fn a_difference_and_two_columns_that_changed_places() {
        let results = [
            row("management.target_setting.clarity", "3", "4"),
            row("management.target_setting.reasonableness", "3", "4"),
        ];
        let rows: Vec<_> = results.iter().map(|result| Row { result, project: None }).collect();
        let (found, _) = fits(&finding("score.management.target_setting", "6", "8"), E_GOVERNMENT, &rows);
        let expected = [
            "transposed_columns management.target_setting self_score",
            "unallocated_weight management.target_setting weight",
        ];
        let mut found = found;
        found.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_difference_and_some_of_the_rows() {
        let (carried, done) = (project(ProjectState::CarriedOver), project(ProjectState::Closed));
        let results = [
            row("targets.detail.d1", "2", "0"),
            row("targets.detail.d2", "1", "0"),
            row("targets.detail.d3", "1", "1"),
            row("targets.overall.o1", "7", "6"),
        ];
        let rows: Vec<_> = results
            .iter()
            .zip([Some(&carried), Some(&carried), Some(&done), None])
            .map(|(result, project)| Row { result, project })
            .collect();
        let (found, tried) = fits(&finding("score.targets.detail", "34.5", "31.5"), SMART_CITY, &rows);
        assert_eq!(
            found,
            [
                "subset origin:taken_over lost",
                "subset state:carried_over weight",
                "subset state:carried_over lost",
            ]
        );
        // The unallocated 10; weight, score and lost of the origin; weight and lost, weight and score of the states.
        assert_eq!(tried, 8);
    }
}
