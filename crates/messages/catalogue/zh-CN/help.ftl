# 命令行帮助。英文以源代码为准；此处按命令给出中文。
# 标识为 help-程序-命令；两个程序共有的命令为 help-命令。参数为属性，共用的参数见 help-arguments。
# 取值占位符（如 <文件>）中的词见 help-placeholders。
# .long 为 --help 的补充说明，.after 为参数之后的示例等，.参数-long、.参数-取值 为参数的补充说明。

## 共用的参数

help-arguments =
    .help = 显示帮助（-h 为简要，--help 为详细）
    .version = 显示版本
    .help-command = 显示本帮助，或所列命令的帮助
    .lang = 表格、消息和帮助的语言；未指定时取 CHENGJI_LANG 或系统区域设置
    .profile = 连接配置的名称或 TOML 文件；未指定时用当前配置
    .server = 要连接的地址，代替连接配置中的地址
    .format = 输出格式
    .format-table = 供人阅读的表格
    .format-json = JSON，字段名与接口定义一致，不含任何语言的文字
    .format-csv = CSV（RFC 4180，UTF-8），首行为字段名；重定向到新文件时带 BOM
    .config = 配置文件（TOML）
    .reason = 理由，1 至 1000 字
    .wait = 等待办理结果，未写秒数时为 30 秒；结果为不予办理时以错误退出
    .quiet = 只输出邀请码
    .hours = 邀请有效的小时数，1 至 720
    .id = 申请号，全称或简写，如 430100-1-42
    .ids = 申请号
    .code = 资源代码
    .codes = 资源代码
    .columns = 挂接库表的字段，以逗号分隔；未指定时为全部字段
    .where = 满足该条件的行，如 "floors > 10 AND city IN ('甲', '乙')"；未指定时为全部行
    .mask = 字段的脱敏方式：remove、first:3、last:4、hash、year、month、day、round:100 或 constant:文本；可重复
    .row-limit = 每次读取的最多行数
    .limit = 最多显示的条数，1 至 1000
    .department = 只含该部门的条目，以统一社会信用代码指定，可重复
    .class = 只含该共享类型的条目，1 至 3 或类型名称，可重复
    .level = 只含该行政层级的条目，可重复
    .under = 只含该分类之下的条目，如 3/07
    .by = 只含最近由该人员办理的条目
    .overdue = 只含逾期的条目
    .change-noted = 只含已登记变化、须随之更新的条目
    .tightened = 只含发布后新增条件的条目
    .consent = 同意文件的文号，用于自身未注明同意文号的条目
    .consent-own = 由本人同意：提交时为部门负责人，延长时为主管部门
    .all = 全部条目
    .yes = 不再询问
    .dir = 存放配置、密钥和数据的文件夹
    .listen = 监听地址
    .name = 人员标识，用于证书：a-z、0-9、-、_、.
    .role = 角色，可重复
    .role-long = 城市：administrator 管理员、publisher 目录编制员、reviewer 审核员、consumer 需求申请员、approver 审批员、consenter 负责人、authority 主管部门、auditor 审计员。城市群：operator 运维员、auditor 审计员。
    .city = 城市代码，如 430100
    .invitation = 邀请码；- 表示从标准输入读取
    .invitation-file = 存有邀请码的文件，使邀请码不出现在进程列表中
    .paper = 第二人同意文件的文号，用于不在系统内同意的城市
    .state = 只列出处于该状态的申请，如 routed（待答复），可重复
    .sheet = 工作表名称；未指定时取唯一可见且有表头的工作表
    .words = 关键词，检索名称、摘要、提供方、代码和信息项
    .backup = 备份所在文件夹
    .folder = 代码表所在文件夹
    .passphrase-file = 存有私钥口令的文件
    .cluster = 城市群标识：a-z、0-9、-、_、.
    .new-scope = 新的范围；未指定时不变
    .new-conditions = 新的使用条件；未指定时不变
    .new-days = 自即日起的天数，1 至 1830；未指定时到期时间不变
    .new-disposal = 新的处置要求；未指定时不变
    .from = 起始序号
    .at = 统计时点，如 2026-10-31（指北京时间当日结束）或 2026-10-31T12:00:00+08:00；未指定时为当前

## 占位符中的词

help-placeholders =
    .ADDRESS = 地址
    .AGREEMENT = 内容
    .ARTICLE = 条款
    .AUTHORITY = 部门
    .BACKUP = 备份
    .BASIS = 依据
    .BYTES = 字节数
    .CAUSE = 原因
    .CITY = 城市
    .CLASS = 类型
    .CLUSTER = 城市群
    .CODE = 代码
    .COLUMN = 字段
    .COLUMNS = 字段
    .CONDITION = 条件
    .CONDITIONS = 条件
    .CONSULTATION = 协商情况
    .COUNT = 次数
    .DATE = 日期
    .DAYS = 天数
    .DEPARTMENT = 部门
    .DIR = 文件夹
    .DISPOSAL = 处置要求
    .DOCUMENT = 文号
    .EVIDENCE = 凭证
    .FACET = 筛选项
    .FACETS = 筛选项
    .FILE = 文件
    .FILTER = 级别
    .FOLDER = 文件夹
    .FORM = 格式
    .FORMAT = 格式
    .FROM = 序号
    .GOVERNMENT = 政府
    .HOST = 主机
    .HOURS = 小时数
    .ID = 编号
    .INTERVAL = 间隔
    .INVITATION = 邀请码
    .IP = IP
    .KEY = 密钥
    .KIND = 类别
    .LANGUAGE = 语言
    .LEVEL = 层级
    .LIMIT = 条数
    .MANNER = 方式
    .MASK = 脱敏方式
    .MISSING = 补正内容
    .MONTH = 月份
    .MONTHS = 月数
    .NAME = 名称
    .NEGOTIATION = 协商记录
    .NEW = 并入后的部门
    .NOTE = 说明
    .NUMBER = 序号
    .OLD = 被并入的部门
    .OPERATOR = 运维员
    .OUTCOME = 结论
    .PATH = 路径
    .PATTERN = 文件名模式
    .PEER = 对方
    .PORT = 端口
    .POSITION = 位置
    .PRINCIPAL = 身份
    .PROFILE = 连接配置
    .PROVIDER = 提供方
    .PURPOSE = 用途
    .RANGE = 范围
    .RATE = 频率
    .REASON = 理由
    .REVISION = 版本
    .ROLE = 角色
    .SCENARIO = 使用场景
    .SCOPE = 范围
    .SECONDS = 秒数
    .SORT = 排序方式
    .SOURCE = 数据源
    .SQL = SQL语句
    .STATE = 状态
    .STATEMENT = 情况说明
    .TABLE = 库表
    .TABLES = 代码表
    .TEXT = 内容
    .THIRD_PARTY = 第三方
    .TIME = 时间
    .TO = 代理人
    .TOPIC = 主题
    .URL = 网址
    .USCC = 信用代码
    .USER = 使用者
    .VALUES = 值
    .WHAT = 维度
    .WHICH = 情况
    .WORDS = 关键词
    .YEARS = 年数

## 城市节点

