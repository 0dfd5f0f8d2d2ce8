"""Which kanji stand for the same name: forms that one person's papers, cards and keyboards use for each other.

Our own table, written for searching and for nothing else: it is kind to the person who types, not exact about
writing. Sources of knowledge: the old and new forms of 常用漢字表 (康熙字典体 in its brackets), 人名用漢字表 where both
forms are allowed, and the forms that vendors' old character sets added (髙, 﨑, 濵, 瀨, 德, 邊 …). Compatibility
ideographs (塚, 神, 福 …) need no line: NFKC turns them into their plain form before this table is asked.
"""

from __future__ import annotations

_GROUPS = """
高髙 崎﨑嵜碕㟢 辺邊邉 沢澤 斎齋斉齊斋齐 国國囯圀 広廣 浜濱濵 徳德 島嶋嶌嶹 富冨 桜櫻 竜龍 滝瀧 関關 浅淺 黒黑 吉𠮷
土圡𡈽 柳栁桺 橋槗𣘺 曽曾 条條 栄榮 荘莊 蔵藏 静靜 青靑 清淸 瀬瀨 郷鄕 郎郞 朗朖 緒緖 真眞 慎愼 鎮鎭 填塡 頼賴 恵惠
為爲 円圓 塩鹽 園薗 遠逺 応應 桧檜 沖冲 奥奧 温溫 穏穩 画畫 絵繪 壊壞 懐懷 覚覺 学學斈 岳嶽 勧勸 巻卷 寛寬 観觀 歓歡
厳嚴 巌巖 気氣 帰歸 亀龜 犠犧 旧舊 拠據 挙擧 峡峽 挟挾 狭狹 暁曉 区區 駆驅駈 勲勳 薫薰 径徑 渓溪谿 経經 継繼 鶏鷄
芸藝 撃擊 県縣 倹儉 剣劍劔剱 険險 圏圈 検檢 献獻 権權 顕顯 験驗 効效 恒恆 黄黃 鉱鑛 号號 砕碎 済濟 剤劑 冊册 桟棧
参參叄 惨慘 賛贊 残殘 糸絲 歯齒 児兒 辞辭 湿濕 実實 写寫 釈釋 寿壽夀 収收 従從 渋澁 獣獸 縦縱 粛肅 処處 叙敍 将將
称稱 焼燒 証證 奨奬獎 渉涉 乗乘 浄淨 剰剩 畳疊 縄繩 壌壤 嬢孃 譲讓 醸釀 触觸 嘱囑 寝寢 尽盡 粋粹 酔醉 穂穗 随隨 髄髓
枢樞 数數 声聲 摂攝 専專 戦戰 潜潛 銭錢 繊纖 禅禪 双雙 壮壯 争爭 挿插 捜搜 巣巢 装裝 総總緫 騒騷 増增 臓臟 即卽 属屬
続續 堕墮 対對 体體 帯帶 滞滯 台臺 択擇 単單 団團 断斷 弾彈 遅遲 昼晝 虫蟲 鋳鑄 庁廳 徴徵 聴聽 勅敕 逓遞 鉄鐵銕 点點
転轉 伝傳 灯燈 当當 党黨 盗盜 稲稻 闘鬪 独獨 読讀 届屆 弐貳 悩惱 脳腦 廃廢 拝拜 売賣 麦麥 発發 髪髮 抜拔 蛮蠻 秘祕
仏佛 払拂 並竝 変變 弁辨瓣辯 舗舖 宝寶寳 豊豐 褒襃 翻飜 万萬 満滿 黙默 訳譯 薬藥 与與 予豫 余餘 誉譽 揺搖 様樣 謡謠
来來 乱亂 覧覽 両兩 猟獵 緑綠 塁壘 励勵 礼禮 霊靈 齢齡 暦曆 歴歷 恋戀 炉爐 労勞 楼樓 湾灣 亜亞 悪惡 圧壓 囲圍 医醫
隠隱 営營 衛衞 駅驛 欧歐 殴毆 横橫 仮假 価價 会會 楽樂 缶罐 陥陷 館舘 器噐 戯戲 強强 鴬鶯 鴎鷗 蛍螢 桑桒 隣鄰 峰峯
峨峩 崖崕 嶺岺 松枩 柏栢 梅楳 槙槇 桝枡 鯵鰺 鶴鸖鶮靏靍 秋穐龝 船舩 莱萊 薮藪籔 諌諫 穣穰 竪豎 箪簞 聡聰 聨聯 肇肈
萌萠 蒋蔣 角⻆ 賓賔 躯軀 遥遙 醤醬 雑雜 頚頸 餅餠 麹麴麯 凛凜 凉涼 卯夘戼 厨廚 厩廐 呉吳 告吿 喜㐂 埜野 堯尭 壱壹
壷壺 夛多 夢梦 姉姊 尚尙 弥彌 彦彥 悦悅 戸戶 教敎 既旣 昂昻 晋晉 杯盃 柿柹 概槪 歩步 毎每 涙淚 煕熙 焔焰 猪豬 瑤瑶
瓶甁 産產 砺礪 砿礦 禰祢 禄祿 税稅 窓窗 籠篭 縁緣 蝉蟬 蝋蠟 説說 軽輕 釜釡 銳鋭 録錄 閲閱 顔顏 虎乕 騨驒 頬頰 剥剝
叱𠮟 嘘噓 妍姸 屏屛 并幷 掴摑 攅攢 梼檮 涛濤 渕淵渊 痩瘦 祷禱 繋繫 繍繡 莵菟 蘂蕊 蛎蠣 賎賤 軣轟 迩邇 鈎鉤 錬鍊 鑑鑒
靭靱 頴穎 鹸鹼 麺麵 伜倅 兎兔 凡凢 原厡 員貟 因囙 坤堃 場塲 年秊 廟庿
"""


def _pairs() -> dict[int, str]:
    return {ord(form): group[0] for group in _GROUPS.split() for form in group[1:]}


KANJI_VARIANTS = _pairs()
"""For ``str.translate``: code point of a form -> the form that stands for all of its group."""
