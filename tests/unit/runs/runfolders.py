"""Run folders as a training writes them, without a training."""

import json
import os
from pathlib import Path
from typing import Any

from unetkit.contract.runfolder import RunFolder
from unetkit.data.record import DataRecord

NOW_S = 1_700_000_000.0
HEAD = "epoch,size,lr,loss,val_loss,val_pixel_accuracy,val_miou,val_iou_ground,val_iou_cat,images_per_s,seconds\n"
CONFIG = {"network": '"edge"', "size": "128", "epochs": "3", "loss": '"dice"'}
MIOUS = (0.25, 0.75, 0.5)


def write_run(
    folder: Path,
    *,
    mious: tuple[float, ...] = MIOUS,
    report: dict[str, Any] | None = None,
    state: bool = False,
    age_s: float = 10_000,
    digest: str = "ab" * 32,
    validation: tuple[str, ...] = ("v1", "v2"),
    **config: str,
) -> Path:
    """Write a run that last wrote something `age_s` before `NOW_S`; each epoch took 60 s, TOML values are as given."""
    files = RunFolder(folder)
    folder.mkdir(parents=True)
    files.config.write_text("".join(f"{key} = {value}\n" for key, value in {**CONFIG, **config}.items()))
    files.environment.write_text(json.dumps({"host": {"cpu": "a cpu"}, "unetkit": "0.1.0"}))
    record = DataRecord(
        reference="/data", data_dir=None, digest=digest, train=("t1", "t2", "t3"), validation=validation, cache="c"
    )
    record.write(files.split)
    if mious:
        rows = (f"{epoch},64,1e-3,0.5,0.4,0.9,{miou},{miou},{miou},9,60\n" for epoch, miou in enumerate(mious, 1))
        files.history.write_text(HEAD + "".join(rows))
    if report is not None:
        files.report.write_text(json.dumps(report))
    if state:
        files.states.mkdir()
        (files.states / "state-000003-000000000.npz").write_bytes(b"")
    for path in folder.rglob("*"):
        os.utime(path, (NOW_S - age_s, NOW_S - age_s))
    return folder