help-node = 城际共享交换：城市节点，及本市工作人员使用的命令
    .long = 用“chengji-node join”建立节点，用“serve”运行。其他命令均以当前连接配置中的人员身份调用运行中的节点；连接配置由“person join”生成。

## 协调机构

help-coordinator = 城市群协调机构：联合目录、城市间共享申请、共享率
    .after =
        示例：
          chengji-coordinator init --dir cluster --cluster demo
          chengji-coordinator serve --config cluster/coordinator.toml
          chengji-coordinator member invite 430100 --name 长沙市
          chengji-coordinator member suspend 430100 --reason 越权使用
          chengji-coordinator person invite shenji --role auditor
          chengji-coordinator city list
          chengji-coordinator directory search 公共 停车场
          chengji-coordinator request list --state disputed
          chengji-coordinator rate explain 430100
          chengji-coordinator --profile shenji audit --denied

## 运行与建立

help-node-serve = 运行节点，直至收到 SIGTERM 或按下 Ctrl-C
    .listen = 监听地址，如 0.0.0.0:7430
help-coordinator-serve = 运行协调机构程序，直至收到 SIGTERM 或按下 Ctrl-C
    .listen = 监听地址，如 0.0.0.0:7430
help-serve =
    .metrics = Prometheus 监控指标的监听地址
    .log-format = 运行日志的格式：human 或 json
    .log-filter = 运行日志的级别，如 info 或 chengji_node=debug

help-join = 凭邀请码加入城市群：生成密钥、证书、配置和首位管理员
    .endpoint = 供其他节点访问的地址；未指定时为监听地址
    .mount-root = 挂接目录，可重复；未指定时为上述文件夹中的 shared
    .administrator = 首位管理员的标识：a-z、0-9、-、_、.
    .after =
        示例：
          chengji-node join --invitation-file invitation.txt --dir node --listen 0.0.0.0:7430 --endpoint node.example:7430

        完成后，首位管理员的连接配置即为当前配置。中断后再次执行即可继续。

help-init = 建立城市群：颁发机构、配置和首位运维员
    .long = 在文件夹中写入 coordinator.toml；“ca”中没有颁发机构时予以创建；为首位运维员签发证书，其连接配置即为当前配置。
    .address = 供各城市和人员访问的地址；未指定时为监听地址
    .operator = 首位运维员的标识：a-z、0-9、-、_、.
help-ca = 城市群的证书颁发机构
help-ca-init = 创建颁发机构（ca.pem 和 ca-key.pem）；“init”已包含此步骤
    .long = 使用 --certificate 和 --key 时，以现有 PKI 的中间证书作为城市群的颁发机构；该证书须允许签发下级颁发机构证书。
    .dir = 颁发机构所在文件夹
    .certificate = 现有的中间证书，PEM 格式
    .key = 中间证书的私钥，PEM 格式

## 成员

help-member = 成员城市：邀请、暂停、恢复、移除
help-member-invite = 邀请城市，或城市的新节点
    .long = 输出一行邀请码，仅供该城市用“chengji-node join”使用一次。使用后，该城市节点原有的证书随即吊销。
    .name = 城市名称，1 至 100 字
help-member-list = 成员列表及状态，包括已移除的成员
help-member-suspend = 暂停成员资格，立即生效，进行中的数据流一并中止
help-member-resume = 恢复已暂停的成员资格
help-member-remove = 移除成员；再次邀请即可恢复

## 人员

help-node-department = 本市部门的合并
help-department-succeed = 登记部门并入另一部门，其条目和申请由后者承接
    .old = 被并入的部门，以统一社会信用代码指定
    .new = 并入后的部门，以统一社会信用代码指定
    .since = 变更日期，不晚于今日
    .document = 依据文件的文号
    .after =
        示例：
          chengji-node department succeed 114302000069920125 11430200MB0C12345C --since 2026-11-01 --document 市编办〔2026〕12号
help-department-take-back = 撤销部门合并：登记有误，或该部门重新单设
    .old = 被并入的部门，以统一社会信用代码指定
    .split-since = 重新单设的首日，不晚于今日
    .mistake = 合并登记有误，视为未曾合并
    .document = 依据文件的文号；重新单设的必填
    .reason = 原因
    .after =
        示例：
          chengji-node department take-back 114302000069920125 --split-since 2027-03-01 --document 市编办〔2027〕3号 --reason 机构单设
help-department-list = 已并入其他部门的部门列表
    .ended = 列出已撤销的合并
help-node-person = 本市人员及其角色
help-coordinator-person = 城市群的运维员和审计员
help-person-invite = 邀请人员，或为其新设备发出邀请
    .long = 输出一行邀请码，仅供一人使用一次。请以他人无法获知的方式交付。使用后，该人员原有的证书随即吊销。
    .department = 所属部门的统一社会信用代码，适用于目录编制员和需求申请员
help-person-join = 接受邀请：在本机生成密钥和连接配置，并取得证书
    .as = 连接配置的名称；未指定时为人员标识
help-person-list = 人员及其角色，包括已移除的人员
help-person-change = 调整人员的角色
    .department = 所属部门的统一社会信用代码，适用于目录编制员和需求申请员
help-person-delegate = 指定人员在一定期限内代理另一人
    .to = 代理人的人员标识
    .for = 被代理人的人员标识；未指定时为本人
    .role = 角色：consumer、approver、consenter、authority，可重复
    .until = 截止时间，如 2027-01-01T00:00:00+08:00，不超过一年
help-person-undelegate = 提前终止代理
    .id = 代理编号
help-person-delegations = 代理列表，由新到旧，包括已结束的
help-person-remove = 移除人员，立即生效，进行中的数据流一并中止

## 连接配置

help-profile = 连接配置：所连接的服务和所用的身份
help-profile-list = 本用户的连接配置；当前配置以 * 标出
help-profile-use = 切换当前配置
    .name = 连接配置的名称
help-profile-remove = 从本机删除连接配置及其密钥
    .name = 连接配置的名称

## 审计、证书、状态

help-audit = 审计记录：已执行和被拒绝的操作
    .principal = 只含该身份的操作，如 city/430100/person/li.ming
    .denied = 只含被拒绝或失败的操作
    .before = 只含该序号之前的记录
help-node-certificate = 节点的证书
help-coordinator-certificate = 协调机构程序的证书
help-certificate-rotate = 立即更换密钥和证书，无需重启
    .long = 证书有效期过去三分之二后，程序会自动更换。已有的连接和进行中的调用不受影响。
help-node-status = 节点状态
help-coordinator-status = 协调机构状态：版本、身份、日志及所跟随的日志
help-status =
    .check = 只列出需要处理的问题；存在问题时以 1 退出
help-node-quarantine = 所跟随日志中被隔离的条目及原因
help-coordinator-quarantine = 各城市日志中被隔离的条目及原因

## 目录

