"""Artifacts in every engine that opens them: the table, the reasons, the verdict."""

import math
from typing import TYPE_CHECKING

from unetkit.terminal import console

if TYPE_CHECKING:
    from unetkit.proof.engines import EngineProof, Proofs
    from unetkit.proof.verification import Verification


def show_verification(found: "Verification", *, as_json: bool = False) -> None:
    if as_json:
        console.print_json(found.to_dict())
        return
    show_proofs(found.proofs)
    for file in found.missing:
        console.results.print(f"{file} is not in {found.folder}: not proven here")
    steps = found.refitting_steps
    fitted = "to the same bytes as at export" if not steps else f"within {steps} of 255 steps of the export's"
    console.results.print(f"{found.frames} golden frames, fitted {fitted}; host: {found.host.cpu}")


def show_proofs(proofs: "Proofs") -> None:
    from unetkit.proof.engines import NOT_HERE

    rows = console.table(
        "artifact",
        "engine",
        "precision",
        "KiB",
        "max diff",
        "masks equal",
        "mIoU",
        "change",
        "ms",
        "x ORT fp32",
        "proof",
    )
    for item in proofs.engines:
        if item.parity is not None:
            rows.add_row(*_cells(item))
    console.print_whole(rows)
    absent = set()
    for item in proofs.engines:
        if item.reason and item.engine not in absent:
            console.results.print(f"{item.file} in {item.engine}: {item.reason}")
        if item.reason.startswith(f"{NOT_HERE}: "):  # told once, not for every file
            absent.add(item.engine)
    if proofs.verdict:
        console.results.print(proofs.verdict.sentence)


def _cells(item: "EngineProof") -> tuple[str, ...]:
    assert item.parity is not None
    return (
        item.file,
        f"{item.engine} {item.device}",
        item.precision,
        f"{item.size_bytes / 1024:,.0f}",
        f"{item.parity.max_abs_difference:.1e}",
        f"{item.parity.mask_agreement:.2%}",
        console.share(item.miou),
        console.points(item.miou_change),
        _figure(item.median_ms, "{:.2f}"),
        _figure(item.ratio, "{:.2f}"),
        "proven" if item.proven else "FAILED",
    )


def _figure(value: float, form: str) -> str:
    return "-" if math.isnan(value) else form.format(value)
