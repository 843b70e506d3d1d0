# 不得记录的申请和办理操作
request-not-valid = 申请内容有误：{ $fields }
move-not-valid = 办理内容有误：{ $fields }
stop-not-valid = 停止或恢复交付的内容有误：{ $fields }
request-period-out-of-range = { $days }天，应为1至{ $most }天
amendment-period-too-long = { $days }天，最多{ $most }天
amendment-asks-nothing = 范围、用途和期限均与授权相同，也没有第三方
    .remedy = 请填写需变更的范围、用途或天数，或者第三方
request-manner-not-deliverable = 接口尚未交付，库表按授权的内容作为文件交付
    .remedy = 请申请文件方式（file）
request-manner-outside-platform = 邮件和介质拷贝不经本平台办理，不能在平台上申请
    .remedy = 请申请文件方式（file），或与提供方直接商定
# 在本市节点办理申请

log-ahead-of-clock = 本市日志末条的时间为{ $end }，晚于本节点时钟（{ $now }）；协调机构不接受时间超前的申请和办理
    .remedy = 请等待至该时间；或停止节点，校正时钟后执行“log new-epoch”
idempotency-key-taken = 该幂等键已用于申请 { $request }，其内容不同
city-has-no-part = { $city }不是申请 { $request } 的当事方
grant-terms-not-enforced = 申请 { $request }：本节点不能执行下列条款，不予授权：{ $kinds }
    .remedy = 请去除上述条款后授权
only-provider-stops = 申请 { $request }：只有提供方可以停止和恢复交付
no-grant-to-stop = 申请 { $request } 的状态为“{ $state }”，没有可停止的授权
deliveries-stopped-already = { $target }项下的交付已停止：{ $cause }
deliveries-not-stopped = { $target }项下的交付未停止

# 本市人员的办理内容

grant-days-out-of-range = 授权期限应为1至{ $most }天，不能为{ $days }天
no-deadline-to-extend = 申请 { $request } 目前没有可延长的时限
extension-out-of-range = 时限可延长1至{ $most }个工作日
department-not-covered = 当前人员代表{ $rights }，不能代表{ $department }
    .remedy = 请不填部门，或由该部门人员提交
own-resource-needs-no-request = { $resource } 是本市资源，无需申请
    .remedy = 请直接使用该资源
idempotency-key-too-long = 幂等键最多{ $most }个字符
stop-cause-not-for-people = 停止交付的原因只能是安全事件或暂停交付

# 协调机构日志中的本市办理

move-not-of-city = 申请 { $request }：协调机构的日志载有本市从未作出的办理
move-decided-late = 申请 { $request }：协调机构在本市较晚的办理之后才排序较早的办理，该办理与作出时的状态已不相符
own-log-lacks-entry = 协调机构的日志引用了本市日志中没有的条目，且尚无任何一方确认本市日志

# 申请状态
request-state-submitted = 已提交
request-state-routed = 待答复
request-state-incomplete = 待补正
request-state-supplemented = 已补正
request-state-granted = 已授权
request-state-refused = 已拒绝
request-state-rejected = 不予受理
request-state-withdrawn = 已撤回
request-state-disputed = 争议中
request-state-revoked = 授权已撤销
request-state-suspended = 已暂停交付
request-state-lapsed = 授权已到期
request-state-closed = 已办结
request-state-terminated = 已终止共享
request-state-referred = 已报请上级

# 申请各方
party-consumer = 使用方
party-provider = 提供方
party-coordinator = 协调机构

# 办理
move-route = 转办
move-reject = 不予受理
move-ask-supplement = 要求补正
move-supplement = 补正
move-extend = 延期
move-grant = 授权
move-refuse = 拒绝
move-withdraw = 撤回
move-dispute = 提出争议
move-uphold = 维持拒绝
move-remand = 责令重新答复
move-close = 办结
move-offer = 提供数据
move-ask-amendment = 申请变更
move-amend = 同意变更
move-decline-amendment = 不同意变更
move-suspend = 暂停共享、限期整改
move-report-mended = 报告整改情况
move-resume = 恢复共享
move-consult = 征求意见
move-answer-consultation = 答复意见
move-terminate = 终止共享
move-change = 变更共享
move-propose-settlement = 提出协商方案
move-accept-settlement = 接受协商方案
move-mediate = 协调处理
move-refer = 报请共同的上级主管部门
move-decide = 记录决定
move-move-deadline = 调整时限
move-withdraw-dispute = 撤回争议
move-lapse = 记录授权到期