help-catalogue = 本市目录
help-catalogue-import = 从 Excel、CSV 或 JSON-LD 文件导入目录并提交审核
    .long = 先校验全部行，并逐行列出问题；存在问题时不写入任何内容，除非以 --skip-invalid 跳过有误的行。导入要么全部生效，要么全部不生效。重复导入是安全的，未变化的条目不产生新版本。提醒是审核时可能被问到的问题，不影响导入；使用 --strict 时按问题处理。提交后由审核员以“catalogue approve”发布。
    .file = 目录文件：Excel 工作簿（.xlsx），UTF-8 或 GB18030 编码的 CSV 文件，均须有表头；JSON-LD（.jsonld）；配合映射可用 JSON 行、JSON 数组或门户的 data.json；- 表示标准输入
    .map = 外部版式的映射文件，可由“catalogue map”生成
    .dry-run = 只校验文件并与节点中的目录比对，不写入
    .skip-invalid = 提交有效的行，跳过有误的行
    .draft = 存为草稿，以后用“catalogue submit”提交
    .row-notes = 逐行列出所作的转换
    .strict = 提醒也按问题处理
    .report = 生成标注了问题和提醒的工作簿；不适用于 JSON
    .all-problems = 不论多少，逐条列出全部问题
    .secrecy-assessment = 未填写的行的保密风险评估结论：none 无风险、handled 有风险已处置
    .personal-information-assessment = 未填写的行的个人信息保护影响评估结论：none 无风险、handled 有风险已处置
    .document = 上述评估的文号
    .uses = 未填写使用用途的有条件共享资源的使用用途
    .not-shared-reason = 未填写理由的不予共享资源的理由
    .region = 未填写的行的流通地域：province 不出省、cluster 不出城市群，或省、市的行政区划代码，以分号分隔
    .superior-approval = 未填写的行，其申请须先经共同的上级主管部门批准
    .after =
        示例：
          chengji-node catalogue import catalogue.csv --dry-run
          chengji-node catalogue import 目录.xlsx --sheet 2026年 --skip-invalid
          chengji-node catalogue import 目录.xlsx --report 问题.xlsx
help-catalogue-map = 为其他版式的文件生成映射，供填写
    .long = 映射写到标准输出：表头已表明的内容已经填好，其余留有待填的行，并注明可选值。不调用节点。
    .file = Excel 工作簿（.xlsx）、CSV 文件、JSON 行（.jsonl、.jsonl.gz，如 CKAN 导出的文件）、JSON 数组或门户的 data.json；- 表示标准输入
    .after =
        示例：
          chengji-node catalogue map plan.xlsx > layout.toml
          chengji-node catalogue import plan.xlsx --map layout.toml --dry-run
help-catalogue-items = 根据库表字段生成条目的信息项，或与之比较
    .long = 未指定资源代码时，将 CSV 表格写到标准输出，每个字段一行：请在第一行填写条目自身的各列，然后导入。指定资源代码时，将该条目的信息项与字段比较，列出缺少的、多余的信息项，以及类型或注明的长度不符的信息项。
    .code = 要比较的条目的资源代码；未指定时生成信息项
    .from-table = 所依据的库表，名称同“source tables”所列
    .after =
        示例：
          chengji-node catalogue items --from-table housing:public.permits > items.csv
          chengji-node catalogue items --from-table housing:public.permits 206007/000001
help-catalogue-export = 将已发布的条目导出为 Excel、CSV 或 JSON-LD 文件
    .long =
        导出的文件再次导入，不产生任何变化。

        使用 --state 时导出审核流程中的最新版本，供审阅或改正。

        {"."}jsonld 为数据门户和 CKAN 使用的 DCAT-AP 3 格式；除非使用 --all，只含向社会开放的条目。
    .file = 输出文件，不得已存在；以扩展名区分格式
    .encoding = CSV 文件的编码；较旧的软件需要 gb18030
    .state = 导出处于该状态的最新版本，而非已发布的版本：draft 草稿、submitted 待审核、returned 已退回、taken-back 已撤回、published 已发布、withdrawal-asked 待撤销、withdrawn 已撤销
    .all = .jsonld 中包含未向社会开放的条目；其他文件始终包含
    .name = .jsonld 中的城市名称；未指定时为城市代码
    .after =
        示例：
          chengji-node catalogue export 目录.xlsx
          chengji-node catalogue export 目录.csv --encoding gb18030
          chengji-node catalogue export 民政局.xlsx --department 1143010000699101XC
          chengji-node catalogue export 待审核.xlsx --state submitted
          chengji-node catalogue export 开放目录.jsonld --name 长沙市
help-catalogue-template = 生成填报模板，含说明、下拉列表和示例
    .file = 输出文件（.xlsx），不得已存在
    .after =
        示例：
          chengji-node catalogue template 模板.xlsx
help-catalogue-list = 按资源代码列出本市目录
    .withdrawn = 包括已撤销的条目
    .after =
        示例：
          chengji-node catalogue list --format csv > list.csv
          chengji-node catalogue list --department 11430100006123468T --class 2
help-catalogue-show = 查看条目及其挂接和实测数据量，或办理历史
    .long = 尚未发布的条目显示其最新版本。
    .history = 办理历史，含经办人和理由
    .revision = 显示该版本，而非已发布的版本
    .after =
        示例：
          chengji-node catalogue show 103001/000001
          chengji-node catalogue show 103001/000001 --history
help-catalogue-diff = 比较两个版本的差异
    .long = 首个版本与空白比较。
    .from = 较早的版本，0 表示空白；未指定时为已发布的版本，没有已发布版本时为前一版本
    .to = 较新的版本；未指定时为最新版本
    .after =
        示例：
          chengji-node catalogue diff 103001/000001
          chengji-node catalogue diff 103001/000001 --from 1 --to 3
help-catalogue-pending = 待办的目录条目：草稿、待审核、已退回、待撤销
    .state = 列出处于该状态的条目，而非等待办理的条目：draft 草稿、submitted 待审核、returned 已退回、taken-back 已撤回、published 已发布、withdrawal-asked 待撤销、withdrawn 已撤销；可重复
    .after =
        示例：
          chengji-node catalogue pending --overdue
          chengji-node catalogue pending --state submitted --class 2 --under 3/07
help-catalogue-submit = 提交草稿供审核；指定代码时，也可原样提交已退回或已撤回的版本
    .long = 提交须有两项评估、部门负责人同意，并按共享类型列明共享范围和使用用途，或理由和依据条款。
    .after =
        示例：
          chengji-node catalogue submit --all --consent 长民函〔2026〕8号
          chengji-node catalogue submit 103001/000001 --consent-own
help-catalogue-change-noted = 登记条目须随之更新的变化：法律、行政法规、国务院决定调整或部门职责变化
    .long = 条目应当自变化发生之日起10个工作日内更新；逾期后由“catalogue pending --overdue”列出，直至发布新版本。
    .on = 变化发生之日，不得晚于今天
    .after =
        示例：
          chengji-node catalogue change-noted 103001/000001 --on 2026-11-20
help-catalogue-extend = 经主管部门同意，延长一次更新期限
    .days = 工作日数，不超过现行规则
    .after =
        示例：
          chengji-node catalogue extend 103001/000001 --days 5 --consent 长数函〔2026〕3号
help-catalogue-take-back = 撤回草稿、已提交的版本或撤销申请
    .after =
        示例：
          chengji-node catalogue take-back 103001/000001
