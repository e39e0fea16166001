"""Trains the text encoder and the UNet together on cached latents, for a given number of minutes; resumes by itself.

    torchrun --standalone --nproc-per-node 2 tools/train_diffusion.py --work <work> --minutes 80

One process per core with one thread each: the cores then meet once per step, not in every layer, which is faster and
suffers less from whatever else the machine does. <work> holds faces/ (draw.py), latents.npz (encode.py) and tokenizer/ (build_tokenizer.py); checkpoints go to <work>/diffusion.
Captions are worded anew each time a picture is seen; half of those that name nothing are dropped, which teaches the
unconditional branch.
"""

from __future__ import annotations

import argparse
import math
import os
import pickle
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from transformers import CLIPTokenizer

from checkpoint import Average, load, save
from faces.captions import write
from models import parameters, scheduler, text_encoder, unet

LEARNING_RATE, WARM_UP, DROPPED, SNR_LIMIT, EMA = 6e-4, 300, 0.5, 5.0, 0.9990


#: Captions that name these are seen this many times as often: the smallest features are learnt last.
FOCUS = {"smile": 2, "beard": 2}


def row_pool(mentions: list) -> np.ndarray:
    """Row numbers, repeated as `FOCUS` says."""
    repeats = [max([FOCUS.get(name, 1) for name in mention.present | mention.absent], default=1) for mention in mentions]
    return np.repeat(np.arange(len(mentions)), repeats)


class Captions:
    """Token ids for mentions, each text tokenized once."""

    def __init__(self, tokenizer: CLIPTokenizer, mentions: list):
        self.tokenizer, self.mentions, self.cache = tokenizer, mentions, {}

    def ids(self, text: str) -> list[int]:
        if text not in self.cache:
            self.cache[text] = self.tokenizer(text, padding="max_length", max_length=77, truncation=True).input_ids
        return self.cache[text]

    def batch(self, rows: np.ndarray, rng: np.random.Generator) -> torch.Tensor:
        return torch.tensor([self.ids(self.word(self.mentions[row], rng)) for row in rows])

    @staticmethod
    def word(mention, rng: np.random.Generator) -> str:
        """Only captions that name nothing are dropped: were others, the unconditional pictures would hold more glasses than
        pictures of beards do, and steering toward a beard would steer away from glasses."""
        generic = not (mention.present or mention.absent)
        return "" if generic and rng.random() < DROPPED else write(mention, rng)


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=80, help="in all, including time spent before a resume")
    parser.add_argument("--learning-rate", type=float, default=LEARNING_RATE)
    parser.add_argument("--batch", type=int, default=32, help="per process")
    arguments = parser.parse_args()
    rank, processes = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    if processes > 1:
        dist.init_process_group("gloo")
        torch.set_num_threads(1)
    torch.manual_seed(1)
    tokenizer = CLIPTokenizer.from_pretrained(arguments.work / "tokenizer")
    cached = np.load(arguments.work / "latents.npz")
    latents, scale = torch.from_numpy(cached["latents"]), float(cached["scale"])
    mentions = pickle.loads((arguments.work / "faces/faces.pkl").read_bytes())["mentions"]
    captions, pool = Captions(tokenizer, mentions), row_pool(mentions)
    text, denoiser = text_encoder(len(tokenizer), tokenizer.bos_token_id, tokenizer.eos_token_id), unet()
    denoiser = denoiser.to(memory_format=torch.channels_last)
    trained = [*text.parameters(), *denoiser.parameters()]
    optimizer = torch.optim.AdamW(trained, lr=arguments.learning_rate, betas=(0.9, 0.98), weight_decay=0.01)
    average = Average(trained, EMA)
    alpha_bar = scheduler().alphas_cumprod
    snr = alpha_bar / (1 - alpha_bar)
    weight = torch.minimum(snr, torch.tensor(SNR_LIMIT)) / snr
    path, step, spent = arguments.work / "diffusion/latest.pt", 0, 0.0
    if path.exists():
        state = load(path)
        text.load_state_dict(state["text"]), denoiser.load_state_dict(state["unet"])
        optimizer.load_state_dict(state["optimizer"]), average.load_state_dict(state["average"])
        step, spent = state["step"], state["seconds"]
    if rank == 0:
        print(f"text {parameters(text):,} unet {parameters(denoiser):,} from step {step}", flush=True)

    rng = np.random.default_rng((step, rank))
    torch.manual_seed(step * processes + rank + 2)
    start, running, saved = time.time() - spent, None, time.time()
    while True:
        elapsed = clock(start, processes)
        if elapsed >= arguments.minutes * 60:
            break
        progress = elapsed / (arguments.minutes * 60)
        # Full rate for a third of the time, then a cosine down to a hundredth.
        fall = max(0.0, (progress - 0.33) / 0.67)
        optimizer.param_groups[0]["lr"] = arguments.learning_rate * min(1, (step + 1) / WARM_UP) * (0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * fall)))
        rows = pool[rng.integers(0, len(pool), arguments.batch)]
        clean = latents[rows].float() * scale
        noise = torch.randn_like(clean)
        t = ((torch.randperm(arguments.batch) + torch.rand(arguments.batch)) * (1000 / arguments.batch)).long().clamp(max=999)  # stratified
        a = alpha_bar[t].view(-1, 1, 1, 1)
        noisy = (a.sqrt() * clean + (1 - a).sqrt() * noise).contiguous(memory_format=torch.channels_last)
        ids = captions.batch(rows, rng)
        with torch.autocast("cpu", torch.bfloat16):
            # Equal captions share one row of the text encoder.
            unique, inverse = torch.unique(ids, dim=0, return_inverse=True)
            states = text(unique).last_hidden_state[inverse]
            predicted = denoiser(noisy, t, states).sample
        loss = (weight[t] * (predicted.float() - noise).square().mean((1, 2, 3))).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if processes > 1:
            average_gradients(trained, processes)
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        average.update()
        step += 1
        running = loss.item() if running is None else 0.99 * running + 0.01 * loss.item()
        if rank > 0:
            continue
        if step % 25 == 0:
            print(f"step {step} {elapsed:.0f}s loss {running:.4f}", flush=True)
        if time.time() - saved > 120:
            saved = time.time()
            save(path, text=text.state_dict(), unet=denoiser.state_dict(), optimizer=optimizer.state_dict(), average=average.state_dict(),
                 step=step, seconds=time.time() - start, scale=scale)
    if rank > 0:
        return
    save(path, text=text.state_dict(), unet=denoiser.state_dict(), optimizer=optimizer.state_dict(), average=average.state_dict(),
         step=step, seconds=time.time() - start, scale=scale)
    print(f"done: {step} steps of {arguments.batch} × {processes}, {time.time() - start:.0f} s")


if __name__ == "__main__":
    main()
