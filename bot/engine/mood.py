"""Notices anger in what a customer writes: abuse, exasperation, accusations; words, because they are few and plain."""

from __future__ import annotations

import re
from typing import Optional

ANGRY = "angry"

_ABUSE = (
    r"傻[逼比屄叉缺bx]|煞笔|沙比|(?:他|你|草泥|尼|特)妈(?:的|b|比|逼)|(?<![我她咱老爸姑舅姨])妈(?:b|比|逼|的(?!手机|号|卡|电话|话费|套餐|流量|宽带|身份|名))|(?<![a-z])(?:tmd|nmd|mmp|sb|cnm)(?![a-z])|草泥马|马勒|"
    r"操你|日你|你妹|我[靠草操]|卧[槽操]|滚蛋|快滚|去死|王八|混蛋|畜生|狗[屁日东]|放屁|扯淡|神经病|脑子有病|有病吧|不要脸|臭不要脸|无耻|"
    r"人渣|就是个?渣|渣渣|垃圾(?!短信|电话|信息|邮件|桶|袋|分类)|流氓|强盗|土匪|吸血|奸商|黑心|无良|缺德|恶心"
)
_ACCUSED = (
    r"骗子|骗[钱人我子局]|欺骗|欺诈|欺负|坑(?:爹|人|钱|死|我|老百姓|用户|客户|消费者)|抢钱|抢劫|宰客|霸王|耍(?:我|人|猴|流氓|赖)|玩我|"
    r"忽悠|糊弄|敷衍|推卸|推脱|踢皮球|推来推去|店大欺|不作为|太欺|乱(?:扣|收)费"
)
_EXASPERATED = (
    r"气死|气炸|气疯|(?:烦|急|恨|郁闷)死|烦(?:透|人得很)|烦不烦|好气|太气|可气|气愤|生气|火大|发火|恼火|愤怒|抓狂|崩溃|忍无可忍|忍不了|受够|受不了(?:你|了)|没法忍|"
    r"(?:真是?|太|简直|极其|非常|极度)(?:差|烂|坑|失望|无语|过分|离谱|恶劣|气人|可恶|可恨)|差劲|差评|烂透|过分了|离谱|岂有此理|"
    r"什么(?:破|鬼|狗屁|垃圾|态度|东西|玩意|烂)|破(?:网|公司|玩意|信号|宽带|服务|系统|app|软件)|再也不(?:用|会|来|信)|"
    r"怒[】\]]|[!！]{3,}.*(?:不|没|扣|差|慢|断|骗)|(?:不|没|扣|差|慢|断|骗).*[!！]{3,}|[?？]{4,}"
)
_ANGRY = re.compile(f"{_ABUSE}|{_ACCUSED}|{_EXASPERATED}")
_ABOUT_ANGER = re.compile(
    r"防骗|诈骗(?:电话|短信)|骗子(?:电话|短信)|不(?:是|算|觉得|会)?(?:很|太)?生气|别生气|不生气"
)


def mood_of(text: str) -> Optional[str]:
    """Return ``angry`` for a normalised text that shows anger, otherwise None.

    Talking about anger or fraud (诈骗电话怎么拦截) is not being angry.
    """
    return ANGRY if _ANGRY.search(_ABOUT_ANGER.sub("", text)) else None
