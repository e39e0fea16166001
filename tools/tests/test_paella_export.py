"""Paella's networks have the published parameters, and any of them becomes a bundle. Needs torch (requirements.txt)."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest
import torch
from transformers import CLIPTextConfig, CLIPTextModelWithProjection, T5Config, T5EncoderModel

import graphs_paella as graphs
from assemble import round_to_half
from assemble_paella import Published, write_published
from export_paella import FULL_SIZE, difference, export_bundle
from halve import write
from make_paella_fixtures import moved
from paella.denoiser import Denoiser, DenoiserConfig
from paella.prior import Prior, PriorConfig
from paella.vqgan import VqConfig, VqModel

ROOT = Path(__file__).parents[2]
CLIP_TOKENIZER = ROOT / "adapters/stable-diffusion/test/fixtures/random-diffusion/tokenizer"


def small() -> SimpleNamespace:
    """The published model's parts, three levels and CLIP included, with few channels."""
    torch.manual_seed(0)
    config = DenoiserConfig(
        codes=32, token_channels=8, time_channels=8, patch=2, condition_channels=16, channels=(12, 16, 16), heads=(-1, 2, 2), blocks=(1, 1, 1), text_channels=16,
        clip_channels=16,
    )
    text = T5Config(vocab_size=384, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2, feed_forward_proj="gated-gelu", use_cache=False)
    clip = CLIPTextConfig(
        vocab_size=256, hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2, projection_dim=16, hidden_act="gelu",
        bos_token_id=191, eos_token_id=192, pad_token_id=0,
    )
    networks = {
        "denoiser": Denoiser(config), "vqgan": VqModel(VqConfig(bottleneck_blocks=1, channels=8, codes=32)), "text": T5EncoderModel(text),
        "prior": Prior(PriorConfig(clip_channels=16, channels=16, time_channels=8, blocks=2)), "clip": CLIPTextModelWithProjection(clip),
    }
    return SimpleNamespace(**{name: moved(model, seed, 0.1) for seed, (name, model) in enumerate(networks.items())})


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    folder, parts = tmp_path_factory.mktemp("published"), small()
    write_published(folder, parts)
    parts.text.save_pretrained(folder / "byt5")
    parts.clip.save_pretrained(folder / "clip")
    for path in CLIP_TOKENIZER.iterdir():
        shutil.copy(path, folder / "clip" / path.name)
    return folder


@pytest.mark.parametrize(("kind", "config", "parameters"), [(Denoiser, DenoiserConfig, 1_008_350_592), (VqModel, VqConfig, 18_406_894), (Prior, PriorConfig, 899_770_624)])
def test_the_full_size_networks_have_the_published_number_of_parameters(kind, config, parameters):
    with torch.device("meta"):
        model = kind(config())
    assert sum(parameter.numel() for parameter in model.parameters()) == parameters


@pytest.mark.parametrize(("name", "kind", "config"), [("denoiser", Denoiser, DenoiserConfig), ("vqgan", VqModel, VqConfig)])
def test_the_full_size_networks_have_the_published_names_and_shapes_in_order(name, kind, config):
    with torch.device("meta"):
        shapes = {key: list(value.shape) for key, value in kind(config()).state_dict().items()}
    published = json.loads((Path(__file__).parent / "paella-state-dicts.json").read_text())[name]
    assert list(shapes.items()) == list(published.items())


def test_the_prior_has_the_published_names_and_shapes():
    with torch.device("meta"):
        shapes = {name: tuple(value.shape) for name, value in Prior(PriorConfig()).state_dict().items()}
    expected = {"blocks.0.weight": (1280, 1024), "blocks.0.bias": (1280,), "blocks.49.weight": (1024, 1280), "blocks.49.bias": (1024,)}
    for k in range(1, 49):
        expected |= {f"blocks.{k}.0.weight": (5120, 2368), f"blocks.{k}.3.weight": (1280, 5120)}
        expected |= {f"blocks.{k}.{layer}.{part}": (width,) for layer, width in ((1, 5120), (4, 1280)) for part in ("weight", "bias")}
    assert shapes == expected


def test_a_published_checkpoint_with_clip_becomes_a_bundle(published, tmp_path, capsys):
    export_bundle(Published(published), tmp_path, FULL_SIZE, "small", license_id="MIT")
    manifest = json.loads((tmp_path / "bundle.json").read_text())
    assert list(manifest["components"]) == ["textEncoder", "denoiser", "decoder", "quantizer", "clipTextEncoder", "imageConditioner", "prior"]
    assert manifest["codebook"] == {"codes": 32, "factor": 4, "divisor": 8}
    assert json.loads((tmp_path / "decoder/config.json").read_text()) == {"codes": 32, "factor": 4}
    assert manifest["clipTokenizer"] == "clip_tokenizer" and (tmp_path / "clip_tokenizer/merges.txt").exists()
    assert json.loads((tmp_path / "tokenizer/tokenizer_config.json").read_text())["model_max_length"] == 768
    printed = [float(line.split("diff ")[1].split()[0]) for line in capsys.readouterr().out.splitlines() if "diff" in line]
    assert len(printed) == 7 and max(printed) < 1e-4


def test_one_network_for_all_rows_equals_the_denoiser_on_each(tmp_path):
    graph = graphs.denoiser(round_to_half(small().denoiser), 8)
    write(graph.export(), tmp_path / "model.onnx")
    assert difference(graph, tmp_path / "model.onnx") < 1e-4


def test_a_picture_has_the_logits_alone_that_it_has_in_company(tmp_path):
    write(graphs.denoiser(round_to_half(small().denoiser), 8).export(), tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])
    tokens, r, texts = np.random.default_rng(1).integers(0, 32, (3, 8, 16)), np.full(3, 0.4, np.float32), np.random.default_rng(2).normal(size=(3, 5, 16)).astype(np.float32)

    def logits(rows):
        ones = np.ones((len(tokens[rows]), 5), np.float32)
        return session.run(None, {"tokens": tokens[rows], "r": r[rows], "condition": texts[rows], "condition_bias": 0 * ones, "condition_weight": ones})[0]

    together = logits(slice(0, 3))
    for picture in range(3):
        assert np.array_equal(logits(slice(picture, picture + 1)), together[picture : picture + 1])


def test_clip_without_the_prior_is_refused(published, tmp_path):
    shutil.copytree(published, tmp_path / "half")
    (tmp_path / "half/prior_v1.pt").unlink()
    with pytest.raises(SystemExit, match="need both"):
        _ = Published(tmp_path / "half").clip


def test_padding_hidden_by_its_bias_changes_no_logits():
    model, step = small().denoiser.double(), torch.tensor([0.4], dtype=torch.float64)
    condition, tokens = model.seq_norm(torch.randn(1, 9, 16, dtype=torch.float64)), torch.randint(0, 32, (1, 8, 16))
    bias = torch.tensor([[0.0] * 5 + [-1e4] * 4], dtype=torch.float64)
    with torch.no_grad():
        alone = model(tokens, step, condition[:, :5])
        assert torch.allclose(model(tokens, step, condition, bias), alone, rtol=0, atol=1e-12)
