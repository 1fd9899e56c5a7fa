"""`unetkit serve`."""

import contextlib
import signal
from typing import Annotated

import typer

from unetkit.commands.opening import open_for_running
from unetkit.commands.options import (
    Device,
    DeviceName,
    EngineName,
    NewestModel,
    RequireDevice,
    Retime,
    ServeToken,
    TimedEngine,
    TimedThreads,
)
from unetkit.commands.outputoptions import Edges, EdgesName


def serve(
    model: NewestModel = None,
    listen: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where; beyond this machine, as by 0.0.0.0:8080, a token is asked.")
    ] = "127.0.0.1:8080",
    token: ServeToken = None,
    engine: TimedEngine = EngineName.AUTO,
    device: Device = DeviceName.AUTO,
    require_device: RequireDevice = None,
    threads: TimedThreads = None,
    retime: Retime = False,
    edges: Edges = EdgesName.AUTO,
    max_mebibytes: Annotated[float, typer.Option("--max-mib", min=0.001, help="Largest body of a request, MiB.")] = 16,
    max_megapixels: Annotated[float, typer.Option(min=0.001, help="Largest picture, told by its header.")] = 25,
    queue: Annotated[int, typer.Option(min=1, help="Requests at once, waiting ones included; more get 503.")] = 16,
    workers: Annotated[int, typer.Option(min=1, help="Pictures decoded and encoded side by side.")] = 2,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for a request, upload included.")] = 20,
) -> None:
    """Offer inference over HTTP. A picture in, its mask out as PNG or JSON; Ctrl-C finishes what runs."""
    from unetkit.serving.extra import require_serving
    from unetkit.terminal.serving import say_ending, say_serving

    require_serving()
    from unetkit.serving.address import Address, bound
    from unetkit.serving.inference import inference_application
    from unetkit.serving.limits import Limits
    from unetkit.serving.server import Server
    from unetkit.serving.token import token_for

    address = Address.parsed(listen)
    shown_token = token_for(address, token)
    limits = Limits(
        max_bytes=round(max_mebibytes * (1 << 20)),
        max_pixels=round(max_megapixels * 1e6),
        queue=queue,
        workers=workers,
        timeout_s=timeout,
    )
    with contextlib.ExitStack() as opened:
        listener = opened.enter_context(contextlib.closing(bound(address)))
        segmenter = opened.enter_context(
            open_for_running(
                model,
                engine=engine,
                device=device,
                threads=threads,
                retime=retime,
                require_device=require_device,
                edges=edges,
            )
        )
        server = Server(
            inference_application(segmenter, limits),
            listener,
            token=shown_token,
            connections=4 * limits.queue + 16,
            grace_s=limits.timeout_s,
        )
        opened.enter_context(server)
        say_serving(server.url, shown_token, generated=token is None)
        came = server.serve_until_signal(say_ending)
    if came == signal.SIGINT:
        raise typer.Exit(130)
