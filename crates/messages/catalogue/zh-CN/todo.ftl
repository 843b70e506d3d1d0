# 待办。

todo-consent = 内部同意
todo-attention = 需处理
todo-correction = 校核答复
todo-correct-data = 更正数据
todo-demand = 需求答复
todo-demand-answered = 需求已对接，可申请条目
todo-demand-declined = 需求不予采纳，可办结或等待另行分派
todo-matter-refused = 办理未被采纳
todo-notice = 确认更正通知
todo-return-flow = 回流数据未获取
todo-usage = 登记使用记录
todo-waits = { $act }（已提请同意）
todo-none = 没有待办事项
column-todo = 待办
column-acts-for = 代理
column-matter = 校核或需求编号
