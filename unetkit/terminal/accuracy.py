"""The accuracy of a model, with its class set, split and number of pictures."""

from pathlib import Path

from unetkit.contract.scoring import AccuracyReport
from unetkit.terminal import console


def show_accuracy(report: AccuracyReport, model: Path, *, as_json: bool = False) -> None:
    if as_json:
        console.print_json({"model": str(model), **report.to_dict()})
        return
    title = (
        f"{model}: {report.split} split, {report.images:,} images, {console.class_set(report.class_names)}: "
        f"pixel accuracy {report.pixel_accuracy:.4f}, mIoU {report.miou:.4f}"
    )
    table = console.table("class", "IoU", "Dice")
    for name, iou, dice in zip(report.class_names, report.iou, report.dice, strict=True):
        table.add_row(name, console.share(iou), console.share(dice))
    console.results.print(title)
    console.results.print(table)
