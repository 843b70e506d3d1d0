# 待办。

todo-consent = 内部同意
todo-attention = 需处理
todo-waits = { $act }（已提请同意）
todo-none = 没有待办事项
column-todo = 待办
column-acts-for = 代理
