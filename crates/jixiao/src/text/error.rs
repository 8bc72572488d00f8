//! What went wrong, where, and what to do.

texts! {
    error(reason): "错误：{reason}", "error: {reason}";
    refused(message, code): "服务器拒绝：{message}（{code}）", "the server refused: {message} ({code})";
    about(resource): "对象：{resource}", "about: {resource}";
    bad_fields(): "请求有误", "the request is wrong";
    field(field, description): "字段 {field}：{description}", "field {field}: {description}";
    retry_later(): "稍后重试即可", "try again in a moment";
    unreachable(server, reason):
        "{server} 没有服务器应答：{reason}\n启动一个：jixiao serve；或用 --server URL 指向别处",
        "no server answers at {server}: {reason}\nstart one with jixiao serve, or name another with --server URL";
    bad_server(server, reason):
        "\"{server}\" 不是服务器地址：{reason}\n地址形如 http://127.0.0.1:7500",
        "\"{server}\" is no address of a server: {reason}\nan address looks like http://127.0.0.1:7500";
    bad_actor():
        "--actor 不能含有控制字符",
        "--actor must not hold control characters";
    not_written(reason): "无法写出结果：{reason}", "cannot write the output: {reason}";
    bad_log_filter(filter, reason):
        "--log \"{filter}\" 无法解析：{reason}\n例如：--log info 或 --log warn,jixiao_eventlog=debug",
        "--log \"{filter}\" does not read: {reason}\nfor example: --log info, or --log warn,jixiao_eventlog=debug";
    no_runtime(reason): "系统不允许启动线程：{reason}", "the system does not let threads start: {reason}";

    not_loopback(address):
        "不能在 {address} 上监听：目前只支持本机地址（127.0.0.1 或 ::1）。传输加密与服务拆分一同提供，\n在此之前开放端口等于向所有人开放数据",
        "cannot listen on {address}: only addresses of this machine (127.0.0.1 or ::1) for now. Transport\nsecurity comes with services apart; until then an open port would give the data to everybody";
    bad_listen(address):
        "\"{address}\" 不是监听地址；地址形如 127.0.0.1:7500，端口 0 表示任选空闲端口",
        "\"{address}\" is no address to listen on; one looks like 127.0.0.1:7500, port 0 picks a free one";
    port_in_use(address):
        "{address} 已被其他程序占用（address in use）\n停止它，或用 --listen 换一个端口；端口 0 表示任选空闲端口",
        "{address} is in use by another program\nstop that one, or choose another port with --listen; port 0 picks a free one";
    cannot_listen(address, reason): "无法在 {address} 上监听：{reason}", "cannot listen on {address}: {reason}";
    folder_locked(folder, process):
        "数据目录 {folder} 正被另一个服务器使用（{process}）：一个目录只能由一个服务器使用\n停止它，或用 --data-dir 换一个目录",
        "the data folder {folder} is in use by another server ({process}): one server per folder\nstop that one, or choose another folder with --data-dir";
    process(id): "进程 {id}", "process {id}";
    process_unknown(): "进程号未知", "process unknown";
    folder_fault(folder, reason):
        "数据目录 {folder} 不可用：{reason}\n它须是本用户可写的目录；用 --data-dir 换一个",
        "the data folder {folder} cannot be used: {reason}\nit has to be a folder that this user may write to; choose another with --data-dir";
    log_not_opened(log, reason): "无法打开日志 {log}：{reason}", "cannot open the {log} log: {reason}";
    database_not_opened(log, host, reason):
        "无法打开日志 {log} 的数据库（{host}）：{reason}\n请确认数据库在运行，且 --database-url 正确",
        "cannot open the {log} log's database at {host}: {reason}\ncheck that the database runs and that --database-url is right";
    server_fault(reason): "服务器停止：{reason}", "the server stopped: {reason}";

    no_such_log(log, known): "没有名为 {log} 的日志；有：{known}", "there is no log {log}; there are: {known}";
    no_log_file(file):
        "没有 {file}：此目录不是数据目录，或尚未启动过服务器",
        "there is no {file}: this is no data folder, or no server ever ran on it";

    known_funds(funds): "已有的资金：{funds}", "known funds: {funds}";
    no_funds():
        "服务器还没有任何资金；可先导入：jixiao import DIR",
        "the server knows no fund yet; import some with jixiao import DIR";
    kept_changing():
        "读取期间评价不断变化，没有得到一致的结果；稍后重试",
        "the evaluation kept changing while it was read; try again in a moment";
    no_such_indicator(fund, indicator):
        "也没有指标的路径以 {indicator} 结尾；列出全部指标：jixiao evaluate {fund} --all",
        "nor does the path of any indicator end in {indicator}; list them with jixiao evaluate {fund} --all";
    several_indicators(indicator, found):
        "\"{indicator}\" 可指多个指标：{found}\n请给出完整路径",
        "\"{indicator}\" may mean several indicators: {found}\ngive the whole path";
    bad_answer(reason): "服务器的应答无法理解：{reason}", "the server's answer does not read: {reason}";
    bad_position(text):
        "--after \"{text}\" 不是位置：请给出事件编号（须同时给出日志名），或服务器给出的位置",
        "--after \"{text}\" is no position: give an event's number (with the log's name), or a position that a server gave";
    position_of_other_log(given, asked):
        "--after 给出的位置属于日志 {given}，而不是 {asked}",
        "the position of --after belongs to the {given} log, not to {asked}";
    after_needs_log():
        "--after 给出编号时须同时给出日志名，例如：jixiao events ledger --after 120",
        "--after with a number needs the log's name, for example: jixiao events ledger --after 120";
    past_end(position, log, events):
        "日志 {log} 只有 {events} 个事件，没有第 {position} 个",
        "the {log} log holds {events} events, there is no number {position}";

    example_not_unpacked(reason): "示例数据无法写入临时目录：{reason}", "the example cannot be unpacked: {reason}";

    usage_unknown_argument(argument): "未知参数 {argument}", "unknown argument {argument}";
    usage_invalid_value(value, argument, expected): "参数 {argument} 的值 \"{value}\" 无效{expected}", "invalid value \"{value}\" for {argument}{expected}";
    usage_expected(values): "；可选：{values}", "; possible values: {values}";
    usage_unknown_command(command): "没有命令 \"{command}\"", "there is no command \"{command}\"";
    usage_missing(arguments): "缺少必需的参数：{arguments}", "required arguments are missing: {arguments}";
    usage_conflict(argument, other): "{argument} 不能与 {other} 同时使用", "{argument} cannot be used with {other}";
    usage_other(reason): "命令行有误：{reason}", "the command line is wrong: {reason}";
    usage_suggestion(suggestion): "是否想用 {suggestion}？", "did you mean {suggestion}?";
    usage_help(command): "用法见：{command} --help", "see {command} --help";
}

/// What is wrong with a field, in Chinese, by the reason that a server or its parser gives; `None` for a reason that has no
/// text here. The server's own description is English and may begin with the bad value in quotes.
pub(crate) fn field_in_chinese(reason: &str, description: &str) -> Option<String> {
    let zh = match reason {
        "REQUIRED" => "必须填写",
        "BAD_DATE" => "不是存在的日期，写作 2019-10-28、2019-10 或 2019，年份 1949 至 2199",
        "BAD_NUMBER" => "不是数值，写作 42 或 99.95",
        "BAD_ID" | "BAD_NAME" => "不是标识，或标识的格式不对",
        "BAD_AMOUNT" => return Some("金额无效：须精确到分，且不超出范围".to_owned()),
        "TOO_LONG" => return Some("文字过长".to_owned()),
        "CONTROL_CHARACTER" => return Some("含有控制字符".to_owned()),
        _ => return None,
    };
    let value = description.strip_prefix('"').and_then(|rest| rest.split_once('"')).map(|(value, _)| value);
    Some(value.map_or_else(|| zh.to_owned(), |value| format!("“{value}”{zh}")))
}
