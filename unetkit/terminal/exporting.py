"""What an export prints: each artifact against the trained model."""

from typing import TYPE_CHECKING

from unetkit.terminal import console

if TYPE_CHECKING:
    from unetkit.export.result import ExportSummary


def show_export(summary: "ExportSummary") -> None:
    keras = summary.keras
    console.results.print(
        f"Keras model: pixel accuracy {keras.pixel_accuracy:.4f}, mIoU {keras.miou:.4f} over "
        f"{console.class_set(keras.class_names)}; {keras.split} split, {keras.images:,} images; "
        "changes are in points against it"
    )
    artifacts = console.table("artifact", "KiB", "max diff", "masks equal", "mIoU", "change")
    classes = console.table("change by class", *keras.class_names)
    for result in summary.results:
        artifacts.add_row(
            result.file,
            f"{result.bytes / 1024:,.0f}",
            f"{result.parity.max_abs_difference:.1e}",
            f"{result.parity.mask_agreement:.2%}",
            console.share(result.accuracy.miou),
            console.points(result.miou_change),
        )
        classes.add_row(result.file, *(console.points(change) for change in result.iou_change))
    console.results.print(artifacts)
    console.results.print(classes)
    if summary.calibration_frames:
        console.results.print(f"int8 calibrated on {summary.calibration_frames} training frames")
    console.results.print(f"export folder: {summary.folder}")
