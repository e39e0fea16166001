"""Writes the untrained Stable Diffusion the TypeScript tests run on.

    python tools/make_diffusion_fixtures.py

`adapters/stable-diffusion/test/fixtures` gets a complete bundle of a few kilobytes, and its UNet in the variants exporters
write. Weights are from fixed seeds, so the files are the same on every machine.
"""

import json
import re

import numpy as np
from onnx import helper

from fixture_graphs import FLOAT, HALF, INT32, INT64, ROOT, constant, port, save

DIFFUSION = ROOT / "adapters/stable-diffusion/test/fixtures"

CHANNELS, WIDTH, HIDDEN, TOKENS = 4, 8, 6, 24
PRINTABLE = [chr(code) for code in range(ord("!"), ord("~") + 1)]
BOS, EOS = "<|startoftext|>", "<|endoftext|>"
MERGES = ["k i", "ki n", "kin g</w>"]


def vocabulary():
    symbols = PRINTABLE + [f"{symbol}</w>" for symbol in PRINTABLE]
    tokens = symbols + ["".join(merge.split(" ")) for merge in MERGES] + [BOS, EOS]
    return {token: index for index, token in enumerate(tokens)}


def random(name, shape, seed):
    spread = np.sqrt(np.prod(shape[1:]) or 1)
    values = np.random.default_rng(seed).standard_normal(shape) / spread
    return constant(name, values.astype(np.float32))


def text_encoder(path):
    """An embedding of tokens and places, mixed with the mean of the text."""
    save(
        path,
        [
            helper.make_node("Gather", ["tokens", "input_ids"], ["token"]),
            helper.make_node("Add", ["token", "places"], ["placed"]),
            helper.make_node("MatMul", ["placed", "weights"], ["mixed"]),
            helper.make_node("ReduceMean", ["placed"], ["mean"], axes=[1], keepdims=1),
            helper.make_node("Add", ["mixed", "mean"], ["summed"]),
            helper.make_node("Tanh", ["summed"], ["last_hidden_state"]),
            helper.make_node("ReduceMean", ["last_hidden_state"], ["pooler_output"], axes=[1], keepdims=0),
        ],
        [port("input_ids", INT32, ["batch", TOKENS])],
        # The pooled output first: the encoder's output is found by its name.
        [port("pooler_output", FLOAT, ["batch", WIDTH]), port("last_hidden_state", FLOAT, ["batch", TOKENS, WIDTH])],
        [random("tokens", (len(vocabulary()), WIDTH), 1), random("places", (TOKENS, WIDTH), 2), random("weights", (WIDTH, WIDTH), 3)],
    )


KEYS = ["keys.0", "values.0"]
TEXT_WEIGHTS = random("text_weights", (WIDTH, HIDDEN), 4)


READ_TEXT = [
    helper.make_node("Cast", ["encoder_hidden_states"], ["c"], to=FLOAT),
    helper.make_node("ReduceMean", ["c"], ["pooled"], axes=[1], keepdims=0),
    helper.make_node("MatMul", ["pooled", "text_weights"], ["said"]),
]


