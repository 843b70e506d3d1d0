# “status --check”所列问题的对象

subject-certificate = 证书
subject-roster = 成员名单
subject-own-log = 本方日志
subject-log = { $log } 的日志
subject-clock = { $log } 的时钟
subject-working-days = 工作日
subject-requests = 共享申请

# 所列问题

findings-none = 未发现需要处理的问题
finding-certificate-ended = 已于{ $at }到期
    .remedy = 请执行“{ $program } certificate rotate”换发证书，或查看未能换发的原因
finding-certificate-ends = 将于{ $at }到期，自动换发未成功
    .remedy = 请执行“{ $program } certificate rotate”换发证书，或查看未能换发的原因
finding-roster-ended = 已于{ $at }过期，不再接受其他城市的访问
    .remedy = 请恢复与协调机构的连接：配置中的地址、网络、对方程序
finding-roster-ages = 上次连上协调机构是在{ $heard }；成员名单有效至{ $until }
    .remedy = 请恢复与协调机构的连接：配置中的地址、网络、对方程序
finding-roster-missing = 从未连上协调机构，只接受本市人员的访问
    .remedy = 请恢复与协调机构的连接：配置中的地址、网络、对方程序
finding-log-unconfirmed = 暂停写入：{ $reason }
    .remedy = 请恢复与确认方的连接；也可用“{ $program } log confirm --reason 理由”在无确认的情况下继续
finding-log-differs = 不是此前跟随的日志：{ $reason }
    .remedy = 请向日志所属方核实；可用“{ $command } --reason 理由”接受现有日志
finding-log-stale = 自{ $since }起未能读取：{ $reason }
    .remedy = 请检查对方程序是否运行、地址是否正确、网络是否通畅
finding-log-damaged = { $count }条已存条目与其叶不符，正在重新获取
    .remedy = 请检查磁盘，并确认可连接日志所属方；所属方已没有的条目须从备份恢复
finding-log-quarantined = { $count }条条目被隔离
    .remedy = 请执行“{ $program } quarantine”查看条目和原因
finding-log-paced = 读取受限额限制：{ $budget }
    .remedy = 限额恢复后自动继续；限额为协调机构的配置项
finding-clock-differs = 相差{ $skew }
    .remedy = 请以时间服务器校准双方时钟
finding-holiday-notice-missing = 缺少{ $year }年的放假安排通知，时限为暂定
    .remedy = 请协调机构的运维员用“rules holidays set”发布该年的放假通知
finding-requests-backdated = { $count }件申请含倒签的办理
    .remedy = 请用“chengji-coordinator request list”查看，并向办理该项的城市核实
finding-requests-for-attention = { $count }件申请需要处理
    .remedy = 请执行“chengji-node request list --attention”查看
finding-search-index-behind = 自{ $since }起检索缺少{ $behind }项变更
    .remedy = 请检查协调机构的负载和磁盘；索引建立完成后会自行补齐
