//! Monitoring for the wire.

use jixiao_edge::pb_names;
use jixiao_eventlog::StoredEvent;
use jixiao_eventlog::event::recorded_text;
use jixiao_events::finding::Figure;
use jixiao_events::monitoring::{Limits, Monitor, Warning, WarningLevel, Watched};
use jixiao_events::scheme::Parameter;
use jixiao_events::scoring::Cause;
use jixiao_events::{FundId, MonitorId, Names};
use jixiao_proto::jixiao::scoring::v1 as pb;

use super::cause;
use super::scheme::{level as target_level, parameter};
use crate::domain::monitoring::{NoValue, Seen};
use crate::domain::state::{Cited, Clock, Evaluation, StandingWarning};
use crate::rules::Described;

/// What a scheme watches.
pub(crate) fn scheme_monitor(monitor: &Monitor) -> pb::SchemeMonitor {
    let mut parameters = Vec::new();
    let (watches, of_level) = match &monitor.watched {
        Watched::Money { of } => {
            parameters.push(word("of", of));
            ("money", None)
        }
        Watched::Targets { by, level } => {
            parameters.push(word("by", by));
            ("targets", *level)
        }
        Watched::Gap { of, by, level, ahead } => {
            parameters.extend([word("of", of), word("by", by), word("ahead", ahead)]);
            ("gap", *level)
        }
    };
    let mut maybe = |key: String, described: Option<Described>| {
        parameters.extend(described.map(|described| Described { key, ..described }));
    };
    let limits = match &monitor.limits {
        Limits::Checkpoints { checkpoints } => {
            for (at, checkpoint) in checkpoints.iter().enumerate() {
                let key = |name: &str| format!("checkpoints[{at}].{name}");
                maybe(key("from"), Some(Described::new("", &checkpoint.from)));
                maybe(key("yellow_below"), number(checkpoint.yellow_below.as_ref()));
                maybe(key("red_below"), number(checkpoint.red_below.as_ref()));
            }
            "checkpoints"
        }
        Limits::TimeProportional { elapsed, from, yellow_below, red_below } => {
            maybe("elapsed".to_owned(), Some(word("", elapsed)));
            maybe("from".to_owned(), number(from.as_ref()));
            maybe("yellow_below".to_owned(), number(yellow_below.as_ref()));
            maybe("red_below".to_owned(), number(red_below.as_ref()));
            "time_proportional"
        }
        Limits::Distance { from, yellow_above, red_above } => {
            maybe("from".to_owned(), number(from.as_ref()));
            maybe("yellow_above".to_owned(), number(yellow_above.as_ref()));
            maybe("red_above".to_owned(), number(red_above.as_ref()));
            "distance"
        }
    };
    pb::SchemeMonitor {
        monitor: monitor.monitor.to_string(),
        names: Some(pb_names(&monitor.name)),
        watches: watches.to_owned(),
        level: of_level.map_or(pb::TargetLevel::Unspecified, target_level).into(),
        limits: limits.to_owned(),
        parameters: parameters.iter().map(parameter).collect(),
    }
}

fn word<T: Copy + Into<&'static str>>(key: &str, parameter: &Parameter<T>) -> Described {
    let value: &str = parameter.value.into();
    Described {
        key: key.to_owned(),
        value: value.to_owned(),
        basis: parameter.basis,
        source: parameter.source.clone(),
    }
}

fn number<T: ToString>(parameter: Option<&Parameter<T>>) -> Option<Described> {
    parameter.map(|parameter| Described::new("", parameter))
}

/// How the monitors of a fund stand.
pub(crate) fn monitoring(
    fund: &FundId,
    clock: Option<&Clock>,
    open: &Evaluation,
    monitors: Vec<pb::MonitorStanding>,
) -> pb::Monitoring {
    pb::Monitoring {
        name: fund.resource(),
        on: clock.map(|clock| clock.on.to_string()).unwrap_or_default(),
        scheme: open.scheme.resource(),
        scheme_version: open.version,
        monitors,
    }
}

/// How one monitor stands.
pub(crate) fn monitor_standing(fund: &FundId, monitor: &Monitor, seen: &Seen) -> pb::MonitorStanding {
    let no_value = seen.level.err();
    pb::MonitorStanding {
        name: name(fund, &monitor.monitor),
        monitor: monitor.monitor.to_string(),
        names: Some(pb_names(&monitor.name)),
        level: seen.level.map_or(pb::MonitorLevel::Unspecified, level).into(),
        no_value: no_value.map(|reason| <&str>::from(reason).to_owned()).unwrap_or_default(),
        no_value_text: no_value.map(|reason| pb_names(&no_value_text(reason))),
        figures: seen.figures.iter().map(figure).collect(),
    }
}

fn no_value_text(reason: NoValue) -> Names {
    let [zh, en] = match reason {
        NoValue::NoDate => ["尚无日期：时钟未走到该年度的任何一天", "no day of the year has come yet"],
        NoValue::NotWatchedYet => ["尚未到开始监控的日期", "the day from which it is watched has not come"],
        NoValue::NothingElapsed => ["年度时间进度为零", "none of the year has passed"],
        NoValue::NoBudget => {
            ["作为分母的预算不大于零", "the budget that it is measured against is not above zero"]
        }
        NoValue::NoTargets => ["没有纳入评价的绩效目标", "no target of the fund is evaluated"],
    };
    Names { zh: zh.to_owned(), en: Some(en.to_owned()) }
}

