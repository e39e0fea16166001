"""Writes the small cascade the TypeScript tests run on: a DeepFloyd-IF bundle of less than a megabyte with all three stages.

    python tools/make_cascade_fixtures.py --work <work>/random-cascade

The networks are the genuine classes of diffusers and transformers with few channels and random weights; every parameter
is moved, so that nothing that is initialised to zero (the output convolution, and with it the learned variance) stays
there. The pixel stages then learn for some seconds to see the noise in smooth pictures: what does not remove the noise it is
given blows up every rounding, and no two runtimes would agree on its pictures. `<work>` then holds the pipeline folders I, II and III that the golden vectors are made from;
`adapters/deepfloyd-if/test/fixtures/random-cascade` gets the bundle.
"""

from __future__ import annotations

import argparse
import io
import shutil
import string
import sys
from pathlib import Path

import sentencepiece
import torch
import torch.nn.functional as F
from diffusers import (
    AutoencoderKL, DDIMScheduler, DDPMScheduler, IFPipeline, IFSuperResolutionPipeline, StableDiffusionUpscalePipeline, UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer, T5Config, T5EncoderModel, T5TokenizerFast

import export_if
from assemble import round_to_half
from assemble_if import ABSENT
from models_if import noising_scheduler, scheduler

BUNDLE = Path(__file__).resolve().parent.parent / "adapters/deepfloyd-if/test/fixtures/random-cascade"
TEXT_WIDTH, CROSS_WIDTH, SIZE = 16, 32, 16
CAPTIONS = ("a portrait of a king", "a portrait of a queen", "glasses, wearing glasses", "smiling, smile", "a hat", "male", "female")


def t5_tokenizer(folder: Path) -> T5TokenizerFast:
    folder.mkdir(parents=True, exist_ok=True)
    pieces = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CAPTIONS * 50), model_writer=pieces, model_type="unigram", vocab_size=160, hard_vocab_limit=False, minloglevel=2,
        required_chars=string.ascii_letters + string.digits + string.punctuation, normalization_rule_name="identity",
        pad_id=0, eos_id=1, unk_id=2, bos_id=-1, pad_piece="<pad>", eos_piece="</s>", unk_piece="<unk>", num_threads=1,
    )
    (folder / "spiece.model").write_bytes(pieces.getvalue())
    return T5TokenizerFast.from_pretrained(folder, extra_ids=0, model_max_length=77)


def clip_tokenizer(folder: Path) -> CLIPTokenizer:
    """The one of the untrained Stable Diffusion beside it."""
    shutil.copytree(BUNDLE.parents[3] / "stable-diffusion/test/fixtures/random-diffusion/tokenizer", folder, dirs_exist_ok=True)
    return CLIPTokenizer.from_pretrained(folder, model_max_length=77)


def moved(model: torch.nn.Module, seed: int, spread: float = 0.03) -> torch.nn.Module:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += spread * torch.randn(parameter.shape, generator=generator)
    return round_to_half(model.eval())


def settled(unet: UNet2DConditionModel, seed: int, steps: int = 400) -> UNet2DConditionModel:
    """The moved network after a short training of the noise alone; the variance stays as random as it was."""
    torch.manual_seed(seed)
    noising, size, batch = scheduler("I"), unet.config.sample_size, 16
    optimizer = torch.optim.Adam(unet.parameters(), lr=2e-3)
    for step in range(steps):
        clean = F.interpolate(2 * torch.rand(batch, 3, 3, 3) - 1, (size, size), mode="bilinear", align_corners=True)
        noise, times = torch.randn_like(clean), torch.randint(0, 1000, (batch,))
        sample = noising.add_noise(clean, noise, times)
        more = {}
        if unet.config.in_channels == 6:
            levels = torch.randint(0, 1000, (batch,))
            sample = torch.cat([sample, noising.add_noise(clean, torch.randn_like(clean), levels)], 1)
            more = {"class_labels": levels}
        predicted = unet(sample, times, torch.randn(batch, 77, TEXT_WIDTH), **more).sample[:, :3]
        loss = F.mse_loss(predicted, noise)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 100 == 99:
            print(f"{size}: step {step + 1}, loss {loss.item():.3f}", flush=True)
    return round_to_half(unet.eval())


