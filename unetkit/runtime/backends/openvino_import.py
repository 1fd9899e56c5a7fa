"""OpenVINO, imported without the telemetry that its package sends to its maker from the import on."""

import sys
from typing import Any


def import_openvino() -> Any:
    """Import it as if `openvino_telemetry` were not installed, for which it has a stand-in of its own.

    Raises:
        ImportError: it is not installed, or does not load.
    """
    kept = sys.modules.get("openvino_telemetry")
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    try:
        import openvino
    finally:
        del sys.modules["openvino_telemetry"]
        if kept is not None:
            sys.modules["openvino_telemetry"] = kept
    return openvino
