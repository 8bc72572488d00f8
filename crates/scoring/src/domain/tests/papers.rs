//! What papers say and cite, for the checks of it.

use jixiao_events::registry::{Coverage, Document, DocumentRole};

use super::*;

/// A citation of the fund's: `锡政发〔2014〕45号 行动纲要`.
pub(crate) fn cites(role: DocumentRole, number: &str, title: &str, valid_to: Option<&str>) -> Step {
    let document = Document {
        role,
        title: title.to_owned(),
        number: Some(number.to_owned()).filter(|number| !number.is_empty()),
        issuers: Vec::new(),
        valid_from: None,
        valid_to: valid_to.map(|until| until.parse().unwrap()),
        source: None,
    };
    Step::Registry(RegistryEvent::FundDocumentAdded { fund: fund_id(), document })
}

/// A basis of the fund.
pub(crate) fn basis(number: &str, title: &str) -> Step {
    cites(DocumentRole::LegalBasis, number, title, None)
}

pub(crate) fn said(kind: StatementKind, statement: &str, text: &str, value: &str) -> Statement {
    Statement {
        fund: fund_id(),
        project: None,
        statement: statement.to_owned(),
        kind,
        text: text.to_owned(),
        value: Some(value.to_owned()).filter(|value| !value.is_empty()),
        previous_value: None,
        unit: None,
        approved_by: None,
        on: None,
        target: None,
        excepted: Vec::new(),
        covers: None,
        attached: None,
        source: None,
    }
}

pub(crate) fn states(statement: Statement) -> Step {
    Step::Registry(RegistryEvent::StatementRecorded(statement))
}

/// A figure among the achievements that is of a target.
pub(crate) fn achieved(statement: &str, target: &str, value: &str, unit: &str) -> Statement {
    Statement {
        unit: Some(unit.to_owned()).filter(|unit| !unit.is_empty()),
        target: Some(target.parse().unwrap()),
        ..said(StatementKind::Achievement, statement, "汇聚部门", value)
    }
}

/// A sentence that all targets of a kind are met but some.
pub(crate) fn all_met(covers: Option<Coverage>, excepted: &[&str]) -> Step {
    let excepted = excepted.iter().map(|target| target.parse().unwrap()).collect();
    states(Statement {
        covers, excepted, ..said(StatementKind::Universal, "all-met", "其他目标均实现", "")
    })
}

/// An annex that is referred to.
pub(crate) fn annex(statement: &str, name: &str, attached: Option<bool>) -> Step {
    states(Statement { attached, ..said(StatementKind::Annex, statement, name, "") })
}

/// Why targets are missed.
pub(crate) fn missed(
    id: &str,
    project: Option<&str>,
    group: Option<&str>,
    targets: &[&str],
    why: &str,
) -> Step {
    Step::Targets(TargetEvent::MissExplained {
        fund: fund_id(),
        explanation: id.to_owned(),
        project: project.map(|project| project.parse().unwrap()),
        group: group.map(|group| group.parse().unwrap()),
        targets: targets.iter().map(|target| target.parse().unwrap()).collect(),
        reason: why.to_owned(),
        source: None,
    })
}

/// Why money of a project or group is unspent.
pub(crate) fn unspent(id: &str, project: Option<&str>, group: Option<&str>, why: &str) -> Step {
    let project = project.map(|project| Scope::Project { project: project.parse().unwrap() });
    let group = group.map(|group| Scope::Group { group: group.parse().unwrap() });
    Step::Ledger(LedgerEvent::UnspentExplained {
        fund: fund_id(),
        entry: id.parse().unwrap(),
        scope: project.or(group).unwrap(),
        amount: wan("1"),
        reason: why.to_owned(),
        source: None,
    })
}