def pixel_unet(size: int, in_channels: int, **rest) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=size, in_channels=in_channels, out_channels=6, block_out_channels=(8, 16), layers_per_block=1,
        down_block_types=("ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"), up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn", cross_attention_dim=CROSS_WIDTH, cross_attention_norm="group_norm",
        encoder_hid_dim=TEXT_WIDTH, encoder_hid_dim_type="text_proj", addition_embed_type="text", addition_embed_type_num_heads=2,
        attention_head_dim=8, resnet_time_scale_shift="scale_shift", act_fn="gelu", norm_num_groups=4, **rest,
    )


def upscaler(folder: Path) -> StableDiffusionUpscalePipeline:
    unet = UNet2DConditionModel(
        sample_size=2 * SIZE, in_channels=7, out_channels=4, block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4, attention_head_dim=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=TEXT_WIDTH, only_cross_attention=(True, True), num_class_embeds=1000,
    )
    vae = AutoencoderKL(
        block_out_channels=(4, 4, 4), down_block_types=("DownEncoderBlock2D",) * 3, up_block_types=("UpDecoderBlock2D",) * 3, latent_channels=4,
        layers_per_block=1, norm_num_groups=2, scaling_factor=0.08333,
    )
    text = CLIPTextModel(CLIPTextConfig(
        vocab_size=256, hidden_size=TEXT_WIDTH, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2, max_position_embeddings=77,
        bos_token_id=191, eos_token_id=192, pad_token_id=192,
    ))
    schedule = {"beta_schedule": "scaled_linear", "beta_start": 0.0001, "beta_end": 0.02}
    return StableDiffusionUpscalePipeline(
        vae=moved(vae, 5), text_encoder=moved(text, 6), tokenizer=clip_tokenizer(folder / "clip"), unet=moved(unet, 7), low_res_scheduler=DDPMScheduler(**schedule),
        scheduler=DDIMScheduler(**schedule, prediction_type="v_prediction", steps_offset=1, set_alpha_to_one=False, clip_sample=False), max_noise_level=350,
    )


def pipelines(work: Path) -> dict:
    torch.manual_seed(0)
    tokenizer = t5_tokenizer(work / "t5")
    text = T5EncoderModel(T5Config(
        vocab_size=len(tokenizer), d_model=TEXT_WIDTH, d_kv=8, d_ff=32, num_layers=1, num_heads=2, feed_forward_proj="gated-gelu", dropout_rate=0.0,
        is_encoder_decoder=False, use_cache=False,
    ))
    second = pixel_unet(2 * SIZE, 6, class_embed_type="timestep", time_embedding_act_fn="gelu", resnet_skip_time_act=True,
                        resnet_out_scale_factor=1.4142, mid_block_scale_factor=1.4142)
    shared = {"tokenizer": tokenizer, "text_encoder": moved(text, 1), **ABSENT}
    return {
        "I": IFPipeline(unet=settled(moved(pixel_unet(SIZE, 3), 2), 2), scheduler=scheduler("I"), **shared),
        "II": IFSuperResolutionPipeline(
            unet=settled(moved(second, 3), 3), scheduler=scheduler("II"), image_noising_scheduler=noising_scheduler(), **shared,
        ),
        "III": upscaler(work),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    work = parser.parse_args().work
    for name, pipeline in pipelines(work).items():
        pipeline.save_pretrained(work / name)
    shutil.copy(work / "t5/spiece.model", work / "I/tokenizer/spiece.model")
    shutil.rmtree(BUNDLE, ignore_errors=True)
    sys.argv[1:] = ["--stage-i", f"{work}/I", "--stage-ii", f"{work}/II", "--upscaler", f"{work}/III", "--out", str(BUNDLE), "--name", "random-cascade"]
    export_if.main()


if __name__ == "__main__":
    main()