help-catalogue-withdraw = 申请撤销已发布的条目；条目仍保留在案
    .long = 条目的有效授权全部终止后，方可批准撤销：有效授权见“catalogue show”，逐件用“request consult”与使用方协商。
    .after =
        示例：
          chengji-node catalogue withdraw 103001/000001 --reason 机构改革后由市数据局统一提供
help-catalogue-approve = 审核员：发布已提交的版本，或批准撤销
    .long = 本人提交的，不得由本人审核。条目尚有有效授权的，不得批准撤销，也不得发布不予共享的修订。
    .after =
        示例：
          chengji-node catalogue approve 103001/000001
          chengji-node catalogue approve --department 11430100006123468T --class 1
help-catalogue-return = 审核员：退回已提交的版本，或不同意撤销，并说明理由
    .after =
        示例：
          chengji-node catalogue return 103001/000001 --reason 摘要未说明数据范围
help-catalogue-mount = 将节点所在机器上的文件或库表挂接到条目并计量
    .long = 文件和已配置数据源的库表（--table）可逐个挂接；文件也可按清单（--from）或文件名（--pattern）批量挂接；批量时先列出结果，确认后执行。未变化的挂接保持不变，可放心重复执行。
    .path = 节点所在机器上的文件：绝对路径，或相对于节点 mount_roots 所列目录的路径
    .table = 以库表代替文件，名称同“source tables”所列
    .from = 挂接清单，含“代码”和“文件”两列（.xlsx，或 UTF-8、GB18030 编码的 CSV）
    .sheet = 工作表名称；未指定时取唯一可见且有上述列的工作表
    .pattern = 挂接目录中文件名相符的全部文件：{"{"}code{"}"}、{"{"}class{"}"} 和 {"{"}serial{"}"}，或 {"{"}name{"}"} 与条目相符，* 为任意字符，**/ 为任意文件夹
    .dry-run = 批量时只列出结果，不挂接
    .yes = 批量时不再询问
    .after =
        示例：
          chengji-node catalogue mount 103001/000001 districts.csv
          chengji-node catalogue mount 103001/000001 --table housing:permits
          chengji-node catalogue mount --from 挂接清单.xlsx --dry-run
          chengji-node catalogue mount --pattern '{"{"}class{"}"}/{"{"}serial{"}"}*.csv'
          chengji-node catalogue mount --pattern '**/{"{"}name{"}"}.xlsx' --yes
help-catalogue-unmount = 解除条目与文件或库表的挂接
    .long = 条目尚有有效授权的，不得解除挂接：有效授权见“catalogue show”，逐件用“request consult --of-entry”与使用方协商。仅更换数据源的，直接挂接新文件。
    .from = 解除清单，含“代码”列（.xlsx，或 UTF-8、GB18030 编码的 CSV）
    .sheet = 工作表名称；未指定时取唯一可见且有上述列的工作表
    .dry-run = 批量时只列出结果，不解除
    .yes = 批量时不再询问
    .after =
        示例：
          chengji-node catalogue unmount 103001/000001 --reason 数据源迁移
          chengji-node catalogue unmount --from 清单.csv --reason 机构改革 --dry-run
help-catalogue-default-scope = 审批员：设定授权时未另行指明即采用的库表范围
    .long = “request grant”未指明范围时按此授权，自动授权也以此为限；申请的范围超出的，由工作人员办理。字段以库表现有的为准：以其他字段重新挂接后，须重新设定。范围扩大的，自动授权的常设同意随之终止。
    .none = 取消：恢复授权所挂接的全部内容
    .after =
        示例：
          chengji-node catalogue default-scope 103001/000001 --columns number,holder --mask holder=first:1 --where 'floors > 10'
          chengji-node catalogue default-scope 103001/000001 --none
help-catalogue-stop = 立即停止条目的全部交付
    .long = 以本节点日志为准立即生效，直至执行“resume”。
    .after =
        示例：
          chengji-node catalogue stop 103001/000001 --reason 疑似数据泄露
help-catalogue-resume = 审核员或审批员：恢复条目的交付
    .after =
        示例：
          chengji-node catalogue resume 103001/000001 --reason 已排除风险
help-catalogue-status = 未挂接、文件缺失、逾期未更新或与更新周期不符的条目
    .only = 只列出这些情况，以逗号分隔：unmounted 未挂接、gone 文件缺失、never-measured 未计量、stale 逾期未更新、contradicted 与更新周期不符、fresh 正常
    .department = 只含该部门的条目，以统一社会信用代码指定
    .check = 有需要处理的条目时以 1 退出
    .after =
        示例：
          chengji-node catalogue status
          chengji-node --format csv catalogue status --only stale,gone
          chengji-node catalogue status --check || echo 有条目需要处理
help-catalogue-measure = 重新计量已挂接的文件或库表
    .after =
        示例：
          chengji-node catalogue measure 103001/000001
help-catalogue-statistics = 按部门、共享类型、更新周期等统计条目
    .long = 各共享类型的条目均计入，已撤销的不计。
    .by = 统计维度，按此顺序，以逗号分隔：department 部门、class 共享类型、level 行政层级、manner 共享方式、cycle 更新周期、format 格式、security 安全级别、open 是否开放、freshness 数据时效
    .after =
        示例：
          chengji-node catalogue statistics --by department,class
          chengji-node catalogue statistics --format csv > statistics.csv

## 数据源

help-source = 库表的数据源：数据库和文件夹
help-source-list = 节点配置中的数据源
help-source-check = 检查数据源：能否连接，权限、编码和时区是否合适
    .name = 配置中的数据源名称
    .after =
        示例：
          chengji-node source check housing
help-source-tables = 数据源中的库表和视图
    .name = 配置中的数据源名称
    .after =
        示例：
          chengji-node source tables housing
help-source-show = 查看库表的字段，或前几行数据
    .table = 库表，名称同“source tables”所列
    .rows = 改为显示前几行，1 至 20；过长的值会截短
    .after =
        示例：
          chengji-node source show housing:public.permits
          chengji-node source show housing:public.permits --rows 5
          chengji-node source show housing:public.permits --rows 5 --columns permit_no,holder --where "floors > 10" --mask holder=first:1

## 联合目录

help-directory = 联合目录
help-directory-search = 检索包含全部关键词的条目；没有关键词时列出全部
    .city = 只含这些城市的条目，如 430200，以逗号分隔
    .class = 只含该共享类型的条目：1 无条件共享、2 有条件共享、3 不予共享
    .filter = 只含取这些值之一的条目，以逗号分隔，如 cycle=每日,每周
    .filter-long = 可就不同筛选项重复使用：city 城市、class 共享类型、manner 共享方式、format 格式、cycle 更新周期、level 行政层级、theme 主题、open 是否开放、freshness 数据时效。取值同 --facet 所列，也可用中文；主题为分类的前两级，如 3/07。
    .facet = 按这些项统计检出的条目，以逗号分隔：city 城市、class 共享类型、manner 共享方式、format 格式、cycle 更新周期、level 行政层级、theme 主题、open 是否开放、freshness 数据时效
    .sort = 排序方式：relevance 相关度、name 名称（按拼音）、published 发布时间（最近在前）、code 代码
    .related = 同时显示其他城市的相关条目
