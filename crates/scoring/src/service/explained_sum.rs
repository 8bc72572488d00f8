//! Explanations of sums: of a group, of the targets of a node, of everything.

use jixiao_edge::{not_found, pb_names};
use jixiao_eventlog::{Moment, Query};
use jixiao_events::scheme::{Node, NodeBody, Scheme, Term};
use jixiao_events::scoring::{CountQuantity, IndicatorResult, SumResult};
use jixiao_events::{Evaluated, IndicatorId, Names, NodeId, Number};
use jixiao_proto::jixiao::scoring::v1 as pb;
use tonic::{Response, Status};

use super::members::{Members, TARGETS};
use super::reader::Reader;
use super::{Answer, Scoring, States, about, figures_of, page_of, rows_of, sums_query};
use crate::domain::evaluate::final_grade;
use crate::domain::figures::Figures;
use crate::domain::measure::{count_of, money_of, rate};
use crate::domain::state::{
    self as kept, ScoringState, TOTAL, judged_key, place_key, project_key, self_key, sum_key, target_key,
    targets_of,
};
use crate::explain::sums::{self, Part};
use crate::provenance::{self, Found, Provenance};
use crate::rules;
use crate::to_proto;

/// The most indicators below a sum whose events are looked for, and the most parts that are listed.
const INDICATORS: usize = 400;

/// The most events of an explanation.
const EVENTS: u64 = 1_000;

/// Whether a path is that of a sum.
pub(super) fn is_sum(scheme: &Scheme, path: &IndicatorId) -> bool {
    let of = scheme.nodes.iter().find(|node| node.node.as_str() == path.as_str());
    path.as_str() == TOTAL || of.is_some_and(|node| !matches!(node.body, NodeBody::Indicator { .. }))
}

