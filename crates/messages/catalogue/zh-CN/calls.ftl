# 对其他程序的调用与列表
no-answer-in-time = { $seconds }秒内没有答复
cursor-invalid = 游标不属于此列表
    .remedy = 请从第一页重新查询
