"""The graphs of a Stable Diffusion bundle, with the names and shapes that optimum gives them.

One axis is freer than optimum's: the denoiser's `sample` may hold each picture once (axis `pictures`) while
`encoder_hidden_states` holds several texts for each, first all pictures' first text, then all pictures' second one.

On demand what the denoiser's cross-attentions make of `encoder_hidden_states` is a graph of its own, `text_keys`. The denoiser
then takes that graph's outputs, `keys.0`, `values.0`, `keys.1` and so on, in place of its input.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import onnx
import torch
from torch import nn

import trunk

OPSET = 17
TOLERANCE = 1e-4


class TextEncoder(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids):
        output = self.model(input_ids)
        return output.last_hidden_state, output.pooler_output


class Denoiser(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, sample, timestep, encoder_hidden_states):
        texts = encoder_hidden_states.shape[0] // sample.shape[0]
        if texts > 1:
            sample = sample.repeat(texts, 1, 1, 1)
        return self.model(sample, timestep, encoder_hidden_states, return_dict=False)[0]


class Decoder(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, latent_sample):
        return self.model.decode(latent_sample, return_dict=False)[0]


@dataclass(frozen=True)
class Graph:
    folder: str
    module: nn.Module
    inputs: dict[str, torch.Tensor]
    axes: dict[str, dict[int, str]]
    reference: nn.Module | None = None  # what the exported module must compute, when it is written differently

    def export(self) -> onnx.ModelProto:
        outputs = [name for name in self.axes if name not in self.inputs]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.onnx"
            with torch.no_grad():
                torch.onnx.export(
                    self.module.eval(), tuple(self.inputs.values()), str(path), input_names=list(self.inputs), output_names=outputs,
                    dynamic_axes=self.axes, opset_version=OPSET, dynamo=False,
                    do_constant_folding=False,  # parameters keep their names; runtimes fold when they load
                )
            return onnx.load(str(path))


def denoiser(unet, inputs: dict[str, torch.Tensor], split: bool = False) -> list[Graph]:
    """The UNet with its shared trunk, in two graphs when it is split; as diffusers wrote it when it has parts that trunk.py does not know."""
    plane = {2: "height", 3: "width"}
    axes = {"sample": {0: "batch", **plane}, "encoder_hidden_states": {0: "batch", 1: "sequence"}, "out_sample": {0: "batch", **plane}}
    plain, shared, keyed, text_keys = (kind(unet).eval() for kind in (Denoiser, trunk.Denoiser, trunk.KeyedDenoiser, trunk.TextKeys))
    states = inputs["encoder_hidden_states"].repeat(2, 1, 1).roll(1, 1)
    texts = {**inputs, "encoder_hidden_states": states}
    try:
        with torch.no_grad():
            keys = text_keys(states) if split else ()
            predicted = keyed(inputs["sample"], inputs["timestep"], *keys) if split else shared(*texts.values())
            difference = (predicted - plain(*texts.values())).abs().max().item()
    except (AttributeError, RuntimeError, TypeError, ValueError) as error:
        print(f"unet: exported as it is, {error}")
        return [Graph("unet", plain, inputs, axes)]
    if difference > TOLERANCE:
        print(f"unet: exported as it is, {difference:.1e} apart from the one with a shared trunk")
        return [Graph("unet", plain, inputs, axes)]
    axes["sample"] = {0: "pictures", **plane}
    if not split:
        return [Graph("unet", shared, texts, axes, reference=plain)]
    read = axes.pop("encoder_hidden_states")
    names = [f"{part}.{index}" for index in range(len(keys) // 2) for part in ("keys", "values")]
    made = {name: {0: "batch", 3 if name.startswith("keys") else 2: "sequence"} for name in names}
    fed = {"sample": inputs["sample"], "timestep": inputs["timestep"], **dict(zip(names, keys))}
    return [
        Graph("text_keys", text_keys, {"encoder_hidden_states": states}, {"encoder_hidden_states": read, **made}),
        Graph("unet", keyed, fed, {**axes, **made}),
    ]


def graphs(pipeline, split: bool = False) -> list[Graph]:
    """The denoiser is in two graphs when it is split."""
    text, unet, vae = pipeline.text_encoder, pipeline.unet, pipeline.vae
    tokens, width = pipeline.tokenizer.model_max_length, text.config.hidden_size
    size, channels = unet.config.sample_size, unet.config.in_channels
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(0, text.config.vocab_size, (2, tokens), generator=generator)
    sample = torch.randn(2, channels, size, size, generator=generator)
    states = torch.randn(2, tokens, width, generator=generator)
    plane = {0: "batch", 2: "height", 3: "width"}
    return [
        Graph("text_encoder", TextEncoder(text), {"input_ids": ids},
              {"input_ids": {0: "batch"}, "last_hidden_state": {0: "batch"}, "pooler_output": {0: "batch"}}),
        *denoiser(unet, {"sample": sample, "timestep": torch.tensor(321), "encoder_hidden_states": states}, split),
        Graph("vae_decoder", Decoder(vae), {"latent_sample": torch.randn(2, channels, size, size, generator=generator)},
              {"latent_sample": plane, "sample": plane}),
    ]