def keys(batch):
    return [port(name, FLOAT, [batch, HIDDEN // 2]) for name in KEYS]


def text_keys(path, *, batch="batch", widths=(HIDDEN // 2, HIDDEN // 2), names=KEYS):
    """What the UNet reads of the text, in two tensors."""
    save(
        path,
        [*READ_TEXT, helper.make_node("Split", ["said", "widths"], list(names), axis=1)],
        [port("encoder_hidden_states", FLOAT, [batch, TOKENS, WIDTH])],
        [port(name, FLOAT, [batch, width]) for name, width in zip(names, widths)],
        [TEXT_WEIGHTS, constant("widths", np.array(widths, np.int64))],
    )


def unet(path, *, batch="batch", dtype=FLOAT, time=(INT64, []), channels=CHANNELS, side=("height", "width"), stride=1, extra=None, overflow=False, keyed=False):
    """Two convolutions; time and text add to the channels in between. Keyed, it is fed what `text_keys` makes of the text."""
    sample = port("sample", dtype, [batch, channels, *side])
    text = port("encoder_hidden_states", dtype, [batch, TOKENS, WIDTH])
    inputs = [sample, port("timestep", *time), *(keys(batch) if keyed else [text])]
    if extra:
        inputs.append(port(extra, FLOAT, [batch, WIDTH]))
    cast_text, say = ([], [helper.make_node("Concat", KEYS, ["said"], axis=1)]) if keyed else (READ_TEXT[:1], READ_TEXT[1:])
    nodes = [
        helper.make_node("Cast", ["sample"], ["x"], to=FLOAT),
        helper.make_node("Cast", ["timestep"], ["t"], to=FLOAT),
        *cast_text,
        helper.make_node("Reshape", ["t", "column"], ["t_column"]),
        helper.make_node("Mul", ["t_column", "frequencies"], ["phase"]),
        helper.make_node("Sin", ["phase"], ["time"]),
        *say,
        helper.make_node("Add", ["time", "said"], ["condition"]),
        helper.make_node("Unsqueeze", ["condition", "planes"], ["bias"]),
        helper.make_node("Conv", ["x", "first"], ["h"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        helper.make_node("Add", ["h", "bias"], ["biased"]),
        helper.make_node("Tanh", ["biased"], ["hidden"]),
        helper.make_node("Conv", ["hidden", "second"], ["y"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[stride, stride]),
        helper.make_node("Div" if overflow else "Mul", ["y", "gain"], ["scaled"]),
        helper.make_node("Cast", ["scaled"], ["out_sample"], to=dtype),
    ]
    weights = [
        constant("column", np.array([-1, 1], np.int64)),
        constant("planes", np.array([2, 3], np.int64)),
        constant("frequencies", np.geomspace(0.001, 0.02, HIDDEN, dtype=np.float32)[None]),
        constant("gain", np.float32(0 if overflow else 1.5)),
        *([] if keyed else [TEXT_WEIGHTS]),
        random("first", (HIDDEN, channels, 3, 3), 5),
        random("second", (CHANNELS, HIDDEN, 3, 3), 6),
    ]
    save(path, nodes, inputs, [port("out_sample", dtype, [batch, CHANNELS, "out_height", "out_width"])], weights)


def vae_decoder(path):
    save(
        path,
        [
            helper.make_node("ConvTranspose", ["latent_sample", "weights"], ["grown"], kernel_shape=[2, 2], strides=[2, 2]),
            helper.make_node("Tanh", ["grown"], ["sample"]),
        ],
        [port("latent_sample", FLOAT, ["batch", CHANNELS, "height", "width"])],
        [port("sample", FLOAT, ["batch", 3, "full_height", "full_width"])],
        [random("weights", (CHANNELS, 3, 2, 2), 7)],
    )


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    # Lists on one line, as the repository's formatter has them.
    text = re.sub(r"\[\s+([^\[\]]*?)\s+\]", lambda found: "[" + " ".join(found[1].split()) + "]", json.dumps(value, indent=2))
    path.write_text(text + "\n")


def diffusion_bundle(root):
    """A diffusers/optimum folder, as an exporter would leave it."""
    write_json(root / "model_index.json", {"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.40.0", "_name_or_path": "random-diffusion"})
    schedule = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000}
    write_json(
        root / "scheduler/scheduler_config.json",
        {"_class_name": "DDIMScheduler", **schedule, "clip_sample": False, "set_alpha_to_one": False, "steps_offset": 1, "prediction_type": "epsilon"},
    )
    write_json(root / "unet/config.json", {"in_channels": CHANNELS, "sample_size": 8, "block_out_channels": [4, 8]})
    write_json(root / "vae_decoder/config.json", {"block_out_channels": [4, 8], "scaling_factor": 0.5})
    write_json(root / "tokenizer/vocab.json", vocabulary())
    (root / "tokenizer/merges.txt").write_text("#version: 0.2\n" + "\n".join(MERGES) + "\n")
    marks = {"bos_token": BOS, "eos_token": EOS, "unk_token": EOS, "pad_token": EOS}
    write_json(root / "tokenizer/tokenizer_config.json", {"model_max_length": TOKENS, **marks})
    text_encoder(root / "text_encoder/model.onnx")
    unet(root / "unet/model.onnx")
    vae_decoder(root / "vae_decoder/model.onnx")


def unet_variants(root):
    unet(root / "time-int64-one.onnx", time=(INT64, [1]))
    unet(root / "time-int32-rows.onnx", time=(INT32, ["batch"]))
    unet(root / "time-float-rows.onnx", time=(FLOAT, ["batch"]))
    unet(root / "time-float-scalar.onnx", time=(FLOAT, []))
    unet(root / "half.onnx", dtype=HALF, time=(HALF, ["batch"]))
    unet(root / "batch-two.onnx", batch=2, time=(INT64, [2]))
    unet(root / "batch-two-half.onnx", batch=2, dtype=HALF, time=(INT64, [2]))
    unet(root / "batch-one.onnx", batch=1, time=(INT64, [1]))
    unet(root / "size-fixed.onnx", side=(8, 8))
    unet(root / "inpainting.onnx", channels=9)
    unet(root / "text-embeds.onnx", extra="text_embeds")
    unet(root / "halved.onnx", stride=2)
    unet(root / "overflow.onnx", overflow=True)
    unet(root / "keyed.onnx", keyed=True)
    unet(root / "keyed-batch-two.onnx", keyed=True, batch=2)


def text_keys_variants(root):
    text_keys(root / "free.onnx")
    text_keys(root / "batch-two.onnx", batch=2)
    text_keys(root / "other-width.onnx", widths=(2, 4))
    text_keys(root / "other-names.onnx", names=["keys.0", "values.1"])


if __name__ == "__main__":
    diffusion_bundle(DIFFUSION / "random-diffusion")
    unet_variants(DIFFUSION / "unets")
    text_keys_variants(DIFFUSION / "text-keys")
