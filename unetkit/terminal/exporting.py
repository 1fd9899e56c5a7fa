"""What an export prints: each artifact against the trained model."""

from typing import TYPE_CHECKING

from unetkit.terminal import console
from unetkit.terminal.proofs import show_proofs

if TYPE_CHECKING:
    from unetkit.export.quantisation.search import Search
    from unetkit.export.result import ExportSummary


def show_export(summary: "ExportSummary", *, as_json: bool = False) -> None:
    if as_json:
        console.print_json(summary.to_dict())
        return
    keras = summary.keras
    console.results.print(
        f"Keras model: pixel accuracy {keras.pixel_accuracy:.4f}, mIoU {keras.miou:.4f} over "
        f"{console.class_set(keras.class_names)}; {keras.split} split, {keras.images:,} images; "
        "changes are in points against it"
    )
    classes = console.table("change by class", *keras.class_names)
    for result in summary.results:
        classes.add_row(result.file, *(console.points(change) for change in result.iou_change))
    if summary.proofs:
        show_proofs(summary.proofs)
    console.results.print(classes)
    for result in summary.results:
        if result.operators is not None:
            console.results.print(f"{result.file}: {result.operators}")
    for result in summary.results:
        if result.search is not None:
            _show_search(result.file, result.search)
    if summary.calibration:
        console.results.print(f"int8 calibrated on {summary.calibration}")
    console.results.print(f"export folder: {summary.folder}")


def _show_search(file: str, search: "Search") -> None:
    """The trade: what each way of quantising kept in float, lost, and took."""
    console.results.print(f"{file} lost too much, so others were tried; drop in points, time as a share of float32's:")
    trade = console.table("int8 by", "float layers", "drop", "time", "chosen")
    for trial in search.trials:
        trade.add_row(
            str(trial.recipe),
            str(len(trial.recipe.float_layers)),
            f"{trial.drop:.2f}",
            f"{trial.latency_ratio:.2f}",
            "yes" if trial.recipe == search.chosen else "",
        )
    console.results.print(trade)
    if search.ranking:
        console.results.print(f"layers that int8 harms most: {', '.join(map(str, search.ranking[:8]))}")