help-directory-complete = 补全词或名称
    .text = 开头的文字，或其拼音
help-node-directory-search =
    .after =
        示例：
          chengji-node directory search 医疗机构 --class 2
          chengji-node directory search 医疗机构 --facet city,class --filter cycle=每日,每周
help-directory-show = 查看条目的全部内容
help-directory-cities = 成员城市，及跟随其日志的进度和时间
help-city = 成员城市及其目录的更新情况
help-city-list = 成员城市，及跟随其日志的进度和时间
help-city-accept-log = 接受城市现有的日志，尽管与此前跟随的不一致
    .long = 将从头重新读取该日志，原有副本予以保留。“city list”列出不一致之处。

## 申请

help-node-consent = 内部同意：待第二人同意的申请、答复等事项
help-consent-list = 待同意事项列表，由新到旧
    .of = 只含待该角色同意的事项
    .of-consenter = 共享工作机构负责人
    .of-authority = 主管部门
    .ended = 包括已结束的事项
help-consent-show = 查看一项
    .id = 事项编号，全称或简写，如 430100-1-42
help-consent-give = 作为第二人同意，申请或办理随之提出
    .id = 事项编号
    .quiet = 只输出申请号
help-consent-decline = 不同意
    .id = 事项编号
help-consent-take-back = 撤回本人提请的事项
    .id = 事项编号
help-consent-give-standing = 同意在一定期限内自动授权某条目（常设同意）
    .until = 截止时间，如 2027-01-01T00:00:00+08:00
help-consent-end-standing = 终止条目的常设同意
help-consent-standing = 常设同意列表
help-todo = 本人待办事项，按时限排列
help-notify = 事件通知：Webhook 和邮件
help-notify-add-webhook = 订阅：每个事件调用一个 HTTP 地址
    .url = 地址，如 https://oa.changsha.example/hooks
    .secret = 密钥文件的名称，位于节点密钥文件夹中本人的子文件夹
    .form = 消息格式：cloudevents（事件），或者发给群机器人的文字，语言与本命令相同：dingtalk（钉钉）、wecom（企业微信）
    .topic = 主题：requests（申请）、deadlines（时限）、consent（内部同意）、delegations（代理）、deliveries（交付）、findings（违规认定）、matters（校核与需求），可重复；未指定时为全部
help-notify-add-mail = 订阅：发送邮件，语言与本命令相同
    .address = 邮件地址
    .daily = 每天一封
    .topic = 主题，同“notify add-webhook”
help-notify-list = 订阅列表，由新到旧
    .ended = 包括已终止的订阅
help-notify-end = 终止订阅
    .id = 订阅编号，全称或简写，如 430100-1-42
help-notify-dead-letters = 已放弃送达的事件
    .id = 订阅编号
help-notify-replay = 自日志的某一位置起重新送达
    .id = 订阅编号
    .from = 起始位置
    .coordinator = 位置属于协调机构的日志，而非本市日志
help-notify-test = 向订阅发送一次测试
    .id = 订阅编号
help-correction = 数据校核：对已接收数据中的错误提出校核
help-correction-file = 就已获授权或已接收的数据提出校核
    .request = 接收数据所依据的申请号
    .field = 有误的信息项，可重复
    .problem = 错误情况，1 至 500 字
    .rows = 含有误数据行的文件，不超过 16 KiB；只有双方城市能够查看
    .after =
        示例：
          chengji-node correction file 430100-1-42 --field 地址 --problem 门牌号有误 --rows 有误数据.csv
help-correction-list = 校核列表，由新到旧
    .state = 只含该状态的校核，如 assigned、corrected
    .provider = 只含由该城市答复的校核
    .consumer = 只含该城市提出的校核
    .overdue = 只含已逾期的校核，时限最早的在前
    .attention = 只含需要处理的校核：未被采纳的办理
    .limit = 最多显示的条数
help-correction-show = 查看校核及其办理经过
    .id = 校核编号，全称或简写，如 430100-1-42
help-correction-rows = 查看校核所附的数据行
    .id = 校核编号
help-correction-accept = 提供方：核实数据有误，须在原时限内更正
    .id = 校核编号
    .note = 补充说明
help-correction-correct = 提供方：报告数据已更正（已发布新版本，或数据内容已变更）
    .id = 校核编号
    .note = 补充说明
help-correction-decline = 提供方：不予采纳，说明理由
    .id = 校核编号
    .basis = 法律依据
help-correction-withdraw = 在答复前撤回校核
    .id = 校核编号
help-correction-notices = 本市所接收数据的更正通知，由新到旧
    .acknowledged = 列出已确认的通知
help-correction-acknowledge = 确认更正通知
    .id = 校核编号
help-correction-errors = 各条目的校核数，以及核实有误的数量
    .provider = 只含该城市的条目
help-demand = 供需对接：目录中没有的数据需求
help-demand-file = 提出数据需求，并先查看目录中已有的条目
    .long = 列出目录中与名称相符的条目，以及含所需信息项的条目。使用 --dry-run 时不提出需求。
    .name = 数据名称
    .field = 所需信息项，可重复
    .purpose = 数据用途
    .basis = 需求的法律依据
    .cycle = 所需的更新周期，如 daily、monthly、irregular，也可用中文
    .department = 需求部门的统一社会信用代码；未指定时为本人所属部门
    .dry-run = 只查看目录中已有的条目，不提出需求
    .after =
        示例：
          chengji-node demand file --name 停车泊位 --field 泊位编号 --field 是否占用 --purpose 停车诱导 --basis 政务数据共享条例第二十条 --cycle daily --dry-run
help-demand-list = 各城市的需求列表，由新到旧
    .state = 只含该状态的需求，如 open、assigned
    .provider = 只含由该城市答复的需求
    .consumer = 只含该城市提出的需求
    .overdue = 只含已逾期的需求，时限最早的在前
    .attention = 只含需要处理的需求：未被采纳的办理、已对接或不予采纳的需求、尚未分派的需求
    .limit = 最多显示的条数
help-demand-show = 查看需求及其办理经过
    .id = 需求编号，全称或简写，如 430100-1-42
help-demand-supply = 提供方：以已发布的条目答复
    .id = 需求编号
    .code = 条目的资源代码
    .new = 该条目为此需求而发布
    .note = 补充说明
help-demand-decline = 提供方：不予采纳，说明理由
    .id = 需求编号
    .basis = 法律依据
help-demand-withdraw = 在答复前撤回需求
    .id = 需求编号
help-demand-close = 办结已对接或不予采纳的需求
    .id = 需求编号
    .statement = 办理结果
help-demand-assign = 将需求分派给城市，由其在规定时限内答复
    .long = 同时列出联合目录中与名称相符的条目，以及含所需信息项的条目，可由条目所属城市以该条目答复；分派之前，“demand show”也列出这些条目。
    .id = 需求编号
    .city = 负责答复的城市
    .department = 该市的数源部门，以统一社会信用代码指定
    .after =
        示例：
          chengji-coordinator demand assign 430100-1-42 --city 430200
