# 通用消息

# 事实或其他程序自带的文字
text = { $text }

# 并列的多项
list = { $items }

yes = 是
no = 否
