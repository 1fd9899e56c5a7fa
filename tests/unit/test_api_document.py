"""Every Python block of docs/api.md, run in its order."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from unetkit.data.scene import scene

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
FRAMES = 4


def write_material(folder: Path) -> None:
    pictures = [scene(0, (120, 160), t=index / 10)[0] for index in range(FRAMES)]
    cv2.imwrite(str(folder / "street.jpg"), pictures[0])
    writer = cv2.VideoWriter(str(folder / "clip.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 10, (160, 120))
    for picture in pictures:
        writer.write(picture)
    writer.release()


def test_the_examples_of_the_document_run_and_give_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_material(tmp_path)
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 6
    names: dict[str, object] = {}
    for number, block in enumerate(blocks[:-1]):
        exec(compile(block, f"{DOCUMENT.name}, block {number}", "exec"), names)
    mask, shares, seen = names["mask"], names["shares"], names["seen"]
    assert mask.labels.shape == (120, 160)  # type: ignore[attr-defined]
    assert isinstance(shares, dict)
    assert shares.keys() == {"background", "person"}
    assert np.isclose(sum(shares.values()), 1)
    assert isinstance(seen, list)
    assert len(seen) == FRAMES
    assert str(names["said"]).startswith("no such source: 'nothing.mp4'")
    assert sorted(path.name for path in tmp_path.glob("*.png")) == [
        *(f"clip_{index:06d}.png" for index in range(FRAMES)),
        "street.png",
    ]
