//! Keys of states, as all services write them: `KIND/FUND/…`, of a part of a fund `KIND/FUND:PART/…`.

/// The kinds whose second part is no fund.
const OF_NO_FUND: [&str; 8] =
    ["agency", "scheme", "scheme-version", "scheme-year", "transfer", "wording", "feed", "void"];

/// The fund that a key belongs to: its second part, up to a colon, unless its kind belongs to no fund.
pub fn fund_of(key: &str) -> Option<&str> {
    let mut parts = key.split('/');
    let kind = parts.next()?;
    let fund = parts.next()?.split(':').next().filter(|fund| !fund.is_empty())?;
    (!OF_NO_FUND.contains(&kind)).then_some(fund)
}

/// Whether keys that begin so may belong to a fund.
pub(crate) fn may_name(prefix: &str, fund: &str) -> bool {
    let Some((kind, rest)) = prefix.split_once('/') else {
        // Of a kind that is not written out: of any fund.
        return true;
    };
    match rest.split_once(['/', ':']) {
        _ if OF_NO_FUND.contains(&kind) => false,
        Some((whole, _)) => whole == fund,
        None => fund.starts_with(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fund_is_the_second_part() {
        assert_eq!(fund_of("project/smart-city-2019/p-01"), Some("smart-city-2019"));
        assert_eq!(fund_of("fund/smart-city-2019"), Some("smart-city-2019"));
        assert_eq!(fund_of("sum/smart-city-2019:p-01/total"), Some("smart-city-2019"));
        for key in [
            "agency/finance-bureau",
            "scheme/wuxi/1",
            "scheme-year/2019/wuxi",
            "feed/ledger",
            "wording/0123abcd",
            "turnover",
            "fund/",
            "",
        ] {
            assert_eq!(fund_of(key), None, "{key}");
        }
    }

    #[test]
    fn a_prefix_may_name_a_fund() {
        for prefix in [
            "target/park-2019/",
            "target/park-2019/p",
            "target/park",
            "target/",
            "tar",
            "",
            "evaluation/park-2019:",
            "sum/park-2019:p/",
        ] {
            assert!(may_name(prefix, "park-2019"), "{prefix}");
        }
        for prefix in ["target/park/", "target/smart", "scheme/", "agency/park-2019", "sum/park:p/"] {
            assert!(!may_name(prefix, "park-2019"), "{prefix}");
        }
    }
}
