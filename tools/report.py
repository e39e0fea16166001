"""The quality table: how often guidance does what it was asked, and how often it does anything else.

    python tools/report.py --pipeline <work>/pipeline            # torch, quick, for a model under training
    python tools/report.py --pictures out/report/stable-diffusion   # folders of PNGs made with `npx sega generate`
    python tools/report.py --write-commands > make-pictures.sh   # the commands that fill those folders

`--model deepfloyd-if` and the like for the other models in the box. One setting for every attribute; 250 seeds of
'an image of the face of a random person' by default.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import numpy as np

from cases import CASES, KEPT, SETTINGS, command
from faces.attributes import ATTRIBUTES, excluded_by
from judge import Judge, card
from tables import markdown


def from_pipeline(family: str, path: Path, count: int, seed: int, exact: bool, only: list[str]) -> dict[str, np.ndarray]:
    import torch

    from sampling import Concept

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 2)))
    setting, generate = SETTINGS[family], PIPELINES[family](path, exact)
    pictures = {}
    for case in CASES:
        if only and case.name not in only:
            continue
        concepts = [Concept(text, away, setting["concept_scale"], setting["threshold"], setting["warmup"]) for text, away in case.concepts]
        pictures[case.name] = generate(case.prompt, range(seed, seed + count), concepts, setting)
        print(case.name, file=sys.stderr, flush=True)
    return pictures


def _stable_diffusion(path: Path, exact: bool):
    from diffusers import StableDiffusionPipeline

    from sampling import Sampler

    sampler = Sampler(StableDiffusionPipeline.from_pretrained(path, safety_checker=None, requires_safety_checker=False))
    return lambda prompt, seeds, concepts, setting: sampler.generate(
        prompt, seeds, concepts, steps=setting["steps"], scale=setting["scale"], momentum=setting["momentum"], beta=setting["beta"], fast=not exact
    )


def _deepfloyd_if(path: Path, exact: bool):
    from diffusers import IFPipeline, IFSuperResolutionPipeline

    from assemble_if import ABSENT
    from sampling_if import Cascade

    cascade = Cascade(IFPipeline.from_pretrained(path / "I", **ABSENT), IFSuperResolutionPipeline.from_pretrained(path / "II", **ABSENT), fast=not exact)
    return lambda prompt, seeds, concepts, setting: cascade.generate(
        prompt, seeds, concepts, timesteps=(setting["steps"],) * 2, scales=(setting["scale"], 1.0), momentum=setting["momentum"], beta=setting["beta"]
    )[1]


#: Models that diffusers has a pipeline for.
PIPELINES = {"stable-diffusion": _stable_diffusion, "deepfloyd-if": _deepfloyd_if}


def from_folders(root: Path) -> dict[str, np.ndarray]:
    from PIL import Image

    pictures = {}
    for case in CASES:
        paths = [path for path in sorted((root / case.name).glob("*.png")) if "-" not in path.stem]
        if paths:
            pictures[case.name] = np.stack([np.asarray(Image.open(path).convert("RGB")) for path in paths])
    return pictures


def kept(root: Path, judge: Judge) -> dict | None:
    """Of a cascade's pictures that showed an attribute after stage I, enlarged for the judge, how many show it after the last stage."""
    from PIL import Image

    small = sorted((root / KEPT).glob("*-I.png"))
    if not small:
        return None
    finished = [path.with_name(path.name.replace("-I", "")) for path in small]
    enlarged = np.stack([np.asarray(Image.open(path).convert("RGB").resize((64, 64), Image.BICUBIC)) for path in small])
    last = np.stack([np.asarray(Image.open(path).convert("RGB")) for path in finished])
    first, after = judge.present(enlarged)[KEPT], judge.present(last)[KEPT]
    return {"attribute": KEPT, "afterStageI": int(first.sum()), "kept": int((first & after).sum())}


