"""What one server takes on."""

from dataclasses import dataclass

from unetkit.errors import UsageError

_MOST = {"max_bytes": 1 << 30, "max_pixels": 1 << 28, "queue": 1024, "workers": 64}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds of a request and of all requests together.

    Attributes:
        max_bytes: of a request's body; more is refused with 413.
        max_pixels: of a picture, by its header, before it is decoded; more is refused with 413.
        queue: requests that are received, wait or are worked on at once; more are refused with 503.
        workers: pictures that are decoded, segmented and encoded at once. The model itself runs one at a time.
        timeout_s: from the first byte of a body to the answer; 408 if the body was late, else 504.

    Raises:
        UsageError: one of them is out of range.
    """

    max_bytes: int = 16 << 20
    max_pixels: int = 25_000_000
    queue: int = 16
    workers: int = 2
    timeout_s: float = 20.0

    def __post_init__(self) -> None:
        for name, most in _MOST.items():
            if not 1 <= getattr(self, name) <= most:
                raise UsageError(f"{name} is {getattr(self, name)}, expected 1..{most}")
        if not 0 < self.timeout_s <= 3600:
            raise UsageError(f"the timeout is {self.timeout_s:g} s, expected more than 0 and at most 3600")
