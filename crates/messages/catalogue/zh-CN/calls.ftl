# 对其他程序的调用与列表
no-answer-in-time = { $seconds }秒内没有答复
cursor-invalid = 游标不属于此列表
    .remedy = 请从第一页重新查询
# 被拒绝的调用
call-without-rights = 该调用未附权限或请求号即进入权限检查
call-without-permit = 该调用未经权限检查即到达处理程序
call-unknown = { $who } 无权调用{ $call }，该调用不对任何一方开放
    .remedy = 请使用与该程序版本一致的客户端
call-not-open-to = { $who } 无权调用{ $call }
    .remedy = 请使用下列任一方的证书：{ $callers }
call-needs-role = { $who }（{ $rights }）无权调用{ $call }
    .remedy = 请本市管理员授予下列角色之一：{ $roles }
call-needs-a-role = { $who } 没有角色，无权调用{ $call }
    .remedy = 请本市管理员授予下列角色之一：{ $roles }
call-named = “{ $command }”（{ $area }）
call-path = “{ $path }”

# 调用方类别
caller-nobody = 无
caller-own-person = 本市人员
caller-own-app = 本市应用系统
caller-member-node = 成员城市的节点
caller-coordinator = 协调机构
caller-operator = 协调机构运维员
caller-auditor = 审计员
caller-anybody = 任何一方
caller-certified = 持有本城市群证书的任何一方

# 调用范围
area-enrolment = 加入
area-person = 人员
area-member = 成员
area-audit = 审计记录
area-certificate = 证书
area-catalogue = 目录
area-source = 数据源
area-delivery = 交付
area-delegation = 人员代理
area-notification = 通知
area-todo = 待办
area-correction = 数据校核
area-demand = 供需对接
area-matter-broker = 城市群的校核和需求
area-proposal = 内部同意
area-directory = 联合目录
area-log = 日志
area-rate = 共享率
area-report = 统计月报
area-request = 申请
area-rules = 时限规则与放假安排
area-broker = 争议与违规认定
area-status = 状态

# 程序间消息的字段
wire-field-newer = 本程序无法识别字段{ $field }的类别
wire-parameter-newer = 本程序无法识别参数{ $name }的类型
wire-fact-newer = 本程序无法识别日志条目{ $seq }所载的事实
wire-time-out-of-range = 时间超出范围
wire-date-malformed = “{ $text }”不是2026-03-18形式的日期
wire-number-out-of-range = 数值超出范围
wire-value-unknown = 无法识别取值{ $value }
wire-too-large = 共{ $bytes }字节，上限为{ $most }字节
wire-too-deep = 消息嵌套过深
wire-length = 共{ $bytes }字节，应为{ $expected }字节
wire-secret-entry = 涉密的目录条目不能发布
wire-of-coordinator = 该事实应记入协调机构日志，不应记入城市日志
wire-of-city = 该事实应记入城市日志，不应记入协调机构日志
wire-not-of-entry-lifecycle = 该事实不涉及目录条目的编制、审核和发布
wire-counts-differ = 与正文不符
wire-writer-foreign = { $who } 不能写入{ $city }的日志
wire-person-foreign = { $who } 不是{ $city }的人员或应用系统
wire-rights-foreign = { $city }人员的权限应记入{ $city }的日志
wire-actor-foreign = { $who } 不能代表{ $city }
wire-column-twice = 列名重复
wire-term-twice = 限制或义务重复
wire-condition-empty = AND 或 OR 没有运算项
wire-log-of-another = 属于“{ $found }”，应属于{ $expected }
wire-epoch-unknown = 条目的纪元应不小于1
wire-message-malformed = 消息{ $name }无法解码：{ $cause }
wire-messages-too-many = 消息{ $name }内嵌的消息超过{ $most }条
    .remedy = 请分批发送
wire-terms-differ = 节点的取值别名表（{ $version }）无法使用：{ $cause }
    .remedy = 请使用与节点版本一致的程序
dimension-unknown = { $number }不是统计维度
    .remedy = 每个维度只填一次；不填即为全部维度
dimension-twice = 统计维度{ $name }重复
    .remedy = 每个维度只填一次；不填即为全部维度

# 接口定义
contract-unreadable = 已编译的接口定义无法读取
contract-broken = 已编译的接口定义有缺陷：{ $cause }
contract-without-field = { $name }没有文本字段{ $field }
json-unwritable = 无法生成 JSON：{ $cause }

# 连接中断
connection-broken-off = 对方未作答复即关闭连接
