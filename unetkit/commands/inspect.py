"""`unetkit inspect`."""

from unetkit.commands.options import AsJson, ModelArgument


def inspect(
    model: ModelArgument,
    as_json: AsJson = False,
) -> None:
    """Print the spec inside a model file. Its input, classes, head, and where it came from."""
    from unetkit.contract.artifact import check_intact, read_spec
    from unetkit.runtime.model_choice import model_path
    from unetkit.terminal.models import show_spec

    path = model_path(model)
    spec = read_spec(path)
    check_intact(path)
    show_spec(path, spec, as_json=as_json)
