"""Golden captions: what diffusers' IFPipeline makes of texts that try every rule of its cleaning, in both modes.

    python golden_captions.py --out test/vectors/clean-caption.json

Needs ftfy and beautifulsoup4 beside diffusers; Python 3.11's own HTML parser decides about malformed markup.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import platform
import warnings
from pathlib import Path

from diffusers import IFPipeline

MANGLED = ["café", "naïve façade", "“quoted” — it’s", "über straße", "señor niño", "Ångström ½ £5", "żółć", "Привет мир", "ελληνικά", "日本語", "à la carte", "👑 king", "© 2020 ™", "don’t"]

TEXTS = [
    # plain
    "", " ", "a portrait of a king", "  A Portrait   Of\ta KING \n", "glasses, wearing glasses", "curls, wavy hair, curly hair", "ΟΔΥΣΣΕΥΣ İSTANBUL STRASSE", "\u00a0a king\u3000", "\ufeffking\x1c",
    # addresses, markup, handles
    "see https://example.com/a?b=c&d=e#f now", "http:///x www.example.co.uk/path/ and example.org", "ftp://files.example.net/readme", "www:example shop.ru!", "mail me@example.com or you@sub.example.edu.", "stable.it is not a site, gov.uk is",
    "a <person> with glasses", "<PERSON>", "@king and @queen_2, a@b", "@ nobody @", "<b>bold</b> <i class=\"x\">face</i><br/>next<br>line", "<p>one</p><p>two", "a < b and c > d", "1<2", "a <b", "<!-- hidden --> shown", "<!doctype html><title>t</title>x",
    "<script>var a = '<b>';</script>after", "<style>p{}</style>x<script>never closed", "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby> sign", "<![CDATA[raw <text>]]> end", "one<![CDATA[]]>two<!--[if x]>three<![endif]-->", "<?php echo 1 ?>face", "<a href='x>y'>link</a>", "</p>lonely", "<template>no</template>yes", "<pre>  kept  </pre>", "<img src=a.png alt=\"a face\"> photo", "tag<br></br>soup</>", "<a b=c d", "<3 hearts <3",
    # references
    "fish &amp; chips", "&quot;quoted&quot; &quot quoted", "&lt;b&gt;bold&lt;/b&gt;", "&amp;lt;tag&amp;gt;", "&eacute;t&eacute; &Eacute; &EACUTE;", "&notit; &notin; &not", "&#65;&#x42;&#128512;", "&#0; &#128; &#xd800; &#1114112; &#150;", "&#12ab; <b>x</b>", "&#", "a & b &c", "&a", "AT&T", "&nbsp;&nbsp;face&nbsp;", "&copy; 2020 &trade; &reg;", "&unknown; &hearts;", "&frac12 cup", "&amp👑king", "king&hellip👑",
    # signs of other scripts, dashes, quotes
    "国王的肖像 a king", "ㇰㇱ ㈱ ㌀ 㐀 ䷀ 一 ㇀", "女王の肖像画", "왕의 초상화", "king – queen — crown ‒ ‐ ― 〜 － ﹣", "⸺ ⸻ ֊ ־ ᐀ ᠆ 〰 ゠", "“king” «queen» ‘crown’ `face` ´x´ ¨", "\"\"\"sold out\"\"\"", "''king''", "'king'", "\"a king\"", "'a king\"", "\"",
    # ids, numbers, files
    "server 192.168.0.1 port", "999.999.999.999", "article 4:30  ", "4:30\n", "line\\nbreak \\\\n", "#1 #12 #123 #1234 #12345 #abc", "order 1234567 and 12345", "photo IMG_1234.jpg and cat.png, dog.jpeg", "C:\\faces\\king.bmp", "jc6640 AB123 abcd123", "jc6640vc 6640vc231 a1b", "j2d1a2a x9y8z7", "1920x1080 and 10 х 20, 3х4 5×6 7.5x8.5", "4k 8K 3d a4", "page 3 of 10, page  12", "mp4 video, png images, jpg image", "v1.2.3", "٣٤٥٦٧٨٩", "½ cup ² ³",
    # phrases
    "free shipping worldwide", "worldwide free shipping!", "Worldwide Shipping", "free download", "download free wallpaper", "click for more", "click on image now", "clicking for",
    # punctuation
    "...", "wait.... what", "a . b . c", "***sale*** #sale", "(a king), [a queen], {a crown} | ~x~ §5", "a+b=c", "50% off", "c++", "one-two-three", "this-is-my-cute-cat", "this_is_my_cute_cat", "a_b-c_d-e", "king :  queen", "king:queen", "a,b.c/d", "king , queen", "-king-", "_king_", ":king:", "+king+", ";x", ".hidden", ".net is", "a/b\\c", "!!! wow ???", "1,000,000.50",
    # percent-encoding
    "a%20king%2C+a+queen", "caf%C3%A9 %E2%82%AC", "%C3 broken %ZZ %", "%26amp%3B", "100%25", "%3Cb%3Ebold%3C%2Fb%3E",
    # widths, ligatures, breaks, controls
    "ｆｕｌｌ　ｗｉｄｔｈ ｶﾞ", "ﬁne ﬂow ĳ ǆ ŉ", "a\r\nb\u2028c\u2029d\u0085e", "\x1b[31mred\x1b[0m", "\x00\x07a\x0bb\x7f", "e\u0301 A\u030a", "\ufeffa\u200bb\u200d", "\U0001f468\u200d\U0001f469 family", "\u0091quoted\u0092 \u0085",
    # mojibake: UTF-8 read as something else
    *(text.encode().decode("latin-1") for text in MANGLED),
    *(text.encode().decode("cp1252", errors="replace") for text in MANGLED),
    *(text.encode().decode("cp1251", errors="replace") for text in ("“quoted” — it’s", "Привет", "é")),
    *(text.encode().decode("mac_roman") for text in ("café", "it’s", "“a”")),
    *(text.encode().decode("cp437") for text in ("café", "it’s")),
    "caf\u00c3\u00a9".encode().decode("latin-1"), "voilÃ  le travail", "Ã la mode", "fÃ cil às", "â€œ like this â€�", "sÃ³ sã³", "Â£5 and â‚¬5", "l’humanitÃ©", "caf&Atilde;&copy;", "&acirc;&euro;&trade;", "ã©tã© cafã©", "itâ€™s a kingâ€™s crown", "schÃ¶n Straße", "\xed\xa0\xbd\xed\xb8\x8d face",
    # long and mixed
    "Buy NOW!!! Photo #12345 of a <b>KING</b> &amp; queen (1920x1080) free shipping http://shop.com/item?id=3 @shop", "hate, harassment, violence, suffering, humiliation, harm, suicide, sexual, nudity, bodily fluids, blood, obscene gestures, illegal activity, drug use, theft, vandalism, weapons, child abuse, brutality, cruelty",
    "a photo of a kangaroo wearing an orange hoodie and blue sunglasses standing in front of the eiffel tower holding a sign that says \"very deep learning\"", "king " * 100,
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("diffusers", "ftfy", "beautifulsoup4"))
    texts = list(dict.fromkeys(TEXTS))
    pairs = [{"text": text, "lower": clean(text, False), "clean": clean(text, True)} for text in texts]
    source = f"IFPipeline._text_preprocessing of {versions}, Python {platform.python_version()}; made by golden_captions.py"
    lines = ",\n".join(json.dumps(pair, ensure_ascii=True) for pair in pairs)
    arguments.out.write_text('{"source":' + json.dumps(source) + ',"pairs":[\n' + lines + "\n]}\n", encoding="utf-8")
    print(len(pairs), "pairs,", sum(pair["clean"] != pair["lower"] for pair in pairs), "cleaned otherwise than lower-cased")


def clean(text: str, clean_caption: bool) -> str:
    # The method needs nothing of the pipeline but its regular expressions.
    pipeline = IFPipeline.__new__(IFPipeline)
    return pipeline._text_preprocessing(text, clean_caption=clean_caption)[0]


if __name__ == "__main__":
    main()
