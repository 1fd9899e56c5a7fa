"""The peers' one table, for the terminal and for Markdown."""

from collections.abc import Iterator

from unetkit.benchmarks.peers.race import PeerResult, PeersReport

PEER_HEAD = (
    *("peer", "mIoU", "infer p50", "end to end p50", "p99", "times ours", "95 % interval"),
    *("load ms", "memory MB", "peak MB", "install MB"),
)


def peer_rows(report: PeersReport) -> Iterator[tuple[str, ...]]:
    """A row for each that was measured; times in milliseconds."""
    return (_row(peer) for peer in report.peers if not peer.reason)


def absent_lines(report: PeersReport) -> list[str]:
    """A line for each that was not, with its reason."""
    return [f"not measured: {peer.name} ({peer.what}): {peer.reason}" for peer in report.peers if peer.reason]


def _row(peer: PeerResult) -> tuple[str, ...]:
    stages = {stage.name: stage for stage in peer.stages}
    whole, ratio = stages["end_to_end"], peer.ratio
    sizes = (peer.memory_bytes, peer.peak_bytes, peer.install_bytes)
    return (
        peer.name,
        "-" if peer.miou is None else f"{peer.miou:.4f}",
        *(f"{value:.2f}" for value in (stages["infer"].p50_ms, whole.p50_ms, whole.p99_ms)),
        "-" if ratio is None else f"{ratio.median:.2f}",
        "-" if ratio is None else f"{ratio.low:.2f} to {ratio.high:.2f}",
        "-" if peer.load_ms is None else f"{peer.load_ms:.0f}",
        *("-" if size is None else f"{size / 1e6:.0f}" for size in sizes),
    )
