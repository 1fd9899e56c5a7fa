"""Browsers as the preview sees them, in a process of their own: each asks for the next picture when it has the last.

Prints a line when the first picture has come, and ends with the preview.
"""

import http.client
import sys
import threading


def main(port: str, browsers: str, width: str) -> None:
    """Browse until the server is gone."""
    came = threading.Event()
    threads = [threading.Thread(target=_browse, args=(int(port), width, came)) for _ in range(int(browsers))]
    for thread in threads:
        thread.start()
    came.wait()
    sys.stdout.write("looking\n")
    sys.stdout.flush()
    for thread in threads:
        thread.join()


def _browse(port: int, width: str, came: threading.Event) -> None:
    connection, number = http.client.HTTPConnection("127.0.0.1", port, timeout=30), "0"
    try:
        while True:
            connection.request("GET", f"/picture?after={number}&width={width}")
            answer = connection.getresponse()
            answer.read()
            number = answer.headers.get("X-Picture", number)
            came.set()
    except (OSError, http.client.HTTPException):
        came.set()


if __name__ == "__main__":
    main(*sys.argv[1:])
