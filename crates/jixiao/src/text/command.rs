//! What the commands other than `evaluate` say.

texts! {
    log(): "日志", "log";
    events(): "事件数", "events";
    states(): "状态数", "states";
    differed(): "不同", "differed";
    last_hash(): "末尾哈希", "last hash";
    result(): "结果", "result";
    whole(): "完整", "whole";
    broken(): "断裂", "broken";
    broken_at(log, position, fault): "日志 {log} 在第 {position} 个事件处断裂：{fault}", "the {log} log is broken at event {position}: {fault}";
    fault_unreadable(reason): "不是本日志的事件（{reason}）", "it is no event of this log ({reason})";
    fault_not_next(expected, found): "应为第 {expected} 个，却是第 {found} 个", "number {expected} should come here, number {found} came";
    fault_previous_hash(): "所指的前一个哈希与前一个事件不符", "the hash that it names is not that of the event before it";
    fault_hash(): "内容与其哈希不符", "its content is not what its hash says";
    fault_id(): "标识与其请求不符", "its id is not the one that its request makes";
    fault_time(): "记录时间早于前一个事件", "it was recorded before the event before it";
    fault_head(): "服务器所说的末尾与事件不符", "the server names another end than the events lead to";
    audit_whole(): "每个日志都是完整的链条：编号连续，哈希逐一相符。", "Every log is one whole chain: no gap, every hash as computed.";
    audit_broken(): "有日志断裂：请停止写入，从备份恢复该日志，并与下游已收到的事件核对。", "A log is broken: stop writing, restore it from a backup, compare with what its subscribers hold.";
    state_differed(log, key): "日志 {log} 的状态 {key} 与事件不符，已用重算的取代", "the {log} log's state {key} differed from its events; the computed one is in use now";

    migrated(log, role): "日志 {log} 的数据库已就绪，角色 {role} 可以使用。", "the {log} log's database is ready for the role {role}.";

    stream(): "流", "stream";
    consumer(): "消费者", "consumer";
    done(): "结果", "done";
    created(): "已新建", "created";
    updated(): "已更新", "updated";
    unchanged(): "无需更改", "unchanged";

    fund(): "资金", "fund";
    service(): "服务", "service";
    waiting(): "等待的事件", "events waiting";
    parked_by(): "起因事件", "parked by";
    since(): "暂停时间（UTC）", "since (UTC)";
    reason(): "原因", "reason";
    retried_with(): "一并重试的资金", "retried with it";
    nothing_parked(): "没有暂停处理的资金", "no fund is parked";
    how_to_retry(fund): "错误修复之后，运行 jixiao parked retry {fund}", "Once the cause is mended, run jixiao parked retry {fund}";
    resumed(service, funds, applied): "{service}：{funds} 恢复处理，接收了 {applied} 个事件", "{service}: {funds} goes on, {applied} events taken in";
    no_fork(log): "没有服务接收过 {log} 日志中已丢失的事件：无需处理。副本至多 10 秒后察觉丢失。", "No service knows of a lost end of the {log} log: nothing to do. A replica notices within 10 s.";
    refollowed(service, log, from, until, funds): "{service}：{log} 日志第 {from} 至 {until} 个事件的接收已作废，涉及 {funds} 项资金；从第 {from} 个起重新接收", "{service}: what it took in of events {from} to {until} of the {log} log is void ({funds} funds); it follows from {from} on";
    decided_on_voided(service, count, positions): "{service}：期间客户端对这些资金所作的 {count} 个事件保留，请核对：{positions}", "{service}: {count} events that clients recorded for these funds meanwhile stand; look at them: {positions}";

    position(): "编号", "number";
    recorded(): "记录时间（UTC）", "recorded (UTC)";
    kind(): "类型", "type";
    subject(): "对象", "about";
    actor(): "操作者", "by";
    effective(): "业务日期", "effective";
    no_events(): "没有事件", "no events";
    following(): "等待新事件，按 Ctrl-C 停止", "waiting for new events, stop with Ctrl-C";

    file(): "文件", "file";
    rows(): "行数", "rows";
    new(): "新写入", "new";
    would_be_new(): "将写入", "would be new";
    already_there(): "已有", "already there";
    without_fund(): "无所属资金", "without a fund";
    dry_run_done(): "检查通过，没有写入任何数据。", "Every row is good; nothing was written.";
    import_done(): "导入完成。再次导入不会改变任何东西。", "Imported. Importing again changes nothing.";

    importing(folder): "导入 {folder}", "importing {folder}";
    started(address): "服务器已在 {address} 启动", "the server runs at {address}";
    started_in(address, folder): "服务器已在 {address} 启动，数据在 {folder}", "the server runs at {address}, its data is in {folder}";
    try_next(): "接下来可在另一个终端里试：", "What to try next, in another terminal:";
    try_next_once(): "去掉 --once 后服务器会继续运行，可在另一个终端里试：", "Without --once the server stays, and you can try, in another terminal:";
    next_explain(): "这些分从哪里来", "where these points come from";
    next_all(): "每个目标", "every target";
    next_findings(): "每个问题的数字和事件", "the figures and events behind every finding";
    next_check(): "一条规则检查什么", "what a check looks for";
    next_verify(): "报告中的每个数字是否相符", "every figure of the report, compared";
    next_events(): "钱的每一笔", "every movement of the money";
    next_audit(): "校验全部事件", "verify every event";
    next_canonical(): "整个评价，唯一写法的 JSON", "the whole evaluation as JSON in one form";
    serving(): "服务器继续运行，按 Ctrl-C 停止。", "The server keeps running; stop it with Ctrl-C.";

    weight(): "权重", "weight";
    self_score(): "自评", "self";
    computed(): "计算", "computed";
    status(): "状况", "status";
    group(): "所在组", "group";
    scheme(scheme, version): "{scheme} 第 {version} 版", "{scheme}, version {version}";
    scheme_head(): "评价方案", "scheme";
    rule(): "规则", "rule";
    formula(): "算式", "formula";
    result_head(): "得分", "points";
    steps(): "步骤", "steps";
    rounding(): "舍入", "rounding";
    unrounded(): "舍入前", "unrounded";
    measured(): "测得值", "measured";
    parameters(): "参数", "Parameters";
    parameter(): "参数", "parameter";
    value(): "值", "value";
    basis(): "依据", "basis";
    source(): "出处或理由", "source or reason";
    inputs(): "输入", "Inputs";
    quantity(): "量", "quantity";
    unit(): "单位", "unit";
    event_count(): "事件", "events";
    caused_by(): "来自的事件", "Events behind them";
    event_id(): "事件标识", "event id";
    more_events(count): "另有 {count} 个更新的事件未列出", "{count} newer events are not listed";
    part(): "部分", "part";
    parts(): "组成部分", "Parts";
    more_parts(count): "另有 {count} 个部分未列出", "{count} more parts are not listed";
    indicators_unread(count): "另有 {count} 项指标的事件未列出：请逐项说明", "the events of {count} more indicators are not listed: explain them one by one";
    basis_stated(): "公布", "stated";
    basis_inferred(): "推断", "inferred";
    basis_assumed(): "假定", "assumed";
    basis_unspecified(): "未说明", "not given";
}
