# 数据回流：上级成员向下级行政区划回流数据。

area-return-flow = 数据回流
act-declare-return-flow = 数据回流
act-end-return-flow = 终止数据回流
return-flow-not-below = { $city }不是{ $provider }的下级，数据只向下级回流
    .remedy = 其他城市的申请请予答复，或用 'chengji-node grant-rule set' 设定自动授权规则
return-flow-without-lower = { $provider }没有可作为成员的下级
return-flow-not-shared = { $code }不予共享或已撤销，不能回流
return-flow-is-running = { $code }的数据已在回流：{ $flow }
    .remedy = 请先终止原有回流：'chengji-node return-flow end'
return-flow-not-found = { $code }没有正在进行的回流
return-flow-not-of-city = 协调机构的日志载有本市从未作出的回流行为：{ $code }
return-flow-conditions = 该数据已由{ $flow }回流，对下级的授权除数据范围外不得设置额外的限制条件（《政务数据共享条例》第二十四条）
    .remedy = 授权时不设使用条件、限制和义务
return-flow-declared = 向{ $to }回流{ $code }：{ $rows }
return-flow-ended-bare = 终止回流{ $code }
return-flow-ended = 终止回流{ $code }：{ $reason }；协商情况：{ $consultation }
return-flow-shown = 向{ $to }：{ $rows }
returned-to-all = 全部下级
fact-return-flow-changed = { $act }，{ $actor }
fact-return-flow-noted = 记载{ $provider }的{ $act }
column-return-flow = 回流编号
column-returned-to = 回流至
column-returned-rows = 回流数据范围
column-return-awaited = 尚未获取
