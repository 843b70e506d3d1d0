# 启动协调机构程序

data-of-another-cluster = 数据属于城市群“{ $known }”，而配置中为“{ $cluster }”
    .remedy = 请改正配置项“cluster”，或改用其他数据目录
store-not-closed = 存储未能正常关闭
made-key-unreadable = 生成的密钥无法读取：{ $cause }

# 签发证书

log-key-begins-earlier = 日志新密钥自{ $sent }起有效，早于前一密钥的{ $last }
    .remedy = 请恢复最新备份，或停止节点后执行“log new-epoch”
not-a-cluster-role = 城市群人员只能担任运维员或审计员之一，不能是{ $rights }
    .remedy = 请授予运维员或审计员角色

# 申请

attention-at-nodes-only = “需要处理”的筛选仅适用于城市节点，不适用于协调机构
    .remedy = 请访问本市节点，或按状态筛选

# 城市及其日志

log-of-inactive-city = { $city }不是正常状态的成员，不读取其日志
revision-not-later = { $entry }：在第{ $last }版之后收到第{ $revision }版
mount-name-invalid = { $entry }：挂接文件的名称不是单纯的文件名
measured-without-mount = { $entry }有计量结果，但未挂接
entry-never-published = { $entry }有变更，但从未发布
entry-too-large = 目录条目{ $entry }共{ $bytes }字节，上限为{ $most }字节
delivery-under-unknown-request = 交付所依据的申请 { $request } 不存在
delivery-of-another-request = 向{ $consumer }交付 { $resource } 所依据的申请 { $request }，是{ $owner }对{ $requested }的申请
log-entry-unreadable = 日志第{ $seq }条无法读取：{ $cause }
log-entry-missing = 日志没有第{ $seq }条
log-entry-not-checkpoint = 日志第{ $seq }条不是检查点
log-entry-not-seal = 日志第{ $seq }条不是封存

# 协调机构排定的办理

move-of-stranger = { $city }办理了申请 { $request }，但不是该申请的当事方
move-in-unknown-request = 所办理的申请 { $request } 不存在
stop-by-other-than-provider = { $city }停止了申请 { $request } 的交付，但不是该申请的提供方
early-moves-too-many = 申请 { $request } 尚未受理，{ $city }对其办理和停止交付的条目超出留存上限：最多{ $entries }条，共{ $bytes }字节
kept-neither-move-nor-stop = 为申请 { $request } 留存的条目既不是办理，也不是停止交付
request-dated-ahead = 申请的时间为{ $dated }，晚于协调机构的时钟（{ $now }），请核对本市时钟
move-of-earlier-matter = 申请 { $request }：该办理作出在先，所答复的是此前的事项
move-dated-ahead = 申请 { $request }：该项办理的时间为{ $dated }，晚于协调机构的时钟（{ $now }），请核对本市时钟
resource-is-consumers-own = { $resource } 是{ $consumer }的本市资源
provider-suspended = { $city }的成员资格已暂停：{ $reason }
resource-unknown = 联合目录中没有资源 { $resource }
resource-withdrawn = { $resource } 已撤销：{ $reason }
resource-not-shared = { $resource } 不予共享：{ $condition }
extension-beyond-longest = 申请 { $request }：时限{ $deadline }最多可延长{ $days }个工作日，至{ $latest }，不能延至{ $asked }
mending-beyond-longest = 申请 { $request }：整改期限最多{ $days }个工作日，至{ $latest }，不能至{ $asked }
notice-too-short = 申请 { $request }：按提供方适用的规定，目录撤销后应当继续提供，最早自{ $first }起方可终止或者变更授权
    .remedy = 请重新协商：'request consult --of-entry'
dispute-not-referred = 申请 { $request }：该争议尚未提请共同的上级主管部门
    .remedy = 请先办理 'request refer'，再登记其处理结果；协调机构本身属于共同的上级主管部门的，请设置 [disputes] common_superior = true
dispute-not-negotiated = 申请 { $request }：争议没有此前的协商记录；本城市群规定，同一主管部门之下的城市应当先行协商
    .remedy = 请先与对方城市协商，再以“--negotiation”注明协商的时间、参加人员和结果，重新提出争议
move-not-of-operators = 运维员不能办理“{ $action }”
log-entry-not-finding = 日志第 { $seq } 条不是违规认定
finding-not-valid = 违规认定的内容无效：{ $fields }

# 申请记录所反映的违规行为。

shown-act-answered-late = 逾期答复或尚未答复申请
shown-act-amendment-answered-late = 逾期答复或尚未答复变更申请
shown-act-offered-late = 逾期提供或尚未提供已授权的数据
shown-act-asked-twice = 再次要求补正
shown-act-ended-without-consultation = 未经协商终止或变更共享
shown-act-incident-not-followed-up = 因安全事件停止后未按时处置
shown-act-misused = 因违规使用被暂停
shown-act-mending-unfinished = 逾期未完成整改
shown-act-disposed-late = 共享终止后逾期未处置数据
shown-act-conditions-added = 资源发布后增设共享条件
shown-act-corrected-late = 逾期或尚未核实、更正数据
shown-act-returned-late = 逾期或尚未回流数据
shown-act-usage-not-recorded = 未按时登记数据使用情况
shown-act-updated-late = 发生变化后逾期更新目录
