# 共享率

not-a-member-at-cut-off = { $city }在统计时点不是本城市群成员
cut-off-in-future = 统计时点{ $at }尚未到来
    .remedy = 请给出不晚于现在的时间，或不填以统计当前数据
sealed-by-another-formula = 该月已按公式{ $sealed }封存，而本版本按公式{ $formula }计算
seal-does-not-hold = 按所存日志已得不出在{ $position }封存的{ $cut_off }数据
    .remedy = 请将日志副本与各市日志核对，并从备份恢复数据：副本已损坏或被替换
figures-for-absent-caller = 调用方已断开，不再计算其数据
cut-off-unconfirmed = 各成员的时钟尚不能确认{ $cut_off }已过，确认后即封存该月
    .remedy = 请用“city list”核对时钟，并确认可以连接各成员
log-grew-while-sealing = 封存期间又收到{ $city }的日志
rate-snapshot-damaged = { $city }日志至{ $end }的快照不完整，或与所存条目不符

## 公式
formula-unknown = 本版本不支持公式“{ $formula }”，支持的公式：{ $known }
    .remedy = 请填写所列公式之一，或安装新版本
formula-backdated = 公式须在启用日之前公布，{ $from }不晚于今日
    .remedy = 请填写今日以后的日期；此前统计时点的数据不变
formula-already-so = 自{ $from }起执行的已是公式{ $formula }
    .remedy = 请用“rate formula list”查看
column-shared-rows = 已共享行数
column-shared-bytes = 已共享字节数
