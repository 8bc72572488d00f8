//! The scheme of a generated fund.

use std::fmt::Write;

use super::exact::written;
use super::fund::Fund;

pub const SCHEME: &str = "scheme";

/// The scheme of a fund as a file.
pub fn scheme_text(fund: &Fund) -> String {
    let mut text = format!(
        "scheme = \"{SCHEME}\"\nname = {{ zh = \"评价\" }}\nfiscal_year = 2019\nbasis = \"stated\"\nsource = \"generated\"\ntotal = 100\nexecution_bound = 60\n"
    );
    if !fund.bounds.is_empty() {
        writeln!(text, "[findings]\n{}", fund.bounds.join("\n")).unwrap();
    }
    let nodes = fund.groups.iter().map(|(node, weight)| (*node, *weight, None));
    let indicators = fund.indicators.iter().map(|one| (one.node, one.weight, Some(one)));
    let mut nodes: Vec<_> = nodes.chain(indicators).collect();
    nodes.sort_by_key(|(node, ..)| *node);
    for (node, weight, indicator) in nodes {
        let weight = written(i128::from(weight), 3);
        let body = match (node, indicator) {
            ("targets.overall" | "targets.detail", _) => {
                let level = node.trim_start_matches("targets.");
                format!(
                    "kind = \"each_target\"\nlevel = \"{level}\"\nrule = {{ kind = \"steps\", steps = [{{ from = 60, factor = 0.5 }}] }}"
                )
            }
            (_, None) => {
                let is_published = fund.as_published.contains(&node);
                let published = if is_published { "\nas_published = \"printed so\"" } else { "" };
                format!("kind = \"group\"{published}")
            }
            ("management.funds_use.adjustment_rate", _) => format!(
                "kind = \"indicator\"\nmeasure = \"budget.adjustment_rate.cuts_only\"\nrule = {{ kind = \"bands\", bands = [{{ up_to = 5, points = {weight} }}, {{ points = 0 }}] }}"
            ),
            ("management.funds_use.execution_rate", _) => format!(
                "kind = \"indicator\"\nmeasure = \"budget.execution_rate.adjusted\"\nrule = {{ kind = \"bands\", bands = [{{ below = 80, points = 0 }}, {{ points = {weight} }}] }}"
            ),
            ("management.operation.tracking", _) => format!(
                "kind = \"indicator\"\nmeasure = \"filings.contract_filing.not_filed\"\nrule = {{ kind = \"deduct_per_finding\", each = 0.5, cap = {weight} }}"
            ),
            ("management.operation.procedures", _) => "kind = \"indicator\"\nnone_found = [\"filing_missing\", \"acceptance_missing\"]\nrule = { kind = \"manual\", self_score_stands = true }".to_owned(),
            _ => "kind = \"indicator\"\nrule = { kind = \"manual\", self_score_stands = true }".to_owned(),
        };
        writeln!(
            text,
            "[[node]]\nnode = \"{node}\"\nname = {{ zh = \"{node}\" }}\nweight = {weight}\n{body}"
        )
        .unwrap();
    }
    text.push_str("[[grade]]\ngrade = \"poor\"\nname = { zh = \"差\" }\nfrom = 0\n");
    text.push_str(
        "[[quantities]]\nname = \"data.structured\"\n[[quantities]]\nname = \"data.unstructured\"\n",
    );
    text.push_str(
        "[[quantities]]\nname = \"data.total\"\nparts = [\"data.structured\", \"data.unstructured\"]\n",
    );
    text.push_str(
        "[[quantities]]\nname = \"data.share\"\nnumerator = \"data.structured\"\ndenominator = \"data.total\"\n",
    );
    text
}
