# 不得记录的申请和办理操作
request-not-valid = 申请内容有误：{ $fields }
move-not-valid = 办理内容有误：{ $fields }
stop-not-valid = 暂停或恢复的内容有误：{ $fields }
request-period-out-of-range = { $days }天，应为1至{ $most }天
request-manner-not-deliverable = 目前只交付文件，不能申请库表和接口方式
    .remedy = 请申请文件方式（file）
request-manner-outside-platform = 邮件和介质拷贝不经本平台办理，不能在平台上申请
    .remedy = 请申请文件方式（file），或与提供方直接联系
