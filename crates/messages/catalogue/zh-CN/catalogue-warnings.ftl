# 审核时会询问的事项

warning-abstract-repeats-name = 摘要只是重复名称
    .remedy = 请说明数据的内容、范围和起始时间
warning-abstract-short = 摘要仅{ $length }字，难以说明数据内容
    .remedy = 请说明数据的内容、范围和起始时间
warning-condition-scopeless = 共享条件未说明共享对象、用途或者数据范围
    .remedy = 请写明共享给谁、用于什么或者共享哪些内容
warning-basis-not-a-law = 所列依据似非法律、行政法规或者国务院决定
    .remedy = 请用《》列明依据；国务院的规定、办法请注明发布机关，如国务院令第711号
warning-basis-without-article = 引用法规但未写明具体条款
    .remedy = 请补充条款，如第二十八条
warning-published-in-future = 发布日期晚于今天
    .remedy = 请填写首次发布的日期
warning-published-too-early = 发布日期早于{ $year }年
    .remedy = 请填写首次发布的日期
warning-open-not-shared = 不予共享的资源却向社会开放
    .remedy = 请将“是否开放”改为“{ $no }”，或调整共享类型
warning-real-time-by-hand = 更新周期为实时，共享方式却为邮件或者介质
    .remedy = 请改用平台方式（{ $terms }），或核对更新周期
warning-item-number-long = 数值型长度为{ $length }位，超出数据库常规
    .remedy = 请核对长度，或改为字符型
warning-item-date-long = 日期型长度为{ $length }位，超出常规
    .remedy = 请核对或省略长度
warning-item-name-twice = 有两个信息项同名
    .remedy = 请使用可区分的名称

# 与目录其他条目有关的事项

warning-provider-changes = 该条目此前属于{ $name }（{ $code }）
    .remedy = 请核对文件是否属于本市、提供方是否确已变更
warning-source-unchanged = 挂接数据已{ $days }天未变化
    .remedy = 请核对更新周期（实测与“{ $cycle }”相符），或查明数据未更新的原因
warning-source-changes = 挂接数据平均{ $days ->
        [0] 每天变化多次
        [1] 每天变化一次
       *[other] 每{ $days }天变化一次
    }
    .remedy = 请核对更新周期，实测与“{ $cycle }”相符
warning-same-name = 同一提供方已有同名资源：{ $place }
    .remedy = 如为同一资源请沿用原代码，否则请区分名称
warning-same-items = 其他提供方已有同名且信息项相同的资源：{ $place }
    .remedy = 请与对方部门协商，做到一数一源
warning-place-line = 第{ $line }行{ $code }
warning-place-catalogue = 目录中的{ $code }
warning-department-name = 该统一社会信用代码在{ $code }中的名称为“{ $name }”
    .remedy = 请统一部门名称，或核对代码
warning-related-to-itself = 资源关联了自身
    .remedy = 请删去自身代码
warning-related-unknown = 目录和本次导入中均无此代码的条目
    .remedy = 请核对代码
warning-still-returned = 该内容已被审核员退回，不再原样提交。退回理由：{ $reason }
    .remedy = 请按退回理由改正后重新导入；确需原样提交的，请用“chengji-node catalogue submit 代码”
warning-still-returned-due = 该内容已被审核员退回，应于{ $due }前改正，不再原样提交。退回理由：{ $reason }
    .remedy = 请按退回理由改正后重新导入；确需原样提交的，请用“chengji-node catalogue submit 代码”
warning-published-already = 该内容已发布，而第{ $newest }版{ $state }，两者均保持不变
    .remedy = 如不再需要第{ $newest }版，请用“chengji-node catalogue take-back 代码”撤回
