"""The graphs of a DeepFloyd-IF bundle: a T5 encoder with its mask, one UNet for each pixel stage, and the ×4 upscaler's three."""

from __future__ import annotations

import torch
from torch import nn

from graphs import Decoder, Graph
from row_by_row import row_by_row

TOKENS = 77  # IF's UNets normalise over the tokens, so the number of them is fixed
PLANE = {0: "batch", 2: "height", 3: "width"}


class TextEncoder(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):
        return self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state


class Unet(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = row_by_row(model)

    def forward(self, sample, timestep, encoder_hidden_states):
        return self.model(sample, timestep, encoder_hidden_states, return_dict=False)[0]


class LabelledUnet(Unet):
    """Takes the noise level of its low-resolution input as a class label."""

    def forward(self, sample, timestep, encoder_hidden_states, class_labels):
        return self.model(sample, timestep, encoder_hidden_states, class_labels=class_labels, return_dict=False)[0]


class ClipEncoder(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids):
        return self.model(input_ids).last_hidden_state


def text_encoder(model) -> Graph:
    ids = torch.randint(2, model.config.vocab_size, (2, TOKENS), generator=torch.Generator().manual_seed(0))
    mask = (torch.arange(TOKENS) < torch.tensor([[9], [TOKENS]])).long()
    rows = {0: "batch"}
    return Graph("text_encoder", TextEncoder(model), {"input_ids": ids, "attention_mask": mask},
                 {"input_ids": rows, "attention_mask": rows, "last_hidden_state": rows})


def unet(folder: str, model, tokens_axis: bool = False) -> Graph:
    """`tokens_axis`: the number of tokens may change too (the upscaler; IF's own UNets fix it)."""
    config, generator = model.config, torch.Generator().manual_seed(0)
    size = min(config.sample_size, 64)
    width = config.encoder_hid_dim or config.cross_attention_dim
    states = torch.randn(2, TOKENS, width, generator=generator)
    inputs = {"sample": torch.randn(2, config.in_channels, size, size, generator=generator), "timestep": torch.tensor(321), "encoder_hidden_states": states}
    axes = {"sample": PLANE, "encoder_hidden_states": {0: "batch", 1: "sequence"} if tokens_axis else {0: "batch"}}
    if config.class_embed_type is None and config.num_class_embeds is None:
        return Graph(folder, Unet(model), inputs, {**axes, "out_sample": PLANE})
    inputs["class_labels"] = torch.tensor([250, 20])
    return Graph(folder, LabelledUnet(model), inputs, {**axes, "class_labels": {0: "batch"}, "out_sample": PLANE})


def upscaler(pipeline) -> list[Graph]:
    text, vae = pipeline.text_encoder, pipeline.vae
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(0, text.config.vocab_size, (2, TOKENS), generator=generator)
    latents = torch.randn(2, vae.config.latent_channels, 16, 16, generator=generator)
    return [
        Graph("upscaler/text_encoder", ClipEncoder(text), {"input_ids": ids}, {"input_ids": {0: "batch"}, "last_hidden_state": {0: "batch"}}),
        unet("upscaler/unet", pipeline.unet, tokens_axis=True),
        Graph("upscaler/vae_decoder", Decoder(vae), {"latent_sample": latents}, {"latent_sample": PLANE, "sample": PLANE}),
    ]
