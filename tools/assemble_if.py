"""Assembles diffusers pipeline folders of the tiny cascade from the checkpoints, with weights rounded to fp16.

    python tools/assemble_if.py --work <work> --out <work>/pipeline_if

Writes one folder for each stage, I and II, as the full-size cascade is published. The rounding happens here, once: the
exported bundle and the golden vectors then hold exactly the same numbers.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from diffusers import IFPipeline, IFSuperResolutionPipeline
from transformers import T5TokenizerFast

from assemble import averaged, round_to_half
from checkpoint import load
from models_if import noising_scheduler, scheduler, stage_i, stage_ii, text_encoder

ABSENT = {"safety_checker": None, "feature_extractor": None, "watermarker": None, "requires_safety_checker": False}


def assemble(work: Path) -> tuple[IFPipeline, IFSuperResolutionPipeline]:
    tokenizer = T5TokenizerFast.from_pretrained(work / "tokenizer_t5")
    text, first, second = text_encoder(len(tokenizer)), stage_i(), stage_ii()
    averaged(load(work / "cascade/I.pt"), text, first)
    averaged(load(work / "cascade/II.pt"), second)
    text = round_to_half(text)
    return (
        IFPipeline(tokenizer=tokenizer, text_encoder=text, unet=round_to_half(first), scheduler=scheduler("I"), **ABSENT),
        IFSuperResolutionPipeline(
            tokenizer=tokenizer, text_encoder=text, unet=round_to_half(second), scheduler=scheduler("II"), image_noising_scheduler=noising_scheduler(),
            **ABSENT,
        ),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    for stage, pipeline in zip(("I", "II"), assemble(arguments.work)):
        pipeline.save_pretrained(arguments.out / stage)
        # transformers 5 saves tokenizer.json alone; sentencepiece's own file is what IF's folders hold.
        shutil.copy(arguments.work / "tokenizer_t5/spiece.model", arguments.out / stage / "tokenizer/spiece.model")
    states = {stage: load(arguments.work / f"cascade/{stage}.pt") for stage in ("I", "II")}
    record = {key + stage: value for stage, state in states.items() for key, value in (("steps", state["step"]), ("seconds", round(state["seconds"])))}
    (arguments.out / "training.json").write_text(json.dumps(record, indent=2) + "\n")
    print(record)


if __name__ == "__main__":
    main()
