# 映射文件
map-needed = { $file } 为 JSON Lines，其成员须经映射才能对应目录字段
    .remedy = 请先用“catalogue map 文件 > layout.toml”生成映射文件，填写后以 --map layout.toml 导入
map-needless = { $file } 为 JSON-LD，无需映射
    .remedy = 请去掉 --map，或指定其他文件
map-too-large = { $file }：映射文件不得超过{ $most } MB
    .remedy = --map 之后应为映射文件，其前为目录文件
map-not-utf8 = { $file } 不是 UTF-8 编码的文本
    .remedy = 请将映射文件保存为 UTF-8 编码
map-not-toml = { $file }：第{ $line }行不是 TOML：{ $cause }
    .remedy = 请先写 [字段]，再写 from = "列名" 等键
map-header-differs = { $file }：第{ $line }行的表头与映射文件{ $map }不符
    .remedy = 文件的列为：{ $columns }
map-fits-no-record = { $file } 与映射文件{ $map }不符：没有记录含映射所列的成员
    .remedy = 请用“catalogue map 文件 > layout.toml”重新生成并填写映射文件
map-member-of-secrecy = { $file } 与映射文件{ $map }不符：有成员可能涉及涉密判定
    .remedy = 请在映射文件的 [secret] 中写明，或从文件中删除该成员
map-members-unused = 映射未使用以下成员：{ $members }
map-column-unused = 映射未使用列“{ $heading }”
map-column-missing = 文件中没有该列
map-columns-alike = 第{ $first }列与第{ $second }列列名相同
map-number-invalid = 代码取自“{ $column }”，应为不超过{ $digits }位的数字
    .remedy = 请填写各行唯一的数字，或在映射文件中调大 digits
map-digest-of-nothing = 代码由“{ $column }”生成，但该处为空
    .remedy = 请填写能区分本行与其他行的内容
map-object-not-a-value = 此处为对象而非取值
    .remedy = 请在映射文件中写明其成员，如 organization.title

# 映射文件中待填写或改正之处
map-unfinished = { $file }：映射文件有{ $count }处待填写或改正
    .remedy = 请填写或改正后重试
map-unfinished-and-more = { $file }：映射文件有{ $count }处待填写或改正，以下为前若干处
    .remedy = 请填写或改正后重试
map-place = 第{ $line }行 [{ $section }]
map-place-of-key = 第{ $line }行 [{ $section }] { $key }
map-rule-missing = 必填字段：请加上 [{ $field }]，并写明 from 或 value。{ $allowed }
map-field-not-a-section = 每个字段应为一节：先写 [字段]，其下写各键
map-field-unknown = 没有该字段；字段为：{ $fields }
map-key-unknown = 没有该键；键为：{ $keys }
map-key-of-field = 该键仅用于 [{ $field }]
map-key-of-from = 该键仅可与 from 同用
map-source-missing = 未写明取值来源：请写 from 或 value。{ $allowed }
map-sources-several = 取值来源只能写其一：{ $keys }
map-value-to-fill-in = 待填写。{ $allowed }
map-default-to-fill-in = 待填写，或删除此行。{ $allowed }
map-text-to-fill-in = 待填写
map-values-to-fill-in = 有{ $count }处待填写或删除：{ $values }。{ $allowed }
map-values-to-fill-in-and-more = 有{ $count }处待填写或删除：{ $values }等，另有{ $more }处。{ $allowed }
map-value-wrong = “{ $value }”：{ $problem }。{ $allowed }
map-not-a-text = 应为引号内的文本
map-not-texts = 应为引号内的非空文本，或其列表
map-not-a-table = 应为取值表：[字段.values]，其下写 "文件中的取值" = "含义"
map-not-a-number = 应为{ $least }至{ $most }的整数
map-not-a-flag = 应为 true 或 false

# 生成的映射文件中的说明
map-proposal-of = { $file } 的映射
map-proposal-fill-in = 请填写所有空引号，然后执行：chengji-node catalogue import 文件 --map 本文件 --dry-run
map-proposal-unused = 尚未使用：{ $columns }
map-proposal-field = { $heading }：{ $allowed }
map-proposal-also = 也可能取自：{ $column }
map-proposal-default = 有{ $rows }行为空：请填写默认值，或删除此行以逐行报告
map-proposal-formats = 未识别的格式名称
map-proposal-types = 类型：{ $types }
map-proposal-digest = 分类代码加此列的摘要值
map-proposal-number = 分类代码加各行编号
map-proposal-by-column = 或按某列取值，代替上一行：
map-proposal-more-values = 其余取值未列出
