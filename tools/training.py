"""What every training run of the models in the box shares: one loop, resumable, one process per core.

The cores then meet once per step, not in every layer, which is faster and suffers less from whatever else the machine does.
Checkpoints are written every two minutes; the same command goes on where the last one stopped.
"""

from __future__ import annotations

import argparse
import math
import os
import pickle
import time
from pathlib import Path
from typing import Callable

import numpy as np
import torch
import torch.distributed as dist

from checkpoint import Average, load, save
from faces.captions import write

WARM_UP, DROPPED, EMA, SAVE_SECONDS = 300, 0.5, 0.999, 120

#: Captions that name these are seen this many times as often: the smallest features are learnt last. A model may have its own.
FOCUS = {"smile": 2, "beard": 2}
#: So are captions of one concept that sentences never say in the same word.
FOCUS_KINDS = {"concept:male": 4, "concept:female": 4}

#: Parameters of size one, such as T5's embeddings, learn this many times as fast as the others.
LARGE = 10


class Captions:
    """Token ids for mentions, worded anew each time and each text tokenized once.

    `tokenize` maps a text to its padded ids.
    """

    def __init__(self, tokenize: Callable[[str], list[int]], mentions: list, focus: dict[str, int] = FOCUS, kinds: dict[str, int] = FOCUS_KINDS):
        self.tokenize, self.mentions, self.cache = tokenize, mentions, {}
        repeats = [max([kinds.get(mention.kind, 1), *(focus.get(name, 1) for name in mention.present | mention.absent)]) for mention in mentions]
        self.pool = np.repeat(np.arange(len(mentions)), repeats)

    @staticmethod
    def load(tokenize: Callable[[str], list[int]], data: Path, focus: dict[str, int] = FOCUS, kinds: dict[str, int] = FOCUS_KINDS) -> "Captions":
        return Captions(tokenize, pickle.loads((data / "faces.pkl").read_bytes())["mentions"], focus, kinds)

    def rows(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Numbers of pictures, those of rare features repeated as `FOCUS` says."""
        return self.pool[rng.integers(0, len(self.pool), count)]

    def groups(self, count: int, size: int, rng: np.random.Generator) -> list[tuple[list[int], list[list[int]]]]:
        """As many pictures with the ids of their captions, in groups of captions about as long as each other: a few are several times as long
        as the rest, which would all be padded to them."""
        drawn = sorted(((int(row), self.ids_of(row, rng)) for row in self.rows(count, rng)), key=lambda pair: len(pair[1]))
        parts = [drawn[start : start + size] for start in range(0, count, size)]
        return [([row for row, _ in part], [ids for _, ids in part]) for part in parts]

    def ids(self, rows: np.ndarray, rng: np.random.Generator) -> torch.Tensor:
        """Token ids of captions that all have one length."""
        return torch.tensor([self.ids_of(row, rng) for row in rows])

    def ids_of(self, row: int, rng: np.random.Generator) -> list[int]:
        text = self.word(self.mentions[row], rng)
        if text not in self.cache:
            self.cache[text] = self.tokenize(text)
        return self.cache[text]

    @staticmethod
    def word(mention, rng: np.random.Generator) -> str:
        """Only captions that name nothing are dropped: were others, the unconditional pictures would hold more glasses than
        pictures of beards do, and steering toward a beard would steer away from glasses."""
        generic = not (mention.present or mention.absent)
        return "" if generic and rng.random() < DROPPED else write(mention, rng)


def mixed_precision() -> torch.autocast:
    """bfloat16 where the processor computes in it: up to five times faster there, and eight times slower where it must be emulated."""
    return torch.autocast("cpu", torch.bfloat16, enabled="AVX512" in torch.backends.cpu.get_cpu_capability())


def stratified_timesteps(count: int) -> torch.Tensor:
    """Timesteps spread evenly over the thousand, in random order."""
    return ((torch.randperm(count) + torch.rand(count)) * (1000 / count)).long().clamp(max=999)


def parser(description: str | None, learning_rate: float) -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--work", type=Path, required=True)
    options.add_argument("--minutes", type=float, required=True, help="in all, including time spent before a resume")
    options.add_argument("--learning-rate", type=float, default=learning_rate)
    options.add_argument("--batch", type=int, default=32, help="per process")
    return options


def start_processes() -> tuple[int, int]:
    """This process's rank and how many there are."""
    rank, processes = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    if processes > 1:
        dist.init_process_group("gloo")
        torch.set_num_threads(1)
    torch.manual_seed(1)
    return rank, processes


def train(path: Path, modules: dict[str, torch.nn.Module], loss_of: Callable[[np.random.Generator], torch.Tensor], arguments: argparse.Namespace,
          rank: int, processes: int, large: tuple[torch.nn.Parameter, ...] = (), **recorded) -> None:
    """Minimises `loss_of(rng)` over the modules' parameters, but for those that need no gradient, until `arguments.minutes` are spent.

    `large` names parameters of size one. `recorded` goes into the checkpoint beside the modules, the optimizer, the moving average, steps and seconds.
    """
    averaged = [parameter for module in modules.values() for parameter in module.parameters()]
    trained = [parameter for parameter in averaged if parameter.requires_grad]
    groups = [[p for p in trained if any(p is other for other in large) == wanted] for wanted in (False, True)]
    optimizer = torch.optim.AdamW([{"params": group} for group in groups if group], betas=(0.9, 0.98), weight_decay=0.01)
    average = Average(averaged, EMA)
    step, spent = 0, 0.0
    if path.exists():
        state = load(path)
        for name, module in modules.items():
            module.load_state_dict(state[name])
        optimizer.load_state_dict(state["optimizer"]), average.load_state_dict(state["average"])
        step, spent = state["step"], state["seconds"]
    start, running, saved = time.time() - spent, None, time.time()
    if rank == 0:
        print(*(f"{name} {sum(p.numel() for p in module.parameters()):,}" for name, module in modules.items()), f"from step {step}", flush=True)

    def keep() -> None:
        save(path, **{name: module.state_dict() for name, module in modules.items()}, optimizer=optimizer.state_dict(), average=average.state_dict(),
             step=step, seconds=time.time() - start, **recorded)

    rng = np.random.default_rng((step, rank))
    torch.manual_seed(step * processes + rank + 2)
    while (elapsed := clock(start, processes)) < arguments.minutes * 60:
        # Full rate for a third of the time, then a cosine down to a hundredth.
        fall = max(0.0, (elapsed / (arguments.minutes * 60) - 0.33) / 0.67)
        rate = arguments.learning_rate * min(1, (step + 1) / WARM_UP) * (0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * fall)))
        for group, factor in zip(optimizer.param_groups, (1, LARGE)):
            group["lr"] = factor * rate
        loss = loss_of(rng)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if processes > 1:
            average_gradients(trained, processes)
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        average.update()
        step += 1
        running = loss.item() if running is None else 0.99 * running + 0.01 * loss.item()
        if rank == 0 and step % 25 == 0:
            print(f"step {step} {elapsed:.0f}s loss {running:.4f}", flush=True)
        if rank == 0 and time.time() - saved > SAVE_SECONDS:
            saved = time.time()
            keep()
    if rank == 0:
        keep()
        print(f"done: {step} steps of {arguments.batch} × {processes}, {time.time() - start:.0f} s")


def clock(start: float, processes: int) -> float:
    """Seconds since the start, the same in every process, so that all stop at the same step."""
    elapsed = torch.tensor(time.time() - start, dtype=torch.float64)
    if processes > 1:
        dist.broadcast(elapsed, 0)
    return elapsed.item()


def average_gradients(parameters: list[torch.nn.Parameter], processes: int) -> None:
    """Data parallelism in four lines: every process ends with the mean of all gradients."""
    flat = torch.cat([p.grad.reshape(-1) for p in parameters])
    dist.all_reduce(flat)
    for p, part in zip(parameters, flat.div_(processes).split([p.numel() for p in parameters])):
        p.grad.copy_(part.view_as(p))
