"""The torch side of `npm run bench` for logits: one guidance update with two concepts and the mask `token` or `element`, on random predictions.

    python tools/bench_reference_paella.py --mask token --repeats 7

Prints {"torch", "threads", "mask", "shape", "repeats", "milliseconds"}, the last being the median, as one line of JSON. Needs torch alone.
Predictions are overwritten where that saves a tensor; making them anew is not timed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time

import torch

SCALE, CONCEPT_SCALES, THRESHOLD = 8.0, (4.0, -4.0), 0.9


def update_elements(unconditional: torch.Tensor, prompt: torch.Tensor, estimates: list[torch.Tensor]) -> torch.Tensor:
    """u + w(c − u) + Γ with one threshold for each code, [pictures, codes, height, width]; takes the place of `prompt`."""
    guided = torch.lerp(unconditional, prompt, SCALE, out=prompt)
    for scale, estimate in zip(CONCEPT_SCALES, estimates):
        shift = estimate - unconditional
        score = shift.abs()  # the scale changes no order
        bound = torch.quantile(score.flatten(2), THRESHOLD, dim=2)[:, :, None, None]
        guided.addcmul_(shift, (score >= bound).to(shift.dtype), value=scale)
    return guided


def update_tokens(unconditional: torch.Tensor, prompt: torch.Tensor, estimates: list[torch.Tensor]) -> torch.Tensor:
    """The same with one threshold for whole positions, over log-probabilities."""
    origin = unconditional.log_softmax(1)
    guided = torch.lerp(unconditional, prompt, SCALE, out=prompt)
    for scale, estimate in zip(CONCEPT_SCALES, estimates):
        shift = estimate.log_softmax(1).sub_(origin)
        score = torch.linalg.vector_norm(shift, dim=1, keepdim=True)  # the scale changes no order
        bound = torch.quantile(score.flatten(1), THRESHOLD, dim=1)[:, None, None, None]
        guided.addcmul_(shift, (score >= bound).to(shift.dtype), value=scale)
    return guided


UPDATES = {"token": update_tokens, "element": update_elements}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mask", choices=UPDATES, default="token")
    parser.add_argument("--shape", type=int, nargs=4, default=[1, 8192, 64, 64])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=7)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    generator = torch.Generator().manual_seed(0)
    unconditional, prompt, *estimates = (2 * torch.randn(arguments.shape, generator=generator) for _ in range(2 + len(CONCEPT_SCALES)))
    times, given = [], torch.empty_like(prompt)
    with torch.inference_mode():
        for _ in range(arguments.repeats + 1):
            given.copy_(prompt)
            start = time.perf_counter()
            UPDATES[arguments.mask](unconditional, given, estimates)
            times.append(1000 * (time.perf_counter() - start))
    print(json.dumps({
        "torch": torch.__version__, "threads": arguments.threads, "mask": arguments.mask, "shape": arguments.shape, "repeats": arguments.repeats,
        "milliseconds": round(statistics.median(times[1:]), 1),
    }))


if __name__ == "__main__":
    main()