help-node-request = 与其他城市之间的共享申请
help-coordinator-request = 城市间的共享申请、争议的处理和违规认定
help-request-submit = 向其他城市申请资源
    .long = 使用 --wait 时，待协调机构转办后结束；可自动授权的，待授权后结束。协调机构不予受理时以错误退出。
    .provider = 提供资源的城市，如 430200
    .purpose = 数据用途
    .basis = 申请的法律依据
    .scenario = 使用场景：用于何种业务，由何人、以何种方式使用
    .scope = 范围：需要哪些数据，涉及哪些对象
    .manner = 共享方式；目前只能申请文件，库表也作为文件申请
    .days = 使用天数，1 至 1830
    .department = 使用部门的统一社会信用代码；未指定时为申请人所属部门
    .key = 幂等键：以相同的键重复提交，仍为同一申请
    .quiet = 只输出申请号
    .after =
        示例：
          chengji-node request submit --provider 430200 --code 201001/000001 --purpose 异地就医结算核验 --basis 《社会保险法》第二十九条 --scenario 窗口结算时逐笔核验 --scope 全部信息项 --days 180 --wait
help-request-list = 申请列表，由新到旧
    .inbox = 只含收到的申请
    .outbox = 只含发出的申请
    .attention = 只含需要处理的申请：未被采纳的办理、待确认的授权
    .overdue = 只含有逾期事项的申请，时限最早的在前
    .provider = 只含向该城市提出的申请
    .consumer = 只含该城市提出的申请
    .limit = 最多显示的条数
help-request-show = 查看申请及其办理经过
help-request-grant = 提供方：授权
    .scope = 以文字表述的授权范围，未指定时为申请的范围；仅登记在案：文件整体交付，库表按 --columns、--where、--mask 和 --row-limit 交付
    .as-asked = 授权所申请的库表范围
    .conditions = 使用条件
    .days = 自即日起的天数，1 至 1830；未指定时为申请的期限
    .disposal = 到期后数据的处置要求，如销毁或退回
    .count = 共可获取的次数
    .rate = 一个周期内可获取的次数，如 4/day；周期为 minute（分钟）、hour（小时）、day（日）、week（周）或秒数
    .use-days = 自首次交付起可使用的天数
    .connector = 准许获取的使用方节点或应用，可重复
    .user = 准许使用数据的使用方人员、应用或部门，可重复
    .operation = 准许的使用操作，用双方约定的名称，可重复
    .visible-range = 数据的可见范围
    .usable-range = 数据的可用范围
    .notify = 每次使用均通知提供方
    .destroy-within = 授权终止后应在多少日内销毁数据
    .records-years = 使用记录留存的年数，至少 3 年
    .records-every = 每隔多少个月记录一次使用情况，未指定时为 12
    .after =
        以文字表述的授权范围登记在案，对使用方具有约束力。挂接文件的，交付整个文件；挂接库表的，按选项交付字段、行和脱敏后的值。

        示例：
          chengji-node request grant 430100-1-42 --columns permit_no,holder,floors --where "floors > 10" --mask holder=first:1
help-request-refuse = 提供方：拒绝，说明理由和法律依据
    .basis = 法律依据
help-request-ask = 提供方：一次性告知需要补正的全部内容
    .missing = 需要补正的全部内容
help-request-supplement = 使用方：补正
    .text = 补正的内容
help-request-extend = 提供方：延长答复时限，限一次
    .days = 延长的工作日，1 至 10
help-request-withdraw = 使用方：撤回申请，或撤回所申请的变更
help-request-dispute = 就拒绝、逾期未答复、终止或协商答复提出争议
    .negotiation = 此前的协商记录：时间、参加人员、结果
help-request-offer = 提供方：提供已挂接的数据，告知使用方
    .note = 需告知使用方的情况
help-request-ask-amendment = 使用方：申请扩大范围、变更用途、延长期限或提供给第三方
    .scope = 申请的范围；未指定时不变
    .purpose = 申请的用途；未指定时不变
    .days = 延长的天数，1 至 1830；未指定时到期时间不变
    .third-party = 拟提供给的第三方
help-request-amend = 提供方：同意变更申请
    .long = 未指定的内容取自变更申请；变更申请未涉及的，与现行授权一致。
help-request-decline-amendment = 提供方：不同意变更申请
    .basis = 法律依据
help-request-suspend = 提供方：因使用不当暂停授权，限期整改
    .basis = 法律依据
    .mend-by = 整改的最后一日，如 2026-12-31
help-request-report-mended = 使用方：报告整改情况
    .statement = 整改的内容和方式
help-request-resume = 提供方：认可整改，恢复授权
help-request-consult = 提供方：就终止或变更共享与使用方协商
    .long = 未指定新授权的任何内容时，协商事项为终止共享。
    .basis = 法律依据
    .of-entry = 因目录拟撤销、取消挂接或者收紧共享条件；本市规定了继续提供期限的，自协商起算，期满后方可生效。已申请撤销的，或者收紧的修订待审核的，自动注明
help-request-answer-consultation = 使用方：答复协商
    .agree = 同意协商事项
    .disagree = 不同意协商事项
    .text = 答复的内容
help-request-terminate = 提供方：终止共享，须经协商，或暂停后未按期整改
    .basis = 法律依据
help-request-change = 提供方：协商的变更生效
help-request-stop = 提供方：立即停止授权项下的交付
    .long = 以本节点日志为准立即生效，协调机构仅作记录。因安全事件停止的，须在规定时限内解除停止，或办理终止、变更。
    .cause = 停止的原因
    .cause-incident = 安全事件，已向主管机关报告
    .cause-suspended = 其他原因，暂时停止
    .reported-to = 接受安全事件报告的机关
    .reported-at = 报告时间；未指定时为当前
    .after =
        示例：
          chengji-node request stop 430100-1-42 --cause incident --reason 疑似泄露 --reported-to 市委网信办
help-request-propose-settlement = 提出争议的和解方案
    .text = 方案内容
help-request-accept-settlement = 接受对方的和解方案
    .text = 接受的意见
help-request-withdraw-dispute = 撤回本方提出的争议
help-request-close = 使用方：办结授权，处置数据
    .cause = 办结的原因
    .cause-purpose-met = 用途已实现
    .cause-impossible = 用途无法实现
    .cause-not-needed = 不再需要
    .statement = 数据的使用情况和处置情况
    .evidence = 处置的凭证，如处置记录的编号
help-request-overdue = 有逾期事项的申请，逐项列出逾期起始时间
    .inbox = 只含收到的申请
    .outbox = 只含发出的申请
help-request-lift-stop = 提供方：解除停止，恢复交付，包括数据恢复之后
    .long = 解除该申请的全部停止：因安全事件停止、暂时停止，以及日志从备份恢复后的待确认。
    .after =
        示例：
          chengji-node request list --attention
          chengji-node request lift-stop 430100-1-42 --reason 数据恢复后确认
help-request-acknowledge = 知悉未被协调机构采纳的办理
help-request-mediate = 登记争议双方经协调达成的一致（协调处理）
    .agreement = 达成的一致
    .document = 文号
    .after =
        示例：
          chengji-coordinator request mediate 430100-1-42 --agreement '按月提供' --document '长株潭数协〔2026〕3号'
