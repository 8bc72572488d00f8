//! Refusals, in order of precedence: each case breaks one rule more than the one below it.

use super::*;

#[track_caller]
fn check(world: &mut World, step: &Step, expected: ScoringRefusal) {
    assert_eq!(world.step(step), Err(expected), "{step:?}");
}

fn open_version(scheme: &str, version: Option<u32>) -> Step {
    let (fund, scheme) = (fund_id(), Some(scheme.parse().unwrap()));
    let wanted = Wanted { scheme, version, ..Wanted::default() };
    Step::Command(ScoringCommand::OpenEvaluation { of: fund.into(), wanted })
}

#[test]
fn loading() {
    let mut world = World::default();
    let huge = "#".repeat(super::super::MAX_SCHEME_BYTES);
    let step = Step::Command(ScoringCommand::LoadScheme { scheme: scheme(), text: huge, approved: None });
    assert!(matches!(world.step(&step), Err(ScoringRefusal::SchemeTooLarge { bytes }) if bytes > 200 * 1024));
    world.steps(&[load()]);
    let id: jixiao_events::SchemeId = "wuxi-2019-smart-city".parse().unwrap();
    check(&mut world, &load(), ScoringRefusal::SchemeUnchanged { scheme: id, version: 1 });
    let text = format!("{SMART_CITY}\n# 2");
    let events = world
        .step(&Step::Command(ScoringCommand::LoadScheme { scheme: scheme(), text, approved: None }))
        .unwrap();
    assert!(matches!(&events[..], [ScoringEvent::SchemeLoaded { version: 2, .. }]));
    // The first text again is a third version.
    let events = world.step(&load()).unwrap();
    assert!(matches!(&events[..], [ScoringEvent::SchemeLoaded { version: 3, .. }]));
}

#[test]
fn opening() {
    let mut world = World::default();
    let id: jixiao_events::SchemeId = "wuxi-2019-smart-city".parse().unwrap();
    check(&mut world, &open_version("none", None), ScoringRefusal::FundNotFound(fund_id()));
    world.steps(&[fund()]);
    check(&mut world, &open_version("none", None), ScoringRefusal::SchemeNotFound("none".parse().unwrap()));
    world.steps(&[load()]);
    let missing = ScoringRefusal::SchemeVersionNotFound { scheme: id.clone(), version: 2, newest: 1 };
    check(&mut world, &open_version("wuxi-2019-smart-city", Some(2)), missing);
    let text = SMART_CITY.replace("fiscal_year = 2019", "fiscal_year = 2020");
    let later = Arc::new(crate::scheme::parse(&text).unwrap());
    world.steps(&[Step::Command(ScoringCommand::LoadScheme { scheme: later, text, approved: None })]);
    let differs = ScoringRefusal::FiscalYearDiffers {
        fund: fund_id(),
        fund_year: 2019,
        scheme: id.clone(),
        scheme_year: 2020,
    };
    check(&mut world, &open_version("wuxi-2019-smart-city", Some(2)), differs);
    world.steps(&[open_version("wuxi-2019-smart-city", Some(1))]);
    let unchanged = ScoringRefusal::EvaluationUnchanged { of: fund_id().into(), scheme: id, version: 1 };
    check(&mut world, &open_version("wuxi-2019-smart-city", Some(1)), unchanged);
}

#[test]
fn judging() {
    let mut world = World::default();
    let absent = "management.funds_use.absent";
    let rate = "management.funds_use.execution_rate";
    let compliance = "management.funds_use.compliance";
    check(&mut world, &judge(absent, "9"), ScoringRefusal::EvaluationNotOpen(fund_id().into()));
    world.steps(&[fund(), load(), open()]);
    let (fund, indicator) = (fund_id(), absent.parse().unwrap());
    check(&mut world, &judge(absent, "9"), ScoringRefusal::IndicatorNotFound { of: fund.into(), indicator });
    let (fund, indicator) = (fund_id(), "management.funds_use".parse().unwrap());
    check(
        &mut world,
        &judge("management.funds_use", "9"),
        ScoringRefusal::IndicatorNotFound { of: fund.into(), indicator },
    );
    let (fund, indicator) = (fund_id(), rate.parse().unwrap());
    check(&mut world, &judge(rate, "9"), ScoringRefusal::IndicatorComputed { of: fund.into(), indicator });
    for score in ["9", "5.01", "-0.01"] {
        let refusal =
            ScoringRefusal::ScoreOutOfRange { score: number(score), least: number("0"), most: number("5") };
        check(&mut world, &judge(compliance, score), refusal);
    }
    world.steps(&[judge(compliance, "5"), judge(compliance, "0")]);
    // A target that its rule computes is not for a person.
    let o01 = target_ref(None, "o01");
    world.steps(&[set(o01.clone(), definition(TargetLevel::Overall, "1", "70", None))]);
    let (fund, indicator) = (fund_id(), "targets.overall.o01".parse().unwrap());
    check(
        &mut world,
        &judge("targets.overall.o01", "1"),
        ScoringRefusal::IndicatorComputed { of: fund.into(), indicator },
    );
}

#[test]
fn stating() {
    let mut world = World::default();
    let figure = Step::Command(ScoringCommand::StateFigure {
        fund: fund_id(),
        quantity: "score.total".to_owned(),
        value: number("76.5"),
        stated: "76.5".to_owned(),
        unit: Some("分".to_owned()),
        basis: "stated".to_owned(),
        place: "line 207".to_owned(),
    });
    check(&mut world, &figure, ScoringRefusal::FundNotFound(fund_id()));
    world.steps(&[fund(), figure.clone(), figure]);
    assert_eq!(world.folded.prefix("stated/").count(), 1);
}
