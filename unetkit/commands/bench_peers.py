"""`unetkit bench peers`: what `unetkit bench` does when its first argument is that word."""

from pathlib import Path

from unetkit.errors import UsageError

WORD = "peers"


def bench_peers(
    models: list[str],
    *,
    checkpoint: Path | None,
    data: str | None,
    split: str,
    frames: str | None,
    threads: int,
    seconds: float,
    json_file: Path | None,
    markdown_file: Path | None,
) -> None:
    """Other people's segmenters beside one of ours; the built-in person model without an argument."""
    from unetkit.benchmarks.artifacts import artifacts_in
    from unetkit.benchmarks.peers.peer import PeerRequest
    from unetkit.benchmarks.peers.race import race_peers
    from unetkit.contract.artifact import read_format, read_spec
    from unetkit.runtime.model_choice import bench_paths
    from unetkit.terminal.bench import show_peers
    from unetkit.terminal.progress import steps

    files = artifacts_in([path for model in models or ["person"] for path in bench_paths(model)])
    by_format = {read_format(path): path for path in reversed(files)}
    names = {read_spec(path).class_names for path in files}
    if len(names) != 1:
        raise UsageError("peers are measured beside one model, as ONNX and as TFLite; the files know different classes")
    request = PeerRequest(
        onnx=by_format.get("onnx"),
        tflite=by_format.get("tflite"),
        checkpoint=checkpoint,
        threads=threads,
        class_names=names.pop(),
    )
    with steps() as tell:
        rounds = max(3, round(seconds * 3))
        report = race_peers(request, data=data, split=split, frames=frames, rounds=rounds, tell=tell)
    show_peers(report, json_file=json_file, markdown_file=markdown_file)
