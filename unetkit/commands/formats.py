"""`unetkit formats`."""

from unetkit.commands.options import AsJson


def formats(as_json: AsJson = False) -> None:
    """List formats and engines. Which work on this machine, and why the others do not."""
    from unetkit.export.availability import exportable_here
    from unetkit.runtime.backends.engines import engines_here
    from unetkit.terminal.formats import show_formats

    show_formats(exportable_here(), engines_here(), as_json=as_json)
