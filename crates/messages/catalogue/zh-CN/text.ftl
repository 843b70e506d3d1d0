# 不得记录的文本
text-not-valid = { $field }：{ $fault }
text-length = { $found }个字符，应为{ $least }至{ $most }个
    .remedy = 请填写{ $least }至{ $most }个字符
text-character-forbidden = 第{ $place }个字符{ $codepoint }不得使用：{ $class }
    .remedy = 请删除该字符，或重新录入
text-character-private = 第{ $place }个字符{ $codepoint }是自造字
    .remedy = 请按 GB 18030-2022 的编码录入该字

# 字符类别
character-control = 控制字符
character-line-break = 换行符
character-direction = 改变书写方向的标记
character-invisible = 不可见字符
character-private = 自造字
character-none = 非字符
