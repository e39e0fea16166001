"""The networks of the tiny DeepFloyd-IF cascade, as genuine diffusers and transformers classes."""

from __future__ import annotations

from diffusers import DDPMScheduler, UNet2DConditionModel
from transformers import T5Config, T5EncoderModel

TEXT_WIDTH = 128
MAX_TOKENS = 77
SIZES = {"I": 32, "II": 64}

#: What stage II is told, and has done to its low-resolution input, when it makes pictures.
NOISE_LEVEL = 250


def text_encoder(vocabulary: int) -> T5EncoderModel:
    return T5EncoderModel(
        T5Config(
            vocab_size=vocabulary, d_model=TEXT_WIDTH, d_kv=32, d_ff=2 * TEXT_WIDTH, num_layers=2, num_heads=4, feed_forward_proj="gated-gelu",
            dropout_rate=0.0, relative_attention_num_buckets=32, tie_word_embeddings=False, is_encoder_decoder=False, use_cache=False,
        )
    )


def _unet(size: int, in_channels: int, widths: tuple[int, ...], cross_width: int, norm_groups: int, **rest) -> UNet2DConditionModel:
    """IF's block types: residual down- and upsampling, attention to text and picture together at the coarsest level,
    pooled text added to the time embedding, ε and variance in six output channels."""
    coarser = len(widths) - 1
    return UNet2DConditionModel(
        sample_size=size, in_channels=in_channels, out_channels=6, block_out_channels=widths, layers_per_block=1,
        down_block_types=("ResnetDownsampleBlock2D",) * coarser + ("SimpleCrossAttnDownBlock2D",),
        up_block_types=("SimpleCrossAttnUpBlock2D",) + ("ResnetUpsampleBlock2D",) * coarser,
        mid_block_type="UNetMidBlock2DSimpleCrossAttn", cross_attention_dim=cross_width, cross_attention_norm="group_norm",
        encoder_hid_dim=TEXT_WIDTH, encoder_hid_dim_type="text_proj", addition_embed_type="text", addition_embed_type_num_heads=4,
        attention_head_dim=32, resnet_time_scale_shift="scale_shift", act_fn="gelu", norm_num_groups=norm_groups, **rest,
    )


def stage_i() -> UNet2DConditionModel:
    return _unet(SIZES["I"], 3, (32, 64, 128), 128, 16)


def stage_ii() -> UNet2DConditionModel:
    """Sees the noisy picture and the noised, enlarged low-resolution one; the noise level comes in as a class label.

    Few groups: with as many as channels, normalisation would take every channel's mean away, and with it the picture's colour.
    """
    return _unet(
        SIZES["II"], 6, (16, 32, 64), 96, 4, class_embed_type="timestep", time_embedding_act_fn="gelu", resnet_skip_time_act=True,
        resnet_out_scale_factor=1.4142, mid_block_scale_factor=1.4142,
    )


def scheduler(stage: str) -> DDPMScheduler:
    """IF's: cosine schedule, learned variance; dynamic thresholding in stage I, which in stage II is a clamp."""
    return DDPMScheduler(
        num_train_timesteps=1000, beta_schedule="squaredcos_cap_v2", variance_type="learned_range", prediction_type="epsilon", clip_sample=False,
        thresholding=True, dynamic_thresholding_ratio=0.95, sample_max_value={"I": 1.5, "II": 1.0}[stage],
    )


def noising_scheduler() -> DDPMScheduler:
    """Noises stage II's low-resolution input."""
    return DDPMScheduler(num_train_timesteps=1000, beta_schedule="squaredcos_cap_v2", clip_sample=True)
