"""Where a Paella's networks come from: the training runs' checkpoints, the published files, or the tiny model's bundle.

Weights are rounded to fp16 here, once: an exported bundle and its golden vectors then hold exactly the same numbers. Networks are
loaded when they are asked for, since one of full size alone takes gigabytes.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import torch
from torch import nn
from transformers import ByT5Tokenizer, CLIPTextModelWithProjection, T5EncoderModel

import models_paella
from assemble import averaged, round_to_half
from checkpoint import load
from paella.denoiser import Denoiser, DenoiserConfig
from paella.prior import Prior, PriorConfig
from paella.vqgan import VqConfig, VqModel
from restored import restored, weights

#: What the published model's texts are cut to, in bytes.
MAX_BYTES = 768
CONFIGS = {"denoiser": DenoiserConfig, "vqgan": VqConfig, "prior": PriorConfig}


class Trained:
    """The tiny model of a training run: <work>/paella/vqgan.pt, text.pt (how it was taught) and denoiser.pt, their averaged weights."""

    clip: nn.Module | None = None
    clip_tokenizer: Path | None = None
    prior: Prior | None = None

    def __init__(self, work: Path):
        self.work = work
        self.tokenizer: ByT5Tokenizer = models_paella.tokenizer()

    @cached_property
    def _texts_and_tokens(self) -> tuple[T5EncoderModel, Denoiser]:
        text, denoiser = models_paella.text_encoder(), models_paella.denoiser()
        averaged(load(self.work / "paella/denoiser.pt"), text, denoiser)
        return round_to_half(text), round_to_half(denoiser)

    @property
    def text(self) -> T5EncoderModel:
        return self._texts_and_tokens[0]

    @property
    def denoiser(self) -> Denoiser:
        return self._texts_and_tokens[1]

    @cached_property
    def vqgan(self) -> VqModel:
        return round_to_half(averaged_vqgan(self.work))

    @property
    def record(self) -> dict:
        """How it was trained."""
        vqgan, text, denoiser = (load(self.work / f"paella/{name}.pt") for name in ("vqgan", "text", "denoiser"))
        return {
            "vqganSteps": vqgan["step"], "vqganSeconds": round(vqgan["seconds"]), "textSteps": text["step"], "textSeconds": round(text["seconds"]),
            "steps": denoiser["step"], "seconds": round(denoiser["seconds"]),
        }


class Shipped:
    """The tiny model as it is in its bundle, whose graphs keep the parameters' names; of the picture tokenizer, what decodes."""

    clip, clip_tokenizer, prior = Trained.clip, Trained.clip_tokenizer, Trained.prior

    def __init__(self, bundle: Path):
        graph = lambda name: bundle / name / "model.onnx"
        self.tokenizer: ByT5Tokenizer = models_paella.tokenizer()
        self.text, self.denoiser, self.vqgan = models_paella.text_encoder().eval(), models_paella.denoiser(), models_paella.vqgan()
        texts = weights(graph("text_encoder"), "text.")
        self.text.load_state_dict({**texts, "encoder.embed_tokens.weight": texts["shared.weight"]})
        restored(self.denoiser, graph("denoiser"), "in_mapper", "embedding", "down_blocks", "up_blocks", "clf", "out_mapper")
        self.denoiser.byt5_mapper.load_state_dict(weights(graph("text_encoder"), "byt5_mapper."))
        restored(self.vqgan, graph("decoder"), "up_blocks", "out_block", "vquantizer")


def averaged_vqgan(work: Path) -> VqModel:
    """The averaged weights of a training run. The encoder's normalisation has yet to be measured on them; the decoder has none."""
    model, state = models_paella.vqgan(), load(work / "paella/vqgan.pt")
    model.load_state_dict(state["model"])
    averaged(state, model)
    return model


@dataclass(frozen=True)
class Published:
    """A folder of published files.

        paella_v3.pt   vqgan_f4.pt   prior_v1.pt    state dicts, as on the Hub under dome272/Paella
        byt5/                                       google/byt5-xl, of which the encoder is used; bytes need no vocabulary
        clip/                                       laion/CLIP-ViT-H-14-laion2B-s32B-b79K in transformers' layout, with its tokenizer
        networks.json                               only where the networks have other sizes than the published ones

    Without prior_v1.pt and clip/ the bundle has no CLIP conditioners.
    """

    folder: Path

    @property
    def tokenizer(self) -> ByT5Tokenizer:
        return ByT5Tokenizer(extra_ids=0, model_max_length=MAX_BYTES)

    @property
    def text(self) -> T5EncoderModel:
        return round_to_half(T5EncoderModel.from_pretrained(self.folder / "byt5", dtype=torch.float32))

    @property
    def denoiser(self) -> Denoiser:
        return self._load(Denoiser, "denoiser", "paella_v3.pt")

    @property
    def vqgan(self) -> VqModel:
        return self._load(VqModel, "vqgan", "vqgan_f4.pt")

    @property
    def clip(self) -> CLIPTextModelWithProjection | None:
        return round_to_half(CLIPTextModelWithProjection.from_pretrained(self.folder / "clip", dtype=torch.float32)) if self._has_clip else None

    @property
    def clip_tokenizer(self) -> Path | None:
        return self.folder / "clip" if self._has_clip else None

    @property
    def prior(self) -> Prior | None:
        return self._load(Prior, "prior", "prior_v1.pt") if self._has_clip else None

    @property
    def record(self) -> dict:
        return {}

    @property
    def _has_clip(self) -> bool:
        parts = [(self.folder / name).exists() for name in ("clip", "prior_v1.pt")]
        if any(parts) != all(parts):
            raise SystemExit(f"{self.folder} has one of clip/ and prior_v1.pt: the CLIP conditioners need both.")
        return all(parts)

    def _load(self, kind: type, name: str, file: str) -> nn.Module:
        sizes = self.folder / "networks.json"
        config = CONFIGS[name](**({k: tuple(v) if isinstance(v, list) else v for k, v in json.loads(sizes.read_text())[name].items()} if sizes.exists() else {}))
        with torch.device("meta"):
            model = kind(config)
        state = torch.load(self.folder / file, map_location="cpu", weights_only=True)
        model.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.get("state_dict", state).items()}, assign=True)
        return round_to_half(model)


def write_published(folder: Path, parts) -> None:
    """Writes networks of any size as a folder that `Published` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {}
    for name, file in (("denoiser", "paella_v3.pt"), ("vqgan", "vqgan_f4.pt"), ("prior", "prior_v1.pt")):
        model = getattr(parts, name)
        if model is not None:
            torch.save(model.state_dict(), folder / file)
            sizes[name] = asdict(model.config)
    (folder / "networks.json").write_text(json.dumps(sizes, indent=1) + "\n")
