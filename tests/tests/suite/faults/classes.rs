//! One class of fault for each check and for each relation between claims.

mod bounds;
mod dates;
mod figures;
mod measures;
mod money;
mod papers;
mod targets;

use std::collections::BTreeSet;

use jixiao_events::finding::Subject;

use super::fund::Fund;
use crate::sim::random::Dice;

/// One way to break a consistent fund or its report.
pub struct Class {
    /// Its name.
    pub name: &'static str,
    /// The check that has to find it.
    pub code: &'static str,
    /// Breaks one thing; `None` where the fund has no such thing.
    pub breaks: fn(&mut Fund, &Dice) -> Option<Expected>,
}

/// What has to be found, and what may be.
#[derive(Debug, Default)]
pub struct Expected {
    /// What has to be found.
    pub must: Vec<(&'static str, Subject)>,
    /// What may be found besides, since it follows.
    pub may: Vec<(&'static str, Subject)>,
    /// The quantities that a report states wrongly: relations that they are part of may not hold.
    pub broken: BTreeSet<String>,
    /// The relations that cannot hold, by the check that finds it.
    pub relations: Vec<(&'static str, String)>,
    /// The quantities that are cut off instead of rounded.
    pub cut: BTreeSet<String>,
    /// Hypotheses that have to fit a finding: the check, about what, the kind and about what.
    pub causes: Vec<(&'static str, Subject, &'static str, String)>,
}

impl Expected {
    fn must(code: &'static str, subject: Subject) -> Self {
        Self { must: vec![(code, subject)], ..Self::default() }
    }

    fn must_also(mut self, code: &'static str, subject: Subject) -> Self {
        self.must.push((code, subject));
        self
    }

    /// Where a figure is found to be wrong, this has to be among what would explain it.
    fn cause(mut self, quantity: &str, kind: &'static str, about: &str) -> Self {
        let subject = Subject::Quantity { quantity: quantity.to_owned() };
        self.causes.push(("stated_wrong", subject, kind, about.to_owned()));
        self
    }

    /// The findings that hypotheses are asked for.
    pub fn asked(&self) -> Vec<(&'static str, Subject)> {
        self.causes.iter().map(|(code, subject, ..)| (*code, subject.clone())).collect()
    }

    fn figure(quantity: &str) -> Self {
        Self { broken: BTreeSet::from([quantity.to_owned()]), ..Self::default() }
    }

    fn relation(mut self, code: &'static str, quantity: &str) -> Self {
        self.relations.push((code, quantity.to_owned()));
        self
    }
}

/// Every class.
pub const CLASSES: &[Class] = &[
    Class {
        name: "money_unspent_unexplained",
        code: "money_unspent_unexplained",
        breaks: money::money_unspent_unexplained,
    },
    Class {
        name: "money_unspent_explained_in_part",
        code: "money_unspent_explained_in_part",
        breaks: money::money_unspent_explained_in_part,
    },
    Class {
        name: "execution_below_bound",
        code: "execution_below_bound",
        breaks: money::execution_below_bound,
    },
    Class { name: "increase_unspent", code: "increase_unspent", breaks: money::increase_unspent },
    Class {
        name: "adjustment_without_approver",
        code: "adjustment_without_approver",
        breaks: money::adjustment_without_approver,
    },
    Class {
        name: "adjustment_two_approvers",
        code: "adjustment_two_approvers",
        breaks: money::adjustment_two_approvers,
    },
    Class { name: "filing_missing", code: "filing_missing", breaks: money::filing_missing },
    Class { name: "acceptance_missing", code: "acceptance_missing", breaks: money::acceptance_missing },
    Class {
        name: "filing_before_contract",
        code: "filing_before_contract",
        breaks: money::filing_before_contract,
    },
    Class { name: "none_found_but_open", code: "none_found_but_open", breaks: money::none_found_but_open },
    Class { name: "weights_not_group", code: "weights_not_group", breaks: money::weights_not_group },
    Class {
        name: "weight_and_score_transposed",
        code: "weight_and_score_transposed",
        breaks: money::weight_and_score_transposed,
    },
    Class { name: "weights_not_filled", code: "weights_not_group", breaks: money::weights_not_filled },
    Class { name: "score_above_weight", code: "score_above_weight", breaks: targets::score_above_weight },
    Class { name: "points_above_weight", code: "score_above_weight", breaks: targets::points_above_weight },
    Class { name: "met_not_full", code: "met_not_full", breaks: targets::met_not_full },
    Class { name: "unmet_but_full", code: "unmet_but_full", breaks: targets::unmet_but_full },
    Class { name: "unmet_unexplained", code: "unmet_unexplained", breaks: targets::unmet_unexplained },
    Class { name: "project_unexplained", code: "unmet_unexplained", breaks: targets::project_unexplained },
    Class { name: "group_unexplained", code: "unmet_unexplained", breaks: targets::group_unexplained },
    Class { name: "unit_mismatch", code: "unit_mismatch", breaks: targets::unit_mismatch },
    Class { name: "unit_not_stated", code: "unit_not_stated", breaks: targets::unit_not_stated },
    Class { name: "actual_not_stated", code: "actual_not_stated", breaks: targets::actual_not_stated },
    Class {
        name: "self_score_not_stated",
        code: "self_score_not_stated",
        breaks: targets::self_score_not_stated,
    },
    Class { name: "not_started_but_met", code: "not_started_but_met", breaks: targets::not_started_but_met },
    Class {
        name: "lowered_target_old_scored",
        code: "lowered_target_old_scored",
        breaks: targets::lowered_target_old_scored,
    },
    Class {
        name: "target_change_not_reflected",
        code: "target_change_not_reflected",
        breaks: targets::target_change_not_reflected,
    },
    Class { name: "name_not_in_fund", code: "name_not_in_fund", breaks: targets::name_not_in_fund },
    Class {
        name: "target_without_project",
        code: "target_without_project",
        breaks: targets::target_without_project,
    },
    Class {
        name: "same_ratio_different_score",
        code: "same_ratio_different_score",
        breaks: targets::same_ratio_different_score,
    },
    Class { name: "scores_shifted", code: "scores_shifted", breaks: targets::scores_shifted },
    Class {
        name: "over_target_unexplained",
        code: "over_target_unexplained",
        breaks: bounds::over_target_unexplained,
    },
    Class { name: "full_but_unpaid", code: "full_but_unpaid", breaks: bounds::full_but_unpaid },
    Class { name: "progress_gap", code: "progress_gap", breaks: bounds::progress_gap },
    Class {
        name: "target_not_measurable",
        code: "target_not_measurable",
        breaks: bounds::target_not_measurable,
    },
    Class { name: "old_version_scored", code: "old_version_scored", breaks: bounds::old_version_scored },
    Class {
        name: "actual_before_revision",
        code: "actual_before_revision",
        breaks: bounds::actual_before_revision,
    },
    Class {
        name: "payment_before_contract",
        code: "payment_before_contract",
        breaks: dates::payment_before_contract,
    },
    Class {
        name: "final_payment_before_acceptance",
        code: "final_payment_before_acceptance",
        breaks: dates::final_payment_before_acceptance,
    },
    Class {
        name: "budget_before_approval",
        code: "budget_before_approval",
        breaks: dates::budget_before_approval,
    },
    Class { name: "tender_too_late", code: "tender_too_late", breaks: dates::tender_too_late },
    Class {
        name: "measure_counted_twice",
        code: "measure_counted_twice",
        breaks: measures::measure_counted_twice,
    },
    Class { name: "measure_drifts", code: "measure_drifts", breaks: measures::measure_drifts },
    Class {
        name: "parts_exceed_overall",
        code: "parts_exceed_overall",
        breaks: measures::parts_exceed_overall,
    },
    Class { name: "split_without_owner", code: "split_without_owner", breaks: dates::split_without_owner },
    Class {
        name: "target_off_earlier_year",
        code: "target_off_earlier_year",
        breaks: bounds::target_off_earlier_year,
    },
    Class { name: "stated_wrong", code: "stated_wrong", breaks: figures::stated_wrong },
    Class { name: "project_left_out", code: "stated_wrong", breaks: figures::project_left_out },
    Class { name: "state_left_out", code: "stated_wrong", breaks: figures::state_left_out },
    Class { name: "digits_transposed", code: "stated_wrong", breaks: figures::digits_transposed },
    Class { name: "unit_slipped", code: "stated_wrong", breaks: figures::unit_slipped },
    Class { name: "removed_counted", code: "stated_wrong", breaks: figures::removed_counted },
    Class { name: "level_counted", code: "stated_wrong", breaks: figures::level_counted },
    Class { name: "unallocated_counted", code: "stated_wrong", breaks: figures::unallocated_counted },
    Class { name: "judged_after_the_report", code: "stated_wrong", breaks: figures::judged_after_the_report },
    Class { name: "cut_off", code: "stated_wrong", breaks: figures::cut_off },
    Class { name: "stated_twice", code: "stated_twice", breaks: figures::stated_twice },
    Class { name: "rate_not_reproduced", code: "rate_not_reproduced", breaks: figures::rate_not_reproduced },
    Class {
        name: "share_not_reproduced",
        code: "rate_not_reproduced",
        breaks: figures::share_not_reproduced,
    },
    Class { name: "parts_not_whole", code: "parts_not_whole", breaks: figures::parts_not_whole },
    Class { name: "data_not_whole", code: "parts_not_whole", breaks: figures::data_not_whole },
    Class { name: "part_left_out", code: "parts_not_whole", breaks: figures::part_left_out },
    Class { name: "document_two_titles", code: "document_two_titles", breaks: papers::document_two_titles },
    Class {
        name: "document_two_numbers",
        code: "document_two_numbers",
        breaks: papers::document_two_numbers,
    },
    Class { name: "document_lapsed", code: "document_lapsed", breaks: papers::document_lapsed },
    Class { name: "annex_missing", code: "annex_missing", breaks: papers::annex_missing },
    Class { name: "year_not_funds", code: "year_not_funds", breaks: papers::year_not_funds },
    Class {
        name: "achievement_not_actual",
        code: "achievement_not_actual",
        breaks: papers::achievement_not_actual,
    },
    Class { name: "universal_untrue", code: "universal_untrue", breaks: papers::universal_untrue },
    Class { name: "reason_told_twice", code: "reason_told_twice", breaks: papers::reason_told_twice },
    Class {
        name: "copied_between_funds",
        code: "copied_between_funds",
        breaks: papers::copied_between_funds,
    },
    Class {
        name: "same_reason_different_points",
        code: "same_reason_different_points",
        breaks: papers::same_reason_different_points,
    },
];

/// One of those places of a list where something holds.
fn pick<T>(dice: &Dice, all: &[T], holds: impl Fn(&T) -> bool) -> Option<usize> {
    let found: Vec<usize> = (0..all.len()).filter(|at| holds(&all[*at])).collect();
    if found.is_empty() { None } else { Some(found[dice.index(found.len())]) }
}
