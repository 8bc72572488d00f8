//! The life of schemes, and which version evaluates a fund.
//!
//! A version is loaded as a draft, approved, and later perhaps withdrawn; its rules never change. Only an approved one may
//! begin an evaluation, on a day that it is in effect. What is evaluated by a version stays so when that is withdrawn.
//! Versions that were loaded before approvals were kept count as approved.

use std::collections::BTreeMap;

use jixiao_eventlog::{Need, States};
use jixiao_events::registry::Membership;
use jixiao_events::scheme::Scheme;
use jixiao_events::scoring::{SchemeApproved, SchemeWithdrawn, ScoringEvent};
use jixiao_events::{Approval, Evaluated, FundKind, PartialDate, SchemeId, SchemeSubject};

use super::ScoringRefusal;
use super::state::{
    Approved, Cited, InForce, LoadedScheme, ScoringState, Stage, Withdrawn, fund_key, project_key,
    scheme_key, scheme_version_key, scheme_year, scheme_year_key,
};

/// On what a version is approved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApprovedBy {
    /// On whose approval.
    pub approval: Approval,
    /// The document that says so.
    pub document: Option<String>,
}

/// By what a fund is asked to be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// The scheme; `None`: the one that fits the fund's year, the region and the day.
    pub scheme: Option<SchemeId>,
    /// Its version; `None`: the newest that is approved and in effect.
    pub version: Option<u32>,
    /// The region that the scheme has to be for, where it is for one; `None`: any.
    pub region: Option<String>,
    /// The day that the evaluation is made on.
    pub on: Option<PartialDate>,
}

impl Wanted {
    /// One version of a scheme that is in use already.
    pub fn version(scheme: &SchemeId, version: u32) -> Self {
        Self { scheme: Some(scheme.clone()), version: Some(version), ..Self::default() }
    }
}

/// What changing the life of a version has to see.
pub(super) fn needs(scheme: &SchemeId, version: u32, states: &States<'_, ScoringState>) -> Vec<Need> {
    let key = scheme_version_key(scheme, version);
    let mut needs = vec![Need::Key(scheme_key(scheme))];
    if let Some(loaded) = states.get(&key).and_then(ScoringState::as_scheme) {
        needs.push(Need::Key(scheme_year_key(loaded.scheme.fiscal_year, scheme)));
    }
    needs.push(Need::Key(key));
    needs
}

fn found<'s>(
    states: &States<'s, ScoringState>,
    scheme: &SchemeId,
    version: u32,
) -> Result<&'s LoadedScheme, ScoringRefusal> {
    let Some(newest) = states.get(&scheme_key(scheme)).and_then(ScoringState::as_scheme) else {
        return Err(ScoringRefusal::SchemeNotFound(scheme.clone()));
    };
    let loaded = states.get(&scheme_version_key(scheme, version)).and_then(ScoringState::as_scheme);
    loaded.ok_or_else(|| ScoringRefusal::SchemeVersionNotFound {
        scheme: scheme.clone(),
        version,
        newest: newest.version,
    })
}

/// Approves a draft.
pub(super) fn approve(
    states: &States<'_, ScoringState>,
    scheme: &SchemeId,
    version: u32,
    approved: &ApprovedBy,
) -> Result<Vec<ScoringEvent>, ScoringRefusal> {
    let loaded = found(states, scheme, version)?;
    match loaded.life.stage() {
        Stage::Draft => {}
        Stage::Approved => {
            return Err(ScoringRefusal::SchemeApproved { scheme: scheme.clone(), version });
        }
        Stage::Withdrawn => {
            return Err(ScoringRefusal::SchemeWithdrawn { scheme: scheme.clone(), version });
        }
    }
    Ok(vec![approved_version(&loaded.scheme, version, approved)])
}

/// The approval of a version.
pub(super) fn approved_version(rules: &Scheme, version: u32, approved: &ApprovedBy) -> ScoringEvent {
    let ApprovedBy { approval, document } = approved.clone();
    ScoringEvent::SchemeApproved(SchemeApproved {
        scheme: rules.scheme.clone(),
        version,
        fiscal_year: rules.fiscal_year,
        region: rules.region.clone(),
        subject: rules.subject,
        effective_from: rules.effective_from,
        effective_to: rules.effective_to,
        approval,
        document,
    })
}

/// Withdraws a draft or an approved version.
pub(super) fn withdraw(
    states: &States<'_, ScoringState>,
    scheme: &SchemeId,
    version: u32,
    reason: &str,
    on: PartialDate,
) -> Result<Vec<ScoringEvent>, ScoringRefusal> {
    let loaded = found(states, scheme, version)?;
    if loaded.life.stage() == Stage::Withdrawn {
        return Err(ScoringRefusal::SchemeWithdrawn { scheme: scheme.clone(), version });
    }
    Ok(vec![ScoringEvent::SchemeWithdrawn(SchemeWithdrawn {
        scheme: scheme.clone(),
        version,
        fiscal_year: loaded.scheme.fiscal_year,
        reason: reason.to_owned(),
        on,
    })])
}