/// A warning that stands, with the figures of now and, where they are stored, the events that raised it and gave it its level.
pub(crate) fn standing_warning(
    (fund, monitor): (&FundId, &MonitorId),
    standing: &StandingWarning,
    stored: Option<[&Cited; 2]>,
    clock: Option<&Clock>,
    figures: &[Figure],
) -> pb::Warning {
    let shown = Shown { fund, monitor, name: &standing.name, level: standing.level, figures };
    pb::Warning {
        on: clock.map(|clock| clock.on.to_string()).unwrap_or_default(),
        raised_time: stored.map(|[raised, _]| recorded_text(raised.recorded_time)).unwrap_or_default(),
        raised_event: stored.map(|[raised, _]| raised.id.clone()).unwrap_or_default(),
        changed_time: stored.map(|[_, changed]| recorded_text(changed.recorded_time)).unwrap_or_default(),
        changed_event: stored.map(|[_, changed]| changed.id.clone()).unwrap_or_default(),
        ..shown.warning()
    }
}

/// What happened to a warning, as its event holds it.
pub(crate) fn warning_change(
    stored: &StoredEvent,
    kind: pb::WarningChangeKind,
    warning: &Warning,
    was: Option<WarningLevel>,
    because: &Cause,
) -> pb::WarningChange {
    let (_, source) = cause(stored, because);
    let source = source.unwrap_or_default();
    let shown = Shown {
        fund: &warning.fund,
        monitor: &warning.monitor,
        name: &warning.name,
        level: warning.level,
        figures: &warning.figures,
    };
    pb::WarningChange {
        event_id: stored.id.clone(),
        recorded_time: stored.recorded_text(),
        kind: kind.into(),
        warning: Some(pb::Warning { on: warning.on.to_string(), ..shown.warning() }),
        was: was.map_or(pb::MonitorLevel::Unspecified, |was| level(Some(was))).into(),
        cause: match because {
            Cause::Source { .. } => "source",
            Cause::Opened => "opened",
            Cause::Judged { .. } => "judged",
            Cause::Stated { .. } => "stated",
            Cause::Date { .. } => "date",
            Cause::Voided { .. } => "voided",
        }
        .to_owned(),
        source_log: source.log,
        source_id: source.id,
        source_type: source.r#type,
    }
}

/// A warning as it is shown.
struct Shown<'a> {
    fund: &'a FundId,
    monitor: &'a MonitorId,
    name: &'a Names,
    level: WarningLevel,
    figures: &'a [Figure],
}

impl Shown<'_> {
    fn warning(&self) -> pb::Warning {
        pb::Warning {
            name: name(self.fund, self.monitor),
            monitor: self.monitor.to_string(),
            names: Some(pb_names(self.name)),
            level: level(Some(self.level)).into(),
            message: Some(pb_names(&self.message())),
            figures: self.figures.iter().map(figure).collect(),
            ..Default::default()
        }
    }

    /// In a sentence: what is watched, how far it is, and what it is held against.
    fn message(&self) -> Names {
        let of = |name: &str| self.figures.iter().find(|figure| figure.name == name);
        let said = |name: &str| of(name).map(|figure| shortened(&figure.value));
        let bounds = ["red_below", "yellow_below", "red_above", "yellow_above"];
        let bounds = bounds.iter().filter_map(|name| Some((*name, said(name)?)));
        let [mut zh, mut en]: [Vec<String>; 2] = Default::default();
        let progress = [
            ("money_progress", "支付进度 {}%", "money {}%"),
            ("target_progress", "目标进度 {}%", "targets {}%"),
            ("gap", "两者相差 {} 个百分点", "gap {} points"),
            ("elapsed", "时间进度 {}%", "time {}%"),
            ("pace", "进度与时间之比 {}%", "progress to time {}%"),
            ("checkpoint", "自 {} 起", "from {} on"),
        ];
        for (name, chinese, english) in progress {
            if let Some(value) = said(name) {
                zh.push(chinese.replace("{}", &value));
                en.push(english.replace("{}", &value));
            }
        }
        for (name, value) in bounds {
            let (chinese, english) = match name {
                "red_below" => ("低于 {}% 为红色", "red below {}%"),
                "yellow_below" => ("低于 {}% 为黄色", "yellow below {}%"),
                "red_above" => ("超过 {} 为红色", "red above {}"),
                _ => ("超过 {} 为黄色", "yellow above {}"),
            };
            zh.push(chinese.replace("{}", &value));
            en.push(english.replace("{}", &value));
        }
        let title = self.name;
        let english = title.en.as_deref().unwrap_or(&title.zh);
        Names {
            zh: [title.zh.clone(), zh.join("，")].join("："),
            en: Some([english.to_owned(), en.join(", ")].join(": ")),
        }
    }
}

/// A figure as a sentence has it: two decimals.
fn shortened(value: &str) -> String {
    match value.parse::<jixiao_events::Number>() {
        Ok(number) => number.round_half_up(2).to_string(),
        Err(_) => value.to_owned(),
    }
}

fn name(fund: &FundId, monitor: &MonitorId) -> String {
    format!("{}/warnings/{monitor}", fund.resource())
}

fn level(level: Option<WarningLevel>) -> pb::MonitorLevel {
    match level {
        None => pb::MonitorLevel::Green,
        Some(WarningLevel::Yellow) => pb::MonitorLevel::Yellow,
        Some(WarningLevel::Red) => pb::MonitorLevel::Red,
    }
}

fn figure(figure: &Figure) -> pb::MonitorFigure {
    pb::MonitorFigure {
        name: figure.name.clone(),
        value: figure.value.clone(),
        unit: figure.unit.clone().unwrap_or_default(),
    }
}
