// Words of importing, and of what an offering is made of.

export const KINDS = { articles: "文章", offerings: "套餐目录" };
export const JOB_STATES = { reading: ["正在读取", "warn"], ready: ["等您确认", "warn"], applying: ["正在写入", "warn"], done: ["已导入", "ok"], failed: ["没有导入", "bad"] };
export const VERDICTS = { create: ["新增", "ok"], update: ["修改", "warn"], same: ["不变", ""] };
/** The cells of an offering's form, in order; each [title, hint, wide]. */
export const CELLS = {
  name: ["名称"], category: ["分类", "套餐、流量包、语音短信包、增值业务、宽带、漫游、副卡与亲情网、优惠活动"], price: ["价格（元）", "59 或 59.90，免费写0"], period: ["收费周期", "月、年、天、一次性"], data: ["流量", "20GB、500MB"], voice: ["语音（分钟）"], sms: ["短信（条）"], bandwidth: ["带宽（M）"],
  tariff_no: ["资费公示编号"], nicknames: ["别名", "客户常用的叫法，用|隔开"], description: ["简介", "", true], validity: ["有效期", "", true], effective: ["生效规则", "", true], overage: ["超出资费", "", true], scope: ["使用范围", "", true], eligibility: ["办理条件", "", true], subscribe: ["开通方式", "", true],
  cancel: ["取消方式", "", true], contract: ["合约", "没有就空着", true], carry_over: ["结转规则", "", true], stacking: ["叠加规则", "", true], extras: ["附加权益", "用|隔开", true], segments: ["适用人群", "校园、老年、家庭；空着是所有人"], is_sellable: ["可以办理", "是、否"], lifecycle: ["状态", "正常、退市"],
  valid_from: ["上线日期", "2026-01-01"], valid_to: ["下线日期", "最后一天；空着是长期"],
};
/** What a column of a table may be read as. */
export const COLUMN_FIELDS = { "": "不导入这一列", id: "编号", family: "所属产品", edition: "版本或档位", ...Object.fromEntries(Object.entries(CELLS).map(([code, [title]]) => [code, title])) };
const PERIODS = { month: "/月", year: "/年", day: "/天", once: "" };
const SHELVES = { plan: "套餐", data: "流量包", voice: "语音短信包", vas: "增值业务", broadband: "宽带", roaming: "漫游", subcard: "副卡与亲情网", promotion: "优惠活动" };
export const CATEGORIES = SHELVES;

/** One line of what was understood of an offering: 套餐 · 59元/月 · 流量20GB · 语音200分钟 */
export function understood(body) {
  const volume = body.data_mb && (body.data_mb % 1024 ? `${body.data_mb}MB` : `${body.data_mb / 1024}GB`);
  return [SHELVES[body.category], body.price_fen ? `${(body.price_fen / 100).toFixed(2).replace(/\.00$/, "")}元${PERIODS[body.period]}` : "免费", volume && `流量${volume}`, body.voice_min && `语音${body.voice_min}分钟`, body.sms_count && `短信${body.sms_count}条`,
    body.bandwidth_mbps && `带宽${body.bandwidth_mbps}M`, body.subscribe && `开通：${body.subscribe}`].filter(Boolean).join(" · ");
}