/// What choosing the version that evaluates a fund or a project has to see.
pub(super) fn choose_needs(states: &States<'_, ScoringState>, of: &Evaluated, wanted: &Wanted) -> Vec<Need> {
    let fund = &of.fund;
    let mut needs = vec![Need::Key(fund_key(fund))];
    needs.extend(of.project.iter().map(|project| Need::Key(project_key(fund, project))));
    let year = states.get(&fund_key(fund)).and_then(ScoringState::as_fund).map(|facts| facts.fiscal_year);
    match &wanted.scheme {
        Some(scheme) => {
            needs.push(Need::Key(scheme_key(scheme)));
            needs.extend(wanted.version.map(|version| Need::Key(scheme_version_key(scheme, version))));
            needs.extend(year.map(|year| Need::Key(scheme_year_key(year, scheme))));
        }
        None => needs.extend(year.map(|year| Need::Prefix(scheme_year(year)))),
    }
    if let Ok((scheme, version)) = choose(states, of, wanted) {
        needs.push(Need::Key(scheme_version_key(&scheme, version)));
    }
    needs
}

/// The version that evaluates a fund or a project, as it is asked for.
pub(super) fn choose(
    states: &States<'_, ScoringState>,
    of: &Evaluated,
    wanted: &Wanted,
) -> Result<(SchemeId, u32), ScoringRefusal> {
    let fund = &of.fund;
    let Some(facts) = states.get(&fund_key(fund)).and_then(ScoringState::as_fund) else {
        return Err(ScoringRefusal::FundNotFound(fund.clone()));
    };
    if let Some(project) = &of.project {
        let (fund, project) = (fund.clone(), project.clone());
        match states.get(&project_key(&fund, &project)).and_then(ScoringState::as_project) {
            None => return Err(ScoringRefusal::ProjectNotFound { fund, project }),
            Some(known) if known.membership != Membership::InFund => {
                return Err(ScoringRefusal::ProjectNotInFund { fund, project });
            }
            Some(_) => {}
        }
    }
    let year = facts.fiscal_year;
    let subject = match (&of.project, facts.kind) {
        (Some(_), _) => SchemeSubject::Project,
        (None, FundKind::SpecialFund) => SchemeSubject::Fund,
        (None, FundKind::AgencySpending) => SchemeSubject::Agency,
    };
    let Some(scheme) = &wanted.scheme else {
        return fitting(states, (year, subject), wanted);
    };
    let is_for = |version, of_scheme: Option<SchemeSubject>| match of_scheme {
        Some(of_scheme) if of_scheme != subject => {
            let (of, scheme) = (of.clone(), scheme.clone());
            Err(ScoringRefusal::SubjectDiffers { of, subject, scheme, version, of_scheme })
        }
        _ => Ok(()),
    };
    let Some(newest) = states.get(&scheme_key(scheme)).and_then(ScoringState::as_scheme) else {
        return Err(ScoringRefusal::SchemeNotFound(scheme.clone()));
    };
    let differs = |scheme_year| ScoringRefusal::FiscalYearDiffers {
        fund: fund.clone(),
        fund_year: year,
        scheme: scheme.clone(),
        scheme_year,
    };
    let refused = |loaded: &LoadedScheme| {
        let (scheme, version) = (scheme.clone(), loaded.version);
        match loaded.life.stage() {
            Stage::Draft => Some(ScoringRefusal::SchemeNotApproved { scheme, version }),
            Stage::Withdrawn => Some(ScoringRefusal::SchemeWithdrawn { scheme, version }),
            Stage::Approved => None,
        }
    };
    if let Some(version) = wanted.version {
        let loaded = found(states, scheme, version)?;
        if loaded.scheme.fiscal_year != year {
            return Err(differs(loaded.scheme.fiscal_year));
        }
        if let Some(refusal) = refused(loaded) {
            return Err(refusal);
        }
        is_for(version, loaded.scheme.subject)?;
        let (from, to) = (loaded.scheme.effective_from, loaded.scheme.effective_to);
        in_effect(scheme, version, from, to, wanted.on)?;
        return Ok((scheme.clone(), version));
    }
    let in_force = states.get(&scheme_year_key(year, scheme)).and_then(ScoringState::as_scheme_year);
    let mut last = None;
    for (version, version_in_force) in in_force.into_iter().flatten().rev() {
        let InForce { from, to, .. } = version_in_force;
        let fits = is_for(*version, version_in_force.subject);
        match fits.and_then(|()| in_effect(scheme, *version, *from, *to, wanted.on)) {
            Ok(()) => return Ok((scheme.clone(), *version)),
            // What is told is why the newest does not do.
            Err(refusal) => drop(last.get_or_insert(refusal)),
        }
    }
    Err(last.unwrap_or_else(|| {
        let of_another_year = newest.scheme.fiscal_year != year;
        let other_year = of_another_year.then(|| differs(newest.scheme.fiscal_year));
        other_year.or_else(|| refused(newest)).unwrap_or_else(|| ScoringRefusal::SchemeNotApproved {
            scheme: scheme.clone(),
            version: newest.version,
        })
    }))
}

