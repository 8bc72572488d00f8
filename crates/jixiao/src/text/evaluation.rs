//! What `evaluate` says.

texts! {
    of_fund(): "专项资金", "special fund";
    of_project(): "项目", "project";
    of_agency(): "部门整体支出", "agency's whole spending";
    year(year): "{year} 年度", "fiscal year {year}";
    closed(on): "年度已于 {on} 关闭", "year closed on {on}";
    scheme(scheme, version): "评价方案 {scheme} 第 {version} 版", "scheme {scheme}, version {version}";
    money_in(unit): "资金（{unit}）", "Money, in {unit}";
    rates(): "比率（%）", "Rates, in percent";
    counts(): "项目与目标", "Projects and targets";
    points(): "得分", "Points";
    targets(): "绩效目标", "Targets";
    account(): "差异说明", "The account of the difference";
    differing(): "其他与计算不符的公布数字", "Other stated figures that differ from the computed ones";
    stated_figures(): "全部公布数字", "All stated figures";
    not_computed(count): "另有 {count} 个公布数字在此没有计算（--all 列出全部）。", "{count} more stated figures are not computed here (--all lists them all).";

    item(): "项目", "item";
    computed(): "计算", "computed";
    stated(): "公布", "stated";
    remark(): "说明", "remark";
    weight(): "权重", "weight";
    self_score(): "自评", "self";
    rows(): "各行之和", "rows";
    difference(): "相差", "difference";
    path(): "路径", "path";
    status(): "状况", "status";
    quantity(): "量", "quantity";
    report_line(line): "第 {line} 行", "line {line}";
    place(): "出处", "where";

    original(): "年初预算", "Start-of-year budget";
    increase(): "调增", "Increases";
    decrease(): "调减", "Decreases";
    adjusted(): "调整后预算", "Adjusted budget";
    received(): "到位", "Received";
    paid(): "支出", "Expended";
    refunded(): "收回", "Refunded to the treasury";
    unspent(): "未支出", "Unspent";
    unspent_explained(): "  其中已说明原因", "  of which explained";

    adjustment_gross(): "调整率：（调增＋调减）÷ 年初", "Adjustment rate: (ups + downs) / original";
    adjustment_net(): "调整率：|调整后 - 年初| ÷ 年初", "Adjustment rate: |adjusted - original| / original";
    adjustment_signed_net(): "调整率：（调整后 - 年初）÷ 年初", "Adjustment rate: (adjusted - original) / original";
    adjustment_cuts_only(): "调整率：调减 ÷ 年初", "Adjustment rate: downs / original";
    execution_adjusted(): "执行率：支出 ÷ 调整后", "Execution rate: expended / adjusted";
    execution_original(): "执行率：支出 ÷ 年初", "Execution rate: expended / original";
    execution_received(): "执行率：支出 ÷ 到位", "Execution rate: expended / received";
    reproduces(stated, place): "得出公布的 {stated}（{place}）", "gives the stated {stated} ({place})";
    no_definition(stated, place): "没有一种算法得出公布的 {stated}（{place}）。", "No definition gives the stated {stated} ({place}).";
    stated_at(stated, place): "{place} 称 {stated}", "{place} states {stated}";

    projects(): "项目", "Projects";
    contracts_not_filed(): "合同未备案", "Contracts not filed";
    acceptances_not_filed(): "未验收", "Acceptances not filed";
    targets_all(): "目标", "Targets";
    targets_overall(): "总体目标", "Overall targets";
    targets_detail(): "明细目标", "Detail targets";
    met(): "  按规则完成", "  met by the rules";
    self_full(): "  自评满分", "  full self-score";

    total(): "合计", "Total";
    unallocated(points): "{points} 分没有指标可得", "{points} unallocated";
    overallocated(points): "指标权重超出 {points} 分", "indicators exceed it by {points}";
    not_scored(count): "{count} 项未计算", "{count} uncomputed";
    self_missing(count): "{count} 项无自评", "{count} without self-score";
    stated_weight(weight): "公布权重 {weight}", "stated weight {weight}";
    above_weight(): "自评高于权重", "self-score above weight";
    of_targets(count): "{count} 个目标", "{count} targets";

    met_status(): "完成", "met";
    unmet_status(): "未完成", "not met";
    scored_status(): "已评分", "scored";
    not_started_status(): "项目未启动", "project not started";
    unit_mismatch_status(): "单位不符，不作比较", "another unit: not compared";
    no_actual_status(): "无实际值", "no actual";
    no_value_status(): "无测得值", "no measured value";
    awaits_judgement_status(): "待人工评判", "awaits judgement";
    not_applicable_status(): "不适用", "not applicable";

    grade_line(which, points, full): "{which}：{points}（满分 {full}）", "{which}: {points} of {full}";
    grade_filled(filled): "指标可得 {filled} 分", "indicators can earn {filled}";
    grade_reached(grade, from): "等级 {grade}（{from} 分起）", "grade {grade} (from {from})";
    grade_none(): "未达任何等级", "no grade";
    by_computed(): "计算得分", "Computed";
    by_self_scores(): "自评得分", "Self-scored";
    by_report(): "公布得分", "Stated";

    by_given(who): "{who}得分", "By the {who}";
    given_missing(count): "{count} 项未评，不定等级", "no grade: {count} indicators without a score";

    groups_sum(): "各组公布之和", "Sum of the groups as stated";
    stated_total(): "公布总分", "Total as stated";
    above_rows(difference): "公布总分比各行自评之和多 {difference} 分。", "The stated total is {difference} above the sum of its rows.";
    below_rows(difference): "公布总分比各行自评之和少 {difference} 分。", "The stated total is {difference} below the sum of its rows.";
    above_groups(difference): "公布总分比各组公布之和多 {difference} 分。", "The stated total is {difference} above the sum of the groups as stated.";
    below_groups(difference): "公布总分比各组公布之和少 {difference} 分。", "The stated total is {difference} below the sum of the groups as stated.";
    unfilled(name, weight, parts, points): "“{name}”的 {weight} 分由 {parts} 组成，{points} 分没有指标可得。", "\"{name}\" has {weight} points of which {parts} are given out: {points} are unallocated.";
    overfilled(name, weight, parts, points): "“{name}”的 {weight} 分由 {parts} 组成，超出 {points} 分。", "\"{name}\" has {weight} points but {parts} are given out: {points} too many.";
    no_difference(): "公布总分就是各行自评之和。", "The stated total is the sum of its rows.";
    explained_by_groups(): "公布总分是各组公布之和；差异在组与行之间。", "The stated total is the sum of the groups as stated; the difference lies between groups and rows.";
    explained_by_node(name): "相差的恰好是“{name}”没有分出去的分数。", "That is exactly what \"{name}\" leaves unallocated.";
    explained_by_all(): "相差的恰好是全部没有分出去的分数。", "That is exactly all that is unallocated.";
    unexplained(): "没有分出去的分数不能解释这个差异。", "The unallocated points do not explain it.";
}
