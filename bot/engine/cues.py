"""Cues: kinds of words that say what a message is about, whatever the words beside them.

A few thousand examples cannot show every brand, every bank and every way to say that something does not work; a list
can. Each cue is one feature of the classifier, beside the character n-grams, which still decide.
"""

from __future__ import annotations

import re
from typing import Dict, List, Pattern

_WORDS = {
    "broken": r"用不[了成上来]|无法|没法|不能(?:用|上|打|接|发|使|拨|连|正常|登|收)|上不[了去]|打不[了通开出]|发不[了出]|收不到|接不[了到]|"
    r"没有?(?:信号|网|声音|反应|服务)|断网|断线|断断续续|连不上|没网|掉线|慢死|[很太好]慢|坏了|故障|失灵|无服务|搜不到|不显示|启动不了|"
    r"报错|错误|失败|进不去|登不|不好使|不灵|读不出|不识别|识别不|不工作|报修|不稳",
    "handset": r"苹果|iphone|ipad|华为|荣耀|小米|红米|oppo|vivo|三星|galaxy|魅族|一加|realme|真我|努比亚|联想|htc|诺基亚|锤子|金立|酷派|"
    r"黑莓|索尼|mate\d|reno|(?<![a-z0-9])[a-z]{1,3}\d{1,3}[a-z]{0,4}(?![a-z0-9])",
    "other_company": r"银行|[建工农中招]行|信用卡|京东|淘宝|天猫|拼多多|qq|微信|支付宝|花呗|美团|滴滴|12306|顺丰|快递|腾讯|百度|抖音|快手|微博|网易|"
    r"携程|社保|医保|公积金|税务|学校|医院|保险|航空|火车|电力|燃气|国家电网",
    "device": r"参数|配置|屏幕|摄像|像素|电池|处理器|骁龙|麒麟|内存|芯片|外壳|后盖|中框|闪光灯|呼吸灯|图标|壁纸|主题|铃声|刷机|root|越狱|"
    r"系统(?:更新|升级)|路由器|机顶盒|交换机|光缆|放大器|充电|耳机|型号|手机壳|截图|卡顿|卡住|反应慢|死机|黑屏|格式化|清理|缓存|存储|"
    r"支持的?(?:sim|5g|4g|双卡|几|什么)",
    "switching": r"打开|关闭|开启|关掉|设置|切换|删除|清空|导入|导出|恢复",
    "study": r"化学|物理|会计|财务|计算|选择题|编制|系数|公式|试题|作文|论文|气体|电流|溶液|投资|函数|方程|英语|翻译|怎么读|拼音|成语",
    "elsewhere": r"招聘|股票|股价|学费|专业|大学|游戏|金币|天气|音乐|歌曲|电影|小说|闹钟|提醒|导航|地图|新闻|星座|菜谱",
    "outing": r"酒店|宾馆|民宿|旅馆|住宿|入住|餐馆|餐厅|饭店|饭馆|菜馆|火锅|烤鸭|小吃|人均|景点|景区|门票|游玩|公园|博物馆|旅游|旅行|评分|打车|出租车|"
    r"地铁站|机票|高铁票|火车票|好吃|好玩|逛逛|周边|行程|吃饭|用餐|健身房|停车场|接机|外卖",
    "angry": r"垃圾|坑|骗|忽悠|无语|呵呵|怒|投诉|举报|差劲|恶心|滚|妈的|tmd|尼玛|流氓|霸王|凭什么|什么玩意|良心|无耻|气死|欺负|敷衍|推诿|踢皮球|"
    r"忍|受够|曝光|工信部|315|消协|黑心|强盗|抢钱|呸|脸|[!！]{2,}|[\[【](?:怒|鄙视|抓狂)[\]】]",
    "mention": r"@",
    "how": r"怎么|如何|咋|怎样|在哪|哪里|什么方法|步骤",
    "why": r"为什么|为啥|怎么回事|什么情况|什么原因|怎么会|咋回事|为何|干嘛",
    "offer": r"多少钱|价格|资费|几块|便宜|划算|优惠|贵|哪个好|推荐|送流量|有什么|有哪些|区别|好不好|怎么样|包含|包括|有没有",
    "order": r"办理|开通|取消|退订|变更|更换|换成|升级|降|订购|续订|关闭|改成|不要了|不想要",
    "left": r"还剩|剩余|剩多少|用了多少|还有多少|查询?|余量|够不够|用完",
    "owing": r"余额|欠费|停机|话费还|没钱|欠",
    "charged": r"扣了|扣费|扣我|收费|账单|明细|详单|多收|乱扣|为什么扣|什么费",
    "paying": r"充值|充话费|缴费|交费|交话费|充了|没到账|未到账|充错|充\d",
    "courteous": r"谢谢|感谢|辛苦|多谢|赞|好的|已私信|私信|收到|嗯",
    "praise": r"赞|不错|满意|表扬|给力|贴心|耐心|暖心|好评|靠谱|良心|佩服|敬业|周到|负责任|感动|支持|好样|真棒|加油|惊喜|热情|夸|圈粉|五星|满分",
    "glad": r"(?:态度|服务|效率|办事|速度|客服|师傅|小编|小[哥妹])[^,。!！?？不没]{0,8}?(?:真好|很好|非常好|蛮好|挺好|超好|特别好|也好|不错|周到|到位|给力|热情|"
    r"耐心|专业|满分|点赞|真快|很快)|表示(?:衷心|由衷|万分)?感谢|(?<!不)(?<!没有)(?<!不太)(?:很|非常|挺|十分|特别)满意|(?<!不)满意[,。!！~]|点个?赞|[给要必须]赞|赞一[个下]|大大的?赞|"
    r"表扬|夸[一奖]|暖心|感动|谢谢(?:你们|小编|师傅|客服|那位|帮)|感谢(?:你们|小编|师傅|客服|贵|联通|电信|移动|帮)|辛苦了|越来越好|继续加油",
    "solved": r"解决了|处理好|搞定|恢复了|修好了|弄好|办好了|已解决|好了(?:$|[,。!~])|没问题了|正常了|退回|到账了|可以了",
    "slot": r"卡槽|卡托|取卡|卡针|取出|怎么[插放装塞取]|插哪|放哪|哪里插|[插装放]卡|存到?卡|到sim卡|联系人|通讯录|电话本",
    "science": r"磁共振|核磁|韧带|半月板|心电|带隙|半导体|傅里叶|卷积|显示器|投影|电脑|单片机|克|毫克|药|游戏|攻略|属性|加点|枪手|"
    r"基金|指标|招聘|面试",
    "person": r"人工|客服电话|热线|100(?:86|10|00)|接线|转接|真人|打电话给",
}  # fmt: skip
_CUES: Dict[str, Pattern[str]] = {name: re.compile(words) for name, words in _WORDS.items()}
_TELECOM = re.compile(
    r"流量|套餐|[话资月]费|信号|网|宽带|光纤|电话|短信|卡|联通|移动|电信|广电|客服|营业[厅员]|手机|[充缴欠扣]|余额|账单|号|漫游|停机|投诉|服务|办理|套路|积分|[45]g|100\d\d"
)
_LENGTHS = (6, 12, 25, 50)  # characters


def cues(text: str) -> List[str]:
    """Return the names of the cues in a normalised text, and how long it is (``long0`` to ``long4``)."""
    found = [name for name, words in _CUES.items() if words.search(text)]
    if "angry" in found and "glad" in found:
        found.remove("glad")  # thanks in anger are scorn
    return [*found, f"long{sum(len(text) >= most for most in _LENGTHS)}"]


def is_elsewhere(text: str) -> bool:
    """Say whether a text is about going out (hotels, meals, sights, travel) and names nothing of an operator's."""
    return _CUES["outing"].search(text) is not None and _TELECOM.search(text) is None