help-request-refer = 将争议提请共同的上级主管部门
    .authority = 上级主管部门
    .document = 文号
help-request-decide = 登记人民政府对争议的决定
    .government = 作出决定的人民政府
    .document = 决定的文号
    .stands = 维持争议之前的状态
    .answer-anew = 提供方须重新答复
help-request-approve = 登记共同的上级主管部门的批准，并转办申请
    .authority = 批准的主管部门
    .document = 批准文件的文号
    .on = 批准文件的日期，如 2026-11-26
    .after =
        示例：
          chengji-coordinator request approve 430100-1-42 --authority 省数据局 --document 省数函〔2026〕9号 --on 2026-11-26
help-request-decline-approval = 登记共同的上级主管部门未予批准，对申请不予受理
    .authority = 作出决定的主管部门
    .document = 文件的文号
    .on = 文件的日期，如 2026-11-26
help-request-acts = 各城市申请记录所反映的违规行为次数
help-request-findings = 登记的违规认定，由新到旧
    .city = 只含对该城市的认定
help-request-enter-finding = 登记对某城市的违规认定，用于记录未能反映的行为
    .article = 所涉条款，如 40(3)
    .text = 认定内容
    .document = 文号
    .after =
        示例：
          chengji-coordinator request enter-finding 430100 --article '40(3)' --text '向第三方提供' --document '〔2026〕5号'

## 获取与回执

help-grant-rule = 有条件共享的自动授权规则
help-grant-rule-set = 设定有条件共享条目的自动授权规则，取代原有规则
    .long = 规则设定之后给出该条目自动授权的常设同意方才生效；条目发布新版本后失效。
    .department-kind = 使用方部门的类别，即统一社会信用代码的前两位，如 11 为机关，可重复；未指定时不限
    .purpose = 准许的用途，与申请所写一致，可重复
    .max-days = 最长使用天数
    .after =
        示例：
          chengji-node grant-rule set 201001/000001 --department-kind 11 --department-kind 12 --purpose 医疗费用结算 --max-days 180
help-grant-rule-end = 终止条目的自动授权规则
help-grant-rule-list = 自动授权规则列表
help-return-flow = 向下级回流的数据
help-return-flow-declare = 声明向下级回流条目的数据
    .long = 此后下级对该条目的申请由节点自动授权，范围为所列数据，不设条件。须经共享工作机构负责人同意。
    .rows = 属于下级行政区域的数据范围，以文字写明
    .to = 回流至的下级；未指定时为全部下级
    .after =
        示例：
          chengji-node return-flow declare 201001/000001 --to 430100 --rows 行政区划代码为本市的登记信息
help-return-flow-end = 终止条目的数据回流
    .long = 终止前应与下级协商，并经主管部门同意。已有的授权继续有效，须逐件终止。
    .consultation = 与下级协商的情况：对象、时间和答复
help-return-flow-list = 数据回流列表：本市声明的和向本市回流的
    .provider = 只含该提供方的回流
help-usage = 使用记录：已授权数据的使用情况
help-usage-record = 使用方：记录一个时段内的使用情况
    .from = 时段的第一日，如 2026-11-27
    .to = 时段的最后一日
    .scenario = 使用场景
    .process = 使用过程：使用人员、频次、所用系统
    .effect = 使用成效
    .storage = 存储情况：存储位置和保护措施
    .destroyed-on = 数据销毁的日期
    .destruction = 销毁情况：销毁的内容、方式和凭证
    .compliance = 授权约定条款的履行情况，授权有约定条款的必填
    .after =
        示例：
          chengji-node usage record 430100-1-42 --from 2026-11-27 --to 2027-11-26 --scenario 医疗费用结算 --process '两名经办人员，每月一次，在结算系统中核对' --effect '核对1.2万笔' --storage '本单位数据库，加密存储'
help-usage-list = 本市的使用记录，由新到旧
    .request = 只含该申请的记录
help-usage-show = 查看一条使用记录
    .id = 使用记录编号，全称或简写，如 430100-1-42
help-usage-missing = 有时段缺少使用记录的授权
    .from = 向该使用方的节点查询本市对其的授权；未指定时为本市作为使用方的授权
help-usage-read = 提供方：从使用方的节点查阅其使用记录
    .from = 所查询的使用方
    .request = 只含该申请的记录
help-query = 以SQL查询已授权的库表、联合目录和共享率
    .sql = 一条读取语句：SELECT、WITH、VALUES，或对它们的 EXPLAIN；- 表示从标准输入读取
    .to = 将结果写入该文件；未指定或为 - 时写到标准输出
    .force = 覆盖 --to 所指的已有文件
    .table-format = 结果写成何种格式；未指定时以文件的扩展名为准，其他扩展名和标准输出按 csv
    .table-format-csv = CSV（RFC 4180，UTF-8），供程序使用
    .table-format-xlsx = Excel 工作簿，供人查看
    .table-format-parquet = Parquet
    .table-format-arrow = Arrow IPC 流
    .after =
        示例：
          chengji-node query 'SELECT * FROM granted."430200"."206007000001" LIMIT 10'
          chengji-node query --to joined.xlsx 'SELECT p.name, s.grade FROM granted."430200"."206007000001" p JOIN granted."430300"."307012000004" s USING (code)'
          chengji-node query 'SELECT city, count(*) FROM catalogue.entries GROUP BY city'
          chengji-node query - < report.sql > report.csv

        库表：授权给本市的每张库表为 granted."城市"."目录代码"，按申请编号为 granted.request."编号"；catalogue.entries 为联合目录，catalogue.requests 为本市的申请，rate.cities 为各市共享率。节点尚未接收的已授权库表先行获取。
help-fetch = 获取已授权的资源，存入节点的接收文件夹或本机文件
    .to = 同时写入本机的文件，- 表示标准输出；未指定时只存入节点的接收文件夹
    .force = 覆盖 --to 所指的已有文件
    .table-format = 库表写成何种格式；未指定时以文件的扩展名为准，其他扩展名按 arrow
    .table-format-csv = CSV（RFC 4180，UTF-8），供程序使用
    .table-format-xlsx = Excel 工作簿，供人查看
    .table-format-parquet = Parquet
    .table-format-arrow = Arrow IPC 流，与接收的内容一致
    .if-changed = 内容自上次接收后未变化的，不传输
    .allow-size = 即使联合目录所列数据量远小于此，也接受不超过该字节数的文件
    .operation = 数据用于何种操作，用授权中约定的名称
    .query = 只写出该查询的结果，不写出整张库表；语句中该库表名为 granted.request."编号"；未指定 --to 时写到标准输出
    .after =
        示例：
          chengji-node fetch 430100-1-42
          chengji-node fetch 430100-1-42 --to hospitals.csv
          chengji-node fetch 430100-1-42 --to - | head
          chengji-node fetch 430100-1-43 --to permits.xlsx
          chengji-node fetch 430100-1-43 --to - --table-format csv | head
          chengji-node fetch 430100-1-43 --query 'SELECT town, count(*) FROM granted.request."430100-1-43" GROUP BY town'
          chengji-node fetch 430100-1-42 --if-changed --to hospitals.csv --force

        连接中断时，只要仍有数据到达即自动续传；执行中断的，再次执行即从断点续传。使用 --if-changed 且内容未变化时，退出码为 10。

        库表以 Arrow IPC 流到达，写入 --to 时按 --table-format 或文件扩展名转换格式；文件按原样写入。
