# 不得记录的申请和办理操作
request-not-valid = 申请内容有误：{ $fields }
move-not-valid = 办理内容有误：{ $fields }
stop-not-valid = 暂停或恢复的内容有误：{ $fields }
request-period-out-of-range = { $days }天，应为1至{ $most }天
request-manner-not-deliverable = 目前只交付文件，不能申请库表和接口方式
    .remedy = 请申请文件方式（file）
request-manner-outside-platform = 邮件和介质拷贝不经本平台办理，不能在平台上申请
    .remedy = 请申请文件方式（file），或与提供方直接联系
# 在本市节点办理申请

log-ahead-of-clock = 本市日志的末条时间为{ $end }，早于该时间的本机时钟（{ $now }）不能办理：协调机构不接受日期超前的申请和办理
    .remedy = 请等待至该时间；或停止节点，校正时钟后执行“log new-epoch”
idempotency-key-taken = 该幂等键已用于申请{ $request }，内容不同
city-has-no-part = { $city }不是申请{ $request }的当事方
grant-terms-not-enforced = 申请{ $request }：本节点不能执行下列条款，不予授权：{ $kinds }
    .remedy = 请去除上述条款后授权
only-provider-stops = 申请{ $request }：只有提供方可以停止和恢复供应
no-grant-to-stop = 申请{ $request }的状态为“{ $state }”，没有可停止的授权
deliveries-stopped-already = { $target }的供应已停止：{ $cause }
deliveries-not-stopped = { $target }的供应未停止
stored-move-out-of-turn = 申请{ $request }：所存的一项办理不符合流程：{ $cause }

# 本市人员的办理内容

grant-days-out-of-range = 授权期限应为1至{ $most }天，不能为{ $days }天
no-deadline-to-extend = 申请{ $request }目前没有可延长的时限
extension-out-of-range = 时限可延长1至{ $most }个工作日
department-not-covered = 当前人员代表{ $rights }，不能代表{ $department }
    .remedy = 请不填部门，或由该部门人员申请
own-resource-needs-no-request = { $resource }是本市资源，无须申请
    .remedy = 请直接使用该资源
idempotency-key-too-long = 幂等键最多{ $most }个字符
stop-cause-not-for-people = 停止供应的方式只能是撤销授权或暂停供应

# 协调机构日志中的本市办理

move-not-of-city = 申请{ $request }：协调机构的日志载有本市从未作出的办理
own-log-lacks-entry = 协调机构的日志载有本市自身日志中没有的内容，且尚无任何一方确认本市日志
