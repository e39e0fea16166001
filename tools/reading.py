"""What a text encoder should find in a caption: the attributes it asks for or rules out, and the medium."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from faces.attributes import FLAGS, MEDIA
from faces.phrases import SUBJECTS
from training import FOCUS, FOCUS_KINDS

#: Bytes tell bangs from hats last; a smile is a few tokens; the stand-ins for the safety list are in few captions, and all of them small.
FOCUS_BYTES = {**FOCUS, "smile": 4, "bangs": 4, "bald": 2, "drops": 8, "cigarette": 8, "bomb": 8}
#: What is one word among many is learnt after what stands alone.
FOCUS_SENTENCES = {**FOCUS_KINDS, **{f"sentence:{subject}": 4 for subject in SUBJECTS}}


def reader(width: int) -> nn.Linear:
    """From the state of any byte to what its whole caption mentions."""
    return nn.Linear(width, 2 * len(FLAGS) + len(MEDIA))


def mentioned(mentions: list) -> torch.Tensor:
    """[mentions, …]: 1 for what each asks for, for what it rules out, and for its medium."""
    return torch.tensor([
        [*(name in mention.present for name in FLAGS), *(name in mention.absent for name in FLAGS), *(mention.medium == name for name in MEDIA)]
        for mention in mentions
    ], dtype=torch.float32)


def reading_losses(logits: torch.Tensor, wanted: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """One for each caption, the mean over its bytes: `logits` are [captions, bytes, …], `wanted` [captions, …], `mask` [captions, bytes]."""
    losses = F.binary_cross_entropy_with_logits(logits, wanted[:, None].expand_as(logits), reduction="none").mean(-1)
    return (losses * mask).sum(1) / mask.sum(1)