help-receipts = 交付回执，包括发出的和收到的
    .request = 只含该申请的回执

## 共享率

help-rate = 共享率及其依据
help-rate-show = 各城市和城市群的共享率
help-rate-explain = 逐条说明城市各条目的计入情况及原因
    .counts-as = 只列计入情况为所列之一的条目，用逗号分隔：realised 已实现共享、not-mounted 未挂接、not-measured 周期内未实测、not-read 周期内未被读取、not-shared 不予共享、other-level 非市级、withdrawn 已撤销
help-rate-history = 城市群或某一城市各期的共享率：每月、每周或每日之末，以及所列时段之末
    .every = 间隔
    .every-month = 每月月末
    .every-week = 每周周日
    .every-day = 每日
    .from = 起始时间，例如 2026-10-01；不填为城市群成立之时
    .to = 截止时间，例如 2026-12-31（北京时间当日末）；不填为现在
    .city = 只列该城市
    .after =
        示例：
          chengji-coordinator rate history --every month
          chengji-coordinator --format csv rate history --every week --from 2026-10-01 --city 430100
help-rate-formula = 共享率公式及其启用日
help-rate-formula-adopt = 启用公式：某日及以后的统计时点按该公式计算
    .long = 各成员可在协调机构的日志中看到。此前统计时点的数据不变。启用日之前，可就同一日期改用其他公式。
    .number = 公式序号，例如 3 即 L5P1-A1/3
    .from = 首个统计日，例如 2027-01-01（北京时间），须晚于今日
    .after =
        示例：
          chengji-coordinator rate formula adopt 3 --from 2027-01-01
help-rate-formula-list = 已启用的公式，按记录顺序
help-rate-seals = 已封存的月份，由早到晚：统计时点、日志位置、摘要值

## 统计月报

help-report = 报送上级的统计报表
help-report-month = 某月的统计数据：申请、答复和提供的时效、不予共享、目录、使用
    .long = 协调机构按城市统计城市群，或按部门统计一个城市；节点按部门统计本市。每项数据均注明截至的日志位置。
    .month = 月份，如 2026-11
    .city = 只统计该城市，按部门列出
    .department = 只统计该部门，以统一社会信用代码指定
    .output = 写入该文件，不在屏幕显示：带图表的 Excel 工作簿（.xlsx），或 PDF（.pdf）

## 日志

help-node-log = 本市日志
help-coordinator-log = 协调机构的日志
help-log-show = 查看日志条目
    .limit = 最多显示的条数
help-log-export = 将日志写入文件，供归档
    .long = 文件按存储原样收录全部条目，执行人无权读取的内容除外；可用“log verify”单独校验，无需任何程序运行。格式见 proto/chengji/log/v1/archive.proto。
    .file = 要写入的文件，不得已存在
help-log-verify = 校验导出的日志文件：完整、连续、与写入时一致
    .file = 导出的文件
help-log-confirm = 在没有对方确认日志完整的情况下恢复写入
    .long = 每次启动后，须有对方确认所知日志不多于本方日志，方可写入。“status”列出尚缺的确认。
    .against = 与本方日志矛盾且已知有误的对方，可重复
help-log-accept-coordinator = 接受协调机构现有的日志，尽管与此前跟随的不一致
    .long = 将从头重新读取该日志，原有副本予以保留。“status”列出不一致之处。
help-log-retention = 清除超过保留期（retention.keep_reviews_days）的审核内容
    .long = 须先停止节点；节点运行时每天自动执行一次。日志保留各条目的信封和叶，Merkle 根和“log verify”的结果不变；目录条目的办理记录保留所办事项和时间。
    .dry-run = 只统计将清除的内容，不清除
help-log-new-epoch = 数据目录缺少条目时，开启日志的新纪元
help-node-log-new-epoch =
    .long = 须先停止节点。跟随方发现新纪元后会从头重新读取日志，因此不会保留数据目录中没有的条目。
help-coordinator-log-new-epoch =
    .long = 须先停止协调机构程序。跟随方发现新纪元后会从头重新读取日志，因此不会保留数据目录中没有的条目。

## 备份

help-check = 将索引与计数和记录逐一比对
    .mend = 更正与记录不一致的索引与计数
    .config = 须先停止程序：检查该配置文件（TOML）所指的数据目录
help-node-backup = 节点数据目录的备份
help-coordinator-backup = 协调机构数据目录的备份
help-backup-create = 在程序运行中备份数据目录
    .long = 备份是程序所在机器上配置项“backups”所指文件夹中的一个新文件夹。密钥、证书、配置和已接收的文件不在其中。
help-backup-verify = 校验本机上的备份：日志完整，数据相符
help-backup-restore = 以备份替换数据目录，须先停止程序
    .long = 现有数据目录移到一旁，不会删除。下次启动时，程序向其他各方查询所知的日志进度，并开启新纪元。备份之后写入的条目已丢失，须重新录入。

## 抽查

help-probe = 其他城市对无条件共享条目的抽查
help-probe-list = 抽查列表，由新到旧
    .city = 只含以该城市为提供方或抽查方的
    .entry = 只含该资源代码的
    .outcome = 只含该结果的：matched 相符、differed 不符、unreadable 无法读取、not-made 逾期未抽查
    .open = 只含尚未进行且未到期的

## 时限规则与代码表

help-rules = 办理时限规则和放假通知
help-rules-list = 协调机构日志中关于规则的记录列表
help-rules-show = 某地区现行的规则及其依据
    .jurisdiction = 省或市的行政区划代码；000000 表示全国
    .at = 日期；过去的日期显示当时的规则
help-rules-set = 以一张表发布某地区的办理时限规则
    .long = 表中列出的每项规则，其各行取代该地区此前关于该规则的全部规定。已计算的时限不变。
    .file = CSV 格式的表
    .dry-run = 不作记录，只显示将有的变化
help-rules-holidays = 放假通知
help-rules-holidays-set = 发布表中各年份的国务院放假安排通知
    .long = 暂定时限因此后延的，随之调整。
    .file = CSV 格式的表
    .dry-run = 不作记录，只显示将有的变化
help-tables = 代码表：行政区划代码、取值别名
help-tables-list = 代码表列表：配置所用的、文件夹中的或内置的
    .folder = 代码表所在文件夹，同配置项“tables”
    .config = 程序的配置文件；已指定文件夹时不用
help-tables-check = 校验文件夹中的代码表，逐条列出错误所在的文件和行
help-tables-export = 将内置代码表写入文件夹，供修改
    .long = 请只保留与内置表不同的代码表，并各自编定版本号。
    .folder = 文件夹；不存在时予以创建
    .tables = 代码表名称；未指定时为全部
