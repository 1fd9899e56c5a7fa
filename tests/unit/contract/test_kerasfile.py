"""What a .keras file may hold: anything that could be run, unpickled or fetched is refused before Keras sees it."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from unetkit.contract.kerasfile import require_harmless
from unetkit.errors import ArtifactError

CONV: dict[str, Any] = {
    "module": "keras.layers",
    "class_name": "Conv2D",
    "config": {"kernel_initializer": {"module": "keras.initializers", "class_name": "Zeros", "config": {}}},
    "registered_name": None,
}


def layer(module: object, name: object, /, **config: Any) -> dict[str, Any]:
    return {"module": module, "class_name": name, "config": config, "registered_name": name}


def write(path: Path, *layers: Any, weights: int = zipfile.ZIP_STORED, members: dict[str, bytes] | None = None) -> Path:
    network = {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {"layers": [CONV, *layers]},
    }
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", '{"keras_version": "3.15.1"}')
        archive.writestr("config.json", json.dumps(network))
        archive.writestr("model.weights.h5", bytes(1000), weights)
        for name, content in (members or {}).items():
            archive.writestr(name, content)
    return path


def test_stock_layers_are_let_through(tmp_path: Path) -> None:
    graph = [
        layer("keras.src.ops.nn", "DepthToSpace"),
        layer("keras", "DTypePolicy", name="float32"),
        {"class_name": "__keras_tensor__", "config": {"shape": [None, 8, 8, 3]}},
    ]
    require_harmless(write(tmp_path / "best.keras", *graph, members={"unetkit_spec.json": b"{}"}))


HOSTILE = {
    "a lambda": layer("keras.layers", "Lambda", function={"class_name": "__lambda__", "config": {"code": "4wE="}}),
    "a bare lambda": {"class_name": "__lambda__", "config": {"code": "4wE="}},
    "a pickled PyTorch module": layer("keras.layers", "TorchModuleWrapper", module="gASV"),
    "a saved model elsewhere": layer("keras.layers", "TFSMLayer", filepath="/tmp/model"),
    "a vocabulary file": layer("keras.layers", "StringLookup", vocabulary="/etc/passwd"),
    "a function of another package": layer("os", "system", command="id"),
    "a function of Keras that fetches": layer("keras.utils", "get_file", origin="https://example.com"),
    "a function by the interpreter": layer("builtins", "function", config="eval"),
    "a class that only looks like Keras'": layer("keras.layersx", "Conv2D"),
    "a custom layer": layer("__main__", "Doubled"),
    "a custom layer without a module": layer(None, "Doubled"),
    "a module that is no text": layer(["keras.layers"], "Conv2D"),
    "a class that is no text": layer("keras.layers", ["Conv2D"]),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_could_be_run_is_refused_wherever_it_hides(case: str, tmp_path: Path) -> None:
    nested = {**CONV, "config": {"activation": [{"deep": HOSTILE[case]}]}}
    for place, item in enumerate((HOSTILE[case], nested)):
        with pytest.raises(ArtifactError, match="which is no stock layer") as caught:
            require_harmless(write(tmp_path / f"{place}.keras", item))
        assert f"{place}.keras" in str(caught.value)
        assert str(caught.value).isprintable()


@pytest.mark.parametrize("member", ["assets/vocabulary.txt", "model.weights.npz", "../../evil", "model.weights.h5.pkl"])
def test_a_member_that_no_network_needs_is_refused(member: str, tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="which no U-Net needs"):
        require_harmless(write(tmp_path / "best.keras", members={member: b""}))


def test_weights_that_unpack_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="could unpack to any size"):
        require_harmless(write(tmp_path / "best.keras", weights=zipfile.ZIP_DEFLATED))


def test_a_flipped_bit_in_the_weights_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "best.keras")
    content = bytearray(path.read_bytes())
    content[content.index(b"model.weights.h5") + 500] ^= 1
    path.write_bytes(content)
    with pytest.raises(ArtifactError, match=r"'model\.weights\.h5' is damaged"):
        require_harmless(path)


@pytest.mark.parametrize("config", [b"", b"{", b"[" * 100_000, b"\xff\xfe", b"9" * 5000])
def test_a_config_that_is_none_is_refused(config: bytes, tmp_path: Path) -> None:
    path = tmp_path / "best.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", config)
    with pytest.raises(ArtifactError, match="is not opened"):
        require_harmless(path)


def test_another_name_is_refused_because_keras_reads_other_names_as_older_formats(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"must be called \.keras"):
        require_harmless(write(tmp_path / "best.h5"))
