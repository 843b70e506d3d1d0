# 节点命令的询问、提示和进度

question-unanswerable = { $question }当前没有终端，无法确认
    .remedy = 请先用{ $look }核对，再加 --yes
question-yes-or-no = { $question } [y/N]
look-same-with-dry-run = 同一命令加 --dry-run
look-catalogue-pending = “catalogue pending”
note-of-file = 提示：{ $note }
interrupted = 已中断：{ $progress }
report-written = 检查结果已生成：{ $path }
node-ended-without-result = 节点结束了调用，但未返回结果
failure-with-progress = { $message }；{ $progress }
progress-look = 核对
progress-check = 校验
progress-write = 写入
progress-mount = 挂接
progress-unmount = 解除挂接
progress-fetch = 获取 { $file }
progress-save = 保存 { $file }
progress-checked = 校验一致

# 加入城市群

city-joined = { $subject } 已加入城市群 { $cluster }，管理员的连接配置为“{ $profile }”
next-commands =
    下一步：
    { $first }
    { $second }
retention-off = 未设置保留期，全部内容长期保留
    .remedy = 请在配置文件的 [retention] 部分设置“keep_reviews_days”
retention-clock-ahead = 本节点时钟为{ $now }，比已读取的协调机构日志末条的时间（{ $last }）晚{ $days }天以上
    .remedy = 请校正时钟；时钟无误的，停止节点后执行“log retention”
retention-question = 将永久清除{ $bodies }条日志条目、{ $moves }次办理记录和{ $revisions }个版本的内容，共{ $bytes }，最早为{ $oldest }，是否继续？
log-new-epoch-opened = 日志已进入新纪元{ $epoch }

# 获取

fetched-to-standard-output = { $bytes }字节，SHA-256 { $digest }，校验一致
fetch-unchanged = 内容未变化，未传输
fetch-waiting = 等候：另一调用正在获取该资源，完成后共用
fetch-resuming = 将在{ $seconds }秒后续传：{ $cause }
fetch-without-outcome = 节点未报告获取的结果
file-ended-early = 节点提前结束了文件
fetched-anew-meanwhile = { $request } 其间已重新获取，内容不同
    .remedy = 请重新执行该命令
not-transferred-unchanged = 否，内容与回执一致
target-is-folder = { $path } 是文件夹，请指定文件名
target-exists = { $path } 已存在
    .remedy = 请另选文件名，或加 --force 覆盖
target-unreadable = 无法读取 { $path }：{ $cause }
    .remedy = 请指定本用户可读的位置
target-unwritable = 无法写入 { $path }：{ $cause }
    .remedy = 请指定本用户可写的位置
received-file-unlike-receipt = 节点上的文件与回执不符
    .remedy = 请先不加 --to 和 --if-changed 获取一次，再重新执行
direction-sent = 发出
direction-received = 收到

# 共享申请

request-move-refused = 申请 { $request }：协调机构未采纳该项办理：{ $cause }
request-was-rejected = 申请 { $request } 不予受理：{ $cause }
share-manner-unknown = { $manner }不是共享方式
    .remedy = 请使用 table、file 或 interface：{ $terms }
request-still-in-state = 已等待{ $seconds }秒，申请 { $request } 的状态仍为“{ $state }”，申请继续有效
    .remedy = 请稍后用“chengji-node request show { $request }”查看；“chengji-node status”显示协调机构是否可连接

# 选择目录条目

no-entry-selected = 未指定目录条目
    .remedy = 请给出资源代码，或用 --department、--class、--under 筛选，或用 --all 选择全部
entries-not-found = 下列目录条目不存在，或不符合筛选条件：{ $codes }
    .remedy = 请用“chengji-node catalogue pending”查看尚未发布的条目
option-value-unknown = { $value }不是 { $option } 的取值
    .remedy = 取值范围：{ $terms }
value-not-one-of = 取值范围：{ $terms }

# 导出

encoding-of-csv-only = { $kind }一律为 UTF-8 编码，--encoding 仅适用于 CSV 文件
    .remedy = 请指定扩展名为 .csv 的文件，或去掉 --encoding
kind-jsonld = JSON-LD
kind-workbook = 工作簿
template-is-workbook = 模板含有下拉选项，只能是工作簿
    .remedy = 请指定扩展名为 .xlsx 的文件
export-kind-unknown = { $path } 的扩展名不是 .xlsx、.csv 或 .jsonld
    .remedy = 请指定扩展名为 .xlsx、.csv 或 .jsonld 的文件
export-file-exists = { $path } 已存在
    .remedy = 请换一个文件名，或删除该文件
export-file-unwritable = 无法写入 { $path }：{ $cause }
    .remedy = 请在本用户可写的文件夹中指定尚不存在的文件
option-of-other-files = { $option } 仅适用于{ $kinds }文件
    .remedy = 请去掉该选项，或更换文件类型
map-unwritable = 映射无法写出：{ $cause }
    .remedy = 请写入文件：chengji-node catalogue map 文件 > layout.toml
template-example-invalid = 模板的示例无效
template-written = 模板已生成：{ $path }
entries-written = 已导出{ $count }条：{ $path }
closed-entries-written = 警告：其中{ $count }条未向社会开放，请勿将文件提供给公共门户
closed-entries-left-out = 另有{ $count }条未向社会开放，未导出；加 --all 可导出全部
nothing-to-export = 目录中没有已发布的条目，或没有符合筛选条件的条目
    .remedy = 请先导入条目，或减少筛选条件

