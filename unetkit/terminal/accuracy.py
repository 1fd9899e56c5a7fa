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
    columns = {"IoU": report.iou, "Dice": report.dice}
    if report.boundary_f1:
        columns[f"boundary F1, {report.boundary_tolerance_px:g} px"] = report.boundary_f1
    table = console.table("class", *columns)
    for name, *figures in zip(report.class_names, *columns.values(), strict=True):
        table.add_row(name, *map(console.share, figures))
    console.results.print(title)
    console.results.print(table)
