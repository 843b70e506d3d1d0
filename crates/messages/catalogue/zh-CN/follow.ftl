# 读取其他日志
follow-not-yet = 本程序启动以来尚未连上该日志
follow-not-started = 尚未跟随该日志，或无法跟随，请查看协调机构的程序输出
follow-stopped-for-member = 该市的成员状态为{ $status }：{ $reason }
follow-epoch-zero = 日志的纪元不能为0
follow-another-epoch = 收到纪元{ $found }，应为{ $expected }
follow-another-entry = 收到条目{ $found }，应为{ $expected }
follow-by-another = 其他程序已将 { $log } 的日志跟随到更后的位置
follow-entry-size = 条目{ $seq }为空或过长
follow-entry-without-body = 条目{ $seq }缺少与信封对应的正文
follow-envelope-malformed = 条目{ $seq }的信封有误：{ $cause }
follow-envelope-of-another = 其中注明的位置为{ $found }
follow-envelope-counts-unread = 其内容计入统计，但无权读取其正文
follow-facts-newer = { $log } 的日志条目{ $seq }需要事实版本{ $needed }，本程序支持到版本{ $known }
follow-leaf-missing = 未收到{ $seq }之前条目的叶
follow-roots-missing = 未收到日志自第{ $first }段起的根
follow-epochs-differ = 日志的最后一个纪元与其声明的当前纪元不符
follow-stream-ended = 对方结束了数据流
follow-leaf-malformed = { $log } 的日志条目{ $seq }的叶有误
follow-entry-damaged = 所存的 { $log } 日志条目{ $seq }与其叶不符，正在重新获取
    .remedy = 请待“status”不再列出损坏条目后再试

# 提供本方日志
log-in-another-epoch = 日志处于纪元{ $epoch }，请求的是纪元{ $asked }
log-ends-before = 日志止于{ $head }，未到位置{ $asked }
log-epoch-begun = 日志已开始新纪元
log-not-kept = { $who } 在此没有日志

# 告警
alarm-none = { $log } 的日志没有告警
alarm-diverged = { $found }之前的条目与已读的不同：叶为{ $leaf }，已读的为{ $known_leaf }
alarm-forked = 日志处于纪元{ $epoch }，未承接已读到{ $known }的纪元{ $known_epoch }
alarm-shorter = 日志止于{ $found }，而已读到{ $known }
alarm-lower-epoch = 日志退回纪元{ $epoch }，而已在纪元{ $known_epoch }读到{ $known }
alarm-many-epochs = 日志已开始纪元{ $epoch }，在接受其中一个之前不再保存新副本

# 确认本方日志
log-confirmed-already = 日志已确认
log-being-confirmed = 正在请各方确认日志
log-program-stopping = 程序正在停止
log-epoch-opening = 数据已恢复，正在开始新纪元
log-not-confirmed-by-hand = 日志未能确认，原因见程序输出
log-contradicted = { $reasons }
log-contradicted-by = { $reason }
    .remedy = 请恢复最新备份，或停止程序后执行“log new-epoch”；仅在确知 { $peer } 有误时，才加 --against { $peer } 重新执行
log-confirmed-by-none = 尚无任何一方确认本方日志
log-confirmed-by-none-because = 尚无任何一方确认本方日志：{ $peer }：{ $cause }
log-peer-epoch-higher = { $peer } 已知纪元{ $epoch }，而本方日志处于纪元{ $own }
log-peer-epoch-foreign = { $peer } 已知的纪元{ $epoch }不是本方日志的纪元
log-peer-further = { $peer } 已知本方日志到{ $known }，而本方日志止于{ $head }
log-peer-entry-differs = { $peer } 已知的{ $known }之前的条目与本方不同

# 申请
request-not-found = 本程序没有申请{ $number }
request-number-ambiguous = { $number }可能是{ $one }或{ $other }
    .remedy = 请输入完整的申请号
request-epochs-too-many = { $city }在编号为{ $number }的{ $count }个或更多纪元中提交过申请
    .remedy = 请输入完整的申请号
request-too-large = 申请 { $id } 共{ $bytes }字节，上限为{ $most }字节
request-state-unknown = { $number }不是申请状态
exporting-log = 正在导出日志
export-cut-off = 日志未到末尾即中断
    .remedy = 请重新执行
archive-damaged = 归档文件不完整或已损坏，位置为第{ $record }条记录
    .remedy = 使用该文件的其他副本，或重新导出日志
archive-unreadable = 无法读取归档文件{ $path }：{ $cause }
