//! What the papers about a generated fund say: documents that it cites, annexes, its year, achievements, and that all targets
//! are met. It is told as the fund's figures have it, so that a fault of a target is no fault of a paper.

use jixiao_events::finding::Subject;
use jixiao_events::registry::{Coverage, Document, DocumentRole, RegistryEvent, Statement, StatementKind};
use jixiao_events::targets::{TargetEvent, TargetLevel};

use super::elsewhere::Elsewhere;
use super::fund::{Fund, Target};
use super::world::{FUND, Take, World, id, of_registry, target_ref};
use crate::sim::random::Dice;

#[derive(Debug, Clone, Default)]
pub struct Papers {
    pub citations: Vec<Citation>,
    /// Annexes by number, and whether each is there; `None` where nobody says.
    pub annexes: Vec<Option<bool>>,
    pub year: i16,
    /// Targets whose actual stands among the achievements, and by how much it is told otherwise.
    pub achievements: Vec<(usize, i64)>,
    pub all_met: Option<AllMet>,
    /// A target whose miss is explained once more, otherwise.
    pub retold: Option<usize>,
    /// What another fund says too.
    pub elsewhere: Option<Elsewhere>,
}

/// A document as it is cited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citation {
    pub role: DocumentRole,
    /// Its numbers, of a joint issue several: office and serial, of 2014.
    pub numbers: Vec<(&'static str, u32)>,
    pub title: String,
    pub valid_to: Option<&'static str>,
    /// Which way of writing.
    pub way: usize,
}

/// A sentence that all targets of a kind are met but some.
#[derive(Debug, Clone)]
pub struct AllMet {
    pub covers: Coverage,
    /// The targets that were missed when it was written: it leaves them out.
    missed: Vec<usize>,
    /// A target that it does not leave out though it was missed.
    pub forgets: Option<usize>,
}

/// A number as all ways of writing come to.
pub fn number((office, serial): (&str, u32)) -> String {
    format!("{office}〔2014〕{serial}号")
}

pub fn document_subject(document: String) -> Subject {
    Subject::Document { document }
}

impl Citation {
    fn document(&self) -> Document {
        let written = |(office, serial): &(&str, u32)| match self.way {
            0 => format!("{office}[2014]{serial}号"),
            1 => format!("{office}（２０１４）{serial} 号"),
            2 => format!("{office}〔2014〕第0{serial}号"),
            _ => number((office, *serial)),
        };
        let number = self.numbers.iter().map(written).collect::<Vec<_>>().join("、");
        Document {
            role: self.role,
            title: match self.way {
                0 => format!("《{}》", self.title),
                1 => format!("市政府关于印发{}的通知", self.title),
                _ => self.title.clone(),
            },
            number: Some(number).filter(|number| !number.is_empty()),
            issuers: Vec::new(),
            valid_from: None,
            valid_to: self.valid_to.map(id),
            source: None,
        }
    }

    /// What it is told by.
    pub fn subject(&self) -> Subject {
        let first = self.numbers.iter().map(|one| number(*one)).min();
        document_subject(first.unwrap_or_else(|| self.title.clone()))
    }

    pub fn is_relied_on(&self) -> bool {
        matches!(
            self.role,
            DocumentRole::LegalBasis | DocumentRole::ManagementRule | DocumentRole::EvaluationBasis
        )
    }
}

impl AllMet {
    pub fn covers(&self, target: &Target) -> bool {
        match self.covers {
            Coverage::Targets => true,
            Coverage::OverallTargets => target.level == TargetLevel::Overall,
            Coverage::DetailTargets => target.level == TargetLevel::Detail,
        }
    }
}

impl Papers {
    pub fn random(dice: &Dice, targets: &[Target]) -> Self {
        const ROLES: [DocumentRole; 4] = [
            DocumentRole::LegalBasis,
            DocumentRole::ManagementRule,
            DocumentRole::EvaluationBasis,
            DocumentRole::Background,
        ];
        let mut citations = Vec::new();
        for at in 0..u32::try_from(dice.between(2, 6)).unwrap() {
            let role = ROLES[dice.index(ROLES.len())];
            let numbers = match dice.below(5) {
                0 => vec![("市发", 10 + at), ("财发", 30 + at)],
                1 => Vec::new(),
                _ => vec![("市发", 10 + at)],
            };
            let until = if role == DocumentRole::Background { "2016" } else { "2019-06" };
            let valid_to = dice.chance(5_000).then_some(until);
            let title = format!("办法{at}（暂行）");
            for _ in 0..dice.between(1, 3) {
                // Of a joint issue a paper may name one number alone.
                let named = numbers.len().min(1 + dice.index(2));
                let (numbers, title) = (numbers[..named].to_vec(), title.clone());
                citations.push(Citation { role, numbers, title, valid_to, way: dice.index(4) });
            }
        }
        let annexes = (0..dice.below(4)).map(|_| [None, Some(true)][dice.index(2)]).collect();
        let is_number = |at: &usize| targets[*at].meets.is_number() && targets[*at].actual.is_some();
        let achieved = (0..targets.len()).filter(is_number).filter(|_| dice.chance(1_000));
        let kinds = [Coverage::Targets, Coverage::OverallTargets, Coverage::DetailTargets];
        let missed = (0..targets.len()).filter(|at| targets[*at].is_missed()).collect();
        let all_met = AllMet { covers: kinds[dice.index(kinds.len())], missed, forgets: None };
        Self {
            citations,
            annexes,
            year: 2019,
            achievements: achieved.map(|at| (at, 0)).collect(),
            all_met: dice.chance(5_000).then_some(all_met),
            retold: None,
            elsewhere: None,
        }
    }
}

