"""The sandbox's invented subscribers, from 13800000001 up; every name and number is fictional."""

from __future__ import annotations

from dataclasses import dataclass

ALWAYS = 99  # months ago: since before the first bill


@dataclass(frozen=True)
class Discount:
    """Money off every bill between two months, counted back from the present."""

    name: str
    amount_fen: int
    since: int = ALWAYS
    until: int = 1


@dataclass(frozen=True)
class Person:
    """One subscriber, and the habits from which bills and use follow."""

    name: str
    plan: str
    region: str
    birth: int
    months: int  # in the network
    kind: str = "prepaid"
    data: float = 0.7  # typical use as a share of the plan's allowance
    voice: float = 0.5
    balance_fen: int = 0
    promotional_fen: int = 0
    unpaid_bills: int = 0  # this many last bills are owed; overrides the balance
    status: str = "active"
    reason: str = ""  # why not active: arrears, keep, lost, closed
    contract: int = 0  # months of commitment left
    segments: tuple[str, ...] = ()
    extras: tuple[tuple[str, int], ...] = ()  # (recurring offering, ordered how many months ago)
    was: tuple[str, int] | None = None  # (plan before, changed how many months ago)
    roamed: tuple[tuple[str, int, int], ...] = ()  # (pack, months ago, how many)
    busy: tuple[int, ...] = ()  # months ago with far more data than usual
    calls_abroad: tuple[int, ...] = ()  # months ago with international calls
    discounts: tuple[Discount, ...] = ()
    buys_packs: bool = False  # buys a booster pack when data runs out; otherwise pays per GB
    is_real_named: bool = True


