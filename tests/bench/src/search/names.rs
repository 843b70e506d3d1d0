//! Entries like those of real catalogues, each made of its number.

use std::sync::LazyLock;

use chengji_search::{Document, EntryId, Facet, Source};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

/// Number of cities.
const CITIES: u32 = 300;

static PLACES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 益阳 郴州 永州 怀化 娄底 武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 \
    南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 南京 无锡 徐州 常州 \
    苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁 合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城".split_whitespace().collect()
});
static DEPARTMENTS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "民政局 公安局 教育局 财政局 交通运输局 自然资源局 生态环境局 农业农村局 水利局 商务局 文化旅游局 卫生健康委员会 应急管理局 审计局 \
    市场监督管理局 体育局 统计局 医疗保障局 城市管理局 住房公积金管理中心 人力资源和社会保障局 住房和城乡建设局 发展和改革委员会 工业和信息化局 \
    科学技术局 司法局 退役军人事务局 林业局 税务局 气象局 行政审批服务局 大数据管理局 档案馆 残疾人联合会 消防救援支队".split_whitespace().collect()
});
static KINDS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "公共 城市 农村 重点 市级 区级 全市 在建 新增 规模以上 高新技术 民办 国有 社区 乡镇 道路 主要 历史 年度 季度 实时 临时 电子 综合 特种 大型 \
    应急 便民 智慧 绿色".split_whitespace().collect()
});
static SUBJECTS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "停车场 充电桩 公交站点 社会组织 医疗机构 学校 幼儿园 养老机构 药店 图书馆 博物馆 体育场馆 公园绿地 河道 水库 桥梁 隧道 加油站 加气站 \
    农贸市场 餐饮企业 食品生产企业 建筑工地 房地产项目 保障性住房 低保对象 残疾人 退役军人 户籍人口 流动人口 婚姻登记 出生医学证明 \
    机动车 驾驶人 出租汽车 网约车 公路养护 交通事故 行政处罚 行政许可 行政区划 地名 不动产登记 土地供应 矿产资源 森林资源 空气质量 \
    水环境质量 排污许可 危险废物 噪声监测 污染源 企业信用 个体工商户 商标 专利 特种设备 计量器具 广告 价格监测 财政预算 政府采购 税收 \
    社会保险 公积金缴存 就业登记 职业资格 劳动监察 工伤认定 失业保险 医保定点 药品目录 传染病 疫苗接种 献血 突发事件 应急避难场所 \
    消防站 地质灾害 气象预警 地震 防汛物资 农作物 畜牧养殖 农机具 农药 化肥 种子 合作社 家庭农场 旅游景区 星级酒店 旅行社 文物保护单位 \
    非物质文化遗产 演出场所 网吧 广播电视 体育赛事 律师事务所 公证处 法律援助 人民调解 社区矫正 科技项目 孵化器 高新企业 人才 电力 \
    供水 供气 供热 路灯 井盖 垃圾分类 污水处理 公共厕所 城市管线 古树名木 建筑垃圾 户外招牌".split_whitespace().collect()
});
static CONTENTS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "登记信息 备案信息 名录 统计数据 基本信息 监测数据 许可信息 处罚信息 分布信息 年报 检查结果 评价结果 清单 台账 空间位置 收费标准 \
    办理结果 变更记录 预警信息 公示信息 评审结果 资质信息 信用信息 巡查记录".split_whitespace().collect()
});
static ITEMS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "名称 地址 经度 纬度 联系电话 负责人 统一社会信用代码 法定代表人 成立日期 登记机关 有效期起 有效期止 许可证编号 证件号码 身份证号 所属区县 \
    面积 数量 金额 单位 状态 类别 等级 备注 更新时间 主管部门 经营范围 注册资本 从业人数 开放时间 泊位数 收费标准 车牌号码 设备编号 \
    监测值 监测时间 检查日期 检查结论 处罚决定书文号 处罚内容 户主姓名 人口数 项目名称 开工日期 竣工日期 总投资 建设单位 施工单位 GPS坐标 POI编号".split_whitespace().collect()
});

fn of<'t>(words: &[&'t str], random: &mut StdRng) -> &'t str {
    words.choose(random).copied().unwrap_or_default()
}

/// The code of the entry of this number.
pub(crate) fn code(number: u32) -> String {
    format!("{}{:03}{:06}", theme(number), number % 97, number / CITIES)
}

/// The first three digits of its code.
fn theme(number: u32) -> u32 {
    101 + number % 40
}

/// The entry of this number, in this revision.
pub(crate) fn entry(number: u32, revision: u32) -> Document {
    let mut random = StdRng::seed_from_u64(u64::from(number) << 16 | u64::from(revision));
    let random = &mut random;
    let city = number % CITIES;
    let place = PLACES[city as usize % PLACES.len()];
    let department = of(&DEPARTMENTS, random);
    let (kind, subject, content) = (
        of(&KINDS, random),
        of(&SUBJECTS, random),
        of(&CONTENTS, random),
    );
    let name = match random.random_range(0..4) {
        0 => format!("{place}市{kind}{subject}{content}"),
        1 => format!("{subject}{content}"),
        2 => format!("{kind}{subject}{content}（{}年）", 2015 + number % 12),
        _ => format!("{place}市{department}{subject}{content}"),
    };
    let items: Vec<String> = (0..random.random_range(4..16))
        .map(|_| of(&ITEMS, random).to_owned())
        .collect();
    let summary = format!(
        "{place}市{department}依照职责采集的{kind}{subject}{content}，包括{}等，用于{}{}和{}。",
        items
            .iter()
            .take(4)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join("、"),
        of(&KINDS, random),
        of(&SUBJECTS, random),
        of(&CONTENTS, random),
    );
    let source = match random.random_range(0..4) {
        0 => Source::Unmounted,
        1 => Source::NeverMeasured,
        _ => Source::MeasuredUntil(1_800_000_000 + random.random_range(-86_400 * 30..86_400 * 90)),
    };
    Document {
        id: EntryId {
            city: 430_000 + city * 100,
            code: code(number),
        },
        name,
        summary,
        provider: format!("{place}市{department}"),
        provider_code: format!(
            "11{:06}{:08}X{}",
            430_000 + city * 100,
            number % 35 * 1_234_567,
            number % 10
        ),
        items,
        facets: vec![
            (Facet::Class, 1 + number % 3),
            (Facet::Manner, 1 + number % 5),
            (Facet::Format, 1 + number % 7),
            (Facet::Cycle, 1 + number % 9),
            (Facet::Level, 1 + number % 4),
            (Facet::Theme, theme(number)),
            (Facet::Open, number % 2),
        ],
        source,
        published_at: 1_700_000_000 + i64::from(number),
    }
}