/// The one scheme of a year that fits, in its newest version that does.
fn fitting(
    states: &States<'_, ScoringState>,
    (year, subject): (i16, SchemeSubject),
    wanted: &Wanted,
) -> Result<(SchemeId, u32), ScoringRefusal> {
    let prefix = scheme_year(year);
    let of_region = |version: &InForce| match (&version.region, &wanted.region) {
        (Some(of), Some(wanted)) => of == wanted,
        _ => true,
    };
    let of_subject = |version: &InForce| version.subject.is_none_or(|of| of == subject);
    let mut fit: Vec<(SchemeId, u32)> = Vec::new();
    let mut others: Vec<(SchemeId, u32)> = Vec::new();
    let mut undated = None;
    for (key, state) in states.prefix(&prefix) {
        let Some(scheme) = key.strip_prefix(&prefix).and_then(|id| id.parse::<SchemeId>().ok()) else {
            continue;
        };
        let versions = state.as_scheme_year().into_iter().flatten().rev();
        let mut newest = None;
        let found = versions.map(|(version, of)| (*version, of)).find(|(version, of)| {
            newest.get_or_insert(*version);
            if !of_region(of) || !of_subject(of) {
                return false;
            }
            match in_effect(&scheme, *version, of.from, of.to, wanted.on) {
                Ok(()) => true,
                Err(refusal @ ScoringRefusal::EvaluationDateMissing { .. }) => {
                    undated.get_or_insert(refusal);
                    false
                }
                Err(_) => false,
            }
        });
        match (found, newest) {
            (Some((version, _)), _) => fit.push((scheme, version)),
            (None, Some(newest)) => others.push((scheme, newest)),
            (None, None) => {}
        }
    }
    // Without a day nobody knows whether one with dates would fit as well.
    if let Some(refusal) = undated {
        return Err(refusal);
    }
    match <[_; 1]>::try_from(fit) {
        Ok([one]) => Ok(one),
        Err(fit) if fit.is_empty() => {
            let region = wanted.region.clone();
            Err(ScoringRefusal::NoSchemeFits { year, subject, region, on: wanted.on, approved: others })
        }
        Err(fit) => Err(ScoringRefusal::SeveralSchemesFit { year, subject, schemes: fit }),
    }
}

/// Whether a version is in effect on the day of an evaluation.
fn in_effect(
    scheme: &SchemeId,
    version: u32,
    from: Option<PartialDate>,
    to: Option<PartialDate>,
    on: Option<PartialDate>,
) -> Result<(), ScoringRefusal> {
    if from.is_none() && to.is_none() {
        return Ok(());
    }
    let Some(on) = on else {
        return Err(ScoringRefusal::EvaluationDateMissing { scheme: scheme.clone(), version });
    };
    let day = on.last_day();
    let begun = from.is_none_or(|from| from.last_day() <= day);
    if begun && to.is_none_or(|to| day <= to.last_day()) {
        Ok(())
    } else {
        Err(ScoringRefusal::SchemeNotInEffect { scheme: scheme.clone(), version, on, from, to })
    }
}

/// The keys of a version's life.
pub(super) fn keys(scheme: &SchemeId, version: u32, year: i16) -> Vec<String> {
    vec![scheme_key(scheme), scheme_version_key(scheme, version), scheme_year_key(year, scheme)]
}

/// Folds what happened to a version into its row, into the newest version's and into those that may be used.
pub(super) fn fold(key: &str, state: &mut Option<ScoringState>, event: &ScoringEvent, cited: Cited) {
    if key.starts_with("scheme-year/") {
        let mut in_force: BTreeMap<u32, InForce> =
            state.as_ref().and_then(ScoringState::as_scheme_year).cloned().unwrap_or_default();
        match event {
            ScoringEvent::SchemeLoaded { version, scheme, .. } => {
                let (region, from, to) = (scheme.region.clone(), scheme.effective_from, scheme.effective_to);
                in_force.insert(*version, InForce { region, subject: scheme.subject, from, to });
            }
            ScoringEvent::SchemeApproved(approved) => {
                let SchemeApproved {
                    version, region, subject, effective_from: from, effective_to: to, ..
                } = approved.clone();
                in_force.insert(version, InForce { region, subject, from, to });
            }
            ScoringEvent::SchemeWithdrawn(withdrawn) => drop(in_force.remove(&withdrawn.version)),
            _ => {}
        }
        *state = Some(in_force).filter(|left| !left.is_empty()).map(ScoringState::SchemeYear);
        return;
    }
    let Some(ScoringState::Scheme(loaded)) = state else { return };
    match event {
        ScoringEvent::SchemeApproved(SchemeApproved { version, approval, document, .. })
            if *version == loaded.version =>
        {
            let (approval, document) = (approval.clone(), document.clone());
            loaded.life.approved = Some(Approved { approval, document, event: cited });
        }
        ScoringEvent::SchemeWithdrawn(SchemeWithdrawn { version, reason, on, .. })
            if *version == loaded.version =>
        {
            loaded.life.withdrawn = Some(Withdrawn { reason: reason.clone(), on: *on, event: cited });
        }
        _ => {}
    }
}