PEOPLE: tuple[Person, ...] = (
    Person(
        "林晓雯", "plan-star-59", "广东广州", 1992, 50, data=0.86, voice=0.6, balance_fen=8650,
        extras=(("vas-callerid", ALWAYS), ("vas-ring", 4)), buys_packs=True, busy=(1, 6),
    ),
    Person(
        "陈志强", "plan-star-59", "浙江杭州", 1987, 38, data=0.55, voice=0.95, balance_fen=4200,
        extras=(("vas-callerid", ALWAYS),), roamed=(("roam-hkmo-day", 2, 3),),
    ),
    Person(
        "王建国", "plan-5g-129", "江苏南京", 1979, 96, kind="postpaid", data=0.8, voice=0.9, balance_fen=0,
        extras=(("vas-callerid", ALWAYS), ("vas-cloud", 7)), discounts=(Discount("老客户优惠", 1000),),
    ),
    Person(
        "李淑兰", "plan-senior-15", "四川成都", 1951, 140, data=0.3, voice=0.8, balance_fen=6320,
        segments=("senior",), extras=(("vas-read", 3),),
    ),
    Person(
        "张伟民", "plan-family-169", "广东深圳", 1984, 72, kind="postpaid", data=0.85, voice=0.6,
        segments=("family", "broadband"), extras=(("sub-card", ALWAYS), ("sub-card", 9), ("bb-iptv", ALWAYS)),
    ),
    Person("刘洋", "plan-go-19", "湖北武汉", 1999, 20, data=0.5, voice=0.4, balance_fen=2315),
    Person(
        "赵敏芝", "plan-5g-199", "上海", 1986, 60, kind="postpaid", data=0.6, voice=0.5, segments=("roaming",),
        roamed=(("roam-asia-7", 2, 1), ("roam-europe-7", 5, 1), ("roam-asia-7", 9, 1), ("roam-voice-50", 5, 1)),
        calls_abroad=(1, 2, 5, 9), extras=(("vas-missed", ALWAYS),),
    ),
    Person(
        "黄志明", "plan-star-39", "湖南长沙", 1990, 31, data=1.15, voice=1.2, balance_fen=-1240,
        status="barred", reason="arrears",
    ),
    Person(
        "周婷", "plan-5g-99", "福建福州", 1994, 27, kind="postpaid", data=1.1, voice=0.7, unpaid_bills=2,
        status="suspended", reason="arrears",
    ),
    Person(
        "吴磊", "plan-campus-29", "陕西西安", 2005, 14, data=0.9, voice=0.4, balance_fen=1890,
        segments=("campus",), extras=(("data-game-9", 6),), buys_packs=True,
    ),
    Person(
        "徐静怡", "plan-5g-129", "北京", 1991, 22, kind="postpaid", data=0.75, voice=0.5, contract=14,
        discounts=(Discount("合约机话费减免", 3000),),
    ),
    Person(
        "孙浩然", "plan-family-239", "山东济南", 1982, 110, kind="postpaid", data=0.7, voice=0.7,
        segments=("family", "broadband"),
        extras=(
            ("bb-fttr", 8), ("bb-iptv", ALWAYS), ("sub-card", ALWAYS), ("sub-card", ALWAYS), ("sub-card", 11),
            ("sub-card-kid", 5),
        ),
    ),
    Person(
        "马秀英", "plan-senior-29", "河南郑州", 1948, 160, data=0.4, voice=0.9, balance_fen=3105, segments=("senior",),
        extras=(("vas-video", 5), ("vas-health", 5)),
    ),
    Person(
        "朱琳", "plan-star-79", "重庆", 1996, 33, data=0.9, voice=0.4, balance_fen=5540,
        extras=(
            ("vas-callerid", ALWAYS), ("vas-ring", ALWAYS), ("vas-video", 8), ("vas-music", 8), ("vas-read", 6),
            ("vas-mail", 6), ("vas-cloudgame", 2),
        ),
    ),
    Person("胡军", "plan-chat-58", "安徽合肥", 1968, 150, data=0.8, voice=0.85, balance_fen=9900),
    Person("郭芳", "plan-summer-66", "河北石家庄", 1989, 18, data=0.6, voice=0.7, balance_fen=3070),
    Person(
        "何勇", "plan-go-19", "江西南昌", 1977, 84, kind="postpaid", data=0.9, voice=1.1, segments=("broadband",),
        extras=(("bb-500", ALWAYS), ("bb-iptv", 6)),
    ),
    Person(
        "高翔宇", "plan-campus-49", "湖北武汉", 2004, 26, data=1.1, voice=0.3, balance_fen=2675, segments=("campus",),
        extras=(("data-video-15", 5), ("vas-music", 3)), buys_packs=True,
    ),
    Person(
        "罗丽华", "plan-star-59", "广西南宁", 1983, 58, data=1.05, voice=1.1, balance_fen=-3560,
        status="barred", reason="arrears",
    ),
    Person("梁宇", "plan-keep-8", "云南昆明", 1995, 40, data=0.0, voice=0.0, balance_fen=1500, status="suspended", reason="keep"),
    Person(
        "宋佳慧", "plan-5g-159", "天津", 1988, 45, kind="postpaid", data=0.65, voice=0.6, status="suspended", reason="lost",
    ),
    Person(
        "唐敏", "plan-star-79", "辽宁沈阳", 1993, 30, data=0.7, voice=0.6, balance_fen=21400, promotional_fen=6750,
        extras=(("promo-deposit-300", 3),), discounts=(Discount("存300送90活动赠费", 750, 3),),
    ),
    Person(
        "韩冰", "plan-5g-299", "北京", 1976, 130, kind="postpaid", data=0.5, voice=0.8, segments=("roaming",),
        calls_abroad=(1, 3, 4, 6, 8, 11), roamed=(("roam-world-day", 3, 4), ("roam-hkmo-7", 8, 1)),
        extras=(("intl-call-10", 6),),
    ),
    Person("冯雪", "plan-star-39", "黑龙江哈尔滨", 1998, 16, data=1.45, voice=0.6, balance_fen=4480),
    Person("邓超群", "plan-5g-199", "广东东莞", 1985, 64, data=0.12, voice=0.15, balance_fen=15820),
    Person("曹阳", "plan-star-59", "山西太原", 1990, 42, kind="postpaid", data=0.9, voice=0.9, unpaid_bills=1),
    Person(
        "彭丽娟", "plan-senior-29", "湖南株洲", 1956, 90, data=1.3, voice=0.6, balance_fen=2210, segments=("senior",),
    ),
    Person(
        "曾凡", "plan-family-169", "贵州贵阳", 1981, 77, kind="postpaid", data=0.8, voice=0.5,
        segments=("family", "broadband"),
        extras=(("sub-card", ALWAYS), ("sub-card-kid", 7), ("sub-card-watch", 2), ("family-net", ALWAYS)),
    ),
    Person("萧然", "plan-star-39", "海南海口", 1997, 13, data=0.7, voice=0.5, balance_fen=3000, is_real_named=False),
    Person("田野", "plan-keep-8", "甘肃兰州", 1972, 120, data=0.0, voice=0.1, status="terminated", reason="closed"),
    Person("董洁", "plan-campus-29", "吉林长春", 2006, 7, data=0.8, voice=0.3, balance_fen=1260, segments=("campus",)),
    Person("袁野", "plan-go-19", "广东佛山", 1993, 36, data=0.8, voice=0.8, balance_fen=3725, was=("plan-star-39", 3)),
    Person(
        "潘虹", "plan-star-59", "浙江宁波", 1986, 48, data=0.8, voice=0.6, balance_fen=7715, was=("plan-star-39", 5),
        extras=(("vas-screen", 5),),
    ),
    Person(
        "蒋涛", "plan-5g-99", "福建厦门", 1990, 25, kind="postpaid", data=0.9, voice=0.6, segments=("roaming",),
        roamed=(("roam-hkmo-7", 1, 1), ("roam-world-day", 6, 2)), calls_abroad=(1,),
    ),
    Person(
        "蔡文静", "plan-star-59", "江苏苏州", 1995, 29, data=0.65, voice=1.05, balance_fen=5120, segments=("family",),
        extras=(("family-net", ALWAYS), ("vas-antispam", ALWAYS)),
    ),
    Person(
        "余建平", "plan-senior-15", "江西赣州", 1945, 170, data=0.6, voice=1.15, balance_fen=-320, segments=("senior",),
        status="barred", reason="arrears",
    ),
    Person(
        "杜小娟", "plan-5g-129", "河北保定", 1983, 66, kind="postpaid", data=0.7, voice=0.5, segments=("broadband",),
        extras=(("bb-1000-year", 15),), discounts=(Discount("宽带融合优惠", 2000),),
    ),
    Person("叶子航", "plan-star-79", "上海", 2000, 19, data=0.8, voice=0.4, balance_fen=6605, extras=(("sub-card-watch", 4),)),
    Person(
        "程一鸣", "plan-5g-159", "广东广州", 1994, 21, data=0.9, voice=0.7, balance_fen=12240, contract=3,
        discounts=(Discount("合约期话费减免", 2000, 9, 4),),
    ),
    Person("沈秋", "plan-star-39", "安徽芜湖", 1991, 37, data=0.9, voice=0.9, balance_fen=0),
    Person("姚远", "plan-star-59", "四川绵阳", 2001, 3, data=0.7, voice=0.5, balance_fen=6135),
    Person("姜红梅", "plan-5g-99", "山东青岛", 1987, 0, kind="postpaid", data=0.4, voice=0.3),
)  # fmt: skip
