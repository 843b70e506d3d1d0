# 不得记录的文本
text-not-valid = { $field }：{ $fault }
text-length = { $found }字，应为{ $least }至{ $most }字
    .remedy = 请填写{ $least }至{ $most }字
text-character-forbidden = 第{ $place }字为{ $codepoint }，属{ $class }，不得使用
    .remedy = 请删除该字符，或重新录入
text-character-private = 第{ $place }字为自造字{ $codepoint }
    .remedy = 请改用 GB 18030-2022 规定的字符

# 字符类别
character-control = 控制字符
character-line-break = 换行符
character-direction = 改变书写方向的标记
character-invisible = 不可见字符
character-private = 自造字
character-none = 非字符
