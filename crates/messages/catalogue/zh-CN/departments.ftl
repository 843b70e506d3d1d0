# 机构合并：本市部门并入其他部门。

department-succeeds-itself = { $department } 不能并入自身
department-succeeded-ahead = 变更日期{ $since }晚于今日{ $today }
    .remedy = 请于当日登记
department-already-merged = { $department } 已并入 { $into }
    .remedy = 请用“department list”查看；{ $into } 又并入其他部门的，请登记该变更
department-merged-in-circle = { $into } 已直接或经其他部门并入 { $department }
    .remedy = 请用“department list”查看；恢复设立的部门使用新的统一社会信用代码
departments-merged-too-many = 并入 { $department } 的部门超过{ $most }个
department-not-merged = { $department } 未并入其他部门
    .remedy = 请用“department list”查看
department-split-before-merger = 单设日期{ $since }早于合并日期{ $merged }
department-split-day = 重新单设的应填写日期，登记有误的不填日期
fact-department-split = { $old } 于{ $since }从 { $new } 分出单设（{ $document }）：{ $reason }
fact-department-mistake = { $old } 于{ $since }并入 { $new } 系登记有误：{ $reason }
fact-department-succeeded = { $old } 于{ $since }并入 { $new }（{ $document }）
column-merged-department = 部门
column-successor = 并入部门
column-since-day = 变更日期
column-basis-document = 依据文号
column-taken-back = 撤销日期
column-taken-back-reason = 撤销原因
column-recorded = 登记时间
column-recorded-by = 登记人
area-department = 部门
