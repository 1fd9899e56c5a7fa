"""The policy by device, without any device."""

import builtins
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


def test_a_cpu_gets_neither_mixed_precision_nor_xla() -> None:
    assert choose_accelerator(0, {}) == Accelerator(device="CPU", name="CPU", precision="float32", xla=False)


def test_without_tensorflow_the_install_line_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *arguments: Any, **named: Any) -> Any:
        if name in {"keras", "tensorflow"}:  # Keras without TensorFlow would be left half imported for later tests
            raise ImportError(f"No module named {name!r}")
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingDependencyError, match=r'pip install "unetkit\[train\]"'):
        import_tensorflow("training")
