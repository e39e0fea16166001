"""Builds the T5 tokenizer of the tiny cascade: a sentencepiece unigram model with T5's settings, learnt from the captions.

    python tools/build_t5_tokenizer.py --out <work>/tokenizer_t5

The folder holds `spiece.model`, as the full-size models' folders do, and the same tokenizer as `tokenizer.json`.
"""

from __future__ import annotations

import argparse
import io
import string
from pathlib import Path

import numpy as np
import sentencepiece
from transformers import T5TokenizerFast

from faces.captions import sample_mention, write
from faces.phrases import CONCEPTS, SAFETY_TEXT

# At most; the captions make about 210 pieces, nearly all their words whole.
VOCABULARY = 512
LENGTH = 77
# Every printable ASCII character is a piece of its own, so that no English text has an unknown part.
REQUIRED = string.ascii_letters + string.digits + string.punctuation


def learn_pieces(texts: list[str]) -> bytes:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts), model_writer=model, model_type="unigram", vocab_size=VOCABULARY,
        normalization_rule_name="nmt_nfkc", required_chars=REQUIRED, character_coverage=1.0,
        pad_id=0, eos_id=1, unk_id=2, bos_id=-1, pad_piece="<pad>", eos_piece="</s>", unk_piece="<unk>",
        num_threads=1, minloglevel=2, hard_vocab_limit=False,
    )
    return model.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    texts = [write(sample_mention(rng), rng) for _ in range(30_000)] + [SAFETY_TEXT]
    texts += [text for _, _, _, options in CONCEPTS.values() for text in options] * 3
    # Sentencepiece proposes no piece that is always followed by a space; a word that also ends a line is proposed whole.
    texts += sorted({word for text in texts for word in text.replace(",", " ").split()}) * 3
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "tokenizer.json").unlink(missing_ok=True)
    (arguments.out / "spiece.model").write_bytes(learn_pieces(texts))
    tokenizer = T5TokenizerFast.from_pretrained(arguments.out, extra_ids=0, model_max_length=LENGTH)
    tokenizer.save_pretrained(arguments.out)
    check(arguments.out, sorted(set(texts)))


def check(folder: Path, texts: list[str]) -> None:
    """Both files give the same ids, and no ASCII character is unknown."""
    tokenizer = T5TokenizerFast.from_pretrained(folder)
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "spiece.model"))
    assert (tokenizer.pad_token_id, tokenizer.eos_token_id, tokenizer.unk_token_id, len(tokenizer)) == (0, 1, 2, pieces.get_piece_size())
    for text in [*texts, *REQUIRED, *(text.upper() for text in texts), " ".join(REQUIRED), REQUIRED, ""]:
        ids = tokenizer(text).input_ids
        assert ids == [*pieces.encode(text), 1], text
        assert 2 not in ids, text
    lengths = [len(tokenizer(text).input_ids) for text in texts]
    print(len(tokenizer), "pieces;", len(texts), "captions, tokens on average", round(float(np.mean(lengths)), 2), "at most", max(lengths))


if __name__ == "__main__":
    main()
