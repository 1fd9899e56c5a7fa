"""The policy by device, without any device."""

import builtins
from collections.abc import Collection
from typing import Any

import pytest

from unetkit.errors import MissingDependencyError
from unetkit.runtime.backends.tensorflow_import import import_tensorflow
from unetkit.trainer.tensorflow_setup import Accelerator, choose_accelerator


@pytest.mark.parametrize(
    ("capability", "precision"),
    [
        ((6, 1), "float32"),  # Pascal
        ((7, 0), "mixed_float16"),  # Volta
        ((7, 5), "mixed_float16"),  # Turing
        ((8, 0), "mixed_bfloat16"),  # Ampere
        ((9, 0), "mixed_bfloat16"),  # Hopper
        ((12, 0), "mixed_bfloat16"),
    ],
)
def test_a_gpu_gets_the_precision_it_is_built_for_and_xla(capability: tuple[int, int], precision: str) -> None:
    chosen = choose_accelerator(2, {"device_name": "Card", "compute_capability": capability})
    assert chosen == Accelerator(device="GPU", name="Card", precision=precision, xla=True)


def test_a_gpu_that_says_nothing_of_itself_computes_in_float32() -> None:
    assert choose_accelerator(1, {}) == Accelerator(device="GPU", name="GPU", precision="float32", xla=True)


@pytest.mark.parametrize(
    ("features", "dense", "precision"),
    [
        ({"avx2", "fma"}, True, "float32"),  # emulated there, and slower
        ({"avx512f", "avx512_vnni"}, True, "float32"),
        ({"avx512f", "avx512_bf16"}, True, "mixed_bfloat16"),  # Zen 4, Cooper Lake
        ({"amx_tile", "amx_bf16"}, True, "mixed_bfloat16"),  # Sapphire Rapids
        ({"avx512f", "avx512_bf16"}, False, "float32"),  # TensorFlow's depthwise convolutions have no kernel for it
        ((), True, "float32"),
    ],
)
def test_a_cpu_that_multiplies_bfloat16_does_so_for_dense_convolutions_and_never_takes_xla(
    features: Collection[str], dense: bool, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    expected = Accelerator(device="CPU", name="CPU", precision=precision, xla=False)
    assert choose_accelerator(0, {}, dense=dense, features=features) == expected


def test_without_onednn_a_cpu_computes_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    assert choose_accelerator(0, {}, dense=True, features={"avx512_bf16"}).precision == "float32"


def test_without_tensorflow_the_install_line_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *arguments: Any, **named: Any) -> Any:
        if name in {"keras", "tensorflow"}:  # Keras without TensorFlow would be left half imported for later tests
            raise ImportError(f"No module named {name!r}")
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingDependencyError, match=r'pip install "unetkit\[train\]"'):
        import_tensorflow("training")
