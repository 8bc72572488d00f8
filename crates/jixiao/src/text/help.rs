//! The help of the command line in Chinese. The English one is in `cli.rs`, where the arguments are.

mod arguments;

use clap::{Arg, ArgAction, Command};

use self::arguments::ARGUMENTS;
use crate::language::Language;

/// Help of a command: its name, one line, a paragraph, what comes after.
struct Of(&'static str, &'static str, &'static str, &'static str);

const COMMANDS: &[Of] = &[
    Of(
        "jixiao",
        "财政专项资金绩效评价：每一分都由事件计算得出，并可追溯到事件",
        "绩效（jixiao）把专项资金的项目、资金、绩效目标上发生的事记为事件，由四个服务保存，
并据此计算资金的评价。服务器与客户端同在一个程序里。先试 jixiao demo：不需要任何
其他软件，载入两项真实的专项资金并打印评价。",
        "退出码：0 完成；1 结论为否（仅 findings、verify、what-if、audit、
import、schemes check）；2 命令行有误，或所指的
在本机不可用；3 服务器拒绝；4 服务器或数据库没有应答。",
    ),
    Of(
        "serve",
        "启动服务器：全部服务在一个进程中，或只启动其中一个",
        "不给 SERVICE 时在一个进程中运行登记、资金账、目标、评分四个服务，把四个事件日志保存为
数据目录中的 SQLite 文件，或一个 PostgreSQL 服务器上的四个数据库。给出 SERVICE 时只运行
这一个，日志保存在它自己的、由 jixiao migrate 准备好的 PostgreSQL 数据库中，并从各服务读取
它所需要的其他日志。停止或崩溃都不会丢失数据：应答过的都已落盘。只有给出证书文件，才能
在本机以外的地址上监听。",
        "每个设置可以写在三处，先找到的有效：命令行参数（--database-url）、环境变量
（JIXIAO_DATABASE_URL）、--config 所指的 TOML 文件（database-url = \"…\"）；都没有则用默认值。

示例：
  jixiao serve
  jixiao serve --data-dir /srv/jixiao --listen 127.0.0.1:7600
  jixiao serve --database-url postgres://jixiao@127.0.0.1:5432
  jixiao serve ledger --config /etc/jixiao/ledger.toml",
    ),
    Of(
        "migrate",
        "准备一个服务的数据库",
        "以数据库所有者的身份新建或更新服务的事件日志的表，并只把必需的权限交给服务的角色：
它可以读取和追加事件、读写状态，但不能更改或删除已记录的内容。在新版本的服务启动之前
运行；重复运行，或两个同时运行，都没有坏处。",
        "示例：
  jixiao migrate ledger --database-url postgres://owner@127.0.0.1/ledger --role ledger",
    ),
    Of(
        "nats",
        "管理 NATS 中的流",
        "事件经 NATS JetStream 的流送往其他服务和订阅者，每个日志一个流。流由本命令管理；服务自己
无权新建、更改或删除。",
        "示例：
  jixiao nats apply --nats-url nats://127.0.0.1:4222",
    ),
    Of(
        "nats apply",
        "新建或更新全部的流和消费者",
        "新建缺少的流和持久消费者，更新设置不符的，列出对每一个做了什么。重复运行，或两个同时
运行，都没有坏处。启动服务之前以及每次升级时运行；流丢失后也用它重建，各服务会自行
把事件重新填入。",
        "示例：
  jixiao nats apply --nats-url nats://127.0.0.1:4222
  jixiao nats apply --nats-url tls://nats-0:4222,tls://nats-1:4222 --nats-user admin \\
    --nats-password-file nats-admin --tls-ca ca.pem --tls-cert admin.pem --tls-key admin.key \\
    --replicas 3",
    ),
    Of(
        "parked",
        "因事件无法接收而暂停处理的专项资金",
        "其他服务的事件若无法接收（程序有错），它所涉及的资金就在该服务中暂停处理：此后的事件等待，
对这些资金的查询和命令以 FUND_PARKED 拒绝；其余一切照常。错误修复之后（通常是升级），
用 retry 接收全部等待的事件。",
        "示例：
  jixiao parked list",
    ),
    Of(
        "parked list",
        "列出各服务中暂停处理的资金",
        "列出每项资金因哪个事件、从何时起、为什么暂停处理，以及有多少事件等待。",
        "示例：
  jixiao parked list",
    ),
    Of(
        "parked show",
        "说明一项资金为什么暂停处理、有什么在等待",
        "列出无法接收的事件、原因和等待的事件数。",
        "示例：
  jixiao parked show smart-city-2019",
    ),
    Of(
        "parked retry",
        "接收一项资金等待的事件",
        "在资金暂停处理的每个服务中，接收全部等待的事件：在一次提交中全部接收，或一个也不接收。仍有
事件无法接收时不作任何改变，并指出该事件。",
        "示例：
  jixiao parked retry smart-city-2019",
    ),
    Of(
        "refollow",
        "重新跟随丢失了末尾的日志",
        "数据库从较早的副本恢复，或落后的备库被提升之后，其他服务保存着 LOG 中已不存在的事件：它们
停止接收，应答标明已过时。本命令找到双方仍共有的最后一个事件，作废此后接收的内容，重新
计算全部状态，并从那里继续接收。期间客户端所作的记录保留并列出，供人核对。",
        "示例：
  jixiao refollow ledger",
    ),
    Of(
        "demo",
        "启动一切，载入示例，打印评价、问题和对报告数字的核对",
        "在临时目录上启动服务器，通过 gRPC 服务导入无锡 2019 年的两项专项资金，打印两份评价、
其中自相矛盾之处、对公开报告所述数字的核对和接下来可以试的命令，然后继续服务，直到按
Ctrl-C 停止。",
        "示例：
  jixiao demo
  jixiao demo --once",
    ),
    Of(
        "import",
        "把一个 CSV 目录导入服务器",
        "读取形如 examples/wuxi-2019 的目录（格式见其 README）。写入之前先检查每一行本身，以及它
与服务器已有数据是否相符，逐行指出文件、行、列和原因。重复导入不会改变任何东西：已经
记录的行会跳过，所以中断之后再运行一次即可。",
        "示例：
  jixiao import examples/wuxi-2019 --dry-run
  jixiao import examples/wuxi-2019 --actor zhang.wei",
    ),
    Of(
        "evaluate",
        "打印一项资金的评价",
        "列出资金的金额与比率、项目与目标的数量，各组得分的自评、计算与公布值，并说明它们之间的
差异从何而来。评价随事件自动更新，不需要另外启动。",
        "示例：
  jixiao evaluate smart-city-2019
  jixiao evaluate smart-city-2019 --all
  jixiao evaluate smart-city-2019 --as-of 2019-10-28
  jixiao evaluate smart-city-2019 --canonical | sha256sum",
    ),
    Of(
        "compare",
        "比较一项资金在两个时刻的评价",
        "逐项列出得分、状况或测得值不同的指标：之前、之后，以及只在其中一个时刻计入的事件；另列
各组得分、总分和两个时刻的等级；评价方案换过时，也列出方案。时刻是日期（截至该日计入的）、
时间（到该时间已记录的）、两者以逗号分隔，或 now。",
        "示例：
  jixiao compare smart-city-2019 --from 2019-10-27 --to 2019-10-28
  jixiao compare smart-city-2019 --from 2019-12-02 --to 2019-12-31 --format json
  jixiao compare smart-city-2019 --from 2026-11-24T18:00:00+08:00
  jixiao compare smart-city-2019 --from 2019-11,2026-11-24T18:00:00+08:00 --to 2019-11",
    ),
    Of(
        "explain",
        "解释一个指标、一个分组或总分的得分",
        "列出规则及其参数、每个参数的依据、输入及其值、得分如何由此得出，以及每个输入背后的
事件：谁在何时记录了什么。INDICATOR 是 jixiao evaluate FUND --all 列出的路径；
最后一段唯一时，只写最后一段即可。写分组的路径或 total，则列出得分如何由各部分合成，
以及总分的等级如何确定。",
        "示例：
  jixiao explain smart-city-2019 management.funds_use.execution_rate
  jixiao explain smart-city-2019 total
  jixiao explain smart-city-2019 execution_rate --format json",
    ),
    Of(
        "findings",
        "列出一项资金自相矛盾之处",
        "目标、项目、资金、得分和公布的数字一有变化，检查规则即随之运行；查出的问题在原因消除之前
一直存在。逐项列出问题及其对象；--all 另列数字及其来自的事件，--history 列出问题何时提出、
何时消除，--explain 说明一条规则检查什么。",
        "列出的问题中有错误时退出码为 1；警告和提示不算。

示例：
  jixiao findings smart-city-2019
  jixiao findings smart-city-2019 --severity error --order subject --all
  jixiao findings smart-city-2019 --code met_not_full --format json
  jixiao findings smart-city-2019 --subject targets/d2 --history
  jixiao findings smart-city-2019 --unanswered
  jixiao findings smart-city-2019 --watch
  jixiao findings --explain met_not_full",
    ),
    Of(
        "answer",
        "答复一个问题",
        "记录责任单位对现存问题的答复：有原因可说明、认可并维持原状，或在期限之前整改。答复与问题
一并列出；问题在原因消除之前一直存在。后一次答复取代前一次，findings --history 列出全部。",
        "示例：
  jixiao answer smart-city-2019 37950964-6abc-5dd6-8879-18e11f7873c5 --as explained \\
    --text \"full points by the rule of 2018\" --on 2020-07-01
  jixiao answer smart-city-2019 37950964-6abc-5dd6-8879-18e11f7873c5 --as to-be-rectified \\
    --text \"the score is filed anew\" --on 2020-07-01 --deadline 2020-09-30",
    ),
    Of(
        "warnings",
        "显示一项资金在年度内的资金与目标进度",
        "评价方案可以监控资金进度、目标进度以及两者之差，按年度内的检查点或与时间成比例。滞后的
随日期到来和数据变化给出黄色或红色预警；--history 列出预警何时提出、变化、消除。没有值的
监控（如预算为零）不指责任何人。",
        "示例：
  jixiao warnings smart-city-2026
  jixiao warnings smart-city-2026 --history --format json
  jixiao warnings smart-city-2026 --watch
  jixiao warnings smart-city-2019 --reach 2019-05-01",
    ),
    Of(
        "portfolio",
        "并列显示多项资金，或加以汇总",
        "每项资金一行：资金、目标完成、得分与等级、现有的问题与预警，末行为合计。--by 按主管部门、
年度、等级或支持方向汇总。比率由合计数算出，从不取比率的平均。",
        "示例：
  jixiao portfolio --year 2019 --order 'execution_rate'
  jixiao portfolio --agency big-data-bureau --filter 'findings_error > 0'
  jixiao portfolio --by category --format json",
    ),
    Of(
        "verify",
        "核对报告陈述的数字",
        "把每个数字与事件按各种有据可查的口径算出的值比较：没有任何口径能得出的，才算不符。再把
数字互相比较：同一个量的两次陈述、比率与其分子分母、各部分与合计。不给 --claims 时核对
已导入的数字。FILE 是 examples/wuxi-2019/claims.csv 那样的表；词表见 docs/claims.md。",
        "有数字不符或互相矛盾时退出码为 1；无法计算的不算不符。

示例：
  jixiao verify smart-city-2019
  jixiao verify smart-city-2019 --claims examples/wuxi-2019/claims.csv
  jixiao verify smart-city-2019 --claims claims.csv --format json",
    ),
    Of(
        "what-if",
        "推演：若有这些命令，评价会怎样",
        "在服务器现有内容之上假设 FILE 中的命令（任何服务的任何调用）：哪些会被拒绝、为什么，得分与
等级的前后，每个会变化的指标和问题，以及由哪条命令引起。什么都不会写入。同一服务的命令按
文件中的顺序，登记在先，然后是资金账、目标、评分；文件的写法见 docs/cli.md。",
        "有命令会被拒绝时退出码为 1：所答的便不含该命令。

示例：
  jixiao what-if smart-city-2019 examples/wuxi-2019/what-if-spend-explained.toml
  jixiao what-if smart-city-2019 what-if.toml --format json",
    ),
    Of(
        "schemes",
        "列出、检查、载入和批准评价方案，即评价的规则",
        "评价方案是一个 TOML 文件，写明评价表的各组和指标、权重、规则和等级。载入后成为一个版本，
起初是草案；批准之后才能用于评价，并且不再变更。docs/scheme.schema.json 供编辑器使用。",
        "示例：
  jixiao schemes check schemes/*.toml
  jixiao schemes list",
    ),
    Of(
        "schemes list",
        "列出服务器上的评价方案",
        "列出每个方案的版本、年度、地区、状态和有效期。",
        "示例：
  jixiao schemes list
  jixiao schemes list --year 2019 --all-versions",
    ),
    Of(
        "schemes show",
        "显示一个评价方案：批准情况、各组和指标、等级",
        "列出方案的状态、批准、指标体系及其规则和等级。",
        "示例：
  jixiao schemes show wuxi-2019-smart-city
  jixiao schemes show wuxi-2019-smart-city --text > scheme.toml",
    ),
    Of(
        "schemes check",
        "检查评价方案文件，不需要服务器",
        "像服务器一样读取每个文件，一次列出全部错误及其行和列。",
        "文件有错误时退出码为 1。

示例：
  jixiao schemes check examples/wuxi-2019/*.toml",
    ),
    Of(
        "schemes load",
        "载入评价方案文件：该方案的一个新版本，为草案",
        "给出 --approver、--approved-on、--why 或 --document 时，该版本随即批准。",
        "示例：
  jixiao schemes load scheme.toml
  jixiao schemes load scheme.toml --approver 市财政局 --approved-on 2019-03-01 \\
    --document 锡财绩〔2019〕1号",
    ),
    Of(
        "schemes approve",
        "批准一个草案：此后可用于评价，并且不再变更",
        "批准的是所给出的版本；未给出的批准内容记为未说明。",
        "示例：
  jixiao schemes approve wuxi-2019-smart-city 1 --approver 市财政局 \\
    --approved-on 2019-03-01",
    ),
    Of(
        "schemes withdraw",
        "停用一个版本：不再用于新的评价，已按它进行的评价不变",
        "草案和已批准的版本都可以停用。",
        "示例：
  jixiao schemes withdraw wuxi-2019-smart-city 1 --reason \"缺少一个分段\" --on 2019-04-01",
    ),
    Of(
        "score",
        "列出或记录一个指标的得分：自评、复核、财政、计算",
        "不给 --by 时列出该指标的全部得分和人工评定（jixiao judge）：谁在何时、为什么这样评。给出 --by
时记录复核方或财政部门的评分；它与计算得分并列，从不改变计算得分，后一次取代前一次。",
        "示例：
  jixiao score smart-city-2019 management.operation.tracking
  jixiao score smart-city-2019 management.operation.tracking --by reviewer --points 6 \\
    --reason \"7 个项目未备案\" --on 2020-06-05",
    ),
    Of(
        "judge",
        "记录人对一个指标的评定：分数、等次，或对其规则所问的回答",
        "得分由评价方案的规则据此得出。指标接受哪一种评定、在什么范围之内，由评价方案规定；其余
一律拒绝。后一次评定取代同一种的前一次；全部评定连同评定人、日期和理由都保留在历史中，由
jixiao score FUND INDICATOR 列出。",
        "示例：
  jixiao judge smart-city-2019 management.operation.tracking --points 6 \\
    --reason \"7 个项目未备案\" --on 2020-06-05 --evidence 锡财绩〔2020〕7号
  jixiao judge smart-city-2019 decision.plan --level 较好 --points 3.5 \\
    --reason \"没有进度安排\" --on 2020-06-05
  jixiao judge smart-city-2019 decision.basis --project smart-tourism --yes approved \\
    --no feasible --number documents=3 --reason \"按备案材料\" --on 2020-06-05
  jixiao judge smart-city-2019 effect.survey --survey satisfied=good:80,poor:20 \\
    --reason \"五月的问卷\" --on 2020-05",
    ),
    Of(
        "events",
        "列出事件，或持续跟踪",
        "服务保存的就是事件，其余一切由它们计算得出。不给 LOG 时依次列出全部日志；--follow 时每个
新事件一经记录就显示。JSON 输出每行一个事件，数据与保存的字节完全一致，并带有可从此
继续的位置。",
        "示例：
  jixiao events ledger
  jixiao events registry --after 120
  jixiao events --follow --format json",
    ),
    Of(
        "audit",
        "校验事件日志",
        "从服务器读取每个日志的每个事件，重新计算哈希：编号连续，指向前一个事件的哈希，且与自己
的哈希一致。不需要相信服务器的任何说法。日志有断裂时以退出码 1 结束，并指出位置。",
        "示例：
  jixiao audit --server http://127.0.0.1:7500",
    ),
    Of(
        "rebuild",
        "由日志重新计算状态",
        "状态只是事件的折叠。本命令只凭日志重新计算状态，与正在使用的逐一比较，指出每一处不同，
并用新的取代旧的。可以在服务器运行时执行。",
        "示例：
  jixiao rebuild --data-dir jixiao-data
  jixiao rebuild --database-url postgres://jixiao@127.0.0.1:5432 scoring",
    ),
];

/// The command line with its help in a language.
pub(crate) fn localized(command: Command, language: Language) -> Command {
    match language {
        Language::English => command,
        Language::Chinese => chinese(command, ""),
    }
}

/// What a command is called in the tables above: `nats apply` for one below another, without the program's own name.
fn called(above: &str, command: &Command) -> String {
    match above {
        "" | "jixiao" => command.get_name().to_owned(),
        above => format!("{above} {}", command.get_name()),
    }
}

fn chinese(mut command: Command, above: &str) -> Command {
    let name = called(above, &command);
    if let Some(Of(_, about, long, after)) = COMMANDS.iter().find(|of| of.0 == name) {
        command = command.about(*about).long_about(format!("{about}\n\n{long}")).after_help(*after);
    }
    command = command
        .help_template("{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}")
        .subcommand_help_heading("命令")
        .disable_help_flag(true)
        .arg(Arg::new("help").short('h').long("help").action(ArgAction::Help));
    if above.is_empty() {
        command = command
            .disable_version_flag(true)
            .arg(Arg::new("version").short('V').long("version").action(ArgAction::Version));
    }
    command = command.mut_args(|argument| {
        let heading = if argument.is_positional() { "参数" } else { "选项" };
        let found = argument_help(&name, argument.get_id().as_str()).map(ToString::to_string);
        let takes_value = argument.get_action().takes_values();
        let argument = argument.help_heading(heading).hide_default_value(takes_value).hide_env(takes_value);
        match found {
            // The long help of the English doc comment would be shown beside it.
            Some(text) => argument.help(text).long_help(None::<&str>),
            None => argument,
        }
    });
    command.mut_subcommands(|subcommand| chinese(subcommand, &name))
}

fn argument_help(command: &str, id: &str) -> Option<&'static str> {
    let of = |name: &str| ARGUMENTS.iter().find(|(of, argument, _)| *of == name && *argument == id);
    of(command).or_else(|| of("")).map(|(_, _, text)| *text)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;
    use crate::output::{WIDTH, width};

    /// All commands, each with what it is called.
    fn all<'c>(command: &'c Command, above: &str) -> Vec<(String, &'c Command)> {
        let name = called(above, command);
        let below = command.get_subcommands().flat_map(|below| all(below, &name));
        let below: Vec<_> = below.collect();
        std::iter::once((name, command)).chain(below).collect()
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
        localized(Cli::command(), Language::Chinese).debug_assert();
    }

    #[test]
    fn every_command_and_argument_has_chinese_help_and_no_help_is_left_over() {
        let command = Cli::command();
        let commands = all(&command, "");
        for (name, found) in &commands {
            assert!(COMMANDS.iter().any(|of| of.0 == name), "{name}");
            for argument in found.get_arguments() {
                let id = argument.get_id().as_str();
                assert!(argument_help(name, id).is_some(), "{name} {id}");
            }
        }
        for of in COMMANDS {
            assert!(commands.iter().any(|(name, _)| name == of.0), "{} is no command", of.0);
        }
        for (name, id, _) in ARGUMENTS.iter().filter(|(_, id, _)| !["help", "version"].contains(id)) {
            let known = commands.iter().any(|(called, command)| {
                (name.is_empty() || called == name)
                    && command.get_arguments().any(|argument| argument.get_id() == *id)
            });
            assert!(known, "{name} {id} is no argument");
        }
    }

    #[test]
    fn help_fits_the_terminal_in_both_languages() {
        for language in [Language::English, Language::Chinese] {
            let mut command = localized(Cli::command(), language).term_width(WIDTH);
            command.build();
            let names: Vec<String> = all(&command, "").into_iter().map(|(name, _)| name).collect();
            for name in names {
                let below = name.split(' ').filter(|part| *part != "jixiao");
                let found = below.fold(&mut command, |found, part| found.find_subcommand_mut(part).unwrap());
                let help = found.render_long_help().to_string();
                assert!(help.contains("jixiao"), "{name}");
                for line in help.lines() {
                    assert!(width(line) <= WIDTH, "{name}: {line}");
                }
                if language == Language::Chinese {
                    let english =
                        ["Usage", "Options", "Commands", "Arguments", "Examples", "default:", "env:"];
                    assert!(!english.iter().any(|word| help.contains(word)), "{name}: {help}");
                }
            }
        }
    }
}
