# 共享率

not-a-member-at-cut-off = { $city }在统计时点不是本城市群成员
cut-off-in-future = 统计时点{ $at }尚未到来
    .remedy = 请给出不晚于现在的时间，或不填以统计当前数据
sealed-by-another-formula = 该月按公式{ $sealed }封存，本版本按公式{ $formula }计算
seal-does-not-hold = 按所存日志计算的{ $cut_off }数据，与在{ $position }封存的不符
    .remedy = 日志副本已损坏或被替换：请与各市自身的日志核对，并从备份恢复数据
figures-for-absent-caller = 调用方已离开，停止计算
cut-off-unconfirmed = 各成员的时钟未能确认{ $cut_off }已过，确认后即行封存
    .remedy = 请用“city list”核对时钟；成员须可连接
log-grew-while-sealing = 封存期间又收到{ $city }的日志
