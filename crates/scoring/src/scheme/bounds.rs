//! The bounds beyond which figures are a finding: `[findings]`.

use jixiao_events::Number;
use jixiao_events::bounds::Bounds;
use jixiao_events::scheme::Parameter;

use super::FaultKind;
use super::read::whole;
use super::toml_reader::{At, Reader, Rests, Section};

/// The most days that a tender may take: no fiscal year has more.
const MAX_DAYS: u32 = 366;

/// Reads the table; none of it has to be there. `None`, with at least one fault noted, where something in it is wrong.
pub(super) fn bounds(reader: &mut Reader<'_>, file: &mut Section<'_>, around: &Rests) -> Option<Bounds> {
    let Some(value) = file.get("findings") else {
        return Some(Bounds::default());
    };
    let mut section = reader.table(value)?;
    let rests = reader.rests(&mut section, around);
    let hundred = Number::HUNDRED;
    let most = Number::from(1_000_000_i64);
    let over_target = number(reader, &mut section, "over_target", &rests, |ratio| {
        (hundred < ratio && ratio <= most, "above 100 percent, at which a target is met")
    });
    let paid_when_full = number(reader, &mut section, "paid_when_full", &rests, |share| {
        (Number::ZERO < share && share <= hundred, "above 0 and at most 100 percent")
    });
    let progress_gap = number(reader, &mut section, "progress_gap", &rests, |points| {
        ((Number::ZERO..hundred).contains(&points), "from 0 to below 100 percentage points")
    });
    let earlier_year = number(reader, &mut section, "earlier_year", &rests, |share| {
        (Number::ZERO < share && share <= most, "above 0 percent")
    });
    let tender_days = section.get("tender_days").map(|value| {
        let days = reader.parameter(value, &rests, |reader, value| {
            whole(reader, value, 0, MAX_DAYS, "days of a tender are a whole number from 0 to 366")
        });
        days.map(|days| days.value)
    });
    reader.end(&section, "the bounds of findings");
    Some(Bounds {
        over_target: over_target.ok()?,
        paid_when_full: paid_when_full.ok()?,
        progress_gap: progress_gap.ok()?,
        earlier_year: earlier_year.ok()?,
        tender_days: match tender_days {
            None => None,
            Some(days) => Some(days?),
        },
    })
}

/// A bound that was read wrongly, and noted so.
struct Faulty;

fn number(
    reader: &mut Reader<'_>,
    section: &mut Section<'_>,
    key: &'static str,
    rests: &Rests,
    fits: impl FnOnce(Number) -> (bool, &'static str),
) -> Result<Option<Parameter<Number>>, Faulty> {
    let is_there = section.has(key);
    let Some(At { at, value }) = reader.optional_number(section, key, rests) else {
        return if is_there { Err(Faulty) } else { Ok(None) };
    };
    let (is_fit, range) = fits(value.value);
    let message = || format!("`{key}` is {range}, not {}", value.value);
    if reader.require(is_fit, at, FaultKind::BadNumber, message) { Ok(Some(value)) } else { Err(Faulty) }
}

#[cfg(test)]
mod tests {
    use jixiao_events::scheme::Basis;

    use crate::domain::tests::{SMART_CITY, number};
    use crate::scheme::{FaultKind, parse};

    /// The example scheme with other bounds.
    fn with(table: &str) -> String {
        let (before, rest) = SMART_CITY.split_once("\n[findings]\n").unwrap();
        let (_, nodes) = rest.split_once("\n[[node]]\n").unwrap();
        format!("{before}\n{table}\n[[node]]\n{nodes}")
    }

    #[test]
    fn each_bound_is_a_parameter_with_its_basis() {
        let table = "[findings]\nbasis = \"assumed\"\nsource = \"forms of other places\"\nover_target = 130\npaid_when_full = 50\nprogress_gap = { value = 10, basis = \"stated\", source = \"川财绩〔2025〕8号\" }\ntender_days = 60\nearlier_year = 30";
        let bounds = parse(&with(table)).unwrap().findings;
        let over = bounds.over_target.unwrap();
        assert_eq!((over.value, over.basis), (number("130"), Basis::Assumed));
        assert_eq!(over.source.as_deref(), Some("forms of other places"));
        assert_eq!(bounds.progress_gap.unwrap().basis, Basis::Stated);
        assert_eq!(bounds.paid_when_full.unwrap().value, number("50"));
        assert_eq!(bounds.tender_days.unwrap().value, 60);
        assert_eq!(bounds.earlier_year.unwrap().value, number("30"));
        assert!(parse(&with("")).unwrap().findings.is_empty());
        assert!(parse(&with("[findings]")).unwrap().findings.is_empty());
    }

    #[test]
    fn every_wrong_bound_is_told_at_once() {
        for (line, kinds) in [
            ("over_target = 100", &[FaultKind::BadNumber][..]),
            ("over_target = \"far\"", &[FaultKind::WrongType]),
            ("paid_when_full = 0\nprogress_gap = 100", &[FaultKind::BadNumber; 2]),
            ("tender_days = 1.5\nearlier_year = -1", &[FaultKind::BadNumber; 2]),
            ("tender_days = 367", &[FaultKind::BadNumber]),
            ("late = 3", &[FaultKind::UnknownKey]),
            ("over_target = { value = 130, basis = \"guessed\" }", &[FaultKind::UnknownWord]),
        ] {
            let faults = parse(&with(&format!("[findings]\n{line}"))).unwrap_err();
            assert_eq!(
                faults.iter().map(|fault| fault.kind).collect::<Vec<_>>(),
                kinds,
                "{line}: {faults:?}"
            );
        }
        let faults = parse(&with("findings = 3")).unwrap_err();
        assert_eq!(faults[0].kind, FaultKind::WrongType);
    }
}
