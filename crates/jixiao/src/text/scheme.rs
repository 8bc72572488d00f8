//! What `schemes`, `score` and `judge` say.

texts! {
    scheme(): "评价方案", "scheme";
    version(): "版本", "version";
    year(): "年度", "year";
    region(): "地区", "region";
    any_region(): "不限", "any";
    stage(): "状态", "state";
    in_effect(): "有效期", "in effect";
    always(): "不限", "always";
    from(day): "{day} 起", "from {day}";
    until(day): "至 {day}", "until {day}";
    between(from, to): "{from} 至 {to}", "{from} to {to}";
    name(): "名称", "name";
    draft(): "草案", "draft";
    approved(): "已批准", "approved";
    withdrawn(): "已停用", "withdrawn";
    none(): "服务器上没有评价方案。", "The server knows no scheme.";
    approval(): "批准", "approval";
    not_kept(): "载入时尚不记录批准", "loaded before approvals were kept";
    not_stated(): "未说明", "not stated";
    withdrawal(): "停用", "withdrawal";
    recorded_by(actor): "由 {actor} 记录", "recorded by {actor}";
    total(): "总分", "total";
    nodes(): "指标体系", "Groups and indicators";
    grades(): "等级", "Grades";
    points_from(from): "{from} 分起", "from {from}";
    each_target(): "逐项绩效目标", "each target";
    file_is_right(file, scheme): "{file}：无误（{scheme}）", "{file}: no fault ({scheme})";
    faults(file, count): "{file}：{count} 处错误", "{file}: {count} faults";
    fault(line, column, message): "  第 {line} 行第 {column} 列：{message}", "  line {line}, column {column}: {message}";
    unreadable(file, error): "无法读取 {file}：{error}", "{file} cannot be read: {error}";
    loaded(name, version): "已载入 {name} 第 {version} 版", "{name}: version {version} is loaded";
    as_draft(name, version): "尚为草案，使用前须批准：jixiao schemes approve {name} {version}", "It is a draft; approve it before it is used: jixiao schemes approve {name} {version}";
    now_approved(name, version): "已批准 {name} 第 {version} 版", "{name}: version {version} is approved";
    now_withdrawn(name, version): "已停用 {name} 第 {version} 版", "{name}: version {version} is withdrawn";

    by(): "评分", "by";
    by_self(): "自评", "self";
    by_reviewer(): "复核", "reviewer";
    by_finance(): "财政", "finance bureau";
    by_computed(): "计算", "computed";
    by_judgement(): "人工评定", "judged";
    points(): "得分", "points";
    on(): "日期", "on";
    author(): "评分人", "author";
    reason(): "理由", "reason";
    recorded(): "记录时间", "recorded";
    no_scores(): "该指标还没有任何得分。", "The indicator has no score yet.";
    judgement_recorded(indicator): "已记录对 {indicator} 的评定", "The judgement of {indicator} is recorded";
    level(level): "等次 {level}", "level {level}";
    level_with(level, points): "等次 {level}（{points} 分）", "level {level} ({points} points)";
    coefficient(value): "系数 {value}", "coefficient {value}";
    deduction(points): "扣 {points} 分", "{points} points off";
    nothing_said():
        "没有说明评定：给出 --points、--level、--coefficient、--deduct、--number、--date、--yes、--no、--survey、--not-applicable、--withdraw 之一",
        "nothing is judged: give one of --points, --level, --coefficient, --deduct, --number, --date, --yes, --no, --survey, --not-applicable, --withdraw";
    counted(choice, count): "{choice} {count} 份", "{choice} {count}";
    yes(): "是", "yes";
    no(): "否", "no";
    not_applicable(): "不适用", "not applicable";
    judgements_withdrawn(): "撤回此前评定", "what was said before counts no longer";
    proven_by(reason, evidence): "{reason}（依据：{evidence}）", "{reason} (evidence: {evidence})";
    score_recorded(indicator): "已记录 {indicator} 的得分", "The score of {indicator} is recorded";

    kind(): "评价类型", "kind";
    unit_self(): "单位自评", "unit self-evaluation";
    department(): "部门评价", "department evaluation";
    finance_kind(): "财政评价", "finance evaluation";
    purpose(): "评价目的", "purpose";
    scope(): "评价范围", "scope";
    basis(): "评价依据", "basis";
    methods(): "评价方法", "methods";
    period(): "评价时间", "period";
    team(): "评价组", "team";
    report_date(): "报告日期", "report date";
    record(): "评价说明", "The evaluation";
}
