# 通用消息

# 事实或其他程序自带的文字
text = { $text }

# 并列的多项
list = { $items }

yes = 是
no = 否

# 报文或记录的字段
field-absent = 缺少字段{ $field }
field-malformed = 字段{ $field }有误：{ $cause }

# 身份
principal-node = { $city } 节点
principal-person = { $city } 人员 { $name }
principal-app = { $city } 应用系统 { $name }
principal-coordinator = 协调机构
principal-operator = 运维员 { $name }
principal-auditor = 审计员 { $name }
