"""Reads pinyin and the everyday English of a telecom customer as the Chinese words they stand for.

On a phone without a Chinese keyboard people write chongzhi, or cancel in the middle of a Chinese sentence. A run of
Latin letters is read only if all of it is words known here, one of them long enough not to be a name (oppo, wifi and
an e-mail address stay). Pure Python, clean on 3.10, imports nothing of ours: Rasa's interpreter uses it too.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SPELLINGS = """
充值 chongzhi topup recharge|话费 huafei|电话费 dianhuafei|缴费 jiaofei|充 chong|钱 qian money|多少钱 duoshaoqian howmuch
余额 yue balance|查余额 chayue|欠费 qianfei|停机 tingji|复机 fuji|账单 zhangdan bill|详单 xiangdan|扣费 koufei|扣 kou|收费 shoufei|月租 yuezu|资费 zifei
流量 liuliang data|分钟 fenzhong minutes|语音 yuyin|短信 duanxin sms|剩 sheng|还剩 haisheng|剩余 shengyu|用完 yongwan
套餐 taocan package plan|流量包 liuliangbao|会员 huiyuan|优惠 youhui discount|便宜 pianyi|推荐 tuijian
办理 banli|办 ban|开通 kaitong activate|取消 quxiao cancel|退订 tuiding unsubscribe|换 huan|改 gai|升级 shengji upgrade|订 ding|退 tui|关闭 guanbi|打开 dakai
宽带 kuandai broadband|光猫 guangmao|网络 wangluo network internet|网 wang|网速 wangsu|信号 xinhao signal|没信号 nosignal|慢 man slow|断网 duanwang|上网 shangwang
坏了 huaile|故障 guzhang|报修 baoxiu|修 xiu|连不上 lianbushang|用不了 yongbuliao|打不开 dabukai|打不通 dabutong|上不了 shangbuliao|收不到 shoubudao|没有 meiyou|没网 meiwang|很差 hencha|太差 taicha|很慢 henman|太慢 taiman
人工 rengong agent|客服 kefu service|客服电话 kefudianhua|转 zhuan|投诉 tousu complain complaint|电话 dianhua|手机 shouji|号码 haoma|卡 ka
携号转网 xiehaozhuanwang|转网 zhuanwang|漫游 manyou roaming|实名 shiming|补卡 buka|挂失 guashi|销户 xiaohu|销号 xiaohao|密码 mima password|积分 jifen|发票 fapiao invoice
呼叫转移 hujiaozhuanyi|彩铃 cailing|营业厅 yingyeting|合约 heyue contract|过户 guohu|激活 jihuo|移机 yiji
查 cha check|查询 chaxun|看 kan|看看 kankan|查查 chacha|问 wen|想 xiang|要 yao|需要 xuyao|帮我 bangwo helpme|帮忙 bangmang|请 qing|请问 qingwen|给 gei|我 wo|我的 wode|你 ni|你们 nimen|你好 nihao hello|谢谢 xiexie thankyou|在吗 zaima
怎么 zenme|怎么办 zenmeban|怎么样 zenmeyang|如何 ruhe|为什么 weishenme|什么 shenme|多少 duoshao|几 ji|哪里 nali|吗 ma|呢 ne|了 le|的 de|是 shi|有 you|还有 haiyou|能 neng|可以 keyi|不 bu|不能 buneng|不要 buyao|没 mei|还 hai|再 zai|都 dou|到 dao|这 zhe|个 ge|块 kuai yuan|元 rmb|一下 yixia|下 xia|很 hen
本月 benyue|这个月 zhegeyue|上个月 shanggeyue|下个月 xiageyue|今天 jintian|现在 xianzai|最 zui|最便宜 zuipianyi|有哪些 younaxie
"""
_WORDS: dict[str, str] = {
    spelling: word
    for entry in _SPELLINGS.replace("\n", "|").split("|")
    if entry
    for word, *spellings in [entry.split()]
    for spelling in spellings
}
_LONGEST = max(map(len, _WORDS))
_TELLING = 4  # letters: a run of shorter words only may be anything
_LONGEST_RUN = 80  # letters
_RUN = re.compile(r"(?<![a-z\d_@.+\-/:])[a-z]+(?: [a-z]+)*(?!\d*[a-z_@+\-/:]|\d*\.[a-z\d])")


def spelled(text: str) -> str:
    """Return a normalised text with its pinyin and English read as Chinese, where all of a run can be."""
    return _RUN.sub(lambda hit: _read(hit.group()) or hit.group(), text)


@lru_cache(maxsize=1000)
def _read(run: str) -> str | None:
    """Read one run of letters in as few words as can be; None where some of it is no word known here."""
    letters = run.replace(" ", "")
    if len(letters) > _LONGEST_RUN:
        return None
    best: list[list[str] | None] = [[]]  # the words that read the first letters, for every count of letters
    for end in range(1, len(letters) + 1):
        ways = [
            [*before, letters[start:end]]
            for start in range(max(0, end - _LONGEST), end)
            if (before := best[start]) is not None and letters[start:end] in _WORDS
        ]
        best.append(min(ways, key=len, default=None))
    words = best[-1]
    if words is None or all(len(word) < _TELLING for word in words):
        return None
    return "".join(_WORDS[word] for word in words)
