//! What went wrong, where, and what to do.

texts! {
    bad_claims(): "文件中有错误，没有核对任何数字：", "the file has faults, nothing was verified:";
    no_claims_file(file, reason): "无法读取 {file}：{reason}", "{file} cannot be read: {reason}";
    bad_fund_id(fund, reason): "“{fund}”不是资金的标识：{reason}", "{reason} (the fund {fund})";
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
        "服务器地址 --server \"{server}\" 有误：{reason}",
        "--server \"{server}\": {reason}";
    bad_servers():
        "须为一个地址，或每个服务一个：registry=URL,ledger=URL,targets=URL,scoring=URL",
        "has to be one address, or one a service: registry=URL,ledger=URL,targets=URL,scoring=URL";
    bad_actor():
        "--actor 不能含有控制字符",
        "--actor must not hold control characters";
    not_written(reason): "无法写出结果：{reason}", "cannot write the output: {reason}";
    bad_log_filter(filter, reason):
        "--log \"{filter}\" 无法解析：{reason}\n例如：--log info 或 --log warn,jixiao_eventlog=debug",
        "--log \"{filter}\" does not read: {reason}\nfor example: --log info, or --log warn,jixiao_eventlog=debug";
    no_runtime(reason): "系统不允许启动线程：{reason}", "the system does not let threads start: {reason}";

    bad_setting(place, value, reason):
        "设置 {place} \"{value}\" 有误：{reason}",
        "{place} \"{value}\": {reason}";
    setting_in_file(name, file): "{file} 中的 {name}", "{name} in {file}";
    setting_by_default(name): "--{name} 的默认值", "the default of --{name}";
    setting_type(kind): "须为字符串或整数，而不是 {kind}", "has to be a string or an integer, not a {kind}";
    setting_missing(name, variable, what):
        "缺少 --{name}（环境变量 {variable}，配置文件 {name}）：{what}",
        "--{name} is missing (in the environment {variable}, in the file {name}): {what}";
    setting_file(name, file, reason): "--{name} 所指的文件 {file}：{reason}", "--{name} {file}: {reason}";
    bad_settings_file(file, reason): "配置文件 {file} 有误：{reason}", "the settings file {file} is wrong: {reason}";
    unknown_setting(key, known):
        "没有名为 {key} 的设置；有：{known}",
        "there is no setting {key}; there are: {known}";
    text_or_json(): "须为 text 或 json", "has to be text or json";
    seconds(most): "须为 1 到 {most} 的整数秒", "has to be a whole number of seconds, 1 to {most}";
    not_loopback():
        "没有传输加密，只能在本机地址（127.0.0.1 或 ::1）上监听，否则等于向所有人开放数据\n用 --tls-ca、--tls-cert、--tls-key 给出证书文件（PEM），之后只接受持有该 CA 所签证书的客户端",
        "without transport security only addresses of this machine (127.0.0.1 or ::1) are listened on:\nan open port would give the data to everybody\ngive the certificate files (PEM) with --tls-ca, --tls-cert and --tls-key; then only clients\nwith a certificate of that authority are let in";
    demo_not_loopback(address):
        "不能在 {address} 上监听：demo 只在本机地址（127.0.0.1 或 ::1）上监听；对外服务用 jixiao serve",
        "cannot listen on {address}: the demo listens on this machine only (127.0.0.1 or ::1); to serve others use jixiao serve";
    tls_incomplete():
        "--tls-ca、--tls-cert、--tls-key 须一起给出：签发双方证书的 CA、自己的证书、其私钥，均为 PEM 文件",
        "--tls-ca, --tls-cert and --tls-key belong together: the authority of both sides' certificates,\none's own certificate and its private key, as PEM files";
    tls_files_missing():
        "加密连接需要证书文件：用 --tls-ca、--tls-cert、--tls-key 给出",
        "a secured connection needs certificate files: give --tls-ca, --tls-cert and --tls-key";
    tls_unusable(reason): "证书文件不可用：{reason}", "the certificate files cannot be used: {reason}";
    dials_in_plain(scheme):
        "此主机不是本机，连接须加密：用 {scheme}，并用 --tls-ca、--tls-cert、--tls-key 给出证书文件",
        "this host is another machine, and what leaves this one is secured: write {scheme}, and give the\ncertificate files with --tls-ca, --tls-cert and --tls-key";
    database_in_plain():
        "数据库在另一台机器上，连接须加密：用 --tls-ca、--tls-cert、--tls-key 给出证书文件，或在 URL 中写明 sslmode=verify-full",
        "the database is on another machine, and what leaves this one is secured: give the certificate\nfiles with --tls-ca, --tls-cert and --tls-key, or sslmode=verify-full in the URL";
    bad_url(): "须形如 http://HOST:PORT 或 https://HOST:PORT", "has to be http://HOST:PORT or https://HOST:PORT";
    bad_nats_url():
        "须形如 nats://HOST:PORT 或 tls://HOST:PORT，多个以逗号分隔；用户另用 --nats-user 给出",
        "has to be nats://HOST:PORT or tls://HOST:PORT, several with commas between them; the user is given\nwith --nats-user";
    nats_password_without_user():
        "--nats-password-file 须与 --nats-user 一起给出",
        "--nats-password-file needs the user whose password it holds: --nats-user";
    broker_away(url, reason):
        "{url} 没有 NATS 服务器应答，或它不接受此用户：{reason}",
        "no NATS server answers at {url}, or it does not take this user: {reason}";
    not_applied(reason):
        "NATS 中的流未能全部就绪：{reason}\n改正后再次运行即可，已完成的不会重做",
        "not all streams could be applied: {reason}\nset it right and run it again; what is done is not done anew";
    nats_mixed(): "须全部为 nats:// 或全部为 tls://", "all of them have to be nats:// or all tls://";
    broker_unusable(reason): "NATS 不可用：{reason}", "NATS cannot be used: {reason}";
    nats_needs_service():
        "只有单独运行的服务才用 NATS，例如：jixiao serve ledger；全部服务在一个进程中时不需要它",
        "only a service of its own uses NATS, for example: jixiao serve ledger; all services in one process\nneed none";
    no_such_service(service, known): "没有名为 {service} 的服务；有：{known}", "there is no service {service}; there are: {known}";
    needs_source(service, log):
        "{service} 要读取日志 {log}；给出其服务的地址，形如 http://127.0.0.1:7500",
        "{service} takes in the {log} log; give the address of its service, such as http://127.0.0.1:7500";
    needs_database(service):
        "单独运行的 {service} 把日志保存在自己的 PostgreSQL 数据库中，形如 postgres://USER@HOST:PORT/DATABASE",
        "a {service} of its own keeps its log in a PostgreSQL database of its own, such as\npostgres://USER@HOST:PORT/DATABASE";
    bad_listen():
        "监听地址形如 127.0.0.1:7500，端口 0 表示任选空闲端口",
        "an address to listen on looks like 127.0.0.1:7500; port 0 picks a free one";
    port_in_use(address, setting):
        "{address} 已被其他程序占用（address in use）\n停止它，或用 --{setting} 换一个端口；端口 0 表示任选空闲端口",
        "{address} is in use by another program\nstop that one, or choose another port with --{setting}; port 0 picks a free one";
    cannot_listen(address, reason, setting): "无法在 --{setting} {address} 上监听：{reason}", "cannot listen on --{setting} {address}: {reason}";
    folder_locked(folder, process):
        "数据目录 {folder} 正被另一个服务器使用（{process}）：一个目录只能由一个服务器使用\n停止它，或用 --data-dir 换一个目录",
        "the data folder {folder} is in use by another server ({process}): one server per folder\nstop that one, or choose another folder with --data-dir";
    process(id): "进程 {id}", "process {id}";
    process_unknown(): "进程号未知", "process unknown";
    folder_fault(folder, reason):
        "数据目录 {folder} 不可用：{reason}\n它须是本用户可写的目录；用 --data-dir 换一个",
        "the data folder {folder} cannot be used: {reason}\nit has to be a folder that this user may write to; choose another with --data-dir";
    log_not_opened(log, reason): "无法打开日志 {log}：{reason}", "cannot open the {log} log: {reason}";
    database_unfit(log, host, reason):
        "无法使用日志 {log} 的数据库（{host}）：{reason}",
        "cannot use the {log} log's database at {host}: {reason}";
    database_not_opened(log, host, reason):
        "无法打开日志 {log} 的数据库（{host}）：{reason}\n请确认数据库在运行，且 --database-url 正确",
        "cannot open the {log} log's database at {host}: {reason}\ncheck that the database runs and that --database-url is right";
    server_fault(reason): "服务器停止：{reason}", "the server stopped: {reason}";

    stale(sources, first): "注意：以下应答已过时，所依据的 {sources} 日志已丢失一部分。请运行 jixiao refollow {first}", "Warning: stale. This rests on events that the {sources} log has lost. Run jixiao refollow {first}";
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
        "BAD_TIME" => "不是时间，写作带时差的 RFC 3339：2019-12-03T18:00:00+08:00 或 2019-12-03T10:00:00Z",
        "BAD_NUMBER" => "不是数值，写作 42 或 99.95",
        "TOO_FINE" => "小数位过多，至多 12 位",
        "OUT_OF_RANGE" => "超出范围",
        "BAD_ID" | "BAD_NAME" => "不是标识，或标识的格式不对",
        "OTHER_LOG" => return Some("是另一个日志的位置，须是本服务日志的位置".to_owned()),
        "OTHER_HISTORY" => {
            return Some("日志中没有该位置所属的历史：请重新读取，从新答复中的位置继续".to_owned());
        }
        "PAST_HEAD" => return Some("该位置在日志末尾之后：请重新读取，从新答复中的位置继续".to_owned()),
        "BAD_AMOUNT" => return Some("金额无效：须精确到分，且不超出范围".to_owned()),
        "TOO_LONG" => return Some("文字过长".to_owned()),
        "LINE_BREAK" => return Some("须为一行，不得含有换行或制表符".to_owned()),
        "CONTROL_CHARACTER" => return Some("含有控制字符".to_owned()),
        "BAD_QUANTITY" => return Some("不得含有 /".to_owned()),
        "CONTRADICTION" => {
            let mut quoted = description.split('"').skip(1).step_by(2);
            let (one, text) = (quoted.next()?, quoted.next()?);
            let right = "数值须为所写的数字，单位须为数字后所写的单位";
            return Some(format!("“{one}”与所写的“{text}”矛盾：{right}"));
        }
        _ => return None,
    };
    let value = description.strip_prefix('"').and_then(|rest| rest.split_once('"')).map(|(value, _)| value);
    Some(value.map_or_else(|| zh.to_owned(), |value| format!("“{value}”{zh}")))
}
