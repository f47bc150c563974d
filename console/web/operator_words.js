// Names of codes, as operators read them.

export const STATES = { live: ["已上线", "ok"], changed: ["有改动", "warn"], new: ["新文章", "warn"], deleted: ["待撤下", "bad"] };
export const STATE_FILTERS = { changed: "有改动，未发布", new: "新文章，未发布", live: "已上线", deleted: "待撤下", ended: "已过期", upcoming: "还没生效", flagged: "需要核对" };
export const CHANNELS = { web: "网页", wechat: "微信", rest: "接口" };
export const REGIONS = ["北京", "天津", "河北", "山西", "内蒙古", "辽宁", "吉林", "黑龙江", "上海", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南", "湖北", "湖南", "广东", "广西", "海南", "重庆", "四川", "贵州", "云南", "西藏", "陕西", "甘肃", "青海", "宁夏", "新疆"];
export const FIELDS = {
  title: "标题", category: "分类", questions: "相似问法", held_out: "测试问法", answer: "答案", channels: "渠道答案", regions: "地区答案", link: "链接", image: "图片", card: "卡片",
  offerings: "关联套餐", followups: "后续问题", valid_from: "生效日期", valid_to: "失效日期",
};
export const DEEDS = { seeded: "随系统提供", created: "新建", changed: "修改", imported: "导入", restored: "恢复旧版本", deleted: "删除", undeleted: "取消删除" };

const CHINA = "Asia/Shanghai"; // the days of the product are China's

const yearOf = (at) => at.toLocaleString("zh-CN", { year: "numeric", timeZone: CHINA });

/** 12,345 */
export const count = (number) => new Intl.NumberFormat("zh-CN").format(number);

/** 3月5日 14:07; with the year when it is another one. */
export function when(iso) {
  if (!iso) return "";
  const at = new Date(iso), isThisYear = yearOf(at) === yearOf(new Date());
  return at.toLocaleString("zh-CN", { ...(isThisYear ? {} : { year: "numeric" }), month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: CHINA });
}

/** Today in China, as the fields of dates have it. */
export const today = () => new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10);

/** The tags of an article: its state, and what its dates say. */
export function tagsOf({ state, valid_from: from, valid_to: to, flags = 0 }) {
  const day = today();
  return [STATES[state], to && to < day && ["已过期", "bad"], from && from > day && ["还没生效", "warn"], (flags?.length ?? flags) > 0 && ["需要核对", "bad"]].filter(Boolean);
}

/** What a field holds, as text: for comparing versions. */
export function fieldText(name, value) {
  if (value === null || value === undefined || value === "") return "";
  switch (name) {
    case "channels": return Object.entries(value).map(([code, text]) => `${CHANNELS[code] ?? code}：${text}`).join("\n");
    case "regions": return Object.entries(value).map(([region, text]) => `${region}：${text}`).join("\n");
    case "link": return `${value.title} ${value.url}`;
    case "image": return `${value.alt} ${value.url}`;
    case "card": return [value.title, ...value.rows.map(([label, text]) => `${label}：${text}`)].join("\n");
    default: return Array.isArray(value) ? value.join("\n") : String(value);
  }
}
