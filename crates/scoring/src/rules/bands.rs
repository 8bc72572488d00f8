//! Points by the band that the value falls into.

use std::fmt::Write;

use jixiao_events::Number;
use jixiao_events::scheme::Band;

use super::{Described, Outcome, Seen, Words, chosen, within};

/// The first band whose upper end is not passed. `None` only where the last band is not open, which no scheme that was
/// checked has.
pub(super) fn band(bands: &[Band], measured: Number) -> Option<&Band> {
    bands.get(band_at(bands, measured)?)
}

/// The place of that band, from 0.
pub(crate) fn band_at(bands: &[Band], measured: Number) -> Option<usize> {
    let holds = |band: &Band| match &band.up_to {
        None => true,
        Some(up_to) if band.inclusive => measured <= up_to.value,
        Some(up_to) => measured < up_to.value,
    };
    bands.iter().position(holds)
}

/// The band's points, a person's within them where it has several.
pub(super) fn outcome(bands: &[Band], seen: &Seen<'_>) -> Outcome {
    let Some(band) = seen.measured.and_then(|measured| band(bands, measured)) else {
        return Outcome::NoValue;
    };
    match &band.at_least {
        None => Outcome::Points(within(band.points.value, seen.weight)),
        Some(_) => allowed(bands, seen).map_or(Outcome::NoValue, |range| chosen(seen.judged, range)),
    }
}

/// The least and the most points of the band that holds the value; `None` where it has just one.
pub(super) fn allowed(bands: &[Band], seen: &Seen<'_>) -> Option<(Number, Number)> {
    let band = band(bands, seen.measured?)?;
    // A target may weigh less than the band's points.
    let within = |points: Number| within(points, seen.weight);
    Some((within(band.at_least.as_ref()?.value), within(band.points.value)))
}

pub(super) fn parameters(bands: &[Band]) -> Vec<Described> {
    let of_band = |(at, band): (usize, &Band)| {
        let end = if band.inclusive { "up_to" } else { "below" };
        let end = band.up_to.iter().map(move |up_to| Described::new(format!("bands[{at}].{end}"), up_to));
        let least =
            band.at_least.iter().map(move |least| Described::new(format!("bands[{at}].at_least"), least));
        let points = Described::new(format!("bands[{at}].points"), &band.points);
        end.chain(least).chain([points]).collect::<Vec<_>>()
    };
    bands.iter().enumerate().flat_map(of_band).collect()
}

pub(super) fn words(bands: &[Band]) -> Words {
    let mut words = Words { zh: "按区间得分：".to_owned(), en: "by band: ".to_owned() };
    for (at, band) in bands.iter().enumerate() {
        let points = match &band.at_least {
            Some(least) => format!("{}–{}", least.value, band.points.value),
            None => band.points.value.to_string(),
        };
        let (zh, en) = match &band.up_to {
            Some(up_to) if band.inclusive => {
                (format!("不高于 {}", up_to.value), format!("up to {}", up_to.value))
            }
            Some(up_to) => (format!("低于 {}", up_to.value), format!("below {}", up_to.value)),
            None => ("更高".to_owned(), "beyond".to_owned()),
        };
        let (comma_zh, comma_en) = if at == 0 { ("", "") } else { ("，", ", ") };
        // Writing to a text cannot fail.
        let _ = write!(words.zh, "{comma_zh}{zh} 得 {points} 分");
        let _ = write!(words.en, "{comma_en}{en}: {points}");
    }
    words
}
