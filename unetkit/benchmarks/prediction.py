"""What a device that is not here might take: a prediction, from its documented peak and the share reached here.

Each layer's limit is computed anew with the other device's peak (see `roofline`), and the sum is divided by the share
of its limit that the artifact reaches on this machine. That an engine uses another processor as well as this one is an
assumption, which is why this is a prediction and never stands among measured figures.
"""

from collections.abc import Mapping, Sequence

from unetkit.benchmarks.peak import Peak
from unetkit.benchmarks.roofline import roofline
from unetkit.benchmarks.work import LayerWork

# One core of a Raspberry Pi 5: Cortex-A76 at 2.4 GHz with two 128-bit vector pipes, so 2 x 4 float32 multiply-adds or
# 2 x 16 by SDOT a cycle (Arm Cortex-A76 Software Optimization Guide); LPDDR4X-4267, 32 bits wide, 17 GB/s for reads and
# writes together.
DEVICES: Mapping[str, Peak] = {
    "Raspberry Pi 5, 1 core": Peak(threads=1, float_gmacs=19.2, int8_gmacs=76.8, copies=((1 << 25, 17.0),))
}


def predicted_ms(layers: Sequence[LayerWork], device: Peak, *, precision: str, share_here: float) -> float | None:
    """Inference time there; None without layers or without a share.

    Args:
        layers: of the artifact.
        device: the other one's peak.
        precision: of the artifact.
        share_here: of the limit that was reached on this machine with one thread.
    """
    limit = roofline(layers, device, precision=precision, infer_ms=1.0)
    return None if limit is None or not share_here > 0 else limit.limit_ms / share_here
