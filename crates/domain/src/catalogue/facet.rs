//! The properties by which published entries are filtered and counted in searches.

use super::terms::vocabulary;

vocabulary! {
    /// A property of entries whose values are counted among the hits of a search.
    Facet {
        /// The city.
        City = "城市", "city", ColumnCity;
        /// The share class.
        Class = "共享类型", "class", DimensionClass;
        /// The share manner.
        Manner = "共享方式", "manner", DimensionManner;
        /// The kinds of formats; an entry may have several.
        Format = "格式", "format", DimensionFormat;
        /// The update cycle.
        Cycle = "更新周期", "cycle", DimensionCycle;
        /// The administrative level.
        Level = "行政层级", "level", DimensionLevel;
        /// The theme: the first two parts of the classification.
        Theme = "主题", "theme", FacetTheme;
        /// Open to the public or not.
        Open = "是否开放", "open", DimensionOpen;
        /// The freshness of the mount.
        Freshness = "数据时效", "freshness", DimensionFreshness;
    }
}