impl Scoring {
    /// Why a group, or everything, has its points.
    pub(super) async fn explained_sum(
        &self,
        reader: &Reader<'_>,
        moment: Moment,
        of: &Evaluated,
        path: &IndicatorId,
    ) -> Answer<pb::ExplainIndicatorResponse> {
        let everything = path.as_str() == TOTAL;
        let below = if everything { String::new() } else { format!("{path}.") };
        let prefix = format!("{}{below}", kept::rows("indicator", of));
        // What people judge has its indicators' order: what they said of these comes with them.
        let query = ["manual", "judged"].iter().fold(sums_query(of), |query, kind| {
            query.page(format!("{}{below}", kept::rows(kind, of)), None, INDICATORS)
        });
        let targets = targets_of(of);
        let query = query.page(prefix.clone(), None, INDICATORS).whole(&targets, None, TARGETS);
        let query = query.keys(provenance::keys(of));
        let states = reader.read(query).await?;
        let (open, loaded) = reader.opened(of, &states).await?;
        let scheme = &loaded.scheme;
        let missing = || not_found("indicator", of.indicator(path), &states.position);
        let node = scheme.nodes.iter().find(|node| node.node.as_str() == path.as_str() && !everything);
        let id: NodeId = path.as_str().parse().map_err(|_| missing())?;
        let row = sum_row(&states, of, &sum_key(of, Some(&id))).ok_or_else(missing)?;
        let page = page_of(&states, &prefix);
        let rows: Vec<&IndicatorResult> =
            page.rows.iter().filter_map(|(_, state)| state.as_indicator().map(AsRef::as_ref)).collect();
        let all_parts = parts(scheme, node, &states, of, &rows);
        let how_many = match node.map(|node| &node.body) {
            Some(NodeBody::EachTarget { .. }) => row.indicators,
            _ => u32::try_from(all_parts.len()).unwrap_or(u32::MAX),
        };

        let beside = Beside::read(reader, of, scheme, &rows, everything).await?;
        let figures = figures_of(of, &states, Some(&loaded));
        let value = |term: &Term| match term {
            Term::Total {} => Some(row.score),
            Term::Number { number } => Some(*number),
            Term::Measure { measure } => match count_of(*measure) {
                Some(quantity) => figures
                    .counts
                    .get(&quantity)
                    .copied()
                    .or_else(|| adjustments(of, &states).filter(|_| quantity == CountQuantity::Adjustments))
                    .map(Number::from),
                None => rate(&figures.budget(), *measure),
            },
            Term::Answer { node: Some(node), ask } => {
                let judged = beside.states.get(&judged_key(of, &IndicatorId::from(node.clone())));
                let said = judged.and_then(ScoringState::as_judged)?.answers.get(ask)?;
                rules::answered(&said.value)
            }
            Term::Answer { node: None, .. } | Term::Value {} => None,
        };
        let explained = sums::explain(scheme, node, row, &all_parts, &value);

        let mut provenance = Provenance::new(&self.log, of, EVENTS, (states.head.position, moment));
        beside.known_to(&mut provenance);
        for key in provenance::keys(of) {
            if let Some(state) = states.get(&key) {
                provenance.state(key, state);
            }
        }
        for kind in ["manual", "judged"] {
            for (key, state) in &page_of(&states, &format!("{}{below}", kept::rows(kind, of))).rows {
                provenance.state(key.clone(), state);
            }
        }
        let about_targets = page_of(&states, &targets).rows.iter().map(|(_, state)| state);
        let members = Members::with(reader, of, about_targets, &mut provenance).await?;
        let mut behind = Found::default();
        for result in &rows {
            provenance.add_row(&mut behind, result, &[]).await?;
        }
        let mut inputs = Vec::new();
        for term in override_terms(scheme, everything) {
            for (quantity, shown) in override_inputs(&term, &value, &figures) {
                let (events, event_count) = match &term {
                    Term::Answer { node: Some(node), .. } => {
                        let indicator = IndicatorId::from(node.clone());
                        provenance.of_judged(&indicator, &quantity)
                    }
                    _ => provenance.of_quantity(&quantity).await?,
                };
                if matches!(term, Term::Answer { .. }) || behind.is_new(&quantity) {
                    behind.add((events.clone(), event_count));
                }
                let quantity = match &term {
                    Term::Answer { .. } => term.to_string(),
                    _ => quantity,
                };
                inputs.push(pb::Input { quantity, value: shown, unit: String::new(), events, event_count });
            }
        }
        let below: Vec<&Node> =
            scheme.nodes.iter().filter(|node| everything || is_within(node, path)).collect();
        if let Some(gone) = members.gone_from(scheme, &below, EVENTS) {
            behind.add((gone.events.clone(), gone.event_count));
            inputs.push(gone);
        }
        let name = node.map_or_else(total_name, |node| node.name.clone());
        let sum = pb::SumExplanation {
            node: path.to_string(),
            names: Some(pb_names(&name)),
            weight: row.weight.to_string(),
            score: row.score.to_string(),
            indicators: row.indicators,
            not_scored: row.not_scored,
            more_parts: how_many.saturating_sub(u32::try_from(all_parts.len()).unwrap_or(u32::MAX)),
            parts: all_parts.iter().map(to_proto::sum_part).collect(),
            grade_steps: explained.grade.iter().map(to_proto::words).collect(),
            grade: if everything {
                final_grade(scheme, row).map(|grade| grade.grade.clone()).unwrap_or_default()
            } else {
                String::new()
            },
            indicators_read: u32::try_from(rows.len()).unwrap_or(u32::MAX),
        };
        let (events, event_count) = behind.cut(EVENTS);
        let explanation = pb::Explanation {
            sum: Some(sum),
            inputs,
            events,
            event_count,
            ..to_proto::sum_explanation(&open, &explained, row)
        };
        let position = states.position.clone();
        Ok(Response::new(pb::ExplainIndicatorResponse { explanation: Some(explanation), position }))
    }
}

fn is_within(node: &Node, path: &IndicatorId) -> bool {
    IndicatorId::from(node.node.clone()).is_within(path.as_str())
}

/// What people call everything.
fn total_name() -> Names {
    Names { zh: "合计".to_owned(), en: Some("Total".to_owned()) }
}

/// How often the budget was adjusted.
fn adjustments(of: &Evaluated, states: &States) -> Option<i64> {
    let Evaluated { fund, project } = of;
    match project {
        None => Some(states.get(&kept::count_key(fund, CountQuantity::Adjustments))?.as_count()?.count),
        Some(project) => states.get(&kept::project_scope_key(fund, project))?.as_scope_money()?.adjustments,
    }
}

