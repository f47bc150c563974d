"""A corpus small enough to train the real encoder on in a second."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from core.clock import UTC
from core.ids import OfferingId
from core.money import Fen
from core.offering import Category, Offering, Period

NOW = datetime(2026, 11, 1, tzinfo=UTC)
RING = Offering(
    id=OfferingId("vas-ring"),
    name="视频彩铃",
    category=Category.VAS,
    price_fen=Fen(600),
    period=Period.MONTH,
    description="来电时对方看到您设置的视频。",
    tariff_no="YT-0001",
    nicknames=("彩铃",),
    subscribe="发送KTCL到10066",
    cancel="发送QXCL到10066",
    effective="立即生效",
    validity="长期有效",
    scope="国内通用",
    eligibility="所有实名客户",
)

SMALL = """\
category: 测试
articles:
  - id: puk
    title: 手机卡要求输入PUK码怎么办
    questions: [PUK码是多少, 手机提示输入puk, pin码输错被锁了, 卡被锁住要解锁码, SIM卡锁了, puk在哪里查]
    held_out: [puk码怎么查, 卡锁了要输入puk码, 要解锁码怎么办, 手机卡被锁]
    answer: PUK码可在云通营业厅APP查询，输错10次卡会报废。
  - id: topup-failed
    title: 话费充值没到账怎么办
    questions: [充了话费没到账, 充值扣了钱没收到, 交了话费还是没有, 钱扣了话费没进来, 话费一直不到账, 充值多久到账]
    held_out: [充话费没到账, 话费没有到账, 扣了钱话费没进来, 充的话费没收到]
    answer: 充值一般即时到账，超过30分钟请提供付款凭证。
    channels: {wechat: 充值一般即时到账，超过30分钟请在公众号回复“充值未到账”。}
  - id: roaming-open
    title: 国际漫游怎么开通
    questions: [出国前怎么开漫游, 开通国际漫游, 去日本要开什么, 出国手机怎么用, 漫游在哪里打开, 我要出国了开漫游]
    held_out: [怎么开国际漫游, 出国怎么开通漫游, 去泰国要开漫游吗, 国际漫游在哪里开通]
    answer: 国际漫游默认关闭，可在APP免费开通。
  - id: summer-gift
    title: 暑期送会员活动怎么参加
    questions: [暑期会员怎么领, 暑假送会员的活动, 参加暑期活动, 暑期送的会员在哪领, 暑假活动规则, 夏天送会员]
    held_out: [暑期会员活动怎么领, 暑假送的会员, 暑期活动怎么参加, 怎么参加暑假送会员]
    answer: 在APP活动页报名。
    valid_from: 2025-07-01
    valid_to: 2025-08-31
  - id: invoice
    title: 电子发票怎么开
    questions: [开发票, 话费能开发票吗, 发票在哪里开, 我要报销需要发票, 电子发票怎么下载, 增值税发票]
    held_out: [怎么开电子发票, 发票怎么开, 报销要发票, 在哪开电子发票]
    answer: 可开具近12个月内未开具的账单发票。
  - id: broadband-down
    title: 家里宽带断网怎么办
    questions: [宽带上不了网, 家里没网了, 光猫红灯, 宽带断了, 路由器连不上, 家里wifi没有网]
    held_out: [家里宽带没网, 宽带断网了, 光猫亮红灯, 家里网断了]
    answer: 请先重启光猫和路由器，红灯亮请报修。
"""

STRANGERS = (
    "附近有什么好吃的川菜馆", "今天天气怎么样", "帮我订一间酒店", "你叫什么名字", "故宫门票多少钱", "讲个笑话",
    "十二乘十五等于几", "放一首歌", "明天会下雨吗", "谢谢你", "怎么去火车站", "红烧肉怎么做", "感冒吃什么药",
    "你好呀", "你几岁了", "昨晚球赛谁赢了", "推荐一部电影", "孩子发烧怎么办", "快递到哪了", "景点几点关门",
)  # fmt: skip


def write_small(folder: Path) -> Path:
    """Write the corpus into a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "small.yml").write_text(SMALL, encoding="utf-8")
    return folder
