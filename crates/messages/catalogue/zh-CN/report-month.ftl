# 报送上级的统计月报

month-malformed = { $text }不是月份，应如 2026-11
month-not-begun = { $month }尚未开始
    .remedy = 请指定不晚于本月的月份
report-of-another-city = 本节点只统计{ $city }
    .remedy = 请去掉 --city；城市群和各城市的月报由协调机构统计
report-department-without-city = 指定了部门，但未指定其所在城市
    .remedy = 请同时用 --city 指定城市
work-reports = 统计月报

# 协调机构不予受理的原因
ground-not-a-member = 提供方不是成员
ground-no-such-resource = 无此资源
ground-not-shared = 不予共享类
ground-own-resource = 申请方自有资源
ground-dated-ahead = 日期超前
ground-outside-region = 超出流通地域
ground-not-approved = 上级未批准

# 工作簿、PDF 与表格
month-report-title = 政务数据共享统计月报（{ $year }年{ $month }月）
month-report-of-cluster = 城市群
month-report-of-city = { $city }
month-report-of-department = { $city }，部门{ $department }
month-report-scope = 统计范围：{ $scope }。统计时点：{ $at }。
month-report-provisional = 次月首日结束前，数据仍可能变动。
month-report-moving = 统计期间日志仍有新增，所列位置之后的部分条目可能已计入。
month-report-total = 合计
month-report-no-department = （未列部门）
month-report-written = 月报已写入{ $path }
month-report-file-kind = { $path }的扩展名既不是 .xlsx 也不是 .pdf
    .remedy = 请指定工作簿，如 月报-2026-11.xlsx；或 PDF，如 月报-2026-11.pdf

month-report-sheet-figures = 统计数据
month-report-sheet-charts = 统计图
month-report-sheet-positions = 数据出处

month-report-states = 月末各状态申请件数
month-report-states-of = 各状态申请：{ $states }
month-report-grounds = 不予共享及不予受理的依据
month-report-grounds-of = 不予共享及不予受理的依据：{ $grounds }
month-report-freshness = 目录数据时效（条）
month-report-freshness-of = 目录数据时效：{ $counts }
month-report-count-of = { $name }{ $count }
month-report-count = 数量
month-report-days = 答复用时（工作日）
month-report-deliveries = 交付次数
month-report-sharing = 应共享条目

month-report-basis = 数据项
month-report-log = 日志
month-report-first = 起始位置
month-report-position = 截至位置
month-report-version = 版本
month-report-basis-requests = 申请、答复、提供、不予共享、校核、需求
month-report-basis-deliveries = 交付、回流数据
month-report-basis-sharing = 应共享条目
month-report-basis-calendar = 工作日和期限规则
month-report-log-coordinator = 协调机构
month-report-positions-listed = 按文末“数据出处”所列位置统计
month-report-read-at = { $at }读取
month-report-positions-of = 申请、校核和需求统计截至协调机构日志的{ $position }；工作日和期限依据{ $calendar }

# PDF 按项分表
month-report-table = 表{ $number }　{ $title }
month-report-table-answers = 申请与答复
month-report-table-offers = 提供情况与所提申请
month-report-table-matters = 校核与供需对接
month-report-table-use = 交付与目录共享
month-report-table-returns = 数据回流
month-report-figure = 图{ $number }　{ $title }
month-report-signed-head = 单位负责人：
month-report-signed-statistics = 统计负责人：
month-report-signed-preparer = 填表人：
month-report-signed-date = 报出日期：　　年　　月　　日

month-column-city = 城市
month-column-department = 部门
month-column-name = 名称
month-column-requests = 收到申请（件）
month-column-answers = 答复（件）
month-column-answer-median = 答复用时中位数（工作日）
month-column-answer-p90 = 九成答复用时（工作日）
month-column-answers-late = 逾期答复（件）
month-column-answers-overdue = 逾期未答复（件）
month-column-refused = 不予共享（件）
month-column-offers = 提供（件）
month-column-offer-median = 提供用时中位数（工作日）
month-column-offer-p90 = 九成提供用时（工作日）
month-column-offers-late = 逾期提供（件）
month-column-offers-overdue = 逾期未提供（件）
month-column-requested = 提出申请（件）
month-column-corrections-filed = 提出校核（件）
month-column-corrections-answered = 答复校核（件）
month-column-correction-median = 校核答复用时中位数（工作日）
month-column-corrections-late = 逾期答复校核（件）
month-column-demands-filed = 提出需求（件）
month-column-demands-answered = 答复需求（件）
month-column-demand-median = 需求答复用时中位数（工作日）
month-column-demands-late = 逾期答复需求（件）
month-column-returned = 回流数据（项）
month-column-returned-fetched = 其中当月已获取（项）
month-column-returned-to = 获回流数据（项）
month-column-returned-to-fetched = 其中当月已获取（项）
month-column-sent = 发出交付（次）
month-column-bytes-sent = 发出数据量（字节）
month-column-received = 收到交付（次）
month-column-bytes-received = 收到数据量（字节）
month-column-shared = 已实现共享（条）
month-column-to-share = 应共享（条）
month-column-rate = 共享率（%）
