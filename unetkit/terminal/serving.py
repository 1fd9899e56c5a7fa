"""Where a server is reached, and that it ends."""

from unetkit.terminal import console


def say_serving(url: str, token: str | None, *, generated: bool) -> None:
    """The address, with the token that was made for this run in it; one that the user gave is not shown again."""
    if token is None:
        console.notices.print(f"serving on {url} for this machine only; Ctrl-C ends")
    elif generated:
        console.notices.print(f"serving on {url}/?token={token}")
        console.notices.print(f"programs send the header  Authorization: Bearer {token}  ; Ctrl-C ends")
    else:
        console.notices.print(f"serving on {url} for those who have the token; Ctrl-C ends")


def say_ending() -> None:
    console.notices.print("ending: requests that run are finished; Ctrl-C again ends at once")