fn statement(name: &str, kind: StatementKind, text: &str) -> Statement {
    Statement {
        fund: id(FUND),
        project: None,
        statement: name.to_owned(),
        kind,
        text: text.to_owned(),
        value: None,
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

/// What the papers of a fund say.
pub fn events(fund: &Fund) -> Vec<RegistryEvent> {
    let Papers { citations, annexes, year, achievements, all_met, .. } = &fund.papers;
    let cited = citations.iter().map(cite);
    let annexes = annexes.iter().enumerate().map(|(at, attached)| annex("", at, *attached));
    let year = Statement {
        value: Some(format!("{year}年度")),
        ..statement("year", StatementKind::Year, "主要成效")
    };
    let achieved = achievements.iter().filter_map(|(at, off)| {
        let target = &fund.targets[*at];
        Some(Statement {
            value: Some((target.actual? + off).to_string()),
            unit: target.actual_unit.map(str::to_owned),
            target: Some(target_ref(*at, target).target),
            ..statement(&format!("achieved-{at}"), StatementKind::Achievement, "成效")
        })
    });
    let all_met = all_met.as_ref().map(|said| {
        let is_out = |at: &usize| {
            let is_missed = said.missed.contains(at) || !fund.is_met(&fund.targets[*at]);
            is_missed && said.forgets != Some(*at)
        };
        let excepted = (0..fund.targets.len()).filter(is_out);
        let excepted = excepted.map(|at| target_ref(at, &fund.targets[at]).target).collect();
        let covers = Some(said.covers);
        Statement { covers, excepted, ..statement("all-met", StatementKind::Universal, "其他均已实现") }
    });
    let statements = std::iter::once(year).chain(achieved).chain(all_met);
    cited.chain(annexes).chain(statements.map(RegistryEvent::StatementRecorded)).collect()
}

/// Another reason why a target is missed.
pub fn retold(fund: &Fund) -> Option<TargetEvent> {
    let at = fund.papers.retold?;
    Some(TargetEvent::MissExplained {
        fund: id(FUND),
        explanation: "retold".to_owned(),
        project: None,
        group: None,
        targets: vec![target_ref(at, &fund.targets[at]).target],
        reason: "机构改革".to_owned(),
        source: None,
    })
}

fn cite(citation: &Citation) -> RegistryEvent {
    RegistryEvent::FundDocumentAdded { fund: id(FUND), document: citation.document() }
}

fn annex(when: &str, at: usize, attached: Option<bool>) -> RegistryEvent {
    let name = format!("annex-{at}{when}");
    let said = statement(&name, StatementKind::Annex, &format!("附表{at}"));
    RegistryEvent::StatementRecorded(Statement { attached, ..said })
}

/// Says what puts the papers right: annexes that come later, a document that holds on. What else was said stays said: `None`.
pub fn repair(world: &mut World, broken: &Fund, whole: &Fund) -> Option<()> {
    let (was, is) = (&broken.papers, &whole.papers);
    let said = |papers: &Papers, fund: &Fund| {
        let achieved = papers.achievements.iter().map(|(at, off)| {
            let target = &fund.targets[*at];
            (*at, *off, target.actual, target.actual_unit)
        });
        let forgets = papers.all_met.as_ref().and_then(|said| said.forgets);
        (papers.year, achieved.collect::<Vec<_>>(), forgets, papers.retold, papers.citations.len())
    };
    (said(was, broken) == said(is, whole)).then_some(())?;
    let mut told: Vec<Take> = Vec::new();
    for (was, is) in was.citations.iter().zip(&is.citations).filter(|(was, is)| was != is) {
        assert_eq!((&was.numbers, &was.title), (&is.numbers, &is.title), "a class breaks periods alone");
        let holds_on = Citation { valid_to: is.valid_to.or(Some("2020")), ..is.clone() };
        told.push(of_registry(&cite(&holds_on)));
    }
    for (at, (was, is)) in was.annexes.iter().zip(&is.annexes).enumerate() {
        if was != is {
            told.push(of_registry(&annex("-late", at, Some(true))));
        }
    }
    for take in told {
        world.take(take);
    }
    Some(())
}
