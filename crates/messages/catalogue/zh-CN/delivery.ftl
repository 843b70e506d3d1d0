# 交付所依据的授权

grant-ended = 申请 { $request } 的授权已于{ $until }到期
grant-closed = 申请 { $request } 已由使用方办结，授权随之终止
request-not-granted = 申请 { $request } 未获授权，状态为“{ $state }”
    .remedy = 请用“request show { $request }”查看：尚未答复的，请待提供方答复；已拒绝或已结束的，请重新申请
granted-terms-not-enforced = 申请 { $request } 的授权含有本节点不能执行的条款，不予交付：{ $kinds }
    .remedy = 请提供方升级节点，或去除上述条款后重新授权
no-grant-known = { $provider }没有在申请 { $request } 下授权{ $consumer }
fetched-by-consumer-only = 申请 { $request } 由{ $consumer }提出，只能由其获取
grant-of-request = 申请 { $request } 的授权
grants-of-entry = 目录条目{ $entry }的全部授权
delivery-revoked = { $grant }已撤销：{ $reason }
delivery-suspended = { $grant }已暂停交付：{ $reason }
delivery-stopped-for-incident = { $grant }因安全事件停止交付：{ $reason }
delivery-awaits-provider = { $grant }待提供方确认：提供方的日志从备份恢复，其中没有该项授权或其使用次数
too-many-deliveries = 正在向{ $consumer }交付的已有{ $count }项
    .remedy = 请待其中一项结束
mount-record-unmeasured = { $entry }的挂接记录没有数据源的计量结果

# 交付的起始位置

offset-past-end = 起始位置{ $offset }超出末尾{ $end }

# 转交已收到的文件

received-file-shortened = 申请 { $request } 下收到的文件已变短
    .remedy = 请重新获取，不加 --if-changed
received-file-missing = 接收文件夹中没有申请 { $request } 的文件
    .remedy = 请先获取该文件
received-file-unreadable = 申请 { $request } 下收到的文件无法读取：{ $cause }
    .remedy = 请确认节点有权读取接收文件夹
caller-takes-no-more = 调用方已停止接收数据

# 对方节点发送的内容

delivery-piece-size = 数据块有{ $bytes }字节，应为1至{ $most }字节
delivery-piece-misplaced = 收到位置{ $offset }的数据块，应为位置{ $expected }
delivery-larger-than-announced = 发送的内容超过所声明的{ $bytes }字节
delivery-piece-damaged = 位置{ $offset }的数据块已损坏：CRC-32C 校验不符
delivery-incomplete = 共{ $bytes }字节，只发送了{ $arrived }字节
delivery-digest-wrong = 内容与所声明的摘要值不符
delivery-without-offer = 交付未以文件说明开始
delivery-second-offer = 交付过程中再次收到文件说明
delivery-empty-part = 交付过程中收到空的部分
offer-invalid = 文件说明无效：{ $cause }
offer-of-another-entry = 文件说明所指的目录条目为{ $offered }，应为{ $entry }
offer-misplaced = 文件共{ $bytes }字节，发送从位置{ $offset }开始，与请求不符
delivery-stream-ended = 数据流提前结束
provider-does-not-deliver = { $provider }的节点未能交付：{ $cause }
    .remedy = 请确认对方节点已运行且可以访问，再重新获取 { $request }；已收到的部分会保留
fetch-ended-early = 获取在最后一步失败：{ $cause }

# 接收磁盘的空间

announced-far-above-measured = { $provider }的节点声明文件为{ $bytes }字节，而联合目录载明的计量值为{ $measured }字节
    .remedy = 请向{ $provider }核实；如文件确有此大小，请加 --allow-size { $bytes } 获取
file-above-limit = 文件有{ $bytes }字节，本节点接收的文件不超过{ $most }字节（配置项“receiving.file_limit”）
    .remedy = 请联系节点运维人员调高限额
received-above-limit = 接收的文件已占{ $received }字节，限额为{ $most }字节（配置项“receiving.received_limit”），正在获取的还需{ $outstanding }字节，无法再容纳{ $missing }字节
    .remedy = 请清理不需要的接收文件，或联系节点运维人员调高限额
disk-full-for-fetch = 接收文件所在磁盘剩余{ $free }字节，其中{ $reserve }字节留给数据库，无法再容纳{ $wanted }字节
received-folder-unreadable = 无法读取 { $path }：{ $cause }
    .remedy = 请确认节点有权使用该文件夹，或将配置项“received”改为其他文件夹
received-folder-unwritable = 无法写入 { $path }：{ $cause }
    .remedy = 请确认节点有权写入，或将配置项“received”改为其他文件夹
grant-suspended-to-mend = 申请 { $request } 的授权因使用不当已暂停，限期整改
    .remedy = 用“request show”查看；整改后用“request report-mended”报告
grant-terminated = 申请 { $request } 的授权已由提供方终止
