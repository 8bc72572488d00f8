//! What `what-if` says.

texts! {
    title(fund): "假设推演：{fund}", "What if: {fund}";
    nothing_written(): "什么都没有写入。", "Nothing was written.";
    bad_file(): "文件中有错误，没有推演：", "the file has faults, nothing was simulated:";
    no_file(file, reason): "无法读取 {file}：{reason}", "{file} cannot be read: {reason}";

    commands(): "假设的命令", "Commands";
    command(number, line, service, command): "{number}. 第 {line} 行 {service} {command}：", "{number}. line {line}, {service} {command}: ";
    is_accepted(events): "会被接受（{events}）", "would be accepted ({events})";
    is_refused(): "会被拒绝", "would be refused";
    is_done(): "同一 request_id 的请求早已完成，不会再生效", "was done before by a request with the same id, would change nothing";
    because_of_refusal(message, code): "理由：{message}（{code}）", "{message} ({code})";
    place(field, line, column): "{field} 在第 {line} 行，列 {column}", "{field} is at line {line}, column {column}";
    not_taken_in(service, kind): "{service} 不会接收事件 {kind}", "{service} would not take in {kind}";

    figure(): "数字", "figure";
    before(): "现在", "now";
    after(): "假设之后", "then";
    total(): "计算总分", "Total, computed";
    self_total(): "自评总分", "Total, self-scores";
    self_of(node): "{node}（自评）", "{node} (self)";
    no_evaluation(): "尚未开始评价，也不会因此开始。", "No evaluation is open, and none would be.";
    grade_stays(which, grade): "等级（{which}）：{grade}，不变", "Grade ({which}): {grade}, as it is";
    grade_moves(which, before, after): "等级（{which}）：{before} → {after}", "Grade ({which}): {before} → {after}";

    indicators(): "会变化的指标", "Indicators that would change";
    no_indicators(): "没有指标会变化。", "No indicator would change.";
    of_weight(score, weight): "{score} / {weight} 分", "{score} of {weight}";
    no_points(): "未评分", "not scored";
    measured(value): "测得 {value}", "measured {value}";
    not_there(): "无", "none";
    because(causes): "原因：{causes}", "because of {causes}";
    by_command(number, kind): "第 {number} 条命令（{kind}）", "command {number} ({kind})";

    findings(): "问题", "Findings";
    no_findings(): "没有问题会提出、变化、得到答复或消除。", "No finding would be raised, revised, answered or cleared.";
    raised(): "提出", "raised";
    revised(): "变化", "revised";
    cleared(): "消除", "cleared";
    answered(): "答复", "answered";
    was(message): "原为：{message}", "was: {message}";
    more(count): "另有 {count} 个", "and {count} more";

    summary(accepted, refused, indicators, findings): "会接受 {accepted} 条命令，拒绝 {refused} 条；变化的指标 {indicators} 个，问题 {findings} 个。", "{accepted} commands would be accepted, {refused} refused; {indicators} indicators and {findings} findings would change.";
}
