# 目录各取值的显示名称

# 共享类型
term-share-class-unconditional = 无条件共享
term-share-class-conditional = 有条件共享
term-share-class-not-shared = 不予共享

# 共享方式
term-share-manner-table = 库表
term-share-manner-file = 文件
term-share-manner-interface = 接口
term-share-manner-mail = 邮件
term-share-manner-medium = 介质

# 更新周期
term-update-cycle-real-time = 实时
term-update-cycle-daily = 每日
term-update-cycle-weekly = 每周
term-update-cycle-monthly = 每月
term-update-cycle-quarterly = 每季度
term-update-cycle-half-yearly = 每半年
term-update-cycle-yearly = 每年
term-update-cycle-irregular = 不定期
term-update-cycle-other = 其他

# 行政层级
term-level-provincial = 省级
term-level-municipal = 市级
term-level-county = 县级
term-level-township = 乡级

# 格式
term-format-file = 电子文件
term-format-spreadsheet = 电子表格
term-format-database = 数据库
term-format-image = 图形图像
term-format-stream = 流媒体
term-format-self-describing = 自描述格式
term-format-service = 服务接口

# 信息项数据类型
term-item-type-text = 字符型
term-item-type-number = 数值型
term-item-type-date = 日期型
term-item-type-date-time = 日期时间型
term-item-type-binary = 二进制

# 目录条目状态
entry-state-draft = 草稿
entry-state-submitted = 待审核
entry-state-returned = 已退回
entry-state-taken-back = 已撤回
entry-state-published = 已发布
entry-state-withdrawal-asked = 待撤销
entry-state-withdrawn = 已撤销

# 目录办理
entry-move-save = 暂存
entry-move-submit = 提交
entry-move-take-back = 撤回
entry-move-ask-withdrawal = 申请撤销
entry-move-approve = 审核通过
entry-move-return = 退回

# 目录待办事项
entry-act-review = 目录审核
entry-act-correction = 退回目录改正
entry-act-update = 目录更新

# 数据时效
freshness-unmounted = 未挂接
freshness-gone = 源文件缺失
freshness-never-measured = 未计量
freshness-stale = 超出更新周期
freshness-contradicted = 与更新周期不符
freshness-fresh = 正常

# 目录统计维度
dimension-department = 部门
dimension-class = 共享类型
dimension-level = 行政层级
dimension-manner = 共享方式
dimension-cycle = 更新周期
dimension-format = 格式
dimension-security = 安全级别
dimension-open = 是否开放
dimension-freshness = 数据时效

# 统计中的其他取值
statistics-no-manner = 无
statistics-security-level = { $level }级
statistics-open = 开放
statistics-not-open = 不开放
term-assessment-no-risk = 无风险
term-assessment-handled = 有风险已处置
term-tightening-stricter-class = 共享类型收紧
term-tightening-new-conditions = 新增条件