/// What stands directly below a sum.
fn parts(
    scheme: &Scheme,
    node: Option<&Node>,
    states: &States,
    of: &Evaluated,
    rows: &[&IndicatorResult],
) -> Vec<Part> {
    if matches!(node.map(|node| &node.body), Some(NodeBody::EachTarget { .. })) {
        return rows.iter().map(|row| Part::indicator(scheme, row)).collect();
    }
    let part = |child: &Node| match &child.body {
        NodeBody::Indicator { .. } => {
            let row = rows.iter().find(|row| row.indicator.as_str() == child.node.as_str());
            row.map(|row| Part::indicator(scheme, row))
        }
        _ => sum_row(states, of, &sum_key(of, Some(&child.node))).map(|row| Part::node(child, row)),
    };
    sums::below(scheme, node).filter_map(part).collect()
}

/// The terms that overrides look at, each once; none for a group.
fn override_terms(scheme: &Scheme, everything: bool) -> Vec<Term> {
    let mut all: Vec<Term> = Vec::new();
    for condition in scheme.overrides.iter().filter(|_| everything).flat_map(|applies| &applies.when) {
        for term in [&condition.left, &condition.right] {
            let is_new = !all.contains(term);
            if is_new && matches!(term, Term::Measure { .. } | Term::Answer { node: Some(_), .. }) {
                all.push(term.clone());
            }
        }
    }
    all
}

/// What a term of an override is made of: the quantities, with their values.
fn override_inputs(
    term: &Term,
    value: &dyn Fn(&Term) -> Option<Number>,
    figures: &Figures,
) -> Vec<(String, String)> {
    let shown = || value(term).map(|value| value.to_string()).unwrap_or_default();
    match term {
        Term::Answer { ask, .. } => vec![(format!("answer.{ask}"), shown())],
        Term::Measure { measure } => {
            let counts = count_of(*measure).map(|quantity| (<&str>::from(quantity).to_owned(), shown()));
            let money = money_of(*measure).iter().map(|quantity| {
                let sum = figures.money.get(quantity).map(ToString::to_string);
                (<&str>::from(*quantity).to_owned(), sum.unwrap_or_default())
            });
            counts.into_iter().chain(money).collect()
        }
        Term::Value {} | Term::Total {} | Term::Number { .. } => Vec::new(),
    }
}

/// What the inputs of indicators come from.
struct Beside {
    states: States,
    keys: Vec<String>,
}

impl Beside {
    async fn read(
        reader: &Reader<'_>,
        of: &Evaluated,
        scheme: &Scheme,
        rows: &[&IndicatorResult],
        everything: bool,
    ) -> Result<Self, Status> {
        let of_rows = rows.iter().map(|row| self_key(of, &row.indicator));
        let of_overrides = override_terms(scheme, everything).into_iter().filter_map(|term| match term {
            Term::Answer { node: Some(node), .. } => Some(judged_key(of, &IndicatorId::from(node))),
            _ => None,
        });
        let places: Vec<_> =
            rows.iter().filter_map(|row| Some(place_key(&of.fund, &row.indicator.target()?))).collect();
        let mut keys: Vec<String> = of_rows.chain(of_overrides).collect();
        let targets = reader.read(Query::new().keys(places.clone())).await?;
        for target in places.iter().filter_map(|key| targets.get(key)?.as_place()) {
            keys.push(target_key(target));
            keys.extend(target.project.iter().map(|project| project_key(&of.fund, project)));
        }
        keys.sort();
        keys.dedup();
        let states = reader.read(Query::new().keys(keys.clone())).await?;
        Ok(Self { states, keys })
    }

    fn known_to(&self, provenance: &mut Provenance<'_>) {
        for key in &self.keys {
            if let Some(state) = self.states.get(key) {
                provenance.cite_all(about::cited(state));
                provenance.state(key.clone(), state);
            }
        }
    }
}

/// A sum among the states that were read, by its key.
fn sum_row<'s>(states: &'s States, of: &Evaluated, key: &str) -> Option<&'s SumResult> {
    let row = rows_of(states, of, "sum").iter().find(|(other, _)| other == key);
    row.and_then(|(_, state)| state.as_sum()).map(AsRef::as_ref)
}
