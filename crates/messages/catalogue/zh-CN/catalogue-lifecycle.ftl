# 不符合流程的办理；处理办法写明由谁办理

entry-move-of-unknown = 条目不存在，不能{ $wanted }
    .remedy = 可由编制人员暂存
entry-move-of-draft = 条目为草稿，现不能{ $wanted }
    .remedy = 可由编制人员提交或撤回
entry-move-of-submitted = 条目待审核，现不能{ $wanted }
    .remedy = 须由审核人员审核通过或退回；编制人员可撤回
entry-move-of-returned = 条目已退回，现不能{ $wanted }
    .remedy = 须由编制人员改正，或原样再次提交
entry-move-of-taken-back = 条目已撤回，现不能{ $wanted }
    .remedy = 可由编制人员修订，或再次提交
entry-move-of-published = 条目已发布，现不能{ $wanted }
    .remedy = 可由编制人员修订
entry-move-of-withdrawal-asked = 条目已申请撤销，现不能{ $wanted }
    .remedy = 须由审核人员审核通过或退回；编制人员可撤回申请
entry-move-of-withdrawn = 条目已撤销，不能{ $wanted }
    .remedy = 新资源请使用新代码
entry-revisions-exhausted = 条目的版本号已用尽
review-of-own-work = { $reviewer }编制或提交了该版本，本人编制或提交的不得由本人审核
    .remedy = 请由其他审核人员审核
