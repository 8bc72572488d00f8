//! The published language of Jixiao: what the four services say to each other and to subscribers.
//!
//! Pure: no clock, no I/O, no floats. Event enums are stored for good: variants are added, never changed; one golden
//! file a variant (`golden/`) and one JSON Schema a service (`schemas/`) hold them to it.

pub mod attainment;
pub mod bounds;
pub mod budget;
pub mod date;
pub mod finding;
pub mod ledger;
pub mod money;
pub mod monitoring;
pub mod names;
pub mod number;
pub mod portfolio;
pub mod registry;
pub mod scheme;
pub mod scoring;
pub mod source;
pub mod subject;
pub mod targets;

pub use date::PartialDate;
pub use money::Money;
pub use names::{
    AgencyId, EntryId, FindingId, FundId, GroupId, IndicatorId, MonitorId, NodeId, ProjectId, SchemeId,
    TargetId,
};
pub use number::Number;
pub use source::{Approval, Names, SourceEvent};
pub use subject::{Evaluated, FundKind, SchemeSubject};
