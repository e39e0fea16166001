"""Runs the CLIP conditioners and the prior of a Paella in plain torch and records what they give.

    python tools/goldens_paella_clip.py --published <work>/random-paella-clip --bundle adapters/paella/test/fixtures/random-paella-clip \\
        --out test/vectors/paella-clip.json

For each text: CLIP's embedding (neither normalised nor padded with anything but 0), its tokens of the condition, the embedding of a picture
that the prior draws for it and that one's tokens; and logits of the prompt, with all three parts of the condition and weights on its tokens, and of
no text, which has no picture. The prior's random numbers are those of `torch.Generator("cpu").manual_seed(seed)`: randn for the first x,
then randn for each step but the last. Its steps are at r_i = 1 − (i + 1) / (steps + 1).
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import torch
from transformers import CLIPTokenizer

from assemble_paella import Published

TEXTS = ("a portrait of a king", "smiling, smile", "")
STEPS, SCALE, SEED, OFFSET = 6, 3.0, 71, 0.008


def signal_share(r: float) -> float:
    """The cosine schedule's ᾱ."""
    at = lambda x: math.cos((x + OFFSET) / (1 + OFFSET) * math.pi / 2) ** 2
    return min(max(at(r) / at(0), 1e-4), 0.9999)


def picture_embedding(prior, text: torch.Tensor, seed: int) -> torch.Tensor:
    """Ancestral sampling from the embedding of one text [1, channels], guided away from an embedding of zeros."""
    generator = torch.Generator("cpu").manual_seed(seed)
    r = [1 - (i + 1) / (STEPS + 1) for i in range(STEPS + 1)]
    x = torch.randn(text.shape, generator=generator)
    for i in range(STEPS):
        at = torch.tensor([r[i]], dtype=torch.float32)
        noise = torch.lerp(prior(x, at, torch.zeros_like(text)), prior(x, at, text), SCALE)
        now, then = signal_share(r[i]), signal_share(r[i + 1])
        a = now / then
        x = (x - (1 - a) / math.sqrt(1 - now) * noise) / math.sqrt(a)
        if i < STEPS - 1:
            x = x + math.sqrt((1 - a) * (1 - then) / (1 - now)) * torch.randn(text.shape, generator=generator)
    return x


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--published", type=Path, required=True)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    parts = Published(arguments.published)
    manifest = json.loads((arguments.bundle / "bundle.json").read_text())
    clip, denoiser, prior, text = parts.clip, parts.denoiser, parts.prior, parts.text
    tokenizer = CLIPTokenizer.from_pretrained(parts.clip_tokenizer, model_max_length=77)
    mapped = lambda mapper, embedding: denoiser.seq_norm(mapper(embedding).unflatten(1, (denoiser.config.clip_tokens, -1)))
    rounded = lambda tensor: [float(f"{value:.8g}") for value in tensor.flatten().tolist()]
    records, embeddings = [], {}
    for k, words in enumerate(TEXTS):
        ids = tokenizer(words, truncation=True).input_ids
        padded = torch.tensor([ids + [0] * (77 - len(ids))])
        embedding = clip(padded).text_embeds
        picture = picture_embedding(prior, embedding, SEED + k)
        embeddings[words] = embedding, picture
        records.append({
            "text": words, "ids": ids, "embedding": rounded(embedding), "condition": rounded(mapped(denoiser.clip_mapper, embedding)), "seed": SEED + k,
            "picture": rounded(picture), "pictureCondition": rounded(mapped(denoiser.clip_image_mapper, picture)),
        })
    size = [manifest["defaults"][side] // manifest["codebook"]["factor"] for side in ("height", "width")]
    tokens = torch.randint(0, manifest["codebook"]["codes"], (1, *size), generator=torch.Generator().manual_seed(SEED))
    logits = []
    for words, seen in ((TEXTS[0], True), ("", False)):
        states = text(input_ids=torch.tensor([parts.tokenizer(words).input_ids])).last_hidden_state
        embedding, picture = embeddings[words]
        condition = denoiser.condition(states, embedding, picture if seen else None)
        weights = torch.ones(condition.shape[:2])
        if seen:
            # As published: the weights are as many as the text's tokens and belong to the last ones of the condition.
            weights[:, -states.shape[1] :] = manifest["attentionWeights"]["text"]
            weights[:, -denoiser.config.clip_tokens :] = manifest["attentionWeights"]["image"]
        values = denoiser(tokens, torch.tensor([0.6]), condition, weight=weights)
        logits.append({"text": words, "picture": seen, "weights": rounded(weights), "stride": 5, "logits": rounded(values.flatten()[::5])})
    root = Path(__file__).resolve().parent.parent
    header = {
        "torch": torch.__version__.split("+")[0], "bundle": arguments.bundle.resolve().relative_to(root).as_posix(), "prior": {"steps": STEPS, "scale": SCALE},
        "texts": records, "tokens": {"shape": [1, *size], "values": tokens.flatten().tolist()}, "r": 0.6, "logits": logits,
    }
    arguments.out.write_text(json.dumps(header) + "\n")
    print(arguments.out.stat().st_size, "bytes; picture embeddings of norm", *(f"{p.norm():.2f}" for _, p in embeddings.values()))


if __name__ == "__main__":
    with torch.inference_mode():
        main()
