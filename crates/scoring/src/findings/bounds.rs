//! What the checks share that compare with a bound of the scheme.

use jixiao_events::scheme::Parameter;

use super::Found;

impl Found {
    /// With a bound of the scheme, what it rests on, and where that is said.
    #[must_use]
    pub(super) fn bound<T: ToString>(self, bound: &Parameter<T>, unit: Option<&str>) -> Self {
        let found = self
            .figure_in("bound", &bound.value.to_string(), unit)
            .figure("basis", &<&str>::from(bound.basis));
        bound.source.iter().fold(found, |found, source| found.figure("source", source))
    }
}
