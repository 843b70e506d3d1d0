# 供需对接：目录中没有的数据需求。

demand-of-assigned-city = 需求不能分派给提出需求的城市 { $city }
demand-of-other-city = { $demand } 已不再分派给 { $city }
demand-entry-not-shared = { $entry } 不是答复城市已发布的无条件或有条件共享条目
    .remedy = 请指明可供申请的已发布条目，或说明理由不予采纳
demand-cycle-unknown = 没有更新周期 { $text }，可用的有：{ $known }
fact-demand-filed = 提出需求“{ $name }”：{ $fields }，{ $actor }
demand-suggestions = 以下条目可能已含所需数据（按名称“{ $query }”和所需信息项检索）
demand-suggested-by-name = { $entry }：与名称相符
demand-suggested-by-fields = { $entry }：含信息项{ $fields }
demand-suggested-by-both = { $entry }：与名称相符，含信息项{ $fields }
demand-suggestions-unavailable = 目前无法检索目录：{ $problem }
column-demand = 需求编号
column-demanded-fields = 所需信息项
column-demand-department = 需求部门
column-source-department = 数源部门
column-answering-city = 答复城市
column-answering-entry = 对接条目
column-wanted-cycle = 所需更新周期