# 不符合流程的办理
request-out-of-turn = 申请 { $id }：{ $cause }
request-move-damaged = 申请 { $id }：已存储的一项办理不符合流程：{ $cause }
request-moves-too-many = 申请 { $id } 已有{ $count }项办理，达到上限
move-against-rule = 申请状态为“{ $state }”，{ $party }不能办理“{ $action }”：{ $rule }
move-in-turn-of = 申请状态为“{ $state }”，应由{ $turn }办理，{ $party }不能办理“{ $action }”
move-after-end = 申请状态为“{ $state }”，办理已经结束，{ $party }不能办理“{ $action }”
move-rule-deadline-running = 提供方的时限未到
move-rule-asked-already = 只能要求补正一次
move-rule-deadline-passed = 时限已过；仍可授权或拒绝，使用方可以提出争议
move-rule-grant-over = 授权将在开始前到期
move-rule-extended-already = 时限只能延长一次
move-rule-deadline-not-later = 新时限不晚于原时限
move-rule-deadline-certain = 该时限不是暂定时限
move-rule-offered-already = 数据已经提供
move-rule-amendment-open = 上一次变更申请尚未答复
move-rule-consultation-open = 上一次征求意见尚未答复
move-rule-consultation-answered = 已经答复过意见
move-rule-consult-first = 应当先就此征求使用方意见，待其答复或答复时限届满
move-rule-notice-running = 目录撤销后的继续提供期限未满，自{ $first }起方可终止或者变更
move-rule-not-as-consulted = 授权内容与征求意见的内容不一致
move-rule-mending-time-over = 整改期限应当晚于暂停之日
move-rule-mending-reported = 已经报告过整改情况
move-rule-mending-running = 整改期限未满，且使用方尚未报告整改情况
move-rule-nothing-to-dispute = 没有被拒绝或逾期未答复的变更申请，也没有答复为不同意的征求意见
move-rule-grant-by-provider = 只有提供方可以提出授权方案
move-rule-no-proposal = 对方没有提出方案
move-rule-settlement-newer = 该方案的提出时间晚于本次接受，所接受的是更早的方案
move-rule-no-answer-due = 争议的事项不是提供方的答复
move-rule-other-amendment = 所答复的是此前的变更申请，该申请已不再有效
move-rule-dispute-of-other = 争议由对方提出，只能由对方撤回

# 应办事项
due-answer = 答复
due-supplement = 补正
due-offer = 提供数据
due-amendment = 答复变更申请
due-mending = 整改
due-consultation = 答复征求意见
due-incident = 安全事件后续处理
due-disposal = 处置数据
due-approval = 报请共同的上级主管部门批准

# 停止事由
stop-cause-revoked = 撤销授权
stop-cause-suspended = 暂停交付
stop-cause-restored = 恢复数据后待确认
stop-cause-incident = 安全事件
stop-reason-restored = 该市日志由备份恢复，其中没有此项授权

# 授权条款
term-file = 文件范围
term-table = 库表范围
term-interface = 接口范围
term-count = 使用次数限制
term-rate = 使用频率限制
term-period = 使用时长限制
term-connector = 连接器限制
term-user = 使用者限制
term-operation = 使用操作限制
term-notify = 通知义务
term-destroy = 销毁义务
term-records = 留存使用记录义务
condition-too-large = 行筛选条件的深度为{ $depth }、规模为{ $size }，上限分别为{ $most_depth }和{ $most_size }
decimal-malformed = “{ $text }”不是规范形式的小数（如 -12.5，最多{ $most }位）；没有小数部分且不超过64位的数应为整数

# 时限
deadline-certain = { $date }
deadline-provisional = { $date }（暂定：放假安排通知尚未公布）

# 授权之后和争议之中的办理
consulted-change-empty = 拟协商的变更没有任何改动
    .remedy = 请写明新的范围、条件、天数或处置要求；协商终止共享的，不填变更内容
report-without-incident = 只有因安全事件停止交付的，才填写报告机关和报告时间
no-amendment-to-answer = 申请 { $request } 没有待答复的变更申请
no-change-consulted = 申请 { $request }：尚未就变更与使用方协商
    .remedy = 请先用“request consult”与使用方协商变更
no-grant-to-change = 申请 { $request } 没有可变更的授权
mending-out-of-range = 整改期限最长{ $most }个工作日，即不晚于{ $last }