# 导入

imports-ahead = 排队等候：前面还有{ $ahead }个导入
import-was-waiting = 尚在排队，未写入任何内容；可放心重新导入
import-not-handed-over = 节点未收齐全部{ $total }条，未写入任何内容；可放心重新导入
import-partly-known = 共{ $total }条，已确认写入{ $written }条，节点将全部写入或全部不写入；可放心重新导入，已写入的按未变化计
import-refused-whole = 未写入任何内容：{ $invalid }行有误；请改正后重试，或用 --skip-invalid 跳过
import-outcome = { $counts }：{ $result }
import-would-be = 将为：{ $counts }；{ $result }
import-result-dry-run = 试运行，未写入
import-result-drafts = 已存为草稿，用“catalogue submit”提交
import-result-submitted = 已提交，待审核发布
import-result-nothing = 无需写入
count-new = 新增{ $count }条
count-revised = 新版本{ $count }条
count-unchanged = 未变化{ $count }条
count-left-out = 未导入{ $count }条
count-warnings = 提醒{ $count }条
import-all-problems-hint = 用 --all-problems 逐条列出
import-report-hint = 用 --report 文件.xlsx 在表中标出
import-problem-line = { $kind }：第{ $line }行，{ $problem }
import-group = { $kind } { $field }，{ $rows }行：{ $problem }
import-group-lines = { "    " }行号：{ $lines }
import-group-example = { "    " }例如：{ $example }
import-group-remedy = { "    " }处理办法：{ $remedy }
import-example-value = 第{ $line }行“{ $value }”
import-example-problem = { $example }：{ $problem }

# 挂接

mount-question = 将挂接{ $count }个文件，是否继续？
unmount-question = 将解除{ $count }个文件的挂接，是否继续？
mount-outcome-mounted = 挂接
mount-outcome-remounted = 改挂
mount-outcome-measured = 重新计量
mount-outcome-unchanged = 未变化
mount-outcome-unmatched = 无对应条目
mount-outcome-unmounted = 解除挂接
mount-outcome-problem = 有误
mount-count = { $outcome }{ $count }个
mount-passed-over = 跳过{ $count }个
mount-nothing-found = 未找到文件
mount-would-be = 将为：{ $counts }；未作任何改动
mount-done = 已完成：{ $counts }
mount-nothing-changed = { $counts }；未作任何改动
mount-dry-run-interrupted = 未挂接任何文件
mount-partly-done = 共{ $total }个，已处理{ $done }个，正在处理的也可能已完成；可放心重新执行，已挂接的按未变化计
unmount-partly-done = 共{ $total }个，已解除{ $done }个；可放心重新执行

# 办理目录条目

move-question = { $action }：共{ $count }条，是否继续？
move-declined = 未执行任何操作
move-group = { $count }  { $provider }  { $class }
move-others = { $count }  其他
move-interrupted = 节点已答复{ $done }条，其余请重新执行
move-refused-one = { $code } { $why }
move-refused-several = { $count }条 { $why }：{ $codes }
column-moved = 已办理
column-refused = 未办理

# 目录条目列表

overdue-mark = { $due } 逾期
lifecycles-count = 共{ $count }条，逾期{ $overdue }条
lifecycles-tightened = 其中{ $count }条在发布后新增条件
change-noted = 已登记 { $on } 的变化，更新期限为 { $due }
change-noted-extended = 已登记 { $on } 的变化，更新期限为 { $due }（已延长 { $days } 个工作日）
never-published = { $code }从未发布
last-published = { $code }：最近发布的为第{ $revision }版
diff-of-first = { $code }：第{ $to }版，为首个版本
diff-of-revisions = { $code }：第{ $from }版→第{ $to }版，共{ $count }处变化
entries-count = 共{ $count }条
shown-unpublished = 提示：该条目尚未发布，所示为第{ $revision }版（{ $state }）
status-attention = 共{ $entries }条，需处理{ $attention }条
status-other-level = 其中{ $other_level }条（未挂接{ $unmounted }条）非市级，不计入共享率
observed-unchanged = { $days }天未变，宜为：{ $cycle }
observed-more-than-daily = 一日多次更新，宜为：{ $cycle }
observed-every = 约每{ $days }天更新，宜为：{ $cycle }

# 列名和字段名

column-receipt = 回执号
column-direction = 方向
column-path = 文件
column-transferred = 是否传输
column-field = 字段
column-before = 原值
column-after = 新值
column-due = 时限
column-change-noted = 变化日期
column-tightened = 新增条件次数
column-tightening = 新增条件
column-extended-by = 延长工作日数
column-move = 操作
column-line = 行
column-file = 文件
column-kind = 类别
column-column = 列
column-cycle = 更新周期
column-mount = 挂接
column-freshness = 情况
column-changed = 内容更新时间
column-changes = 更新次数
column-observed = 实际更新
column-entries-to-share = 应共享条目
column-new = 新增
column-revised = 新版本
column-unchanged = 未变化
column-left-out = 未导入
column-warnings = 提醒
