//! Reading a request: every bad field is named at once.

use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use jixiao_events::names::IdError;
use jixiao_events::{
    AgencyId, Approval, EntryId, Evaluated, FindingId, FundId, GroupId, IndicatorId, Money, Names, Number,
    PartialDate, ProjectId, SchemeId, TargetId,
};
use jixiao_proto::google::r#type::Money as PbMoney;
use jixiao_proto::jixiao::types::v1 as pb;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

use jixiao_eventlog::ERROR_DOMAIN;

use crate::status::MOST_CHARS;

/// The most bytes of violations in one answer: its details travel in its trailers, of which clients take 16 KiB.
const MOST_BYTES: usize = 7_000;

/// The most decimals of a number, as of a scheme's: sums and products of such numbers stay exact.
const MOST_DECIMALS: u32 = 12;

/// The largest number, either way, as of money; and the largest number of points, as of a scheme's.
const MOST: i64 = 1_000_000_000_000_000;
const MOST_POINTS: i64 = 1_000_000_000;

/// What is wrong with a request, field by field, while it is read.
///
/// Each reading method gives `Some` or notes a violation; [`Fields::all`] then gives the values or the one answer that
/// names every violation.
#[derive(Debug, Default)]
pub struct Fields {
    violations: Vec<(String, &'static str, String)>,
    named: Named,
}

/// Which field names which resource, for an answer about one: shared with the call, which outlives the reading.
#[derive(Debug, Clone, Default)]
pub(crate) struct Named(Arc<Mutex<Vec<(String, String)>>>);

impl Named {
    fn note(&self, field: &str, value: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((field.to_owned(), value.to_owned()));
    }

    /// The field that names a resource: the resource itself, one below it, or the id that it is to have.
    pub(crate) fn field_of(&self, resource: &str) -> Option<String> {
        let named = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let find = |is_it: &dyn Fn(&str, &str) -> bool| {
            named.iter().find(|(field, value)| is_it(field, value)).map(|(field, _)| field.clone())
        };
        let below = |value: &str| value.strip_prefix(resource).is_some_and(|rest| rest.starts_with('/'));
        let id = resource.rsplit('/').next();
        find(&|_, value| value == resource)
            .or_else(|| find(&|field, value| field.ends_with("_id") && Some(value) == id))
            .or_else(|| find(&|_, value| below(value)))
    }
}

impl Fields {
    /// Nothing is wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Which field names which resource, as far as they are read.
    pub(crate) fn named(&self) -> Named {
        self.named.clone()
    }

    /// Notes a violation: the field, a stable reason, what is wrong and what would be right.
    pub fn violation(&mut self, field: &str, reason: &'static str, description: impl Into<String>) {
        self.violations.push((field.to_owned(), reason, clip(description.into(), MOST_CHARS)));
    }

