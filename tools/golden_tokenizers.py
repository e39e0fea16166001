"""Golden token ids: transformers' CLIP, T5 and ByT5 tokenizers on texts that try every rule, for the ways a tokenizer folder is written.

    python golden_tokenizers.py --tokenizer <folder with vocab.json and merges.txt> --out test/vectors/tokenizers.json
    python golden_tokenizers.py --t5 <folder with spiece.model> --out test/vectors/tokenizers-t5.json
    python golden_tokenizers.py --bytes --out test/vectors/tokenizers-bytes.json
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import tempfile
from pathlib import Path

import tokenizers
import transformers
from transformers import ByT5Tokenizer, CLIPTokenizer, T5TokenizerFast

BOS, EOS = "<|startoftext|>", "<|endoftext|>"
NAMES = {"bos_token": BOS, "eos_token": EOS, "unk_token": EOS, "pad_token": EOS}
BASE = {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77}


def token(content: str, **changes) -> dict:
    return {"content": content, "lstrip": False, "normalized": True, "rstrip": False, "single_word": False, **changes}


TEXTS = [
    "", " ", "   \t\n  ", "a", "a portrait of a king", "an image of the face of a random person", "A Portrait Of A KING",
    "smiling, smile", "glasses, wearing glasses", "curls, wavy hair, curly hair", "beard, full beard, mustache",
    "  leading and trailing   ", "tabs\tand\nnew\r\nlines", "many     spaces", "a photo of a cat", "king queen crown",
    "photo, drawing; painting: sketch.", "hello, world!", "what?! no... yes!!!", "(a king), [a queen], {a crown}", "a+b=c", "50% off $9.99",
    "#hashtag @mention", "user@example.com", "https://example.com/a?b=c&d=e#f", "one-two-three", "under_scored_words", "a/b\\c|d",
    "\"quoted\" 'single' `code`", "~!@#$%^&*()_+-=[]{}|;:,.<>/?", "...", "!!!", "!", "! !", "a!b", "'", "''", "'''",
    "it's", "I'm you're we've they'll he'd don't", "IT'S I'M YOU'RE", "rock'n'roll", "'s", "'ll'll", "o'clock's", "it’s a ‘king’", "“king”", "king's queens'",
    "'save", "'tis the 'd", "d'd", "x'rex",
    "0", "1234567890", "2 kings and 3 queens", "a4 paper 8k uhd 4096x2160", "1,000,000.50", "½ ² ³ ①②", "Ⅷ Ⅳ", "٣٤٥", "१२३", "𝟙𝟚",
    "café", "cafe\u0301", "naïve façade", "ÀÉÎÕÜ àéîõü", "Ångström", "A\u030angstrom", "Straße STRASSE ẞ", "İstanbul ISTANBUL ı", "Ærøskøbing Œuvre",
    "ΟΔΥΣΣΕΥΣ", "ΣΑΣ Σ ΑΣ, ΑΣ.", "Ὀδυσσεύς", "Москва́ королева", "ЁЖИК Ђ", "Ǆ ǅ ǆ", "ﬁne ﬂow", "ＦＵＬＬ　ｗｉｄｔｈ", "Việt Nam tiếng",
    "国王的肖像", "女王の肖像画", "왕의 초상화", "พระราชา", "राजा का चित्र", "ملك و ملكة", "מלך ומלכה", "ქართული", "ሰላም", "ᏣᎳᎩ",
    "👑", "a king 👑 and a queen 👸", "👨‍👩‍👧‍👦 family", "👍🏽", "🇩🇪🇫🇷", "❤️", "☺️ ☹", "♔♕", "🤴king👑", "a\u200bb", "a\u200db", "\u200b", "\ufeffking", "king\ufeff", "a \ufeff b", "\ufeff!", "!\ufeff?",
    "a\u00a0b", "a\u2003b\u3000c", "a\u0085b", "a\u2028b\u2029c", "a\u180eb", "a\x1cb\x1fc", "a\u0000b", "a\x07b", "a\u00adb", "\u202eking\u202c",
    "e\u0301\u0302\u0303", "\u0301", "a \u0301 b", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢", "ﷺ", "𐍈 𝔎𝔦𝔫𝔤", "𝓴𝓲𝓷𝓰", "\U0010ffff", "�",
    "<|endoftext|>", "<|startoftext|>", "a<|endoftext|>b", "a <|startoftext|> b<|endoftext|>!!", "<|ENDOFTEXT|>", "<|EndOfText|>!!", "!!<|StartOfText|>", "<|endoftext", "<| endoftext |>", "</w>", "king</w>", "a</w>b",
    "supercalifragilisticexpialidocious", "pneumonoultramicroscopicsilicovolcanoconiosis", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "glassesglassesglasses", "kingqueenking", "Photorealistic photography of smiling women without glasses", "violent, bloody, obscene gestures, drugs, weapon",
    "hate, harassment, violence, suffering, humiliation, harm, suicide, sexual, nudity, bodily fluids, blood, obscene gestures, illegal activity, drug use, theft, vandalism, weapons, child abuse, brutality, cruelty",
    "king " * 74, "king " * 75, "king " * 76, "king " * 400, "a " * 74 + "supercalifragilistic", "a " * 60 + "supercalifragilisticexpialidocious and then more",
    "a " * 75 + "👑", "a " * 74 + "👑 crown", "!" * 100, "! " * 100, "!a" * 60, "1 2 3 4 5 6 7 8 9 0 " * 10, "国王" * 40, "a<|endoftext|>" * 50, "word, " * 60,
]

VARIANTS = {
    # settings by file; None leaves the file out
    "plain": {"tokenizer_config.json": {**BASE, **NAMES}, "special_tokens_map.json": NAMES},
    "stable-diffusion-1": {
        "tokenizer_config.json": {**BASE, "bos_token": {"__type": "AddedToken", **token(BOS)}, "eos_token": {"__type": "AddedToken", **token(EOS)}, "unk_token": {"__type": "AddedToken", **token(EOS)}, "pad_token": EOS},
        "special_tokens_map.json": {"bos_token": token(BOS), "eos_token": token(EOS), "unk_token": token(EOS), "pad_token": EOS},
    },
    "stable-diffusion-2": {"tokenizer_config.json": {**BASE, **NAMES}, "special_tokens_map.json": {**NAMES, "pad_token": "!"}},
    "added-tokens-decoder": {
        "tokenizer_config.json": {**BASE, **NAMES, "pad_token": "!", "added_tokens_decoder": {"0": token("!", special=True), "$BOS": token(BOS, special=True), "$EOS": token(EOS, special=True)}},
    },
    "added-word": {"tokenizer_config.json": {**BASE, **NAMES}, "added_tokens.json": {"<cat-toy>": "$NEXT"}},
    "new-padding": {"tokenizer_config.json": {**BASE, **NAMES, "model_max_length": 16, "pad_token": "[PAD]"}},
}
SHORT = TEXTS[:16] + ["hi!", "!", "a!b !! <|ENDOFTEXT|> ?", "a <cat-toy> on a chair", "<CAT-TOY>", "[PAD]", "[pad]", "it's!", "👑", "<|endoftext|>x", "king " * 80]


# What T5's rules make something of: sentencepiece's normalisation, unknown characters, marks of words and its own tokens.
T5_TEXTS = [
    "smiling, smile", "beard, full beard, mustache", "clean-shaven", "KING", "a KING and a Queen", "kingsqueens", "ﬁ", "ﬁ\u0301x", "e\u0301", "①\u0301 ②", "½ 1½", "㎏ ㌀ ㈱", "ﷺ", "…", "a…b", "Ⅻ ⅻ", "x² H₂O",
    "ｆａｃｅ", "カ\u3099 ｶﾞ", "～ 〜 ~", "\u1100\u1161\u11a8", "각", "a\u2581b", "\u2581", "\u2581\u2581face", "a\u200bb\u200cc\u200dd\u200ee\u2060f", "\ufeffface\ufeff", "soft\u00adhyphen", "a\r\nb\r\n", "a\rb\x0bc\x0cd",
    "\x01\x02a\x1bb\x7f", "\u0085", "a\u3000b\u2009c\u202fd", "\ufffd face \ufffd", "</s>", "a face</s>", "a</s>b", "<pad>face", "<unk> face", "＜pad＞", "a ＜pad＞ b", "＜unk＞", "＜/s＞face", "<extra_id_0>", "a <extra_id_99> b", "👑👑👑 king", "king👑queen", "👑 👑 👑",
    "👨\u200d👩\u200d👧 face", "🇩🇪 🇫🇷", "👍🏽", "é" * 90, "éa" * 60, "👑" * 400 + " king", "face " * 75, "face " * 76, "face " * 77, "face " * 75 + "clean-shaven", "x" * 200, "\u200b" * 200 + "king", "king" + "\u0301" * 300, "क्षि नमस्ते", "ก็ำ", "שָׁלוֹם", "اَلسَّلَامُ", "\U0001d5de\U0001d5f6\U0001d5fb\U0001d5f4",
]
T5_SETTINGS = {
    "plain": {"tokenizer_config.json": {"tokenizer_class": "T5Tokenizer", "model_max_length": 77, "extra_ids": 0, "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}},
    "extra-ids": {},
}


def t5_cases(folder: Path) -> dict:
    model = (folder / "spiece.model").read_bytes()
    texts = list(dict.fromkeys(T5_TEXTS + TEXTS))
    cases = []
    for name, settings in T5_SETTINGS.items():
        with tempfile.TemporaryDirectory() as copy:
            path = Path(copy)
            (path / "spiece.model").write_bytes(model)
            for file, value in settings.items():
                (path / file).write_text(json.dumps(value), encoding="utf-8")
            tokenizer = T5TokenizerFast.from_pretrained(copy)
            chosen = texts if name == "plain" else T5_TEXTS
            encoded = [tokenizer(t, max_length=77, padding="max_length", truncation=True) for t in chosen]
            cases.append({"name": name, "files": settings, "padding": tokenizer.pad_token_id, "maxLength": 77, "texts": chosen, "ids": [strip(e.input_ids, tokenizer.pad_token_id) for e in encoded], "tokens": [sum(e.attention_mask) for e in encoded]})
            if name == "plain":
                tokenizer.save_pretrained(copy)
                whole = json.loads((path / "tokenizer.json").read_text(encoding="utf-8"))
    rules = base64.b64decode(whole["normalizer"]["precompiled_charsmap"])
    whole["normalizer"]["precompiled_charsmap"] = [model.index(rules), len(rules)]
    return {
        "source": f"transformers {transformers.__version__} T5Tokenizer (fast), tokenizers {tokenizers.__version__}; made by golden_tokenizers.py",
        "note": "ids without trailing padding (refill with padding to maxLength); tokens counts what is no padding; spieceModel is base64 of gzip; tokenizerJson is the same tokenizer saved whole, its precompiled_charsmap the bytes of spiece.model at [start, length]",
        "spieceModel": base64.b64encode(gzip.compress(model, 9, mtime=0)).decode(), "tokenizerJson": whole, "cases": cases,
    }


BYTE_TEXTS = ["a </s> b", "a</s>", "<pad>x", "<unk>", "a   </s>   b", "</s></s>", " <pad> <unk> ", "a</s" + ">" * 3, "\u3000</s>\u2003", "a" * 14, "a" * 15, "a" * 16, "aaa bbb ccc ddd eee", "国王 国王 国王", "ab </s> cdefghijklmnop"]


def byte_cases() -> dict:
    texts = list(dict.fromkeys(BYTE_TEXTS + TEXTS))
    cases = []
    for name, length, chosen in (("plain", 256, texts), ("short", 16, texts)):
        with tempfile.TemporaryDirectory() as copy:
            ByT5Tokenizer(extra_ids=0, model_max_length=length).save_pretrained(copy)
            config = json.loads((Path(copy) / "tokenizer_config.json").read_text(encoding="utf-8"))
            tokenizer = ByT5Tokenizer.from_pretrained(copy)
            ids = [tokenizer(t, truncation=True).input_ids for t in chosen]
            cases.append({"name": name, "files": {"tokenizer_config.json": config}, "maxLength": length, "texts": chosen, "ids": ids})
    return {"source": f"transformers {transformers.__version__} ByT5Tokenizer; made by golden_tokenizers.py", "cases": cases}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--tokenizer", type=Path)
    source.add_argument("--t5", type=Path)
    source.add_argument("--bytes", action="store_true")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    if arguments.bytes:
        write(byte_cases(), arguments.out)
    else:
        write(clip_cases(arguments.tokenizer) if arguments.tokenizer else t5_cases(arguments.t5), arguments.out)


def clip_cases(folder: Path) -> dict:
    vocab = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    merges = (folder / "merges.txt").read_text(encoding="utf-8")
    places = {"$BOS": vocab[BOS], "$EOS": vocab[EOS], "$NEXT": len(vocab)}
    cases = []
    for name, settings in VARIANTS.items():
        text = json.dumps(settings)
        for key, value in places.items():
            text = text.replace(f'"{key}":', f'"{value}":').replace(f'"{key}"', str(value))
        settings = json.loads(text)
        with tempfile.TemporaryDirectory() as copy:
            path = Path(copy)
            (path / "vocab.json").write_text(json.dumps(vocab), encoding="utf-8")
            (path / "merges.txt").write_text(merges, encoding="utf-8")
            for file, value in settings.items():
                (path / file).write_text(json.dumps(value), encoding="utf-8")
            tokenizer = CLIPTokenizer.from_pretrained(copy)
            texts = TEXTS if name == "plain" else SHORT
            encoded = [tokenizer(t, padding="max_length", truncation=True) for t in texts]
            cases.append({"name": name, "files": settings, "padding": tokenizer.pad_token_id, "maxLength": tokenizer.model_max_length, "texts": texts, "ids": [strip(e.input_ids, tokenizer.pad_token_id) for e in encoded], "tokens": [sum(e.attention_mask) for e in encoded]})
            if name == "plain":
                tokenizer.save_pretrained(copy)
                whole = json.loads((path / "tokenizer.json").read_text(encoding="utf-8"))
                whole["model"]["vocab"], whole["model"]["merges"] = {}, []
                definition = whole
    return {
        "source": f"transformers {transformers.__version__} CLIPTokenizer (fast), tokenizers {tokenizers.__version__}; made by golden_tokenizers.py",
        "note": "ids without trailing padding (refill with padding to maxLength); tokens counts what is no padding; tokenizerJson is the same tokenizer saved whole, its vocab and merges left out because they are those above",
        "vocab": vocab, "merges": merges, "tokenizerJson": definition, "cases": cases,
    }


def write(vectors: dict, path: Path) -> None:
    path.write_text(json.dumps(vectors, ensure_ascii=True, separators=(",", ":")).replace('},{"name"', '},\n{"name"') + "\n", encoding="utf-8")
    print(sum(len(c["texts"]) for c in vectors["cases"]), "texts,", path.stat().st_size, "bytes")


def strip(ids: list[int], padding: int) -> list[int]:
    """Drops every trailing padding id; refilling to the length restores the list exactly."""
    end = len(ids)
    while end and ids[end - 1] == padding:
        end -= 1
    return ids[:end]


if __name__ == "__main__":
    main()
