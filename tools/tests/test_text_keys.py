"""A denoiser in two graphs predicts what it predicts in one, and has the same weights. Needs torch (requirements.txt)."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from diffusers import UNet2DConditionModel

from graphs import denoiser
from halve import write
from restored import restored


def small() -> UNet2DConditionModel:
    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        sample_size=8, block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4, cross_attention_dim=12, attention_head_dim=2,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
    )
    for parameter in unet.parameters():  # equal ones would be exported as one
        parameter.data += 0.1 * torch.randn(parameter.shape)
    return unet.eval()


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Folders of the same UNet in one graph and in two."""
    inputs = {"sample": torch.randn(2, 4, 8, 8), "timestep": torch.tensor(321), "encoder_hidden_states": torch.randn(2, 5, 12)}
    folders = {}
    for split in (False, True):
        folders[split] = tmp_path_factory.mktemp("split" if split else "whole")
        for graph in denoiser(small(), inputs, split):
            write(graph.export(), folders[split] / graph.folder / "model.onnx")
    return folders


def run(path, feeds: dict) -> dict:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return dict(zip([output.name for output in session.get_outputs()], session.run(None, feeds)))


@pytest.mark.parametrize(("pictures", "texts"), [(1, 1), (1, 3), (2, 2)])
def test_both_predict_the_same(exported, pictures, texts):
    random = np.random.default_rng(0)
    states = random.standard_normal((pictures * texts, 7, 12), dtype=np.float32)
    feeds = {"sample": random.standard_normal((pictures, 4, 8, 16), dtype=np.float32), "timestep": np.array(7)}
    (whole,) = run(exported[False] / "unet/model.onnx", {**feeds, "encoder_hidden_states": states}).values()
    keys = run(exported[True] / "text_keys/model.onnx", {"encoder_hidden_states": states})
    (split,) = run(exported[True] / "unet/model.onnx", {**feeds, **keys}).values()
    np.testing.assert_allclose(split, whole, atol=1e-6)


def test_keys_and_values_are_laid_out_for_the_products(exported):
    keys = run(exported[True] / "text_keys/model.onnx", {"encoder_hidden_states": np.zeros((3, 7, 12), np.float32)})
    assert list(keys)[:4] == ["keys.0", "values.0", "keys.1", "values.1"]
    assert {name: value.shape for name, value in keys.items() if name.endswith(".0")} == {"keys.0": (3, 2, 8, 7), "values.0": (3, 2, 7, 8)}


def test_the_two_graphs_hold_every_weight_once(exported):
    names = lambda path: {tensor.name for tensor in onnx.load(path).graph.initializer}
    keys, rest = (names(exported[True] / folder / "model.onnx") for folder in ("text_keys", "unet"))
    assert keys and not keys & rest
    assert keys | rest == names(exported[False] / "unet/model.onnx")
    unet = restored(small(), exported[True] / "unet/model.onnx", also=exported[True] / "text_keys/model.onnx")
    for name, parameter in small().named_parameters():
        torch.testing.assert_close(unet.get_parameter(name), parameter, atol=1e-3, rtol=1e-3)


def test_equal_constants_are_written_once(exported):
    nodes = onnx.load(exported[False] / "unet/model.onnx").graph.node
    constants = [node.attribute[0].SerializeToString() for node in nodes if node.op_type == "Constant"]
    assert len(set(constants)) == len(constants)
