"""The three graphs of a Stable Diffusion bundle, with the names and shapes that optimum gives them."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import onnx
import torch
from torch import nn

OPSET = 17


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

    def export(self) -> onnx.ModelProto:
        outputs = [name for name in self.axes if name not in self.inputs]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.onnx"
            with torch.no_grad():
                torch.onnx.export(
                    self.module.eval(), tuple(self.inputs.values()), str(path), input_names=list(self.inputs), output_names=outputs,
                    dynamic_axes=self.axes, opset_version=OPSET, dynamo=False,
                )
            return onnx.load(str(path))


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
        Graph("unet", Denoiser(unet), {"sample": sample, "timestep": torch.tensor(321), "encoder_hidden_states": states},
              {"sample": plane, "encoder_hidden_states": {0: "batch", 1: "sequence"}, "out_sample": plane}),
        Graph("vae_decoder", Decoder(vae), {"latent_sample": torch.randn(2, channels, size, size, generator=generator)},
              {"latent_sample": plane, "sample": plane}),
    ]
