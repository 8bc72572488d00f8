//! Why the registry refuses a command.

use jixiao_events::registry::{FilingKind, FilingState, ProjectState, Reorganization};
use jixiao_events::{AgencyId, FundId, Money, PartialDate, ProjectId};

/// Why a command is refused, in order of precedence: what is wrong with the command itself, what it names and is not
/// there, what is there already, what the state of things forbids, and last what would change nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryRefusal {
    /// A fiscal year that no calendar date of the system lies in.
    #[error("the fiscal year is from 1949 to 2199, got {0}")]
    FiscalYearOutOfRange(i16),
    /// Renamed is one to one, merged several to one, split one to several.
    #[error("{} is from {} to {} agencies, got {from} to {into}", <&str>::from(*kind), sides(*kind).0, sides(*kind).1)]
    ReorganizationSides {
        /// How.
        kind: Reorganization,
        /// How many before.
        from: usize,
        /// How many after.
        into: usize,
    },
    /// An agency stands on both sides of a reorganization, or twice on one.
    #[error("agencies/{0} is named twice in one reorganization")]
    AgencyNamedTwice(AgencyId),
    /// A project is registered as one that left and as one of the fund's at once.
    #[error(
        "a project that was removed or moved to a later year is not one of the fund's: give its membership as removed"
    )]
    LeftYetInFund,
    /// A tender that says nothing.
    #[error("a tender says at least one of notice number, method, notice date and opening date")]
    TenderEmpty,
    /// A waiver without saying why.
    #[error("a waiver says why it need not be filed and who said so")]
    WaiverWithoutText,
    /// A reason for a waiver, but another state.
    #[error("a waiver's text belongs to the state waived, got {}", <&str>::from(*.0))]
    TextWithoutWaiver(FilingState),
    /// A filing date where nothing was filed.
    #[error("a date belongs to the states filed and waived, got {}", <&str>::from(*.0))]
    DateWithoutFiling(FilingState),
    /// The agency that gave is the one that took.
    #[error("a transfer goes from one agency to another, got agencies/{0} twice")]
    TransferToItself(AgencyId),
    /// Neither a total nor a part.
    #[error("a transfer has a total or a named part")]
    TransferEmpty,
    /// An amount of zero or below.
    #[error("an amount of a transfer is above zero, got {0} yuan")]
    AmountNotPositive(Money),
    /// A fund or project is named by two parts, or a fund and one of its projects are: the money would count twice.
    #[error("{0} is in more than one part of the transfer")]
    PartsOverlap(String),
    /// The parts exceed the total.
    #[error("the parts add up to {parts} yuan, above the total of {total} yuan")]
    PartsAboveTotal {
        /// The sum of the parts whose money is stated.
        parts: Money,
        /// The total as stated.
        total: Money,
    },
    /// No such fund.
    #[error("there is no {}", .0.resource())]
    FundNotFound(FundId),
    /// No such project.
    #[error("there is no {}", fund.project(project))]
    ProjectNotFound {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
    },
    /// No such agency.
    #[error("there is no {}: register the agency first", .0.resource())]
    AgencyNotFound(AgencyId),
    /// The agency's id is taken.
    #[error("{} is there already", .0.resource())]
    AgencyExists(AgencyId),
    /// The fund's id is taken.
    #[error("{} is there already", .0.resource())]
    FundExists(FundId),
    /// The project's id is taken.
    #[error("{} is there already", fund.project(project))]
    ProjectExists {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
    },
    /// The transfer's id is taken.
    #[error("transfers/{0} is there already")]
    TransferExists(String),
    /// The statement's id is taken.
    #[error("{}/statements/{statement} is there already", fund.resource())]
    StatementExists {
        /// The fund.
        fund: FundId,
        /// The statement.
        statement: String,
    },
    /// A document with the same role, title and number is one of the fund's.
    #[error("the document \"{title}\" is one of {} already, in the same role and with the same number", fund.resource())]
    DocumentExists {
        /// The fund.
        fund: FundId,
        /// The document's title.
        title: String,
    },
    /// The fund has as many documents as it may have.
    #[error("{} would have more than {max} documents", fund.resource(), max = super::MAX_DOCUMENTS)]
    TooManyDocuments {
        /// The fund.
        fund: FundId,
    },
    /// An agency that ended cannot be reorganized again.
    #[error("{} ended on {until}", agency.resource())]
    AgencyEnded {
        /// The agency.
        agency: AgencyId,
        /// When it ended.
        until: PartialDate,
    },
    /// An agency that had ended before cannot be what others became.
    #[error("{} had ended on {until}, before {on}", agency.resource())]
    SuccessorEnded {
        /// The agency.
        agency: AgencyId,
        /// When it ended.
        until: PartialDate,
        /// When the reorganization takes effect.
        on: PartialDate,
    },
    /// The fund's year is closed.
    #[error("the year of {} is closed from {on}", fund.resource())]
    YearClosed {
        /// The fund.
        fund: FundId,
        /// The day from which it is closed.
        on: PartialDate,
    },
    /// A year cannot be closed before it begins.
    #[error("{on} lies before the fiscal year {fiscal_year} of {}", fund.resource())]
    CloseBeforeYear {
        /// The fund.
        fund: FundId,
        /// Its fiscal year.
        fiscal_year: i16,
        /// The day from which it was to be closed.
        on: PartialDate,
    },
    /// The project is in that state already.
    #[error("{} is {} already", fund.project(project), <&str>::from(*state))]
    StateUnchanged {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
        /// The state.
        state: ProjectState,
    },
    /// The project's life does not lead from the one state to the other.
    #[error("{} is {} and cannot become {}", fund.project(project), <&str>::from(*from), <&str>::from(*to))]
    TransitionNotAllowed {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
        /// The state that it has.
        from: ProjectState,
        /// The state that it was to enter.
        to: ProjectState,
    },
    /// Only a project that the fund carries can be removed from it.
    #[error("{} is not one of the fund's projects and cannot be removed from it", fund.project(project))]
    NotInFund {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
    },
    /// The tender is recorded just so.
    #[error("this tender of {} is recorded already", fund.project(project))]
    TenderUnchanged {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
    },
    /// The filing or acceptance is recorded just so.
    #[error("the {} of {} is recorded just so already", <&str>::from(*kind), fund.project(project))]
    FilingUnchanged {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
        /// Filing or acceptance.
        kind: FilingKind,
    },
    /// The count is recorded just so.
    #[error(
        "the count of {}, {}, of {} is recorded just so already",
        <&str>::from(*kind), <&str>::from(*state), fund.resource()
    )]
    CountUnchanged {
        /// The fund.
        fund: FundId,
        /// Filing or acceptance.
        kind: FilingKind,
        /// The state that is counted.
        state: FilingState,
    },
}

/// How many agencies a reorganization has before and after.
fn sides(kind: Reorganization) -> (&'static str, &'static str) {
    match kind {
        Reorganization::Renamed => ("one", "one"),
        Reorganization::Merged => ("several", "one"),
        Reorganization::Split => ("one", "several"),
    }
}
