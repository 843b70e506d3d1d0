# 本市目录
entry-not-published = 目录中没有已发布的条目{ $code }
    .remedy = 请用“chengji-node catalogue pending”查看正在办理的条目
entry-withdrawn = 条目{ $code }已撤销：{ $reason }
entry-not-shared = 条目{ $code }不予共享：{ $basis }
entry-grants-running = 条目{ $code }尚有{ $count }件申请的授权在有效期内：{ $requests }
    .remedy = 请先逐件用“chengji-node request consult 申请编号 --of-entry”与使用方协商，期满后再用“request terminate”终止，尚未终止的见“catalogue show”；发生安全事件的，用“request stop 申请编号 --cause incident”停止交付。更换数据源的，直接挂接新文件即可
entry-moved-meanwhile = 条目{ $code }的状态已变化
    .remedy = 请查看该条目后重新办理
entry-of-another-department = { $by }为{ $own }的编制员，条目{ $code }属于{ $provider }，不得编制其他部门的目录
    .remedy = 请由该部门或全市的编制员办理
entry-set-changed = 条目或其版本自计数后已变化
    .remedy = 请重新核对；未执行任何操作
entry-set-count-changed = 条目现有{ $now }条，与计数时的{ $before }条不符
    .remedy = 请重新核对；未执行任何操作
revision-removed = 条目{ $code }第{ $revision }版的内容已过保留期，已清除
revision-not-found = 条目{ $code }没有第{ $revision }版
    .remedy = 请用“chengji-node catalogue show 代码 --history”查看各版本

# 调用参数
message-too-many-entries = 每条消息最多{ $most }个条目
move-not-of-publishers = start 须指明编制员的办理事项：SUBMIT、TAKE_BACK 或 ASK_WITHDRAWAL
move-not-of-reviewers = start 须指明审核员的办理事项：APPROVE 或 RETURN
moves-without-start = 办理须先发 start，再发 entries
filter-classification-invalid = “{ $path }”不是分类，也不是分类的开头
    .remedy = 请按 3、3/07 或 3/07/012 填写
filter-of-published = 已发布的条目不能按状态、人员或时限筛选
    .remedy = 请改为查询正在办理的条目
filter-state = 状态
filter-value-unknown = 筛选条件中“{ $what }”的取值无法识别

# 导入
import-too-many-entries = 一次导入最多{ $most }个条目
    .remedy = 请拆分后分次导入
import-too-large = 一次导入的内容最多{ $most } MiB
    .remedy = 请拆分后分次导入
imports-waiting = 已有{ $most }项导入在排队
    .remedy = 请稍后重新导入
import-given-up = 导入排队期间调用方已断开；未写入任何内容
import-cut-off = 应收{ $said }个条目，实收{ $came }个；未写入任何内容
    .remedy = 请重新导入
import-without-start = 导入须先发 start，再发 entries
import-entry-too-large = 条目共{ $size }字节，上限为{ $most }字节
    .remedy = 请缩短摘要或信息项
import-code-used-up = 该代码的资源已撤销，代码不得重复使用
    .remedy = 新资源请使用新代码
import-of-another-department = { $by }为部门编制员，而该条目属于其他部门
    .remedy = 请由该部门编制员或市数据局编制
