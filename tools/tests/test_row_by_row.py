"""Parts that round the same in every batch compute what diffusers' parts compute."""

import torch
from diffusers.models.embeddings import AttentionPooling

from row_by_row import RowLinear, RowPooling, row_by_row


def test_a_row_linear_is_a_linear():
    linear, x = torch.nn.Linear(7, 5), torch.randn(3, 7)
    torch.testing.assert_close(RowLinear(linear)(x), linear(x))


def test_a_row_pooling_is_diffusers_pooling():
    pool, x = AttentionPooling(4, 32), torch.randn(3, 9, 32)
    torch.testing.assert_close(RowPooling(pool)(x), pool(x), rtol=1e-5, atol=1e-6)


def test_parameters_keep_their_names():
    unet = torch.nn.ModuleDict({"time_embedding": torch.nn.ModuleDict({"linear_1": torch.nn.Linear(4, 8)}), "time_emb_proj": torch.nn.Linear(8, 8)})
    names = [name for name, _ in unet.named_parameters()]
    assert [name for name, _ in row_by_row(unet).named_parameters()] == names
