# 不符合流程的办理；处理办法写明由谁办理

entry-move-of-unknown = 不能{ $wanted }：条目不存在
    .remedy = 请由编制员暂存该条目
entry-move-of-draft = 条目为草稿，目前不能{ $wanted }
    .remedy = 请由编制员提交或撤回
entry-move-of-submitted = 条目待审核，目前不能{ $wanted }
    .remedy = 请由审核员审核通过或退回，或由编制员撤回
entry-move-of-returned = 条目已退回，目前不能{ $wanted }
    .remedy = 请由编制员改正，或原样再次提交
entry-move-of-taken-back = 条目已撤回，目前不能{ $wanted }
    .remedy = 请由编制员修订，或再次提交
entry-move-of-published = 条目已发布，目前不能{ $wanted }
    .remedy = 请由编制员修订
entry-move-of-withdrawal-asked = 条目已申请撤销，目前不能{ $wanted }
    .remedy = 请由审核员审核通过或退回，或由编制员撤回申请
entry-move-of-withdrawn = 条目已撤销，不能{ $wanted }
    .remedy = 新资源请使用新代码
entry-revisions-exhausted = 条目的版本号已用尽
review-of-own-work = { $reviewer } 编制或提交了该版本，不得审核该版本
    .remedy = 请由其他审核员审核
