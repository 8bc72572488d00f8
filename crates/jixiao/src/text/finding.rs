//! What `findings` says.

texts! {
    severity(): "程度", "severity";
    check(): "规则", "check";
    subject(): "对象", "about";
    of_error(): "错误", "error";
    of_warning(): "警告", "warning";
    of_notice(): "提示", "notice";
    not_given(): "未说明", "not given";
    counts(errors, warnings, notices): "错误 {errors} 个，警告 {warnings} 个，提示 {notices} 个。", "Errors: {errors}, warnings: {warnings}, notices: {notices}.";
    shown_of(shown, total): "列出最严重的 {shown} 个，共 {total} 个。", "The heaviest {shown} of {total}.";
    none(): "没有问题", "nothing was found";
    none_of_these(): "没有符合条件的问题", "nothing of that was found";
    title(fund): "问题：{fund}", "Findings: {fund}";
    figures(): "数字", "figures";
    hypothesis(said, fit, tried): "差额{said}（试 {tried} 种，合 {fit} 种）", "the difference {said} ({fit} of {tried} hypotheses fit)";
    more(count): "另有 {count} 个事件", "{count} events more";
    finding(): "标识", "id";
    no_changes(): "没有变化的记录", "no changes are recorded";
    watching(): "等待变化，按 Ctrl-C 停止", "waiting for changes, stop with Ctrl-C";
    raised(): "提出", "raised";
    revised(): "变化", "revised";
    cleared(): "消除", "cleared";
    answered(): "答复", "answered";
    recorded(): "记录时间（UTC）", "recorded (UTC)";
    what(): "变动", "what";
    because(): "原因", "because";
    by_opening(): "评价开始，或方案改变", "the evaluation was opened, or its scheme changed";
    by_judgement(): "人工评分", "a person judged";
    by_voiding(): "其他服务丢失的事件作废", "lost events of another service count no longer";
    by_statement(): "陈述了报告中的数字", "a figure of a report was stated";
    by_date(): "日期已到", "a day came";
    by_event(log, kind, id): "{log} 的事件 {kind} {id}", "{kind} in {log}, {id}";
    rule(): "规则", "rule";
    example(): "例", "example";
    unknown_codes(codes, known):
        "没有这样的规则：\"{codes}\"；有：{known}\n各规则的含义：jixiao findings --explain CODE",
        "there is no such check: \"{codes}\"; there are: {known}\nwhat one looks for: jixiao findings --explain CODE";
    no_subject(given, forms):
        "--subject \"{given}\" 不是此资金的对象，须形如：{forms}",
        "--subject \"{given}\" is nothing of this fund; its forms are: {forms}";
    no_such_check(code, known): "没有名为 {code} 的规则；有：\n{known}", "there is no check {code}; there are:\n{known}";
}