def save(pictures: dict[str, np.ndarray], root: Path) -> None:
    """In the layout that --pictures reads, so that cases may be made by several processes and judged together."""
    from PIL import Image

    for name, values in pictures.items():
        (root / name).mkdir(parents=True, exist_ok=True)
        for index, value in enumerate(values):
            Image.fromarray(value).save(root / name / f"{index:04d}.png")


def measure(pictures: dict[str, np.ndarray], family: str, judge: Judge) -> dict:
    """Success per case, and the share of other attributes that differ from the unguided picture of the same seed."""
    seen = {name: judge.present(value) for name, value in pictures.items()}
    result: dict = {"model": family, "setting": SETTINGS[family], "judge": card()["accuracy"], "pictures": {name: len(value) for name, value in pictures.items()}, "cases": {}}
    for case in CASES:
        if case.name not in seen:
            continue
        wanted = [seen[case.name][name] == value for name, value in case.expected.items()]
        row = {"success": float(np.mean(np.all(wanted, 0)))}
        if len(case.expected) > 1:
            row["each"] = {name: float(np.mean(ok)) for name, ok in zip(case.expected, wanted)}
        before = seen.get(case.before)
        if before is not None:
            left_out = set(case.expected) | set().union(*(excluded_by(name) for name, value in case.expected.items() if value))
            others = [name for name in ATTRIBUTES if name not in left_out]
            changes = {name: float(np.mean(before[name] != seen[case.name][name])) for name in others}
            row |= {"already": float(np.mean(np.all([before[n] == v for n, v in case.expected.items()], 0))),
                    "unasked": float(np.mean(list(changes.values()))), "changes": changes, "leftOut": sorted(left_out - set(case.expected))}
        result["cases"][case.name] = row
    single = [result["cases"][case.name] for case in CASES if case.single and case.name in seen]
    if single:
        result["summary"] = {
            "success": float(np.mean([row["success"] for row in single])), "lowest": min(row["success"] for row in single),
            "unasked": float(np.mean([row["unasked"] for row in single])), "highestUnasked": max(row["unasked"] for row in single),
        }
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--pipeline", type=Path, help="a diffusers folder")
    source.add_argument("--pictures", type=Path, help="a folder with one folder of PNGs per case")
    source.add_argument("--write-commands", action="store_true")
    parser.add_argument("--model", choices=list(SETTINGS), default="stable-diffusion")
    parser.add_argument("--images", type=int, default=250)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[], help="names of cases")
    parser.add_argument("--exact", action="store_true", help="fp32 instead of bfloat16")
    parser.add_argument("--save", type=Path, help="with --pipeline, keep the pictures here instead of judging them")
    parser.add_argument("--sheet", type=Path, help="also save a contact sheet of the first pictures")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    arguments = parser.parse_args()
    if arguments.write_commands:
        print("\n".join(command(case, arguments.model, arguments.images, arguments.seed) for case in CASES))
        return
    if arguments.pictures:
        pictures = from_folders(arguments.pictures)
    elif arguments.model not in PIPELINES:
        parser.error(f"--pipeline is for {', '.join(PIPELINES)}; draw with the commands of --write-commands, and use --pictures")
    else:
        pictures = from_pipeline(arguments.model, arguments.pipeline, arguments.images, arguments.seed, arguments.exact, arguments.only)
        if arguments.save:
            save(pictures, arguments.save)
            return
    if not pictures:
        parser.error(f"no pictures found under {arguments.pictures}: expected folders named {', '.join(case.name for case in CASES)}")
    result = {"seed": arguments.seed, **measure(pictures, arguments.model, Judge())}
    if arguments.pictures and (survived := kept(arguments.pictures, Judge())):
        result["stages"] = survived
    print(markdown(result))
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")
    if arguments.sheet:
        from sheet import contact_sheet

        contact_sheet([pictures[case.name] for case in CASES if case.name in pictures], arguments.sheet)


if __name__ == "__main__":
    main()
