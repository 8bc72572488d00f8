//! What persons say of indicators.

use std::collections::BTreeMap;

use jixiao_edge::{Call, Fields};
use jixiao_events::scheme::Answer;
use jixiao_events::scoring::Judgement;
use jixiao_proto::jixiao::scoring::v1 as pb;
use tonic::{Request, Status};

use super::Write;
use crate::domain::ScoringCommand;

/// The most characters of an id, a level or a piece of evidence.
const SHORT: usize = 500;
/// The most pieces of evidence of one judgement.
const MAX_EVIDENCE: usize = 100;
/// The most answers of one judgement.
const MAX_ANSWERS: usize = 200;

/// A [`ScoringCommand::JudgeIndicator`].
pub fn judge_indicator(request: Request<pb::JudgeIndicatorRequest>) -> Result<Write, Status> {
    let (call, message, mut fields) = Call::open(request);
    let name = fields.evaluated_indicator("name", &message.name);
    let judgement = judgement(&mut fields, message.judgement);
    let reason = fields.required_text("reason", &message.reason, 2_000);
    let on = fields.date("on", &message.on);
    let evidence = evidence(&mut fields, &message.evidence);
    let all = (name, judgement, reason, on, evidence);
    let ((of, indicator), judgement, reason, on, evidence) = fields.all(all)?;
    let name = of.indicator(&indicator);
    Ok((call, name, ScoringCommand::JudgeIndicator { of, indicator, judgement, reason, on, evidence }))
}

/// Pieces of evidence.
pub(super) fn evidence(fields: &mut Fields, pieces: &[String]) -> Option<Vec<String>> {
    if pieces.len() > MAX_EVIDENCE {
        let message = format!("at most {MAX_EVIDENCE} pieces, not {}", pieces.len());
        fields.violation("evidence", "TOO_MANY", message);
        return None;
    }
    let read = pieces
        .iter()
        .enumerate()
        .map(|(index, piece)| fields.required_text(&format!("evidence[{index}]"), piece, SHORT));
    // Every piece is looked at, so that all bad ones are named.
    read.collect::<Vec<_>>().into_iter().collect()
}

fn judgement(
    fields: &mut Fields,
    judgement: Option<pb::judge_indicator_request::Judgement>,
) -> Option<Judgement> {
    use pb::judge_indicator_request::Judgement as Given;
    match judgement {
        None => {
            let message = "say one of level, coefficient, deduction, answers, not_applicable, withdrawn";
            fields.violation("judgement", "REQUIRED", message);
            None
        }
        Some(Given::Level(reached)) => {
            let level = fields.required_text("level.level", &reached.level, SHORT);
            let is_given = !reached.points.is_empty();
            let points = if is_given { fields.points("level.points", &reached.points) } else { None };
            if is_given && points.is_none() {
                return None;
            }
            level.map(|level| Judgement::Level { level, points })
        }
        Some(Given::Coefficient(coefficient)) => fields
            .points("coefficient", &coefficient)
            .map(|coefficient| Judgement::Coefficient { coefficient }),
        Some(Given::Deduction(points)) => {
            fields.points("deduction", &points).map(|points| Judgement::Deduction { points })
        }
        Some(Given::Answers(answers)) => {
            self::answers(fields, answers).map(|answers| Judgement::Answers { answers })
        }
        Some(Given::NotApplicable(pb::NotApplicable {})) => Some(Judgement::NotApplicable {}),
        Some(Given::Withdrawn(pb::Withdrawal {})) => Some(Judgement::Withdrawn {}),
    }
}

fn answers(fields: &mut Fields, answers: pb::Answers) -> Option<BTreeMap<String, Answer>> {
    let count = answers.answers.len();
    if !(1..=MAX_ANSWERS).contains(&count) {
        let message = format!("from 1 to {MAX_ANSWERS} answers, not {count}");
        fields.violation("answers", "BAD_COUNT", message);
        return None;
    }
    let mut all = BTreeMap::new();
    let mut is_whole = true;
    for (index, answer) in answers.answers.into_iter().enumerate() {
        let path = format!("answers.answers[{index}]");
        let ask = fields.required_text(&format!("{path}.ask"), &answer.ask, SHORT);
        let value = self::answer(fields, &path, answer.value);
        match ask.zip(value) {
            None => is_whole = false,
            Some((ask, value)) => {
                if all.insert(ask, value).is_some() {
                    fields.violation(&format!("{path}.ask"), "DUPLICATE", "answered twice: say it once");
                    is_whole = false;
                }
            }
        }
    }
    is_whole.then_some(all)
}

fn answer(fields: &mut Fields, path: &str, value: Option<pb::answer::Value>) -> Option<Answer> {
    match value {
        None => {
            let message = "say one of number, date, yes, survey";
            fields.violation(&format!("{path}.value"), "REQUIRED", message);
            None
        }
        Some(pb::answer::Value::Number(number)) => {
            fields.number(&format!("{path}.number"), &number).map(|value| Answer::Number { value })
        }
        Some(pb::answer::Value::Date(date)) => {
            fields.date(&format!("{path}.date"), &date).map(|date| Answer::Date { date })
        }
        Some(pb::answer::Value::Yes(yes)) => Some(Answer::YesNo { yes }),
        Some(pb::answer::Value::Survey(survey)) => {
            let mut counts = BTreeMap::new();
            let mut is_whole = true;
            for (index, count) in survey.counts.into_iter().take(MAX_ANSWERS).enumerate() {
                let path = format!("{path}.survey.counts[{index}]");
                let choice = fields.required_text(&format!("{path}.choice"), &count.choice, SHORT);
                let Ok(counted) = u64::try_from(count.count) else {
                    let message = format!("a count is not below 0, as {} is", count.count);
                    fields.violation(&format!("{path}.count"), "OUT_OF_RANGE", message);
                    is_whole = false;
                    continue;
                };
                let Some(choice) = choice else {
                    is_whole = false;
                    continue;
                };
                if counts.insert(choice, counted).is_some() {
                    fields.violation(&format!("{path}.choice"), "DUPLICATE", "counted twice: say it once");
                    is_whole = false;
                }
            }
            is_whole.then_some(Answer::Survey { counts })
        }
    }
}
