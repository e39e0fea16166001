"""The three networks of the tiny model, as genuine diffusers and transformers classes."""

from __future__ import annotations

from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

TEXT_WIDTH = 128
MAX_TOKENS = 77


def autoencoder() -> AutoencoderKL:
    """64×64×3 → 16×16×4. Nearly as wide at full resolution as below, since that is where edges are drawn."""
    return AutoencoderKL(
        in_channels=3, out_channels=3, latent_channels=4, sample_size=64, layers_per_block=1, norm_num_groups=8,
        block_out_channels=(32, 48, 64), mid_block_add_attention=False,
        down_block_types=("DownEncoderBlock2D",) * 3, up_block_types=("UpDecoderBlock2D",) * 3,
    )


def text_encoder(vocabulary: int, bos: int, eos: int) -> CLIPTextModel:
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=vocabulary, hidden_size=TEXT_WIDTH, intermediate_size=4 * TEXT_WIDTH, projection_dim=TEXT_WIDTH,
            num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=MAX_TOKENS, hidden_act="quick_gelu",
            bos_token_id=bos, eos_token_id=eos, pad_token_id=eos,
        )
    )


def unet() -> UNet2DConditionModel:
    """ε-prediction on 16×16×4. Attention at 8×8 only: at 16×16 it would double the time per step."""
    return UNet2DConditionModel(
        sample_size=16, in_channels=4, out_channels=4, cross_attention_dim=TEXT_WIDTH, layers_per_block=2, norm_num_groups=16,
        block_out_channels=(64, 96), attention_head_dim=3,  # diffusers reads this as the number of heads
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
    )


def scheduler() -> DDIMScheduler:
    """Stable Diffusion 1.5's noise schedule."""
    return DDIMScheduler(
        num_train_timesteps=1000, beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
        prediction_type="epsilon", clip_sample=False, set_alpha_to_one=False, steps_offset=1, timestep_spacing="leading",
    )


def parameters(module) -> int:
    return sum(p.numel() for p in module.parameters())
