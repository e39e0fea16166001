"""The three graphs of a Stable Diffusion bundle, with the names and shapes that optimum gives them.

One axis is freer than optimum's: the denoiser's `sample` may hold each picture once (axis `pictures`) while
`encoder_hidden_states` holds several texts for each, first all pictures' first text, then all pictures' second one.
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


def denoiser(unet, inputs: dict[str, torch.Tensor]) -> Graph:
    """The UNet with its shared trunk; as diffusers wrote it when it has parts that trunk.py does not know."""
    plane = {2: "height", 3: "width"}
    axes = {"sample": {0: "batch", **plane}, "encoder_hidden_states": {0: "batch", 1: "sequence"}, "out_sample": {0: "batch", **plane}}
    plain, shared = Denoiser(unet).eval(), trunk.Denoiser(unet).eval()
    texts = {**inputs, "encoder_hidden_states": inputs["encoder_hidden_states"].repeat(2, 1, 1).roll(1, 1)}
    try:
        with torch.no_grad():
            difference = (shared(*texts.values()) - plain(*texts.values())).abs().max().item()
    except (AttributeError, RuntimeError, TypeError, ValueError) as error:
        print(f"unet: exported as it is, {error}")
        return Graph("unet", plain, inputs, axes)
    if difference > TOLERANCE:
        print(f"unet: exported as it is, {difference:.1e} apart from the one with a shared trunk")
        return Graph("unet", plain, inputs, axes)
    return Graph("unet", shared, texts, {**axes, "sample": {0: "pictures", **plane}}, reference=plain)


def graphs(pipeline) -> list[Graph]:
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
        denoiser(unet, {"sample": sample, "timestep": torch.tensor(321), "encoder_hidden_states": states}),
        Graph("vae_decoder", Decoder(vae), {"latent_sample": torch.randn(2, channels, size, size, generator=generator)},
              {"latent_sample": plane, "sample": plane}),
    ]