    /// What is wrong so far: field, reason, description.
    pub fn violations(&self) -> &[(String, &'static str, String)] {
        &self.violations
    }

    fn required(&mut self, field: &str, value: &str) -> bool {
        if value.is_empty() {
            self.violation(field, "REQUIRED", "is required");
        }
        !value.is_empty()
    }

    /// A text that has to be given: at most `max_chars`, no control characters but line breaks and tabs.
    pub fn required_text(&mut self, field: &str, value: &str, max_chars: usize) -> Option<String> {
        if value.trim().is_empty() {
            self.violation(field, "REQUIRED", "is required");
            return None;
        }
        self.text(field, value, max_chars)
    }

    /// A text that may be left out: `None` when empty.
    pub fn text(&mut self, field: &str, value: &str, max_chars: usize) -> Option<String> {
        if value.is_empty() {
            return None;
        }
        if let Some(bad) = value.chars().find(|char| char.is_control() && !matches!(char, '\n' | '\r' | '\t'))
        {
            self.violation(
                field,
                "CONTROL_CHARACTER",
                format!("holds the control character U+{:04X}", u32::from(bad)),
            );
            return None;
        }
        let chars = value.chars().count();
        if chars > max_chars {
            self.violation(
                field,
                "TOO_LONG",
                format!("has {chars} characters, at most {max_chars} are kept"),
            );
            return None;
        }
        Some(value.to_owned())
    }

    fn parsed<T: FromStr<Err: std::fmt::Display>>(
        &mut self,
        field: &str,
        value: &str,
        reason: &'static str,
    ) -> Option<T> {
        value.parse().map_err(|error: T::Err| self.violation(field, reason, error.to_string())).ok()
    }

    /// An id that has to be given.
    pub fn id<T: FromStr<Err = IdError>>(&mut self, field: &str, value: &str) -> Option<T> {
        self.named.note(field, value);
        if self.required(field, value) { self.parsed(field, value, "BAD_ID") } else { None }
    }

    /// An id that may be left out.
    pub fn optional_id<T: FromStr<Err = IdError>>(&mut self, field: &str, value: &str) -> Option<T> {
        if value.is_empty() { None } else { self.parsed(field, value, "BAD_ID") }
    }

    /// The ids in a resource name of this form, `["funds", "projects"]` for `funds/{}/projects/{}`.
    fn name<const N: usize>(&mut self, field: &str, value: &str, form: [&str; N]) -> Option<[String; N]> {
        if !self.required(field, value) {
            return None;
        }
        let parts: Vec<&str> = value.split('/').collect();
        let fits = parts.len() == 2 * N && form.iter().enumerate().all(|(at, name)| parts[2 * at] == *name);
        if !fits {
            let form = form.map(|collection| format!("{collection}/{{id}}")).join("/");
            let value: String = value.chars().take(80).collect();
            self.violation(field, "BAD_NAME", format!("\"{value}\" is no resource name of the form {form}"));
            return None;
        }
        self.named.note(field, value);
        Some(std::array::from_fn(|at| parts[2 * at + 1].to_owned()))
    }

    fn below_fund<T: FromStr<Err = IdError>>(
        &mut self,
        field: &str,
        value: &str,
        collection: &str,
    ) -> Option<(FundId, T)> {
        let [fund, below] = self.name(field, value, ["funds", collection])?;
        let (fund, below) = (self.id(field, &fund), self.id(field, &below));
        Some((fund?, below?))
    }

    /// `funds/{fund}`
    pub fn fund(&mut self, field: &str, value: &str) -> Option<FundId> {
        let [fund] = self.name(field, value, ["funds"])?;
        self.id(field, &fund)
    }

    /// `funds/{fund}/projects/{project}`
    pub fn project(&mut self, field: &str, value: &str) -> Option<(FundId, ProjectId)> {
        self.below_fund(field, value, "projects")
    }

    /// `funds/{fund}/targets/{target}`
    pub fn target(&mut self, field: &str, value: &str) -> Option<(FundId, TargetId)> {
        self.below_fund(field, value, "targets")
    }

    /// `funds/{fund}/groups/{group}`
    pub fn group(&mut self, field: &str, value: &str) -> Option<(FundId, GroupId)> {
        self.below_fund(field, value, "groups")
    }

    /// `funds/{fund}/entries/{entry}`
    pub fn entry(&mut self, field: &str, value: &str) -> Option<(FundId, EntryId)> {
        self.below_fund(field, value, "entries")
    }

    /// `funds/{fund}/indicators/{path}`
    pub fn indicator(&mut self, field: &str, value: &str) -> Option<(FundId, IndicatorId)> {
        self.below_fund(field, value, "indicators")
    }

    /// What is evaluated: `funds/{fund}` or `funds/{fund}/projects/{project}`
    pub fn evaluated(&mut self, field: &str, value: &str) -> Option<Evaluated> {
        if is_below_project(value) {
            let (fund, project) = self.project(field, value)?;
            return Some(Evaluated { fund, project: Some(project) });
        }
        self.fund(field, value).map(Evaluated::from)
    }

    /// An indicator of what is evaluated: `funds/{fund}/indicators/{path}` or
    /// `funds/{fund}/projects/{project}/indicators/{path}`
    pub fn evaluated_indicator(&mut self, field: &str, value: &str) -> Option<(Evaluated, IndicatorId)> {
        if is_below_project(value) {
            let form = ["funds", "projects", "indicators"];
            let [fund, project, indicator] = self.name(field, value, form)?;
            let (fund, project) = (self.id(field, &fund), self.id(field, &project));
            let indicator = self.id(field, &indicator);
            return Some((Evaluated { fund: fund?, project: Some(project?) }, indicator?));
        }
        let (fund, indicator) = self.indicator(field, value)?;
        Some((fund.into(), indicator))
    }

    /// `funds/{fund}/findings/{finding}`
    pub fn finding(&mut self, field: &str, value: &str) -> Option<(FundId, FindingId)> {
        self.below_fund(field, value, "findings")
    }

    /// `agencies/{agency}`
    pub fn agency(&mut self, field: &str, value: &str) -> Option<AgencyId> {
        let [agency] = self.name(field, value, ["agencies"])?;
        self.id(field, &agency)
    }

    /// `schemes/{scheme}`
    pub fn scheme(&mut self, field: &str, value: &str) -> Option<SchemeId> {
        let [scheme] = self.name(field, value, ["schemes"])?;
        self.id(field, &scheme)
    }

    /// A date that has to be given: a day, a month or a year.
    pub fn date(&mut self, field: &str, value: &str) -> Option<PartialDate> {
        if self.required(field, value) { self.optional_date(field, value) } else { None }
    }

    /// A date that may be left out.
    pub fn optional_date(&mut self, field: &str, value: &str) -> Option<PartialDate> {
        if value.is_empty() { None } else { self.parsed(field, value, "BAD_DATE") }
    }

    /// A decimal that has to be given: at most 12 decimals, at most 10^15 either way.
    pub fn number(&mut self, field: &str, value: &str) -> Option<Number> {
        self.number_within(field, value, MOST)
    }

    /// A weight or a score that has to be given: at most 12 decimals, at most 10^9.
    pub fn points(&mut self, field: &str, value: &str) -> Option<Number> {
        self.number_within(field, value, MOST_POINTS)
    }

    fn number_within(&mut self, field: &str, value: &str, most: i64) -> Option<Number> {
        if !self.required(field, value) {
            return None;
        }
        let number: Number = self.parsed(field, value, "BAD_NUMBER")?;
        let decimals = number.decimal().scale();
        if decimals > MOST_DECIMALS {
            let text =
                format!("\"{number}\" has {decimals} decimals, at most {MOST_DECIMALS} are kept exactly");
            self.violation(field, "TOO_FINE", text);
            return None;
        }
        if number.abs() > Number::from(most) {
            self.violation(field, "OUT_OF_RANGE", format!("\"{number}\" is beyond {most}"));
            return None;
        }
        Some(number)
    }

    /// Money that has to be given: CNY, at most two decimals.
    pub fn money(&mut self, field: &str, value: Option<&PbMoney>) -> Option<Money> {
        if value.is_none() {
            self.violation(field, "REQUIRED", "is required");
        }
        self.optional_money(field, value)
    }

    /// Money that may be left out.
    pub fn optional_money(&mut self, field: &str, value: Option<&PbMoney>) -> Option<Money> {
        let value = value?;
        if value.currency_code != "CNY" {
            let code: String = value.currency_code.chars().take(10).collect();
            self.violation(field, "BAD_CURRENCY", format!("the currency is \"{code}\"; only CNY is kept"));
            return None;
        }
        let money = Money::try_from_parts(value.units, value.nanos);
        money.map_err(|error| self.violation(field, "BAD_AMOUNT", error.to_string())).ok()
    }

    /// Names that have to be given.
    pub fn names(&mut self, field: &str, value: Option<&pb::Names>) -> Option<Names> {
        let Some(value) = value else {
            self.violation(field, "REQUIRED", "is required");
            return None;
        };
        let zh = self.required_text(&format!("{field}.zh"), &value.zh, 200);
        let en = self.text(&format!("{field}.en"), &value.en, 200);
        Some(Names { zh: zh?, en })
    }

    /// An approval that has to be given: each part, or the word that it is not stated.
    pub fn approval(&mut self, field: &str, value: Option<&pb::Approval>) -> Option<Approval> {
        if value.is_none() {
            let right = "is required: give approver, approved_on and reason, or name in not_stated what the source leaves out";
            self.violation(field, "REQUIRED", right);
            return None;
        }
        self.optional_approval(field, value)
    }

    /// An approval that may be left out; if it is given, then whole.
    pub fn optional_approval(&mut self, field: &str, value: Option<&pb::Approval>) -> Option<Approval> {
        let Some(value) = value else { return Some(Approval::default()) };
        let mut parts_are_right = true;
        for (part, name, text) in [
            (pb::ApprovalPart::Approver, "approver", &value.approver),
            (pb::ApprovalPart::ApprovedOn, "approved_on", &value.approved_on),
            (pb::ApprovalPart::Reason, "reason", &value.reason),
        ] {
            let not_stated = value.not_stated.contains(&i32::from(part));
            if not_stated != text.is_empty() {
                parts_are_right = false;
                let (reason, right) = if not_stated {
                    ("CONTRADICTION", "is given and named in not_stated: keep one of the two")
                } else {
                    ("REQUIRED", "is required: give it, or name it in not_stated")
                };
                self.violation(&format!("{field}.{name}"), reason, right);
            }
        }
        let known = |part: &i32| pb::ApprovalPart::try_from(*part).is_ok_and(|part| part as i32 != 0);
        if !value.not_stated.iter().all(known) {
            parts_are_right = false;
            self.violation(&format!("{field}.not_stated"), "UNKNOWN_VALUE", "holds a part that is not known");
        }
        let approver = self.text(&format!("{field}.approver"), &value.approver, 200);
        let approved_on = self.optional_date(&format!("{field}.approved_on"), &value.approved_on);
        let reason = self.text(&format!("{field}.reason"), &value.reason, 2_000);
        parts_are_right.then_some(Approval { approver, approved_on, reason })
    }

    /// A value of an enum: unknown and unspecified ones are violations.
    pub fn choice<P: TryFrom<i32>, T>(
        &mut self,
        field: &str,
        value: i32,
        read: impl FnOnce(P) -> Option<T>,
    ) -> Option<T> {
        let choice = P::try_from(value).ok().and_then(read);
        if choice.is_none() {
            let (reason, text) = if value == 0 {
                ("REQUIRED", "is required".to_owned())
            } else {
                ("UNKNOWN_VALUE", format!("{value} is not a known value"))
            };
            self.violation(field, reason, text);
        }
        choice
    }

    /// The values, or the answer that names every violation.
    pub fn all<T: AllOf>(self, fields: T) -> Result<T::Out, Status> {
        match fields.all_of() {
            Some(values) if self.violations.is_empty() => Ok(values),
            _ => Err(self.into_status()),
        }
    }

    /// The answer that names every violation.
    pub(crate) fn into_status(self) -> Status {
        let mut details = ErrorDetails::new();
        let reason = self.violations.first().map_or("INVALID_ARGUMENT", |(_, reason, _)| *reason);
        let field = self.violations.first().map(|(field, _, _)| field.clone()).unwrap_or_default();
        details.set_error_info(reason, ERROR_DOMAIN, [("field".to_owned(), field)]);
        let mut bytes = 0;
        let mut violations = Vec::new();
        for (field, reason, description) in &self.violations {
            bytes += field.len() + reason.len() + description.len() + 10;
            let more = self.violations.len() - violations.len();
            let (field, reason, description) = if bytes > MOST_BYTES {
                ("", "MORE", format!("and {more} more"))
            } else {
                (field.as_str(), *reason, description.clone())
            };
            violations.push(violation(field, reason, description));
            if bytes > MOST_BYTES {
                break;
            }
        }
        details.set_bad_request(violations);
        let message: Vec<_> =
            self.violations.iter().map(|(field, _, text)| format!("{field}: {text}")).collect();
        // Trailers are bounded: the message names the first few, the details all that fit.
        let shown = message.iter().take(5).cloned().collect::<Vec<_>>().join("; ");
        let more = message.len().saturating_sub(5);
        let shown = clip(shown, MOST_CHARS);
        let message = if more > 0 { format!("{shown}; and {more} more") } else { shown };
        Status::with_error_details(Code::InvalidArgument, message, details)
    }
}

/// What is wrong with a field, for the wire.
pub(crate) fn violation(
    field: impl Into<String>,
    reason: &str,
    description: impl Into<String>,
) -> FieldViolation {
    let (field, description) = (field.into(), description.into());
    FieldViolation { field, description, reason: reason.to_owned(), localized_message: None }
}

/// A text with at most so many characters.
pub(crate) fn clip(mut text: String, most_chars: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(most_chars) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// A tuple of read fields that are all needed.
pub trait AllOf {
    /// The tuple of their values.
    type Out;

    /// The values; `None` where one is missing.
    fn all_of(self) -> Option<Self::Out>;
}

macro_rules! all_of {
    ($($name:ident),*) => {
        impl<$($name),*> AllOf for ($(Option<$name>,)*) {
            type Out = ($($name,)*);

            #[allow(non_snake_case, clippy::unused_unit, reason = "one shape for every length")]
            fn all_of(self) -> Option<Self::Out> {
                let ($($name,)*) = self;
                Some(($($name?,)*))
            }
        }
    };
}

all_of!();
all_of!(A);
all_of!(A, B);
all_of!(A, B, C);
all_of!(A, B, C, D);
all_of!(A, B, C, D, E);
all_of!(A, B, C, D, E, F);
all_of!(A, B, C, D, E, F, G);
all_of!(A, B, C, D, E, F, G, H);
all_of!(A, B, C, D, E, F, G, H, I);
all_of!(A, B, C, D, E, F, G, H, I, J);

/// Whether a name goes on below a fund's projects.
fn is_below_project(name: &str) -> bool {
    name.split('/').nth(2) == Some("projects")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a client's trailers would hold, each byte of the message escaped.
    fn trailers(status: &Status) -> usize {
        status.details().len() * 4 / 3 + status.message().len() * 3
    }

    #[test]
    fn an_answer_fits_the_trailers_however_much_is_wrong() {
        let mut fields = Fields::new();
        fields.date("on", &"九".repeat(1_000_000));
        for at in 0..10_000 {
            fields.date(&format!("dates[{at}]"), "tomorrow");
        }
        let status = fields.all(()).unwrap_err();
        assert!(trailers(&status) < 16 * 1024, "{}", trailers(&status));
        let details = status.get_error_details();
        let violations = &details.bad_request().unwrap().field_violations;
        assert_eq!(violations[1].field, "dates[0]");
        let last = violations.last().unwrap();
        assert_eq!(last.description, format!("and {} more", 10_001 - (violations.len() - 1)));
    }

    #[test]
    fn a_resource_is_found_in_its_field() {
        let mut fields = Fields::new();
        fields.project("scope", "funds/f/projects/p");
        fields.id::<EntryId>("entry_id", "e");
        fields.agency("parts[1].agency", "agencies/a");
        let named = fields.named();
        for (resource, field) in [
            ("funds/f/projects/p", Some("scope")),
            ("funds/f", Some("scope")),
            ("funds/f/entries/e", Some("entry_id")),
            ("agencies/a", Some("parts[1].agency")),
            ("agencies/b", None),
            ("funds/ff", None),
        ] {
            assert_eq!(named.field_of(resource).as_deref(), field, "{resource}");
        }
    }

    #[test]
    fn a_number_is_one_that_sums_keep_exactly() {
        let reason = |read: fn(&mut Fields, &str, &str) -> Option<Number>, text: &str| {
            let mut fields = Fields::new();
            let number = read(&mut fields, "score", text);
            assert_eq!(number.is_none(), !fields.violations().is_empty(), "{text}");
            fields.violations().first().map(|(_, reason, _)| *reason)
        };
        for (text, number, points) in [
            ("0.000000000001", None, None),
            ("0.1000000000000000", None, None),
            ("0.0000000000001", Some("TOO_FINE"), Some("TOO_FINE")),
            ("0.000000000000000000000000000001", Some("BAD_NUMBER"), Some("BAD_NUMBER")),
            ("1000000000", None, None),
            ("1000000000.1", None, Some("OUT_OF_RANGE")),
            ("-1000000000000000", None, Some("OUT_OF_RANGE")),
            ("1000000000000000.01", Some("OUT_OF_RANGE"), Some("OUT_OF_RANGE")),
            ("79228162514264337593543950335", Some("OUT_OF_RANGE"), Some("OUT_OF_RANGE")),
            ("79228162514264337593543950336", Some("BAD_NUMBER"), Some("BAD_NUMBER")),
            ("", Some("REQUIRED"), Some("REQUIRED")),
            ("five", Some("BAD_NUMBER"), Some("BAD_NUMBER")),
        ] {
            assert_eq!(
                (reason(Fields::number, text), reason(Fields::points, text)),
                (number, points),
                "{text}"
            );
        }
    }

    #[test]
    fn a_text_holds_no_control_characters() {
        for bad in ["a\0", "\u{1}", "\u{7f}", "\u{9f}"] {
            let mut fields = Fields::new();
            assert_eq!(fields.required_text("reason", bad, 10), None);
            assert_eq!(fields.violations()[0].1, "CONTROL_CHARACTER", "{bad:?}");
        }
        let mut fields = Fields::new();
        assert!(fields.text("reason", "两行\n一\t", 10).is_some() && fields.violations().is_empty());
    }
}
